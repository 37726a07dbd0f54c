package inbox

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/dbtest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/inbox"
)

// bubble is a database in fake time, in which the default times of an inbox pass at once.
type bubble struct {
	*testing.T
	d      dbtest.Database
	db     *sql.DB
	box    *inbox.Inbox
	logged logs
}

// logs is a log that the worker writes while a test reads it.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.b.Bytes(), []byte(text))
}

// inBubble runs a test in fake time. The inbox has the defaults, but for the options.
func inBubble(t *testing.T, test func(*bubble), opts ...inbox.Option) {
	t.Helper()
	t.Parallel()
	d := dbtest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{T: t, d: d}
		b.db = d.MustOpen(t)
		b.box = b.newInbox(opts...)
		require.NoError(t, b.box.CreateTable(t.Context()))
		test(b)
	})
}

// newInbox is another process's.
func (b *bubble) newInbox(opts ...inbox.Option) *inbox.Inbox {
	box, err := inbox.New(b.db, b.d.Dialect, append([]inbox.Option{
		inbox.WithTablePrefix(b.d.Prefix),
		inbox.WithLogger(slog.New(slog.NewTextHandler(&b.logged, nil))),
	}, opts...)...)
	require.NoError(b, err)
	return box
}

// seldom has the worker look at the table for its own reasons alone.
var seldom = []inbox.Option{inbox.WithPollInterval(time.Hour), inbox.WithLease(10 * time.Hour)}

// start has the inbox handle events until the test ends.
func (b *bubble) start(handle webhook.Func) { start(b.T, b.box, handle) }

// entry is the event as the table has it.
func (b *bubble) entry(key string) *inbox.Entry {
	b.Helper()
	all := entries(b.T, b.box, inbox.Filter{Key: key})
	require.Len(b, all, 1)
	return all[0]
}

// rename takes the table away, or puts it back.
func (b *bubble) rename(from, to string) {
	_, err := b.db.Exec("ALTER TABLE " + from + " RENAME TO " + to)
	require.NoError(b, err)
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d) // in a bubble: no waiting
	synctest.Wait()
}

func TestBackoffOfAnEvent(t *testing.T) {
	inBubble(t, func(b *bubble) {
		var at []time.Time
		b.start(func(context.Context, *webhook.Event) error {
			at = append(at, time.Now())
			return errors.New("not yet")
		})
		accept(b.T, b.box, event("1", "7"))
		pass(24 * time.Hour)
		require.Len(b, at, 20, "attempts by default")
		longest := 5 * time.Second
		for i := 1; i < len(at); i++ {
			wait := at[i].Sub(at[i-1])
			assert.GreaterOrEqual(b, wait, longest/2, "before attempt %d", i+1)
			assert.LessOrEqual(b, wait, longest+10*time.Millisecond, "before attempt %d", i+1)
			longest = min(2*longest, time.Hour)
		}
		assert.Equal(b, inbox.Parked, b.entry("app:1:1").State)
		assert.Equal(b, 19, b.logged.count("event not handled, tried again later"))
		assert.Equal(b, 1, b.logged.count("event parked"))
	}, seldom...)
}

// The first of several that failed is the first to be tried again.
func TestBackoffOfManyEvents(t *testing.T) {
	inBubble(t, func(b *bubble) {
		waits := map[string]time.Duration{}
		begun := map[string]time.Time{}
		var mu sync.Mutex
		b.start(func(_ context.Context, e *webhook.Event) error {
			mu.Lock()
			defer mu.Unlock()
			id := e.NotificationID
			if before, again := begun[id]; again {
				waits[id] = time.Since(before)
				return nil
			}
			begun[id] = time.Now()
			return errors.New("not yet")
		})
		for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
			accept(b.T, b.box, event(id, "7"))
			pass(700 * time.Millisecond)
		}
		pass(time.Minute)
		require.Len(b, waits, 6)
		for id, wait := range waits {
			assert.GreaterOrEqual(b, wait, 2500*time.Millisecond, id)
			assert.LessOrEqual(b, wait, 5*time.Second+10*time.Millisecond,
				"%s: as late as it is due, not as the poll comes", id)
		}
	}, seldom...)
}

