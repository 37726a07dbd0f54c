package tiktokshop

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// DefaultAuthBaseURL is the host that exchanges codes and refreshes tokens.
const DefaultAuthBaseURL = "https://auth.tiktok-shops.com"

// maxTokenAnswer bounds an answer of the token host.
const maxTokenAnswer = 1 << 20

// Auth gets tokens. Its requests are not signed: they carry app secret, code and refresh token in the URL, because
// the platform wants them there, so no error and no log shows a URL, and an error has no Body. No request is ever
// sent twice, as the second could use up what the first was answered for. A Client needs no access token for it.
//
// Source: https://partner.tiktokshop.com/docv2/page/authorization-overview-202407
type Auth struct{ client *Client }

var (
	opExchangeCode = &Operation{Name: "Auth.ExchangeCode", Method: http.MethodGet, Path: "/api/v2/token/get"}
	opRefreshToken = &Operation{Name: "Auth.RefreshToken", Method: http.MethodGet, Path: "/api/v2/token/refresh"}
)

// ExchangeCode turns the code of a Callback into a token. A code works once: if the answer is lost, the account has
// to authorize again. Errors: ErrAuthCodeInvalid; *TransportError if no answer came.
func (a *Auth) ExchangeCode(ctx context.Context, code token.Secret, opts ...Option) (*token.Token, error) {
	return a.request(ctx, opExchangeCode, "auth_code", "authorized_code", code, opts)
}

// RefreshToken turns a refresh token into a new pair. Take the old pair as used up, and store the new one before it
// is used; a source made by TokenSource does, and is what most programs want instead. Errors: ErrRefreshTokenInvalid;
// *TransportError if no answer came, when the refresh may or may not have happened.
func (a *Auth) RefreshToken(ctx context.Context, refreshToken token.Secret, opts ...Option) (*token.Token, error) {
	return a.request(ctx, opRefreshToken, "refresh_token", "refresh_token", refreshToken, opts)
}

// TokenSource returns a source for an account's token that is stored, or that its Put will store. It refreshes through
// this client and has the client's app key, logger and clock unless the options name others. Bad options are an
// *InputError each.
func (a *Auth) TokenSource(opts token.SourceOptions) (*token.RefreshingSource, error) {
	cfg, err := a.api().config(nil)
	if err != nil {
		return nil, err
	}
	opts.AppKey = cmp.Or(opts.AppKey, cfg.signer.appKey)
	if opts.Logger == nil {
		opts.Logger = cfg.log
	}
	if opts.Now == nil {
		opts.Now = cfg.now
	}
	refresher := token.RefresherFunc(func(ctx context.Context, refreshToken token.Secret) (*token.Token, error) {
		return a.RefreshToken(ctx, refreshToken)
	})
	source, err := token.NewRefreshingSource(refresher, opts)
	if err != nil {
		return nil, tokenInputError("Auth.TokenSource", err)
	}
	return source, nil
}

// tokenInputError makes the *InputError of an operation of each that package token reported.
func tokenInputError(operation string, err error) error {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, e := range all.Unwrap() {
			errs = append(errs, tokenInputError(operation, e))
		}
		return errors.Join(errs...)
	}
	if e, ok := err.(*token.InputError); ok {
		return &InputError{Operation: operation, Field: e.Field, Reason: e.Reason}
	}
	return err
}

// request makes one request to the token host.
func (a *Auth) request(
	ctx context.Context, op *Operation, key, grantType string, credential token.Secret, opts []Option,
) (*token.Token, error) {
	if ctx == nil {
		return nil, op.inputError("context", "is nil")
	}
	cfg, err := a.api().config(opts)
	if err != nil {
		return nil, err
	}
	if reason := credentialProblem(credential.Reveal()); reason != "" {
		return nil, op.inputError(strings.ReplaceAll(key, "_", " "), "%s", reason)
	}
	receivedAt := cfg.now()
	var t *token.Token
	inv := &invocation{prepared: prepared{
		cfg: cfg.forTokenHost(), op: op, path: op.Path, stamp: -1, closing: true,
		params: []param{{paramAppKey, cfg.signer.appKey}, {"grant_type", grantType}},
		hidden: []hiddenParam{{"app_secret", token.NewSecret(cfg.signer.secret.reveal())}, {key, credential}},
		readData: func(inv *invocation, ans *answer, creds *credentials) (err error) {
			t, err = inv.decodeToken(ans, creds)
			return err
		},
	}}
	if _, err = inv.call(ctx, nil); err != nil {
		return nil, err
	}
	t.ReceivedAt = receivedAt
	return t, nil
}

// forTokenHost is the configuration for a request to the token host: no access token, one attempt, no limiter, as the
// quotas are those of the API.
func (cfg *config) forTokenHost() *config {
	own, never := *cfg, false
	own.scheme, own.host = cfg.authBase.Scheme, cfg.authBase.Host
	own.tokens, own.limiter = nil, nil
	own.retry.MaxAttempts, own.repeatSafe = 1, &never
	own.maxResponseBytes = min(cfg.maxResponseBytes, maxTokenAnswer)
	return &own
}

var errNoAccessToken = errors.New("the answer has no access token")

// decodeToken reads a token. Only the access token must be as expected: an odd field beside it
// must not cost a pair that the platform hands out once.
func (inv *invocation) decodeToken(ans *answer, creds *credentials) (*token.Token, error) {
	var fields map[string]json.RawMessage
	err := inv.decode(ans, creds, &fields)
	field := func(name string, into any) {
		if raw, ok := fields[name]; ok {
			_ = json.Unmarshal(raw, into)
		}
	}
	var t token.Token
	if err == nil {
		var accessUntil, refreshUntil UnixTime
		var userType Number
		field("access_token", &t.AccessToken)
		field("access_token_expire_in", &accessUntil) // absolute, in spite of its name
		field("refresh_token", &t.RefreshToken)
		field("refresh_token_expire_in", &refreshUntil)
		field("open_id", &t.OpenID)
		field("seller_name", &t.SellerName)
		field("seller_base_region", &t.SellerRegion)
		field("user_type", &userType)
		field("granted_scopes", &t.GrantedScopes)
		t.AccessTokenExpiresAt, t.RefreshTokenExpiresAt = accessUntil.Time, refreshUntil.Time
		n, _ := userType.Int64()
		t.UserType = token.UserType(n)
		t.GrantedScopes = slices.DeleteFunc(t.GrantedScopes, func(s string) bool { return s == "" })
		if credentialProblem(t.AccessToken.Reveal()) != "" {
			err = inv.apiError(ans, creds, ErrInvalidResponse, errNoAccessToken)
		}
	}
	if err != nil {
		if apiErr, ok := err.(*APIError); ok {
			apiErr.Body = nil // it may hold a new pair
		}
		return nil, err
	}
	return &t, nil
}
