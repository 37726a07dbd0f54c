// Package sqlindex keeps an index of accounts in a database, through database/sql and a driver of
// the caller's choice.
//
//	db, err := sql.Open("pgx", dsn)
//	...
//	index, err := sqlindex.New(db, sqlindex.PostgreSQL)
//	...
//	err = index.CreateTable(ctx) // or run the statements of Migrations with the other migrations
package sqlindex

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/internal/sqltable"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Dialect is a database's kind of SQL. It is the same type in all SQL stores of the SDK.
type Dialect = sqltable.Dialect

const (
	// SQLite is version 3.24 or later. Set a busy timeout in the data source name where several
	// processes write.
	SQLite = sqltable.SQLite
	// PostgreSQL is version 9.5 or later.
	PostgreSQL = sqltable.PostgreSQL
	// MySQL is MySQL 8 or MariaDB 10.5, or later. App key and open id have 255 bytes each
	// at most.
	MySQL = sqltable.MySQL
)

// DefaultTablePrefix stands before the table's name, accounts.
const DefaultTablePrefix = sqltable.DefaultPrefix

const table = "accounts"

// Index is an accounts.Index in a database table.
type Index struct {
	db     *sql.DB
	prefix string
	table  sqltable.Table
}

var _ accounts.Index = (*Index)(nil)

// Option sets one thing of an Index.
type Option func(*Index) error

// WithTablePrefix sets what stands before the table's name instead of DefaultTablePrefix, "" for
// nothing. A schema may come first: "app.tiktokshop_". Only letters, digits and underscores are
// taken.
func WithTablePrefix(prefix string) Option {
	return func(x *Index) error {
		x.prefix = prefix
		return nil
	}
}

// New returns an index in a database. The caller opens and closes it. Bad input is a
// *tiktokshop.InputError each.
func New(db *sql.DB, dialect Dialect, opts ...Option) (*Index, error) {
	x := &Index{db: db, prefix: DefaultTablePrefix}
	if err := sqltable.Configure(x, opts, db, dialect, &x.prefix, inputError); err != nil {
		return nil, err
	}
	x.table = sqltable.New(dialect, x.prefix, table)
	return x, nil
}

func inputError(field, reason string) error {
	return &tiktokshop.InputError{Field: field, Reason: reason}
}

// Migrations returns the statements that create the table if it is not there, for a tool that runs
// migrations. Later versions of the SDK append to them and change none. The prefix is that of
// WithTablePrefix. Bad input is a *tiktokshop.InputError each.
func Migrations(dialect Dialect, prefix string) ([]string, error) {
	return sqltable.MigrationsOf(dialect, prefix, table, migrations, inputError)
}

func migrations(t sqltable.Table) []string {
	return t.Migrations(`	app_key    {key} NOT NULL,
	open_id    {key} NOT NULL,
	data       {text} NOT NULL,
	updated_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (app_key, open_id)`)
}

// CreateTable runs the migrations. Several processes may do so at once.
func (x *Index) CreateTable(ctx context.Context) error {
	if err := sqltable.Create(ctx, x.db, migrations(x.table)); err != nil {
		return fmt.Errorf("sqlindex: create table: %w", err)
	}
	return nil
}

// List implements accounts.Index.
func (x *Index) List(ctx context.Context, appKey string) ([]accounts.Entry, error) {
	entries, err := x.list(ctx, appKey)
	if err != nil {
		return nil, fmt.Errorf("sqlindex: list: %w", err)
	}
	return entries, nil
}

func (x *Index) list(ctx context.Context, appKey string) ([]accounts.Entry, error) {
	rows, err := x.db.QueryContext(ctx,
		x.table.SQL("SELECT open_id, data FROM {table} WHERE app_key = ?"), appKey)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []accounts.Entry
	for rows.Next() {
		e := accounts.Entry{Key: token.Key{AppKey: appKey}}
		if err := rows.Scan(&e.Key.OpenID, &e.Data); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// Save implements accounts.Index. One statement does it, so it needs no transaction.
func (x *Index) Save(ctx context.Context, e accounts.Entry) error {
	err := x.table.Fits(e.Key.AppKey, e.Key.OpenID)
	if err == nil {
		_, err = x.table.Exec(ctx, x.db,
			"INSERT INTO {table} (app_key, open_id, data) VALUES (?, ?, ?) "+
				"{or update app_key, open_id} data = ?, updated_at = CURRENT_TIMESTAMP",
			e.Key.AppKey, e.Key.OpenID, string(e.Data), string(e.Data))
	}
	if err != nil {
		return fmt.Errorf("sqlindex: save: %w", err)
	}
	return nil
}

// Remove implements accounts.Index.
func (x *Index) Remove(ctx context.Context, key token.Key) error {
	_, err := x.table.Exec(ctx, x.db, "DELETE FROM {table} WHERE app_key = ? AND open_id = ?",
		key.AppKey, key.OpenID)
	if err != nil {
		return fmt.Errorf("sqlindex: remove: %w", err)
	}
	return nil
}

// Format prints the table.
func (x *Index) Format(f fmt.State, _ rune) {
	if x == nil {
		_, _ = fmt.Fprint(f, "sqlindex.Index(nil)")
		return
	}
	_, _ = fmt.Fprintf(f, "sqlindex.Index{%s}", x.table.Name)
}
