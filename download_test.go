package tiktokshop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
)

const urlSignature = "X-Signature=0123456789abcdef0123456789abcdef"

func downloader(t testing.TB, opts ...tiktokshop.Option) *tiktokshop.Client {
	client, err := tiktokshop.NewClient("app-key-1", "app-secret-1", append([]tiktokshop.Option{
		tiktokshop.WithAccessToken("access-token-1"), tiktokshop.WithShopCipher("shop-cipher-1"),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{MaxAttempts: 3, BaseDelay: time.Nanosecond,
			Jitter: time.Nanosecond}),
	}, opts...)...)
	require.NoError(t, err)
	return client
}

// A label is written to a file.
func ExampleDownload() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = io.WriteString(w, "%PDF-1.7")
	}))
	defer srv.Close()
	client, err := tiktokshop.NewClient("key", "secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := tiktokshop.Download(context.Background(), client, &tiktokshop.DownloadRequest{
		// URL: as GetPackageShippingDocument has it in doc_url
		URL: srv.URL + "/label?signature=x", ContentTypes: []string{"application/pdf"},
	}, os.Stdout)
	fmt.Println()
	fmt.Println(got.Bytes, err)
	// Output:
	// %PDF-1.7
	// 8 <nil>
}

// Neither the token, nor a signature, nor a cookie leaves, and the URL is called as it is, also
// after redirects.
func TestDownloadLeaksNothing(t *testing.T) {
	t.Parallel()
	var seen []*http.Request
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r)
		if len(seen) == 1 {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "content")
	}))
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	u, err := url.Parse(srv.URL)
	require.NoError(t, err)
	jar.SetCookies(u, []*http.Cookie{{Name: "session", Value: "cookie-1"}})
	client := downloader(t, tiktokshop.WithHTTPClient(&http.Client{Jar: jar}))
	var out bytes.Buffer
	_, err = tiktokshop.Download(t.Context(), client,
		&tiktokshop.DownloadRequest{URL: srv.URL + "/a%2Fb?" + urlSignature}, &out)
	require.NoError(t, err)
	assert.Equal(t, "content", out.String())
	require.Len(t, seen, 2)
	assert.Equal(t, "/a%2Fb?"+urlSignature, seen[0].RequestURI)
	assert.Equal(t, "/elsewhere", seen[1].RequestURI)
	for _, r := range seen {
		var sent bytes.Buffer
		require.NoError(t, r.Header.Write(&sent))
		for _, secret := range []string{"access-token-1", "app-key-1", "app-secret-1",
			"shop-cipher-1", "cookie-1", "0123456789abcdef"} {
			assert.NotContains(t, sent.String(), secret)
		}
		assert.Empty(t, r.Referer())
		assert.Equal(t, "identity", r.Header.Get("Accept-Encoding"),
			"parts are those of the content")
	}
}

