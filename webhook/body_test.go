package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// plainWriter is a ResponseWriter as many a middleware has: with no way to what it wraps, so
// without SetReadDeadline.
type plainWriter struct{ w http.ResponseWriter }

func (p plainWriter) Header() http.Header         { return p.w.Header() }
func (p plainWriter) Write(b []byte) (int, error) { return p.w.Write(b) }
func (p plainWriter) WriteHeader(status int)      { p.w.WriteHeader(status) }

// watchedBody notes how the last read ended, and how many are under way.
type watchedBody struct {
	io.ReadCloser
	reading *atomic.Int32
}

func (b watchedBody) Read(p []byte) (int, error) {
	b.reading.Add(1)
	defer b.reading.Add(-1)
	return b.ReadCloser.Read(p)
}

// behindMiddleware hides SetReadDeadline from a handler and counts the reads under way.
func behindMiddleware(h http.Handler, reading *atomic.Int32) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = watchedBody{r.Body, reading}
		h.ServeHTTP(plainWriter{w}, r)
	})
}

// behindNothing only counts.
func behindNothing(h http.Handler, reading *atomic.Int32) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = watchedBody{r.Body, reading}
		h.ServeHTTP(w, r)
	})
}

// protocols returns servers' settings for one protocol without TLS.
func protocols(http2 bool) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(!http2)
	p.SetUnencryptedHTTP2(http2)
	return p
}

// overPipe starts a server for h in a synctest bubble and returns a client whose only connection
// leads there.
func overPipe(t *testing.T, h http.Handler, http2 bool) *http.Client {
	client, server := net.Pipe()
	l := &pipeListener{conns: make(chan net.Conn, 1), done: make(chan struct{})}
	l.conns <- server
	srv := &http.Server{Handler: h, Protocols: protocols(http2)}
	go func() { _ = srv.Serve(l) }()
	transport := &http.Transport{
		Protocols:   protocols(http2),
		DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil },
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = client.Close()
		_ = srv.Close()
	})
	return &http.Client{Transport: transport}
}

// dripping is a body of which a byte comes at a time, a tenth of a second apart, until the test
// ends.
type dripping struct {
	ctx  context.Context
	left int // bytes until it stalls; negative: never
}

func (d *dripping) Read(b []byte) (int, error) {
	if d.left == 0 {
		<-d.ctx.Done()
		return 0, d.ctx.Err()
	}
	d.left--
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(100 * time.Millisecond):
		b[0] = ' '
		return 1, nil
	}
}

// TestHandlerAnswersASlowBodyInTime has bodies that never end, over both protocols, before servers
// whose reads can be bounded and such where they cannot.
func TestHandlerAnswersASlowBodyInTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		http2 bool
		wrap  func(http.Handler, *atomic.Int32) http.Handler
		bytes int
	}{
		{"HTTP/1 drips", false, behindNothing, -1},
		{"HTTP/1 stalls", false, behindNothing, 3},
		{"HTTP/1 drips behind a middleware", false, behindMiddleware, -1},
		{"HTTP/1 stalls behind a middleware", false, behindMiddleware, 3},
		{"HTTP/2 drips", true, behindNothing, -1},
		{"HTTP/2 stalls", true, behindNothing, 3},
		{"HTTP/2 drips behind a middleware", true, behindMiddleware, -1},
		{"HTTP/2 stalls behind a middleware", true, behindMiddleware, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var reading atomic.Int32
				h := newHandler(t, func(context.Context, *webhook.Event) error {
					t.Error("called")
					return nil
				})
				client := overPipe(t, tt.wrap(h, &reading), tt.http2)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				body := &dripping{ctx, tt.bytes}
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://h/", body)
				require.NoError(t, err)
				r.ContentLength = 300_000 // more than the server reads of what the handler left
				start := time.Now()
				resp, err := client.Do(r)
				require.NoError(t, err)
				defer func() { _ = resp.Body.Close() }()
				assert.Equal(t, http.StatusRequestTimeout, resp.StatusCode)
				assert.Equal(t, 2500*time.Millisecond, time.Since(start))
				assert.Equal(t, !tt.http2, resp.Close, "the rest of the body is not waited for")
				synctest.Wait()
				assert.Zero(t, reading.Load(), "nobody reads any more")
			})
		})
	}
}

