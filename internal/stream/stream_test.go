package stream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unsized has nothing but Read.
func unsized(s string) io.Reader { return struct{ io.Reader }{strings.NewReader(s)} }

// at returns a content that does not stand at its beginning.
func at(offset int64, s string) io.Reader {
	r := strings.NewReader(s)
	_, _ = r.Seek(offset, io.SeekStart)
	return r
}

// badSeeker fails at the n-th Seek.
type badSeeker struct {
	io.Reader
	n int
}

var errSeek = errors.New("seek")

func (s *badSeeker) Seek(int64, int) (int64, error) {
	if s.n--; s.n <= 0 {
		return 0, errSeek
	}
	return 0, nil
}

func TestNewFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		content io.Reader
		size    int64
		want    int64 // bytes, -1 for unknown
		err     error
	}{
		{"all of it", strings.NewReader("12345"), 0, 5, nil},
		{"the beginning", strings.NewReader("12345"), 2, 2, nil},
		{"from where it stands", at(3, "12345"), 0, 2, nil},
		{"more than stands before", at(3, "12345"), 3, 0, ErrShort},
		{"behind its end", at(9, "12345"), 0, 0, ErrEmpty},
		{"as much as it may", strings.NewReader("1234567890"), 0, 10, nil},
		{"more than it may", strings.NewReader("12345678901"), 0, 0, &TooLargeError{10}},
		{"the beginning of more than it may", strings.NewReader("12345678901"), 10, 10, nil},
		{"a size of more than it may", unsized("1"), 11, 0, &TooLargeError{10}},
		{"a size that is not measured", unsized("12345"), 5, 5, nil},
		{"no size", unsized("12345"), 0, -1, nil},
		{"a buffer, which cannot seek", bytes.NewBufferString("12345"), 0, 5, nil},
		{"an empty buffer", new(bytes.Buffer), 0, 0, ErrEmpty},
		{"a pipe, whose Seek always fails", &badSeeker{unsized("1"), 1}, 0, -1, nil},
		{"no end", &badSeeker{unsized("1"), 2}, 0, 0, ErrUnmeasured},
		{"no way back", &badSeeker{unsized("1"), 3}, 0, 0, ErrUnmeasured},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := NewFile("f", tt.content, tt.size, 10)
			assert.Equal(t, tt.err, err)
			if tt.err == nil {
				assert.Equal(t, tt.want, f.size)
			} else {
				assert.Nil(t, f)
			}
		})
	}
	assert.EqualError(t, &TooLargeError{10}, "is too large: at most 10 bytes")
}

// body returns one of text, contents and text, of which each content has 10 bytes at the most.
func body(t *testing.T, contents ...io.Reader) *Body {
	t.Helper()
	b := New("text/plain")
	assert.True(t, b.IsEmpty())
	b.AddText([]byte("<"))
	for _, content := range contents {
		f, err := NewFile("field", content, 0, 10)
		require.NoError(t, err)
		b.AddFile(f)
	}
	b.AddText([]byte(">"))
	assert.False(t, b.IsEmpty())
	return b
}

// request returns a request with a body.
func request(ctx context.Context, b *Body) *http.Request {
	req := &http.Request{Header: http.Header{}}
	b.AddTo(ctx, req)
	return req
}

func TestBodyAsItIsSent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		contents []io.Reader
		want     string
		length   int64
		most     int64
	}{
		{"text", nil, "<>", 2, 2},
		{"contents", []io.Reader{strings.NewReader("123"), at(1, "45"), bytes.NewBufferString("6")},
			"<12356>", 7, 7},
		{"one of unknown length", []io.Reader{strings.NewReader("12"), unsized("34")}, "<1234>", -1,
			2 + 2 + 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := body(t, tt.contents...)
			req := request(t.Context(), b)
			assert.Equal(t, "text/plain", req.Header.Get("Content-Type"))
			assert.Equal(t, tt.length, req.ContentLength)
			assert.Equal(t, time.Duration(tt.most)*time.Second/(128<<10), b.Time())
			n, err := req.Body.Read(nil)
			assert.Zero(t, n)
			require.NoError(t, err)
			sent, err := io.ReadAll(req.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.want, string(sent))
			assert.Nil(t, b.Failed())
		})
	}
}

func TestTextIsCopied(t *testing.T) {
	t.Parallel()
	b, text := New("text/plain"), []byte("before")
	b.AddText(text)
	copy(text, "after!")
	sent, err := io.ReadAll(request(t.Context(), b).Body)
	require.NoError(t, err)
	assert.Equal(t, "before", string(sent))
}

func TestNoBody(t *testing.T) {
	t.Parallel()
	var b *Body
	req := request(t.Context(), b)
	assert.Nil(t, req.Body)
	assert.Empty(t, req.Header)
	assert.Zero(t, b.Time())
	assert.True(t, b.Again())
	assert.True(t, b.Rewind())
	assert.Nil(t, b.Failed())
	b.Stop(t.Context())
	New("text/plain").Stop(t.Context()) // never sent
}

func TestSentAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		make  func() io.Reader
		read  int // bytes before the second time
		again bool
	}{
		{"seeks back, all was read", func() io.Reader { return at(1, "x1234") }, 100, true},
		{"seeks back, some was read", func() io.Reader { return at(1, "x1234") }, 3, true},
		{"cannot seek", func() io.Reader { return unsized("1234") }, 3, false},
		{"cannot seek, and nothing was read", func() io.Reader { return unsized("1234") }, 1, true},
		{"fails to seek back", func() io.Reader { return &badSeeker{unsized("1234"), 1 << 30} }, 0,
			false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			content := tt.make()
			b := New("text/plain")
			b.AddText([]byte("<"))
			f := &File{field: "field", content: content, size: -1, limit: 10}
			if bad, ok := content.(*badSeeker); ok {
				f.seeker = bad
			} else {
				var err error
				f, err = NewFile("field", content, 0, 10)
				require.NoError(t, err)
			}
			b.AddFile(f)
			first := request(t.Context(), b)
			if bad, ok := content.(*badSeeker); ok {
				_, _ = io.ReadAll(first.Body)
				bad.n = 1
			} else if tt.read > 10 {
				_, err := io.ReadAll(first.Body)
				require.NoError(t, err)
			} else {
				_, err := io.ReadFull(first.Body, make([]byte, tt.read))
				require.NoError(t, err)
			}
			second, err := first.GetBody()
			if !tt.again {
				assert.ErrorIs(t, err, errNotAgain)
				return
			}
			require.NoError(t, err)
			assert.True(t, b.Again())
			_, err = first.Body.Read(make([]byte, 1))
			assert.ErrorIs(t, err, errStopped, "the one before reads nothing any more")
			sent, err := io.ReadAll(second)
			require.NoError(t, err)
			assert.Equal(t, "<1234", string(sent))
		})
	}
}

func TestContentFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	sized := func(content io.Reader) *File {
		f, err := NewFile("field", content, 5, 10)
		require.NoError(t, err)
		return f
	}
	for _, tt := range []struct {
		name string
		file *File
		is   error // nil for any
		text string
	}{
		{"its Read fails", sized(io.MultiReader(unsized("12"), failing{boom})), boom, "boom"},
		{"shorter than its size", sized(unsized("12")), io.ErrUnexpectedEOF,
			"ended after 2 of 5 bytes: unexpected EOF"},
		{"nothing in it", &File{field: "field", content: unsized(""), size: -1, limit: 10},
			io.ErrUnexpectedEOF, "empty: unexpected EOF"},
		{"too large", &File{field: "field", content: unsized("12345678901"), size: -1, limit: 10},
			nil, "too large: at most 10 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := New("text/plain")
			b.AddFile(tt.file)
			_, err := io.ReadAll(request(t.Context(), b).Body)
			require.EqualError(t, err, tt.text)
			if tt.is != nil {
				assert.ErrorIs(t, err, tt.is)
			}
			assert.Equal(t, &Failure{"field", err}, b.Failed())
		})
	}
}

// failing fails to read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// greedy says that it read more than there was room for, or less than nothing.
type greedy int

func (g greedy) Read([]byte) (int, error) { return int(g), io.EOF }

func TestContentThatMiscounts(t *testing.T) {
	t.Parallel()
	for _, n := range []greedy{-1, 1 << 20} {
		b := New("text/plain")
		b.AddFile(&File{field: "field", content: n, size: -1, limit: 10})
		buf := make([]byte, 5)
		got, _ := request(t.Context(), b).Body.Read(buf)
		assert.LessOrEqual(t, got, 5)
		assert.GreaterOrEqual(t, got, 0)
	}
}

// slow reads when it is told to.
type slow chan string

func (s slow) Read(p []byte) (int, error) { return copy(p, <-s), nil }

func TestReadThatIsStuck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(b *Body, body io.Closer, cancel func())
	}{
		{"the attempt ends", func(_ *Body, _ io.Closer, cancel func()) { cancel() }},
		{"the body is closed", func(_ *Body, body io.Closer, _ func()) { _ = body.Close() }},
		{"it is to be sent again", func(b *Body, _ io.Closer, _ func()) { b.Rewind() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				content := make(slow)
				b := New("text/plain")
				b.AddFile(&File{field: "field", content: content, size: -1, limit: 10})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				req := request(ctx, b)
				read := make(chan error)
				go func() {
					_, err := req.Body.Read(make([]byte, 3))
					read <- err
				}()
				synctest.Wait()
				tt.end(b, req.Body, cancel)
				assert.ErrorIs(t, <-read, errStopped, "at once")
				assert.False(t, b.Rewind(), "as long as the Read is stuck")

				short, stop := context.WithTimeout(t.Context(), time.Second)
				defer stop()
				begun := time.Now()
				b.Stop(short)
				assert.Equal(t, time.Second, time.Since(begun),
					"Stop waits as long as its context lasts")
				stopped := make(chan bool)
				go func() { b.Stop(t.Context()); close(stopped) }()
				content <- "123"
				<-stopped // when the Read has come back
				synctest.Wait()
				assert.Nil(t, b.Failed())
			})
		})
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	b := body(t, strings.NewReader("123"))
	req := request(t.Context(), b)
	b.Stop(t.Context())
	_, err := req.Body.Read(make([]byte, 1))
	require.ErrorIs(t, err, errStopped)
	assert.Nil(t, b.Failed(), "that is no failure of a content")
	assert.True(t, b.Rewind())
}
