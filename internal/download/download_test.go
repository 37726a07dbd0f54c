package download

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answer is what a host says; of a body that is longer than the part that comes, the connection
// breaks.
type answer struct {
	status int
	header map[string]string
	body   string
	length int64 // that it announces, 0 for that of the body, -1 for none
	err    error // after the body, or instead of an answer if there is no status
}

// host answers one request after the other, and keeps them.
type host struct {
	answers  []answer
	requests []*http.Request
}

func (h *host) RoundTrip(req *http.Request) (*http.Response, error) {
	h.requests = append(h.requests, req)
	a := h.answers[0]
	h.answers = h.answers[1:]
	if a.status == 0 {
		return nil, a.err
	}
	header := http.Header{}
	for name, value := range a.header {
		header.Set(name, value)
	}
	length := a.length
	if length == 0 {
		length = int64(len(a.body))
	}
	var body io.Reader = strings.NewReader(a.body)
	if a.err != nil {
		body = io.MultiReader(body, failing{a.err})
	}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(body),
		ContentLength: length, Request: req}, nil
}

// failing fails to read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// transfer returns one from hosts that answer so, of 10 bytes at the most.
func transfer(t *testing.T, answers ...answer) (*Transfer, *host, *bytes.Buffer) {
	t.Helper()
	u, err := url.Parse("https://host.example/file?sign=a-long-signature")
	require.NoError(t, err)
	h, w := &host{answers: answers}, new(bytes.Buffer)
	return &Transfer{
		Client: &http.Client{Transport: h, CheckRedirect: CheckRedirect}, UserAgent: "agent/1",
		URL: u, W: w, Limit: 10,
	}, h, w
}

var errBroken = errors.New("connection reset")

func TestAttempt(t *testing.T) {
	t.Parallel()
	tr, h, w := transfer(t, answer{status: 200, body: "1234567890",
		header: map[string]string{"Content-Type": "image/png; a=b"}})
	require.NoError(t, tr.Attempt(t.Context()))
	assert.Equal(t, "1234567890", w.String(), "as much as it may be")
	assert.EqualValues(t, 10, tr.Written)
	assert.Equal(t, "image/png", tr.ContentType)
	req := h.requests[0]
	assert.Equal(t, "GET", req.Method)
	assert.Equal(t, "host.example", req.Host)
	assert.Equal(t, http.Header{"User-Agent": {"agent/1"}, "Accept": {"*/*"},
		"Accept-Encoding": {"identity"}}, req.Header)
	assert.Error(t, req.Context().Err(), "what the attempt held is free")
}

// TestAttemptGoesOn has a first answer break off after four bytes, and a second one that is judged.
func TestAttemptGoesOn(t *testing.T) {
	t.Parallel()
	type header = map[string]string
	for _, tt := range []struct {
		name          string
		first, second header
		status        int
		body          string
		err           error  // nil for none, else a reason
		ifRange       string // what is asked with
		want          string
	}{
		{
			"the rest, by a strong tag", header{"ETag": `"1"`, "Last-Modified": "Mon"},
			header{"ETag": `"1"`, "Content-Range": "bytes 4-7/8"}, 206, "5678", nil, `"1"`,
			"12345678",
		},
		{
			"the rest, by its time, as the tag is weak",
			header{"ETag": `W/"1"`, "Last-Modified": "Mon"},
			header{"ETag": `W/"2"`, "Last-Modified": "Mon", "Content-Range": "bytes 4-7/8"}, 206,
			"5678", nil, "Mon", "12345678",
		},
		{"the rest, of which nothing tells more", nil, header{"Content-Range": "bytes 4-7/8"}, 206,
			"5678", nil, "", "12345678"},
		{"nothing is missing but the end", nil, header{"Content-Range": "bytes */4"}, 416, "", nil,
			"", "1234"},
		{"it has become shorter", nil, header{"Content-Range": "bytes */3"}, 416, "", ErrStatus, "",
			"1234"},
		{
			"it has changed", header{"ETag": `"1"`},
			header{"ETag": `"2"`, "Content-Range": "bytes 4-7/8"},
			206, "5678", ErrUnfit, `"1"`, "1234",
		},
		{"another part", nil, header{"Content-Range": "bytes 40-47/48"}, 206, "5678", ErrUnfit, "",
			"1234"},
		{"all of it once more", nil, nil, 200, "12345678", ErrUnfit, "", "1234"},
		{"more than it may be, in all", nil, header{"Content-Range": "bytes 4-10/11"}, 206,
			"5678901", ErrTooLarge, "", "1234"},
		{"the URL has expired meanwhile", nil, nil, 403, "", ErrGone, "", "1234"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr, h, w := transfer(t, answer{status: 200, header: tt.first, body: "1234", length: 8,
				err: errBroken},
				answer{status: tt.status, header: tt.second, body: tt.body})
			err := tr.Attempt(t.Context())
			var broken *Broken
			require.ErrorAs(t, err, &broken)
			require.ErrorIs(t, err, errBroken)
			require.EqualError(t, err, errBroken.Error())
			require.EqualValues(t, 4, tr.Written)

			err = tr.Attempt(t.Context())
			assert.Equal(t, "bytes=4-", h.requests[1].Header.Get("Range"))
			assert.Equal(t, tt.ifRange, h.requests[1].Header.Get("If-Range"))
			assert.Equal(t, tt.want, w.String())
			if tt.err == nil {
				assert.NoError(t, err)
				return
			}
			var refusal *Refusal
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, tt.err, refusal.Reason)
			assert.Equal(t, tt.status, refusal.Status)
			assert.EqualError(t, err, tt.err.Error())
		})
	}
}

