package tiktokshop_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// A call that deletes two products, of which one stays.
func ExamplePartialError() {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	tiktokshoptest.Answer(srv, (*product.Service).DeleteProducts, product.DeleteProductsData{
		Errors: []product.Error{{
			Code: 12052048, Message: "Product not found",
			Detail: product.ErrorDetail{ProductID: "1729592969712207013"},
		}},
	})
	resp, err := product.New(srv.Client()).DeleteProducts(context.Background(),
		&product.DeleteProductsRequest{
			ProductIDs: []tiktokshop.ID{"1729592969712207012", "1729592969712207013"},
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	var partly *tiktokshop.PartialError
	if errors.As(resp.Data.Err(), &partly) {
		for _, item := range partly.Items {
			fmt.Println(item.Item, item.Code, item.Message)
		}
	}
	// Output: 1729592969712207013 12052048 Product not found
}

func TestPartialErrorText(t *testing.T) {
	t.Parallel()
	more := []tiktokshop.ItemError{{Item: "w1", Code: "7", Message: "none left"}, {}}
	for _, tc := range []struct {
		name  string
		items []tiktokshop.ItemError
		of    int
		want  string
	}{
		{"all", []tiktokshop.ItemError{{"1", "12", "gone", nil}, {"2", "13", "no", nil}}, 5,
			"2 of 5 failed, the first: 1: code 12: gone"},
		{"total not known", []tiktokshop.ItemError{{"1", "0", "gone", nil}}, 0,
			"1 failed, the first: 1: gone"},
		{"no item", []tiktokshop.ItemError{{"", "12", "", nil}}, 0, "1 failed, the first: code 12"},
		{"nothing said", []tiktokshop.ItemError{{}}, 0, "1 failed, the first: failed"},
		{"more reasons", []tiktokshop.ItemError{{"1", "12", "no", more}}, 0,
			"1 failed, the first: 1: code 12: no: w1: code 7: none left: failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := tiktokshop.PartialFailure("product.UpdateInventory", slices.Values(tc.items),
				tc.of)
			require.EqualError(t, err, "tiktokshop: product.UpdateInventory: "+tc.want)
			var first *tiktokshop.ItemError
			require.ErrorAs(t, err, &first)
			assert.Equal(t, tc.items[0], *first)
		})
	}
	assert.NoError(t, tiktokshop.PartialFailure("x", slices.Values[[]tiktokshop.ItemError](nil), 3),
		"nothing failed")
}
