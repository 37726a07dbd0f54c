package tiktokshoptest_test

import (
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// visit gets a page without following its redirect.
func visit(t *testing.T, address string) (*http.Response, url.Values) {
	t.Helper()
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	res, err := client.Get(address)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	require.NoError(t, err)
	return res, back.Query()
}

// TestAuthorizationPage follows a link of each kind: the token is of an account of that kind, the
// first that was added or the one that the test chooses.
func TestAuthorizationPage(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	for _, a := range []tiktokshoptest.Account{
		{OpenID: "creator", UserType: token.UserTypeCreator}, {OpenID: "seller"},
		{OpenID: "partner", UserType: token.UserTypePartner},
		{OpenID: "seller-2", UserType: token.UserTypeGlobalSeller},
		{OpenID: "seller-3", UserType: token.UserTypeGlobalSellerNew},
		{OpenID: "partner-2", UserType: token.UserTypePartnerAccount},
		{OpenID: "creator-2", UserType: token.UserTypeCreator},
	} {
		srv.AddAccount(a)
	}
	srv.SetRedirectURL("https://app.example/back?keep=1")
	auth := srv.Client().Auth
	links := make(map[string]string)
	for _, market := range []tiktokshop.Market{tiktokshop.MarketGlobal, tiktokshop.MarketUS} {
		seller, err := auth.SellerLink(market, tiktokshoptest.ServiceID, "s")
		require.NoError(t, err)
		partner, err := auth.PartnerLink(market, tiktokshoptest.ServiceID, "s")
		require.NoError(t, err)
		links["seller, "+seller], links["partner, "+partner] = seller, partner
	}
	creator, err := auth.CreatorLink("s")
	require.NoError(t, err)
	links["creator, "+creator] = creator

	openID := func(address string) string {
		res, back := visit(t, address)
		assert.Equal(t, http.StatusFound, res.StatusCode)
		assert.Equal(t, "1", back.Get("keep"))
		callback, err := tiktokshop.ParseCallback(back, "s")
		require.NoError(t, err)
		pair, err := auth.ExchangeCode(t.Context(), callback.Code)
		require.NoError(t, err)
		return pair.OpenID
	}
	of := map[string][]string{"seller": {"seller", "seller-2", "seller-3"},
		"partner": {"partner", "partner-2"}, "creator": {"creator", "creator-2"}}
	for name, link := range links {
		kind, _, _ := strings.Cut(name, ",")
		assert.Equal(t, kind, openID(srv.PageURL(link)), "the first account of the kind")
		for other, accounts := range of {
			for _, account := range accounts {
				if other == kind {
					assert.Equal(t, account, openID(srv.PageURLAs(link, account)))
					continue
				}
				res, _ := visit(t, srv.PageURLAs(link, account))
				assert.Equal(t, http.StatusBadRequest, res.StatusCode, "%s at a %s's link", account,
					kind)
			}
		}
		assert.Panics(t, func() { srv.PageURLAs(link, "nobody") })
	}

	_, back := visit(t, srv.PageURL(creator))
	callback, err := tiktokshop.ParseCallback(back, "s")
	require.NoError(t, err)
	assert.Equal(t, tiktokshoptest.AppKey, callback.AppKey)

	srv.DenyNextAuthorization()
	_, back = visit(t, srv.PageURL(creator))
	assert.Equal(t, "null", back.Get("code"))
	_, err = tiktokshop.ParseCallback(back, "s")
	assert.ErrorIs(t, err, tiktokshop.ErrAuthorizationDenied)
	_, back = visit(t, srv.PageURL(creator))
	assert.NotEqual(t, "null", back.Get("code"), "one denial")

	for _, path := range []string{"/open/authorize?service_id=1&state=s",
		"/alliance/creator/auth?app_key=" + tiktokshoptest.AppKey,
		"/partner/open/authorize?state=s"} {
		res, _ := visit(t, srv.URL+path)
		assert.Equal(t, http.StatusBadRequest, res.StatusCode, path)
	}
}

// TestBrowserChooses: a person sees the accounts of the link's kind, and a click on one of them, or
// on the refusal, goes back to the app.
func TestBrowserChooses(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddAccount(tiktokshoptest.Account{OpenID: "partner", UserType: token.UserTypePartner})
	srv.AddAccount(tiktokshoptest.Account{OpenID: "one", Name: "One & <b>only</b>"})
	srv.AddAccount(tiktokshoptest.Account{OpenID: "a&b", Name: "Two"})
	auth := srv.Client().Auth
	link, err := auth.SellerLink(tiktokshop.MarketGlobal, tiktokshoptest.ServiceID, "s")
	require.NoError(t, err)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.PageURL(link), nil)
	require.NoError(t, err)
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, res.StatusCode)
	assert.Contains(t, res.Header.Get("Content-Type"), "text/html")
	assert.Contains(t, string(page), "One &amp; &lt;b&gt;only&lt;/b&gt; (seller, one)")
	assert.NotContains(t, string(page), "partner")

	var choices []string
	for _, href := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(string(page),
		-1) {
		next, err := req.URL.Parse(html.UnescapeString(href[1]))
		require.NoError(t, err)
		_, back := visit(t, next.String())
		callback, err := tiktokshop.ParseCallback(back, "s")
		if errors.Is(err, tiktokshop.ErrAuthorizationDenied) {
			choices = append(choices, "refused")
			continue
		}
		require.NoError(t, err)
		pair, err := auth.ExchangeCode(t.Context(), callback.Code)
		require.NoError(t, err)
		choices = append(choices, pair.OpenID)
	}
	assert.Equal(t, []string{"one", "a&b", "refused"}, choices)
}

