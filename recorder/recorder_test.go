package recorder_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/recorder"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

const campaign = "7362840009596339923"

func links(ids ...tiktokshop.ID) *tiktokshop.GenerateMultiProductLinkRequest {
	return &tiktokshop.GenerateMultiProductLinkRequest{CampaignID: campaign, ProductIDs: ids}
}

func newServer(t *testing.T) *tiktokshoptest.Server {
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: campaign, Products: []tiktokshoptest.Product{{ID: "1"}, {ID: "2"}, {ID: "3"}}})
	return srv
}

// record runs calls against a server and returns the folder of the file "r" that came of it.
func record(t *testing.T, srv *tiktokshoptest.Server, run func(*tiktokshop.Client), opts ...recorder.Option) string {
	t.Helper()
	dir := t.TempDir()
	rec, err := recorder.Start("r", append([]recorder.Option{
		recorder.WithMode(recorder.Record), recorder.WithDir(dir), recorder.WithSecrets(tiktokshoptest.AppSecret),
	}, opts...)...)
	require.NoError(t, err)
	run(srv.Client(rec.Option()))
	require.NoError(t, rec.Close())
	return dir
}

func read(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "r.yaml"))
	require.NoError(t, err)
	return string(b)
}

// replaying returns a client that replays the file with credentials of its own. No server is there.
func replaying(t *testing.T, dir string, opts ...recorder.Option) (*recorder.Recorder, *tiktokshop.Client) {
	t.Helper()
	rec, err := recorder.Start("r", append([]recorder.Option{recorder.WithMode(recorder.Replay), recorder.WithDir(dir)}, opts...)...)
	require.NoError(t, err)
	client, err := tiktokshop.NewClient("another-key", "another-secret", rec.Option(), tiktokshop.WithAccessToken("another-token"),
		tiktokshop.WithShopCipher("another-cipher"), tiktokshop.WithCategoryAssetCipher("another-asset"),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{BaseDelay: time.Millisecond, Jitter: time.Millisecond}))
	require.NoError(t, err)
	return rec, client
}

// forms are the ways in which a secret can stand in a file.
func forms(secret string) []string {
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString([]byte(secret)), strings.ReplaceAll(secret, "/", `\/`)}
	for before := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
		all = append(all, text[(before*4+2)/3+1:len(text)-2])
	}
	return all
}

func assertHides(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		require.GreaterOrEqual(t, len(secret), 6)
		for _, form := range forms(secret) {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%q of %q in ...%s", form, secret, text[max(0, at-100):min(len(text), at+100)])
			}
		}
	}
}

func TestRecordAndReplay(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	var want *tiktokshop.Response[tiktokshop.GenerateMultiProductLinkData]
	dir := record(t, srv, func(c *tiktokshop.Client) {
		var err error
		want, err = c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1", "2", "9"))
		require.NoError(t, err)
	})
	text := read(t, dir)
	sent, err := url.ParseQuery(srv.Requests()[0].RawQuery)
	require.NoError(t, err)
	assertHides(t, text, tiktokshoptest.AppSecret, tiktokshoptest.AccessToken, tiktokshoptest.CategoryAssetCipher,
		tiktokshoptest.AppKey, sent.Get("sign"), sent.Get("timestamp"))
	assert.Contains(t, text, "body: |\n            {\n              \"product_ids\": [\n", "it can be read")
	srv.Close()

	rec, client := replaying(t, dir, recorder.WithAllUsed())
	got, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1", "2", "9"))
	require.NoError(t, err)
	assert.Equal(t, want.Data, got.Data)
	assert.Equal(t, want.RequestID, got.RequestID)
	require.NoError(t, rec.Close())

	// Once more, and it is an error, which is not repeated.
	_, err = client.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1", "2", "9"))
	var missing *recorder.NotRecordedError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, 1, missing.Used)
	assert.Contains(t, err.Error(), "it was recorded 1 times, and sent once more")

	_, client = replaying(t, dir, recorder.WithRepeats())
	for range 3 {
		_, err = client.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1", "2", "9"))
		require.NoError(t, err)
	}
}

