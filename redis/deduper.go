package ttsredis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// Deduper is a webhook.Deduper in Redis, which receivers on many machines share. It is safe for
// concurrent use. A mark that the server forgets, by a crash or by eviction, lets an event be
// handled twice.
type Deduper struct {
	shared
	keep time.Duration
}

var _ webhook.Deduper = (*Deduper)(nil)

// defaultKeep is well above the 15 hours and 32 minutes after which the platform gives up.
const defaultKeep = 48 * time.Hour

// NewDeduper returns a Deduper that keeps the mark of a handled event for a time; 0 is two days.
// The platform's last delivery of an event comes 15 hours and 32 minutes after the first: less than
// that lets an event be handled twice. The caller closes the client. Bad input is a
// *tiktokshop.InputError each.
//
// Source: https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview
func NewDeduper(
	client redis.UniversalClient, keep time.Duration, opts ...Option,
) (*Deduper, error) {
	s, err := newShared("Deduper", client, opts)
	if keep == 0 {
		keep = defaultKeep
	}
	if keep < time.Second {
		err = errors.Join(err, &tiktokshop.InputError{
			Field: "time to keep", Reason: fmt.Sprintf("is %v, must be at least a second", keep),
		})
	}
	if err != nil {
		return nil, err
	}
	return &Deduper{s, keep}, nil
}

// What is stored under an event's key: that it was handled, or who has claimed it.
const (
	handled   = "handled"
	claimedBy = "claimed by "
)

var claim = redis.NewScript(`
local mark = redis.call('GET', KEYS[1])
if not mark then
	redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
	return 1
end
if mark == 'handled' then
	return 3
end
return 2`)

// states are the script's answers.
var states = map[int]webhook.ClaimState{1: webhook.Claimed, 2: webhook.InFlight, 3: webhook.Seen}

var releaseClaim = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
	redis.call('DEL', KEYS[1])
end
return 1`)

func (d *Deduper) eventKey(key string) string { return d.key("webhook", escaped(key)) }

// Claim implements webhook.Deduper. A lease of less than a millisecond is one.
func (d *Deduper) Claim(
	ctx context.Context, key, owner string, lease time.Duration,
) (webhook.ClaimState, error) {
	state := 0
	err := d.do(ctx, "claim an event", func() (err error) {
		state, err = claim.Run(ctx, d.client, []string{d.eventKey(key)},
			claimedBy+owner, max(1, lease.Milliseconds())).Int()
		return err
	})
	if err != nil {
		return 0, err
	}
	return states[state], nil
}

// Commit implements webhook.Deduper.
func (d *Deduper) Commit(ctx context.Context, key, _ string) error {
	return d.do(ctx, "mark an event as handled", func() error {
		return d.client.Set(ctx, d.eventKey(key), handled, d.keep).Err()
	})
}

// Release implements webhook.Deduper.
func (d *Deduper) Release(ctx context.Context, key, owner string) error {
	return d.do(ctx, "release an event", func() error {
		return releaseClaim.Run(ctx, d.client, []string{d.eventKey(key)}, claimedBy+owner).Err()
	})
}
