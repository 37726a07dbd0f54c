// Package poll waits for what the platform does in its own time: audits, exports, labels. The
// generated packages have a WaitFor… method for most of it, which takes a Policy; Until is for the
// rest.
package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/pause"
)

// ErrNotDone ends a wait whose Policy's MaxWait is over.
var ErrNotDone = errors.New("not done in time")

// Policy says how often Until asks, and for how long. Zero fields have the defaults named below.
// A wait needs an end: MaxWait, a deadline of the context, or both.
type Policy struct {
	// MaxWait is the time after which Until asks for the last time; a call under way then is
	// awaited. Without it the context must have a deadline.
	MaxWait time.Duration
	// MinDelay is the shortest wait between two questions; 2 seconds by default.
	MinDelay time.Duration
	// MaxDelay is the longest wait between two questions, up to which waits grow by half each; 1
	// minute by default, and never less than MinDelay. A longer wait that the platform asks for is
	// kept.
	MaxDelay time.Duration
	// What names what is waited for, in the error; the helpers of the generated packages fill it
	// in.
	What string
}

// Error is a wait that did not come to a good end. errors.Is finds ErrNotDone, the context's
// error, and what a call or done ended with.
type Error struct {
	// What names what was waited for, "" if the Policy does not.
	What string
	// Last is the last answer, of the type that Until returns; nil if there was none.
	Last any
	// Asked is how many calls were made, Elapsed the time that they and the waits between them
	// took.
	Asked   int
	Elapsed time.Duration
	// Err is the reason.
	Err error
	// LastErr is the error of the last call if the wait went on in spite of it, else nil.
	LastErr error
}

// Error names what was waited for, how often was asked in how long, and the reason.
func (e *Error) Error() string {
	what := e.What
	if what == "" {
		what = "poll"
	}
	text := fmt.Sprintf("tiktokshop: %s: asked %d times in %v: %v",
		what, e.Asked, e.Elapsed.Round(time.Millisecond), e.Err)
	if e.LastErr != nil {
		text += " (the last call: " + e.LastErr.Error() + ")"
	}
	return text
}

// Unwrap returns the reason, and the error of the last call.
func (e *Error) Unwrap() []error {
	if e.LastErr == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.LastErr}
}

// Until asks until done says that the answer is final, and returns that answer. It asks at once,
// and then after waits that grow, with jitter, as the policy says. An error of ask that
// tiktokshop.Retryable says may pass does not end the wait; any other error does, and so does an
// error of done, which is how a final answer is told to be a bad one.
//
// Whatever else ends the wait is a *Error: it has the last answer, which is returned too. Until
// sends nothing itself: the calls that ask makes keep to their client's limiter and retries.
func Until[T any](
	ctx context.Context, policy Policy,
	ask func(context.Context) (T, error), done func(T) (bool, error),
) (T, error) {
	var last T
	if err := policy.check(ctx); err != nil {
		return last, err
	}
	start := time.Now()
	ended := &Error{What: policy.What}
	fail := func(reason error) (T, error) {
		ended.Err, ended.Elapsed = reason, time.Since(start)
		return last, ended
	}
	delay := policy.MinDelay
	for {
		answer, err := ask(ctx)
		ended.Asked++
		ended.LastErr = nil
		switch {
		case err == nil:
			last, ended.Last = answer, answer
			if final, err := done(answer); err != nil {
				return fail(err)
			} else if final {
				return answer, nil
			}
		case !tiktokshop.Retryable(err):
			return fail(err)
		default:
			ended.LastErr = err
		}
		delay = min(delay+delay/2, policy.MaxDelay)
		cut := time.Duration(rand.Float64() * float64(delay) / 3)
		wait := max(delay-cut, policy.MinDelay, tiktokshop.RetryAfter(err))
		if policy.MaxWait > 0 {
			remaining := policy.MaxWait - time.Since(start)
			if remaining <= 0 || tiktokshop.RetryAfter(err) > remaining {
				return fail(ErrNotDone)
			}
			wait = min(wait, remaining)
		}
		if err := pause.For(ctx, wait); err != nil {
			return fail(err)
		}
	}
}

// check fills the defaults in.
func (p *Policy) check(ctx context.Context) error {
	p.MinDelay = cmp.Or(p.MinDelay, 2*time.Second)
	p.MaxDelay = cmp.Or(p.MaxDelay, max(time.Minute, p.MinDelay))
	var errs []error
	add := func(field, reason string) {
		errs = append(errs, &tiktokshop.InputError{Field: "Policy." + field, Reason: reason})
	}
	if _, bounded := ctx.Deadline(); p.MaxWait < 0 {
		add("MaxWait", "must not be negative")
	} else if p.MaxWait == 0 && !bounded {
		add("MaxWait", "is required where the context has no deadline")
	}
	if p.MinDelay < 0 {
		add("MinDelay", "must not be negative")
	}
	if p.MaxDelay < p.MinDelay {
		add("MaxDelay", "must not be less than MinDelay")
	}
	return errors.Join(errs...)
}
