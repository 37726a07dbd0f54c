package tiktokshop

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxClockSkew bounds the correction of a clock. A Date header further away is not believed.
	maxClockSkew = 24 * time.Hour
	// minClockSkew is the least difference that explains a refusal: the platform accepts 30 seconds of future.
	minClockSkew = 10 * time.Second
)

// clockSkew is how far the platform's clock is ahead of this machine's, as learned from a refusal. Clients
// derived from one share it.
type clockSkew struct {
	offset atomic.Int64 // a time.Duration
	mu     sync.Mutex   // held while the offset changes
}

func (s *clockSkew) get() time.Duration { return time.Duration(s.offset.Load()) }

// learn notes the offset and reports whether that is news.
func (s *clockSkew) learn(offset time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if (offset - s.get()).Abs() < minClockSkew {
		return false // another call has learned it meanwhile
	}
	s.offset.Store(int64(offset))
	return true
}

// clockRefused reports whether an answer refused the timestamp and a request signed with the platform's time, which is
// offset ahead of this machine's, would have another one.
func (inv *invocation) clockRefused(at *attempt, err error) (offset time.Duration, wrong bool) {
	var refused *APIError
	if inv.stamp < 0 || !errors.As(err, &refused) || refused.kind != ErrClockSkew || refused.date.IsZero() {
		return 0, false
	}
	offset = refused.date.Sub(inv.cfg.now()).Round(time.Second)
	return offset, offset.Abs() <= maxClockSkew && (offset-at.offset).Abs() >= minClockSkew
}

// correctClock learns the platform's time.
func (cfg *config) correctClock(ctx context.Context, offset time.Duration) {
	if cfg.skew.learn(offset) {
		cfg.logWrongClock(ctx, offset)
	}
}
