package tiktokshop

import (
	"context"
	"errors"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// WithTokenSource sets where the access token of each attempt comes from. Of it and
// WithAccessToken the last one given holds.
func WithTokenSource(source token.Source) Option {
	return func(c *config) error {
		if isNil(source) {
			return &InputError{Field: "token source", Reason: "is nil"}
		}
		c.tokens = source
		return nil
	}
}

// staticToken is the source of a token that never changes.
type staticToken struct{ token token.Secret }

func (s staticToken) AccessToken(context.Context) (token.Secret, error) { return s.token, nil }

// tokenOwner is the same for all tokens of one source: a token that was refreshed has the quota of the one before.
func tokenOwner(source token.Source) string {
	switch s := source.(type) {
	case staticToken:
		return s.token.Reveal()
	case *token.RefreshingSource:
		return s.Key().OpenID
	}
	return fmt.Sprintf("%T %p", source, source)
}

// TokenError is a call for which the token source had no token. Its cause is what the source reported, such as
// [token.ErrRefused]: the account must authorize the app again.
type TokenError struct {
	// Operation is the name of the Operation.
	Operation string
	// Err is what the source reported.
	Err error
}

// Error names the operation and the cause.
func (e *TokenError) Error() string {
	return "tiktokshop: " + e.Operation + ": no access token: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// unusableTokenError says what is wrong with the token of a source.
type unusableTokenError string

func (e unusableTokenError) Error() string { return "the token that the source returned " + string(e) }
func (unusableTokenError) Retryable() bool { return false }

// accessToken returns the token of the next attempt: the one just renewed, or what the source gives out. A request to the
// token host has none.
func (inv *invocation) accessToken(ctx context.Context) (token.Secret, error) {
	if inv.cfg.tokens == nil {
		return token.Secret{}, nil
	}
	var err error
	access := inv.token
	inv.token = token.Secret{}
	if access.IsZero() {
		access, err = inv.cfg.tokens.AccessToken(ctx)
	}
	if err != nil {
		return token.Secret{}, &TokenError{Operation: inv.op.Name, Err: err}
	}
	if reason := credentialProblem(access.Reveal()); reason != "" {
		return token.Secret{}, &TokenError{Operation: inv.op.Name, Err: unusableTokenError(reason)}
	}
	return access, nil
}

// tokenRefused reports whether the platform refused the access token and the source may have another one.
func (inv *invocation) tokenRefused(err error) bool {
	_, ok := inv.cfg.tokens.(token.Renewer)
	return ok && (errors.Is(err, ErrTokenExpired) || errors.Is(err, ErrTokenInvalid))
}

// renewToken gets another token than that of an attempt which was refused for it. The error is the refusal if there is
// none.
func (inv *invocation) renewToken(ctx context.Context, at *attempt, refusal error) error {
	refused := token.NewSecret(at.token)
	access, err := inv.cfg.tokens.(token.Renewer).RenewAccessToken(ctx, refused, refusal)
	switch {
	case err == refusal:
		return refusal
	case err != nil:
		return &TokenError{Operation: inv.op.Name, Err: err}
	case access.Equal(refused):
		return refusal
	}
	inv.token = access
	return nil
}
