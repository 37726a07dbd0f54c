package riverjobs_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	riverjobs "github.com/tiktokshop-go/tiktokshop/river"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// Events of a shop are in disorder in the queue, and some fail at first.
func TestOrderedOverSeveralClients(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, riverjobs.OrderIndex(d.schema))
	const shops, each = 6, 8
	sink, _ := newSink(t, d)
	start := time.Unix(1_700_000_000, 0)
	for _, i := range rand.Perm(shops * each) {
		shop := fmt.Sprint("749404964264244162", i%shops)
		require.NoError(t, sink.Accept(t.Context(),
			delivery(t, body(i, shop, start.Add(time.Duration(i)*time.Second)))))
	}
	var mu sync.Mutex
	handled, running, failed := make(map[string][]time.Time), make(map[string]bool),
		make(map[string]bool)
	all := make(chan struct{})
	handle := func(_ context.Context, e *webhook.Event) error {
		shop := string(e.Owner.ShopID)
		mu.Lock()
		assert.False(t, running[shop], "one at a time")
		running[shop] = true
		mu.Unlock()
		time.Sleep(rand.N(5 * time.Millisecond)) // as work does
		mu.Lock()
		defer mu.Unlock()
		running[shop] = false
		if !failed[e.NotificationID] && e.Time.Unix()%5 == 0 {
			failed[e.NotificationID] = true
			return errors.New("not at first")
		}
		handled[shop] = append(handled[shop], e.Time)
		n := 0
		for _, times := range handled {
			n += len(times)
		}
		if n == shops*each {
			close(all)
		}
		return nil
	}
	for range 3 {
		workers := river.NewWorkers()
		worker, err := riverjobs.NewEventWorker(riverjobs.EventOptions{Handle: handle,
			Ordered: true, Pool: d.pool})
		require.NoError(t, err)
		river.AddWorker(workers, worker)
		client := d.client(t, river.Config{
			Workers:       workers,
			Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 3}},
			FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
			RetryPolicy: soon{},
		})
		require.NoError(t, client.Start(t.Context()))
		t.Cleanup(func() { _ = client.StopAndCancel(context.WithoutCancel(t.Context())) })
	}
	select {
	case <-all:
	case <-time.After(patience):
		t.Error("not all events are handled")
	}
	mu.Lock()
	defer mu.Unlock()
	assert.NotEmpty(t, failed)
	for shop, times := range handled {
		assert.Len(t, times, each, shop)
		assert.IsIncreasing(t, unix(times), shop)
	}
}

func unix(times []time.Time) (seconds []int64) {
	for _, at := range times {
		seconds = append(seconds, at.Unix())
	}
	return seconds
}

// What a job does that is not the first of its owner's.
func TestOrderedWaits(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	early, late := time.Unix(1_700_000_000, 0), time.Unix(1_700_000_001, 0)
	for _, c := range []struct {
		name    string
		other   []byte // is in the queue before
		change  string // of the other
		body    []byte
		want    river.EventKind
		onOwner bool // somebody has its lock
	}{
		{"nothing else", nil, "", body(2, "1", late), river.EventKindJobCompleted, false},
		{"an earlier one", body(1, "1", early), "", body(2, "1", late), river.EventKindJobSnoozed,
			false},
		{"a later one", body(1, "1", late), "", body(2, "1", early), river.EventKindJobCompleted,
			false},
		{"one of the same second", body(1, "1", late), "", body(2, "1", late),
			river.EventKindJobSnoozed, false},
		{"another shop's", body(1, "2", early), "", body(2, "1", late), river.EventKindJobCompleted,
			false},
		{"an earlier one that is done", body(1, "1", early),
			"state = 'completed', finalized_at = now()", body(2, "1", late),
			river.EventKindJobCompleted, false},
		{"an earlier one that is given up", body(1, "1", early),
			"state = 'discarded', finalized_at = now()", body(2, "1", late),
			river.EventKindJobCompleted, false},
		{"an earlier one that has failed", body(1, "1", early), "state = 'retryable'",
			body(2, "1", late), river.EventKindJobSnoozed, false},
		{"an earlier one of a killed process", body(1, "1", early), "state = 'running'",
			body(2, "1", late), river.EventKindJobSnoozed, false},
		{"somebody at work", nil, "", body(2, "1", late), river.EventKindJobSnoozed, true},
		{"nobody's", body(1, "", early), "", body(2, "", late), river.EventKindJobCompleted, false},
	} {
		tx, other := d.tx(t), d.tx(t)
		sink, _ := newSink(t, d)
		if c.other != nil {
			_, err := sink.InsertTx(t.Context(), tx, delivery(t, c.other))
			require.NoError(t, err)
			if c.change != "" {
				_, err = tx.Exec(t.Context(), `UPDATE `+d.schema+`.river_job SET `+c.change)
				require.NoError(t, err)
			}
		}
		if c.onOwner {
			_, err := other.Exec(t.Context(),
				`SELECT pg_advisory_xact_lock(hashtextextended('tiktokshop_event `+d.schema+
					` shop 1', 0))`)
			require.NoError(t, err)
		}
		result, err := sink.InsertTx(t.Context(), tx, delivery(t, c.body))
		require.NoError(t, err)
		handled := 0
		worker, err := riverjobs.NewEventWorker(riverjobs.EventOptions{
			Ordered: true, Pool: tx, HandleTx: func(context.Context, pgx.Tx, *webhook.Event) error {
				handled++
				return nil
			},
		})
		require.NoError(t, err)
		worked, err := rivertest.NewWorker(t, riverpgxv5.New(nil),
			&river.Config{Schema: d.schema, Logger: quiet}, worker).
			WorkJob(t.Context(), t, tx, result.Job)
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, worked.EventKind, c.name)
		assert.Equal(t, c.want == river.EventKindJobCompleted, handled == 1, c.name)
		require.NoError(t, tx.Rollback(t.Context()))
		require.NoError(t, other.Rollback(t.Context()))
	}
}

