package token_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

var errInvalid = errors.New("code 105001") // of a token that a refresh does not help

// hanging is a store whose loads or saves hang, as long as their context lets them.
type hanging struct {
	token.Store
	loads bool
	saves int // that still succeed, -1 for all of them
}

func (h *hanging) Load(ctx context.Context, key token.Key) ([]byte, int64, error) {
	if h.loads {
		<-ctx.Done()
		return nil, 0, ctx.Err()
	}
	return h.Store.Load(ctx, key)
}

func (h *hanging) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	if h.saves == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	h.saves--
	return h.Store.Save(ctx, key, data, version)
}

func TestStoreThatHangsIsNotWaitedForForEver(t *testing.T) {
	for _, tc := range []struct {
		name  string
		store hanging
		do    func(*bubble, *token.RefreshingSource) error
		took  time.Duration
	}{
		{"a load", hanging{loads: true, saves: -1},
			func(b *bubble, s *token.RefreshingSource) error {
				_, err := s.AccessToken(b.Context())
				return err
			}, 10 * time.Second},
		{"the lease", hanging{saves: 0}, func(b *bubble, s *token.RefreshingSource) error {
			_, err := b.expired(s, "access-1")
			return err
		}, 7500 * time.Millisecond},
		{"the pair", hanging{saves: 1}, func(b *bubble, s *token.RefreshingSource) error {
			_, err := b.expired(s, "access-1")
			return err
		}, 10 * time.Second},
		{"the end of a lease", hanging{saves: 1}, func(b *bubble, s *token.RefreshingSource) error {
			b.platform.set(func(p *platform) { p.fail = context.DeadlineExceeded })
			_, err := b.expired(s, "access-1")
			return err
		}, 10 * time.Second},
		{"a Put", hanging{saves: 0}, func(b *bubble, s *token.RefreshingSource) error {
			return s.Put(b.Context(), b.platform.authorize())
		}, 10 * time.Second},
		{"a Forget", hanging{saves: 0}, func(b *bubble, s *token.RefreshingSource) error {
			return s.Forget(b.Context())
		}, 10 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				tc.store.Store = b.store.Store
				s := b.newSource(withStore(&tc.store))
				start := time.Now()
				assert.ErrorIs(b, tc.do(b, s), context.DeadlineExceeded)
				assert.Equal(b, tc.took, time.Since(start))
				tc.store.saves, tc.store.loads = -1, false
				require.NoError(b, s.Close(b.Context()))
			})
		})
	}
}

func TestLeaseIsSavedWithinTenSecondsWhateverTheRefreshTimeout(t *testing.T) {
	inBubble(t, func(b *bubble) {
		s := b.newSource(withStore(&hanging{Store: b.store.Store}),
			func(o *token.SourceOptions) { o.RefreshTimeout = time.Minute })
		start := time.Now()
		_, err := b.expired(s, "access-1")
		assert.ErrorIs(b, err, context.DeadlineExceeded)
		assert.Equal(b, 10*time.Second, time.Since(start))
	})
}

func TestPutAndForgetReportAStoreThatFails(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.failSaves(1)
		assert.ErrorIs(b, b.source.Put(b.Context(), b.platform.authorize()), errStoreDown)
		assert.ErrorIs(b, b.source.Forget(b.Context()), errStoreDown)
		assert.Equal(b, "access-1", b.access(b.source))
		assert.Equal(b, token.StatusActive, b.source.State().Status)
	})
}

func TestRecordsThatCannotBeReadAreLeftAlone(t *testing.T) {
	for _, tc := range []struct{ name, data, says string }{
		{"not a record", `secret-1`, "is it encrypted?"},
		{"a newer format", `{"format":2,"token":{"access_token":"secret-1"}}`,
			"has format 2, this version of the SDK reads 1"},
		{"no refresh token", `{"format":1,"token":{"access_token":"secret-1"}}`,
			"damaged: token: refresh token is empty"},
		{"white space in the access token",
			`{"format":1,"token":{"access_token":"secret-1 ","refresh_token":"r"}}`,
			"damaged: token: access token contains white space"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				require.NoError(b, b.store.Save(b.Context(), someKey, []byte(tc.data), 1))
				s := b.newSource()
				_, err := s.AccessToken(b.Context())
				assert.ErrorContains(b, err, tc.says)
				secrettest.AssertHides(b.T, err, "secret-1")
				_, err = b.expired(s, "access-1")
				assert.Error(b, err)
				data, version, err := b.store.Load(b.Context(), someKey)
				require.NoError(b, err)
				assert.Equal(b, tc.data, string(data))
				assert.Equal(b, int64(2), version)
				assert.Zero(b, b.platform.refreshes())
			})
		})
	}
}

