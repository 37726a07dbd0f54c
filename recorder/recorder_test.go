package recorder_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
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
)

const campaign = "7362840009596339923"

func links(ids ...tiktokshop.ID) *tiktokshop.GenerateMultiProductLinkRequest {
	return &tiktokshop.GenerateMultiProductLinkRequest{CampaignID: campaign, ProductIDs: ids}
}

func newServer(t *testing.T) *tiktokshoptest.Server {
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: campaign,
		Products: []tiktokshoptest.Product{{ID: "1"}, {ID: "2"}, {ID: "3"}}})
	return srv
}

// record runs calls against a server and returns the folder of the file "r" that came of it.
func record(
	t *testing.T, srv *tiktokshoptest.Server, run func(*tiktokshop.Client), opts ...recorder.Option,
) string {
	t.Helper()
	dir := t.TempDir()
	rec, err := recorder.Start("r", append([]recorder.Option{
		recorder.WithMode(recorder.Record), recorder.WithDir(dir),
		recorder.WithSecrets(tiktokshoptest.AppSecret),
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
func replaying(
	t *testing.T, dir string, opts ...recorder.Option,
) (*recorder.Recorder, *tiktokshop.Client) {
	t.Helper()
	rec, err := recorder.Start("r",
		append([]recorder.Option{recorder.WithMode(recorder.Replay), recorder.WithDir(dir)},
			opts...)...)
	require.NoError(t, err)
	client, err := tiktokshop.NewClient("another-key", "another-secret", rec.Option(),
		tiktokshop.WithAccessToken("another-token"),
		tiktokshop.WithShopCipher("another-cipher"),
		tiktokshop.WithCategoryAssetCipher("another-asset"),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{BaseDelay: time.Millisecond,
			Jitter: time.Millisecond}))
	require.NoError(t, err)
	return rec, client
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
	assertHides(t, text, tiktokshoptest.AppSecret, tiktokshoptest.AccessToken,
		tiktokshoptest.CategoryAssetCipher,
		tiktokshoptest.AppKey, sent.Get("sign"), sent.Get("timestamp"))
	assert.Contains(t, text, "body: |\n            {\n              \"product_ids\": [\n",
		"it can be read")
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
		srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(
			func() time.Time { return at.Add(-time.Duration(i) * time.Second) }))
		dir := record(t, srv, func(c *tiktokshop.Client) {
			_, err := product.New(c).GetProduct(t.Context(),
				&product.GetProductRequest{ProductID: "1729592969712207008"},
				tiktokshop.WithAccessToken(tiktokshoptest.AccessToken))
			require.NoError(t, err)
		})
		var kept []string
		for line := range strings.Lines(read(t, dir)) {
			if !strings.Contains(line, " GMT") && !strings.Contains(line, "request_id") &&
				!strings.Contains(line, "logid") && !strings.Contains(line, `- "20`) {
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
		_, err = product.New(c).GetProduct(t.Context(),
			&product.GetProductRequest{ProductID: "1729592969712207008"})
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
		}, 0, []string{`body.product_ids[1]: recorded "2", sent "3"`,
			`body.product_ids[2]: recorded nothing, sent "2"`}},
		{"path", func(c *tiktokshop.Client) error {
			_, err := product.New(c).GetProduct(t.Context(),
				&product.GetProductRequest{ProductID: "1729592969712207009"})
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

// Several answers to one request come in their order, so that what a client does after a failure is
// seen in a replay.
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
	_, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"),
		tiktokshop.WithoutRetry())
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
	dir := record(t, newServer(t),
		func(c *tiktokshop.Client) { require.NoError(t, upload(c, image, "MAIN_IMAGE")) })
	assert.Less(t, len(read(t, dir)), 4000, "the file is not in it")
	assert.Contains(t, read(t, dir), "- multipart/form-data; boundary=recorded-part\n",
		"each recording has the same boundary")

	_, client := replaying(t, dir)
	changed := bytes.Clone(image)
	changed[len(changed)-1]++
	var missing *recorder.NotRecordedError
	require.ErrorAs(t, upload(client, changed, "MAIN_IMAGE"), &missing)
	require.Len(t, missing.Differences, 1)
	assert.Contains(t, missing.Differences[0],
		"body.data.content: recorded \"(15008 bytes, SHA-256 ")
	require.ErrorAs(t, upload(client, image, "SIZE_CHART_IMAGE"), &missing)
	assert.Equal(t,
		[]string{`body.use_case.content: recorded "MAIN_IMAGE", sent "SIZE_CHART_IMAGE"`},
		missing.Differences)
	require.NoError(t, upload(client, image, "MAIN_IMAGE"), "the boundary is another one")
}

// Each goroutine works on a shop of the list and gets what was recorded for it.
func TestConcurrentShops(t *testing.T) {
	t.Parallel()
	const shops = 20
	srv := newServer(t)
	for i := range shops {
		srv.AddShop(authorization.AuthorizedShop{
			ID: tiktokshop.ID(fmt.Sprint(700 + i)), Name: fmt.Sprintf("Shop %d", i),
			Cipher: fmt.Sprintf("ROW_cipher+of/shop-%d==", i),
		})
	}
	names := func(c *tiktokshop.Client) (map[tiktokshop.ID]string, map[tiktokshop.ID]string) {
		list, err := authorization.New(c).GetAuthorizedShops(t.Context(),
			&authorization.GetAuthorizedShopsRequest{})
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(list.Data.Shops), shops)
		var mu sync.Mutex
		var wg sync.WaitGroup
		ids, ciphers := map[tiktokshop.ID]string{}, map[tiktokshop.ID]string{}
		for _, shop := range list.Data.Shops {
			wg.Go(func() {
				resp, err := product.New(c).GetProduct(t.Context(),
					&product.GetProductRequest{ProductID: "1729592969712207008"},
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
	rec, err := recorder.Start("r", recorder.WithMode(recorder.RecordMissing),
		recorder.WithDir(dir))
	require.NoError(t, err)
	client := srv.Client(rec.Option())
	call(client, "1")
	assert.Len(t, srv.Requests(), before, "it is in the file")
	call(client, "2")
	assert.Len(t, srv.Requests(), before+1)
	require.NoError(t, rec.Close())
	assertHides(t, read(t, dir), tiktokshoptest.AccessToken, tiktokshoptest.CategoryAssetCipher)
	assert.Contains(t, read(t, dir), "masked-cipher-2",
		"another value may not have the stand-in of the first")

	rec, client = replaying(t, dir, recorder.WithAllUsed())
	call(client, "1")
	call(client, "2")
	require.NoError(t, rec.Close())
}

// A broken answer reaches the client as it came and is not recorded.
func TestFailuresPassThrough(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.FailNext(1, tiktokshoptest.Fault{Truncate: true})
	dir := record(t, srv, func(c *tiktokshop.Client) {
		_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(), links("1"),
			tiktokshop.WithoutRetry())
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
		_, err := srv.Client(rec.Option(),
			tiktokshop.WithAccessToken(rec.Credential("TTS_TEST_TOKEN"))).
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
	assert.Equal(t,
		[]string{"recorder: the environment variable TTS_TEST_TOKEN is needed to record"},
		asked.told)
}

func TestStartChecksItsInput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "old.yaml"), []byte("version: 1\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "null.yaml"),
		[]byte("version: 2\ninteractions: [null]\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "code.yaml"),
		[]byte("version: 2\ninteractions: [{id: 0}]\n"), 0o600))
	for _, tc := range []struct {
		name string
		opts []recorder.Option
		want string
	}{
		{"none", nil, "there is no "},
		{"../r", nil, "name: must be a file below"},
		{"r", []recorder.Option{recorder.WithMode(7)}, "mode: there is no Mode(7)"},
		{"r", []recorder.Option{recorder.WithTransport(nil), recorder.WithClock(nil)},
			"transport: is nil\nclock: is nil"},
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
			_, err := recorder.Start(tc.name,
				append([]recorder.Option{recorder.WithMode(recorder.Replay), recorder.WithDir(dir)},
					tc.opts...)...)
			require.ErrorContains(t, err, tc.want)
		})
	}
	rec, err := recorder.Start("empty", recorder.WithMode(recorder.Record), recorder.WithDir(dir))
	require.NoError(t, err)
	require.ErrorContains(t, rec.Close(), "nothing was recorded")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
