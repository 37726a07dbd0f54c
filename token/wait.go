package token

import (
	"context"
	"math/rand/v2"
	"reflect"
	"sync"
	"time"
)

// backoff keeps a renewal that failed from being tried again at once.
type backoff struct {
	failures int
	until    time.Time
	err      error // of the last renewal
}

// The pauses between two renewals that fail, doubled from the first to the last.
const (
	firstBackoff = time.Second
	lastBackoff  = time.Minute
)

// failed notes a failure and returns how long the next renewal has to wait.
func (b *backoff) failed(err error) time.Duration {
	d := jittered(min(firstBackoff<<min(b.failures, 16), lastBackoff))
	b.failures++
	b.until, b.err = time.Now().Add(d), err
	return d
}

// pauses are the waits between two looks at the store. Each is twice as long as the one before, up
// to most.
type pauses struct {
	next, most time.Duration
}

// firstPause is the shortest wait between two looks at the store.
const firstPause = 10 * time.Millisecond

func (p *pauses) wait(ctx context.Context) error {
	p.next = min(max(2*p.next, firstPause), p.most)
	return sleep(ctx, jittered(p.next))
}

// jittered returns between half of d and d.
func jittered(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// sleep waits, or returns the context's error if that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// withAwakeTimeout is context.WithTimeout by the time in which the process ran. The timers of a
// process that was frozen (stopped, or in a paused container) are overdue when it goes on, while
// the answer that it waited for is in the socket: a limit by the clock would throw it away unread.
func withAwakeTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	var mu sync.Mutex
	var timer *time.Timer
	awake, since := awakeTime{step: max(d/awakeSteps, 1)}, time.Now()
	tick := func() {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if awake.isUp(elapsed(since, now)) {
			cancel(context.DeadlineExceeded)
			return
		}
		since = now
		timer.Reset(awake.step)
	}
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(awake.step, tick)
	return ctx, func() {
		cancel(context.Canceled)
		mu.Lock()
		defer mu.Unlock()
		timer.Stop()
	}
}

// awakeTime counts the steps of a wait. One that took much longer than it should does not count, so
// that there is time to read after it. A process that is always late is cut off all the same.
type awakeTime struct {
	step          time.Duration
	counted, late int
}

// awakeSteps is in how many steps a wait is made.
const awakeSteps = 8

// isUp reports whether a step of a certain length was the last one.
func (a *awakeTime) isUp(took time.Duration) bool {
	if took < 2*a.step {
		a.counted++
	} else {
		a.late++
	}
	return a.counted == awakeSteps || a.late == awakeSteps
}

// elapsed is the time between two readings of the clock. Of a machine that slept, only the wall
// clock went on.
func elapsed(from, to time.Time) time.Duration {
	return max(to.Sub(from), to.Round(0).Sub(from.Round(0)))
}

func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func:
		return rv.IsNil()
	}
	return false
}
