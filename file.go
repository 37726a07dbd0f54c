package tiktokshop

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

	"github.com/tiktokshop-go/tiktokshop/internal/stream"
)

// File is a file in a request: a field with a tag such as form:"data", or the Body of Params.
//
// It is sent while it is read and never held in memory as a whole. If Content is an io.Seeker, as an *os.File and a
// bytes.Reader are, the call is retried like any other; else only as long as nothing has been read. Content is not
// closed. It is not touched any more when the call has returned, but for a Read that was blocked when the context ended.
type File struct {
	// Name is the file's name without a path, such as "front.jpg"; that of the field if it is empty.
	Name string
	// ContentType is the media type, such as "image/jpeg"; application/octet-stream if it is empty.
	ContentType string
	// Content is sent from where it stands.
	Content io.Reader
	// Size is how many bytes of Content are sent; 0 stands for all. What can tell its size, as an *os.File, a *bytes.Reader and
	// a *bytes.Buffer can, needs none; of anything else the size is better given, so that the request has a Content-Length.
	Size int64
}

// IsZero reports whether there is no content.
func (f File) IsZero() bool { return isNil(f.Content) }

const (
	// defaultMaxUpload is what the platform takes in one request, if the operation does not say otherwise.
	defaultMaxUpload   = 10 << 20
	defaultContentType = "application/octet-stream"
)

func (op *Operation) maxUpload() int64 {
	if op.MaxUploadBytes > 0 {
		return op.MaxUploadBytes
	}
	return defaultMaxUpload
}

// part checks the file and makes the part of an upload that sends it.
func (f *File) part(field string, limit int64) (*stream.File, *problem) {
	switch {
	case f.IsZero():
		return nil, &problem{field + ".Content", "is missing"}
	case f.Size < 0:
		return nil, &problem{field + ".Size", "is negative"}
	case strings.ContainsFunc(f.Name, isControl) || !utf8.ValidString(f.Name) || strings.ContainsAny(f.Name, `/\`):
		return nil, &problem{field + ".Name", "is malformed: a file name has no path, no control characters and is UTF-8"}
	}
	if f.ContentType != "" {
		if kind, _, err := mime.ParseMediaType(f.ContentType); err != nil || !strings.Contains(kind, "/") || strings.ContainsFunc(f.ContentType, isControl) {
			return nil, &problem{field + ".ContentType", "is no media type such as image/jpeg"}
		}
	}
	part, err := stream.NewFile(field+".Content", f.Content, f.Size, limit)
	if err == stream.ErrShort {
		return nil, &problem{field + ".Size", err.Error()}
	}
	if err != nil {
		return nil, &problem{field + ".Content", err.Error()}
	}
	return part, nil
}

// newForm makes the multipart body of a request struct; nil if it has no parts.
func newForm(plan *requestPlan, v reflect.Value, limit int64) (*stream.Body, *problem) {
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	body := stream.New(w.FormDataContentType())
	for i := range plan.form {
		f := &plan.form[i]
		if f.file == nil {
			text, p := f.text(v.Field(f.index))
			if p != nil {
				return nil, p.in(f.name)
			}
			if text != "" {
				_ = w.WriteField(f.key, text) // a Buffer takes anything
			}
			continue
		}
		file := f.file(v.Field(f.index))
		if file == nil {
			continue
		}
		part, p := file.part(f.name, limit)
		if p != nil {
			return nil, p
		}
		name, contentType := cmp.Or(file.Name, f.key), cmp.Or(file.ContentType, defaultContentType)
		_, _ = w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(f.key, name)},
			"Content-Type":        {contentType},
		})
		body.AddText(head.Bytes())
		body.AddFile(part)
		head.Reset()
	}
	if body.IsEmpty() && head.Len() == 0 {
		return nil, &problem{"request", "has neither a file nor a field of the form"}
	}
	_ = w.Close()
	body.AddText(head.Bytes())
	return body, nil
}

// raw makes a body that is the file alone.
func (f *File) raw(limit int64) (*stream.Body, *problem) {
	part, p := f.part("Body", limit)
	if p != nil {
		return nil, p
	}
	body := stream.New(cmp.Or(f.ContentType, defaultContentType))
	body.AddFile(part)
	return body, nil
}

// fileOf returns how a field of this type holds a file, nil if it does not. The file is nil if there is none.
func fileOf(t reflect.Type) func(reflect.Value) *File {
	switch t {
	case reflect.TypeFor[*File]():
		return func(v reflect.Value) *File { return v.Interface().(*File) }
	case reflect.TypeFor[File]():
		return func(v reflect.Value) *File {
			file := v.Interface().(File)
			if file == (File{}) {
				return nil
			}
			return &file
		}
	}
	return nil
}
