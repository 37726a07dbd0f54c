package tiktokshoptest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/logistics"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// productShop is a shop with products 10 to 13 that were made a minute apart: on sale with stock in
// two warehouses, off sale, frozen and in audit.
func productShop(t *testing.T) (*tiktokshoptest.Server, *product.Service, *clock) {
	t.Helper()
	c := newClock()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(c.now), tiktokshoptest.InMemory(),
		tiktokshoptest.Strict())
	for _, p := range []product.GetProductData{
		{ID: "10", Title: "Socks", Description: "<p>Cotton</p>", SKUs: []product.ProductSKU{
			{ID: "100", SellerSKU: "RED",
				Price: product.Price{SalePrice: "9.00", Currency: product.CurrencyUSD},
				Inventory: []product.SKUInventory{
					{WarehouseID: "1", Quantity: 5}, {WarehouseID: "2", Quantity: 6},
				}},
			{ID: "101", SellerSKU: "BLUE",
				Inventory: []product.SKUInventory{{WarehouseID: "1", Quantity: 7}}},
		}},
		{ID: "11", Status: product.ListingStatusSellerDeactivated,
			SKUs: []product.ProductSKU{{ID: "110"}}},
		{ID: "12", Status: product.ListingStatusFreeze},
		{ID: "13", Status: product.ListingStatusPending},
	} {
		srv.AddProduct(p)
		c.advance(time.Minute)
	}
	return srv, product.New(srv.Client()), c
}

func listing(t *testing.T, srv *tiktokshoptest.Server, id tiktokshop.ID) product.GetProductData {
	t.Helper()
	p, ok := srv.Product(id)
	require.True(t, ok)
	return p
}

func TestSearchProducts(t *testing.T) {
	t.Parallel()
	srv, products, c := productShop(t)
	require.NoError(t,
		srv.ChangeProduct("10", func(p *product.GetProductData) { p.Title = "Warm socks" }))
	for _, test := range []struct {
		name string
		req  product.SearchProductsRequest
		want string
	}{
		{"newest first, in pages", product.SearchProductsRequest{PageSize: 3}, "13 12 11 10"},
		{"status", product.SearchProductsRequest{Status: product.ListingStatusFreeze}, "12"},
		{"all", product.SearchProductsRequest{Status: product.ListingStatusAll}, "13 12 11 10"},
		{"audit", product.SearchProductsRequest{AuditStatus: []product.AuditStatus{product.AuditStatusAuditing, product.AuditStatusApproved}}, "13 10"},
		{"SKU", product.SearchProductsRequest{SKUIDs: []tiktokshop.ID{"110", "7"}}, "11"},
		{"seller's SKU", product.SearchProductsRequest{SellerSKUs: []string{"BLUE"}}, "10"},
		{"changed until", product.SearchProductsRequest{UpdateTimeLE: c.in(-time.Minute)},
			"13 12 11"},
		{"changed from", product.SearchProductsRequest{UpdateTimeGE: c.in(0)}, "10"},
		{"created", product.SearchProductsRequest{CreateTimeGE: c.in(-3 * time.Minute),
			CreateTimeLE: c.in(-2 * time.Minute)}, "12 11"},
		{"draft", product.SearchProductsRequest{ReturnDraftVersion: tiktokshop.Ptr(true)}, ""},
	} {
		var ids []string
		for p, err := range products.SearchProductsAll(t.Context(), &test.req) {
			require.NoError(t, err, test.name)
			ids = append(ids, string(p.ID))
		}
		assert.Equal(t, test.want, strings.Join(ids, " "), test.name)
	}
	resp, err := products.SearchProducts(t.Context(),
		&product.SearchProductsRequest{PageSize: 1, SKUIDs: []tiktokshop.ID{"100"}})
	require.NoError(t, err)
	assert.EqualValues(t, 1, resp.Data.TotalCount)
	assert.Equal(t, "Warm socks", resp.Data.Products[0].Title)
	assert.Equal(t, product.ProductStatusActivate, resp.Data.Products[0].Status)
	assert.EqualValues(t, 6, resp.Data.Products[0].SKUs[0].Inventory[1].Quantity)
	old, err := products.SearchProducts202309(t.Context(),
		&product.SearchProducts202309Request{PageSize: 1})
	require.NoError(t, err)
	assert.EqualValues(t, 4, old.Data.TotalCount)
}

