package tiktokshoptest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// An order is shipped, and its status follows.
func ExampleServer_AddPackage() {
	srv := tiktokshoptest.New()
	srv.AddOrder(order.Order{ID: "576461413038785752",
		LineItems: []order.OrderLineItem{{ID: "1"}, {ID: "2"}}})
	srv.AddPackage(fulfillment.GetPackageDetailData{
		PackageID: "1152921506041467845",
		Orders:    []fulfillment.Order{{ID: "576461413038785752"}},
	})
	status := func() order.OrderStatus {
		o, _ := srv.Order("576461413038785752")
		return o.Status
	}
	fmt.Println(status())

	_, err := fulfillment.New(srv.Client()).ShipPackage(context.Background(),
		&fulfillment.ShipPackageRequest{
			PackageID:      "1152921506041467845",
			HandoverMethod: fulfillment.HandoverMethodDropOff,
		})
	fmt.Println(status(), err)

	// The carrier takes it.
	err = srv.ChangePackage("1152921506041467845", func(p *fulfillment.GetPackageDetailData) {
		p.PackageStatus = fulfillment.PackageStatusFulfilling
	})
	fmt.Println(status(), err)
	// Output:
	// AWAITING_SHIPMENT
	// AWAITING_COLLECTION <nil>
	// IN_TRANSIT <nil>
}

// Products are followed, and a price changes.
func ExampleServer_AddProduct() {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	srv := tiktokshoptest.New(tiktokshoptest.WithClock(func() time.Time { return now }))
	for _, id := range []tiktokshop.ID{"1729592969712207008", "1729592969712207009"} {
		price := product.Price{SalePrice: "15.00", Currency: product.CurrencyUSD}
		srv.AddProduct(product.GetProductData{ID: id,
			SKUs: []product.ProductSKU{{ID: id + "1", Price: price}}})
	}
	products := product.New(srv.Client())
	changes, err := products.Changes(nil, feed.Options{
		Name: "products", Store: feed.NewMemoryStore(), Since: now.AddDate(0, 0, -1),
		Clock: func() time.Time { return now },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	show := func(_ context.Context, batch []product.SearchProductsProduct) error {
		for _, p := range batch {
			fmt.Println(p.ID, p.SKUs[0].Price.SalePrice)
		}
		return nil
	}
	now = now.Add(time.Hour)
	if err := changes.Run(context.Background(), show); err != nil {
		fmt.Println(err)
	}

	_, err = products.UpdatePrice(context.Background(), &product.UpdatePriceRequest{
		ProductID: "1729592969712207009",
		SKUs: []product.UpdatePriceSKU{{
			ID: "17295929697122070091", Price: product.UpdatePriceInput{Amount: "12.50",
				Currency: product.CurrencyUSD},
		}},
	})
	if err != nil {
		fmt.Println(err)
	}
	now = now.Add(time.Hour)
	if err := changes.Run(context.Background(), show); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1729592969712207008 15.00
	// 1729592969712207009 15.00
	// 1729592969712207009 12.50
}

// A seller refuses what a buyer asks for.
func ExampleServer_AddReturn() {
	srv := tiktokshoptest.New()
	srv.AddOrder(order.Order{ID: "576461413038785752", Status: order.OrderStatusDelivered})
	srv.AddReturn(returnrefund.ReturnOrder{ReturnID: "4035319218955782461",
		OrderID: "576461413038785752"})
	returns := returnrefund.New(srv.Client())

	refuse := &returnrefund.RejectReturnRequest{
		ReturnID:     "4035319218955782461",
		Decision:     returnrefund.RejectReturnDecisionRejectRefund,
		RejectReason: "seller_reject_apply_product_has_been_packed",
	}
	_, err := returns.RejectReturn(context.Background(), refuse)
	r, _ := srv.Return("4035319218955782461")
	fmt.Println(r.ReturnStatus, err)

	// A decision that does not suit is refused, as the platform does.
	refuse.Decision = returnrefund.RejectReturnDecisionRejectReceivedPackage
	_, err = returns.RejectReturn(context.Background(), refuse)
	fmt.Println(err != nil)
	// Output:
	// REFUND_OR_RETURN_REQUEST_REJECT <nil>
	// true
}

// A product is created, and passes the audit.
func ExampleServer_PassAudit() {
	srv := tiktokshoptest.New()
	srv.AddProduct() // a shop without any
	products := product.New(srv.Client())
	created, err := products.CreateProduct(context.Background(), &product.CreateProductRequest{
		Title: "Socks", Description: "<p>Cotton.</p>", CategoryID: "853000",
		MainImages: []product.CreateProductImage{{URI: "tos-abc"}},
		SKUs: []product.CreateProductSKU{{
			Price: product.CreateProductPrice{Amount: "12.50", Currency: product.CurrencyUSD},
			Inventory: []product.CreateProductInventory{{WarehouseID: "7068517275539719942",
				Quantity: tiktokshop.Ptr[int64](20)}},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	status := func() product.ListingStatus {
		resp, err := products.GetProduct(context.Background(),
			&product.GetProductRequest{ProductID: created.Data.ProductID})
		if err != nil {
			return product.ListingStatus(err.Error())
		}
		return resp.Data.Status
	}
	fmt.Println(status())
	fmt.Println(srv.PassAudit(created.Data.ProductID), status())
	// Output:
	// PENDING
	// <nil> ACTIVATE
}
