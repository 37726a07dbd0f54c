package tiktokshoptest_test

import (
	"context"
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

// returnShop is a shop with an order of two lines in a package, and a delivered one of 20.00.
func returnShop(t *testing.T) (*tiktokshoptest.Server, *returnrefund.Service, *clock) {
	t.Helper()
	srv, _, c := packageShop(t)
	srv.AddOrder(order.Order{
		ID: "300", UserID: "8", Status: order.OrderStatusDelivered,
		Payment:   order.Payment{TotalAmount: "20.00"},
		LineItems: []order.OrderLineItem{{ID: "4", SKUID: "32"}, {ID: "5", SKUID: "32"}},
	})
	return srv, returnrefund.New(srv.Client()), c
}

func TestCancelOrder(t *testing.T) {
	t.Parallel()
	srv, returns, c := returnShop(t)
	c.advance(time.Minute)
	cancel := func(
		req returnrefund.CancelOrderRequest,
	) (*tiktokshop.Response[returnrefund.CancelOrderData], error) {
		req.CancelReason = "seller_cancel_reason_out_of_stock"
		return returns.CancelOrder(t.Context(), &req)
	}
	resp, err := cancel(returnrefund.CancelOrderRequest{OrderID: "100",
		SKUs: []returnrefund.SKU{{SKUID: "31", Quantity: tiktokshop.Ptr[int64](1)}}})
	require.NoError(t, err)
	assert.Equal(t, returnrefund.CancelStatusCancellationRequestSuccess, resp.Data.CancelStatus)
	o, _ := srv.Order("100")
	assert.Equal(t, order.OrderStatusAwaitingShipment, o.Status, "a line is left")
	assert.Equal(t, order.DisplayStatusCancelled, o.LineItems[0].DisplayStatus)
	assert.Equal(t, order.DisplayStatusAwaitingShipment, o.LineItems[1].DisplayStatus)

	resp, err = cancel(returnrefund.CancelOrderRequest{OrderID: "100"})
	require.NoError(t, err)
	o, _ = srv.Order("100")
	assert.Equal(t, order.OrderStatusCancelled, o.Status)
	assert.Equal(t, order.CancellationInitiatorSeller, o.CancellationInitiator)
	assert.Equal(t, c.now().Unix(), o.CancelTime.Unix())
	p, _ := srv.Package("500")
	assert.Equal(t, fulfillment.PackageStatusCancelled, p.PackageStatus)
	cancellation, ok := srv.Cancellation(resp.Data.CancelID)
	require.True(t, ok)
	require.Len(t, cancellation.CancelLineItems, 1, "the other one was canceled before")
	assert.Equal(t, tiktokshop.ID("2"), cancellation.CancelLineItems[0].OrderLineItemID)

	for name, req := range map[string]returnrefund.CancelOrderRequest{
		"canceled": {OrderID: "100"}, "delivered": {OrderID: "300"}, "unknown": {OrderID: "9"},
		"another's line": {OrderID: "200", OrderLineItemIDs: []tiktokshop.ID{"4"}},
		"too many": {OrderID: "200",
			SKUs: []returnrefund.SKU{{SKUID: "33", Quantity: tiktokshop.Ptr[int64](1)}}},
	} {
		_, err := cancel(req)
		assert.NotZero(t, codeOf(err), name)
	}
}

func TestBuyersCancellation(t *testing.T) {
	t.Parallel()
	srv, returns, c := returnShop(t)
	srv.AddCancellation(returnrefund.Cancellation{CancelID: "700", OrderID: "100"},
		returnrefund.Cancellation{CancelID: "701", OrderID: "200"})
	wants := true
	list, err := order.New(srv.Client()).GetOrderList(t.Context(),
		&order.GetOrderListRequest{PageSize: 10, IsBuyerRequestCancel: &wants})
	require.NoError(t, err)
	assert.Len(t, list.Data.Orders, 2)
	c.advance(time.Minute)

	_, err = returns.ApproveCancellation(t.Context(),
		&returnrefund.ApproveCancellationRequest{CancelID: "700"})
	require.NoError(t, err)
	assert.Equal(t, order.OrderStatusCancelled, orderStatus(t, srv, "100"))
	reject := &returnrefund.RejectCancellationRequest{CancelID: "701",
		RejectReason: "seller_reject_apply_product_has_been_packed"}
	_, err = returns.RejectCancellation(t.Context(), reject)
	require.NoError(t, err)
	o, _ := srv.Order("200")
	assert.Equal(t, order.OrderStatusAwaitingShipment, o.Status)
	assert.False(t, o.IsBuyerRequestCancel)
	assert.Equal(t, c.now().Unix(), o.UpdateTime.Unix())

	_, err = returns.RejectCancellation(t.Context(), reject)
	assert.Equal(t, 25011011, codeOf(err))
	_, err = returns.ApproveCancellation(t.Context(),
		&returnrefund.ApproveCancellationRequest{CancelID: "701"})
	assert.Equal(t, 25011012, codeOf(err))
	_, err = returns.ApproveCancellation(t.Context(),
		&returnrefund.ApproveCancellationRequest{CancelID: "9"})
	assert.Equal(t, 25007006, codeOf(err))

	for _, test := range []struct {
		name string
		req  returnrefund.SearchCancellationsRequest
		want string
	}{
		{"all", returnrefund.SearchCancellationsRequest{SortOrder: returnrefund.SortOrderAsc},
			"700 701"},
		{"status", returnrefund.SearchCancellationsRequest{CancelStatus: []returnrefund.CancelStatus{returnrefund.CancelStatusCancellationRequestSuccess}}, "700"},
		{"order", returnrefund.SearchCancellationsRequest{OrderIDs: []tiktokshop.ID{"200"}}, "701"},
		{"buyer", returnrefund.SearchCancellationsRequest{BuyerUserIDs: []tiktokshop.ID{"8"}}, ""},
		{"type", returnrefund.SearchCancellationsRequest{CancelTypes: []returnrefund.CancelType{returnrefund.CancelTypeCancel}}, ""},
		{"id", returnrefund.SearchCancellationsRequest{CancelIDs: []tiktokshop.ID{"700"}}, "700"},
		{"changed", returnrefund.SearchCancellationsRequest{UpdateTimeLT: c.in(0)}, ""},
	} {
		var ids []string
		for v, err := range returns.SearchCancellationsAll(t.Context(), &test.req) {
			require.NoError(t, err, test.name)
			ids = append(ids, string(v.CancelID))
		}
		assert.Equal(t, test.want, strings.Join(ids, " "), test.name)
	}
	require.NoError(t, srv.ChangeCancellation("701",
		func(v *returnrefund.Cancellation) { v.CancelReasonText = "Too late" }))
	v, _ := srv.Cancellation("701")
	assert.Equal(t, "Too late", v.CancelReasonText)
}

func TestCreateReturn(t *testing.T) {
	t.Parallel()
	srv, returns, _ := returnShop(t)
	create := func(
		id tiktokshop.ID, total string,
	) (*tiktokshop.Response[returnrefund.CreateReturnData], error) {
		return returns.CreateReturn(t.Context(), &returnrefund.CreateReturnRequest{
			OrderID: id, ReturnReason: "ecom_order_delivered_refund_reason_defective",
			ReturnType:  returnrefund.ReturnTypeRefund,
			RefundTotal: total, Currency: "USD",
		})
	}
	_, err := create("300", "20.01")
	assert.Equal(t, 25005005, codeOf(err))
	_, err = create("100", "")
	assert.Equal(t, 25001003, codeOf(err), "not shipped")
	_, err = create("9", "")
	assert.NotZero(t, codeOf(err))
	resp, err := create("300", "20")
	require.NoError(t, err)
	r, ok := srv.Return(resp.Data.ReturnID)
	require.True(t, ok)
	assert.Equal(t, resp.Data.ReturnStatus, r.ReturnStatus)
	assert.Len(t, r.ReturnLineItems, 2)
	_, err = create("300", "20")
	assert.Equal(t, 25001010, codeOf(err), "one is open")
}

func TestDecisionsAboutReturns(t *testing.T) {
	t.Parallel()
	type (
		approve = returnrefund.ApproveReturnRequest
		reject  = returnrefund.RejectReturnRequest
	)
	partial := &tiktokshop.Money{Amount: "5", Currency: "USD"}
	yes := true
	for _, test := range []struct {
		name   string
		kind   returnrefund.ReturnType
		status returnrefund.ReturnStatus // "": asked for
		do     any
		want   returnrefund.ReturnStatus
		code   int
	}{
		{"refund", returnrefund.ReturnTypeRefund, "", approve{Decision: "APPROVE_REFUND"},
			"RETURN_OR_REFUND_REQUEST_SUCCESS", 0},
		{"no refund", returnrefund.ReturnTypeRefund, "", reject{Decision: "REJECT_REFUND"},
			"REFUND_OR_RETURN_REQUEST_REJECT", 0},
		{"part of it", returnrefund.ReturnTypeRefund, "",
			approve{Decision: "OFFER_PARTIAL_REFUND", PartialRefund: partial},
			"AWAITING_BUYER_RESPONSE", 0},
		{"which part", returnrefund.ReturnTypeRefund, "", approve{Decision: "OFFER_PARTIAL_REFUND"},
			"RETURN_OR_REFUND_REQUEST_PENDING", 25020004},
		{"return", returnrefund.ReturnTypeReturnAndRefund, "", approve{Decision: "APPROVE_RETURN"},
			"AWAITING_BUYER_SHIP", 0},
		{"keep it", returnrefund.ReturnTypeReturnAndRefund, "",
			approve{Decision: "APPROVE_RETURN", BuyerKeepItem: &yes},
			"RETURN_OR_REFUND_REQUEST_SUCCESS", 0},
		{"no refund of a return", returnrefund.ReturnTypeReturnAndRefund, "",
			approve{Decision: "APPROVE_REFUND"}, "RETURN_OR_REFUND_REQUEST_PENDING", 25020004},
		{"not back", returnrefund.ReturnTypeReturnAndRefund, "",
			approve{Decision: "APPROVE_RECEIVED_PACKAGE"}, "RETURN_OR_REFUND_REQUEST_PENDING",
			25001003},
		{"back", returnrefund.ReturnTypeReturnAndRefund, "BUYER_SHIPPED_ITEM",
			approve{Decision: "APPROVE_RECEIVED_PACKAGE"}, "RETURN_OR_REFUND_REQUEST_SUCCESS", 0},
		{"back and broken", returnrefund.ReturnTypeReturnAndRefund, "BUYER_SHIPPED_ITEM",
			reject{Decision: "REJECT_RECEIVED_PACKAGE"}, "REJECT_RECEIVE_PACKAGE", 0},
		{"on its way", returnrefund.ReturnTypeReturnAndRefund, "AWAITING_BUYER_SHIP",
			reject{Decision: "REJECT_RETURN"}, "AWAITING_BUYER_SHIP", 25001003},
		{"granted", returnrefund.ReturnTypeRefund, "RETURN_OR_REFUND_REQUEST_SUCCESS",
			reject{Decision: "REJECT_REFUND"}, "RETURN_OR_REFUND_REQUEST_SUCCESS", 25020010},
		{"granted twice", returnrefund.ReturnTypeRefund, "RETURN_OR_REFUND_REQUEST_SUCCESS",
			approve{Decision: "APPROVE_REFUND"}, "RETURN_OR_REFUND_REQUEST_SUCCESS", 25011012},
		{"replacement", returnrefund.ReturnTypeReplacement, "",
			approve{Decision: "APPROVE_REPLACEMENT"}, "REPLACEMENT_REQUEST_COMPLETE", 0},
		{"no replacement", returnrefund.ReturnTypeReplacement, "",
			reject{Decision: "REJECT_REPLACEMENT"}, "REPLACEMENT_REQUEST_REJECT", 0},
		{"nonsense", returnrefund.ReturnTypeReplacement, "", approve{Decision: "YES"},
			"REPLACEMENT_REQUEST_PENDING", 25020004},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv, returns, c := returnShop(t)
			srv.AddReturn(returnrefund.ReturnOrder{ReturnID: "800", OrderID: "300",
				ReturnType: test.kind, ReturnStatus: test.status})
			c.advance(time.Minute)
			var err error
			switch req := test.do.(type) {
			case approve:
				req.ReturnID = "800"
				_, err = returns.ApproveReturn(t.Context(), &req)
			case reject:
				req.ReturnID, req.RejectReason = "800", "reason"
				_, err = returns.RejectReturn(t.Context(), &req)
			}
			assert.Equal(t, test.code, codeOf(err))
			r, _ := srv.Return("800")
			assert.Equal(t, test.want, r.ReturnStatus)
			if test.code == 0 {
				assert.Equal(t, c.now().Unix(), r.UpdateTime.Unix())
				assert.Empty(t, r.SellerNextActionResponse)
			}
		})
	}
}

