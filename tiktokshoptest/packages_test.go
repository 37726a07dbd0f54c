package tiktokshoptest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestPackageIsMadeOfItsOrder(t *testing.T) {
	t.Parallel()
	srv, packages, _ := packageShop(t)
	resp, err := packages.GetPackageDetail(t.Context(),
		&fulfillment.GetPackageDetailRequest{PackageID: "500"})
	require.NoError(t, err)
	p := resp.Data
	assert.Equal(t, []tiktokshop.ID{"1", "2"}, p.OrderLineItemIDs)
	require.Len(t, p.Orders, 1)
	assert.Equal(t, []fulfillment.SKU{{ID: "31", Quantity: 2}}, p.Orders[0].SKUs)
	assert.Equal(t, fulfillment.PackageStatusProcessing, p.PackageStatus)
	assert.Equal(t, fulfillment.PackageSubStatusStocking, p.PackageSubStatus)
	o, _ := srv.Order("100")
	assert.Equal(t, []order.Package{{ID: "500"}}, o.Packages)
	assert.Equal(t, tiktokshop.ID("500"), o.LineItems[0].PackageID)
	assert.Equal(t, order.PackageStatusToFulfill, o.LineItems[1].PackageStatus)

	_, err = packages.GetPackageDetail(t.Context(),
		&fulfillment.GetPackageDetailRequest{PackageID: "9"})
	assert.Equal(t, 36009004, codeOf(err))
}

func TestShipPackage(t *testing.T) {
	t.Parallel()
	srv, packages, c := packageShop(t)
	dropOff := &fulfillment.ShipPackageRequest{PackageID: "500",
		HandoverMethod: fulfillment.HandoverMethodDropOff}
	_, err := packages.ShipPackage(t.Context(), dropOff)
	require.NoError(t, err)
	p, _ := srv.Package("500")
	assert.Equal(t, fulfillment.PackageSubStatusRtsing, p.PackageSubStatus)
	assert.Equal(t, fulfillment.HandoverMethodDropOff, p.HandoverMethod)
	assert.NotEmpty(t, p.TrackingNumber)
	assert.Equal(t, c.now().Unix(), p.UpdateTime.Unix())
	o, _ := srv.Order("100")
	assert.Equal(t, order.OrderStatusAwaitingCollection, o.Status)
	assert.Equal(t, p.TrackingNumber, o.TrackingNumber)
	assert.Equal(t, c.now().Unix(), o.UpdateTime.Unix())
	assert.Equal(t, c.now().Unix(), o.RTSTime.Unix())
	assert.Equal(t, order.DisplayStatusAwaitingCollection, o.LineItems[0].DisplayStatus)

	_, err = packages.ShipPackage(t.Context(), dropOff)
	assert.NotZero(t, codeOf(err), "not twice")
	_, err = packages.ShipPackage(t.Context(), &fulfillment.ShipPackageRequest{PackageID: "9"})
	assert.Equal(t, 21011001, codeOf(err))

	for _, step := range []struct {
		status fulfillment.PackageStatus
		want   order.OrderStatus
	}{
		{fulfillment.PackageStatusFulfilling, order.OrderStatusInTransit},
		{fulfillment.PackageStatusCompleted, order.OrderStatusDelivered},
	} {
		c.advance(time.Hour)
		require.NoError(t, srv.ChangePackage("500",
			func(p *fulfillment.GetPackageDetailData) { p.PackageStatus = step.status }))
		assert.Equal(t, step.want, orderStatus(t, srv, "100"))
	}
	o, _ = srv.Order("100")
	assert.Equal(t, c.now().Unix(), o.DeliveryTime.Unix())
	assert.Error(t, srv.ChangePackage("9", func(*fulfillment.GetPackageDetailData) {}))
}

func TestShipPackageWhileACancellationWaits(t *testing.T) {
	t.Parallel()
	srv, packages, _ := packageShop(t)
	srv.AddCancellation(returnrefund.Cancellation{OrderID: "100"})
	_, err := packages.ShipPackage(t.Context(), &fulfillment.ShipPackageRequest{PackageID: "500"})
	assert.Equal(t, 21011007, codeOf(err))
	require.NoError(t,
		srv.ChangeOrder("200", func(o *order.Order) { o.Status = order.OrderStatusOnHold }))
	srv.AddPackage(fulfillment.GetPackageDetailData{PackageID: "600",
		Orders: []fulfillment.Order{{ID: "200"}}})
	_, err = packages.ShipPackage(t.Context(), &fulfillment.ShipPackageRequest{PackageID: "600"})
	assert.NotZero(t, codeOf(err), "the buyer may still cancel")
}

