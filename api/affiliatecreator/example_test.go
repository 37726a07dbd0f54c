package affiliatecreator_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatecreator"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// One link for each tag, so that the orders tell where a buyer came from. A tag can fail in a
// success.
func ExampleService_GenerateAffiliateSharingLink() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*affiliatecreator.Service).GenerateAffiliateSharingLink,
		affiliatecreator.GenerateAffiliateSharingLinkData{
			AffiliateSharingLinks: []affiliatecreator.AffiliateSharingLink{
				{Tag: "newsletter", AffiliateSharingLink: "https://www.tiktok.com/t/ZMrKDXTkv/"},
			},
			Errors: []affiliatecreator.GenerateAffiliateSharingLinkError{{
				Message: "invalid tag", Detail: affiliatecreator.ErrorDetail{
					Tag:        "blog!",
					FailReason: "too long",
				},
			}},
		})
	creator := affiliatecreator.New(srv.Client()) // a program uses NewClient

	resp, err := creator.GenerateAffiliateSharingLink(context.Background(),
		&affiliatecreator.GenerateAffiliateSharingLinkRequest{
			Material: &affiliatecreator.GenerateAffiliateSharingLinkMaterial{
				Type: affiliatecreator.MaterialTypeProduct,
				ID:   "1729793769377859852",
			},
			Tags: []string{"newsletter", "blog!"},
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, link := range resp.Data.AffiliateSharingLinks {
		fmt.Println(link.Tag, link.AffiliateSharingLink)
	}
	for failed := range resp.Data.Failures() {
		fmt.Println("no link:", failed.Item, failed.Message)
	}
	// Output:
	// newsletter https://www.tiktok.com/t/ZMrKDXTkv/
	// no link: blog! too long
}

// What a creator earned with the orders of a month.
func ExampleService_SearchCreatorAffiliateOrdersAll() {
	creator := affiliatecreator.New(tiktokshoptest.New().Client()) // a program uses NewClient

	may := time.Date(2023, 5, 1, 0, 0, 0, 0, time.UTC)
	req := &affiliatecreator.SearchCreatorAffiliateOrdersRequest{
		CreateTimeGE: tiktokshop.NewUnixTime(may),
		CreateTimeLT: tiktokshop.NewUnixTime(may.AddDate(0, 1, 0)),
	}
	for o, err := range creator.SearchCreatorAffiliateOrdersAll(context.Background(), req) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, sku := range o.SKUs {
			fmt.Println(o.ID, o.Status, sku.ID, sku.Tag, sku.CommissionRate,
				sku.ActualCommission.Amount)
		}
	}
	// Output: 789078671231123124 SETTLED 1729793769377925388 test-01 10% Rp1.900
}
