package inbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// fakeDB is a database whose rows break off. It notes what it is told to do.
type fakeDB struct {
	rows []driver.Value // one of a column each, of any query
	end  error          // after the rows
	told []string

	mu   sync.Mutex        // of what follows
	hang bool              // a query is never answered
	asks []context.Context // of queries
}

func (f *fakeDB) Connect(context.Context) (driver.Conn, error) { return fakeConn{f}, nil }
func (f *fakeDB) Driver() driver.Driver                        { return nil }

type fakeConn struct{ *fakeDB }

func (fakeConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (fakeConn) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }
func (fakeConn) Close() error                        { return nil }

func (c fakeConn) QueryContext(
	ctx context.Context, _ string, _ []driver.NamedValue,
) (driver.Rows, error) {
	c.mu.Lock()
	c.asks = append(c.asks, ctx)
	hang := c.hang
	c.mu.Unlock()
	if hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &fakeRows{fakeDB: c.fakeDB}, nil
}

func (c fakeConn) ExecContext(
	_ context.Context, statement string, _ []driver.NamedValue,
) (driver.Result, error) {
	c.told = append(c.told, statement)
	return driver.RowsAffected(len(c.rows)), nil
}

type fakeRows struct {
	*fakeDB
	at int
}

func (*fakeRows) Columns() []string { return []string{"id"} }
func (*fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(dest []driver.Value) error {
	if r.at == len(r.rows) {
		return r.end
	}
	dest[0] = r.rows[r.at]
	r.at++
	return nil
}

func TestPruneOfRowsThatBreakOff(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for _, tt := range []struct {
		name string
		db   *fakeDB
		n    int64 // removed
		fail string
	}{
		{"two", &fakeDB{rows: []driver.Value{int64(1), int64(2)}, end: io.EOF}, 2, ""},
		{"none, which is no list that every database takes", &fakeDB{end: io.EOF}, 0, ""},
		{"the connection breaks", &fakeDB{rows: []driver.Value{int64(1)}, end: boom}, 0, "boom"},
		{"a row is no id", &fakeDB{rows: []driver.Value{"one", int64(2)}, end: io.EOF}, 0,
			"converting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fake := tt.db
			db := sql.OpenDB(fake)
			t.Cleanup(func() { assert.NoError(t, db.Close()) })
			b, err := New(db, PostgreSQL)
			require.NoError(t, err)
			n, err := b.prune(t.Context(), "1 = 1")
			assert.Equal(t, tt.n, n)
			if tt.fail != "" {
				require.ErrorContains(t, err, tt.fail)
			} else {
				require.NoError(t, err)
			}
			assert.Len(t, fake.told, min(int(tt.n), 1))
		})
	}
}

// TestDatabaseThatHangs is given up after half a minute, and asked again.
func TestDatabaseThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeDB{hang: true, end: io.EOF}
		db := sql.OpenDB(fake)
		defer func() { assert.NoError(t, db.Close()) }()
		b, err := New(db, PostgreSQL, WithLogger(slog.New(slog.DiscardHandler)))
		require.NoError(t, err)
		require.NoError(t, b.Start(func(context.Context, *webhook.Event) error { return nil }))
		asks := func() []context.Context {
			synctest.Wait()
			fake.mu.Lock()
			defer fake.mu.Unlock()
			return slices.Clone(fake.asks)
		}
		time.Sleep(30*time.Second - 1)
		require.Len(t, asks(), 1)
		require.NoError(t, asks()[0].Err())
		time.Sleep(time.Second)
		require.Len(t, asks(), 2)
		require.Error(t, asks()[0].Err())

		fake.mu.Lock()
		fake.hang = false
		fake.mu.Unlock()
		time.Sleep(time.Minute)
		require.NoError(t, b.Close(t.Context()))
		for _, ctx := range asks() {
			assert.Error(t, ctx.Err(), "what a step held is free when it has ended")
		}
	})
}