// Whoever finishes an event ends the snooze of the next one, and of no other.
func TestOrderedWakesTheNext(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	early := time.Unix(1_700_000_000, 0)
	for _, c := range []struct{ name, state, finalized, want string }{
		{"snoozed", "scheduled", "NULL", "available"},
		{"failed", "retryable", "NULL", "retryable"},
		{"given up", "cancelled", "now()", "cancelled"},
	} {
		tx := d.tx(t)
		sink, _ := newSink(t, d)
		first, err := sink.InsertTx(t.Context(), tx, delivery(t, body(1, "1", early)))
		require.NoError(t, err)
		for i := 2; i < 5; i++ {
			_, err = sink.InsertTx(t.Context(), tx,
				delivery(t, body(i, "1", early.Add(time.Duration(i)*time.Second))))
			require.NoError(t, err)
		}
		_, err = tx.Exec(t.Context(), `UPDATE `+d.schema+
			`.river_job SET state = 'scheduled', scheduled_at = now() + interval '1 hour' WHERE id > $1`, first.Job.ID)
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `UPDATE `+d.schema+`.river_job SET state = $2::text::`+
			d.schema+`.river_job_state, finalized_at = `+c.finalized+
			` WHERE id = $1`, first.Job.ID+1, c.state)
		require.NoError(t, err)
		worker, err := riverjobs.NewEventWorker(riverjobs.EventOptions{
			Ordered: true, Pool: tx,
			Handle: func(context.Context, *webhook.Event) error { return nil },
		})
		require.NoError(t, err)
		_, err = rivertest.NewWorker(t, riverpgxv5.New(nil),
			&river.Config{Schema: d.schema, Logger: quiet}, worker).
			WorkJob(t.Context(), t, tx, first.Job)
		require.NoError(t, err, c.name)
		rows, err := tx.Query(t.Context(), `SELECT state::text FROM `+d.schema+
			`.river_job WHERE id > $1 ORDER BY id LIMIT 1`, first.Job.ID)
		require.NoError(t, err)
		states, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		assert.Equal(t, []string{c.want}, states, c.name)
		require.NoError(t, tx.Rollback(t.Context()))
	}
}

func TestOrderedUsesItsIndex(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, riverjobs.OrderIndex(d.schema))
	tx := d.tx(t)
	_, err := tx.Exec(t.Context(),
		`SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off`)
	require.NoError(t, err)
	for _, statement := range riverjobs.OrderStatements(d.schema) {
		rows, err := tx.Query(t.Context(), `EXPLAIN `+statement)
		require.NoError(t, err)
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		assert.Contains(t, fmt.Sprint(plan), "river_job_tiktokshop_order", statement)
	}
}
