package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// finding is what one check of `tts doctor` found.
type finding struct {
	Check string `json:"check"`
	// "ok", "warning", "failed", or "unknown" if it could not be looked at
	State  string `json:"state"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitzero"`
}

// The states of a finding.
const (
	wellState    = "ok"
	warnState    = "warning"
	failedState  = "failed"
	unknownState = "unknown"
)

func (a *App) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Find out why calls fail: clock, network, key, token, scopes, ciphers, allow list",
		Long: `Look at what calls depend on, and say what to do about what is wrong: the form of key and secret, names, connections and
certificates of both hosts, this machine's clock against the platform's, whether the token is taken, the allow list of
addresses as far as errors tell, and whether the ciphers are those of the token. Of a profile's account also when its
authorization ends and what it has granted. Only calls that change nothing are made.`,
		Example: "  tts doctor\n  tts doctor --profile shop1 --json\n  tts --fake doctor",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context()) },
	}
}

// doctorRun is one run of `tts doctor`.
type doctorRun struct {
	a         *App
	lookup    func(ctx context.Context, host string) ([]string, error)
	transport http.RoundTripper
	findings  []finding
	errs      []error // for the exit code
}

func (d *doctorRun) tell(check, state, found, remedy string) {
	d.findings = append(d.findings, finding{check, state, d.a.Masked(found), remedy})
}

// fails tells of an error, with what is to be done about errors of its kind.
func (d *doctorRun) fails(check string, err error) {
	d.errs = append(d.errs, err)
	d.tell(check, failedState, err.Error(), output.Hint(err))
}

