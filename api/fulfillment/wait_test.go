package fulfillment_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/poll"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// patience is short for an example; a program writes poll.Policy{MaxWait: time.Hour}.
var patience = poll.Policy{
	MaxWait: time.Minute, MinDelay: time.Millisecond, MaxDelay: time.Millisecond,
}

func TestWaitForShippingDocument(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := tiktokshoptest.New()
		labels(srv, 2)
		s := fulfillment.New(srv.Client())
		req := &fulfillment.GetPackageShippingDocumentRequest{PackageID: "3",
			DocumentType: fulfillment.DocumentTypeShippingLabel}
		resp, err := s.WaitForShippingDocument(t.Context(), req, poll.Policy{MaxWait: time.Hour})
		require.NoError(t, err)
		assert.Equal(t, "https://example.test/3", resp.Data.DocURL)
		assert.Len(t, srv.Requests(), 3)

		labels(srv, 1000)
		_, err = s.WaitForShippingDocument(t.Context(), req, poll.Policy{MaxWait: time.Hour})
		require.ErrorIs(t, err, poll.ErrNotDone)
		require.ErrorContains(t, err, "the shipping document of package 3")

		before := len(srv.Requests())
		req.PackageID = "2"
		_, err = s.WaitForShippingDocument(t.Context(), req, poll.Policy{MaxWait: time.Hour})
		require.ErrorContains(t, err, "Unknown package")
		assert.Len(t, srv.Requests(), before+1, "a refusal ends the wait")

		_, err = s.WaitForShippingDocument(t.Context(), nil, poll.Policy{MaxWait: time.Hour})
		require.Error(t, err)
	})
}

// A label right after ShipPackage: the carrier takes a moment.
func ExampleService_WaitForShippingDocument() {
	srv := tiktokshoptest.New() // a program talks to the platform
	labels(srv, 2)
	req := &fulfillment.GetPackageShippingDocumentRequest{
		PackageID: "3", DocumentType: fulfillment.DocumentTypeShippingLabel,
	}
	resp, err := fulfillment.New(srv.Client()).WaitForShippingDocument(context.Background(), req,
		patience)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.DocURL)
	// Output: https://example.test/3
}
