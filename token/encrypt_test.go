package token_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestEncryptionHidesAndOpens(t *testing.T) {
	t.Parallel()
	memory := token.NewMemoryStore()
	s := encrypt(t, memory, newAEAD(t, 1))
	require.NoError(t, s.Save(t.Context(), someKey, []byte("plain-text"), 0))
	sealed, _, err := memory.Load(t.Context(), someKey)
	require.NoError(t, err)
	assert.NotContains(t, string(sealed), "plain-text")
	data, version, err := s.Load(t.Context(), someKey)
	require.NoError(t, err)
	assert.Equal(t, "plain-text", string(data))
	assert.Equal(t, int64(1), version)
	_, _, err = encrypt(t, memory, newAEAD(t, 2)).Load(t.Context(), someKey)
	assert.ErrorContains(t, err, "does not open", "with another key")
}

// With AES-GCM a nonce that is used twice gives the plain text and the key of the authentication
// away.
func TestEncryptionUsesNoNonceTwice(t *testing.T) {
	t.Parallel()
	aead := newAEAD(t, 1)
	seen := make(map[string]bool)
	for range 200 {
		memory := token.NewMemoryStore() // another machine's, with the same key
		require.NoError(t, encrypt(t, memory, aead).Save(t.Context(), someKey, []byte("same"), 0))
		sealed, _, err := memory.Load(t.Context(), someKey)
		require.NoError(t, err)
		require.Len(t, sealed, 1+aead.NonceSize()+len("same")+aead.Overhead())
		nonce := string(sealed[1 : 1+aead.NonceSize()])
		assert.False(t, seen[nonce], "%x", nonce)
		seen[nonce] = true
	}
	for i := range aead.NonceSize() { // every byte of it is random
		values := make(map[byte]bool)
		for nonce := range seen {
			values[nonce[i]] = true
		}
		assert.Greater(t, len(values), 50, "byte %d", i)
	}
}

func TestEncryptionForgetsWhatIsForgotten(t *testing.T) {
	t.Parallel()
	for _, nothing := range [][]byte{nil, {}} {
		memory := token.NewMemoryStore()
		store := encrypt(t, memory, newAEAD(t, 1))
		require.NoError(t, store.Save(t.Context(), someKey, []byte("plain-text"), 0))
		require.NoError(t, store.Save(t.Context(), someKey, nothing, 1))
		kept, version, err := memory.Load(t.Context(), someKey)
		require.NoError(t, err)
		assert.Empty(t, kept)
		assert.EqualValues(t, 2, version)
	}
}

func TestEncryptionKeyCanBeChanged(t *testing.T) {
	t.Parallel()
	memory := token.NewMemoryStore()
	one, two := newAEAD(t, 1), newAEAD(t, 2)
	require.NoError(t, encrypt(t, memory, one).Save(t.Context(), someKey, []byte("plain-text"), 0))
	rotated := encrypt(t, memory, two, one)
	data, version, err := rotated.Load(t.Context(), someKey)
	require.NoError(t, err)
	assert.Equal(t, "plain-text", string(data))
	require.NoError(t, rotated.Save(t.Context(), someKey, data, version))
	_, _, err = encrypt(t, memory, two).Load(t.Context(), someKey)
	assert.NoError(t, err, "saved anew with the new key")
	_, _, err = encrypt(t, memory, one).Load(t.Context(), someKey)
	assert.Error(t, err)
}

