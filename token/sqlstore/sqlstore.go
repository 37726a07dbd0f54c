// Package sqlstore keeps tokens in a database, through database/sql and a driver of the caller's
// choice.
//
//	db, err := sql.Open("pgx", dsn)
//	...
//	store, err := sqlstore.New(db, sqlstore.PostgreSQL)
//	...
//	err = store.CreateTable(ctx) // or run the statements of Migrations with the other migrations
//
// Many machines can share the table: of several saves of one version the database lets one through.
// The data holds tokens in plain text; wrap the store with token.Encrypt where the database must
// not see them.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/tiktokshop-go/tiktokshop/internal/sqltable"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Dialect is a database's kind of SQL. It is the same type in all SQL stores of the SDK.
type Dialect = sqltable.Dialect

const (
	// SQLite is version 3.24 or later. Set a busy timeout in the data source name where several
	// processes write: else a save fails while another one is made, and is tried again later.
	SQLite = sqltable.SQLite
	// PostgreSQL is version 9.5 or later. Leave synchronous_commit on, so that a stored token
	// survives a crash.
	PostgreSQL = sqltable.PostgreSQL
	// MySQL is MySQL 8 or MariaDB 10.5, or later. Leave innodb_flush_log_at_trx_commit at 1, so
	// that a stored token survives a crash. App key and open id have 255 bytes at most.
	MySQL = sqltable.MySQL
)

// DefaultTablePrefix stands before the table's name, tokens.
const DefaultTablePrefix = sqltable.DefaultPrefix

const table = "tokens"

// Store is a token.Store in a database table.
type Store struct {
	db                           *sql.DB
	prefix                       string
	table                        sqltable.Table
	sqlLoad, sqlInsert, sqlWrite string
}

var _ token.Store = (*Store)(nil)

// Option sets one thing of a Store.
type Option func(*Store) error

// WithTablePrefix sets what stands before the table's name instead of DefaultTablePrefix, "" for
// nothing. A schema may come first: "app.tiktokshop_". Only letters, digits and underscores are
// taken.
func WithTablePrefix(prefix string) Option {
	return func(s *Store) error {
		s.prefix = prefix
		return nil
	}
}

// New returns a store in a database. The caller opens and closes it. Bad input is a
// *token.InputError each.
func New(db *sql.DB, dialect Dialect, opts ...Option) (*Store, error) {
	s := &Store{db: db, prefix: DefaultTablePrefix}
	if err := sqltable.Configure(s, opts, db, dialect, &s.prefix, inputError); err != nil {
		return nil, err
	}
	s.table = sqltable.New(dialect, s.prefix, table)
	s.sqlLoad = s.table.SQL("SELECT data, version FROM {table} WHERE app_key = ? AND open_id = ?")
	s.sqlInsert = s.table.SQL(
		"{insert} {table} (data, app_key, open_id, version) VALUES (?, ?, ?, 1) {or nothing}")
	s.sqlWrite = s.table.SQL("UPDATE {table} SET data = ?, version = ?, updated_at = CURRENT_TIMESTAMP " +
		"WHERE app_key = ? AND open_id = ? AND version = ?")
	return s, nil
}

func inputError(field, reason string) error {
	return &token.InputError{Field: field, Reason: reason}
}

// Migrations returns the statements that create the table if it is not there, for a tool that runs
// migrations. Later versions of the SDK append to them and change none. The prefix is that of
// WithTablePrefix. Bad input is a *token.InputError each.
func Migrations(dialect Dialect, prefix string) ([]string, error) {
	return sqltable.MigrationsOf(dialect, prefix, table, migrations, inputError)
}

func migrations(t sqltable.Table) []string {
	return t.Migrations(`	app_key {key} NOT NULL,
	open_id {key} NOT NULL,
	version BIGINT NOT NULL,
	data {data} NOT NULL,
	updated_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (app_key, open_id)`)
}

// CreateTable runs the migrations. Several processes may do so at once.
func (s *Store) CreateTable(ctx context.Context) error {
	if err := sqltable.Create(ctx, s.db, migrations(s.table)); err != nil {
		return fmt.Errorf("sqlstore: create table: %w", err)
	}
	return nil
}

// Load implements token.Store.
func (s *Store) Load(ctx context.Context, key token.Key) (data []byte, version int64, err error) {
	err = s.db.QueryRowContext(ctx, s.sqlLoad, key.AppKey, key.OpenID).Scan(&data, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("sqlstore: load: %w", err)
	}
	return data, version, nil
}

// Save implements token.Store. One statement does it, so it needs no transaction.
func (s *Store) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	if err := s.table.Fits(key.AppKey, key.OpenID); err != nil {
		return fmt.Errorf("sqlstore: save: %w", err)
	}
	if data == nil {
		data = []byte{} // the column is not nullable
	}
	statement, args := s.sqlWrite, []any{data, version + 1, key.AppKey, key.OpenID, version}
	if version == 0 {
		statement, args = s.sqlInsert, []any{data, key.AppKey, key.OpenID}
	}
	var changed int64
	err := sqltable.Again(ctx, func() error {
		res, err := s.db.ExecContext(ctx, statement, args...)
		if err == nil {
			changed, err = res.RowsAffected()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlstore: save: %w", err)
	}
	if changed == 0 {
		return token.ErrConflict
	}
	return nil
}

// Format prints the table.
func (s *Store) Format(f fmt.State, _ rune) {
	if s == nil {
		_, _ = io.WriteString(f, "sqlstore.Store(nil)")
		return
	}
	_, _ = fmt.Fprintf(f, "sqlstore.Store{%s}", s.table.Name)
}