// What came stays, and the rest is asked for.
func TestDownloadGoesOn(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 30_000)
	breaks := func(w http.ResponseWriter, r *http.Request, tag string) {
		w.Header().Set("Etag", tag)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = io.WriteString(w, content[:100_000])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	serve := func(w http.ResponseWriter, r *http.Request, tag string) {
		w.Header().Set("Etag", tag)
		http.ServeContent(w, r, "x.pdf", time.Time{}, strings.NewReader(content))
	}
	for _, tc := range []struct {
		name    string
		handle  func(n int32, w http.ResponseWriter, r *http.Request)
		max     int
		wrong   string // what the error says
		attempt int
	}{
		{name: "at once", attempt: 1,
			handle: func(_ int32, w http.ResponseWriter, r *http.Request) { serve(w, r, `"1"`) }},
		{name: "after a break", attempt: 2,
			handle: func(n int32, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					breaks(w, r, `"1"`)
				}
				assert.Equal(t, `"1"`, r.Header.Get("If-Range"))
				serve(w, r, `"1"`)
			}},
		{name: "after an outage", attempt: 3,
			handle: func(n int32, w http.ResponseWriter, r *http.Request) {
				if n < 3 {
					w.WriteHeader(503)
					return
				}
				serve(w, r, `"1"`)
			}},
		{name: "the content has changed", wrong: "does not send the rest",
			handle: func(n int32, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					breaks(w, r, `"1"`)
				}
				serve(w, r, `"2"`)
			}},
		{name: "a part of something else", wrong: "not that of its beginning",
			handle: func(n int32, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					breaks(w, r, `"1"`)
				}
				r.Header.Del("If-Range")
				serve(w, r, `"2"`)
			}},
		{name: "another part", wrong: "not that of its beginning",
			handle: func(n int32, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					breaks(w, r, `"1"`)
				}
				r.Header.Set("Range", "bytes=5-")
				serve(w, r, `"1"`)
			}},
		{name: "no parts", wrong: "does not send the rest",
			handle: func(n int32, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					breaks(w, r, "")
				}
				_, _ = io.WriteString(w, content)
			}},
		{name: "only the end was missing", attempt: 2,
			handle: func(n int32, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					w.Header().Set("Etag", `"1"`)
					w.WriteHeader(200)
					w.(http.Flusher).Flush() // chunked
					_, _ = io.WriteString(w, content)
					w.(http.Flusher).Flush()
					panic(http.ErrAbortHandler)
				}
				serve(w, r, `"1"`)
			}},
		{name: "no attempts left", wrong: "no answer: unexpected EOF (3 attempts",
			handle: func(n int32, w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "5")
				w.WriteHeader(200)
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			srv := httptest.NewServer(
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					tc.handle(n.Add(1), w, r)
				}))
			t.Cleanup(srv.Close)
			var out bytes.Buffer
			got, err := tiktokshop.Download(t.Context(), downloader(t),
				&tiktokshop.DownloadRequest{URL: srv.URL}, &out)
			if tc.wrong != "" {
				require.ErrorContains(t, err, tc.wrong)
				return
			}
			require.NoError(t, err)
			assert.True(t, content == out.String(), "%d bytes of %d", out.Len(), len(content))
			assert.Equal(t, int64(len(content)), got.Bytes)
			assert.Equal(t, tc.attempt, got.Attempts)
		})
	}
}

// What is not the content is an error that tells what to do, and nothing of it is written.
func TestDownloadRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		handle    http.HandlerFunc
		req       tiktokshop.DownloadRequest
		kind      error
		text      string
		status    int
		retryable bool
	}{
		{"expired", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) },
			tiktokshop.DownloadRequest{},
			tiktokshop.ErrNotFound, "the URL has expired", 403, false},
		{"gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) },
			tiktokshop.DownloadRequest{},
			tiktokshop.ErrNotFound, "the URL has expired", 410, false},
		{"down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
			tiktokshop.DownloadRequest{},
			tiktokshop.ErrUnavailable, "HTTP 502", 502, true},
		{"busy for long", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
		}, tiktokshop.DownloadRequest{},
			tiktokshop.ErrRateLimited, "HTTP 429", 429, true},
		{"another type",
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
			tiktokshop.DownloadRequest{ContentTypes: []string{"application/pdf", "image/*"}},
			tiktokshop.ErrInvalidResponse, `the content is "text/html", which is not wanted`, 200,
			false},
		{"too large, announced",
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "12345") },
			tiktokshop.DownloadRequest{MaxBytes: 4}, tiktokshop.ErrResponseTooLarge,
			"more than 4 bytes", 200, false},
		{"too large, unannounced", func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "12345")
		}, tiktokshop.DownloadRequest{MaxBytes: 4}, tiktokshop.ErrResponseTooLarge, "more than 4 bytes", 200, false},
		{"redirects without end",
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/"+urlSignature, http.StatusFound)
			}, tiktokshop.DownloadRequest{},
			tiktokshop.ErrInvalidResponse, "too many redirects", 302, false},
		{"a redirect to plain http", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.com/?"+urlSignature, http.StatusFound)
		},
			tiktokshop.DownloadRequest{}, tiktokshop.ErrInvalidResponse,
			"a redirect to a URL that is not https", 302, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(tc.handle)
			t.Cleanup(srv.Close)
			tc.req.URL = srv.URL + "/x?" + urlSignature
			var out bytes.Buffer
			_, err := tiktokshop.Download(t.Context(), downloader(t), &tc.req, &out)
			require.ErrorIs(t, err, tc.kind)
			assert.ErrorContains(t, err, tc.text)
			assert.Equal(t, tc.status, tiktokshop.HTTPStatus(err))
			assert.Equal(t, tc.retryable, tiktokshop.Retryable(err))
			assert.False(t, tiktokshop.NeedsReauthorization(err))
			assert.Empty(t, out.String())
			secrettest.AssertHides(t, err, "0123456789abcdef0123456789abcdef", "access-token-1")
		})
	}
}

