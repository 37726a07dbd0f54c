package feed

import (
	"context"
	"slices"
	"sync"
)

// CursorStore keeps how far each feed has come, in a text of a few bytes up to some hundred
// kilobytes. It holds no secrets.
type CursorStore interface {
	// Load returns what was saved last under a name, nil if nothing was.
	Load(ctx context.Context, name string) ([]byte, error)
	// Save replaces what is stored under a name. When it returns nil the cursor must survive a
	// crash; when it does not, either the old or the new one must be there, whole.
	//
	// Two programs that follow one feed at once lose nothing: every cursor that is saved is true,
	// and an older one makes things come again.
	Save(ctx context.Context, name string, cursor []byte) error
}

// MemoryStore is a CursorStore that forgets everything when the program ends, for tests and trials.
type MemoryStore struct {
	mu      sync.Mutex
	cursors map[string][]byte
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{cursors: make(map[string][]byte)} }

// Load implements CursorStore.
func (m *MemoryStore) Load(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.cursors[name]), nil
}

// Save implements CursorStore.
func (m *MemoryStore) Save(ctx context.Context, name string, cursor []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cursors[name] = slices.Clone(cursor)
	return nil
}
