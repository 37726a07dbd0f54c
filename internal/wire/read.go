package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// ErrTooLarge ends the reading of an answer above the bound.
var ErrTooLarge = errors.New("answer exceeds the bound")

// maxDrain bounds what is read of an answer that is too large, to keep its connection.
const maxDrain = 64 << 10

// Read reads an answer of at most limit bytes. A JSON document that is whole is no error, even if
// the end of the connection or of the last chunk is missing.
func Read(res *http.Response, limit int64) ([]byte, error) {
	body, err := readBounded(res.Body, res.ContentLength, limit)
	switch {
	case err == ErrTooLarge:
		// a connection is used again only after its answer was read
		_, _ = io.CopyN(io.Discard, res.Body, maxDrain)
	case err != nil && isWhole(body):
		return body, nil
	}
	return body, err
}

// readBounded reads at most limit bytes; the size announced, if any, saves growing the buffer.
func readBounded(r io.Reader, size, limit int64) ([]byte, error) {
	const trusted = 1 << 20 // more is allocated only as it arrives
	buf := make([]byte, 0, max(512, min(size, limit, trusted)+1))
	for {
		n, err := r.Read(buf[len(buf):min(int64(cap(buf)), limit+1)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > limit:
			return buf[:limit], ErrTooLarge
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		case len(buf) == cap(buf):
			buf = append(buf, 0)[:len(buf)]
		}
	}
}

// isWhole tells whether a body is a whole document.
func isWhole(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && json.Valid(body)
}
