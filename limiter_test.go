package tiktokshop_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/racetest"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestLimiterHoldsEveryAttempt(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		waits := 0
		limiter := waiterFunc(func(context.Context) error {
			waits++
			time.Sleep(time.Minute)
			return nil
		})
		srv.FailNext(2, throttle)
		start := time.Now()
		_, err := callThing(t.Context(), client, opRead, "1",
			tiktokshop.WithLimiter(ratelimit.ForAll(limiter)))
		require.NoError(t, err)
		assert.Equal(t, 3, waits)
		within(t, 3*time.Minute+3*time.Second, 3*time.Minute+4*time.Second, time.Since(start))
	})
}

// renewed is a token source whose first token is of no use.
type renewed struct{}

func (renewed) AccessToken(context.Context) (token.Secret, error) {
	return token.NewSecret("an-old-token"), nil
}

func (renewed) RenewAccessToken(context.Context, token.Secret, error) (token.Secret, error) {
	return token.NewSecret(tiktokshoptest.AccessToken), nil
}

func TestLimiterHoldsTheRepeatWithANewToken(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		waits := 0
		limiter := waiterFunc(func(context.Context) error { waits++; return nil })
		_, err := callThing(t.Context(), client, opRead, "1",
			tiktokshop.WithLimiter(ratelimit.ForAll(limiter)),
			tiktokshop.WithTokenSource(renewed{}))
		require.NoError(t, err, "the new token is sent, whatever the source gives out")
		assert.Equal(t, 2, waits)
		assert.Len(t, srv.Requests(), 2)
	})
}

func TestLimiterThatRefuses(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		full := errors.New("would exceed context deadline")
		_, err := callThing(t.Context(), client, opWrite, "1",
			tiktokshop.WithLimiter(
				ratelimit.ForAll(waiterFunc(func(context.Context) error { return full }))))
		require.ErrorIs(t, err, full)
		broken := transportError(t, err)
		assert.Zero(t, broken.Attempts)
		assert.False(t, broken.MayHaveTakenEffect())
		assert.Empty(t, srv.Requests())

		srv.FailNext(1, throttle)
		asked := 0
		_, err = callThing(t.Context(), client, opWrite, "1",
			tiktokshop.WithLimiter(ratelimit.ForAll(waiterFunc(func(context.Context) error {
				if asked++; asked > 1 {
					return full
				}
				return nil
			}))))
		require.ErrorIs(t, err, full)
		require.ErrorIs(t, err, tiktokshop.ErrRateLimited, "the error that a retry was for")
	})
}

// recorder is a Limiter that lets everything pass and notes what it is told.
type recorder struct {
	mu       sync.Mutex
	asked    []ratelimit.Quota
	told     []ratelimit.Quota
	outcomes []ratelimit.Outcome
}

func (r *recorder) Wait(_ context.Context, quota ratelimit.Quota) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, quota)
	time.Sleep(time.Second)
	return nil
}

func (r *recorder) Report(_ context.Context, quota ratelimit.Quota, outcome ratelimit.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told, r.outcomes = append(r.told, quota), append(r.outcomes, outcome)
}

func TestLimiterIsToldOfEveryAttempt(t *testing.T) {
	for _, tt := range []struct {
		name      string
		fault     tiktokshoptest.Fault
		throttled bool
		after     time.Duration
	}{
		{"throttled", throttle, true, 0},
		{"throttled, with Retry-After",
			tiktokshoptest.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}}, true,
			7 * time.Second},
		{"code with 200", tiktokshoptest.Fault{Status: 200, Code: 36009002}, true, 0},
		{"quota of the day", tiktokshoptest.Fault{Status: 200, Code: 45101004}, false, 0},
		{"maintenance",
			tiktokshoptest.Fault{Status: 503, Body: "later",
				Header: http.Header{"Retry-After": {"60"}}}, false, time.Minute},
		{"refused", tiktokshoptest.Fault{Status: 400, Code: 36009004}, false, 0},
		{"no answer", tiktokshoptest.Fault{Drop: true}, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				limiter := new(recorder)
				srv.FailNext(1, tt.fault)
				start := time.Now()
				opts := []tiktokshop.Option{tiktokshop.WithLimiter(limiter),
					tiktokshop.WithoutRetry()}
				_, err := callThing(t.Context(), client, opRead, "1", opts...)
				require.Error(t, err)
				_, err = callThing(t.Context(), client, opRead, "1", opts...)
				require.NoError(t, err)

				require.Len(t, limiter.outcomes, 2)
				assert.Equal(t, limiter.asked, limiter.told)
				first, second := limiter.outcomes[0], limiter.outcomes[1]
				assert.Error(t, first.Err)
				assert.Equal(t, tt.throttled, first.Throttled)
				assert.Equal(t, tt.after, first.RetryAfter)
				assert.Equal(t, start.Add(time.Second), first.Admitted)
				assert.Equal(t, ratelimit.Outcome{Admitted: start.Add(2 * time.Second)}, second)
			})
		})
	}
}

