// Package dbtest gives tests of SQL stores the databases that those are for.
package dbtest

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop/webhook/sqldedupe"

	_ "github.com/go-sql-driver/mysql" // the drivers
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// Database is a database to test with. Another process finds it by Address.
type Database struct {
	Driver  string
	Dialect sqldedupe.Dialect // the same type in all stores
	DSN     string
	Prefix  string // of tables that no other test has
}

// Address is the database in one text, for FromAddress.
func (d Database) Address() string {
	return strings.Join([]string{d.Driver, fmt.Sprint(int(d.Dialect)), d.DSN, d.Prefix}, "\n")
}

// FromAddress returns the database of an address.
func FromAddress(address string) (Database, error) {
	parts := strings.Split(address, "\n")
	if len(parts) != 4 {
		return Database{}, fmt.Errorf("%q is no address", address)
	}
	d := Database{Driver: parts[0], DSN: parts[2], Prefix: parts[3]}
	_, err := fmt.Sscan(parts[1], &d.Dialect)
	return d, err
}

// Open opens the database. Connections to SQLite wait for each other in no order, so that one may
// wait for long: a process has one, for which its goroutines queue.
func (d Database) Open() (*sql.DB, error) {
	db, err := sql.Open(d.Driver, d.DSN)
	if err == nil && d.Dialect == sqldedupe.SQLite {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// MustOpen opens the database for a test.
func (d Database) MustOpen(t testing.TB) *sql.DB {
	t.Helper()
	db, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

var tables atomic.Int64

// SQLite returns a database in a file of the test's.
func SQLite(t testing.TB) Database {
	return Database{
		"sqlite", sqldedupe.SQLite,
		"file:" + filepath.Join(t.TempDir(), "test.db") +
			"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_txlock=immediate",
		sqldedupe.DefaultTablePrefix,
	}
}

func server(t testing.TB, variable, script, driver string, dialect sqldedupe.Dialect) Database {
	t.Helper()
	dsn := os.Getenv(variable)
	switch {
	case dsn != "":
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is not set: run the tests with bash %s", variable, script)
	default:
		t.Skipf("needs a server: bash %s go -C tools test", script)
	}
	return Database{driver, dialect, dsn, fmt.Sprintf("t%d_%d_", time.Now().UnixNano(),
		tables.Add(1))}
}

// Each runs a test with each kind of database. PostgreSQL and MariaDB are the servers of
// .ci/postgres and .ci/mariadb; without them their tests skip, or fail in CI.
func Each(t *testing.T, test func(*testing.T, Database)) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) Database{
		"sqlite": SQLite,
		"postgres": func(t testing.TB) Database {
			return server(t, "TIKTOKSHOP_TEST_POSTGRES", ".ci/postgres", "pgx",
				sqldedupe.PostgreSQL)
		},
		"mariadb": func(t testing.TB) Database {
			return server(t, "TIKTOKSHOP_TEST_MARIADB", ".ci/mariadb", "mysql", sqldedupe.MySQL)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}
