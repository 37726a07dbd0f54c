// Package cli is the commands of tts: one file each, on what app.go has for all of them.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/fakeshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/profile"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// App is one run of the program: what it talks to, and the global flags. There are no globals
// beside it, so that tests run side by side.
type App struct {
	In     io.Reader
	Getenv func(string) string
	Now    func() time.Time
	output.Printer

	// The global flags.
	fake      bool
	profile   string
	configDir string

	started bool      // the command line was understood
	stdout  io.Writer // what Out writes to: a program may ask whether it is a terminal
	server  *tiktokshoptest.Server
	store   *profile.Store
	closers []func(context.Context) error
}

// Main runs the program with the arguments, streams and environment of the process, and returns its
// exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	a := &App{In: os.Stdin, Getenv: os.Getenv, Now: time.Now}
	a.Out, a.Err = os.Stdout, os.Stderr
	a.Terminal, a.ErrTerminal = term.IsTerminal(int(os.Stdout.Fd())),
		term.IsTerminal(int(os.Stderr.Fd()))
	a.NoColor = os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
	return a.Run(ctx, os.Args[1:])
}

// Run runs a command and returns the exit code.
func (a *App) Run(ctx context.Context, args []string) int {
	kept := &output.Kept{Writer: a.Out}
	a.stdout, a.Out = a.Out, kept
	root := a.root(args)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.started {
		a.JSON = a.JSON || wantsJSON(args)
		err = &output.UsageError{Err: err}
	}
	err = errors.Join(err, a.close(ctx))
	if lost := kept.Failed(); lost != nil && !errors.Is(err, lost) {
		err = errors.Join(err, fmt.Errorf("the output is not whole: %w", lost))
	}
	return a.Printer.Error(err)
}

// close ends what the run has opened: token sources store a pair that they are about to get.
func (a *App) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i](ctx))
	}
	return errors.Join(errs...)
}

// atEnd has close called when the run ends.
func (a *App) atEnd(close func(context.Context) error) { a.closers = append(a.closers, close) }

// Dir is the folder of profiles: --config-dir, TTS_CONFIG_DIR, or tts in the user's folder for such
// things.
func (a *App) Dir() (string, error) {
	for _, dir := range []string{a.configDir, a.Getenv("TTS_CONFIG_DIR")} {
		if dir != "" {
			return filepath.Abs(dir)
		}
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", output.Usagef(
			"there is no folder for profiles: %w: set --config-dir or TTS_CONFIG_DIR", err)
	}
	return filepath.Join(dir, "tts"), nil
}

// Profiles is the store of profiles.
func (a *App) Profiles() (*profile.Store, error) {
	if a.store != nil {
		return a.store, nil
	}
	dir, err := a.Dir()
	if err != nil {
		return nil, err
	}
	place := a.Getenv("TTS_SECRETS")
	if place != "" && place != profile.InKeyring && place != profile.InFile {
		return nil, output.Usagef("TTS_SECRETS: must be %s or %s, not %q", profile.InKeyring,
			profile.InFile, place)
	}
	a.store = profile.Open(dir, profile.Options{Secrets: place, Passphrase: a.askPassphrase,
		Note: a.Note})
	return a.store, nil
}

// Profile is the one that --profile, TTS_PROFILE or the store names; nil if none is named and the
// environment has credentials, which then count.
func (a *App) Profile() (*profile.Profile, error) {
	name := a.profile
	if name == "" && a.Getenv("TIKTOK_APP_KEY") != "" {
		return nil, nil
	}
	store, err := a.Profiles()
	if err != nil {
		return nil, err
	}
	named := "" // by whom
	if name == "" {
		name, named = a.Getenv("TTS_PROFILE"), "TTS_PROFILE: "
	}
	if name == "" {
		named = "the current profile: "
		if name, err = store.Current(); err != nil {
			return nil, err
		}
		if name == "" {
			return nil, errNoCredentials
		}
	}
	p, err := store.Get(name)
	if errors.Is(err, profile.ErrNotFound) {
		return nil, &output.CodeError{Code: output.Usage, Err: fmt.Errorf("%s%w", named, err),
			Hint: "`tts auth list` has the profiles"}
	}
	return p, err
}

var errNoCredentials = &output.CodeError{
	Code: output.Unauthorized, Err: errors.New("no credentials"),
	Hint: "`tts auth login`, or set TIKTOK_APP_KEY, TIKTOK_APP_SECRET and TIKTOK_APP_ACCESS_KEY, or --fake to try without any",
}

// Client is the client that the flags and the environment ask for: of the fake, of a profile, or of
// the environment's credentials. opts go in last.
func (a *App) Client(ctx context.Context, opts ...tiktokshop.Option) (*tiktokshop.Client, error) {
	if a.fake {
		srv, err := a.Fake()
		if err != nil {
			return nil, err
		}
		return srv.Client(opts...), nil
	}
	p, err := a.Profile()
	if err != nil {
		return nil, err
	}
	if p == nil {
		return a.envClient(opts)
	}
	return a.profileClient(ctx, p, opts)
}

