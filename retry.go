package tiktokshop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/clock"
	"github.com/tiktokshop-go/tiktokshop/internal/pause"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
)

// RetryPolicy says how often a call is attempted and how long it waits in between:
// the longer of the Retry-After the platform sent and of BaseDelay doubled with each attempt, plus
// jitter, up to MaxDelay. Zero fields have the defaults named below.
//
// A throttled call (ErrRateLimited) and one that could not be sent are always repeated, as they had
// no effect. After a failure that leaves the effect open, as a timeout, a broken connection, a 5xx
// or a truncated answer does, only calls that are safe to repeat are: see WithRepeatSafe. Other
// errors are never repeated.
//
// Source: https://partner.tiktokshop.com/docv2/page/rate-limits
type RetryPolicy struct {
	// MaxAttempts bounds the attempts of a call, the first included; 5 by default, 1 is no retry.
	MaxAttempts int
	// BaseDelay is the wait after the first attempt; 1 second by default.
	BaseDelay time.Duration
	// MaxDelay bounds the waits that the SDK chooses; 60 seconds by default.
	MaxDelay time.Duration
	// Jitter bounds the random time added to a wait; 500 milliseconds by default.
	Jitter time.Duration
	// MaxRetryAfter is the longest wait the platform may ask for; 5 minutes by default. If it asks
	// for more, the call ends at once with its error, whose RetryAfter tells when to come back.
	MaxRetryAfter time.Duration
}

// withDefaults fills zero fields in.
func (p RetryPolicy) withDefaults() RetryPolicy {
	p.MaxAttempts = cmp.Or(p.MaxAttempts, 5)
	p.BaseDelay = cmp.Or(p.BaseDelay, time.Second)
	p.MaxDelay = cmp.Or(p.MaxDelay, time.Minute)
	p.Jitter = cmp.Or(p.Jitter, 500*time.Millisecond)
	p.MaxRetryAfter = cmp.Or(p.MaxRetryAfter, 5*time.Minute)
	return p
}

// backoff is the wait after so many attempts if the platform asks for none; random is in [0, 1).
func (p *RetryPolicy) backoff(attempts int, random float64) time.Duration {
	wait := p.BaseDelay
	for range attempts - 1 {
		if wait >= p.MaxDelay {
			break
		}
		wait *= 2 // at most twice MaxDelay
	}
	return min(wait+time.Duration(random*float64(p.Jitter)), p.MaxDelay)
}

// WithRetry sets how calls are retried. Without it the RetryPolicy's defaults hold.
func WithRetry(policy RetryPolicy) Option {
	return func(c *config) error {
		if policy.MaxAttempts < 0 {
			return &InputError{Field: "retry policy", Reason: "has negative MaxAttempts"}
		}
		for _, d := range []time.Duration{policy.BaseDelay, policy.MaxDelay, policy.Jitter,
			policy.MaxRetryAfter} {
			if d < 0 || d > 24*time.Hour {
				return &InputError{Field: "retry policy",
					Reason: fmt.Sprintf("has a duration of %v, must be between 0 and 24h", d)}
			}
		}
		c.retry = policy.withDefaults()
		return nil
	}
}

// WithoutRetry makes each call once. A request that the platform refused for its timestamp is still
// signed anew.
func WithoutRetry() Option { return WithRetry(RetryPolicy{MaxAttempts: 1}) }

// WithRepeatSafe says whether a call does no harm when it is made twice, whatever the SDK knows of
// its operation: true has it repeated even after a failure that leaves open whether it took effect,
// false never then. By itself the SDK holds GET, operations marked RepeatSafe, and operations with
// an idempotency key to be safe.
func WithRepeatSafe(safe bool) Option {
	return func(c *config) error {
		c.repeatSafe = &safe
		return nil
	}
}

// repeatSafe tells whether the call may be made again although it may have taken effect.
func (inv *invocation) repeatSafe() bool {
	if inv.cfg.repeatSafe != nil {
		return *inv.cfg.repeatSafe
	}
	return inv.op.RepeatSafe || inv.op.Method == http.MethodGet || inv.op.takesIdempotencyKey()
}

// step is what follows a failed attempt.
type step uint8

const (
	stop       step = iota // nothing
	signAgain              // another attempt, signed with the platform's time
	renewToken             // another attempt, with another access token
	repeat                 // another attempt after a wait
)

// decision is what follows a failed attempt, and what that takes.
type decision struct {
	step   step
	reason string        // of stop, if another attempt might have helped
	offset time.Duration // of signAgain: how far the platform's clock is ahead of this machine's
	wait   time.Duration // of repeat
}

// decide says what follows a failed attempt. A request that was refused for its timestamp or its
// token had no effect, so that every call can be made again once for each, without a wait and
// whatever the policy.
func (inv *invocation) decide(ctx context.Context, at *attempt, err error) decision {
	if ctx.Err() != nil {
		return decision{}
	}
	if offset, wrong := inv.clockRefused(at, err); wrong && !inv.resigned {
		return decision{step: signAgain, offset: offset}
	}
	if inv.tokenRefused(err) && !inv.renewed {
		return decision{step: renewToken}
	}
	class := classify(err)
	switch {
	case class == failureFinal:
		return decision{} // as the caller will read in the error
	case class == failureAmbiguous && !inv.repeatSafe():
		return decision{reason: "the call may have taken effect and is not safe to repeat"}
	case !inv.upload.Again():
		return decision{reason: "the content of the upload cannot be read again"}
	}
	wait, reason := inv.cfg.retry.next(ctx, inv.made, err)
	if reason != "" {
		return decision{reason: reason}
	}
	return decision{step: repeat, wait: wait}
}

