package dirfile

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReplace(t *testing.T) {
	t.Parallel()
	dir, err := Open(filepath.Join(t.TempDir(), "a", "b"), 0o700)
	require.NoError(t, err)
	path := filepath.Join(dir, "x")
	for _, text := range []string{"old", "new"} {
		require.NoError(t, Replace(path, []byte(text)))
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(b))
	}
	full := filepath.Join(dir, "full")
	require.NoError(t, os.MkdirAll(filepath.Join(full, "x"), 0o700))
	assert.Error(t, Replace(full, nil), "a directory is in the way")
	left, err := filepath.Glob(filepath.Join(dir, "*"+suffixNew))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestRemove(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, Replace(path, nil))
	for range 2 {
		require.NoError(t, Remove(path))
		assert.NoFileExists(t, path)
	}
	assert.Error(t, Remove(filepath.Join(path, "y\x00")))
}

func TestOpenRemovesWhatCrashesLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{"old.new": 2 * leftover,
		"young.new": leftover / 2, "old": 2 * leftover} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		then := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(path, then, then))
	}
	_, err := Open(dir, 0o700)
	require.NoError(t, err)
	assert.NoFileExists(t, filepath.Join(dir, "old.new"))
	assert.FileExists(t, filepath.Join(dir, "young.new"))
	assert.FileExists(t, filepath.Join(dir, "old"))
	_, err = Open(filepath.Join(dir, "old"), 0o700)
	assert.Error(t, err, "a file is in the way")
}
