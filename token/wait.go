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
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// awakeSteps is in how many pieces withAwakeTimeout waits.
const awakeSteps = 8

// withAwakeTimeout is context.WithTimeout by the time in which the process ran. The timers of a
// process that was frozen (stopped, or in a paused container) are overdue when it goes on, while
// the answer that it waited for is in the socket: a limit by the clock would throw it away unread.
// Here a piece of the wait that took much longer than it should does not count, so that there is
// time to read. A process that is always late is cut off after twice as many pieces.
func withAwakeTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	step := max(d/awakeSteps, 1)
	var mu sync.Mutex
	var timer *time.Timer
	counted, late, since := 0, 0, time.Now()
	tick := func() {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if elapsed(since, now) < 2*step {
			counted++
		} else {
			late++
		}
		if counted == awakeSteps || late == awakeSteps {
			cancel(context.DeadlineExceeded)
			return
		}
		since = now
		timer.Reset(step)
	}
	mu.Lock()
	timer = time.AfterFunc(step, tick)
	mu.Unlock()
	return ctx, func() {
		cancel(context.Canceled)
		mu.Lock()
		defer mu.Unlock()
		timer.Stop()
	}
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
