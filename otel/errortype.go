package oteltiktokshop

import (
	"context"
	"errors"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// kinds are the errors that have a word of their own, the closer one first.
var kinds = []struct {
	err  error
	word string
}{
	{token.ErrInDoubt, "token_in_doubt"},
	{token.ErrNone, "token_none"},
	{tiktokshop.ErrTokenExpired, "token_expired"},
	{tiktokshop.ErrTokenInvalid, "token_invalid"},
	{tiktokshop.ErrAuthCodeInvalid, "auth_code_invalid"},
	{tiktokshop.ErrRefreshTokenInvalid, "refresh_token_invalid"},
	{tiktokshop.ErrInvalidAppKey, "invalid_app_key"},
	{tiktokshop.ErrInvalidSignature, "invalid_signature"},
	{tiktokshop.ErrClockSkew, "clock_skew"},
	{tiktokshop.ErrPermission, "permission"},
	{tiktokshop.ErrIPNotAllowed, "ip_not_allowed"},
	{tiktokshop.ErrUnexpectedIdentifier, "unexpected_identifier"},
	{tiktokshop.ErrMissingIdentifier, "missing_identifier"},
	{tiktokshop.ErrInvalidIdentifier, "invalid_identifier"},
	{tiktokshop.ErrInvalidRequest, "invalid_request"},
	{tiktokshop.ErrNotFound, "not_found"},
	{tiktokshop.ErrRateLimited, "rate_limited"},
	{tiktokshop.ErrQuotaExhausted, "quota_exhausted"},
	{tiktokshop.ErrUnavailable, "unavailable"},
	{tiktokshop.ErrVersionRetired, "version_retired"},
	{tiktokshop.ErrInvalidResponse, "invalid_response"},
	{tiktokshop.ErrResponseTooLarge, "response_too_large"},
	{tiktokshop.ErrAttemptTimeout, "timeout"},
	{context.DeadlineExceeded, "deadline"},
	{context.Canceled, "canceled"},
}

// ErrorType is the error.type of an error: the word for its kind, such as rate_limited; timeout,
// deadline or canceled; transport, token, content or input by its type; business for a code of the
// platform that has no kind; and other. It is "" for nil.
func ErrorType(err error) string {
	if err == nil {
		return ""
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.word
		}
	}
	var (
		refused   *tiktokshop.APIError
		transport *tiktokshop.TransportError
		tokens    *tiktokshop.TokenError
		content   *tiktokshop.ContentError
		input     *tiktokshop.InputError
	)
	switch {
	case errors.As(err, &refused):
		return "business"
	case errors.As(err, &transport):
		return "transport"
	case errors.As(err, &tokens):
		return "token"
	case errors.As(err, &content):
		return "content"
	case errors.As(err, &input):
		return "input"
	}
	return "other"
}