// The same exchanges make the same file.
func TestFilesAreDeterministic(t *testing.T) {
	t.Parallel()
	at := time.Now()
	var texts []string
	for i := range 2 {
		srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(func() time.Time { return at.Add(-time.Duration(i) * time.Second) }))
		dir := record(t, srv, func(c *tiktokshop.Client) {
			_, err := product.New(c).GetProduct(t.Context(), &product.GetProductRequest{ProductID: "1729592969712207008"},
				tiktokshop.WithAccessToken(tiktokshoptest.AccessToken))
			require.NoError(t, err)
		})
		var kept []string
		for line := range strings.Lines(read(t, dir)) {
			if !strings.Contains(line, " GMT") && !strings.Contains(line, "request_id") && !strings.Contains(line, "logid") && !strings.Contains(line, `- "20`) {
				kept = append(kept, line)
			}
		}
		texts = append(texts, strings.Join(kept, ""))
	}
	assert.Equal(t, texts[0], texts[1])
}

func TestMismatchTellsTheDifference(t *testing.T) {
	t.Parallel()
	dir := record(t, newServer(t), func(c *tiktokshop.Client) {
		_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1", "2"))
		require.NoError(t, err)
		_, err = product.New(c).GetProduct(t.Context(), &product.GetProductRequest{ProductID: "1729592969712207008"})
		require.NoError(t, err)
	})
	for _, tc := range []struct {
		name    string
		call    func(*tiktokshop.Client) error
		closest int
		want    []string
	}{
		{"body", func(c *tiktokshop.Client) error {
			_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1", "3", "2"))
			return err
		}, 0, []string{`body.product_ids[1]: recorded "2", sent "3"`, `body.product_ids[2]: recorded nothing, sent "2"`}},
		{"path", func(c *tiktokshop.Client) error {
			_, err := product.New(c).GetProduct(t.Context(), &product.GetProductRequest{ProductID: "1729592969712207009"})
			return err
		}, 1, []string{`path: recorded "/product/202309/products/1729592969712207008", sent "/product/202309/products/1729592969712207009"`}},
		{"query", func(c *tiktokshop.Client) error {
			_, err := product.New(c).GetProduct(t.Context(), &product.GetProductRequest{
				ProductID: "1729592969712207008", Locale: "de-DE",
			})
			return err
		}, 1, []string{`query locale: recorded nothing, sent "de-DE"`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, client := replaying(t, dir)
			err := tc.call(client)
			var missing *recorder.NotRecordedError
			require.ErrorAs(t, err, &missing)
			assert.Equal(t, tc.closest, missing.Closest)
			assert.Equal(t, tc.want, missing.Differences)
			for _, want := range tc.want {
				assert.Contains(t, err.Error(), want)
			}
			assert.Contains(t, err.Error(), fmt.Sprintf("closest is exchange %d", tc.closest))
			assert.False(t, tiktokshop.Retryable(err))
			assert.NotContains(t, err.Error(), "another-")
		})
	}
}

// Several answers to one request come in their order, so that what a client does after a failure is seen in a replay.
func TestRetriesComeInOrder(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.FailNext(1, tiktokshoptest.Fault{Status: 429})
	srv.FailNext(1, tiktokshoptest.Fault{Status: 429, Body: "<html>slow down"})
	dir := record(t, srv, func(c *tiktokshop.Client) {
		_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"))
		require.NoError(t, err)
	})
	rec, client := replaying(t, dir, recorder.WithAllUsed())
	_, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"), tiktokshop.WithoutRetry())
	require.ErrorIs(t, err, tiktokshop.ErrRateLimited)
	err = rec.Close()
	require.ErrorContains(t, err, "exchange 1 of ")
	require.ErrorContains(t, err, "exchange 2 of ")

	rec, client = replaying(t, dir, recorder.WithAllUsed())
	_, err = client.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"))
	require.NoError(t, err)
	require.NoError(t, rec.Close())
}

