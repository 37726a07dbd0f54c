package token_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// changes is a hook that remembers what it was told.
type changes struct {
	mu   sync.Mutex
	told []token.State
}

func (c *changes) hook(st token.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, st)
}

func (c *changes) statuses() string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, st := range c.told {
		names = append(names, st.Status.String())
	}
	return strings.Join(names, ", ")
}

func (b *bubble) watched() (*token.RefreshingSource, *changes) {
	c := new(changes)
	return b.newSource(func(o *token.SourceOptions) { o.OnChange = c.hook }), c
}

func TestRefusalIsVisible(t *testing.T) {
	inBubble(t, func(b *bubble) {
		s, told := b.watched()
		assert.Equal(b, token.State{Key: someKey}, s.State())
		b.access(s)
		assert.Equal(b, "active", told.statuses())
		b.platform.set(func(p *platform) { p.valid = "none" })
		advance(week - 23*time.Hour)
		refusedAt := time.Now()
		for range 100 { // calls go on, and the hook is called once
			assert.Equal(b, "access-1", b.access(s))
			advance(time.Minute)
		}
		assert.Equal(b, "active, refused", told.statuses())
		st := s.State()
		assert.Equal(b, told.told[1].Status, st.Status)
		var refused *token.RefusedError
		require.ErrorAs(b, st.Err, &refused)
		assert.Equal(b, someKey, refused.Key)
		assert.True(b, refused.At.Equal(refusedAt))
		assert.ErrorIs(b, st.Err, token.ErrRefused)
		assert.ErrorIs(b, st.Err, errRefused)
		assert.ErrorContains(b, st.Err, refusedAt.UTC().Format(time.RFC3339),
			"the day of the refusal")
		assert.ErrorContains(b, st.Err, "open-1")
		assert.True(b,
			st.AccessTokenExpiresAt.Equal(
				b.stored().Token.AccessTokenExpiresAt.Truncate(time.Second)))
		assert.False(b, st.RefreshTokenExpiresAt.IsZero())
		assert.True(b, st.RefreshedAt.Equal(b.stored().Token.ReceivedAt))
		assert.True(b, st.RefreshedAt.Before(refusedAt))
		assert.False(b, st.TriedAt.Before(refusedAt))
		assert.Equal(b, 1, strings.Count(b.logged.String(),
			`level=ERROR msg="tiktokshop: authorization refused, the account must authorize the app again" open_id=open-1 error=`))
		assert.NotContains(b, b.logged.String(), "token not refreshed")

		require.NoError(b, s.Put(b.Context(), b.platform.authorize()))
		assert.Equal(b, "active, refused, active", told.statuses())
		assert.NoError(b, s.State().Err)
	})
}

func TestCallsAreToldOfARefusalBeforeTheTokenEnds(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.valid = "none" })
		advance(week - 2*time.Minute)
		assert.Equal(b, "access-1", b.access(b.source))
		advance(59 * time.Second)
		assert.Equal(b, "access-1", b.access(b.source))
		advance(2 * time.Second)
		_, err := b.source.AccessToken(b.Context())
		assert.ErrorIs(b, err, token.ErrRefused, "a call would outlive the token")
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

func TestTokenThatCanStillBeRenewedIsUsedToItsEnd(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errUnavailable })
		advance(week - 2*time.Minute)
		assert.Equal(b, "access-1", b.access(b.source))
		advance(2*time.Minute - time.Second)
		assert.Equal(b, "access-1", b.access(b.source))
	})
}

func TestRefusalOnRecordIsNotAskedForAgain(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.valid = "none" })
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, token.ErrRefused)
		assert.False(b, b.stored().RefusedAt.IsZero())
		restarted := b.newSource()
		_, err = b.expired(restarted, "access-1")
		assert.ErrorIs(b, err, token.ErrRefused)
		assert.ErrorContains(b, err, "must authorize the app again")
		assert.Equal(b, 1, b.platform.refreshes())

		advance(time.Hour) // then a new source may try once, in case the platform was wrong
		b.platform.set(func(p *platform) { p.valid = "refresh-1" })
		_, err = b.expired(restarted, "access-1")
		assert.ErrorIs(b, err, token.ErrRefused, "the one that was told keeps to it")
		got, err := b.expired(b.newSource(), "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		assert.True(b, b.stored().RefusedAt.IsZero())
		advance(time.Minute)
		got, err = b.expired(restarted, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
	})
}

