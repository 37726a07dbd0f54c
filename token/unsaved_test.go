package token_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestNewPairIsStoredBeforeItIsUsed(t *testing.T) {
	inBubble(t, func(b *bubble) {
		release := make(chan struct{})
		b.store.setHooks(func(n int) error {
			if n == 2 { // 1 is the lease, 2 the pair
				<-release
			}
			return nil
		}, nil)
		done := b.inBackground(b.source, "access-1")
		advance(5 * time.Second)
		assert.Equal(b, 1, b.platform.refreshes())
		select {
		case got := <-done:
			b.Fatalf("%s was given out before it was stored", got.access)
		default:
		}
		assert.Equal(b, "access-1", b.access(b.source))
		close(release)
		assert.Equal(b, "access-2", (<-done).access)
		assert.Equal(b, "access-2", b.stored().Token.AccessToken.Reveal())
	})
}

func TestPairThatCannotBeStoredIsKept(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.setHooks(func(n int) error {
			if n >= 2 {
				return fmt.Errorf("%w: insert of refresh-2 failed", errStoreDown)
			}
			return nil
		}, nil)
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, errStoreDown)
		secrettest.AssertHides(b.T, err, "refresh-2")
		assert.Equal(b, "access-1", b.stored().Token.AccessToken.Reveal())
		assert.Equal(b, "access-1", b.access(b.source), "calls go on")
		advance(10 * time.Minute)
		assert.Equal(b, 1, b.platform.refreshes(), "not refreshed again")
		b.store.repair()
		other := b.newSource()
		advance(31 * time.Second)
		assert.Equal(b, "access-2", b.access(b.source), "stored by itself when the store was back")
		assert.Equal(b, "access-2", b.access(other))
		assert.Equal(b, "access-2", b.stored().Token.AccessToken.Reveal())
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

func TestRefusalIsInDoubtWhileAnotherMayHaveThePair(t *testing.T) {
	inBubble(t, func(b *bubble) {
		reachable := cutOff(b)
		other := b.newSource(withStore(reachable))
		_, err := b.expired(other, "access-1") // waits for the lease to end and takes it
		assert.ErrorIs(b, err, token.ErrInDoubt)
		assert.NotErrorIs(b, err, token.ErrRefused)
		assert.NotContains(b, err.Error(), "authorize")
		assert.True(b, b.stored().TakenOver)
		assert.Equal(b, token.StatusInDoubt, other.State().Status)
		synctest.Wait() // a change is told when the callers have their answer
		assert.Contains(b, b.logged.String(),
			`level=WARN msg="tiktokshop: refresh token refused, another process may still store the new pair" open_id=open-1 error=`)

		third := b.newSource(withStore(reachable))
		_, err = b.expired(third, "access-1")
		assert.ErrorIs(b, err, token.ErrInDoubt)
		assert.Equal(b, 2, b.platform.refreshes(),
			"the third one was not in need of a refusal of its own")

		b.store.repair()
		advance(time.Minute)
		assert.Equal(b, "access-2", b.access(b.source))
		for _, s := range []*token.RefreshingSource{other, third} {
			got, err := b.expired(s, "access-1")
			require.NoError(b, err)
			assert.Equal(b, "access-2", got)
			assert.Equal(b, token.StatusActive, s.State().Status)
		}
		assert.Equal(b, 2, b.platform.refreshes())
	})
}

// pairless is a store that takes everything but a certain pair.
type pairless struct {
	token.Store
	refuses string
}

func (p *pairless) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	if strings.Contains(string(data), p.refuses) {
		return errStoreDown
	}
	return p.Store.Save(ctx, key, data, version)
}

func TestNothingIsRefreshedWhileAPairWaits(t *testing.T) {
	inBubble(t, func(b *bubble) {
		s := b.newSource(withStore(&pairless{b.store, "access-2"}))
		_, err := b.expired(s, "access-1")
		require.ErrorIs(b, err, errStoreDown)
		advance(5 * time.Second)
		start := time.Now()
		_, err = b.expired(s, "access-1")
		assert.ErrorContains(b, err, "not stored yet")
		assert.Equal(b, 2*time.Second, time.Since(start),
			"the time that a call waits for the store")
		assert.Equal(b, 1, b.platform.refreshes())
		assert.Equal(b, token.StatusUnsaved, s.State().Status)
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		var unsaved *token.UnsavedError
		require.ErrorAs(b, s.Close(ctx), &unsaved)
	})
}

