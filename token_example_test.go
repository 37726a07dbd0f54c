package tiktokshop_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// From an authorization code to a working client.
func Example_authorize() {
	ctx := context.Background()
	platform, _ := tiktokshoptest.Start() // stands for TikTok Shop
	defer platform.Close()
	code := platform.IssueCode(platform.AddAccount(tiktokshoptest.Account{OpenID: "open-1", UserType: tiktokshop.UserTypePartner}))
	app := platform.Client() // tiktokshop.NewClient(appKey, appSecret)
	store := tiktokshop.NewMemoryTokenStore()

	token, err := app.Auth.ExchangeCode(ctx, code)
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := app.Auth.TokenSource(tiktokshop.TokenSourceOptions{OpenID: token.OpenID, Store: store})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := tokens.Put(ctx, token); err != nil {
		fmt.Println(err)
		return
	}
	defer tokens.Close(ctx)
	client, err := app.With(tiktokshop.WithTokenSource(tokens))
	if err != nil {
		fmt.Println(err)
		return
	}
	cipher, err := client.Authorization.CategoryAssetCipher(ctx, "3", "US")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err = client.With(tiktokshop.WithCategoryAssetCipher(cipher))
	fmt.Println(client != nil, err, token.OpenID, token.UserType)
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
		http.SetCookie(w, &http.Cookie{Name: "state", Value: state, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, link, http.StatusFound)
	})
	link, err := app.Auth.PartnerLink(tiktokshop.MarketUS, "7362840009596339000", "state-from-NewState")
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

func ExampleEncryptTokens() {
	dir, err := os.MkdirTemp("", "tokens")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	files, err := tiktokshop.NewFileTokenStore(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	key := make([]byte, 32) // from a key management service
	block, err := aes.NewCipher(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := tiktokshop.EncryptTokens(files, aead)
	fmt.Println(store, err)
	// Output: tiktokshop.EncryptTokens <nil>
}

// tokenService stands for a service of one's own that hands out access tokens.
type tokenService struct{}

func (tokenService) AccessToken(ctx context.Context) (tiktokshop.Secret, error) {
	return tiktokshop.NewSecret(tiktokshoptest.AccessToken), ctx.Err()
}

func ExampleWithTokenSource() {
	platform, _ := tiktokshoptest.Start()
	defer platform.Close()
	client := platform.Client(tiktokshop.WithTokenSource(tokenService{}))
	resp, err := client.Authorization.AuthorizedShops(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(resp.Data.Shops), "shop")
	// Output: 1 shop
}

func ExampleToken_MarshalBinary() {
	token := tiktokshop.Token{OpenID: "open-1", AccessToken: tiktokshop.NewSecret("access"), RefreshToken: tiktokshop.NewSecret("refresh")}
	stored, err := token.MarshalBinary() // holds the secrets in plain text
	if err != nil {
		fmt.Println(err)
		return
	}
	var back tiktokshop.Token
	err = back.UnmarshalBinary(stored)
	fmt.Println(back.Equal(token), err)
	fmt.Println(back)
	// Output:
	// true <nil>
	// tiktokshop.Token{open id open-1, seller, access token [redacted] until an unknown time, refresh token [redacted] until an unknown time}
}
