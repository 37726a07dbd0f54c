package tiktokshop_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
)

func TestAuthorizationLinks(t *testing.T) {
	t.Parallel()
	auth := newApp(t).Auth
	link := func(s string, err error) string {
		require.NoError(t, err)
		return s
	}
	for want, got := range map[string]string{
		"https://services.us.tiktokshop.com/open/authorize?service_id=7&state=s%3D1": link(
			auth.SellerLink(tiktokshop.MarketUS, "7", "s=1")),
		"https://services.tiktokshop.com/open/authorize?service_id=7&state=s": link(
			auth.SellerLink(tiktokshop.MarketGlobal, "7", "s")),
		"https://partner.us.tiktokshop.com/open/authorize?service_id=7&state=s": link(
			auth.PartnerLink(tiktokshop.MarketUS, "7", "s")),
		"https://partner.tiktokshop.com/open/authorize?service_id=7&state=s": link(
			auth.PartnerLink(tiktokshop.MarketGlobal, "7", "s")),
		"https://shop.tiktok.com/alliance/creator/auth?app_key=29a39d&state=s": link(auth.CreatorLink("s")),
	} {
		assert.Equal(t, want, got)
	}
}

func TestAuthorizationLinksRefuseBadInput(t *testing.T) {
	t.Parallel()
	auth := newApp(t).Auth
	for name, make := range map[string]func() (string, error){
		"service id": func() (string, error) {
			return auth.SellerLink(tiktokshop.MarketUS, "", "s")
		},
		"state": func() (string, error) {
			return auth.PartnerLink(tiktokshop.MarketUS, "7", "")
		},
		"market": func() (string, error) { return auth.PartnerLink(7, "7", "s") },
		"state ": func() (string, error) { return auth.CreatorLink(" s ") },
	} {
		link, err := make()
		var input *tiktokshop.InputError
		require.ErrorAs(t, err, &input, name)
		assert.Equal(t, strings.TrimSpace(name), input.Field)
		assert.Empty(t, link)
	}
	_, err := (&tiktokshop.Auth{}).CreatorLink("s")
	assert.Error(t, err)
	_, err = auth.SellerLink(7, "", "")
	var fields []string
	for _, input := range tiktokshop.InputErrors(err) {
		fields = append(fields, input.Field)
	}
	assert.Equal(t, []string{"market", "service id", "state"}, fields, "all mistakes at once")
}

func TestNewStateIsLongAndNew(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 100 {
		s := tiktokshop.NewState()
		assert.Len(t, s, 43) // 32 bytes
		assert.Equal(t, s, url.QueryEscape(s))
		seen[s] = true
	}
	assert.Len(t, seen, 100)
}

func TestParseCallback(t *testing.T) {
	t.Parallel()
	inputError := new(tiktokshop.InputError)
	for name, tc := range map[string]struct {
		query, state string
		want         error
	}{
		"code":         {"code=ROW_c&state=s1", "s1", nil},
		"creator":      {"code=ROW_c&state=s1&app_key=29a39d", "s1", nil},
		"other state":  {"code=ROW_c&state=s2", "s1", tiktokshop.ErrStateMismatch},
		"longer state": {"code=ROW_c&state=s11", "s1", tiktokshop.ErrStateMismatch},
		"no state":     {"code=ROW_c", "s1", tiktokshop.ErrStateMismatch},
		"denied": {"code=null&error=auth_denied&state=s1", "s1",
			tiktokshop.ErrAuthorizationDenied},
		"denied, old word": {"error=access_denied&state=s1", "s1",
			tiktokshop.ErrAuthorizationDenied},
		"denied, no state": {"code=null&error=auth_denied", "s1",
			tiktokshop.ErrAuthorizationDenied},
		"denied, unknown word": {"error=server_error&state=s1", "s1",
			tiktokshop.ErrAuthorizationDenied},
		"denied, foreign state": {"error=auth_denied&state=s2", "s1",
			tiktokshop.ErrStateMismatch},
		"no code":                  {"state=s1", "s1", inputError},
		"null code":                {"code=null&state=s1", "s1", inputError},
		"broken code":              {"code=a%20b&state=s1", "s1", inputError},
		"nothing to compare with":  {"code=ROW_c&state=", "", inputError},
		"nothing at all":           {"", "", inputError},
		"session over, real state": {"code=ROW_c&state=s1", "", inputError},
	} {
		q, err := url.ParseQuery(tc.query)
		require.NoError(t, err)
		got, err := tiktokshop.ParseCallback(q, tc.state)
		var input *tiktokshop.InputError
		switch {
		case tc.want == nil:
			require.NoError(t, err, name)
			assert.Equal(t, "ROW_c", got.Code.Reveal(), name)
			assert.Equal(t, "s1", got.State, name)
			assert.Equal(t, q.Get("app_key"), got.AppKey, name)
		case errors.As(tc.want, &input):
			assert.ErrorAs(t, err, &input, name)
		default:
			assert.ErrorIs(t, err, tc.want, name)
		}
	}
}

func TestParseInstallCallbackNeedsNoState(t *testing.T) {
	t.Parallel()
	got, err := tiktokshop.ParseInstallCallback(url.Values{"code": {"ROW_c"}})
	require.NoError(t, err)
	assert.Equal(t, "ROW_c", got.Code.Reveal())
	_, err = tiktokshop.ParseInstallCallback(url.Values{"error": {"auth_denied"}})
	assert.ErrorIs(t, err, tiktokshop.ErrAuthorizationDenied)
}

func FuzzParseCallback(f *testing.F) {
	f.Add("code=ROW_c&state=s1", "s1")
	f.Add("code=null&error=auth_denied", "s1")
	f.Add("error=%00%0a&state=s1", "s1")
	f.Fuzz(func(t *testing.T, query, state string) {
		q, _ := url.ParseQuery(query)
		got, err := tiktokshop.ParseCallback(q, state)
		if err == nil && (got.Code.IsZero() || state == "" || q.Get("state") != state ||
			q.Get("error") != "") {
			t.Fatalf("accepted %q with state %q", query, state)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x00") {
			t.Fatalf("error quotes control characters: %q", err)
		}
	})
}
