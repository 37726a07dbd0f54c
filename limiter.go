package tiktokshop

import (
	"context"
	"time"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
)

// WithLimiter sets a Limiter that every attempt waits for, retries included, and that is told how each ended. Clients
// derived from one share it, whatever their shop or partner; nil, the default, removes it. Package ratelimit has one that
// learns the platform's limits, and ratelimit.ForAll makes one of a rate.Limiter of golang.org/x/time/rate.
func WithLimiter(limiter ratelimit.Limiter) Option {
	return func(c *config) error {
		c.limiter = nil
		if !isNil(limiter) {
			c.limiter = limiter
		}
		return nil
	}
}

// admit waits until the limiter lets the next attempt pass.
func (inv *invocation) admit(ctx context.Context) error {
	limiter := inv.cfg.limiter
	if limiter == nil {
		return nil
	}
	if inv.quota.Method == "" {
		inv.quota = inv.findQuota()
	}
	start := time.Now()
	if err := limiter.Wait(ctx, inv.quota); err != nil {
		return err
	}
	inv.admitted = time.Now()
	inv.waited += inv.admitted.Sub(start)
	return nil
}

// report tells the limiter how an attempt that admit let pass has ended.
func (inv *invocation) report(ctx context.Context, err error) {
	limiter := inv.cfg.limiter
	if limiter == nil {
		return
	}
	outcome := ratelimit.Outcome{Admitted: inv.admitted, Err: err}
	if refused, ok := err.(*APIError); ok { // not one inside a *TokenError, where a throttle is the token host's
		outcome.Throttled, outcome.RetryAfter = refused.kind == ErrRateLimited, refused.RetryAfter
	}
	limiter.Report(ctx, inv.quota, outcome)
}

// findQuota tells which of the platform's quotas the call is counted in.
func (inv *invocation) findQuota() ratelimit.Quota {
	quota := ratelimit.Quota{AppKey: inv.cfg.signer.appKey, Method: inv.op.Method, Path: inv.op.Path}
	for _, p := range inv.params {
		if p.key == paramShopCipher || p.key == paramCategoryAssetCipher {
			quota.Owner = ratelimit.OwnerOf(p.value)
			return quota
		}
	}
	quota.Owner = ratelimit.OwnerOf(tokenOwner(inv.cfg.tokens))
	return quota
}
