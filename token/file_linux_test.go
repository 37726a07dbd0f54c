package token_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// /dev/null opens, and cannot be synced.
func TestWhatCannotBeSyncedIsNotPutInPlace(t *testing.T) {
	t.Parallel()
	assert.ErrorIs(t, token.SyncDir("/dev/null"), syscall.EINVAL)
	path := filepath.Join(t.TempDir(), "x.token")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.NoError(t, os.Symlink("/dev/null", path+".new"))
	require.ErrorIs(t, token.CommitFile(path), syscall.EINVAL)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))
}

// A directory that may be written to and not read cannot be synced: what was put there may be gone
// after a power cut.
func TestDirectoryThatCannotBeSyncedIsReported(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, made string // in spite of the error
		do         func(dir string) error
	}{
		{"a new store", "new", func(dir string) error {
			_, err := token.NewFileStore(filepath.Join(dir, "new"))
			return err
		}},
		{"a save", "x.token",
			func(dir string) error {
				return token.ReplaceFile(filepath.Join(dir, "x.token"), nil)
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.Chmod(dir, 0o300))
			t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
			assert.ErrorIs(t, unprivileged(t, dir, tc.do), os.ErrPermission)
			_, err := os.Lstat(filepath.Join(dir, tc.made))
			assert.NoError(t, err)
		})
	}
}

// unprivileged does something in a directory as a user whom its mode binds, even if the tests run
// as root.
func unprivileged(t *testing.T, dir string, do func(dir string) error) error {
	t.Helper()
	if os.Geteuid() != 0 {
		return do(dir)
	}
	const nobody = 65534
	require.NoError(t, os.Chown(dir, nobody, nobody))
	f, err := os.Open(dir) // the way to it may be closed to others
	require.NoError(t, err)
	defer f.Close()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // without an unlock: the thread ends with the goroutine
		err := syscall.Setfsuid(nobody)
		if err == nil {
			err = do(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
		}
		done <- err
	}()
	return <-done
}
