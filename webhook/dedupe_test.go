package webhook_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func newDeduper(t testing.TB, maxKeys int, keep time.Duration) *webhook.MemoryDeduper {
	t.Helper()
	d, err := webhook.NewMemoryDeduper(maxKeys, keep)
	require.NoError(t, err)
	return d
}

func claim(t testing.TB, d webhook.Deduper, key, owner string) webhook.ClaimState {
	t.Helper()
	state, err := d.Claim(t.Context(), key, owner, time.Minute)
	require.NoError(t, err)
	return state
}

func TestMemoryDeduperClaimCommitRelease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ctx := newDeduper(t, 10, time.Hour), t.Context()
		assert.Equal(t, webhook.Claimed, claim(t, d, "k", "a"))
		assert.Equal(t, webhook.InFlight, claim(t, d, "k", "b"))
		assert.Equal(t, webhook.InFlight, claim(t, d, "k", "a"), "an owner is one delivery, not a machine")
		assert.Equal(t, webhook.Claimed, claim(t, d, "other", "b"))

		// Only the holder can release.
		require.NoError(t, d.Release(ctx, "k", "b"))
		assert.Equal(t, webhook.InFlight, claim(t, d, "k", "b"))
		require.NoError(t, d.Release(ctx, "k", "a"))
		assert.Equal(t, webhook.Claimed, claim(t, d, "k", "b"))

		// A commit stays until its time is over, whoever releases.
		require.NoError(t, d.Commit(ctx, "k", "b"))
		require.NoError(t, d.Release(ctx, "k", "b"))
		require.NoError(t, d.Release(ctx, "k", ""))
		assert.Equal(t, webhook.Seen, claim(t, d, "k", "c"))
		time.Sleep(time.Hour - time.Nanosecond)
		assert.Equal(t, webhook.Seen, claim(t, d, "k", "c"))
		time.Sleep(time.Nanosecond)
		assert.Equal(t, webhook.Claimed, claim(t, d, "k", "c"))
	})
}

func TestMemoryDeduperStaleClaims(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ctx := newDeduper(t, 10, time.Hour), t.Context()
		_, err := d.Claim(ctx, "long", "a", time.Hour)
		require.NoError(t, err)
		assert.Equal(t, webhook.Claimed, claim(t, d, "k", "dead"))
		time.Sleep(time.Minute - time.Nanosecond)
		assert.Equal(t, webhook.InFlight, claim(t, d, "k", "b"))
		time.Sleep(time.Nanosecond)
		assert.Equal(t, webhook.Claimed, claim(t, d, "k", "b"), "run out, though an older claim has a longer lease")

		// The owner that was given up can no longer release, but can tell that the event was handled.
		require.NoError(t, d.Release(ctx, "k", "dead"))
		assert.Equal(t, webhook.InFlight, claim(t, d, "k", "c"))
		require.NoError(t, d.Commit(ctx, "k", "dead"))
		require.NoError(t, d.Release(ctx, "k", "b"))
		assert.Equal(t, webhook.Seen, claim(t, d, "k", "c"))
		require.NoError(t, d.Commit(ctx, "k", "b"))
		require.NoError(t, d.Commit(ctx, "never claimed", "b"))
		assert.Equal(t, webhook.Seen, claim(t, d, "never claimed", "c"))
	})
}

func TestMemoryDeduperIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ctx := newDeduper(t, 3, time.Hour), t.Context()
		for i := range 100 {
			key := fmt.Sprint(i)
			require.Equal(t, webhook.Claimed, claim(t, d, key, "a"))
			require.NoError(t, d.Commit(ctx, key, "a"))
			require.LessOrEqual(t, d.Len(), 3)
		}
		assert.Equal(t, webhook.Seen, claim(t, d, "99", "b"))
		assert.Equal(t, webhook.Seen, claim(t, d, "97", "b"))
		// A claim takes the place of the oldest commit, never of a claim.
		assert.Equal(t, webhook.Claimed, claim(t, d, "x", "b"))
		assert.Equal(t, webhook.Claimed, claim(t, d, "y", "b"))
		assert.Equal(t, webhook.Claimed, claim(t, d, "z", "b"))
		_, err := d.Claim(ctx, "one more", "b", time.Minute)
		require.Error(t, err)
		require.Error(t, d.Commit(ctx, "one more", "b"))
		assert.Equal(t, webhook.InFlight, claim(t, d, "x", "c"))
		// Time makes room as well.
		time.Sleep(time.Minute)
		assert.Zero(t, d.Len())
		assert.Equal(t, webhook.Claimed, claim(t, d, "one more", "b"))
	})
}

func TestMemoryDeduperRefusesBoundsThatCannotWork(t *testing.T) {
	t.Parallel()
	var input *tiktokshop.InputError
	_, err := webhook.NewMemoryDeduper(0, time.Hour)
	assert.ErrorAs(t, err, &input)
	_, err = webhook.NewMemoryDeduper(1, 0)
	assert.ErrorAs(t, err, &input)
}

// TestMemoryDeduperUnderContention lets many goroutines fight for the same keys. Each key must be handled by one
// owner at a time, until one succeeds, and never after.
func TestMemoryDeduperUnderContention(t *testing.T) {
	t.Parallel()
	const keys, workers = 20, 16
	d := newDeduper(t, 1000, time.Hour)
	var inHand, handled [keys]atomic.Int32
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for round := range 40 {
				for i := range keys {
					key, owner := fmt.Sprint(i), fmt.Sprintf("%d-%d", worker, round)
					state, err := d.Claim(context.Background(), key, owner, time.Hour)
					if !assert.NoError(t, err) || state != webhook.Claimed {
						continue
					}
					assert.EqualValues(t, 1, inHand[i].Add(1), "two owners at once")
					assert.Zero(t, handled[i].Load(), "claimed after the commit")
					succeeds := (worker+round+i)%3 == 0
					if succeeds {
						handled[i].Add(1)
					}
					inHand[i].Add(-1)
					if succeeds {
						assert.NoError(t, d.Commit(context.Background(), key, owner))
					} else {
						assert.NoError(t, d.Release(context.Background(), key, owner))
					}
				}
			}
		})
	}
	wg.Wait()
	for i := range keys {
		assert.EqualValues(t, 1, handled[i].Load(), "key %d", i)
	}
	assert.Equal(t, keys, d.Len())
}

func BenchmarkMemoryDeduper(b *testing.B) {
	d := newDeduper(b, 100_000, 24*time.Hour)
	keys := make([]string, 200_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s:1:73271123930573%05d", appKey, i)
	}
	ctx := context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key := keys[i%len(keys)]
		if state, err := d.Claim(ctx, key, "owner", time.Minute); err != nil || state != webhook.Claimed {
			b.Fatal(state, err)
		}
		if err := d.Commit(ctx, key, "owner"); err != nil {
			b.Fatal(err)
		}
	}
}
