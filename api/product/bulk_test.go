package product_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/bulk"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// lines are a run's results as text.
func lines[In, Out any](seq iter.Seq2[bulk.Result[In, Out], error]) (all []string, err error) {
	for r, e := range seq {
		if e != nil {
			return all, e
		}
		text := fmt.Sprint(r.Position, " ", r.Status)
		if r.Err != nil {
			text += " " + r.Err.Error()
		}
		all = append(all, text)
	}
	return all, nil
}

func ids(from, n int) iter.Seq[tiktokshop.ID] {
	return func(yield func(tiktokshop.ID) bool) {
		for i := range n {
			if !yield(tiktokshop.ID(fmt.Sprint(from + i))) {
				return
			}
		}
	}
}

// fails answers a call about products: those whose id ends in 7 fail.
func fails(seen func(n int)) func(tiktokshoptest.Call) []product.Error {
	return func(call tiktokshoptest.Call) (errs []product.Error) {
		var body struct {
			IDs []tiktokshop.ID `json:"product_ids"`
		}
		if err := json.Unmarshal(call.Body, &body); err != nil {
			panic(err)
		}
		seen(len(body.IDs))
		for _, id := range body.IDs {
			if id[len(id)-1] == '7' {
				errs = append(errs, product.Error{
					Code: 12052048, Message: "Check failed.",
					Detail: product.ErrorDetail{ProductID: id},
				})
			}
		}
		return errs
	}
}

// Products are activated, deactivated and deleted 20 at a time; a failure, a malformed id and a
// duplicate concern their own item alone.
func TestBulkOfProducts(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	for _, tt := range []struct {
		name string
		run  func(*tiktokshoptest.Server, *product.Service, iter.Seq[tiktokshop.ID], func(int)) iter.Seq2[bulk.Result[tiktokshop.ID, struct{}], error]
	}{
		{"activate", func(
			srv *tiktokshoptest.Server, s *product.Service, ids iter.Seq[tiktokshop.ID],
			seen func(int),
		) iter.Seq2[bulk.Result[tiktokshop.ID, struct{}], error] {
			tiktokshoptest.AnswerFunc(srv, (*product.Service).ActivateProduct,
				func(
					call tiktokshoptest.Call,
				) (product.ActivateProductData, *tiktokshoptest.Refusal) {
					assert.Contains(t, string(call.Body), `"listing_platforms":["TOKOPEDIA"]`)
					return product.ActivateProductData{Errors: fails(seen)(call)}, nil
				})
			return s.ActivateProductBulk(t.Context(), &product.ActivateProductRequest{
				ListingPlatforms: []product.ListingPlatform{product.ListingPlatformTokopedia},
			}, ids, bulk.Options{})
		}},
		{"deactivate",
			func(
				srv *tiktokshoptest.Server, s *product.Service, ids iter.Seq[tiktokshop.ID],
				seen func(int),
			) iter.Seq2[bulk.Result[tiktokshop.ID, struct{}], error] {
				tiktokshoptest.AnswerFunc(srv, (*product.Service).DeactivateProducts,
					func(
						call tiktokshoptest.Call,
					) (product.DeactivateProductsData, *tiktokshoptest.Refusal) {
						return product.DeactivateProductsData{Errors: fails(seen)(call)}, nil
					})
				return s.DeactivateProductsBulk(t.Context(), nil, ids, bulk.Options{})
			}},
		{"delete", func(
			srv *tiktokshoptest.Server, s *product.Service, ids iter.Seq[tiktokshop.ID],
			seen func(int),
		) iter.Seq2[bulk.Result[tiktokshop.ID, struct{}], error] {
			tiktokshoptest.AnswerFunc(srv, (*product.Service).DeleteProducts,
				func(
					call tiktokshoptest.Call,
				) (product.DeleteProductsData, *tiktokshoptest.Refusal) {
					return product.DeleteProductsData{Errors: fails(seen)(call)}, nil
				})
			return s.DeleteProductsBulk(t.Context(), nil, ids, bulk.Options{})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.New()
			var sizes []int
			input := slices.Concat(slices.Collect(ids(1000, 45)),
				[]tiktokshop.ID{"not an id", "1007", "1008"})
			got, err := lines(tt.run(srv, product.New(srv.Client()), slices.Values(input),
				func(n int) {
					mu.Lock()
					defer mu.Unlock()
					sizes = append(sizes, n)
				}))
			require.NoError(t, err)
			slices.Sort(sizes)
			assert.Equal(t, []int{5, 20, 20}, sizes)
			for i, line := range got {
				want := fmt.Sprint(i, " done")
				switch {
				case input[i] == "not an id":
					assert.Contains(t, line, "45 error tiktokshop: product.")
					assert.Contains(t, line, "ProductIDs: is malformed")
					continue
				case input[i][3] == '7':
					want = fmt.Sprintf("%d failed %s: code 12052048: Check failed.", i, input[i])
				}
				assert.Equal(t, want, line)
			}
		})
	}
}

func stock(productID, sku tiktokshop.ID, quantity int64) product.InventoryUpdate {
	return product.InventoryUpdate{ProductID: productID, SKU: product.UpdateInventorySKU{
		ID: sku, Inventory: []product.UpdateInventoryInput{{Quantity: tiktokshop.Ptr(quantity)}},
	}}
}

