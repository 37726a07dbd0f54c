package token_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestDeadProcessHoldsOthersUpForItsLeaseOnly(t *testing.T) {
	inBubble(t, func(b *bubble) {
		// The lease, and then nothing: the release fails, the process is gone.
		b.platform.set(func(p *platform) { p.fail = errUnsent })
		b.store.failSaves(2)
		_, err := b.expired(b.source, "access-1")
		require.Error(b, err)
		b.store.repair()
		assert.True(b, b.stored().Leased)
		b.platform.set(func(p *platform) { p.fail = nil })
		// clocks do not matter, only how long the record stays as it is, seen from here
		advance(week)

		start := time.Now()
		assert.Equal(b, "access-2", b.access(b.newSource()))
		assert.GreaterOrEqual(b, time.Since(start), 30*time.Second)
		assert.Less(b, time.Since(start), 31*time.Second)
		assert.Greater(b, b.store.loadCount(), 140, "looked for five times a second")
		assert.Equal(b, 2, b.platform.refreshes())
		assert.False(b, b.stored().Leased)
		assert.False(b, b.stored().Unanswered)
	})
}

// A store that is slow with the lease must not take the time that the answer needs.
func TestSlowStoreDoesNotCostThePair(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 14 * time.Second }) // of 15
		b.store.setHooks(nil, func(save int) error {
			if save == 1 {
				// all that it may take, and others see the lease already
				time.Sleep(7500 * time.Millisecond)
			}
			return nil
		})
		done := b.inBackground(b.source, "access-1")
		got, err := b.expired(b.newSource(), "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		assert.Equal(b, "access-2", (<-done).access)
		assert.Equal(b, 1, b.platform.refreshes(), "all of it was within the lease")
	})
}

func TestRefreshTokenIsNotSentUnderALeaseThatIsNearlyOver(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.setHooks(nil, func(save int) error {
			if save == 1 {
				// as long as the process is frozen; the save itself was in time
				time.Sleep(8 * time.Second)
			}
			return nil
		})
		_, err := b.expired(b.source, "access-1")
		assert.ErrorContains(b, err, "too late for the refresh")
		assert.Zero(b, b.platform.refreshes())
		assert.False(b, b.stored().Leased)
		assert.False(b, b.stored().Unanswered)
		assert.False(b, b.stored().TakenOver)
		advance(2 * time.Second)
		got, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
	})
}

func TestLateLeaseRemembersWhoseItTookOver(t *testing.T) {
	inBubble(t, func(b *bubble) {
		reachable := cutOff(b) // holds a lease, and the new pair
		slow := &flakyStore{Store: reachable}
		slow.setHooks(nil, func(save int) error {
			if save == 1 {
				time.Sleep(8 * time.Second)
			}
			return nil
		})
		other := b.newSource(withStore(slow))
		_, err := b.expired(other, "access-1")
		require.ErrorContains(b, err, "too late")
		assert.True(b, b.stored().TakenOver)
		advance(2 * time.Second)
		_, err = b.expired(other, "access-1")
		assert.ErrorIs(b, err, token.ErrInDoubt)
		b.store.repair()
		advance(time.Minute)
		assert.Equal(b, "access-2", b.access(b.source))
	})
}

func TestLeaseThatCannotBeSavedInTimeIsNotUsed(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.store.Store = hangingStore{b.store.Store}
		start := time.Now()
		_, err := b.expired(b.source, "access-1")
		assert.ErrorIs(b, err, context.DeadlineExceeded)
		assert.Equal(b, 7500*time.Millisecond, time.Since(start))
		assert.Zero(b, b.platform.refreshes())
	})
}

// hangingStore saves nothing.
type hangingStore struct{ token.Store }

func (hangingStore) Save(ctx context.Context, _ token.Key, _ []byte, _ int64) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestRefreshThatIsNotAnsweredEnds(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = time.Hour })
		start := time.Now()
		_, err := b.expired(b.source, "access-1")
		assert.ErrorContains(b, err, "no answer to the refresh within 15s")
		assert.Equal(b, 15*time.Second, time.Since(start))
		assert.True(b, b.stored().Unanswered)
		assert.False(b, b.stored().Leased)
	})
}

// The source itself comes back to a lease that it could not give back: it waits for nobody.
func TestOwnLeaseThatIsLeftOverHoldsNobodyUp(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errUnsent })
		b.store.failSaves(2)
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, errUnsent)
		require.True(b, b.stored().Leased)
		b.platform.set(func(p *platform) { p.fail = nil })
		b.store.repair()
		advance(time.Second) // the back-off
		start := time.Now()
		got, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-2", got)
		assert.Zero(b, time.Since(start))
	})
}

func TestRefusalAfterAnOwnLeaseThatWasLeftOverIsNotInDoubt(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errLost })
		b.store.failSaves(2)
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, errLost)
		b.platform.set(func(p *platform) { p.fail = errRefused })
		b.store.repair()
		advance(time.Second)
		_, err = b.expired(b.source, "access-1")
		assert.ErrorIs(b, err, token.ErrRefused)
		assert.ErrorContains(b, err, "earlier refresh was lost")
		assert.False(b, b.stored().TakenOver)
	})
}

