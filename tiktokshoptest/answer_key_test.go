package tiktokshoptest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// A call with the idempotency key of an earlier one is not carried out again, wherever the key
// goes.
func TestRepeatedKey(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	approved, created := 0, 0
	tiktokshoptest.AnswerFunc(srv, (*returnrefund.Service).ApproveReturn,
		func(tiktokshoptest.Call) (struct{}, *tiktokshoptest.Refusal) {
			approved++
			return struct{}{}, nil
		})
	tiktokshoptest.AnswerFunc(srv, (*product.Service).CreateProduct,
		func(tiktokshoptest.Call) (product.CreateProductData, *tiktokshoptest.Refusal) {
			created++
			return product.CreateProductData{ProductID: "1"}, nil
		})
	for _, key := range []string{"a", "a", "b", ""} { // the client makes a key up for the last
		_, err := returnrefund.New(srv.Client()).ApproveReturn(t.Context(),
			&returnrefund.ApproveReturnRequest{
				ReturnID: "1", IdempotencyKey: key, Decision: "APPROVE_RETURN",
			})
		require.NoError(t, err)
		resp, err := product.New(srv.Client()).CreateProduct(t.Context(),
			&product.CreateProductRequest{
				Title: "Kite", Description: "Flies.", CategoryID: "1", IdempotencyKey: key,
				MainImages: []product.CreateProductImage{{URI: "x"}},
				SKUs: []product.CreateProductSKU{{
					Inventory: []product.CreateProductInventory{{WarehouseID: "1"}},
					Price:     product.CreateProductPrice{Currency: product.CurrencyUSD},
				}},
			})
		require.NoError(t, err)
		assert.EqualValues(t, "1", resp.Data.ProductID)
	}
	assert.Equal(t, 3, approved)
	assert.Equal(t, 3, created)
}
