package affiliatepartner_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// A campaign is seen by sellers once it is published.
func ExampleService_CreateCampaign() {
	partner := affiliatepartner.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx, start := context.Background(), time.Now().AddDate(0, 0, 7)
	created, err := partner.CreateCampaign(ctx, &affiliatepartner.CreateCampaignRequest{
		Name:                  "Winter socks",
		Description:           "Socks for cold feet.",
		RegistrationStartTime: tiktokshop.NewUnixTime(time.Now()),
		RegistrationEndTime:   tiktokshop.NewUnixTime(start.AddDate(0, 0, 14)),
		CampaignStartTime:     tiktokshop.NewUnixTime(start),
		CampaignEndTime:       tiktokshop.NewUnixTime(start.AddDate(0, 3, 0)),
		CommissionRate:        1500, // what sellers offer at least: 15 %
		ContactInfo: affiliatepartner.CreateCampaignContactInfo{
			Email: "tap@partner.example",
		},
	})
	for _, mistake := range tiktokshop.InputErrors(err) { // nothing was sent
		fmt.Println(mistake.Field, mistake.Reason)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = partner.PublishCampaign(ctx, &affiliatepartner.PublishCampaignRequest{
		CampaignID: created.Data.CampaignID,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("published")
	// Output: published
}

// A product that gets no link is no error: Outcome sorts what was asked for by what became of it.
func ExampleService_GenerateMultiProductLink() {
	srv := tiktokshoptest.New()
	srv.AddCampaign(tiktokshoptest.Campaign{
		ID: "7362840009596339923",
		Products: []tiktokshoptest.Product{
			{ID: "7362840009596339971"},
			{ID: "7362840009596339972", ReviewStatus: affiliatepartner.ReviewStatusPending},
			{ID: "7362840009596339973", Lost: true},
		},
	})
	partner := affiliatepartner.New(srv.Client()) // a program uses NewClient

	req := &affiliatepartner.GenerateMultiProductLinkRequest{
		CampaignID: "7362840009596339923",
		ProductIDs: []tiktokshop.ID{ // at most 50: GenerateLinks takes any number
			"7362840009596339971", "7362840009596339972", "7362840009596339973",
		},
	}
	resp, err := partner.GenerateMultiProductLink(context.Background(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	outcome := resp.Data.Outcome(req.ProductIDs)
	for _, l := range outcome.Linked {
		fmt.Println(l.ProductID, l.Link)
	}
	fmt.Println("failed:", outcome.Failed)
	fmt.Println("in neither list:", outcome.Unaccounted) // ask again
	// Output:
	// 7362840009596339971 https://affiliate.tiktok.com/api/v1/share/KNVKJhmQLvUy
	// failed: [7362840009596339972]
	// in neither list: [7362840009596339973]
}

// The orders of a year, one row a SKU. The platform searches three months at most; a longer time is
// searched piece by piece.
func ExampleService_SearchTAPOrdersAll() {
	srv := tiktokshoptest.New()
	year := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	srv.AddTAPOrders(affiliatepartner.TAPOrder{
		ID:                              "576461413038785752",
		SKUID:                           "1729592969712207012",
		CreateTime:                      tiktokshop.NewUnixTime(year.AddDate(0, 5, 0)),
		SettleStatus:                    affiliatepartner.SettleStatusSettled,
		ActualPartnerStandardCommission: tiktokshop.Money{Amount: "1.20", Currency: "USD"},
	})
	partner := affiliatepartner.New(srv.Client()) // a program uses NewClient

	req := &affiliatepartner.SearchTAPOrdersRequest{
		CreateTimeGE: tiktokshop.NewUnixTime(year),
		CreateTimeLT: tiktokshop.NewUnixTime(year.AddDate(1, 0, 0)),
	}
	for row, err := range partner.SearchTAPOrdersAll(context.Background(), req) {
		if err != nil {
			fmt.Println(err)
			return
		}
		earned := row.ActualPartnerStandardCommission
		fmt.Println(row.ID, row.SKUID, row.SettleStatus, earned.Amount, earned.Currency)
	}
	// Output: 576461413038785752 1729592969712207012 SETTLED 1.20 USD
}

// Campaigns of sellers that the partner has joined. Without a type the list has its own.
func ExampleService_ListCampaigns() {
	srv := tiktokshoptest.New()
	srv.AddCampaign(tiktokshoptest.Campaign{
		ID: "7362840009596339924", Name: "Spring Deals", Joined: true,
		Type: affiliatepartner.CampaignTypeSellerCampaigns,
	})
	campaigns := affiliatepartner.New(srv.Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := campaigns.ListCampaigns(ctx, &affiliatepartner.ListCampaignsRequest{
		Type:            affiliatepartner.CampaignTypeSellerCampaigns,
		QueryTypeFilter: affiliatepartner.CampaignFilterJoined,
		PageSize:        20,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range resp.Data.Campaigns {
		fmt.Println(c.ID, c.Name, c.Status)
	}
	// Output: 7362840009596339924 Spring Deals ONGOING
}

// What sellers submitted and the partner has yet to review.
func ExampleService_ListCampaignProducts() {
	srv := tiktokshoptest.New()
	srv.AddCampaign(tiktokshoptest.Campaign{
		ID: "7362840009596339923",
		Products: []tiktokshoptest.Product{
			{ID: "7362840009596339971"},
			{
				ID:           "7362840009596339972",
				ReviewStatus: affiliatepartner.ReviewStatusPending,
				Info: affiliatepartner.CampaignProduct{
					ShopName: "Sock Shop", TotalCommissionRate: 2000,
				},
			},
		},
	})
	campaigns := affiliatepartner.New(srv.Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := campaigns.ListCampaignProducts(ctx, &affiliatepartner.ListCampaignProductsRequest{
		CampaignID:   "7362840009596339923",
		ReviewStatus: affiliatepartner.ReviewStatusPending,
		PageSize:     20,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range resp.Data.Products {
		fmt.Println(p.ID, p.ShopName, p.TotalCommissionRate, p.ReviewStatus)
	}
	// Output: 7362840009596339972 Sock Shop 20% PENDING
}
