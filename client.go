package tiktokshop

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/clock"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// DefaultBaseURL is the platform's one host for all markets.
const DefaultBaseURL = "https://open-api.tiktokglobalshop.com"

// Client calls the TikTok Shop API for one app. It is immutable and safe for concurrent use; make
// one per app and derive the rest with With. No way of printing it shows a secret.
type Client struct {
	// AffiliatePartner serves affiliate partners (TAP) and creator agencies (CAP).
	AffiliatePartner *AffiliatePartner
	// Auth gets tokens: authorization links, code exchange, refresh.
	Auth *Auth

	cfg *config
}

// config is everything a Client knows. It is copied before it is changed and
// never changed once a Client holds it.
type config struct {
	signer              *Signer
	tokens              token.Source  // nil until one is set
	given               *scrub.Memory // of the tokens of a source
	shopCipher          string
	categoryAssetCipher string

	scheme, host     string
	authBase         *url.URL // of the token host
	httpClient       *http.Client
	userAgent        string
	now              func() time.Time
	log              *slog.Logger // nil logs nothing
	maxResponseBytes int64
	attemptTimeout   time.Duration

	retry      RetryPolicy
	repeatSafe *bool             // the caller's word on it, nil if there is none
	limiter    ratelimit.Limiter // nil until one is set
	observers  []*watcher
	unknown    func(*invocation, *attempt, *answer, reflect.Type) // nil looks for nothing
	dump       func(*invocation, *attempt, *answer, error)        // nil writes nothing
	logBodies  int                                                // bytes of each body
	skew       *clock.Skew
}

// NewClient returns a Client for the app with this key and secret. It refuses what cannot work with
// an *InputError that names it: an empty key or secret, or an option with a value out of range.
func NewClient(appKey, appSecret string, opts ...Option) (*Client, error) {
	signer, err := NewSigner(appKey, appSecret)
	if err != nil {
		return nil, err
	}
	base := &config{
		signer:           signer,
		userAgent:        defaultUserAgent(),
		now:              time.Now,
		maxResponseBytes: 32 << 20,
		attemptTimeout:   30 * time.Second,
		retry:            RetryPolicy{}.withDefaults(),
	}
	cfg, err := base.with(append([]Option{WithBaseURL(DefaultBaseURL), WithAuthBaseURL(
		DefaultAuthBaseURL)}, opts...))
	if err != nil {
		return nil, err
	}
	if cfg.httpClient == nil {
		cfg.httpClient = wire.NoRedirects(&http.Client{Transport: wire.DefaultTransport()})
	}
	return newClient(cfg), nil
}

// With returns a Client that differs from c in the options given and shares
// its connections. It costs nanoseconds: derive one for each partner, shop or token.
func (c *Client) With(opts ...Option) (*Client, error) {
	cfg, err := c.config(opts)
	if err != nil {
		return nil, err
	}
	return newClient(cfg), nil
}

// newClient makes a client and its services in one piece of memory.
func newClient(cfg *config) *Client {
	all := new(struct {
		client           Client
		affiliatePartner AffiliatePartner
		auth             Auth
	})
	c := &all.client
	c.cfg = cfg
	all.affiliatePartner.client, c.AffiliatePartner = c, &all.affiliatePartner
	all.auth.client, c.Auth = c, &all.auth
	return c
}

// api is the client of a service; nil for that of a Client{}, which is an *InputError when called.
func (s *AffiliatePartner) api() *Client {
	if s == nil {
		return nil
	}
	return s.client
}

func (a *Auth) api() *Client {
	if a == nil {
		return nil
	}
	return a.client
}

// config returns the client's configuration with opts applied.
func (c *Client) config(opts []Option) (*config, error) {
	if c == nil || c.cfg == nil {
		return nil, &InputError{Field: "client", Reason: "was not made by NewClient"}
	}
	return c.cfg.with(opts)
}

func (cfg *config) with(opts []Option) (*config, error) {
	if len(opts) == 0 {
		return cfg, nil
	}
	derived := *cfg
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&derived); err != nil {
			return nil, err
		}
	}
	return &derived, nil
}

// Format prints the app key and the base URL for every verb.
func (c Client) Format(f fmt.State, _ rune) {
	if c.cfg == nil {
		_, _ = io.WriteString(f, "tiktokshop.Client{}")
		return
	}
	_, _ = fmt.Fprintf(f, "tiktokshop.Client{app key %s, %s://%s}", c.cfg.signer.appKey,
		c.cfg.scheme, c.cfg.host)
}
