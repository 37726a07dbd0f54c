package product_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/bulk"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// Any number of products is deleted, 20 a call; each has a result of its own.
func ExampleService_DeleteProductsBulk() {
	srv := tiktokshoptest.New() // a program talks to the platform
	tiktokshoptest.Answer(srv, (*product.Service).DeleteProducts, product.DeleteProductsData{
		Errors: []product.Error{{
			Code: 12052048, Message: "Product is frozen.",
			Detail: product.ErrorDetail{ProductID: "1729592969712207012"},
		}},
	})
	ids := slices.Values([]tiktokshop.ID{"1729592969712207008", "1729592969712207012"})
	products := product.New(srv.Client())
	for result, err := range products.DeleteProductsBulk(context.Background(), nil, ids,
		bulk.Options{}) {
		if err != nil {
			fmt.Println(err) // it stopped: the *bulk.StoppedError says where to go on
			return
		}
		fmt.Println(result.Item, result.Status, result.Err)
	}
	// Output:
	// 1729592969712207008 done <nil>
	// 1729592969712207012 failed 1729592969712207012: code 12052048: Product is frozen.
}

// ActivateProductBulk and DeactivateProductsBulk look alike.
func ExampleService_DeactivateProductsBulk() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*product.Service).DeactivateProducts,
		product.DeactivateProductsData{})
	ids := slices.Repeat([]tiktokshop.ID{"1729592969712207008"}, 3)
	done := 0
	products := product.New(srv.Client())
	for result, err := range products.DeactivateProductsBulk(
		context.Background(), nil, slices.Values(ids), bulk.Options{Concurrency: 2},
	) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if result.Status == bulk.Done {
			done++
		}
	}
	fmt.Println(done, "done in", len(srv.Requests()), "call")
	// Output: 3 done in 1 call
}

func ExampleService_ActivateProductBulk() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*product.Service).ActivateProduct, product.ActivateProductData{})
	ids := slices.Values([]tiktokshop.ID{"1729592969712207008"})
	products := product.New(srv.Client())
	for result, err := range products.ActivateProductBulk(context.Background(), nil, ids,
		bulk.Options{}) {
		fmt.Println(result.Item, result.Status, err) // in audit now: see WaitUntilAudited
	}
	// Output: 1729592969712207008 done <nil>
}

// Stock from a file with a line for each SKU, sorted by product: a product is one call.
func ExampleService_UpdateInventoryBulk() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*product.Service).UpdateInventory, product.UpdateInventoryData{})
	stock := func(productID, sku tiktokshop.ID, units int64) product.InventoryUpdate {
		return product.InventoryUpdate{ProductID: productID, SKU: product.UpdateInventorySKU{
			ID: sku, Inventory: []product.UpdateInventoryInput{{Quantity: tiktokshop.Ptr(units)}},
		}}
	}
	updates := slices.Values([]product.InventoryUpdate{
		stock("1729592969712207008", "1729592969712207009", 12),
		stock("1729592969712207008", "1729592969712207010", 0),
		stock("1729592969712207020", "1729592969712207021", 7),
	})
	next := 0 // where to go on after a restart: saved with each result
	products := product.New(srv.Client())
	for result, err := range products.UpdateInventoryBulk(context.Background(), updates,
		bulk.Options{Skip: next}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		next = result.Position + 1
		fmt.Println(result.Item.SKU.ID, result.Status)
	}
	fmt.Println(next, "in", len(srv.Requests()), "calls")
	// Output:
	// 1729592969712207009 done
	// 1729592969712207010 done
	// 1729592969712207021 done
	// 3 in 2 calls
}

func ExampleService_UpdatePriceBulk() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*product.Service).UpdatePrice, struct{}{})
	updates := slices.Values([]product.PriceUpdate{{
		ProductID: "1729592969712207008",
		SKU: product.UpdatePriceSKU{
			ID:    "1729592969712207009",
			Price: product.UpdatePriceInput{Amount: "9.99", Currency: product.CurrencyUSD},
		},
	}})
	products := product.New(srv.Client())
	for result, err := range products.UpdatePriceBulk(context.Background(), updates,
		bulk.Options{}) {
		fmt.Println(result.Item.SKU.ID, result.Status, err)
	}
	// Output: 1729592969712207009 done <nil>
}
