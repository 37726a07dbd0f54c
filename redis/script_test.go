package ttsredis_test

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ttsredis "github.com/tiktokshop-go/tiktokshop/redis"
)

// script runs the limiter's script on a state of which the times are as long ago as is said.
type script struct {
	t      *testing.T
	client redis.UniversalClient
	key    string
}

func newScript(t *testing.T) script {
	return script{t, connect(t, needRedis(t)), newPrefix()}
}

// now is the server's time.
func (s script) now() time.Time {
	s.t.Helper()
	now, err := s.client.Time(s.t.Context()).Result()
	require.NoError(s.t, err)
	return now
}

// set stores a state. The times are so long ago.
func (s script) set(numbers map[string]float64, ago map[string]time.Duration) {
	s.t.Helper()
	now := s.now()
	for name, v := range numbers {
		require.NoError(s.t, s.client.HSet(s.t.Context(), s.key, name,
			strconv.FormatFloat(v, 'f', -1, 64)).Err())
	}
	for name, d := range ago {
		require.NoError(s.t, s.client.HSet(s.t.Context(), s.key, name,
			now.Add(-d).UnixMicro()).Err())
	}
}

func (s script) get(name string) float64 {
	s.t.Helper()
	v, err := s.client.HGet(s.t.Context(), s.key, name).Float64()
	require.NoError(s.t, err)
	return v
}

// run tells of nothing else than what the verb needs. The rates may be from 0.01 to a million.
func (s script) run(verb string, more ...any) time.Duration {
	s.t.Helper()
	wait, err := ttsredis.RunScript(s.t.Context(), s.client, s.key,
		append([]any{verb, 0.01, 10, 1e6, 0, 0, 0, 0}, more...)...)
	require.NoError(s.t, err)
	return wait
}

// learned is a state that has been in use for an hour, as in the tests of ratelimit's adaptive
// limiter.
func (s script) learned(rate, ceiling, goodput float64, after time.Duration) {
	s.t.Helper()
	s.set(map[string]float64{
		"rate": rate, "ceiling": ceiling, "cut": 0.95, "since_cut": 0, "epoch": 7, "hold": 0,
		"successes": goodput * 5 * math.Exp(after.Seconds()/5),
	}, map[string]time.Duration{"updated": after, "slowed": after, "tat": after, "born": time.Hour})
}

// recovery is how long after a throttle the rate is where it was.
func recovery(ceiling float64) time.Duration {
	seconds := min(max(200/ceiling, 20), 180)
	return time.Duration(seconds * float64(time.Second))
}

const plenty = 1e9 // successes a second

// TestScriptRate: the rate is that of ratelimit's adaptive limiter.
func TestScriptRate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                   string
		rate, ceiling, goodput float64
		after                  time.Duration
		want, wantCeiling      float64
	}{
		{"doubles", 10, 0, plenty, 7 * time.Second, 20, 0},
		{"doubles twice", 10, 0, plenty, 14 * time.Second, 40, 0},
		{"twice what is used", 10, 0, 6, 7 * time.Second, 12, 0},
		{"falls never", 10, 0, 1, 7 * time.Second, 10, 0},
		{"fast quota, half way back", 95, 100, plenty, 10 * time.Second, 100 - 5*0.125, 100},
		{"fast quota, back", 95, 100, plenty, 20 * time.Second, 100, 100},
		{"fast quota, half way above", 95, 100, plenty, 30 * time.Second, 100 + 20*0.125, 100},
		{"fast quota, above", 95, 100, plenty, 39 * time.Second, 117.1, 100},
		{"fast quota, above what is used", 95, 100, 51, 39 * time.Second, 102, 100},
		{"fast quota, not used", 95, 100, 0, 39 * time.Second, 100, 100},
		{"middling quota, half way back", 4.75, 5, plenty, 20 * time.Second, 5 - 0.25*0.125, 5},
		{"slow quota, half way back", 0.475, 0.5, plenty, 90 * time.Second, 0.5 - 0.025*0.125, 0.5},
		{"the quota has hardly grown", 95, 100, 105, 45 * time.Second, 139.1, 100},
		{"the quota has grown", 95, 100, 120, 45 * time.Second, 139.1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.learned(tc.rate, tc.ceiling, tc.goodput, tc.after)
			s.run("look")
			assert.InEpsilon(t, tc.want, s.get("rate"), 0.02)
			assert.Equal(t, tc.wantCeiling, s.get("ceiling"))
		})
	}
}

