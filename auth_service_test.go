package tiktokshop_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestExchangeAndRefresh(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(func() time.Time { return now }))
	srv.AddAccount(tiktokshoptest.Account{
		OpenID: "open-1", Name: "Agency", Region: "GB", UserType: token.UserTypePartner,
		Scopes: []string{"partner.tap_campaign.read"},
	})
	auth := srv.Client().Auth
	first, err := auth.ExchangeCode(t.Context(), srv.IssueCode("open-1"))
	require.NoError(t, err)
	assert.False(t, first.AccessToken.IsZero())
	assert.False(t, first.RefreshToken.IsZero())
	assert.True(t, first.AccessTokenExpiresAt.Equal(now.Add(7*24*time.Hour)),
		"absolute, not a duration: %v", first.AccessTokenExpiresAt)
	assert.True(t, first.RefreshTokenExpiresAt.Equal(now.Add(365*24*time.Hour)))
	assert.Equal(t, "open-1", first.OpenID)
	assert.Equal(t, "Agency", first.SellerName)
	assert.Equal(t, "GB", first.SellerRegion)
	assert.Equal(t, token.UserTypePartner, first.UserType)
	assert.Equal(t, []string{"partner.tap_campaign.read"}, first.GrantedScopes)
	assert.True(t, first.ReceivedAt.Equal(now))

	second, err := auth.RefreshToken(t.Context(), first.RefreshToken)
	require.NoError(t, err)
	assert.False(t, second.AccessToken.Equal(first.AccessToken))
	assert.False(t, second.RefreshToken.Equal(first.RefreshToken))

	requests := srv.Requests()
	require.Len(t, requests, 2)
	for i, want := range []url.Values{
		{"auth_code": nil, "grant_type": {"authorized_code"}},
		{"refresh_token": {first.RefreshToken.Reveal()}, "grant_type": {"refresh_token"}},
	} {
		q, err := url.ParseQuery(requests[i].RawQuery)
		require.NoError(t, err)
		assert.Len(t, q, 4, "app_key, app_secret and two more, no sign")
		for k, v := range want {
			if v != nil {
				assert.Equal(t, v, q[k])
			}
		}
		assert.Empty(t, requests[i].Header.Get("X-Tts-Access-Token"))
	}
}

func TestTokenHostRefusalsAreKinds(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddAccount(tiktokshoptest.Account{OpenID: "o"})
	auth := srv.Client().Auth
	code := srv.IssueCode("o")
	_, err := auth.ExchangeCode(t.Context(), code)
	require.NoError(t, err)
	_, err = auth.ExchangeCode(t.Context(), code)
	assert.ErrorIs(t, err, tiktokshop.ErrAuthCodeInvalid, "used")
	_, err = auth.ExchangeCode(t.Context(), token.NewSecret("ROW_made-up"))
	assert.ErrorIs(t, err, tiktokshop.ErrAuthCodeInvalid, "unknown")

	pair := srv.IssueToken("o")
	srv.ExpireRefreshTokens("o")
	_, err = auth.RefreshToken(t.Context(), pair.RefreshToken)
	assert.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid, "expired")
	pair = srv.IssueToken("o")
	srv.RevokeAuthorization("o")
	_, err = auth.RefreshToken(t.Context(), pair.RefreshToken)
	assert.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid, "revoked")
	var apiErr *tiktokshop.APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, 36004005, apiErr.Code)
	assert.Equal(t, "Auth.RefreshToken", apiErr.Operation)
	assert.NotEmpty(t, apiErr.RequestID)
	assert.False(t, apiErr.Retryable())

	wrong, err := tiktokshop.NewClient(tiktokshoptest.AppKey, "another-secret",
		tiktokshop.WithAuthBaseURL(srv.URL))
	require.NoError(t, err)
	_, err = wrong.Auth.ExchangeCode(t.Context(), srv.IssueCode("o"))
	assert.ErrorIs(t, err, tiktokshop.ErrInvalidRequest)

	var input *tiktokshop.InputError
	_, err = auth.ExchangeCode(t.Context(), token.Secret{})
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "auth code", input.Field)
	_, err = auth.RefreshToken(t.Context(), token.NewSecret("a b"))
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "refresh token", input.Field)
}

