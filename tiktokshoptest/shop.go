package tiktokshoptest

import (
	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/finance"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/logistics"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
)

// shop is what the server remembers of a shop. What the test has given it nothing of is nil, and
// answered with examples.
type shop struct {
	orders        *shelf[order.Order]
	packages      *shelf[fulfillment.GetPackageDetailData]
	cancellations *shelf[returnrefund.Cancellation]
	returns       *shelf[returnrefund.ReturnOrder]
	open          openRequests
	products      *shelf[product.GetProductData]
	// of products on sale, while they are in audit
	edits        map[tiktokshop.ID]product.GetProductData
	skus         map[tiktokshop.ID]tiktokshop.ID // the product of each
	warehouses   []logistics.Warehouse
	statements   *shelf[finance.Statement]
	payments     *shelf[finance.Payment]
	transactions map[tiktokshop.ID][]finance.Transaction // by statement

	ids    int // made up so far
	events *WebhookSender
}

// openRequests are the cancellations and returns of orders that wait for a decision.
type openRequests map[tiktokshop.ID]map[tiktokshop.ID]bool

// note tells whether a request of an order waits.
func (o openRequests) note(order, request tiktokshop.ID, waits bool) {
	switch {
	case waits && o[order] == nil:
		o[order] = map[tiktokshop.ID]bool{request: true}
	case waits:
		o[order][request] = true
	default:
		if delete(o[order], request); len(o[order]) == 0 {
			delete(o, order)
		}
	}
}
