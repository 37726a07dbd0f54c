package ratelimit

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAdaptiveOptions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		options AdaptiveOptions
		want    AdaptiveOptions
		wrong   []string // parts of the error
	}{
		{"defaults", AdaptiveOptions{},
			AdaptiveOptions{Initial: 10, Min: 0.2, Max: 1000, MaxQuotas: 10_000}, nil},
		{"a high minimum", AdaptiveOptions{Min: 50},
			AdaptiveOptions{Initial: 50, Min: 50, Max: 1000, MaxQuotas: 10_000}, nil},
		{"a high beginning", AdaptiveOptions{Initial: 5000},
			AdaptiveOptions{Initial: 5000, Min: 0.2, Max: 5000, MaxQuotas: 10_000}, nil},
		{"all the same", AdaptiveOptions{1e6, 1e6, 1e6, 1}, AdaptiveOptions{1e6, 1e6, 1e6, 1}, nil},
		{"too fast", AdaptiveOptions{Max: 1_000_001}, AdaptiveOptions{},
			[]string{"Max 1.000001e+06"}},
		{"negative", AdaptiveOptions{Min: -1}, AdaptiveOptions{}, []string{"Min -1"}},
		{"begins below the minimum", AdaptiveOptions{Initial: 1, Min: 2}, AdaptiveOptions{},
			[]string{"Initial 1"}},
		{"begins above the maximum", AdaptiveOptions{Initial: 3, Max: 2}, AdaptiveOptions{},
			[]string{"Max 2"}},
		{"no quotas, and no order", AdaptiveOptions{Initial: 3, Max: 2, MaxQuotas: -1},
			AdaptiveOptions{}, []string{"Max 2", "MaxQuotas is -1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a, err := NewAdaptive(tc.options)
			if len(tc.wrong) == 0 {
				require.NoError(t, err)
				assert.Equal(t, tc.want, a.options)
				return
			}
			require.Error(t, err)
			assert.Nil(t, a)
			assert.Equal(t, len(tc.wrong), 1+strings.Count(err.Error(), "\n"))
			for _, part := range tc.wrong {
				assert.ErrorContains(t, err, part)
			}
		})
	}
}

func shopQuota(n int) Quota {
	return Quota{AppKey: "app", Method: "GET", Path: fmt.Sprint("/orders/", n)}
}

// TestAdaptiveZeroValue: it works, at the default rate, for each quota apart.
func TestAdaptiveZeroValue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var a Adaptive
		begun := time.Now()
		for shop := range 3 { // a first call each
			require.NoError(t, a.Wait(t.Context(), shopQuota(shop)))
		}
		assert.Zero(t, time.Since(begun))
		require.NoError(t, a.Wait(t.Context(), shopQuota(0)))
		assert.InDelta(t, 0.1, time.Since(begun).Seconds(), 0.001, "the second")
	})
}

// TestAdaptiveAtTheDeadline: a call that cannot be made in time ends at once, and one that just can
// waits.
func TestAdaptiveAtTheDeadline(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		limit time.Duration
		ok    bool
	}{
		{"enough", 101 * time.Millisecond, true},
		{"just not enough", 100 * time.Millisecond, false},
		{"over", 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, err := NewAdaptive(AdaptiveOptions{Initial: 10})
				require.NoError(t, err)
				require.NoError(t, a.Wait(t.Context(), shopQuota(1)))
				ctx, cancel := context.WithTimeout(t.Context(), tc.limit)
				defer cancel()
				begun := time.Now()
				err = a.Wait(ctx, shopQuota(1))
				if tc.ok {
					require.NoError(t, err)
					assert.InDelta(t, 0.1, time.Since(begun).Seconds(), 0.001)
					return
				}
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Zero(t, time.Since(begun))
			})
		})
	}
}

