package tiktokshop_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// platform is a fake platform with one account, and a client and a source for it.
func platform(t *testing.T) (*tiktokshoptest.Server, *tiktokshop.Client, *token.RefreshingSource) {
	t.Helper()
	srv := tiktokshoptest.NewServer(t)
	srv.AddAccount(tiktokshoptest.Account{OpenID: "o", UserType: token.UserTypePartner})
	source, err := srv.Client().Auth.TokenSource(token.SourceOptions{OpenID: "o",
		Store: token.NewMemoryStore()})
	require.NoError(t, err)
	require.NoError(t, source.Put(t.Context(), srv.IssueToken("o")))
	return srv, srv.Client(tiktokshop.WithTokenSource(source)), source
}

// codes are the codes that the server answered with, and paths the ends of the paths.
func codes(srv *tiktokshoptest.Server) (codes []int, paths []string) {
	for _, r := range srv.Requests() {
		codes = append(codes, r.Code)
		paths = append(paths, r.Path[strings.LastIndexByte(r.Path, '/')+1:])
	}
	return codes, paths
}

func TestExpiredTokenIsRefreshedAndTheCallSentAgain(t *testing.T) {
	t.Parallel()
	srv, client, _ := platform(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Products: []tiktokshoptest.Product{{ID: "2"}}})
	srv.ExpireAccessTokens("o")
	resp, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(),
		&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "1",
			ProductIDs: []tiktokshop.ID{"2"}})
	require.NoError(t, err)
	assert.Len(t, resp.Data.ProductPromotionLinks, 1)
	got, paths := codes(srv)
	assert.Equal(t, []int{105002, 0, 0}, got)
	assert.Equal(t, []string{"generate_batch", "refresh", "generate_batch"}, paths)
	requests := srv.Requests()
	assert.Equal(t, requests[0].Body, requests[2].Body)
	assert.NotEqual(t, requests[0].Header["X-Tts-Access-Token"],
		requests[2].Header["X-Tts-Access-Token"])
}

func TestExpiredTokenIsRefreshedOnce(t *testing.T) {
	t.Parallel()
	srv, client, _ := platform(t)
	srv.SetTokenLifetimes(0, time.Hour) // every new token is expired, too
	srv.ExpireAccessTokens("o")
	_, err := authorization.New(client).GetAuthorizedShops(t.Context(), nil)
	assert.ErrorIs(t, err, tiktokshop.ErrTokenExpired)
	got, _ := codes(srv)
	assert.Equal(t, []int{105002, 0, 105002}, got)
}

func TestRefusalsThatARefreshCannotHelp(t *testing.T) {
	t.Parallel()
	srv, client, _ := platform(t)
	srv.RevokeAuthorization("o")
	_, err := authorization.New(client).GetAuthorizedShops(t.Context(), nil)
	assert.ErrorIs(t, err, tiktokshop.ErrTokenInvalid)
	var apiErr *tiktokshop.APIError
	assert.ErrorAs(t, err, &apiErr, "the platform's own words")
	assert.Zero(t, srv.Refreshes("o"))

	static := srv.Client()
	srv.ExpireToken()
	_, err = authorization.New(static).GetAuthorizedShops(t.Context(), nil)
	assert.ErrorIs(t, err, tiktokshop.ErrTokenExpired, "a static token stays what it is")
}

func TestReauthorizationIsReported(t *testing.T) {
	t.Parallel()
	srv, client, source := platform(t)
	srv.ExpireAccessTokens("o")
	srv.ExpireRefreshTokens("o")
	for range 3 {
		_, err := authorization.New(client).GetAuthorizedShops(t.Context(), nil)
		require.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid)
		var tokenErr *tiktokshop.TokenError
		require.ErrorAs(t, err, &tokenErr)
		assert.Equal(t, "authorization.GetAuthorizedShops", tokenErr.Operation)
	}
	pair, err := srv.Client().Auth.ExchangeCode(t.Context(), srv.IssueCode("o"))
	require.NoError(t, err)
	require.NoError(t, source.Put(t.Context(), pair))
	_, err = authorization.New(client).GetAuthorizedShops(t.Context(), nil)
	assert.NoError(t, err)
}

func TestSourcesOfOnesOwn(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	for _, tc := range []struct {
		token token.Secret
		err   error
	}{
		{token.NewSecret(tiktokshoptest.AccessToken), nil},
		{token.Secret{}, nil},
		{token.NewSecret("line\nend"), nil},
		{token.Secret{}, errStoreDown},
	} {
		client := srv.Client(tiktokshop.WithTokenSource(sourceFunc(
			func(context.Context) (token.Secret, error) { return tc.token, tc.err })))
		before := len(srv.Requests())
		_, err := authorization.New(client).GetAuthorizedShops(t.Context(), nil)
		if tc.token.Reveal() == tiktokshoptest.AccessToken {
			assert.NoError(t, err)
			continue
		}
		var tokenErr *tiktokshop.TokenError
		require.ErrorAs(t, err, &tokenErr)
		assert.NotContains(t, err.Error(), "line")
		assert.Len(t, srv.Requests(), before, "nothing was sent")
	}
	// The last one given holds.
	client := srv.Client(tiktokshop.WithTokenSource(sourceFunc(nil)),
		tiktokshop.WithAccessToken(tiktokshoptest.AccessToken))
	_, err := authorization.New(client).GetAuthorizedShops(t.Context(), nil)
	assert.NoError(t, err)
	bare := newApp(t, tiktokshop.WithBaseURL(srv.URL))
	_, err = authorization.New(bare).GetAuthorizedShops(t.Context(), nil)
	var input *tiktokshop.InputError
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "access token", input.Field)
}

