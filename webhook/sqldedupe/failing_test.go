package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/sqldedupe"
)

var (
	errDown = errors.New("the database is down")
	errAny  = errors.New("whatever the driver says")
)

// script is a database that says what a test wants.
type script struct {
	mu    sync.Mutex
	args  []driver.NamedValue // of the last statement
	asked []string            // the first word of each statement
	// n is how many statements with that word came before
	affects func(statement string, n int) (int64, error)
	// of the n-th query; the error comes after the rows
	rows func(n int) ([]driver.Value, error)
}

func (s *script) db(t *testing.T) *sql.DB {
	db := sql.OpenDB(s)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (s *script) note(statement string) (word string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	word = strings.Fields(statement)[0]
	for _, asked := range s.asked {
		if asked == word {
			n++
		}
	}
	s.asked = append(s.asked, word)
	return word, n
}

func (s *script) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *script) Driver() driver.Driver                        { return nil }
func (s *script) Prepare(string) (driver.Stmt, error)          { return nil, errors.ErrUnsupported }
func (s *script) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (s *script) Close() error                                 { return nil }

func (s *script) ExecContext(
	_ context.Context, statement string, args []driver.NamedValue,
) (driver.Result, error) {
	word, n := s.note(statement)
	s.args = args
	affected, err := s.affects(word, n)
	return driver.RowsAffected(affected), err
}

func (s *script) QueryContext(
	_ context.Context, statement string, _ []driver.NamedValue,
) (driver.Rows, error) {
	_, n := s.note(statement)
	values, err := s.rows(n)
	if values == nil && err != nil {
		return nil, err
	}
	return &scriptRows{values, err}, nil
}

// scriptRows are rows of one column.
type scriptRows struct {
	values []driver.Value
	err    error
}

func (r *scriptRows) Columns() []string { return []string{"c"} }
func (r *scriptRows) Close() error      { return nil }

func (r *scriptRows) Next(dest []driver.Value) error {
	if len(r.values) == 0 {
		if r.err != nil {
			return r.err
		}
		return io.EOF
	}
	dest[0] = r.values[0]
	r.values = r.values[1:]
	return nil
}

func newDeduper(t *testing.T, s *script) *sqldedupe.Deduper {
	t.Helper()
	d, err := sqldedupe.New(s.db(t), sqldedupe.SQLite)
	require.NoError(t, err)
	return d
}

// TestClaimFails: no state is told that the database did not tell.
func TestClaimFails(t *testing.T) {
	t.Parallel()
	none := func(string, int) (int64, error) { return 0, nil }
	for _, tc := range []struct {
		name    string
		affects func(word string, n int) (int64, error)
		rows    func(n int) ([]driver.Value, error)
		want    webhook.ClaimState
		err     error
		queries int
	}{
		{"the insert", func(string, int) (int64, error) { return 0, errDown }, nil, 0, errDown, 0},
		{"taking it over", func(word string, _ int) (int64, error) {
			if word == "UPDATE" {
				return 1, errDown
			}
			return 0, nil
		}, nil, 0, errDown, 0},
		{"the question whose it is", none,
			func(int) ([]driver.Value, error) { return nil, errDown }, 0, errDown, 1},
		{"the rows of that question", none,
			func(int) ([]driver.Value, error) { return []driver.Value{}, errDown }, 0, errDown, 1},
		{"nothing, released between", func(word string, n int) (int64, error) {
			if word == "INSERT" && n == 1 {
				return 1, nil
			}
			return 0, nil
		}, func(int) ([]driver.Value, error) {
			return []driver.Value{}, nil
		}, webhook.Claimed, nil, 1},
		{"nothing, released again and again", none,
			func(int) ([]driver.Value, error) { return []driver.Value{}, nil }, webhook.InFlight,
			nil, 3},
		{"nothing, of another", none,
			func(int) ([]driver.Value, error) { return []driver.Value{"b"}, nil }, webhook.InFlight,
			nil, 1},
		{"nothing, handled", none,
			func(int) ([]driver.Value, error) { return []driver.Value{""}, nil }, webhook.Seen, nil,
			1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := &script{affects: tc.affects, rows: tc.rows}
			state, err := newDeduper(t, s).Claim(t.Context(), "key", "a", time.Minute)
			require.ErrorIs(t, err, tc.err)
			assert.Equal(t, tc.want, state)
			assert.Equal(t, tc.queries, strings.Count(strings.Join(s.asked, " "), "SELECT"))
		})
	}
}

func keys(n int) []driver.Value {
	all := make([]driver.Value, n)
	for i := range all {
		all[i] = "key"
	}
	return all
}

func TestPruneFails(t *testing.T) {
	t.Parallel()
	one := func(string, int) (int64, error) { return 1, nil }
	for _, tc := range []struct {
		name    string
		affects func(word string, n int) (int64, error)
		rows    func(n int) ([]driver.Value, error)
		want    int64
		err     error
	}{
		{"the list", one, func(int) ([]driver.Value, error) { return nil, errDown }, 0, errDown},
		{"the list, in the middle", one,
			func(int) ([]driver.Value, error) { return keys(3), errDown }, 0, errDown},
		{"a row, though the next one is good", one,
			func(int) ([]driver.Value, error) { return []driver.Value{nil, "key"}, nil }, 0,
			errAny},
		{"a delete", func(_ string, n int) (int64, error) {
			if n == 2 {
				return 0, errDown
			}
			return 1, nil
		}, func(int) ([]driver.Value, error) { return keys(5), nil }, 2, errDown},
		{"nothing, with several batches", one,
			func(n int) ([]driver.Value, error) { return keys([]int{200, 200, 7}[n]), nil }, 407,
			nil},
		{"nothing, with a whole batch", one,
			func(n int) ([]driver.Value, error) { return keys([]int{200, 0}[n]), nil }, 200, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			removed, err := newDeduper(t,
				&script{affects: tc.affects, rows: tc.rows}).Prune(t.Context())
			if tc.err == errAny {
				require.Error(t, err)
			} else {
				require.ErrorIs(t, err, tc.err)
			}
			assert.Equal(t, tc.want, removed)
		})
	}
}

func TestOthersFail(t *testing.T) {
	t.Parallel()
	d := newDeduper(t, &script{affects: func(string, int) (int64, error) { return 0, errDown }})
	require.ErrorIs(t, d.Commit(t.Context(), "key", "a"), errDown)
	require.ErrorIs(t, d.Release(t.Context(), "key", "a"), errDown)
	require.ErrorContains(t, d.CreateTable(t.Context()),
		"sqldedupe: create table: "+errDown.Error())

	_, err := sqldedupe.New(new(sql.DB), sqldedupe.SQLite, sqldedupe.WithKeep(time.Millisecond))
	require.NoError(t, err, "the least")
	_, err = sqldedupe.New(new(sql.DB), sqldedupe.SQLite, sqldedupe.WithKeep(time.Millisecond-1))
	require.Error(t, err)
}

// TestMarksAreKeptForADay by default: the platform's last delivery comes hours after the first.
func TestMarksAreKeptForADay(t *testing.T) {
	t.Parallel()
	s := &script{affects: func(string, int) (int64, error) { return 1, nil }}
	require.NoError(t, newDeduper(t, s).Commit(t.Context(), "key", "a"))
	require.Len(t, s.args, 3)
	assert.Equal(t, (24 * time.Hour).Milliseconds(), s.args[1].Value)
}