func (a *App) doctor(ctx context.Context) error {
	d := &doctorRun{a: a, lookup: net.DefaultResolver.LookupHost, transport: http.DefaultTransport}
	bases, err := a.bases()
	if err != nil {
		return err
	}
	for _, host := range bases {
		d.host(ctx, host.name, host.url, host.name == "API host")
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	// Making the client judges the form of key and secret.
	// each failure tells, and nothing is gained by waiting
	client, err := a.Client(ctx, tiktokshop.WithoutRetry())
	if err != nil {
		d.fails("credentials", err)
	} else {
		d.tell("credentials", wellState, "key, secret and token have the form that they need", "")
		d.account(ctx, client)
		d.authorization(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := a.Show(d.findings, d.table); err != nil {
		return err
	}
	if len(d.errs) == 0 {
		return nil
	}
	code := output.ExitCode(errors.Join(d.errs...))
	return &output.CodeError{Code: code, Err: fmt.Errorf("%d checks failed", len(d.errs)),
		Hint: d.firstRemedy()}
}

func (d *doctorRun) firstRemedy() string {
	for _, f := range d.findings {
		if f.State == failedState && f.Remedy != "" {
			return f.Remedy
		}
	}
	return ""
}

func (d *doctorRun) table() error {
	rows := make([][]string, len(d.findings))
	for i, f := range d.findings {
		found := f.Found
		if f.Remedy != "" {
			found += ". Try: " + f.Remedy
		}
		rows[i] = []string{f.Check, f.State, found}
	}
	return d.a.StyledTable([]string{"CHECK", "STATE", "FOUND"}, rows,
		func(column int, cell string) string {
			switch {
			case column == 1 && cell == wellState:
				return d.a.Green(cell)
			case column == 1 && cell == failedState:
				return d.a.Red(cell)
			}
			return cell
		})
}

type namedBase struct{ name, url string }

// bases are the hosts that calls go to.
func (a *App) bases() ([]namedBase, error) {
	api, auth := a.Getenv("TIKTOK_BASE_URL"), a.Getenv("TIKTOK_AUTH_BASE_URL")
	if a.fake {
		srv, err := a.Fake()
		if err != nil {
			return nil, err
		}
		api, auth = srv.URL, srv.URL
	} else if p, err := a.Profile(); err == nil && p != nil {
		// what is wrong otherwise, making the client tells
		if p.BaseURL != "" {
			api = p.BaseURL
		}
		if p.AuthBaseURL != "" {
			auth = p.AuthBaseURL
		}
	}
	if api == "" {
		api = tiktokshop.DefaultBaseURL
	}
	if auth == "" {
		auth = tiktokshop.DefaultAuthBaseURL
	}
	return []namedBase{{"API host", api}, {"token host", auth}}, nil
}

// hostTime is how long a host may take.
const hostTime = 15 * time.Second

// host looks at a host's name, connection, certificate, and, of the API's, clock.
func (d *doctorRun) host(ctx context.Context, name, base string, clock bool) {
	ctx, cancel := context.WithTimeout(ctx, hostTime)
	defer cancel()
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		d.fails(name, output.Usagef("%s: %q is no URL", name, base))
		return
	}
	if net.ParseIP(u.Hostname()) == nil {
		found, err := d.lookup(ctx, u.Hostname())
		if err != nil {
			d.errs = append(d.errs, &output.CodeError{Code: output.Outage, Err: err})
			d.tell(name+": name", failedState, err.Error(),
				"check this machine's resolver and network, and whether a proxy is needed (HTTPS_PROXY)")
			return
		}
		d.tell(name+": name", wellState, fmt.Sprintf("%s has %d addresses", u.Hostname(),
			len(found)), "")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.Scheme+"://"+u.Host+"/", nil)
	if err != nil {
		d.fails(name, err)
		return
	}
	sent := d.a.Now()
	client := &http.Client{Transport: d.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	res, err := client.Do(req)
	if err != nil {
		d.errs = append(d.errs, &output.CodeError{Code: output.Outage, Err: err})
		d.tell(name+": connection", failedState, err.Error(), remedyOf(err))
		return
	}
	_ = res.Body.Close()
	if res.TLS != nil {
		d.tell(name+": connection", wellState, fmt.Sprintf("%s, certificate good until %s",
			tls.VersionName(res.TLS.Version),
			res.TLS.PeerCertificates[0].NotAfter.Format(time.DateOnly)), "")
	} else {
		d.tell(name+": connection", wellState, "plain HTTP, which is for fakes only", "")
	}
	if clock {
		d.clock(res.Header.Get("Date"), sent, d.a.Now())
	}
}

// remedyOf says what to do about a connection that could not be made.
func remedyOf(err error) string {
	var invalid x509.CertificateInvalidError
	var otherName x509.HostnameError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate's time is over or has not begun: look at this machine's clock first, then at what stands in between"
	case errors.As(err, &otherName):
		return "another server answers for this name: look at DNS, at /etc/hosts and at what stands in between"
	case errors.As(err, &certificate):
		return "something between here and the platform shows a certificate of its own, or this machine's roots are old"
	}
	return "check network, firewall and proxy (HTTPS_PROXY)"
}

// The platform takes timestamps of 5 minutes around its own time.
const (
	skewAllowed = 5 * time.Minute
	skewWarned  = 30 * time.Second
)

// clock compares this machine's time with that of an answer, which came in between.
func (d *doctorRun) clock(date string, sent, received time.Time) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		d.tell("clock", unknownState, "the answer has no Date header", "")
		return
	}
	// Date has whole seconds
	skew := sent.Add(received.Sub(sent) / 2).Sub(
		theirs.Add(500 * time.Millisecond)).Round(time.Second)
	found := fmt.Sprintf("this machine is %s ahead of the platform", skew)
	if skew < 0 {
		found = fmt.Sprintf("this machine is %s behind the platform", -skew)
	}
	const remedy = "set this machine's clock, and keep it so with NTP"
	switch {
	case skew.Abs() >= skewAllowed:
		d.errs = append(d.errs, &output.CodeError{Code: output.Failure,
			Err: tiktokshop.ErrClockSkew})
		d.tell("clock", failedState, found, remedy)
	case skew.Abs() >= skewWarned:
		d.tell("clock", warnState, found, remedy)
	default:
		d.tell("clock", wellState, "this machine agrees with the platform within half a minute", "")
	}
}