func TestLimiterIsToldTheQuota(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		limiter := new(recorder)
		client, err := client.With(tiktokshop.WithLimiter(limiter))
		require.NoError(t, err)
		for _, tt := range []struct {
			op    *tiktokshop.Operation
			owner string
		}{
			{opRead, tiktokshoptest.CategoryAssetCipher}, {opWrite, tiktokshoptest.ShopCipher},
			{opSearch, tiktokshoptest.AccessToken},
		} {
			_, err := callThing(t.Context(), client, tt.op, "1")
			require.NoError(t, err)
			assert.Equal(t, ratelimit.Quota{
				AppKey: tiktokshoptest.AppKey, Owner: ratelimit.OwnerOf(tt.owner),
				Method: tt.op.Method, Path: tt.op.Path,
			}, limiter.asked[len(limiter.asked)-1])
		}
	})
}

func TestNilLimiterIsNone(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		full := ratelimit.ForAll(
			waiterFunc(func(context.Context) error { return errors.New("full") }))
		for _, none := range []ratelimit.Limiter{nil, (*ratelimit.Adaptive)(nil)} {
			_, err := callThing(t.Context(), client, opRead, "1", tiktokshop.WithLimiter(full),
				tiktokshop.WithLimiter(none))
			assert.NoError(t, err)
		}
	})
}

// latency is a transport that takes its time.
func latency(srv *tiktokshoptest.Server, d time.Duration) tiktokshop.Option {
	door := srv.Transport()
	return withTransport(func(req *http.Request) (*http.Response, error) {
		time.Sleep(d)
		return door.RoundTrip(req)
	})
}

// load is what a client did in a while.
type load struct{ requests, throttled, succeeded int }

func (l *load) share() float64 { return float64(l.throttled) / float64(l.requests) }

// runLoad makes calls from many goroutines for a while and counts the requests.
func runLoad(
	t *testing.T, client *tiktokshop.Client, op *tiktokshop.Operation, d time.Duration,
) load {
	t.Helper()
	var mu sync.Mutex
	var total load
	client, err := client.With(tiktokshop.WithObserver(func(
		_ context.Context, start tiktokshop.CallStart,
	) (context.Context, func(tiktokshop.CallEnd)) {
		return nil, func(end tiktokshop.CallEnd) {
			if start.Attempt == 0 || end.HTTPStatus == 0 {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			total.requests++
			if end.Err == nil {
				total.succeeded++
			} else if errors.Is(end.Err, tiktokshop.ErrRateLimited) {
				total.throttled++
			}
		}
	}))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := callThing(ctx, client, op, "1"); err != nil {
					// as at the end, when no call has room before the deadline
					time.Sleep(10 * time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
	synctest.Wait()
	return total
}

// simulate runs the load against a quota, for a minute without and for d with the adaptive limiter.
func simulate(
	t *testing.T, quota tiktokshoptest.Quota, d time.Duration, rate ratelimit.AdaptiveOptions,
) (plain, adaptive load) {
	t.Helper()
	for _, run := range []struct {
		out     *load
		limited bool
		d       time.Duration
	}{{&plain, false, time.Minute}, {&adaptive, true, d}} {
		synctest.Test(t, func(t *testing.T) {
			srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory(),
				tiktokshoptest.KeepRequests(0))
			handleThings(srv)
			srv.SetQuota(quota)
			opts := []tiktokshop.Option{tiktokshop.WithRetry(tiktokshop.RetryPolicy{}),
				latency(srv, 80*time.Millisecond)}
			if run.limited {
				limiter, err := ratelimit.NewAdaptive(rate)
				require.NoError(t, err)
				opts = append(opts, tiktokshop.WithLimiter(limiter))
			}
			*run.out = runLoad(t, srv.Client(opts...), opRead, run.d)
		})
	}
	return plain, adaptive
}

func TestAdaptiveLimiterFindsTheQuota(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		quota tiktokshoptest.Quota
		d     time.Duration
		rate  ratelimit.AdaptiveOptions
	}{
		"10 a second": {tiktokshoptest.Quota{PerSecond: 10, Burst: 10},
			6 * time.Minute, ratelimit.AdaptiveOptions{}},
		"10 a second, with Retry-After": {tiktokshoptest.Quota{PerSecond: 10, Burst: 10,
			RetryAfter: true}, 6 * time.Minute, ratelimit.AdaptiveOptions{}},
		"10 a second, no burst": {tiktokshoptest.Quota{PerSecond: 10, Burst: 1},
			10 * time.Minute, ratelimit.AdaptiveOptions{}},
		"50 a second": {tiktokshoptest.Quota{PerSecond: 50, Burst: 50},
			4 * time.Minute, ratelimit.AdaptiveOptions{}},
		"3 a second": {tiktokshoptest.Quota{PerSecond: 3, Burst: 3},
			20 * time.Minute, ratelimit.AdaptiveOptions{}},
		"3 a second, begun slowly": {tiktokshoptest.Quota{PerSecond: 3, Burst: 3},
			20 * time.Minute, ratelimit.AdaptiveOptions{Initial: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if racetest.Enabled && tt.quota.PerSecond != 3 {
				t.Skip("slow under the race detector, which the other quota is enough for")
			}
			plain, adaptive := simulate(t, tt.quota, tt.d, tt.rate)
			allowed := tt.quota.PerSecond * tt.d.Seconds()
			t.Logf("plain: %.1f%% of quota, %.2f%% throttled; adaptive: %.1f%% of quota, %.2f%% throttled (%d of %d)",
				100*float64(plain.succeeded)/(60*tt.quota.PerSecond), 100*plain.share(),
				100*float64(adaptive.succeeded)/allowed, 100*adaptive.share(), adaptive.throttled,
				adaptive.requests)
			assert.GreaterOrEqual(t, float64(adaptive.succeeded), 0.9*allowed)
			assert.Less(t, adaptive.share(), 0.01)
			assert.Greater(t, plain.share(), 10*adaptive.share())
		})
	}
}

// adaptiveBubble is inBubble with an adaptive limiter.
func adaptiveBubble(
	t *testing.T, rate ratelimit.AdaptiveOptions,
	test func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client),
) {
	t.Helper()
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		limiter, err := ratelimit.NewAdaptive(rate)
		require.NoError(t, err)
		client, err = client.With(tiktokshop.WithLimiter(limiter))
		require.NoError(t, err)
		test(t, srv, client)
	})
}

