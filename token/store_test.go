package token_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"path/filepath"
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
		"memory": func() token.Store { return memory },
		"file":   func() token.Store { return newFileStore(t, dir) },
		"encrypted file": func() token.Store {
			return encrypt(t, newFileStore(t, dir2), newAEAD(t, 1))
		},
		"encrypted memory": func() token.Store { return encrypt(t, memory2, randomNonce) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tokentest.CheckStore(t, open)
		})
	}
}

func TestMemoryStoreLoadsNothingWhenItsContextHasEnded(t *testing.T) {
	t.Parallel()
	s := token.NewMemoryStore()
	require.NoError(t, s.Save(t.Context(), someKey, []byte("1"), 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data, version, err := s.Load(ctx, someKey)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Nil(t, data)
	assert.Zero(t, version)
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
