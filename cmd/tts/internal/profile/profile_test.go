package profile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zalando/go-keyring"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// passphrase answers for a person.
func passphrase(text string) func(context.Context, bool) (token.Secret, error) {
	return func(context.Context, bool) (token.Secret, error) { return token.NewSecret(text), nil }
}

func openFile(dir, phrase string) *Store {
	return Open(dir, Options{Secrets: InFile, Passphrase: passphrase(phrase)})
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	s := openFile(dir, "long enough")
	names, err := s.Names()
	require.NoError(t, err)
	assert.Empty(t, names)
	_, err = s.Get("none")
	require.ErrorIs(t, err, ErrNotFound)

	require.NoError(t, s.Put(Profile{Name: "b", AppKey: "k", OpenID: "o"}))
	require.NoError(t, s.Put(Profile{Name: "a", AppKey: "k"}))
	require.Error(t, s.Put(Profile{Name: "-x"}))
	other := openFile(dir, "long enough")
	names, err = other.Names()
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, names)
	current, err := other.Current()
	require.NoError(t, err)
	assert.Equal(t, "b", current, "the first one")
	require.NoError(t, other.SetCurrent("a"))
	require.ErrorIs(t, other.SetCurrent("c"), ErrNotFound)
	p, err := s.Get("b")
	require.NoError(t, err)
	assert.Equal(t, &Profile{Name: "b", AppKey: "k", OpenID: "o"}, p)

	// The app's secret stays as long as a profile is of the app.
	require.NoError(t, s.SetSecret(t.Context(), AppSecret("k"), token.NewSecret("app-secret-1")))
	require.NoError(t, s.Remove(t.Context(), "a"))
	_, err = s.Secret(t.Context(), AppSecret("k"))
	require.NoError(t, err)
	require.NoError(t, s.Remove(t.Context(), "b"))
	_, err = s.Secret(t.Context(), AppSecret("k"))
	require.ErrorIs(t, err, ErrNoSecret)
	require.ErrorIs(t, s.Remove(t.Context(), "b"), ErrNotFound)
}

func TestEncryptedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(dir, "correct horse")
	require.NoError(t, s.SetSecret(t.Context(), "one", token.NewSecret("secret-value-1")))
	require.NoError(t, s.SetSecret(t.Context(), "two", token.NewSecret("secret-value-2")))

	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		assert.NotContains(t, string(content), "secret-value", path)
		info, statErr := d.Info()
		if assert.NoError(t, statErr) && filepath.Base(path) != "lock" {
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
		}
		return err
	})
	require.NoError(t, err)

	again := openFile(dir, "correct horse")
	value, err := again.Secret(t.Context(), "one")
	require.NoError(t, err)
	assert.Equal(t, "secret-value-1", value.Reveal())

	wrong := openFile(dir, "wrong")
	_, err = wrong.Secret(t.Context(), "one")
	require.ErrorIs(t, err, ErrWrongPassphrase)
	require.ErrorIs(t, wrong.SetSecret(t.Context(), "one", token.NewSecret("x")),
		ErrWrongPassphrase, "nothing is overwritten")

	value, err = again.Secret(t.Context(), "two")
	require.NoError(t, err)
	assert.Equal(t, "secret-value-2", value.Reveal())

	_, err = openFile(t.TempDir(), "").Secret(t.Context(), "one")
	require.ErrorIs(t, err, ErrNoSecret)
	require.ErrorContains(t, openFile(t.TempDir(), "").SetSecret(t.Context(), "one",
		token.NewSecret("x")), "passphrase is empty")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tokens, err := openFile(dir, "p").Tokens(t.Context())
	require.NoError(t, err)
	key := token.Key{AppKey: "k", OpenID: "o"}
	require.NoError(t, tokens.Save(t.Context(), key, []byte("refresh-token-1"), 0))
	again, err := openFile(dir, "p").Tokens(t.Context())
	require.NoError(t, err)
	data, version, err := again.Load(t.Context(), key)
	require.NoError(t, err)
	assert.Equal(t, "refresh-token-1", string(data))
	assert.EqualValues(t, 1, version)
	files, err := filepath.Glob(filepath.Join(dir, "tokens", "*"))
	require.NoError(t, err)
	for _, name := range files {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.NotContains(t, string(content), "refresh-token-1")
	}
}

// TestKeyring is not parallel: the keyring of the tests is a global of its package.
func TestKeyring(t *testing.T) {
	keyring.MockInit()
	dir := t.TempDir()
	var notes []string
	opts := Options{Note: func(format string, _ ...any) { notes = append(notes, format) }}
	require.NoError(t, Open(dir, opts).SetSecret(t.Context(), "one", token.NewSecret("v")))
	require.NoError(t, Open(dir, opts).SetSecret(t.Context(), "two", token.NewSecret("w")))
	require.Len(t, notes, 1, "told once")
	assert.Contains(t, notes[0], "keyring")
	value, err := Open(dir, opts).Secret(t.Context(), "two")
	require.NoError(t, err)
	assert.Equal(t, "w", value.Reveal())
	require.NoError(t, Open(dir, opts).RemoveSecret(t.Context(), "two"))
	_, err = Open(dir, opts).Secret(t.Context(), "two")
	require.ErrorIs(t, err, ErrNoSecret)

	// A keyring that breaks later is an error: a file beside it could hold an older token.
	broken := errors.New("locked")
	keyring.MockInitWithError(broken)
	t.Cleanup(keyring.MockInit)
	_, err = Open(dir, opts).Secret(t.Context(), "one")
	require.ErrorIs(t, err, broken)
	require.ErrorIs(t, Open(dir, opts).SetSecret(t.Context(), "one", token.NewSecret("v2")), broken)

	// Without one from the start, the file is taken, and said so.
	dir, notes = t.TempDir(), nil
	opts.Passphrase = passphrase("p")
	require.NoError(t, Open(dir, opts).SetSecret(t.Context(), "one", token.NewSecret("v")))
	require.Len(t, notes, 1)
	assert.True(t, strings.Contains(notes[0], "encrypted file"), notes[0])
	assert.FileExists(t, filepath.Join(dir, secretsFile))
	opts.Secrets = InKeyring
	require.ErrorIs(t, Open(t.TempDir(), opts).SetSecret(t.Context(), "one", token.NewSecret("v")),
		broken, "asked for by name")
	opts.Secrets = "vault"
	require.ErrorContains(t, Open(t.TempDir(), opts).SetSecret(t.Context(), "one",
		token.NewSecret("v")), "vault")
}

// TestWritable: a folder that nothing can be kept in is told before anything depends on it.
func TestWritable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(dir, "correct horse")
	require.NoError(t, s.Writable())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "the lock alone")
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	require.NoError(t, os.Chmod(dir, 0o500))
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	require.ErrorIs(t, s.Writable(), fs.ErrPermission)
}
