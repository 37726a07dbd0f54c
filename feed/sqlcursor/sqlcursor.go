// Package sqlcursor keeps the cursors of feeds in a database, through database/sql and a driver of
// the caller's choice.
//
//	db, err := sql.Open("pgx", dsn)
//	...
//	store, err := sqlcursor.New(db, sqlcursor.PostgreSQL)
//	...
//	err = store.CreateTable(ctx) // or run store.Schema() with the other migrations
package sqlcursor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/internal/sqltable"
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
const DefaultTable = "tiktokshop_cursors"

// Store is a feed.CursorStore in a database table.
type Store struct {
	db      *sql.DB
	dialect Dialect
	table   string
}

var _ feed.CursorStore = (*Store)(nil)

// Option sets one thing of a Store.
type Option func(*Store) error

// WithTable sets the name of the table, which may have a schema before it: "app.cursors". Only
// letters, digits and underscores are taken.
func WithTable(name string) Option {
	return func(s *Store) error {
		if !sqltable.IsName(name) {
			return &tiktokshop.InputError{
				Field: "table", Reason: "is not a name of letters, digits and underscores, with a schema or without",
			}
		}
		s.table = name
		return nil
	}
}

// New returns a store in a database. The caller opens and closes it. Bad input is a
// *tiktokshop.InputError each.
func New(db *sql.DB, dialect Dialect, opts ...Option) (*Store, error) {
	var errs []error
	if db == nil {
		errs = append(errs, &tiktokshop.InputError{Field: "database", Reason: "is nil"})
	}
	s := &Store{db: db, dialect: dialect, table: DefaultTable}
	for _, opt := range opts {
		if opt != nil {
			errs = append(errs, opt(s))
		}
	}
	if dialect != SQLite && dialect != PostgreSQL {
		errs = append(errs, &tiktokshop.InputError{Field: "dialect", Reason: "is not one of the Dialect constants"})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// Schema returns the statement that creates the table if it is not there.
func (s *Store) Schema() string {
	at := "TIMESTAMP"
	if s.dialect == PostgreSQL {
		at = "TIMESTAMPTZ"
	}
	return fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s (
	name       TEXT NOT NULL PRIMARY KEY,
	position   TEXT NOT NULL,
	updated_at %s NOT NULL DEFAULT CURRENT_TIMESTAMP
)`, s.table, at)
}

// CreateTable runs Schema. Several processes may do so at once.
func (s *Store) CreateTable(ctx context.Context) error {
	if err := sqltable.Create(ctx, s.db, s.Schema()); err != nil {
		return fmt.Errorf("sqlcursor: create table: %w", err)
	}
	return nil
}

// placeholders are the dialect's for two values.
func (s *Store) placeholders() (first, second string) {
	if s.dialect == PostgreSQL {
		return "$1", "$2"
	}
	return "?", "?"
}

// Load implements feed.CursorStore.
func (s *Store) Load(ctx context.Context, name string) ([]byte, error) {
	first, _ := s.placeholders()
	var cursor string
	err := s.db.QueryRowContext(ctx, "SELECT position FROM "+s.table+" WHERE name = "+first, name).Scan(&cursor)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sqlcursor: load: %w", err)
	}
	return []byte(cursor), nil
}

// Save implements feed.CursorStore. One statement does it, so it needs no transaction.
func (s *Store) Save(ctx context.Context, name string, cursor []byte) error {
	first, second := s.placeholders()
	_, err := s.db.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (name, position) VALUES (%s, %s) "+
		"ON CONFLICT (name) DO UPDATE SET position = excluded.position, updated_at = CURRENT_TIMESTAMP",
		s.table, first, second), name, string(cursor))
	if err != nil {
		return fmt.Errorf("sqlcursor: save: %w", err)
	}
	return nil
}
