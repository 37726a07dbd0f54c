// Package sqldedupe keeps the marks of handled webhooks in a database that several receivers
// share, through database/sql and a driver of the caller's choice.
//
//	db, err := sql.Open("pgx", dsn)
//	...
//	deduper, err := sqldedupe.New(db, sqldedupe.PostgreSQL)
//	...
//	err = deduper.CreateTable(ctx) // or run the statements of Migrations with the other migrations
//	...
//	handler, err := webhook.NewHandler(verifier, fn, webhook.WithDeduper(deduper))
//
// It goes by the clock of the database, so that the clocks of the receivers may differ; in SQLite
// that is the clock of the machine.
//
// With SQLite, call db.SetMaxOpenConns(1): its connections wait for each other in no order, so that
// one of many may wait for long, and an event whose mark cannot be written within 5 seconds is
// delivered and handled again.
package sqldedupe

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/sqltable"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// Dialect is a database's kind of SQL. It is the same type in all SQL stores of the SDK.
type Dialect = sqltable.Dialect

const (
	// SQLite is version 3.24 or later, for receivers on one machine. Set a busy timeout in the data
	// source name.
	SQLite = sqltable.SQLite
	// PostgreSQL is version 9.5 or later.
	PostgreSQL = sqltable.PostgreSQL
	// MySQL is MySQL 8 or MariaDB 10.5, or later.
	MySQL = sqltable.MySQL
)

// DefaultTablePrefix stands before the table's name, webhook_marks.
const DefaultTablePrefix = sqltable.DefaultPrefix

const (
	table       = "webhook_marks"
	defaultKeep = 24 * time.Hour

	// Each 100th commit removes up to 200 marks that have run out: more than come in, and not so
	// many that it takes long.
	pruneEvery = 100
	pruneBatch = 200
)

// Deduper is a webhook.Deduper in a database table.
type Deduper struct {
	db      *sql.DB
	prefix  string
	table   sqltable.Table
	keep    time.Duration
	commits atomic.Int64
}

var _ webhook.Deduper = (*Deduper)(nil)

// Option sets one thing of a Deduper.
type Option func(*Deduper) error

// WithTablePrefix sets what stands before the table's name instead of DefaultTablePrefix, "" for
// nothing. A schema may come first: "app.tiktokshop_". Only letters, digits and underscores are
// taken.
func WithTablePrefix(prefix string) Option {
	return func(d *Deduper) error {
		d.prefix = prefix
		return nil
	}
}

// WithKeep sets for how long a handled event is remembered, 24 hours by default. The platform's
// last delivery of an event comes 15 hours and 32 minutes after the first.
func WithKeep(keep time.Duration) Option {
	return func(d *Deduper) error {
		if keep < time.Millisecond {
			return &tiktokshop.InputError{Field: "time to keep",
				Reason: fmt.Sprintf("is %v, must be positive", keep)}
		}
		d.keep = keep
		return nil
	}
}

// New returns a deduper in a database. The caller opens and closes it. Bad input is a
// *tiktokshop.InputError each.
func New(db *sql.DB, dialect Dialect, opts ...Option) (*Deduper, error) {
	d := &Deduper{db: db, prefix: DefaultTablePrefix, keep: defaultKeep}
	if err := sqltable.Configure(d, opts, db, dialect, &d.prefix, inputError); err != nil {
		return nil, err
	}
	d.table = sqltable.New(dialect, d.prefix, table)
	return d, nil
}

func inputError(field, reason string) error {
	return &tiktokshop.InputError{Field: field, Reason: reason}
}

// Migrations returns the statements that create the table and its index if they are not there, for
// a tool that runs migrations. Later versions of the SDK append to them and change none. The prefix
// is that of WithTablePrefix. Bad input is a *tiktokshop.InputError each.
func Migrations(dialect Dialect, prefix string) ([]string, error) {
	return sqltable.MigrationsOf(dialect, prefix, table, migrations, inputError)
}

// No owner: the event was handled. expires_at counts milliseconds.
func migrations(t sqltable.Table) []string {
	return t.Migrations(`	event_key {key} NOT NULL PRIMARY KEY,
	owner {key} NOT NULL,
	expires_at BIGINT NOT NULL`, sqltable.Index{Name: "expires_at", Columns: "expires_at"})
}

