package sqlstore_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/token/sqlstore"
)

// What needs a database is tested in tools/sqlstore, where the drivers are.

func TestNewChecksItsInput(t *testing.T) {
	t.Parallel()
	db := new(sql.DB)
	_, err := sqlstore.New(nil, 0, sqlstore.WithTablePrefix("1"))
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "all mistakes at once: %v", err)
	var fields []string
	for _, e := range joined.Unwrap() {
		var input *token.InputError
		require.ErrorAs(t, e, &input)
		fields = append(fields, input.Field)
	}
	assert.Equal(t, []string{"database", "table prefix", "dialect"}, fields)
	_, err = sqlstore.New(db, sqlstore.MySQL, sqlstore.WithTablePrefix("app.x_"), nil)
	require.NoError(t, err)
	_, err = sqlstore.Migrations(0, "a b")
	joined, ok = err.(interface{ Unwrap() []error })
	require.True(t, ok)
	assert.Len(t, joined.Unwrap(), 2)
}

func TestPrintingShowsTheTable(t *testing.T) {
	t.Parallel()
	s, err := sqlstore.New(new(sql.DB), sqlstore.SQLite)
	require.NoError(t, err)
	assert.Equal(t, "sqlstore.Store{tiktokshop_tokens}", fmt.Sprintf("%+v", s))
}

func ExampleMigrations() {
	statements, err := sqlstore.Migrations(sqlstore.PostgreSQL, sqlstore.DefaultTablePrefix)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, statement := range statements {
		fmt.Println(strings.ReplaceAll(statement, "\t", "  ") + ";")
	}
	// Output:
	// CREATE TABLE IF NOT EXISTS tiktokshop_tokens (
	//   app_key TEXT NOT NULL,
	//   open_id TEXT NOT NULL,
	//   version BIGINT NOT NULL,
	//   data BYTEA NOT NULL,
	//   updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
	//   PRIMARY KEY (app_key, open_id)
	// );
}
