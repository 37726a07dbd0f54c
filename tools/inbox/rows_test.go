package inbox

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/dbtest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/inbox"
)

// An event that lacks what the platform always sends is kept all the same.
func TestDeliveryOfNothingButAKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		now := newClock()
		box := mustOpen(t, d, inbox.WithClock(now.now))
		accept(t, box, &webhook.Delivery{Key: "bare"})
		all := entries(t, box, inbox.Filter{})
		require.Len(t, all, 1)
		assert.Empty(t, all[0].Body)
		assert.Equal(t, &inbox.Entry{
			ID: all[0].ID, Key: "bare", Body: all[0].Body, ReceivedAt: now.now(),
			State: inbox.Waiting, DueAt: now.now(),
		}, all[0])
	})
}

// What a process accepts or replays itself it takes up at once, however seldom it looks for what
// others do.
func TestWorkerIsWoken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box := mustOpen(t, d, inbox.WithPollInterval(time.Hour), inbox.WithLease(10*time.Hour))
		handled := make(chan string)
		start(t, box, func(_ context.Context, e *webhook.Event) error {
			handled <- e.NotificationID
			return nil
		})
		for _, id := range []string{"1", "2"} {
			accept(t, box, event(id, "7"))
			assert.Equal(t, id, <-handled)
		}
		until(t, box, "app:1:1", is(inbox.Handled))
		n, err := box.Replay(t.Context(), inbox.Filter{Key: "app:1:1"})
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		assert.Equal(t, "1", <-handled)
	})
}

func TestEntriesEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box, db, err := open(d)
		require.NoError(t, err)
		for _, id := range []string{"1", "2"} {
			accept(t, box, event(id, "7"))
		}
		for e, err := range box.Entries(t.Context(), inbox.Filter{}) {
			require.NoError(t, err)
			require.Equal(t, "app:1:1", e.Key)
			break // the loop would panic if it were called again
		}
		require.NoError(t, db.Close())
		failures := 0
		for e, err := range box.Entries(t.Context(), inbox.Filter{}) {
			failures++
			assert.Nil(t, e)
			assert.ErrorContains(t, err, "inbox: entries: ")
		}
		assert.Equal(t, 1, failures)
		n, err := box.Prune(t.Context(), inbox.Filter{State: inbox.Handled})
		assert.ErrorContains(t, err, "inbox: prune: ")
		assert.Zero(t, n)
		n, err = box.Replay(t.Context(), inbox.Filter{State: inbox.Handled})
		assert.ErrorContains(t, err, "inbox: replay: ")
		assert.Zero(t, n)
		n, err = box.Replay(t.Context(), inbox.Filter{})
		assert.Error(t, err)
		assert.Zero(t, n)
		n, err = box.Prune(t.Context(), inbox.Filter{})
		assert.Error(t, err)
		assert.Zero(t, n)
		assert.ErrorContains(t, box.CreateTable(t.Context()), "inbox: create table: ")
		assert.ErrorContains(t, box.Accept(t.Context(), event("3", "7")), "inbox: accept: ")
	})
}

// One event is a batch, too; and what a clock that is behind says of its age is not negative.
func TestOneEvent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		now := newClock()
		box := mustOpen(t, d, inbox.WithClock(now.now))
		e := event("1", "7")
		e.ReceivedAt = now.now().Add(time.Minute)
		accept(t, box, e)
		stats, err := box.Stats(t.Context())
		require.NoError(t, err)
		assert.Equal(t, inbox.Stats{Waiting: 1, Oldest: e.ReceivedAt}, stats)

		finish := make(chan struct{})
		start(t, box, func(context.Context, *webhook.Event) error { <-finish; return nil })
		running := func() int {
			stats, err := box.Stats(t.Context())
			require.NoError(t, err)
			return stats.Running
		}
		require.Eventually(t, func() bool { return running() == 1 }, time.Minute, time.Millisecond)
		close(finish)
		until(t, box, "app:1:1", is(inbox.Handled))
		require.Eventually(t, func() bool { return running() == 0 }, time.Minute, time.Millisecond)
		n, err := box.Prune(t.Context(), inbox.Filter{Key: "app:1:1"})
		require.NoError(t, err)
		assert.EqualValues(t, 1, n)
		assert.Empty(t, entries(t, box, inbox.Filter{}))
	})
}

// A row that somebody has spoilt is an error, and not the end of the list.
func TestRowThatCannotBeRead(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t) // whose columns take anything
	box := mustOpen(t, d)
	for _, id := range []string{"1", "2", "3"} {
		accept(t, box, event(id, "7"))
	}
	_, err := d.MustOpen(t).Exec("UPDATE " + d.Prefix +
		"inbox SET attempts = 'many' WHERE event_key = 'app:1:2'")
	require.NoError(t, err)
	failures := 0
	for _, err := range box.Entries(t.Context(), inbox.Filter{}) {
		if err != nil {
			failures++
		}
	}
	assert.Equal(t, 1, failures)
}

// fill adds n events that were handled at a time.
func fill(t *testing.T, d dbtest.Database, n int, at time.Time) {
	t.Helper()
	_, err := d.MustOpen(
		t).Exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "+
		"INSERT INTO "+d.Prefix+
		"inbox (event_key, owner, topic, body, received_at, state, attempts, due_at, reason) "+
		"SELECT 'filled:' || i, '', 1, '', ?, 'handled', 1, ?, '' FROM n", n, at.UnixMilli(),
		at.UnixMilli())
	require.NoError(t, err)
}

// Events are removed 500 at a time.
func TestPruneOfManyBatches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		have int
		fail string // the event that cannot be removed, "" for none
		want int64
	}{
		{"less than a batch", 499, "", 499},
		{"one batch", 500, "", 500},
		{"two and a part", 1200, "", 1200},
		{"one that fails in the second batch", 700, "filled:600", 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.SQLite(t)
			box := mustOpen(t, d)
			fill(t, d, tt.have, time.Now())
			accept(t, box, event("1", "7"))
			if tt.fail != "" {
				_, err := d.MustOpen(t).Exec("CREATE TRIGGER refuse BEFORE DELETE ON " + d.Prefix +
					"inbox " +
					"WHEN old.event_key = '" + tt.fail +
					"' BEGIN SELECT RAISE(ABORT, 'refused'); END")
				require.NoError(t, err)
			}
			n, err := box.Prune(t.Context(), inbox.Filter{State: inbox.Handled})
			assert.Equal(t, tt.want, n)
			if tt.fail == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "inbox: prune: ")
			}
			assert.Len(t, entries(t, box, inbox.Filter{}), tt.have-int(tt.want)+1)
		})
	}
}

// What is old goes at once, however much it is; what is not so old stays, and so does what is
// parked.
func TestWorkerPrunesManyBatches(t *testing.T) {
	t.Parallel()
	d, now := dbtest.SQLite(t), newClock()
	box := mustOpen(t, d, inbox.WithClock(now.now), inbox.WithPollInterval(time.Hour),
		inbox.WithLease(10*time.Hour))
	fill(t, d, 1200, now.now())
	now.advance(48 * time.Hour)
	accept(t, box, event("1", "7"))
	start(t, box, func(context.Context, *webhook.Event) error { return nil })
	require.Eventually(t, func() bool {
		return len(entries(t, box, inbox.Filter{})) == 1
	}, time.Minute, 5*time.Millisecond)
}
