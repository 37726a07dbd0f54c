package fulfillment_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/bulk"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// labels answers with a label for each package; package 2 is unknown, and that of package 3 is
// still being made the first times.
func labels(srv *tiktokshoptest.Server, early int) {
	tiktokshoptest.AnswerFunc(srv, (*fulfillment.Service).GetPackageShippingDocument,
		func(
			call tiktokshoptest.Call,
		) (fulfillment.GetPackageShippingDocumentData, *tiktokshoptest.Refusal) {
			var none fulfillment.GetPackageShippingDocumentData
			id := call.Params["package_id"]
			if id == "2" {
				return none, &tiktokshoptest.Refusal{Code: 21008017, Message: "Unknown package."}
			}
			if id == "3" && early > 0 {
				early--
				return none, nil
			}
			return fulfillment.GetPackageShippingDocumentData{DocURL: "https://example.test/" + id},
				nil
		})
}

func TestGetPackageShippingDocumentBulk(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.New()
	labels(srv, 1)
	packages := slices.Values([]tiktokshop.ID{"1", "2", "3", "no id", "1"})
	var got []string
	for r, err := range fulfillment.New(srv.Client()).GetPackageShippingDocumentBulk(t.Context(),
		&fulfillment.GetPackageShippingDocumentRequest{DocumentType: fulfillment.DocumentTypeShippingLabel}, packages, bulk.Options{}) {
		require.NoError(t, err)
		got = append(got, fmt.Sprintf("%d %s %s %s %t", r.Position, r.Item, r.Status,
			r.Value.DocURL, r.Err != nil))
	}
	assert.Equal(t, []string{
		"0 1 done https://example.test/1 false", "1 2 error  true", "2 3 unaccounted  false",
		"3 no id error  true",
		"4 1 done https://example.test/1 false",
	}, got)
	assert.Len(t, srv.Requests(), 3)

	// what is wrong with every call stops the run
	for _, err := range fulfillment.New(srv.Client()).GetPackageShippingDocumentBulk(t.Context(),
		nil, packages, bulk.Options{}) {
		if err != nil {
			require.ErrorContains(t, err, "DocumentType")
		}
	}
	assert.Len(t, srv.Requests(), 3)
}

// The labels of a day's packages; one that the carrier is still making is asked for again later.
func ExampleService_GetPackageShippingDocumentBulk() {
	srv := tiktokshoptest.New() // a program talks to the platform
	labels(srv, 1)
	req := &fulfillment.GetPackageShippingDocumentRequest{DocumentType: fulfillment.DocumentTypeShippingLabel}
	packages := slices.Values([]tiktokshop.ID{"1", "3"})
	for result, err := range fulfillment.New(srv.Client()).GetPackageShippingDocumentBulk(
		context.Background(), req, packages, bulk.Options{Concurrency: 1},
	) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Item, result.Status, result.Value.DocURL)
	}
	// Output:
	// 1 done https://example.test/1
	// 3 unaccounted
}
