// Package clock keeps how far the platform's clock is ahead of this machine's.
package clock

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// MaxSkew bounds the correction of a clock. A Date header further away is not believed.
	MaxSkew = 24 * time.Hour
	// MinSkew is the least difference that explains a refusal: the platform accepts 30 seconds of
	// future.
	MinSkew = 10 * time.Second
)

// Skew is how far the platform's clock is ahead of this machine's, as learned from a refusal.
// Clients derived from one share it.
type Skew struct {
	offset atomic.Int64 // a time.Duration
	mu     sync.Mutex   // held while the offset changes
}

// Get returns it.
func (s *Skew) Get() time.Duration { return time.Duration(s.offset.Load()) }

// Learn notes the offset and reports whether that is news.
func (s *Skew) Learn(offset time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if (offset - s.Get()).Abs() < MinSkew {
		return false // another call has learned it meanwhile
	}
	s.offset.Store(int64(offset))
	return true
}