// What a Refresher returns is looked at before it takes the place of the old pair.
func TestRefresherThatReturnsNoToken(t *testing.T) {
	for _, tc := range []struct {
		name string
		t    *token.Token
		says string
	}{
		{"nothing", nil, "no token and no error"},
		{"no access token", &token.Token{RefreshToken: token.NewSecret("r")},
			"access token is empty"},
		{"neither", &token.Token{}, "access token is empty"},
		{"a refresh token with white space",
			&token.Token{AccessToken: token.NewSecret("a"), RefreshToken: token.NewSecret("r r")},
			"refresh token contains white space"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				s, err := token.NewRefreshingSource(
					token.RefresherFunc(func(context.Context, token.Secret) (*token.Token, error) {
						return tc.t, nil
					}),
					token.SourceOptions{AppKey: someKey.AppKey, OpenID: someKey.OpenID,
						Store: b.store})
				require.NoError(b, err)
				_, err = b.expired(s, "access-1")
				assert.ErrorContains(b, err, tc.says)
				assert.Equal(b, "access-1", b.stored().Token.AccessToken.Reveal())
				assert.True(b, b.stored().Unanswered)
			})
		})
	}
}

func TestRefreshThatReturnsTheRefusedTokenIsNoHelp(t *testing.T) {
	inBubble(t, func(b *bubble) {
		s, err := token.NewRefreshingSource(
			token.RefresherFunc(func(context.Context, token.Secret) (*token.Token, error) {
				return &token.Token{AccessToken: token.NewSecret("access-1"),
					RefreshToken: token.NewSecret("refresh-2")}, nil
			}),
			token.SourceOptions{AppKey: someKey.AppKey, OpenID: someKey.OpenID, Store: b.store})
		require.NoError(b, err)
		_, err = b.expired(s, "access-1")
		assert.ErrorContains(b, err, "and so was its refreshed one")
		assert.Equal(b, "refresh-2", b.stored().Token.RefreshToken.Reveal())
	})
}

func TestFailureOfTheTokenHostIsNotCalledATimeLimit(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errUnavailable })
		_, err := b.expired(b.source, "access-1")
		assert.Equal(b, errUnavailable, err)
	})
}

// Contexts are released when what they are for is over.
func TestContextsEnd(t *testing.T) {
	inBubble(t, func(b *bubble) {
		seen := &contexts{T: b.T, Store: b.store, refresher: b.platform}
		s, err := token.NewRefreshingSource(seen,
			token.SourceOptions{AppKey: someKey.AppKey, OpenID: someKey.OpenID, Store: seen})
		require.NoError(b, err)
		_, err = b.expired(s, "access-1")
		require.NoError(b, err)
		require.Len(b, seen.all, 4, "load, lease, refresh, pair")
		synctest.Wait()
		for i, ctx := range seen.all {
			assert.ErrorIs(b, ctx.Err(), context.Canceled, "%d", i)
		}
	})
}

// contexts remembers the contexts that a source passes. Each has ended when the next is passed.
type contexts struct {
	*testing.T
	token.Store
	refresher token.Refresher
	all       []context.Context
}

func (c *contexts) passed(ctx context.Context) {
	for i, earlier := range c.all {
		assert.ErrorIs(c, earlier.Err(), context.Canceled, "%d", i)
	}
	c.all = append(c.all, ctx)
}

func (c *contexts) Load(ctx context.Context, key token.Key) ([]byte, int64, error) {
	c.passed(ctx)
	return c.Store.Load(ctx, key)
}

func (c *contexts) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	c.passed(ctx)
	return c.Store.Save(ctx, key, data, version)
}

func (c *contexts) Refresh(ctx context.Context, refreshToken token.Secret) (*token.Token, error) {
	c.passed(ctx)
	return c.refresher.Refresh(ctx, refreshToken)
}

func TestRefusalAfterANewAuthorizationIsNone(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 5 * time.Second })
		done := b.inBackground(b.source, "access-1")
		// refresh-1 is void now
		require.NoError(b, b.newSource().Put(b.Context(), b.platform.authorize()))
		got := <-done
		require.NoError(b, got.err)
		assert.Equal(b, "access-2", got.access)
		assert.Equal(b, "access-2", b.access(b.source))
		assert.Equal(b, token.StatusActive, b.source.State().Status)
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

// A caller that comes upon a renewal which another caller started for a lesser reason starts its
// own after it.
func TestCallerWithAnotherReasonStartsARenewalOfItsOwn(t *testing.T) {
	inBubble(t, func(b *bubble) {
		slow := &slowLoads{Store: b.store.Store}
		s := b.newSource(withStore(slow))
		b.access(s)
		slow.delay = time.Second
		reload := make(chan error, 1)
		go func() {
			_, err := s.RenewAccessToken(b.Context(), token.NewSecret("access-1"), errInvalid)
			reload <- err
		}()
		synctest.Wait()
		done := b.inBackground(s, "access-1")
		assert.Equal(b, errInvalid, <-reload)
		got := <-done
		require.NoError(b, got.err)
		assert.Equal(b, "access-2", got.access)
	})
}

type slowLoads struct {
	token.Store
	delay time.Duration
}

func (s *slowLoads) Load(ctx context.Context, key token.Key) ([]byte, int64, error) {
	time.Sleep(s.delay)
	return s.Store.Load(ctx, key)
}