func TestStatesOfProducts(t *testing.T) {
	t.Parallel()
	srv, products, c := productShop(t)
	c.advance(time.Hour)
	state := func(id tiktokshop.ID) string {
		p := listing(t, srv, id)
		return string(p.Status) + " " + string(p.Audit.Status)
	}
	ids := []tiktokshop.ID{"10", "11", "12", "9"}
	failed := func(d interface{ Err() error }) string {
		var items []string
		var partial *tiktokshop.PartialError
		if assert.ErrorAs(t, d.Err(), &partial) {
			for _, item := range partial.Items {
				items = append(items, item.Item+" "+item.Code)
			}
		}
		return strings.Join(items, ", ")
	}
	on, err := products.ActivateProduct(t.Context(),
		&product.ActivateProductRequest{ProductIDs: ids})
	require.NoError(t, err)
	assert.Equal(t, "12 12052901, 9 12052048", failed(&on.Data))
	assert.Equal(t, "PENDING AUDITING", state("11"))
	assert.Equal(t, "ACTIVATE APPROVED", state("10"))
	assert.Equal(t, c.now().Unix(), listing(t, srv, "11").UpdateTime.Unix())
	assert.NotEqual(t, c.now().Unix(), listing(t, srv, "10").UpdateTime.Unix(),
		"nothing was left to do")
	require.NoError(t, srv.PassAudit("11"))
	assert.Equal(t, "ACTIVATE APPROVED", state("11"))
	assert.Error(t, srv.PassAudit("11"), "it is over")

	off, err := products.DeactivateProducts(t.Context(),
		&product.DeactivateProductsRequest{ProductIDs: ids})
	require.NoError(t, err)
	assert.Equal(t, "12 12052901, 9 12052048", failed(&off.Data))
	assert.Equal(t, "SELLER_DEACTIVATED NONE", state("10"))

	gone, err := products.DeleteProducts(t.Context(),
		&product.DeleteProductsRequest{ProductIDs: ids})
	require.NoError(t, err)
	assert.Equal(t, "12 12052901, 9 12052048", failed(&gone.Data))
	assert.Equal(t, "DELETED NONE", state("10"))
	_, err = products.GetProduct(t.Context(), &product.GetProductRequest{ProductID: "10"})
	assert.Equal(t, 12052048, codeOf(err))
	on, err = products.ActivateProduct(t.Context(),
		&product.ActivateProductRequest{ProductIDs: []tiktokshop.ID{"10"}})
	require.NoError(t, err)
	assert.Equal(t, "10 12052048", failed(&on.Data))

	back, err := products.RecoverProducts(t.Context(),
		&product.RecoverProductsRequest{ProductIDs: []tiktokshop.ID{"10", "13"}})
	require.NoError(t, err)
	assert.Equal(t, "13 12052901", failed(&back.Data))
	assert.Equal(t, "SELLER_DEACTIVATED NONE", state("10"))
	_, err = products.GetProduct(t.Context(), &product.GetProductRequest{ProductID: "10"})
	assert.NoError(t, err)
}

