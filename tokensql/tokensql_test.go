package tokensql_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tokensql"
)

// What needs a database is tested in tools/tokensql, where the drivers are.

func TestNewChecksItsInput(t *testing.T) {
	t.Parallel()
	db := new(sql.DB)
	for name, make := range map[string]func() (*tokensql.Store, error){
		"database": func() (*tokensql.Store, error) { return tokensql.New(nil, tokensql.SQLite) },
		"dialect":  func() (*tokensql.Store, error) { return tokensql.New(db, 0) },
		"table":    func() (*tokensql.Store, error) { return tokensql.New(db, tokensql.SQLite, tokensql.WithTable("")) },
	} {
		_, err := make()
		var input *tiktokshop.InputError
		require.ErrorAs(t, err, &input, name)
		assert.Equal(t, name, input.Field)
	}
	for _, bad := range []string{"a b", "a;", "a.b.c", "1a", "a.", `a"b`, "a\nb", "ä"} {
		_, err := tokensql.New(db, tokensql.SQLite, tokensql.WithTable(bad))
		assert.Error(t, err, bad)
	}
	for _, good := range []string{"tokens", "app.tokens", "_x1"} {
		s, err := tokensql.New(db, tokensql.PostgreSQL, tokensql.WithTable(good), nil)
		require.NoError(t, err)
		assert.Contains(t, s.Schema(), "CREATE TABLE IF NOT EXISTS "+good+" (")
	}
}

func TestPrintingShowsTheTable(t *testing.T) {
	t.Parallel()
	s, err := tokensql.New(new(sql.DB), tokensql.SQLite)
	require.NoError(t, err)
	assert.Equal(t, "tokensql.Store{tiktokshop_tokens}", fmt.Sprintf("%+v", s))
}

func ExampleStore_Schema() {
	store, err := tokensql.New(new(sql.DB), tokensql.PostgreSQL)
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