// TestAdaptiveQueue: those who wait count for those who come after them, and one that gives up
// makes room.
func TestAdaptiveQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, err := NewAdaptive(AdaptiveOptions{Initial: 1, Max: 1})
		require.NoError(t, err)
		quota := shopQuota(1)
		require.NoError(t, a.Wait(t.Context(), quota))
		begun := time.Now()
		made := make(chan time.Duration, 3)
		stopped, stop := context.WithCancel(t.Context())
		for n := range 3 {
			ctx := t.Context()
			if n == 1 {
				ctx = stopped
			}
			go func() {
				if err := a.Wait(ctx, quota); err == nil {
					made <- time.Since(begun).Round(time.Millisecond)
				}
			}()
			synctest.Wait()
		}
		short, cancel := context.WithTimeout(t.Context(), 2900*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, a.Wait(short, quota), context.DeadlineExceeded)
		assert.Zero(t, time.Since(begun), "three are ahead of it")
		one, cancelOne := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancelOne()
		require.ErrorIs(t, a.Wait(one, quota), context.DeadlineExceeded)
		assert.Zero(t, time.Since(begun), "the third goes when its time is over")
		stop()
		assert.Equal(t, time.Second, <-made)
		assert.Equal(t, 2*time.Second, <-made)
	})
}

// TestAdaptiveCancelled: a wait, be it for a turn or for the rate, ends with its context.
func TestAdaptiveCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, err := NewAdaptive(AdaptiveOptions{Initial: 0.2})
		require.NoError(t, err)
		require.NoError(t, a.Wait(t.Context(), shopQuota(1)))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		for range 2 {
			go func() { ended <- a.Wait(ctx, shopQuota(1)) }()
		}
		synctest.Wait()
		begun := time.Now()
		cancel()
		for range 2 {
			require.ErrorIs(t, <-ended, context.Canceled)
		}
		assert.Zero(t, time.Since(begun))
		for n := range 30 { // a select chooses as it likes
			require.ErrorIs(t, a.Wait(ctx, shopQuota(2+n)), context.Canceled,
				"also if there is room")
		}
	})
}

// TestAdaptiveHoldsBack: for as long as the platform asks, a minute at most, and from the latest
// time that it names.
func TestAdaptiveHoldsBack(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		after []time.Duration
		want  time.Duration
	}{
		{"as asked", []time.Duration{30 * time.Second}, 30 * time.Second},
		{"the longer", []time.Duration{30 * time.Second, 10 * time.Second}, 30 * time.Second},
		{"a minute at most", []time.Duration{time.Hour}, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var a Adaptive
				quota := shopQuota(1)
				begun := time.Now()
				for _, after := range tc.after {
					a.Report(t.Context(), quota, Outcome{Err: context.Canceled, Throttled: true,
						RetryAfter: after, Admitted: begun})
				}
				require.NoError(t, a.Wait(t.Context(), quota))
				assert.InDelta(t, tc.want.Seconds(), time.Since(begun).Seconds(), 0.001)
				require.NoError(t, a.Wait(t.Context(), shopQuota(2)))
				assert.InDelta(t, tc.want.Seconds(), time.Since(begun).Seconds(), 0.001,
					"the others go on")
			})
		})
	}
}

// TestAdaptiveLearnsOnlyFromAnswers: a failure that is no throttle says nothing of the quota.
func TestAdaptiveLearnsOnlyFromAnswers(t *testing.T) {
	t.Parallel()
	var a Adaptive
	a.Report(t.Context(), shopQuota(1), Outcome{Err: context.Canceled})
	assert.Empty(t, a.lanes)
	a.Report(t.Context(), shopQuota(1), Outcome{})
	assert.Equal(t, 1, a.lanes[shopQuota(1)].sinceCut)
	assert.InDelta(t, 1, a.lanes[shopQuota(1)].successes, 1e-9)
}

