// Package feedtest checks implementations of feed.CursorStore.
package feedtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tiktokshop-go/tiktokshop/feed"
)

// TB is the part of testing.TB that CheckCursorStore uses.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// CheckCursorStore checks that a CursorStore keeps what feed.CursorStore promises. open returns a
// store on the same, at first empty, storage each time it is called, as several machines would have
// one each; for a store in memory it is always the same.
func CheckCursorStore(t TB, open func() feed.CursorStore) {
	t.Helper()
	c := &checker{TB: t, ctx: context.Background(), a: open(), b: open()}
	for _, check := range []func(){c.names, c.sizes, c.ownership, c.race, c.canceled} {
		check()
	}
}

type checker struct {
	TB
	ctx  context.Context
	a, b feed.CursorStore
}

func (c *checker) save(s feed.CursorStore, name, cursor string) {
	c.Helper()
	if err := s.Save(c.ctx, name, []byte(cursor)); err != nil {
		c.Fatalf("Save under %q: %v", name, err)
	}
}

func (c *checker) load(s feed.CursorStore, name string) []byte {
	c.Helper()
	cursor, err := s.Load(c.ctx, name)
	if err != nil {
		c.Fatalf("Load of %q: %v", name, err)
	}
	return cursor
}

// names: each has a cursor of its own, the last one saved, on all machines; nil before the first.
func (c *checker) names() {
	c.Helper()
	names := []string{
		"orders", "Orders", "", "a/b", "../a", "a b", "a_b", "a:b", "a%3Ab", "{a}", "it's; --",
		"日本",
		"trailing", "trailing ",
	}
	for _, name := range names {
		if cursor := c.load(c.a, name); cursor != nil {
			c.Errorf("Load of %q, under which nothing was saved: got %q, want nil", name, cursor)
		}
	}
	for _, name := range names {
		c.save(c.a, name, "old")
		c.save(c.b, name, "of "+name)
	}
	for _, name := range names {
		if got := c.load(c.a, name); string(got) != "of "+name {
			c.Errorf("Load of %q: got %q, want %q", name, got, "of "+name)
		}
	}
}

// sizes: a cursor may have some hundred kilobytes of text.
func (c *checker) sizes() {
	c.Helper()
	large := string(bytes.Repeat([]byte(`{"seen":"0123456789+/=","ü":1}`), 10_000))
	for _, cursor := range []string{large, "small", large + "."} {
		c.save(c.a, "sizes", cursor)
		if got := c.load(c.b, "sizes"); string(got) != cursor {
			c.Errorf("a cursor of %d bytes came back with %d", len(cursor), len(got))
		}
	}
}

// ownership: what is stored does not change with the caller's slices.
func (c *checker) ownership() {
	c.Helper()
	cursor := []byte("mine")
	if err := c.a.Save(c.ctx, "ownership", cursor); err != nil {
		c.Fatalf("Save: %v", err)
	}
	clear(cursor)
	clear(c.load(c.a, "ownership"))
	if got := c.load(c.a, "ownership"); string(got) != "mine" {
		c.Errorf("a change of a slice that was saved or loaded changed what is stored to %q", got)
	}
}

// race: of cursors that are saved at once one is there, whole.
func (c *checker) race() {
	c.Helper()
	const savers, rounds, size = 8, 5, 5000
	text := func(i int) []byte { return bytes.Repeat(fmt.Append(nil, i), size) }
	c.save(c.a, "race", string(text(0)))
	load := func(s feed.CursorStore) {
		got, err := s.Load(c.ctx, "race")
		if err != nil || len(got) != size || !bytes.Equal(got, bytes.Repeat(got[:1], size)) {
			c.Errorf("Load among saves: a cursor of %d bytes that nobody saved, %v", len(got), err)
		}
	}
	var saving, loading sync.WaitGroup
	var saved atomic.Bool
	for i := range savers {
		s := c.a
		if i%2 == 1 {
			s = c.b
		}
		saving.Go(func() {
			for range rounds {
				if err := s.Save(c.ctx, "race", text(i)); err != nil {
					c.Errorf("Save among others: %v", err)
				}
				load(s)
			}
		})
	}
	for _, s := range []feed.CursorStore{c.a, c.b} {
		loading.Go(func() {
			for !saved.Load() {
				load(s)
			}
		})
	}
	saving.Wait()
	saved.Store(true)
	loading.Wait()
}

// canceled: nothing is stored for a context that has ended.
func (c *checker) canceled() {
	c.Helper()
	c.save(c.a, "canceled", "kept")
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	if err := c.a.Save(ctx, "canceled", []byte("x")); !errors.Is(err, context.Canceled) {
		c.Errorf("Save with a canceled context: got %v, want context.Canceled", err)
	}
	if _, err := c.a.Load(ctx, "canceled"); !errors.Is(err, context.Canceled) {
		c.Errorf("Load with a canceled context: got %v, want context.Canceled", err)
	}
	if got := c.load(c.a, "canceled"); string(got) != "kept" {
		c.Errorf("Save with a canceled context stored %q", got)
	}
}
