// Package sqlcursor keeps the cursors of feeds in a database, through database/sql and a driver of
// the caller's choice.
//
//	db, err := sql.Open("pgx", dsn)
//	...
//	store, err := sqlcursor.New(db, sqlcursor.PostgreSQL)
//	...
//	err = store.CreateTable(ctx) // or run the statements of Migrations with the other migrations
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

// Dialect is a database's kind of SQL. It is the same type in all SQL stores of the SDK.
type Dialect = sqltable.Dialect

const (
	// SQLite is version 3.24 or later. Set a busy timeout in the data source name where several
	// processes write.
	SQLite = sqltable.SQLite
	// PostgreSQL is version 9.5 or later.
	PostgreSQL = sqltable.PostgreSQL
	// MySQL is MySQL 8 or MariaDB 10.5, or later. The name of a feed has 255 bytes at most.
	MySQL = sqltable.MySQL
)

// DefaultTablePrefix stands before the table's name, cursors.
const DefaultTablePrefix = sqltable.DefaultPrefix

const table = "cursors"

// Store is a feed.CursorStore in a database table.
type Store struct {
	db     *sql.DB
	prefix string
	table  sqltable.Table
}

var _ feed.CursorStore = (*Store)(nil)

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
// *tiktokshop.InputError each.
func New(db *sql.DB, dialect Dialect, opts ...Option) (*Store, error) {
	s := &Store{db: db, prefix: DefaultTablePrefix}
	if err := sqltable.Configure(s, opts, db, dialect, &s.prefix, inputError); err != nil {
		return nil, err
	}
	s.table = sqltable.New(dialect, s.prefix, table)
	return s, nil
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
	return t.Migrations(`	name {key} NOT NULL PRIMARY KEY,
	position {text} NOT NULL,
	updated_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP`)
}

// CreateTable runs the migrations. Several processes may do so at once.
func (s *Store) CreateTable(ctx context.Context) error {
	if err := sqltable.Create(ctx, s.db, migrations(s.table)); err != nil {
		return fmt.Errorf("sqlcursor: create table: %w", err)
	}
	return nil
}

// Load implements feed.CursorStore.
func (s *Store) Load(ctx context.Context, name string) ([]byte, error) {
	var cursor string
	err := s.db.QueryRowContext(ctx, s.table.SQL("SELECT position FROM {table} WHERE name = ?"),
		name).Scan(&cursor)
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
	err := s.table.Fits(name)
	if err == nil {
		_, err = s.table.Exec(ctx, s.db, "INSERT INTO {table} (name, position) VALUES (?, ?) "+
			"{or update name} position = ?, updated_at = CURRENT_TIMESTAMP", name, string(cursor),
			string(cursor))
	}
	if err != nil {
		return fmt.Errorf("sqlcursor: save: %w", err)
	}
	return nil
}
