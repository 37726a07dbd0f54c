// Package webhooktest checks implementations of webhook.Deduper and webhook.Sink.
package webhooktest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// TB is the part of testing.TB that the checks use.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// CheckDeduper checks that a Deduper keeps what webhook.Deduper promises, under contention too.
// pass lets time pass for the Deduper: time.Sleep in a synctest bubble, or a function that moves
// the clock of a store on. The Deduper must keep a committed key for more than an hour of that
// time.
func CheckDeduper(t TB, d webhook.Deduper, pass func(time.Duration)) {
	t.Helper()
	c := checker{t: t, d: d}

	c.claim("a key that is free", "k", "a", webhook.Claimed)
	c.claim("a key that is held", "k", "b", webhook.InFlight)
	c.claim("a key that its owner holds: an owner is one delivery", "k", "a", webhook.InFlight)
	c.claim("another key", "other", "b", webhook.Claimed)
	c.release("k", "b")
	c.claim("a key that another than the holder released", "k", "b", webhook.InFlight)
	c.release("k", "a")
	c.claim("a key that was released", "k", "b", webhook.Claimed)
	c.commit("k", "b")
	c.claim("a committed key", "k", "c", webhook.Seen)
	c.release("k", "b")
	c.release("k", "c")
	c.commit("k", "b")
	pass(time.Hour)
	c.claim("a committed key after an hour", "k", "c", webhook.Seen)

	c.claim("a key that is free", "stale", "dead", webhook.Claimed)
	pass(lease - time.Second)
	c.claim("a key whose claim has a second to go", "stale", "b", webhook.InFlight)
	pass(2 * time.Second)
	c.claim("a key whose claim has run out", "stale", "b", webhook.Claimed)
	c.release("stale", "dead")
	c.claim("a key that was taken over, and released by the first owner", "stale", "c",
		webhook.InFlight)
	c.commit("stale", "dead")
	c.release("stale", "b")
	c.claim("a key that the first owner committed late", "stale", "c", webhook.Seen)

	c.contend()
}

const lease = time.Minute

type checker struct {
	t TB
	d webhook.Deduper
}

func (c checker) claim(what, key, owner string, want webhook.ClaimState) {
	c.t.Helper()
	got, err := c.d.Claim(context.Background(), key, owner, lease)
	if err != nil {
		c.t.Fatalf("claim of %s: %v", what, err)
	}
	if got != want {
		c.t.Errorf("claim of %s: state %d, want %d", what, got, want)
	}
}

func (c checker) commit(key, owner string) {
	c.t.Helper()
	if err := c.d.Commit(context.Background(), key, owner); err != nil {
		c.t.Fatalf("commit: %v", err)
	}
}

func (c checker) release(key, owner string) {
	c.t.Helper()
	if err := c.d.Release(context.Background(), key, owner); err != nil {
		c.t.Fatalf("release: %v", err)
	}
}

// contend lets many deliveries fight for the same keys. Each key must have one owner at a time,
// until one commits it, and none after.
func (c checker) contend() {
	const keys, workers, rounds = 10, 8, 20
	ctx := context.Background()
	var owners, commits [keys]atomic.Int32
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for round := range rounds {
				for i := range keys {
					key, owner := fmt.Sprintf("contended-%d", i),
						fmt.Sprintf("%d-%d", worker, round)
					state, err := c.d.Claim(ctx, key, owner, lease)
					if err != nil {
						c.t.Errorf("claim: %v", err)
					}
					if state != webhook.Claimed {
						continue
					}
					if owners[i].Add(1) != 1 || commits[i].Load() != 0 {
						c.t.Errorf("a key was claimed twice at once, or after its commit")
					}
					settle := c.d.Release
					if (worker+round+i)%3 == 0 {
						commits[i].Add(1)
						settle = c.d.Commit
					}
					owners[i].Add(-1)
					if err := settle(ctx, key, owner); err != nil {
						c.t.Errorf("commit or release: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	for i := range keys {
		if n := commits[i].Load(); n != 1 {
			c.t.Errorf("a key was committed %d times, want once", n)
		}
	}
}
