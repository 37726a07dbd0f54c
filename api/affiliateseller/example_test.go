package affiliateseller_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliateseller"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// Creators to invite, until enough are found: pages that nobody wants are not asked for.
func ExampleService_SellerSearchCreatorOnMarketplaceAll() {
	affiliates := affiliateseller.New(tiktokshoptest.New().Client()) // a program uses NewClient

	req := &affiliateseller.SellerSearchCreatorOnMarketplaceRequest{
		PageSize:  20, // 12 or 20
		Keyword:   "socks",
		GMVRanges: []affiliateseller.GMVRange{affiliateseller.GMVRange1000To10000},
	}
	var invite []string
	for c, err := range affiliates.SellerSearchCreatorOnMarketplaceAll(context.Background(), req) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c.Username, c.FollowerCount, "followers", c.GMV.Amount, c.GMV.Currency)
		if invite = append(invite, c.CreatorOpenID); len(invite) == 50 {
			break
		}
	}
	fmt.Println(len(invite), "to invite")
	// Output:
	// abc 23241 followers 1232.90 USD
	// 1 to invite
}

func ExampleService_SellerSearchCreatorOnMarketplace() {
	affiliates := affiliateseller.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := affiliates.SellerSearchCreatorOnMarketplace(context.Background(),
		&affiliateseller.SellerSearchCreatorOnMarketplaceRequest{
			PageSize: 12,
			FollowerDemographics: &affiliateseller.FollowerDemographics{
				AgeRanges: []affiliateseller.AgeRange{
					affiliateseller.AgeRange18To24, affiliateseller.AgeRange25To34,
				},
				CountRange: &affiliateseller.CountRange{CountGE: tiktokshop.Ptr[int64](10_000)},
			},
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range resp.Data.Creators {
		top := c.TopFollowerDemographics
		fmt.Println(c.Username, c.FollowerCount, top.AgeRanges, top.MajorGender.Gender,
			top.MajorGender.Percentage)
	}
	// Output: abc 23241 [AGE_RANGE_18_24 AGE_RANGE_25_34] FEMALE 65.24%
}

// What a collaboration did not take is in the answer of a success.
func ExampleService_CreateTargetCollaboration() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*affiliateseller.Service).CreateTargetCollaboration,
		affiliateseller.CreateTargetCollaborationData{
			TargetCollaboration:  affiliateseller.Reference{ID: "7365861555575916210"},
			InvalidProductIDList: []tiktokshop.ID{"1729432087292775345"},
		})
	affiliates := affiliateseller.New(srv.Client()) // a program uses NewClient

	commission := tiktokshop.Ptr(tiktokshop.BasisPoints(1500)) // 15 %
	resp, err := affiliates.CreateTargetCollaboration(context.Background(),
		&affiliateseller.CreateTargetCollaborationRequest{
			Name:    "Socks for the winter",
			Message: "We would love to work with you.",
			EndTime: tiktokshop.NewUnixTimeText(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)),
			Products: []affiliateseller.CreateTargetCollaborationProduct{
				{ID: "1729432087292775344", TargetCommissionRate: commission},
				{ID: "1729432087292775345", TargetCommissionRate: commission},
			},
			// At most 50.
			CreatorUserOpenIDs: []string{"uACafQAAAABmUU2qon4R0vUYvUVS3QC6CICP2m5A2-wd77j8R9G0yg"},
			SellerContactInfo:  affiliateseller.SellerContactInfo{Email: "affiliates@shop.example"},
			FreeSampleRule: affiliateseller.FreeSampleRule{
				HasFreeSample:          tiktokshop.Ptr(true),
				IsSampleApprovalExempt: tiktokshop.Ptr(false),
			},
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("collaboration", resp.Data.TargetCollaboration.ID)
	for failed := range resp.Data.Failures() { // products, creators, or a creator with a product
		fmt.Println("not in it:", failed.Item)
	}
	// Output:
	// collaboration 7365861555575916210
	// not in it: 1729432087292775345
}

func ExampleService_SearchOpenCollaborationAll() {
	affiliates := affiliateseller.New(tiktokshoptest.New().Client()) // a program uses NewClient

	for c, err := range affiliates.SearchOpenCollaborationAll(context.Background(), nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c.Product.Title, c.CurrentCommission.Rate, c.ContentCreatorCount,
			"creators with content")
	}
	// Output: Blue t-shirt 30% 10 creators with content
}

func ExampleService_SearchOpenCollaboration() {
	affiliates := affiliateseller.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := affiliates.SearchOpenCollaboration(ctx,
		&affiliateseller.SearchOpenCollaborationRequest{
			PageSize:    20,
			KeywordType: affiliateseller.KeywordTypeProductID,
			Keyword:     "1729432087292775344",
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range resp.Data.OpenCollaborations {
		fmt.Println(c.ID, c.Status, c.Product.Status, c.CurrentCommission.Rate)
	}
	// Output: 94297006405 NORMAL LIVE 30%
}

// What creators sold, and what they get for it. A search covers three months at most.
func ExampleService_SearchSellerAffiliateOrdersAll() {
	affiliates := affiliateseller.New(tiktokshoptest.New().Client()) // a program uses NewClient

	july := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	req := &affiliateseller.SearchSellerAffiliateOrdersRequest{
		CreateTimeGE: tiktokshop.NewUnixTime(july),
		CreateTimeLT: tiktokshop.NewUnixTime(july.AddDate(0, 1, 0)),
	}
	for o, err := range affiliates.SearchSellerAffiliateOrdersAll(context.Background(), req) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, sku := range o.SKUs {
			// Of no amount before it is settled: see EstimatedPaidCommission.
			paid := sku.ActualPaidCommission
			fmt.Println(o.ID, o.Status, sku.SKUID, sku.CreatorUsername, sku.ContentType,
				paid.Amount, paid.Currency)
		}
	}
	// Output:
	// 579125529499110202 COMPLETED 1729791975232997145 exampleTikTokCreatorUsername LIVE 10000 VND
}

// Any creator may promote the product from now on, and gets 15 % of what it sells.
func ExampleService_CreateOpenCollaboration() {
	affiliates := affiliateseller.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := affiliates.CreateOpenCollaboration(ctx,
		&affiliateseller.CreateOpenCollaborationRequest{
			ProductID:      "1729432087292775344",
			CommissionRate: 1500,
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := resp.Data.OpenCollaboration
	fmt.Println(c.ID, c.ProductID, c.EffectiveTime.UTC().Format(time.DateOnly))
	// Output: 7365861555575916210 789078671231 2024-05-14
}
