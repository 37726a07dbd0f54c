package token_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestSourceRenewsAheadWithJitter(t *testing.T) {
	inBubble(t, func(b *bubble) {
		assert.Equal(b, "access-1", b.access(b.source))
		advance(week - 30*time.Hour - time.Minute) // margin 24 h, jitter up to 6 h
		assert.Equal(b, "access-1", b.access(b.source))
		assert.Zero(b, b.platform.refreshes())
		advance(6*time.Hour + 2*time.Minute)
		assert.Equal(b, "access-2", b.access(b.source))
		assert.Equal(b, "access-2", b.access(b.source))
		assert.Equal(b, 1, b.platform.refreshes())
		assert.Equal(b, "access-2", b.stored().Token.AccessToken.Reveal())
		assert.False(b, b.stored().Leased)
	})
}

func TestSourcesDoNotRenewTogether(t *testing.T) {
	inBubble(t, func(b *bubble) {
		distinct, earliest := make(map[time.Duration]bool), week
		for range 20 {
			s := b.newSource()
			b.access(s)
			due := token.RenewsIn(s)
			assert.LessOrEqual(b, due, week-24*time.Hour)
			assert.GreaterOrEqual(b, due, week-30*time.Hour)
			distinct[due] = true
			earliest = min(earliest, due)
		}
		assert.Less(b, earliest, week-27*time.Hour, "the jitter is a quarter of 24 hours")
		assert.Greater(b, len(distinct), 10)
	})
}

func TestShortLivedTokenIsRenewedAtHalfTime(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.lifetime = time.Hour })
		require.NoError(b, b.source.Put(b.Context(), b.platform.authorize()))
		advance(29 * time.Minute)
		assert.Equal(b, "access-2", b.access(b.source))
		advance(2 * time.Minute)
		assert.Equal(b, "access-3", b.access(b.source))
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

func TestTokenWithoutAnEndIsNotRenewed(t *testing.T) {
	inBubble(t, func(b *bubble) {
		endless := b.platform.authorize()
		endless.AccessTokenExpiresAt, endless.ReceivedAt = time.Time{}, time.Time{}
		require.NoError(b, b.source.Put(b.Context(), endless))
		advance(100 * week)
		assert.Equal(b, "access-2", b.access(b.source))
		assert.Zero(b, b.platform.refreshes())
	})
}

func TestOneRefreshForManyGoroutines(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = time.Second })
		advance(week)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { assert.Equal(b, "access-2", b.access(b.source)) })
			wg.Go(func() {
				got, err := b.expired(b.source, "access-1")
				assert.NoError(b, err)
				assert.Equal(b, "access-2", got)
			})
		}
		wg.Wait()
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

func TestOneRefreshForManyMachines(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = time.Second })
		advance(week)
		var wg sync.WaitGroup
		for range 10 {
			s := b.newSource()
			for range 5 {
				wg.Go(func() { assert.Equal(b, "access-2", b.access(s)) })
			}
		}
		wg.Wait()
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

func TestOneCallersCancellationIsItsOwn(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 5 * time.Second })
		advance(week)
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		first := make(chan error, 1)
		go func() {
			_, err := b.source.AccessToken(ctx) // this one starts the refresh
			first <- err
		}()
		synctest.Wait()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { assert.Equal(b, "access-2", b.access(b.source)) })
		}
		start := time.Now()
		assert.ErrorIs(b, <-first, context.DeadlineExceeded)
		assert.Equal(b, time.Second, time.Since(start))
		wg.Wait()
		assert.Equal(b, 1, b.platform.refreshes())
		assert.Equal(b, "access-2", b.stored().Token.AccessToken.Reveal())
	})
}

func TestCallsGoOnWhileRefreshFails(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errUnavailable })
		advance(week - 23*time.Hour)
		for range 50 {
			assert.Equal(b, "access-1", b.access(b.source))
		}
		assert.Equal(b, 1, b.platform.refreshes(), "no new try before the back-off is over")
		for range 23*60 - 2 { // minutes
			advance(time.Minute)
			assert.Equal(b, "access-1", b.access(b.source))
		}
		assert.Less(b, b.platform.refreshes(), 23*60+2, "at most one try a minute")
		assert.Greater(b, b.platform.refreshes(), 23*30)
		advance(3 * time.Minute)
		_, err := b.source.AccessToken(b.Context())
		assert.ErrorIs(b, err, errUnavailable, "the token is dead now")
		b.platform.set(func(p *platform) { p.fail = nil })
		advance(time.Minute)
		assert.Equal(b, "access-2", b.access(b.source))
	})
}

