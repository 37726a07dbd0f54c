package bulk_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/bulk"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// An operation that the SDK has no bulk method for takes a dozen lines.
func ExampleRun() {
	srv := tiktokshoptest.New()
	products := product.New(srv.Client())
	tiktokshoptest.AnswerFunc(srv, (*product.Service).RecoverProducts,
		func(call tiktokshoptest.Call) (product.RecoverProductsData, *tiktokshoptest.Refusal) {
			return product.RecoverProductsData{Errors: []product.Error{{
				Code: 12052048, Message: "Not deleted.",
				Detail: product.ErrorDetail{ProductID: "1729592969712207012"},
			}}}, nil
		})

	recover := bulk.Operation[tiktokshop.ID, struct{}]{
		Name: "recover", Noun: "products",
		Limit:      bulk.MaxItems[product.RecoverProductsRequest]("ProductIDs"),
		ItemFields: []string{"ProductIDs"},
		Key:        func(id tiktokshop.ID) string { return string(id) }, Share: true,
		Call: func(ctx context.Context, ids []tiktokshop.ID) (*bulk.Answer[struct{}], error) {
			resp, err := products.RecoverProducts(ctx,
				&product.RecoverProductsRequest{ProductIDs: ids})
			if err != nil {
				return nil, err
			}
			return &bulk.Answer[struct{}]{
				RequestID: resp.RequestID, Outcomes: bulk.Outcomes(ids, resp.Data.Failures()),
			}, nil
		},
	}
	ids := slices.Values([]tiktokshop.ID{"1729592969712207008", "1729592969712207012"})
	for result, err := range bulk.Run(context.Background(), recover, ids, bulk.Options{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Position, result.Item, result.Status, result.Err)
	}
	// Output:
	// 0 1729592969712207008 done <nil>
	// 1 1729592969712207012 failed 1729592969712207012: code 12052048: Not deleted.
}

// An operation that takes 50 products is given as many at once.
func ExampleBatches() {
	products := slices.Repeat([]tiktokshop.ID{"7362840009596339971"}, 120)
	for batch := range bulk.Batches(slices.Values(products), 50) {
		fmt.Println(len(batch))
	}
	// Output:
	// 50
	// 50
	// 20
}