func TestSearchReturns(t *testing.T) {
	t.Parallel()
	srv, returns, c := returnShop(t)
	srv.AddReturn(
		returnrefund.ReturnOrder{ReturnID: "800", OrderID: "300"},
		returnrefund.ReturnOrder{ReturnID: "801", OrderID: "200",
			ReturnType: returnrefund.ReturnTypeReturnAndRefund},
	)
	c.advance(time.Minute)
	require.NoError(t,
		srv.ChangeReturn("801",
			func(r *returnrefund.ReturnOrder) {
				r.ReturnStatus = returnrefund.ReturnStatusBuyerShippedItem
			}))
	for _, test := range []struct {
		name string
		req  returnrefund.SearchReturnsRequest
		want string
	}{
		{"all", returnrefund.SearchReturnsRequest{PageSize: "1", SortField: "update_time",
			SortOrder: returnrefund.SortOrderAsc}, "800 801"},
		{"status", returnrefund.SearchReturnsRequest{ReturnStatus: []returnrefund.ReturnStatus{returnrefund.ReturnStatusBuyerShippedItem}}, "801"},
		{"type", returnrefund.SearchReturnsRequest{ReturnTypes: []returnrefund.ReturnType{returnrefund.ReturnTypeRefund}}, "800"},
		{"buyer", returnrefund.SearchReturnsRequest{BuyerUserIDs: []tiktokshop.ID{"8"}}, "800"},
		{"order", returnrefund.SearchReturnsRequest{OrderIDs: []tiktokshop.ID{"200"}}, "801"},
		{"changed", returnrefund.SearchReturnsRequest{UpdateTimeGE: c.in(0)}, "801"},
	} {
		var ids []string
		for r, err := range returns.SearchReturnsAll(t.Context(), &test.req) {
			require.NoError(t, err, test.name)
			ids = append(ids, string(r.ReturnID))
		}
		assert.Equal(t, test.want, strings.Join(ids, " "), test.name)
	}
	r, _ := srv.Return("801")
	require.Len(t, r.SellerNextActionResponse, 1)
	assert.Equal(t, returnrefund.SellerNextActionResponseActionSellerRespondReceivePackage,
		r.SellerNextActionResponse[0].Action)
}