func TestCallsDoNotWaitLongForARefreshThatHangs(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = time.Hour })
		advance(week - 23*time.Hour)
		start := time.Now()
		assert.Equal(b, "access-1", b.access(b.source), "the call that started it")
		assert.Equal(b, 2*time.Second, time.Since(start))
		start = time.Now()
		assert.Equal(b, "access-1", b.access(b.source), "the others")
		assert.Zero(b, time.Since(start))
		advance(time.Minute)
		ctx, cancel := context.WithTimeout(b.Context(), 400*time.Millisecond)
		defer cancel()
		start = time.Now()
		_, err := b.source.AccessToken(ctx)
		assert.NoError(b, err, "a call with a deadline keeps time for itself")
		assert.Equal(b, 100*time.Millisecond, time.Since(start))
		advance(time.Minute)
	})
}

func TestRefusedTokenThatWasReplacedIsNotRefreshed(t *testing.T) {
	inBubble(t, func(b *bubble) {
		other := b.newSource()
		assert.Equal(b, "access-1", b.access(other))
		for _, refused := range []struct {
			by   string
			from *token.RefreshingSource
		}{
			{"the one that refreshes", b.source},
			{"another machine, which still has the old one", other},
			{"a goroutine of the first that was late", b.source},
		} {
			got, err := b.expired(refused.from, "access-1")
			require.NoError(b, err, refused.by)
			assert.Equal(b, "access-2", got, refused.by)
		}
		assert.Equal(b, 1, b.platform.refreshes())

		advance(week - 23*time.Hour) // the newer one is due, and good enough
		got, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		got, err = b.expired(b.source, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

func TestInvalidTokenIsReloadedNotRefreshed(t *testing.T) {
	inBubble(t, func(b *bubble) {
		cause := errors.New("code 105001")
		_, err := b.source.RenewAccessToken(b.Context(), token.NewSecret("access-1"), cause)
		assert.Equal(b, cause, err)
		assert.Zero(b, b.platform.refreshes())
		require.NoError(b, b.newSource().Put(b.Context(), b.platform.authorize()))
		got, err := b.source.RenewAccessToken(b.Context(), token.NewSecret("access-1"), cause)
		require.NoError(b, err)
		assert.Equal(b, "access-2", got.Reveal())
		assert.Zero(b, b.platform.refreshes())
	})
}

func TestRefusedRefreshTokenIsNotSentAgain(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.valid = "none" })
		advance(week - 23*time.Hour)
		assert.Equal(b, "access-1", b.access(b.source), "the access token lives on")
		for range 100 {
			advance(time.Minute)
			b.access(b.source)
		}
		assert.Equal(b, 1, b.platform.refreshes())
		advance(24 * time.Hour)
		_, err := b.source.AccessToken(b.Context())
		assert.ErrorIs(b, err, token.ErrRefused)
		assert.NotContains(b, err.Error(), "earlier refresh was lost")
		require.NoError(b, b.source.Put(b.Context(), b.platform.authorize())) // authorized again
		assert.Equal(b, "access-2", b.access(b.source))
	})
}

func TestForgottenToken(t *testing.T) {
	inBubble(t, func(b *bubble) {
		other := b.newSource()
		b.access(other)
		require.NoError(b, b.source.Forget(b.Context()))
		_, err := b.source.AccessToken(b.Context())
		assert.ErrorIs(b, err, token.ErrNone)
		_, err = b.expired(other, "access-1")
		assert.ErrorIs(b, err, token.ErrNone)
		require.NoError(b, b.source.Put(b.Context(), b.platform.authorize()))
		assert.Equal(b, "access-2", b.access(b.source))
		advance(time.Minute)
		assert.Equal(b, "access-2", b.access(other))
	})
}

func TestForgottenDuringARefreshStaysForgotten(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 5 * time.Second })
		done := b.inBackground(b.source, "access-1")
		require.NoError(b, b.newSource().Forget(b.Context()))
		assert.ErrorIs(b, (<-done).err, token.ErrNone)
		for _, s := range []*token.RefreshingSource{b.newSource(), b.source} {
			_, err := s.AccessToken(b.Context())
			assert.ErrorIs(b, err, token.ErrNone)
		}
	})
}

func TestReauthorizationDuringARefreshWins(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 5 * time.Second })
		done := b.inBackground(b.source, "access-1")
		again := b.platform.authorize()
		again.AccessToken = token.NewSecret("authorized-again")
		// which the refresh is on its way with
		b.platform.set(func(p *platform) { p.valid = "refresh-1" })
		require.NoError(b, b.newSource().Put(b.Context(), again))
		assert.Equal(b, "authorized-again", (<-done).access)
		assert.Equal(b, "authorized-again", b.stored().Token.AccessToken.Reveal())
	})
}

func TestStoreThatLostItsContentDoesNotStopALivingToken(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.Store = token.NewMemoryStore()
		advance(week - 23*time.Hour)
		assert.Equal(b, "access-1", b.access(b.source))
		advance(24 * time.Hour)
		_, err := b.source.AccessToken(b.Context())
		assert.ErrorIs(b, err, token.ErrNone)
	})
}

