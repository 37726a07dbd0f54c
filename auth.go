package tiktokshop

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/internal/authpage"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
	"github.com/tiktokshop-go/tiktokshop/internal/tokenhost"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Market chooses the authorization page. Calls go to one host for all markets.
type Market uint8

const (
	// MarketGlobal is every market but the United States.
	MarketGlobal Market = iota
	// MarketUS is the United States.
	MarketUS
)

// NewState returns an unguessable value for the state of an authorization link. Keep it where only
// the browser that follows the link has it, such as a cookie, and give it to ParseCallback when the
// browser comes back.
func NewState() string { return authpage.NewState() }

// SellerLink returns the page where a seller authorizes the app. serviceID is the app's service
// id from Partner Center, not its app key; state comes from NewState.
//
// Source: https://partner.tiktokshop.com/docv2/page/seller-authorization-guide
func (a *Auth) SellerLink(market Market, serviceID, state string) (string, error) {
	return serviceLink("Auth.SellerLink", market, "services", serviceID, state)
}

// PartnerLink returns the page where an affiliate partner (TAP) or creator agency (CAP) authorizes
// the app. serviceID and state are as with SellerLink.
//
// Source: https://partner.tiktokshop.com/docv2/page/partner-authorization-guide
func (a *Auth) PartnerLink(market Market, serviceID, state string) (string, error) {
	return serviceLink("Auth.PartnerLink", market, "partner", serviceID, state)
}

// CreatorLink returns the page where a creator authorizes the app, one for all markets. state comes
// from NewState.
//
// Source: https://partner.tiktokshop.com/docv2/page/creator-authorization-guide
func (a *Auth) CreatorLink(state string) (string, error) {
	cfg, err := a.api().config(nil)
	if err != nil {
		return "", err
	}
	link, wrong := authpage.Creator(cfg.signer.appKey, state)
	return link, (&Operation{Name: "Auth.CreatorLink"}).inputErrors(wrong)
}

func serviceLink(operation string, market Market, site, serviceID, state string) (string, error) {
	link, wrong := authpage.Service(site, uint8(market), serviceID, state)
	return link, (&Operation{Name: operation}).inputErrors(wrong)
}

// What an authorization page may send back instead of a code.
var (
	// ErrAuthorizationDenied: the account did not grant the authorization.
	ErrAuthorizationDenied = errors.New("authorization denied")
	// ErrStateMismatch: the state is not that of the link this browser followed. Do not use the
	// code: somebody may be trying to have another account's authorization taken for this one's.
	ErrStateMismatch = errors.New("authorization state does not match")
)

// Callback is what the authorization page sends to the app's redirect URL.
type Callback struct {
	// Code is good for one exchange within 30 minutes.
	Code token.Secret
	// State is the link's state.
	State string
	// AppKey is the app that was authorized; only creators' callbacks have it.
	AppKey string
}

// ParseCallback reads the query of a request to the app's redirect URL. state is the one given to
// the link; it is compared in constant time. Errors are ErrStateMismatch, ErrAuthorizationDenied,
// and an *InputError for a query without a code or an empty state.
func ParseCallback(query url.Values, state string) (*Callback, error) {
	if state == "" {
		return nil, &InputError{Operation: "ParseCallback", Field: "state",
			Reason: "to compare with is empty: the session may have ended, or the request is forged"}
	}
	got := query.Get("state")
	if subtle.ConstantTimeCompare([]byte(got), []byte(state)) != 1 {
		// Who denies needs no state: nothing is accepted.
		if err := denial(query); err != nil && got == "" {
			return nil, err
		}
		return nil, fmt.Errorf("tiktokshop: ParseCallback: %w", ErrStateMismatch)
	}
	return parseCallback(query)
}

// ParseInstallCallback is ParseCallback for an installation from TikTok Shop's app store, which
// carries no state. Anybody can make up such a request, so do not tie its token to the account that
// happens to be signed in; ask, or go through a link with a state.
func ParseInstallCallback(query url.Values) (*Callback, error) { return parseCallback(query) }

