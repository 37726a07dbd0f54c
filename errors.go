package tiktokshop

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/refusal"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Kinds of refusal, for errors.Is. An *APIError is of one kind at most; a
// business error of an operation that no kind fits has none: branch on its Code.
//
// Source: https://partner.tiktokshop.com/docv2/page/common-errors
var (
	// ErrTokenExpired: the access token has expired; refresh it (105002).
	ErrTokenExpired = token.ErrExpired
	// ErrTokenInvalid: the access token is unknown or was withdrawn; authorize again (105001).
	ErrTokenInvalid = refusal.TokenInvalid
	// ErrAuthCodeInvalid: the authorization code was used before, is older than 30 minutes or
	// unknown; send the account to the authorization page again (36004004).
	ErrAuthCodeInvalid = refusal.AuthCodeInvalid
	// ErrRefreshTokenInvalid: the refresh token has expired, was used before or its authorization
	// was withdrawn; the account must authorize the app again (36004001, 36004005).
	ErrRefreshTokenInvalid = token.ErrRefused
	// ErrInvalidAppKey: the app key is unknown or the app is disabled.
	ErrInvalidAppKey = refusal.InvalidAppKey
	// ErrInvalidSignature: the signature is missing or wrong, as with a wrong app secret (106001).
	// See SignInput.StringToSign.
	ErrInvalidSignature = refusal.InvalidSignature
	// ErrClockSkew: the timestamp is 5 minutes old or 30 seconds ahead; set the machine's clock.
	ErrClockSkew = refusal.ClockSkew
	// ErrPermission: the app or the token may not do this, as when a scope is missing (105005).
	ErrPermission = refusal.Permission
	// ErrIPNotAllowed: the caller's address is not in the app's allow list (36009033).
	ErrIPNotAllowed = refusal.IPNotAllowed
	// ErrUnexpectedIdentifier: the operation does not take the cipher that was sent.
	ErrUnexpectedIdentifier = refusal.UnexpectedIdentifier
	// ErrMissingIdentifier: the operation needs a shop_cipher or category_asset_cipher (106013).
	ErrMissingIdentifier = refusal.MissingIdentifier
	// ErrInvalidIdentifier: the cipher is wrong, or does not belong to the token, or the token is
	// of the wrong user type (101000).
	ErrInvalidIdentifier = refusal.InvalidIdentifier
	// ErrInvalidRequest: the platform refused a parameter or the state of what it names.
	ErrInvalidRequest = refusal.InvalidRequest
	// ErrNotFound: the path, or the object an id names, does not exist.
	ErrNotFound = refusal.NotFound
	// ErrRateLimited: too many requests (HTTP 429, 36009002); nothing was done, repeat it later.
	ErrRateLimited = refusal.RateLimited
	// ErrQuotaExhausted: an hourly or daily quota is used up, as that of a sandbox shop (36009037);
	// a short wait does not help.
	ErrQuotaExhausted = refusal.QuotaExhausted
	// ErrUnavailable: the platform failed or timed out (5xx, 36009003, 36009007); whether the
	// request took effect is not known.
	ErrUnavailable = refusal.Unavailable
	// ErrVersionRetired: the API version in the path is no longer served (36009014).
	ErrVersionRetired = refusal.VersionRetired
	// ErrInvalidResponse: the answer is not the platform's JSON: HTML from an edge server, empty,
	// truncated, or of another shape.
	ErrInvalidResponse = refusal.InvalidResponse
	// ErrResponseTooLarge: the answer is larger than WithMaxResponseBytes allows.
	ErrResponseTooLarge = refusal.ResponseTooLarge
)

// maxErrorBody bounds the piece of an answer that an APIError keeps.
const maxErrorBody = 8 << 10

