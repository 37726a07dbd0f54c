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

// correctClock learns the platform's time from an answer that refused the timestamp. It reports whether a
// request signed anew would have another timestamp.
func (inv *invocation) correctClock(ctx context.Context, err error) bool {
	var refused *APIError
	if !errors.As(err, &refused) || refused.kind != ErrClockSkew || refused.date.IsZero() {
		return false
	}
	offset := refused.date.Sub(inv.cfg.now()).Round(time.Second)
	if offset.Abs() > maxClockSkew || (offset-inv.offset).Abs() < minClockSkew {
		return false
	}
	if inv.cfg.skew.learn(offset) && inv.cfg.log != nil {
		inv.cfg.log.wrongClock(ctx, offset)
	}
	return true
}
