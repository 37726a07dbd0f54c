package tiktokshop_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// listen serves a handler on loopback and counts its connections.
func listen(
	t *testing.T, h2 bool, h http.Handler,
) (ts *httptest.Server, connections *atomic.Int64) {
	t.Helper()
	connections = new(atomic.Int64)
	ts = httptest.NewUnstartedServer(h)
	ts.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	if ts.EnableHTTP2 = h2; h2 {
		ts.StartTLS()
	} else {
		ts.Start()
	}
	t.Cleanup(ts.Close)
	return ts, connections
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	answers := []struct {
		status int
		body   string
	}{
		{200, `{"code":0,"data":{"id":"1"}}`}, {429, `{"code":36009002}`},
		{503, "<html>" + strings.Repeat("later ", 1000)}, {404, ""},
		{400, `{"code":36009004,"message":"no"}`},
		{200, `{"code":0,"data":"` + strings.Repeat("x", 40<<10) + `"}`}, {200, "not JSON"},
	}
	var served atomic.Int64
	ts, connections := listen(t, false,
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			answer := answers[int(served.Add(1)-1)%len(answers)]
			w.WriteHeader(answer.status)
			_, _ = io.WriteString(w, answer.body)
		}))
	client := clientOf(t, ts, tiktokshop.WithMaxResponseBytes(20<<10))
	for range 10 * len(answers) {
		_, _ = callThing(t.Context(), client, opWrite, "1")
	}
	assert.GreaterOrEqual(t, served.Load(), int64(10*len(answers)))
	assert.EqualValues(t, 1, connections.Load())
}

func TestHTTP2(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	handleThings(srv)
	var others atomic.Int64
	ts, connections := listen(t, true,
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ProtoMajor != 2 {
				others.Add(1)
			}
			srv.ServeHTTP(w, r)
		}))
	client := clientOf(t, ts)
	_, err := callThing(t.Context(), client, opRead, "1")
	require.NoError(t, err)
	srv.FailNext(50, throttle)
	srv.FailNext(1, tiktokshoptest.Fault{Drop: true}) // a reset of its stream alone
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			_, err := callThing(t.Context(), client, opSearch, "1")
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Zero(t, others.Load(), "requests that were not HTTP/2")
	assert.EqualValues(t, 1, connections.Load())
}

// net/http repeats some requests by itself. It must not repeat one that has been processed and may
// not be repeated.
func TestNetHTTPRepeatsNoWrite(t *testing.T) {
	t.Parallel()
	for name, h2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var writes atomic.Int64
			ts, _ := listen(t, h2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if strings.HasSuffix(r.URL.Path, "/update") {
					writes.Add(1)
					panic(http.ErrAbortHandler) // processed, and no answer
				}
				_, _ = io.WriteString(w, `{"code":0,"data":{"id":"1"}}`)
			}))
			client := clientOf(t, ts)
			noBody := tiktokshop.Params{Path: map[string]string{"id": "1"}}
			for i := range 10 {
				// the next request finds a connection that was used before
				_, err := callThing(t.Context(), client, opRead, "1")
				require.NoError(t, err)
				if i%2 == 0 {
					_, err = callThing(t.Context(), client, opWrite, "1")
				} else {
					_, err = tiktokshop.Do[thing](t.Context(), client, opWrite, noBody)
				}
				assert.True(t, transportError(t, err).MayHaveTakenEffect())
				require.EqualValues(t, i+1, writes.Load())
			}
		})
	}
}

func TestCompressedAnswerIsBounded(t *testing.T) {
	t.Parallel()
	const size = 200 << 20
	ts, _ := listen(t, false, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Error("no compression asked for")
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.CopyN(z, zeros{}, size)
		_ = z.Close()
	}))
	_, err := callThing(t.Context(), clientOf(t, ts, tiktokshop.WithMaxResponseBytes(1<<20)),
		opRead, "1")
	require.ErrorIs(t, err, tiktokshop.ErrResponseTooLarge)
	assert.ErrorContains(t, err, "more than 1048576 bytes")
	assert.Equal(t, 1, apiError(t, err).Attempts)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestCompressedAnswer(t *testing.T) {
	t.Parallel()
	ts, _ := listen(t, false, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `{"code":0,"data":{"id":"7362840009596339923"}}`)
		_ = z.Close()
	}))
	resp, err := callThing(t.Context(), clientOf(t, ts), opRead, "1")
	require.NoError(t, err)
	assert.Equal(t, tiktokshop.ID("7362840009596339923"), resp.Data.ID)
}

func TestHugeHeaderIsBounded(t *testing.T) {
	t.Parallel()
	ts, _ := listen(t, false, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Huge", strings.Repeat("x", 4<<20))
		_, _ = io.WriteString(w, `{"code":0,"data":{"id":"1"}}`)
	}))
	client, err := tiktokshop.NewClient("key", "secret", tiktokshop.WithBaseURL(ts.URL),
		tiktokshop.WithAccessToken("token"), tiktokshop.WithoutRetry())
	require.NoError(t, err)
	_, err = callThing(t.Context(), client, opSearch, "1")
	transportError(t, err)
}

// trackedBody fails at its end if told to, and knows whether it was closed.
type trackedBody struct {
	io.Reader
	closed *atomic.Int64
}

func (b trackedBody) Close() error { b.closed.Add(1); return nil }

func TestBodiesAreClosedOnEveryPath(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   io.Reader
	}{
		"success":    {200, strings.NewReader(`{"code":0}`)},
		"throttle":   {429, strings.NewReader(`{"code":36009002}`)},
		"error":      {400, strings.NewReader(`{"code":36009004}`)},
		"page":       {502, strings.NewReader("<html>")},
		"redirect":   {302, strings.NewReader("")},
		"too large":  {200, io.LimitReader(zeros{}, 1<<30)},
		"broken":     {200, io.MultiReader(strings.NewReader(`{"co`), errReader{})},
		"no content": {204, http.NoBody},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, _ *tiktokshoptest.Server, client *tiktokshop.Client) {
				var opened, closed atomic.Int64
				_, _ = callThing(t.Context(), client, opRead, "1",
					tiktokshop.WithMaxResponseBytes(1<<10),
					withTransport(func(req *http.Request) (*http.Response, error) {
						opened.Add(1)
						return &http.Response{
							StatusCode:    tt.status,
							Header:        http.Header{"Location": {"https://elsewhere.test/"}},
							ContentLength: -1,
							Body:          trackedBody{tt.body, &closed}, Request: req,
						}, nil
					}))
				assert.Positive(t, opened.Load())
				assert.Equal(t, opened.Load(), closed.Load())
			})
		})
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }
