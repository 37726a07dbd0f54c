// Package sqltable has what the stores in SQL tables share: which names a table may have, and how it is made.
package sqltable

import (
	"context"
	"database/sql"
	"regexp"
)

var name = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$`)

// IsName reports whether a name of a table, which may have a schema before it, can be written into a statement as it is.
func IsName(s string) bool { return name.MatchString(s) }

// Create runs a statement that makes a table if it is not there. Several processes may do so at once.
func Create(ctx context.Context, db *sql.DB, schema string) error {
	_, err := db.ExecContext(ctx, schema)
	if err != nil {
		// PostgreSQL lets one fail of two that create a table at once. By now it is there.
		_, err = db.ExecContext(ctx, schema)
	}
	return err
}
