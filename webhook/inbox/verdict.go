package inbox

import (
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

const (
	// maxRetryAfter bounds the wait that an error asks for.
	maxRetryAfter = 24 * time.Hour
	// maxReason bounds the bytes of a reason that are kept.
	maxReason = 2000
)

// parkError is an error after which another attempt is of no use.
type parkError struct{ error }

func (e parkError) Unwrap() error { return e.error }

// Park returns an error with which a handler has its event parked at once, however many attempts
// are left: another would end the same way. It is nil for nil.
func Park(err error) error {
	if err == nil {
		return nil
	}
	return parkError{err}
}

// hopeless reports whether a handler's error says that only a person helps: the account must
// authorize the app again, a scope is missing, or the operation is no longer there. Other refusals
// may pass: an order that the platform told of a moment ago may not be found yet.
func hopeless(err error) bool {
	return errors.As(err, new(parkError)) ||
		tiktokshop.NeedsReauthorization(err) ||
		errors.Is(err, tiktokshop.ErrPermission) ||
		errors.Is(err, tiktokshop.ErrVersionRetired)
}

// delay is how long after an event's attempt, 1 for the first, the next one comes.
func (b *Inbox) delay(err error, attempt int) time.Duration {
	d := b.minDelay
	for n := 1; n < attempt && d < b.maxDelay; n++ {
		d *= 2
	}
	d = min(d, b.maxDelay)
	d -= rand.N(d/2 + 1)
	if refused := (*tiktokshop.APIError)(nil); errors.As(err, &refused) {
		d = max(d, min(refused.RetryAfter, maxRetryAfter))
	}
	return d
}

// reason is a text as the table takes it: without secrets, not too long, and of characters that
// every database has.
func (b *Inbox) reason(text string) string {
	text = b.scrub.Text(text)
	if len(text) > maxReason {
		text = text[:maxReason] + "…"
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "�")
}
