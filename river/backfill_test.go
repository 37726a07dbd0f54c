package riverjobs_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/feed"
	riverjobs "github.com/tiktokshop-go/tiktokshop/river"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func orderID(i int) tiktokshop.ID { return tiktokshop.ID(strconv.Itoa(576461413000000000 + i)) }

// newShop is a fake with n orders, evenly over the time from since to until.
func newShop(t *testing.T, n int, since, until time.Time) *tiktokshoptest.Server {
	t.Helper()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.KeepRequests(0))
	for i := range n {
		at := tiktokshop.NewUnixTime(
			since.Add(time.Duration(i) * (until.Sub(since) / time.Duration(n))))
		srv.AddOrder(order.Order{ID: orderID(i), CreateTime: at, UpdateTime: at})
	}
	return srv
}

func ordersFeed(
	client func() *tiktokshop.Client, handle func(ctx context.Context, orders []order.Order) error,
) riverjobs.Feed {
	return riverjobs.FeedOf(
		func(
			_ context.Context, args riverjobs.BackfillArgs, opts feed.Options,
		) (*feed.Feed[order.Order], error) {
			if args.Owner != "shop-1" {
				return nil, errors.New("no such shop")
			}
			return order.New(client()).Changes(nil, opts)
		},
		func(ctx context.Context, _ riverjobs.BackfillArgs, orders []order.Order) error {
			return handle(ctx, orders)
		},
	)
}

func TestInsertBackfill(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	client := d.client(t, river.Config{})
	since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := riverjobs.Backfill{Feed: "orders", Owner: "shop-1", Since: since,
		Until: since.Add(50 * time.Hour), Piece: 24 * time.Hour}
	tx := d.tx(t)
	n, err := riverjobs.InsertBackfillTx(t.Context(), client, tx, b)
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	require.NoError(t, tx.Rollback(t.Context()))

	n, err = riverjobs.InsertBackfill(t.Context(), client, b)
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	assert.Equal(t, []string{
		"2026-01-01T00:00:00Z 2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z 2026-01-03T00:00:00Z",
		"2026-01-03T00:00:00Z 2026-01-03T02:00:00Z",
	}, d.texts(t, `SELECT (args->>'since') || ' ' || (args->>'until') FROM `+d.schema+
		`.river_job ORDER BY id`))
	for _, c := range []struct {
		state string
		want  int
	}{{"available", 0}, {"running", 0}, {"completed", 3}, {"available", 0}} {
		if c.state == "completed" {
			d.exec(t, `UPDATE `+d.schema+`.river_job SET state = 'completed', finalized_at = now()`)
		}
		n, err = riverjobs.InsertBackfill(t.Context(), client, b)
		require.NoError(t, err)
		assert.Equal(t, c.want, n, "while the first ones are %s", c.state)
	}
}

func TestBackfillGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	until := time.Now().Add(-time.Hour).Truncate(time.Second)
	since := until.Add(-24 * time.Hour)
	const n = 270
	srv := newShop(t, n, since, until)
	for _, c := range []struct {
		name  string
		store feed.CursorStore
		turns bool // each batch is a turn
	}{
		{"in the job", nil, false},
		{"in the job, in turns", nil, true},
		{"in a store", feed.NewMemoryStore(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tx := d.tx(t)
			seen, failed := make(map[tiktokshop.ID]int), false
			worker, err := riverjobs.NewBackfillWorker(riverjobs.BackfillOptions{
				Pool: tx, Store: c.store,
				Feeds: map[string]riverjobs.Feed{"orders": ordersFeed(
					func() *tiktokshop.Client {
						return srv.Client(tiktokshop.WithShopCipher(tiktokshoptest.ShopCipher))
					},
					func(_ context.Context, orders []order.Order) error {
						if len(seen) >= 100 && !failed {
							failed = true
							return errors.New("full")
						}
						for i := range orders {
							seen[orders[i].ID]++
						}
						return nil
					})},
			})
			require.NoError(t, err)
			if c.turns {
				worker.EndTurnsNow()
			}
			tested := rivertest.NewWorker(t, riverpgxv5.New(nil),
				&river.Config{Schema: d.schema, Logger: quiet}, worker)
			result, err := tested.Work(t.Context(), t, tx,
				riverjobs.BackfillArgs{Feed: "orders", Owner: "shop-1", Since: since, Until: until},
				nil)
			var kinds []river.EventKind
			for len(kinds) < 20 && result.EventKind != river.EventKindJobCompleted {
				kinds = append(kinds, result.EventKind)
				result, err = tested.WorkJob(t.Context(), t, tx, result.Job)
			}
			require.NoError(t, err)
			assert.Equal(t, river.EventKindJobCompleted, result.EventKind)
			assert.Contains(t, kinds, river.EventKindJobFailed)
			assert.Equal(t, c.turns, len(kinds) > 1)
			assert.Len(t, seen, n)
			for id, times := range seen {
				assert.Equal(t, 1, times, id)
			}
		})
	}
}

func TestBackfillThatCannotBe(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	now := time.Now().Truncate(time.Second)
	srv := newShop(t, 1, now.Add(-time.Hour), now)
	for _, c := range []struct {
		name string
		args riverjobs.BackfillArgs
		want river.EventKind
	}{
		{"unknown feed", riverjobs.BackfillArgs{Feed: "returns", Owner: "shop-1"},
			river.EventKindJobCancelled},
		{"unknown owner", riverjobs.BackfillArgs{Feed: "orders", Owner: "shop-2"},
			river.EventKindJobFailed},
		{"no range", riverjobs.BackfillArgs{Feed: "orders", Owner: "shop-1"},
			river.EventKindJobCancelled},
		{"until now",
			riverjobs.BackfillArgs{Feed: "orders", Owner: "shop-1", Since: now.Add(-2 * time.Hour),
				Until: now}, river.EventKindJobSnoozed},
	} {
		tx := d.tx(t)
		worker, err := riverjobs.NewBackfillWorker(riverjobs.BackfillOptions{
			Pool: tx, Feeds: map[string]riverjobs.Feed{"orders": ordersFeed(
				func() *tiktokshop.Client {
					return srv.Client(tiktokshop.WithShopCipher(tiktokshoptest.ShopCipher))
				},
				func(context.Context, []order.Order) error { return nil })},
		})
		require.NoError(t, err)
		result, _ := rivertest.NewWorker(t, riverpgxv5.New(nil),
			&river.Config{Schema: d.schema, Logger: quiet}, worker).
			Work(t.Context(), t, tx, c.args, nil)
		assert.Equal(t, c.want, result.EventKind, c.name)
		require.NoError(t, tx.Rollback(t.Context()))
	}
}
