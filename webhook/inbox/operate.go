package inbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/sqltable"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// State is what has become of an event.
type State string

const (
	// Waiting: it is in hand or will be tried.
	Waiting State = "waiting"
	// Parked: it failed for good, and is kept for somebody to look at.
	Parked State = "parked"
	// Handled: its handler returned nil.
	Handled State = "handled"
)

// Entry is an event as the inbox keeps it.
type Entry struct {
	// ID counts events in about the order in which they came.
	ID int64
	// Key is the Delivery's, or a hash of it if that is longer than 255 bytes or not of printable
	// ASCII.
	Key string
	// Owner is whom the event concerns, as webhook.Owner prints it.
	Owner string
	Topic webhook.Topic
	// Body is the event as it was signed; webhook.Parse reads it.
	Body       []byte
	ReceivedAt time.Time
	State      State
	// Attempts counts those that were begun, since the last Replay if there was one.
	Attempts int
	// DueAt is when a waiting event is tried next, or when the lease of its running attempt ends;
	// of another it is when it was handled or parked.
	DueAt time.Time
	// Reason is the error of the last attempt that failed, without secrets; "" if none did and of
	// what was handled.
	Reason string
}

// Filter chooses events. What is zero does not choose.
type Filter struct {
	// Key is that of one event, as webhook.Delivery or Entry has it.
	Key string
	// State is what has become of them.
	State State
	// From and To are the times between which they were received, To excluded.
	From, To time.Time
	// Owner is whom they concern, such as "shop 7494049642642441621".
	Owner string
}

// where returns the filter as a condition.
func (f Filter) where() (string, []any) {
	conditions, args := []string{"1 = 1"}, []any(nil)
	add := func(condition string, arg any) {
		conditions, args = append(conditions, condition), append(args, arg)
	}
	if f.Key != "" {
		add("event_key = ?", sqltable.Key(f.Key))
	}
	if f.State != "" {
		add("state = ?", string(f.State))
	}
	if f.Owner != "" {
		add("owner = ?", sqltable.Key(f.Owner))
	}
	if !f.From.IsZero() {
		add("received_at >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		add("received_at < ?", f.To.UnixMilli())
	}
	return strings.Join(conditions, " AND "), args
}

const columns = "id, event_key, owner, topic, body, received_at, state, attempts, due_at, reason"

// scan reads rows of the columns and closes them.
func scan(rows *sql.Rows, f func(e *Entry, due int64)) error {
	var err error
	for rows.Next() {
		var e Entry
		var topic, received, due int64
		if err = rows.Scan(&e.ID, &e.Key, &e.Owner, &topic, &e.Body, &received, &e.State,
			&e.Attempts, &due, &e.Reason); err != nil {
			break
		}
		e.Topic, e.ReceivedAt, e.DueAt = webhook.Topic(topic), time.UnixMilli(received),
			time.UnixMilli(due)
		f(&e, due)
	}
	return errors.Join(err, rows.Err(), rows.Close())
}

// pageSize is how many entries are read at a time.
const pageSize = 100

// Entries iterates over events in the order of their ids. It ends with an error if the database
// fails.
func (b *Inbox) Entries(ctx context.Context, f Filter) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		where, args := f.where()
		query := b.table.SQL("SELECT " + columns + " FROM {table} WHERE " + where +
			" AND id > ? ORDER BY id LIMIT " + strconv.Itoa(pageSize))
		for last := int64(0); ; {
			var page []*Entry
			rows, err := b.db.QueryContext(ctx, query, append(args[:len(args):len(args)], last)...)
			if err == nil {
				err = scan(rows, func(e *Entry, _ int64) { page = append(page, e) })
			}
			if err != nil {
				yield(nil, fmt.Errorf("inbox: entries: %w", err))
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				last = e.ID
			}
			if len(page) < pageSize {
				return
			}
		}
	}
}

