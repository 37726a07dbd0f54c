// Package ratelimittest checks implementations of ratelimit.Limiter.
package ratelimittest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
)

// TB is the part of testing.TB that CheckLimiter uses.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// CheckLimiter checks that a Limiter keeps what ratelimit.Limiter promises, and that it does what a
// limiter which learns has to: a throttle holds its quota back for as long as the platform asked,
// on all machines, and no other. open returns a limiter each time it is called, with what the
// others have learned, as several machines would have one each; for a limiter of one process it is
// always the same. It must let at least one call of a quota pass a second, and fewer than 40 at
// once.
//
// It takes some five seconds, or none in a synctest bubble. A limiter that learns nothing, such as
// ratelimit.ForAll, does not pass.
func CheckLimiter(t TB, open func() ratelimit.Limiter) {
	t.Helper()
	c := &checker{TB: t, a: open(), b: open()}
	for _, check := range []func(){
		c.passes, c.canceled, c.deadline, c.holds, c.holdsThoseWhoWait, c.tellsQuotasApart,
		c.ignoresOtherFailures, c.reportsAfterTheEnd, c.concurrent,
	} {
		check()
	}
}

type checker struct {
	TB
	a, b ratelimit.Limiter
}

// patience is for what should take no time worth mentioning, on a machine that has much else to do.
const patience = 10 * time.Second

var (
	errThrottled = errors.New("throttled")
	errDown      = errors.New("the platform is down")
)

// quota is one that no other part of the check uses.
func quota(path string) ratelimit.Quota {
	return ratelimit.Quota{AppKey: "check", Owner: ratelimit.OwnerOf("check"), Method: "GET",
		Path: path}
}

func (c *checker) within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// wait makes a call that has to pass, and returns when it did.
func (c *checker) wait(what string, l ratelimit.Limiter, q ratelimit.Quota) time.Time {
	c.Helper()
	ctx, cancel := c.within(patience)
	defer cancel()
	if err := l.Wait(ctx, q); err != nil {
		c.Fatalf("%s: %v", what, err)
	}
	return time.Now()
}

func succeeded(l ratelimit.Limiter, q ratelimit.Quota, admitted time.Time) {
	l.Report(context.Background(), q, ratelimit.Outcome{Admitted: admitted})
}

// throttled reports a throttle, and returns when its hold is over.
func throttled(
	ctx context.Context, l ratelimit.Limiter, q ratelimit.Quota, admitted time.Time,
	after time.Duration,
) time.Time {
	over := time.Now().Add(after)
	l.Report(ctx, q, ratelimit.Outcome{
		Admitted: admitted, Throttled: true, RetryAfter: after, Err: errThrottled,
	})
	return over
}

// slack is by how much two clocks may differ over a second.
const slack = 5 * time.Millisecond

func (c *checker) notBefore(what string, at, over time.Time) {
	c.Helper()
	if at.Before(over.Add(-slack)) {
		c.Errorf("%s passed %v before Retry-After was over", what, over.Sub(at))
	}
}

// passes: calls pass, on each machine.
func (c *checker) passes() {
	c.Helper()
	q := quota("/passes")
	for range 2 {
		succeeded(c.a, q, c.wait("a call", c.a, q))
		succeeded(c.b, q, c.wait("a call on another machine", c.b, q))
	}
}

// canceled: a context that has ended lets no call pass, and one that ends ends a wait.
func (c *checker) canceled() {
	c.Helper()
	q := quota("/canceled")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 10 {
		if err := c.a.Wait(ctx, q); !errors.Is(err, context.Canceled) {
			c.Errorf("Wait with a canceled context: got %v, want context.Canceled", err)
		}
	}
	q = quota("/canceled while it waits")
	throttled(context.Background(), c.a, q, c.wait("a call", c.a, q), time.Second)
	ctx, cancel = context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := c.b.Wait(ctx, q); !errors.Is(err, context.Canceled) {
		c.Errorf("Wait whose context was canceled: got %v, want context.Canceled", err)
	}
}

// deadline: no call passes after it, and the error says so.
func (c *checker) deadline() {
	c.Helper()
	q := quota("/deadline")
	throttled(context.Background(), c.a, q, c.wait("a call", c.a, q), time.Second)
	for _, l := range []ratelimit.Limiter{c.a, c.b} {
		ctx, cancel := c.within(20 * time.Millisecond)
		err := l.Wait(ctx, q)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			c.Errorf("Wait with a deadline before Retry-After is over: got %v, want context.DeadlineExceeded", err)
		}
	}
}

