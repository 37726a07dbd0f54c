package accounts_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// TestFileIndexFails: what the file system refuses is an error, and no list that lacks accounts.
func TestFileIndexFails(t *testing.T) {
	t.Parallel()
	key := token.Key{AppKey: "app", OpenID: "open-1"}
	entry := accounts.Entry{Key: key, Data: []byte(`{}`)}
	// replace puts a folder, with something in it, in the place of the one file of an index.
	replace := func(t *testing.T, dir string) {
		files, err := filepath.Glob(filepath.Join(dir, "*.account"))
		require.NoError(t, err)
		require.Len(t, files, 1)
		require.NoError(t, os.Remove(files[0]))
		require.NoError(t, os.MkdirAll(filepath.Join(files[0], "x"), 0o700))
	}
	gone := func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(dir)) }
	for _, tt := range []struct {
		name   string
		break_ func(t *testing.T, dir string)
		use    func(ctx context.Context, x *accounts.FileIndex) error
		want   string
	}{
		{"list of no folder", gone, func(ctx context.Context, x *accounts.FileIndex) error {
			_, err := x.List(ctx, "app")
			return err
		}, "accounts: directory: "},
		{"list with what is no file", replace,
			func(ctx context.Context, x *accounts.FileIndex) error {
				_, err := x.List(ctx, "app")
				return err
			}, "accounts: file: "},
		{"save into no folder", gone,
			func(ctx context.Context, x *accounts.FileIndex) error { return x.Save(ctx, entry) },
			"accounts: file: "},
		{"save over what is no file", replace,
			func(ctx context.Context, x *accounts.FileIndex) error { return x.Save(ctx, entry) },
			"accounts: file: "},
		{"remove what is no file", replace,
			func(ctx context.Context, x *accounts.FileIndex) error { return x.Remove(ctx, key) },
			"accounts: file: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "index")
			x, err := accounts.NewFileIndex(dir)
			require.NoError(t, err)
			require.NoError(t, x.Save(t.Context(), entry))
			require.NoError(t, tt.use(t.Context(), x), "as long as nothing is wrong")
			require.NoError(t, x.Save(t.Context(), entry))
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorIs(t, tt.use(ended, x), context.Canceled)
			tt.break_(t, dir)
			assert.ErrorContains(t, tt.use(t.Context(), x), tt.want)
		})
	}
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := accounts.NewFileIndex(filepath.Join(file, "index"))
	require.ErrorContains(t, err, "accounts: directory: ")
	assert.Equal(t, "accounts.FileIndex(nil)", fmt.Sprint((*accounts.FileIndex)(nil)))
}
