package tiktokshop

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
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
func (a *Auth) ExchangeCode(ctx context.Context, code Secret, opts ...Option) (*Token, error) {
	return a.request(ctx, opExchangeCode, "auth_code", "authorized_code", code, opts)
}

// RefreshToken turns a refresh token into a new pair. Take the old pair as used up, and store the new one before it
// is used; a source made by TokenSource does, and is what most programs want instead. Errors: ErrRefreshTokenInvalid;
// *TransportError if no answer came, when the refresh may or may not have happened.
func (a *Auth) RefreshToken(ctx context.Context, refreshToken Secret, opts ...Option) (*Token, error) {
	return a.request(ctx, opRefreshToken, "refresh_token", "refresh_token", refreshToken, opts)
}

// request makes one request to the token host.
func (a *Auth) request(ctx context.Context, op *Operation, key, grantType string, credential Secret, opts []Option) (*Token, error) {
	if ctx == nil {
		return nil, op.inputError("context", "is nil")
	}
	cfg, err := a.client.config(opts)
	if err != nil {
		return nil, err
	}
	if reason := credentialProblem(credential.Reveal()); reason != "" {
		return nil, op.inputError(strings.ReplaceAll(key, "_", " "), "%s", reason)
	}
	bounded := *cfg
	bounded.maxResponseBytes = min(cfg.maxResponseBytes, maxTokenAnswer)
	inv := &invocation{cfg: &bounded, op: op, path: op.Path, upload: notStreamed{}}
	start, receivedAt := time.Now(), cfg.now()
	ctx, endCall := inv.startObserved(ctx, 0)
	inv.made = 1
	attemptCtx, endAttempt := inv.startObserved(ctx, inv.made)
	creds := &credentials{token: credential.Reveal()}
	ans, err := inv.tokenRoundTrip(attemptCtx, creds, url.Values{
		paramAppKey:  {cfg.signer.appKey},
		"app_secret": {cfg.signer.secret.reveal()},
		key:          {creds.token},
		"grant_type": {grantType},
	})
	var token *Token
	if err == nil {
		token, err = inv.decodeToken(ans, creds)
	}
	endAttempt.attempt(attemptCtx, inv, start, ans, err)
	if err != nil {
		inv.describe(err, time.Since(start))
	}
	endCall.call(inv, start, ans, err)
	if err != nil {
		return nil, err
	}
	token.ReceivedAt = receivedAt
	return token, nil
}

// tokenRoundTrip sends a request that must not be sent twice. net/http repeats a GET by itself if a kept connection
// breaks, so the connection is a new one; where it may be shared with other calls, a body that
// cannot be read again forbids the repeat.
func (inv *invocation) tokenRoundTrip(ctx context.Context, creds *credentials, query url.Values) (*answer, error) {
	cfg := inv.cfg
	return inv.exchange(ctx, creds, func(ctx context.Context) *http.Request {
		req := &http.Request{
			Method: inv.op.Method,
			URL:    &url.URL{Scheme: cfg.authBase.Scheme, Host: cfg.authBase.Host, Path: inv.path, RawQuery: query.Encode()},
			Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Host:   cfg.authBase.Host,
			Header: http.Header{"User-Agent": {cfg.userAgent}, "Accept": {"application/json"}},
			Close:  true,
		}
		if cfg.authBase.Host == cfg.host {
			req.Body = unrepeatable{}
		}
		return req.WithContext(ctx)
	})
}

// unrepeatable is an empty body, which net/http leaves away, that has no GetBody.
type unrepeatable struct{}

func (unrepeatable) Read([]byte) (int, error) { return 0, io.EOF }
func (unrepeatable) Close() error             { return nil }

var errNoAccessToken = errors.New("the answer has no access token")

// decodeToken reads a token. Only the access token must be as expected: an odd field beside it
// must not cost a pair that the platform hands out once.
func (inv *invocation) decodeToken(ans *answer, creds *credentials) (*Token, error) {
	var fields map[string]json.RawMessage
	err := inv.decode(ans, creds, &fields)
	field := func(name string, into any) {
		if raw, ok := fields[name]; ok {
			_ = json.Unmarshal(raw, into)
		}
	}
	var t Token
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
		t.UserType = UserType(n)
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
