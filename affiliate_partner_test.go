package tiktokshop_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestGenerateMultiProductLink(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{
		ID: "7362840009596339923",
		Products: []tiktokshoptest.Product{
			{ID: "7362840009596339971"},
			{ID: "7362840009596339972", ReviewStatus: "PENDING"},
			{ID: "7362840009596339973", Lost: true},
			{ID: "7362840009596339974"},
		},
	})
	req := &tiktokshop.GenerateMultiProductLinkRequest{
		CampaignID: "7362840009596339923",
		ProductIDs: []tiktokshop.ID{"7362840009596339974", "7362840009596339973",
			"7362840009596339972", "7362840009596339971"},
	}
	resp, err := srv.Client().AffiliatePartner.GenerateMultiProductLink(t.Context(), req)
	require.NoError(t, err)

	sent := srv.Requests()
	require.Len(t, sent, 1)
	assert.Equal(t, "POST", sent[0].Method)
	assert.Equal(t,
		"/affiliate_partner/202505/campaigns/7362840009596339923/products/promotion_links/generate_batch", sent[0].Path)
	assert.JSONEq(t,
		`{"product_ids":["7362840009596339974","7362840009596339973","7362840009596339972","7362840009596339971"]}`, string(sent[0].Body))
	assert.Contains(t, sent[0].RawQuery, "category_asset_cipher=GCP_fake-category-asset-cipher%3D")
	assert.NotContains(t, sent[0].RawQuery, "shop_cipher")

	assert.Equal(t, sent[0].RequestID, resp.RequestID)
	assert.Equal(t, []tiktokshop.ID{"7362840009596339972"}, resp.Data.FailedProductIDs)
	outcome := resp.Data.Outcome(req.ProductIDs)
	require.Len(t, outcome.Linked, 2)
	assert.Equal(t, tiktokshop.ID("7362840009596339974"), outcome.Linked[0].ProductID)
	assert.Regexp(t, `^https://affiliate\.tiktok\.com/api/v1/share/\w+$`, outcome.Linked[0].Link)
	assert.NotEqual(t, outcome.Linked[0].Link, outcome.Linked[1].Link)
	assert.Equal(t, []tiktokshop.ID{"7362840009596339972"}, outcome.Failed)
	assert.Equal(t, []tiktokshop.ID{"7362840009596339973"}, outcome.Unaccounted)
}

func TestGenerateMultiProductLinkBusinessErrors(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Status: "CLOSED"})
	_, err := srv.Client().AffiliatePartner.GenerateMultiProductLink(t.Context(), linkRequest())
	var apiErr *tiktokshop.APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, 16032009, apiErr.Code)
	assert.NotEmpty(t, apiErr.Message)
	assert.Equal(t, srv.Requests()[0].RequestID, apiErr.RequestID)
	assert.ErrorIs(t, err, tiktokshop.ErrInvalidRequest)
}

func TestGenerateMultiProductLinkRefusesBadInput(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	c := srv.Client()
	var many []tiktokshop.ID
	for i := range 51 {
		many = append(many, tiktokshop.ID(fmt.Sprint(i+1)))
	}
	for _, tc := range []struct {
		campaign      tiktokshop.ID
		products      []tiktokshop.ID
		field, reason string
	}{
		{"", many[:1], "CampaignID", "is missing"},
		{"7/8", many[:1], "CampaignID", "is malformed"},
		{"1", nil, "ProductIDs", "is missing"},
		{"1", many, "ProductIDs", "has too many elements: at most 50"},
		{"1", []tiktokshop.ID{"1", ""}, "ProductIDs[1]", "is missing"},
		{"1", []tiktokshop.ID{"7.36284000959634e+18"}, "ProductIDs[0]", "last digits are lost"},
		{"1", []tiktokshop.ID{"1", "x"}, "ProductIDs[1]", "is malformed"},
		{"1", []tiktokshop.ID{"1", "2", "1"}, "ProductIDs[2]", "repeats ProductIDs[0]"},
	} {
		_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(),
			&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: tc.campaign,
				ProductIDs: tc.products})
		var inputErr *tiktokshop.InputError
		require.ErrorAs(t, err, &inputErr, tc.reason)
		assert.Equal(t, "AffiliatePartner.GenerateMultiProductLink", inputErr.Operation)
		assert.Equal(t, tc.field, inputErr.Field)
		assert.Contains(t, inputErr.Reason, tc.reason)
	}
	_, err := c.AffiliatePartner.GenerateMultiProductLink(t.Context(), nil)
	assert.ErrorContains(t, err, "CampaignID: is missing")

	noCipher, err := tiktokshop.NewClient("key", "secret", tiktokshop.WithAccessToken("token"),
		tiktokshop.WithShopCipher("shop"))
	require.NoError(t, err)
	_, err = noCipher.AffiliatePartner.GenerateMultiProductLink(t.Context(), linkRequest())
	assert.ErrorContains(t, err, "category asset cipher: is missing")

	assert.Empty(t, srv.Requests(), "nothing was sent")
	_, err = c.AffiliatePartner.GenerateMultiProductLink(t.Context(),
		&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "1", ProductIDs: many[:50]})
	assert.ErrorIs(t, err, tiktokshop.ErrNotFound, "50 ids are sent")
}

// The platform's sample prints ids as numbers; both forms must survive.
func TestGenerateMultiProductLinkDecodesBothIDForms(t *testing.T) {
	t.Parallel()
	for _, id := range []string{`"7362840009596339923"`, `7362840009596339923`} {
		var resp tiktokshop.GenerateMultiProductLinkResponse
		require.NoError(t,
			json.Unmarshal([]byte(`{"code":0,"data":{"product_promotion_links":[{"product_id":`+id+
				`,"link":"https://affiliate.tiktok.com/api/v1/share/AIxvOHlaJoKO"}],"failed_product_ids":[`+id+`]}}`), &resp))
		assert.Equal(t, tiktokshop.ID("7362840009596339923"),
			resp.Data.ProductPromotionLinks[0].ProductID)
		assert.Equal(t, []tiktokshop.ID{"7362840009596339923"}, resp.Data.FailedProductIDs)
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	data := tiktokshop.GenerateMultiProductLinkData{
		ProductPromotionLinks: []tiktokshop.ProductPromotionLink{{ProductID: "1", Link: "u1"},
			{ProductID: "2"}, {ProductID: "3", Link: "u3"},
			{ProductID: "9", Link: "not asked for"}},
		FailedProductIDs: []tiktokshop.ID{"3", "4"},
	}
	assert.Equal(t, tiktokshop.LinkOutcome{
		Linked: []tiktokshop.ProductPromotionLink{{ProductID: "3", Link: "u3"},
			{ProductID: "1", Link: "u1"}},
		Failed:      []tiktokshop.ID{"4"},
		Unaccounted: []tiktokshop.ID{"5", "2"},
	}, data.Outcome([]tiktokshop.ID{"5", "4", "3", "2", "1"}))
}