func TestHandlerTimeout(t *testing.T) {
	inBubble(t, func(b *bubble) {
		var took time.Duration
		b.start(func(ctx context.Context, _ *webhook.Event) error {
			begun := time.Now()
			<-ctx.Done()
			took = time.Since(begun)
			return ctx.Err()
		})
		accept(b.T, b.box, event("1", "7"))
		pass(61 * time.Second)
		assert.Equal(b, time.Minute, took)
		e := b.entry("app:1:1")
		assert.Equal(b, 1, e.Attempts, "it counts, other than one that Close breaks off")
		assert.Equal(b, context.DeadlineExceeded.Error(), e.Reason)
	})
}

// What another process accepts is seen within the poll interval.
func TestPoll(t *testing.T) {
	inBubble(t, func(b *bubble) {
		handled := make(chan time.Time, 1)
		b.start(func(context.Context, *webhook.Event) error { handled <- time.Now(); return nil })
		pass(10*time.Minute + time.Millisecond)
		other := b.newInbox()
		accepted := time.Now()
		accept(b.T, other, event("1", "7"))
		took := (<-handled).Sub(accepted)
		assert.Positive(b, took)
		assert.LessOrEqual(b, took, time.Second)
	})
}

// A lease is renewed before it has run out by half, and is as long as it should be, however seldom
// the worker looks for others.
func TestLeaseOfALongHandler(t *testing.T) {
	for _, poll := range []time.Duration{time.Second, time.Hour} {
		t.Run(poll.String(), func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				finish := make(chan struct{})
				b.start(func(context.Context, *webhook.Event) error { <-finish; return nil })
				for _, id := range []string{"1", "2"} {
					accept(b.T, b.box, event(id, "7"))
					synctest.Wait()
				}
				pass(15 * time.Second)
				for _, key := range []string{"app:1:1", "app:1:2"} {
					least, most := time.Hour, time.Duration(0)
					for range 60 {
						pass(time.Second)
						left := b.entry(key).DueAt.Sub(time.Now())
						least, most = min(least, left), max(most, left)
					}
					assert.GreaterOrEqual(b, least, 15*time.Second)
					assert.LessOrEqual(b, most, 30*time.Second)
					assert.GreaterOrEqual(b, most, 29*time.Second)
					assert.LessOrEqual(b, least, 21*time.Second, "not all the time")
				}
				close(finish)
				synctest.Wait()
				for _, key := range []string{"app:1:1", "app:1:2"} {
					e := b.entry(key)
					assert.Equal(b, inbox.Handled, e.State)
					assert.Equal(b, 1, e.Attempts)
				}
			}, inbox.WithPollInterval(poll))
		})
	}
}

// A place that gets free is taken at once.
func TestNextEventFollowsAtOnce(t *testing.T) {
	inBubble(t, func(b *bubble) {
		for _, id := range []string{"1", "2", "3"} {
			accept(b.T, b.box, event(id, "7"))
		}
		var at []time.Time
		b.start(func(context.Context, *webhook.Event) error {
			at = append(at, time.Now())
			time.Sleep(time.Second)
			return nil
		})
		pass(4 * time.Second)
		require.Len(b, at, 3)
		assert.Equal(b, 2*time.Second, at[2].Sub(at[0]))
	}, append(seldom, inbox.WithConcurrency(1))...)
}

// Events that have no attempt left do not hold up those behind them.
func TestEventBehindThoseThatAreParked(t *testing.T) {
	inBubble(t, func(b *bubble) {
		fill(b.T, b.d, 35, time.Now())
		_, err := b.db.Exec("UPDATE " + b.d.Prefix +
			"inbox SET state = 'waiting', attempts = 20, reason = 'out of cheese'")
		require.NoError(b, err)
		pass(time.Millisecond)
		accept(b.T, b.box, event("1", "7"))
		b.start(func(context.Context, *webhook.Event) error { return nil })
		pass(time.Second)
		assert.Equal(b, inbox.Handled, b.entry("app:1:1").State)
		parked := entries(b.T, b.box, inbox.Filter{State: inbox.Parked})
		require.Len(b, parked, 35)
		assert.Equal(b,
			"no attempt is left, and the last one did not come to its end; before: out of cheese",
			parked[0].Reason)
	}, seldom...)
}

