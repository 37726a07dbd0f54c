package tiktokshop_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
)

// renew reports the first token as expired.
func (st *sourceTest) renew(s *tiktokshop.RefreshingTokenSource, old string) (string, error) {
	token, cause := refused(old)
	got, err := s.RenewAccessToken(st.Context(), token, cause)
	return got.Reveal(), err
}

func TestNewPairIsStoredBeforeItIsUsed(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		release := make(chan struct{})
		st.store.set(func(n int) error {
			if n == 2 { // 1 is the lease, 2 the pair
				<-release
			}
			return nil
		}, nil)
		got := make(chan string, 1)
		go func() {
			token, err := st.renew(st.source, "access-1")
			assert.NoError(t, err)
			got <- token
		}()
		advance(5 * time.Second)
		assert.Equal(t, 1, st.host.requests())
		select {
		case token := <-got:
			t.Fatalf("%s was given out before it was stored", token)
		default:
		}
		assert.Equal(t, "access-1", st.token(st.source))
		close(release)
		assert.Equal(t, "access-2", <-got)
		assert.Equal(t, "access-2", st.stored().Token.AccessToken.Reveal())
	})
}

func TestPairThatCannotBeStoredIsKept(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.store.set(func(n int) error {
			if n >= 2 {
				return fmt.Errorf("%w: insert of refresh-2 failed", errStoreDown)
			}
			return nil
		}, nil)
		_, err := st.renew(st.source, "access-1")
		require.ErrorIs(t, err, errStoreDown)
		assertHides(t, err, "refresh-2")
		assert.Equal(t, "access-1", st.stored().Token.AccessToken.Reveal())
		assert.Equal(t, "access-1", st.token(st.source), "calls go on")
		advance(10 * time.Minute)
		assert.Equal(t, 1, st.host.requests(), "not refreshed again")
		st.store.set(nil, nil)
		other := st.another()
		advance(31 * time.Second)
		assert.Equal(t, "access-2", st.token(st.source), "stored by itself when the store was back")
		assert.Equal(t, "access-2", st.token(other))
		assert.Equal(t, "access-2", st.stored().Token.AccessToken.Reveal())
		assert.Equal(t, 1, st.host.requests())
	})
}

func TestUnsavedPairSurvivesAnotherMachinesTry(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.store.set(func(n int) error { // of this machine; the other one reaches the store
			if n >= 2 {
				return errStoreDown
			}
			return nil
		}, nil)
		_, err := st.renew(st.source, "access-1")
		require.ErrorIs(t, err, errStoreDown)
		other := st.anotherOn(st.store.TokenStore)
		_, err = st.renew(other, "access-1") // waits for the lease to end and takes it
		require.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid)
		assert.ErrorContains(t, err, "earlier refresh was lost")
		st.store.set(nil, nil)
		advance(31 * time.Second)
		assert.Equal(t, "access-2", st.token(st.source))
		got, err := st.renew(other, "access-1")
		require.NoError(t, err)
		assert.Equal(t, "access-2", got)
		assert.Equal(t, 2, st.host.requests())
	})
}

func TestSaveThatSucceededWithoutSayingSo(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.store.set(nil, func(n int) error {
			if n == 2 {
				return errStoreDown // after the pair is stored
			}
			return nil
		})
		_, err := st.renew(st.source, "access-1")
		require.ErrorIs(t, err, errStoreDown)
		advance(time.Second)
		assert.Equal(t, "access-2", st.token(st.source))
		assert.NoError(t, st.source.Close(t.Context()))
		assert.Equal(t, 1, st.host.requests())
	})
}

func TestCloseWaitsForTheRefresh(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.delay = 10 * time.Second
		advance(week - 23*time.Hour)
		assert.Equal(t, "access-1", st.token(st.source)) // goes on after 2 s
		require.NoError(t, st.source.Close(t.Context()))
		assert.Equal(t, "access-2", st.stored().Token.AccessToken.Reveal())
		assert.Equal(t, "access-2", st.token(st.source))
		advance(week)
		_, err := st.source.AccessToken(t.Context())
		assert.ErrorContains(t, err, "closed")
		assert.Equal(t, 1, st.host.requests())
	})
}

