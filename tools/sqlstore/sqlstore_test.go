// Package sqlstore tests the root module's sqlstore against real databases, whose drivers the root
// module does not have.
package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tiktokshop-go/tiktokshop/internal/processtest"
	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/token/sqlstore"
	"github.com/tiktokshop-go/tiktokshop/token/tokentest"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// database is a data source name with the driver and the dialect before it: what a child process is
// told.
type database struct {
	driver  string
	dialect sqlstore.Dialect
	dsn     string
	prefix  string
}

func sqlite(t *testing.T) database {
	return database{"sqlite", sqlstore.SQLite, "file:" + filepath.Join(t.TempDir(), "tokens.db") +
		"?_pragma=busy_timeout(10000)", sqlstore.DefaultTablePrefix}
}

// postgres is the server that .ci/postgres starts. Each test has a table of its own.
func postgres(t *testing.T) database {
	t.Helper()
	dsn := os.Getenv("TIKTOKSHOP_TEST_POSTGRES")
	switch {
	case dsn != "":
	case os.Getenv("CI") == "true":
		t.Fatal("TIKTOKSHOP_TEST_POSTGRES is not set: run the tests with bash .ci/postgres")
	default:
		t.Skip("needs PostgreSQL: bash .ci/postgres go -C tools test ./sqlstore")
	}
	return database{"pgx", sqlstore.PostgreSQL, dsn,
		strings.ToLower("public." + strings.ReplaceAll(t.Name(), "/", "_") + "_")}
}

// mariadb is the server that .ci/mariadb starts. Each test has a table of its own.
func mariadb(t *testing.T) database {
	t.Helper()
	dsn := os.Getenv("TIKTOKSHOP_TEST_MARIADB")
	switch {
	case dsn != "":
	case os.Getenv("CI") == "true":
		t.Fatal("TIKTOKSHOP_TEST_MARIADB is not set: run the tests with bash .ci/mariadb")
	default:
		t.Skip("needs MariaDB: bash .ci/mariadb go -C tools test ./sqlstore")
	}
	return database{"mysql", sqlstore.MySQL, dsn,
		strings.ToLower("test." + strings.ReplaceAll(t.Name(), "/", "_") + "_")}
}

func (d database) open() (*sqlstore.Store, *sql.DB, error) {
	db, err := sql.Open(d.driver, d.dsn)
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlstore.New(db, d.dialect, sqlstore.WithTablePrefix(d.prefix))
	if err == nil {
		err = store.CreateTable(context.Background())
	}
	return store, db, err
}

func (d database) mustOpen(t *testing.T) (*sqlstore.Store, *sql.DB) {
	t.Helper()
	store, db, err := d.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return store, db
}

func (d database) address() string {
	return strings.Join([]string{d.driver, fmt.Sprint(int(d.dialect)), d.dsn, d.prefix}, "\n")
}

func TestMain(m *testing.M) {
	processtest.Main(func(address string) (token.Store, error) {
		var d database
		parts := strings.Split(address, "\n")
		d.driver, d.dsn, d.prefix = parts[0], parts[2], parts[3]
		if _, err := fmt.Sscan(parts[1], &d.dialect); err != nil {
			return nil, err
		}
		store, _, err := d.open()
		return store, err
	})
	os.Exit(m.Run())
}

func eachDatabase(t *testing.T, test func(*testing.T, database)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, sqlite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, postgres(t))
	})
	t.Run("mariadb", func(t *testing.T) {
		t.Parallel()
		test(t, mariadb(t))
	})
}

func TestStore(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		tokentest.CheckStore(t, func() token.Store {
			store, _ := d.mustOpen(t)
			return store
		})
	})
}

func TestTwoProcessesShareADatabase(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		store, _ := d.mustOpen(t)
		processtest.Share(t, store, d.address(), 10)
	})
}

func TestSchemaCanBeRunAgain(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		store, db := d.mustOpen(t)
		key := token.Key{AppKey: "a", OpenID: "o"}
		if err := store.Save(t.Context(), key, []byte("kept"), 0); err != nil {
			t.Fatal(err)
		}
		if err := store.CreateTable(t.Context()); err != nil {
			t.Fatal(err)
		}
		if data, _, err := store.Load(t.Context(), key); err != nil || string(data) != "kept" {
			t.Fatalf("%q, %v", data, err)
		}
		var updated sql.NullString
		if err := db.QueryRow("SELECT updated_at FROM " + d.prefix + "tokens").Scan(
			&updated); err != nil || updated.String == "" {
			t.Fatalf("updated_at is %v, %v", updated, err)
		}
	})
}

func TestTableIsCreatedByManyAtOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, db, err := d.open()
				if err != nil {
					t.Error(err)
				}
				db.Close()
			})
		}
		wg.Wait()
	})
}

func TestDatabaseErrorsAreReported(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		store, db := d.mustOpen(t)
		db.Close()
		key := token.Key{AppKey: "a", OpenID: "o"}
		if _, _, err := store.Load(t.Context(), key); err == nil {
			t.Error("Load from a closed database succeeded")
		}
		if err := store.Save(t.Context(), key, []byte("secret"), 0); err == nil ||
			strings.Contains(err.Error(), "secret") {
			t.Errorf("Save to a closed database: %v", err)
		}
	})
}

// MySQL would cut a key that is too long, and one account would have another's token.
func TestLongKeys(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		store, _ := d.mustOpen(t)
		long := strings.Repeat("k", 255)
		for _, key := range []token.Key{{AppKey: long, OpenID: long},
			{AppKey: "a", OpenID: long + "1"}} {
			err := store.Save(t.Context(), key, []byte("data"), 0)
			if refused := len(key.OpenID) > 255 &&
				d.dialect == sqlstore.MySQL; refused != (err != nil) {
				t.Fatalf("save of %d bytes: %v", len(key.OpenID), err)
			}
		}
	})
}