func TestBatchShipPackages(t *testing.T) {
	t.Parallel()
	srv, packages, _ := packageShop(t)
	resp, err := packages.BatchShipPackages(t.Context(),
		&fulfillment.BatchShipPackagesRequest{Packages: []fulfillment.BatchShipPackagesPackage{
			{ID: "9"},
			{ID: "500", SelfShipment: &fulfillment.SelfShipment{ShippingProviderID: "44",
				TrackingNumber: "T1"}},
		}})
	require.NoError(t, err)
	var partial *tiktokshop.PartialError
	require.ErrorAs(t, resp.Data.Err(), &partial)
	for failure := range resp.Data.Failures() {
		assert.Equal(t, "9", failure.Item)
		assert.Equal(t, "21011001", failure.Code)
	}
	assert.Equal(t, order.OrderStatusInTransit, orderStatus(t, srv, "100"))
	o, _ := srv.Order("100")
	assert.Equal(t, "T1", o.LineItems[1].TrackingNumber)
	assert.Equal(t, order.ShippingTypeSeller, o.ShippingType)
}

func TestUpdateShippingInfo(t *testing.T) {
	t.Parallel()
	srv, packages, _ := packageShop(t)
	update := func() error {
		_, err := packages.UpdatePackageShippingInfo(t.Context(),
			&fulfillment.UpdatePackageShippingInfoRequest{
				PackageID: "500", ShippingProviderID: "44", TrackingNumber: "T2",
			})
		return err
	}
	assert.Equal(t, 21011043, codeOf(update()), "not shipped")
	_, err := packages.MarkPackageAsShipped(t.Context(), &fulfillment.MarkPackageAsShippedRequest{
		OrderID: "200", ShippingProviderID: "44", TrackingNumber: "T1",
	})
	require.NoError(t, err)
	_, err = packages.UpdateShippingInfo(t.Context(),
		&fulfillment.UpdateShippingInfoRequest{OrderID: "200", ShippingProviderID: "44",
			TrackingNumber: "T3"})
	require.NoError(t, err)
	o, _ := srv.Order("200")
	assert.Equal(t, "T3", o.TrackingNumber)
	_, err = packages.ShipPackage(t.Context(), &fulfillment.ShipPackageRequest{PackageID: "500"})
	require.NoError(t, err)
	assert.Equal(t, 21011004, codeOf(update()), "shipped by the platform's carrier")
	require.NoError(t,
		srv.ChangePackage("500",
			func(p *fulfillment.GetPackageDetailData) {
				p.PackageStatus = fulfillment.PackageStatusCompleted
			}))
	assert.Equal(t, 21011030, codeOf(update()), "delivered")
}

func TestMarkPartAsShipped(t *testing.T) {
	t.Parallel()
	srv, packages, _ := packageShop(t)
	mark := func(
		lines ...tiktokshop.ID,
	) (*tiktokshop.Response[fulfillment.MarkPackageAsShippedData], error) {
		return packages.MarkPackageAsShipped(t.Context(), &fulfillment.MarkPackageAsShippedRequest{
			OrderID: "100", OrderLineItemIDs: lines, ShippingProviderID: "44", TrackingNumber: "T1",
		})
	}
	_, err := mark("1", "3")
	assert.NotZero(t, codeOf(err), "3 is of another order")
	resp, err := mark("2")
	require.NoError(t, err)
	assert.Equal(t, order.OrderStatusPartiallyShipping, orderStatus(t, srv, "100"))
	assert.Equal(t, []tiktokshop.ID{"2"}, resp.Data.OrderLineItemIDs)
	old, _ := srv.Package("500")
	assert.Equal(t, []tiktokshop.ID{"1"}, old.OrderLineItemIDs)
	assert.EqualValues(t, 1, old.Orders[0].SKUs[0].Quantity)
	_, err = mark("2")
	assert.NotZero(t, codeOf(err), "shipped")
	resp, err = mark()
	require.NoError(t, err)
	assert.Equal(t, []tiktokshop.ID{"1"}, resp.Data.OrderLineItemIDs, "the rest")
	assert.Equal(t, order.OrderStatusInTransit, orderStatus(t, srv, "100"))
	_, ok := srv.Package("500")
	assert.False(t, ok, "nothing is left of it")
	_, err = mark()
	assert.NotZero(t, codeOf(err))
}

