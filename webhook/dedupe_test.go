package webhook_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/webhooktest"
)

func TestMemoryDeduperKeepsThePromisesOfADeduper(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		webhooktest.CheckDeduper(t, newDeduper(t, 1000, 2*time.Hour), time.Sleep)
	})
}

func TestMemoryDeduperInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ctx := newDeduper(t, 10, time.Hour), t.Context()
		// A commit stays until its time is over.
		require.NoError(t, d.Commit(ctx, "k", "a"))
		require.NoError(t, d.Release(ctx, "k", ""))
		time.Sleep(time.Hour - time.Nanosecond)
		assert.Equal(t, webhook.Seen, claim(t, d, "k", "b"))
		time.Sleep(time.Nanosecond)
		assert.Equal(t, webhook.Claimed, claim(t, d, "k", "b"))
		// A claim runs out though an older one has a longer lease.
		_, err := d.Claim(ctx, "long", "a", 24*time.Hour)
		require.NoError(t, err)
		assert.Equal(t, webhook.Claimed, claim(t, d, "short", "dead"))
		time.Sleep(time.Minute - time.Nanosecond)
		assert.Equal(t, webhook.InFlight, claim(t, d, "short", "b"))
		time.Sleep(time.Nanosecond)
		assert.Equal(t, webhook.Claimed, claim(t, d, "short", "b"))
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
		if state, err := d.Claim(ctx, key, "owner", time.Minute); err != nil ||
			state != webhook.Claimed {
			b.Fatal(state, err)
		}
		if err := d.Commit(ctx, key, "owner"); err != nil {
			b.Fatal(err)
		}
	}
}
