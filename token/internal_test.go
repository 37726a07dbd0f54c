package token

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCurrentTokenAtItsBounds(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	end := received.Add(time.Hour)
	living := &currentToken{
		token:   Token{AccessTokenExpiresAt: end, ReceivedAt: received},
		renewAt: end.Add(-time.Minute),
	}
	dead := &currentToken{
		token:   Token{AccessTokenExpiresAt: received.Add(-time.Second), ReceivedAt: received},
		renewAt: received.Add(-time.Second),
	}
	for _, tc := range []struct {
		name         string
		current      *currentToken
		at           time.Time
		fresh, alive bool
	}{
		{"none", nil, received, false, false},
		{"new", living, received, true, true},
		{"just before it is due", living, end.Add(-time.Minute - 1), true, true},
		{"due", living, end.Add(-time.Minute), false, true},
		{"just before its end", living, end.Add(-1), false, true},
		{"at its end", living, end, false, false},
		{"without an end", &currentToken{}, end, true, true},
		{"dead on arrival", dead, received, true, true},
		{"dead on arrival, before a minute is over", dead, received.Add(time.Minute - 1), true,
			true},
		{"dead on arrival, a minute later", dead, received.Add(time.Minute), false, false},
		{"dead on arrival, by a clock that was set back", dead, received.Add(-1), false, false},
	} {
		assert.Equal(t, tc.fresh, tc.current.isFresh(tc.at), tc.name)
		assert.Equal(t, tc.alive, tc.current.isAlive(tc.at), tc.name)
	}
	assert.True(t, living.livesFor(end.Add(-time.Minute-1), time.Minute))
	assert.False(t, living.livesFor(end.Add(-time.Minute), time.Minute))
}

func TestAdoptingTheSameTokenKeepsItsJitter(t *testing.T) {
	t.Parallel()
	s, err := NewRefreshingSource(neverAsked,
		SourceOptions{AppKey: "a", OpenID: "o", Store: NewMemoryStore()})
	require.NoError(t, err)
	tok := Token{AccessToken: NewSecret("a"),
		AccessTokenExpiresAt: time.Now().Add(time.Hour * 1000)}
	s.adopt(tok, 1)
	due := s.state.current.renewAt
	for range 20 {
		s.adopt(tok, 7)
		assert.Equal(t, due, s.state.current.renewAt)
	}
	assert.Equal(t, int64(7), s.state.current.version)
}

func TestJitterMayBeSmall(t *testing.T) {
	t.Parallel()
	opts := SourceOptions{AppKey: "a", OpenID: "o", Store: NewMemoryStore(), RenewBefore: time.Hour,
		Jitter: 1}
	s, err := NewRefreshingSource(neverAsked, opts)
	require.NoError(t, err)
	end := time.Now().Add(1000 * time.Hour)
	for i := range 100 { // which are different tokens
		s.adopt(Token{AccessToken: NewSecret(strconv.Itoa(i)), AccessTokenExpiresAt: end}, 1)
		ahead := end.Sub(s.state.current.renewAt)
		assert.GreaterOrEqual(t, ahead, time.Hour)
		assert.LessOrEqual(t, ahead, time.Hour+1)
	}
}

func TestPutKnowsTheVersionItMade(t *testing.T) {
	t.Parallel()
	store := NewMemoryStore()
	s, err := NewRefreshingSource(neverAsked, SourceOptions{AppKey: "a", OpenID: "o", Store: store})
	require.NoError(t, err)
	for range 3 {
		require.NoError(t,
			s.Put(t.Context(), &Token{AccessToken: NewSecret("a"), RefreshToken: NewSecret("r")}))
		_, version, err := store.Load(t.Context(), s.Key())
		require.NoError(t, err)
		assert.Equal(t, version, s.state.current.version)
	}
}

// neverAsked is a Refresher of a source that has no need of one.
var neverAsked = RefresherFunc(func(context.Context, Secret) (*Token, error) { panic("asked") })

func TestElapsedTakesTheClockThatWentOn(t *testing.T) {
	t.Parallel()
	from := time.Now()
	assert.Equal(t, time.Minute, elapsed(from, from.Add(time.Minute)))
	wall := from.Round(0)
	assert.Equal(t, time.Hour, elapsed(from, wall.Add(time.Hour)), "of a machine that slept")
	assert.Zero(t, elapsed(from, from))
}

func TestJitterIsHalfOfAWait(t *testing.T) {
	t.Parallel()
	least, most := time.Second, time.Duration(0)
	for range 1000 {
		d := jittered(time.Second)
		least, most = min(least, d), max(most, d)
	}
	assert.GreaterOrEqual(t, least, 500*time.Millisecond)
	assert.Less(t, least, 550*time.Millisecond)
	assert.LessOrEqual(t, most, time.Second)
	assert.Greater(t, most, 950*time.Millisecond)
	for range 100 { // down to the shortest
		assert.Zero(t, jittered(0))
		assert.LessOrEqual(t, jittered(1), time.Duration(1))
		assert.LessOrEqual(t, jittered(2), time.Duration(2))
	}
}

func TestPausesDouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pauses{most: 50 * time.Millisecond}
		for _, ms := range []time.Duration{10, 20, 40, 50, 50} {
			start := time.Now()
			require.NoError(t, p.wait(t.Context()))
			assert.GreaterOrEqual(t, time.Since(start), ms*time.Millisecond/2)
			assert.LessOrEqual(t, time.Since(start), ms*time.Millisecond)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, p.wait(ctx), context.Canceled)
	})
}

func TestAwakeTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := withAwakeTimeout(t.Context(), 8*time.Second)
		defer cancel()
		<-ctx.Done()
		assert.Equal(t, 8*time.Second, time.Since(start))
		assert.Equal(t, context.DeadlineExceeded, context.Cause(ctx))

		ctx, cancel = withAwakeTimeout(t.Context(), time.Hour)
		cancel()
		cancel() // as often as one likes
		assert.Equal(t, context.Canceled, context.Cause(ctx))

		parent, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		ctx, cancel = withAwakeTimeout(parent, time.Hour)
		defer cancel()
		<-ctx.Done()
		assert.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)

		start = time.Now()
		ctx, cancel = withAwakeTimeout(t.Context(), 1) // less than the steps that it is made in
		defer cancel()
		<-ctx.Done()
		assert.Equal(t, time.Duration(awakeSteps), time.Since(start))
		assert.Equal(t, context.DeadlineExceeded, context.Cause(ctx))
	})
}

func TestStepsThatAreLateDoNotCount(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		took  []time.Duration // milliseconds, of steps of 10; the last one is repeated
		steps int
	}{
		{"in time", []time.Duration{10}, 8},
		{"a little late", []time.Duration{19}, 8},
		{"frozen in one", []time.Duration{10, 10, 60_000, 10}, 9},
		{"frozen in the last", []time.Duration{10, 10, 10, 10, 10, 10, 10, 20, 10}, 9},
		{"frozen again and again", []time.Duration{10, 60_000, 10, 60_000, 60_000, 10}, 11},
		{"always late", []time.Duration{20}, 8},
	} {
		awake, steps := awakeTime{step: 10 * time.Millisecond}, 0
		for isUp := false; !isUp; steps++ {
			isUp = awake.isUp(tc.took[min(steps, len(tc.took)-1)] * time.Millisecond)
		}
		assert.Equal(t, tc.steps, steps, tc.name)
	}
}