func TestCreatePackages(t *testing.T) {
	t.Parallel()
	srv, packages, _ := packageShop(t)
	resp, err := packages.CreatePackages(t.Context(), &fulfillment.CreatePackagesRequest{
		OrderID: "200", ShipType: "TIKTOK_SHIPPING",
	})
	require.NoError(t, err)
	p, ok := srv.Package(resp.Data.PackageID)
	require.True(t, ok)
	assert.Equal(t, []tiktokshop.ID{"3"}, p.OrderLineItemIDs)
	assert.Equal(t, order.OrderStatusAwaitingCollection, orderStatus(t, srv, "200"))
	_, err = packages.CreatePackages202309(t.Context(),
		&fulfillment.CreatePackages202309Request{OrderID: "9"})
	assert.NotZero(t, codeOf(err))
	old, err := packages.CreatePackages202309(t.Context(),
		&fulfillment.CreatePackages202309Request{OrderID: "100",
			OrderLineItemIDs: []tiktokshop.ID{"1"}})
	require.NoError(t, err)
	assert.Equal(t, tiktokshop.ID("100"), old.Data.OrderID)
	assert.Equal(t, order.OrderStatusPartiallyShipping, orderStatus(t, srv, "100"))
}

func TestPackageLabel(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]tiktokshoptest.Option{nil, {tiktokshoptest.InMemory()}} {
		srv := tiktokshoptest.NewServer(t, opts...)
		srv.AddPackage(fulfillment.GetPackageDetailData{PackageID: "500"})
		client := srv.Client()
		packages := fulfillment.New(client)
		document := &fulfillment.GetPackageShippingDocumentRequest{PackageID: "500",
			DocumentType: fulfillment.DocumentTypeShippingLabel}
		label, err := packages.GetPackageShippingDocument(t.Context(), document)
		require.NoError(t, err)
		assert.Empty(t, label.Data.DocURL, "there is none yet")
		_, err = packages.ShipPackage(t.Context(),
			&fulfillment.ShipPackageRequest{PackageID: "500"})
		require.NoError(t, err)
		label, err = packages.GetPackageShippingDocument(t.Context(), document)
		require.NoError(t, err)
		p, _ := srv.Package("500")
		assert.Equal(t, p.TrackingNumber, label.Data.TrackingNumber)
		var file strings.Builder
		_, err = tiktokshop.Download(t.Context(), client, &tiktokshop.DownloadRequest{
			URL: label.Data.DocURL, ContentTypes: []string{"application/pdf"},
		}, &file)
		require.NoError(t, err)
		assert.Contains(t, file.String(), "package 500")
		last := srv.Requests()[len(srv.Requests())-1]
		assert.Empty(t, last.Header.Get("X-Tts-Access-Token"))
	}
}

