// Package sqldedupe tests the root module's sqldedupe against real databases, whose drivers the
// root module does not have.
package sqldedupe

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop/tools/dbtest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/sqldedupe"
	"github.com/tiktokshop-go/tiktokshop/webhook/webhooktest"
)

func open(d dbtest.Database, opts ...sqldedupe.Option) (*sqldedupe.Deduper, *sql.DB, error) {
	db, err := d.Open()
	if err != nil {
		return nil, nil, err
	}
	deduper, err := sqldedupe.New(db, d.Dialect,
		append(opts, sqldedupe.WithTablePrefix(d.Prefix))...)
	if err == nil {
		err = deduper.CreateTable(context.Background())
	}
	return deduper, db, err
}

func mustOpen(
	t *testing.T, d dbtest.Database, opts ...sqldedupe.Option,
) (*sqldedupe.Deduper, *sql.DB) {
	t.Helper()
	deduper, db, err := open(d, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return deduper, db
}

// pass makes all rows older, as if the database's clock had moved on.
func pass(t *testing.T, d dbtest.Database, db *sql.DB, by time.Duration) {
	t.Helper()
	if _, err := db.Exec(fmt.Sprintf("UPDATE %swebhook_marks SET expires_at = expires_at - %d",
		d.Prefix, by.Milliseconds())); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d dbtest.Database, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRow("SELECT COUNT(*) FROM " + d.Prefix +
		"webhook_marks").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDeduper(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		deduper, db := mustOpen(t, d)
		webhooktest.CheckDeduper(t, deduper, func(by time.Duration) { pass(t, d, db, by) })
	})
}

func TestMarksRunOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		ctx := t.Context()
		deduper, db := mustOpen(t, d, sqldedupe.WithKeep(2*time.Hour))
		for i := range 250 {
			if err := deduper.Commit(ctx, fmt.Sprint("old", i), "a"); err != nil {
				t.Fatal(err)
			}
		}
		pass(t, d, db, 2*time.Hour+time.Second)
		state, err := deduper.Claim(ctx, "old0", "b", time.Hour)
		if err != nil || state != webhook.Claimed {
			t.Fatalf("claim of a key whose mark has run out: %d, %v", state, err)
		}
		// The 300th commit removes a batch, and leaves what lives.
		for i := range 50 {
			if err := deduper.Commit(ctx, fmt.Sprint("new", i), "a"); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, d, db); n != 250+50-200 {
			t.Fatalf("%d marks", n)
		}
		if n, err := deduper.Prune(ctx); err != nil || n != 49 {
			t.Fatalf("pruned %d, %v", n, err)
		}
		if n := count(t, d, db); n != 51 {
			t.Fatalf("%d marks", n)
		}
	})
}

// Keys are told apart byte by byte, whatever is in them and however long they are.
func TestKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		deduper, _ := mustOpen(t, d)
		long := string(make([]byte, 5000))
		for _, key := range []string{"a", "A", "a ", "ä", "a\x00", "'; --", "日本", "\xff", long,
			long + "1"} {
			for _, want := range []webhook.ClaimState{webhook.Claimed, webhook.InFlight} {
				if state, err := deduper.Claim(t.Context(), key, "owner", time.Hour); err != nil ||
					state != want {
					t.Fatalf("%.10q: %d, %v", key, state, err)
				}
			}
		}
	})
}

func TestTableIsCreatedByManyAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, db, err := open(d)
				if err != nil {
					t.Error(err)
					return
				}
				db.Close()
			})
		}
		wg.Wait()
	})
}

func TestErrorsAreReported(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d dbtest.Database) {
		deduper, db := mustOpen(t, d)
		if _, err := deduper.Claim(t.Context(), "k", "", time.Minute); err == nil {
			t.Error("a claim by nobody would be a mark")
		}
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := deduper.Claim(done, "k", "a", time.Minute); err == nil {
			t.Error("claimed after the end")
		}
		db.Close()
		if state, err := deduper.Claim(t.Context(), "k", "a", time.Minute); err == nil ||
			state != 0 {
			t.Errorf("%d, %v", state, err)
		}
		if deduper.Commit(t.Context(), "k", "a") == nil ||
			deduper.Release(t.Context(), "k", "a") == nil {
			t.Error("a closed database did it")
		}
	})
}
