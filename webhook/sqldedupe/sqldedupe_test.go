package sqldedupe_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook/sqldedupe"
)

// What needs a database is tested in tools/sqldedupe, where the drivers are.

func TestNewChecksItsInput(t *testing.T) {
	t.Parallel()
	fields := func(err error) (fields []string) {
		for _, e := range tiktokshop.InputErrors(err) {
			fields = append(fields, e.Field)
		}
		return fields
	}
	_, err := sqldedupe.New(nil, 0, sqldedupe.WithTablePrefix("a b"), nil, sqldedupe.WithKeep(0))
	assert.Equal(t, []string{"database", "time to keep", "table prefix", "dialect"}, fields(err))
	_, err = sqldedupe.Migrations(0, "a b")
	assert.Equal(t, []string{"table prefix", "dialect"}, fields(err))
	_, err = sqldedupe.New(new(sql.DB), sqldedupe.MySQL)
	require.NoError(t, err)
}

func ExampleMigrations() {
	statements, err := sqldedupe.Migrations(sqldedupe.PostgreSQL, sqldedupe.DefaultTablePrefix)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, statement := range statements {
		fmt.Println(strings.ReplaceAll(statement, "\t", "  ") + ";")
	}
	// Output:
	// CREATE TABLE IF NOT EXISTS tiktokshop_webhook_marks (
	//   event_key TEXT NOT NULL PRIMARY KEY,
	//   owner TEXT NOT NULL,
	//   expires_at BIGINT NOT NULL
	// );
	// CREATE INDEX IF NOT EXISTS tiktokshop_webhook_marks_expires_at ON tiktokshop_webhook_marks (expires_at);
}
