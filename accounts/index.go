package accounts

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// Entry is an account as an Index keeps it.
type Entry struct {
	// Key is the app and the account.
	Key token.Key
	// Data is JSON of some hundred bytes, some kilobytes at most. It holds no secret: no token and
	// no app secret, but names, ids and ciphers.
	Data []byte
}

// Index remembers which accounts there are. Several machines may share one: what one of them has
// saved is in the others' next List. The token itself is kept in a token.Store. An index of one's
// own is three statements; accountstest.CheckIndex tests one.
type Index interface {
	// List returns all accounts of an app, in any order. None is no error.
	List(ctx context.Context, appKey string) ([]Entry, error)
	// Save adds an account, or replaces what is kept of it. When it returns nil the entry must
	// survive a crash; when it does not, the old one or the new one must be there, whole.
	Save(ctx context.Context, e Entry) error
	// Remove takes an account out. One that is not there is no error.
	Remove(ctx context.Context, key token.Key) error
}

// MemoryIndex is an Index that forgets everything when the program ends, for tests and trials.
type MemoryIndex struct {
	mu      sync.Mutex
	entries map[token.Key][]byte
}

// NewMemoryIndex returns an empty index.
func NewMemoryIndex() *MemoryIndex { return &MemoryIndex{entries: make(map[token.Key][]byte)} }

// List implements Index.
func (m *MemoryIndex) List(ctx context.Context, appKey string) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var entries []Entry
	for key, data := range m.entries {
		if key.AppKey == appKey {
			entries = append(entries, Entry{key, bytes.Clone(data)})
		}
	}
	return entries, nil
}

// Save implements Index.
func (m *MemoryIndex) Save(ctx context.Context, e Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries[e.Key] = bytes.Clone(e.Data)
	return nil
}

// Remove implements Index.
func (m *MemoryIndex) Remove(ctx context.Context, key token.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.entries, key)
	return nil
}

// Format prints how many accounts the index has.
func (m *MemoryIndex) Format(f fmt.State, _ rune) {
	if m == nil {
		_, _ = fmt.Fprint(f, "accounts.MemoryIndex(nil)")
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = fmt.Fprintf(f, "accounts.MemoryIndex{%d accounts}", len(m.entries))
}