// TestScriptThrottled: what a throttle is taken to have been, and how far down the rate goes, are
// as with ratelimit's adaptive limiter.
func TestScriptThrottled(t *testing.T) {
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
			s := newScript(t)
			s.learned(tc.rate, tc.ceiling, tc.goodput, 0)
			s.set(map[string]float64{"since_cut": float64(tc.sinceCut)},
				map[string]time.Duration{"slowed": recovery(tc.ceiling)})
			s.run("throttled", 0)
			assert.InEpsilon(t, tc.wantCeiling, s.get("ceiling"), 0.02)
			assert.InEpsilon(t, tc.wantCeiling*tc.wantCut, s.get("rate"), 0.02)
			assert.Zero(t, s.get("since_cut"))
		})
	}
	t.Run("sent at the old rate", func(t *testing.T) {
		t.Parallel()
		for _, tc := range []struct {
			name  string
			epoch int
			age   time.Duration
			want  float64
		}{
			{"of an earlier epoch", 6, 0, 10},
			{"of one before those known", -1, 0, 10},
			{"before the cut", 0, time.Minute, 10},
			{"after the cut", 7, 0, 8 * 0.95},
		} {
			s := newScript(t)
			s.learned(10, 10, 8, 0)
			s.set(map[string]float64{"since_cut": 100},
				map[string]time.Duration{"slowed": recovery(10)})
			_, err := ttsredis.RunScript(t.Context(), s.client, s.key,
				"throttled", 0.01, 10, 1e6, 0, (3 * time.Second).Microseconds(), tc.epoch, 0,
				tc.age.Microseconds())
			require.NoError(t, err)
			assert.InEpsilon(t, tc.want, s.get("rate"), 0.02, tc.name)
			assert.Greater(t, s.get("hold"), s.get("updated")+2e6, "%s: held back all the same",
				tc.name)
		}
	})
}

// TestScriptQueue: each that asks gets the next place, and a burst is what half a second has room
// for.
func TestScriptQueue(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.set(map[string]float64{
		"rate": 0.1, "ceiling": 0.1, "cut": 0.95, "since_cut": 0, "epoch": 7, "hold": 0,
		"successes": 0,
	}, map[string]time.Duration{"updated": 0, "slowed": 180 * time.Second, "tat": time.Hour,
		"born": time.Hour})
	for n := range 5 {
		wait := s.run("take", 0, -1)
		assert.InDelta(t, 10*float64(n), wait.Seconds(), 5, "the call with %d ahead of it", n)
	}
	assert.InDelta(t, 50, s.run("take", 0, (40*time.Second).Microseconds()).Seconds(), 5,
		"no time for that")
	assert.InDelta(t, 50, s.run("take", 0, -1).Seconds(), 5, "so it took no place")

	s.set(map[string]float64{"rate": 20, "ceiling": 20},
		map[string]time.Duration{"tat": time.Hour, "slowed": recovery(20)})
	for n := range 10 {
		assert.Zero(t, s.run("take", 0, -1), "call %d of a burst", n)
	}
	for range 20 { // which take a second
		s.run("take", 0, -1)
	}
	assert.Positive(t, s.run("take", 0, -1), "after the burst")
}

// TestScriptPlaces: a place is its caller's, until a throttle makes all places void.
func TestScriptPlaces(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.learned(10, 10, 10, 0)
	s.set(nil, map[string]time.Duration{"slowed": recovery(10), "tat": -10 * time.Second})
	take := func(epoch, place int64) (int64, time.Duration) {
		wait, err := ttsredis.RunScript(t.Context(), s.client, s.key, "take", 0.01, 10, 1e6, 0, 0,
			epoch, 0, place, -1)
		require.NoError(t, err)
		return s.now().Add(wait).UnixMicro(), wait
	}
	place, wait := take(7, 0)
	assert.InDelta(t, 9.6, wait.Seconds(), 0.5)
	tat := s.get("tat")
	_, wait = take(7, place)
	assert.InDelta(t, 9.6, wait.Seconds(), 0.5, "it still has its place")
	assert.Equal(t, tat, s.get("tat"))
	_, wait = take(7, s.now().Add(-time.Second).UnixMicro())
	assert.Zero(t, wait, "its turn has come")
	_, wait = take(7, s.now().Add(-time.Minute).UnixMicro())
	assert.Positive(t, wait, "its turn was too long ago")

	s.run("throttled", 0)
	assert.EqualValues(t, 8, s.get("epoch"))
	_, wait = take(7, s.now().Add(-time.Second).UnixMicro())
	assert.Positive(t, wait, "of before the throttle")
	assert.Less(t, wait, 2*time.Second, "those that are void do not count")
}

// TestScriptClockSetBack: a server whose clock goes back, or another one that takes its place, does
// not stop the calls until its time has come.
func TestScriptClockSetBack(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.learned(10, 10, 10, 0)
	s.set(map[string]float64{"rate": 10}, map[string]time.Duration{
		"updated": -time.Hour, "tat": -time.Hour - 300*time.Millisecond,
		"hold": -time.Hour - 2*time.Second, "slowed": -time.Hour + time.Minute,
	})
	wait := s.run("take", 0, -1)
	assert.InDelta(t, 2, wait.Seconds(), 0.5, "what was left of the hold")
	assert.EqualValues(t, 8, s.get("epoch"), "places by the old clock are void")
}