func TestRefreshAnswerWithoutARefreshTokenKeepsTheOldOne(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.bare = true })
		got, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		assert.Equal(b, "refresh-1", b.stored().Token.RefreshToken.Reveal())
		assert.Equal(b, "open-1", b.stored().Token.OpenID)
		assert.False(b, b.stored().Token.RefreshTokenExpiresAt.IsZero())
	})
}

// What a refresh leaves out is what was known before, field by field.
func TestRefreshAnswerIsCompleted(t *testing.T) {
	inBubble(t, func(b *bubble) {
		old := sampleToken()
		old.AccessToken, old.RefreshToken = token.NewSecret("access-1"),
			token.NewSecret("refresh-1")
		old.AccessTokenExpiresAt, old.RefreshTokenExpiresAt = time.Now().Add(week),
			time.Now().Add(2*week)
		answer := token.Token{AccessToken: token.NewSecret("access-2")}
		s, err := token.NewRefreshingSource(
			token.RefresherFunc(func(context.Context, token.Secret) (*token.Token, error) {
				t := answer
				return &t, nil
			}),
			token.SourceOptions{AppKey: someKey.AppKey, OpenID: someKey.OpenID, Store: b.store})
		require.NoError(b, err)
		for _, tc := range []struct {
			name   string
			change func(*token.Token) // of the answer
			want   func(*token.Token) // in what is stored, beside the old token
		}{
			{"nothing but an access token", func(*token.Token) {}, func(*token.Token) {}},
			{"a refresh token", func(t *token.Token) {
				t.RefreshToken, t.RefreshTokenExpiresAt = token.NewSecret("refresh-2"),
					time.Now().Add(week)
			}, func(t *token.Token) {
				t.RefreshToken, t.RefreshTokenExpiresAt = token.NewSecret("refresh-2"),
					time.Now().Add(week)
			}},
			{"an account",
				func(t *token.Token) { t.OpenID, t.UserType = "open-1", token.UserTypeCreator },
				func(t *token.Token) { t.UserType = token.UserTypeCreator }},
			{"a name", func(t *token.Token) { t.SellerName = "New" },
				func(t *token.Token) { t.SellerName = "New" }},
			{"a region", func(t *token.Token) { t.SellerRegion = "US" },
				func(t *token.Token) { t.SellerRegion = "US" }},
			{"scopes", func(t *token.Token) { t.GrantedScopes = []string{"c"} },
				func(t *token.Token) { t.GrantedScopes = []string{"c"} }},
			{"no scopes any more", func(t *token.Token) { t.GrantedScopes = []string{} },
				func(t *token.Token) { t.GrantedScopes = nil }},
		} {
			require.NoError(b, s.Put(b.Context(), &old))
			answer = token.Token{AccessToken: token.NewSecret("access-2"), ReceivedAt: time.Now()}
			tc.change(&answer)
			_, err := b.expired(s, "access-1")
			require.NoError(b, err, tc.name)
			want := old
			want.AccessToken, want.AccessTokenExpiresAt, want.ReceivedAt = answer.AccessToken,
				time.Time{}, answer.ReceivedAt
			tc.want(&want)
			assert.True(b, want.Equal(b.stored().Token), "%s: %+v, want %+v", tc.name,
				b.stored().Token, want)
		}
	})
}

func TestPutLetsTheNextRenewalStartAtOnce(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errUnavailable })
		_, err := b.expired(b.source, "access-1")
		require.Error(b, err)
		require.NoError(b, b.source.Put(b.Context(), b.platform.authorize()))
		b.platform.set(func(p *platform) { p.fail = nil })
		got, err := b.expired(b.source, "access-2")
		require.NoError(b, err)
		assert.Equal(b, "access-3", got)
	})
}

func TestPutOfTheSamePairAllowsAnotherTry(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errRefused })
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, token.ErrRefused)
		same := b.stored().Token
		require.NoError(b, b.source.Put(b.Context(), &same))
		b.platform.set(func(p *platform) { p.fail = nil })
		got, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
	})
}

func TestCloseThatCannotWaitSaysSo(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 10 * time.Second })
		done := b.inBackground(b.source, "access-1")
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		err := b.source.Close(ctx)
		assert.ErrorIs(b, err, context.DeadlineExceeded)
		assert.ErrorContains(b, err, "a refresh is still under way")
		assert.Equal(b, "access-2", (<-done).access, "it goes on")
	})
}

func TestTokenThatIsDeadOnArrivalIsNotRefreshedForEveryCall(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.lifetime = -time.Hour }) // a clock that is far ahead
		_, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		for range 50 {
			assert.Equal(b, "access-2", b.access(b.source))
		}
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

