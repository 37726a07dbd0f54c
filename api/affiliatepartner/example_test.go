package affiliatepartner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
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
			{ID: "7362840009596339972", ReviewStatus: affiliatepartner.ReviewStatusPending},
		},
	})
	return srv
}
func ExampleService_GenerateLinks() {
	srv := fakeShop()
	defer srv.Close()

	ids := slices.Values([]tiktokshop.ID{"7362840009596339971", "7362840009596339972",
		"7362840009596339971"})
	for result, err := range affiliatepartner.New(srv.Client()).GenerateLinks(context.Background(),
		&affiliatepartner.GenerateLinksRequest{
			CampaignID: "7362840009596339923",
			ProductIDs: ids,
		}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.ProductID, result.Link, result.Status)
	}
	// Output:
	// 7362840009596339971 https://affiliate.tiktok.com/api/v1/share/KNVKJhmQLvUy linked
	// 7362840009596339972  failed
	// 7362840009596339971 https://affiliate.tiktok.com/api/v1/share/KNVKJhmQLvUy linked
}

func ExampleService_ListCampaignsAll() {
	srv := fakeShop()
	defer srv.Close()

	for campaign, err := range affiliatepartner.New(srv.Client()).ListCampaignsAll(
		context.Background(),
		&affiliatepartner.ListCampaignsRequest{Status: affiliatepartner.CampaignStatusOngoing}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(campaign.ID, campaign.Status)
	}
	// Output: 7362840009596339923 ONGOING
}

func ExampleService_EditCampaign() {
	srv := fakeShop()
	defer srv.Close()

	_, err := affiliatepartner.New(srv.Client()).EditCampaign(context.Background(),
		&affiliatepartner.EditCampaignRequest{
			CampaignID:      "7362840009596339923",
			TargetShopCodes: []string{}, // for all shops from now on
		})
	var inputErr *tiktokshop.InputError
	fmt.Println(errors.As(err, &inputErr))
	fmt.Println(string(srv.Requests()[0].Body))
	// Output:
	// false
	// {"target_shop_codes":[]}
}
