package tiktokshop_test

import (
	"bytes"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// oddBody is JSON with everything that a shell would read otherwise.
var oddBody = map[string]any{"name": `it's "$HOME" \ ` + "`id`\n\x1b[31m"}

func serverWithCampaign(t *testing.T) *tiktokshoptest.Server {
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{
		ID: "7362840009596339923", Products: []tiktokshoptest.Product{{ID: "7362840009596339971"}},
	})
	return srv
}

func TestDump(t *testing.T) {
	t.Parallel()
	srv := serverWithCampaign(t)
	var dump bytes.Buffer
	client := srv.Client(tiktokshop.WithDump(&dump))
	srv.FailNext(1, tiktokshoptest.Fault{Status: 503})
	_, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(),
		&tiktokshop.GenerateMultiProductLinkRequest{
			CampaignID: "7362840009596339923", ProductIDs: []tiktokshop.ID{"7362840009596339971"},
		})
	require.ErrorIs(t, err, tiktokshop.ErrUnavailable)

	text := dump.String()
	query, err := url.ParseQuery(srv.Requests()[0].RawQuery)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(text, "curl -X POST '"+srv.URL+"/affiliate_partner/"), text)
	for _, want := range []string{
		"# AffiliatePartner.GenerateMultiProductLink, attempt 1, ",
		"app_key=" + tiktokshoptest.AppKey, "timestamp=" + query.Get("timestamp"),
		"sign=%5Bredacted%5D",
		"  -H 'x-tts-access-token: [redacted]' \\\n", "  -H 'content-type: application/json' \\\n",
		`  --data-raw '{"product_ids":["7362840009596339971"]}'` + "\n",
		"\nHTTP 503 Service Unavailable\n", "Content-Type: ", "# error: ",
	} {
		assert.Contains(t, strings.ReplaceAll(text, "sign=[redacted]", "sign=%5Bredacted%5D"), want)
	}
	for _, secret := range []string{tiktokshoptest.AppSecret, tiktokshoptest.AccessToken,
		query.Get("sign")} {
		require.NotEmpty(t, secret)
		assert.NotContains(t, text, secret)
	}

	dump.Reset()
	_, err = srv.Client().AffiliatePartner.GenerateMultiProductLink(t.Context(),
		&tiktokshop.GenerateMultiProductLinkRequest{
			CampaignID: "7362840009596339923", ProductIDs: []tiktokshop.ID{"7362840009596339971"},
		}, tiktokshop.WithDump(&dump))
	require.NoError(t, err)
	assert.Contains(t, dump.String(), "HTTP 200 OK\n", "the option holds for a call alone, too")
	assert.Contains(t, dump.String(), `"code":0`)
	assert.NotContains(t, dump.String(), "# error: ")
}

// The answer of the token host holds a new pair, its request the app secret.
func TestDumpOfATokenRequest(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	var dump bytes.Buffer
	client := srv.Client(tiktokshop.WithDump(&dump))
	srv.AddAccount(tiktokshoptest.Account{OpenID: "partner", UserType: token.UserTypePartner})
	code := srv.IssueCode("partner")
	pair, err := client.Auth.ExchangeCode(t.Context(), code)
	require.NoError(t, err)
	assert.Contains(t, dump.String(), "/api/v2/token/get?app_key=")
	assert.Contains(t, dump.String(), "app_secret=[redacted]&auth_code=[redacted]")
	assert.Contains(t, dump.String(), "(the answer holds a secret and is not shown)")
	for _, secret := range []string{tiktokshoptest.AppSecret, code.Reveal(),
		pair.AccessToken.Reveal(), pair.RefreshToken.Reveal()} {
		assert.NotContains(t, dump.String(), secret)
	}
}

// A shell reads the command as it was meant.
func TestDumpIsForAShell(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	srv := tiktokshoptest.NewServer(t)
	var dump bytes.Buffer
	_, err = tiktokshop.Do[struct{}](t.Context(), srv.Client(), opRead, tiktokshop.Params{
		Path: map[string]string{"id": "99"}, Body: oddBody,
	}, tiktokshop.WithDump(&dump))
	require.Error(t, err) // the fake has no such operation
	command, _, ok := strings.Cut(dump.String(), "\n\nHTTP ")
	require.True(t, ok, dump.String())
	assert.NotContains(t, command, "\x1b")
	script := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(script,
		[]byte("curl() { for a; do printf '%s|' \"$a\"; done; }\n"+command+"\n"), 0o600))
	out, err := exec.CommandContext(t.Context(), sh, script).CombinedOutput()
	require.NoError(t, err, string(out))
	words := strings.Split(string(out), "|")
	require.Equal(t, []string{"--data-raw",
		`{"name":"it's \"$HOME\" \\ ` + "`id`" + `\n\u001b[31m"}`, ""}, words[len(words)-3:])
}

func TestDumpAndLogBodiesCheckTheirInput(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opt  tiktokshop.Option
		want string
	}{
		"no writer": {tiktokshop.WithDump(nil), "tiktokshop: dump: has no writer"},
		"nil buffer": {tiktokshop.WithDump((*bytes.Buffer)(nil)),
			"tiktokshop: dump: has no writer"},
		"negative": {tiktokshop.WithLogBodies(-1),
			"tiktokshop: log bodies: is -1, must not be negative"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tiktokshop.NewClient("key", "secret", tc.opt)
			require.EqualError(t, err, tc.want)
		})
	}
}

func TestLogBodies(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opts          []tiktokshop.Option
		fault         bool
		request, body bool
	}{
		"a failure": {[]tiktokshop.Option{tiktokshop.WithLogBodies(1 << 10)}, true, true,
			true},
		"a success": {[]tiktokshop.Option{tiktokshop.WithLogBodies(1 << 10)}, false, false,
			false},
		"without the option": {nil, true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := serverWithCampaign(t)
			var logged bytes.Buffer
			log := slog.New(slog.NewTextHandler(&logged,
				&slog.HandlerOptions{Level: slog.LevelDebug}))
			client := srv.Client(append(tc.opts, tiktokshop.WithLogger(log))...)
			if tc.fault {
				srv.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 16032007,
					Message: "no such campaign"})
			}
			_, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(),
				&tiktokshop.GenerateMultiProductLinkRequest{
					CampaignID: "7362840009596339923",
					ProductIDs: []tiktokshop.ID{"7362840009596339971"},
				})
			require.Equal(t, tc.fault, err != nil)
			require.Contains(t, logged.String(), "tiktokshop: attempt")
			assert.Equal(t, tc.request, strings.Contains(logged.String(),
				`request_body="{\"product_ids\"`), logged.String())
			assert.Equal(t, tc.body, strings.Contains(logged.String(),
				`answer_body="{\"code\":16032007`), logged.String())
		})
	}
}
