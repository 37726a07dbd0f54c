package tiktokshoptest_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// visit gets a page without following its redirect.
func visit(t *testing.T, address string) (*http.Response, url.Values) {
	t.Helper()
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	require.NoError(t, err)
	return res, back.Query()
}

func TestAuthorizationPage(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddAccount(tiktokshoptest.Account{OpenID: "creator", UserType: token.UserTypeCreator})
	srv.SetRedirectURL("https://app.example/back?keep=1")
	auth := srv.Client().Auth

	link, err := auth.PartnerLink(tiktokshop.MarketUS, tiktokshoptest.ServiceID, "state-1")
	require.NoError(t, err)
	res, back := visit(t, srv.PageURL(link))
	assert.Equal(t, http.StatusFound, res.StatusCode)
	assert.Equal(t, "1", back.Get("keep"))
	callback, err := tiktokshop.ParseCallback(back, "state-1")
	require.NoError(t, err)
	pair, err := auth.ExchangeCode(t.Context(), callback.Code)
	require.NoError(t, err)
	assert.Equal(t, "creator", pair.OpenID)

	link, err = auth.CreatorLink("state-2")
	require.NoError(t, err)
	_, back = visit(t, srv.PageURL(link))
	callback, err = tiktokshop.ParseCallback(back, "state-2")
	require.NoError(t, err)
	assert.Equal(t, tiktokshoptest.AppKey, callback.AppKey)

	srv.DenyNextAuthorization()
	_, back = visit(t, srv.PageURL(link))
	assert.Equal(t, "null", back.Get("code"))
	_, err = tiktokshop.ParseCallback(back, "state-2")
	assert.ErrorIs(t, err, tiktokshop.ErrAuthorizationDenied)
	_, back = visit(t, srv.PageURL(link))
	assert.NotEqual(t, "null", back.Get("code"), "one denial")

	for _, path := range []string{"/open/authorize?service_id=1&state=s", "/alliance/creator/auth?app_key=" + tiktokshoptest.AppKey} {
		res, _ = visit(t, srv.URL+path)
		assert.Equal(t, http.StatusBadRequest, res.StatusCode, path)
	}
}

func TestAuthorizationPageMakesUpAPartner(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	link, err := srv.Client().Auth.SellerLink(tiktokshop.MarketGlobal, tiktokshoptest.ServiceID, "s")
	require.NoError(t, err)
	_, back := visit(t, srv.PageURL(link))
	pair, err := srv.Client().Auth.ExchangeCode(t.Context(), token.NewSecret(back.Get("code")))
	require.NoError(t, err)
	assert.Equal(t, token.UserTypePartner, pair.UserType)
}

func TestCodesEnd(t *testing.T) {
	t.Parallel()
	c := newClock()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(c.now))
	open := srv.AddAccount(tiktokshoptest.Account{})
	auth := srv.Client().Auth
	code := srv.IssueCode(open)
	c.advance(30 * time.Minute)
	_, err := auth.ExchangeCode(t.Context(), code)
	require.NoError(t, err)
	code = srv.IssueCode(open)
	c.advance(30*time.Minute + time.Second)
	_, err = auth.ExchangeCode(t.Context(), code)
	assert.ErrorIs(t, err, tiktokshop.ErrAuthCodeInvalid)
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	c := newClock()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(c.now))
	open := srv.AddAccount(tiktokshoptest.Account{Scopes: []string{"seller.authorization.info"}})
	srv.SetTokenLifetimes(time.Hour, 2*time.Hour)
	call := func(pair *token.Token) error {
		_, err := srv.Client(tiktokshop.WithAccessToken(pair.AccessToken.Reveal())).Authorization.AuthorizedShops(t.Context())
		return err
	}
	pair := srv.IssueToken(open)
	require.NoError(t, call(pair))
	_, err := srv.Client(tiktokshop.WithAccessToken(pair.AccessToken.Reveal())).Authorization.AuthorizedCategoryAssets(t.Context())
	assert.ErrorIs(t, err, tiktokshop.ErrPermission, "a scope that was not granted")
	c.advance(time.Hour)
	assert.ErrorIs(t, call(pair), tiktokshop.ErrTokenExpired)
	pair, err = srv.Client().Auth.RefreshToken(t.Context(), pair.RefreshToken)
	require.NoError(t, err)
	require.NoError(t, call(pair))
	c.advance(time.Hour)
	_, err = srv.Client().Auth.RefreshToken(t.Context(), pair.RefreshToken)
	assert.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid, "a refresh does not make the authorization longer")
	srv.RevokeAuthorization(open)
	assert.ErrorIs(t, call(pair), tiktokshop.ErrTokenInvalid)
	_, err = srv.Client().Authorization.AuthorizedShops(t.Context())
	assert.NoError(t, err, "AccessToken is nobody's business")
}

func TestRotation(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		rotation                 tiktokshoptest.Rotation
		endOldAccess             bool
		beforeUse, afterUse      bool // whether the old refresh token is taken
		oldAccessAfterTheRefresh error
	}{
		{tiktokshoptest.BurnAtOnce, false, false, false, nil},
		{tiktokshoptest.BurnOnFirstUse, true, true, false, tiktokshop.ErrTokenExpired},
		{tiktokshoptest.KeepRefreshTokens, false, true, true, nil},
	} {
		srv := tiktokshoptest.NewServer(t)
		srv.SetRotation(tc.rotation, tc.endOldAccess)
		open := srv.AddAccount(tiktokshoptest.Account{})
		first := srv.IssueToken(open)
		second, err := srv.Client().Auth.RefreshToken(t.Context(), first.RefreshToken)
		require.NoError(t, err)
		assert.Equal(t, tc.beforeUse, srv.TakesRefreshToken(first.RefreshToken))
		_, err = srv.Client(tiktokshop.WithAccessToken(second.AccessToken.Reveal())).Authorization.AuthorizedShops(t.Context())
		require.NoError(t, err)
		assert.Equal(t, tc.afterUse, srv.TakesRefreshToken(first.RefreshToken))
		_, err = srv.Client(tiktokshop.WithAccessToken(first.AccessToken.Reveal())).Authorization.AuthorizedShops(t.Context())
		assert.ErrorIs(t, err, tc.oldAccessAfterTheRefresh)
		assert.Equal(t, 1, srv.Refreshes(open))
	}
}

func TestFaultsReachTheTokenHost(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	open := srv.AddAccount(tiktokshoptest.Account{})
	pair := srv.IssueToken(open)
	srv.FailNext(1, tiktokshoptest.Fault{Drop: true, Processed: true})
	_, err := srv.Client().Auth.RefreshToken(t.Context(), pair.RefreshToken)
	var lost *tiktokshop.TransportError
	require.ErrorAs(t, err, &lost)
	assert.False(t, srv.TakesRefreshToken(pair.RefreshToken), "rotated, and the answer is lost")
	assert.Equal(t, 1, srv.Refreshes(open))
}