func TestUploads(t *testing.T) {
	t.Parallel()
	image := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0, 255, 7}, 5000)...)
	upload := func(c *tiktokshop.Client, content []byte, use product.UseCase) error {
		_, err := product.New(c).UploadProductImage(t.Context(), &product.UploadProductImageRequest{
			Data: &tiktokshop.File{Name: "a.png", Content: bytes.NewReader(content)}, UseCase: use,
		})
		return err
	}
	dir := record(t, newServer(t), func(c *tiktokshop.Client) { require.NoError(t, upload(c, image, "MAIN_IMAGE")) })
	assert.Less(t, len(read(t, dir)), 4000, "the file is not in it")
	assert.Contains(t, read(t, dir), "- multipart/form-data; boundary=recorded-part\n", "each recording has the same boundary")

	_, client := replaying(t, dir)
	changed := bytes.Clone(image)
	changed[len(changed)-1]++
	var missing *recorder.NotRecordedError
	require.ErrorAs(t, upload(client, changed, "MAIN_IMAGE"), &missing)
	require.Len(t, missing.Differences, 1)
	assert.Contains(t, missing.Differences[0], "body.data.content: recorded \"(15008 bytes, SHA-256 ")
	require.ErrorAs(t, upload(client, image, "SIZE_CHART_IMAGE"), &missing)
	assert.Equal(t, []string{`body.use_case.content: recorded "MAIN_IMAGE", sent "SIZE_CHART_IMAGE"`}, missing.Differences)
	require.NoError(t, upload(client, image, "MAIN_IMAGE"), "the boundary is another one")
}

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
		source, err := c.Auth.TokenSource(token.SourceOptions{OpenID: pair.OpenID, Store: token.NewMemoryStore()})
		require.NoError(t, err)
		require.NoError(t, source.Put(t.Context(), pair))
		first, err := source.AccessToken(t.Context())
		require.NoError(t, err)
		secrets = append(secrets, pair.AccessToken.Reveal(), pair.RefreshToken.Reveal())
		call := func() {
			_, err = c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"), tiktokshop.WithTokenSource(source))
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

// Each goroutine works on a shop of the list and gets what was recorded for it.
func TestConcurrentShops(t *testing.T) {
	t.Parallel()
	const shops = 20
	srv := newServer(t)
	for i := range shops {
		srv.AddShop(authorization.AuthorizedShop{
			ID: tiktokshop.ID(fmt.Sprint(700 + i)), Name: fmt.Sprintf("Shop %d", i), Cipher: fmt.Sprintf("ROW_cipher+of/shop-%d==", i),
		})
	}
	names := func(c *tiktokshop.Client) (map[tiktokshop.ID]string, map[tiktokshop.ID]string) {
		list, err := authorization.New(c).GetAuthorizedShops(t.Context(), &authorization.GetAuthorizedShopsRequest{})
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(list.Data.Shops), shops)
		var mu sync.Mutex
		var wg sync.WaitGroup
		ids, ciphers := map[tiktokshop.ID]string{}, map[tiktokshop.ID]string{}
		for _, shop := range list.Data.Shops {
			wg.Go(func() {
				resp, err := product.New(c).GetProduct(t.Context(), &product.GetProductRequest{ProductID: "1729592969712207008"},
					tiktokshop.WithShopCipher(shop.Cipher))
				mu.Lock()
				defer mu.Unlock()
				if assert.NoError(t, err) {
					ids[shop.ID], ciphers[shop.ID] = resp.RequestID, shop.Cipher
				}
			})
		}
		wg.Wait()
		return ids, ciphers
	}
	var want, ciphers map[tiktokshop.ID]string
	dir := record(t, srv, func(c *tiktokshop.Client) { want, ciphers = names(c) })
	text := read(t, dir)
	for _, cipher := range ciphers {
		assertHides(t, text, cipher)
	}
	for range 3 {
		rec, client := replaying(t, dir, recorder.WithAllUsed())
		got, masked := names(client)
		assert.Equal(t, want, got)
		assert.Len(t, masked, len(ciphers))
		require.NoError(t, rec.Close())
	}
}

