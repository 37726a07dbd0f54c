package tiktokshop

import (
	"cmp"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
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

// part checks the file and makes the part of an upload that sends it. field is its name.
func (f *File) part(field string, limit int64) (part *stream.File, found []bind.Mistake) {
	if f.IsZero() {
		return nil, []bind.Mistake{{Field: "Content", Reason: bind.Missing}}
	}
	if strings.ContainsFunc(f.Name, isControl) || !utf8.ValidString(f.Name) || strings.ContainsAny(f.Name, `/\`) {
		found = append(found, bind.Mistake{Field: "Name", Reason: "is malformed: a file name has no path, no control characters and is UTF-8"})
	}
	if f.ContentType != "" {
		kind, _, err := mime.ParseMediaType(f.ContentType)
		if err != nil || !strings.Contains(kind, "/") || strings.ContainsFunc(f.ContentType, isControl) {
			found = append(found, bind.Mistake{Field: "ContentType", Reason: "is malformed: a media type is one such as image/jpeg"})
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

// raw makes a body that is the file alone.
func (f *File) raw(limit int64) (*stream.Body, []bind.Mistake) {
	part, found := f.part("Body", limit)
	if len(found) > 0 {
		for i := range found {
			found[i] = found[i].In("Body")
		}
		return nil, found
	}
	body := stream.New(cmp.Or(f.ContentType, defaultContentType))
	body.AddFile(part)
	return body, nil
}