// answerWith is a token host that answers everything alike.
func answerWith(t *testing.T, status int, header http.Header, body string) *tiktokshop.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range header {
			w.Header()[k] = v
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return newApp(t, tiktokshop.WithAuthBaseURL(srv.URL))
}

func TestOddFieldsDoNotCostAToken(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"numbers as strings": `{"code":"0","data":{"access_token":"acc","access_token_expire_in":"1660556783","refresh_token":"ref","user_type":"3","granted_scopes":["a",""]}}`,
		"odd shapes":         `{"code":0,"data":{"access_token":"acc","access_token_expire_in":1660556783,"refresh_token":"ref","open_id":{"x":1},"seller_name":7,"seller_base_region":[],"user_type":3,"granted_scopes":"a"}}`,
		"nulls":              `{"code":0,"data":{"access_token":"acc","access_token_expire_in":1660556783,"refresh_token":"ref","open_id":null,"user_type":3,"granted_scopes":null}}`,
		"unknown fields":     `{"code":0,"message":"success","data":{"new":{},"access_token":"acc","access_token_expire_in":1660556783,"refresh_token":"ref","refresh_token_expire_in":"soon","user_type":3}}`,
	} {
		pair, err := answerWith(t, 200, nil, body).Auth.RefreshToken(t.Context(),
			token.NewSecret("old"))
		require.NoError(t, err, name)
		assert.Equal(t, "acc", pair.AccessToken.Reveal(), name)
		assert.Equal(t, "ref", pair.RefreshToken.Reveal(), name)
		assert.Equal(t, int64(1660556783), pair.AccessTokenExpiresAt.Unix(), name)
		assert.Equal(t, token.UserTypePartner, pair.UserType, name)
	}
}

// Secrets of the requests and answers below.
var authSecrets = []string{"app-secret-e59af819cc", "the-code/+=", "the-code%2F%2B%3D",
	"new-access", "new-refresh"}

func TestTokenHostErrorsShowNoSecret(t *testing.T) {
	t.Parallel()
	pair := `"access_token":"new-access","refresh_token":"new-refresh"`
	redirect := make(http.Header)
	redirect.Set("Location",
		"http://127.0.0.1:1/?app_secret=app-secret-e59af819cc&auth_code=the-code/+=")
	for name, c := range map[string]*tiktokshop.Client{
		"echo": answerWith(t, 400, nil,
			`{"code":1,"message":"bad app_secret=app-secret-e59af819cc&auth_code=the-code%2F%2B%3D","request_id":"the-code/+="}`),
		"cut short": answerWith(t, 200, http.Header{"Content-Length": {"999"}},
			`{"code":0,"data":{`+pair),
		"not JSON":      answerWith(t, 200, nil, `<html>`+pair),
		"contradiction": answerWith(t, 500, nil, `{"code":0,"data":{`+pair+`}}`),
		"no code":       answerWith(t, 200, nil, `{"data":{`+pair+`}}`),
		"other shape":   answerWith(t, 200, nil, `{"code":0,"data":"new-access new-refresh"}`),
		"no access": answerWith(t, 200, nil,
			`{"code":0,"data":{"access_token":"","refresh_token":"new-refresh"}}`),
		"redirect": answerWith(t, 302, redirect, ""),
		"too large": answerWith(t, 200, nil,
			`{"code":0,"data":{`+pair+`,"x":"`+strings.Repeat("x", 1<<20)+`"}}`),
		"dial": newApp(t, tiktokshop.WithAuthBaseURL("http://127.0.0.1:1")),
		"quoting transport": newApp(t,
			tiktokshop.WithHTTPClient(&http.Client{Transport: roundTripper(func(
				r *http.Request,
			) (*http.Response, error) {
				return nil, &url.Error{Op: "Get", URL: r.URL.String(),
					Err: errors.New("proxy: cannot get " + r.URL.String())}
			})})),
	} {
		var log bytes.Buffer
		c, err := c.With(tiktokshop.WithLogger(slog.New(slog.NewTextHandler(
			&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		require.NoError(t, err)
		_, err = c.Auth.ExchangeCode(t.Context(), token.NewSecret("the-code/+="))
		require.Error(t, err, name)
		for e := err; e != nil; e = errors.Unwrap(e) {
			secrettest.AssertHides(t, e, authSecrets...)
			var inner *url.Error
			assert.False(t, errors.As(e, &inner), "%s: *url.Error holds the URL", name)
			if name == "dial" {
				assert.NotContains(t, e.Error(), "grant_type")
			}
		}
		assert.NotEmpty(t, log.String(), name)
		for _, s := range authSecrets {
			assert.NotContains(t, log.String(), s, name)
		}
	}
}

func TestTokenHostRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var visited atomic.Int32
	other := httptest.NewServer(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited.Add(1) }))
	t.Cleanup(other.Close)
	c := answerWith(t, 307, http.Header{"Location": {other.URL}}, "")
	_, err := c.Auth.ExchangeCode(t.Context(), token.NewSecret("code"))
	assert.ErrorContains(t, err, "redirect")
	assert.Zero(t, visited.Load())
}

// droppingHost is a server that keeps connections, and closes the one on which it is asked for a
// refresh with the token "drop", without an answer.
type droppingHost struct {
	net.Listener
	dropped, connections atomic.Int32
}

func newDroppingHost(t *testing.T) *droppingHost {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	h := &droppingHost{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h.connections.Add(1)
			go h.serve(conn)
		}
	}()
	return h
}

