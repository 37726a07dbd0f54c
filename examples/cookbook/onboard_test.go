package cookbook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// onboarding is what a web site needs for sellers to connect their shops to the app.
type onboarding struct {
	app       *tiktokshop.Client // of NewClient, without a token
	serviceID string
	tokens    token.Store // a database, encrypted: see token.Encrypt
	// saveShop keeps which account a shop belongs to, and its cipher.
	saveShop func(ctx context.Context, openID string, shop authorization.AuthorizedShop) error
}

// login sends a seller to TikTok Shop. The state ties the way back to this browser.
func (o *onboarding) login(w http.ResponseWriter, r *http.Request) {
	state := tiktokshop.NewState()
	link, err := o.app.Auth.SellerLink(tiktokshop.MarketUS, o.serviceID, state)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: "state", Value: state, Path: "/", MaxAge: 1800,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, link, http.StatusFound)
}

// callback is the app's redirect URL, where sellers come back to.
func (o *onboarding) callback(w http.ResponseWriter, r *http.Request) {
	var state string
	if cookie, err := r.Cookie("state"); err == nil {
		state = cookie.Value
	}
	back, err := tiktokshop.ParseCallback(r.URL.Query(), state)
	switch {
	case errors.Is(err, tiktokshop.ErrAuthorizationDenied):
		fmt.Fprintln(w, "You have not connected your shop.")
		return
	case err != nil: // a forged link, say
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// A seller who closes the browser now has consented, and the code works only once.
	ctx := context.WithoutCancel(r.Context())
	if err := o.connect(ctx, back.Code); err != nil {
		slog.ErrorContext(ctx, "a seller could not be connected", "err", err)
		http.Error(w, "Please try again.", http.StatusBadGateway)
		return
	}
	fmt.Fprintln(w, "Your shop is connected.")
}

// connect turns the code into a stored token, and the token into shops.
func (o *onboarding) connect(ctx context.Context, code token.Secret) error {
	pair, err := o.app.Auth.ExchangeCode(ctx, code)
	if err != nil {
		return err
	}
	source, err := o.app.Auth.TokenSource(token.SourceOptions{OpenID: pair.OpenID, Store: o.tokens})
	if err != nil {
		return err
	}
	defer source.Close(ctx)
	if err := source.Put(ctx, pair); err != nil { // before anything else: a code works once
		return err
	}
	seller, err := o.app.With(tiktokshop.WithTokenSource(source))
	if err != nil {
		return err
	}
	resp, err := authorization.New(seller).GetAuthorizedShops(ctx, nil)
	if err != nil {
		return err
	}
	for _, shop := range resp.Data.Shops {
		if err := o.saveShop(ctx, pair.OpenID, shop); err != nil {
			return err
		}
	}
	return nil
}

// shopClient is the client for a shop that was connected, also after a restart. It refreshes the
// token by itself. Make one for each account, keep it, and close the source before the program
// ends.
func (o *onboarding) shopClient(
	openID, cipher string,
) (*tiktokshop.Client, *token.RefreshingSource, error) {
	source, err := o.app.Auth.TokenSource(token.SourceOptions{
		OpenID: openID,
		Store:  o.tokens,
		OnChange: func(state token.State) {
			if state.Status == token.StatusRefused {
				fmt.Println(openID, "has to authorize again before", state.AccessTokenExpiresAt)
			}
		},
	})
	if err != nil {
		return nil, nil, err
	}
	client, err := o.app.With(tiktokshop.WithTokenSource(source), tiktokshop.WithShopCipher(cipher))
	return client, source, err
}

func Example_onboardSeller() {
	platform, err := tiktokshoptest.Start() // with an authorization page for the browser
	if err != nil {
		fmt.Println(err)
		return
	}
	defer platform.Close()
	platform.AddAccount(tiktokshoptest.Account{OpenID: "seller-1"})
	var cipher string
	site := &onboarding{
		app:       platform.Client(),
		serviceID: tiktokshoptest.ServiceID,
		tokens:    token.NewMemoryStore(),
		saveShop: func(_ context.Context, openID string, shop authorization.AuthorizedShop) error {
			fmt.Println("shop", shop.ID, "of", openID)
			cipher = shop.Cipher
			return nil
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", site.login)
	mux.HandleFunc("GET /callback", site.callback)
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	platform.SetRedirectURL(server.URL + "/callback")

	visit(server, platform) // consents
	platform.DenyNextAuthorization()
	visit(server, platform)

	client, source, err := site.shopClient("seller-1", cipher)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer source.Close(context.Background())
	platform.ExpireAccessTokens("seller-1")
	_, err = order.New(client).GetOrderList(context.Background(), nil)
	fmt.Println(err, "after", platform.Refreshes("seller-1"), "refresh")
	// Output:
	// shop 7494049642642441621 of seller-1
	// Your shop is connected.
	// You have not connected your shop.
	// <nil> after 1 refresh
}

// visit is the seller's browser.
func visit(site *httptest.Server, platform *tiktokshoptest.Server) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	browser := site.Client()
	browser.Jar = jar
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	browser.CheckRedirect = stay
	login, err := browser.Get(site.URL + "/login")
	if err != nil {
		fmt.Println(err)
		return
	}
	login.Body.Close()
	browser.CheckRedirect = nil
	// The link leads to TikTok Shop; the fake plays its page.
	page, err := browser.Get(platform.PageURL(login.Header.Get("Location")))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	fmt.Print(string(text))
	if err != nil {
		fmt.Println(err)
	}
}