// A store that was emptied and filled again counts its versions from the start: a lease there is
// not the one that was watched in its earlier life, whoever has it.
func TestLeaseOfAnEarlierLifeOfTheStore(t *testing.T) {
	for _, tc := range []struct {
		name   string
		holder func(*bubble) *token.RefreshingSource // of the lease in the second life
	}{
		{"another process", func(b *bubble) *token.RefreshingSource { return b.newSource() }},
		{"the same process", func(b *bubble) *token.RefreshingSource { return b.source }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				b.platform.set(func(p *platform) { p.fail = errUnsent })
				b.store.failSaves(2)
				_, err := b.expired(b.source, "access-1") // leaves a lease, version 2
				require.Error(b, err)
				b.store.repair()
				b.platform.set(func(p *platform) { p.fail, p.delay = nil, 10*time.Second })
				watcher := b.newSource()
				ctx, cancel := context.WithTimeout(b.Context(), 29*time.Second)
				defer cancel()
				_, err = watcher.RenewAccessToken(ctx, token.NewSecret("access-1"),
					token.ErrExpired)
				require.ErrorIs(b, err, context.DeadlineExceeded)

				b.store.mu.Lock()
				b.store.Store = token.NewMemoryStore()
				b.store.mu.Unlock()
				holder := tc.holder(b)
				require.NoError(b, holder.Put(b.Context(), b.platform.authorize())) // access-2
				// has the lease, version 2
				done := b.inBackground(holder, "access-2")
				// 34 s after the watcher saw the first
				advance(5 * time.Second)
				_, err = b.expired(watcher, "access-2")
				require.NoError(b, err)
				require.NoError(b, (<-done).err)
				assert.Equal(b, 2, b.platform.refreshes(), "one of each life")
			})
		})
	}
}

func TestSecondLeaseOfAnOwnerIsWatchedAnew(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.fail = errUnsent })
		other := b.newSource(withStore(b.store.Store))
		for range 3 { // a process that can take leases, and not give them back
			b.store.failSaves(2)
			_, err := b.expired(b.source, "access-1")
			require.Error(b, err)
			ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
			_, err = other.RenewAccessToken(ctx, token.NewSecret("access-1"), token.ErrExpired)
			cancel()
			require.ErrorIs(b, err, context.DeadlineExceeded)
		}
		assert.Equal(b, 3, b.platform.refreshes(), "none by the other")
		b.store.repair()
		b.platform.set(func(p *platform) { p.fail = nil })
		advance(time.Minute)
	})
}

// A replica that lags behind shows the record as it was before somebody took the lease: every save
// is a conflict. There is a pause before each look.
func TestLaggingReplicaIsNotAskedAllTheTime(t *testing.T) {
	snapshot := func(b *bubble) token.Store {
		data, _, err := b.store.Store.Load(b.Context(), someKey)
		require.NoError(b, err)
		replica := token.NewMemoryStore()
		require.NoError(b, replica.Save(b.Context(), someKey, data, 0))
		return replica
	}
	lag := func(b *bubble, behind token.Store) {
		b.store.mu.Lock()
		defer b.store.mu.Unlock()
		b.store.stale = behind
		if behind != nil {
			b.store.loads = 0
		}
	}
	for _, tc := range []struct {
		name  string
		looks int                                 // at least, in the pauses up to a second
		run   func(b *bubble, behind token.Store) // for 20 s
	}{
		{"before a refresh", 25, func(b *bubble, behind token.Store) {
			require.NoError(b, b.newSource(withStore(b.store.Store)).Put(b.Context(),
				b.platform.authorize()))
			lag(b, behind)
			done := b.inBackground(b.source, "access-1")
			advance(20 * time.Second)
			lag(b, nil)
			assert.Equal(b, "access-2", (<-done).access)
		}},
		{"after a refresh", 2, func(b *bubble, behind token.Store) {
			b.store.setHooks(func(n int) error {
				if n == 2 { // somebody has changed the record, and nobody sees how
					lag(b, behind)
					return fmt.Errorf("save: %w", token.ErrConflict)
				}
				return nil
			}, nil)
			done := b.inBackground(b.source, "access-1")
			advance(20 * time.Second)
			lag(b, nil)
			assert.ErrorIs(b, (<-done).err, token.ErrConflict)
			assert.Equal(b, 1, b.platform.refreshes(), "the pair is there, and not asked for again")
			advance(31 * time.Second)
			assert.Equal(b, "access-2", b.access(b.source))
		}},
		{"a Put", 25, func(b *bubble, behind token.Store) {
			require.NoError(b, b.newSource(withStore(b.store.Store)).Put(b.Context(),
				b.platform.authorize()))
			lag(b, behind)
			ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
			defer cancel()
			err := b.source.Put(ctx, b.platform.authorize())
			assert.ErrorIs(b, err, context.DeadlineExceeded)
			assert.ErrorIs(b, err, token.ErrConflict)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				behind := snapshot(b)
				tc.run(b, behind)
				assert.Less(b, b.store.loadCount(), 60, "looks in 20 s")
				assert.GreaterOrEqual(b, b.store.loadCount(), tc.looks)
				require.NoError(b, b.source.Close(b.Context()))
			})
		})
	}
}