// holds: what one machine was told holds all of them, for as long as that lasts.
func (c *checker) holds() {
	c.Helper()
	q := quota("/holds")
	admitted := c.wait("a call", c.a, q)
	over := throttled(context.Background(), c.a, q, admitted, time.Second)
	// A shorter one that is told later does not end it.
	throttled(context.Background(), c.b, q, admitted, 10*time.Millisecond)
	c.notBefore("a call on another machine", c.wait("a call after Retry-After", c.b, q), over)
	c.notBefore("a call", c.wait("a call after Retry-After", c.a, q), over)
}

// holdsThoseWhoWait: also calls that wait already when the throttle is reported.
func (c *checker) holdsThoseWhoWait() {
	c.Helper()
	const waiting = 40
	q := quota("/holds those who wait")
	admitted := c.wait("a call", c.a, q)
	passed := make(chan time.Time, waiting)
	ctx, cancel := c.within(patience)
	defer cancel()
	for i := range waiting {
		l := c.a
		if i%2 == 1 {
			l = c.b
		}
		go func() {
			if err := l.Wait(ctx, q); err != nil {
				passed <- time.Time{}
				return
			}
			passed <- time.Now()
		}()
	}
	<-passed // by now some of them stand at the head of the queue
	over := throttled(context.Background(), c.a, q, admitted, time.Second)
	told := time.Now()
	// of those that were let pass before, and only say so now
	const onTheWay = 200 * time.Millisecond
	for range waiting - 1 {
		if at := <-passed; at.After(told.Add(onTheWay)) {
			c.notBefore("a call that was waiting", at, over)
			return // the others need not go on
		}
	}
}

// tellsQuotasApart: what was told of one quota says nothing of another.
func (c *checker) tellsQuotasApart() {
	c.Helper()
	q := quota("/apart")
	others := map[string]ratelimit.Quota{}
	for _, name := range []string{"app", "owner", "method", "path"} {
		others[name] = q
	}
	other := others["app"]
	other.AppKey = "another"
	others["app"] = other
	other = others["owner"]
	other.Owner = ratelimit.OwnerOf("another")
	others["owner"] = other
	other = others["method"]
	other.Method = "POST"
	others["method"] = other
	other = others["path"]
	other.Path = "/apart/{id}"
	others["path"] = other
	throttled(context.Background(), c.a, q, c.wait("a call", c.a, q), time.Minute)
	for name, other := range others {
		c.wait("a call of another "+name+" than the one that is held back", c.b, other)
	}
}

// ignoresOtherFailures: one that is no throttle holds nothing back, whatever it asks for.
func (c *checker) ignoresOtherFailures() {
	c.Helper()
	q := quota("/down")
	admitted := c.wait("a call", c.a, q)
	for range 5 {
		c.a.Report(context.Background(), q, ratelimit.Outcome{
			Admitted: admitted, Err: errDown, RetryAfter: time.Minute,
		})
	}
	c.wait("a call after failures that are no throttle", c.b, q)
}

// reportsAfterTheEnd: the context of a report may have ended.
func (c *checker) reportsAfterTheEnd() {
	c.Helper()
	q := quota("/reports after the end")
	admitted := c.wait("a call", c.a, q)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	over := throttled(ctx, c.a, q, admitted, 500*time.Millisecond)
	c.notBefore("a call after a report whose context had ended", c.wait("a call", c.b, q), over)
}

// concurrent: many calls at once, some of which give up, do not keep others from passing.
func (c *checker) concurrent() {
	c.Helper()
	q := quota("/concurrent")
	var wg sync.WaitGroup
	var passed, wrong atomic.Int64
	for i := range 64 {
		l := c.a
		if i%2 == 1 {
			l = c.b
		}
		wg.Go(func() {
			ctx, cancel := c.within(time.Duration(10*i) * time.Millisecond)
			defer cancel()
			switch err := l.Wait(ctx, q); {
			case err == nil:
				passed.Add(1)
				l.Report(ctx, q, ratelimit.Outcome{Admitted: time.Now()})
			case !errors.Is(err, context.DeadlineExceeded):
				wrong.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() == 0 || wrong.Load() > 0 {
		c.Errorf("of 64 calls at once %d passed and %d ended with another error than their deadline's",
			passed.Load(), wrong.Load())
	}
	c.wait("a call after many gave up", c.a, q)
	c.wait("a call on another machine after many gave up", c.b, q)
}
