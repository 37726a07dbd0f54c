package inbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/sqltable"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

const (
	// dbTimeout bounds a step of the worker in the database.
	dbTimeout = 30 * time.Second
	// closeGrace is how long Close waits for handlers that it broke off.
	closeGrace = 5 * time.Second
	// pruneInterval is how often handled events are looked through for old ones.
	pruneInterval = time.Minute
)

// worker handles what is due. All that it knows belongs to the goroutine of run, which alone takes
// events and writes down what became of them, several in one transaction.
type worker struct {
	*Inbox
	handle webhook.Func
	ctx    context.Context // of the handlers
	cancel context.CancelFunc
	stop   chan struct{}
	done   chan struct{}

	running  map[int64]*task
	count    atomic.Int64 // of running
	results  chan *task
	finished []*task   // not yet written down
	next     time.Time // when the first of those that failed is due again; zero if none did
	pruned   time.Time // when old ones were last looked for; zero: at once
	failures int       // of the database, in a row
}

// task is an event in hand.
type task struct {
	Entry
	due     int64     // what the table says while it is in hand
	renewed time.Time // when the lease was begun or renewed
	err     error     // the handler's
	ended   bool      // the handler was broken off by Close
}

// Start begins to handle events, in the background and until Close. handle is called for several
// events at once, with a context that ends after WithHandlerTimeout and when Close has waited long
// enough. Its error, or a panic, has the event tried again later, not before the Retry-After of an
// *tiktokshop.APIError is over. An event is parked after WithMaxAttempts, and at once when the
// error is one of Park, or says that the account must authorize the app again, a scope is missing
// or the operation is retired, and when its body is no event.
//
// A handle that is nil is a *tiktokshop.InputError; a second Start is an error until Close has
// ended.
func (b *Inbox) Start(handle webhook.Func) error {
	if handle == nil {
		return &tiktokshop.InputError{Field: "handle", Reason: "is nil"}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.worker != nil {
		select {
		case <-b.worker.done: // after Close had given it up
		default:
			return errors.New("inbox: is started already")
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.worker = &worker{
		Inbox: b, handle: handle, ctx: ctx, cancel: cancel, stop: make(chan struct{}),
		done:    make(chan struct{}),
		running: map[int64]*task{}, results: make(chan *task, b.concurrency),
	}
	go b.worker.run()
	return nil
}

// Close ends the work: it takes up nothing more and waits for the handlers that run. When the
// context ends first, theirs are ended, too, and Close returns its error as soon as they have
// returned, after 5 more seconds at the latest; what they had in hand is handled later and does not
// count as tried. Accept and what operators use go on working. Without Start it does nothing.
func (b *Inbox) Close(ctx context.Context) error {
	b.mu.Lock()
	w := b.worker
	if w != nil {
		select {
		case <-w.stop:
		default:
			close(w.stop)
		}
	}
	b.mu.Unlock()
	if w == nil {
		return nil
	}
	var err error
	select {
	case <-w.done:
	case <-ctx.Done():
		err = ctx.Err()
		w.cancel()
		select {
		case <-w.done:
		case <-time.After(closeGrace):
			return err
		}
	}
	w.cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.worker == w {
		b.worker = nil
	}
	return err
}

func (w *worker) run() {
	defer close(w.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	stop := w.stop
	for {
		select {
		case <-w.stop:
			stop = nil // a closed channel would not let the loop wait
		default:
		}
		wait, err := w.turn(stop == nil)
		if err != nil {
			if stop == nil && w.ctx.Err() != nil && len(w.finished) == len(w.running) {
				return // the leases will end, and the events be handled again
			}
			w.failures++
			wait = min(100*time.Millisecond<<min(w.failures, 6), 5*time.Second)
			w.log(slog.LevelError, "database failed, tried again", nil,
				slog.String("error", w.reason(err.Error())))
		} else {
			w.failures = 0
			if stop == nil && len(w.running) == 0 {
				return
			}
		}
		timer.Reset(wait)
		select {
		case t := <-w.results:
			w.finished = append(w.finished, t)
		case <-w.wake:
		case <-stop:
		case <-timer.C:
			continue
		}
		if err != nil { // no hurry then
			select {
			case <-timer.C:
			case <-stop:
			}
		}
		for more := true; more; {
			select {
			case t := <-w.results:
				w.finished = append(w.finished, t)
			default:
				more = false
			}
		}
	}
}

// turn writes down what has finished, renews leases and takes up what is due. It returns how long
// to wait for something to happen.
func (w *worker) turn(stopping bool) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dbTimeout)
	defer cancel()
	now := w.now()
	var renew []*task
	lapsed := 0
	for _, t := range w.running {
		if age := now.Sub(t.renewed); age >= w.lease/3 {
			renew = append(renew, t)
			if age >= w.lease {
				lapsed++
			}
		}
	}
	var due []*task
	free := w.concurrency - len(w.running) + len(w.finished)
	if !stopping && free > 0 {
		var err error
		if due, err = w.due(ctx, now, free+lapsed); err != nil {
			return 0, err
		}
		due = due[:min(len(due), free)]
	}
	taken := due
	if len(w.finished)+len(renew)+len(due) > 0 {
		// What is taken is known by what the last try of the transaction did.
		err := w.transact(ctx, func(tx *sql.Tx) error {
			taken = nil
			for _, t := range w.finished {
				if err := w.settle(ctx, tx, t, now); err != nil {
					return err
				}
			}
			for _, t := range renew {
				if err := w.renew(ctx, tx, t, now); err != nil {
					return err
				}
			}
			for _, t := range due {
				ok, err := w.take(ctx, tx, t, now)
				if err != nil {
					return err
				}
				if ok {
					taken = append(taken, t)
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	for _, t := range w.finished {
		w.report(t)
		delete(w.running, t.ID)
	}
	w.finished = nil
	for _, t := range renew {
		t.renewed = now
	}
	for _, t := range taken {
		t.Attempts++
		t.renewed = now
		w.running[t.ID] = t
		go w.call(t)
	}
	w.count.Store(int64(len(w.running)))

	wait := min(w.poll, w.lease/3)
	// others may have been behind those that were not to be had
	if len(due) == free && len(taken) < free && !stopping {
		wait = 0
	}
	if !w.next.IsZero() && !w.next.After(now) { // others that failed are due later
		next, err := w.nextDue(ctx, now)
		if err != nil {
			return 0, err
		}
		w.next = next
	}
	if !w.next.IsZero() {
		wait = min(wait, max(w.next.Sub(now), time.Millisecond))
	}
	if !stopping && now.Sub(w.pruned) >= pruneInterval {
		n, err := w.prune(ctx, "state = ? AND due_at <= ?", string(Handled),
			now.Add(-w.keep).UnixMilli())
		if err != nil {
			return 0, err
		}
		if n < pruneBatch {
			w.pruned = now
		} else {
			wait = 0
		}
	}
	return wait, nil
}

// transact runs f in a transaction, again if the database says so.
func (b *Inbox) transact(ctx context.Context, f func(*sql.Tx) error) error {
	return sqltable.Again(ctx, func() error {
		tx, err := b.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := f(tx); err != nil {
			_ = tx.Rollback()
			return err
		}
		return tx.Commit()
	})
}

// due returns events whose time has come and which are not in hand, the longest due first.
func (w *worker) due(ctx context.Context, now time.Time, limit int) ([]*task, error) {
	query := "SELECT " + columns + " FROM {table} t WHERE state = ? AND due_at <= ?"
	if w.ordered {
		query += " AND (owner = '' OR NOT EXISTS (SELECT 1 FROM {table} e WHERE e.owner = t.owner AND e.state = 'waiting' AND e.id < t.id))"
	}
	rows, err := w.db.QueryContext(ctx, w.table.SQL(query+" ORDER BY due_at, id LIMIT ?"),
		string(Waiting), now.UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	var tasks []*task
	err = scan(rows, func(e *Entry, due int64) {
		if w.running[e.ID] == nil {
			tasks = append(tasks, &task{Entry: *e, due: due})
		}
	})
	return tasks, err
}

// nextDue is when the next event is due that is not due yet, zero if there is none.
func (w *worker) nextDue(ctx context.Context, now time.Time) (time.Time, error) {
	var next sql.NullInt64
	err := w.db.QueryRowContext(ctx,
		w.table.SQL("SELECT MIN(due_at) FROM {table} WHERE state = ? AND due_at > ?"),
		string(Waiting), now.UnixMilli()).Scan(&next)
	if err != nil || !next.Valid {
		return time.Time{}, err
	}
	return time.UnixMilli(next.Int64), nil
}

// take leases an event, and counts the attempt before it is made: one that kills the process
// counts. It reports whether the event is to be handled.
func (w *worker) take(ctx context.Context, tx *sql.Tx, t *task, now time.Time) (bool, error) {
	if t.Attempts >= w.attempts {
		reason := "no attempt is left, and the last one did not come to its end"
		if t.Reason != "" {
			reason += "; before: " + t.Reason
		}
		_, err := tx.ExecContext(ctx,
			w.table.SQL("UPDATE {table} SET state = ?, due_at = ?, reason = ? "+
				"WHERE id = ? AND state = ? AND due_at = ?"),
			string(Parked), now.UnixMilli(), w.reason(reason), t.ID, string(Waiting), t.due)
		return false, err
	}
	result, err := tx.ExecContext(ctx,
		w.table.SQL("UPDATE {table} SET attempts = attempts + 1, due_at = ? "+
			"WHERE id = ? AND state = ? AND due_at = ?"), now.Add(
			w.lease).UnixMilli(), t.ID, string(Waiting), t.due)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected() // 0: another process was faster
	return n > 0, err
}

func (w *worker) renew(ctx context.Context, tx *sql.Tx, t *task, now time.Time) error {
	_, err := tx.ExecContext(ctx,
		w.table.SQL("UPDATE {table} SET due_at = ? WHERE id = ? AND state = ? AND attempts = ?"),
		now.Add(w.lease).UnixMilli(), t.ID, string(Waiting), t.Attempts)
	return err
}

// settle writes down what became of an event. A success counts even if the lease was lost; a
// failure does not, as another attempt runs then.
func (w *worker) settle(ctx context.Context, tx *sql.Tx, t *task, now time.Time) error {
	state, due, attempts, reason := Waiting, now, t.Attempts, ""
	switch {
	case t.err == nil:
		_, err := tx.ExecContext(ctx,
			w.table.SQL("UPDATE {table} SET state = ?, due_at = ?, reason = '' WHERE id = ? AND state <> ?"),
			string(Handled), now.UnixMilli(), t.ID, string(Handled))
		return err
	case t.ended:
		attempts, reason = attempts-1, t.Reason
	case t.Attempts >= w.attempts || hopeless(t.err):
		state, reason = Parked, w.reason(t.err.Error())
	default:
		due, reason = now.Add(w.delay(t.err, t.Attempts)), w.reason(t.err.Error())
		if w.next.IsZero() || due.Before(w.next) {
			w.next = due
		}
	}
	t.State, t.DueAt = state, due
	_, err := tx.ExecContext(ctx,
		w.table.SQL("UPDATE {table} SET state = ?, due_at = ?, attempts = ?, reason = ? "+
			"WHERE id = ? AND state = ? AND attempts = ?"),
		string(state), due.UnixMilli(), attempts, reason, t.ID, string(Waiting), t.Attempts)
	return err
}

// report logs what became of an event.
func (w *worker) report(t *task) {
	switch {
	case t.err == nil || t.ended:
	case t.State == Parked:
		w.log(slog.LevelError, "event parked", t, slog.Int("attempts", t.Attempts),
			slog.String("error", w.reason(t.err.Error())))
	default:
		w.log(slog.LevelWarn, "event not handled, tried again later", t,
			slog.Int("attempts", t.Attempts),
			slog.Time("next", t.DueAt), slog.String("error", w.reason(t.err.Error())))
	}
}

var errNoReturn = errors.New("the handler did not return")

// call handles an event in a goroutine of its own.
func (w *worker) call(t *task) {
	ctx, cancel := context.WithTimeout(w.ctx, w.timeout)
	err := errNoReturn
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			w.log(slog.LevelError, "panic in a handler", t,
				slog.String("panic", w.reason(fmt.Sprint(p))),
				slog.String("stack", string(debug.Stack())))
		}
		cancel()
		t.err, t.ended = err, err != nil && w.ctx.Err() != nil
		w.results <- t
	}()
	event, unread := webhook.Parse(t.Body)
	if unread != nil {
		err = Park(unread)
		return
	}
	err = w.handle(ctx, event)
}

func (b *Inbox) log(level slog.Level, message string, t *task, attrs ...slog.Attr) {
	logger := b.logger
	if logger == nil {
		logger = slog.Default()
	}
	if t != nil {
		attrs = append([]slog.Attr{slog.String("event", t.Key), slog.String("owner", t.Owner)},
			attrs...)
	}
	logger.LogAttrs(context.Background(), level, "inbox: "+message, attrs...)
}
