package accounts_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/accounts/accountstest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestMemoryIndex(t *testing.T) {
	t.Parallel()
	index := accounts.NewMemoryIndex()
	accountstest.CheckIndex(t, func() accounts.Index { return index })
}

func TestFileIndex(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "here")
	accountstest.CheckIndex(t, func() accounts.Index {
		index, err := accounts.NewFileIndex(dir)
		require.NoError(t, err)
		return index
	})
	_, err := accounts.NewFileIndex("")
	assert.Len(t, tiktokshop.InputErrors(err), 1)
	if runtime.GOOS != "windows" {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	}
}

// TestFileIndexAfterACrash: what a save has left behind is no account, and goes away.
func TestFileIndexAfterACrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{"old.new": 2 * time.Hour,
		"young.new": time.Minute} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(`{"app_k`), 0o600))
		at := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(path, at, at))
	}
	index, err := accounts.NewFileIndex(dir)
	require.NoError(t, err)
	entries, err := index.List(t.Context(), "app")
	require.NoError(t, err)
	assert.Empty(t, entries)
	assert.NoFileExists(t, filepath.Join(dir, "old.new"))
	assert.FileExists(t, filepath.Join(dir, "young.new"), "it may be somebody's work")

	require.NoError(t, index.Save(t.Context(),
		accounts.Entry{Key: token.Key{AppKey: "app", OpenID: "a"}, Data: []byte(`{}`)}))
	files, err := filepath.Glob(filepath.Join(dir, "*.account"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.NoError(t, os.WriteFile(files[0], []byte(`{"app_key":"app","open`), 0o600))
	_, err = index.List(t.Context(), "app")
	require.ErrorContains(t, err, "is damaged")
	assert.ErrorContains(t, err, files[0])
}

// recorder is a test that fails without failing this one.
type recorder struct{}

func (*recorder) Helper()                 {}
func (r *recorder) Fatalf(string, ...any) { panic(r) }

func passes(open func() accounts.Index) (ok bool) {
	r := new(recorder)
	defer func() {
		if v := recover(); v != nil && v != any(r) {
			panic(v)
		} else if v != nil {
			ok = false
		}
	}()
	accountstest.CheckIndex(r, open)
	return true
}

// mistaken is an index with mistakes; what is nil is the inner one's.
type mistaken struct {
	accounts.Index
	list   func(ctx context.Context, inner accounts.Index, appKey string) ([]accounts.Entry, error)
	save   func(ctx context.Context, inner accounts.Index, e accounts.Entry) error
	remove func(ctx context.Context, inner accounts.Index, key token.Key) error
}

func (m mistaken) List(ctx context.Context, appKey string) ([]accounts.Entry, error) {
	if m.list != nil {
		return m.list(ctx, m.Index, appKey)
	}
	return m.Index.List(ctx, appKey)
}

func (m mistaken) Save(ctx context.Context, e accounts.Entry) error {
	if m.save != nil {
		return m.save(ctx, m.Index, e)
	}
	return m.Index.Save(ctx, e)
}

func (m mistaken) Remove(ctx context.Context, key token.Key) error {
	if m.remove != nil {
		return m.remove(ctx, m.Index, key)
	}
	return m.Index.Remove(ctx, key)
}

func TestCheckIndexFindsMistakes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		open func() accounts.Index
		want bool
	}{
		{name: "none", want: true},
		{name: "nothing shared", open: func() accounts.Index { return accounts.NewMemoryIndex() }},
		{name: "lists other apps", open: with(mistaken{
			list: func(
				ctx context.Context, inner accounts.Index, appKey string,
			) ([]accounts.Entry, error) {
				one, err := inner.List(ctx, "ab")
				other, _ := inner.List(ctx, appKey)
				if appKey == "ab" || err != nil {
					return one, err
				}
				return append(one, other...), nil
			},
		})},
		{name: "lists twice", open: with(mistaken{
			list: func(
				ctx context.Context, inner accounts.Index, appKey string,
			) ([]accounts.Entry, error) {
				all, err := inner.List(ctx, appKey)
				if len(all) == 2 {
					all[1] = all[0]
				}
				return all, err
			},
		})},
		{name: "keeps the first save", open: with(mistaken{
			save: func(ctx context.Context, inner accounts.Index, e accounts.Entry) error {
				all, err := inner.List(ctx, e.Key.AppKey)
				if err == nil && !slices.ContainsFunc(all,
					func(o accounts.Entry) bool { return o.Key == e.Key }) {
					err = inner.Save(ctx, e)
				}
				return err
			},
		})},
		{name: "cuts what is large", open: with(mistaken{
			save: func(ctx context.Context, inner accounts.Index, e accounts.Entry) error {
				e.Data = e.Data[:min(len(e.Data), 32<<10)]
				return inner.Save(ctx, e)
			},
		})},
		{name: "removes nothing", open: with(mistaken{
			remove: func(ctx context.Context, _ accounts.Index, _ token.Key) error {
				return ctx.Err()
			},
		})},
		{name: "complains of what is not there", open: with(mistaken{
			remove: func(ctx context.Context, inner accounts.Index, key token.Key) error {
				all, err := inner.List(ctx, key.AppKey)
				if err == nil && !slices.ContainsFunc(all,
					func(o accounts.Entry) bool { return o.Key == key }) {
					return errors.New("not found")
				}
				return inner.Remove(ctx, key)
			},
		})},
		{name: "keys run together", open: with(mistaken{
			save: func(ctx context.Context, inner accounts.Index, e accounts.Entry) error {
				if e.Key.OpenID == "Case" {
					e.Key.OpenID = "case"
				}
				return inner.Save(ctx, e)
			},
		})},
		{name: "deaf to the context", open: with(mistaken{
			save: func(_ context.Context, inner accounts.Index, e accounts.Entry) error {
				return inner.Save(context.Background(), e)
			},
		})},
	} {
		if tc.open == nil {
			tc.open = with(mistaken{})
		}
		assert.Equal(t, tc.want, passes(tc.open), tc.name)
	}
}

func with(m mistaken) func() accounts.Index {
	m.Index = accounts.NewMemoryIndex()
	return func() accounts.Index { return m }
}
