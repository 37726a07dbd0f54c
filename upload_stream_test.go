package tiktokshop_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// stuckReader blocks in its second Read until it is released.
type stuckReader struct {
	reads   atomic.Int32
	reading atomic.Bool // while it is blocked
	stuck   chan struct{}
	release chan struct{}
}

func newStuckReader() *stuckReader {
	return &stuckReader{stuck: make(chan struct{}), release: make(chan struct{})}
}

func (r *stuckReader) Read(p []byte) (int, error) {
	if r.reads.Add(1) == 2 {
		r.reading.Store(true)
		close(r.stuck)
		<-r.release
		r.reading.Store(false)
	}
	return len(p), nil
}

func (*stuckReader) Seek(_ int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return 1 << 20, nil
	}
	return 0, nil
}

// pipeServer is an HTTP server on in-memory connections, which work in a bubble, and the transport
// that reaches it.
func pipeServer(t *testing.T, handler http.HandlerFunc) *http.Transport {
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := &http.Server{Handler: handler}
	go func() { _ = srv.Serve(l) }()
	transport := &http.Transport{DialContext: func(
		ctx context.Context, _, _ string,
	) (net.Conn, error) {
		near, far := net.Pipe()
		select {
		case l.conns <- far:
			return near, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = srv.Close()
		time.Sleep(time.Second) // of the bubble's, in which the server ends
	})
	return transport
}

type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { close(l.done); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// TestUploadLetsGoOfItsContent ends calls while a Read of the content blocks. The call does not
// wait for it, the content is not read again afterwards, and no goroutine stays: the bubble would
// not end.
func TestUploadLetsGoOfItsContent(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end func(cancel context.CancelFunc) // nil to wait for the time limit
		is  error
	}{
		"cancelled":  {func(cancel context.CancelFunc) { cancel() }, context.Canceled},
		"time limit": {func(context.CancelFunc) {}, tiktokshop.ErrAttemptTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				transport := pipeServer(t,
					func(_ http.ResponseWriter, r *http.Request) {
						_, _ = io.Copy(io.Discard, r.Body)
					})
				client, err := tiktokshop.NewClient("key", "app-secret",
					tiktokshop.WithAccessToken("access-token"),
					tiktokshop.WithBaseURL("http://127.0.0.1"),
					tiktokshop.WithHTTPClient(&http.Client{Transport: transport}),
					tiktokshop.WithAttemptTimeout(10*time.Second), tiktokshop.WithRepeatSafe(true))
				require.NoError(t, err)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				content := newStuckReader()
				go func() {
					<-content.stuck
					tc.end(cancel)
				}()
				_, err = tiktokshop.Call[struct{}](ctx, client, opUpload,
					&uploadRequest{Data: &tiktokshop.File{Content: content}})
				require.ErrorIs(t, err, tc.is)
				assert.Equal(t, 1, transportError(t, err).Attempts,
					"what is still being read cannot be sent again")
				close(content.release)
				synctest.Wait()
				assert.EqualValues(t, 2, content.reads.Load())
			})
		})
	}
}

// TestUploadEarlyAnswer has the platform answer before it has read the request.
func TestUploadEarlyAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		content := newStuckReader()
		transport := pipeServer(t, func(w http.ResponseWriter, r *http.Request) {
			go func() { _, _ = io.Copy(io.Discard, r.Body) }()
			<-content.stuck
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"code":105005,"message":"no"}`)
		})
		client, err := tiktokshop.NewClient("key", "app-secret",
			tiktokshop.WithAccessToken("access-token"), tiktokshop.WithBaseURL("http://127.0.0.1"),
			tiktokshop.WithHTTPClient(&http.Client{Transport: transport}),
			tiktokshop.WithAttemptTimeout(0))
		require.NoError(t, err)
		go func() { // the answer is there long before the content
			<-content.stuck
			time.Sleep(time.Second)
			close(content.release)
		}()
		_, err = tiktokshop.Call[struct{}](t.Context(), client, opUpload,
			&uploadRequest{Data: &tiktokshop.File{Content: content}})
		require.ErrorIs(t, err, tiktokshop.ErrPermission)
		assert.False(t, content.reading.Load(), "a Read in progress is waited for")
		reads := content.reads.Load()
		synctest.Wait()
		time.Sleep(time.Minute)
		assert.Equal(t, reads, content.reads.Load(), "nothing is read when the call has returned")
	})
}

// TestUploadTimeLimit gives an upload more time than another call, by its size.
func TestUploadTimeLimit(t *testing.T) {
	for name, tc := range map[string]struct {
		content io.Reader
		want    time.Duration
	}{
		"by its size":       {bytes.NewReader(make([]byte, 8<<20)), 94 * time.Second},
		"by what it may be": {unsized("x"), 110 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, _ *tiktokshop.Client) {
				client := srv.Client(tiktokshop.WithoutRetry(),
					withTransport(func(r *http.Request) (*http.Response, error) {
						<-r.Context().Done()
						return nil, r.Context().Err()
					}))
				start := time.Now()
				_, err := tiktokshop.Call[struct{}](t.Context(), client, opUpload,
					&uploadRequest{Data: &tiktokshop.File{Content: tc.content}})
				require.ErrorIs(t, err, tiktokshop.ErrAttemptTimeout)
				assert.Equal(t, tc.want, time.Since(start).Round(time.Second))
			})
		})
	}
}

// TestUploadHTTP2 uploads over HTTP/2, whose transport reads and closes bodies in other goroutines:
// to a platform that reads everything, and to one that throttles at once and reads nothing.
func TestUploadHTTP2(t *testing.T) {
	t.Parallel()
	var throttled atomic.Int32
	var got atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(
		w http.ResponseWriter, r *http.Request,
	) {
		assert.Equal(t, 2, r.ProtoMajor)
		if throttled.Add(1) <= 2 {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"code":36009002}`)
			return
		}
		n, err := io.Copy(io.Discard, r.Body)
		assert.NoError(t, err)
		got.Store(n)
		_, _ = io.WriteString(w, `{"code":0}`)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	client, err := tiktokshop.NewClient("key", "app-secret",
		tiktokshop.WithAccessToken("access-token"), tiktokshop.WithBaseURL(srv.URL),
		tiktokshop.WithHTTPClient(srv.Client()),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{BaseDelay: time.Millisecond,
			Jitter: time.Millisecond}))
	require.NoError(t, err)
	content := struct{ io.ReadSeeker }{bytes.NewReader(make([]byte, 4<<20))} // read in a goroutine
	_, err = tiktokshop.Call[struct{}](t.Context(), client, opUpload,
		&uploadRequest{Data: &tiktokshop.File{Content: content}})
	require.NoError(t, err)
	assert.EqualValues(t, 3, throttled.Load())
	assert.Greater(t, got.Load(), int64(4<<20))
}