func TestSearchPackages(t *testing.T) {
	t.Parallel()
	srv, packages, c := packageShop(t)
	for i := range 3 {
		srv.AddPackage(fulfillment.GetPackageDetailData{PackageID: tiktokshop.ID(fmt.Sprint(501 + i))})
		c.advance(time.Minute)
	}
	require.NoError(t,
		srv.ChangePackage("502",
			func(p *fulfillment.GetPackageDetailData) {
				p.PackageStatus = fulfillment.PackageStatusFulfilling
			}))
	for _, test := range []struct {
		name string
		req  fulfillment.SearchPackageRequest
		want string
	}{
		{"newest first", fulfillment.SearchPackageRequest{PageSize: 2}, "503 502 501 500"},
		{"by change", fulfillment.SearchPackageRequest{SortField: fulfillment.SortFieldUpdateTime},
			"502 503 501 500"},
		{"status", fulfillment.SearchPackageRequest{PackageStatus: fulfillment.PackageStatusFulfilling}, "502"},
		{"changed", fulfillment.SearchPackageRequest{UpdateTimeGE: c.in(-time.Minute)}, "503 502"},
		{"created", fulfillment.SearchPackageRequest{CreateTimeLT: c.in(-3 * time.Minute),
			SortOrder: fulfillment.SortOrderAsc}, "500"},
	} {
		var ids []string
		for p, err := range packages.SearchPackageAll(t.Context(), &test.req) {
			require.NoError(t, err, test.name)
			ids = append(ids, string(p.ID))
		}
		assert.Equal(t, test.want, strings.Join(ids, " "), test.name)
	}
	resp, err := packages.SearchPackage(t.Context(), &fulfillment.SearchPackageRequest{PageSize: 1})
	require.NoError(t, err)
	assert.EqualValues(t, 4, resp.Data.TotalCount)
	assert.Equal(t, fulfillment.PackageStatusProcessing, resp.Data.Packages[0].Status)
}

func TestCombineAndUncombine(t *testing.T) {
	t.Parallel()
	srv, packages, _ := packageShop(t)
	srv.AddPackage(fulfillment.GetPackageDetailData{PackageID: "600",
		Orders: []fulfillment.Order{{ID: "200"}}})
	found, err := packages.SearchCombinablePackages(t.Context(),
		&fulfillment.SearchCombinablePackagesRequest{PageSize: 10})
	require.NoError(t, err)
	require.Len(t, found.Data.CombinablePackages, 1)
	group := found.Data.CombinablePackages[0]
	assert.Equal(t, []tiktokshop.ID{"100", "200"}, group.OrderIDs)
	combined, err := packages.CombinePackage(t.Context(),
		&fulfillment.CombinePackageRequest{CombinablePackages: []fulfillment.CombinablePackage{
			{ID: group.ID, OrderIDs: group.OrderIDs},
			{ID: "9", OrderIDs: []tiktokshop.ID{"8", "9"}},
		}})
	require.NoError(t, err)
	require.Len(t, combined.Data.Errors, 1)
	assert.Equal(t, tiktokshop.ID("9"), combined.Data.Errors[0].Detail.PackageID)
	require.Len(t, combined.Data.Packages, 1)
	both := combined.Data.Packages[0].ID
	p, _ := srv.Package(both)
	assert.Equal(t, []tiktokshop.ID{"1", "2", "3"}, p.OrderLineItemIDs)
	_, ok := srv.Package("500")
	assert.False(t, ok)
	o, _ := srv.Order("200")
	assert.Equal(t, []order.Package{{ID: both}}, o.Packages)

	_, err = packages.UncombinePackages(t.Context(),
		&fulfillment.UncombinePackagesRequest{PackageID: both, OrderIDs: []tiktokshop.ID{"300"}})
	assert.Equal(t, 21011029, codeOf(err))
	apart, err := packages.UncombinePackages(t.Context(),
		&fulfillment.UncombinePackagesRequest{PackageID: both, OrderIDs: []tiktokshop.ID{"200"}})
	require.NoError(t, err)
	require.Len(t, apart.Data.Packages, 2)
	p, _ = srv.Package(apart.Data.Packages[1].ID)
	assert.Equal(t, []tiktokshop.ID{"1", "2"}, p.OrderLineItemIDs, "the rest has a new id")
	_, ok = srv.Package(both)
	assert.False(t, ok)
	_, err = packages.ShipPackage(t.Context(),
		&fulfillment.ShipPackageRequest{PackageID: p.PackageID})
	require.NoError(t, err)
	assert.Equal(t, order.OrderStatusAwaitingCollection, orderStatus(t, srv, "100"))
	assert.Equal(t, order.OrderStatusAwaitingShipment, orderStatus(t, srv, "200"))
}

