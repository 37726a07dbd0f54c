package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/fakeshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func (a *App) fakeCommand() *cobra.Command {
	return group("fake", "A fake TikTok Shop for programs in any language", a.fakeServeCommand())
}

// fakeServeOptions are the flags of `tts fake serve`.
type fakeServeOptions struct {
	addr, mood, quota, redirect string
	seeds                       []string
	strict, lenient, quiet      bool
}

// credentials are what a program needs to call the fake. They are the same for every fake, and no
// secrets.
type credentials struct {
	BaseURL             string `json:"base_url"`
	AuthBaseURL         string `json:"auth_base_url"`
	AppKey              string `json:"app_key"`
	AppSecret           string `json:"app_secret"`
	AccessToken         string `json:"access_token"`
	ShopCipher          string `json:"shop_cipher"`
	CategoryAssetCipher string `json:"category_asset_cipher"`
	ServiceID           string `json:"service_id"`
	RedirectURL         string `json:"redirect_url"`
}

// env are the variables that tts and the SDK's examples read.
func (c *credentials) env() []string {
	return []string{
		"TIKTOK_BASE_URL=" + c.BaseURL,
		"TIKTOK_AUTH_BASE_URL=" + c.AuthBaseURL,
		"TIKTOK_APP_KEY=" + c.AppKey,
		"TIKTOK_APP_SECRET=" + c.AppSecret,
		"TIKTOK_APP_ACCESS_KEY=" + c.AccessToken,
		"TIKTOK_SHOP_CIPHER=" + c.ShopCipher,
		"TIKTOK_CATEGORY_ASSET_CIPHER=" + c.CategoryAssetCipher,
	}
}

func (a *App) fakeServeCommand() *cobra.Command {
	var o fakeServeOptions
	c := &cobra.Command{
		Use:   "serve [-- COMMAND [ARGUMENT...]]",
		Short: "Serve a fake TikTok Shop over HTTP",
		Long: `Serve a fake TikTok Shop over HTTP: it checks signatures, tokens, scopes and bodies as the platform's gateway does,
and keeps campaigns, products, orders, packages and returns in memory. Programs in any language can call it. It
has a shop in it unless --seed gives another one: a campaign with products, and orders.

The variables that programs need are printed to stdout, a log of the requests to stderr. With a command after
-- the fake lives as long as that command, which has the variables in its environment, and tts exits as it did.

--mood is "stormy", "stormy:SEED", or shares of requests that fail, and how:
throttle, unavailable, html, truncate, slow, reset-before, reset-after, duplicate, clock-skew and token-expiry
(each from 0 to 1), delay and retry-after (durations), and seed.
--quota is RATE/s, with burst=N and retry-after, if wanted, after commas.`,
		Example: `  tts fake serve
  tts fake serve --addr :8080 --seed shop.json --quota 10/s,burst=20,retry-after
  tts fake serve --mood throttle=0.2,reset-after=0.05,seed=7
  tts fake serve --addr 127.0.0.1:0 -- npm test`,
		Args: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); len(args) > 0 && dash != 0 {
				return misused(cmd, fmt.Sprintf("unexpected argument %q: a command goes after --",
					args[0]), nil)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.fakeServe(cmd.Context(), &o, args)
		},
	}
	f := c.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:8080",
		"where to listen: host and port; without a host on all addresses, with port 0 on a free port")
	f.StringArrayVar(&o.seeds, "seed", nil,
		"a JSON file of what is in the shop; may be given several times")
	f.StringVar(&o.mood, "mood", "",
		"have requests fail at random, such as stormy or throttle=0.1,seed=7")
	f.StringVar(&o.quota, "quota", "", "limit each operation's rate, such as 10/s,burst=20")
	f.StringVar(&o.redirect, "redirect-url", "http://"+loginAddr+callbackPath,
		"where the authorization page sends the browser")
	f.BoolVar(&o.strict, "strict", false,
		"also refuse parameters and fields that the platform does not have")
	f.BoolVar(&o.lenient, "lenient", false, "take any query and any JSON object")
	f.BoolVar(&o.quiet, "quiet", false, "no log of the requests")
	cobra.CheckErr(c.MarkFlagFilename("seed", "json"))
	return c
}

// keptRequests keeps a fake that runs for days from growing.
const keptRequests = 100

