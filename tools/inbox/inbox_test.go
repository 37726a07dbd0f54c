// Package inbox tests the root module's inbox against real databases, whose drivers the root
// module does not have.
package inbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tools/dbtest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/inbox"
	"github.com/tiktokshop-go/tiktokshop/webhook/webhooktest"
)

func open(d dbtest.Database, opts ...inbox.Option) (*inbox.Inbox, *sql.DB, error) {
	db, err := d.Open()
	if err != nil {
		return nil, nil, err
	}
	box, err := inbox.New(db, d.Dialect, append([]inbox.Option{
		inbox.WithTablePrefix(d.Prefix), inbox.WithLogger(slog.New(slog.DiscardHandler)),
		inbox.WithBackoff(time.Millisecond, 10*time.Millisecond),
		inbox.WithPollInterval(5 * time.Millisecond),
	}, opts...)...)
	if err == nil {
		err = box.CreateTable(context.Background())
	}
	return box, db, err
}

func mustOpen(t *testing.T, d dbtest.Database, opts ...inbox.Option) *inbox.Inbox {
	t.Helper()
	box, db, err := open(d, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return box
}

// start has an inbox handle events until the test ends.
func start(t *testing.T, box *inbox.Inbox, handle webhook.Func) {
	t.Helper()
	require.NoError(t, box.Start(handle))
	t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = box.Close(ended)
	})
}

// event is a delivery with this id, of this shop.
func event(id, shop string) *webhook.Delivery {
	body := fmt.Appendf(nil,
		`{"type":1,"tts_notification_id":%q,"shop_id":%q,"timestamp":1644412885,"data":{"order_id":"1"}}`, id, shop)
	e, err := webhook.Parse(body)
	if err != nil {
		panic(err)
	}
	return &webhook.Delivery{Key: "app:" + e.Key(), Body: body, Event: e, ReceivedAt: time.Now()}
}

func accept(t *testing.T, box *inbox.Inbox, d *webhook.Delivery) {
	t.Helper()
	require.NoError(t, box.Accept(t.Context(), d))
}

func entries(t *testing.T, box *inbox.Inbox, f inbox.Filter) []*inbox.Entry {
	t.Helper()
	var all []*inbox.Entry
	for e, err := range box.Entries(t.Context(), f) {
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

// until waits for a state of an event.
func until(t *testing.T, box *inbox.Inbox, key string, what func(*inbox.Entry) bool) *inbox.Entry {
	t.Helper()
	var last *inbox.Entry
	require.Eventually(t, func() bool {
		for e, err := range box.Entries(t.Context(), inbox.Filter{Key: key}) {
			last = e
			return err == nil && what(e)
		}
		return false
	}, time.Minute, time.Millisecond)
	return last
}

func is(s inbox.State) func(*inbox.Entry) bool {
	return func(e *inbox.Entry) bool { return e.State == s }
}

// clock is one that tests move on.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.ms.Store(1_700_000_000_000)
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func TestSink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box := mustOpen(t, d)
		webhooktest.CheckSink(t, box, func() ([]webhook.Delivery, error) {
			var kept []webhook.Delivery
			for e, err := range box.Entries(t.Context(), inbox.Filter{}) {
				if err != nil {
					return nil, err
				}
				kept = append(kept, webhook.Delivery{Key: e.Key, Body: e.Body})
			}
			return kept, nil
		})
		require.Error(t, box.Accept(t.Context(), nil))
	})
}

