// Package inbox keeps webhooks in a table and handles them later, on one machine: an event that the
// platform was told to be received survives the process, is tried again until it is handled, and is
// put aside with the reason when it fails too often.
//
//	db, err := sql.Open("sqlite", "file:inbox.db?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
//	...
//	box, err := inbox.New(db, inbox.SQLite)
//	...
//	err = box.CreateTable(ctx) // or run the statements of Migrations with the other migrations
//	...
//	handler, err := webhook.NewDurableHandler(verifier, box)
//	...
//	err = box.Start(func(ctx context.Context, event *webhook.Event) error { … })
//	...
//	err = box.Close(ctx) // after http.Server.Shutdown
//
// The database decides what a crash leaves: keep SQLite's synchronous at FULL, PostgreSQL's
// synchronous_commit on, and innodb_flush_log_at_trx_commit at 1.
//
// # What it promises
//
// An event that was accepted is handled to success once, or parked, if processes die at whatever
// point. A handler that ran when its process died runs again, as does one whose success was not yet
// written down, some milliseconds: it must bear a repeat. A duplicate of an event that is waiting,
// parked or handled is dropped, until the event is pruned. Events are handled about in the order in
// which they came, several at once; with WithOrder those of one shop are handled one after the
// other.
//
// The times in the table are those of the process's clock. One process has the worker; if for a
// while there are two, as while one replaces the other, each event is still in one of them, as long
// as the clocks of their machines agree within the lease. For many machines use an engine, such as
// River.
package inbox

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
	"github.com/tiktokshop-go/tiktokshop/internal/sqltable"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// Dialect is a database's kind of SQL. It is the same type in all SQL stores of the SDK.
type Dialect = sqltable.Dialect

const (
	// SQLite is version 3.24 or later. Set a busy timeout in the data source name.
	SQLite = sqltable.SQLite
	// PostgreSQL is version 9.5 or later.
	PostgreSQL = sqltable.PostgreSQL
	// MySQL is MySQL 8 or MariaDB 10.5, or later.
	MySQL = sqltable.MySQL
)

// DefaultTablePrefix stands before the table's name, inbox.
const DefaultTablePrefix = sqltable.DefaultPrefix

const table = "inbox"

// lastDelivery is when the platform delivers an event for the last time, after the first.
const lastDelivery = 15*time.Hour + 32*time.Minute

// Inbox is a webhook.Sink that keeps events in a database table, and the worker that handles them.
// It is safe for concurrent use.
type Inbox struct {
	db      *sql.DB
	table   sqltable.Table
	prefix  string
	logger  *slog.Logger
	now     func() time.Time
	scrub   *scrub.Scrubber
	ordered bool

	concurrency, attempts                          int
	timeout, lease, minDelay, maxDelay, poll, keep time.Duration

	wake chan struct{} // something may be due

	mu     sync.Mutex // of what follows
	worker *worker
}

var _ webhook.Sink = (*Inbox)(nil)

// Option sets one thing of an Inbox. A value that cannot work is a *tiktokshop.InputError.
type Option func(*Inbox) error

// WithTablePrefix sets what stands before the table's name instead of DefaultTablePrefix, "" for
// nothing. A schema may come first: "app.tiktokshop_". Only letters, digits and underscores are
// taken.
func WithTablePrefix(prefix string) Option {
	return func(b *Inbox) error {
		b.prefix = prefix
		return nil
	}
}

// positive returns an option's error for a time that is not at least a millisecond, what the table
// counts.
func positive(field string, d time.Duration) error {
	if d < time.Millisecond {
		return &tiktokshop.InputError{Field: field,
			Reason: fmt.Sprintf("is %v, must be at least a millisecond", d)}
	}
	return nil
}

// WithConcurrency sets how many events are handled at once, 10 by default.
func WithConcurrency(n int) Option {
	return func(b *Inbox) error {
		if n < 1 || n > 1000 {
			return &tiktokshop.InputError{Field: "concurrency",
				Reason: fmt.Sprintf("is %d, must be from 1 to 1000", n)}
		}
		b.concurrency = n
		return nil
	}
}

