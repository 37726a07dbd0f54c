package wire

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errTimeout = errors.New("timed out")

func TestLimitIsExact(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{time.Millisecond, time.Second, 30 * time.Second,
		time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			a := Start(t.Context(), limit, errTimeout, false)
			start := time.Now()
			<-a.Context().Done()
			assert.Equal(t, limit, time.Since(start))
			require.ErrorIs(t, a.Ended(), errTimeout)
			assert.ErrorContains(t, a.Ended(), limit.String())
			a.End()
		})
	}
}

func TestLimitIsStopped(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			a := Start(t.Context(), limit, errTimeout, false)
			if limit == 0 {
				time.Sleep(time.Hour) // there is none
			}
			assert.NoError(t, a.Ended())
			a.End()
			assert.Nil(t, a.limit.timer)
			time.Sleep(time.Minute)
			assert.False(t, a.limit.up(), "the time is up, and nobody asks any more")
			a.End()
			assert.NotErrorIs(t, a.Ended(), errTimeout)
		})
	}
}

// TestLimitAfterAStandstill has the timer of a limit fire late, as when a process goes on that was
// stopped.
func TestLimitAfterAStandstill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const length = 10 * time.Second // and a grace of 2 seconds
		held := func(l *limit, by time.Duration) bool {
			l.due = l.due.Add(-by)
			l.last = l.last.Add(-by)
			return l.up()
		}
		var l limit
		l.start(length, func() {})
		time.Sleep(8 * time.Second)
		assert.False(t, l.up(), "the first look is in time")
		assert.Equal(t, 2*time.Second, time.Until(l.last))
		time.Sleep(2 * time.Second)
		for range mostGraces {
			assert.False(t, held(&l, time.Hour), "late")
			assert.Equal(t, 2*time.Second, time.Until(l.last),
				"the grace begins when the process goes on")
			time.Sleep(2 * time.Second)
		}
		assert.True(t, held(&l, time.Hour), "once too often")
		assert.False(t, l.up(), "once only")
		l.stop()
	})
	synctest.Test(t, func(t *testing.T) {
		var l limit
		l.start(10*time.Second, func() {})
		time.Sleep(10*time.Second + late) // over the first look, and to the end
		l.due = time.Now().Add(-late)
		assert.True(t, l.up(), "a little late is not late")
	})
}

// What counts as late is 50 milliseconds, or less of a short limit.
func TestLateness(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		length time.Duration
		by     time.Duration
		graces int
	}{
		{"a long limit", 10 * time.Second, 50 * time.Millisecond, 0},
		{"a long limit, late", 10 * time.Second, 60 * time.Millisecond, 1},
		// a quarter of its grace
		{"a short limit", 400 * time.Millisecond, 25 * time.Millisecond, 0},
		{"a short limit, late", 400 * time.Millisecond, 30 * time.Millisecond, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			var l limit
			l.start(tc.length, func() {})
			defer l.stop()
			time.Sleep(tc.length - l.grace + tc.by)
			assert.False(t, l.up(), tc.name)
			assert.Equal(t, tc.graces, l.graces, tc.name)
		})
	}
}

func TestShortestLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := Start(t.Context(), 1, errTimeout, false)
		defer a.End()
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		assert.ErrorIs(t, a.Ended(), errTimeout)
	})
}
