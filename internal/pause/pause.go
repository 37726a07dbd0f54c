// Package pause waits for a time that a context may cut short.
package pause

import (
	"context"
	"time"
)

// For waits, or returns the context's error if that ends first.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Interrupted tells why a wait of a call ended early, and after what: nil stands for the wait
// before its first attempt.
type Interrupted struct{ Cause, Last error }

// Error names the cause, and the last attempt.
func (e *Interrupted) Error() string {
	if e.Last == nil {
		return "waiting for its turn: " + e.Cause.Error()
	}
	return "waiting to try again: " + e.Cause.Error() + " (the last attempt: " + e.Last.Error() +
		")"
}

// Unwrap returns both.
func (e *Interrupted) Unwrap() []error {
	if e.Last == nil {
		return []error{e.Cause}
	}
	return []error{e.Cause, e.Last}
}
