package tiktokshop

import "io"

// File is a file in a request, a field with a tag such as form:"data".
type File struct {
	// Name is the file's name, such as "front.jpg".
	Name string
	// ContentType is the media type, such as "image/jpeg"; application/octet-stream if it is empty.
	ContentType string
	// Content is read while the request is sent, from where it stands.
	Content io.Reader
	// Size is the number of bytes in Content; 0 if it is not known.
	Size int64
}