func parseCallback(query url.Values) (*Callback, error) {
	if err := denial(query); err != nil {
		return nil, err
	}
	code, reason := authpage.Code(query)
	if reason != "" {
		return nil, &InputError{Operation: "ParseCallback", Field: "code", Reason: reason}
	}
	return &Callback{Code: token.NewSecret(code), State: query.Get("state"),
		AppKey: query.Get(paramAppKey)}, nil
}

// denial is an error if the query says that no authorization was given.
func denial(query url.Values) error {
	reason, denied := authpage.Denial(query)
	switch {
	case !denied:
		return nil
	case reason == "":
		return fmt.Errorf("tiktokshop: ParseCallback: %w", ErrAuthorizationDenied)
	}
	return fmt.Errorf("tiktokshop: ParseCallback: %w: %s", ErrAuthorizationDenied, reason)
}

// DefaultAuthBaseURL is the host that exchanges codes and refreshes tokens.
const DefaultAuthBaseURL = "https://auth.tiktok-shops.com"

// maxTokenAnswer bounds an answer of the token host.
const maxTokenAnswer = 1 << 20

// Auth gets tokens. Its requests are not signed: they carry app secret, code and refresh token in
// the URL, because the platform wants them there, so no error and no log shows a URL, and an error
// has no Body. No request is ever sent twice, as the second could use up what the first was
// answered for. A Client needs no access token for it.
//
// Source: https://partner.tiktokshop.com/docv2/page/authorization-overview-202407
type Auth struct{ client *Client }

var (
	opExchangeCode = &Operation{Name: "Auth.ExchangeCode", Method: http.MethodGet,
		Path: "/api/v2/token/get"}
	opRefreshToken = &Operation{Name: "Auth.RefreshToken", Method: http.MethodGet,
		Path: "/api/v2/token/refresh"}
)

// ExchangeCode turns a Callback's code into a token. A code works once: if the answer is lost, the
// account has to authorize again. Errors: ErrAuthCodeInvalid; *TransportError if no answer came.
func (a *Auth) ExchangeCode(
	ctx context.Context, code token.Secret, opts ...Option,
) (*token.Token, error) {
	return a.request(ctx, opExchangeCode, "auth_code", "authorized_code", code, opts)
}

// RefreshToken turns a refresh token into a new pair. Take the old pair as used up, and store the
// new one before it is used; a source made by TokenSource does, and is what most programs want
// instead. Errors: ErrRefreshTokenInvalid; *TransportError if no answer came, when the refresh may
// or may not have happened.
func (a *Auth) RefreshToken(
	ctx context.Context, refreshToken token.Secret, opts ...Option,
) (*token.Token, error) {
	return a.request(ctx, opRefreshToken, "refresh_token", "refresh_token", refreshToken, opts)
}