// account makes the calls that tell about token, scopes, allow list and ciphers.
func (d *doctorRun) account(ctx context.Context, client *tiktokshop.Client) {
	service := authorization.New(client)
	shops, err := service.GetAuthorizedShops(ctx, nil)
	assets, assetsErr := service.GetAuthorizedCategoryAssets(ctx, nil)
	switch {
	case err == nil || assetsErr == nil:
		d.tell("signature and token", wellState, "the platform takes them", "")
		d.tell("allow list", wellState, "this machine's address is not refused", "")
	case errors.Is(err, tiktokshop.ErrIPNotAllowed):
		d.fails("allow list", err)
		return
	default:
		d.fails("signature and token", err)
		return
	}
	shop, asset := d.a.ciphersInUse()
	d.cipher("shop cipher", shop, err, func(yield func(string) bool) {
		for _, s := range shops.Data.Shops {
			if !yield(s.Cipher) {
				return
			}
		}
	})
	d.cipher("category asset cipher", asset, assetsErr, func(yield func(string) bool) {
		for _, s := range assets.Data.CategoryAssets {
			if !yield(s.Cipher) {
				return
			}
		}
	})
}

// endWarned is how long before its end an authorization is warned of.
const endWarned = 14 * 24 * time.Hour

// authorization tells what a profile knows of its account: when its authorization ends, what is
// wrong with it, and what it has granted.
func (d *doctorRun) authorization(ctx context.Context) {
	const check = "authorization"
	if d.a.fake {
		return
	}
	if p, err := d.a.Profile(); err != nil || p == nil {
		d.tell(check, unknownState,
			"of a token in the environment nobody knows when it ends and what it was granted",
			"`tts auth login` makes a profile, which does")
		return
	} else if d.a.profile == "" {
		d.a.profile = p.Name
	}
	var h accounts.Health
	m, err := d.a.oneMember(ctx)
	if err == nil {
		h, err = m.health(ctx, false)
	}
	if err != nil {
		d.fails(check, err)
		return
	}
	d.health(check, &h)
}

// health judges what is known of an account.
func (d *doctorRun) health(check string, h *accounts.Health) {
	const again = "the account must authorize the app again: `tts auth login`"
	for _, problem := range h.Problems {
		state, remedy := warnState, "`tts auth list --check` looks again"
		if h.NeedsReauthorization() {
			state, remedy = failedState, again
			d.errs = append(d.errs, &output.CodeError{Code: output.Unauthorized,
				Err: errors.New(problem.String())})
		}
		d.tell(check, state, problem.String(), remedy)
	}
	left := h.AuthorizationExpiresAt.Sub(d.a.Now())
	switch {
	case len(h.Problems) > 0:
	case h.AuthorizationExpiresAt.IsZero():
		d.tell(check, unknownState, "the platform did not say when it ends", "")
	case left < endWarned:
		d.tell(check, warnState, "ends on "+h.AuthorizationExpiresAt.Format(time.DateOnly), again)
	default:
		d.tell(check, wellState, "good until "+h.AuthorizationExpiresAt.Format(time.DateOnly), "")
	}
	if n := len(h.Account.Scopes); n > 0 {
		d.tell("scopes", wellState, fmt.Sprintf("%d granted: %s", n,
			strings.Join(h.Account.Scopes, ", ")), "")
	} else {
		d.tell("scopes", unknownState, "the platform did not say which were granted", "")
	}
}

// cipher compares the cipher in use with those of the token; err is why those are not known.
func (d *doctorRun) cipher(check, used string, err error, all func(func(string) bool)) {
	if err != nil {
		d.tell(check, unknownState, "the token may not list them: "+err.Error(), "")
		return
	}
	n, is := 0, false
	for c := range all {
		n, is = n+1, is || c == used
	}
	switch {
	case used == "" && n == 0:
		d.tell(check, wellState, "none is set, and the token has none", "")
	case used == "":
		d.tell(check, warnState, fmt.Sprintf("none is set, and the token has %d", n),
			"`tts auth shops` or `tts auth assets` list them")
	case is:
		d.tell(check, wellState, "it is one of the token's", "")
	default:
		d.fails(check, fmt.Errorf("the %s is none of the %d of the token: %w", check, n,
			tiktokshop.ErrInvalidIdentifier))
	}
}

// ciphersInUse are those that Client sends.
func (a *App) ciphersInUse() (shop, asset string) {
	if a.fake {
		return tiktokshoptest.ShopCipher, tiktokshoptest.CategoryAssetCipher
	}
	if p, err := a.Profile(); err == nil && p != nil {
		return p.ShopCipher, p.CategoryAssetCipher
	}
	return a.Getenv("TIKTOK_SHOP_CIPHER"), a.Getenv("TIKTOK_CATEGORY_ASSET_CIPHER")
}