// AppClient is a client that knows the app and no account: for authorizations, which get the first
// token. p may be nil for the environment's app.
func (a *App) AppClient(
	ctx context.Context, p *profile.Profile, opts ...tiktokshop.Option,
) (*tiktokshop.Client, error) {
	if a.fake {
		srv, err := a.Fake()
		if err != nil {
			return nil, err
		}
		return srv.Client(opts...), nil
	}
	key, secret := a.Getenv("TIKTOK_APP_KEY"), token.NewSecret(a.Getenv("TIKTOK_APP_SECRET"))
	hosts := a.hosts("", "")
	if p != nil {
		store, err := a.Profiles()
		if err != nil {
			return nil, err
		}
		if secret, err = store.Secret(ctx, profile.AppSecret(p.AppKey)); err != nil {
			return nil, err
		}
		key, hosts = p.AppKey, a.hosts(p.BaseURL, p.AuthBaseURL)
	}
	a.Hide(secret.Reveal())
	return tiktokshop.NewClient(key, secret.Reveal(),
		append(append(a.common(), hosts...), opts...)...)
}

// common are the options of every client.
func (a *App) common() []tiktokshop.Option {
	return []tiktokshop.Option{tiktokshop.WithUserAgent("tts/" + strings.Trim(Version(), "()")),
		tiktokshop.WithClock(a.Now)}
}

// hosts are the options for other hosts than the platform's: those given, else those of the
// environment.
func (a *App) hosts(base, authBase string) (opts []tiktokshop.Option) {
	if base == "" {
		base = a.Getenv("TIKTOK_BASE_URL")
	}
	if authBase == "" {
		authBase = a.Getenv("TIKTOK_AUTH_BASE_URL")
	}
	if base != "" {
		opts = append(opts, tiktokshop.WithBaseURL(base))
	}
	if authBase != "" {
		opts = append(opts, tiktokshop.WithAuthBaseURL(authBase))
	}
	return opts
}

// envClient is the client of the credentials in the environment.
func (a *App) envClient(opts []tiktokshop.Option) (*tiktokshop.Client, error) {
	var missing []string
	get := func(name string) string {
		value := a.Getenv(name)
		if value == "" {
			missing = append(missing, name)
		}
		return value
	}
	key, secret, access := get("TIKTOK_APP_KEY"), get("TIKTOK_APP_SECRET"),
		get("TIKTOK_APP_ACCESS_KEY")
	if len(missing) > 0 {
		return nil, output.Usagef("some credentials are in the environment, but not %v", missing)
	}
	a.Hide(secret, access)
	all := append(a.common(), tiktokshop.WithAccessToken(access))
	all = append(all, a.hosts("", "")...)
	shop, asset := a.Getenv("TIKTOK_SHOP_CIPHER"), a.Getenv("TIKTOK_CATEGORY_ASSET_CIPHER")
	if asset == "" {
		asset = shop // as the SDK's first example has it
	}
	all = append(all, ciphers(shop, asset)...)
	return tiktokshop.NewClient(key, secret, append(all, opts...)...)
}

// profileClient is the client of a profile, whose tokens are renewed and stored as they change.
func (a *App) profileClient(
	ctx context.Context, p *profile.Profile, opts []tiktokshop.Option,
) (*tiktokshop.Client, error) {
	c, err := a.AppClient(ctx, p)
	if err != nil {
		return nil, err
	}
	source, err := a.TokenSource(ctx, c, p)
	if err != nil {
		return nil, err
	}
	all := append([]tiktokshop.Option{tiktokshop.WithTokenSource(source)},
		ciphers(p.ShopCipher, p.CategoryAssetCipher)...)
	return c.With(append(all, opts...)...)
}

// TokenSource has the token of a profile's account, through a client of its app.
func (a *App) TokenSource(
	ctx context.Context, c *tiktokshop.Client, p *profile.Profile,
) (*token.RefreshingSource, error) {
	if p.OpenID == "" {
		return nil, &output.CodeError{
			Code: output.Unauthorized, Err: fmt.Errorf("profile %s has no account", p.Name),
			Hint: "`tts auth login`",
		}
	}
	store, err := a.Profiles()
	if err != nil {
		return nil, err
	}
	tokens, err := store.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	source, err := c.Auth.TokenSource(token.SourceOptions{OpenID: p.OpenID, Store: tokens})
	if err == nil {
		a.atEnd(source.Close)
	}
	return source, err
}

// ciphers are the options for those that are not empty.
func ciphers(shop, asset string) (opts []tiktokshop.Option) {
	if shop != "" {
		opts = append(opts, tiktokshop.WithShopCipher(shop))
	}
	if asset != "" {
		opts = append(opts, tiktokshop.WithCategoryAssetCipher(asset))
	}
	return opts
}

// Fake is the embedded fake of --fake, started when it is first asked for.
func (a *App) Fake() (*tiktokshoptest.Server, error) {
	if a.server != nil {
		return a.server, nil
	}
	srv, err := fakeshop.Start()
	if err != nil {
		return nil, err
	}
	a.server = srv
	a.atEnd(func(context.Context) error { srv.Close(); return nil })
	if a.ErrTerminal && !a.JSON {
		a.Note("An embedded fake TikTok Shop answers: nothing is real.")
	}
	return srv, nil
}
