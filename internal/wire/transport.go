package wire

import (
	"net"
	"net/http"
	"time"
)

// NoRedirects copies an http.Client and stops the copy from following
// redirects, which would carry the access token to another host.
func NoRedirects(c *http.Client) *http.Client {
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	return &own
}

// DefaultTransport is http.DefaultTransport with room for more idle connections, as all calls go to
// one host. A test that has put another RoundTripper there is respected.
func DefaultTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = t.MaxIdleConns
	t.MaxResponseHeaderBytes = 1 << 20
	t.DialContext = newDialer().DialContext
	// A connection that is dead and does not say so is found out, instead of failing every call
	// until its time limit.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 10 * time.Second}
	return t
}

// newDialer makes connections. Its limit is shorter than that of an attempt, so that a failed dial
// shows as one: it is always safe to repeat.
func newDialer() *net.Dialer {
	return &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
}
