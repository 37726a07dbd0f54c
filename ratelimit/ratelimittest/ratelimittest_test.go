package ratelimittest_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/ratelimit/ratelimittest"
)

// complaints collects what a check finds.
type complaints struct {
	mu sync.Mutex
	n  int
}

func (c *complaints) Helper() {}

func (c *complaints) Errorf(string, ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

type stopped struct{}

func (c *complaints) Fatalf(format string, args ...any) {
	c.Errorf(format, args...)
	panic(stopped{})
}

func complaintsOf(open func() ratelimit.Limiter) int {
	found := new(complaints)
	func() {
		defer func() {
			if p := recover(); p != nil && p != (stopped{}) {
				panic(p)
			}
		}()
		ratelimittest.CheckLimiter(found, open)
	}()
	return found.n
}

// altered is a right Limiter with a step that is not; what is nil is right.
type altered struct {
	ratelimit.Limiter
	quota  func(ratelimit.Quota) ratelimit.Quota
	wait   func(ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota) error
	report func(ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota, outcome ratelimit.Outcome)
}

func (a *altered) Wait(ctx context.Context, quota ratelimit.Quota) error {
	if a.quota != nil {
		quota = a.quota(quota)
	}
	if a.wait != nil {
		return a.wait(ctx, a.Limiter, quota)
	}
	return a.Limiter.Wait(ctx, quota)
}

func (a *altered) Report(ctx context.Context, quota ratelimit.Quota, outcome ratelimit.Outcome) {
	if a.quota != nil {
		quota = a.quota(quota)
	}
	if a.report != nil {
		a.report(ctx, a.Limiter, quota, outcome)
		return
	}
	a.Limiter.Report(ctx, quota, outcome)
}

// gate holds calls back before they wait, and not while they do. It believes the hold told last.
type gate struct {
	mu    sync.Mutex
	until map[ratelimit.Quota]time.Time
}

func (g *gate) wait(ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota) error {
	g.mu.Lock()
	until := g.until[quota]
	g.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		return context.DeadlineExceeded
	}
	select {
	case <-time.After(time.Until(until)):
	case <-ctx.Done():
		return ctx.Err()
	}
	return inner.Wait(ctx, quota)
}

func (g *gate) report(quota ratelimit.Quota, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until[quota] = until
}

func TestCheckLimiterFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	quotas := func(alter func(*ratelimit.Quota)) func(*altered) {
		return func(a *altered) {
			a.quota = func(q ratelimit.Quota) ratelimit.Quota {
				alter(&q)
				return q
			}
		}
	}
	for name, alter := range map[string]func(*altered){
		"":             func(*altered) {},
		"all apps":     quotas(func(q *ratelimit.Quota) { q.AppKey = "" }),
		"all owners":   quotas(func(q *ratelimit.Quota) { q.Owner = ratelimit.Owner{} }),
		"all methods":  quotas(func(q *ratelimit.Quota) { q.Method = "" }),
		"all paths":    quotas(func(q *ratelimit.Quota) { q.Path = "" }),
		"learns never": func(a *altered) { a.Limiter = ratelimit.ForAll(new(free)) },
		"deaf to the context": func(a *altered) {
			a.wait = func(_ context.Context, inner ratelimit.Limiter, quota ratelimit.Quota) error {
				return inner.Wait(context.Background(), quota)
			}
		},
		"deaf to the end of a context": func(a *altered) {
			a.wait = func(
				ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota,
			) error {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				err := inner.Wait(context.WithoutCancel(ctx), quota)
				if ctx.Err() != nil {
					err = nil
				}
				return err
			}
		},
		"deaf to reports after the end": func(a *altered) {
			a.report = func(
				ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota,
				outcome ratelimit.Outcome,
			) {
				if ctx.Err() == nil {
					inner.Report(ctx, quota, outcome)
				}
			}
		},
		"a failure is a throttle": func(a *altered) {
			a.report = func(
				ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota,
				outcome ratelimit.Outcome,
			) {
				outcome.Throttled = outcome.Err != nil
				inner.Report(ctx, quota, outcome)
			}
		},
		"ends early": func(a *altered) {
			a.report = func(
				ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota,
				outcome ratelimit.Outcome,
			) {
				outcome.RetryAfter = outcome.RetryAfter * 9 / 10
				inner.Report(ctx, quota, outcome)
			}
		},
		"does not hold those who wait": func(a *altered) {
			g := &gate{until: make(map[ratelimit.Quota]time.Time)}
			a.wait = g.wait
			a.report = func(
				_ context.Context, _ ratelimit.Limiter, quota ratelimit.Quota,
				outcome ratelimit.Outcome,
			) {
				if until := time.Now().Add(outcome.RetryAfter); outcome.Throttled &&
					until.After(g.until[quota]) {
					g.report(quota, until)
				}
			}
		},
		"the last hold counts": func(a *altered) {
			g := &gate{until: make(map[ratelimit.Quota]time.Time)}
			a.wait = g.wait
			a.report = func(
				ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota,
				outcome ratelimit.Outcome,
			) {
				if outcome.Throttled {
					g.report(quota, time.Now().Add(outcome.RetryAfter))
				}
				if quota.Path == "/holds those who wait" {
					inner.Report(ctx, quota, outcome)
				}
			}
		},
		"a call that gives up blocks the others": func(a *altered) {
			blocked := make(map[string]chan struct{})
			var mu sync.Mutex
			a.wait = func(
				ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota,
			) error {
				if quota.Path != "/concurrent" {
					return inner.Wait(ctx, quota)
				}
				mu.Lock()
				turn := blocked[quota.Path]
				if turn == nil {
					turn = make(chan struct{}, 1)
					blocked[quota.Path] = turn
				}
				mu.Unlock()
				select {
				case turn <- struct{}{}:
				case <-ctx.Done():
					return ctx.Err()
				}
				err := inner.Wait(ctx, quota)
				if err == nil {
					<-turn
				}
				return err
			}
		},
		"another error at the deadline": func(a *altered) {
			a.wait = func(
				ctx context.Context, inner ratelimit.Limiter, quota ratelimit.Quota,
			) error {
				err := inner.Wait(ctx, quota)
				if err != nil && ctx.Err() == nil {
					return assert.AnError
				}
				return err
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				limiter := &altered{Limiter: new(ratelimit.Adaptive)}
				alter(limiter)
				n := complaintsOf(func() ratelimit.Limiter { return limiter })
				assert.Equal(t, name == "", n == 0, "%d complaints", n)
			})
		})
	}
}

// free lets everything pass that has time.
type free struct{}

func (free) Wait(ctx context.Context) error { return ctx.Err() }

func TestCheckLimiterFindsThatNothingIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		assert.NotZero(t, complaintsOf(func() ratelimit.Limiter { return new(ratelimit.Adaptive) }))
	})
}
