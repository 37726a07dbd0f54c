// Package stream sends bodies of requests that are read while they are sent and never held in
// memory as a whole, and tells whether they can be sent once more.
package stream

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

// Body is a body that is streamed from readers of the caller's, once for each attempt. A nil Body
// stands for one that is not streamed, which can always be sent again.
type Body struct {
	contentType string
	pieces      []piece
	length      int64 // -1 if it is not known
	most        int64 // bytes that it can have

	mu      sync.Mutex
	current *opened  // the last one opened
	failure *Failure // of the content, whatever the transport made of it
}

// Failure is what went wrong with a content.
type Failure struct {
	// Field is the name that the File was given.
	Field string
	// Err is what its Read returned, or what is wrong with its size.
	Err error
}

// piece is a part of a body: text, or a file.
type piece struct {
	text []byte
	file *File
}

// New returns an empty body of a content type.
func New(contentType string) *Body { return &Body{contentType: contentType} }

// AddText adds text, which it copies.
func (b *Body) AddText(text []byte) {
	b.pieces = append(b.pieces, piece{text: bytes.Clone(text)})
	b.grow(int64(len(text)))
}

// AddFile adds a file.
func (b *Body) AddFile(f *File) {
	b.pieces = append(b.pieces, piece{file: f})
	b.grow(f.size)
	if f.size < 0 {
		b.most += f.limit
	}
}

func (b *Body) grow(n int64) {
	b.most += max(n, 0)
	if b.length < 0 || n < 0 {
		b.length = -1
		return
	}
	b.length += n
}

// IsEmpty reports whether nothing was added.
func (b *Body) IsEmpty() bool { return len(b.pieces) == 0 }

// slowest is the bytes a second that a body is given time for.
const slowest = 128 << 10

// Time is how much longer an attempt may take that sends the body.
func (b *Body) Time() time.Duration {
	if b == nil {
		return 0
	}
	return time.Duration(b.most) * time.Second / slowest
}

// Again reports whether the body can be sent once more, as far as its files go.
func (b *Body) Again() bool {
	if b == nil {
		return true
	}
	for _, p := range b.pieces {
		if p.file != nil && p.file.seeker == nil && p.file.begun.Load() {
			return false
		}
	}
	return true
}

// Rewind makes the body ready to be sent once more and reports whether it is. What was opened
// before reads nothing any more.
func (b *Body) Rewind() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current != nil {
		b.current.end()
		select {
		case b.current.turn <- struct{}{}:
			<-b.current.turn
		default:
			return false // a Read is stuck
		}
	}
	if !b.Again() {
		return false
	}
	for _, p := range b.pieces {
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

// open returns the body from its beginning, to be read while the context lasts. Rewind must have
// come before, but for the first time.
func (b *Body) open(ctx context.Context) io.ReadCloser {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current = &opened{body: b, turn: make(chan struct{}, 1)}
	b.current.ctx, b.current.end = context.WithCancel(ctx)
	return b.current
}

var errNotAgain = errors.New("the content cannot be read again")

// reopen is what net/http repeats a request with, if it does so by itself.
func (b *Body) reopen(ctx context.Context) (io.ReadCloser, error) {
	if !b.Rewind() {
		return nil, errNotAgain
	}
	return b.open(ctx), nil
}

// AddTo makes it the body of a request.
func (b *Body) AddTo(ctx context.Context, req *http.Request) {
	if b == nil {
		return
	}
	req.Header["Content-Type"] = []string{b.contentType}
	req.ContentLength = b.length
	req.Body = b.open(ctx)
	req.GetBody = func() (io.ReadCloser, error) { return b.reopen(ctx) }
}

// Stop ends the reading of the contents: net/http may go on sending after an answer came. A Read in
// progress is waited for as long as the context lasts.
func (b *Body) Stop(ctx context.Context) {
	if b == nil {
		return
	}
	b.mu.Lock()
	body := b.current
	b.mu.Unlock()
	if body == nil {
		return
	}
	body.end()
	select {
	case body.turn <- struct{}{}:
		<-body.turn
	case <-ctx.Done():
	}
}

// Failed returns what went wrong with a content, nil if nothing did.
func (b *Body) Failed() *Failure {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failure
}

// opened is the body of one request.
type opened struct {
	body *Body
	ctx  context.Context
	end  context.CancelFunc
	turn chan struct{} // holds one element while a content is being read
	at   int           // the piece
	read int64         // of it

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
func (o *opened) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if o.ctx.Err() != nil {
			return 0, errStopped
		}
		if o.at == len(o.body.pieces) {
			return 0, io.EOF
		}
		piece := &o.body.pieces[o.at]
		if piece.file == nil {
			if n := copy(p, piece.text[o.read:]); n > 0 {
				o.read += int64(n)
				return n, nil
			}
			o.next()
			continue
		}
		n, err := o.readFile(piece.file, p)
		o.read += int64(n)
		if err != io.EOF {
			return n, err
		}
		o.next()
		if n > 0 {
			return n, nil
		}
	}
	return 0, nil
}

