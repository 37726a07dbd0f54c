package tiktokshop

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

const benchAnswer = `{"code":0,"message":"Success","request_id":"202203070749000101890810281E8C70B7","data":{"product_promotion_links":[` +
	`{"product_id":"7362840009596339971","link":"https://affiliate.tiktok.com/api/v1/share/AIxvOHlaJoKO"},` +
	`{"product_id":"7362840009596339972","link":"https://affiliate.tiktok.com/api/v1/share/AIxvOHlaJoKP"}],"failed_product_ids":["7362840009596339973"]}}`

// benchTransport answers at once, so that what is measured is the client.
var benchTransport = answering(200, benchAnswer, "Content-Type", "application/json", "X-Tt-Logid",
	"L")

// BenchmarkCall measures one multi-link call over a transport that answers at
// once: through the SDK, and as a program would write it by hand.
//
//	go test -run '^$' -bench Call -benchmem
func BenchmarkCall(b *testing.B) {
	b.Run("sdk", func(b *testing.B) {
		c, err := NewClient("29a39d", testAppSecret,
			WithHTTPClient(&http.Client{Transport: benchTransport}),
			WithAccessToken(testToken),
			WithCategoryAssetCipher("GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3="))
		require.NoError(b, err)
		req := &GenerateMultiProductLinkRequest{CampaignID: "7362840009596339923",
			ProductIDs: []ID{"7362840009596339971", "7362840009596339972", "7362840009596339973"}}
		b.ReportAllocs()
		for b.Loop() {
			resp, err := c.AffiliatePartner.GenerateMultiProductLink(context.Background(), req)
			if err != nil || len(resp.Data.ProductPromotionLinks) != 2 {
				b.Fatal(resp, err)
			}
		}
	})
	b.Run("hand-written", func(b *testing.B) {
		hc := &http.Client{Transport: benchTransport}
		ids := []string{"7362840009596339971", "7362840009596339972", "7362840009596339973"}
		b.ReportAllocs()
		for b.Loop() {
			links, err := handWritten(context.Background(), hc, "7362840009596339923", ids)
			if err != nil || len(links) != 2 {
				b.Fatal(links, err)
			}
		}
	})
}