// next is the wait before another attempt after the given number of them, or the reason for none.
func (p *RetryPolicy) next(
	ctx context.Context, attempts int, err error,
) (wait time.Duration, reason string) {
	asked := RetryAfter(err)
	wait = max(asked, p.backoff(attempts, rand.Float64()))
	deadline, bounded := ctx.Deadline()
	switch {
	case attempts >= p.MaxAttempts:
		reason = "no attempts left"
	case asked > p.MaxRetryAfter:
		reason = "the platform asked for too long a wait"
	case bounded && time.Until(deadline) <= wait:
		reason = "the wait would outlast the context's deadline"
	}
	return wait, reason
}

// failure is what a failed attempt means for another one.
type failure uint8

const (
	failureFinal     failure = iota // another attempt would end the same way
	failureNoEffect                 // throttled, or never sent
	failureAmbiguous                // the request may have taken effect
)

func classify(err error) failure {
	var noToken *TokenError
	var refused *APIError
	var broken *TransportError
	switch {
	case errors.As(err, &noToken):
		return failureFinal // its source has tried as often as is good
	case errors.As(err, &refused):
		switch {
		case !refused.Retryable():
			return failureFinal
		case refused.kind == ErrRateLimited:
			return failureNoEffect
		}
		return failureAmbiguous
	case errors.As(err, &broken):
		switch {
		case wire.IsPermanent(broken.Err):
			return failureFinal
		case broken.unsent:
			return failureNoEffect
		}
		return failureAmbiguous
	}
	return failureFinal
}

// Retryable reports whether the same call may succeed if it is made again after a while. It is
// false if the caller's context ended, and for what is wrong with the set-up, such as a
// certificate. After true, see MayHaveTakenEffect: if that is true as well, repeat only what does
// no harm when done twice.
func (e *TransportError) Retryable() bool {
	return !wire.IsPermanent(e.Err) && !errors.Is(e.Err, context.Canceled) &&
		!errors.Is(e.Err, context.DeadlineExceeded)
}

// interrupted is the error of a call that ended while it waited for its turn or next attempt.
func (inv *invocation) interrupted(cause, last error) error {
	return &TransportError{
		Operation: inv.op.Name, PathTemplate: inv.op.Path,
		Err:    &pause.Interrupted{Cause: cause, Last: last},
		unsent: last == nil || classify(last) == failureNoEffect,
	}
}

// describe notes in the error of a call what the call took.
func (inv *invocation) describe(err error, elapsed time.Duration) {
	switch e := err.(type) {
	case *APIError:
		e.Attempts, e.Elapsed, e.earlier = inv.made, elapsed, inv.ambiguous
	case *TransportError:
		e.Attempts, e.Elapsed, e.earlier = inv.made, elapsed, inv.ambiguous
	case *ContentError:
		e.earlier = inv.ambiguous
	}
}

// WithLimiter sets a Limiter that every attempt waits for, retries included, and that is told how
// each ended. Clients derived from one share it, whatever their shop or partner; nil, the default,
// removes it. Package ratelimit has one that learns the platform's limits, and ratelimit.ForAll
// makes one of a rate.Limiter of golang.org/x/time/rate.
func WithLimiter(limiter ratelimit.Limiter) Option {
	return func(c *config) error {
		c.limiter = nil
		if !bind.IsNil(limiter) {
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
		return inv.cfg.given.Foreign(err, inv.cfg.signer.secret.Reveal())
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
	// not one inside a *TokenError, where a throttle is the token host's
	if refused, ok := err.(*APIError); ok {
		outcome.Throttled, outcome.RetryAfter = refused.kind == ErrRateLimited, refused.RetryAfter
	}
	limiter.Report(ctx, inv.quota, outcome)
}

// findQuota tells which of the platform's quotas the call is counted in.
func (inv *invocation) findQuota() ratelimit.Quota {
	quota := ratelimit.Quota{AppKey: inv.cfg.signer.appKey, Method: inv.op.Method,
		Path: inv.op.Path}
	for _, p := range inv.params {
		if p.Key == paramShopCipher || p.Key == paramCategoryAssetCipher {
			quota.Owner = ratelimit.OwnerOf(p.Value)
			return quota
		}
	}
	quota.Owner = ratelimit.OwnerOf(tokenOwner(inv.cfg.tokens))
	return quota
}

// clockRefused reports whether an answer refused the timestamp and a request signed with the
// platform's time, which is offset ahead of this machine's, would have another one.
func (inv *invocation) clockRefused(at *attempt, err error) (offset time.Duration, wrong bool) {
	var refused *APIError
	if inv.stamp < 0 || !errors.As(err, &refused) || refused.kind != ErrClockSkew ||
		refused.date.IsZero() {
		return 0, false
	}
	offset = refused.date.Sub(inv.cfg.now()).Round(time.Second)
	return offset, offset.Abs() <= clock.MaxSkew && (offset-at.offset).Abs() >= clock.MinSkew
}