// settled checks the filter of what changes events: it must say which, and must not mean waiting
// ones.
func settled(f Filter) error {
	switch {
	case f.State == "" && f.Key == "":
		return &tiktokshop.InputError{Field: "State",
			Reason: "is missing: Parked or Handled, or a Key"}
	case f.State != "" && f.State != Parked && f.State != Handled:
		return &tiktokshop.InputError{Field: "State", Reason: "must be Parked or Handled"}
	}
	return nil
}

// Replay has parked or handled events handled again, from now on and with all attempts before them,
// and returns how many: one by its Key, a range by From and To, or all of a State. A filter without
// State and Key, or for waiting events, is a *tiktokshop.InputError.
func (b *Inbox) Replay(ctx context.Context, f Filter) (int64, error) {
	if err := settled(f); err != nil {
		return 0, err
	}
	where, args := f.where()
	n, err := b.exec(ctx,
		"UPDATE {table} SET state = ?, attempts = 0, due_at = ? WHERE state <> ? AND "+where,
		append([]any{string(Waiting), b.now().UnixMilli(), string(Waiting)}, args...)...)
	if err != nil {
		return 0, fmt.Errorf("inbox: replay: %w", err)
	}
	b.nudge()
	return n, nil
}

// Prune removes parked or handled events and returns how many. A later delivery of a removed one is
// taken for new. The worker itself removes what was handled, after WithKeep. A filter without State
// and Key, or for waiting events, is a *tiktokshop.InputError.
func (b *Inbox) Prune(ctx context.Context, f Filter) (int64, error) {
	if err := settled(f); err != nil {
		return 0, err
	}
	where, args := f.where()
	var all int64
	for {
		n, err := b.prune(ctx, where, args...)
		if all += n; err != nil {
			return all, fmt.Errorf("inbox: prune: %w", err)
		}
		if n < pruneBatch {
			return all, nil
		}
	}
}

// pruneBatch is how many events are removed at a time, so that nothing waits for long.
const pruneBatch = 500

// prune removes what is not waiting of a batch.
func (b *Inbox) prune(ctx context.Context, where string, args ...any) (int64, error) {
	rows, err := b.db.QueryContext(ctx,
		b.table.SQL("SELECT id FROM {table} WHERE "+where+" ORDER BY id LIMIT "+
			strconv.Itoa(pruneBatch)), args...)
	if err != nil {
		return 0, err
	}
	var ids []string
	for rows.Next() {
		var id int64
		if err = rows.Scan(&id); err != nil {
			break
		}
		ids = append(ids, strconv.FormatInt(id, 10))
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil || len(ids) == 0 {
		return 0, err
	}
	return b.exec(ctx, "DELETE FROM {table} WHERE id IN ("+strings.Join(ids, ", ")+
		") AND state <> ?", string(Waiting))
}

// Stats is how an inbox stands, for metrics.
type Stats struct {
	// Waiting and Parked count events; those in hand are waiting.
	Waiting, Parked int64
	// Oldest is when the oldest waiting event was received, OldestAge how long ago that is; zero if
	// none waits.
	Oldest    time.Time
	OldestAge time.Duration
	// Running counts the handlers that run in this process.
	Running int
}

// Stats returns how the inbox stands.
func (b *Inbox) Stats(ctx context.Context) (Stats, error) {
	var s Stats
	var oldest sql.NullInt64
	err := b.db.QueryRowContext(ctx,
		b.table.SQL("SELECT COUNT(*), MIN(received_at) FROM {table} WHERE state = ?"),
		string(Waiting)).
		Scan(&s.Waiting, &oldest)
	if err == nil {
		err = b.db.QueryRowContext(ctx, b.table.SQL("SELECT COUNT(*) FROM {table} WHERE state = ?"),
			string(Parked)).Scan(&s.Parked)
	}
	if err != nil {
		return Stats{}, fmt.Errorf("inbox: stats: %w", err)
	}
	if oldest.Valid {
		s.Oldest = time.UnixMilli(oldest.Int64)
		s.OldestAge = max(b.now().Sub(s.Oldest), 0)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.worker != nil {
		s.Running = int(b.worker.count.Load())
	}
	return s, nil
}
