package sqlcursor_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed/sqlcursor"
)

// What needs a database is tested in tools/sqlcursor, where the drivers are.

func TestNewChecksItsInput(t *testing.T) {
	t.Parallel()
	fields := func(err error) (fields []string) {
		for _, e := range tiktokshop.InputErrors(err) {
			fields = append(fields, e.Field)
		}
		return fields
	}
	_, err := sqlcursor.New(nil, 0, sqlcursor.WithTablePrefix("a b"), nil)
	assert.Equal(t, []string{"database", "table prefix", "dialect"}, fields(err))
	_, err = sqlcursor.Migrations(0, "a b")
	assert.Equal(t, []string{"table prefix", "dialect"}, fields(err))
	_, err = sqlcursor.New(new(sql.DB), sqlcursor.MySQL)
	assert.NoError(t, err)
}

func TestMigrationsByDialect(t *testing.T) {
	t.Parallel()
	for dialect, want := range map[sqlcursor.Dialect]string{
		sqlcursor.SQLite: "TIMESTAMP ", sqlcursor.PostgreSQL: "TIMESTAMPTZ ",
		sqlcursor.MySQL: "VARBINARY(255)",
	} {
		statements, err := sqlcursor.Migrations(dialect, "app.x_")
		require.NoError(t, err)
		require.Len(t, statements, 1)
		assert.Contains(t, statements[0], "CREATE TABLE IF NOT EXISTS app.x_cursors (")
		assert.Contains(t, statements[0], want)
	}
}
