package feedtest_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/feed/feedtest"
)

// complaints collects what a check finds.
type complaints struct {
	mu sync.Mutex
	n  int
}

func (c *complaints) Helper() {}

func (c *complaints) Errorf(string, ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

type stopped struct{}

func (c *complaints) Fatalf(format string, args ...any) {
	c.Errorf(format, args...)
	panic(stopped{})
}

func complaintsOf(open func() feed.CursorStore) int {
	found := new(complaints)
	func() {
		defer func() {
			if p := recover(); p != nil && p != (stopped{}) {
				panic(p)
			}
		}()
		feedtest.CheckCursorStore(found, open)
	}()
	return found.n
}

// altered is a right CursorStore with a step that is not; what is nil is right.
type altered struct {
	feed.CursorStore
	name func(string) string
	load func(ctx context.Context, inner feed.CursorStore, name string) ([]byte, error)
	save func(ctx context.Context, inner feed.CursorStore, name string, cursor []byte) error
}

func (a *altered) Load(ctx context.Context, name string) ([]byte, error) {
	if a.name != nil {
		name = a.name(name)
	}
	if a.load != nil {
		return a.load(ctx, a.CursorStore, name)
	}
	return a.CursorStore.Load(ctx, name)
}

func (a *altered) Save(ctx context.Context, name string, cursor []byte) error {
	if a.name != nil {
		name = a.name(name)
	}
	if a.save != nil {
		return a.save(ctx, a.CursorStore, name, cursor)
	}
	return a.CursorStore.Save(ctx, name, cursor)
}

func TestCheckCursorStoreFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(*altered){
		"": func(*altered) {},
		"one name for all": func(a *altered) {
			a.name = func(string) string { return "" }
		},
		"names lose their end": func(a *altered) {
			a.name = func(name string) string {
				if len(name) > 8 {
					return name[:8]
				}
				return name
			}
		},
		"nothing is empty": func(a *altered) {
			a.load = func(
				ctx context.Context, inner feed.CursorStore, name string,
			) ([]byte, error) {
				cursor, err := inner.Load(ctx, name)
				if cursor == nil {
					cursor = []byte{}
				}
				return cursor, err
			}
		},
		"keeps the first": func(a *altered) {
			a.save = func(
				ctx context.Context, inner feed.CursorStore, name string, cursor []byte,
			) error {
				if old, err := inner.Load(ctx, name); err != nil || old != nil {
					return err
				}
				return inner.Save(ctx, name, cursor)
			}
		},
		"cuts": func(a *altered) {
			a.save = func(
				ctx context.Context, inner feed.CursorStore, name string, cursor []byte,
			) error {
				return inner.Save(ctx, name, cursor[:min(len(cursor), 1<<16)])
			}
		},
		"saves in two steps": func(a *altered) {
			var loads atomic.Int64
			a.load = func(
				ctx context.Context, inner feed.CursorStore, name string,
			) ([]byte, error) {
				defer loads.Add(1)
				return inner.Load(ctx, name)
			}
			a.save = func(
				ctx context.Context, inner feed.CursorStore, name string, cursor []byte,
			) error {
				if err := inner.Save(ctx, name, cursor[:len(cursor)/2]); err != nil {
					return err
				}
				before := loads.Load()
				for spins := 0; name == "race" && loads.Load() < before+3 &&
					spins < 10_000; spins++ {
					runtime.Gosched() // until somebody has looked
				}
				return inner.Save(ctx, name, cursor)
			}
		},
		"deaf to the context": func(a *altered) {
			a.save = func(
				_ context.Context, inner feed.CursorStore, name string, cursor []byte,
			) error {
				return inner.Save(context.Background(), name, cursor)
			}
		},
		"another error when it ends": func(a *altered) {
			a.load = func(
				ctx context.Context, inner feed.CursorStore, name string,
			) ([]byte, error) {
				cursor, err := inner.Load(ctx, name)
				if err != nil {
					err = assert.AnError
				}
				return cursor, err
			}
		},
		"fails": func(a *altered) {
			a.save = func(context.Context, feed.CursorStore, string, []byte) error {
				return assert.AnError
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &altered{CursorStore: feed.NewMemoryStore()}
			alter(store)
			n := complaintsOf(func() feed.CursorStore { return store })
			assert.Equal(t, name == "", n == 0, "%d complaints", n)
		})
	}
	assert.NotZero(t, complaintsOf(func() feed.CursorStore { return feed.NewMemoryStore() }),
		"nothing is shared")
	sharing := new(shares)
	assert.NotZero(t, complaintsOf(func() feed.CursorStore { return sharing }),
		"it hands its own slices out")
}

// shares hands its own slices out.
type shares struct {
	mu      sync.Mutex
	cursors map[string][]byte
}

func (s *shares) Load(ctx context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursors[name], ctx.Err()
}

func (s *shares) Save(ctx context.Context, name string, cursor []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cursors == nil {
		s.cursors = make(map[string][]byte)
	}
	s.cursors[name] = cursor
	return nil
}
