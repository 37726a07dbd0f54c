package cookbook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/poll"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// shipPackage hands a package to TikTok's carrier, at the first time there is. It may be called
// again after a crash: a package that is under way already is not shipped twice.
func shipPackage(ctx context.Context, client *tiktokshop.Client, id tiktokshop.ID) error {
	packages := fulfillment.New(client)
	waits := func() (bool, error) {
		resp, err := packages.GetPackageDetail(ctx, &fulfillment.GetPackageDetailRequest{
			PackageID: id,
		})
		if err != nil {
			return false, err
		}
		switch resp.Data.PackageSubStatus {
		case fulfillment.PackageSubStatusCreated, fulfillment.PackageSubStatusStocking:
			return resp.Data.PackageStatus == fulfillment.PackageStatusProcessing, nil
		}
		return false, nil
	}
	if waiting, err := waits(); err != nil || !waiting {
		return err
	}
	slots, err := packages.GetPackageHandoverTimeSlots(ctx,
		&fulfillment.GetPackageHandoverTimeSlotsRequest{PackageID: id})
	if err != nil {
		return err
	}
	req := &fulfillment.ShipPackageRequest{
		PackageID:      id,
		HandoverMethod: fulfillment.HandoverMethodDropOff,
	}
	if slots.Data.CanPickup {
		for _, slot := range slots.Data.PickupSlots {
			if slot.Available {
				req.HandoverMethod = fulfillment.HandoverMethodPickup
				req.PickupSlot = &fulfillment.ShipPackagePickupSlot{
					StartTime: slot.StartTime,
					EndTime:   slot.EndTime,
				}
				break
			}
		}
	}
	if req.PickupSlot == nil && !slots.Data.CanDropOff {
		return fmt.Errorf("package %s: nobody takes it at any time", id)
	}
	_, err = packages.ShipPackage(ctx, req)
	var doubt interface{ MayHaveTakenEffect() bool }
	// The answer was lost: look, and do not ship again.
	if errors.As(err, &doubt) && doubt.MayHaveTakenEffect() {
		if waiting, lookErr := waits(); lookErr == nil && !waiting {
			return nil
		}
	}
	return err
}

// printLabel copies the label of a package that was shipped to a printer, once the carrier has made
// it.
func printLabel(
	ctx context.Context, client *tiktokshop.Client, id tiktokshop.ID, printer io.Writer,
) error {
	label, err := fulfillment.New(client).WaitForShippingDocument(ctx,
		&fulfillment.GetPackageShippingDocumentRequest{
			PackageID:    id,
			DocumentType: fulfillment.DocumentTypeShippingLabel,
			DocumentSize: fulfillment.DocumentSizeA6,
		}, poll.Policy{MaxWait: 5 * time.Minute})
	if err != nil {
		return err
	}
	_, err = tiktokshop.Download(ctx, client, &tiktokshop.DownloadRequest{
		URL:          label.Data.DocURL,
		ContentTypes: []string{"application/*"}, // not the HTML of an error page
	}, printer)
	return err
}

func Example_shipAndPrint() {
	srv := tiktokshoptest.New()
	srv.AddOrder(order.Order{ID: "576461413038785752"})
	srv.AddPackage(fulfillment.GetPackageDetailData{
		PackageID: "5433567853345",
		Orders:    []fulfillment.Order{{ID: "576461413038785752"}},
	})
	srv.FailNext(1, tiktokshoptest.Fault{ // it is shipped, and the answer is lost
		Operation: "fulfillment.ShipPackage", Drop: true, Processed: true,
	})
	ctx, client := context.Background(), srv.Client()

	fmt.Println("shipped:", shipPackage(ctx, client, "5433567853345"))
	fmt.Println("again:", shipPackage(ctx, client, "5433567853345"))
	o, _ := srv.Order("576461413038785752")
	fmt.Println("order:", o.Status)
	var label bytes.Buffer
	err := printLabel(ctx, client, "5433567853345", &label)
	fmt.Println("label:", label.Len() > 0, err)
	// Output:
	// shipped: <nil>
	// again: <nil>
	// order: AWAITING_COLLECTION
	// label: true <nil>
}
