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