func TestCallDoesNotWaitForTheNextTryToStore(t *testing.T) {
	inBubble(t, func(b *bubble) {
		store := &pairless{b.store, "access-2"}
		s := b.newSource(withStore(store))
		_, err := b.expired(s, "access-1")
		require.Error(b, err)
		advance(10 * time.Minute) // tries are half a minute apart now
		store.refuses = "nothing"
		start := time.Now()
		got, err := b.expired(s, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		assert.Zero(b, time.Since(start))
	})
}

func TestStoringIsTriedTwiceAMinuteAtLeast(t *testing.T) {
	inBubble(t, func(b *bubble) {
		cutOff(b)
		advance(13 * time.Second)
		assert.GreaterOrEqual(b, b.store.saveCount(), 2+7,
			"the pauses double, from a tenth of a second on")
		advance(time.Hour - 13*time.Second)
		// Each try that follows a failure looks at the record first.
		assert.Greater(b, b.store.saveCount(), 120)
		assert.Less(b, b.store.saveCount(), 260)
		b.store.repair()
		require.NoError(b, b.source.Close(b.Context()))
	})
}

func TestRenewalMayFollowAPairThatWasStoredLate(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.setHooks(func(n int) error {
			if n == 2 {
				return errStoreDown
			}
			return nil
		}, nil)
		_, err := b.expired(b.source, "access-1")
		require.Error(b, err)
		advance(100 * time.Millisecond)
		got, err := b.expired(b.source, "access-2")
		require.NoError(b, err, "the pause after the failure is over")
		assert.Equal(b, "access-3", got)
	})
}

// Conflicts without end: somebody changes the record all the time, or a replica hides what is
// there.
func TestSavingThePairIsTriedForTenSeconds(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.setHooks(func(n int) error {
			if n >= 2 {
				return token.ErrConflict
			}
			return nil
		}, nil)
		start := time.Now()
		_, err := b.expired(b.source, "access-1")
		assert.ErrorIs(b, err, token.ErrConflict)
		assert.Equal(b, 10*time.Second, time.Since(start))
		assert.GreaterOrEqual(b, b.store.saveCount(), 2+15, "in pauses up to a second")
		assert.Equal(b, 1, b.platform.refreshes())
		b.store.repair()
		require.NoError(b, b.source.Close(b.Context()))
	})
}

func TestDoubtEnds(t *testing.T) {
	inBubble(t, func(b *bubble) {
		reachable := cutOff(b)
		other := b.newSource(withStore(reachable))
		_, err := b.expired(other, "access-1")
		require.ErrorIs(b, err, token.ErrInDoubt)
		advance(59 * time.Minute)
		_, err = b.expired(other, "access-1")
		assert.ErrorIs(b, err, token.ErrInDoubt)
		advance(2 * time.Minute)
		_, err = b.expired(other, "access-1")
		assert.ErrorIs(b, err, token.ErrRefused)
		assert.ErrorIs(b, err, errRefused, "what the platform said")
		assert.Equal(b, token.StatusRefused, other.State().Status)
		assert.Equal(b, 2, b.platform.refreshes())
		b.store.repair()
		advance(time.Minute)
		got, err := b.expired(other, "access-1")
		require.NoError(b, err, "a pair that comes back after all is used")
		assert.Equal(b, "access-2", got)
	})
}

func TestHolderThatIsCutOffHasTimeToComeBack(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.failSaves(2)
		advance(week - 23*time.Hour)
		b.access(b.source) // renews ahead of time
		require.Equal(b, 1, b.platform.refreshes())
		other := b.newSource(withStore(b.store.Store))
		for range 9 {
			assert.Equal(b, "access-1", b.access(other))
			advance(time.Minute)
		}
		assert.Equal(b, 1, b.platform.refreshes(),
			"the old refresh token is not sent while there is time")
		for range 2 {
			assert.Equal(b, "access-1", b.access(other))
			advance(time.Minute)
		}
		assert.Equal(b, 2, b.platform.refreshes(), "but not for ever")
		b.store.repair()
		advance(time.Minute)
		assert.Equal(b, "access-2", b.access(other))
	})
}

