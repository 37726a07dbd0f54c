package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// Explain says why a request got no answer, without its URL, which net/http puts in front, and
// whether it is sure that it was not sent. ctx is the caller's, err what the http.Client reported.
func (a *Attempt) Explain(ctx context.Context, err error) (cause error, unsent bool) {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	unsent = a.Unsent() || isUnsent(err)
	given := a.Ended()
	switch {
	case ctx.Err() != nil:
		return CallerEnded(ctx, err), unsent
	case given != nil:
		return given, unsent
	case errors.Is(err, context.DeadlineExceeded):
		// not the caller's, but that of the http.Client, say
		return fmt.Errorf("%w: %v", a.timeout, err), unsent
	}
	return err, unsent
}

// CallerEnded tells the end of the caller's context, if it has ended, from that of an attempt's
// time.
func CallerEnded(ctx context.Context, err error) error {
	ended := ctx.Err()
	if ended == nil {
		return err
	}
	if !errors.Is(err, ended) { // a connection may break because the context ended, and not say so
		err = fmt.Errorf("%w: %w", ended, err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the caller's deadline passed: %w", err)
	}
	return fmt.Errorf("the caller gave up: %w", err)
}

// isUnsent recognises failures to connect. One that does not say so counts as sent, if the
// transport has not shown that it never had a connection.
func isUnsent(err error) bool {
	var op *net.OpError
	return isMisconfigured(err) || errors.As(err, &op) &&
		(op.Op == "dial" || op.Op == "proxyconnect" || op.Op == "socks connect")
}

// IsPermanent recognises what another attempt does not mend: a set-up that is wrong, and what a
// transport of the user's says so of.
func IsPermanent(err error) bool {
	var says interface{ Retryable() bool }
	return isMisconfigured(err) || errors.As(err, &says) && !says.Retryable()
}

// isMisconfigured recognises what is wrong with the set-up rather than with the network today.
func isMisconfigured(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch)
}

// CutShort is a failure while the body of an answer was read.
type CutShort struct{ Err error }

// Error says that the answer is not whole, and why.
func (e *CutShort) Error() string { return "answer cut short: " + e.Err.Error() }

// Unwrap returns why.
func (e *CutShort) Unwrap() error { return e.Err }

// IsCutShort reports whether an error is of an answer that is not whole.
func IsCutShort(err error) bool { return errors.As(err, new(*CutShort)) }
