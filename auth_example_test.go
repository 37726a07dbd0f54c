package tiktokshop_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// From an authorization code to a working client.
func Example_authorize() {
	ctx := context.Background()
	platform, _ := tiktokshoptest.Start() // stands for TikTok Shop
	defer platform.Close()
	code := platform.IssueCode(
		platform.AddAccount(tiktokshoptest.Account{OpenID: "open-1",
			UserType: token.UserTypePartner}))
	app := platform.Client() // tiktokshop.NewClient(appKey, appSecret)
	store := token.NewMemoryStore()

	pair, err := app.Auth.ExchangeCode(ctx, code)
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := app.Auth.TokenSource(token.SourceOptions{OpenID: pair.OpenID, Store: store})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := tokens.Put(ctx, pair); err != nil {
		fmt.Println(err)
		return
	}
	defer tokens.Close(ctx)
	client, err := app.With(tiktokshop.WithTokenSource(tokens))
	if err != nil {
		fmt.Println(err)
		return
	}
	cipher, err := authorization.New(client).CategoryAssetCipher(ctx, "600001", "US")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err = client.With(tiktokshop.WithCategoryAssetCipher(cipher))
	fmt.Println(client != nil, err, pair.OpenID, pair.UserType)
	// Output: true <nil> open-1 partner
}

func ExampleAuth_PartnerLink() {
	app, err := tiktokshop.NewClient("29a39d", "app-secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	http.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		state := tiktokshop.NewState()
		link, err := app.Auth.PartnerLink(tiktokshop.MarketUS, "7362840009596339000", state)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "state", Value: state, HttpOnly: true, Secure: true,
			SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, link, http.StatusFound)
	})
	link, err := app.Auth.PartnerLink(tiktokshop.MarketUS, "7362840009596339000",
		"state-from-NewState")
	fmt.Println(link, err)
	// Output: https://partner.us.tiktokshop.com/open/authorize?service_id=7362840009596339000&state=state-from-NewState <nil>
}

func ExampleParseCallback() {
	state := "state-of-the-cookie"
	for _, query := range []string{
		"code=ROW_abc&state=state-of-the-cookie",
		"code=null&error=auth_denied&state=state-of-the-cookie",
		"code=ROW_abc&state=somebody-elses",
	} {
		q, _ := url.ParseQuery(query) // r.URL.Query()
		callback, err := tiktokshop.ParseCallback(q, state)
		switch {
		case errors.Is(err, tiktokshop.ErrAuthorizationDenied):
			fmt.Println("denied")
		case errors.Is(err, tiktokshop.ErrStateMismatch):
			fmt.Println("not our link")
		case err == nil:
			fmt.Println("code", callback.Code)
		}
	}
	// Output:
	// code [redacted]
	// denied
	// not our link
}

// tokenService stands for a service of one's own that hands out access tokens.
type tokenService struct{}

func (tokenService) AccessToken(ctx context.Context) (token.Secret, error) {
	return token.NewSecret(tiktokshoptest.AccessToken), ctx.Err()
}

func ExampleWithTokenSource() {
	platform, _ := tiktokshoptest.Start()
	defer platform.Close()
	client := platform.Client(tiktokshop.WithTokenSource(tokenService{}))
	resp, err := authorization.New(client).GetAuthorizedShops(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(resp.Data.Shops), "shop")
	// Output: 1 shop
}