// WithMaxAttempts sets how often an event is tried before it is parked, 20 times by default, which
// with the default backoff takes about half a day. An attempt that a process did not survive
// counts; one that Close broke off does not.
func WithMaxAttempts(n int) Option {
	return func(b *Inbox) error {
		if n < 1 {
			return &tiktokshop.InputError{Field: "max attempts",
				Reason: fmt.Sprintf("is %d, must be positive", n)}
		}
		b.attempts = n
		return nil
	}
}

// WithBackoff sets how long after a failed attempt the next one comes: shortest after the first and
// twice as long after each, up to longest, 5 seconds and an hour by default. Up to half of it is
// left out at random, so that what failed together does not come back together.
func WithBackoff(shortest, longest time.Duration) Option {
	return func(b *Inbox) error {
		if err := positive("backoff", shortest); err != nil {
			return err
		}
		if longest < shortest {
			return &tiktokshop.InputError{Field: "backoff",
				Reason: fmt.Sprintf("is %v at the longest, less than %v at the shortest", longest,
					shortest)}
		}
		b.minDelay, b.maxDelay = shortest, longest
		return nil
	}
}

// WithHandlerTimeout sets when the context of a handler ends, 1 minute after its start by default.
func WithHandlerTimeout(d time.Duration) Option {
	return func(b *Inbox) error {
		b.timeout = d
		return positive("handler timeout", d)
	}
}

// WithLease sets how long after the death of a process another one, or itself after a restart,
// takes up what it had in hand, 30 seconds by default and a second at the least. A process that
// lives renews its lease, however long a handler takes.
func WithLease(d time.Duration) Option {
	return func(b *Inbox) error {
		if d < time.Second {
			return &tiktokshop.InputError{Field: "lease",
				Reason: fmt.Sprintf("is %v, must be at least a second", d)}
		}
		b.lease = d
		return nil
	}
}

// WithPollInterval sets how often the worker looks for what another process has accepted or
// replayed, each second by default. What this one accepts, it takes up at once.
func WithPollInterval(d time.Duration) Option {
	return func(b *Inbox) error {
		b.poll = d
		return positive("poll interval", d)
	}
}

// WithKeep sets for how long a handled event is kept, after it was handled, 48 hours by default: so
// long its duplicates are dropped and it can be replayed. Less than 15 hours and 32 minutes, when
// the platform delivers for the last time, is refused. Parked events stay until Prune.
func WithKeep(d time.Duration) Option {
	return func(b *Inbox) error {
		if d < lastDelivery {
			return &tiktokshop.InputError{Field: "time to keep",
				Reason: fmt.Sprintf(
					"is %v, must be at least %v: so late comes the platform's last delivery", d,
					lastDelivery)}
		}
		b.keep = d
		return nil
	}
}

// WithOrder has the events of one shop, seller or creator handled one after the other, in the order
// in which they came. One that fails holds up those behind it until it is handled or parked: set
// backoff and attempts accordingly. Note that the platform delivers out of order itself. By default
// events are handled side by side.
func WithOrder() Option {
	return func(b *Inbox) error {
		b.ordered = true
		return nil
	}
}

// WithLogger sets where failures are logged, by default slog.Default. Records name the event by its
// key and owner, never its data.
func WithLogger(logger *slog.Logger) Option {
	return func(b *Inbox) error {
		if logger == nil {
			return &tiktokshop.InputError{Field: "logger", Reason: "is nil"}
		}
		b.logger = logger
		return nil
	}
}

// WithSecrets names secrets that are masked in the errors of handlers before they are kept and
// logged, such as the app secret. Errors of this SDK have none.
func WithSecrets(secrets ...string) Option {
	return func(b *Inbox) error {
		b.scrub = scrub.New(secrets...)
		return nil
	}
}

