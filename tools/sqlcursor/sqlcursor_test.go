// Package sqlcursor tests the root module's sqlcursor against real databases, whose drivers the
// root module does not have.
package sqlcursor

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/feed/feedtest"
	"github.com/tiktokshop-go/tiktokshop/feed/sqlcursor"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

func eachDatabase(t *testing.T, test func(*testing.T, *sqlcursor.Store)) {
	t.Parallel()
	for _, database := range []struct {
		name    string
		dialect sqlcursor.Dialect
		open    func(*testing.T) (driver, dsn string)
	}{
		{"sqlite", sqlcursor.SQLite, func(t *testing.T) (driver, dsn string) {
			return "sqlite", "file:" + filepath.Join(t.TempDir(), "cursors.db") +
				"?_pragma=busy_timeout(10000)"
		}},
		{"postgres", sqlcursor.PostgreSQL, func(t *testing.T) (driver, dsn string) {
			dsn = os.Getenv("TIKTOKSHOP_TEST_POSTGRES") // the server that .ci/postgres starts
			switch {
			case dsn != "":
			case os.Getenv("CI") == "true":
				t.Fatal("TIKTOKSHOP_TEST_POSTGRES is not set: run the tests with bash .ci/postgres")
			default:
				t.Skip("needs PostgreSQL: bash .ci/postgres go -C tools test ./sqlcursor")
			}
			return "pgx", dsn
		}},
		{"mariadb", sqlcursor.MySQL, func(t *testing.T) (driver, dsn string) {
			dsn = os.Getenv("TIKTOKSHOP_TEST_MARIADB") // the server that .ci/mariadb starts
			switch {
			case dsn != "":
			case os.Getenv("CI") == "true":
				t.Fatal("TIKTOKSHOP_TEST_MARIADB is not set: run the tests with bash .ci/mariadb")
			default:
				t.Skip("needs MariaDB: bash .ci/mariadb go -C tools test ./sqlcursor")
			}
			return "mysql", dsn
		}},
	} {
		t.Run(database.name, func(t *testing.T) {
			t.Parallel()
			driver, dsn := database.open(t)
			db, err := sql.Open(driver, dsn)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			store, err := sqlcursor.New(db, database.dialect,
				sqlcursor.WithTablePrefix(fmt.Sprintf("t%d_", time.Now().UnixNano())))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // it can be created again
				if err := store.CreateTable(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			test(t, store)
		})
	}
}

func TestStore(t *testing.T) {
	eachDatabase(t, func(t *testing.T, store *sqlcursor.Store) {
		feedtest.CheckCursorStore(t, func() feed.CursorStore { return store })
	})
}

// A feed goes on from where the database says.
func TestFeed(t *testing.T) {
	eachDatabase(t, func(t *testing.T, store *sqlcursor.Store) {
		srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
		add := func(id tiktokshop.ID, ago time.Duration) {
			srv.AddOrder(order.Order{ID: id, UpdateTime: tiktokshop.NewUnixTime(time.Now().Add(-ago))})
		}
		add("1", time.Hour)
		add("2", time.Minute)
		var ids []tiktokshop.ID
		run := func() {
			changes, err := order.New(srv.Client()).Changes(nil,
				feed.Options{Name: "orders", Store: store, Since: time.Now().AddDate(0, -1, 0)})
			if err != nil {
				t.Fatal(err)
			}
			if err := changes.Run(t.Context(), func(_ context.Context, orders []order.Order) error {
				for _, o := range orders {
					ids = append(ids, o.ID)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		run()
		add("3", 30*time.Second)
		run()
		if !slices.Equal(ids, []tiktokshop.ID{"1", "2", "3"}) {
			t.Fatal(ids)
		}
	})
}
