package tiktokshop_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestWhatIsRetried(t *testing.T) {
	t.Parallel()
	const (
		always = "always"
		safe   = "if safe"
		never  = "never"
	)
	for name, tt := range map[string]struct {
		fault tiktokshoptest.Fault
		retry string
		kind  error // nil for a *TransportError
	}{
		"429": {throttle, always, tiktokshop.ErrRateLimited},
		"36009002 with 200": {tiktokshoptest.Fault{Code: 36009002}, always,
			tiktokshop.ErrRateLimited},
		"429 page": {tiktokshoptest.Fault{Status: 429,
			Body: "<html>slow down</html>"}, always, tiktokshop.ErrRateLimited},
		"429 cut short": {tiktokshoptest.Fault{Status: 429, Code: 36009002,
			Truncate: true}, always, tiktokshop.ErrRateLimited},
		"36009003 with 200": {tiktokshoptest.Fault{Code: 36009003}, safe,
			tiktokshop.ErrUnavailable},
		"36009003 with 500": {tiktokshoptest.Fault{}, safe, tiktokshop.ErrUnavailable},
		"36009007 with 408": {tiktokshoptest.Fault{Status: 408, Code: 36009007}, safe,
			tiktokshop.ErrUnavailable},
		"503 page": {tiktokshoptest.Fault{Status: 503,
			Body: "<html>maintenance</html>"}, safe, tiktokshop.ErrUnavailable},
		"500 saying success": {tiktokshoptest.Fault{Status: 500,
			Body: `{"code":0,"data":{}}`}, safe, tiktokshop.ErrUnavailable},
		"answer cut short": {tiktokshoptest.Fault{Truncate: true}, safe,
			tiktokshop.ErrInvalidResponse},
		"answer cut unnoticed": {tiktokshoptest.Fault{Body: `{"code":0,"message":"Suc`}, safe,
			tiktokshop.ErrInvalidResponse},
		"reset before":             {tiktokshoptest.Fault{Drop: true}, safe, nil},
		"reset after":              {tiktokshoptest.Fault{Drop: true, Processed: true}, safe, nil},
		"stall beyond the timeout": {tiktokshoptest.Fault{Delay: time.Hour}, safe, nil},
		"body beyond the timeout":  {tiktokshoptest.Fault{Stall: time.Hour}, safe, nil},
		"36009037, sandbox quota": {tiktokshoptest.Fault{Status: 429, Code: 36009037}, never,
			tiktokshop.ErrQuotaExhausted},
		"45101004, daily quota": {tiktokshoptest.Fault{Code: 45101004}, never,
			tiktokshop.ErrQuotaExhausted},
		"105002, expired token": {tiktokshoptest.Fault{Status: 401, Code: 105002}, never,
			tiktokshop.ErrTokenExpired},
		"106001, wrong signature": {tiktokshoptest.Fault{Status: 401, Code: 106001}, never,
			tiktokshop.ErrInvalidSignature},
		"invalid request": {tiktokshoptest.Fault{Status: 400, Code: 36009004}, never,
			tiktokshop.ErrInvalidRequest},
		"page with 200": {tiktokshoptest.Fault{Body: "<html>hello</html>"}, never,
			tiktokshop.ErrInvalidResponse},
		"permission": {tiktokshoptest.Fault{Status: 403, Code: 105005}, never,
			tiktokshop.ErrPermission},
		"redirect": {tiktokshoptest.Fault{Status: 302, Body: "moved"}, never,
			tiktokshop.ErrInvalidResponse},
		"business error of its own": {tiktokshoptest.Fault{Code: 99999999}, never, errAny},
	} {
		for _, call := range []struct {
			name string
			op   *tiktokshop.Operation
			opts []tiktokshop.Option
			safe bool
		}{
			{"GET", opRead, nil, true},
			{"search", opSearch, nil, true},
			{"keyed", opKeyed, nil, true},
			{"keyed in the body", opKeyedBody, nil, true},
			{"write", opWrite, nil, false},
			{"write opted in", opWrite, []tiktokshop.Option{tiktokshop.WithRepeatSafe(true)}, true},
			{"search opted out", opSearch, []tiktokshop.Option{tiktokshop.WithRepeatSafe(false)},
				false},
		} {
			t.Run(name+"/"+call.name, func(t *testing.T) {
				inBubble(t, func(
					t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client,
				) {
					attempts := 1
					if tt.retry == always || tt.retry == safe && call.safe {
						attempts = 5
					}
					srv.FailNext(100, tt.fault)
					_, err := callThing(t.Context(), client, call.op, "1", call.opts...)
					var effort int
					switch {
					case tt.kind == nil:
						broken := transportError(t, err)
						effort = broken.Attempts
						assert.True(t, broken.MayHaveTakenEffect())
					case tt.kind == errAny:
						effort = apiError(t, err).Attempts
					default:
						require.ErrorIs(t, err, tt.kind)
						effort = apiError(t, err).Attempts
					}
					assert.Equal(t, attempts, effort)
					synctest.Wait() // for the server to note the attempts that were given up
					assert.Len(t, srv.Requests(), attempts)
					assert.Equal(t, attempts > 1, strings.Contains(err.Error(), "attempts in"),
						"%v", err)
				})
			})
		}
	}
}