func TestStatusFollowsWhatHappens(t *testing.T) {
	inBubble(t, func(b *bubble) {
		s, told := b.watched()
		cause := errors.New("code 105001")
		for _, step := range []struct {
			name string
			do   func()
			want token.Status
			err  error
		}{
			{"the first look", func() { b.access(s) }, token.StatusActive, nil},
			{"the token host is down", func() {
				b.platform.set(func(p *platform) { p.fail = errUnavailable })
				_, _ = b.expired(s, "access-1")
			}, token.StatusFailing, errUnavailable},
			{"it is back", func() {
				b.platform.set(func(p *platform) { p.fail = nil })
				advance(time.Second)
				_, _ = b.expired(s, "access-1")
			}, token.StatusActive, nil},
			{"the store is down", func() {
				b.store.failSaves(2)
				_, _ = b.expired(s, "access-2")
			}, token.StatusUnsaved, errStoreDown},
			{"it is back", func() {
				b.store.repair()
				advance(time.Second)
			}, token.StatusActive, nil},
			{"the authorization is withdrawn", func() {
				_, _ = s.RenewAccessToken(b.Context(), token.NewSecret("access-3"), cause)
			}, token.StatusRefused, cause},
			{"it is given again",
				func() { require.NoError(b, s.Put(b.Context(), b.platform.authorize())) },
				token.StatusActive, nil},
			{"it is forgotten", func() { require.NoError(b, s.Forget(b.Context())) },
				token.StatusNone, token.ErrNone},
		} {
			step.do()
			synctest.Wait()
			st := s.State()
			assert.Equal(b, step.want, st.Status, step.name)
			assert.True(b, strings.HasSuffix(told.statuses(), step.want.String()),
				"told at once: %s", step.name)
			if step.err == nil {
				assert.NoError(b, st.Err, step.name)
			} else {
				assert.ErrorIs(b, st.Err, step.err, step.name)
			}
		}
		assert.Equal(b, "active, failing, active, unsaved, active, refused, active, none",
			told.statuses())
		assert.True(b, s.State().AccessTokenExpiresAt.IsZero())
	})
}

func TestSourceBehindAnothersLeaseIsActive(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 10 * time.Second })
		advance(week - 23*time.Hour)
		go b.access(b.source)
		synctest.Wait()
		s, told := b.watched()
		b.access(s)
		assert.Equal(b, "active", told.statuses())
		advance(time.Minute)
	})
}

func TestBusyMomentDoesNotMakeAFailingSourceActive(t *testing.T) {
	inBubble(t, func(b *bubble) {
		s, told := b.watched()
		b.access(s)
		b.platform.set(func(p *platform) { p.fail = errUnavailable })
		advance(week - 23*time.Hour)
		b.access(s)
		b.platform.set(func(p *platform) { p.fail, p.delay = nil, 10*time.Second })
		go b.access(b.source)
		advance(2 * time.Second)
		b.access(s) // finds the other's lease
		assert.Equal(b, "active, failing", told.statuses())
		advance(time.Minute)
		b.access(s)
		assert.Equal(b, "active, failing, active", told.statuses())
	})
}

// A hook may use the source, and one that panics does no harm.
func TestHookMayUseTheSource(t *testing.T) {
	inBubble(t, func(b *bubble) {
		var s *token.RefreshingSource
		var told []token.Status
		s = b.newSource(func(o *token.SourceOptions) {
			o.OnChange = func(st token.State) {
				told = append(told, st.Status)
				switch st.Status {
				case token.StatusRefused:
					require.NoError(b, s.Put(b.Context(), b.platform.authorize()))
					assert.Len(b, told, 2, "the change is told when this call is over")
				case token.StatusNone:
					panic("of the hook")
				}
			}
		})
		b.access(s)
		b.platform.set(func(p *platform) { p.valid = "none" })
		_, _ = b.expired(s, "access-1")
		synctest.Wait()
		assert.Equal(b, "access-2", b.access(s))
		require.NoError(b, s.Forget(b.Context()))
		require.NoError(b, s.Put(b.Context(), b.platform.authorize()))
		assert.Equal(b, []token.Status{
			token.StatusActive, token.StatusRefused, token.StatusActive, token.StatusNone,
			token.StatusActive,
		}, told)
		assert.Contains(b, b.logged.String(),
			`msg="tiktokshop: OnChange panicked" open_id=open-1 panic="of the hook"`)
	})
}

func TestStateIsLoggedWhole(t *testing.T) {
	t.Parallel()
	var out logBuffer
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	st := token.State{
		Key: someKey, Status: token.StatusFailing, AccessTokenExpiresAt: at,
		RefreshTokenExpiresAt: at.Add(time.Hour),
		RefreshedAt:           at.Add(2 * time.Hour), TriedAt: at.Add(3 * time.Hour),
		Err: errUnavailable,
	}
	log := slog.New(slog.NewTextHandler(&out, nil))
	log.Info("m", "state", st)
	assert.Contains(t, out.String(),
		`state.open_id=open-1 state.status=failing state.access_token_expires_at=2026-06-01T00:00:00.000Z `+
			`state.refresh_token_expires_at=2026-06-01T01:00:00.000Z state.refreshed_at=2026-06-01T02:00:00.000Z `+
			`state.tried_at=2026-06-01T03:00:00.000Z state.error="HTTP 503"`)
	st.Err = nil
	assert.NotContains(t, fmt.Sprint(st.LogValue()), "error")
}

func TestStatusNames(t *testing.T) {
	t.Parallel()
	for s, name := range map[token.Status]string{
		token.StatusUnknown: "unknown", token.StatusActive: "active",
		token.StatusFailing: "failing", token.StatusUnsaved: "unsaved",
		token.StatusInDoubt: "in doubt", token.StatusRefused: "refused", token.StatusNone: "none",
		7: "status 7", -1: "status -1",
	} {
		assert.Equal(t, name, s.String())
	}
}
