package recorder_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/recorder"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// A source that refreshes works in a replay, too: each token has a stand-in of its own.
func TestTokenRefresh(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.AddAccount(tiktokshoptest.Account{OpenID: "partner", UserType: token.UserTypePartner})
	code := srv.IssueCode("partner")
	var secrets []string
	flow := func(t *testing.T, c *tiktokshop.Client, code token.Secret, spoil func()) {
		pair, err := c.Auth.ExchangeCode(t.Context(), code)
		require.NoError(t, err)
		source, err := c.Auth.TokenSource(token.SourceOptions{OpenID: pair.OpenID,
			Store: token.NewMemoryStore()})
		require.NoError(t, err)
		require.NoError(t, source.Put(t.Context(), pair))
		first, err := source.AccessToken(t.Context())
		require.NoError(t, err)
		secrets = append(secrets, pair.AccessToken.Reveal(), pair.RefreshToken.Reveal())
		call := func() {
			_, err = c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"),
				tiktokshop.WithTokenSource(source))
			require.NoError(t, err)
		}
		call()
		spoil()
		call() // refused, refreshed, repeated
		second, err := source.AccessToken(t.Context())
		require.NoError(t, err)
		require.NotEqual(t, first.Reveal(), second.Reveal())
		secrets = append(secrets, second.Reveal())
		assert.Greater(t, time.Until(pair.AccessTokenExpiresAt), time.Hour)
	}
	dir := record(t, srv, func(c *tiktokshop.Client) {
		flow(t, c, code, func() { srv.ExpireAccessTokens("partner") })
	})
	require.Equal(t, 1, srv.Refreshes("partner"))
	text := read(t, dir)
	assertHides(t, text, append(secrets, tiktokshoptest.AppSecret, code.Reveal())...)
	assert.Contains(t, text, `"access_token": "masked-access-token-1"`)
	assert.Contains(t, text, `"refresh_token": "masked-refresh-token-`)

	rec, client := replaying(t, dir, recorder.WithAllUsed())
	flow(t, client, token.NewSecret("another-code"), func() {})
	require.NoError(t, rec.Close())
}

// The ends of tokens move with the clock.
func TestTokensLiveOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "r.yaml"), []byte(`---
version: 2
interactions:
- request:
    method: GET
    url: https://auth.tiktok-shops.com/api/v2/token/refresh?app_key=x&grant_type=refresh_token&app_secret=y&refresh_token=z
  response:
    code: 200
    headers: {date: ["Tue, 05 Mar 2024 10:00:00 GMT"]}
    body: |
      {"code": 0, "data": {"access_token": "masked-access-token-1", "access_token_expire_in": 1709636400,
       "refresh_token": "r", "refresh_token_expire_in": "1709640000"}}
`), 0o600))
	now := time.Unix(1900000000, 0)
	_, client := replaying(t, dir, recorder.WithClock(func() time.Time { return now }))
	got, err := client.Auth.RefreshToken(t.Context(), token.NewSecret("another-refresh"))
	require.NoError(t, err)
	assert.Equal(t, time.Hour, got.AccessTokenExpiresAt.Sub(now))
	assert.Equal(t, 2*time.Hour, got.RefreshTokenExpiresAt.Sub(now))
}
