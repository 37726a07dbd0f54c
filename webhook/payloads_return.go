package webhook

import "github.com/tiktokshop-go/tiktokshop"

// Role is who brought a cancellation or a return about.
type Role string

// Values of Role.
const (
	RoleBuyer  Role = "BUYER"
	RoleSeller Role = "SELLER"
	RoleSystem Role = "SYSTEM"
)

// CancellationStatusChange: a cancellation was asked for or went on.
type CancellationStatusChange struct {
	// OrderID is the order.
	OrderID tiktokshop.ID `json:"order_id"`
	// CancellationsRole is who cancels.
	CancellationsRole Role `json:"cancellations_role"`
	// CancelStatus is the new status.
	CancelStatus CancelStatus `json:"cancel_status"`
	// CancelID is the cancellation.
	CancelID tiktokshop.ID `json:"cancel_id"`
	// CreateTime is when the cancellation was asked for.
	CreateTime tiktokshop.UnixTime `json:"create_time"`
}

// CancelStatus is the status of a cancellation.
type CancelStatus string

// Values of CancelStatus.
const (
	CancelStatusPending   CancelStatus = "CANCELLATION_REQUEST_PENDING"
	CancelStatusSuccess   CancelStatus = "CANCELLATION_REQUEST_SUCCESS"
	CancelStatusCancelled CancelStatus = "CANCELLATION_REQUEST_CANCELLED"
	CancelStatusComplete  CancelStatus = "CANCELLATION_REQUEST_COMPLETE"
)