// APIError is an answer of the platform that is not a success, whatever its
// HTTP status: the platform sends errors with 200, 4xx and 5xx alike. It also stands for an answer
// that could not be understood. Secrets that the answer echoes are masked.
type APIError struct {
	// Operation is the name of the Operation, such as "AffiliatePartner.GenerateMultiProductLink".
	Operation string
	// PathTemplate is the operation's path with its {parameters} unfilled.
	PathTemplate string
	// HTTPStatus is the status of the HTTP answer.
	HTTPStatus int
	// Code is the platform's error code, 0 if the answer had none.
	Code int
	// Message is the platform's text.
	Message string
	// RequestID is the platform's id of the call, which its support asks for.
	RequestID string
	// LogID is the X-Tt-Logid header, present where an answer has no request id.
	LogID string
	// Scopes are the access scopes the operation needs.
	Scopes []string
	// Successor names the method to call instead of an operation that stops, "" if none is known.
	Successor string
	// RetryAfter is the wait the platform asked for, 0 if it asked for none.
	RetryAfter time.Duration
	// Body is the start of the answer, at most 8 KiB.
	Body []byte
	// Attempts is how many attempts the call made, Elapsed the time of them and of the waits.
	Attempts int
	Elapsed  time.Duration

	kind  error
	cause error
	date  time.Time // the platform's time, zero if it did not say

	earlier bool // an attempt before the last may have taken effect
}

// Error names operation, kind, code, HTTP status, request id and message; for a refused permission
// also the scopes that the operation needs, for a retired version the method to call instead, and
// after several attempts their number and the time they took.
func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString("tiktokshop: ")
	b.WriteString(e.Operation)
	if e.kind != nil {
		b.WriteString(": ")
		b.WriteString(e.kind.Error())
	}
	b.WriteString(": ")
	if e.Code != 0 {
		b.WriteString("code " + strconv.Itoa(e.Code) + ", ")
	}
	b.WriteString("HTTP " + strconv.Itoa(e.HTTPStatus))
	if e.RequestID != "" {
		b.WriteString(", request id " + e.RequestID)
	} else if e.LogID != "" {
		b.WriteString(", log id " + e.LogID)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	if e.kind == ErrPermission && len(e.Scopes) > 0 {
		b.WriteString(" (the operation needs scope " + strings.Join(e.Scopes, ", ") + ")")
	}
	if e.kind == ErrVersionRetired && e.Successor != "" {
		b.WriteString(" (call " + e.Successor + " instead)")
	}
	b.WriteString(effort(e.Attempts, e.Elapsed))
	return b.String()
}

// Is reports whether target is the error's kind.
func (e *APIError) Is(target error) bool { return e.kind != nil && target == e.kind }

// Unwrap returns what went wrong while reading the answer, nil if it was read.
func (e *APIError) Unwrap() error { return e.cause }

// Retryable reports whether the same call may succeed if it is made again after a while.
// After ErrRateLimited the repeat is safe; after anything else the first call may
// have taken effect, so repeat only what does no harm when done twice.
func (e *APIError) Retryable() bool {
	return e.kind == ErrRateLimited || e.kind == ErrUnavailable ||
		e.kind == ErrInvalidResponse && e.cause != nil && wire.IsCutShort(e.cause)
}

// MayHaveTakenEffect reports whether the call may have been carried out although it failed: in one
// of its attempts the platform failed or timed out in the middle, or its answer could not be read.
// A refusal with a reason has had no effect.
func (e *APIError) MayHaveTakenEffect() bool {
	return e.earlier || e.kind == ErrUnavailable || e.kind == ErrInvalidResponse ||
		e.kind == ErrResponseTooLarge
}

// LogValue groups the error's fields for log/slog, without the body.
func (e *APIError) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("operation", e.Operation),
		slog.Int("status", e.HTTPStatus),
		slog.Int("code", e.Code),
		slog.String("message", e.Message),
		slog.String("request_id", e.RequestID),
		slog.String("log_id", e.LogID),
	}
	if e.Attempts > 0 {
		attrs = append(attrs, slog.Int("attempts", e.Attempts))
	}
	if e.kind != nil {
		attrs = append(attrs, slog.String("kind", e.kind.Error()))
	}
	return slog.GroupValue(attrs...)
}