func TestCloseHandsOutWhatItCouldNotStore(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.store.set(func(n int) error {
			if n >= 2 {
				return errStoreDown
			}
			return nil
		}, nil)
		_, err := st.renew(st.source, "access-1")
		require.Error(t, err)
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			err = st.source.Close(ctx)
			cancel()
			var unsaved *tiktokshop.UnsavedTokenError
			require.ErrorAs(t, err, &unsaved)
			assert.ErrorIs(t, err, errStoreDown)
			assert.Equal(t, "refresh-2", unsaved.Token.RefreshToken.Reveal())
			assertHides(t, err, "refresh-2", "access-2")
		}
	})
}

func TestDeadProcessHoldsOthersUpForItsLeaseOnly(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		// The lease, and then nothing: the release fails, the process is gone.
		st.host.set(func() { st.host.failWith = func() (*http.Response, error) { return nil, errStoreDown } })
		st.store.set(func(n int) error {
			if n == 2 {
				return errStoreDown
			}
			return nil
		}, nil)
		_, err := st.renew(st.source, "access-1")
		require.Error(t, err)
		assert.True(t, st.stored().Leased)
		st.host.set(func() { st.host.failWith = nil })
		advance(week) // clocks do not matter, only how long the record stays as it is, seen from here

		start := time.Now()
		assert.Equal(t, "access-2", st.token(st.another()))
		assert.GreaterOrEqual(t, time.Since(start), 30*time.Second)
		assert.Less(t, time.Since(start), 31*time.Second)
		assert.Equal(t, 2, st.host.requests())
		assert.False(t, st.stored().Leased)
		assert.False(t, st.stored().Unanswered)
	})
}

func TestLeaseOfAnotherDoesNotHoldUpCallsWithALivingToken(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.delay = 10 * time.Second
		advance(week - 23*time.Hour)
		go st.token(st.source)
		time.Sleep(time.Second)
		start := time.Now()
		assert.Equal(t, "access-1", st.token(st.another()))
		assert.Zero(t, time.Since(start))
		advance(time.Minute)
		assert.Equal(t, 1, st.host.requests())
	})
}

// A lost answer: the platform has rotated, and nobody has the new pair. Nothing can be done but to try the old one, and to say so.
func TestLostAnswer(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.loseNext = true
		_, err := st.renew(st.source, "access-1")
		var lost *tiktokshop.TransportError
		require.ErrorAs(t, err, &lost)
		assert.True(t, st.stored().Unanswered)
		assert.False(t, st.stored().Leased, "others may try")
		assert.Equal(t, 1, st.host.requests(), "not tried again at once")
		_, err = st.renew(st.source, "access-1")
		assert.ErrorAs(t, err, &lost, "nor during the back-off")
		assert.Equal(t, 1, st.host.requests())
		advance(2 * time.Second)
		_, err = st.renew(st.source, "access-1")
		assert.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid)
		assert.ErrorContains(t, err, "earlier refresh was lost")
		assert.Equal(t, "access-1", st.token(st.source), "by the clock it lives: calls go on, and report what the platform says")
	})
}

func TestLostAnswerOfAPlatformThatKeepsOldTokens(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.loseNext = true
		_, err := st.renew(st.source, "access-1")
		require.Error(t, err)
		st.host.set(func() { st.host.valid = "refresh-1" })
		advance(2 * time.Second)
		got, err := st.renew(st.source, "access-1")
		require.NoError(t, err)
		assert.Equal(t, "access-3", got)
		assert.False(t, st.stored().Unanswered)
	})
}

func TestReauthorizationDuringARefreshWins(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.delay = 5 * time.Second
		done := make(chan string, 1)
		go func() {
			got, _ := st.renew(st.source, "access-1")
			done <- got
		}()
		time.Sleep(time.Second)
		fresh := st.host.first()
		fresh.AccessToken = tiktokshop.NewSecret("authorized-again")
		st.host.set(func() { st.host.valid = "refresh-1" }) // which the refresh is on its way with
		require.NoError(t, st.another().Put(t.Context(), fresh))
		assert.Equal(t, "authorized-again", <-done)
		assert.Equal(t, "authorized-again", st.stored().Token.AccessToken.Reveal())
	})
}

