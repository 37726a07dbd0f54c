package tiktokshoptest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

// maxFile is the largest file that the platform takes with a request.
const maxFile = 10 << 20

// Part is a part of a multipart body: a file, or a field.
type Part struct {
	// Name is the field's; FileName and ContentType are the file's, empty for a field.
	Name, FileName, ContentType string
	Content                     []byte
}

// Parts returns the parts of a multipart body in their order; there are none of another body. The
// error is that of a broken one.
func (r *Request) Parts() ([]Part, error) {
	return readParts(r.Header.Get("Content-Type"), r.Body)
}

func readParts(contentType string, body []byte) ([]Part, error) {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != "multipart/form-data" {
		return nil, nil
	}
	var parts []Part
	for r := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		p, err := r.NextRawPart()
		// wrapped, it is of a body that was cut short
		if err == io.EOF && (len(parts) > 0 || len(body) == 0) {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, err
		}
		parts = append(parts, Part{p.FormName(), p.FileName(), p.Header.Get("Content-Type"),
			content})
	}
}

// checkBody refuses a body that is not of the operation's form, and files that are too large.
func (s *Server) checkBody(rt *route, c *call) *reply {
	mediaType, _, _ := mime.ParseMediaType(c.contentType)
	isMultipart := mediaType == "multipart/form-data"
	var err error
	var rep reply
	c.parts, err = readParts(c.contentType, c.body)
	if s.emptyList && rt.body == jsonBody && string(c.body) == "[]" {
		c.body = nil
	}
	switch {
	case rt.body == multipartBody && !isMultipart:
		rep = refuse(http.StatusBadRequest, 36009023,
			"Invalid content type. The 'content-type' header must be 'multipart/form-data' for this request.")
	case rt.body == jsonBody && isMultipart:
		rep = refuse(http.StatusBadRequest, 36009022,
			"Invalid request format. The request body format must be 'application/json' for this request.")
	case err != nil:
		rep = refuse(http.StatusBadRequest, 36009022,
			"Invalid request format. The multipart body cannot be read.")
	case tooLarge(c.parts):
		rep = refuse(http.StatusRequestEntityTooLarge, codeTooLarge, textTooLarge)
	case rt.body == jsonBody && len(c.body) > 0 && !isObject(c.body):
		rep = refuse(http.StatusBadRequest, 36009004,
			"Invalid request body. The body is not a JSON object.")
	default:
		return nil
	}
	return &rep
}

func isObject(body []byte) bool {
	return json.Valid(body) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
}

const (
	codeTooLarge = 36009021
	textTooLarge = "The file is too large. A request takes files of at most 10 MB."
)

func tooLarge(parts []Part) bool {
	for i := range parts {
		if len(parts[i].Content) > maxFile {
			return true
		}
	}
	return false
}