// TransportError is a call that got no answer: the dial failed, the connection
// broke, or the context ended, be it while the call waited for its turn or for its next attempt.
// errors.Is finds context.Canceled and context.DeadlineExceeded in it. The request's URL, which
// holds the signature, is not part of it.
type TransportError struct {
	// Operation is the name of the Operation.
	Operation string
	// PathTemplate is the operation's path with its {parameters} unfilled.
	PathTemplate string
	// Err is what net/http reported, without the URL around it.
	Err error
	// Attempts is how many attempts the call made, Elapsed the time of them and of the waits.
	Attempts int
	Elapsed  time.Duration

	unsent  bool // the request did not reach the platform, or had no effect there
	earlier bool // an attempt before the last may have taken effect
}

// Error names operation and cause, and after several attempts their number and time.
func (e *TransportError) Error() string {
	return "tiktokshop: " + e.Operation + ": no answer: " + e.Err.Error() +
		effort(e.Attempts, e.Elapsed)
}

// effort tells what a call of several attempts took.
func effort(attempts int, elapsed time.Duration) string {
	if attempts < 2 {
		return ""
	}
	return fmt.Sprintf(" (%d attempts in %v)", attempts, elapsed.Round(time.Millisecond))
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// MayHaveTakenEffect reports whether an attempt reached the platform and was not refused.
func (e *TransportError) MayHaveTakenEffect() bool { return e.earlier || !e.unsent }

// Timeout reports whether the cause is a time limit.
func (e *TransportError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(e.Err, &t) && t.Timeout()
}

// ContentError is a call that ended because the content of a File could not be read to its end, or
// turned out to be larger than the operation takes. The request was broken off in the middle, so
// that it had no effect.
type ContentError struct {
	// Operation is the name of the Operation.
	Operation string
	// Field names the content, such as "Data.Content".
	Field string
	// Err is what its Read returned, or what is wrong with its size.
	Err error

	earlier bool // an attempt before the last may have taken effect
}

// Error names operation, field and cause.
func (e *ContentError) Error() string {
	return fmt.Sprintf("tiktokshop: %s: %s: %v", e.Operation, e.Field, e.Err)
}

// Unwrap returns the cause.
func (e *ContentError) Unwrap() error { return e.Err }

// Retryable reports false: the content is the caller's.
func (e *ContentError) Retryable() bool { return false }

// MayHaveTakenEffect reports whether an attempt before the last one may have been carried out.
func (e *ContentError) MayHaveTakenEffect() bool { return e.earlier }

// InputError is a call or an option that cannot work. Nothing was sent. Several mistakes of one
// call are several of them in one error, in the order of the fields: errors.As finds the first,
// InputErrors all.
type InputError struct {
	// Operation is the name of the Operation, "" for an option of the client.
	Operation string
	// Field names the input, such as "ProductIDs[3]".
	Field string
	// Reason tells what is wrong with it, without quoting its value.
	Reason string
}

// Error names operation, field and reason.
func (e *InputError) Error() string {
	if e.Operation == "" {
		return fmt.Sprintf("tiktokshop: %s: %s", e.Field, e.Reason)
	}
	return fmt.Sprintf("tiktokshop: %s: %s: %s", e.Operation, e.Field, e.Reason)
}

// Retryable reports false: the same input is refused again.
func (e *InputError) Retryable() bool { return false }

// InputErrors returns all mistakes of input that an error stands for, in the order of the fields.
func InputErrors(err error) []*InputError {
	switch e := err.(type) {
	case *InputError:
		return []*InputError{e}
	case interface{ Unwrap() error }:
		return InputErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*InputError
		for _, inner := range e.Unwrap() {
			all = append(all, InputErrors(inner)...)
		}
		return all
	}
	return nil
}

// ItemError is an item of a request that failed although the call succeeded.
type ItemError struct {
	// Item names it as the request does: an id mostly; two that belong together as "id/id", several
	// that failed together as "id,id". It is "" where the platform does not say which it is.
	Item string
	// Code is the platform's code, a number nearly always, "" or "0" if it gave none.
	Code string
	// Message is the platform's text.
	Message string
	// More are further reasons, such as those of each warehouse.
	More []ItemError
}

// Error names item, code and message, and those of further reasons.
func (e *ItemError) Error() string {
	var parts []string
	if e.Item != "" {
		parts = append(parts, e.Item)
	}
	if e.Code != "" && e.Code != "0" {
		parts = append(parts, "code "+e.Code)
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	for i := range e.More {
		parts = append(parts, e.More[i].Error())
	}
	if len(parts) == 0 {
		return "failed"
	}
	return strings.Join(parts, ": ")
}

// PartialError is a call that succeeded in part. errors.As finds the first *ItemError in it.
type PartialError struct {
	// Operation is the name of the Operation.
	Operation string
	// Items are those that failed, in the order of the answer.
	Items []ItemError
	// Of is how many items the call was about, 0 if the answer does not tell.
	Of int
}

// Error says how many failed and what the first of them met.
func (e *PartialError) Error() string {
	of := ""
	if e.Of > 0 {
		of = " of " + strconv.Itoa(e.Of)
	}
	text := fmt.Sprintf("tiktokshop: %s: %d%s failed", e.Operation, len(e.Items), of)
	if len(e.Items) > 0 {
		text += ", the first: " + e.Items[0].Error()
	}
	return text
}

// Unwrap returns the items as *ItemErrors.
func (e *PartialError) Unwrap() []error {
	errs := make([]error, len(e.Items))
	for i := range e.Items {
		errs[i] = &e.Items[i]
	}
	return errs
}

// PartialFailure returns a *PartialError with the failures of an operation, nil if there are none.
// The Err methods of the generated packages are made of it.
func PartialFailure(operation string, failures iter.Seq[ItemError], of int) error {
	items := slices.Collect(failures)
	if len(items) == 0 {
		return nil
	}
	return &PartialError{Operation: operation, Items: items, Of: of}
}

// joinErrors returns all of the errors that are any: one as it is.
func joinErrors(errs ...error) error {
	var one error
	for _, err := range errs {
		switch {
		case err == nil:
		case one == nil:
			one = err
		default:
			return errors.Join(errs...)
		}
	}
	return one
}

// Retryable reports whether the same call may succeed if it is made again after a while, of
// whatever error of the SDK, also inside others: it was throttled, the platform or the network
// failed, or the token source had a problem that may pass. It is false after the caller's context
// ended, for what another call would meet as well, and for other errors. Of several errors, as of a
// run of many calls, each must be so. After true, see MayHaveTakenEffect: a call that may have
// taken effect is to be repeated only if that does no harm.
func Retryable(err error) bool {
	isSource := func(err error) bool { _, ok := err.(*TokenError); return ok }
	return refusal.OutlookOf(err, isSource) == refusal.Hopeful
}

// NeedsReauthorization reports whether nothing but the account's owner helps, who has to authorize
// the app again: the platform does not take the access token or the refresh token any more, the
// authorization code is no good, or no token is stored. It is false for a token that has only
// expired, which a refresh renews, and for a scope that is missing.
func NeedsReauthorization(err error) bool {
	for _, kind := range []error{ErrTokenInvalid, ErrRefreshTokenInvalid, ErrAuthCodeInvalid,
		token.ErrNone} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// RequestID returns the platform's id of the call that an error is of, which its support asks for:
// the request id of its answer, or the log id if that had none; "" if there was no answer.
func RequestID(err error) string {
	refused := answerOf(err)
	return cmp.Or(refused.RequestID, refused.LogID)
}

// HTTPStatus returns the HTTP status of the answer that an error is of, 0 if there was no answer.
func HTTPStatus(err error) int { return answerOf(err).HTTPStatus }

// RetryAfter returns the wait that the platform asked for in the answer that an error is of, 0 if
// it asked for none.
func RetryAfter(err error) time.Duration { return answerOf(err).RetryAfter }

// answerOf is the *APIError in an error, an empty one if there is none.
func answerOf(err error) *APIError {
	if refused := (*APIError)(nil); errors.As(err, &refused) {
		return refused
	}
	return new(APIError)
}
