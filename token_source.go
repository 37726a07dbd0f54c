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

// accessToken returns the token of an attempt: the one just renewed, or what the source gives out.
func (inv *invocation) accessToken(ctx context.Context) (Secret, error) {
	var err error
	token := inv.renewed
	inv.renewed = Secret{}
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

// attemptRenewing is attempt, and once more with another token if the platform refused the first one. A refused
// token means that nothing was done, so every operation can be repeated.
func (inv *invocation) attemptRenewing(ctx context.Context, data any) (*answer, error) {
	ans, err := inv.attempt(ctx, data)
	if err == nil {
		return ans, nil
	}
	renewer, ok := inv.cfg.tokens.(TokenRenewer)
	if !ok || !errors.Is(err, ErrTokenExpired) && !errors.Is(err, ErrTokenInvalid) {
		return nil, err
	}
	var noToken *TokenError
	if errors.As(err, &noToken) {
		return nil, err // it was the token host that refused
	}
	token, renewErr := renewer.RenewAccessToken(ctx, inv.token, err)
	switch {
	case renewErr == err:
		return nil, err
	case renewErr != nil:
		return nil, &TokenError{Operation: inv.op.Name, Err: renewErr}
	case token.Equal(inv.token):
		return nil, err
	}
	if waitErr := inv.admit(ctx); waitErr != nil {
		return nil, inv.interrupted(waitErr, err)
	}
	if !inv.upload.rewind() {
		return nil, err // with the renewed token for the next call
	}
	inv.renewed = token
	return inv.attempt(ctx, data)
}
