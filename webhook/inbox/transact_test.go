package inbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeTx is a database whose transactions do not begin, or do not end well.
type fakeTx struct {
	begin, commit error
	ended         []string
}

func (f *fakeTx) Connect(context.Context) (driver.Conn, error) { return txConn{f}, nil }
func (f *fakeTx) Driver() driver.Driver                        { return nil }

type txConn struct{ *fakeTx }

func (txConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (txConn) Close() error                        { return nil }

func (c txConn) Begin() (driver.Tx, error) {
	if c.begin != nil {
		return nil, c.begin
	}
	return openTx(c), nil
}

type openTx struct{ *fakeTx }

func (t openTx) Commit() error {
	t.ended = append(t.ended, "commit")
	return t.commit
}

func (t openTx) Rollback() error {
	t.ended = append(t.ended, "rollback")
	return nil
}

// TestTransact: what is not committed counts as not done, and no transaction is left open.
func TestTransact(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for _, tt := range []struct {
		name  string
		db    *fakeTx
		inner error
		want  error
		ended []string
	}{
		{"done", &fakeTx{}, nil, nil, []string{"commit"}},
		{"does not begin", &fakeTx{begin: boom}, nil, boom, nil},
		{"fails", &fakeTx{}, boom, boom, []string{"rollback"}},
		{"is not committed", &fakeTx{commit: boom}, nil, boom, []string{"commit"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := sql.OpenDB(tt.db)
			t.Cleanup(func() { assert.NoError(t, db.Close()) })
			b, err := New(db, PostgreSQL)
			require.NoError(t, err)
			err = b.transact(t.Context(), func(*sql.Tx) error { return tt.inner })
			assert.Equal(t, tt.want, err)
			assert.Equal(t, tt.ended, tt.db.ended)
		})
	}
}