// newFake is the fake that the flags ask for.
func (o *fakeServeOptions) newFake(now func() time.Time) (*tiktokshoptest.Server, error) {
	opts := []tiktokshoptest.Option{tiktokshoptest.InMemory(),
		tiktokshoptest.KeepRequests(keptRequests), tiktokshoptest.WithClock(now)}
	if o.strict {
		opts = append(opts, tiktokshoptest.Strict())
	}
	if o.lenient {
		opts = append(opts, tiktokshoptest.Lenient())
	}
	mood, err := parseMood(o.mood)
	if err != nil {
		return nil, err
	}
	quota, err := parseQuota(o.quota)
	if err != nil {
		return nil, err
	}
	srv, err := tiktokshoptest.Start(opts...)
	if err != nil {
		return nil, err
	}
	srv.SetRedirectURL(o.redirect)
	if len(o.seeds) == 0 {
		fakeshop.Seed(srv)
	}
	for _, name := range o.seeds {
		if err := loadSeed(srv, name); err != nil {
			srv.Close()
			return nil, err
		}
	}
	if o.mood != "" {
		srv.SetMood(mood)
	}
	srv.SetQuota(quota)
	return srv, nil
}

func loadSeed(srv *tiktokshoptest.Server, name string) error {
	content, err := textfile.Read(name)
	if err != nil {
		return &output.UsageError{Err: err}
	}
	text, err := textfile.Text(content)
	if err == nil {
		err = srv.LoadSeed(bytes.NewReader(text))
	}
	if err != nil {
		return output.Usagef("%s: %w", name, err)
	}
	return nil
}

func (a *App) fakeServe(ctx context.Context, o *fakeServeOptions, command []string) error {
	if o.strict && o.lenient {
		return usagef("give --strict or --lenient, not both")
	}
	if a.fake || a.profile != "" {
		return usagef("tts fake serve takes neither --fake nor --profile: it is a fake, for others")
	}
	srv, err := o.newFake(a.Now)
	if err != nil {
		return err
	}
	a.atEnd(func(context.Context) error { srv.Close(); return nil })
	var handler http.Handler = srv
	if !o.quiet {
		handler = a.logged(srv)
	}
	served, err := a.listen(o.addr, handler)
	if err != nil {
		return err
	}
	creds := &credentials{
		BaseURL: served.url, AuthBaseURL: served.url,
		AppKey: tiktokshoptest.AppKey, AppSecret: tiktokshoptest.AppSecret,
		AccessToken:         tiktokshoptest.AccessToken,
		ShopCipher:          tiktokshoptest.ShopCipher,
		CategoryAssetCipher: tiktokshoptest.CategoryAssetCipher,
		ServiceID:           tiktokshoptest.ServiceID, RedirectURL: o.redirect,
	}
	if len(command) > 0 {
		err := a.runWith(ctx, command, creds.env())
		return errors.Join(err, served.shutdown(ctx))
	}
	if err := a.Show(creds, func() error { return a.showCredentials(creds) }); err != nil {
		return errors.Join(err, served.shutdown(ctx))
	}
	a.Note("A fake TikTok Shop answers at %s. Ctrl-C ends it.", served.url)
	err = served.wait(ctx)
	if err == nil {
		a.Note("The fake has ended.")
	}
	return err
}

func (a *App) showCredentials(c *credentials) error {
	for _, variable := range c.env() {
		a.Println("export %s", variable)
	}
	a.Println("# service id of authorization links: %s", c.ServiceID)
	a.Println("# authorizations come back to:       %s", c.RedirectURL)
	return nil
}

// runWith runs a command with variables in its environment, and exits as it did.
func (a *App) runWith(ctx context.Context, command, env []string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = a.In, a.stdout, a.Err
	c.Env = append(os.Environ(), env...)
	// it, too, may have to end in order
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		return &output.CodeError{Code: max(exit.ExitCode(), output.Failure),
			Err: fmt.Errorf("%s: %w", command[0], err)}
	}
	return &output.UsageError{Err: err}
}

// serving is an HTTP server of a command.
type serving struct {
	url    string
	server *http.Server
	ended  chan error
}

// shutdownTime is how long requests under way have when a server ends.
const shutdownTime = 5 * time.Second

// listen serves a handler at an address until the run ends.
func (a *App) listen(addr string, handler http.Handler) (*serving, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &output.CodeError{Code: output.Usage, Err: err,
			Hint: "another --addr: port 0 takes a free one"}
	}
	s := &serving{
		url:    "http://" + dialable(l.Addr().(*net.TCPAddr)),
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
		ended:  make(chan error, 1),
	}
	go func() { s.ended <- s.server.Serve(l) }()
	return s, nil
}

// dialable is an address that this machine can call.
func dialable(addr *net.TCPAddr) string {
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, fmt.Sprint(addr.Port))
}

// wait serves until ctx is done, which is how such a server ends and no error.
func (s *serving) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return s.shutdown(ctx)
	case err := <-s.ended:
		return err
	}
}

// shutdown lets the requests under way end.
func (s *serving) shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		return s.server.Close() // their time is up
	}
	return nil
}