func TestCloseWaitsForTheRefresh(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 10 * time.Second })
		advance(week - 23*time.Hour)
		assert.Equal(b, "access-1", b.access(b.source)) // goes on after 2 s
		require.NoError(b, b.source.Close(b.Context()))
		assert.Equal(b, "access-2", b.stored().Token.AccessToken.Reveal())
		assert.Equal(b, "access-2", b.access(b.source))
		advance(week)
		_, err := b.source.AccessToken(b.Context())
		assert.ErrorContains(b, err, "closed")
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

func TestSourceLogsWhatItDoes(t *testing.T) {
	inBubble(t, func(b *bubble) {
		_, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		b.platform.set(func(p *platform) { p.fail = errUnavailable })
		_, err = b.expired(b.source, "access-2")
		require.Error(b, err)
		advance(time.Minute)
		b.platform.set(func(p *platform) { p.fail = nil })
		b.store.setHooks(func(n int) error {
			if n == 2 {
				return fmt.Errorf("%w while writing refresh-3", errStoreDown)
			}
			return nil
		}, nil)
		_, err = b.expired(b.source, "access-2")
		require.Error(b, err)
		synctest.Wait() // what ends a renewal is told when the callers have their answer
		assert.NotContains(b, b.logged.String(), "OnChange")
		for _, record := range []string{
			`level=INFO msg="tiktokshop: token refreshed" open_id=open-1 access_token_expires_at=`,
			`level=WARN msg="tiktokshop: token not refreshed" open_id=open-1 error=`,
			`level=ERROR msg="tiktokshop: refreshed token not stored, kept in memory" open_id=open-1 error=`,
		} {
			assert.Contains(b, b.logged.String(), record)
		}
		require.NoError(b, b.source.Close(b.Context()))
	})
}

func TestNewRefreshingSourceReportsAllMistakes(t *testing.T) {
	t.Parallel()
	store := token.NewMemoryStore()
	good := token.SourceOptions{AppKey: "a", OpenID: "o", Store: store}
	for _, tc := range []struct {
		name   string
		change func(*token.SourceOptions)
		fields []string
	}{
		{"nothing set", func(o *token.SourceOptions) { *o = token.SourceOptions{} },
			[]string{"AppKey", "OpenID", "Store"}},
		{"an id with a space", func(o *token.SourceOptions) { o.OpenID = "a b" },
			[]string{"OpenID"}},
		{"an id with a control character", func(o *token.SourceOptions) { o.OpenID = "a\x7fb" },
			[]string{"OpenID"}},
		{"an id with other characters", func(o *token.SourceOptions) { o.OpenID = "!\u0080ü" },
			nil},
		{"a store that is a nil pointer",
			func(o *token.SourceOptions) { o.Store = (*token.MemoryStore)(nil) },
			[]string{"Store"}},
		{"negative times",
			func(o *token.SourceOptions) { o.RenewBefore, o.Jitter, o.RefreshTimeout = -1, -1, -1 },
			[]string{"RenewBefore", "Jitter", "RefreshTimeout"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			opts := good
			tc.change(&opts)
			_, err := token.NewRefreshingSource(&platform{}, opts)
			assert.Equal(t, tc.fields, inputFields(err))
		})
	}
	for _, none := range []token.Refresher{nil, token.RefresherFunc(nil), (*platform)(nil)} {
		_, err := token.NewRefreshingSource(none, good)
		assert.Equal(t, []string{"Refresher"}, inputFields(err))
	}
	s, err := token.NewRefreshingSource(&platform{}, good)
	require.NoError(t, err)
	assert.Equal(t, token.Key{AppKey: "a", OpenID: "o"}, s.Key())
}

func TestPutChecksTheToken(t *testing.T) {
	inBubble(t, func(b *bubble) {
		foreign := b.platform.authorize()
		foreign.OpenID = "open-2"
		for _, tc := range []struct {
			name   string
			token  *token.Token
			fields []string
		}{
			{"nil", nil, []string{"token"}},
			{"empty", &token.Token{}, []string{"access token", "refresh token"}},
			{"half", &token.Token{AccessToken: token.NewSecret("a")}, []string{"refresh token"}},
			{"white space",
				&token.Token{AccessToken: token.NewSecret("a b"),
					RefreshToken: token.NewSecret("r")}, []string{"access token"}},
			{"another account's", foreign, []string{"open id"}},
		} {
			assert.Equal(b, tc.fields, inputFields(b.source.Put(b.Context(), tc.token)), tc.name)
		}
		assert.Equal(b, "access-1", b.access(b.source))
		nameless := token.Token{AccessToken: token.NewSecret("a"),
			RefreshToken: token.NewSecret("r")}
		require.NoError(b, b.source.Put(b.Context(), &nameless))
		assert.Equal(b, "open-1", b.stored().Token.OpenID)
		assert.Empty(b, nameless.OpenID, "the caller's token is not changed")
	})
}