func TestReloadLooksOnce(t *testing.T) {
	inBubble(t, func(b *bubble) {
		before := b.store.loadCount()
		_, err := b.source.RenewAccessToken(b.Context(), token.NewSecret("access-1"), errInvalid)
		assert.Equal(b, errInvalid, err)
		assert.Equal(b, before+1, b.store.loadCount())
	})
}

func TestReloadThatFailsSaysNothingAboutTheToken(t *testing.T) {
	inBubble(t, func(b *bubble) {
		s := b.newSource(withStore(&hanging{Store: b.store.Store, loads: true, saves: -1}))
		_, err := s.RenewAccessToken(b.Context(), token.NewSecret("access-1"), errInvalid)
		assert.Equal(b, errInvalid, err)
		assert.Equal(b, token.StatusUnknown, s.State().Status)
	})
}

func TestClosedSourceReportsTheRefusalOfTheCall(t *testing.T) {
	inBubble(t, func(b *bubble) {
		require.NoError(b, b.source.Close(b.Context()))
		_, err := b.source.RenewAccessToken(b.Context(), token.NewSecret("access-1"), errInvalid)
		assert.Equal(b, errInvalid, err)
		_, err = b.expired(b.source, "access-1")
		assert.ErrorContains(b, err, "closed")
		assert.Equal(b, "access-1", b.access(b.source))
	})
}

func TestRefusedCallIsNotHeldUpByABusyMoment(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 5 * time.Second })
		advance(week - 23*time.Hour)
		go b.access(b.source)
		synctest.Wait()
		other := b.newSource()
		before := b.store.loadCount()
		for range 50 {
			assert.Equal(b, "access-1", b.access(other),
				"another process refreshes, and calls go on")
		}
		assert.Equal(b, before+1, b.store.loadCount(), "one look in a second")
		advance(time.Second)
		assert.Equal(b, "access-1", b.access(other))
		assert.Equal(b, before+2, b.store.loadCount())
		got, err := b.expired(other, "access-1") // a call that has no token to go on with waits
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

func TestLeaseThatDoesNotEndIsWaitedForWithinBounds(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errUnsent })
		holder := b.newSource(func(o *token.SourceOptions) { o.RefreshTimeout = time.Hour })
		b.store.failSaves(2)
		_, err := b.expired(holder, "access-1")
		require.Error(b, err)
		require.True(b, b.stored().Leased)
		b.store.repair()
		start := time.Now()
		_, err = b.expired(b.source, "access-1")
		assert.ErrorContains(b, err, "another process is refreshing")
		assert.Equal(b, 70*time.Second, time.Since(start), "a lease, two requests and a save")
	})
}

func TestPausesStartAnewAfterASuccess(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errUnavailable })
		for range 6 {
			_, _ = b.expired(b.source, "access-1")
			advance(time.Minute)
		}
		b.platform.set(func(p *platform) { p.fail = nil })
		_, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		b.platform.set(func(p *platform) { p.fail = errUnavailable })
		_, _ = b.expired(b.source, "access-2")
		n := b.platform.refreshes()
		advance(1100 * time.Millisecond)
		_, _ = b.expired(b.source, "access-2")
		assert.Equal(b, n+1, b.platform.refreshes())
	})
}

func TestPausesGrowAndEndAtAMinute(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errUnavailable })
		_, _ = b.expired(b.source, "access-1")
		for _, seconds := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
			n, start := b.platform.refreshes(), time.Now()
			for b.platform.refreshes() == n {
				advance(10 * time.Millisecond)
				_, _ = b.expired(b.source, "access-1")
			}
			assert.GreaterOrEqual(b, time.Since(start), seconds*time.Second/2, "%d", seconds)
			assert.LessOrEqual(b, time.Since(start), seconds*time.Second+20*time.Millisecond, "%d",
				seconds)
		}
	})
}

func TestPutMakesAnOlderReadStale(t *testing.T) {
	inBubble(t, func(b *bubble) {
		data, _, err := b.store.Load(b.Context(), someKey)
		require.NoError(b, err)
		replica := token.NewMemoryStore()
		require.NoError(b, replica.Save(b.Context(), someKey, data, 0))
		advance(time.Second)
		require.NoError(b, b.source.Put(b.Context(), b.platform.authorize()))
		b.store.mu.Lock()
		b.store.stale = replica
		b.store.mu.Unlock()
		ctx, cancel := context.WithTimeout(b.Context(), 4*time.Second)
		defer cancel()
		_, err = b.source.RenewAccessToken(ctx, token.NewSecret("access-2"), errInvalid)
		assert.ErrorIs(b, err, context.DeadlineExceeded, "the replica is given time")
		assert.Equal(b, "access-2", b.access(b.source))
		b.store.mu.Lock()
		b.store.stale = nil
		b.store.mu.Unlock()
		advance(10 * time.Second)
		assert.Equal(b, "access-2", b.access(b.source))
	})
}