func TestEventIsTriedUntilItIsHandled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box := mustOpen(t, d)
		var calls atomic.Int32
		start(t, box, func(ctx context.Context, e *webhook.Event) error {
			_, bounded := ctx.Deadline()
			assert.True(t, bounded)
			assert.Equal(t, "1", e.NotificationID)
			switch calls.Add(1) {
			case 1:
				return errors.New("database down\x00\xff")
			case 2:
				panic("out of cheese")
			case 3:
				runtime.Goexit()
			}
			return nil
		})
		accept(t, box, event("1", "7"))
		e := until(t, box, "app:1:1", is(inbox.Handled))
		assert.Equal(t, 4, e.Attempts)
		assert.Empty(t, e.Reason)
		assert.Equal(t, "shop 7", e.Owner)
		assert.Equal(t, webhook.Topic(1), e.Topic)
		accept(t, box, event("1", "7")) // a duplicate, after it was handled
		time.Sleep(50 * time.Millisecond)
		assert.EqualValues(t, 4, calls.Load())
		assert.Len(t, entries(t, box, inbox.Filter{}), 1)
	})
}

func TestEventIsParkedAndReplayed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box := mustOpen(t, d, inbox.WithMaxAttempts(3), inbox.WithSecrets("s3cr3t-value"))
		var mended atomic.Bool
		var calls atomic.Int32
		start(t, box, func(context.Context, *webhook.Event) error {
			calls.Add(1)
			if mended.Load() {
				return nil
			}
			return errors.New("a bug, s3cr3t-value \x00" + strings.Repeat("é", 5000))
		})
		accept(t, box, event("1", "7"))
		e := until(t, box, "app:1:1", is(inbox.Parked))
		assert.Equal(t, 3, e.Attempts)
		assert.Contains(t, e.Reason, "a bug, [redacted]")
		assert.Less(t, len(e.Reason), 2100)
		accept(t, box, event("1", "7"))
		assert.EqualValues(t, 3, calls.Load(), "a duplicate of a parked event")
		stats, err := box.Stats(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 1, stats.Parked)

		mended.Store(true)
		n, err := box.Replay(t.Context(), inbox.Filter{Key: "app:1:1"})
		require.NoError(t, err)
		assert.EqualValues(t, 1, n)
		e = until(t, box, "app:1:1", is(inbox.Handled))
		assert.Equal(t, 1, e.Attempts)
		// What was handled can be replayed, too.
		n, err = box.Replay(t.Context(), inbox.Filter{State: inbox.Handled})
		require.NoError(t, err)
		assert.EqualValues(t, 1, n)
		require.Eventually(t, func() bool { return calls.Load() == 5 }, time.Minute,
			time.Millisecond)
	})
}

func TestWhatOnlyAPersonMendsIsParkedAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box := mustOpen(t, d)
		start(t, box, func(_ context.Context, e *webhook.Event) error {
			switch e.NotificationID {
			case "park":
				return fmt.Errorf("wrapped: %w", inbox.Park(errors.New("no such shop")))
			case "token":
				return fmt.Errorf("link: %w", tiktokshop.ErrRefreshTokenInvalid)
			}
			return nil
		})
		broken := &webhook.Delivery{Key: "app:broken", Body: []byte(`{"type":1`)}
		accept(t, box, event("park", "7"))
		accept(t, box, event("token", "7"))
		accept(t, box, broken)
		for key, want := range map[string]string{"app:1:park": "no such shop",
			"app:1:token": "link: ", "app:broken": "JSON"} {
			e := until(t, box, key, is(inbox.Parked))
			assert.Equal(t, 1, e.Attempts)
			assert.Contains(t, e.Reason, want)
		}
		assert.NoError(t, inbox.Park(nil))
	})
}

func TestConcurrencyIsBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box := mustOpen(t, d, inbox.WithConcurrency(3))
		var running, most, handled atomic.Int32
		for i := range 30 {
			accept(t, box, event(fmt.Sprint(i), "7"))
		}
		full := make(chan struct{})
		start(t, box, func(context.Context, *webhook.Event) error {
			if n := running.Add(1); n > most.Load() {
				if most.Store(n); n == 3 {
					close(full)
				}
			}
			<-full // all three places are taken
			running.Add(-1)
			handled.Add(1)
			return nil
		})
		require.Eventually(t, func() bool { return handled.Load() == 30 }, time.Minute,
			time.Millisecond)
		assert.EqualValues(t, 3, most.Load())
	})
}

func TestCloseWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box := mustOpen(t, d, inbox.WithConcurrency(1))
		require.NoError(t, box.Close(t.Context()), "was not started")
		begun, finish := make(chan struct{}, 9), make(chan struct{})
		handle := func(ctx context.Context, _ *webhook.Event) error {
			begun <- struct{}{}
			select {
			case <-finish:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		require.NoError(t, box.Start(handle))
		require.Error(t, box.Start(handle))
		accept(t, box, event("1", "7"))
		accept(t, box, event("2", "7"))
		<-begun
		stats, err := box.Stats(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 2, stats.Waiting)
		closed := make(chan error)
		go func() { closed <- box.Close(context.Background()) }()
		accept(t, box, event("3", "7"))
		select {
		case <-closed:
			t.Fatal("did not wait")
		case <-time.After(20 * time.Millisecond):
		}
		close(finish)
		require.NoError(t, <-closed)
		assert.Len(t, entries(t, box, inbox.Filter{State: inbox.Handled}), 1,
			"it took up nothing more")

		// What it breaks off does not count.
		finish = make(chan struct{})
		require.NoError(t, box.Start(handle))
		<-begun
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, box.Close(ended), context.Canceled)
		for _, e := range entries(t, box, inbox.Filter{State: inbox.Waiting}) {
			assert.Zero(t, e.Attempts)
			assert.Empty(t, e.Reason)
			assert.False(t, e.DueAt.After(time.Now()), "it waits for nothing")
		}
	})
}

func TestOrderOfAShop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box := mustOpen(t, d, inbox.WithOrder(), inbox.WithConcurrency(8))
		var mu sync.Mutex
		got, tries := map[string][]string{}, map[string]int{}
		total := 0
		for i := range 20 {
			for _, shop := range []string{"7", "8", "9"} {
				accept(t, box, event(fmt.Sprintf("%s-%02d", shop, i), shop))
			}
		}
		start(t, box, func(_ context.Context, e *webhook.Event) error {
			mu.Lock()
			defer mu.Unlock()
			if tries[e.NotificationID]++; tries[e.NotificationID] < 3 &&
				strings.HasSuffix(e.NotificationID, "5") {
				return errors.New("not yet") // holds up those behind it
			}
			shop := string(e.Owner.ShopID)
			got[shop] = append(got[shop], e.NotificationID)
			total++
			return nil
		})
		require.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return total == 60
		}, time.Minute, time.Millisecond)
		for shop, ids := range got {
			assert.IsIncreasing(t, ids, shop)
		}
	})
}

