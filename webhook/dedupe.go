package webhook

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// ClaimState is the answer to a claim.
type ClaimState int

const (
	// Claimed: the key is the caller's, to Commit or Release.
	Claimed ClaimState = iota + 1
	// InFlight: another owner's claim has not run out.
	InFlight
	// Seen: the key was committed.
	Seen
)

// Deduper remembers which events were handled, by key. A Handler claims an event's key, handles the
// event and then commits the key, or releases it if handling failed. Receivers on several machines
// need one that they share.
//
// Each method is one atomic step of a store, such as SET with NX and PX in Redis, or in SQL an
// INSERT that on a conflict takes a claim over if it has run out. The store drops a committed key
// when no more deliveries are to be expected: the platform's last one comes 15 hours and 32 minutes
// after the first. Package webhooktest checks implementations.
type Deduper interface {
	// Claim gives the key to the owner if it is neither committed nor held. A claim that is neither
	// committed nor released runs out after lease, in case its owner is no more; then another owner
	// can have the key.
	Claim(ctx context.Context, key, owner string, lease time.Duration) (ClaimState, error)
	// Commit remembers the key as seen, even if the owner's claim has run out: the event was
	// handled.
	Commit(ctx context.Context, key, owner string) error
	// Release gives the key up if it is held by the owner and not committed; else it does nothing.
	Release(ctx context.Context, key, owner string) error
}

// errDeduperFull refuses a key that there is no room for.
var errDeduperFull = errors.New("webhook: all keys that the deduper has room for are claimed")

// MemoryDeduper is a Deduper in the memory of one process, bounded in number and time. It forgets
// everything when the process ends. It is safe for concurrent use.
type MemoryDeduper struct {
	maxKeys int
	keep    time.Duration

	mu      sync.Mutex
	entries map[string]*list.Element // of *dedupeEntry, in one of the lists
	claims  *list.List               // oldest claim first
	seen    *list.List               // oldest commit first
}

type dedupeEntry struct {
	key, owner string // no owner: committed
	expires    time.Time
}

// NewMemoryDeduper returns a MemoryDeduper that remembers up to maxKeys events, each for the time
// to keep. Where there are more, it forgets those committed first. Values that are not positive are
// a *tiktokshop.InputError.
func NewMemoryDeduper(maxKeys int, keep time.Duration) (*MemoryDeduper, error) {
	if maxKeys < 1 {
		return nil, &tiktokshop.InputError{Field: "max keys",
			Reason: fmt.Sprintf("is %d, must be positive", maxKeys)}
	}
	if keep <= 0 {
		return nil, &tiktokshop.InputError{Field: "time to keep",
			Reason: fmt.Sprintf("is %v, must be positive", keep)}
	}
	return newMemoryDeduper(maxKeys, keep), nil
}

func newMemoryDeduper(maxKeys int, keep time.Duration) *MemoryDeduper {
	return &MemoryDeduper{
		maxKeys: maxKeys,
		keep:    keep,
		entries: make(map[string]*list.Element),
		claims:  list.New(),
		seen:    list.New(),
	}
}

// Claim implements Deduper. It fails if all maxKeys keys are claimed at once.
func (d *MemoryDeduper) Claim(
	_ context.Context, key, owner string, lease time.Duration,
) (ClaimState, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.expire(now)
	if el, ok := d.entries[key]; ok {
		switch e := el.Value.(*dedupeEntry); {
		case e.owner == "":
			return Seen, nil
		case now.Before(e.expires):
			return InFlight, nil
		}
		d.remove(d.claims, el)
	}
	if !d.makeRoom() {
		return 0, errDeduperFull
	}
	d.entries[key] = d.claims.PushBack(&dedupeEntry{key: key, owner: owner,
		expires: now.Add(lease)})
	return Claimed, nil
}

// Commit implements Deduper.
func (d *MemoryDeduper) Commit(_ context.Context, key, _ string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.expire(now)
	if el, ok := d.entries[key]; ok {
		if el.Value.(*dedupeEntry).owner == "" {
			return nil
		}
		d.remove(d.claims, el)
	}
	if !d.makeRoom() {
		return errDeduperFull
	}
	d.entries[key] = d.seen.PushBack(&dedupeEntry{key: key, expires: now.Add(d.keep)})
	return nil
}

// Release implements Deduper.
func (d *MemoryDeduper) Release(_ context.Context, key, owner string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if el, ok := d.entries[key]; ok && owner != "" && el.Value.(*dedupeEntry).owner == owner {
		d.remove(d.claims, el)
	}
	return nil
}

// Len returns the number of keys remembered, claimed ones included.
func (d *MemoryDeduper) Len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expire(time.Now())
	return len(d.entries)
}

// expire drops what has run out. Commits run out in their order; among claims a longer lease may
// hold up those behind it, which Claim takes over all the same.
func (d *MemoryDeduper) expire(now time.Time) {
	for _, l := range []*list.List{d.claims, d.seen} {
		for el := l.Front(); el != nil && !now.Before(
			el.Value.(*dedupeEntry).expires); el = l.Front() {
			d.remove(l, el)
		}
	}
}

// makeRoom makes sure that one more key fits, if need be by forgetting the oldest commit. A claim
// is never forgotten.
func (d *MemoryDeduper) makeRoom() bool {
	if len(d.entries) < d.maxKeys {
		return true
	}
	oldest := d.seen.Front()
	if oldest == nil {
		return false
	}
	d.remove(d.seen, oldest)
	return true
}

func (d *MemoryDeduper) remove(l *list.List, el *list.Element) {
	delete(d.entries, el.Value.(*dedupeEntry).key)
	l.Remove(el)
}
