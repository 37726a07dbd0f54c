package token

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
)

// Encrypt returns a Store that keeps everything in store encrypted with aead, such as AES-GCM with
// a key from a key management service. To change the key, pass the new one as aead and the old ones
// after it: they still open what they sealed, until the next save.
//
// What is stored is bound to its key and version: a record that is copied to another account's
// place does not open, nor does an older record under a newer version. A rollback of record and
// version together, such as a backup that was put back, cannot be told: it opens, and its refresh
// token is most likely one that was used. That a token was forgotten is not authenticated either.
func Encrypt(store Store, aead cipher.AEAD, old ...cipher.AEAD) (Store, error) {
	var errs []error
	if isNil(store) {
		errs = append(errs, &InputError{"store", "is nil"})
	}
	keys := append([]cipher.AEAD{aead}, old...)
	for _, key := range keys {
		if isNil(key) {
			errs = append(errs, &InputError{"AEAD", "is nil"})
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &encryptedStore{store: store, keys: keys}, nil
}

type encryptedStore struct {
	store Store
	keys  []cipher.AEAD
}

// Format prints nothing of the keys.
func (e *encryptedStore) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "token.Encrypt")
}

// sealedFormat is the first byte of what is stored, and is part of what is authenticated.
const sealedFormat = 1

var errSealed = errors.New(
	"token: the stored token does not open: wrong key, or it was changed or moved")

func (e *encryptedStore) Load(ctx context.Context, key Key) ([]byte, int64, error) {
	sealed, version, err := e.store.Load(ctx, key)
	if err != nil || len(sealed) == 0 {
		return nil, version, err
	}
	for _, aead := range e.keys {
		if n := aead.NonceSize(); sealed[0] == sealedFormat && len(sealed) > n {
			if data, err := aead.Open(nil, sealed[1:1+n], sealed[1+n:],
				sealedWith(key, version)); err == nil {
				return data, version, nil
			}
		}
	}
	return nil, 0, errSealed
}

func (e *encryptedStore) Save(ctx context.Context, key Key, data []byte, version int64) error {
	if len(data) == 0 {
		return e.store.Save(ctx, key, nil, version)
	}
	aead := e.keys[0]
	sealed := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+len(data)+aead.Overhead())
	sealed[0] = sealedFormat
	_, _ = rand.Read(sealed[1:]) // never fails
	sealed = aead.Seal(sealed, sealed[1:], data, sealedWith(key, version+1))
	return e.store.Save(ctx, key, sealed, version)
}

// sealedWith is what a record is bound to: no two keys and versions give the same.
func sealedWith(key Key, version int64) []byte {
	return fmt.Appendf(nil, "%d %q %q %d", sealedFormat, key.AppKey, key.OpenID, version)
}
