// Package sqlindex tests the root module's sqlindex against real databases, whose drivers the
// root module does not have.
package sqlindex

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/accounts/accountstest"
	"github.com/tiktokshop-go/tiktokshop/accounts/sqlindex"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

func eachDatabase(t *testing.T, test func(*testing.T, *sqlindex.Index)) {
	t.Parallel()
	for _, database := range []struct {
		name    string
		dialect sqlindex.Dialect
		open    func(*testing.T) (driver, dsn string)
	}{
		{"sqlite", sqlindex.SQLite, func(t *testing.T) (driver, dsn string) {
			return "sqlite", "file:" + filepath.Join(t.TempDir(), "accounts.db") + "?_pragma=busy_timeout(10000)"
		}},
		{"postgres", sqlindex.PostgreSQL, func(t *testing.T) (driver, dsn string) {
			dsn = os.Getenv("TIKTOKSHOP_TEST_POSTGRES") // the server that .ci/postgres starts
			switch {
			case dsn != "":
			case os.Getenv("CI") == "true":
				t.Fatal("TIKTOKSHOP_TEST_POSTGRES is not set: run the tests with bash .ci/postgres")
			default:
				t.Skip("needs PostgreSQL: bash .ci/postgres go -C tools test ./sqlindex")
			}
			return "pgx", dsn
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
			index, err := sqlindex.New(db, database.dialect, sqlindex.WithTable(fmt.Sprintf("accounts_%d", time.Now().UnixNano())))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // it can be created again
				if err := index.CreateTable(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			test(t, index)
		})
	}
}

func TestIndex(t *testing.T) {
	eachDatabase(t, func(t *testing.T, index *sqlindex.Index) {
		accountstest.CheckIndex(t, func() accounts.Index { return index })
	})
}

// Two Managers share the accounts of one table.
func TestManagers(t *testing.T) {
	eachDatabase(t, func(t *testing.T, index *sqlindex.Index) {
		srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
		srv.AddAccount(tiktokshoptest.Account{OpenID: "seller", Name: "Seller's"})
		store := token.NewMemoryStore()
		manager := func() *accounts.Manager {
			m, err := accounts.New(srv.Client(), accounts.Options{Store: store, Index: index})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { m.Close(context.Background()) })
			return m
		}
		one, two := manager(), manager()
		if _, err := one.Add(t.Context(), srv.IssueToken("seller")); err != nil {
			t.Fatal(err)
		}
		if _, err := two.ShopClient(t.Context(), tiktokshoptest.ShopID); err != nil {
			t.Fatal(err)
		}
		account, err := two.Account(t.Context(), "seller")
		if err != nil || account.Name != "Seller's" || account.Shops[0].ID != tiktokshop.ID(tiktokshoptest.ShopID) {
			t.Fatal(account, err)
		}
		if err := two.Remove(t.Context(), "seller"); err != nil {
			t.Fatal(err)
		}
		if entries, err := index.List(t.Context(), tiktokshoptest.AppKey); len(entries) != 0 || err != nil {
			t.Fatal(entries, err)
		}
	})
}
