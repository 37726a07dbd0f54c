package returnrefund_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// Requests that wait for the seller, with the time by which an answer is due.
func ExampleService_SearchReturnsAll() {
	returns := returnrefund.New(tiktokshoptest.New().Client()) // a program uses NewClient

	open := &returnrefund.SearchReturnsRequest{
		ReturnStatus: []returnrefund.ReturnStatus{
			returnrefund.ReturnStatusReturnOrRefundRequestPending,
		},
	}
	for r, err := range returns.SearchReturnsAll(context.Background(), open) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.ReturnID, r.ReturnType, r.ReturnReasonText, r.RefundAmount.RefundTotal,
			r.RefundAmount.Currency)
		for _, next := range r.SellerNextActionResponse {
			fmt.Println(" ", next.Action, "by", next.Deadline.UTC().Format(time.DateTime))
		}
	}
	// Output:
	// 4035318504086604100 REFUND Order created by mistake 1.23 USD
	//   SELLER_RESPOND_REFUND by 2023-07-28 14:31:20
}

func ExampleService_SearchReturns() {
	returns := returnrefund.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := returns.SearchReturns(context.Background(), &returnrefund.SearchReturnsRequest{
		OrderIDs: []tiktokshop.ID{"577686530908261117"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range resp.Data.ReturnOrders {
		fmt.Println(r.OrderID, r.ReturnID, r.ReturnStatus)
		for _, item := range r.ReturnLineItems {
			fmt.Println(" ", item.SellerSKU, item.OrderLineItemID)
		}
	}
	// Output:
	// 577686530908261117 4035318504086604100 RETURN_OR_REFUND_REQUEST_PENDING
	//   PUTIH 1 TALI 576473917261451851
}

// A refund is money: the idempotency key is stored first, so that a repeat after a crash pays
// nothing twice.
func ExampleService_ApproveReturn() {
	returns := returnrefund.New(tiktokshoptest.New().Client()) // a program uses NewClient

	_, err := returns.ApproveReturn(context.Background(), &returnrefund.ApproveReturnRequest{
		ReturnID:       "4035318504086604100",
		IdempotencyKey: "approve-4035318504086604100",
		// one that GetDecisionEligibility offers
		Decision: returnrefund.ApproveReturnDecisionApproveReturn,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("approved")
	// Output: approved
}

// A reason comes from the platform's list.
func ExampleService_RejectReturn() {
	returns := returnrefund.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	reasons, err := returns.GetRejectReasons(ctx, &returnrefund.GetRejectReasonsRequest{
		ReturnOrCancelID: "4035318504086604100",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if len(reasons.Data.Reasons) == 0 {
		fmt.Println("this one cannot be rejected")
		return
	}
	reason := reasons.Data.Reasons[0] // let a person choose by Text
	_, err = returns.RejectReturn(ctx, &returnrefund.RejectReturnRequest{
		ReturnID:     "4035318504086604100",
		Decision:     returnrefund.RejectReturnDecisionRejectReturn,
		RejectReason: reason.Name,
		Comment:      "As agreed in the chat.",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("rejected:", reason.Name)
	// Output: rejected: seller_reject_apply_you_have_reached_an_agreement_with_the_buyer
}

func ExampleService_SearchCancellationsAll() {
	returns := returnrefund.New(tiktokshoptest.New().Client()) // a program uses NewClient

	open := &returnrefund.SearchCancellationsRequest{
		CancelStatus: []returnrefund.CancelStatus{
			returnrefund.CancelStatusCancellationRequestPending,
		},
	}
	for c, err := range returns.SearchCancellationsAll(context.Background(), open) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c.CancelID, c.OrderID, c.CancelReasonText, c.RefundAmount.RefundTotal,
			c.RefundAmount.Currency)
	}
	// Output: 4035318504086604100 577087614418520388 Order created by mistake 1.23 USD
}

func ExampleService_ApproveCancellation() {
	returns := returnrefund.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	_, err := returns.ApproveCancellation(ctx, &returnrefund.ApproveCancellationRequest{
		CancelID:       "4035318504086604100", // of SearchCancellations
		IdempotencyKey: "approve-4035318504086604100",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("cancelled")
	// Output: cancelled
}