func (h *droppingHost) serve(conn net.Conn) {
	defer conn.Close()
	for r := bufio.NewReader(conn); ; {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if req.URL.Query().Get("refresh_token") == "drop" {
			h.dropped.Add(1)
			return
		}
		const body = `{"code":0,"data":{"access_token":"a","refresh_token":"r"}}`
		_, _ = fmt.Fprintf(conn,
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			len(body), body)
	}
}

func (h *droppingHost) url() string { return "http://" + h.Addr().String() }

// A GET is repeated by net/http itself when a kept connection breaks before the answer. The token
// host may have handed out a pair by then.
func TestTokenRequestsAreNeverSentTwice(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]bool{"a host of its own": false,
		"the host of the calls": true} {
		auth := newDroppingHost(t)
		api := auth
		if !shared {
			api = newDroppingHost(t)
		}
		transport := &http.Transport{MaxConnsPerHost: 1}
		t.Cleanup(transport.CloseIdleConnections)
		c := newApp(t, tiktokshop.WithBaseURL(api.url()), tiktokshop.WithAuthBaseURL(auth.url()),
			tiktokshop.WithAccessToken("token"),
			tiktokshop.WithHTTPClient(&http.Client{Transport: transport}))
		const rounds = 5
		for i := range int32(rounds) {
			// These leave a connection to be used again, if they can.
			_, err := c.Auth.RefreshToken(t.Context(), token.NewSecret("refresh"))
			require.NoError(t, err)
			_, err = authorization.New(c).GetAuthorizedShops(t.Context(), nil)
			require.NoError(t, err)
			_, err = c.Auth.RefreshToken(t.Context(), token.NewSecret("drop"))
			var lost *tiktokshop.TransportError
			require.ErrorAs(t, err, &lost)
			assert.Equal(t, i+1, auth.dropped.Load(), "%s: sent more than once", name)
		}
		if shared {
			assert.Less(t, auth.connections.Load(), int32(3*rounds),
				"no token request met a kept connection: the test shows nothing")
		}
	}
}

func TestAuthBaseURLIsChecked(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "http://auth.example", "https://auth.example/prefix",
		"https://user:pw@auth.example", "ftp://x"} {
		_, err := tiktokshop.NewClient("k", "s", tiktokshop.WithAuthBaseURL(bad))
		var input *tiktokshop.InputError
		require.ErrorAs(t, err, &input, bad)
		assert.Equal(t, "auth base URL", input.Field)
	}
}
