package tiktokshop_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// limiterFunc is a Limiter.
type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }

func TestLimiterHoldsEveryAttempt(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		waits := 0
		limiter := limiterFunc(func(context.Context) error { waits++; time.Sleep(time.Minute); return nil })
		srv.FailNext(2, throttle)
		start := time.Now()
		_, err := callThing(t.Context(), client, opRead, "1", tiktokshop.WithLimiter(limiter))
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
		limiter := limiterFunc(func(context.Context) error { waits++; return nil })
		_, err := callThing(t.Context(), client, opRead, "1", tiktokshop.WithLimiter(limiter), tiktokshop.WithTokenSource(renewed{}))
		require.NoError(t, err, "the new token is sent, whatever the source gives out")
		assert.Equal(t, 2, waits)
		assert.Len(t, srv.Requests(), 2)
	})
}

func TestLimiterThatRefuses(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		full := errors.New("would exceed context deadline")
		_, err := callThing(t.Context(), client, opWrite, "1", tiktokshop.WithLimiter(limiterFunc(func(context.Context) error { return full })))
		require.ErrorIs(t, err, full)
		broken := transportError(t, err)
		assert.Zero(t, broken.Attempts)
		assert.False(t, broken.MayHaveTakenEffect())
		assert.Empty(t, srv.Requests())

		srv.FailNext(1, throttle)
		asked := 0
		_, err = callThing(t.Context(), client, opWrite, "1", tiktokshop.WithLimiter(limiterFunc(func(context.Context) error {
			if asked++; asked > 1 {
				return full
			}
			return nil
		})))
		require.ErrorIs(t, err, full)
		require.ErrorIs(t, err, tiktokshop.ErrRateLimited, "the error that a retry was for")
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
func runLoad(t *testing.T, client *tiktokshop.Client, op *tiktokshop.Operation, d time.Duration) load {
	t.Helper()
	var mu sync.Mutex
	var total load
	client, err := client.With(tiktokshop.WithObserver(func(_ context.Context, start tiktokshop.CallStart) (context.Context, func(tiktokshop.CallEnd)) {
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
					time.Sleep(10 * time.Millisecond) // as at the end, when no call has room before the deadline
				}
			}
		})
	}
	wg.Wait()
	synctest.Wait()
	return total
}

// simulate runs the load against a quota, for a minute without and for d with the adaptive limiter.
func simulate(t *testing.T, quota tiktokshoptest.Quota, d time.Duration, rate tiktokshop.AdaptiveRate) (plain, adaptive load) {
	t.Helper()
	for _, run := range []struct {
		out     *load
		limited bool
		d       time.Duration
	}{{&plain, false, time.Minute}, {&adaptive, true, d}} {
		synctest.Test(t, func(t *testing.T) {
			srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory(), tiktokshoptest.KeepRequests(0))
			handleThings(srv)
			srv.SetQuota(quota)
			opts := []tiktokshop.Option{tiktokshop.WithRetry(tiktokshop.RetryPolicy{}), latency(srv, 80*time.Millisecond)}
			if run.limited {
				limiter, err := tiktokshop.NewAdaptiveLimiter(rate)
				require.NoError(t, err)
				opts = append(opts, tiktokshop.WithAdaptiveLimiter(limiter))
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
		rate  tiktokshop.AdaptiveRate
	}{
		"10 a second":                   {tiktokshoptest.Quota{PerSecond: 10, Burst: 10}, 6 * time.Minute, tiktokshop.AdaptiveRate{}},
		"10 a second, with Retry-After": {tiktokshoptest.Quota{PerSecond: 10, Burst: 10, RetryAfter: true}, 6 * time.Minute, tiktokshop.AdaptiveRate{}},
		"10 a second, no burst":         {tiktokshoptest.Quota{PerSecond: 10, Burst: 1}, 10 * time.Minute, tiktokshop.AdaptiveRate{}},
		"50 a second":                   {tiktokshoptest.Quota{PerSecond: 50, Burst: 50}, 4 * time.Minute, tiktokshop.AdaptiveRate{}},
		"3 a second":                    {tiktokshoptest.Quota{PerSecond: 3, Burst: 3}, 20 * time.Minute, tiktokshop.AdaptiveRate{}},
		"3 a second, begun slowly":      {tiktokshoptest.Quota{PerSecond: 3, Burst: 3}, 20 * time.Minute, tiktokshop.AdaptiveRate{Initial: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if raceEnabled && tt.quota.PerSecond != 3 {
				t.Skip("slow under the race detector, which the other quota is enough for")
			}
			plain, adaptive := simulate(t, tt.quota, tt.d, tt.rate)
			allowed := tt.quota.PerSecond * tt.d.Seconds()
			t.Logf("plain: %.1f%% of quota, %.2f%% throttled; adaptive: %.1f%% of quota, %.2f%% throttled (%d of %d)",
				100*float64(plain.succeeded)/(60*tt.quota.PerSecond), 100*plain.share(),
				100*float64(adaptive.succeeded)/allowed, 100*adaptive.share(), adaptive.throttled, adaptive.requests)
			assert.GreaterOrEqual(t, float64(adaptive.succeeded), 0.9*allowed)
			assert.Less(t, adaptive.share(), 0.01)
			assert.Greater(t, plain.share(), 10*adaptive.share())
		})
	}
}
