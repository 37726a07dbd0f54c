package ratelimit_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
)

// platform is a token bucket, as the real one's quotas may be.
type platform struct {
	perSecond  float64 // 0 means no limit
	burst      float64
	retryAfter bool
	latency    time.Duration

	mu   sync.Mutex
	left float64
	at   time.Time
	load load
}

// load is what was done to a platform.
type load struct{ requests, throttled int }

func (l load) share() float64 { return float64(l.throttled) / float64(l.requests) }

// set changes the quota; the new one begins with its full burst.
func (p *platform) set(perSecond, burst float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.perSecond, p.burst, p.left, p.at, p.load = perSecond, burst, burst, time.Now(), load{}
}

// call makes an attempt.
func (p *platform) call() ratelimit.Outcome {
	outcome := ratelimit.Outcome{Admitted: time.Now()}
	time.Sleep(p.latency)
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.load.requests++
	p.left = min(p.left+now.Sub(p.at).Seconds()*p.perSecond, p.burst)
	p.at = now
	if p.perSecond == 0 {
		return outcome
	}
	if p.left >= 1 {
		p.left--
		return outcome
	}
	p.load.throttled++
	outcome.Throttled, outcome.Err = true, errors.New("throttled")
	if p.retryAfter {
		outcome.RetryAfter = time.Duration(math.Ceil((1-p.left)/p.perSecond)) * time.Second
	}
	return outcome
}

// run makes calls from many goroutines for a while. A throttled one waits before the goroutine
// makes another, as a retry does.
func (p *platform) run(t *testing.T, limiter ratelimit.Limiter, callers int, d time.Duration) load {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	quota := ratelimit.Quota{Path: "/busy"}
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for ctx.Err() == nil {
				if limiter.Wait(ctx, quota) != nil {
					// as at the end, when no call has room before the deadline
					time.Sleep(10 * time.Millisecond)
					continue
				}
				outcome := p.call()
				limiter.Report(ctx, quota, outcome)
				if outcome.Throttled {
					time.Sleep(max(time.Second, outcome.RetryAfter))
				}
			}
		})
	}
	wg.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.load
}

func TestAdaptiveFindsTheQuota(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name             string
		perSecond, burst float64
		retryAfter       bool
		options          ratelimit.AdaptiveOptions
		d                time.Duration
		least            float64 // of the quota
	}{
		{"10 a second", 10, 10, false, ratelimit.AdaptiveOptions{}, 6 * time.Minute, 0.92},
		{"10 a second, with Retry-After", 10, 10, true, ratelimit.AdaptiveOptions{},
			6 * time.Minute, 0.92},
		{"10 a second, no burst", 10, 1, false, ratelimit.AdaptiveOptions{}, 10 * time.Minute,
			0.92},
		{"50 a second", 50, 50, false, ratelimit.AdaptiveOptions{}, 4 * time.Minute, 0.92},
		{"3 a second", 3, 3, false, ratelimit.AdaptiveOptions{}, 20 * time.Minute, 0.92},
		{"3 a second, begun slowly", 3, 3, false, ratelimit.AdaptiveOptions{Initial: 1},
			20 * time.Minute, 0.92},
		{"200 a second", 200, 200, false, ratelimit.AdaptiveOptions{}, 10 * time.Minute, 0.92},
		{"1 a second", 1, 1, false, ratelimit.AdaptiveOptions{}, 60 * time.Minute, 0.92},
		{"20 a second, burst of a minute", 20, 1200, false, ratelimit.AdaptiveOptions{},
			20 * time.Minute, 0.92},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				limiter, err := ratelimit.NewAdaptive(tt.options)
				require.NoError(t, err)
				p := &platform{latency: 80 * time.Millisecond, retryAfter: tt.retryAfter}
				p.set(tt.perSecond, tt.burst)
				got := p.run(t, limiter, 64, tt.d)
				used := float64(got.requests-got.throttled) / (p.perSecond * tt.d.Seconds())
				t.Logf("%-32s %.1f%% of the quota used, %.2f%% throttled (%d of %d)", tt.name,
					100*used, 100*got.share(), got.throttled, got.requests)
				assert.GreaterOrEqual(t, used, tt.least)
				assert.Less(t, got.share(), 0.01)
			})
		})
	}
}

func TestAdaptiveFollowsAQuotaThatChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		phases []float64 // calls a second, for five minutes each
		least  []float64
		most   float64 // throttled
	}{
		{"and back", []float64{20, 5, 20}, []float64{0.85, 0.9, 0.7}, 0.01},
		{"20-fold", []float64{5, 100, 100}, []float64{0.9, 0.75, 0.9}, 0.01},
		{"100-fold", []float64{2, 200, 200}, []float64{0.9, 0.55, 0.9}, 0.01},
		// the way down is not free
		{"shrunk", []float64{100, 5, 5}, []float64{0.85, 0.85, 0.9}, 0.02},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				limiter := new(ratelimit.Adaptive)
				p := &platform{latency: 50 * time.Millisecond}
				for i, perSecond := range tt.phases {
					if i == 0 || perSecond != tt.phases[i-1] {
						p.set(perSecond, perSecond)
					}
					p.load = load{}
					const d = 5 * time.Minute
					got := p.run(t, limiter, 64, d)
					used := float64(got.requests-got.throttled) / (perSecond * d.Seconds())
					t.Logf("%-12s quota of %v: %.1f%% used, %.2f%% throttled", tt.name, perSecond,
						100*used, 100*got.share())
					assert.GreaterOrEqual(t, used, tt.least[i])
					assert.Less(t, got.share(), tt.most)
				}
			})
		})
	}
}