func (o *opened) next() { o.at, o.read = o.at+1, 0 }

// readFile reads from a file. net/http waits for a Read before it gives a call up, so one that may
// block is made in a goroutine, which is left alone with it when the context ends.
func (o *opened) readFile(f *File, p []byte) (int, error) {
	select {
	case o.turn <- struct{}{}:
	case <-o.ctx.Done():
		return 0, errStopped
	}
	if !f.blocks() {
		defer func() { <-o.turn }()
		n, err := f.read(p, o.read)
		o.body.note(f, err)
		return n, err
	}
	if o.buf == nil {
		o.buf, o.done = make([]byte, 32<<10), make(chan readResult, 1)
	}
	own, before := o.buf[:min(len(p), len(o.buf))], o.read
	go func() {
		n, err := f.read(own, before)
		o.body.note(f, err)
		<-o.turn
		o.done <- readResult{n, err}
	}()
	select {
	case r := <-o.done:
		return copy(p, own[:r.n]), r.err
	case <-o.ctx.Done():
		return 0, errStopped
	}
}

// Close ends the reading. It does not wait for a Read.
func (o *opened) Close() error {
	o.end()
	return nil
}

// note keeps what went wrong with a content.
func (b *Body) note(f *File, err error) {
	if err == nil || err == io.EOF {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failure = &Failure{f.field, err}
}

// File is a content that is sent as a part of a Body.
type File struct {
	field   string
	content io.Reader
	size    int64 // -1 or more than 0
	limit   int64
	seeker  io.Seeker // nil if the content cannot be read again
	start   int64     // where the content stood
	begun   atomic.Bool
}

// What NewFile finds wrong.
var (
	ErrEmpty      = errors.New("is empty")
	ErrUnmeasured = errors.New("cannot be measured: Seek fails")
	ErrShort      = errors.New("is more than Content has")
)

// TooLargeError is a content that is known to have more bytes than it may.
type TooLargeError struct{ Limit int64 }

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("is too large: at most %d bytes", e.Limit)
}

// NewFile makes a File of a content from where it stands. field names it in a Failure. size is how
// many of its bytes are sent, 0 for all; limit is the most it may have.
func NewFile(field string, content io.Reader, size, limit int64) (*File, error) {
	f := &File{field: field, content: content, size: size, limit: limit}
	has, err := f.measure()
	switch {
	case err != nil:
		return nil, err
	case has == 0:
		return nil, ErrEmpty
	case has > 0 && size > has:
		return nil, ErrShort
	case size == 0:
		f.size = has
	}
	if f.size > limit {
		return nil, &TooLargeError{limit}
	}
	return f, nil
}

// measure finds out how many bytes the content has, -1 if it cannot tell, and whether it can be
// read again.
func (f *File) measure() (int64, error) {
	if seeker, ok := f.content.(io.Seeker); ok {
		start, err := seeker.Seek(0, io.SeekCurrent)
		if err == nil {
			end, err := seeker.Seek(0, io.SeekEnd)
			if _, backErr := seeker.Seek(start, io.SeekStart); err != nil || backErr != nil {
				return 0, ErrUnmeasured
			}
			f.seeker, f.start = seeker, start
			return max(end-start, 0), nil
		}
	}
	if sized, ok := f.content.(interface{ Len() int }); ok {
		return int64(sized.Len()), nil
	}
	return -1, nil
}

// blocks tells whether reading the content may take long.
func (f *File) blocks() bool {
	switch f.content.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return false
	case *os.File:
		return f.seeker == nil // it is no file
	}
	return true
}

// read reads from the content, of which some was read before; io.EOF says that all has been read.
func (f *File) read(p []byte, before int64) (int, error) {
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
