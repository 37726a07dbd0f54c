package tiktokshop_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
)

var writePromises = flag.Bool("promises.write", false, "write the table of docs/retries.md")

// promise is a row of the table in docs/retries.md: how often a call is sent, by what the server
// does each time.
type promise struct {
	row       string
	server    string
	get, post int  // how often a GET, and a POST that is not safe to repeat, is sent, or tried
	unsent    bool // nothing of it arrives
	on        string
	answer    func(x *wireExchange)
	prepare   func(s *wireServer, p *wireProxy, transport *http.Transport)
	kept      bool // on a connection that was used before
	deadline  time.Duration
	opts      []tiktokshop.Option
}

const (
	overHTTP1, overHTTP2, overProxy = "HTTP/1", "HTTP/2", "proxy"

	mayHelp = `{"code":36009003,"message":"internal error"}`
)

// says has the server answer each request with a status and a body.
func says(status int, body string, headers ...string) func(*wireExchange) {
	return func(x *wireExchange) { x.respond(status, body, headers...) }
}

// firstSays has it answer the first request so, and the others with a success.
func firstSays(status int, body string, headers ...string) func(*wireExchange) {
	return func(x *wireExchange) {
		if x.number > 1 {
			x.ok()
			return
		}
		x.respond(status, body, headers...)
	}
}

func code(code int, message string) string {
	return fmt.Sprintf(`{"code":%d,"message":%q}`, code, message)
}

