package token_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestFileStoreFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tokens")
	s := newFileStore(t, dir)
	info, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	// What a crash in the middle of a write leaves behind, readable for all.
	require.NoError(t, s.Save(t.Context(), someKey, []byte("1"), 0))
	file := onlyFile(t, dir)
	require.NoError(t, os.WriteFile(file+".new", []byte(strings.Repeat("half", 999)), 0o644))
	require.NoError(t, os.Chmod(file+".new", 0o644))
	require.NoError(t, s.Save(t.Context(), someKey, []byte("2"), 1))
	data, version, err := s.Load(t.Context(), someKey)
	require.NoError(t, err)
	assert.Equal(t, "2", string(data))
	assert.Equal(t, int64(2), version)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "the file and its lock")
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), e.Name())
		assert.NotContains(t, e.Name(), "open-1")
	}
}

// next is the file that a process leaves which is killed after it has written it, before it is put
// in place.
func next(t *testing.T, key token.Key, contents ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	s := newFileStore(t, dir)
	for version, content := range contents {
		require.NoError(t, s.Save(t.Context(), key, []byte(content), int64(version)))
	}
	b, err := os.ReadFile(onlyFile(t, dir))
	require.NoError(t, err)
	return b
}

func TestFileStoreFinishesASave(t *testing.T) {
	t.Parallel()
	newer := next(t, someKey, "1", "2")
	for _, tc := range []struct {
		name    string
		next    []byte
		want    string
		version int64
	}{
		{"the next version", newer, "2", 2},
		{"cut off", newer[:len(newer)/2], "1", 1},
		{"empty", nil, "1", 1},
		{"no base64", []byte(`{"app_key":"app","open_id":"open-1","version":2,"data":"?"}`), "1",
			1},
		{"another account's", next(t, token.Key{AppKey: "app", OpenID: "open-2"}, "1", "2"), "1",
			1},
		{"another app's", next(t, token.Key{AppKey: "app2", OpenID: "open-1"}, "1", "2"), "1", 1},
		{"the same version", next(t, someKey, "other"), "1", 1},
		{"a version too far", next(t, someKey, "1", "2", "3"), "1", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, by := range []string{"load", "save"} {
				dir := t.TempDir()
				s := newFileStore(t, dir)
				require.NoError(t, s.Save(t.Context(), someKey, []byte("1"), 0))
				file := onlyFile(t, dir)
				require.NoError(t, os.WriteFile(file+".new", tc.next, 0o600))
				want, version := tc.want, tc.version
				if by == "save" {
					err := s.Save(t.Context(), someKey, []byte("3"), 1)
					if version == 2 {
						require.ErrorIs(t, err, token.ErrConflict, by)
					} else {
						require.NoError(t, err, by)
						want, version = "3", 2
					}
				}
				data, got, err := s.Load(t.Context(), someKey)
				require.NoError(t, err, by)
				assert.Equal(t, want, string(data), by)
				assert.Equal(t, version, got, by)
				if version == 2 {
					assert.NoFileExists(t, file+".new", by)
				}
			}
		})
	}
}

func TestFileStoreFinishesTheFirstSave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newFileStore(t, dir)
	require.NoError(t, s.Save(t.Context(), someKey, []byte("1"), 0))
	file := onlyFile(t, dir)
	require.NoError(t, os.Rename(file, file+".new"))
	data, version, err := s.Load(t.Context(), someKey)
	require.NoError(t, err)
	assert.Equal(t, "1", string(data))
	assert.Equal(t, int64(1), version)
}

// A save that failed must not be finished later, when its caller has been told of the failure.
func TestFileStoreCleansUpAfterASaveThatFailed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.token")
	require.NoError(t, os.MkdirAll(filepath.Join(path, "in the way"), 0o700))
	require.Error(t, token.ReplaceFile(path, []byte("whole")))
	assert.NoFileExists(t, path+".new")

	gone := filepath.Join(t.TempDir(), "gone")
	require.Error(t, token.ReplaceFile(filepath.Join(gone, "x"), nil))
	require.Error(t, token.CommitFile(filepath.Join(gone, "x")))
	require.Error(t, token.SyncDir(gone))
}

func TestFileStoreWaitsForItsLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newFileStore(t, dir)
	unlock, err := s.Lock(t.Context(), someKey)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err = newFileStore(t, dir).Save(ctx, someKey, []byte("1"), 0)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "lock the file")
	require.NoError(t, s.Save(t.Context(), token.Key{AppKey: "app", OpenID: "other"}, []byte("1"),
		0), "a lock for each key")

	done := make(chan error, 1)
	go func() { done <- s.Save(context.WithoutCancel(ctx), someKey, []byte("1"), 0) }()
	unlock()
	require.NoError(t, <-done)
}

