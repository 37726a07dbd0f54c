// Package sqlindex tests the root module's sqlindex against real databases, whose drivers the
// root module does not have.
package sqlindex

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/accounts/accountstest"
	"github.com/tiktokshop-go/tiktokshop/accounts/sqlindex"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/tools/dbtest"
)

func eachDatabase(t *testing.T, test func(*testing.T, *sqlindex.Index)) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		index, err := sqlindex.New(d.MustOpen(t), d.Dialect, sqlindex.WithTablePrefix(d.Prefix))
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
			t.Cleanup(func() { _ = m.Close(context.Background()) })
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
		if err != nil || account.Name != "Seller's" ||
			account.Shops[0].ID != tiktokshoptest.ShopID {
			t.Fatal(account, err)
		}
		if err := two.Remove(t.Context(), "seller"); err != nil {
			t.Fatal(err)
		}
		// What they found out may be on its way into the table yet: once that is in, they see that
		// the token is gone, and take the entry out again.
		if err := errors.Join(one.Close(t.Context()), two.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
		if entries, err := index.List(t.Context(), tiktokshoptest.AppKey); len(entries) != 0 ||
			err != nil {
			t.Fatalf("%+v, %v", entries, err)
		}
	})
}

// What a database would cut is refused.
func TestLongKeys(t *testing.T) {
	eachDatabase(t, func(t *testing.T, index *sqlindex.Index) {
		long := accounts.Entry{Key: token.Key{AppKey: "app", OpenID: strings.Repeat("x", 256)},
			Data: []byte("{}")}
		err := index.Save(t.Context(), long)
		entries, listErr := index.List(t.Context(), "app")
		if listErr != nil || err == nil && (len(entries) != 1 || entries[0].Key != long.Key) ||
			err != nil && len(entries) != 0 {
			t.Fatal(err, listErr, len(entries))
		}
	})
}