func TestCreateProduct(t *testing.T) {
	t.Parallel()
	srv, products, c := productShop(t)
	create := &product.CreateProductRequest{
		Title: "Hat", Description: "<p>Wool.</p>", CategoryID: "853000", BrandID: "77",
		DeliveryOptionIDs: []tiktokshop.ID{"5"},
		MainImages:        []product.CreateProductImage{{URI: "tos-a"}},
		IsCODAllowed:      tiktokshop.Ptr(true),
		SKUs: []product.CreateProductSKU{{
			SellerSKU: "HAT",
			Price: product.CreateProductPrice{Amount: "12.50",
				Currency: product.CurrencyUSD},
			Inventory: []product.CreateProductInventory{{WarehouseID: "1",
				Quantity: tiktokshop.Ptr[int64](20)}},
			SalesAttributes: []product.CreateProductSalesAttribute{{ID: "100000", ValueID: "3"}},
		}},
		IdempotencyKey: "hat",
	}
	created, err := products.CreateProduct(t.Context(), create)
	require.NoError(t, err)
	again, err := products.CreateProduct(t.Context(), create)
	require.NoError(t, err)
	assert.Equal(t, created.Data, again.Data)
	require.Len(t, created.Data.SKUs, 1)
	assert.Equal(t, "HAT", created.Data.SKUs[0].SellerSKU)
	resp, err := products.GetProduct(t.Context(),
		&product.GetProductRequest{ProductID: created.Data.ProductID})
	require.NoError(t, err)
	p := resp.Data
	assert.Equal(t, product.ListingStatusPending, p.Status)
	assert.Equal(t, product.AuditStatusAuditing, p.Audit.Status)
	assert.Equal(t, c.now().Unix(), p.CreateTime.Unix())
	assert.Equal(t, "Hat", p.Title)
	assert.Equal(t, tiktokshop.ID("853000"), p.CategoryChains[0].ID)
	assert.Equal(t, tiktokshop.ID("77"), p.Brand.ID)
	assert.Equal(t, tiktokshop.ID("5"), p.DeliveryOptions[0].ID)
	assert.Equal(t, "tos-a", p.MainImages[0].URI)
	assert.True(t, p.IsCODAllowed)
	assert.Equal(t, created.Data.SKUs[0].ID, p.SKUs[0].ID)
	assert.Equal(t, "12.50", p.SKUs[0].Price.SalePrice)
	assert.EqualValues(t, 20, p.SKUs[0].Inventory[0].Quantity)

	require.NoError(t, srv.FailAudit(p.ID, "The main image shows a watermark."))
	p = listing(t, srv, p.ID)
	assert.Equal(t, product.ListingStatusFailed, p.Status)
	assert.Equal(t, []string{"The main image shows a watermark."}, p.AuditFailedReasons[0].Reasons)

	create.IdempotencyKey, create.SaveMode = "", product.SaveModeAsDraft
	draft, err := products.CreateProduct(t.Context(), create)
	require.NoError(t, err)
	assert.Equal(t, product.ListingStatusDraft, listing(t, srv, draft.Data.ProductID).Status)
}

// What is on sale shows as it was until the audit is over, but for prices and stock.
func TestEditAProductOnSale(t *testing.T) {
	t.Parallel()
	srv, products, c := productShop(t)
	c.advance(time.Hour)
	resp, err := products.PartialEditProduct(t.Context(), &product.PartialEditProductRequest{
		ProductID: "10", Title: tiktokshop.Ptr("Better socks"),
		SKUs: []product.PartialEditProductSKU{{
			ID: "100", Price: &product.PartialEditProductPrice{Amount: tiktokshop.Ptr("8.00"),
				Currency: product.CurrencyUSD},
		}},
	})
	require.NoError(t, err)
	assert.Equal(t, product.AuditStatusAuditing, resp.Data.Audit.Status)
	p := listing(t, srv, "10")
	assert.Equal(t, "Socks", p.Title)
	assert.Equal(t, product.ListingStatusActivate, p.Status)
	assert.Equal(t, "8.00", p.SKUs[0].Price.SalePrice)
	assert.Empty(t, p.SKUs[0].Inventory, "nested fields left out are erased")
	assert.Len(t, p.SKUs, 2)
	assert.Equal(t, c.now().Unix(), p.UpdateTime.Unix())
	review, err := products.GetProduct(t.Context(),
		&product.GetProductRequest{ProductID: "10", ReturnUnderReviewVersion: tiktokshop.Ptr(true)})
	require.NoError(t, err)
	assert.Equal(t, "Better socks", review.Data.Title)

	require.NoError(t, srv.PassAudit("10"))
	p = listing(t, srv, "10")
	assert.Equal(t, "Better socks", p.Title)
	assert.Equal(t, "<p>Cotton</p>", p.Description)
	assert.Len(t, p.SKUs, 1, "the SKU that was left out is gone")
	assert.Equal(t, product.AuditStatusApproved, p.Audit.Status)

	_, err = products.PartialEditProduct(t.Context(),
		&product.PartialEditProductRequest{ProductID: "10", Title: tiktokshop.Ptr("Best socks")})
	require.NoError(t, err)
	require.NoError(t, srv.FailAudit("10", "They are not."))
	p = listing(t, srv, "10")
	assert.Equal(t, "Better socks", p.Title)
	assert.Equal(t, product.ListingStatusActivate, p.Status)
	assert.Equal(t, product.AuditStatusFailed, p.Audit.Status)
	_, err = products.GetProduct(t.Context(),
		&product.GetProductRequest{ProductID: "10", ReturnUnderReviewVersion: tiktokshop.Ptr(true)})
	assert.Equal(t, 12052547, codeOf(err))
}