// ReturnStatusChange: a return, refund or replacement was asked for or went on.
type ReturnStatusChange struct {
	// OrderID is the order.
	OrderID tiktokshop.ID `json:"order_id"`
	// ReturnRole is who asked for it.
	ReturnRole Role `json:"return_role"`
	// ReturnType is what was asked for.
	ReturnType ReturnType `json:"return_type"`
	// ReturnStatus is the new status.
	ReturnStatus ReturnStatus `json:"return_status"`
	// ReturnID is the return.
	ReturnID tiktokshop.ID `json:"return_id"`
	// CreateTime is when it was asked for.
	CreateTime tiktokshop.UnixTime `json:"create_time"`
	// UpdateTime is when the status changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// ReturnType is what a buyer asks for.
type ReturnType string

// Values of ReturnType.
const (
	ReturnTypeRefund          ReturnType = "REFUND"
	ReturnTypeReplacement     ReturnType = "REPLACEMENT"
	ReturnTypeReturnAndRefund ReturnType = "RETURN_AND_REFUND"
)

// ReturnStatus is the status of a return, refund or replacement.
type ReturnStatus string

// Values of ReturnStatus, as the return API has them.
const (
	ReturnStatusPending                  ReturnStatus = "RETURN_OR_REFUND_REQUEST_PENDING"
	ReturnStatusReject                   ReturnStatus = "REFUND_OR_RETURN_REQUEST_REJECT"
	ReturnStatusAwaitingBuyerShip        ReturnStatus = "AWAITING_BUYER_SHIP"
	ReturnStatusBuyerShippedItem         ReturnStatus = "BUYER_SHIPPED_ITEM"
	ReturnStatusRejectReceivePackage     ReturnStatus = "REJECT_RECEIVE_PACKAGE"
	ReturnStatusSuccess                  ReturnStatus = "RETURN_OR_REFUND_REQUEST_SUCCESS"
	ReturnStatusCancel                   ReturnStatus = "RETURN_OR_REFUND_REQUEST_CANCEL"
	ReturnStatusComplete                 ReturnStatus = "RETURN_OR_REFUND_REQUEST_COMPLETE"
	ReturnStatusAwaitingBuyerResponse    ReturnStatus = "AWAITING_BUYER_RESPONSE"
	ReturnStatusReplacementPending       ReturnStatus = "REPLACEMENT_REQUEST_PENDING"
	ReturnStatusReplacementReject        ReturnStatus = "REPLACEMENT_REQUEST_REJECT"
	ReturnStatusReplacementRefundSuccess ReturnStatus = "REPLACEMENT_REQUEST_REFUND_SUCCESS"
	ReturnStatusReplacementCancel        ReturnStatus = "REPLACEMENT_REQUEST_CANCEL"
	ReturnStatusReplacementComplete      ReturnStatus = "REPLACEMENT_REQUEST_COMPLETE"
)

// AftersalesRequestStatusChange: the review of an aftersales request began or ended.
type AftersalesRequestStatusChange struct {
	// AftersalesRequestID is the request.
	AftersalesRequestID tiktokshop.ID `json:"aftersales_request_id"`
	// ReturnRole is who made it.
	ReturnRole Role `json:"return_role"`
	// Status is the new status.
	Status AftersalesRequestStatus `json:"aftersales_request_status"`
	// CreateTime is when the request was made.
	CreateTime tiktokshop.UnixTime `json:"aftersales_request_create_time"`
	// UpdateTime is when the status changed.
	UpdateTime tiktokshop.UnixTime `json:"aftersales_request_update_time"`
}

// AftersalesRequestStatus is the status of an aftersales request.
type AftersalesRequestStatus string

// Values of AftersalesRequestStatus.
const (
	AftersalesRequestPendingReview   AftersalesRequestStatus = "PENDING_REQUEST_REVIEW"
	AftersalesRequestReviewCompleted AftersalesRequestStatus = "REQUEST_REVIEW_COMPLETED"
)

// RMAStatusChange: a return merchandise authorization was made, or the review of its package began
// or ended.
type RMAStatusChange struct {
	// RMAID is the authorization.
	RMAID tiktokshop.ID `json:"rma_id"`
	// AftersalesRequestID is the request that it belongs to.
	AftersalesRequestID tiktokshop.ID `json:"aftersales_request_id"`
	// ReturnRole is who made the request.
	ReturnRole Role `json:"return_role"`
	// RMAStatus is the new status.
	RMAStatus RMAStatus `json:"rma_status"`
	// RMACreateTime and RMAUpdateTime are the times as the platform's example spells them; see
	// CreatedAt and UpdatedAt.
	RMACreateTime tiktokshop.UnixTime `json:"rma_create_time,omitzero"`
	RMAUpdateTime tiktokshop.UnixTime `json:"rma_update_time,omitzero"`
	// RMARequestCreateTime and RMARequestUpdateTime are the times as the platform's field table
	// spells them.
	RMARequestCreateTime tiktokshop.UnixTime `json:"rma_request_create_time,omitzero"`
	RMARequestUpdateTime tiktokshop.UnixTime `json:"rma_request_update_time,omitzero"`
}

// CreatedAt is when the authorization was made, from whichever spelling is set.
func (c *RMAStatusChange) CreatedAt() tiktokshop.UnixTime {
	return firstSet(c.RMACreateTime, c.RMARequestCreateTime)
}

// UpdatedAt is when the status changed, from whichever spelling is set.
func (c *RMAStatusChange) UpdatedAt() tiktokshop.UnixTime {
	return firstSet(c.RMAUpdateTime, c.RMARequestUpdateTime)
}

// RMAStatus is the status of a return merchandise authorization.
type RMAStatus string

// Values of RMAStatus.
const (
	RMAStatusCreated                RMAStatus = "RMA_CREATED"
	RMAStatusPendingPackageReview   RMAStatus = "PENDING_PACKAGE_REVIEW"
	RMAStatusPackageReviewCompleted RMAStatus = "PACKAGE_REVIEW_COMPLETED"
)

// RefundSuccess: a buyer was refunded.
type RefundSuccess struct {
	// AftersalesRequestID is the aftersales request.
	AftersalesRequestID tiktokshop.ID `json:"aftersales_request_id"`
	// RMAID is the return merchandise authorization.
	RMAID tiktokshop.ID `json:"rma_id"`
	// LineItems are what was refunded.
	LineItems []RefundedLineItem `json:"line_items,omitzero"`
	// RefundCurrency is an ISO 4217 code.
	RefundCurrency string `json:"refund_currency"`
	// RefundStatus is RefundStatusSuccess.
	RefundStatus RefundStatus `json:"refund_status"`
	// RefundTimestamp is when the refund was made.
	RefundTimestamp tiktokshop.UnixTime `json:"refund_timestamp"`
	// RefundTotal is the amount, a decimal number in RefundCurrency; see Total.
	RefundTotal tiktokshop.Number `json:"refund_total"`
}

// Total is the amount refunded with its currency.
func (r *RefundSuccess) Total() tiktokshop.Money {
	return tiktokshop.Money{Amount: string(r.RefundTotal), Currency: r.RefundCurrency}
}

// RefundedLineItem is an item of an order that was refunded.
type RefundedLineItem struct {
	// MainOrderID is the order.
	MainOrderID tiktokshop.ID `json:"main_order_id"`
	// ReturnLineItemID is the line item of the return.
	ReturnLineItemID tiktokshop.ID `json:"return_line_item_id"`
	// SKUID is the SKU.
	SKUID tiktokshop.ID `json:"sku_id"`
	// SKUReturnRequestID is the return request for the SKU.
	SKUReturnRequestID tiktokshop.ID `json:"sku_return_request_id"`
	// SubReturnLineItemID is the part of the line item, "" if it has no parts.
	SubReturnLineItemID tiktokshop.ID `json:"sub_return_line_item_id,omitzero"`
}

// RefundStatus is the status of a refund.
type RefundStatus string

// RefundStatusSuccess is the one value of RefundStatus documented.
const RefundStatusSuccess RefundStatus = "REFUND_SUCCESS"

// firstSet returns the first time that is set: there is one spelling of a field in an event, not
// always the same.
func firstSet(a, b tiktokshop.UnixTime) tiktokshop.UnixTime {
	if a.IsZero() {
		return b
	}
	return a
}