// TestAuthorizationPageMakesUpAnAccount: without accounts there is one of the link's kind.
func TestAuthorizationPageMakesUpAnAccount(t *testing.T) {
	t.Parallel()
	auth := tiktokshoptest.NewServer(t).Client().Auth
	seller, err := auth.SellerLink(tiktokshop.MarketGlobal, tiktokshoptest.ServiceID, "s")
	require.NoError(t, err)
	partner, err := auth.PartnerLink(tiktokshop.MarketUS, tiktokshoptest.ServiceID, "s")
	require.NoError(t, err)
	creator, err := auth.CreatorLink("s")
	require.NoError(t, err)
	for _, tc := range []struct {
		name, link string
		want       token.UserType
	}{
		{"seller", seller, token.UserTypeSeller},
		{"partner", partner, token.UserTypePartner},
		{"creator", creator, token.UserTypeCreator},
		{"a link without a host", "/open/authorize?service_id=" + tiktokshoptest.ServiceID,
			token.UserTypePartner},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.NewServer(t)
			srv.AddAccount(tiktokshoptest.Account{OpenID: "of-no-kind", UserType: 9})
			_, back := visit(t, srv.PageURL(tc.link))
			pair, err := srv.Client().Auth.ExchangeCode(t.Context(),
				token.NewSecret(back.Get("code")))
			require.NoError(t, err)
			assert.Equal(t, tc.want, pair.UserType)
			assert.Equal(t, "US", pair.SellerRegion)
		})
	}
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
		_, err := authorization.New(
			srv.Client(tiktokshop.WithAccessToken(
				pair.AccessToken.Reveal()))).GetAuthorizedShops(t.Context(), nil)
		return err
	}
	pair := srv.IssueToken(open)
	require.NoError(t, call(pair))
	_, err := authorization.New(
		srv.Client(tiktokshop.WithAccessToken(
			pair.AccessToken.Reveal()))).GetAuthorizedCategoryAssets(t.Context(), nil)
	assert.ErrorIs(t, err, tiktokshop.ErrPermission, "a scope that was not granted")
	c.advance(time.Hour)
	assert.ErrorIs(t, call(pair), tiktokshop.ErrTokenExpired)
	pair, err = srv.Client().Auth.RefreshToken(t.Context(), pair.RefreshToken)
	require.NoError(t, err)
	require.NoError(t, call(pair))
	c.advance(time.Hour)
	_, err = srv.Client().Auth.RefreshToken(t.Context(), pair.RefreshToken)
	assert.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid,
		"a refresh does not make the authorization longer")
	srv.RevokeAuthorization(open)
	assert.ErrorIs(t, call(pair), tiktokshop.ErrTokenInvalid)
	_, err = authorization.New(srv.Client()).GetAuthorizedShops(t.Context(), nil)
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
		_, err = authorization.New(
			srv.Client(tiktokshop.WithAccessToken(
				second.AccessToken.Reveal()))).GetAuthorizedShops(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, tc.afterUse, srv.TakesRefreshToken(first.RefreshToken))
		_, err = authorization.New(
			srv.Client(tiktokshop.WithAccessToken(
				first.AccessToken.Reveal()))).GetAuthorizedShops(t.Context(), nil)
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