// Stock is set one product a call; a SKU that fails, or whose quantity was forgotten, costs itself.
func TestUpdateInventoryBulk(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.New()
	var calls []string
	tiktokshoptest.AnswerFunc(srv, (*product.Service).UpdateInventory,
		func(call tiktokshoptest.Call) (product.UpdateInventoryData, *tiktokshoptest.Refusal) {
			calls = append(calls, call.Params["product_id"]+" "+string(call.Body))
			if call.Params["product_id"] == "3" {
				return product.UpdateInventoryData{},
					&tiktokshoptest.Refusal{Code: 12052023, Message: "Product is frozen."}
			}
			if strings.Contains(string(call.Body), `"12"`) {
				return product.UpdateInventoryData{Errors: []product.UpdateInventoryError{{
					Code: 12019054, Message: "Too much.",
					Detail: product.UpdateInventoryDetail{SKUID: "12"},
				}}}, nil
			}
			return product.UpdateInventoryData{}, nil
		})
	forgotten := stock("2", "22", 0)
	forgotten.SKU.Inventory[0].Quantity = nil
	input := []product.InventoryUpdate{
		stock("1", "11", 5), stock("1", "12", 0), stock("2", "21", 7), forgotten,
		stock("3", "31", 1), stock("1", "11", 6),
	}
	got, err := lines(product.New(srv.Client()).UpdateInventoryBulk(t.Context(),
		slices.Values(input), bulk.Options{Concurrency: 1}))
	require.NoError(t, err)
	assert.Equal(t, []string{
		`1 {"skus":[{"id":"11","inventory":[{"quantity":5}]},{"id":"12","inventory":[{"quantity":0}]}]}`,
		`2 {"skus":[{"id":"21","inventory":[{"quantity":7}]}]}`,
		`3 {"skus":[{"id":"31","inventory":[{"quantity":1}]}]}`,
		`1 {"skus":[{"id":"11","inventory":[{"quantity":6}]}]}`,
	}, calls)
	require.Len(t, got, 6)
	assert.Equal(t, "0 done", got[0])
	assert.Equal(t, "1 failed 12: code 12019054: Too much.", got[1])
	assert.Equal(t, "2 done", got[2])
	assert.Equal(t,
		"3 error tiktokshop: product.UpdateInventory: SKUs.Inventory[0].Quantity: is missing",
		got[3])
	assert.Contains(t, got[4], "4 error tiktokshop: product.UpdateInventory")
	assert.Contains(t, got[4], "Product is frozen.")
	assert.Equal(t, "5 done", got[5])
}

func TestUpdatePriceBulk(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.New()
	var calls []string
	tiktokshoptest.AnswerFunc(srv, (*product.Service).UpdatePrice,
		func(call tiktokshoptest.Call) (struct{}, *tiktokshoptest.Refusal) {
			calls = append(calls, call.Params["product_id"]+" "+string(call.Body))
			return struct{}{}, nil
		})
	price := func(id, sku tiktokshop.ID, amount string) product.PriceUpdate {
		return product.PriceUpdate{ProductID: id, SKU: product.UpdatePriceSKU{
			ID: sku, Price: product.UpdatePriceInput{Amount: amount, Currency: product.CurrencyUSD},
		}}
	}
	got, err := lines(product.New(srv.Client()).UpdatePriceBulk(t.Context(),
		slices.Values([]product.PriceUpdate{
			price("1", "11", "9.99"), price("1", "12", "19.99"), price("2", "21", "5.00"),
		}), bulk.Options{Concurrency: 1}))
	require.NoError(t, err)
	assert.Equal(t, []string{"0 done", "1 done", "2 done"}, got)
	assert.Equal(t, []string{
		`1 {"skus":[{"id":"11","price":{"amount":"9.99","currency":"USD"}},{"id":"12","price":{"amount":"19.99","currency":"USD"}}]}`,
		`2 {"skus":[{"id":"21","price":{"amount":"5.00","currency":"USD"}}]}`,
	}, calls)
}

// An outage ends a run after five calls, and the next run goes on where it began.
func TestBulkStopsInAnOutage(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*product.Service).DeleteProducts, product.DeleteProductsData{})
	s := product.New(srv.Client(tiktokshop.WithoutRetry()))
	srv.FailNext(1000, tiktokshoptest.Fault{Status: 503})
	_, err := lines(s.DeleteProductsBulk(t.Context(), nil, ids(1000, 2000), bulk.Options{}))
	var stopped *bulk.StoppedError
	require.ErrorAs(t, err, &stopped)
	require.ErrorIs(t, err, bulk.ErrUnreachable)
	assert.Len(t, srv.Requests(), 5)
	assert.Equal(t, 0, stopped.Resume)
	assert.Equal(t, 1900, stopped.NotTried)
}

func TestBulkIsCancelled(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*product.Service).DeleteProducts, product.DeleteProductsData{})
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	n := 0
	for r, err := range product.New(srv.Client()).DeleteProductsBulk(ctx, nil, ids(1000, 1_000_000),
		bulk.Options{}) {
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			break
		}
		if n++; r.Position == 100 {
			cancel(errors.New("enough"))
		}
	}
	assert.Less(t, n, 1000)
	assert.Less(t, len(srv.Requests()), 50)
}
