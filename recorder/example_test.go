package recorder_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/recorder"
)

// A test calls recorder.New(t, "links") instead and needs no Close.
func Example() {
	rec, err := recorder.Start("links", recorder.WithAllUsed()) // testdata/recordings/links.yaml
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := tiktokshop.NewClient(rec.Credential("TTS_APP_KEY"),
		rec.Credential("TTS_APP_SECRET"),
		tiktokshop.WithAccessToken(rec.Credential("TTS_ACCESS_TOKEN")),
		tiktokshop.WithCategoryAssetCipher(rec.Credential("TTS_CATEGORY_ASSET_CIPHER")),
		rec.Option())
	if err != nil {
		fmt.Println(err)
		return
	}
	req := &tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "7362840009596339923",
		ProductIDs: []tiktokshop.ID{"1", "9"}}
	resp, err := client.AffiliatePartner.GenerateMultiProductLink(context.Background(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.ProductPromotionLinks[0].Link, "without:", resp.Data.FailedProductIDs)

	req.ProductIDs[1] = "2" // what a change of the program may do
	_, err = client.AffiliatePartner.GenerateMultiProductLink(context.Background(), req)
	var missing *recorder.NotRecordedError
	if errors.As(err, &missing) {
		fmt.Println(strings.Join(missing.Differences, "\n"))
	}
	if err := rec.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// https://affiliate.tiktok.com/api/v1/share/8b1jQjNMbPbC without: [9]
	// body.product_ids[1]: recorded "9", sent "2"
}
