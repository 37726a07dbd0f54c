package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/profile"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Where `tts auth login` listens for the browser, unless it is told otherwise. A served fake sends
// it there.
const (
	loginAddr    = "127.0.0.1:8085"
	callbackPath = "/callback"
)

// loginOptions are the flags of `tts auth login`.
type loginOptions struct {
	as, market, serviceID, appKey, name, addr string
	noBrowser, paste, consent                 bool
	timeout                                   time.Duration
}

func (a *App) authLoginCommand() *cobra.Command {
	var o loginOptions
	c := &cobra.Command{
		Use:   "login",
		Short: "Have an account authorize the app, and keep its token",
		Long: `Have a seller, partner or creator authorize the app, and keep the token in a profile. The address of the authorization
page is printed, and opened in a browser when somebody sits at a terminal. The page sends the browser back to the redirect
URL that Partner Center has for the app: if that is http://` + loginAddr + callbackPath + `, tts takes the answer from there. If it
is another one, give --paste, and paste the address that the browser ends at.

The app secret comes from a profile of the app, from TIKTOK_APP_SECRET, or is asked for; never from an argument.
With --profile the account of that profile authorizes again.`,
		Example: `  tts auth login --app-key 6abc123 --as seller --service-id 7362840009596339000
  tts auth login --app-key 6abc123 --as creator --paste
  tts auth login --profile shop1
  tts --fake auth login --as partner`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.authLogin(cmd.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.as, "as", "",
		"the kind of account: seller, partner or creator (default: that of --profile, or seller)")
	f.StringVar(&o.market, "market", "",
		"us for the United States, or global (default: that of --profile, or global)")
	f.StringVar(&o.serviceID, "service-id", "",
		"the app's service id in Partner Center, for sellers and partners")
	f.StringVar(&o.appKey, "app-key", "",
		"the app key (default: that of --profile, or TIKTOK_APP_KEY)")
	f.StringVar(&o.name, "name", "",
		"the name of the new profile (default: made of the account's name)")
	f.StringVar(&o.addr, "addr", loginAddr, "where to wait for the browser: host and port")
	f.BoolVar(&o.noBrowser, "no-browser", false, "open no browser, just print the address")
	f.BoolVar(&o.paste, "paste", false,
		"read the address that the browser ends at from stdin, and do not listen")
	f.BoolVar(&o.consent, "consent", false, "consent at once instead of a person; for fakes only")
	f.DurationVar(&o.timeout, "timeout", 30*time.Minute, "how long to wait")
	for flag, values := range map[string][]string{"as": {"seller", "partner", "creator"},
		"market": {"global", "us"}} {
		cobra.CheckErr(c.RegisterFlagCompletionFunc(flag,
			cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
	}
	return c
}

// errNotThisFake: --consent would have nobody asked.
var errNotThisFake = &output.UsageError{Err: errors.New(
	"--consent: is for fakes only, with --fake or TIKTOK_BASE_URL set: on TikTok Shop a person consents")}

// plan is the profile as the flags, --profile and the environment have it before the account is
// known.
func (o *loginOptions) plan(a *App) (*profile.Profile, error) {
	p := &profile.Profile{BaseURL: a.Getenv("TIKTOK_BASE_URL"),
		AuthBaseURL: a.Getenv("TIKTOK_AUTH_BASE_URL")}
	switch {
	case a.fake:
		p.AppKey, p.ServiceID = tiktokshoptest.AppKey, tiktokshoptest.ServiceID
	case a.profile != "":
		kept, err := a.Profile()
		if err != nil {
			return nil, err
		}
		p = kept
	default:
		p.AppKey = a.Getenv("TIKTOK_APP_KEY")
	}
	for _, set := range []struct {
		to   *string
		text string
	}{{&p.AppKey, o.appKey}, {&p.Account, o.as}, {&p.Market, o.market},
		{&p.ServiceID, o.serviceID}} {
		if set.text != "" {
			*set.to = set.text
		}
	}
	if p.Account == "" {
		p.Account = "seller"
	}
	if p.Market == "" {
		p.Market = "global"
	}
	var errs []error
	if p.AppKey == "" {
		errs = append(errs, &tiktokshop.InputError{Field: "--app-key",
			Reason: "is missing: Partner Center has it"})
	}
	if p.Account != "seller" && p.Account != "partner" && p.Account != "creator" {
		errs = append(errs, &tiktokshop.InputError{Field: "--as",
			Reason: "must be seller, partner or creator"})
	}
	if p.Market != "global" && p.Market != "us" {
		errs = append(errs, &tiktokshop.InputError{Field: "--market",
			Reason: "must be global or us"})
	}
	if p.Account != "creator" && p.ServiceID == "" {
		errs = append(errs, &tiktokshop.InputError{Field: "--service-id",
			Reason: "is missing: Partner Center has it, beside the app key"})
	}
	if o.name != "" {
		if err := profile.CheckName(o.name); err != nil {
			errs = append(errs, &tiktokshop.InputError{Field: "--name", Reason: err.Error()})
		}
	}
	if o.timeout <= 0 {
		errs = append(errs, &tiktokshop.InputError{Field: "--timeout",
			Reason: "must be more than 0"})
	}
	if o.consent && !a.fake && p.BaseURL == "" {
		errs = append(errs, errNotThisFake)
	}
	return p, errors.Join(errs...)
}

// loginSecret is the app's secret: that of the store, the environment, or somebody who is asked. It
// is kept.
func (a *App) loginSecret(ctx context.Context, store *profile.Store, appKey string) error {
	given := a.Getenv("TIKTOK_APP_SECRET")
	if given != "" && a.Getenv("TIKTOK_APP_KEY") == appKey {
		return store.SetSecret(ctx, profile.AppSecret(appKey), a.secret(given))
	}
	_, err := store.Secret(ctx, profile.AppSecret(appKey))
	if !errors.Is(err, profile.ErrNoSecret) {
		return err
	}
	asked, err := a.AskSecret(ctx, "App secret of "+appKey+": ")
	if errors.Is(err, errNoTerminal) {
		return output.Usagef(
			"the app secret is missing: set TIKTOK_APP_KEY and TIKTOK_APP_SECRET, or run this at a terminal")
	}
	if err != nil {
		return err
	}
	return store.SetSecret(ctx, profile.AppSecret(appKey), asked)
}

func (a *App) authLogin(ctx context.Context, o *loginOptions) error {
	p, err := o.plan(a)
	if err != nil {
		return err
	}
	// Everything that can fail comes before the code, which works once.
	var tokens token.Store = token.NewMemoryStore()
	if !a.fake {
		store, err := a.Profiles()
		if err != nil {
			return err
		}
		if err := a.loginSecret(ctx, store, p.AppKey); err != nil {
			return err
		}
		if tokens, err = store.Tokens(ctx); err != nil {
			return err
		}
	}
	app, err := a.bareClient(ctx, p)
	if err != nil {
		return err
	}
	manager, err := a.openManager(app, tokens)
	if err != nil {
		return err
	}
	state := tiktokshop.NewState()
	page, err := a.authorizationPage(app, p, state)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeoutCause(ctx, o.timeout, &output.CodeError{
		Code: output.Unauthorized, Err: errors.New("nobody has authorized the app in time"),
		Hint: "the same again, or --paste if the redirect URL is not this machine's",
	})
	defer cancel()
	account, err := a.awaitAccount(limited, o, page, state, manager)
	if err != nil {
		if limited.Err() != nil {
			return context.Cause(limited)
		}
		return loginError(err)
	}
	return a.keepAccount(ctx, o, p, manager, account)
}

// loginError gives the ends of an authorization their exit codes.
func loginError(err error) error {
	switch {
	case errors.Is(err, tiktokshop.ErrAuthorizationDenied):
		return &output.CodeError{Code: output.Unauthorized, Err: err,
			Hint: "the account refused: run it again when it will consent"}
	case errors.Is(err, tiktokshop.ErrStateMismatch):
		return &output.CodeError{
			Code: output.Unauthorized, Err: err,
			Hint: "the address is of another login: open the page that this run prints, and paste where that one ends",
		}
	}
	return err
}

// authorizationPage is where the account authorizes the app.
func (a *App) authorizationPage(
	app *tiktokshop.Client, p *profile.Profile, state string,
) (link string, err error) {
	market := tiktokshop.MarketGlobal
	if p.Market == "us" {
		market = tiktokshop.MarketUS
	}
	switch p.Account {
	case "seller":
		link, err = app.Auth.SellerLink(market, p.ServiceID, state)
	case "partner":
		link, err = app.Auth.PartnerLink(market, p.ServiceID, state)
	default:
		link, err = app.Auth.CreatorLink(state)
	}
	if err != nil {
		return "", err
	}
	if a.fake {
		srv, err := a.Fake()
		if err != nil {
			return "", err
		}
		return srv.PageURL(link), nil
	}
	if p.BaseURL != "" { // a fake in another process has the page at the same path
		return (&tiktokshoptest.Server{URL: strings.TrimSuffix(p.BaseURL, "/")}).PageURL(link), nil
	}
	return link, nil
}

// awaitAccount has the page opened and waits for its answer, which adds the account.
func (a *App) awaitAccount(
	ctx context.Context, o *loginOptions, page, state string, manager *accounts.Manager,
) (accounts.Account, error) {
	add := func(query url.Values) (accounts.Account, error) {
		back, err := tiktokshop.ParseCallback(query, state)
		if err != nil {
			return accounts.Account{}, err
		}
		return manager.AddFromCallback(ctx, back)
	}
	if o.paste {
		a.Note("Open this page, and paste the address that the browser ends at:\n%s", page)
		address, err := a.readLine(ctx)
		if err != nil {
			return accounts.Account{}, err
		}
		u, err := url.Parse(address)
		if err != nil || u.RawQuery == "" { // the error would quote the code
			return accounts.Account{}, output.Usagef("what was pasted is no address with a query")
		}
		return add(u.Query())
	}

	type answer struct {
		account accounts.Account
		err     error
	}
	answers := make(chan answer, 1)
	one := make(chan struct{}, 1) // a code is exchanged once
	one <- struct{}{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+callbackPath, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer") // the address has the code
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		select {
		case <-one:
		default:
			http.Error(w, "This login has had its answer.", http.StatusConflict)
			return
		}
		account, err := add(r.URL.Query())
		if input := (*tiktokshop.InputError)(nil); errors.Is(err, tiktokshop.ErrStateMismatch) ||
			errors.As(err, &input) {
			one <- struct{}{} // not of this login: it goes on waiting
			http.Error(w, "This is not the answer of the login that tts waits for.",
				http.StatusBadRequest)
			return
		}
		if err != nil {
			http.Error(w, "The authorization failed: the terminal says why.", http.StatusBadGateway)
		} else {
			_, _ = io.WriteString(w, "Authorized. You can close this page.\n")
		}
		answers <- answer{account, err}
	})
	served, err := a.listen(o.listenAddr(a), mux)
	if err != nil {
		return accounts.Account{}, err
	}
	back := served.url + callbackPath
	if a.fake || o.consent {
		err = consent(ctx, page, back)
	} else {
		a.Note("Authorize the app at this page; tts waits at %s for the answer:\n%s", back, page)
		if a.ErrTerminal && !o.noBrowser {
			if err := openBrowser(ctx, page); err != nil {
				a.Note("No browser could be opened (%v): open the page yourself.", err)
			}
		}
	}
	var got answer
	if err == nil {
		select {
		case got = <-answers:
		case <-ctx.Done():
			got.err = ctx.Err()
		}
	}
	return got.account, errors.Join(err, got.err, served.shutdown(ctx))
}

// listenAddr is --addr; the embedded fake needs no known one.
func (o *loginOptions) listenAddr(a *App) string {
	if (a.fake || o.consent) && o.addr == loginAddr {
		return "127.0.0.1:0"
	}
	return o.addr
}

// consent is a visitor of a fake's page, who consents and is sent back.
func consent(ctx context.Context, page, back string) error {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	visit := func(address string) (status int, location string, err error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return 0, "", err
		}
		res, err := client.Do(req)
		if err != nil {
			var detail *url.Error
			if errors.As(err, &detail) { // its URL has the code
				err = detail.Err
			}
			return 0, "", fmt.Errorf("visit the authorization page: %w", err)
		}
		return res.StatusCode, res.Header.Get("Location"), res.Body.Close()
	}
	status, location, err := visit(page)
	if err != nil {
		return err
	}
	target, err := url.Parse(location)
	if err != nil || target.RawQuery == "" {
		return fmt.Errorf(
			"the authorization page answered HTTP %d and sent the browser nowhere: is it a fake's?",
			status)
	}
	_, _, err = visit(back + "?" + target.RawQuery)
	return err
}

// openBrowser opens a page for whoever sits there.
func openBrowser(ctx context.Context, page string) error {
	command := []string{"xdg-open", page}
	switch runtime.GOOS {
	case "darwin":
		command[0] = "open"
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", page}
	}
	return exec.CommandContext(ctx, command[0], command[1:]...).Start()
}

// readLine reads a line of stdin.
func (a *App) readLine(ctx context.Context) (string, error) {
	line, err := interruptible(ctx, func() (string, error) {
		return bufio.NewReader(io.LimitReader(a.In, 1<<16)).ReadString('\n')
	})
	if line = strings.TrimSpace(line); line == "" && errors.Is(err, io.EOF) {
		return "", output.Usagef("nothing was pasted")
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return line, err
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9]+`)

// profileName is a name for a new profile that no other account has.
func (o *loginOptions) profileName(store *profile.Store, p *profile.Profile) (string, error) {
	if o.name != "" {
		return o.name, nil
	}
	base := strings.ToLower(strings.Trim(notInName.ReplaceAllString(p.Holder, "-"), "-"))
	if base == "" {
		base = p.Account
	}
	for i := 1; ; i++ {
		name := base
		if i > 1 {
			name = fmt.Sprintf("%s-%d", base, i)
		}
		other, err := store.Get(name)
		if errors.Is(err, profile.ErrNotFound) {
			return name, nil
		}
		if err != nil {
			return "", err
		}
		if other.AppKey == p.AppKey && other.OpenID == p.OpenID {
			return name, nil
		}
	}
}

// keepAccount makes the profile of an account whose token is kept already.
func (a *App) keepAccount(
	ctx context.Context, o *loginOptions, p *profile.Profile, manager *accounts.Manager,
	account accounts.Account,
) error {
	p.OpenID, p.Holder = account.OpenID, account.Name
	switch account.UserType {
	case token.UserTypeSeller, token.UserTypeGlobalSeller, token.UserTypeGlobalSellerNew:
		p.Account = "seller"
	case token.UserTypeCreator:
		p.Account = "creator"
	case token.UserTypePartner, token.UserTypePartnerAccount:
		p.Account = "partner"
	}
	p.ShopCipher = chosen(p.ShopCipher, account.Shops,
		func(s *accounts.Shop) string { return s.Cipher })
	assets := make([]string, len(account.CategoryAssets))
	for i := range account.CategoryAssets {
		assets[i] = account.CategoryAssets[i].Cipher
	}
	p.CategoryAssetCipher = chosen(p.CategoryAssetCipher, assets,
		func(s *string) string { return *s })
	m := member{profile: *p, current: a.fake, manager: manager}
	if a.fake {
		m.profile.Name = p.Account
	} else {
		store, err := a.Profiles()
		if err != nil {
			return err
		}
		if p.Name == "" || o.name != "" {
			if p.Name, err = o.profileName(store, p); err != nil {
				return err
			}
		}
		if err := store.Put(*p); err != nil {
			return err
		}
		current, err := store.Current()
		if err != nil {
			return err
		}
		m.profile, m.current = *p, current == p.Name
	}
	h, err := m.health(ctx, false)
	if err != nil {
		return err
	}
	shown := m.shown(&h)
	return a.Show(shown, func() error {
		a.Println("%s %s has authorized the app: profile %s", shown.Account, shown.Holder,
			shown.Profile)
		for _, problem := range shown.Problems {
			a.Note("but: %s", problem)
		}
		switch {
		case a.fake:
			a.Note("It is the embedded fake's, and gone with it.")
		case len(account.Shops) > 1 && p.ShopCipher == "":
			a.Note("There are %d shops: `tts auth shops --profile %s --use ID` chooses the one that calls are about.", len(account.Shops), p.Name)
		case len(assets) > 1 && p.CategoryAssetCipher == "":
			a.Note("There are %d category assets: `tts auth assets --profile %s --use ID` chooses the one that calls are about.", len(assets), p.Name)
		}
		return nil
	})
}

// chosen is the cipher of a list to call with: that of before if it is still there, or else the
// only one.
func chosen[T any](before string, list []T, cipher func(*T) string) string {
	for i := range list {
		if c := cipher(&list[i]); c == before || len(list) == 1 {
			return c
		}
	}
	return ""
}
