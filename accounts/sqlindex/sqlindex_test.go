package sqlindex_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts/sqlindex"
)

// What needs a database is tested in tools/sqlindex, where the drivers are.

func TestNewChecksItsInput(t *testing.T) {
	t.Parallel()
	fields := func(err error) (fields []string) {
		for _, e := range tiktokshop.InputErrors(err) {
			fields = append(fields, e.Field)
		}
		return fields
	}
	_, err := sqlindex.New(nil, 0, sqlindex.WithTablePrefix("a b"), nil)
	assert.Equal(t, []string{"database", "table prefix", "dialect"}, fields(err))
	_, err = sqlindex.Migrations(0, "a b")
	assert.Equal(t, []string{"table prefix", "dialect"}, fields(err))
	_, err = sqlindex.New(new(sql.DB), sqlindex.MySQL)
	assert.NoError(t, err)
}

func TestMigrationsByDialect(t *testing.T) {
	t.Parallel()
	for dialect, want := range map[sqlindex.Dialect]string{
		sqlindex.SQLite: "TIMESTAMP ", sqlindex.PostgreSQL: "TIMESTAMPTZ ",
		sqlindex.MySQL: "VARBINARY(255)",
	} {
		statements, err := sqlindex.Migrations(dialect, "app.x_")
		require.NoError(t, err)
		require.Len(t, statements, 1)
		assert.Contains(t, statements[0], "CREATE TABLE IF NOT EXISTS app.x_accounts (")
		assert.Contains(t, statements[0], want)
	}
}
