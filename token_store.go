package tiktokshop

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// TokenStore keeps the token of each partner, for one machine or many. It stores opaque bytes with a version and knows
// nothing of tokens; what keeps two machines from refreshing at once is in the bytes, and rests on Save being atomic.
// A store of one's own is two statements; tiktokshoptest.CheckTokenStore tests one.
type TokenStore interface {
	// Load returns what is stored under key, and its version. Nothing stored is version 0 and no error.
	Load(ctx context.Context, key TokenKey) (data []byte, version int64, err error)
	// Save replaces what is stored under key with data, under version+1, if its version is still version; with 0
	// it stores the first. Otherwise it changes nothing and returns an error that is ErrTokenConflict. Of several
	// calls with one version one succeeds at most. When Save returns nil the data must survive a crash. Empty data is
	// stored like any other. The data holds secrets: it belongs in no log and no error.
	Save(ctx context.Context, key TokenKey, data []byte, version int64) error
}

var (
	// ErrTokenConflict is returned by a TokenStore when somebody else has stored something in the meantime.
	ErrTokenConflict = errors.New("stored token has changed")
	// ErrNoToken is returned by a token source that has nothing stored: the account has to authorize the app.
	ErrNoToken = errors.New("no token stored, the account must authorize the app")
)

// MemoryTokenStore is a TokenStore that forgets everything when the program ends, for tests and trials. With refresh
// tokens that can be used once, a program that restarts needs another.
type MemoryTokenStore struct {
	mu      sync.Mutex
	entries map[TokenKey]memoryEntry
}

type memoryEntry struct {
	data    secret
	version int64
}

// NewMemoryTokenStore returns an empty store.
func NewMemoryTokenStore() *MemoryTokenStore {
	return &MemoryTokenStore{entries: make(map[TokenKey]memoryEntry)}
}

// Load implements TokenStore.
func (m *MemoryTokenStore) Load(ctx context.Context, key TokenKey) ([]byte, int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[key]
	return []byte(e.data.reveal()), e.version, nil
}

// Save implements TokenStore.
func (m *MemoryTokenStore) Save(ctx context.Context, key TokenKey, data []byte, version int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries[key].version != version {
		return ErrTokenConflict
	}
	m.entries[key] = memoryEntry{newSecret(string(data)), version + 1}
	return nil
}

// Format prints how many tokens the store holds.
func (m *MemoryTokenStore) Format(f fmt.State, _ rune) {
	if m == nil {
		_, _ = fmt.Fprint(f, "tiktokshop.MemoryTokenStore(nil)")
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = fmt.Fprintf(f, "tiktokshop.MemoryTokenStore{%d tokens}", len(m.entries))
}
