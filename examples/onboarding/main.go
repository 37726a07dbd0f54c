// Command onboarding is a small web site where sellers, creators and partners connect their
// accounts, and which shows how they are.
//
// It needs no configuration: an embedded fake TikTok Shop plays the authorization pages, the token
// host and the API, and a scripted visitor connects one account of each kind and looks at the list;
// then the program ends. With -serve it goes on, for a browser; stop it with Ctrl+C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	program "github.com/tiktokshop-go/tiktokshop/examples/internal/platform"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
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

// site is the web site.
type site struct {
	app     *tiktokshop.Client
	manager *accounts.Manager
	// page is where a link of the platform leads: elsewhere, when it is a fake.
	page func(link string) string
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.start)
	mux.HandleFunc("GET /connect/{kind}", s.connect)
	mux.HandleFunc("GET /callback", s.callback)
	mux.HandleFunc("GET /accounts", s.accounts)
	return mux
}

var startPage = template.Must(template.New("start").Parse(`<!doctype html><title>Connect</title><h1>Connect TikTok Shop</h1>
<p><a href="/connect/seller">as a seller</a></p>
<p><a href="/connect/creator">as a creator</a></p>
<p><a href="/connect/partner">as a partner</a></p>
<p><a href="/accounts">Accounts</a></p>
`))

func (s *site) start(w http.ResponseWriter, _ *http.Request) { show(w, startPage, nil) }

// stateCookie ties the answer of the authorization page to the browser that was sent there.
const stateCookie = "authorization_state"

// connect sends the browser to the authorization page of a kind of account.
func (s *site) connect(w http.ResponseWriter, r *http.Request) {
	state := tiktokshop.NewState()
	var link string
	var err error
	switch r.PathValue("kind") {
	case "seller":
		link, err = s.app.Auth.SellerLink(tiktokshop.MarketGlobal, tiktokshoptest.ServiceID, state)
	case "creator":
		link, err = s.app.Auth.CreatorLink(state)
	case "partner":
		link, err = s.app.Auth.PartnerLink(tiktokshop.MarketGlobal, tiktokshoptest.ServiceID, state)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	// SameSite=Lax lets the cookie come along when TikTok Shop sends the browser back. Set Secure
	// where there is TLS.
	http.SetCookie(w, &http.Cookie{
		Name: stateCookie, Value: state, Path: "/", MaxAge: 1800, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, s.page(link), http.StatusFound)
}

// callback is where the authorization page sends the browser back to.
func (s *site) callback(w http.ResponseWriter, r *http.Request) {
	var state string
	if cookie, err := r.Cookie(stateCookie); err == nil {
		state = cookie.Value
	}
	http.SetCookie(w, &http.Cookie{Name: stateCookie, Path: "/", MaxAge: -1}) // it is good for once
	back, err := tiktokshop.ParseCallback(r.URL.Query(), state)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if _, err := s.manager.AddFromCallback(r.Context(), back); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, "/accounts", http.StatusFound)
}

var accountsPage = template.Must(template.New("accounts").Parse(`<!doctype html><title>Accounts</title><h1>Accounts</h1>
{{range .}}<p>{{.Account.UserType}} {{.Account.Name}}:
{{range .Problems}}{{.}}. {{else}}well{{end}}{{range .Account.Shops}}, shop {{.ID}} {{.Region}}{{end}}</p>
{{else}}<p>None yet.</p>
{{end}}<p><a href="/">Connect</a></p>
`))

// accounts lists the accounts, with their health.
func (s *site) accounts(w http.ResponseWriter, r *http.Request) {
	var all []accounts.Health
	for health, err := range s.manager.Health(r.Context()) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		all = append(all, health)
	}
	show(w, accountsPage, all)
}

func show(w http.ResponseWriter, page *template.Template, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := page.Execute(w, data); err != nil { // the browser has gone
		slog.Debug("page not sent", "error", err)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("onboarding", flag.ContinueOnError)
	serve := flags.Bool("serve", false, "go on, for a browser, until stopped")
	address := flags.String("listen", "127.0.0.1:0", "where the site listens")
	dir := flags.String("dir", "",
		"where the accounts are kept; by default a directory that is removed at the end")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	platform, err := tiktokshoptest.Start()
	if err != nil {
		return err
	}
	defer platform.Close()
	fmt.Fprintln(out, "Using an embedded fake TikTok Shop.")
	app, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
		tiktokshop.WithBaseURL(platform.URL), tiktokshop.WithAuthBaseURL(platform.URL))
	if err != nil {
		return err
	}
	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "onboarding"); err != nil {
			return err
		}
		defer os.RemoveAll(*dir)
	}
	manager, err := open(app, *dir, out)
	if err != nil {
		return err
	}
	defer func() { // a refresh under way must not be lost
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		err = errors.Join(err, manager.Close(limited))
	}()

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	platform.SetRedirectURL(url + "/callback")
	server := &http.Server{
		Handler:           (&site{app, manager, platform.PageURL}).handler(),
		ReadHeaderTimeout: 10 * time.Second,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintln(out, "Open", url)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go func() { _ = manager.Watch(watching, time.Hour) }()

	if *serve {
		select {
		case <-ctx.Done():
		case err = <-served:
		}
	} else {
		err = demonstrate(ctx, platform, manager, url, out)
	}
	// First the requests under way, then, deferred, the manager that they use.
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(limited))
}

// open makes the manager of the accounts that are kept in a directory.
func open(app *tiktokshop.Client, dir string, out io.Writer) (*accounts.Manager, error) {
	tokens, err := token.NewFileStore(filepath.Join(dir, "tokens"))
	if err != nil {
		return nil, err
	}
	index, err := accounts.NewFileIndex(filepath.Join(dir, "accounts"))
	if err != nil {
		return nil, err
	}
	return accounts.New(app, accounts.Options{
		Store: tokens, Index: index,
		Operations: []string{"order.GetOrderList", "affiliatecreator.GetShowcaseProducts",
			"affiliatepartner.ListCampaigns"},
		Logger: slog.New(slog.DiscardHandler), // the hook tells
		OnChange: func(h accounts.Health) {
			fmt.Fprintf(out, "Changed: %s %s: %d problems\n", h.Account.UserType, h.Account.Name,
				len(h.Problems))
		},
	})
}

// demonstrate is a visitor who connects an account of each kind, and a seller who changes his mind.
func demonstrate(
	ctx context.Context, platform *tiktokshoptest.Server, manager *accounts.Manager, url string,
	out io.Writer,
) error {
	seller := platform.AddAccount(tiktokshoptest.Account{Name: "Tea House", Region: "GB"})
	for _, page := range []string{"/", "/connect/seller", "/connect/creator", "/connect/partner"} {
		if err := visit(ctx, url+page, out); err != nil {
			return err
		}
	}
	platform.RevokeAuthorization(seller)
	if _, err := manager.Lookup(ctx, seller); !tiktokshop.NeedsReauthorization(err) {
		return fmt.Errorf("the seller has withdrawn the authorization, but a call says: %v", err)
	}
	for _, page := range []string{"/accounts", "/connect/seller"} { // who comes back is well again
		if err := visit(ctx, url+page, out); err != nil {
			return err
		}
	}
	return nil
}

// visit shows what a browser gets.
func visit(ctx context.Context, address string, out io.Writer) error {
	path, page, err := program.Visit(ctx, address)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Browser at %s:\n%s\n", path, page)
	return err
}
