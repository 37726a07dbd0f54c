package tiktokshop_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// echoServer answers every request with success and keeps the last one.
type echoServer struct {
	*httptest.Server
	mu   sync.Mutex
	last *http.Request
	body []byte
}

func newEchoServer(t *testing.T) *echoServer {
	e := &echoServer{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.last, e.body = r.Clone(context.Background()), b
		_, _ = io.WriteString(w, `{"code":0,"message":"Success","request_id":"R","data":{}}`)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *echoServer) client(t *testing.T, opts ...tiktokshop.Option) *tiktokshop.Client {
	c, err := tiktokshop.NewClient("key", "secret", append([]tiktokshop.Option{
		tiktokshop.WithBaseURL(e.URL),
		tiktokshop.WithAccessToken("token"),
		tiktokshop.WithShopCipher("shop="),
		tiktokshop.WithCategoryAssetCipher("asset="),
		tiktokshop.WithUserAgent("my-service/1.2"),
		tiktokshop.WithClock(func() time.Time { return time.Unix(1623812664, 999) }),
	}, opts...)...)
	require.NoError(t, err)
	return c
}

type none struct{}

// TestWire looks at requests as a server sees them.
func TestWire(t *testing.T) {
	t.Parallel()
	type search struct {
		IDs   []tiktokshop.ID `url:"ids,omitempty"`
		Token string          `url:"page_token"`
	}
	for name, tc := range map[string]struct {
		op     tiktokshop.Operation
		params tiktokshop.Params
		query  url.Values
		body   string
	}{
		"no identifier, no body": {
			op:    tiktokshop.Operation{Method: "GET", Path: "/seller/202309/shops"},
			query: url.Values{},
		},
		"shop cipher, query": {
			op: tiktokshop.Operation{Method: "GET", Path: "/order/202309/orders",
				Identifier: tiktokshop.ShopCipher},
			params: tiktokshop.Params{Query: search{IDs: []tiktokshop.ID{"1", "2"},
				Token: "a b+c/d=&é"}},
			query: url.Values{"shop_cipher": {"shop="}, "ids": {"1,2"},
				"page_token": {"a b+c/d=&é"}},
		},
		"category asset cipher, path, body": {
			op: tiktokshop.Operation{Method: "POST",
				Path:       "/affiliate_partner/202405/campaigns/{campaign_id}",
				Identifier: tiktokshop.CategoryAssetCipher},
			params: tiktokshop.Params{Path: map[string]string{"campaign_id": "7"},
				Body: map[string]string{"a": "<b>"}, Query: search{}},
			query: url.Values{"category_asset_cipher": {"asset="}},
			body:  `{"a":"\u003cb\u003e"}`,
		},
		"POST without parameters": {
			op:     tiktokshop.Operation{Method: "POST", Path: "/a/202309/b"},
			params: tiktokshop.Params{Body: struct{}{}},
			query:  url.Values{},
		},
		"DELETE with a body": {
			op: tiktokshop.Operation{Method: "DELETE", Path: "/event/202309/webhooks",
				Identifier: tiktokshop.ShopCipher},
			params: tiktokshop.Params{Body: map[string]string{"event_type": "X"}},
			query:  url.Values{"shop_cipher": {"shop="}},
			body:   `{"event_type":"X"}`,
		},
		"GET with a body": {
			op: tiktokshop.Operation{Method: "GET",
				Path: "/affiliate_seller/202412/conversations"},
			params: tiktokshop.Params{Body: map[string]int{"n": 1}},
			query:  url.Values{},
			body:   `{"n":1}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newEchoServer(t)
			tc.op.Name = "Test.Op"
			resp, err := tiktokshop.Do[none](t.Context(), srv.client(t), &tc.op, tc.params)
			require.NoError(t, err)
			assert.Equal(t, "R", resp.RequestID)

			r := srv.last
			assert.Equal(t, tc.op.Method, r.Method)
			assert.Equal(t, tc.body, string(srv.body))
			assert.EqualValues(t, len(tc.body), r.ContentLength)
			assert.Equal(t, "token", r.Header.Get("X-Tts-Access-Token"))
			assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
			assert.Equal(t, "my-service/1.2 tiktokshop-go/devel", r.Header.Get("User-Agent"))

			signer, err := tiktokshop.NewSigner("key", "secret")
			require.NoError(t, err)
			r.Body = io.NopCloser(bytes.NewReader(srv.body))
			require.NoError(t, signer.VerifyRequest(r))

			got := r.URL.Query()
			for key, values := range got {
				assert.Len(t, values, 1, "%s is repeated", key)
			}
			assert.Equal(t, "1623812664", got.Get("timestamp"))
			assert.Equal(t, "key", got.Get("app_key"))
			for _, key := range []string{"timestamp", "app_key", "sign"} {
				got.Del(key)
			}
			assert.Equal(t, tc.query, got)
		})
	}
}

func TestRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	srv := newEchoServer(t)
	good := tiktokshop.Operation{Name: "Test.Op", Method: "GET", Path: "/a/{id}"}
	with := func(change func(*tiktokshop.Operation)) *tiktokshop.Operation {
		op := good
		change(&op)
		return &op
	}
	id := tiktokshop.Params{Path: map[string]string{"id": "7"}}
	bare, err := tiktokshop.NewClient("key", "secret", tiktokshop.WithBaseURL(srv.URL))
	require.NoError(t, err)
	tokenOnly, err := bare.With(tiktokshop.WithAccessToken("token"))
	require.NoError(t, err)
	for _, tc := range []struct {
		problem string
		client  *tiktokshop.Client
		op      *tiktokshop.Operation
		params  tiktokshop.Params
		opts    []tiktokshop.Option
	}{
		{"operation: is nil", tokenOnly, nil, id, nil},
		{"operation name: is empty", tokenOnly,
			with(func(op *tiktokshop.Operation) { op.Name = "" }), id, nil},
		{"Test.Op: method: is not", tokenOnly,
			with(func(op *tiktokshop.Operation) { op.Method = "get" }), id, nil},
		{"client: was not made by NewClient", nil, &good, id, nil},
		{"client: was not made by NewClient", new(tiktokshop.Client), &good, id, nil},
		{"access token: is missing", bare, &good, id, nil},
		{"access token: is empty", tokenOnly, &good, id,
			[]tiktokshop.Option{tiktokshop.WithAccessToken("")}},
		{"id: is missing", tokenOnly, &good, tiktokshop.Params{}, nil},
		{"sign: is set by the client", tokenOnly, &good,
			tiktokshop.Params{Path: id.Path, Query: url.Values{"sign": {"x"}}}, nil},
		{"shop cipher: is missing", tokenOnly,
			with(func(op *tiktokshop.Operation) { op.Identifier = tiktokshop.ShopCipher }), id,
			nil},
		{"body: cannot be encoded", tokenOnly, &good,
			tiktokshop.Params{Path: id.Path, Body: func() {}}, nil},
	} {
		_, err := tiktokshop.Do[none](t.Context(), tc.client, tc.op, tc.params, tc.opts...)
		var inputErr *tiktokshop.InputError
		require.ErrorAs(t, err, &inputErr, tc.problem)
		assert.ErrorContains(t, err, tc.problem)
	}
	var noContext context.Context
	_, err = tiktokshop.Do[none](noContext, tokenOnly, &good, id)
	assert.ErrorContains(t, err, "context: is nil")
	assert.Nil(t, srv.last, "nothing was sent")
}

func TestOptionsOfOneCall(t *testing.T) {
	t.Parallel()
	srv := newEchoServer(t)
	c := srv.client(t)
	op := &tiktokshop.Operation{Name: "Test.Op", Method: "GET", Path: "/a"}
	_, err := tiktokshop.Do[none](t.Context(), c, op, tiktokshop.Params{},
		tiktokshop.WithAccessToken("other"))
	require.NoError(t, err)
	assert.Equal(t, "other", srv.last.Header.Get("X-Tts-Access-Token"))
	_, err = tiktokshop.Do[none](t.Context(), c, op, tiktokshop.Params{})
	require.NoError(t, err)
	assert.Equal(t, "token", srv.last.Header.Get("X-Tts-Access-Token"))
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	target := newEchoServer(t)
	srv := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	t.Cleanup(srv.Close)
	followed := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return nil
	}}
	c := target.client(t, tiktokshop.WithBaseURL(srv.URL), tiktokshop.WithHTTPClient(followed))
	_, err := tiktokshop.Do[none](t.Context(), c,
		&tiktokshop.Operation{Name: "Test.Op", Method: "GET", Path: "/a"}, tiktokshop.Params{})
	require.ErrorIs(t, err, tiktokshop.ErrInvalidResponse)
	assert.ErrorContains(t, err, "HTTP 307")
	assert.Nil(t, target.last)
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestTimeLimits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opts  []tiktokshop.Option
		ctx   func(context.Context) (context.Context, context.CancelFunc)
		after time.Duration
		is    error
	}{
		"attempt timeout by default": {after: 30 * time.Second, is: tiktokshop.ErrAttemptTimeout},
		"attempt timeout": {opts: []tiktokshop.Option{tiktokshop.WithAttemptTimeout(
			5 * time.Second)}, after: 5 * time.Second, is: tiktokshop.ErrAttemptTimeout},
		"http.Client timeout": {
			opts: []tiktokshop.Option{
				tiktokshop.WithAttemptTimeout(0),
				tiktokshop.WithHTTPClient(&http.Client{Transport: silent{}, Timeout: time.Minute}),
			},
			after: time.Minute, is: tiktokshop.ErrAttemptTimeout,
		},
		"context deadline": {
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Second)
			},
			after: time.Second, is: context.DeadlineExceeded,
		},
		"cancelled": {
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			},
			after: time.Second, is: context.Canceled,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tc.ctx != nil {
					var cancel context.CancelFunc
					ctx, cancel = tc.ctx(ctx)
					defer cancel()
				}
				c, err := tiktokshop.NewClient("key", "secret", append([]tiktokshop.Option{
					tiktokshop.WithHTTPClient(&http.Client{Transport: silent{}}),
					tiktokshop.WithAccessToken("a-token"),
					tiktokshop.WithCategoryAssetCipher("a-cipher"),
				}, tc.opts...)...)
				require.NoError(t, err)
				start := time.Now()
				_, err = c.AffiliatePartner.GenerateMultiProductLink(ctx, linkRequest())
				assert.Equal(t, tc.after, time.Since(start))
				var te *tiktokshop.TransportError
				require.ErrorAs(t, err, &te)
				require.ErrorIs(t, err, tc.is)
				assert.Equal(t, tc.is != context.Canceled, te.Timeout())
				for _, other := range []error{context.Canceled, context.DeadlineExceeded,
					tiktokshop.ErrAttemptTimeout} {
					assert.Equal(t, tc.is == other, errors.Is(err, other), "%v", other)
				}
				assert.Equal(t, tc.is == tiktokshop.ErrAttemptTimeout, te.Retryable(),
					"the caller's time is up for good")
				assert.Equal(t, "AffiliatePartner.GenerateMultiProductLink", te.Operation)
			})
		})
	}
}

// TestConcurrentUse is for the race detector: one client, derived ones and
// call options at once, over reused connections.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Products: []tiktokshoptest.Product{{ID: "2"}}})
	c := srv.Client(tiktokshop.WithLogger(slog.New(slog.DiscardHandler)))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			child, err := c.With(tiktokshop.WithUserAgent("child/1"))
			if !assert.NoError(t, err) {
				return
			}
			for range 5 {
				resp, err := child.AffiliatePartner.GenerateMultiProductLink(t.Context(),
					linkRequest(), tiktokshop.WithAttemptTimeout(time.Minute))
				if assert.NoError(t, err) {
					assert.Len(t, resp.Data.ProductPromotionLinks, 1)
				}
			}
		})
	}
	wg.Wait()
	assert.Len(t, srv.Requests(), 16*5)
}

func TestAttemptsAreLogged(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	var out bytes.Buffer
	c := srv.Client(tiktokshop.WithLogger(slog.New(slog.NewTextHandler(
		&out, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(), linkRequest())
	require.Error(t, err)
	for _, want := range []string{"level=DEBUG",
		"operation=AffiliatePartner.GenerateMultiProductLink", "method=POST",
		"path=/affiliate_partner/202505/campaigns/{campaign_id}/", "status=200", "code=16032005",
		"request_id=" + srv.Requests()[0].RequestID} {
		assert.Contains(t, out.String(), want)
	}
}
