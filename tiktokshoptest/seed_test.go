package tiktokshoptest_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/api/finance"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func ExampleServer_LoadSeed() {
	srv := tiktokshoptest.New()
	file, err := os.Open("testdata/seed.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	if err := srv.LoadSeed(file); err != nil {
		fmt.Println(err)
		return
	}
	orders := order.New(srv.Client())
	for o, err := range orders.GetOrderListAll(context.Background(),
		&order.GetOrderListRequest{OrderStatus: order.OrderStatusDelivered}) {
		fmt.Println(o.ID, err)
	}

	fmt.Println(srv.LoadSeed(strings.NewReader(
		`{"orders": [{"id": "1", "state": "UNPAID"}], "produkts": []}`)))
	// Output:
	// 576461413038785753 <nil>
	// tiktokshoptest: the seed has unknown keys: orders[0].state, produkts
}

// Every kind of the example file has come into the shop.
func TestLoadSeed(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	file, err := os.Open("testdata/seed.json")
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, srv.LoadSeed(file))

	o, _ := srv.Order("576461413038785752")
	assert.Equal(t, "18.00", o.Payment.TotalAmount)
	assert.Equal(t, tiktokshop.ID("1152921506041467845"), o.LineItems[1].PackageID)
	assert.EqualValues(t, 1764003600, o.UpdateTime.Unix())
	o, _ = srv.Order("576461413038785754")
	assert.True(t, o.IsBuyerRequestCancel)
	p, _ := srv.Product("1729592969712207008")
	assert.EqualValues(t, 20, p.SKUs[0].Inventory[0].Quantity)
	assert.Equal(t, product.ListingStatusActivate, p.Status)
	pending, _ := srv.Product("1729592969712207009")
	assert.Equal(t, product.AuditStatusAuditing, pending.Audit.Status)
	r, _ := srv.Return("4035319218955782461")
	assert.Equal(t, returnrefund.ReturnStatusReturnOrRefundRequestPending, r.ReturnStatus)
	c, _ := srv.Cancellation("4035318504086604100")
	assert.Equal(t, returnrefund.CancelStatusCancellationRequestPending, c.CancelStatus)
	payment, _ := srv.Payment("3458767051733897992")
	assert.Equal(t, finance.PaymentStatusPaid, payment.Status)
	statement, _ := srv.Statement("7238804564097517339")
	assert.Equal(t, payment.ID, statement.PaymentID)

	partner := affiliatepartner.New(srv.Client())
	links, err := partner.ListCampaignProducts(t.Context(),
		&affiliatepartner.ListCampaignProductsRequest{CampaignID: "7362840009596339923",
			PageSize: 10})
	require.NoError(t, err)
	require.Len(t, links.Data.Products, 1)
	assert.True(t, links.Data.Products[0].IsAvailable)
	assert.Equal(t, affiliatepartner.ReviewStatusApproved, links.Data.Products[0].ReviewStatus)

	seller, err := srv.Client().With(
		tiktokshop.WithAccessToken("ROW_seed-access-token"),
		tiktokshop.WithShopCipher("ROW_seed-shop-cipher"))
	require.NoError(t, err)
	_, err = fulfillment.New(seller).GetPackageDetail(t.Context(),
		&fulfillment.GetPackageDetailRequest{PackageID: "1152921506041467845"})
	require.NoError(t, err)
	assert.True(t, srv.TakesRefreshToken(token.NewSecret("ROW_seed-refresh-token")))
}

// A seed that is not whole changes nothing.
func TestLoadSeedRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, seed, want string }{
		{"no JSON", `{"orders": [`, "not JSON"},
		{"more than one", `{} {}`, "not JSON"},
		{"a list", `[]`, "not a JSON object"},
		{"keys", `{"orders":[{"id":"1"},{"idd":"2","payment":{"totl":"1"}}],"x":1}`,
			"unknown keys: orders[1].idd, orders[1].payment.totl, x"},
		{"keys of what is embedded",
			`{"campaigns":[{"id":"1","nam":"a","products":[{"id":"2","prise":1}]}]}`,
			"campaigns[0].nam, campaigns[0].products[0].prise"},
		{"a type", `{"orders":[{"id":"1"}],"products":[{"title":7}]}`, "does not fit"},
		{"a list that is none", `{"orders":[{"id":"1"}],"products":{"id":"1"}}`, "does not fit"},
		{"a statement", `{"orders":[{"id":"1"}],"transactions":{"5":[{}]}}`, "no such statement"},
		{"an amount",
			`{"orders":[{"id":"1"}],"statements":[{"id":"5"}],"transactions":{"5":[{"revenue_amount":"x"}]}}`, "no decimal"},
		{"an account", `{"orders":[{"id":"1"}],"tokens":[{"access_token":"a"}]}`, "tokens[0]"},
		{"a campaign", `{"orders":[{"id":"1"}],"campaigns":[{}]}`, "campaigns[0]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
			assert.ErrorContains(t, srv.LoadSeed(strings.NewReader(test.seed)), test.want)
			_, ok := srv.Order("1")
			assert.False(t, ok)
		})
	}
}

// What a seed does not have stays without a state.
func TestSeedOfOneKind(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	require.NoError(t, srv.LoadSeed(strings.NewReader(`{"products":[]}`)))
	found, err := product.New(srv.Client()).SearchProducts(t.Context(),
		&product.SearchProductsRequest{PageSize: 1})
	require.NoError(t, err)
	assert.Empty(t, found.Data.Products)
	list, err := order.New(srv.Client()).GetOrderList(t.Context(),
		&order.GetOrderListRequest{PageSize: 1})
	require.NoError(t, err)
	assert.NotEmpty(t, list.Data.Orders, "an example")
}
