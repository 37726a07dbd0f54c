package tiktokshop

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewClientRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		field, reason string
		key, secret   string
		opt           Option
	}{
		{"app key", "is empty", "", "s", nil},
		{"app secret", "is empty", "k", "", nil},
		{"app secret", "white space", "k", "secret\n", nil},
		{"access token", "is empty", "k", "s", WithAccessToken("")},
		{"access token", "control character", "k", "s", WithAccessToken("tok\ren")},
		{"shop cipher", "is empty", "k", "s", WithShopCipher("")},
		{"category asset cipher", "is empty", "k", "s", WithCategoryAssetCipher("")},
		{"base URL", "https://", "k", "s", WithBaseURL("open-api.tiktokglobalshop.com")},
		{"base URL", "https://", "k", "s", WithBaseURL("/relative")},
		{"base URL", "https://", "k", "s", WithBaseURL("ftp://example.test")},
		{"base URL", "no host", "k", "s", WithBaseURL("https://")},
		{"base URL", "cannot be parsed", "k", "s", WithBaseURL("https://%zz")},
		{"base URL", "must be https", "k", "s", WithBaseURL("http://example.test")},
		{"base URL", "must be https", "k", "s", WithBaseURL("http://127.0.0.1.example.test")},
		{"base URL", "user information", "k", "s", WithBaseURL("https://u:p@example.test")},
		{"base URL", "prefix cannot work", "k", "s", WithBaseURL("https://example.test/proxy")},
		{"base URL", "prefix cannot work", "k", "s", WithBaseURL("https://example.test?x=1")},
		{"HTTP client", "is nil", "k", "s", WithHTTPClient(nil)},
		{"user agent", "is empty", "k", "s", WithUserAgent(" ")},
		{"user agent", "control character", "k", "s", WithUserAgent("a\nb")},
		{"clock", "is nil", "k", "s", WithClock(nil)},
		{"max response bytes", "must be positive", "k", "s", WithMaxResponseBytes(0)},
		{"attempt timeout", "must not be negative", "k", "s", WithAttemptTimeout(-1)},
	} {
		c, err := NewClient(tc.key, tc.secret, tc.opt)
		var inputErr *InputError
		require.ErrorAs(t, err, &inputErr, tc.reason)
		assert.Nil(t, c)
		assert.Equal(t, tc.field, inputErr.Field)
		assert.Contains(t, inputErr.Reason, tc.reason)
		assert.Equal(t, "tiktokshop: "+tc.field+": "+inputErr.Reason, err.Error())
	}
}

func TestNewClientAcceptsLoopback(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"http://localhost:8080", "http://127.0.0.1", "http://127.8.8.8:1/",
		"http://[::1]:80", "https://example.test/"} {
		_, err := NewClient("k", "s", WithBaseURL(u))
		assert.NoError(t, err, u)
	}
}

func TestWithDerivesAndLeavesTheParent(t *testing.T) {
	t.Parallel()
	hc := &http.Client{Timeout: time.Minute}
	parent, err := NewClient("k", "s", WithHTTPClient(hc), WithAccessToken("parent-token"),
		WithCategoryAssetCipher("c1"))
	require.NoError(t, err)
	child, err := parent.With(WithAccessToken("child-token"), WithShopCipher("shop"))
	require.NoError(t, err)

	assert.Equal(t, "parent-token", staticTokenOf(parent))
	assert.Empty(t, parent.cfg.shopCipher)
	assert.Equal(t, "child-token", staticTokenOf(child))
	assert.Equal(t, "c1", child.cfg.categoryAssetCipher)
	assert.Same(t, parent.cfg.httpClient, child.cfg.httpClient, "connections are shared")
	assert.Same(t, child, child.AffiliatePartner.client, "the services of the child use the child")
	assert.Nil(t, hc.CheckRedirect, "the caller's http.Client stays as it was")
	assert.Equal(t, time.Minute, child.cfg.httpClient.Timeout)

	_, err = parent.With(WithAccessToken(""))
	assert.Error(t, err)
	_, err = new(Client).With()
	assert.ErrorContains(t, err, "was not made by NewClient")
}

func TestDefaultHTTPClient(t *testing.T) {
	t.Parallel()
	c, err := NewClient("k", "s")
	require.NoError(t, err)
	tr, ok := c.cfg.httpClient.Transport.(*http.Transport)
	require.True(t, ok)
	assert.NotSame(t, http.DefaultTransport, tr)
	assert.Greater(t, tr.MaxIdleConnsPerHost, http.DefaultMaxIdleConnsPerHost)
	assert.Equal(t, "https", c.cfg.scheme)
	assert.Equal(t, "open-api.tiktokglobalshop.com", c.cfg.host)
	assert.True(t, strings.HasPrefix(c.cfg.userAgent, "tiktokshop-go/"))
}

func staticTokenOf(c *Client) string { return c.cfg.tokens.(staticToken).token.Reveal() }