func TestPricesAndStockNeedNoAudit(t *testing.T) {
	t.Parallel()
	srv, products, _ := productShop(t)
	resp, err := products.PartialEditProduct(t.Context(),
		&product.PartialEditProductRequest{ProductID: "10", SKUs: []product.PartialEditProductSKU{
			{ID: "100", SellerSKU: tiktokshop.Ptr("RED"),
				Inventory: []product.PartialEditProductInventory{{WarehouseID: "1",
					Quantity: tiktokshop.Ptr[int64](1)}}},
			{ID: "101", SellerSKU: tiktokshop.Ptr("BLUE")},
		}})
	require.NoError(t, err)
	assert.Equal(t, product.AuditStatusApproved, resp.Data.Audit.Status)
	assert.EqualValues(t, 1, listing(t, srv, "10").SKUs[0].Inventory[0].Quantity)
}

func TestEditProduct(t *testing.T) {
	t.Parallel()
	srv, products, _ := productShop(t)
	edit := product.EditProductRequest{
		ProductID: "11", Title: "Gloves", Description: "<p>Wool.</p>", CategoryID: "853000",
		MainImages: []product.CreateProductImage{{URI: "tos-a"}},
		SKUs:       []product.EditProductSKU{{ID: "110", SellerSKU: "L"}, {SellerSKU: "XL"}},
	}
	srvEdit := func(id tiktokshop.ID) error {
		edit.ProductID = id
		_, err := products.EditProduct(t.Context(), &edit)
		return err
	}
	require.NoError(t, srvEdit("11"))
	p := listing(t, srv, "11")
	assert.Equal(t, "Gloves", p.Title)
	assert.Equal(t, product.ListingStatusSellerDeactivated, p.Status)
	require.Len(t, p.SKUs, 2)
	assert.Equal(t, tiktokshop.ID("110"), p.SKUs[0].ID)
	assert.NotEmpty(t, p.SKUs[1].ID)
	assert.Equal(t, 12052901, codeOf(srvEdit("12")), "frozen")
	assert.Equal(t, 12052048, codeOf(srvEdit("9")))
	assert.Equal(t, 12052557, codeOf(srvEdit("13")), "the SKU is of another product")
	edit.SKUs = []product.EditProductSKU{{ID: "100"}}
	require.NoError(t, srvEdit("10"))
	p = listing(t, srv, "10")
	assert.Equal(t, "9.00", p.SKUs[0].Price.SalePrice, "left out, and kept")
	assert.Len(t, p.SKUs[0].Inventory, 2)
	require.NoError(t, srv.PassAudit("10"))
	p = listing(t, srv, "10")
	assert.Equal(t, "Gloves", p.Title)
	assert.Len(t, p.SKUs, 1)
	assert.Len(t, p.SKUs[0].Inventory, 2)
}