// A return that a call decides shows in the feed.
func TestFeedSeesReturns(t *testing.T) {
	t.Parallel()
	srv, returns, c := returnShop(t)
	srv.AddReturn(returnrefund.ReturnOrder{ReturnID: "800", OrderID: "300"})
	changes, err := returns.ReturnChanges(nil,
		feed.Options{Name: "a", Store: feed.NewMemoryStore(), Since: c.now().Add(-time.Hour),
			Clock: c.now})
	require.NoError(t, err)
	var seen []returnrefund.ReturnStatus
	see := func(_ context.Context, batch []returnrefund.ReturnOrder) error {
		for _, r := range batch {
			seen = append(seen, r.ReturnStatus)
		}
		return nil
	}
	c.advance(time.Minute)
	require.NoError(t, changes.Run(t.Context(), see))
	_, err = returns.ApproveReturn(t.Context(),
		&returnrefund.ApproveReturnRequest{ReturnID: "800",
			Decision: returnrefund.ApproveReturnDecisionApproveRefund})
	require.NoError(t, err)
	c.advance(time.Minute)
	require.NoError(t, changes.Run(t.Context(), see))
	assert.Equal(t, []returnrefund.ReturnStatus{"RETURN_OR_REFUND_REQUEST_PENDING",
		"RETURN_OR_REFUND_REQUEST_SUCCESS"}, seen)
}
