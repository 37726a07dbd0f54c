package tiktokshop_test

import (
	"context"
	"fmt"
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

// adaptiveBubble is inBubble with an adaptive limiter.
func adaptiveBubble(t *testing.T, rate ratelimit.AdaptiveOptions, test func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client)) {
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
func timeFor(t *testing.T, client *tiktokshop.Client, op *tiktokshop.Operation, n int) time.Duration {
	t.Helper()
	start := time.Now()
	for range n {
		_, err := callThing(t.Context(), client, op, "1")
		require.NoError(t, err)
	}
	return time.Since(start)
}

func TestAdaptiveLimiterFollowsAQuotaThatChanges(t *testing.T) {
	if racetest.Enabled {
		t.Skip("slow under the race detector, for which TestAdaptiveLimiterFindsTheQuota is enough")
	}
	adaptiveBubble(t, ratelimit.AdaptiveOptions{}, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		client, err := client.With(latency(srv, 50*time.Millisecond))
		require.NoError(t, err)
		for _, phase := range []struct {
			quota float64
			least float64 // of the quota
		}{{20, 0.85}, {5, 0.9}, {20, 0.4}} {
			srv.SetQuota(tiktokshoptest.Quota{PerSecond: phase.quota, Burst: int(phase.quota)})
			d := 5 * time.Minute
			got := runLoad(t, client, opRead, d)
			allowed := phase.quota * d.Seconds()
			t.Logf("quota of %v: %.1f%% used, %.2f%% throttled", phase.quota, 100*float64(got.succeeded)/allowed, 100*got.share())
			assert.GreaterOrEqual(t, float64(got.succeeded), phase.least*allowed)
			assert.Less(t, got.share(), 0.01)
		}
	})
}

func TestAdaptiveLimiterKeepsQuotasApart(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{Initial: 1}, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(1, tiktokshoptest.Fault{Status: 429, Code: 36009002})
		_, err := callThing(t.Context(), client, opWrite, "1", tiktokshop.WithoutRetry())
		require.ErrorIs(t, err, tiktokshop.ErrRateLimited)

		derived, err := client.With(tiktokshop.WithUserAgent("derived/1"))
		require.NoError(t, err)
		assert.Greater(t, timeFor(t, derived, opWrite, 1), time.Second, "slower than the initial rate: derived clients share what was learned")
		other, err := client.With(tiktokshop.WithShopCipher("ROW_another-shop"))
		require.NoError(t, err)
		start := time.Now()
		_, _ = callThing(t.Context(), other, opWrite, "1") // refused for its cipher, at once
		assert.Zero(t, time.Since(start), "another shop")
		assert.Zero(t, timeFor(t, client, opRead, 1), "another operation")
		assert.Zero(t, timeFor(t, client, opSearch, 1), "an operation without a cipher")
		start = time.Now()
		_, _ = callThing(t.Context(), client, opSearch, "1", tiktokshop.WithAccessToken("another"))
		assert.Zero(t, time.Since(start), "another token, where no cipher names the owner")
		assert.Equal(t, time.Second, timeFor(t, client, opSearch, 1).Round(10*time.Millisecond), "the same token again")
	})
}

func TestAdaptiveLimiterHoldsBackForRetryAfter(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{}, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		f := throttle
		f.Header = map[string][]string{"Retry-After": {"30"}}
		srv.FailNext(1, f)
		_, err := callThing(t.Context(), client, opRead, "1", tiktokshop.WithoutRetry())
		require.ErrorIs(t, err, tiktokshop.ErrRateLimited)
		within(t, 30*time.Second, 31*time.Second, timeFor(t, client, opRead, 1))
	})
}

func TestAdaptiveLimiterWaitEndsWithTheContext(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{Initial: 0.2}, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
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
	adaptiveBubble(t, ratelimit.AdaptiveOptions{Initial: 1}, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(1, tiktokshoptest.Fault{Status: 503, Body: "maintenance"})
		_, err := callThing(t.Context(), client, opWrite, "1")
		require.Error(t, err)
		assert.LessOrEqual(t, timeFor(t, client, opWrite, 1), time.Second)
		_, err = callThing(t.Context(), client, opWrite, "1", tiktokshop.WithoutRetry(), withTransport(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}))
		require.Error(t, err)
		assert.LessOrEqual(t, timeFor(t, client, opWrite, 1), time.Second)
	})
}

func TestAdaptiveLimiterSlowsOnceForCallsInFlight(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{}, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		srv.FailNext(10, throttle)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				_, err := callThing(t.Context(), client, opRead, "1", tiktokshop.WithoutRetry(), latency(srv, 2*time.Second))
				assert.ErrorIs(t, err, tiktokshop.ErrRateLimited)
			})
		}
		wg.Wait()
		assert.Less(t, timeFor(t, client, opRead, 30), 5*time.Second, "6 a second or more, of 10")
	})
}

// throttledSource is a token source whose host throttles the first time.
type throttledSource struct{ asked int }

func (s *throttledSource) AccessToken(context.Context) (token.Secret, error) {
	if s.asked++; s.asked == 1 {
		return token.Secret{}, fmt.Errorf("refresh: %w", tiktokshop.ErrRateLimited)
	}
	return token.NewSecret(tiktokshoptest.AccessToken), nil
}

func TestAdaptiveLimiterIgnoresTheTokenHostsThrottle(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{Initial: 1}, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		client, err := client.With(tiktokshop.WithTokenSource(&throttledSource{}))
		require.NoError(t, err)
		_, err = callThing(t.Context(), client, opWrite, "1")
		require.ErrorIs(t, err, tiktokshop.ErrRateLimited)
		assert.Equal(t, time.Second, timeFor(t, client, opWrite, 1), "at the initial rate")
	})
}
