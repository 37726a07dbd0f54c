// Package sqlstore keeps tokens in a database, through database/sql and a driver of the caller's
// choice.
//
//	db, err := sql.Open("pgx", dsn)
//	...
//	store, err := sqlstore.New(db, sqlstore.PostgreSQL)
//	...
//	err = store.CreateTable(ctx) // or run store.Schema() with the other migrations
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

// Dialect is a database's kind of SQL.
type Dialect int

const (
	// SQLite is version 3.24 or later. Set a busy timeout in the data source name where several
	// processes write: else a save fails while another one is made, and is tried again later.
	SQLite Dialect = iota + 1
	// PostgreSQL is version 9.5 or later. Leave synchronous_commit on, so that a stored token
	// survives a crash.
	PostgreSQL
)

// DefaultTable is the table's name.
const DefaultTable = "tiktokshop_tokens"

// Store is a token.Store in a database table.
type Store struct {
	db                           *sql.DB
	dialect                      Dialect
	table                        string
	sqlLoad, sqlInsert, sqlWrite string
}

var _ token.Store = (*Store)(nil)

// Option sets one thing of a Store.
type Option func(*Store) error

// WithTable sets the name of the table, which may have a schema before it: "app.tokens". Only
// letters, digits and underscores are taken.
func WithTable(name string) Option {
	return func(s *Store) error {
		if !sqltable.IsName(name) {
			return &token.InputError{
				Field: "table", Reason: "is not a name of letters, digits and underscores, with a schema or without",
			}
		}
		s.table = name
		return nil
	}
}

// New returns a store in a database. The caller opens and closes it. Bad input is a
// *token.InputError each.
func New(db *sql.DB, dialect Dialect, opts ...Option) (*Store, error) {
	var errs []error
	if db == nil {
		errs = append(errs, &token.InputError{Field: "database", Reason: "is nil"})
	}
	s := &Store{db: db, dialect: dialect, table: DefaultTable}
	for _, opt := range opts {
		if opt != nil {
			errs = append(errs, opt(s))
		}
	}
	switch dialect {
	case SQLite:
		s.statements("?", "?", "?", "?", "?")
	case PostgreSQL:
		s.statements("$1", "$2", "$3", "$4", "$5")
	default:
		errs = append(errs, &token.InputError{Field: "dialect", Reason: "is not one of the Dialect constants"})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) statements(p1, p2, p3, p4, p5 string) {
	s.sqlLoad = fmt.Sprintf("SELECT data, version FROM %s WHERE app_key = %s AND open_id = %s", s.table, p1, p2)
	s.sqlInsert = fmt.Sprintf("INSERT INTO %s (data, app_key, open_id, version) VALUES (%s, %s, %s, 1) "+
		"ON CONFLICT (app_key, open_id) DO NOTHING", s.table, p1, p2, p3)
	s.sqlWrite = fmt.Sprintf("UPDATE %s SET data = %s, version = %s, updated_at = CURRENT_TIMESTAMP "+
		"WHERE app_key = %s AND open_id = %s AND version = %s", s.table, p1, p2, p3, p4, p5)
}

// Schema returns the statement that creates the table if it is not there.
func (s *Store) Schema() string {
	data, at := "BLOB", "TIMESTAMP"
	if s.dialect == PostgreSQL {
		data, at = "BYTEA", "TIMESTAMPTZ"
	}
	return fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s (
	app_key    TEXT   NOT NULL,
	open_id    TEXT   NOT NULL,
	version    BIGINT NOT NULL,
	data       %s  NOT NULL,
	updated_at %s NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (app_key, open_id)
)`, s.table, data, at)
}

// CreateTable runs Schema. Several processes may do so at once.
func (s *Store) CreateTable(ctx context.Context) error {
	if err := sqltable.Create(ctx, s.db, s.Schema()); err != nil {
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
	if data == nil {
		data = []byte{} // the column is not nullable
	}
	statement, args := s.sqlWrite, []any{data, version + 1, key.AppKey, key.OpenID, version}
	if version == 0 {
		statement, args = s.sqlInsert, []any{data, key.AppKey, key.OpenID}
	}
	var changed int64
	res, err := s.db.ExecContext(ctx, statement, args...)
	if err == nil {
		changed, err = res.RowsAffected()
	}
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
	_, _ = fmt.Fprintf(f, "sqlstore.Store{%s}", s.table)
}
