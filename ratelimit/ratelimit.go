// Package ratelimit paces the attempts of calls, so that the platform need not refuse them.
//
// The platform counts the calls of an app for each shop or partner and each operation apart, and
// does not say how many it allows. [Adaptive] learns that from its refusals; [ForAll] holds every
// call of a client to one rate that is known; a [Limiter] of one's own can be shared by several
// machines. All are installed with tiktokshop.WithLimiter.
//
// Source: https://partner.tiktokshop.com/docv2/page/rate-limits
package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Limiter is asked before each attempt of each call, retries included, and told afterwards how the
// attempt ended. It must be safe for concurrent use.
type Limiter interface {
	// Wait returns nil when an attempt may be made. It returns an error if the context ends first,
	// and should do so at once if it is sure to; the call then ends with that error, and nothing is
	// sent.
	Wait(ctx context.Context, quota Quota) error
	// Report tells how an attempt ended that Wait let pass. It runs on the goroutine of the call
	// and should not block for long. The context is that of the call and may have ended.
	Report(ctx context.Context, quota Quota, outcome Outcome)
}

// Quota names one of the quotas that the platform counts apart. It is comparable, the same on all
// machines, and holds no secret.
type Quota struct {
	// AppKey is the app that calls.
	AppKey string
	// Owner is the shop or partner that the call acts for.
	Owner Owner
	// Method and Path are of the operation. The path's {parameters} are unfilled.
	Method, Path string
}

// String is a key for a store that several machines share, such as
// "6abc123:feb4e6e3e253ccd5b331e32f80c98339:POST:/product/202309/products/search".
func (q Quota) String() string {
	return q.AppKey + ":" + q.Owner.String() + ":" + q.Method + ":" + q.Path
}

// Owner is a hash of what tells the owner of a quota: the shop's or category asset's cipher if the
// call has one, and otherwise the account of the access token.
type Owner [16]byte

// OwnerOf hashes a cipher, an account's open id, or an access token that never changes.
func OwnerOf(s string) Owner {
	var buf [256]byte // spares most callers an allocation
	sum := sha256.Sum256(append(buf[:0], s...))
	return Owner(sum[:])
}

// String is the hash in hexadecimal.
func (o Owner) String() string { return hex.EncodeToString(o[:]) }

// Outcome is how an attempt ended.
type Outcome struct {
	// Admitted is when Wait let the attempt pass.
	Admitted time.Time
	// Throttled is true if the platform refused the attempt because its quota was used up, with
	// HTTP 429 or code 36009002.
	Throttled bool
	// RetryAfter is how long the platform asked to hold back, 0 if it did not. It may ask without
	// throttling, as with a 503.
	RetryAfter time.Duration
	// Err is nil for a success, and otherwise what the attempt ended with. A *tiktokshop.TokenError
	// means that nothing was sent.
	Err error
}

// Waiter is a limiter that knows nothing of quotas. The *rate.Limiter of golang.org/x/time/rate is
// one.
type Waiter interface {
	Wait(ctx context.Context) error
}

// ForAll returns a Limiter that has every attempt wait for w, whatever its quota, and learns
// nothing from how it ends.
func ForAll(w Waiter) Limiter { return forAll{w} }

type forAll struct{ waiter Waiter }

func (l forAll) Wait(ctx context.Context, _ Quota) error { return l.waiter.Wait(ctx) }

func (forAll) Report(context.Context, Quota, Outcome) {}