type sourceFunc func(context.Context) (token.Secret, error)

func (f sourceFunc) AccessToken(ctx context.Context) (token.Secret, error) { return f(ctx) }

func TestRefreshUnderLoadAgainstEveryRotation(t *testing.T) {
	t.Parallel()
	for _, rotation := range []tiktokshoptest.Rotation{tiktokshoptest.BurnAtOnce,
		tiktokshoptest.BurnOnFirstUse, tiktokshoptest.KeepRefreshTokens} {
		srv, client, _ := platform(t)
		srv.SetRotation(rotation, true)
		for i := range 4 {
			srv.ExpireAccessTokens("o")
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() {
					for range 3 {
						_, err := authorization.New(client).GetAuthorizedShops(t.Context(), nil)
						assert.NoError(t, err)
					}
				})
			}
			wg.Wait()
			assert.Equal(t, i+1, srv.Refreshes("o"))
		}
	}
}

// TestSourceLeavesNoGoroutine looks for goroutines of the SDK's own after a refresh that succeeded,
// one that failed and one whose caller went away. It runs alone, as others' goroutines look the
// same.
func TestSourceLeavesNoGoroutine(t *testing.T) {
	srv, client, source := platform(t)
	srv.ExpireAccessTokens("o")
	_, err := authorization.New(client).GetAuthorizedShops(t.Context(), nil)
	require.NoError(t, err)
	srv.ExpireAccessTokens("o")
	ctx, cancel := context.WithCancel(t.Context())
	srv.FailNext(1, tiktokshoptest.Fault{Delay: 50 * time.Millisecond})
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err = authorization.New(client).GetAuthorizedShops(ctx, nil)
	require.True(t, errors.Is(err, context.Canceled), err)
	srv.ExpireRefreshTokens("o")
	_, err = authorization.New(client).GetAuthorizedShops(t.Context(), nil)
	require.Error(t, err)
	require.NoError(t, source.Close(t.Context()))
	left := func() string {
		buf := make([]byte, 1<<20)
		for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(stack, "RefreshingTokenSource") {
				return stack
			}
		}
		return ""
	}
	// The last thing a goroutine does is to say that it is done; its end follows.
	assert.Eventually(t, func() bool { return left() == "" }, 5*time.Second, time.Millisecond)
	if stack := left(); stack != "" {
		t.Errorf("left behind:\n%s", stack)
	}
}

func BenchmarkAccessToken(b *testing.B) {
	app, err := tiktokshop.NewClient("k", "s")
	require.NoError(b, err)
	source, err := app.Auth.TokenSource(token.SourceOptions{OpenID: "o",
		Store: token.NewMemoryStore()})
	require.NoError(b, err)
	require.NoError(b, source.Put(b.Context(), &token.Token{
		AccessToken: token.NewSecret("a"), RefreshToken: token.NewSecret("r"),
		AccessTokenExpiresAt: time.Now().Add(week), ReceivedAt: time.Now(),
	}))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := source.AccessToken(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestTokenSourceReportsAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := newApp(t).Auth.TokenSource(token.SourceOptions{RenewBefore: -1})
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, err)
	var fields []string
	for _, e := range joined.Unwrap() {
		var input *tiktokshop.InputError
		require.ErrorAs(t, e, &input)
		assert.Equal(t, "Auth.TokenSource", input.Operation)
		fields = append(fields, input.Field)
	}
	assert.Equal(t, []string{"OpenID", "Store", "RenewBefore"}, fields)

	for _, none := range []token.Source{nil, (*token.RefreshingSource)(nil)} {
		_, err := tiktokshop.NewClient("k", "s", tiktokshop.WithTokenSource(none))
		var input *tiktokshop.InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "token source", input.Field)
	}
}

func TestTokenSourceIsTheClients(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(func() time.Time { return now }))
	srv.AddAccount(tiktokshoptest.Account{OpenID: "o"})
	app := srv.Client(tiktokshop.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		tiktokshop.WithClock(func() time.Time { return now }))
	source, err := app.Auth.TokenSource(token.SourceOptions{OpenID: "o",
		Store: token.NewMemoryStore()})
	require.NoError(t, err)
	assert.Equal(t, token.Key{AppKey: tiktokshoptest.AppKey, OpenID: "o"}, source.Key())
	require.NoError(t, source.Put(t.Context(), srv.IssueToken("o")))
	now = now.Add(7 * 24 * time.Hour) // by the machine's clock nothing has changed
	_, err = source.AccessToken(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, srv.Refreshes("o"))
	assert.Contains(t, log.String(), `msg="tiktokshop: token refreshed" open_id=o`)
}

// The kinds of package token are the client's.
func TestTokenKindsAreTheClients(t *testing.T) {
	t.Parallel()
	srv, _, source := platform(t)
	srv.RevokeAuthorization("o")
	access, err := source.AccessToken(t.Context())
	require.NoError(t, err)
	_, err = source.RenewAccessToken(t.Context(), access, tiktokshop.ErrTokenExpired)
	assert.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid)
	assert.ErrorIs(t, err, token.ErrRefused)
	var apiErr *tiktokshop.APIError
	assert.ErrorAs(t, err, &apiErr)
	assert.Equal(t, token.StatusRefused, source.State().Status)
}