// WithClock sets the clock instead of time.Now.
func WithClock(now func() time.Time) Option {
	return func(b *Inbox) error {
		if now == nil {
			return &tiktokshop.InputError{Field: "clock", Reason: "is nil"}
		}
		b.now = now
		return nil
	}
}

// New returns an inbox in a database, which the caller opens and closes. Without Start it accepts
// events and does what an operator needs, and another process may have the worker. Bad input is a
// *tiktokshop.InputError each.
func New(db *sql.DB, dialect Dialect, opts ...Option) (*Inbox, error) {
	b := &Inbox{
		db: db, prefix: DefaultTablePrefix, now: time.Now, scrub: scrub.New(),
		concurrency: 10, attempts: 20,
		timeout: time.Minute, lease: 30 * time.Second, minDelay: 5 * time.Second,
		maxDelay: time.Hour,
		poll:     time.Second, keep: 48 * time.Hour,
		wake: make(chan struct{}, 1),
	}
	if err := sqltable.Configure(b, opts, db, dialect, &b.prefix, inputError); err != nil {
		return nil, err
	}
	b.table = sqltable.New(dialect, b.prefix, table)
	return b, nil
}

func inputError(field, reason string) error {
	return &tiktokshop.InputError{Field: field, Reason: reason}
}

// Migrations returns the statements that create the table and its indexes if they are not there,
// for a tool that runs migrations. Later versions of the SDK append to them and change none. The
// prefix is that of WithTablePrefix. Bad input is a *tiktokshop.InputError each.
func Migrations(dialect Dialect, prefix string) ([]string, error) {
	return sqltable.MigrationsOf(dialect, prefix, table, migrations, inputError)
}

// Times count milliseconds. due_at is when a waiting event is to be tried, or its lease ends; of
// another it is when it was handled or parked.
func migrations(t sqltable.Table) []string {
	return t.Migrations(`	id {id},
	event_key {key} NOT NULL UNIQUE,
	owner {key} NOT NULL,
	topic BIGINT NOT NULL,
	body {data} NOT NULL,
	received_at BIGINT NOT NULL,
	state {key} NOT NULL,
	attempts INTEGER NOT NULL,
	due_at BIGINT NOT NULL,
	reason {text} NOT NULL`,
		sqltable.Index{Name: "state", Columns: "state, due_at"},
		sqltable.Index{Name: "owner", Columns: "owner, state, id"})
}

// CreateTable runs the migrations. Several processes may do so at once.
func (b *Inbox) CreateTable(ctx context.Context) error {
	if err := sqltable.Create(ctx, b.db, migrations(b.table)); err != nil {
		return fmt.Errorf("inbox: create table: %w", err)
	}
	return nil
}

// exec runs a statement and returns how many rows it affected.
func (b *Inbox) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return b.table.Exec(ctx, b.db, statement, args...)
}

// Accept implements webhook.Sink. One statement does it.
func (b *Inbox) Accept(ctx context.Context, d *webhook.Delivery) error {
	if d == nil {
		return &tiktokshop.InputError{Field: "delivery", Reason: "is nil"}
	}
	var owner string
	var topic webhook.Topic
	if d.Event != nil {
		owner, topic = d.Event.Owner.String(), d.Event.Topic
	}
	body := d.Body
	if body == nil {
		body = []byte{} // the column is not nullable
	}
	at := d.ReceivedAt
	if at.IsZero() {
		at = b.now()
	}
	_, err := b.exec(ctx,
		"{insert} {table} (event_key, owner, topic, body, received_at, state, attempts, due_at, reason) "+
			"VALUES (?, ?, ?, ?, ?, ?, 0, ?, '') {or nothing}",
		sqltable.Key(d.Key), sqltable.Key(owner), int64(topic), body, at.UnixMilli(),
		string(Waiting), b.now().UnixMilli())
	if err != nil {
		return fmt.Errorf("inbox: accept: %w", err)
	}
	b.nudge()
	return nil
}

// nudge tells the worker that something may be due.
func (b *Inbox) nudge() {
	select {
	case b.wake <- struct{}{}:
	default: // it knows
	}
}
