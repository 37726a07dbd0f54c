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
	_, err := sqlcursor.New(nil, 0, sqlcursor.WithTable("a b"), nil)
	var fields []string
	for _, e := range tiktokshop.InputErrors(err) {
		fields = append(fields, e.Field)
	}
	assert.Equal(t, []string{"database", "table", "dialect"}, fields)
	for dialect, want := range map[sqlcursor.Dialect]string{sqlcursor.SQLite: "TIMESTAMP ", sqlcursor.PostgreSQL: "TIMESTAMPTZ "} {
		s, err := sqlcursor.New(new(sql.DB), dialect, sqlcursor.WithTable("app.cursors"))
		require.NoError(t, err)
		assert.Contains(t, s.Schema(), "CREATE TABLE IF NOT EXISTS app.cursors (")
		assert.Contains(t, s.Schema(), want)
	}
}