// A type of a family is wanted with the family.
func TestDownloadContentTypes(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/PNG; q=1")
	}))
	t.Cleanup(srv.Close)
	got, err := tiktokshop.Download(t.Context(), downloader(t),
		&tiktokshop.DownloadRequest{URL: srv.URL,
			ContentTypes: []string{"application/pdf", "Image/*"}}, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, &tiktokshop.Downloaded{ContentType: "image/png", Attempts: 1}, got)
}

// Bad input is found before anything is sent, all mistakes at once, and not quoted.
func TestDownloadInput(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, url, wrong string }{
		{"none", "", "URL: is missing"},
		{"plain http", "http://example.com/x?" + urlSignature, "URL: must be https://"},
		{"another scheme", "file:///etc/passwd", "URL: must be https://"},
		{"with a user", "https://user:0123456789abcdef@example.com/", "URL: must be https://"},
		{"no URL", "https://%zz/0123456789abcdef", "URL: cannot be parsed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := tiktokshop.Download(t.Context(), downloader(t),
				&tiktokshop.DownloadRequest{URL: tc.url, MaxBytes: -1}, nil)
			assert.Len(t, tiktokshop.InputErrors(err), 3)
			assert.ErrorContains(t, err, "tiktokshop: Download: "+tc.wrong)
			assert.NotContains(t, err.Error(), "0123456789abcdef")
		})
	}
	_, err := tiktokshop.Download(t.Context(), nil, nil, io.Discard)
	assert.ErrorContains(t, err, "client")
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 1, w.err }

// A writer that fails ends the download, as what it has written is not known to be whole.
func TestDownloadWriterFails(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	srv := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n.Add(1)
			_, _ = io.WriteString(w, "content")
		}))
	t.Cleanup(srv.Close)
	full := errors.New("disk full")
	for _, tc := range []struct{ is, want error }{{full, full}, {nil, io.ErrShortWrite}} {
		_, err := tiktokshop.Download(t.Context(), downloader(t),
			&tiktokshop.DownloadRequest{URL: srv.URL}, brokenWriter{tc.is})
		assert.ErrorIs(t, err, tc.want)
	}
	assert.EqualValues(t, 2, n.Load())
}

// A host that falls silent is given up, however much came before; one that is slow is not, and
// neither is a slow writer.
func TestDownloadSilence(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		every, write time.Duration
		deadline     time.Duration
		kind         error
	}{
		{"slow", 20 * time.Second, 0, time.Hour, nil},
		{"slow writer", time.Second, time.Minute, time.Hour, nil},
		{"silent", 31 * time.Second, 0, time.Hour, tiktokshop.ErrAttemptTimeout},
		{"the caller's deadline", 20 * time.Second, 0, 50 * time.Second, context.DeadlineExceeded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := downloader(t, tiktokshop.WithoutRetry(),
					withTransport(func(req *http.Request) (*http.Response, error) {
						return &http.Response{StatusCode: 200, ContentLength: -1,
							Body: &slowBody{req.Context(), tc.every, 5}, Request: req}, nil
					}))
				ctx, cancel := context.WithTimeout(t.Context(), tc.deadline)
				defer cancel()
				_, err := tiktokshop.Download(ctx, client,
					&tiktokshop.DownloadRequest{URL: "https://example.com/x"}, slowWriter(tc.write))
				if tc.kind == nil {
					assert.NoError(t, err)
					return
				}
				assert.ErrorIs(t, err, tc.kind)
				for _, other := range []error{tiktokshop.ErrAttemptTimeout,
					context.DeadlineExceeded} {
					assert.Equal(t, other == tc.kind, errors.Is(err, other), "%v", err)
				}
			})
		})
	}
}

// slowBody gives a byte at a time, some times.
type slowBody struct {
	ctx   context.Context
	every time.Duration
	left  int
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(b.every):
		b.left--
		return copy(p, "x"), nil
	case <-b.ctx.Done():
		return 0, b.ctx.Err()
	}
}

func (*slowBody) Close() error { return nil }

type slowWriter time.Duration

func (w slowWriter) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(w))
	return len(p), nil
}