func TestUpdateInventory(t *testing.T) {
	t.Parallel()
	srv, products, c := productShop(t)
	c.advance(time.Hour)
	at := func(warehouse tiktokshop.ID, quantity int64) product.UpdateInventoryInput {
		return product.UpdateInventoryInput{WarehouseID: warehouse, Quantity: &quantity}
	}
	update := func(skus ...product.UpdateInventorySKU) (string, error) {
		resp, err := products.UpdateInventory(t.Context(),
			&product.UpdateInventoryRequest{ProductID: "10", SKUs: skus})
		if err != nil {
			return "", err
		}
		var failed []string
		for item := range resp.Data.Failures() {
			text := item.Item + " " + item.Code
			for _, more := range item.More {
				text += " (" + more.Item + " " + more.Code + ")"
			}
			failed = append(failed, text)
		}
		return strings.Join(failed, ", "), nil
	}
	failed, err := update(
		product.UpdateInventorySKU{ID: "9", Inventory: []product.UpdateInventoryInput{at("1", 1)}},
		product.UpdateInventorySKU{ID: "100",
			Inventory: []product.UpdateInventoryInput{at("1", 1), at("3", 1)}},
		product.UpdateInventorySKU{ID: "101", Inventory: []product.UpdateInventoryInput{at("", 0)}},
	)
	require.NoError(t, err)
	assert.Equal(t, "9 12052990, 100 12052990 (3 12052097) (2 12052533)", failed)
	p := listing(t, srv, "10")
	assert.EqualValues(t, 5, p.SKUs[0].Inventory[0].Quantity, "what failed is as it was")
	assert.EqualValues(t, 0, p.SKUs[1].Inventory[0].Quantity)
	assert.Equal(t, c.now().Unix(), p.UpdateTime.Unix())

	srv.AddWarehouse(logistics.Warehouse{ID: "1", Name: "North"}, logistics.Warehouse{ID: "2"},
		logistics.Warehouse{ID: "3"})
	failed, err = update(product.UpdateInventorySKU{ID: "101",
		Inventory: []product.UpdateInventoryInput{at("1", 1), at("3", 1)}})
	require.NoError(t, err)
	assert.Equal(t, "101 12052990 (3 12052533)", failed, "no warehouse of the SKU's")
	failed, err = update(product.UpdateInventorySKU{ID: "100",
		Inventory: []product.UpdateInventoryInput{at("2", 8), at("1", 9)}})
	require.NoError(t, err)
	assert.Empty(t, failed)

	found, err := products.InventorySearch(t.Context(),
		&product.InventorySearchRequest{SKUIDs: []tiktokshop.ID{"100", "7"}})
	require.NoError(t, err)
	require.Len(t, found.Data.Inventory, 1)
	require.Len(t, found.Data.Inventory[0].SKUs, 1)
	sku := found.Data.Inventory[0].SKUs[0]
	assert.EqualValues(t, 17, sku.TotalAvailableQuantity)
	assert.Len(t, sku.WarehouseInventory, 2)
	found, err = products.InventorySearch(t.Context(),
		&product.InventorySearchRequest{ProductIDs: []tiktokshop.ID{"10", "11", "9"}})
	require.NoError(t, err)
	assert.Len(t, found.Data.Inventory, 2)
	assert.Len(t, found.Data.Inventory[0].SKUs, 2)

	list, err := logistics.New(srv.Client()).GetWarehouseList(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, list.Data.Warehouses, 3)
	assert.Equal(t, "North", list.Data.Warehouses[0].Name)
	assert.Equal(t, logistics.EffectStatusEnabled, list.Data.Warehouses[0].EffectStatus)
}