func TestRecordMissing(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	call := func(c *tiktokshop.Client, id tiktokshop.ID) {
		_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links(id))
		require.NoError(t, err)
	}
	dir := record(t, srv, func(c *tiktokshop.Client) { call(c, "1") })
	before := len(srv.Requests())
	rec, err := recorder.Start("r", recorder.WithMode(recorder.RecordMissing), recorder.WithDir(dir))
	require.NoError(t, err)
	client := srv.Client(rec.Option())
	call(client, "1")
	assert.Len(t, srv.Requests(), before, "it is in the file")
	call(client, "2")
	assert.Len(t, srv.Requests(), before+1)
	require.NoError(t, rec.Close())
	assertHides(t, read(t, dir), tiktokshoptest.AccessToken, tiktokshoptest.CategoryAssetCipher)
	assert.Contains(t, read(t, dir), "masked-cipher-2", "another value may not have the stand-in of the first")

	rec, client = replaying(t, dir, recorder.WithAllUsed())
	call(client, "1")
	call(client, "2")
	require.NoError(t, rec.Close())
}

// echo answers with everything it was sent, in every form a server could think of.
func echo(w http.ResponseWriter, r *http.Request) {
	token := r.Header.Get("X-Tts-Access-Token")
	w.Header().Set("Set-Cookie", "session="+token)
	w.Header().Set("X-Tt-Logid", token)
	w.Header().Set("Location", "https://example.com/x?sign="+r.URL.Query().Get("sign")+"&access_token="+url.QueryEscape(token))
	fmt.Fprintf(w, `{"code":0,"message":"access_token=%s and %s, %x","data":{"access_token":%q,"nested":"{\"refresh_token\":\"rt-of-the-account\"}",`+
		`"doc_url":"https://files.example.com/label.pdf?x=1&X-Amz-Signature=signed-by-the-store&sign=%s","ids":[7362840009596339923,1.50,true,null],`+
		`"cipher":{"deep":["cipher-in-a-list",7]},"b64":%q,"query":%q}}`,
		token, url.QueryEscape(token), token, token, r.URL.Query().Get("sign"), base64.StdEncoding.EncodeToString([]byte("x "+token)), r.URL.RawQuery)
}

func TestNoSecretReachesTheDisk(t *testing.T) {
	t.Parallel()
	const secretApp, access = "app/secret+of=mine", "TTP_access/token+of=mine"
	for name, handler := range map[string]http.HandlerFunc{
		"echo": echo,
		"html": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, "<html>%s refresh_token=rt-of-the-account; %q signed-by-the-store", url.QueryEscape(r.Header.Get("X-Tts-Access-Token")), "x")
			fmt.Fprintf(w, " what is %s?", r.URL.Query().Get("sign"))
			fmt.Fprintf(w, ` <a href="https://x.example.com/?X-Amz-Signature=signed-by-the-store">%s</a>`, r.URL.RawQuery)
		},
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"data":{"refresh_token": "rt-of-the-account", "app_secret":"`+secretApp)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sign string
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sign = r.URL.Query().Get("sign")
				handler(w, r)
			}))
			t.Cleanup(srv.Close)
			dir := t.TempDir()
			rec, err := recorder.Start("r", recorder.WithMode(recorder.Record), recorder.WithDir(dir), recorder.WithSecrets(secretApp))
			require.NoError(t, err)
			client, err := tiktokshop.NewClient("the-app-key", secretApp, tiktokshop.WithBaseURL(srv.URL), rec.Option(),
				tiktokshop.WithoutRetry(), tiktokshop.WithAccessToken(access), tiktokshop.WithShopCipher("cipher/of+mine=="))
			require.NoError(t, err)
			_, _ = tiktokshop.Do[any](t.Context(), client, &tiktokshop.Operation{
				Name: "x.Y", Method: http.MethodPost, Path: "/x/202309/y", Identifier: tiktokshop.ShopCipher,
			}, tiktokshop.Params{Body: map[string]any{"note": "app_secret: " + secretApp, "again": access, "id": 7362840009596339923}})
			require.NoError(t, rec.Close())
			text := read(t, dir)
			require.Len(t, sign, 64)
			assertHides(t, text, secretApp, access, sign, "cipher/of+mine==", "rt-of-the-account", "cipher-in-a-list", "the-app-key", "session")
			if name == "echo" {
				assertHides(t, text, "signed-by-the-store")
				assert.Contains(t, text, "7362840009596339923,\n", "digits stay")
				assert.Contains(t, text, "1.50,\n")
			}
		})
	}
}

