package sqlindex_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts/sqlindex"
)

// What needs a database is tested in tools/sqlindex, where the drivers are.

func TestNewChecksItsInput(t *testing.T) {
	t.Parallel()
	_, err := sqlindex.New(nil, 0, sqlindex.WithTable("a b"), nil)
	var fields []string
	for _, e := range tiktokshop.InputErrors(err) {
		fields = append(fields, e.Field)
	}
	assert.Equal(t, []string{"database", "table", "dialect"}, fields)
	for dialect, want := range map[sqlindex.Dialect]string{sqlindex.SQLite: "TIMESTAMP ", sqlindex.PostgreSQL: "TIMESTAMPTZ "} {
		x, err := sqlindex.New(new(sql.DB), dialect, sqlindex.WithTable("app.accounts"))
		require.NoError(t, err)
		assert.Contains(t, x.Schema(), "CREATE TABLE IF NOT EXISTS app.accounts (")
		assert.Contains(t, x.Schema(), want)
		assert.Equal(t, "sqlindex.Index{app.accounts}", fmt.Sprint(x))
	}
}