func TestFileStoreRefusesWhatItDidNotWrite(t *testing.T) {
	t.Parallel()
	whole := next(t, someKey, "secret-1")
	for _, tc := range []struct {
		name    string
		content []byte
		says    string
	}{
		{"empty", nil, "damaged"},
		{"cut", whole[:len(whole)/2], "damaged"},
		{"no version", []byte(`{"app_key":"app","open_id":"open-1","data":""}`), "damaged"},
		{"no base64", []byte(`{"app_key":"app","open_id":"open-1","version":1,"data":"secret-1!"}`),
			"damaged"},
		{"another account's", next(t, token.Key{AppKey: "app", OpenID: "open-2"}, "secret-1"),
			"belongs to another"},
		{"another app's", next(t, token.Key{AppKey: "app2", OpenID: "open-1"}, "secret-1"),
			"belongs to another"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := newFileStore(t, dir)
			require.NoError(t, s.Save(t.Context(), someKey, []byte("secret-1"), 0))
			file := onlyFile(t, dir)
			require.NoError(t, os.WriteFile(file, tc.content, 0o600))
			data, version, err := s.Load(t.Context(), someKey)
			require.ErrorContains(t, err, tc.says)
			assert.Nil(t, data)
			assert.Zero(t, version)
			secrettest.AssertHides(t, err, "secret-1")
			for _, version := range []int64{0, 1} {
				assert.ErrorContains(t, s.Save(t.Context(), someKey, []byte("2"), version), tc.says,
					"it is not overwritten")
			}
		})
	}
}

// assertFails asserts that neither a load nor a save works, and that both say why.
func assertFails(t *testing.T, ctx context.Context, s token.Store, says string) {
	t.Helper()
	data, version, err := s.Load(ctx, someKey)
	assert.ErrorContains(t, err, says)
	assert.Nil(t, data)
	assert.Zero(t, version)
	assert.ErrorContains(t, s.Save(ctx, someKey, []byte("2"), 1), says)
}

func TestFileStoreReportsWhatTheSystemSays(t *testing.T) {
	t.Parallel()
	whole := func(t *testing.T) (dir, file string, s *token.FileStore) {
		dir = t.TempDir()
		s = newFileStore(t, dir)
		require.NoError(t, s.Save(t.Context(), someKey, []byte("1"), 0))
		return dir, onlyFile(t, dir), s
	}
	t.Run("a directory in the place of the file", func(t *testing.T) {
		t.Parallel()
		_, file, s := whole(t)
		require.NoError(t, os.Remove(file))
		require.NoError(t, os.Mkdir(file, 0o700))
		assertFails(t, t.Context(), s, "is a directory")
	})
	t.Run("a directory in the place of the next file", func(t *testing.T) {
		t.Parallel()
		_, file, s := whole(t)
		require.NoError(t, os.MkdirAll(filepath.Join(file+".new", "x"), 0o700))
		data, _, err := s.Load(t.Context(), someKey)
		require.NoError(t, err)
		assert.Equal(t, "1", string(data))
		assert.ErrorContains(t, s.Save(t.Context(), someKey, []byte("2"), 1), "token: file: ")
	})
	t.Run("no directory any more", func(t *testing.T) {
		t.Parallel()
		dir, _, s := whole(t)
		require.NoError(t, os.RemoveAll(dir))
		assert.ErrorIs(t, s.Save(t.Context(), someKey, []byte("2"), 1), os.ErrNotExist)
	})
	t.Run("a canceled context", func(t *testing.T) {
		t.Parallel()
		_, _, s := whole(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assertFails(t, ctx, s, "canceled")
	})
	t.Run("a lock that is not given back", func(t *testing.T) {
		t.Parallel()
		_, file, s := whole(t)
		unlock, err := s.Lock(t.Context(), someKey)
		require.NoError(t, err)
		defer unlock()
		data, _, err := s.Load(t.Context(), someKey)
		require.NoError(t, err, "who only reads does not wait")
		assert.Equal(t, "1", string(data))
		// unless there is something to finish
		require.NoError(t, os.WriteFile(file+".new", nil, 0o600))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		assertFails(t, ctx, s, "deadline exceeded")
	})
}

func TestNewFileStoreChecksItsDirectory(t *testing.T) {
	t.Parallel()
	_, err := token.NewFileStore("")
	assert.Equal(t, []string{"directory"}, inputFields(err))
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = token.NewFileStore(file)
	assert.ErrorContains(t, err, "token: directory")
	s := newFileStore(t, filepath.Dir(file))
	assert.Equal(t, "token.FileStore{"+filepath.Dir(file)+"}", fmt.Sprintf("%+v", s))
}
