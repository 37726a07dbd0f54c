package token_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
		assertHides(b.T, err, "refresh-2")
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

func TestUnsavedPairSurvivesAnotherMachinesTry(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.failSaves(2) // of this machine; the other one reaches the store
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, errStoreDown)
		other := b.newSource(withStore(b.store.Store))
		_, err = b.expired(other, "access-1") // waits for the lease to end and takes it
		require.ErrorIs(b, err, token.ErrRefused)
		assert.ErrorContains(b, err, "earlier refresh was lost")
		b.store.repair()
		advance(31 * time.Second)
		assert.Equal(b, "access-2", b.access(b.source))
		got, err := b.expired(other, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		assert.Equal(b, 2, b.platform.refreshes())
	})
}

func TestSaveThatSucceededWithoutSayingSo(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.setHooks(nil, func(n int) error {
			if n == 2 {
				return errStoreDown // after the pair is stored
			}
			return nil
		})
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, errStoreDown)
		advance(time.Second)
		assert.Equal(b, "access-2", b.access(b.source))
		assert.NoError(b, b.source.Close(b.Context()))
		assert.Equal(b, 1, b.platform.refreshes())
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
		for range 2 {
			ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
			err = b.source.Close(ctx)
			cancel()
			var unsaved *token.UnsavedError
			require.ErrorAs(b, err, &unsaved)
			assert.ErrorIs(b, err, errStoreDown)
			assert.Equal(b, "refresh-2", unsaved.Token.RefreshToken.Reveal())
			assertHides(b.T, err, "refresh-2", "access-2")
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