func TestUpdatePrice(t *testing.T) {
	t.Parallel()
	srv, products, _ := productShop(t)
	update := func(id tiktokshop.ID, skus ...tiktokshop.ID) error {
		req := &product.UpdatePriceRequest{ProductID: id}
		for _, sku := range skus {
			req.SKUs = append(req.SKUs, product.UpdatePriceSKU{ID: sku,
				Price: product.UpdatePriceInput{Amount: "7.50", Currency: product.CurrencyUSD}})
		}
		_, err := products.UpdatePrice(t.Context(), req)
		return err
	}
	assert.Equal(t, 12052557, codeOf(update("10", "100", "9")))
	assert.Equal(t, "9.00", listing(t, srv, "10").SKUs[0].Price.SalePrice, "all or none")
	assert.Equal(t, 12052901, codeOf(update("11", "110")), "not on sale")
	assert.Equal(t, 12052048, codeOf(update("9", "1")))
	require.NoError(t, update("10", "100"))
	assert.Equal(t, "7.50", listing(t, srv, "10").SKUs[0].Price.SalePrice)
	assert.EqualValues(t, 5, listing(t, srv, "10").SKUs[0].Inventory[0].Quantity)
}

// What the test has set an answer for stays as it is when the shop gets a state.
func TestAnswersStay(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	tiktokshoptest.Answer(srv, (*product.Service).GetProduct, product.GetProductData{Title: "Set"})
	srv.AddProduct(product.GetProductData{ID: "10", Title: "Kept"})
	products := product.New(srv.Client())
	resp, err := products.GetProduct(t.Context(), &product.GetProductRequest{ProductID: "10"})
	require.NoError(t, err)
	assert.Equal(t, "Set", resp.Data.Title)
	tiktokshoptest.Answer(srv, (*product.Service).SearchProducts, product.SearchProductsData{})
	found, err := products.SearchProducts(t.Context(), &product.SearchProductsRequest{PageSize: 1})
	require.NoError(t, err)
	assert.Empty(t, found.Data.Products)
}

// Ids in events of products are numbers, and what is no number does not break the event.
func TestEventsOfTheShop(t *testing.T) {
	t.Parallel()
	to := &receiver{statuses: []int{http.StatusOK}}
	address := httptest.NewServer(to)
	t.Cleanup(address.Close)
	srv, products, _ := productShop(t)
	sender := srv.NewWebhookSender(address.URL)
	srv.SendEvents(sender)
	_, err := products.DeactivateProducts(t.Context(),
		&product.DeactivateProductsRequest{ProductIDs: []tiktokshop.ID{"10"}})
	require.NoError(t, err)
	_, err = products.PartialEditProduct(t.Context(),
		&product.PartialEditProductRequest{ProductID: "10", Title: tiktokshop.Ptr("New"),
			SearchTerms: []string{"a"}})
	require.NoError(t, err)
	srv.AddProduct(product.GetProductData{ID: "P1"})
	require.NoError(t, srv.FailAudit("13", "No."))
	sender.Advance(t.Context(), 0)
	srv.SendEvents(nil)
	srv.AddProduct(product.GetProductData{ID: "14"})
	sender.Advance(t.Context(), 0)
	var got []string
	for _, body := range to.bodies {
		var e struct {
			Type int             `json:"type"`
			Data json.RawMessage `json:"data"`
		}
		require.NoError(t, json.Unmarshal([]byte(body), &e))
		got = append(got, string(e.Data))
	}
	require.Len(t, got, 4)
	assert.JSONEq(t,
		`{"product_id":10,"status":"PRODUCT_STATUS_CHANGED","suspended_reason":"","update_time":1700000240}`, got[0])
	assert.JSONEq(t,
		`{"product_id":"10","change_source":"OPEN_API","changed_fields":["others","title"],"update_time":1700000240}`, got[1])
	assert.JSONEq(t, `{"product_id":"P1","product_types":[],"update_time":1700000240}`, got[2])
	assert.JSONEq(t,
		`{"product_id":13,"status":"PRODUCT_AUDIT_FAILURE","suspended_reason":"","update_time":1700000240}`, got[3])
}