func TestSaveThatSucceededWithoutSayingSo(t *testing.T) {
	t.Run("a new pair", func(t *testing.T) { saveWithoutSayingSo(t, false) })
	t.Run("the refresh token stays", func(t *testing.T) { saveWithoutSayingSo(t, true) })
}

func saveWithoutSayingSo(t *testing.T, bare bool) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.bare = bare })
		b.store.setHooks(nil, func(n int) error {
			if n == 2 {
				return errStoreDown // after the pair is stored
			}
			return nil
		})
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, errStoreDown)
		advance(100 * time.Millisecond)
		assert.Equal(b, "access-2", b.access(b.source))
		assert.NoError(b, b.source.Close(b.Context()))
		assert.Equal(b, 1, b.platform.refreshes())
		assert.Equal(b, 2, b.store.saveCount(), "not saved a second time")
	})
}

func TestPairThatWaitsDoesNotReplaceANewAuthorization(t *testing.T) {
	inBubble(t, func(b *bubble) {
		reachable := cutOff(b)
		again := b.platform.authorize() // access-3
		require.NoError(b, b.newSource(withStore(reachable)).Put(b.Context(), again))
		b.store.repair()
		advance(time.Minute)
		assert.Equal(b, "access-3", b.access(b.source))
		assert.Equal(b, "access-3", b.stored().Token.AccessToken.Reveal())
		require.NoError(b, b.source.Close(b.Context()))
	})
}

func TestPairThatWaitsIsGivenUpForATokenThatWasForgotten(t *testing.T) {
	inBubble(t, func(b *bubble) {
		reachable := cutOff(b)
		require.NoError(b, b.newSource(withStore(reachable)).Forget(b.Context()))
		b.store.repair()
		advance(time.Minute)
		_, err := b.source.AccessToken(b.Context())
		assert.ErrorIs(b, err, token.ErrNone)
		assert.Equal(b, token.StatusNone, b.source.State().Status)
		require.NoError(b, b.source.Close(b.Context()))
	})
}

func TestStoreThatLosesItsContentDuringARefreshGetsThePair(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.setHooks(func(n int) error {
			if n == 2 {
				b.store.Store = token.NewMemoryStore()
			}
			return nil
		}, nil)
		got, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		assert.Equal(b, "access-2", b.stored().Token.AccessToken.Reveal())
	})
}

func TestCloseHandsOutWhatItCouldNotStore(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.failSaves(2)
		_, err := b.expired(b.source, "access-1")
		require.Error(b, err)
		// after the first, nothing stores it any more
		for _, takes := range []time.Duration{time.Minute, 0} {
			ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
			start := time.Now()
			err = b.source.Close(ctx)
			cancel()
			assert.Equal(b, takes, time.Since(start))
			var unsaved *token.UnsavedError
			require.ErrorAs(b, err, &unsaved)
			assert.ErrorIs(b, err, errStoreDown)
			assert.Equal(b, "refresh-2", unsaved.Token.RefreshToken.Reveal())
			secrettest.AssertHides(b.T, err, "refresh-2", "access-2")
		}
	})
}

func TestCloseStoresAtOnce(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.failSaves(2)
		_, err := b.expired(b.source, "access-1")
		require.Error(b, err)
		advance(10 * time.Minute) // the next try is up to half a minute away
		b.store.repair()
		start := time.Now()
		require.NoError(b, b.source.Close(b.Context()))
		assert.Less(b, time.Since(start), time.Second)
		synctest.Wait()
		assert.Equal(b, "access-2", b.stored().Token.AccessToken.Reveal())
	})
}

func TestCloseWaitsForASaveUnderWay(t *testing.T) {
	inBubble(t, func(b *bubble) {
		cutOff(b)
		b.store.setHooks(nil, func(int) error {
			time.Sleep(5 * time.Second) // after the pair is stored
			return nil
		})
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		start := time.Now()
		require.NoError(b, b.source.Close(ctx), "the pair is stored after all")
		assert.Equal(b, 5*time.Second, time.Since(start))
		assert.Equal(b, "access-2", b.access(b.source))
	})
}
