// Package form makes the bodies of uploads: multipart forms, and files alone.
package form

import (
	"bytes"
	"cmp"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/stream"
)

const defaultContentType = "application/octet-stream"

// File is a file in a request, as the client's package documents it.
type File struct {
	Name        string
	ContentType string
	Content     io.Reader
	Size        int64
}

// IsZero reports whether there is no content.
func (f *File) IsZero() bool { return bind.IsNil(f.Content) }

// part checks the file and makes the piece of a body that sends it. field is its name.
func (f *File) part(field string, limit int64) (part *stream.File, found []bind.Mistake) {
	if f.IsZero() {
		return nil, []bind.Mistake{{Field: "Content", Reason: bind.Missing}}
	}
	if strings.ContainsFunc(f.Name, bind.IsControl) || !utf8.ValidString(f.Name) ||
		strings.ContainsAny(f.Name, `/\`) {
		found = append(found, bind.Mistake{Field: "Name",
			Reason: "is malformed: a file name has no path, no control characters and is UTF-8"})
	}
	if f.ContentType != "" {
		kind, _, err := mime.ParseMediaType(f.ContentType)
		if err != nil || !strings.Contains(kind, "/") ||
			strings.ContainsFunc(f.ContentType, bind.IsControl) {
			found = append(found, bind.Mistake{Field: "ContentType",
				Reason: "is malformed: a media type is one such as image/jpeg"})
		}
	}
	if f.Size < 0 {
		return nil, append(found, bind.Mistake{Field: "Size", Reason: bind.TooSmall("0")})
	}
	part, err := stream.NewFile(field+".Content", f.Content, f.Size, limit)
	switch err {
	case nil:
	case stream.ErrShort:
		found = append(found, bind.Mistake{Field: "Size", Reason: err.Error()})
	default:
		found = append(found, bind.Mistake{Field: "Content", Reason: err.Error()})
	}
	return part, found
}

// Alone makes a body that is the file alone, of at most limit bytes. field is its name.
func (f *File) Alone(field string, limit int64) (*stream.Body, []bind.Mistake) {
	part, found := f.part(field, limit)
	if len(found) > 0 {
		for i := range found {
			found[i] = found[i].In(field)
		}
		return nil, found
	}
	body := stream.New(cmp.Or(f.ContentType, defaultContentType))
	body.AddFile(part)
	return body, nil
}

// Files are the files of a request, made ready while they are checked.
type Files struct {
	// Of returns the file that a field holds, nil if it holds none.
	Of func(reflect.Value) *File
	// Limit is the most bytes that a file may have.
	Limit int64

	parts map[string]*stream.File // by the names of their fields
}

// Check checks the file of a field.
func (fs *Files) Check(f *bind.Field, v reflect.Value) []bind.Mistake {
	file := fs.Of(v)
	if file == nil {
		return nil
	}
	part, found := file.part(f.Name, fs.Limit)
	if fs.parts == nil {
		fs.parts = make(map[string]*stream.File)
	}
	fs.parts[f.Name] = part
	return found
}

// Body makes the multipart body of a request; nil if it has no parts.
func (fs *Files) Body(plan *bind.Plan, v reflect.Value) *stream.Body {
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	body := stream.New(w.FormDataContentType())
	for i := range plan.Form {
		f := &plan.Form[i]
		if !f.IsFile() {
			if text := f.Text(v); text != "" {
				_ = w.WriteField(f.Key, text) // a Buffer takes anything
			}
			continue
		}
		file := fs.Of(f.Of(v))
		if file == nil {
			continue
		}
		name, contentType := cmp.Or(file.Name, f.Key), cmp.Or(file.ContentType, defaultContentType)
		_, _ = w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(f.Key, name)},
			"Content-Type":        {contentType},
		})
		body.AddText(head.Bytes())
		body.AddFile(fs.parts[f.Name])
		head.Reset()
	}
	if body.IsEmpty() && head.Len() == 0 {
		return nil
	}
	_ = w.Close()
	body.AddText(head.Bytes())
	return body
}