func TestMaskedIgnoredAndRedacted(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Extra", "kept")
		_, _ = io.WriteString(w, `{"code":0,"data":{"recipient_address":{"name":"Jane Roe","zip":12345},"note":"call 555-0199","total":"12.00"}}`)
	}))
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	opts := []recorder.Option{
		recorder.WithDir(dir), recorder.WithMaskedFields(recorder.PersonalFields()...), recorder.WithIgnoredFields("create_time_ge"),
		recorder.WithHeaders("x-extra"),
		recorder.WithRedaction(func(name, value string) string {
			if name == "note" || name == "total" {
				return "REDACTED " + name
			}
			return value
		}),
	}
	call := func(mode recorder.Mode, body map[string]any) (map[string]any, error) {
		rec, err := recorder.Start("r", append(opts, recorder.WithMode(mode))...)
		require.NoError(t, err)
		client, err := tiktokshop.NewClient("k", "secret", rec.Option(), tiktokshop.WithBaseURL(srv.URL), tiktokshop.WithAccessToken("a-token"))
		require.NoError(t, err)
		resp, err := tiktokshop.Do[map[string]any](t.Context(), client,
			&tiktokshop.Operation{Name: "x.Y", Method: http.MethodPost, Path: "/x/202309/y"}, tiktokshop.Params{Body: body})
		if err != nil {
			return nil, err
		}
		return resp.Data, rec.Close()
	}
	_, err := call(recorder.Record, map[string]any{"email": "jane@example.com", "create_time_ge": 1, "note": "one", "status": "A", "id": 7362840009596339923})
	require.NoError(t, err)
	text := read(t, dir)
	assertHides(t, text, "jane@example.com", "Jane Roe", "555-0199", "12.00\"", " 12345")
	assert.Contains(t, text, "kept")

	data, err := call(recorder.Replay, map[string]any{"email": "joe@example.com", "create_time_ge": 2, "note": "two", "status": "A", "id": 7362840009596339923})
	require.NoError(t, err)
	assert.Equal(t, "REDACTED total", data["total"])
	assert.Equal(t, map[string]any{"name": "masked-recipient-address-1", "zip": 0.0}, data["recipient_address"])
	_, err = call(recorder.Replay, map[string]any{"email": "joe@example.com", "create_time_ge": 2, "status": "A", "id": 7362840009596339924})
	var other *recorder.NotRecordedError
	require.ErrorAs(t, err, &other)
	assert.Equal(t, []string{"body.id: recorded 7362840009596339923, sent 7362840009596339924", `body.note: recorded "REDACTED note", sent nothing`}, other.Differences)
	_, err = call(recorder.Replay, map[string]any{"create_time_ge": 2, "note": "two", "status": "B", "id": 7362840009596339923})
	var missing *recorder.NotRecordedError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, []string{"body.email: recorded one, sent nothing", `body.status: recorded "A", sent "B"`}, missing.Differences)
}

