package order_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// One page of orders; GetOrderListAll reads them all.
func ExampleService_GetOrderList() {
	orders := order.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := orders.GetOrderList(context.Background(), &order.GetOrderListRequest{
		PageSize:    50,
		OrderStatus: order.OrderStatusAwaitingShipment,
		SortField:   order.SortFieldUpdateTime,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range resp.Data.Orders {
		fmt.Println(o.ID, o.FulfillmentType, o.CreateTime.UTC().Format(time.DateTime))
	}
	fmt.Println("more:", resp.Data.NextPageToken != "")
	// Output:
	// 576461413038785752 FULFILLMENT_BY_SELLER 2021-04-28 12:06:01
	// more: false
}

// What has changed in an hour, over all pages.
func ExampleService_GetOrderListAll() {
	srv := tiktokshoptest.New()
	tiktokshoptest.AnswerFunc(srv, (*order.Service).GetOrderList,
		func(call tiktokshoptest.Call) (order.GetOrderListData, *tiktokshoptest.Refusal) {
			if call.Query["page_token"] == "" {
				return order.GetOrderListData{
					Orders: []order.Order{
						{ID: "576461413038785752", Status: order.OrderStatusUnpaid},
					},
					NextPageToken: "page 2",
				}, nil
			}
			return order.GetOrderListData{
				Orders: []order.Order{
					{ID: "576461413038785753", Status: order.OrderStatusDelivered},
				},
			}, nil
		})
	orders := order.New(srv.Client()) // a program uses NewClient

	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	changed := &order.GetOrderListRequest{
		UpdateTimeGE: tiktokshop.NewUnixTime(noon.Add(-time.Hour)),
		UpdateTimeLT: tiktokshop.NewUnixTime(noon), // not included
	}
	for o, err := range orders.GetOrderListAll(context.Background(), changed) {
		if err != nil {
			fmt.Println(err) // of the page that was wanted; the orders before it were whole
			return
		}
		fmt.Println(o.ID, o.Status)
	}
	// Output:
	// 576461413038785752 UNPAID
	// 576461413038785753 DELIVERED
}

// Orders whole, such as those that a webhook named.
func ExampleService_GetOrderDetail() {
	orders := order.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := orders.GetOrderDetail(context.Background(), &order.GetOrderDetailRequest{
		IDs: []tiktokshop.ID{"576461413038785752"}, // at most 50
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range resp.Data.Orders {
		fmt.Println(o.ID, o.Status, o.Payment.TotalAmount, o.Payment.Currency)
		for _, item := range o.LineItems { // one for each piece
			fmt.Println(" ", item.SellerSKU, "in package", item.PackageID)
		}
	}
	// Output:
	// 576461413038785752 UNPAID 5000 IDR
	//   red_iphone_256 in package 1153132168123859123
}

func ExampleService_GetPriceDetail() {
	orders := order.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := orders.GetPriceDetail(context.Background(), &order.GetPriceDetailRequest{
		OrderID: "576461413038785752",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	price := resp.Data
	fmt.Println("goods", price.SKUSalePrice, price.Currency)
	fmt.Println("shipping", price.ShippingSalePrice, price.Currency)
	fmt.Println("tax", price.TaxAmount, price.Currency)
	fmt.Println("paid", price.Payment, price.Currency)
	// Output:
	// goods 96.00 USD
	// shipping 3.00 USD
	// tax 2.00 USD
	// paid 101.00 USD
}