// timeFor tells how long n calls one after the other take.
func timeFor(
	t *testing.T, client *tiktokshop.Client, op *tiktokshop.Operation, n int,
) time.Duration {
	t.Helper()
	start := time.Now()
	for range n {
		_, err := callThing(t.Context(), client, op, "1")
		require.NoError(t, err)
	}
	return time.Since(start)
}

func TestAdaptiveLimiterKeepsQuotasApart(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{Initial: 1},
		func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
			srv.FailNext(1, tiktokshoptest.Fault{Status: 429, Code: 36009002})
			_, err := callThing(t.Context(), client, opWrite, "1", tiktokshop.WithoutRetry())
			require.ErrorIs(t, err, tiktokshop.ErrRateLimited)

			derived, err := client.With(tiktokshop.WithUserAgent("derived/1"))
			require.NoError(t, err)
			assert.Greater(t, timeFor(t, derived, opWrite, 1), time.Second,
				"slower than the initial rate: derived clients share what was learned")
			other, err := client.With(tiktokshop.WithShopCipher("ROW_another-shop"))
			require.NoError(t, err)
			start := time.Now()
			_, _ = callThing(t.Context(), other, opWrite, "1") // refused for its cipher, at once
			assert.Zero(t, time.Since(start), "another shop")
			assert.Zero(t, timeFor(t, client, opRead, 1), "another operation")
			assert.Zero(t, timeFor(t, client, opSearch, 1), "an operation without a cipher")
			start = time.Now()
			_, _ = callThing(t.Context(), client, opSearch, "1",
				tiktokshop.WithAccessToken("another"))
			assert.Zero(t, time.Since(start), "another token, where no cipher names the owner")
			assert.Equal(t, time.Second, timeFor(t, client, opSearch, 1).Round(10*time.Millisecond),
				"the same token again")
		})
}

func TestAdaptiveLimiterHoldsBackForRetryAfter(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{},
		func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
			f := throttle
			f.Header = map[string][]string{"Retry-After": {"30"}}
			srv.FailNext(1, f)
			_, err := callThing(t.Context(), client, opRead, "1", tiktokshop.WithoutRetry())
			require.ErrorIs(t, err, tiktokshop.ErrRateLimited)
			within(t, 30*time.Second, 31*time.Second, timeFor(t, client, opRead, 1))
		})
}

func TestAdaptiveLimiterWaitEndsWithTheContext(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{Initial: 0.2},
		func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
			require.Zero(t, timeFor(t, client, opRead, 1))
			start := time.Now()

			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for range 3 { // one at the head of the queue, two behind it
				wg.Go(func() {
					_, err := callThing(ctx, client, opRead, "1")
					assert.ErrorIs(t, err, context.Canceled)
				})
			}
			synctest.Wait()

			late, stop := context.WithTimeout(t.Context(), 3*time.Second)
			defer stop()
			_, err := callThing(late, client, opRead, "1")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.NoError(t, late.Err(), "at once, not at the deadline")
			cancel()
			wg.Wait()
			assert.Zero(t, time.Since(start))
			_, err = callThing(late, client, opRead, "1")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.NoError(t, late.Err(), "nor at the head of the queue")
			assert.Len(t, srv.Requests(), 1)
		})
}

func TestAdaptiveLimiterIgnoresOtherFailures(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{Initial: 1},
		func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
			srv.FailNext(1, tiktokshoptest.Fault{Status: 503, Body: "maintenance"})
			_, err := callThing(t.Context(), client, opWrite, "1")
			require.Error(t, err)
			assert.LessOrEqual(t, timeFor(t, client, opWrite, 1), time.Second)
			_, err = callThing(t.Context(), client, opWrite, "1", tiktokshop.WithoutRetry(),
				withTransport(func(*http.Request) (*http.Response, error) {
					return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
				}))
			require.Error(t, err)
			assert.LessOrEqual(t, timeFor(t, client, opWrite, 1), time.Second)
		})
}
