package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUpToDate: the files are what `go generate ./...` makes of the facts.
func TestUpToDate(t *testing.T) {
	t.Parallel()
	files, err := render("../..")
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("../..", name))
		require.NoError(t, err)
		assert.True(t, string(want) == string(got), "%s is out of date: go generate ./...", name)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	data := map[string]any{
		"next_page_token": "x", "total": 1, "more": "x", "is_gift": true,
		"failed_delivery_subsidy_amount": "1",
		"page":                           map[string]any{"next_page_token": "x", "has_more": true},
		"errors":                         []any{map[string]any{"code": 1}},
		"update_failed":                  map[string]any{"x": 1},
		"results":                        []any{map[string]any{"fail_reason": "x", "id": "1"}},
	}
	plain(data)
	assert.Equal(t, map[string]any{
		"next_page_token": "", "total": 1, "more": "x", "is_gift": true,
		"failed_delivery_subsidy_amount": "1",
		"page":                           map[string]any{"next_page_token": "", "has_more": false},
		"errors":                         []any{}, "update_failed": map[string]any{},
		"results": []any{map[string]any{"fail_reason": "", "id": "1"}},
	}, data)
}
