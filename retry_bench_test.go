package tiktokshop_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
)

// BenchmarkHappyPath measures what the SDK itself costs for a call that succeeds at once, without a
// network: plain, and with each part of the machinery for worse days switched on.
func BenchmarkHappyPath(b *testing.B) {
	limiter, err := ratelimit.NewAdaptive(ratelimit.AdaptiveOptions{Initial: 1e6, Max: 1e6})
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name string
		opt  tiktokshop.Option
	}{
		{"plain", nil},
		{"limiter", tiktokshop.WithLimiter(ratelimit.ForAll(waiterFunc(func(context.Context) error {
			return nil
		})))},
		{"adaptive limiter", tiktokshop.WithLimiter(limiter)},
		{"observer", tiktokshop.WithObserver(func(
			ctx context.Context, _ tiktokshop.CallStart,
		) (context.Context, func(tiktokshop.CallEnd)) {
			return ctx, func(tiktokshop.CallEnd) {}
		})},
	} {
		b.Run(bench.name, func(b *testing.B) {
			client, err := tiktokshop.NewClient("key", "secret",
				tiktokshop.WithAccessToken("token"), tiktokshop.WithCategoryAssetCipher("cipher"),
				bench.opt,
				tiktokshop.WithHTTPClient(&http.Client{Transport: roundTripper(func(
					req *http.Request,
				) (*http.Response, error) {
					_, _ = io.Copy(io.Discard, req.Body)
					return &http.Response{
						StatusCode: 200, Header: http.Header{}, Request: req,
						Body: io.NopCloser(strings.NewReader(
							`{"code":0,"message":"Success","request_id":"1","data":{"product_promotion_links":[{"product_id":"1","link":"https://affiliate.tiktok.com/api/v1/share/AIxvOHlaJoKO"}]}}`)),
					}, nil
				})}))
			if err != nil {
				b.Fatal(err)
			}
			req := &tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "1",
				ProductIDs: []tiktokshop.ID{"1"}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.AffiliatePartner.GenerateMultiProductLink(b.Context(),
					req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
