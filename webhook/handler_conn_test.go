package webhook_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// pipeListener hands out one end of a pipe, for a server in a synctest bubble.
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
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// serve starts a server for h and returns a connection to it.
func serve(t *testing.T, h http.Handler) net.Conn {
	client, server := net.Pipe()
	l := &pipeListener{conns: make(chan net.Conn, 1), done: make(chan struct{})}
	l.conns <- server
	srv := &http.Server{Handler: h}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() {
		_ = client.Close()
		_ = srv.Close()
	})
	return client
}

func TestHandlerBoundsTheTimeOfABody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := serve(t, newHandler(t, noop))
		start := time.Now()
		_, err := fmt.Fprint(conn,
			"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{\"type\":")
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		assert.Equal(t, http.StatusRequestTimeout, resp.StatusCode)
		assert.Equal(t, 2500*time.Millisecond, time.Since(start))
	})
}

// TestHandlerLeavesTheConnectionUsable makes sure that the bound on reading one body strikes
// neither while the event is handled nor at a later delivery on the same connection.
func TestHandlerLeavesTheConnectionUsable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		durations := []time.Duration{2400 * time.Millisecond, 10 * time.Second, 0}
		statuses := []int{200, 503, 200}
		var delivered context.Context
		inner := newHandler(t, func(ctx context.Context, e *webhook.Event) error {
			time.Sleep(durations[e.NotificationID[0]-'0'])
			return ctx.Err()
		})
		outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			delivered = r.Context()
			inner.ServeHTTP(w, r)
			time.Sleep(time.Second)
			assert.NoError(t, delivered.Err(), "the request's own context goes on")
		})
		conn := serve(t, outer)
		reader := bufio.NewReader(conn)
		for i, want := range statuses {
			body := order(fmt.Sprint(i))
			_, err := fmt.Fprintf(conn,
				"POST / HTTP/1.1\r\nHost: h\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n%s",
				newSigner(t, appSecret).Sign(body), len(body), body)
			require.NoError(t, err)
			resp, err := http.ReadResponse(reader, nil)
			require.NoError(t, err)
			assert.Equal(t, want, resp.StatusCode)
			assert.Zero(t, resp.ContentLength)
			time.Sleep(5 * time.Second)
		}
		require.NoError(t, inner.Wait(t.Context()))
	})
}
