package verify

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxBody bounds what is read of an answer.
const maxBody = 32 << 20

// exchange is the last attempt of a call.
type exchange struct {
	query   string
	hasBody bool
	sent    bool
	status  int
	header  http.Header
	body    []byte

	// change makes another request of the one that the SDK has signed: for probes. version is that
	// of the operation's path, which a change may put another one into. The SDK is not shown the
	// answer, lest it learns from it.
	change  func(*http.Request)
	version string
}

type exchangeKey struct{}

// guard is the way of every request of a run: it refuses what is not read-only, keeps to the rate,
// and notes what comes back.
type guard struct {
	base     http.RoundTripper
	allowed  readOnly
	interval time.Duration
	most     int

	mu    sync.Mutex
	next  time.Time
	calls int
	host  string
}

// tooManyCallsError ends a run that has made as many calls as it may.
type tooManyCallsError struct{}

func (tooManyCallsError) Error() string { return "the run has made as many calls as it may" }

// RoundTrip sends a request if it may be sent.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	x, _ := req.Context().Value(exchangeKey{}).(*exchange)
	if x != nil && x.change != nil {
		req = req.Clone(req.Context())
		x.change(req)
	}
	if err := g.allowed.check(req.Method, pathOf(req, x)); err != nil {
		closeBody(req)
		return nil, err
	}
	if err := g.wait(req.Context(), req.URL.Host); err != nil {
		closeBody(req)
		return nil, err
	}
	resp, err := g.base.RoundTrip(req)
	if x == nil || err != nil {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, err
	}
	x.sent, x.query, x.hasBody = true, req.URL.RawQuery, req.ContentLength != 0
	x.status, x.header, x.body = resp.StatusCode, resp.Header, body
	shown := *resp
	if x.change != nil {
		body = []byte(`{"code":0,"message":"Success","request_id":"probe","data":{}}`)
		shown.StatusCode, shown.Header = http.StatusOK,
			http.Header{"Content-Type": {"application/json"}}
	}
	shown.Body, shown.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return &shown, nil
}

// pathOf is the path by which a request is judged. A probe may ask for a version that nobody
// serves.
func pathOf(req *http.Request, x *exchange) string {
	if x != nil && x.change != nil {
		return noVersion.ReplaceAllString(req.URL.Path, "/"+x.version+"/")
	}
	return req.URL.Path
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// wait waits for the request's turn.
func (g *guard) wait(ctx context.Context, host string) error {
	g.mu.Lock()
	if g.most > 0 && g.calls >= g.most {
		g.mu.Unlock()
		return tooManyCallsError{}
	}
	g.calls++
	g.host = host
	now := time.Now()
	at := g.next
	if at.Before(now) {
		at = now
	}
	g.next = at.Add(g.interval)
	g.mu.Unlock()
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