// TestAdaptiveForgets: no more quotas are kept than the bound allows, and the useful ones are.
func TestAdaptiveForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 8
		a, err := NewAdaptive(AdaptiveOptions{MaxQuotas: most})
		require.NoError(t, err)
		a.Report(t.Context(), shopQuota(0), Outcome{Throttled: true, Err: context.Canceled,
			Admitted: time.Now()})
		held, release := context.WithCancel(t.Context())
		a.Report(t.Context(), shopQuota(1), Outcome{Throttled: true, Err: context.Canceled,
			RetryAfter: time.Minute, Admitted: time.Now()})
		ended := make(chan error)
		go func() { ended <- a.Wait(held, shopQuota(1)) }()
		synctest.Wait()
		a.lanes[shopQuota(1)].mu.Lock()
		// of no use, but waited for
		a.lanes[shopQuota(1)].ceiling, a.lanes[shopQuota(1)].hold = 0, time.Time{}
		a.lanes[shopQuota(1)].mu.Unlock()
		for n := range 50 * most {
			require.NoError(t, a.Wait(t.Context(), shopQuota(100+n)))
			require.LessOrEqual(t, len(a.lanes), most)
			time.Sleep(time.Millisecond)
		}
		assert.Contains(t, a.lanes, shopQuota(0), "what a throttle taught")
		assert.Contains(t, a.lanes, shopQuota(1), "a call waits for it")
		for n := range most - 2 {
			assert.Contains(t, a.lanes, shopQuota(100+50*most-1-n), "the latest")
		}
		release()
		require.ErrorIs(t, <-ended, context.Canceled)
		assert.Zero(t, a.lanes[shopQuota(1)].waiting.Load())
	})
}

// TestAdaptiveShrinksToTheBound after more quotas than that were waited for at once.
func TestAdaptiveShrinksToTheBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 4
		a, err := NewAdaptive(AdaptiveOptions{MaxQuotas: most})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		for n := range 3 * most {
			a.Report(t.Context(), shopQuota(n),
				Outcome{Throttled: true, Err: context.Canceled, RetryAfter: time.Minute,
					Admitted: time.Now()})
			go func() { ended <- a.Wait(ctx, shopQuota(n)) }()
			synctest.Wait()
		}
		assert.Len(t, a.lanes, 3*most, "all are waited for")
		cancel()
		for range 3 * most {
			<-ended
		}
		require.NoError(t, a.Wait(t.Context(), shopQuota(99)))
		assert.Len(t, a.lanes, 3*most-1, "one fewer with each")
		for n := range 3 * most {
			require.NoError(t, a.Wait(t.Context(), shopQuota(100+n)))
		}
		assert.Len(t, a.lanes, most)
	})
}

// TestAdaptiveKeepsOne: a bound of one holds.
func TestAdaptiveKeepsOne(t *testing.T) {
	t.Parallel()
	a, err := NewAdaptive(AdaptiveOptions{MaxQuotas: 1})
	require.NoError(t, err)
	for n := range 3 {
		require.NoError(t, a.Wait(t.Context(), shopQuota(n)))
		assert.Len(t, a.lanes, 1)
	}
}

// TestAdaptiveForgetsAmongMany: with more quotas than are compared, the bound holds and what a
// throttle taught stays.
func TestAdaptiveForgetsAmongMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 4 * candidates
		a, err := NewAdaptive(AdaptiveOptions{MaxQuotas: most})
		require.NoError(t, err)
		a.Report(t.Context(), shopQuota(0), Outcome{Throttled: true, Err: context.Canceled,
			Admitted: time.Now()})
		for n := range 4 * most {
			require.NoError(t, a.Wait(t.Context(), shopQuota(100+n)))
			require.LessOrEqual(t, len(a.lanes), most)
		}
		assert.Contains(t, a.lanes, shopQuota(0))
	})
}

// TestAdaptiveOneAhead: a call that cannot be made in time does not stand in the queue.
func TestAdaptiveOneAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, err := NewAdaptive(AdaptiveOptions{Initial: 1, Max: 1})
		require.NoError(t, err)
		require.NoError(t, a.Wait(t.Context(), shopQuota(1)))
		ahead, give := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- a.Wait(ahead, shopQuota(1)) }()
		synctest.Wait()
		begun := time.Now()
		short, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, a.Wait(short, shopQuota(1)), context.DeadlineExceeded)
		assert.Zero(t, time.Since(begun))
		give()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}
