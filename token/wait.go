package token

import (
	"context"
	"math/rand/v2"
	"reflect"
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
