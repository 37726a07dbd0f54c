package seller_test

import (
	"context"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop/api/seller"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// The shops of a seller; their ciphers are in the list of authorized shops.
func ExampleService_GetActiveShops() {
	service := seller.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := service.GetActiveShops(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, shop := range resp.Data.Shops {
		fmt.Println(shop.ID, shop.Region)
	}
	// Output: 7494049642642441621 US
}