func TestOperators(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		ctx, now := t.Context(), newClock()
		box := mustOpen(t, d, inbox.WithClock(now.now), inbox.WithMaxAttempts(1))
		begin := now.now()
		for i := range 230 { // more than two pages
			e := event(fmt.Sprint(i), []string{"7", "8"}[i%2])
			e.ReceivedAt = begin.Add(time.Duration(i) * time.Second)
			accept(t, box, e)
		}
		now.advance(300 * time.Second)
		stats, err := box.Stats(ctx)
		require.NoError(t, err)
		assert.Equal(t, inbox.Stats{Waiting: 230, Oldest: begin, OldestAge: 300 * time.Second},
			stats)

		assert.Len(t, entries(t, box, inbox.Filter{}), 230)
		assert.Len(t, entries(t, box, inbox.Filter{Owner: "shop 8"}), 115)
		some := entries(t, box, inbox.Filter{From: begin.Add(10 * time.Second),
			To: begin.Add(20 * time.Second)})
		require.Len(t, some, 10)
		assert.Equal(t, "app:1:10", some[0].Key)
		assert.Equal(t, begin.Add(10*time.Second), some[0].ReceivedAt)

		for _, f := range []inbox.Filter{{}, {Owner: "shop 7"}, {State: inbox.Waiting},
			{State: "else"}} {
			_, err := box.Replay(ctx, f)
			assert.NotEmpty(t, tiktokshop.InputErrors(err), f)
			_, err = box.Prune(ctx, f)
			assert.NotEmpty(t, tiktokshop.InputErrors(err), f)
		}
		n, err := box.Prune(ctx, inbox.Filter{Key: "app:1:3"})
		require.NoError(t, err)
		assert.Zero(t, n, "it waits")

		var fail atomic.Bool
		fail.Store(true)
		start(t, box, func(_ context.Context, e *webhook.Event) error {
			if fail.Load() && len(e.NotificationID) == 3 {
				return errors.New("no")
			}
			return nil
		})
		require.Eventually(t, func() bool {
			stats, err := box.Stats(ctx)
			return err == nil && stats.Waiting == 0 && stats.Running == 0
		}, time.Minute, time.Millisecond)
		assert.Len(t, entries(t, box, inbox.Filter{State: inbox.Parked}), 130)
		stats, err = box.Stats(ctx)
		require.NoError(t, err)
		assert.Equal(t, inbox.Stats{Parked: 130}, stats)

		fail.Store(false)
		n, err = box.Replay(ctx, inbox.Filter{State: inbox.Parked,
			From: begin.Add(200 * time.Second), To: begin.Add(210 * time.Second)})
		require.NoError(t, err)
		assert.EqualValues(t, 10, n)
		require.Eventually(t, func() bool {
			stats, err := box.Stats(ctx)
			return err == nil && stats.Waiting == 0
		}, time.Minute, time.Millisecond)
		n, err = box.Prune(ctx, inbox.Filter{State: inbox.Parked})
		require.NoError(t, err)
		assert.EqualValues(t, 120, n)
		assert.Len(t, entries(t, box, inbox.Filter{}), 110)
		n, err = box.Prune(ctx, inbox.Filter{State: inbox.Handled, To: begin.Add(50 * time.Second)})
		require.NoError(t, err)
		assert.EqualValues(t, 50, n)

		// The worker removes what was handled long ago.
		now.advance(48*time.Hour - time.Second)
		accept(t, box, event("more", "7"))
		until(t, box, "app:1:more", is(inbox.Handled))
		assert.Len(t, entries(t, box, inbox.Filter{}), 61)
		now.advance(time.Minute + time.Second)
		require.Eventually(t, func() bool { return len(entries(t, box, inbox.Filter{})) == 1 },
			time.Minute, 5*time.Millisecond)
	})
}

// An old process and its successor work side by side for a while.
func TestTwoWorkersShareATable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		const events = 200
		var calls [events]atomic.Int32
		var total atomic.Int32
		handle := func(_ context.Context, e *webhook.Event) error {
			var i int
			_, _ = fmt.Sscan(e.NotificationID, &i)
			calls[i].Add(1)
			total.Add(1)
			return nil
		}
		one, two := mustOpen(t, d), mustOpen(t, d)
		start(t, one, handle)
		start(t, two, handle)
		for i := range events {
			accept(t, []*inbox.Inbox{one, two}[i%2], event(fmt.Sprint(i), "7"))
		}
		require.Eventually(t, func() bool {
			stats, err := one.Stats(t.Context())
			return err == nil && stats.Waiting == 0
		}, time.Minute, time.Millisecond)
		assert.EqualValues(t, events, total.Load())
		for i := range calls {
			assert.EqualValues(t, 1, calls[i].Load())
		}
	})
}