func TestAttemptRefuses(t *testing.T) {
	t.Parallel()
	png := map[string]string{"Content-Type": "image/png"}
	for _, tt := range []struct {
		name    string
		types   []string
		answer  answer
		reason  error
		written string
	}{
		{"unauthorized", nil, answer{status: 401}, ErrGone, ""},
		{"forbidden", nil, answer{status: 403}, ErrGone, ""},
		{"not found", nil, answer{status: 404}, ErrGone, ""},
		{"gone", nil, answer{status: 410}, ErrGone, ""},
		{"server error", nil, answer{status: 500}, ErrStatus, ""},
		{"no content", nil, answer{status: 204}, ErrStatus, ""},
		{"a part that was not asked for", nil,
			answer{status: 206, header: map[string]string{"Content-Range": "bytes 0-3/8"},
				body: "1234"}, ErrStatus, ""},
		{"416 at the beginning", nil,
			answer{status: 416, header: map[string]string{"Content-Range": "bytes */0"}}, ErrStatus,
			""},
		{"another type", []string{"text/*", "image/jpeg"}, answer{status: 200, header: png},
			ErrUnfit, ""},
		{"no type", []string{"image/*"}, answer{status: 200}, ErrUnfit, ""},
		{"too large, as it says", nil, answer{status: 200, body: "12345678901"}, ErrTooLarge, ""},
		{"too large without saying so", nil, answer{status: 200, body: "12345678901", length: -1},
			ErrTooLarge, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr, _, w := transfer(t, tt.answer)
			tr.Types = tt.types
			err := tr.Attempt(t.Context())
			var refusal *Refusal
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, tt.reason, refusal.Reason)
			assert.Equal(t, tt.answer.status, refusal.Status)
			assert.NotNil(t, refusal.Header)
			assert.Equal(t, tt.reason == ErrStatus, refusal.Cause == nil, "there is more to say")
			assert.Equal(t, tt.written, w.String())
		})
	}
	for _, types := range [][]string{{"image/png"}, {"IMAGE/*"}, {"text/plain", "Image/PNG"}, nil} {
		tr, _, _ := transfer(t, answer{status: 200, header: png, body: "1"})
		tr.Types = types
		assert.NoError(t, tr.Attempt(t.Context()), types)
	}
}

func TestAttemptGetsNoAnswer(t *testing.T) {
	t.Parallel()
	tr, _, _ := transfer(t, answer{err: errBroken})
	err := tr.Attempt(t.Context())
	var broken *Broken
	require.ErrorAs(t, err, &broken)
	assert.ErrorIs(t, err, errBroken)
	assert.EqualError(t, err, errBroken.Error(), "without the URL, which holds a signature")
}

// writer takes some bytes and then fails, or takes fewer than it is given.
type writer struct {
	takes int
	err   error
}

func (w *writer) Write(p []byte) (int, error) { return min(len(p), w.takes), w.err }

func TestWriterFails(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	for _, tt := range []struct {
		name string
		w    *writer
		want error
	}{
		{"with an error", &writer{2, full}, full},
		{"short without one", &writer{2, nil}, io.ErrShortWrite},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr, _, _ := transfer(t, answer{status: 200, body: "1234"})
			tr.W = tt.w
			err := tr.Attempt(t.Context())
			require.ErrorIs(t, err, tt.want)
			var broken *Broken
			assert.False(t, errors.As(err, &broken), "another attempt would not help")
			assert.EqualValues(t, 2, tr.Written)
		})
	}
}

// dripping gives a byte after each pause, and at its end falls silent until the request ends.
type dripping struct {
	ctx   context.Context
	pause time.Duration
	bytes int
}

