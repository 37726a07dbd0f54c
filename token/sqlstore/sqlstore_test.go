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
	_, err := sqlstore.New(nil, 0, sqlstore.WithTable(""))
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "all mistakes at once: %v", err)
	var fields []string
	for _, e := range joined.Unwrap() {
		var input *token.InputError
		require.ErrorAs(t, e, &input)
		fields = append(fields, input.Field)
	}
	assert.Equal(t, []string{"database", "table", "dialect"}, fields)
	for _, bad := range []string{"a b", "a;", "a.b.c", "1a", "a.", `a"b`, "a\nb", "ä"} {
		_, err := sqlstore.New(db, sqlstore.SQLite, sqlstore.WithTable(bad))
		assert.Error(t, err, bad)
	}
	for _, good := range []string{"tokens", "app.tokens", "_x1"} {
		s, err := sqlstore.New(db, sqlstore.PostgreSQL, sqlstore.WithTable(good), nil)
		require.NoError(t, err)
		assert.Contains(t, s.Schema(), "CREATE TABLE IF NOT EXISTS "+good+" (")
	}
}

func TestPrintingShowsTheTable(t *testing.T) {
	t.Parallel()
	s, err := sqlstore.New(new(sql.DB), sqlstore.SQLite)
	require.NoError(t, err)
	assert.Equal(t, "sqlstore.Store{tiktokshop_tokens}", fmt.Sprintf("%+v", s))
}

func ExampleStore_Schema() {
	store, err := sqlstore.New(new(sql.DB), sqlstore.PostgreSQL)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.ReplaceAll(store.Schema(), "\t", "  "))
	// Output:
	// CREATE TABLE IF NOT EXISTS tiktokshop_tokens (
	//   app_key    TEXT   NOT NULL,
	//   open_id    TEXT   NOT NULL,
	//   version    BIGINT NOT NULL,
	//   data       BYTEA  NOT NULL,
	//   updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
	//   PRIMARY KEY (app_key, open_id)
	// )
}