// A broken answer reaches the client as it came and is not recorded.
func TestFailuresPassThrough(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.FailNext(1, tiktokshoptest.Fault{Truncate: true})
	dir := record(t, srv, func(c *tiktokshop.Client) {
		_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"), tiktokshop.WithoutRetry())
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		_, err = c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"))
		require.NoError(t, err)
	})
	rec, client := replaying(t, dir, recorder.WithAllUsed())
	_, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"))
	require.NoError(t, err)
	require.NoError(t, rec.Close())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, client = replaying(t, dir)
	_, err = client.AffiliatePartner.GenerateMultiProductLink(ctx, links("1"))
	require.ErrorIs(t, err, context.Canceled)
}

// fakeTB is a test that keeps what it is told.
type fakeTB struct {
	failed   bool
	told     []string
	cleanups []func()
}

func (f *fakeTB) Helper()                    {}
func (f *fakeTB) Cleanup(c func())           { f.cleanups = append(f.cleanups, c) }
func (f *fakeTB) Failed() bool               { return f.failed }
func (f *fakeTB) Logf(s string, args ...any) { f.told = append(f.told, fmt.Sprintf(s, args...)) }
func (f *fakeTB) Errorf(s string, a ...any)  { f.failed = true; f.Logf(s, a...) }
func (f *fakeTB) Fatalf(s string, a ...any)  { f.Errorf(s, a...) }
func (f *fakeTB) end()                       { f.cleanups[len(f.cleanups)-1]() }

func TestNew(t *testing.T) {
	t.Setenv(recorder.ModeVariable, "record")
	t.Setenv("TTS_TEST_TOKEN", tiktokshoptest.AccessToken)
	dir := t.TempDir()
	srv := newServer(t)
	run := func(tb *fakeTB, opts ...recorder.Option) error {
		rec := recorder.New(tb, "sub/r", append(opts, recorder.WithDir(dir))...)
		_, err := srv.Client(rec.Option(), tiktokshop.WithAccessToken(rec.Credential("TTS_TEST_TOKEN"))).
			AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"))
		return err
	}
	failed := &fakeTB{failed: true}
	require.NoError(t, run(failed))
	failed.end()
	assert.NoFileExists(t, filepath.Join(dir, "sub", "r.yaml"), "a failed test records nothing")
	require.Len(t, failed.told, 1)

	good := &fakeTB{}
	require.NoError(t, run(good))
	good.end()
	assert.Empty(t, good.told)

	t.Setenv(recorder.ModeVariable, "")
	t.Setenv("TTS_TEST_TOKEN", "")
	srv.Close()
	replay := &fakeTB{}
	require.NoError(t, run(replay))
	replay.end()
	assert.Empty(t, replay.told)

	unused := &fakeTB{}
	recorder.New(unused, "sub/r", recorder.WithDir(dir), recorder.WithAllUsed())
	unused.end()
	require.Len(t, unused.told, 1)
	assert.Contains(t, unused.told[0], "was not used: POST /affiliate_partner/")

	t.Setenv(recorder.ModeVariable, "record")
	asked := &fakeTB{}
	recorder.New(asked, "r", recorder.WithDir(dir)).Credential("TTS_TEST_TOKEN")
	assert.Equal(t, []string{"recorder: the environment variable TTS_TEST_TOKEN is needed to record"}, asked.told)
}

