// Package accountstest tests an accounts.Index of one's own.
package accountstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// TB is what a check needs of a *testing.T.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// CheckIndex tests an accounts.Index against what the interface asks for. open returns an index on
// the same, at first empty, storage each time it is called, as several machines would have one
// each.
func CheckIndex(t TB, open func() accounts.Index) {
	t.Helper()
	c := &indexCheck{TB: t, ctx: context.Background(), a: open(), b: open()}
	for _, check := range []func(){c.entries, c.apps, c.oddKeys, c.large, c.ownership, c.contend,
		c.canceled} {
		check()
	}
}

type indexCheck struct {
	TB
	ctx  context.Context
	a, b accounts.Index
}

func (c *indexCheck) save(x accounts.Index, app, open, data string) {
	c.Helper()
	e := accounts.Entry{Key: token.Key{AppKey: app, OpenID: open}, Data: []byte(data)}
	if err := x.Save(c.ctx, e); err != nil {
		c.Fatalf("Save: %v", err)
	}
}

func (c *indexCheck) remove(x accounts.Index, app, open string) {
	c.Helper()
	if err := x.Remove(c.ctx, token.Key{AppKey: app, OpenID: open}); err != nil {
		c.Fatalf("Remove: %v", err)
	}
}

// holds checks what an index has of an app, by open id.
func (c *indexCheck) holds(x accounts.Index, app string, want map[string]string) {
	c.Helper()
	entries, err := x.List(c.ctx, app)
	if err != nil {
		c.Fatalf("List: %v", err)
	}
	if len(entries) != len(want) {
		c.Fatalf("List: got %d entries, want %d", len(entries), len(want))
	}
	seen := make(map[string]bool)
	for _, e := range entries {
		data, ok := want[e.Key.OpenID]
		if !ok || e.Key.AppKey != app || seen[e.Key.OpenID] {
			c.Fatalf("List: an entry of app %q, open id %q, which is another's, was removed or is there twice",
				e.Key.AppKey, e.Key.OpenID)
		}
		if !sameJSON(e.Data, data) {
			c.Fatalf("List: open id %q has %d bytes that were not saved last", e.Key.OpenID,
				len(e.Data))
		}
		seen[e.Key.OpenID] = true
	}
}

// sameJSON: an index may spell what it was given in another way.
func sameJSON(got []byte, want string) bool {
	var g, w any
	return json.Unmarshal(got, &g) == nil && json.Unmarshal([]byte(want), &w) == nil &&
		reflect.DeepEqual(g, w)
}

func (c *indexCheck) entries() {
	c.Helper()
	c.holds(c.a, "entries", nil)
	c.save(c.a, "entries", "one", `{"n":1}`)
	c.save(c.b, "entries", "two", `{"n":2}`)
	c.holds(c.a, "entries", map[string]string{"one": `{"n":1}`, "two": `{"n":2}`})
	c.holds(c.b, "entries", map[string]string{"one": `{"n":1}`, "two": `{"n":2}`})
	c.save(c.b, "entries", "one", `{"n":3}`)
	c.holds(c.a, "entries", map[string]string{"one": `{"n":3}`, "two": `{"n":2}`})
	c.remove(c.a, "entries", "one")
	c.remove(c.a, "entries", "one")
	c.remove(c.a, "entries", "nobody")
	c.holds(c.b, "entries", map[string]string{"two": `{"n":2}`})
	c.save(c.b, "entries", "one", `{"n":4}`)
	c.holds(c.a, "entries", map[string]string{"one": `{"n":4}`, "two": `{"n":2}`})
}

func (c *indexCheck) apps() {
	c.Helper()
	c.save(c.a, "ab", "c", `"first"`)
	c.save(c.a, "a", "bc", `"second"`)
	c.save(c.a, "AB", "c", `"third"`)
	c.remove(c.b, "other", "c")
	c.holds(c.b, "ab", map[string]string{"c": `"first"`})
	c.holds(c.b, "a", map[string]string{"bc": `"second"`})
	c.remove(c.b, "ab", "c")
	c.holds(c.a, "ab", nil)
	c.holds(c.a, "AB", map[string]string{"c": `"third"`})
}