func TestSplitOrder(t *testing.T) {
	t.Parallel()
	srv, packages, _ := packageShop(t)
	split := func(
		groups ...fulfillment.SplittableGroup,
	) (*tiktokshop.Response[fulfillment.SplitOrdersData], error) {
		return packages.SplitOrders(t.Context(),
			&fulfillment.SplitOrdersRequest{OrderID: "100", SplittableGroups: groups})
	}
	_, err := split(fulfillment.SplittableGroup{ID: "a", OrderLineItemIDs: []tiktokshop.ID{"3"}})
	assert.Equal(t, 21011005, codeOf(err))
	resp, err := split(
		fulfillment.SplittableGroup{ID: "a", OrderLineItemIDs: []tiktokshop.ID{"1"}},
		fulfillment.SplittableGroup{ID: "b", OrderLineItemIDs: []tiktokshop.ID{"2"}},
	)
	require.NoError(t, err)
	require.Len(t, resp.Data.Packages, 2)
	assert.Equal(t, tiktokshop.ID("b"), resp.Data.Packages[1].SplittableGroupID)
	_, ok := srv.Package("500")
	assert.False(t, ok)
	o, _ := srv.Order("100")
	assert.Equal(t, resp.Data.Packages[0].ID, o.LineItems[0].PackageID)
	assert.Equal(t, resp.Data.Packages[1].ID, o.LineItems[1].PackageID)
	_, err = packages.ShipPackage(t.Context(),
		&fulfillment.ShipPackageRequest{PackageID: o.LineItems[0].PackageID})
	require.NoError(t, err)
	assert.Equal(t, order.OrderStatusPartiallyShipping, orderStatus(t, srv, "100"))
	_, err = split(fulfillment.SplittableGroup{ID: "a", OrderLineItemIDs: []tiktokshop.ID{"1"}})
	assert.Equal(t, 21011035, codeOf(err))
}

func TestDeliverPackages(t *testing.T) {
	t.Parallel()
	srv, packages, _ := packageShop(t)
	deliver := func() *tiktokshop.Response[fulfillment.UpdatePackageDeliveryStatusData] {
		resp, err := packages.UpdatePackageDeliveryStatus(t.Context(),
			&fulfillment.UpdatePackageDeliveryStatusRequest{
				Packages: []fulfillment.UpdatePackageDeliveryStatusPackage{{ID: "500",
					DeliveryType: fulfillment.DeliveryTypeDeliverySuccess}},
			})
		require.NoError(t, err)
		return resp
	}
	assert.Error(t, deliver().Data.Err(), "not under way")
	_, err := packages.ShipPackage(t.Context(), &fulfillment.ShipPackageRequest{PackageID: "500"})
	require.NoError(t, err)
	assert.NoError(t, deliver().Data.Err())
	assert.Equal(t, order.OrderStatusDelivered, orderStatus(t, srv, "100"))
}

// What ships an order shows in the feeds of both.
func TestFeedsSeeShipping(t *testing.T) {
	t.Parallel()
	srv, packages, c := packageShop(t)
	opts := feed.Options{Name: "a", Store: feed.NewMemoryStore(),
		Since: c.now().Add(-24 * time.Hour), Clock: c.now}
	orders, err := order.New(srv.Client()).Changes(nil, opts)
	require.NoError(t, err)
	opts.Name = "b"
	changed, err := packages.PackageChanges(nil, opts)
	require.NoError(t, err)
	var seen []string
	run := func() string {
		t.Helper()
		seen = nil
		require.NoError(t,
			orders.Run(t.Context(), func(_ context.Context, batch []order.Order) error {
				for _, o := range batch {
					seen = append(seen, string(o.ID)+" "+string(o.Status))
				}
				return nil
			}))
		require.NoError(t,
			changed.Run(t.Context(), func(_ context.Context, batch []fulfillment.Package) error {
				for _, p := range batch {
					seen = append(seen, string(p.ID)+" "+string(p.Status))
				}
				return nil
			}))
		return strings.Join(seen, ", ")
	}
	assert.Equal(t, "100 AWAITING_SHIPMENT, 200 AWAITING_SHIPMENT, 500 PROCESSING", run())
	c.advance(time.Hour)
	_, err = packages.ShipPackage(t.Context(), &fulfillment.ShipPackageRequest{
		PackageID: "500", SelfShipment: &fulfillment.SelfShipment{ShippingProviderID: "44",
			TrackingNumber: "T1"},
	})
	require.NoError(t, err)
	c.advance(time.Minute)
	assert.Equal(t, "100 IN_TRANSIT, 500 FULFILLING", run())
}