// TokenSource returns a source for an account's token that is stored, or that its Put will store.
// It refreshes through this client and has the client's app key, logger and clock unless the
// options name others. Bad options are an *InputError each.
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
	refresher := token.RefresherFunc(func(
		ctx context.Context, refreshToken token.Secret,
	) (*token.Token, error) {
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
	ctx context.Context, op *Operation, key, grantType string, credential token.Secret,
	opts []Option,
) (*token.Token, error) {
	if ctx == nil {
		return nil, op.inputError("context", "is nil")
	}
	cfg, err := a.api().config(opts)
	if err != nil {
		return nil, err
	}
	if reason := bind.Credential(credential.Reveal()); reason != "" {
		return nil, op.inputError(strings.ReplaceAll(key, "_", " "), "%s", reason)
	}
	receivedAt := cfg.now()
	var t *token.Token
	inv := &invocation{prepared: prepared{
		cfg: cfg.forTokenHost(), op: op, path: op.Path, stamp: -1, closing: true,
		params: []bind.Param{{Key: paramAppKey, Value: cfg.signer.appKey},
			{Key: "grant_type", Value: grantType}},
		hidden: []hiddenParam{{"app_secret", cfg.signer.secret}, {key, credential}},
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

// forTokenHost is the configuration for a request to the token host: no access token, one attempt,
// no limiter, as the quotas are those of the API.
func (cfg *config) forTokenHost() *config {
	own, never := *cfg, false
	own.scheme, own.host = cfg.authBase.Scheme, cfg.authBase.Host
	own.tokens, own.limiter = nil, nil
	own.retry.MaxAttempts, own.repeatSafe = 1, &never
	own.maxResponseBytes = min(cfg.maxResponseBytes, maxTokenAnswer)
	return &own
}

var errNoAccessToken = errors.New("the answer has no access token")

// decodeToken reads a token.
func (inv *invocation) decodeToken(ans *answer, creds *credentials) (*token.Token, error) {
	var fields map[string]json.RawMessage
	if err := inv.decode(ans, creds, &fields); err != nil {
		return nil, err
	}
	t := tokenhost.Token(fields)
	if bind.Credential(t.AccessToken.Reveal()) != "" {
		return nil, inv.apiError(ans, creds, ErrInvalidResponse, errNoAccessToken)
	}
	return t, nil
}

// WithTokenSource sets where the access token of each attempt comes from. Of it and
// WithAccessToken the last one given holds.
func WithTokenSource(source token.Source) Option {
	return func(c *config) error {
		if bind.IsNil(source) {
			return &InputError{Field: "token source", Reason: "is nil"}
		}
		c.tokens, c.given = source, new(scrub.Memory)
		return nil
	}
}

// staticToken is the source of a token that never changes.
type staticToken struct{ token token.Secret }

func (s staticToken) AccessToken(context.Context) (token.Secret, error) { return s.token, nil }

// tokenOwner is the same for all tokens of one source: a refreshed one has the same quota.
func tokenOwner(source token.Source) string {
	switch s := source.(type) {
	case staticToken:
		return s.token.Reveal()
	case *token.RefreshingSource:
		return s.Key().OpenID
	}
	return fmt.Sprintf("%T %p", source, source)
}

// TokenError is a call for which the token source had no token. Its cause is what the source
// reported, such as [token.ErrRefused]: the account must authorize the app again.
type TokenError struct {
	// Operation is the name of the Operation.
	Operation string
	// Err is what the source reported. Where that shows a secret it has a clean text instead, in
	// which errors.Is finds the same and errors.As what showed none.
	Err error
}

// Error names the operation and the cause.
func (e *TokenError) Error() string {
	return "tiktokshop: " + e.Operation + ": no access token: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// tokenError describes the failure of the source, which knows more secrets than a call does.
func (inv *invocation) tokenError(err error, secrets ...string) error {
	return &TokenError{inv.op.Name,
		inv.cfg.given.Foreign(err, append(secrets, inv.cfg.signer.secret.Reveal())...)}
}

// unusableTokenError says what is wrong with the token of a source.
type unusableTokenError string

func (e unusableTokenError) Error() string {
	return "the token that the source returned " + string(e)
}
func (unusableTokenError) Retryable() bool { return false }

// accessToken returns the token of the next attempt: the one just renewed, or what the source gives
// out. A request to the token host has none.
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
		return token.Secret{}, inv.tokenError(err)
	}
	inv.cfg.given.Keep(access.Reveal())
	if reason := bind.Credential(access.Reveal()); reason != "" {
		return token.Secret{}, &TokenError{Operation: inv.op.Name, Err: unusableTokenError(reason)}
	}
	return access, nil
}

// tokenRefused reports whether the token was refused and the source may have another one.
func (inv *invocation) tokenRefused(err error) bool {
	_, ok := inv.cfg.tokens.(token.Renewer)
	return ok && (errors.Is(err, ErrTokenExpired) || errors.Is(err, ErrTokenInvalid))
}

// renewToken gets another token than the one that was refused; the error is the refusal if none.
func (inv *invocation) renewToken(ctx context.Context, at *attempt, refusal error) error {
	refused := token.NewSecret(at.token)
	access, err := inv.cfg.tokens.(token.Renewer).RenewAccessToken(ctx, refused, refusal)
	switch {
	case err == refusal:
		return refusal
	case err != nil:
		return inv.tokenError(err, at.token)
	case access.Equal(refused):
		return refusal
	}
	inv.token = access
	return nil
}
