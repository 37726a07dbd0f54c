package tiktokshoptest_test

import (
	"sync/atomic"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// clock is a clock that a test moves.
type clock struct{ seconds atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(c.seconds.Load(), 0) }
func (c *clock) advance(d time.Duration) { c.seconds.Add(int64(d / time.Second)) }
func (c *clock) in(d time.Duration) tiktokshop.UnixTime {
	return tiktokshop.NewUnixTime(c.now().Add(d))
}

func newClock() *clock {
	c := new(clock)
	c.seconds.Store(1700000000)
	return c
}
