// Package wire bounds and counts what net/http does with one attempt of a call.
//
// net/http sends a request again by itself, without a bound in places: when a kept connection turns
// out to be dead, and when an HTTP/2 server resets the stream or goes away. An Attempt lets that
// happen once to a request that may be repeated, and to no other once it was written.
package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

const (
	// mostRequests is how often one attempt may write a request that may be repeated.
	mostRequests = 2
	// mostConns is how many connections one attempt may ask for.
	mostConns = 4
)

// Why an attempt was ended.
var (
	// ErrResent: net/http was about to send the request once more than it may.
	ErrResent = errors.New("the server broke off after the request was sent")
	// ErrConnsLost: net/http lost one connection after the other.
	ErrConnsLost = errors.New("the server gave up one connection after the other")
)

// Attempt is one attempt. Its zero value is of no use.
type Attempt struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	once   bool // the request is not written twice
	replay bool // net/http repeats it over HTTP/1, even if it was written
	trace  httptrace.ClientTrace

	limit     limit
	timeLimit time.Duration
	timeout   error

	asked, got, written atomic.Int32 // connections, connections, requests
	http2, answered     atomic.Bool
}

// Start begins an attempt, which End ends. It is given up after the time limit, 0 for none, with
// the error timeout as the reason. If once is set the request may not be written twice.
func Start(ctx context.Context, limit time.Duration, timeout error, once bool) *Attempt {
	a := &Attempt{once: once, timeout: timeout, timeLimit: limit}
	a.trace.GetConn, a.trace.GotConn, a.trace.WroteHeaders = a.getConn, a.gotConn, a.wroteHeaders
	if once {
		a.trace.WroteHeaderField, a.trace.GotFirstResponseByte = a.wroteHeaderField,
			a.gotFirstResponseByte
	}
	ctx, a.cancel = context.WithCancelCause(ctx)
	a.ctx = httptrace.WithClientTrace(ctx, &a.trace)
	if limit > 0 {
		a.limit.start(limit, a.expire)
	}
	return a
}

// expire is called when the timer of the limit ends.
func (a *Attempt) expire() {
	if a.limit.up() {
		_ = a.stop(fmt.Errorf("%w: no answer within %v", a.timeout,
			a.timeLimit.Round(time.Millisecond)))
	}
}

// Context is that of the request.
func (a *Attempt) Context() context.Context { return a.ctx }

// End frees what the attempt holds. The answer must have been read.
func (a *Attempt) End() {
	a.limit.stop()
	a.cancel(nil)
}

// SetBody makes bytes the body of a request.
func (a *Attempt) SetBody(req *http.Request, body []byte) {
	req.ContentLength = int64(len(body))
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.GetBody = func() (io.ReadCloser, error) {
		if body, err := a.again(); body != nil || err != nil {
			return body, err
		}
		return io.NopCloser(bytes.NewReader(body)), nil
	}
}

// Guard has net/http ask before it sends a request again that SetBody has given no body.
func (a *Attempt) Guard(req *http.Request) {
	get := req.GetBody
	if req.Body == nil && a.once && req.Method == http.MethodGet {
		// Over HTTP/1 net/http sends it again when a kept connection breaks, unless it has a body
		// that refuses. One that is empty leaves no trace in an HTTP/1 request.
		a.replay = true
		req.Body = noBody{}
		get = func() (io.ReadCloser, error) { return noBody{}, nil }
	}
	if get == nil {
		return
	}
	req.GetBody = func() (io.ReadCloser, error) {
		if body, err := a.again(); body != nil || err != nil {
			return body, err
		}
		return get()
	}
}

// again says what net/http gets that asks for the body once more: an error, or a body of its own,
// or neither for the body.
func (a *Attempt) again() (io.ReadCloser, error) {
	switch {
	case !a.spent():
		if a.once {
			a.written.Store(0) // net/http is sure that nothing was
		}
		return nil, nil
	case a.answered.Load():
		return refusing{}, nil // http.Client asks for it after a redirect, which is not followed
	}
	return nil, a.stop(ErrResent)
}

// noBody is a body without content, which net/http does not know as http.NoBody.
type noBody struct{}

func (noBody) Read([]byte) (int, error) { return 0, io.EOF }
func (noBody) Close() error             { return nil }

// refusing is a body that must not be sent.
type refusing struct{ noBody }

func (refusing) Read([]byte) (int, error) { return 0, ErrResent }

// Requests is how often the request was written, as far as is known.
func (a *Attempt) Requests() int { return int(a.written.Load()) }

// Unsent reports whether it is sure that no request was written: the transport asked for a
// connection and got none, or none that lasted.
func (a *Attempt) Unsent() bool {
	return a.asked.Load() > 0 && a.written.Load() == 0 &&
		(a.got.Load() == 0 || a.Ended() == ErrConnsLost)
}

// Ended returns why the attempt was given up, by its time limit or for its bounds; nil if it was
// not.
func (a *Attempt) Ended() error {
	if a.ctx.Err() == nil {
		return nil
	}
	return context.Cause(a.ctx)
}

// spent reports whether the request must not be written any more.
func (a *Attempt) spent() bool {
	n := a.written.Load()
	if !a.once {
		return n >= mostRequests
	}
	// Over HTTP/1 net/http sends a request other than GET again only if not a byte of it has left;
	// what the hooks say of it is about a buffer.
	return n > 0 && (a.http2.Load() || a.replay) || a.answered.Load()
}

func (a *Attempt) stop(reason error) error {
	a.cancel(reason)
	return reason
}

// getConn is called before a connection is looked for or made.
func (a *Attempt) getConn(string) {
	n := a.asked.Add(1)
	switch {
	case a.spent():
		_ = a.stop(ErrResent)
	case n > mostConns:
		_ = a.stop(ErrConnsLost)
	}
}

// gotConn is called when there is one. Over HTTP/2 nothing is written once the context has ended.
func (a *Attempt) gotConn(httptrace.GotConnInfo) {
	a.got.Add(1)
	if a.spent() {
		_ = a.stop(ErrResent)
	}
}

func (a *Attempt) wroteHeaders() { a.written.Add(1) }

// wroteHeaderField tells HTTP/2 by the pseudo header fields that its requests begin with.
func (a *Attempt) wroteHeaderField(key string, _ []string) {
	if key[:1] == ":" {
		a.http2.Store(true)
	}
}

func (a *Attempt) gotFirstResponseByte() { a.answered.Store(true) }