var promises = []promise{
	{row: "throttled", server: "HTTP 429 with code 36009002", get: 5, post: 5,
		answer: says(429, code(36009002, "Too many requests"))},
	{row: "throttled", server: "code 36009002 with HTTP 200", get: 5, post: 5,
		answer: says(200, code(36009002, "Too many requests"))},
	{row: "throttled", server: "HTTP 429 with code 36009003", get: 5, post: 5,
		answer: says(429, mayHelp)},
	{row: "throttled", server: "HTTP 429 with code 36009004", get: 5, post: 5,
		answer: says(429, code(36009004, "slow down"))},
	{row: "throttled", server: "HTTP 429 with code 36009007", get: 5, post: 5,
		answer: says(429, code(36009007, "timeout"))},
	{row: "throttled", server: "HTTP 429 with a page", get: 5, post: 5,
		answer: says(429, "<html>slow down</html>")},
	{row: "throttled", server: "HTTP 429, the answer cut short", get: 5, post: 5,
		answer: func(x *wireExchange) { x.cut(429, `{"code":`) }},
	{
		row: "no connection", server: "refuses it", get: 5, post: 5, unsent: true,
		on:      overHTTP1 + overHTTP2,
		prepare: func(s *wireServer, _ *wireProxy, _ *http.Transport) { _ = s.listener.Close() },
	},
	{
		row: "no connection", server: "the proxy refuses CONNECT with 403", get: 5, post: 5,
		unsent: true, on: overProxy,
		prepare: func(_ *wireServer, p *wireProxy, _ *http.Transport) {
			p.refuse.Store(http.StatusForbidden)
		},
	},
	{
		row: "no connection", server: "the proxy refuses CONNECT with 503", get: 5, post: 5,
		unsent: true, on: overProxy,
		prepare: func(_ *wireServer, p *wireProxy, _ *http.Transport) {
			p.refuse.Store(http.StatusServiceUnavailable)
		},
	},
	{
		row: "no connection", server: "breaks off the TLS handshake", get: 5, post: 5, unsent: true,
		prepare: func(s *wireServer, _ *wireProxy, _ *http.Transport) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.accept = func(net.Conn, int) bool { return false }
		},
	},
	{
		row: "no answer", server: "nothing, until the attempt's time is up", get: 5, post: 1,
		answer: func(*wireExchange) {},
		opts:   []tiktokshop.Option{tiktokshop.WithAttemptTimeout(100 * time.Millisecond)},
	},
	{row: "no answer", server: "closes the connection", get: 5, post: 1,
		answer: (*wireExchange).close},
	{row: "no answer", server: "resets the connection", get: 5, post: 1,
		answer: (*wireExchange).abort},
	{row: "no answer", server: "closes a kept connection, and answers on a new one", get: 2,
		post: 1, kept: true, answer: func(x *wireExchange) {
			if x.connNumber == 1 {
				x.close()
				return
			}
			x.ok()
		}},
	{row: "no answer", server: "resets the HTTP/2 stream (PROTOCOL_ERROR)", get: 5, post: 1,
		on: overHTTP2 + overProxy, answer: func(x *wireExchange) { x.reset(codeProtocolError) }},
	{row: "no answer", server: "resets the HTTP/2 stream (REFUSED_STREAM)", get: 5, post: 1,
		on: overHTTP2 + overProxy, answer: func(x *wireExchange) { x.reset(codeRefusedStream) }},
	{row: "no answer", server: "resets the HTTP/2 stream (INTERNAL_ERROR)", get: 5, post: 1,
		on: overHTTP2 + overProxy, answer: func(x *wireExchange) { x.reset(codeInternalError) }},
	{row: "no answer", server: "ends the HTTP/2 connection (GOAWAY)", get: 5, post: 1,
		on: overHTTP2 + overProxy, answer: func(x *wireExchange) { x.goAway(0, 0); x.close() }},
	{row: "the platform failed", server: "code 36009003 with HTTP 200", get: 5, post: 1,
		answer: says(200, mayHelp)},
	{row: "the platform failed", server: "code 36009007 with HTTP 408", get: 5, post: 1,
		answer: says(408, code(36009007, "timeout"))},
	{row: "the platform failed", server: "HTTP 500 with code 36009003", get: 5, post: 1,
		answer: says(500, mayHelp)},
	{row: "the platform failed", server: "HTTP 502 or 503 with a page", get: 5, post: 1,
		answer: says(503, "<html>maintenance</html>")},
	{row: "the platform failed", server: "HTTP 500 with code 0", get: 5, post: 1,
		answer: says(500, `{"code":0,"data":{}}`)},
	{row: "answer cut short", server: "ends the connection in the middle of it", get: 5, post: 1,
		answer: func(x *wireExchange) { x.cut(200, `{"code":0,"mess`) }},
	{row: "answer cut short", server: "ends it in the middle without a sign", get: 5, post: 1,
		answer: says(200, `{"code":0,"mess`)},
	{
		row: "timestamp refused", server: "code 36009004, and the time in its Date header", get: 2,
		post: 2,
		opts: []tiktokshop.Option{tiktokshop.WithClock(off(-10 * time.Minute))},
		answer: func(x *wireExchange) {
			firstSays(400, code(36009004, "Invalid timestamp"), "date",
				time.Now().UTC().Format(http.TimeFormat))(x)
		},
	},
	{
		row:    "access token expired, and the source can renew it",
		server: "HTTP 401 with code 105002", get: 2, post: 2,
		answer: firstSays(401, code(105002, "expired")),
		opts:   []tiktokshop.Option{tiktokshop.WithTokenSource(renewing{})},
	},
	{
		row: "the renewed token refused as well", server: "HTTP 401 with code 105002", get: 2,
		post:   2,
		answer: says(401, code(105002, "expired")),
		opts:   []tiktokshop.Option{tiktokshop.WithTokenSource(renewing{})},
	},
	{row: "access token expired", server: "HTTP 401 with code 105002", get: 1, post: 1,
		answer: says(401, code(105002, "expired"))},
	{row: "quota used up", server: "code 36009037, with HTTP 429 or without", get: 1, post: 1,
		answer: says(429, code(36009037, "quota"))},
	{row: "quota used up", server: "code 45101004", get: 1, post: 1,
		answer: says(200, code(45101004, "quota"))},
	{row: "asked for too long a wait", server: "HTTP 429 with Retry-After: 301", get: 1, post: 1,
		answer: says(429, code(36009002, ""), "retry-after", "301")},
	{
		row:    "the wait would outlast the context's deadline",
		server: "HTTP 429 with Retry-After: 60", get: 1, post: 1,
		answer: says(429, code(36009002, ""), "retry-after", "60"), deadline: 30 * time.Second,
	},
	{row: "refused", server: "HTTP 400 with code 36009004", get: 1, post: 1,
		answer: says(400, code(36009004, "bad"))},
	{row: "refused", server: "HTTP 401 with code 106001 (signature)", get: 1, post: 1,
		answer: says(401, code(106001, "bad"))},
	{row: "refused", server: "HTTP 403 with code 105005 (scope)", get: 1, post: 1,
		answer: says(403, code(105005, "bad"))},
	{row: "refused", server: "HTTP 404 with a page", get: 1, post: 1,
		answer: says(404, "<html>nothing</html>")},
	{row: "refused", server: "any other code", get: 1, post: 1,
		answer: says(200, code(99999999, "bad"))},
	{row: "not the platform's answer", server: "a page with HTTP 200", get: 1, post: 1,
		answer: says(200, "<html>hello</html>")},
	{row: "not the platform's answer", server: "a redirect, which is not followed", get: 1, post: 1,
		answer: says(307, "", "location", "/elsewhere")},
	{
		row: "bad certificate", server: "one for another name", get: 1, post: 1, unsent: true,
		prepare: func(_ *wireServer, _ *wireProxy, transport *http.Transport) {
			transport.TLSClientConfig.ServerName = "example.org"
		},
	},
}

