package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
)

// boundReads makes reads of the body end with the delivery's time and reports whether it could: not
// every ResponseWriter of a middleware knows how, http.TimeoutHandler's for one does not. The
// server lifts the bound once the body is read, and not before: else it would wait for the rest of
// a body that was given up.
func boundReads(ctx context.Context, w http.ResponseWriter) bool {
	deadline, ok := ctx.Deadline()
	return ok && http.NewResponseController(w).SetReadDeadline(deadline) == nil
}

// giveUp leaves the rest of a body unread. Without the header an HTTP/1 server would hold the
// answer back until it has read the rest.
func giveUp(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 && r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
	}
}

// readBody reads the delivery within its bounds of size and time. A status is the answer to one
// that is out of them.
func (h *Handler) readBody(
	ctx context.Context, w http.ResponseWriter, r *http.Request,
) (body []byte, status int) {
	var err error
	if boundReads(ctx, w) {
		body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, h.maxBody))
	} else {
		body, err = readUntil(ctx, http.MaxBytesReader(nil, r.Body, h.maxBody))
	}
	if err == nil {
		return body, 0
	}
	giveUp(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		h.log(ctx, slog.LevelWarn, "body too large", nil, slog.Int64("limit", h.maxBody))
		return nil, http.StatusRequestEntityTooLarge
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded):
		return nil, http.StatusRequestTimeout
	}
	return nil, http.StatusBadRequest
}

// readUntil reads all of a body whose reads cannot be bounded, until the context ends. It reads in
// a goroutine: a read that hangs is ended by the server when the handler has returned, and one that
// goes on, byte by byte, by the next byte.
func readUntil(ctx context.Context, body io.Reader) ([]byte, error) {
	type outcome struct {
		body     []byte
		err      error
		panicked any
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{err: errNoReturn}
		defer func() {
			o.panicked = recover()
			done <- o
		}()
		o.body, o.err = io.ReadAll(untilDone{ctx, body})
	}()
	select {
	case o := <-done:
		if o.panicked != nil {
			panic(o.panicked) // where the server expects it
		}
		return o.body, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// untilDone is a reader that ends with a context, between two reads.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(b)
}