// handWritten is the multi-link call with net/http, encoding/json and crypto/hmac, without checks
// or limits.
func handWritten(
	ctx context.Context, hc *http.Client, campaign string, ids []string,
) (map[string]string, error) {
	body, err := json.Marshal(map[string][]string{"product_ids": ids})
	if err != nil {
		return nil, err
	}
	path := "/affiliate_partner/202505/campaigns/" + url.PathEscape(campaign) +
		"/products/promotion_links/generate_batch"
	q := url.Values{}
	q.Set("app_key", "29a39d")
	q.Set("category_asset_cipher", "GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3=")
	q.Set("timestamp", strconv.FormatInt(time.Now().Unix(), 10))
	keys := make([]string, 0, len(q))
	for k := range q {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	base := testAppSecret + path
	for _, k := range keys {
		base += k + q.Get(k)
	}
	base += string(body) + testAppSecret
	mac := hmac.New(sha256.New, []byte(testAppSecret))
	mac.Write([]byte(base))
	q.Set("sign", hex.EncodeToString(mac.Sum(nil)))

	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		"https://open-api.tiktokglobalshop.com"+path+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("content-type", "application/json")
	req.Header.Set("x-tts-access-token", testToken)
	res, err := hc.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	var ans struct {
		Code      int    `json:"code"`
		Message   string `json:"message"`
		RequestID string `json:"request_id"`
		Data      struct {
			Links []struct {
				ProductID string `json:"product_id"`
				Link      string `json:"link"`
			} `json:"product_promotion_links"`
			Failed []string `json:"failed_product_ids"`
		} `json:"data"`
	}
	if err := json.Unmarshal(b, &ans); err != nil {
		return nil, err
	}
	if ans.Code != 0 {
		return nil, fmt.Errorf("code %d: %s", ans.Code, ans.Message)
	}
	links := make(map[string]string, len(ans.Data.Links))
	for _, l := range ans.Data.Links {
		links[l.ProductID] = l.Link
	}
	return links, nil
}

// BenchmarkDoors measures a search with Do and the same search with Call, which checks it, too.
func BenchmarkDoors(b *testing.B) {
	c, err := NewClient("29a39d", testAppSecret,
		WithHTTPClient(&http.Client{Transport: benchTransport}), WithAccessToken(testToken))
	require.NoError(b, err)
	op := &Operation{Name: "bench.Search", Method: http.MethodPost,
		Path: "/bench/202309/shops/{shop_id}/search"}
	type item struct {
		ID    ID    `json:"id" check:"required"`
		Price Money `json:"price"`
	}
	type query struct {
		Size  int32  `url:"page_size,omitempty" json:"-" check:"min=1,max=100"`
		Token string `url:"page_token,omitempty" json:"-"`
	}
	type body struct {
		Status string `json:"status" check:"required,maxlen=20"`
		Items  []item `json:"items" check:"required,maxitems=50"`
	}
	type request struct {
		ShopID ID     `path:"shop_id" json:"-"`
		Size   int32  `url:"page_size" json:"-" check:"min=1,max=100"`
		Token  string `url:"page_token" json:"-"`
		Status string `json:"status" check:"required,maxlen=20"`
		Items  []item `json:"items" check:"required,maxitems=50"`
	}
	items := []item{{"7362840009596339971", Money{"1.00", "USD"}},
		{"7362840009596339972", Money{"2.00", "USD"}}}
	b.Run("do", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Do[struct{}](context.Background(), c, op, Params{
				Path: map[string]string{"shop_id": "7"}, Query: &query{Size: 50, Token: "t"},
				Body: &body{Status: "LIVE", Items: items},
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("call", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Call[struct{}](context.Background(), c, op,
				&request{ShopID: "7", Size: 50, Token: "t", Status: "LIVE",
					Items: items}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkUpload measures the upload of 8 MiB. The bytes allocated do not grow with the file.
func BenchmarkUpload(b *testing.B) {
	c, err := NewClient("29a39d", testAppSecret, WithAccessToken(testToken),
		WithHTTPClient(&http.Client{Transport: roundTripper(func(
			r *http.Request,
		) (*http.Response, error) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return nil, err
			}
			return benchTransport(r)
		})}))
	require.NoError(b, err)
	op := &Operation{Name: "bench.Upload", Method: http.MethodPost,
		Path: "/bench/202309/images/upload"}
	type request struct {
		Data *File `form:"data"`
	}
	content := make([]byte, 8<<20)
	for name, reader := range map[string]func() io.Reader{
		"in memory": func() io.Reader { return bytes.NewReader(content) },
		"stream":    func() io.Reader { return unsizedReader{bytes.NewReader(content)} },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				if _, err := Call[struct{}](context.Background(), c, op,
					&request{&File{Content: reader()}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWith measures deriving a client.
func BenchmarkWith(b *testing.B) {
	c := testClient(b, benchTransport)
	opt := WithShopCipher("ROW_cipher")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.With(opt); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSign measures one signature.
func BenchmarkSign(b *testing.B) {
	signer, err := NewSigner("29a39d", testAppSecret)
	require.NoError(b, err)
	ps := []bind.Param{{Key: "app_key", Value: "29a39d"},
		{Key: "category_asset_cipher", Value: "GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3="},
		{Key: "timestamp", Value: "1623812664"}}
	body := []byte(`{"product_ids":["7362840009596339971","7362840009596339972"]}`)
	dst := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		signer.appendSign(dst,
			"/affiliate_partner/202505/campaigns/7362840009596339923/products/promotion_links/generate_batch", ps, body)
	}
}
