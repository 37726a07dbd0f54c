// Package fakeshop is the shop that --fake shows: an embedded fake TikTok Shop with a campaign, its
// products, orders, and a package.
package fakeshop

import (
	"strconv"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// What is in the shop.
const (
	// Campaign is an affiliate campaign that is online.
	Campaign tiktokshop.ID = "7362840009596339923"
	// FirstProduct is the first of Products that follow each other, of which every hundredth is not
	// approved.
	FirstProduct = 7362840009596400000
	Products     = 10_000
	// Orders is how many orders the shop has, one in four of them to be shipped.
	Orders = 120
	// Package is a package with the first order, which waits to be shipped.
	Package tiktokshop.ID = "1152921506041467845"

	firstOrder = 576461413038785752
)

// Order is the id of an order, counted from 0.
func Order(i int) tiktokshop.ID { return tiktokshop.ID(strconv.Itoa(firstOrder + i)) }

// Product is the id of a product, counted from 0.
func Product(i int) tiktokshop.ID { return tiktokshop.ID(strconv.Itoa(FirstProduct + i)) }

// Start starts the fake with the shop in it. The caller closes it.
func Start(opts ...tiktokshoptest.Option) (*tiktokshoptest.Server, error) {
	srv, err := tiktokshoptest.Start(opts...)
	if err != nil {
		return nil, err
	}
	Seed(srv)
	return srv, nil
}

// Seed puts the shop into a server.
func Seed(srv *tiktokshoptest.Server) {
	c := tiktokshoptest.Campaign{ID: Campaign, Name: "Autumn"}
	for i := range Products {
		p := tiktokshoptest.Product{ID: Product(i)}
		if i%100 == 99 {
			p.ReviewStatus = "PENDING"
		}
		c.Products = append(c.Products, p)
	}
	srv.AddCampaign(c)

	stages := []order.OrderStatus{
		order.OrderStatusAwaitingShipment, order.OrderStatusInTransit, order.OrderStatusCompleted,
		order.OrderStatusCancelled,
	}
	yesterday := time.Now().Add(-24 * time.Hour).Truncate(time.Hour)
	for i := range Orders {
		at := tiktokshop.NewUnixTime(yesterday.Add(-time.Duration(i) * time.Hour))
		srv.AddOrder(order.Order{ID: Order(i), Status: stages[i%len(stages)], CreateTime: at,
			UpdateTime: at})
	}
	packed := tiktokshop.NewUnixTime(yesterday)
	srv.AddPackage(fulfillment.GetPackageDetailData{
		PackageID: Package, Orders: []fulfillment.Order{{ID: Order(0)}}, CreateTime: packed,
		UpdateTime: packed,
	})
}