// TestPromises counts what arrives at a server for each row of the table.
func TestPromises(t *testing.T) {
	t.Parallel()
	for _, tc := range promises {
		for _, over := range []string{overHTTP1, overHTTP2, overProxy} {
			if tc.on != "" && !strings.Contains(tc.on, over) {
				continue
			}
			for _, op := range []*tiktokshop.Operation{opRead, opWrite} {
				t.Run(strings.Join([]string{tc.row, tc.server, over, op.Method}, "/"),
					func(t *testing.T) {
						t.Parallel()
						tc.count(t, over, op)
					})
			}
		}
	}
}

func (tc *promise) count(t *testing.T, over string, op *tiktokshop.Operation) {
	answer := tc.answer
	if answer == nil {
		answer = (*wireExchange).ok
	}
	warm := 0
	if tc.kept {
		warm = 1
	}
	s := newWireServer(t, over != overHTTP1, func(x *wireExchange) {
		if x.number <= warm {
			x.ok()
			return
		}
		x.number -= warm
		answer(x)
	})
	transport := s.transport(t)
	proxy := newWireProxy(t)
	if over == overProxy {
		proxy.use(transport)
	}
	client := s.client(t, transport, tc.opts...)
	for range warm {
		_, err := callThing(t.Context(), client, opRead, "1")
		require.NoError(t, err)
	}
	if tc.prepare != nil {
		tc.prepare(s, proxy, transport)
	}
	ctx, cancel := context.WithTimeout(t.Context(), max(tc.deadline, time.Minute))
	defer cancel()
	_, err := callThing(ctx, client, op, "1")

	want := tc.post
	if op.Method == http.MethodGet {
		want = tc.get
	}
	sent := want
	if tc.unsent {
		sent = 0
	}
	assert.EqualValues(t, sent, s.requests.Load()-int64(warm), "%v", err)
	var refused *tiktokshop.APIError
	var broken *tiktokshop.TransportError
	switch {
	case errors.As(err, &refused):
		assert.Equal(t, want, refused.Attempts)
	case errors.As(err, &broken):
		assert.Equal(t, want, broken.Attempts, "%v", err)
		assert.Equal(t, !tc.unsent, broken.MayHaveTakenEffect(), "%v", err)
	default:
		require.NoError(t, err)
	}
}

// TestPromisesOfTheDocs has docs/retries.md say what TestPromises counts.
//
//	go test . -run TestPromisesOfTheDocs -args -promises.write
func TestPromisesOfTheDocs(t *testing.T) {
	t.Parallel()
	const page, begin, end = "docs/retries.md", "<!-- promises: begin -->\n",
		"<!-- promises: end -->"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok, "no mark for the beginning of the table")
	_, tail, ok := strings.Cut(rest, end)
	require.True(t, ok, "no mark for the end of the table")
	want := head + begin + promiseTable() + end + tail
	if *writePromises {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	assert.Equal(t, want, string(text),
		"run go test . -run TestPromisesOfTheDocs -args -promises.write")
}

func promiseTable() string {
	var b strings.Builder
	b.WriteString("| what happened | what the server does each time | a GET is sent | an unsafe POST is sent |\n| --- | --- | --- | --- |\n")
	last := ""
	for _, p := range promises {
		row := p.row
		if row == last {
			row = ""
		}
		last = p.row
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", row, p.server, p.times(p.get), p.times(p.post))
	}
	return b.String()
}

func (tc *promise) times(n int) string {
	text := map[int]string{1: "once", 2: "twice", 5: "5 times"}[n]
	if tc.unsent {
		text = "never; tried " + text
	}
	return text
}
