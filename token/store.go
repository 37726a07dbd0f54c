package token

import (
	"context"
	"fmt"
	"sync"
)

// Store keeps the token of each partner, for one machine or many. It stores opaque bytes with a
// version and knows nothing of tokens; what keeps two machines from refreshing at once is in the
// bytes, and rests on Save being atomic. A store of one's own is two statements;
// tokentest.CheckStore tests one.
type Store interface {
	// Load returns what is stored under key, and its version. Nothing stored is version 0 and no
	// error.
	Load(ctx context.Context, key Key) (data []byte, version int64, err error)
	// Save replaces what is stored under key with data, under version+1, if its version is still
	// version; with 0 it stores the first. Otherwise it changes nothing and returns an error that
	// is ErrConflict. Of several calls with one version one succeeds at most. When Save returns nil
	// the data must survive a crash. Empty data is stored like any other. The data holds secrets:
	// it belongs in no log and no error.
	Save(ctx context.Context, key Key, data []byte, version int64) error
}

// MemoryStore is a Store that forgets everything when the program ends, for tests and trials. With
// refresh tokens that can be used once, a program that restarts needs another.
type MemoryStore struct {
	mu      sync.Mutex
	entries map[Key]memoryEntry
}

type memoryEntry struct {
	data    Secret
	version int64
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{entries: make(map[Key]memoryEntry)}
}

// Load implements Store.
func (m *MemoryStore) Load(ctx context.Context, key Key) ([]byte, int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[key]
	return []byte(e.data.Reveal()), e.version, nil
}

// Save implements Store.
func (m *MemoryStore) Save(ctx context.Context, key Key, data []byte, version int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries[key].version != version {
		return ErrConflict
	}
	m.entries[key] = memoryEntry{NewSecret(string(data)), version + 1}
	return nil
}

// Format prints how many tokens the store holds.
func (m *MemoryStore) Format(f fmt.State, _ rune) {
	if m == nil {
		_, _ = fmt.Fprint(f, "token.MemoryStore(nil)")
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = fmt.Fprintf(f, "token.MemoryStore{%d tokens}", len(m.entries))
}