var errAny = errors.New("any")

func TestRetrySucceeds(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(2, throttle)
		srv.FailNext(1, tiktokshoptest.Fault{Drop: true})
		srv.FailNext(1, tiktokshoptest.Fault{Status: 503, Body: "later"})
		resp, err := callThing(t.Context(), client, opSearch, "7")
		require.NoError(t, err)
		assert.Equal(t, tiktokshop.ID("7"), resp.Data.ID)
		assert.Len(t, srv.Requests(), 5)
	})
}

func TestWaitsBetweenAttempts(t *testing.T) {
	const second = time.Second
	retryAfter := func(value string) tiktokshoptest.Fault {
		f := throttle
		f.Header = http.Header{"Retry-After": {value}}
		return f
	}
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of every bubble
	for name, tt := range map[string]struct {
		fault tiktokshoptest.Fault
		least []time.Duration
		spare time.Duration
	}{
		"doubling": {throttle,
			[]time.Duration{1 * second, 2 * second, 4 * second, 8 * second}, second / 2},
		"of an internal error": {tiktokshoptest.Fault{},
			[]time.Duration{1 * second, 2 * second, 4 * second, 8 * second}, second / 2},
		"a longer Retry-After": {retryAfter("5"),
			[]time.Duration{5 * second, 5 * second, 5 * second, 8 * second}, second / 2},
		"a Retry-After date": {retryAfter(start.Add(20 * second).Format(http.TimeFormat)),
			[]time.Duration{20 * second, 2 * second, 4 * second, 8 * second}, second / 2},
		"a Retry-After in the past": {retryAfter(start.Add(-time.Hour).Format(http.TimeFormat)),
			[]time.Duration{1 * second, 2 * second}, second / 2},
		"a negative Retry-After": {retryAfter("-100"), []time.Duration{1 * second, 2 * second},
			second / 2},
		"a Retry-After of words": {retryAfter("soon"), []time.Duration{1 * second, 2 * second},
			second / 2},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				var sent []time.Time
				client, err := client.With(withTransport(func(
					req *http.Request,
				) (*http.Response, error) {
					sent = append(sent, time.Now())
					return srv.Transport().RoundTrip(req)
				}))
				require.NoError(t, err)
				srv.FailNext(5, tt.fault)
				_, err = callThing(t.Context(), client, opRead, "1")
				refused := apiError(t, err)
				for i, least := range tt.least {
					within(t, least, least+tt.spare, sent[i+1].Sub(sent[i]))
				}
				assert.Equal(t, sent[4].Sub(sent[0]), refused.Elapsed)
			})
		})
	}
}

func TestRetryAfterDateIsOfThePlatformsClock(t *testing.T) {
	for name, tt := range map[string]struct {
		clock func() time.Time
		date  []string // nil leaves the server's
	}{
		"slow clock": {off(-4 * time.Minute), nil}, "fast clock": {off(20 * time.Second), nil},
		"no Date": {time.Now, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				f := throttle
				f.Header = http.Header{"Retry-After": {time.Now().Add(
					100 * time.Second).UTC().Format(http.TimeFormat)}}
				if tt.date != nil {
					f.Header["Date"] = tt.date
				}
				srv.FailNext(1, f)
				start := time.Now()
				_, err := callThing(t.Context(), client, opRead, "1",
					tiktokshop.WithClock(tt.clock))
				require.NoError(t, err)
				assert.Equal(t, 100*time.Second, time.Since(start))
			})
		})
	}
}

func TestRetryAfterTooLong(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		f := throttle
		f.Header = http.Header{"Retry-After": {"99999999999"}}
		srv.FailNext(1, f)
		start := time.Now()
		_, err := callThing(t.Context(), client, opRead, "1")
		refused := apiError(t, err)
		assert.Equal(t, 24*time.Hour, refused.RetryAfter, "bounded")
		assert.Equal(t, 1, refused.Attempts)
		assert.Zero(t, time.Since(start))
	})
}

func TestWaitThatOutlastsTheDeadline(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(5, throttle)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := callThing(ctx, client, opRead, "1")
		require.ErrorIs(t, err, tiktokshop.ErrRateLimited)
		assert.NotErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 2, apiError(t, err).Attempts)
		within(t, time.Second, 1500*time.Millisecond, time.Since(start))
		assert.NoError(t, ctx.Err(), "the second wait was not begun")
	})
}

func TestCancelDuringAWait(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(5, throttle)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(300*time.Millisecond, cancel)
		start := time.Now()
		_, err := callThing(ctx, client, opWrite, "1")
		assert.Equal(t, 300*time.Millisecond, time.Since(start))
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, tiktokshop.ErrRateLimited, "what was waited for")
		broken := transportError(t, err)
		assert.Equal(t, 1, broken.Attempts)
		assert.False(t, broken.MayHaveTakenEffect())
	})
}

