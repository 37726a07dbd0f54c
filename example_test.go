package tiktokshop_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// fakeShop starts a fake platform with one campaign for the examples.
func fakeShop() *tiktokshoptest.Server {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		panic(err)
	}
	srv.AddCampaign(tiktokshoptest.Campaign{
		ID: "7362840009596339923",
		Products: []tiktokshoptest.Product{
			{ID: "7362840009596339971"},
			{ID: "7362840009596339972", ReviewStatus: "PENDING"},
		},
	})
	return srv
}

func ExampleNewClient() {
	client, err := tiktokshop.NewClient("29a39d", "the app secret",
		tiktokshop.WithAccessToken("GCP_token"),
		tiktokshop.WithCategoryAssetCipher("GCP_cipher="))
	fmt.Println(client, err) // a secret with white space cannot be right

	client, err = tiktokshop.NewClient("29a39d", "the-app-secret",
		tiktokshop.WithAccessToken("GCP_token"),
		tiktokshop.WithCategoryAssetCipher("GCP_cipher="))
	fmt.Println(client, err) // printing a client shows no secret
	// Output:
	// <nil> tiktokshop: app secret: contains white space or a control character
	// tiktokshop.Client{app key 29a39d, https://open-api.tiktokglobalshop.com} <nil>
}

func ExampleAffiliatePartner_GenerateMultiProductLink() {
	srv := fakeShop()
	defer srv.Close()
	client := srv.Client()

	req := &tiktokshop.GenerateMultiProductLinkRequest{
		CampaignID: "7362840009596339923",
		ProductIDs: []tiktokshop.ID{"7362840009596339971", "7362840009596339972"},
	}
	resp, err := client.AffiliatePartner.GenerateMultiProductLink(context.Background(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	outcome := resp.Data.Outcome(req.ProductIDs)
	for _, l := range outcome.Linked {
		fmt.Println("linked", l.ProductID, l.Link)
	}
	fmt.Println("failed", outcome.Failed)
	fmt.Println("unaccounted for", outcome.Unaccounted)
	// Output:
	// linked 7362840009596339971 https://affiliate.tiktok.com/api/v1/share/KNVKJhmQLvUy
	// failed [7362840009596339972]
	// unaccounted for []
}

func ExampleAPIError() {
	srv := fakeShop()
	defer srv.Close()
	srv.ExpireToken()

	_, err := srv.Client().AffiliatePartner.GenerateMultiProductLink(context.Background(),
		&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "7362840009596339923",
			ProductIDs: []tiktokshop.ID{"7362840009596339971"}})
	if errors.Is(err, tiktokshop.ErrTokenExpired) {
		fmt.Println("time to refresh the token")
	}
	var apiErr *tiktokshop.APIError
	if errors.As(err, &apiErr) {
		fmt.Println(apiErr.Code, apiErr.HTTPStatus, apiErr.RequestID != "")
	}
	// Output:
	// time to refresh the token
	// 105002 401 true
}

func ExampleClient_With() {
	app, err := tiktokshop.NewClient("29a39d", "the-app-secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	// One client for the app; a cheap derived one for each partner or shop, which shares its
	// connections.
	partner, err := app.With(
		tiktokshop.WithAccessToken("this-partner's-token"),
		tiktokshop.WithCategoryAssetCipher("this-partner's-cipher"))
	fmt.Println(partner != app, err)
	// Output: true <nil>
}

// An operation that the SDK has no method for goes through the same pipeline.
func ExampleDo() {
	srv := fakeShop()
	defer srv.Close()

	op := &tiktokshop.Operation{
		Name:       "MultiLink",
		Method:     http.MethodPost,
		Path:       "/affiliate_partner/202505/campaigns/{campaign_id}/products/promotion_links/generate_batch",
		Identifier: tiktokshop.CategoryAssetCipher,
	}
	type result struct {
		Failed []tiktokshop.ID `json:"failed_product_ids"`
	}
	resp, err := tiktokshop.Do[result](context.Background(), srv.Client(), op, tiktokshop.Params{
		Path: map[string]string{"campaign_id": "7362840009596339923"},
		Body: map[string]any{"product_ids": []string{"7362840009596339972"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Message, resp.Data.Failed)
	// Output: Success [7362840009596339972]
}

func ExampleSignInput_StringToSign() {
	req, err := http.NewRequest("GET",
		"https://open-api.tiktokglobalshop.com/authorization/202309/shops?app_key=29a39d&timestamp=1623812664", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	in, err := tiktokshop.NewSignInput(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(in.StringToSign())
	// Output: {app_secret}/authorization/202309/shopsapp_key29a39dtimestamp1623812664{app_secret}
}

func ExampleSigner_Sign() {
	signer, err := tiktokshop.NewSigner("29a39d", "e59af819cc")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(signer.Sign(tiktokshop.SignInput{
		Path:  "/authorization/202309/shops",
		Query: url.Values{"app_key": {"29a39d"}, "timestamp": {"1623812664"}},
	}))
	// Output: b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8
}

// TestWithHTTPMock shows a test that fakes single answers with httpmock instead of a fake platform.
func TestWithHTTPMock(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("POST",
		`=~^https://open-api\.tiktokglobalshop\.com/affiliate_partner/202505/campaigns/1/`,
		httpmock.NewStringResponder(200,
			`{"code":0,"message":"Success","request_id":"R","data":{"failed_product_ids":["2"]}}`))

	client, err := tiktokshop.NewClient("an-app-key", "an-app-secret",
		tiktokshop.WithHTTPClient(&http.Client{Transport: mock}),
		tiktokshop.WithAccessToken("a-token"),
		tiktokshop.WithCategoryAssetCipher("a-cipher"))
	require.NoError(t, err)

	resp, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(), linkRequest())
	require.NoError(t, err)
	assert.Equal(t, []tiktokshop.ID{"2"}, resp.Data.FailedProductIDs)
	assert.Equal(t, 1, mock.GetTotalCallCount())

	// httpmock quotes the URL of a request that nobody registered; the signature in it stays out of
	// the error.
	mock.Reset()
	_, err = client.AffiliatePartner.GenerateMultiProductLink(t.Context(), linkRequest())
	require.ErrorContains(t, err, "no responder found")
	assert.NotRegexp(t, `sign=[0-9a-f]{64}`, err.Error())
}
