package feed_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

func TestStores(t *testing.T) {
	t.Parallel()
	file, err := feed.NewFileStore(filepath.Join(t.TempDir(), "deep", "cursors"))
	require.NoError(t, err)
	for _, test := range []struct {
		name  string
		store feed.CursorStore
	}{{"memory", feed.NewMemoryStore()}, {"file", file}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, ctx := test.store, t.Context()
			b, err := s.Load(ctx, "a")
			require.NoError(t, err)
			assert.Nil(t, b, "nothing was saved")
			for _, name := range []string{"a", "A", "a/b", "../a", "", "日本", "a b", "a_b"} {
				require.NoError(t, s.Save(ctx, name, []byte("old")))
				require.NoError(t, s.Save(ctx, name, []byte("of "+name)))
			}
			for _, name := range []string{"a", "A", "a/b", "../a", "", "日本", "a b", "a_b"} {
				b, err := s.Load(ctx, name)
				require.NoError(t, err)
				assert.Equal(t, "of "+name, string(b))
			}
			done, cancel := context.WithCancel(ctx)
			cancel()
			require.ErrorIs(t, s.Save(done, "a", nil), context.Canceled)
			_, err = s.Load(done, "a")
			require.ErrorIs(t, err, context.Canceled)
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