// What the database refuses has not been done: it is logged, and done when the database takes it.
func TestDatabaseThatRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, when string
		calls      int // meanwhile
	}{
		{"to take an event", "new.attempts > old.attempts", 0},
		{"to renew a lease", "new.state = 'waiting' AND new.attempts = old.attempts", 1},
		{"to write down a success", "new.state = 'handled'", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(b *bubble) {
				exec := func(statement string) {
					_, err := b.db.Exec(statement)
					require.NoError(b, err)
				}
				exec("CREATE TRIGGER refuse BEFORE UPDATE ON " + b.d.Prefix + "inbox WHEN " +
					tt.when +
					" BEGIN SELECT RAISE(ABORT, 'refused'); END")
				calls := 0
				finish := make(chan struct{})
				b.start(func(context.Context, *webhook.Event) error {
					calls++
					if calls == 1 && tt.name == "to renew a lease" {
						<-finish
					}
					return nil
				})
				accept(b.T, b.box, event("1", "7"))
				pass(20 * time.Second)
				assert.Equal(b, tt.calls, calls)
				assert.Equal(b, inbox.Waiting, b.entry("app:1:1").State)
				assert.Greater(b, b.logged.count("database failed, tried again"), 3)
				exec("DROP TRIGGER refuse")
				close(finish)
				pass(10 * time.Second)
				assert.Equal(b, 1, calls)
				assert.Equal(b, inbox.Handled, b.entry("app:1:1").State)
			})
		})
	}
}

// TestDatabaseIsAskedSeldomWhileItFails: the pauses double, up to five seconds.
func TestDatabaseIsAskedSeldomWhileItFails(t *testing.T) {
	inBubble(t, func(b *bubble) {
		handled := make(chan struct{}, 9)
		b.start(func(context.Context, *webhook.Event) error { handled <- struct{}{}; return nil })
		pass(time.Minute)
		name := b.d.Prefix + "inbox"
		failures := func() int { return b.logged.count("database failed, tried again") }
		for range 2 { // it begins anew after a success
			b.rename(name, name+"_gone")
			before := failures()
			pass(time.Minute)
			assert.Equal(b, 16, failures()-before,
				"after 0.2, 0.4, 0.8, 1.6, 3.2 and then each 5 seconds")
			for range 50 { // an event that comes is no reason to hurry
				assert.Error(b, b.box.Accept(b.Context(), event("1", "7")))
			}
			b.rename(name+"_gone", name)
			pass(6 * time.Second)
			accept(b.T, b.box, event("2", "7"))
			pass(time.Second)
		}
		assert.Len(b, handled, 1)
	})
}

// Close waits for the database as long as its context lasts: what was done is written down.
func TestCloseWaitsForTheDatabase(t *testing.T) {
	inBubble(t, func(b *bubble) {
		finish := make(chan struct{})
		require.NoError(b,
			b.box.Start(func(context.Context, *webhook.Event) error { <-finish; return nil }))
		accept(b.T, b.box, event("1", "7"))
		synctest.Wait()
		b.rename(b.d.Prefix+"inbox", "gone")
		closed := make(chan error, 1)
		go func() { closed <- b.box.Close(b.Context()) }()
		close(finish)
		pass(3 * time.Second)
		assert.Empty(b, closed)
		b.rename("gone", b.d.Prefix+"inbox")
		require.NoError(b, <-closed)
		assert.Equal(b, inbox.Handled, b.entry("app:1:1").State)
	})
}

// Close does not wait for ever for a handler that does not return.
func TestCloseGivesUpOnAHandler(t *testing.T) {
	inBubble(t, func(b *bubble) {
		finish := make(chan struct{})
		hang := func(context.Context, *webhook.Event) error { <-finish; return nil }
		require.NoError(b, b.box.Start(hang))
		accept(b.T, b.box, event("1", "7"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		require.ErrorIs(b, b.box.Close(ctx), context.DeadlineExceeded)
		assert.Equal(b, 6*time.Second, time.Since(begun), "five more for the handlers to end")
		require.Error(b, b.box.Start(hang), "the old worker is there still")
		close(finish)
		synctest.Wait()
		require.NoError(b, b.box.Start(hang))
		pass(time.Minute)
		e := b.entry("app:1:1")
		assert.Equal(b, inbox.Handled, e.State, "a success counts, however late")
		stats, err := b.box.Stats(b.Context())
		require.NoError(b, err)
		assert.Zero(b, stats.Running)
		require.NoError(b, b.box.Close(b.Context()))
	})
}

// What was handled long ago goes soon.
func TestPruneInterval(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.start(func(context.Context, *webhook.Event) error { return nil })
		accept(b.T, b.box, event("1", "7"))
		pass(48*time.Hour - 2*time.Second)
		assert.Len(b, entries(b.T, b.box, inbox.Filter{}), 1)
		pass(2 * time.Minute)
		assert.Empty(b, entries(b.T, b.box, inbox.Filter{}))
	}, inbox.WithPollInterval(30*time.Second), inbox.WithLease(10*time.Hour))
}
