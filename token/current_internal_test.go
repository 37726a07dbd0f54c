package token

import (
	"context"
	"testing"
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
		{"dead on arrival, before a minute is over", dead, received.Add(time.Minute - 1), true, true},
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
	tok := Token{AccessToken: NewSecret("a"), AccessTokenExpiresAt: time.Now().Add(time.Hour * 1000)}
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
	opts := SourceOptions{AppKey: "a", OpenID: "o", Store: NewMemoryStore(), RenewBefore: time.Hour, Jitter: 1}
	s, err := NewRefreshingSource(neverAsked, opts)
	require.NoError(t, err)
	end := time.Now().Add(1000 * time.Hour)
	s.adopt(Token{AccessToken: NewSecret("a"), AccessTokenExpiresAt: end}, 1)
	assert.WithinDuration(t, end.Add(-time.Hour), s.state.current.renewAt, 2)
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