func (c *indexCheck) oddKeys() {
	c.Helper()
	want := make(map[string]string)
	for _, open := range []string{"../up", "a/b", "Case", "case", "it's", "trailing ", "trailing",
		"_-=+", "ünï", "%", "日本"} {
		want[open] = fmt.Sprintf("%q", open+` "\u2028 😀`)
		c.save(c.a, "odd", open, want[open])
	}
	c.holds(c.b, "odd", want)
	delete(want, "Case")
	c.remove(c.a, "odd", "Case")
	c.holds(c.b, "odd", want)
}

// large: some kilobytes fit.
func (c *indexCheck) large() {
	c.Helper()
	data := `"` + strings.Repeat("x", 64<<10) + `"`
	c.save(c.a, "large", "one", data)
	c.holds(c.b, "large", map[string]string{"one": data})
}

// ownership: what is kept does not change with the caller's slices.
func (c *indexCheck) ownership() {
	c.Helper()
	data := []byte(`"mine"`)
	key := token.Key{AppKey: "ownership", OpenID: "one"}
	if err := c.a.Save(c.ctx, accounts.Entry{Key: key, Data: data}); err != nil {
		c.Fatalf("Save: %v", err)
	}
	clear(data)
	c.holds(c.a, "ownership", map[string]string{"one": `"mine"`})
	if entries, _ := c.a.List(c.ctx, "ownership"); len(entries) == 1 {
		clear(entries[0].Data)
	}
	c.holds(c.a, "ownership", map[string]string{"one": `"mine"`})
}

// contend: many save, list and remove at once; each entry is whole, and the last save of each
// counts.
func (c *indexCheck) contend() {
	c.Helper()
	const savers, rounds = 8, 20
	want := make(map[string]string)
	for i := range savers {
		want[fmt.Sprint(i)] = contended(rounds - 1)
	}
	var wg sync.WaitGroup
	errs := make([]error, savers)
	for i := range savers {
		wg.Go(func() {
			x := c.a
			if i%2 == 1 {
				x = c.b
			}
			errs[i] = contender{c.ctx, x, fmt.Sprint(i)}.run(rounds)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		c.Fatalf("among others: %v", err)
	}
	c.holds(c.a, "contend", want)
}

func contended(round int) string {
	return fmt.Sprintf(`"%s"`, strings.Repeat(string(rune('a'+round)), 1000))
}

type contender struct {
	ctx  context.Context
	x    accounts.Index
	open string
}

func (c contender) run(rounds int) error {
	key := token.Key{AppKey: "contend", OpenID: c.open}
	for round := range rounds {
		if err := c.x.Save(c.ctx,
			accounts.Entry{Key: key, Data: []byte(contended(round))}); err != nil {
			return fmt.Errorf("save: %w", err)
		}
		entries, err := c.x.List(c.ctx, "contend")
		if err != nil {
			return fmt.Errorf("list: %w", err)
		}
		isThere := false
		for _, e := range entries {
			isThere = isThere || e.Key == key && sameJSON(e.Data, contended(round))
			if len(e.Data) != len(contended(0)) ||
				strings.Count(string(e.Data), string(e.Data[1])) != 1000 {
				return errors.New("list: an entry is not whole")
			}
		}
		if !isThere {
			return errors.New("list: what was saved is not there")
		}
		if round == rounds/2 {
			if err := c.x.Remove(c.ctx, key); err != nil {
				return fmt.Errorf("remove: %w", err)
			}
		}
	}
	return nil
}

func (c *indexCheck) canceled() {
	c.Helper()
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	key := token.Key{AppKey: "canceled", OpenID: "one"}
	c.save(c.a, "canceled", "one", `"old"`)
	if _, err := c.a.List(ctx, "canceled"); !errors.Is(err, context.Canceled) {
		c.Fatalf("List with a canceled context: got %v, want context.Canceled", err)
	}
	if err := c.a.Save(ctx, accounts.Entry{Key: key, Data: []byte(`"new"`)}); !errors.Is(err,
		context.Canceled) {
		c.Fatalf("Save with a canceled context: got %v, want context.Canceled", err)
	}
	if err := c.a.Remove(ctx, key); !errors.Is(err, context.Canceled) {
		c.Fatalf("Remove with a canceled context: got %v, want context.Canceled", err)
	}
	c.holds(c.a, "canceled", map[string]string{"one": `"old"`})
}
