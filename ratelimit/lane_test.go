package ratelimit

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// learned is a lane that has been in use for an hour and has a rate, a rate of the last throttle
// (0: none yet), and a rate of successes at a time from now.
func learned(rate, ceiling, goodput float64, after time.Duration) *lane {
	l := newLane(&AdaptiveOptions{Initial: rate, Min: 0.01, Max: 1e6}, noon.Add(-time.Hour))
	l.updated, l.slowed = noon, noon
	l.ceiling, l.cut = ceiling, gentleCut
	l.successes = goodput * goodputWindow.Seconds() * math.Exp(
		after.Seconds()/goodputWindow.Seconds())
	return l
}

const plenty = 1e9 // successes a second

// TestLaneRate follows the rate: before the first throttle it doubles in seven seconds, after one
// it comes back along a cubic curve and goes on above; never is it more than twice what is used.
func TestLaneRate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                   string
		rate, ceiling, goodput float64
		after                  time.Duration
		want                   float64
	}{
		{"doubles", 10, 0, plenty, 7 * time.Second, 20},
		{"doubles twice", 10, 0, plenty, 14 * time.Second, 40},
		{"twice what is used", 10, 0, 6, 7 * time.Second, 12},
		{"falls never", 10, 0, 1, 7 * time.Second, 10},
		{"fast quota, half way back", 95, 100, plenty, 10 * time.Second, 100 - 5*0.125},
		{"fast quota, back", 95, 100, plenty, 20 * time.Second, 100},
		{"fast quota, half way above", 95, 100, plenty, 30 * time.Second, 100 + 20*0.125},
		{"fast quota, above", 95, 100, plenty, 40 * time.Second, 120},
		{"fast quota, above what is used", 95, 100, 51, 40 * time.Second, 102},
		{"fast quota, not used", 95, 100, 0, 40 * time.Second, 100},
		{"middling quota, half way back", 4.75, 5, plenty, 20 * time.Second, 5 - 0.25*0.125},
		{"slow quota, half way back", 0.475, 0.5, plenty, 90 * time.Second, 0.5 - 0.025*0.125},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := learned(tc.rate, tc.ceiling, tc.goodput, tc.after)
			l.advance(noon.Add(tc.after))
			assert.InEpsilon(t, tc.want, l.rate, 1e-6)
		})
	}
}

// TestLaneQuotaHasGrown: well above the rate of the last throttle, after a whole recovery, that
// rate means nothing more.
func TestLaneQuotaHasGrown(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		goodput float64
		after   time.Duration
		want    float64
	}{
		{"not yet", plenty, 40 * time.Second, 100},
		{"hardly more", 109.9, 41 * time.Second, 100},
		{"more", 110.1, 41 * time.Second, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := learned(95, 100, tc.goodput, tc.after)
			l.advance(noon.Add(tc.after))
			assert.Equal(t, tc.want, l.ceiling)
		})
	}
}

// TestLaneThrottled: what a throttle is taken to have been, and how far down the rate goes.
func TestLaneThrottled(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                   string
		rate, ceiling, goodput float64
		sinceCut               int
		wantCeiling, wantCut   float64
	}{
		{"what succeeded", 10, 0, 8, 0, 8, 0.95},
		{"no more than the rate", 10, 0, 12, 0, 10, 0.95},
		{"few successes yet", 10, 0, 2, 0, 7.5, 0.95},
		{"few calls", 1.2, 0, 0, 0, 1, 0.95},
		{"long after another", 10, 10, 8, 10, 8, 0.95},
		{"hard on another", 10, 10, 8, 9, 6.8, 0.55},
		{"hard on another, slow", 0.5, 0.5, 0.5, 9, 0.425, 0.55},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := learned(tc.rate, tc.ceiling, tc.goodput, 0)
			l.sinceCut, l.tokens = tc.sinceCut, 3
			l.slowed = noon.Add(-time.Second)
			l.report(noon, Outcome{Throttled: true, Admitted: noon})
			assert.InEpsilon(t, tc.wantCeiling, l.ceiling, 1e-6)
			assert.InEpsilon(t, tc.wantCeiling*tc.wantCut, l.rate, 1e-6)
			assert.Zero(t, l.tokens)
			assert.Zero(t, l.sinceCut)
			assert.Equal(t, noon, l.slowed)
		})
	}
	t.Run("sent at the old rate", func(t *testing.T) {
		t.Parallel()
		l := learned(10, 10, 8, 0)
		l.report(noon, Outcome{Throttled: true, Admitted: noon.Add(-1)})
		assert.Equal(t, 10.0, l.rate)
		assert.Equal(t, 10.0, l.ceiling)
	})
}

// TestLaneBurst: what was not used in half a second is lost, but for one call.
func TestLaneBurst(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		rate, want float64
	}{{"fast", 10, 5}, {"slow", 1, 1}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := learned(tc.rate, 0, 0, 0)
			l.advance(noon.Add(time.Minute))
			assert.Equal(t, tc.want, l.tokens)
		})
	}
}

// TestLaneClockGoesBack: nothing is learned or lost then.
func TestLaneClockGoesBack(t *testing.T) {
	t.Parallel()
	l := learned(10, 0, 8, 0)
	before := [3]float64{l.rate, l.tokens, l.successes}
	l.advance(noon.Add(-time.Minute))
	assert.Equal(t, before, [3]float64{l.rate, l.tokens, l.successes})
	assert.Equal(t, noon, l.updated)
}

// TestLaneTake: how long it is until the next call.
func TestLaneTake(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		rate, tokens float64
		hold, want   time.Duration
	}{
		{"at once", 10, 1, 0, 0},
		{"at once, but for what floats lose", 10, 1 - 1e-6, 0, 0},
		{"a tenth", 10, 0, 0, 100 * time.Millisecond},
		{"no busy waiting", 1e6, 0.9999, 0, time.Microsecond},
		{"held back", 10, 1, time.Nanosecond, time.Nanosecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := learned(tc.rate, 0, 0, 0)
			l.tokens, l.hold = tc.tokens, noon.Add(tc.hold)
			assert.Equal(t, tc.want, l.take(noon))
		})
	}
	assert.Equal(t, 1500*time.Millisecond, learned(2, 0, 0, 0).queueTime(3))
}

// TestLaneUsefulUntil: a lane is forgotten by its last use, later while the platform holds back,
// and later by ten minutes if a throttle taught it something.
func TestLaneUsefulUntil(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		ceiling float64
		hold    time.Duration
		want    time.Duration
	}{
		{"used", 0, -time.Minute, 0},
		{"held back", 0, time.Minute, time.Minute},
		{"taught", 0.5, -time.Minute, 10 * time.Minute},
		{"both", 5, time.Minute, 11 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := learned(10, tc.ceiling, 0, 0)
			l.hold = noon.Add(tc.hold)
			assert.Equal(t, noon.Add(tc.want), l.usefulUntil())
		})
	}
}
