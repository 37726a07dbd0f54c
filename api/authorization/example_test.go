package authorization_test

import (
	"context"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// The shops of a seller's token, and a client for each. Store the ciphers: they are asked for once.
func ExampleService_GetAuthorizedShops() {
	client := tiktokshoptest.New().Client() // a program uses NewClient

	resp, err := authorization.New(client).GetAuthorizedShops(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, shop := range resp.Data.Shops {
		forShop, err := client.With(tiktokshop.WithShopCipher(shop.Cipher))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(shop.ID, shop.Region, forShop != nil)
	}
	// Output: 7494049642642441621 US true
}

// The category assets of a partner's token, by category id and market: names change.
func ExampleService_GetAuthorizedCategoryAssets() {
	service := authorization.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := service.GetAuthorizedCategoryAssets(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, asset := range resp.Data.CategoryAssets {
		fmt.Println(asset.Category.ID, asset.TargetMarket, asset.Cipher)
	}
	// Output: 600001 US GCP_fake-category-asset-cipher=
}
