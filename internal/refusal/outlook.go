package refusal

import (
	"context"
	"errors"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// Outlook is what an error says of another attempt. Of several the greatest counts.
type Outlook uint8

const (
	// Silent says nothing.
	Silent Outlook = iota
	// Hopeful is an attempt that may succeed.
	Hopeful
	// Hopeless is an attempt that would end the same way.
	Hopeless
)

// OutlookOf is what an error, or the errors inside, say of another attempt. Those that have a
// method Retryable say it themselves. Of a source that had no token, which isSource tells, what it
// does not call hopeless is hopeful, as for a store that is down: nothing was sent.
//
// Such an error has no method Retryable: through it every program would link this function.
func OutlookOf(err error, isSource func(error) bool) Outlook {
	switch err {
	case nil:
		return Silent
	case RateLimited, Unavailable, token.ErrInDoubt:
		return Hopeful
	case context.Canceled, context.DeadlineExceeded, token.ErrRefused, token.ErrNone:
		return Hopeless
	}
	if isSource(err) {
		return max(OutlookOf(errors.Unwrap(err), isSource), Hopeful)
	}
	switch e := err.(type) {
	case interface{ Retryable() bool }:
		return outlook(e.Retryable())
	case *token.InputError, *token.UnsavedError:
		return Hopeless
	case *token.RefusedError:
		return outlook(e.InDoubt)
	case interface{ Unwrap() error }:
		return OutlookOf(e.Unwrap(), isSource)
	case interface{ Unwrap() []error }:
		worst := Silent
		for _, inner := range e.Unwrap() {
			worst = max(worst, OutlookOf(inner, isSource))
		}
		return worst
	}
	return Silent
}

func outlook(isHopeful bool) Outlook {
	if isHopeful {
		return Hopeful
	}
	return Hopeless
}
