// Package sqltable has what the stores in SQL tables share: dialects, which names a table may have,
// how it is made, and statements that say the same in each dialect.
package sqltable

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Dialect is a database's kind of SQL. It is one type for all stores of the SDK.
type Dialect int

const (
	// SQLite is version 3.24 or later.
	SQLite Dialect = iota + 1
	// PostgreSQL is version 9.5 or later.
	PostgreSQL
	// MySQL is MySQL 8 or MariaDB 10.5, or later.
	MySQL
)

// DefaultPrefix stands before the names of tables.
const DefaultPrefix = "tiktokshop_"

// Longest is how many bytes a column of type {key} takes in every dialect.
const Longest = 255

var prefix = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*\.)?([A-Za-z_][A-Za-z0-9_]*)?$`)

// Configure applies the options of a store and checks its input, all of it: the database, what the
// options say, the prefix that is then in place, and the dialect. mistake makes the error for a
// field.
func Configure[Store any, Option ~func(*Store) error](
	store *Store, opts []Option, db *sql.DB, dialect Dialect, tablePrefix *string,
	mistake func(field, reason string) error,
) error {
	var errs []error
	if db == nil {
		errs = append(errs, mistake("database", "is nil"))
	}
	for _, opt := range opts {
		if opt != nil {
			errs = append(errs, opt(store))
		}
	}
	return errors.Join(append(errs, check(dialect, *tablePrefix, mistake)...)...)
}

// MigrationsOf returns the migrations of the table of a name, which statements makes, if dialect
// and prefix are good.
func MigrationsOf(
	dialect Dialect, tablePrefix, name string, statements func(Table) []string,
	mistake func(field, reason string) error,
) ([]string, error) {
	if err := errors.Join(check(dialect, tablePrefix, mistake)...); err != nil {
		return nil, err
	}
	return statements(New(dialect, tablePrefix, name)), nil
}

func check(dialect Dialect, tablePrefix string, mistake func(field, reason string) error) []error {
	var errs []error
	// A name can have 63 bytes in PostgreSQL and 64 in MySQL.
	if !prefix.MatchString(tablePrefix) || len(tablePrefix) > 64 {
		errs = append(errs, mistake("table prefix",
			"is not up to 64 letters, digits and underscores, with a schema and a dot before them or without"))
	}
	if dialect < SQLite || dialect > MySQL {
		errs = append(errs, mistake("dialect", "is not one of the Dialect constants"))
	}
	return errs
}

// Table is a table of a store.
type Table struct {
	Dialect Dialect
	Name    string // with the schema, if there is one
}

// New returns the table of a name without its prefix.
func New(dialect Dialect, tablePrefix, name string) Table {
	return Table{dialect, tablePrefix + name}
}

// words are what statements have in curly brackets, by dialect.
var words = map[Dialect]*strings.Replacer{
	SQLite: strings.NewReplacer("{key}", "TEXT", "{data}", "BLOB", "{text}", "TEXT", "{time}",
		"TIMESTAMP",
		"{id}", "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT",
		"{now}", "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
		"{insert}", "INSERT INTO", "{or nothing}", "ON CONFLICT DO NOTHING"),
	PostgreSQL: strings.NewReplacer("{key}", "TEXT", "{data}", "BYTEA", "{text}", "TEXT", "{time}",
		"TIMESTAMPTZ",
		"{id}", "BIGSERIAL NOT NULL PRIMARY KEY",
		"{now}", "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
		"{insert}", "INSERT INTO", "{or nothing}", "ON CONFLICT DO NOTHING"),
	// A key is compared byte by byte, as in the others. UTC has no hour twice.
	MySQL: strings.NewReplacer("{key}", "VARBINARY(255)", "{data}", "LONGBLOB",
		"{text}", "MEDIUMTEXT CHARACTER SET utf8mb4", "{time}", "TIMESTAMP",
		"{id}", "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
		"{now}", "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)",
		"{insert}", "INSERT IGNORE INTO", "{or nothing}", ""),
}

// SQL returns a statement in the table's dialect. ? is a parameter, and in curly brackets stand
//
//   - the table, and types of columns: key (of Longest bytes), data (bytes), text, time, id (a
//     primary key that counts);
//   - now: milliseconds since 1970 by the database's clock, or SQLite's process's;
//   - insert … or nothing: an insert that leaves a row with the same key alone and then affects no
//     row. In MySQL it also cuts what is too long: look before;
//   - or update columns: what follows changes the row that has the same key in these columns.
func (t Table) SQL(statement string) string {
	statement = strings.ReplaceAll(statement, "{table}", t.Name)
	statement = orUpdate.ReplaceAllStringFunc(statement, func(s string) string {
		if t.Dialect == MySQL {
			return "ON DUPLICATE KEY UPDATE"
		}
		return "ON CONFLICT (" + orUpdate.FindStringSubmatch(s)[1] + ") DO UPDATE SET"
	})
	statement = words[t.Dialect].Replace(statement)
	if t.Dialect != PostgreSQL {
		return statement
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(statement, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		statement = after
	}
}

var orUpdate = regexp.MustCompile(`\{or update ([a-z_, ]+)\}`)

// Index is an index of a table. Its name is the table's and its own.
type Index struct{ Name, Columns string }

// Migrations returns the statements that make the table and its indexes if they are not there.
// columns are what stands between the brackets.
func (t Table) Migrations(columns string, indexes ...Index) []string {
	schema, bare, dotted := strings.Cut(t.Name, ".")
	if !dotted {
		schema, bare = "", t.Name
	}
	var more []string
	for _, index := range indexes {
		name := bare + "_" + index.Name
		switch {
		case t.Dialect == MySQL: // which has no CREATE INDEX IF NOT EXISTS
			columns += fmt.Sprintf(",\n\tKEY %s (%s)", name, index.Columns)
		case t.Dialect == SQLite && schema != "":
			more = append(more, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s.%s ON %s (%s)", schema,
				name, bare, index.Columns))
		default:
			more = append(more, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s)", name,
				t.Name, index.Columns))
		}
	}
	end := "\n)"
	if t.Dialect == MySQL {
		end += " ENGINE=InnoDB"
	}
	return append([]string{t.SQL("CREATE TABLE IF NOT EXISTS {table} (\n" + columns + end)},
		more...)
}

// Create runs migrations. Several processes may do so at once.
func Create(ctx context.Context, db *sql.DB, migrations []string) error {
	for _, statement := range migrations {
		_, err := db.ExecContext(ctx, statement)
		if err != nil {
			// PostgreSQL lets one fail of two that create a table at once. By now it is there.
			_, err = db.ExecContext(ctx, statement)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Again calls f until it does not fail because the database chose it to break a deadlock or the
// file was locked, ten times at most. f is one statement or one transaction.
func Again(ctx context.Context, f func() error) error {
	err := f()
	for n := 1; n < 10 && err != nil && ctx.Err() == nil && passing(err); n++ {
		err = f()
	}
	return err
}

// Exec runs a statement as SQL takes it, by way of Again, and returns how many rows it affected.
func (t Table) Exec(
	ctx context.Context, db *sql.DB, statement string, args ...any,
) (affected int64, err error) {
	statement = t.SQL(statement)
	err = Again(ctx, func() error {
		result, err := db.ExecContext(ctx, statement, args...)
		if err == nil {
			affected, err = result.RowsAffected()
		}
		return err
	})
	return affected, err
}

// passing tells errors that say "try again" by their text, as no driver is imported.
func passing(err error) bool {
	for _, sign := range []string{
		"SQLSTATE 40P01", "SQLSTATE 40001", // PostgreSQL: deadlock, serialization
		"Error 1213", "Error 1020", // MySQL: deadlock; MariaDB: changed since read
		"SQLITE_BUSY", "database is locked",
	} {
		if strings.Contains(err.Error(), sign) {
			return true
		}
	}
	return false
}

// ErrTooLong refuses a key that MySQL would cut.
var ErrTooLong = errors.New("key is longer than 255 bytes")

// Fits returns ErrTooLong if one of the keys is longer than a column of type {key} takes in the
// table's dialect.
func (t Table) Fits(keys ...string) error {
	for _, key := range keys {
		if t.Dialect == MySQL && len(key) > Longest {
			return ErrTooLong
		}
	}
	return nil
}

// Key returns what a key is stored as: the key itself if it is up to 255 bytes of printable ASCII,
// as nearly all are, else a hash. Not every database takes every character.
func Key(key string) string {
	plain := len(key) <= Longest
	for i := 0; i < len(key) && plain; i++ {
		plain = key[i] >= ' ' && key[i] <= '~'
	}
	if plain {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "sha256:" + hex.EncodeToString(sum[:])
}