// A process that lives keeps what it has in hand; one that is dead gives it up, and the attempt
// counts.
func TestLeases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		oldClock, newerClock := newClock(), newClock()
		old := mustOpen(t, d, inbox.WithClock(oldClock.now), inbox.WithLease(time.Hour))
		newer := mustOpen(t, d, inbox.WithClock(newerClock.now), inbox.WithLease(time.Hour),
			inbox.WithMaxAttempts(2))
		block := make(chan struct{})
		defer close(block) // before the workers are closed
		begun := make(chan string, 9)
		hang := func(who string) webhook.Func {
			return func(context.Context, *webhook.Event) error {
				begun <- who
				<-block
				return errors.New("late")
			}
		}
		start(t, old, hang("old"))
		accept(t, old, event("1", "7"))
		assert.Equal(t, "old", <-begun)
		leased := until(t, old, "app:1:1",
			func(e *inbox.Entry) bool { return e.Attempts == 1 }).DueAt
		assert.Equal(t, oldClock.now().Add(time.Hour), leased)
		start(t, newer, hang("newer"))

		for range 3 { // it renews its lease
			oldClock.advance(30 * time.Minute)
			until(t, old, "app:1:1",
				func(e *inbox.Entry) bool { return e.DueAt.Equal(oldClock.now().Add(time.Hour)) })
			newerClock.advance(30 * time.Minute)
		}
		time.Sleep(50 * time.Millisecond)
		assert.Empty(t, begun)
		newerClock.advance(2 * time.Hour) // the old one's stands still: it is dead
		assert.Equal(t, "newer", <-begun)
		until(t, newer, "app:1:1", func(e *inbox.Entry) bool { return e.Attempts == 2 })
		newerClock.advance(2 * time.Hour) // the attempt goes on, its lease is renewed
		until(t, newer, "app:1:1",
			func(e *inbox.Entry) bool { return e.DueAt.Equal(newerClock.now().Add(time.Hour)) })

		last := newClock()
		last.advance(100 * time.Hour)
		third := mustOpen(t, d, inbox.WithClock(last.now), inbox.WithMaxAttempts(2))
		start(t, third, hang("third"))
		e := until(t, third, "app:1:1", is(inbox.Parked))
		assert.Contains(t, e.Reason, "did not come to its end")
		assert.Empty(t, begun, "an event that kills processes does not kill them for ever")
	})
}

func TestWorkGoesOnAfterTheDatabaseFailed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box, db, err := open(d)
		require.NoError(t, err)
		t.Cleanup(func() { db.Close() })
		name := d.Prefix + "inbox"
		moved := make(chan struct{})
		var calls atomic.Int32
		start(t, box, func(context.Context, *webhook.Event) error {
			calls.Add(1)
			<-moved
			return nil
		})
		accept(t, box, event("1", "7"))
		require.Eventually(t, func() bool { return calls.Load() == 1 }, time.Minute,
			time.Millisecond)
		_, err = db.Exec("ALTER TABLE " + name + " RENAME TO " + name + "_gone")
		require.NoError(t, err)
		close(moved)
		require.Error(t, box.Accept(t.Context(), event("2", "7")))
		time.Sleep(20 * time.Millisecond)
		_, err = db.Exec("ALTER TABLE " + name + "_gone RENAME TO " + name)
		require.NoError(t, err)
		until(t, box, "app:1:1", is(inbox.Handled))
		assert.EqualValues(t, 1, calls.Load(), "what it could not write down it did not do again")
		accept(t, box, event("2", "7"))
		until(t, box, "app:1:2", is(inbox.Handled))
	})
}

func TestCloseGivesUpOnADatabaseThatIsGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		box, db, err := open(d)
		require.NoError(t, err)
		begun := make(chan struct{})
		require.NoError(t, box.Start(func(ctx context.Context, _ *webhook.Event) error {
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		}))
		accept(t, box, event("1", "7"))
		<-begun
		require.NoError(t, db.Close())
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, box.Close(ended), context.Canceled)
		require.NoError(t, box.Start(func(context.Context, *webhook.Event) error { return nil }),
			"the old worker has ended")
		require.Error(t, box.Close(ended))
		_, err = box.Stats(t.Context())
		require.Error(t, err)
		_, err = box.Replay(t.Context(), inbox.Filter{State: inbox.Parked})
		require.Error(t, err)
		_, err = box.Prune(t.Context(), inbox.Filter{State: inbox.Parked})
		require.Error(t, err)
		for _, err := range box.Entries(t.Context(), inbox.Filter{}) {
			require.Error(t, err)
		}
	})
}
