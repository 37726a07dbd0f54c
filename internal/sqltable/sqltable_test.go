package sqltable

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	wrong := func(dialect Dialect, prefix string) []error {
		return check(dialect, prefix,
			func(field, reason string) error { return errors.New(field + " " + reason) })
	}
	for _, good := range []string{"", "a_", "app.", "app.tiktokshop_", "_x1"} {
		assert.Empty(t, wrong(MySQL, good), good)
	}
	for _, bad := range []string{"a b", "a;", "a.b.c", "1a", "a.1", `a"b`, "a\nb", "ä", "a\n",
		strings.Repeat("a", 65)} {
		assert.Len(t, wrong(SQLite, bad), 1, bad)
	}
	assert.Len(t, wrong(0, ";"), 2)
	assert.Len(t, wrong(MySQL+1, ""), 1)
}

func TestSQL(t *testing.T) {
	t.Parallel()
	const statement = "{insert} {table} (a, b) VALUES (?, ?) {or nothing}; UPDATE x {or update a} b = ?"
	for dialect, want := range map[Dialect]string{
		SQLite:     "INSERT INTO p_t (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING; UPDATE x ON CONFLICT (a) DO UPDATE SET b = ?",
		PostgreSQL: "INSERT INTO p_t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING; UPDATE x ON CONFLICT (a) DO UPDATE SET b = $3",
		MySQL:      "INSERT IGNORE INTO p_t (a, b) VALUES (?, ?) ; UPDATE x ON DUPLICATE KEY UPDATE b = ?",
	} {
		assert.Equal(t, want, New(dialect, "p_", "t").SQL(statement))
	}
}

func TestMigrationsWithASchema(t *testing.T) {
	t.Parallel()
	index := Index{"due", "a, b"}
	assert.Equal(t, []string{"CREATE TABLE IF NOT EXISTS s.t (\n\ta TEXT\n)",
		"CREATE INDEX IF NOT EXISTS s.t_due ON t (a, b)"},
		New(SQLite, "s.", "t").Migrations("\ta {key}", index))
	assert.Equal(t, []string{"CREATE TABLE IF NOT EXISTS s.t (\n\ta TEXT\n)",
		"CREATE INDEX IF NOT EXISTS t_due ON s.t (a, b)"},
		New(PostgreSQL, "s.", "t").Migrations("\ta {key}", index))
	assert.Equal(t,
		[]string{"CREATE TABLE IF NOT EXISTS s.t (\n\ta VARBINARY(255),\n\tKEY t_due (a, b)\n) ENGINE=InnoDB"},
		New(MySQL, "s.", "t").Migrations("\ta {key}", index))
}

func TestKey(t *testing.T) {
	t.Parallel()
	for _, plain := range []string{"", "app:1:7327112393057371910", strings.Repeat("~", 255), "a b",
		" "} {
		assert.Equal(t, plain, Key(plain))
	}
	seen := map[string]bool{}
	for _, odd := range []string{strings.Repeat("~", 256), "a\x00", "ä", "\xff", "a\n", "\x1f",
		"\x7f"} {
		key := Key(odd)
		assert.True(t, strings.HasPrefix(key, "sha256:") && len(key) == 71, key)
		assert.False(t, seen[key])
		seen[key] = true
	}
}

func TestAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		err   error
		calls int
	}{
		{"deadlock", errors.New("Error 1213 (40001): Deadlock found when trying to get lock"), 10},
		{"locked", errors.New("database is locked (5) (SQLITE_BUSY)"), 10},
		{"something else", errors.New("no such table"), 1},
		{"success", nil, 1},
	} {
		calls := 0
		assert.Equal(t, tt.err, Again(t.Context(), func() error { calls++; return tt.err }),
			tt.name)
		assert.Equal(t, tt.calls, calls, tt.name)
	}
	calls := 0
	done, cancel := context.WithCancel(t.Context())
	_ = Again(done, func() error { calls++; cancel(); return errors.New("SQLITE_BUSY") })
	assert.Equal(t, 1, calls, "the context has ended")
}