// TestHandlerAnswersASlowBodyOverTCP does so with a real network, TLS and time.
func TestHandlerAnswersASlowBodyOverTCP(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		http2 bool
	}{
		{"HTTP/1", false},
		{"HTTP/2", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var reading atomic.Int32
			h := newHandler(t, noop, webhook.WithTimeout(50*time.Millisecond))
			srv := httptest.NewUnstartedServer(behindMiddleware(h, &reading))
			srv.EnableHTTP2 = tt.http2
			srv.StartTLS()
			defer srv.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel() // before the server waits for its connections
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL, &dripping{ctx, -1})
			require.NoError(t, err)
			resp, err := srv.Client().Do(r)
			require.NoError(t, err)
			_ = resp.Body.Close()
			assert.Equal(t, http.StatusRequestTimeout, resp.StatusCode)
			assert.Equal(t, tt.http2, resp.ProtoMajor == 2)
		})
	}
}

// TestHandlerStopsReadingWithTheNextByte is for servers that do not end a read when the handler has
// returned.
func TestHandlerStopsReadingWithTheNextByte(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int32
		body := readerFunc(func(b []byte) (int, error) {
			reads.Add(1)
			time.Sleep(time.Second)
			b[0] = ' '
			return 1, nil
		})
		w, start := httptest.NewRecorder(), time.Now()
		newHandler(t, noop).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", body))
		assert.Equal(t, http.StatusRequestTimeout, w.Code)
		assert.Equal(t, 2500*time.Millisecond, time.Since(start))
		time.Sleep(time.Minute)
		assert.EqualValues(t, 3, reads.Load())
	})
}

// TestHandlerReadsBehindAMiddleware makes sure that whole bodies, too large ones and broken ones
// are what they are without it.
func TestHandlerReadsBehindAMiddleware(t *testing.T) {
	t.Parallel()
	var calls int
	h := newHandler(t, func(context.Context, *webhook.Event) error {
		calls++
		return nil
	}, webhook.WithMaxBodyBytes(300))
	send := func(r *http.Request) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(plainWriter{w}, r)
		return w
	}
	w := send(delivery(t, order("1")))
	assert.Equal(t, http.StatusOK, w.Code)
	assert.Empty(t, w.Header().Get("Connection"))
	assert.Equal(t, 1, calls)

	post := func(body io.Reader) *http.Request {
		return httptest.NewRequest(http.MethodPost, "/", body)
	}
	w = send(post(strings.NewReader(strings.Repeat("x", 301))))
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	assert.Equal(t, "close", w.Header().Get("Connection"))
	w = send(post(iotest.ErrReader(io.ErrUnexpectedEOF)))
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		send(post(readerFunc(func([]byte) (int, error) { panic(http.ErrAbortHandler) })))
	}, "the server knows what to do with it, a goroutine does not")
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// boundWriter is a ResponseWriter with SetReadDeadline.
type boundWriter struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (w *boundWriter) SetReadDeadline(deadline time.Time) error {
	w.deadline = deadline
	return nil
}

// TestHandlerTellsASlowBodyFromABrokenOne is about the error that a bounded read ends with:
// net/http's for one whose time is up, and whatever comes after that.
func TestHandlerTellsASlowBodyFromABrokenOne(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		after  time.Duration
		err    error
		status int
	}{
		{"the deadline strikes first", 0, fmt.Errorf("read tcp: %w", os.ErrDeadlineExceeded), 408},
		{"the context ends first", 2500 * time.Millisecond, errors.New("stream reset"), 408},
		{"cut short in time", 2499 * time.Millisecond, io.ErrUnexpectedEOF, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, start := &boundWriter{ResponseRecorder: httptest.NewRecorder()}, time.Now()
				body := readerFunc(func([]byte) (int, error) {
					time.Sleep(tt.after)
					synctest.Wait()
					return 0, tt.err
				})
				newHandler(t, noop).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", body))
				assert.Equal(t, tt.status, w.Code)
				assert.Equal(t, "close", w.Header().Get("Connection"))
				assert.Equal(t, start.Add(2500*time.Millisecond), w.deadline)
			})
		})
	}
}

// TestHandlerRefusesAMethodWithoutItsBody sends a PUT whose body never ends.
func TestHandlerRefusesAMethodWithoutItsBody(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP/2 %v", http2), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var reading atomic.Int32
				client := overPipe(t, behindMiddleware(newHandler(t, noop), &reading), http2)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				body := &dripping{ctx, 1}
				r, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://h/", body)
				require.NoError(t, err)
				start := time.Now()
				resp, err := client.Do(r)
				require.NoError(t, err)
				_ = resp.Body.Close()
				assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
				assert.Zero(t, time.Since(start))
			})
		})
	}
}
