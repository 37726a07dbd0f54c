package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/curlline"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/profile"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/signcheck"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// signOptions are the flags of `tts sign`.
type signOptions struct {
	method, contentType, at string
	reveal                  bool
}

func (a *App) signCommand() *cobra.Command {
	var o signOptions
	c := &cobra.Command{
		Use:   "sign [URL | curl line]",
		Short: "Find out why a signature is refused (106001)",
		Long: `Check the signature of a request that was made by any program, in any language, and say what is wrong with it.

The request is a URL, with the body on stdin, or a command line of curl: as arguments, or on stdin where a shell
history must not have it. What is wrong is found by signing in all the ways that programs get wrong: the body not
signed or encoded once more, a cipher added after signing, the order of the parameters, a line end in the secret.

The app secret comes from TIKTOK_APP_SECRET or a profile, or is asked for. Signatures are shown in part only, unless
--reveal is given. Exit code 1 tells that something is wrong.`,
		Example: `  tts sign 'https://open-api.tiktokglobalshop.com/order/202309/orders?app_key=…&sign=…' </dev/null
  tts sign -X POST 'https://open-api.tiktokglobalshop.com/order/202309/orders/search?…' <body.json
  pbpaste | tts sign`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.sign(cmd.Context(), &o, args)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := c.Flags()
	f.SetInterspersed(false) // what follows `curl` is its own
	f.StringVarP(&o.method, "request", "X", "", "HTTP method (default GET, or POST with a body)")
	f.StringVar(&o.contentType, "content-type", "application/json",
		"Content-Type header; the body of a multipart/form-data is not signed")
	f.StringVar(&o.at, "at", "",
		"when the request was sent, such as 2026-11-25T14:00:00Z (default now)")
	f.BoolVar(&o.reveal, "reveal", false, "show signatures whole")
	cobra.CheckErr(c.RegisterFlagCompletionFunc("request",
		cobra.FixedCompletions([]string{"GET", "POST", "PUT", "PATCH", "DELETE"},
			cobra.ShellCompDirectiveNoFileComp)))
	cobra.CheckErr(c.RegisterFlagCompletionFunc("content-type",
		cobra.FixedCompletions([]string{"application/json", "multipart/form-data"},
			cobra.ShellCompDirectiveNoFileComp)))
	cobra.CheckErr(c.RegisterFlagCompletionFunc("at", cobra.NoFileCompletions))
	return c
}

func (a *App) sign(ctx context.Context, o *signOptions, args []string) error {
	at := a.Now()
	if o.at != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, o.at); err != nil {
			return usagef("--at must look like 2026-11-25T14:00:00Z")
		}
	}
	req, err := a.requestToCheck(ctx, o, args)
	if err != nil {
		return orUsage(err)
	}
	secret, appKey, err := a.signingSecret(ctx)
	if err != nil {
		return err
	}
	req.AppKey = appKey
	report, err := signcheck.Check(*req, secret.Reveal(), at)
	if err != nil {
		return &output.UsageError{Err: err}
	}
	if !o.reveal {
		report.Given, report.Wanted = part(report.Given), part(report.Wanted)
	}
	if err := a.Show(report, func() error { return a.showSignature(report) }); err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return &output.CodeError{Code: output.Failure,
			Err: errors.New("the platform refuses this request: " + report.Findings[0].Cause)}
	}
	return nil
}

// part is enough of a signature to tell it from another.
func part(sign string) string {
	if len(sign) <= 8 {
		return sign
	}
	return sign[:8] + "…"
}

func (a *App) showSignature(r *signcheck.Report) error {
	if r.Operation != "" {
		a.Println("operation       %s", r.Operation)
	}
	a.Println("string to sign  %s", r.StringToSign)
	verdict := a.Red("differs")
	if r.Right {
		verdict = a.Green("right")
	}
	a.Println("signature       given %s, right %s: %s", orElse(r.Given, "none"), r.Wanted, verdict)
	for _, f := range r.Findings {
		a.Println("%s  %s", a.Yellow(f.Cause+":"), f.Detail)
	}
	if len(r.Findings) == 0 {
		a.Println("Nothing is wrong with it.")
	}
	return nil
}

// requestToCheck reads the arguments and stdin.
func (a *App) requestToCheck(
	ctx context.Context, o *signOptions, args []string,
) (*signcheck.Request, error) {
	var line string
	switch {
	case len(args) == 0:
		text, err := a.piped(ctx)
		if err != nil {
			return nil, err
		}
		if text, err = textfile.Text(text); err != nil {
			return nil, fmt.Errorf("what was piped in %w", err)
		}
		line = strings.TrimSpace(string(text))
		if line == "" {
			return nil, errors.New("give a URL or a curl line, as arguments or on stdin")
		}
		if !strings.HasPrefix(line, "curl") {
			line = "curl " + singleQuoted([]string{line})
		}
	case args[0] == "curl":
		line = "curl " + singleQuoted(args[1:])
	case len(args) == 1 && strings.HasPrefix(strings.TrimSpace(args[0]), "curl "):
		line = args[0]
	case len(args) == 1:
		line = "curl " + singleQuoted(args)
	case slices.ContainsFunc(args[1:],
		func(arg string) bool { return strings.HasPrefix(arg, "-") }):
		return nil, errors.New("flags stand before the URL")
	default:
		return nil, errors.New("give one URL: quote it, or the shell ends it at &")
	}
	c, err := curlline.Parse(line)
	if err != nil {
		return nil, err
	}
	req := &signcheck.Request{
		Method: c.Method, URL: c.URL, ContentType: c.Header.Get("Content-Type"),
		AccessToken: c.Header.Get("X-Tts-Access-Token"), Body: c.Body,
	}
	if !c.HasBody && !c.Form && len(args) > 0 {
		if req.Body, err = a.piped(ctx); err != nil {
			return nil, err
		}
	}
	if req.ContentType == "" {
		req.ContentType = o.contentType
	}
	if len(req.Body) > 0 && req.Method == http.MethodGet && !strings.Contains(line, " -X") &&
		!strings.Contains(line, "--request") {
		req.Method = http.MethodPost
	}
	if o.method != "" {
		req.Method = strings.ToUpper(o.method)
	}
	a.Hide(req.AccessToken)
	return req, nil
}

func singleQuoted(words []string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = quoted(w)
	}
	return strings.Join(q, " ")
}

// signingSecret is the app secret to check with, and the key of its app if that is known.
func (a *App) signingSecret(ctx context.Context) (secret token.Secret, appKey string, err error) {
	if a.fake {
		return token.NewSecret(tiktokshoptest.AppSecret), tiktokshoptest.AppKey, nil
	}
	if secret := a.Getenv("TIKTOK_APP_SECRET"); secret != "" && a.profile == "" {
		a.Hide(strings.TrimSpace(secret))
		return token.NewSecret(secret), a.Getenv("TIKTOK_APP_KEY"), nil
	}
	p, err := a.Profile()
	if err == nil && p != nil {
		store, err := a.Profiles()
		if err != nil {
			return token.Secret{}, "", err
		}
		secret, err = store.Secret(ctx, profile.AppSecret(p.AppKey))
		return secret, p.AppKey, err
	}
	if a.profile != "" {
		return token.Secret{}, "", err
	}
	secret, err = a.AskSecret(ctx, "App secret: ")
	if errors.Is(err, errNoTerminal) {
		err = &output.CodeError{
			Code: output.Usage, Err: errors.New("there is no app secret to check with"),
			Hint: "set TIKTOK_APP_SECRET, or name a profile",
		}
	}
	return secret, "", err
}
