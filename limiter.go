package tiktokshop

import (
	"context"
	"time"
)

// Limiter delays attempts so that the platform need not refuse them. *rate.Limiter of golang.org/x/time/rate is one, and
// a limiter shared by several machines can be.
type Limiter interface {
	// Wait returns nil when an attempt may be made. It returns an error if the context ends first, and at once if
	// it is sure to.
	Wait(ctx context.Context) error
}

// WithLimiter sets a Limiter that every attempt waits for, retries included. Clients derived from one share it, whatever
// their shop or partner; nil removes it.
func WithLimiter(l Limiter) Option {
	return func(c *config) error {
		c.limiter = l
		return nil
	}
}

// WithAdaptiveLimiter sets a limiter that learns the platform's rate limits. nil, the default, removes it.
func WithAdaptiveLimiter(l *AdaptiveLimiter) Option {
	return func(c *config) error {
		if l != nil && l.lanes == nil {
			return &InputError{Field: "adaptive limiter", Reason: "was not made by NewAdaptiveLimiter"}
		}
		c.adaptive = l
		return nil
	}
}

// admit waits until the limiters let the next attempt pass.
func (inv *invocation) admit(ctx context.Context) error {
	cfg := inv.cfg
	if cfg.limiter == nil && cfg.adaptive == nil {
		return nil
	}
	start := time.Now()
	if cfg.limiter != nil {
		if err := cfg.limiter.Wait(ctx); err != nil {
			return err
		}
	}
	if cfg.adaptive != nil {
		if inv.lane == nil {
			inv.lane = cfg.adaptive.lane(cfg.adaptive.quota(inv))
		}
		if err := inv.lane.wait(ctx); err != nil {
			return err
		}
	}
	inv.admitted = time.Now()
	inv.waited += inv.admitted.Sub(start)
	return nil
}

// report tells the adaptive limiter how the attempt ended that was admitted last.
func (inv *invocation) report(err error) { inv.lane.report(inv.admitted, err) }

// quotaKey names one of the quotas that the platform counts apart: app × shop or partner × operation.
type quotaKey struct {
	appKey, method, path string
	owner                uint64 // a hash: the token may stand for the owner
}

func (l *AdaptiveLimiter) quota(inv *invocation) quotaKey {
	key := quotaKey{appKey: inv.cfg.signer.appKey, method: inv.op.Method, path: inv.op.Path}
	for _, p := range inv.params {
		if p.key == paramShopCipher || p.key == paramCategoryAssetCipher {
			key.owner = l.hash(p.value)
			return key
		}
	}
	key.owner = l.hash(tokenOwner(inv.cfg.tokens))
	return key
}
