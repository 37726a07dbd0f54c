package token_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/token/tokentest"
)

func TestStores(t *testing.T) {
	t.Parallel()
	memory, memory2 := token.NewMemoryStore(), token.NewMemoryStore()
	dir, dir2 := t.TempDir(), filepath.Join(t.TempDir(), "new", "deep")
	block, err := aes.NewCipher(make([]byte, 16))
	require.NoError(t, err)
	randomNonce, err := cipher.NewGCMWithRandomNonce(block)
	require.NoError(t, err)
	for name, open := range map[string]func() token.Store{
		"memory":           func() token.Store { return memory },
		"file":             func() token.Store { return newFileStore(t, dir) },
		"encrypted file":   func() token.Store { return encrypt(t, newFileStore(t, dir2), newAEAD(t, 1)) },
		"encrypted memory": func() token.Store { return encrypt(t, memory2, randomNonce) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tokentest.CheckStore(t, open)
		})
	}
}

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

// A process that is killed has written the file, but not put it in place.
func TestFileStoreFinishesASave(t *testing.T) {
	t.Parallel()
	for _, finish := range []string{"load", "save"} {
		dir, other := t.TempDir(), t.TempDir()
		s, later := newFileStore(t, dir), newFileStore(t, other)
		require.NoError(t, s.Save(t.Context(), someKey, []byte("1"), 0))
		require.NoError(t, later.Save(t.Context(), someKey, []byte("1"), 0))
		require.NoError(t, later.Save(t.Context(), someKey, []byte("2"), 1))
		name := filepath.Base(onlyFile(t, dir))
		next, err := os.ReadFile(filepath.Join(other, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".new"), next, 0o600))
		if finish == "save" {
			assert.ErrorIs(t, s.Save(t.Context(), someKey, []byte("3"), 1), token.ErrConflict)
		}
		data, version, err := s.Load(t.Context(), someKey)
		require.NoError(t, err)
		assert.Equal(t, "2", string(data))
		assert.Equal(t, int64(2), version)
		assert.NoFileExists(t, filepath.Join(dir, name+".new"))

		// One that is out of date is not put in place.
		require.NoError(t, s.Save(t.Context(), someKey, []byte("3"), 2))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".new"), next, 0o600))
		data, version, err = s.Load(t.Context(), someKey)
		require.NoError(t, err)
		assert.Equal(t, "3", string(data))
		assert.Equal(t, int64(3), version)
	}
}

func onlyFile(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.token"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	return files[0]
}

func TestFileStoreRefusesWhatItDidNotWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newFileStore(t, dir)
	require.NoError(t, s.Save(t.Context(), someKey, []byte("secret-1"), 0))
	file := onlyFile(t, dir)
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	for name, content := range map[string][]byte{"empty": {}, "cut": whole[:len(whole)/2], "other": []byte(`{"version":1}`)} {
		require.NoError(t, os.WriteFile(file, content, 0o600))
		_, _, err := s.Load(t.Context(), someKey)
		require.Error(t, err, name)
		assertHides(t, err, "secret-1")
		for _, version := range []int64{0, 1} {
			assert.Error(t, s.Save(t.Context(), someKey, []byte("2"), version), "%s: a damaged file must not be overwritten", name)
		}
	}
	_, err = token.NewFileStore("")
	assert.Error(t, err)
	_, err = token.NewFileStore(file)
	assert.Error(t, err)
}

func TestEncryption(t *testing.T) {
	t.Parallel()
	memory := token.NewMemoryStore()
	one, two := newAEAD(t, 1), newAEAD(t, 2)
	s := encrypt(t, memory, one)
	require.NoError(t, s.Save(t.Context(), someKey, []byte("plain-text"), 0))
	sealed, _, err := memory.Load(t.Context(), someKey)
	require.NoError(t, err)
	assert.NotContains(t, string(sealed), "plain-text")

	_, _, err = encrypt(t, memory, two).Load(t.Context(), someKey)
	assert.ErrorContains(t, err, "does not open", "another key")

	rotated := encrypt(t, memory, two, one)
	data, version, err := rotated.Load(t.Context(), someKey)
	require.NoError(t, err)
	assert.Equal(t, "plain-text", string(data))
	require.NoError(t, rotated.Save(t.Context(), someKey, data, version))
	_, _, err = encrypt(t, memory, two).Load(t.Context(), someKey)
	assert.NoError(t, err, "saved anew with the new key")

	other := token.Key{AppKey: "app", OpenID: "open-2"}
	require.NoError(t, memory.Save(t.Context(), other, sealed, 0))
	_, _, err = s.Load(t.Context(), other)
	assert.ErrorContains(t, err, "does not open", "moved to another key")
	require.NoError(t, memory.Save(t.Context(), someKey, sealed, 2))
	_, _, err = s.Load(t.Context(), someKey)
	assert.ErrorContains(t, err, "does not open", "an old record put back")
	for i := range sealed {
		bad := append([]byte{}, sealed...)
		bad[i] ^= 1
		replay := token.NewMemoryStore()
		require.NoError(t, replay.Save(t.Context(), someKey, bad, 0))
		_, _, err = encrypt(t, replay, one).Load(t.Context(), someKey)
		assert.Error(t, err, "byte %d changed", i)
	}

	_, err = token.Encrypt(nil, one)
	assert.Error(t, err)
	_, err = token.Encrypt(memory, nil)
	assert.Error(t, err)
	_, err = token.Encrypt(memory, one, nil)
	assert.Error(t, err)
}

func FuzzEncryptedLoad(f *testing.F) {
	aead := newAEAD(f, 1)
	f.Add([]byte{1})
	f.Add([]byte{})
	f.Add(append([]byte{1}, make([]byte, 28)...))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		memory := token.NewMemoryStore()
		require.NoError(t, memory.Save(context.Background(), someKey, sealed, 0))
		data, _, err := encrypt(t, memory, aead).Load(context.Background(), someKey)
		if err == nil && len(sealed) > 0 {
			t.Fatalf("forged %x opens to %x", sealed, data)
		}
	})
}

func FuzzDecodeStored(f *testing.F) {
	f.Add([]byte(`{"format":1,"token":{"access_token":"a","refresh_token":"r"},"lease":{"owner":"o","duration_ns":1}}`))
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		st, err := token.DecodeStored(b)
		if err == nil && (st.Token.AccessToken.IsZero() || st.Token.RefreshToken.IsZero()) {
			t.Fatalf("a record without a pair: %s", b)
		}
	})
}