// CreateTable runs the migrations. Several processes may do so at once.
func (d *Deduper) CreateTable(ctx context.Context) error {
	if err := sqltable.Create(ctx, d.db, migrations(d.table)); err != nil {
		return fmt.Errorf("sqldedupe: create table: %w", err)
	}
	return nil
}

// exec runs a statement and returns how many rows it affected.
func (d *Deduper) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return d.table.Exec(ctx, d.db, statement, args...)
}

// Claim implements webhook.Deduper. A new key takes one statement, another up to three, of which
// each that takes the key does so alone.
func (d *Deduper) Claim(
	ctx context.Context, key, owner string, lease time.Duration,
) (webhook.ClaimState, error) {
	state, err := d.claim(ctx, sqltable.Key(key), sqltable.Key(owner), lease.Milliseconds())
	if err != nil {
		return 0, fmt.Errorf("sqldedupe: claim: %w", err)
	}
	return state, nil
}

func (d *Deduper) claim(
	ctx context.Context, key, owner string, lease int64,
) (webhook.ClaimState, error) {
	if owner == "" {
		return 0, errors.New("the owner has no name")
	}
	for range 3 {
		won, err := d.exec(ctx,
			"{insert} {table} (event_key, owner, expires_at) VALUES (?, ?, {now} + ?) {or nothing}",
			key, owner, lease)
		if err == nil && won == 0 {
			won, err = d.exec(ctx,
				"UPDATE {table} SET owner = ?, expires_at = {now} + ? WHERE event_key = ? AND expires_at <= {now}",
				owner, lease, key)
		}
		if err != nil {
			return 0, err
		}
		if won > 0 {
			return webhook.Claimed, nil
		}
		var holder string
		err = d.db.QueryRowContext(ctx,
			d.table.SQL("SELECT owner FROM {table} WHERE event_key = ?"), key).Scan(&holder)
		switch {
		case errors.Is(err, sql.ErrNoRows): // released this moment
			continue
		case err != nil:
			return 0, err
		case holder == "":
			return webhook.Seen, nil
		}
		return webhook.InFlight, nil
	}
	return webhook.InFlight, nil // in others' hands all the time
}

// Commit implements webhook.Deduper. Now and then it also removes marks that have run out; if that
// fails, the next does it.
func (d *Deduper) Commit(ctx context.Context, key, _ string) error {
	keep := d.keep.Milliseconds()
	_, err := d.exec(ctx,
		"INSERT INTO {table} (event_key, owner, expires_at) VALUES (?, '', {now} + ?) "+
			"{or update event_key} owner = '', expires_at = {now} + ?", sqltable.Key(key), keep,
		keep)
	if err != nil {
		return fmt.Errorf("sqldedupe: commit: %w", err)
	}
	if d.commits.Add(1)%pruneEvery == 0 {
		_, _ = d.prune(ctx)
	}
	return nil
}

// Release implements webhook.Deduper.
func (d *Deduper) Release(ctx context.Context, key, owner string) error {
	_, err := d.exec(ctx, "DELETE FROM {table} WHERE event_key = ? AND owner = ? AND owner <> ''",
		sqltable.Key(key), sqltable.Key(owner))
	if err != nil {
		return fmt.Errorf("sqldedupe: release: %w", err)
	}
	return nil
}

// Prune removes all marks that have run out and returns how many. Commit does it bit by bit; call
// Prune where no more commits are made, or to have the room at once.
func (d *Deduper) Prune(ctx context.Context) (int64, error) {
	var all int64
	for {
		n, err := d.prune(ctx)
		if all += n; err != nil {
			return all, fmt.Errorf("sqldedupe: prune: %w", err)
		}
		if n < pruneBatch {
			return all, nil
		}
	}
}

// prune removes a batch. It deletes by key, as a delete by time would lock rows in another order
// than a claim does.
func (d *Deduper) prune(ctx context.Context) (int64, error) {
	rows, err := d.db.QueryContext(ctx,
		d.table.SQL("SELECT event_key FROM {table} WHERE expires_at <= {now} "+
			"ORDER BY expires_at LIMIT ?"), pruneBatch)
	if err != nil {
		return 0, err
	}
	var keys []string
	for rows.Next() {
		var key string
		if err = rows.Scan(&key); err != nil {
			break
		}
		keys = append(keys, key)
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	var removed int64
	for _, key := range keys {
		n, err := d.exec(ctx, "DELETE FROM {table} WHERE event_key = ? AND expires_at <= {now}",
			key)
		if removed += n; err != nil {
			return removed, err
		}
	}
	return removed, nil
}