func TestReplicaThatDoesNotCatchUp(t *testing.T) {
	inBubble(t, func(b *bubble) {
		data, _, err := b.store.Load(b.Context(), someKey)
		require.NoError(b, err)
		replica := token.NewMemoryStore()
		require.NoError(b, replica.Save(b.Context(), someKey, data, 0))
		require.NoError(b, b.newSource(withStore(b.store.Store)).Put(b.Context(),
			b.platform.authorize()))
		b.store.mu.Lock()
		b.store.stale = replica
		b.store.mu.Unlock()
		start := time.Now()
		_, err = b.expired(b.source, "access-1")
		assert.ErrorIs(b, err, token.ErrConflict)
		assert.Equal(b, 70*time.Second, time.Since(start))
		assert.Zero(b, b.platform.refreshes())
	})
}

// What a replica showed before the source's own refresh does not take the new token's place.
func TestStaleReadDoesNotBringAnOldTokenBack(t *testing.T) {
	inBubble(t, func(b *bubble) {
		data, _, err := b.store.Load(b.Context(), someKey)
		require.NoError(b, err)
		replica := token.NewMemoryStore()
		require.NoError(b, replica.Save(b.Context(), someKey, data, 0))
		advance(time.Hour)
		_, err = b.expired(b.source, "access-1")
		require.NoError(b, err)
		b.store.mu.Lock()
		b.store.stale = replica
		b.store.mu.Unlock()
		cause := errors.New("code 105001")
		start := time.Now()
		_, err = b.source.RenewAccessToken(b.Context(), token.NewSecret("access-2"), cause)
		assert.NoError(b, err,
			"after a while it is taken for what the store has: it may have been put back")
		assert.GreaterOrEqual(b, time.Since(start), 5*time.Second)
		assert.Less(b, time.Since(start), 7*time.Second)
		b.store.mu.Lock()
		b.store.stale = nil
		b.store.mu.Unlock()
	})
}

func TestLeaseOfAnotherDoesNotHoldUpCallsWithALivingToken(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.delay = 10 * time.Second })
		advance(week - 23*time.Hour)
		go b.access(b.source)
		time.Sleep(time.Second)
		start := time.Now()
		assert.Equal(b, "access-1", b.access(b.newSource()))
		assert.Zero(b, time.Since(start))
		advance(time.Minute)
		assert.Equal(b, 1, b.platform.refreshes())
	})
}

// A lost answer: the platform has rotated, and nobody has the new pair. Nothing can be done but to
// try the old one, and to say so.
func TestLostAnswer(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.loseNext = true })
		_, err := b.expired(b.source, "access-1")
		require.ErrorIs(b, err, errLost)
		assert.True(b, b.stored().Unanswered)
		assert.False(b, b.stored().Leased, "others may try")
		assert.Equal(b, 1, b.platform.refreshes(), "not tried again at once")
		_, err = b.expired(b.source, "access-1")
		assert.ErrorIs(b, err, errLost, "nor during the back-off")
		assert.Equal(b, 1, b.platform.refreshes())
		advance(2 * time.Second)
		_, err = b.expired(b.source, "access-1")
		assert.ErrorIs(b, err, token.ErrRefused)
		assert.ErrorContains(b, err, "earlier refresh was lost")
		assert.Equal(b, "access-1", b.access(b.source),
			"by the clock it lives: calls go on, and report what the platform says")
	})
}

func TestLostAnswerOfAPlatformThatKeepsOldTokens(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.platform.set(func(p *platform) { p.loseNext = true })
		_, err := b.expired(b.source, "access-1")
		require.Error(b, err)
		b.platform.set(func(p *platform) { p.valid = "refresh-1" })
		advance(2 * time.Second)
		got, err := b.expired(b.source, "access-1")
		require.NoError(b, err)
		assert.Equal(b, "access-3", got)
		assert.False(b, b.stored().Unanswered)
	})
}

func TestOnlyARefreshThatMayHaveHappenedIsCalledLost(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		lost bool
	}{
		{"no word of an effect", errLost, true},
		{"it may have had one", errUnavailable, true},
		{"it had none", errUnsent, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				b.platform.set(func(p *platform) { p.fail = tc.err })
				_, err := b.expired(b.source, "access-1")
				require.ErrorIs(b, err, tc.err)
				assert.Equal(b, tc.lost, b.stored().Unanswered)
				assert.False(b, b.stored().Leased)
			})
		})
	}
}
