// Package tokentest tests a token.Store of one's own.
package tokentest

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// TB is what a check needs of a *testing.T.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// CheckStore tests a token.Store against what the interface asks for. open returns a store on the
// same, at first empty, storage each time it is called, as several machines would have one each.
func CheckStore(t TB, open func() token.Store) {
	t.Helper()
	c := &storeCheck{TB: t, ctx: context.Background(), a: open(), b: open()}
	for _, check := range []func(){c.empty, c.versions, c.keys, c.oddKeys, c.bytes, c.ownership,
		c.race, c.canceled} {
		check()
	}
}

type storeCheck struct {
	TB
	ctx  context.Context
	a, b token.Store
}

func (c *storeCheck) key(name string) token.Key {
	return token.Key{AppKey: "check", OpenID: name}
}

func (c *storeCheck) save(s token.Store, key token.Key, data string, version int64) {
	c.Helper()
	if err := s.Save(c.ctx, key, []byte(data), version); err != nil {
		c.Fatalf("Save with version %d: %v", version, err)
	}
}

func (c *storeCheck) conflict(s token.Store, key token.Key, version int64) {
	c.Helper()
	if err := s.Save(c.ctx, key, []byte("intruder"), version); !errors.Is(err, token.ErrConflict) {
		c.Fatalf("Save with the stale version %d: got %v, want ErrConflict", version, err)
	}
}

func (c *storeCheck) holds(s token.Store, key token.Key, data string, version int64) {
	c.Helper()
	got, v, err := s.Load(c.ctx, key)
	if err != nil {
		c.Fatalf("Load: %v", err)
	}
	if !bytes.Equal(got, []byte(data)) || v != version {
		c.Fatalf("Load: got %q, version %d; want %q, version %d", got, v, data, version)
	}
}

func (c *storeCheck) empty() {
	c.Helper()
	c.holds(c.a, c.key("nobody"), "", 0)
	c.conflict(c.a, c.key("nobody"), 1)
	c.holds(c.a, c.key("nobody"), "", 0)
}

func (c *storeCheck) versions() {
	c.Helper()
	key := c.key("versions")
	c.save(c.a, key, "first", 0)
	c.holds(c.b, key, "first", 1)
	c.conflict(c.b, key, 0)
	c.save(c.b, key, "second", 1)
	c.holds(c.a, key, "second", 2)
	c.conflict(c.a, key, 1)
	c.conflict(c.a, key, 3)
	c.holds(c.b, key, "second", 2)
	c.save(c.a, key, "", 2) // empty data is data: the version goes on
	c.holds(c.b, key, "", 3)
	c.conflict(c.b, key, 0)
	c.save(c.b, key, "third", 3)
	c.holds(c.a, key, "third", 4)
}

func (c *storeCheck) keys() {
	c.Helper()
	one, two := token.Key{AppKey: "a", OpenID: "bc"}, token.Key{AppKey: "ab", OpenID: "c"}
	c.save(c.a, one, "one", 0)
	c.holds(c.a, two, "", 0)
	c.save(c.a, two, "two", 0)
	c.holds(c.a, one, "one", 1)
	c.holds(c.a, two, "two", 1)
}

func (c *storeCheck) oddKeys() {
	c.Helper()
	for _, name := range []string{"../up", "a/b", "Case", "case", "it's", "trailing ", "trailing",
		"_-=+", "ünï", "%"} {
		c.save(c.a, c.key(name), name, 0)
	}
	for _, name := range []string{"../up", "a/b", "Case", "case", "it's", "trailing ", "trailing",
		"_-=+", "ünï", "%"} {
		c.holds(c.b, c.key(name), name, 1)
	}
}

func (c *storeCheck) bytes() {
	c.Helper()
	all := make([]byte, 64<<10)
	for i := range all {
		all[i] = byte(i)
	}
	c.save(c.a, c.key("bytes"), string(all), 0)
	c.holds(c.b, c.key("bytes"), string(all), 1)
}

// ownership: what is stored does not change with the caller's slices.
func (c *storeCheck) ownership() {
	c.Helper()
	data := []byte("mine")
	if err := c.a.Save(c.ctx, c.key("ownership"), data, 0); err != nil {
		c.Fatalf("Save: %v", err)
	}
	clear(data)
	c.holds(c.a, c.key("ownership"), "mine", 1)
	got, _, _ := c.a.Load(c.ctx, c.key("ownership"))
	clear(got)
	c.holds(c.a, c.key("ownership"), "mine", 1)
}

// race: of several saves of one version one succeeds.
func (c *storeCheck) race() {
	c.Helper()
	const rounds, savers = 20, 8
	for round := range int64(rounds) {
		var wg sync.WaitGroup
		errs := make([]error, savers)
		for i := range savers {
			wg.Go(func() {
				store := c.a
				if i%2 == 1 {
					store = c.b
				}
				errs[i] = store.Save(c.ctx, c.key("race"), []byte{byte(i)}, round)
			})
		}
		wg.Wait()
		won := -1
		for i, err := range errs {
			switch {
			case err == nil && won >= 0:
				c.Fatalf("two savers of version %d succeeded", round)
			case err == nil:
				won = i
			case !errors.Is(err, token.ErrConflict):
				c.Fatalf("Save with version %d among others: %v", round, err)
			}
		}
		if won < 0 {
			c.Fatalf("no saver of version %d succeeded", round)
		}
		c.holds(c.a, c.key("race"), string([]byte{byte(won)}), round+1)
	}
}

func (c *storeCheck) canceled() {
	c.Helper()
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	if _, _, err := c.a.Load(ctx, c.key("canceled")); !errors.Is(err, context.Canceled) {
		c.Fatalf("Load with a canceled context: got %v, want context.Canceled", err)
	}
	if err := c.a.Save(ctx, c.key("canceled"), []byte("x"), 0); !errors.Is(err, context.Canceled) {
		c.Fatalf("Save with a canceled context: got %v, want context.Canceled", err)
	}
	c.holds(c.a, c.key("canceled"), "", 0)
}
