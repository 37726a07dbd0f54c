package feed_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/feed/feedtest"
)

func TestStores(t *testing.T) {
	t.Parallel()
	memory, dir := feed.NewMemoryStore(), filepath.Join(t.TempDir(), "deep", "cursors")
	for _, test := range []struct {
		name string
		open func() feed.CursorStore
	}{
		{"memory", func() feed.CursorStore { return memory }},
		{"file", func() feed.CursorStore {
			s, err := feed.NewFileStore(dir)
			require.NoError(t, err)
			return s
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			feedtest.CheckCursorStore(t, test.open)
		})
	}
}

func TestFileStoreKeepsTheOldOneUntilTheNewOneIsWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := feed.NewFileStore(dir)
	require.NoError(t, err)
	require.NoError(t, s.Save(t.Context(), "a", []byte("1")))
	old, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, old, 1, "nothing else is left")
	f, err := os.Open(old[0])
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, s.Save(t.Context(), "a", []byte("2")))
	b := make([]byte, 4)
	n, err := f.Read(b)
	require.NoError(t, err)
	assert.Equal(t, "1", string(b[:n]), "the old file is not written to")

	crashed := filepath.Join(dir, "x.new")
	require.NoError(t, os.WriteFile(crashed, []byte("half"), 0o600))
	_, err = feed.NewFileStore(dir)
	require.NoError(t, err)
	require.FileExists(t, crashed, "it may be a save under way")
	require.NoError(t, os.Chtimes(crashed, time.Now(), time.Now().Add(-2*time.Hour)))
	_, err = feed.NewFileStore(dir)
	require.NoError(t, err)
	require.NoFileExists(t, crashed)
}

func TestFileStoreNeedsADirectory(t *testing.T) {
	t.Parallel()
	_, err := feed.NewFileStore("")
	var input *tiktokshop.InputError
	require.ErrorAs(t, err, &input)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = feed.NewFileStore(file)
	require.Error(t, err)
}
