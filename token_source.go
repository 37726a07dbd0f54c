package tiktokshop

import (
	"context"
	"errors"
	"fmt"
)

// TokenSource gives out the access token of one seller, creator or partner. It is asked
// before every attempt of every call and must be safe for concurrent use and fast when it has a good token.
// Auth.TokenSource makes one that refreshes; a source of one's own may ask a token service, say.
type TokenSource interface {
	// AccessToken returns the token to send. It ends when ctx does.
	AccessToken(ctx context.Context) (Secret, error)
}

// TokenRenewer is a TokenSource that can do something about a refused token. When the platform refuses an access token
// as expired or invalid, the call asks once for another and is sent again with it.
type TokenRenewer interface {
	TokenSource
	// RenewAccessToken returns a token other than refused. cause is the platform's refusal,
	// ErrTokenExpired or ErrTokenInvalid; it is returned if there is nothing better to say.
	RenewAccessToken(ctx context.Context, refused Secret, cause error) (Secret, error)
}

// WithTokenSource sets where the access token of each attempt comes from. Of it and
// WithAccessToken the last one given holds.
func WithTokenSource(source TokenSource) Option {
	return func(c *config) error {
		if isNil(source) {
			return &InputError{Field: "token source", Reason: "is nil"}
		}
		c.tokens = source
		return nil
	}
}

// staticToken is the source of a token that never changes.
type staticToken struct{ token Secret }

func (s staticToken) AccessToken(context.Context) (Secret, error) { return s.token, nil }

// tokenOwner is the same for all tokens of one source: a token that was refreshed has the quota of the one before.
func tokenOwner(source TokenSource) string {
	switch s := source.(type) {
	case staticToken:
		return s.token.Reveal()
	case *RefreshingTokenSource:
		return s.key.OpenID
	}
	return fmt.Sprintf("%T %p", source, source)
}

// TokenError is a call for which the token source had no token. Its cause is what the source reported, such as
// ErrRefreshTokenInvalid: the account must authorize the app again.
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

// accessToken returns the token of the next attempt: the one just renewed, or what the source gives out. A request to the
// token host has none.
func (inv *invocation) accessToken(ctx context.Context) (Secret, error) {
	if inv.cfg.tokens == nil {
		return Secret{}, nil
	}
	var err error
	token := inv.token
	inv.token = Secret{}
	if token.IsZero() {
		token, err = inv.cfg.tokens.AccessToken(ctx)
	}
	if err != nil {
		return Secret{}, &TokenError{Operation: inv.op.Name, Err: err}
	}
	if reason := credentialProblem(token.Reveal()); reason != "" {
		return Secret{}, &TokenError{Operation: inv.op.Name, Err: errors.New("the token that the source returned " + reason)}
	}
	return token, nil
}

// tokenRefused reports whether the platform refused the access token and the source may have another one.
func (inv *invocation) tokenRefused(err error) bool {
	_, ok := inv.cfg.tokens.(TokenRenewer)
	return ok && (errors.Is(err, ErrTokenExpired) || errors.Is(err, ErrTokenInvalid))
}

// renewToken gets another token than that of an attempt which was refused for it. The error is the refusal if there is
// none.
func (inv *invocation) renewToken(ctx context.Context, at *attempt, refusal error) error {
	refused := NewSecret(at.token)
	token, err := inv.cfg.tokens.(TokenRenewer).RenewAccessToken(ctx, refused, refusal)
	switch {
	case err == refusal:
		return refusal
	case err != nil:
		return &TokenError{Operation: inv.op.Name, Err: err}
	case token.Equal(refused):
		return refusal
	}
	inv.token = token
	return nil
}