func TestStartChecksItsInput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "old.yaml"), []byte("version: 1\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "null.yaml"), []byte("version: 2\ninteractions: [null]\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "code.yaml"), []byte("version: 2\ninteractions: [{id: 0}]\n"), 0o600))
	for _, tc := range []struct {
		name string
		opts []recorder.Option
		want string
	}{
		{"none", nil, "there is no "},
		{"../r", nil, "name: must be a file below"},
		{"r", []recorder.Option{recorder.WithMode(7)}, "mode: there is no Mode(7)"},
		{"r", []recorder.Option{recorder.WithTransport(nil), recorder.WithClock(nil)}, "transport: is nil\nclock: is nil"},
		{"r", []recorder.Option{recorder.WithSecrets("short")}, "secrets: one has 5 characters"},
		{"r", []recorder.Option{recorder.WithMaskedFields("")}, "masked fields: a name is empty"},
		{"r", []recorder.Option{recorder.WithIgnoredFields("")}, "ignored fields: a name is empty"},
		{"r", []recorder.Option{recorder.WithRedaction(nil)}, "redaction: is nil"},
		{"r", []recorder.Option{recorder.WithDir("")}, "dir: is empty"},
		{"old", nil, "unsupported cassette version"},
		{"null", nil, "exchange 0 is empty"},
		{"code", nil, "exchange 0: the code of its answer is 0"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			t.Parallel()
			_, err := recorder.Start(tc.name, append([]recorder.Option{recorder.WithMode(recorder.Replay), recorder.WithDir(dir)}, tc.opts...)...)
			require.ErrorContains(t, err, tc.want)
		})
	}
	rec, err := recorder.Start("empty", recorder.WithMode(recorder.Record), recorder.WithDir(dir))
	require.NoError(t, err)
	require.ErrorContains(t, rec.Close(), "nothing was recorded")
}

// FuzzFile reads any file and sends requests to what it holds.
func FuzzFile(f *testing.F) {
	f.Add("version: 2\ninteractions:\n- request: {method: GET, url: \"https://x/y?a=b\", body: '{\"a\":1}'}\n  response: {code: 200, body: x}\n", `{"a":2}`, "application/json")
	f.Add("version: 2\ninteractions:\n- request:\n    method: POST\n    url: /y\n    headers: {content-type: [multipart/form-data]}\n    body: \"--recorded-part\\n\\n\\n--recorded-part--\"\n  response: {code: 200}\n",
		"--b\r\nContent-Disposition: form-data; name=x\r\n\r\ny\r\n--b--", "multipart/form-data; boundary=b")
	f.Fuzz(func(t *testing.T, file, body, contentType string) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "r.yaml"), []byte(file), 0o600))
		rec, err := recorder.Start("r", recorder.WithMode(recorder.Replay), recorder.WithDir(dir))
		if err != nil {
			return
		}
		req := httptest.NewRequest(http.MethodPost, "/y?sign=s&a=b", strings.NewReader(body))
		req.Header.Set("Content-Type", contentType)
		resp, err := rec.RoundTrip(req)
		var missing *recorder.NotRecordedError
		if errors.As(err, &missing) {
			require.NotEmpty(t, missing.Error())
		}
		if err == nil {
			resp.Body.Close()
		}
	})
}

// FuzzMasking has a server answer anything around secrets and looks for them in the file.
func FuzzMasking(f *testing.F) {
	f.Add(`{"access_token":"`, `","x":[1,"`, `"]}`)
	f.Add(`refresh_token=`, `&x=`, ``)
	f.Add(`"`, `\u00`, `%`)
	f.Fuzz(func(t *testing.T, before, between, after string) {
		const access = "TTP_access/token+of=mine"
		dir := t.TempDir()
		answer := before + access + between + url.QueryEscape(access) + after
		rec, err := recorder.Start("r", recorder.WithMode(recorder.Record), recorder.WithDir(dir),
			recorder.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
			})))
		require.NoError(t, err)
		req := httptest.NewRequest(http.MethodPost, "/y", strings.NewReader(answer))
		req.Header.Set("X-Tts-Access-Token", access)
		_, err = rec.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, rec.Close())
		text := read(t, dir)
		require.NotContains(t, text, access)
		require.NotContains(t, text, url.QueryEscape(access))
		_, err = recorder.Start("r", recorder.WithMode(recorder.Replay), recorder.WithDir(dir))
		require.NoError(t, err)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
