package riverjobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/operations"
	"github.com/tiktokshop-go/tiktokshop/token"
)

const (
	// throttledWait is for a throttled call to which the platform named no wait.
	throttledWait = 10 * time.Second
	// quotaWait is for a quota by the hour or day that is used up, where the platform names no
	// wait.
	quotaWait = time.Hour
	// tokenWait is for a token that another process is renewing.
	tokenWait = 15 * time.Second
)

// Verdict turns the error of a job into what River should do with the job. In this order:
//
//   - What is a verdict already (river.JobSnooze, river.JobCancel) stays as it is, and so does nil.
//   - A write that was sent and not answered cancels the job: it may have taken effect, and only a
//     person or a look at the platform can tell. Reads, and writes that do no harm when done twice
//     (package operations knows which), are judged by what follows. An operation that the SDK does
//     not know counts as a write.
//   - An account that has to authorize the app again cancels the job. Retry the job when it has.
//   - A token that another process is renewing snoozes it for some seconds.
//   - A throttled call, and a failure for which the platform named a wait, snooze it for that long,
//     a throttled one without for 10 seconds, and a quota that is used up for an hour. A tenth is
//     added at random, so that jobs do not come back all at once.
//   - A refusal that a repeat would meet as well cancels it: bad input, a missing permission, a
//     retired version, a wrong app key, signature or identifier, a request that the platform
//     refused as invalid.
//   - Anything else stays as it is: River counts an attempt and tries again by its policy.
//
// A snooze is no attempt in River, so it is not bounded by MaxAttempts. Of several errors joined in
// one, one that cancels decides, and the longest wait counts.
//
// A cancelled job keeps its error, and River deletes it after its CancelledJobRetentionPeriod, 24
// hours by default. river.ErrorHandler is not told of it: see MiddlewareOptions.OnCancel.
func Verdict(err error) error { return verdict(err, false) }

// VerdictRepeatSafe is Verdict for a job that does no harm when it is done twice as a whole: one
// whose writes carry an idempotency key of the job's own, say. A write that was not answered is
// then judged like a read.
func VerdictRepeatSafe(err error) error { return verdict(err, true) }

func verdict(err error, repeatSafe bool) error {
	var decided *river.JobSnoozeError
	var cancelled *river.JobCancelError
	switch {
	case err == nil, errors.As(err, &decided), errors.As(err, &cancelled):
		return err
	case !repeatSafe && unansweredWrite(err):
		return cancel("a write was sent and not answered, and may have taken effect", err)
	case tiktokshop.NeedsReauthorization(err):
		return cancel("the account has to authorize the app again", err)
	case errors.Is(err, token.ErrInDoubt):
		return snooze(tokenWait)
	case errors.Is(err, tiktokshop.ErrQuotaExhausted):
		return snooze(max(longestWait(err), quotaWait))
	case tiktokshop.Retryable(err):
		wait := longestWait(err)
		if wait == 0 && errors.Is(err, tiktokshop.ErrRateLimited) {
			wait = throttledWait
		}
		if wait == 0 {
			return err
		}
		return snooze(wait)
	case refused(err):
		return cancel("refused, as a repeat would be", err)
	}
	return err
}

func cancel(why string, err error) error { return river.JobCancel(fmt.Errorf("%s: %w", why, err)) }

// snooze spreads what comes back: of 1,000 jobs that one 429 has stopped not all are the next
// burst.
func snooze(wait time.Duration) error {
	return river.JobSnooze(wait + rand.N(wait/10+time.Millisecond))
}

// refused tells what would end the same way. Other refusals may pass: a thing that is not found
// yet, a state of the shop that an operation does not like, an expired token, a clock, an address
// that somebody is about to allow.
func refused(err error) bool {
	var input *tiktokshop.InputError
	var tokenInput *token.InputError
	if errors.As(err, &input) || errors.As(err, &tokenInput) {
		return true
	}
	for _, kind := range []error{
		tiktokshop.ErrInvalidRequest, tiktokshop.ErrPermission, tiktokshop.ErrVersionRetired,
		tiktokshop.ErrInvalidAppKey, tiktokshop.ErrInvalidSignature,
		tiktokshop.ErrUnexpectedIdentifier, tiktokshop.ErrMissingIdentifier,
		tiktokshop.ErrInvalidIdentifier,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// unansweredWrite looks for a call that may have been carried out and may not be repeated.
func unansweredWrite(err error) bool {
	found := false
	walk(err, func(err error) bool {
		var operation string
		switch e := err.(type) {
		case *tiktokshop.TokenError:
			// the call itself was never sent; a refresh is the token source's to settle
			return false
		case *tiktokshop.APIError:
			operation = e.Operation
		case *tiktokshop.TransportError:
			operation = e.Operation
		case *tiktokshop.ContentError:
			operation = e.Operation
		default:
			return true
		}
		unsure := err.(interface{ MayHaveTakenEffect() bool }).MayHaveTakenEffect()
		found = found || unsure && !repeatSafe(operation)
		return true
	})
	return found
}

func repeatSafe(operation string) bool {
	op, known := operations.Find(operation)
	return known && (op.RepeatSafe || op.Method == http.MethodGet)
}

// longestWait is the longest of the waits that the platform has asked for, 0 if it asked for none.
func longestWait(err error) (wait time.Duration) {
	walk(err, func(err error) bool {
		if refused, ok := err.(*tiktokshop.APIError); ok {
			wait = max(wait, refused.RetryAfter)
		}
		return true
	})
	return wait
}

// walk visits an error and what is inside, as far as visit says true.
func walk(err error, visit func(error) bool) {
	if err == nil || !visit(err) {
		return
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		walk(e.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			walk(inner, visit)
		}
	}
}

// MiddlewareOptions say how a Middleware judges. The zero value judges like Verdict.
type MiddlewareOptions struct {
	// RepeatSafe tells that the jobs do no harm when they are done twice: see VerdictRepeatSafe.
	RepeatSafe bool
	// OnCancel, if it is set, is told of each job that is cancelled, with the reason. It is where a
	// person is called: River tells its ErrorHandler nothing of cancelled jobs.
	OnCancel func(ctx context.Context, job *rivertype.JobRow, err error)
}

// Middleware applies Verdict to the errors of jobs of one's own. It goes into
// river.Config.Middleware for all jobs, or is returned by the Middleware method of a worker; a
// worker that uses river.ResumableStep needs the latter, as River makes the error of a step the
// job's outside of the former.
type Middleware struct {
	river.MiddlewareDefaults
	opts MiddlewareOptions
}

var _ rivertype.WorkerMiddleware = (*Middleware)(nil)

// NewMiddleware returns a Middleware.
func NewMiddleware(opts MiddlewareOptions) *Middleware { return &Middleware{opts: opts} }

// Work implements rivertype.WorkerMiddleware.
func (m *Middleware) Work(
	ctx context.Context, job *rivertype.JobRow, doInner func(context.Context) error,
) error {
	err := verdict(doInner(ctx), m.opts.RepeatSafe)
	var cancelled *river.JobCancelError
	if m.opts.OnCancel != nil && errors.As(err, &cancelled) {
		m.opts.OnCancel(ctx, job, err)
	}
	return err
}