func TestEncryptedRecordIsBoundToItsPlace(t *testing.T) {
	t.Parallel()
	aead := newAEAD(t, 1)
	first := token.NewMemoryStore()
	require.NoError(t, encrypt(t, first, aead).Save(t.Context(), someKey, []byte("plain-text"), 0))
	sealed, _, err := first.Load(t.Context(), someKey)
	require.NoError(t, err)
	changed := func(i int) []byte {
		b := append([]byte{}, sealed...)
		b[i] ^= 1
		return b
	}
	for _, tc := range []struct {
		name    string
		key     token.Key
		data    []byte
		version int64 // that it is put under
		opens   bool
	}{
		{"where it belongs", someKey, sealed, 1, true},
		{"another account", token.Key{AppKey: someKey.AppKey, OpenID: "open-2"}, sealed, 1, false},
		{"another app", token.Key{AppKey: "app2", OpenID: someKey.OpenID}, sealed, 1, false},
		{"app and account cut elsewhere", token.Key{AppKey: `app" "open`, OpenID: "-1"}, sealed, 1,
			false},
		{"a newer version", someKey, sealed, 2, false},
		{"another format", someKey, changed(0), 1, false},
		{"another nonce", someKey, changed(1), 1, false},
		{"another text", someKey, changed(1 + aead.NonceSize()), 1, false},
		{"another tag", someKey, changed(len(sealed) - 1), 1, false},
		{"cut off", someKey, sealed[:len(sealed)-1], 1, false},
		{"no more than a nonce", someKey, sealed[:1+aead.NonceSize()], 1, false},
		{"one byte less", someKey, sealed[:aead.NonceSize()], 1, false},
		{"less than a nonce", someKey, sealed[:5], 1, false},
	} {
		place := token.NewMemoryStore()
		for v := range tc.version {
			require.NoError(t, place.Save(t.Context(), tc.key, tc.data, v))
		}
		data, version, err := encrypt(t, place, aead).Load(t.Context(), tc.key)
		if tc.opens {
			assert.NoError(t, err, tc.name)
		} else {
			assert.ErrorContains(t, err, "does not open", tc.name)
			assert.Nil(t, data, tc.name)
			assert.Zero(t, version, tc.name)
		}
	}
}

// What the documentation says of a rollback: a record that is put back together with its version
// opens.
func TestEncryptionCannotTellARollbackOfRecordAndVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := encrypt(t, newFileStore(t, dir), newAEAD(t, 1))
	require.NoError(t, s.Save(t.Context(), someKey, []byte("old"), 0))
	file := onlyFile(t, dir)
	old, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, s.Save(t.Context(), someKey, []byte("new"), 1))
	require.NoError(t, os.WriteFile(file, old, 0o600))
	data, version, err := s.Load(t.Context(), someKey)
	require.NoError(t, err)
	assert.Equal(t, "old", string(data))
	assert.Equal(t, int64(1), version)
}

func TestEncryptReportsAllMistakes(t *testing.T) {
	t.Parallel()
	aead := newAEAD(t, 1)
	memory := token.NewMemoryStore()
	for _, tc := range []struct {
		name   string
		make   func() (token.Store, error)
		fields []string
	}{
		{"nothing", func() (token.Store, error) { return token.Encrypt(nil, nil) },
			[]string{"store", "AEAD"}},
		{"no store", func() (token.Store, error) {
			return token.Encrypt((*token.MemoryStore)(nil), aead)
		}, []string{"store"}},
		{"no old key", func() (token.Store, error) { return token.Encrypt(memory, aead, nil) },
			[]string{"AEAD"}},
	} {
		_, err := tc.make()
		assert.Equal(t, tc.fields, inputFields(err), tc.name)
	}
}

func TestEncryptionPassesTheStoresErrorsOn(t *testing.T) {
	t.Parallel()
	s := encrypt(t, token.NewMemoryStore(), newAEAD(t, 1))
	assert.ErrorIs(t, s.Save(t.Context(), someKey, []byte("x"), 7), token.ErrConflict)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := s.Load(ctx, someKey)
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorIs(t, s.Save(ctx, someKey, nil, 0), context.Canceled)
}

// What is stored must open with later versions of the SDK: this is the format, written out.
func TestSealedFormatStays(t *testing.T) {
	t.Parallel()
	aead := newAEAD(t, 1)
	nonce := []byte("nonce of 12.")
	sealed := append([]byte{1}, nonce...)
	sealed = aead.Seal(sealed, nonce, []byte("plain-text"), []byte(`1 "app" "open-1" 1`))
	memory := token.NewMemoryStore()
	require.NoError(t, memory.Save(t.Context(), someKey, sealed, 0))
	data, version, err := encrypt(t, memory, aead).Load(t.Context(), someKey)
	require.NoError(t, err)
	assert.Equal(t, "plain-text", string(data))
	assert.Equal(t, int64(1), version)
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
