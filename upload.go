package tiktokshop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// upload is a body that is streamed from readers of the caller's, once for each attempt.
type upload struct {
	contentType string
	pieces      []piece
	length      int64 // -1 if it is not known
	most        int64 // bytes that it can have

	mu      sync.Mutex
	current *uploadBody   // the last one opened
	failure *ContentError // of the content, whatever the transport made of it
}

// piece is a part of a body: text, or a file.
type piece struct {
	text []byte
	file *filePart
}

// filePart is a file that is sent.
type filePart struct {
	field   string
	content io.Reader
	size    int64 // -1 or more than 0
	limit   int64
	seeker  io.Seeker // nil if the content cannot be read again
	start   int64     // where the content stood
	begun   atomic.Bool
}

func (u *upload) addText(text *bytes.Buffer) {
	u.pieces = append(u.pieces, piece{text: bytes.Clone(text.Bytes())})
	u.grow(int64(text.Len()))
	text.Reset()
}

func (u *upload) addFile(file *filePart) {
	u.pieces = append(u.pieces, piece{file: file})
	u.grow(file.size)
	if file.size < 0 {
		u.most += file.limit
	}
}

func (u *upload) grow(n int64) {
	u.most += max(n, 0)
	if u.length < 0 || n < 0 {
		u.length = -1
		return
	}
	u.length += n
}

// slowestUpload is the bytes a second that an upload is given time for.
const slowestUpload = 128 << 10

// time is how much longer than another attempt one that sends the body may take.
func (u *upload) time() time.Duration {
	return time.Duration(u.most) * time.Second / slowestUpload
}

// again tells whether the body can be sent once more, as far as its files go.
func (u *upload) again() bool {
	for _, p := range u.pieces {
		if p.file != nil && p.file.seeker == nil && p.file.begun.Load() {
			return false
		}
	}
	return true
}

// rewind makes the body ready to be sent once more and reports whether it is. What was opened before reads nothing any more.
func (u *upload) rewind() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.current != nil {
		u.current.end()
		select {
		case u.current.turn <- struct{}{}:
			<-u.current.turn
		default:
			return false // a Read is stuck
		}
	}
	if !u.again() {
		return false
	}
	for _, p := range u.pieces {
		if p.file == nil || !p.file.begun.Load() {
			continue
		}
		if _, err := p.file.seeker.Seek(p.file.start, io.SeekStart); err != nil {
			return false
		}
		p.file.begun.Store(false)
	}
	return true
}

// open returns the body from its beginning, to be read while the context lasts. rewind must have come before, but for the first time.
func (u *upload) open(ctx context.Context) io.ReadCloser {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.current = &uploadBody{upload: u, turn: make(chan struct{}, 1)}
	u.current.ctx, u.current.end = context.WithCancel(ctx)
	return u.current
}

var errNotAgain = errors.New("the content cannot be read again")

// reopen is what net/http repeats a request with, if it does so by itself.
func (u *upload) reopen(ctx context.Context) (io.ReadCloser, error) {
	if !u.rewind() {
		return nil, errNotAgain
	}
	return u.open(ctx), nil
}

// addTo makes it the body of a request.
func (u *upload) addTo(ctx context.Context, req *http.Request) {
	req.Header["Content-Type"][0] = u.contentType
	req.ContentLength = u.length
	req.Body = u.open(ctx)
	req.GetBody = func() (io.ReadCloser, error) { return u.reopen(ctx) }
}

// stop ends the reading of the content: net/http may go on sending after an answer came. A Read in progress is waited for
// as long as the context lasts.
func (u *upload) stop(ctx context.Context) {
	u.mu.Lock()
	body := u.current
	u.mu.Unlock()
	body.end()
	select {
	case body.turn <- struct{}{}:
		<-body.turn
	case <-ctx.Done():
	}
}

// failed returns what went wrong with the content, nil if nothing did.
func (u *upload) failed() *ContentError {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.failure
}

// uploadBody is the body of one request.
type uploadBody struct {
	upload *upload
	ctx    context.Context
	end    context.CancelFunc
	turn   chan struct{} // holds one element while a content is being read
	at     int           // the piece
	read   int64         // of it

	buf  []byte // for contents whose Read may block, as is done
	done chan readResult
}

// readResult is what a Read returned.
type readResult struct {
	n   int
	err error
}

var errStopped = errors.New("the upload has ended")

// Read reads on where the last Read ended.
func (b *uploadBody) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if b.ctx.Err() != nil {
			return 0, errStopped
		}
		if b.at == len(b.upload.pieces) {
			return 0, io.EOF
		}
		piece := &b.upload.pieces[b.at]
		if piece.file == nil {
			if n := copy(p, piece.text[b.read:]); n > 0 {
				b.read += int64(n)
				return n, nil
			}
			b.next()
			continue
		}
		n, err := b.readFile(piece.file, p)
		b.read += int64(n)
		if err != io.EOF {
			return n, err
		}
		b.next()
		if n > 0 {
			return n, nil
		}
	}
	return 0, nil
}

func (b *uploadBody) next() { b.at, b.read = b.at+1, 0 }

// readFile reads from a file. net/http waits for a Read before it gives a call up, so one that may block is made in a
// goroutine, which is left alone with it when the context ends.
func (b *uploadBody) readFile(f *filePart, p []byte) (int, error) {
	select {
	case b.turn <- struct{}{}:
	case <-b.ctx.Done():
		return 0, errStopped
	}
	if !f.blocks() {
		defer func() { <-b.turn }()
		n, err := f.read(p, b.read)
		b.upload.note(f, err)
		return n, err
	}
	if b.buf == nil {
		b.buf, b.done = make([]byte, 32<<10), make(chan readResult, 1)
	}
	own, before := b.buf[:min(len(p), len(b.buf))], b.read
	go func() {
		n, err := f.read(own, before)
		b.upload.note(f, err)
		<-b.turn
		b.done <- readResult{n, err}
	}()
	select {
	case r := <-b.done:
		return copy(p, own[:r.n]), r.err
	case <-b.ctx.Done():
		return 0, errStopped
	}
}

// Close ends the reading. It does not wait for a Read.
func (b *uploadBody) Close() error {
	b.end()
	return nil
}

// note keeps what went wrong with a content.
func (u *upload) note(f *filePart, err error) {
	if err == nil || err == io.EOF {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.failure = &ContentError{Field: f.field + ".Content", Err: err}
}

// blocks tells whether reading the content may take long.
func (f *filePart) blocks() bool {
	switch f.content.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return false
	case *os.File:
		return f.seeker == nil // it is no file
	}
	return true
}

// read reads from the content, of which some was read before; io.EOF says that all has been read.
func (f *filePart) read(p []byte, before int64) (int, error) {
	if f.size >= 0 {
		p = p[:min(int64(len(p)), f.size-before)]
		if len(p) == 0 {
			return 0, io.EOF
		}
	}
	f.begun.Store(true)
	n, err := f.content.Read(p)
	n = max(0, min(n, len(p)))
	got := before + int64(n)
	switch {
	case got > f.limit:
		return 0, fmt.Errorf("too large: at most %d bytes", f.limit)
	case err != io.EOF:
		return n, err
	case f.size >= 0 && got < f.size:
		return n, fmt.Errorf("ended after %d of %d bytes: %w", got, f.size, io.ErrUnexpectedEOF)
	case got == 0:
		return 0, fmt.Errorf("empty: %w", io.ErrUnexpectedEOF)
	}
	return n, io.EOF
}