func TestContextThatEndsDuringAnAttempt(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(1, tiktokshoptest.Fault{Delay: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := callThing(ctx, client, opRead, "1")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 1, transportError(t, err).Attempts)
	})
}

// A connection that breaks because the context ended may not say so, and a context may have a cause
// of its own.
func TestContextIsFoundInTheError(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *tiktokshoptest.Server, client *tiktokshop.Client) {
		cause := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := callThing(ctx, client, opRead, "1",
			withTransport(func(*http.Request) (*http.Response, error) {
				cancel(cause)
				return nil, io.ErrUnexpectedEOF
			}))
		require.ErrorIs(t, err, context.Canceled)
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
		assert.Equal(t, 1, transportError(t, err).Attempts)
	})
}

func TestEachAttemptHasItsOwnTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(1, tiktokshoptest.Fault{Delay: time.Hour})
		srv.FailNext(1, tiktokshoptest.Fault{Stall: time.Hour})
		start := time.Now()
		_, err := callThing(t.Context(), client, opRead, "1",
			tiktokshop.WithAttemptTimeout(10*time.Second))
		require.NoError(t, err)
		within(t, 23*time.Second, 24*time.Second, time.Since(start))
	})
}

func TestEachAttemptIsSignedAfresh(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		f := throttle
		// the first timestamp would be too old for the third attempt
		f.Header = http.Header{"Retry-After": {"280"}}
		srv.FailNext(2, f)
		_, err := callThing(t.Context(), client, opWrite, "1")
		require.NoError(t, err)
		seen := map[string]bool{}
		for _, req := range srv.Requests() {
			q, err := url.ParseQuery(req.RawQuery)
			require.NoError(t, err)
			seen[q.Get("timestamp")], seen[q.Get("sign")] = true, true
			assert.JSONEq(t, `{"name":"thing 1"}`, string(req.Body))
			assert.Empty(t, req.Header["Idempotency-Key"],
				"net/http would replay the request by itself")
		}
		assert.Len(t, seen, 6, "timestamps and signatures of three attempts")
	})
}

func TestRetryForgetsTheDataOfARefusal(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(1, tiktokshoptest.Fault{Status: 429,
			Body: `{"code":36009002,"data":{"id":"1","extra":"left behind"}}`})
		resp, err := callThing(t.Context(), client, opRead, "1")
		require.NoError(t, err)
		assert.Empty(t, resp.Data.Extra)
	})
}

func TestWithoutRetry(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(1, throttle)
		_, err := callThing(t.Context(), client, opRead, "1", tiktokshop.WithoutRetry())
		require.ErrorIs(t, err, tiktokshop.ErrRateLimited)
		assert.Len(t, srv.Requests(), 1)
	})
}

// hopeless is an error of a transport of the user's, which knows that a repeat is of no use.
type hopeless struct{}

func (hopeless) Error() string   { return "hopeless" }
func (hopeless) Retryable() bool { return false }

func TestTransportFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		err      error
		attempts int // of a write
		effect   bool
		final    bool // for a read too
	}{
		"dial refused": {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 5, false, false},
		"unknown host": {&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, 5,
			false, false},
		"proxy refused": {&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, 5, false,
			false},
		"reset":       {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, 1, true, false},
		"broken pipe": {&net.OpError{Op: "write", Err: syscall.EPIPE}, 1, true, false},
		"end of file": {io.ErrUnexpectedEOF, 1, true, false},
		"bad certificate": {&tls.CertificateVerificationError{Err: errors.New("unknown authority")},
			1, false, true},
		"plain http":     {http.ErrSchemeMismatch, 1, false, true},
		"says no repeat": {fmt.Errorf("transport: %w", hopeless{}), 1, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, _ *tiktokshoptest.Server, client *tiktokshop.Client) {
				made := 0
				stub := withTransport(func(*http.Request) (*http.Response, error) {
					made++
					return nil, tt.err
				})
				_, err := callThing(t.Context(), client, opWrite, "1", stub)
				broken := transportError(t, err)
				assert.Equal(t, tt.attempts, made)
				assert.Equal(t, tt.attempts, broken.Attempts)
				assert.Equal(t, tt.effect, broken.MayHaveTakenEffect())

				_, err = callThing(t.Context(), client, opRead, "1", stub)
				assert.Equal(t, tt.final, transportError(t, err).Attempts == 1)
			})
		})
	}
}

func TestRetryPolicyRefused(t *testing.T) {
	t.Parallel()
	for _, policy := range []tiktokshop.RetryPolicy{
		{MaxAttempts: -1}, {BaseDelay: -1}, {MaxDelay: -1}, {Jitter: -1}, {MaxRetryAfter: -1},
		{BaseDelay: 25 * time.Hour},
	} {
		_, err := tiktokshop.NewClient("key", "secret", tiktokshop.WithRetry(policy))
		var input *tiktokshop.InputError
		require.ErrorAs(t, err, &input, fmt.Sprint(policy))
	}
}
