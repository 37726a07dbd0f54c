// Package sqlindex keeps an index of accounts in a database, through database/sql and a driver of
// the caller's choice.
//
//	db, err := sql.Open("pgx", dsn)
//	...
//	index, err := sqlindex.New(db, sqlindex.PostgreSQL)
//	...
//	err = index.CreateTable(ctx) // or run index.Schema() with the other migrations
package sqlindex

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/internal/sqltable"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Dialect is a database's kind of SQL.
type Dialect int

const (
	// SQLite is version 3.24 or later. Set a busy timeout in the data source name where several
	// processes write.
	SQLite Dialect = iota + 1
	// PostgreSQL is version 9.5 or later.
	PostgreSQL
)

// DefaultTable is the table's name.
const DefaultTable = "tiktokshop_accounts"

// Index is an accounts.Index in a database table.
type Index struct {
	db      *sql.DB
	dialect Dialect
	table   string
}

var _ accounts.Index = (*Index)(nil)

// Option sets one thing of an Index.
type Option func(*Index) error

// WithTable sets the name of the table, which may have a schema before it: "app.accounts". Only
// letters, digits and underscores are taken.
func WithTable(name string) Option {
	return func(x *Index) error {
		if !sqltable.IsName(name) {
			return &tiktokshop.InputError{
				Field: "table", Reason: "is not a name of letters, digits and underscores, with a schema or without",
			}
		}
		x.table = name
		return nil
	}
}

// New returns an index in a database. The caller opens and closes it. Bad input is a
// *tiktokshop.InputError each.
func New(db *sql.DB, dialect Dialect, opts ...Option) (*Index, error) {
	var errs []error
	if db == nil {
		errs = append(errs, &tiktokshop.InputError{Field: "database", Reason: "is nil"})
	}
	x := &Index{db: db, dialect: dialect, table: DefaultTable}
	for _, opt := range opts {
		if opt != nil {
			errs = append(errs, opt(x))
		}
	}
	if dialect != SQLite && dialect != PostgreSQL {
		errs = append(errs, &tiktokshop.InputError{Field: "dialect", Reason: "is not one of the Dialect constants"})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return x, nil
}

// Schema returns the statement that creates the table if it is not there.
func (x *Index) Schema() string {
	at := "TIMESTAMP"
	if x.dialect == PostgreSQL {
		at = "TIMESTAMPTZ"
	}
	return fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s (
	app_key    TEXT NOT NULL,
	open_id    TEXT NOT NULL,
	data       TEXT NOT NULL,
	updated_at %s NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (app_key, open_id)
)`, x.table, at)
}

// CreateTable runs Schema. Several processes may do so at once.
func (x *Index) CreateTable(ctx context.Context) error {
	if err := sqltable.Create(ctx, x.db, x.Schema()); err != nil {
		return fmt.Errorf("sqlindex: create table: %w", err)
	}
	return nil
}

// placeholders are the dialect's for three values.
func (x *Index) placeholders() (first, second, third string) {
	if x.dialect == PostgreSQL {
		return "$1", "$2", "$3"
	}
	return "?", "?", "?"
}

// List implements accounts.Index.
func (x *Index) List(ctx context.Context, appKey string) ([]accounts.Entry, error) {
	first, _, _ := x.placeholders()
	rows, err := x.db.QueryContext(ctx, "SELECT open_id, data FROM "+x.table+" WHERE app_key = "+first, appKey)
	if err != nil {
		return nil, fmt.Errorf("sqlindex: list: %w", err)
	}
	defer rows.Close()
	var entries []accounts.Entry
	for rows.Next() {
		e := accounts.Entry{Key: token.Key{AppKey: appKey}}
		if err := rows.Scan(&e.Key.OpenID, &e.Data); err != nil {
			return nil, fmt.Errorf("sqlindex: list: %w", err)
		}
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlindex: list: %w", err)
	}
	return entries, nil
}

// Save implements accounts.Index. One statement does it, so it needs no transaction.
func (x *Index) Save(ctx context.Context, e accounts.Entry) error {
	first, second, third := x.placeholders()
	_, err := x.db.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (app_key, open_id, data) VALUES (%s, %s, %s) "+
		"ON CONFLICT (app_key, open_id) DO UPDATE SET data = excluded.data, updated_at = CURRENT_TIMESTAMP",
		x.table, first, second, third), e.Key.AppKey, e.Key.OpenID, string(e.Data))
	if err != nil {
		return fmt.Errorf("sqlindex: save: %w", err)
	}
	return nil
}

// Remove implements accounts.Index.
func (x *Index) Remove(ctx context.Context, key token.Key) error {
	first, second, _ := x.placeholders()
	_, err := x.db.ExecContext(ctx,
		fmt.Sprintf("DELETE FROM %s WHERE app_key = %s AND open_id = %s", x.table, first, second), key.AppKey, key.OpenID)
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
	_, _ = fmt.Fprintf(f, "sqlindex.Index{%s}", x.table)
}
