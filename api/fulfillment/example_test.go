package fulfillment_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// Packages that wait to be shipped, over all pages.
func ExampleService_SearchPackageAll() {
	packages := fulfillment.New(tiktokshoptest.New().Client()) // a program uses NewClient

	waiting := &fulfillment.SearchPackageRequest{PackageStatus: fulfillment.PackageStatusProcessing}
	for p, err := range packages.SearchPackageAll(context.Background(), waiting) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, o := range p.Orders { // several, if they were combined
			fmt.Println("package", p.ID, "of order", o.ID, "with", len(o.SKUs), "SKU")
		}
	}
	// Output: package 577828281214600000 of order 577828281214600000 with 1 SKU
}

func ExampleService_SearchPackage() {
	packages := fulfillment.New(tiktokshoptest.New().Client()) // a program uses NewClient

	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	resp, err := packages.SearchPackage(context.Background(), &fulfillment.SearchPackageRequest{
		PageSize:     50,
		UpdateTimeGE: tiktokshop.NewUnixTime(noon.Add(-time.Hour)),
		UpdateTimeLT: tiktokshop.NewUnixTime(noon),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range resp.Data.Packages {
		fmt.Println(p.ID, p.Status, p.ShippingProviderName, p.TrackingNumber)
	}
	// Output: 577828281214600000 PROCESSING TT Virtual express 6617675021119438849
}

func ExampleService_GetPackageDetail() {
	packages := fulfillment.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := packages.GetPackageDetail(ctx, &fulfillment.GetPackageDetailRequest{
		PackageID: "5433567853345",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	p := resp.Data
	fmt.Println(p.PackageStatus, "shipped by", p.ShippingType, p.ShippingProviderName)
	fmt.Println(p.Weight.Value, p.Weight.Unit)
	for _, o := range p.Orders {
		for _, sku := range o.SKUs {
			fmt.Println(o.ID, sku.Quantity, "of", sku.Name)
		}
	}
	// Output:
	// PROCESSING shipped by TIKTOK TT Virtual express
	// 1.2 GRAM
	// 54335448533296 5 of white,128g
}

// How and when the carrier takes a package.
func ExampleService_GetPackageHandoverTimeSlots() {
	srv := tiktokshoptest.New()
	nine := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	slot := func(start time.Time, available bool) fulfillment.PickupSlot {
		return fulfillment.PickupSlot{
			StartTime: tiktokshop.NewUnixTime(start),
			EndTime:   tiktokshop.NewUnixTime(start.Add(3 * time.Hour)),
			Available: available,
		}
	}
	tiktokshoptest.Answer(srv, (*fulfillment.Service).GetPackageHandoverTimeSlots,
		fulfillment.GetPackageHandoverTimeSlotsData{
			CanPickup: true,
			PickupSlots: []fulfillment.PickupSlot{
				slot(nine, false), slot(nine.Add(3*time.Hour), true),
			},
		})
	packages := fulfillment.New(srv.Client()) // a program uses NewClient

	resp, err := packages.GetPackageHandoverTimeSlots(context.Background(),
		&fulfillment.GetPackageHandoverTimeSlotsRequest{PackageID: "5433567853345"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("pickup:", resp.Data.CanPickup, "drop-off:", resp.Data.CanDropOff)
	for _, slot := range resp.Data.PickupSlots {
		if slot.Available {
			fmt.Println(slot.StartTime.UTC().Format(time.DateTime), "to",
				slot.EndTime.UTC().Format(time.TimeOnly))
		}
	}
	// Output:
	// pickup: true drop-off: false
	// 2026-11-26 12:00:00 to 15:00:00
}

// A package goes to TikTok's carrier. Where the seller ships, SelfShipment takes the place of the
// slot.
func ExampleService_ShipPackage() {
	packages := fulfillment.New(tiktokshoptest.New().Client()) // a program uses NewClient

	noon := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) // of GetPackageHandoverTimeSlots
	_, err := packages.ShipPackage(context.Background(), &fulfillment.ShipPackageRequest{
		PackageID:      "5433567853345",
		HandoverMethod: fulfillment.HandoverMethodPickup,
		PickupSlot: &fulfillment.ShipPackagePickupSlot{
			StartTime: tiktokshop.NewUnixTime(noon),
			EndTime:   tiktokshop.NewUnixTime(noon.Add(3 * time.Hour)),
		},
	})
	var doubt interface{ MayHaveTakenEffect() bool }
	switch {
	case err == nil:
		fmt.Println("shipped")
	case errors.As(err, &doubt) && doubt.MayHaveTakenEffect():
		// The answer was lost, and a second call may be refused.
		fmt.Println("look with GetPackageDetail:", err)
	default:
		fmt.Println(err)
	}
	// Output: shipped
}

func ExampleService_BatchShipPackages() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*fulfillment.Service).BatchShipPackages,
		fulfillment.BatchShipPackagesData{
			Errors: []fulfillment.Error{{
				Message: "the package is shipped already", Detail: fulfillment.ErrorDetail{
					PackageID: "5433567853346",
				},
			}},
		})
	packages := fulfillment.New(srv.Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := packages.BatchShipPackages(ctx, &fulfillment.BatchShipPackagesRequest{
		Packages: []fulfillment.BatchShipPackagesPackage{
			{ID: "5433567853345", HandoverMethod: fulfillment.HandoverMethodDropOff},
			{ID: "5433567853346", HandoverMethod: fulfillment.HandoverMethodDropOff},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for failed := range resp.Data.Failures() {
		fmt.Println("not shipped:", failed.Item, failed.Message)
	}
	// Output: not shipped: 5433567853346 the package is shipped already
}

// The label of a package that was shipped. Its URL is good for 24 hours: fetch the file at once.
func ExampleService_GetPackageShippingDocument() {
	packages := fulfillment.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := packages.GetPackageShippingDocument(context.Background(),
		&fulfillment.GetPackageShippingDocumentRequest{
			PackageID:    "5433567853345",
			DocumentType: fulfillment.DocumentTypeShippingLabel,
			DocumentSize: fulfillment.DocumentSizeA6,
		})
	var apiErr *tiktokshop.APIError
	switch {
	case errors.As(err, &apiErr): // not shipped yet, say, or the carrier is still making the label
		fmt.Println(apiErr.Code, apiErr.Message, apiErr.RequestID)
		return
	case err != nil:
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.TrackingNumber, resp.Data.DocURL)
	// Output:
	// 752455325694 https://magelng.bytedance.net2/wsos_v2/oec_fulfillment_doc_tts/object/wsos641232
}

// The seller's own carrier took the goods.
func ExampleService_MarkPackageAsShipped() {
	packages := fulfillment.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := packages.MarkPackageAsShipped(ctx, &fulfillment.MarkPackageAsShippedRequest{
		OrderID: "576461413038785752",
		// A part of the order; nil is all of it.
		OrderLineItemIDs: []tiktokshop.ID{"577086512123755123"},
		// Of logistics.GetShippingProviders, for the order's delivery option.
		ShippingProviderID: "7117858858072016686",
		TrackingNumber:     "9400111899223197428490",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if resp.Data.Warning.Message != "" {
		fmt.Println("warning:", resp.Data.Warning.Message)
	}
	fmt.Println("package", resp.Data.PackageID)
	// Output: package 32141235124234
}

func ExampleService_GetTracking() {
	packages := fulfillment.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := packages.GetTracking(context.Background(), &fulfillment.GetTrackingRequest{
		OrderID: "576461413038785752",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, event := range resp.Data.Tracking {
		fmt.Println(event.UpdateTimeMillis.UTC().Format(time.DateTime), event.Description)
	}
	// Output: 2023-09-14 09:58:59 Your package was delivered!
}

// Orders of one buyer that can go in one package are combined.
func ExampleService_SearchCombinablePackages() {
	packages := fulfillment.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	found, err := packages.SearchCombinablePackages(ctx,
		&fulfillment.SearchCombinablePackagesRequest{PageSize: 50})
	if err != nil {
		fmt.Println(err)
		return
	}
	combine := new(fulfillment.CombinePackageRequest)
	for _, p := range found.Data.CombinablePackages {
		fmt.Println("orders", p.OrderIDs, "as package", p.ID)
		combine.CombinablePackages = append(combine.CombinablePackages,
			fulfillment.CombinablePackage{ID: p.ID, OrderIDs: p.OrderIDs})
	}
	resp, err := packages.CombinePackage(ctx, combine)
	if err != nil {
		fmt.Println(err)
		return
	}
	for failed := range resp.Data.Failures() {
		fmt.Println("not combined:", failed.Item, failed.Message)
	}
	// Output: orders [57466538837665 57466538837666] as package 57466538837665
}

// An order in two packages, if it can be split.
func ExampleService_SplitOrders() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*fulfillment.Service).GetOrderSplitAttributes,
		fulfillment.GetOrderSplitAttributesData{
			SplitAttributes: []fulfillment.SplitAttribute{
				{OrderID: "576461413038785752", CanSplit: true},
			},
		})
	tiktokshoptest.Answer(srv, (*fulfillment.Service).SplitOrders, fulfillment.SplitOrdersData{
		Packages: []fulfillment.SplitOrdersPackage{
			{ID: "1153132168123421", SplittableGroupID: "1"},
			{ID: "1153132168123422", SplittableGroupID: "2"},
		},
	})
	packages := fulfillment.New(srv.Client()) // a program uses NewClient

	ctx := context.Background()
	can, err := packages.GetOrderSplitAttributes(ctx, &fulfillment.GetOrderSplitAttributesRequest{
		OrderIDs: []tiktokshop.ID{"576461413038785752"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range can.Data.SplitAttributes {
		if !a.CanSplit {
			fmt.Println(a.OrderID, "stays whole:", a.Reason)
			return
		}
	}
	resp, err := packages.SplitOrders(ctx, &fulfillment.SplitOrdersRequest{
		OrderID: "576461413038785752",
		SplittableGroups: []fulfillment.SplittableGroup{
			{ID: "1", OrderLineItemIDs: []tiktokshop.ID{"577086512123755123"}},
			{ID: "2", OrderLineItemIDs: []tiktokshop.ID{"577086512123755124"}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range resp.Data.Packages {
		fmt.Println("group", p.SplittableGroupID, "is package", p.ID)
	}
	// Output:
	// group 1 is package 1153132168123421
	// group 2 is package 1153132168123422
}

// In the US and Japan: a label is bought, which ships the order.
func ExampleService_CreatePackages() {
	packages := fulfillment.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	weight := &fulfillment.GetEligibleShippingServiceWeight{
		Value: "1.2", Unit: fulfillment.WeightUnitPound,
	}
	offer, err := packages.GetEligibleShippingService(ctx,
		&fulfillment.GetEligibleShippingServiceRequest{
			OrderID: "576461413038785752", Weight: weight,
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range offer.Data.ShippingServices { // prices are estimates
		fmt.Println(s.ID, s.Name, s.Price, s.Currency)
	}
	resp, err := packages.CreatePackages(ctx, &fulfillment.CreatePackagesRequest{
		ShipType:          fulfillment.ShipTypeWholeOrder,
		OrderID:           "576461413038785752",
		ShippingServiceID: offer.Data.ShippingServices[0].ID,
		Weight:            weight,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("package", resp.Data.PackageID, "by", resp.Data.ShippingServiceInfo.Name)
	// Output:
	// 288233559123860015 UPS-first class 5 USD
	// package 2882335594258860015 by UPS-first class
}
