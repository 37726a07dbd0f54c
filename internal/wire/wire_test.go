package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newRequest starts an attempt at a request without a body.
func newRequest(t *testing.T, method string, once bool) (*Attempt, *http.Request) {
	t.Helper()
	a := Start(t.Context(), 0, errTimeout, once)
	t.Cleanup(a.End)
	req, err := http.NewRequestWithContext(a.Context(), method, "http://127.0.0.1", nil)
	require.NoError(t, err)
	return a, req
}

// content is what a request's body has, or what net/http gets that asks for it once more.
func content(t *testing.T, body io.ReadCloser) string {
	t.Helper()
	b, err := io.ReadAll(body)
	require.NoError(t, err)
	require.NoError(t, body.Close())
	return string(b)
}

// again asks for the body once more.
func again(t *testing.T, req *http.Request) string {
	t.Helper()
	body, err := req.GetBody()
	require.NoError(t, err)
	return content(t, body)
}

// assertRefuses asserts that the body is not given out again, which ends the attempt.
func assertRefuses(t *testing.T, a *Attempt, req *http.Request) {
	t.Helper()
	require.NoError(t, a.Ended())
	body, err := req.GetBody()
	assert.Equal(t, ErrResent, err)
	assert.Nil(t, body)
	assert.Equal(t, ErrResent, a.Ended())
}

func TestBodyThatMayBeSentTwice(t *testing.T) {
	t.Parallel()
	a, req := newRequest(t, http.MethodPost, false)
	a.SetBody(req, []byte("{...}"))
	assert.Equal(t, int64(5), req.ContentLength)
	assert.Equal(t, "{...}", content(t, req.Body))
	a.wroteHeaders()
	assert.Equal(t, "{...}", again(t, req))
	assert.Equal(t, 1, a.Requests(), "what was written counts")
	a.wroteHeaders()
	assertRefuses(t, a, req)
}

func TestBodyThatMayBeSentOnce(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		set     func(*Attempt, *http.Request)
		content string
	}{
		{"bytes", func(a *Attempt, req *http.Request) { a.SetBody(req, []byte("{...}")) }, "{...}"},
		{"a reader", func(a *Attempt, req *http.Request) {
			req.Body = io.NopCloser(strings.NewReader("part"))
			req.GetBody = func() (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader("part")), nil
			}
			a.Guard(req)
		}, "part"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a, req := newRequest(t, http.MethodPost, true)
			tc.set(a, req)
			assert.Equal(t, tc.content, content(t, req.Body))
			a.wroteHeaders()
			assert.Equal(t, tc.content, again(t, req),
				"over HTTP/1 net/http asks only if nothing has left")
			assert.Zero(t, a.Requests())
			a.wroteHeaderField(":method", nil)
			a.wroteHeaders()
			assertRefuses(t, a, req)
		})
	}
}

// http.Client asks for the body of a redirect too, before it asks whether it may follow.
func TestBodyAfterAnAnswerIsNotSent(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*Attempt, *http.Request){
		"bytes":   func(a *Attempt, req *http.Request) { a.SetBody(req, []byte("{...}")) },
		"no body": func(a *Attempt, req *http.Request) { a.Guard(req) },
	} {
		a, req := newRequest(t, http.MethodGet, true)
		set(a, req)
		a.gotFirstResponseByte()
		body, err := req.GetBody()
		require.NoError(t, err, name)
		n, err := body.Read(make([]byte, 9))
		assert.Zero(t, n, name)
		assert.Equal(t, ErrResent, err, name)
		assert.NoError(t, a.Ended(), "%s: the answer counts", name)
	}
}

func TestGuardOfARequestWithoutABody(t *testing.T) {
	t.Parallel()
	a, req := newRequest(t, http.MethodGet, true)
	a.Guard(req)
	require.NotNil(t, req.Body)
	n, err := req.Body.Read(make([]byte, 9))
	assert.Zero(t, n)
	assert.Equal(t, io.EOF, err)
	assert.Zero(t, req.ContentLength)
	assert.Empty(t, again(t, req), "nothing was written yet")
	a.wroteHeaders()
	assertRefuses(t, a, req)

	for _, tc := range []struct {
		name, method string
		once         bool
	}{
		{"it may be sent twice", http.MethodGet, false},
		{"net/http does not repeat it", http.MethodDelete, true},
	} {
		a, req := newRequest(t, tc.method, tc.once)
		a.Guard(req)
		assert.Nil(t, req.Body, tc.name)
		assert.Nil(t, req.GetBody, tc.name)
		a.wroteHeaders()
		assert.False(t, a.spent(), tc.name)
	}
	a, req = newRequest(t, http.MethodGet, true)
	own := io.NopCloser(strings.NewReader("own"))
	req.Body = own
	a.Guard(req)
	assert.Equal(t, own, req.Body)
	assert.Nil(t, req.GetBody)
}

func TestConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	a, _ := newRequest(t, http.MethodGet, false)
	assert.False(t, a.Unsent(), "no transport has asked for anything")
	for range mostConns {
		a.getConn("")
		assert.True(t, a.Unsent(), "none was got")
	}
	a.gotConn(httptrace.GotConnInfo{})
	assert.False(t, a.Unsent(), "there was one")
	require.NoError(t, a.Ended())
	a.getConn("")
	assert.Equal(t, ErrConnsLost, a.Ended())
	assert.True(t, a.Unsent(), "none lasted")
	a.wroteHeaders()
	assert.False(t, a.Unsent())

	for name, hook := range map[string]func(*Attempt){
		"a connection is asked for": func(a *Attempt) { a.getConn("") },
		"a connection is there":     func(a *Attempt) { a.gotConn(httptrace.GotConnInfo{}) },
	} {
		a, _ := newRequest(t, http.MethodGet, false)
		a.wroteHeaders()
		hook(a)
		require.NoError(t, a.Ended(), name)
		a.wroteHeaders()
		hook(a)
		assert.Equal(t, ErrResent, a.Ended(), name)
	}
}

func TestOnceOverHTTP1AndHTTP2(t *testing.T) {
	t.Parallel()
	a, _ := newRequest(t, http.MethodPost, true)
	a.wroteHeaderField("Host", nil)
	a.wroteHeaders()
	assert.False(t, a.spent(), "over HTTP/1 net/http repeats it only if nothing has left")
	a.wroteHeaderField(":authority", nil)
	assert.True(t, a.spent())
	a, _ = newRequest(t, http.MethodPost, true)
	a.wroteHeaderField(":authority", nil)
	assert.False(t, a.spent(), "not written yet")
	a.gotFirstResponseByte()
	assert.True(t, a.spent())
}

func TestAttemptEndsWithItsContext(t *testing.T) {
	t.Parallel()
	why := errors.New("of the caller")
	ctx, cancel := context.WithCancelCause(t.Context())
	a := Start(ctx, 0, errTimeout, false)
	assert.NoError(t, a.Ended())
	cancel(why)
	assert.Equal(t, why, a.Ended())
	a = Start(t.Context(), 0, errTimeout, false)
	a.End()
	assert.ErrorIs(t, a.Context().Err(), context.Canceled)
}

func TestHooks(t *testing.T) {
	t.Parallel()
	a, _ := newRequest(t, http.MethodPost, false)
	trace := httptrace.ContextClientTrace(a.Context())
	require.NotNil(t, trace)
	assert.Nil(t, trace.WroteHeaderField, "costs something for each field, and is of no use")
	assert.Nil(t, trace.GotFirstResponseByte)
	trace.GetConn("127.0.0.1:80")
	assert.True(t, a.Unsent())
	trace.GotConn(httptrace.GotConnInfo{})
	assert.False(t, a.Unsent())
	trace.WroteHeaders()
	assert.Equal(t, 1, a.Requests())

	a, _ = newRequest(t, http.MethodPost, true)
	trace = httptrace.ContextClientTrace(a.Context())
	trace.WroteHeaders()
	assert.False(t, a.spent())
	trace.WroteHeaderField(":method", []string{"POST"})
	assert.True(t, a.spent())
	a, _ = newRequest(t, http.MethodPost, true)
	httptrace.ContextClientTrace(a.Context()).GotFirstResponseByte()
	assert.True(t, a.spent())
}

func TestGuardPassesErrorsOn(t *testing.T) {
	t.Parallel()
	a, req := newRequest(t, http.MethodPost, false)
	gone := errors.New("gone")
	req.GetBody = func() (io.ReadCloser, error) { return nil, gone }
	a.Guard(req)
	_, err := req.GetBody()
	assert.Equal(t, gone, err)
}