func (d *dripping) Close() error { return nil }

func (d *dripping) Read(p []byte) (int, error) {
	pause := d.pause
	if d.bytes == 0 {
		pause = 1000 * time.Hour
	}
	select {
	case <-time.After(pause):
		d.bytes--
		return copy(p, "x"), nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// sleepy takes its time to write.
type sleepy time.Duration

func (s sleepy) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(s))
	return len(p), nil
}

func TestSilence(t *testing.T) {
	t.Parallel()
	errSilence := errors.New("silence")
	for _, tt := range []struct {
		name    string
		limit   time.Duration
		caller  time.Duration // when the caller gives up
		written int64
		took    time.Duration
		want    error
	}{
		{"after some bytes", time.Minute, time.Hour, 5, 5*(50*time.Second+time.Hour) + time.Minute,
			errSilence},
		{"no limit", 0, 20 * time.Hour, 5, 20 * time.Hour, context.DeadlineExceeded},
		{"silent from the first byte on", 50 * time.Second / 2, time.Hour, 0, 25 * time.Second,
			errSilence},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tr, _, _ := transfer(t)
				// which is nobody's silence
				tr.Silence, tr.ErrSilence, tr.W = tt.limit, errSilence, sleepy(time.Hour)
				tr.Client.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
					body := &dripping{ctx: req.Context(), pause: 50 * time.Second, bytes: 5}
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body,
						ContentLength: -1}, nil
				})
				ctx := t.Context()
				if tt.want == context.DeadlineExceeded {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.caller)
					defer cancel()
				}
				begun := time.Now()
				err := tr.Attempt(ctx)
				var broken *Broken
				require.ErrorAs(t, err, &broken)
				assert.ErrorIs(t, err, tt.want)
				assert.Equal(t, tt.took, time.Since(begun))
				assert.Equal(t, tt.written, tr.Written)
				if tt.want == errSilence {
					assert.ErrorContains(t, err, fmt.Sprintf("nothing came within %v", tt.limit))
				}
			})
		})
	}
}

// TestSilenceBeforeTheAnswer: a host that takes the request and says nothing is given up, too.
func TestSilenceBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr, _, _ := transfer(t)
		tr.Silence, tr.ErrSilence = time.Minute, errors.New("silence")
		tr.Client.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		begun := time.Now()
		assert.ErrorIs(t, tr.Attempt(t.Context()), tr.ErrSilence)
		assert.Equal(t, time.Minute, time.Since(begun))
	})
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	to := func(location string) answer {
		return answer{status: 302, header: map[string]string{"Location": location}}
	}
	content := answer{status: 200, body: "1234"}
	again := []answer{to("/1"), to("/2"), to("/3"), to("/4"), to("/5")}
	for _, tt := range []struct {
		name    string
		answers []answer
		want    string // of the refusal's cause, "" for none
	}{
		{"to another host", []answer{to("https://other.example/file"), content}, ""},
		{"as many as it may be", append(again[:5:5], content), ""},
		{"too many", append(again[:5:5], to("/6"), content), "too many redirects"},
		{"to plain text", []answer{to("http://other.example/file"), content}, "not https"},
		{"to plain text on this machine", []answer{to("http://127.0.0.1/file"), content},
			"not https"},
		{"to a file", []answer{to("file:///etc/passwd"), content}, "not https"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr, h, w := transfer(t, tt.answers...)
			err := tr.Attempt(t.Context())
			for _, req := range h.requests {
				assert.Empty(t, req.Header.Get("Referer"), "which is the URL of another host")
			}
			if tt.want == "" {
				require.NoError(t, err)
				assert.Equal(t, "1234", w.String())
				return
			}
			var refusal *Refusal
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, ErrUnfit, refusal.Reason)
			assert.ErrorContains(t, refusal.Cause, tt.want)
			assert.Empty(t, w.String())
		})
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, url string
		want      []string
	}{
		{"none", "https://host/file", []string{"", "/file"}},
		{
			"a signature, among what is no secret",
			"https://host/file?sign=a%2Blong%2Bsignature&w=100",
			[]string{"sign=a%2Blong%2Bsignature&w=100", "/file?sign=a%2Blong%2Bsignature&w=100",
				"a+long+signature"},
		},
		{
			"as short as a signature may be", "https://host/?a=123456789012&b=12345678901",
			[]string{"a=123456789012&b=12345678901", "/?a=123456789012&b=12345678901",
				"123456789012"},
		},
	} {
		u, err := url.Parse(tt.url)
		require.NoError(t, err)
		assert.ElementsMatch(t, tt.want, Secrets(u), tt.name)
	}
}
