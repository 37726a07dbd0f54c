// Command authorize goes from an authorization link to calls in a partner's name, with a token that
// is kept in a directory and refreshed.
//
// It needs no configuration: an embedded fake TikTok Shop plays the authorization page, the token
// host and the API.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	program "github.com/tiktokshop-go/tiktokshop/examples/internal/platform"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if program.ExitCode(err) == 0 {
			return
		}
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

// connect goes from an authorization code to a client for the partner who gave it.
func connect(
	ctx context.Context, app *tiktokshop.Client, store token.Store, code token.Secret,
) (*tiktokshop.Client, *token.RefreshingSource, error) {
	pair, err := app.Auth.ExchangeCode(ctx, code)
	if err != nil {
		return nil, nil, err
	}
	tokens, err := app.Auth.TokenSource(token.SourceOptions{OpenID: pair.OpenID, Store: store})
	if err != nil {
		return nil, nil, err
	}
	if err := tokens.Put(ctx, pair); err != nil {
		return nil, nil, err
	}
	client, err := app.With(tiktokshop.WithTokenSource(tokens))
	if err != nil {
		return nil, nil, err
	}
	cipher, err := authorization.New(client).CategoryAssetCipher(ctx, tiktokshoptest.CategoryID,
		"US")
	if err != nil {
		return nil, nil, err
	}
	client, err = client.With(tiktokshop.WithCategoryAssetCipher(cipher))
	return client, tokens, err
}

// stateCookie ties the answer of the authorization page to the browser that was sent there.
const stateCookie = "authorization_state"

// login sends the browser to the authorization page; callback is where it comes back to.
func login(app *tiktokshop.Client, page func(link string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		state := tiktokshop.NewState()
		link, err := app.Auth.PartnerLink(tiktokshop.MarketUS, tiktokshoptest.ServiceID, state)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		// SameSite=Lax lets the cookie come along when TikTok Shop sends the browser back. Set
		// Secure where there is TLS.
		http.SetCookie(w, &http.Cookie{Name: stateCookie, Value: state, Path: "/", MaxAge: 1800,
			HttpOnly: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, page(link), http.StatusFound)
	}
}

func callback(codes chan<- token.Secret) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var state string
		if cookie, err := r.Cookie(stateCookie); err == nil {
			state = cookie.Value
		}
		back, err := tiktokshop.ParseCallback(r.URL.Query(), state)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		codes <- back.Code
		_, _ = io.WriteString(w, "Authorized. You can close this page.\n")
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if err := program.NoFlags("authorize", args); err != nil {
		return err
	}
	platform, err := tiktokshoptest.Start()
	if err != nil {
		return err
	}
	defer platform.Close()
	platform.AddCampaign(tiktokshoptest.Campaign{ID: "7362840009596339923",
		Products: []tiktokshoptest.Product{{ID: "7362840009596339971"}}})
	fmt.Fprintln(out, "Using an embedded fake TikTok Shop.")

	app, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
		tiktokshop.WithBaseURL(platform.URL), tiktokshop.WithAuthBaseURL(platform.URL))
	if err != nil {
		return err
	}

	// The app's web site, and a browser that visits it.
	codes := make(chan token.Secret, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", login(app, platform.PageURL))
	mux.HandleFunc("GET /callback", callback(codes))
	site := httptest.NewServer(mux)
	defer site.Close()
	platform.SetRedirectURL(site.URL + "/callback")
	if err := visit(ctx, site.URL+"/login", out); err != nil {
		return err
	}

	dir, err := os.MkdirTemp("", "tokens")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	store, err := token.NewFileStore(dir)
	if err != nil {
		return err
	}

	client, tokens, err := connect(ctx, app, store, <-codes)
	if err != nil {
		return err
	}
	defer tokens.Close(context.WithoutCancel(ctx))

	pair, err := tokens.Token(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Token:", pair)

	platform.ExpireAccessTokens(pair.OpenID) // the call refreshes, and is sent again
	resp, err := client.AffiliatePartner.GenerateMultiProductLink(ctx,
		&tiktokshop.GenerateMultiProductLinkRequest{
			CampaignID: "7362840009596339923", ProductIDs: []tiktokshop.ID{"7362840009596339971"},
		})
	if err != nil {
		return err
	}
	for _, l := range resp.Data.ProductPromotionLinks {
		fmt.Fprintf(out, "Link: %s %s\n", l.ProductID, l.Link)
	}
	fmt.Fprintf(out, "Refreshes: %d\n", platform.Refreshes(pair.OpenID))
	return nil
}

// visit shows what the partner's browser gets.
func visit(ctx context.Context, address string, out io.Writer) error {
	_, page, err := program.Visit(ctx, address)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Browser: %s", page)
	return err
}
