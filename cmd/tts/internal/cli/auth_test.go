package cli

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// startLogin runs tts auth login against a fake, and returns it with the page that it prints and
// the address that it waits at.
func startLogin(
	t *testing.T, args ...string,
) (srv *tiktokshoptest.Server, r *run, page, back string) {
	t.Helper()
	srv = tiktokshoptest.NewServer(t)
	r = startRun(t, map[string]string{
		"TIKTOK_BASE_URL": srv.URL, "TIKTOK_AUTH_BASE_URL": srv.URL,
		"TIKTOK_APP_KEY": tiktokshoptest.AppKey, "TIKTOK_APP_SECRET": tiktokshoptest.AppSecret,
	}, append([]string{"auth", "login", "--service-id", tiktokshoptest.ServiceID, "--addr",
		"127.0.0.1:0"}, args...)...)
	pages := regexp.MustCompile(`(?m)^(http\S+/open/authorize\S+)$`)
	waits := regexp.MustCompile(`waits at (\S+) for`)
	require.Eventually(t, func() bool { return pages.MatchString(r.err.String()) }, 20*time.Second,
		10*time.Millisecond)
	page = pages.FindStringSubmatch(r.err.String())[1]
	if match := waits.FindStringSubmatch(r.err.String()); match != nil {
		back = match[1]
		srv.SetRedirectURL(back)
	}
	return srv, r, page, back
}

func TestLoginTakesOnlyItsOwnAnswer(t *testing.T) {
	t.Parallel()
	_, r, page, back := startLogin(t)

	// Somebody else's code, with another state or none, does not get in, and the login goes on
	// waiting.
	for _, query := range []string{"code=stolen&state=other", "code=stolen", ""} {
		res := get(t, http.DefaultClient, back+"?"+query)
		assert.Equal(t, http.StatusBadRequest, res.StatusCode, query)
	}
	res := get(t, http.DefaultClient, page) // the browser, which follows the redirect
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), "Authorized.")
	assert.Equal(t, "no-referrer", res.Header.Get("Referrer-Policy"))
	assert.Contains(t, r.line(), "seller Fake Seller has authorized the app: profile fake-seller")
	assert.Equal(t, 0, r.end(), r.err)
	assert.NotContains(t, r.err.String(), tiktokshoptest.AppSecret)
}

func TestLoginDenied(t *testing.T) {
	t.Parallel()
	srv, r, page, _ := startLogin(t)
	srv.DenyNextAuthorization()
	assert.Equal(t, http.StatusBadGateway, get(t, http.DefaultClient, page).StatusCode)
	assert.Equal(t, 3, r.end())
	assert.Contains(t, r.err.String(), "authorization denied")
}

func TestLoginInterrupted(t *testing.T) {
	t.Parallel()
	_, r, _, _ := startLogin(t)
	r.stop()
	assert.Equal(t, 130, r.end())
}

func TestLoginInTime(t *testing.T) {
	t.Parallel()
	_, r, _, _ := startLogin(t, "--timeout", "1ms")
	assert.Equal(t, 3, r.end())
	assert.Contains(t, r.err.String(), "nobody has authorized the app in time")
}

func TestLoginPaste(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		of   func(address *url.URL) string
		code int
	}{
		{"as it is", func(u *url.URL) string { return u.String() }, 0},
		{"other state", func(u *url.URL) string {
			q := u.Query()
			q.Set("state", "other")
			return "https://app.test/?" + q.Encode()
		}, 3},
		{"no address", func(*url.URL) string { return "code" }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv, r, page, _ := startLogin(t, "--paste")
			srv.SetRedirectURL("https://app.test/back")
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			}}
			address, err := get(t, client, page).Location()
			require.NoError(t, err)
			go func() { _, _ = io.WriteString(r.in, c.of(address)+"\n") }()
			assert.Equal(t, c.code, r.end(), r.err)
			assert.NotContains(t, r.err.String(), address.Query().Get("code"))
		})
	}
}