func TestForgottenDuringARefreshStaysForgotten(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.delay = 5 * time.Second
		done := make(chan error, 1)
		go func() {
			_, err := st.renew(st.source, "access-1")
			done <- err
		}()
		time.Sleep(time.Second)
		require.NoError(t, st.another().Forget(t.Context()))
		assert.ErrorIs(t, <-done, tiktokshop.ErrNoToken)
		_, err := st.another().AccessToken(t.Context())
		assert.ErrorIs(t, err, tiktokshop.ErrNoToken)
		_, err = st.source.AccessToken(t.Context())
		assert.ErrorIs(t, err, tiktokshop.ErrNoToken)
	})
}

func TestStoreThatLosesItsContentDuringARefreshGetsThePair(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.store.set(func(n int) error {
			if n == 2 {
				st.store.TokenStore = tiktokshop.NewMemoryTokenStore()
			}
			return nil
		}, nil)
		got, err := st.renew(st.source, "access-1")
		require.NoError(t, err)
		assert.Equal(t, "access-2", got)
		assert.Equal(t, "access-2", st.stored().Token.AccessToken.Reveal())
	})
}

func TestRefreshAnswerWithoutARefreshTokenKeepsTheOldOne(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.failWith = func() (*http.Response, error) {
			return answer(200, fmt.Sprintf(`{"code":0,"data":{"access_token":"bare","access_token_expire_in":%d}}`, time.Now().Add(week).Unix())), nil
		}
		got, err := st.renew(st.source, "access-1")
		require.NoError(t, err)
		assert.Equal(t, "bare", got)
		assert.Equal(t, "refresh-1", st.stored().Token.RefreshToken.Reveal())
		assert.Equal(t, "open-1", st.stored().Token.OpenID)
	})
}

func TestTokenThatIsDeadOnArrivalIsNotRefreshedForEveryCall(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.set(func() { st.host.lifetime = -time.Hour }) // a clock that is far ahead
		_, err := st.renew(st.source, "access-1")
		require.NoError(t, err)
		for range 50 {
			assert.Equal(t, "access-2", st.token(st.source))
		}
		assert.Equal(t, 1, st.host.requests())
	})
}

func TestStoreThatLostItsContentDoesNotStopALivingToken(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.store.TokenStore = tiktokshop.NewMemoryTokenStore()
		advance(week - 23*time.Hour)
		assert.Equal(t, "access-1", st.token(st.source))
		advance(24 * time.Hour)
		_, err := st.source.AccessToken(t.Context())
		assert.ErrorIs(t, err, tiktokshop.ErrNoToken)
	})
}

func TestSourceLogsWhatItDoes(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		_, err := st.renew(st.source, "access-1")
		require.NoError(t, err)
		assert.Contains(t, st.logged.String(), `level=INFO msg="tiktokshop: token refreshed" open_id=open-1 access_token_expires_at=`)
		st.host.set(func() { st.host.failWith = func() (*http.Response, error) { return answer(503, "access-9"), nil } })
		_, err = st.renew(st.source, "access-2")
		require.Error(t, err)
		assert.Contains(t, st.logged.String(), `level=WARN msg="tiktokshop: token not refreshed" open_id=open-1 error=`)
		advance(time.Minute)
		st.host.set(func() { st.host.failWith = nil })
		st.store.set(func(n int) error {
			if n == 2 {
				return fmt.Errorf("%w while writing refresh-3", errStoreDown)
			}
			return nil
		}, nil)
		_, err = st.renew(st.source, "access-2")
		require.Error(t, err)
		assert.Contains(t, st.logged.String(), `level=ERROR msg="tiktokshop: refreshed token not stored, kept in memory" open_id=open-1 error=`)
		require.NoError(t, st.source.Close(t.Context()))
	})
}
