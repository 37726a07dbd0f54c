package tiktokshop

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/clock"
	"github.com/tiktokshop-go/tiktokshop/internal/version"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Version is the version of this SDK as the build of the program knows it, such as "v1.2.3";
// "(devel)" in a checkout and where the build does not tell. It is part of the User-Agent header.
func Version() string { return version.OfSDK() }

// defaultUserAgent identifies the SDK.
func defaultUserAgent() string { return "tiktokshop-go/" + strings.Trim(Version(), "()") }

// Option sets one thing of a Client. The same options work on NewClient, on Client.With and on a
// single call, where they hold for that call alone. A value that cannot work is an *InputError.
type Option func(*config) error

// WithAccessToken sets the token of the authorized seller, creator or partner,
// sent in the x-tts-access-token header.
func WithAccessToken(accessToken string) Option {
	return func(c *config) error {
		if reason := bind.Credential(accessToken); reason != "" {
			return &InputError{Field: "access token", Reason: reason}
		}
		c.tokens, c.given = staticToken{token.NewSecret(accessToken)}, nil
		return nil
	}
}

// WithShopCipher sets the cipher of the shop to work on, as the authorized shops list has
// it. It is sent only to operations that take one.
func WithShopCipher(cipher string) Option {
	return func(c *config) error {
		if reason := bind.Credential(cipher); reason != "" {
			return &InputError{Field: "shop cipher", Reason: reason}
		}
		c.shopCipher = cipher
		return nil
	}
}

// WithCategoryAssetCipher sets the cipher of the partner's category asset, as the authorized
// category assets list has it. It is sent only to operations that take one.
func WithCategoryAssetCipher(cipher string) Option {
	return func(c *config) error {
		if reason := bind.Credential(cipher); reason != "" {
			return &InputError{Field: "category asset cipher", Reason: reason}
		}
		c.categoryAssetCipher = cipher
		return nil
	}
}

// WithBaseURL sets the scheme and host to call instead of DefaultBaseURL, for a
// fake in tests. Plain http is for loopback hosts only. A path is refused: the platform signs the
// whole path.
func WithBaseURL(baseURL string) Option {
	return func(c *config) error {
		u, reason := wire.ParseBase(baseURL)
		if reason != "" {
			return &InputError{Field: "base URL", Reason: reason}
		}
		c.scheme, c.host = u.Scheme, u.Host
		c.skew = new(clock.Skew)
		return nil
	}
}

// WithAuthBaseURL sets the scheme and host of the token host instead of DefaultAuthBaseURL, for a
// fake in tests. The rules of WithBaseURL hold: app secret and tokens travel in the URLs.
func WithAuthBaseURL(baseURL string) Option {
	return func(c *config) error {
		u, reason := wire.ParseBase(baseURL)
		if reason != "" {
			return &InputError{Field: "auth base URL", Reason: reason}
		}
		c.authBase = &url.URL{Scheme: u.Scheme, Host: u.Host}
		return nil
	}
}

// WithHTTPClient sets the http.Client whose transport, jar and timeout are used.
// It is copied, not changed; redirects are not followed whatever its CheckRedirect says.
func WithHTTPClient(client *http.Client) Option {
	return func(c *config) error {
		if client == nil {
			return &InputError{Field: "HTTP client", Reason: "is nil"}
		}
		c.httpClient = wire.NoRedirects(client)
		return nil
	}
}

// WithUserAgent puts a product such as "my-service/1.2" before the SDK's in the User-Agent.
func WithUserAgent(product string) Option {
	return func(c *config) error {
		if strings.TrimSpace(product) == "" {
			return &InputError{Field: "user agent", Reason: "is empty"}
		}
		if strings.ContainsFunc(product, bind.IsControl) {
			return &InputError{Field: "user agent", Reason: "contains a control character"}
		}
		c.userAgent = product + " " + defaultUserAgent()
		return nil
	}
}

// WithClock sets the clock that timestamps are read from instead of time.Now. Waits and time limits
// are not measured with it.
func WithClock(now func() time.Time) Option {
	return func(c *config) error {
		if now == nil {
			return &InputError{Field: "clock", Reason: "is nil"}
		}
		c.now = now
		c.skew = new(clock.Skew)
		return nil
	}
}

// WithLogger sets where calls are logged: each attempt at debug level, with operation, path
// template, status, code, request id, number, duration and the wait before it; at warn level a call
// given up although another attempt might have helped, a wrong clock, and once in a process each
// operation that the platform stops within 60 days, or has stopped. Token sources log refreshes at
// info level and what goes wrong with them above it. No record holds a secret. nil, the default,
// logs nothing.
func WithLogger(logger *slog.Logger) Option {
	return func(c *config) error {
		c.log = logger
		return nil
	}
}

// WithMaxResponseBytes bounds an answer, 32 MiB by default. More is ErrResponseTooLarge.
func WithMaxResponseBytes(n int64) Option {
	return func(c *config) error {
		if n < 1 {
			return &InputError{Field: "max response bytes",
				Reason: fmt.Sprintf("is %d, must be positive", n)}
		}
		c.maxResponseBytes = n
		return nil
	}
}

// WithAttemptTimeout bounds one attempt, from dialing to the last byte of the
// answer, 30 seconds by default and a second more for each 128 KiB of an upload. The context bounds
// the call as a whole; 0 leaves it alone to do so.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return &InputError{Field: "attempt timeout",
				Reason: fmt.Sprintf("is %v, must not be negative", d)}
		}
		c.attemptTimeout = d
		return nil
	}
}

// ErrAttemptTimeout: an attempt had no answer within the limit of WithAttemptTimeout, or of the
// http.Client. The end of the caller's own context is context.DeadlineExceeded or context.Canceled
// instead.
var ErrAttemptTimeout error = attemptTimeout{}

type attemptTimeout struct{}

func (attemptTimeout) Error() string   { return "attempt timed out" }
func (attemptTimeout) Timeout() bool   { return true }
func (attemptTimeout) Retryable() bool { return true }
