package webhook

import "github.com/tiktokshop-go/tiktokshop"

// OrderStatusChange: an order was placed or its status changed.
type OrderStatusChange struct {
	// OrderID is the order.
	OrderID tiktokshop.ID `json:"order_id"`
	// OrderStatus is the new status.
	OrderStatus OrderStatus `json:"order_status"`
	// IsOnHoldOrder tells that the order waits out the time in which the buyer can cancel freely.
	IsOnHoldOrder bool `json:"is_on_hold_order"`
	// UpdateTime is when the status changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// OrderStatus is the status of an order.
type OrderStatus string

// Values of OrderStatus.
const (
	OrderStatusUnpaid             OrderStatus = "UNPAID"
	OrderStatusOnHold             OrderStatus = "ON_HOLD"
	OrderStatusAwaitingShipment   OrderStatus = "AWAITING_SHIPMENT"
	OrderStatusAwaitingCollection OrderStatus = "AWAITING_COLLECTION"
	// OrderStatusCancel is a cancelled order, which the order API writes as CANCELLED.
	OrderStatusCancel    OrderStatus = "CANCEL"
	OrderStatusInTransit OrderStatus = "IN_TRANSIT"
	OrderStatusDelivered OrderStatus = "DELIVERED"
	OrderStatusCompleted OrderStatus = "COMPLETED"
)

// ReverseStatusUpdate: a cancellation, refund or return went on. The platform has
// retired the topic and its page, and writes the statuses as numbers here; the fields are those
// that receivers know.
type ReverseStatusUpdate struct {
	// OrderID is the order.
	OrderID tiktokshop.ID `json:"order_id,omitzero"`
	// ReverseOrderID is the cancellation, refund or return.
	ReverseOrderID tiktokshop.ID `json:"reverse_order_id,omitzero"`
	// ReverseType is its type, a number.
	ReverseType tiktokshop.Number `json:"reverse_type,omitzero"`
	// ReverseUser is who asked for it, a number.
	ReverseUser tiktokshop.Number `json:"reverse_user,omitzero"`
	// ReverseOrderStatus is its status, a number.
	ReverseOrderStatus tiktokshop.Number `json:"reverse_order_status,omitzero"`
	// ReverseEventType is what happened, such as ORDER_REFUND.
	ReverseEventType string `json:"reverse_event_type,omitzero"`
	// UpdateTime is when it happened.
	UpdateTime tiktokshop.UnixTime `json:"update_time,omitzero"`
}

// RecipientAddressUpdate: the address that an order goes to changed.
type RecipientAddressUpdate struct {
	// OrderID is the order.
	OrderID tiktokshop.ID `json:"order_id"`
	// UpdateTime is when the address changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// PackageUpdate: packages were combined, split or regrouped.
type PackageUpdate struct {
	// SCType is what was done.
	SCType PackageUpdateType `json:"sc_type"`
	// RoleType is who did it.
	RoleType PackageUpdateRole `json:"role_type"`
	// PackageList are the packages as they are now.
	PackageList []UpdatedPackage `json:"package_list,omitzero"`
	// UpdateTime is when it was done.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// UpdatedPackage is a package and the orders in it.
type UpdatedPackage struct {
	// PackageID is the package.
	PackageID tiktokshop.ID `json:"package_id"`
	// OrderIDList are the orders in it.
	OrderIDList []tiktokshop.ID `json:"order_id_list,omitzero"`
}

// PackageUpdateType is what was done to packages.
type PackageUpdateType string

// Values of PackageUpdateType.
const (
	PackageUpdateCombine            PackageUpdateType = "COMBINE"
	PackageUpdateCancelCombine      PackageUpdateType = "CANCEL_COMBINE"
	PackageUpdateSplit              PackageUpdateType = "SPLIT"
	PackageUpdateCancelSplit        PackageUpdateType = "CANCEL_SPLIT"
	PackageUpdateAddressUpdateSplit PackageUpdateType = "ADDRESS_UPDATE_SPLIT"
	PackageUpdateCancelFulfillSplit PackageUpdateType = "CANCEL_FULFILL_SPLIT"
	PackageUpdateFulfillUncombine   PackageUpdateType = "FULFILL_UNCOMBINE"
	PackageUpdatePartlyCancelSplit  PackageUpdateType = "PARTLY_CANCEL_SPLIT"
	PackageUpdateSplitBySKUCancel   PackageUpdateType = "SPLIT_BY_SKU_CANCEL"
)

// PackageUpdateRole is who updated packages.
type PackageUpdateRole string

// Values of PackageUpdateRole.
const (
	PackageUpdateRoleUser     PackageUpdateRole = "ROLE_USER"
	PackageUpdateRoleSeller   PackageUpdateRole = "ROLE_SELLER"
	PackageUpdateRoleOperator PackageUpdateRole = "ROLE_OPERATOR"
	PackageUpdateRoleSystem   PackageUpdateRole = "ROLE_SYSTEM"
)

// InvoiceStatusChange: the invoice of a package was processed (Brazil).
type InvoiceStatusChange struct {
	// PackageID is the package.
	PackageID tiktokshop.ID `json:"package_id"`
	// OrderIDs are the orders in it.
	OrderIDs []tiktokshop.ID `json:"order_ids,omitzero"`
	// InvoiceStatus is the outcome.
	InvoiceStatus InvoiceStatus `json:"invoice_status"`
	// InvalidReason tells why an invoice is invalid.
	InvalidReason InvoiceInvalidReason `json:"invalid_reason,omitzero"`
}

// InvoiceStatus is the status of an invoice.
type InvoiceStatus string

// Values of InvoiceStatus.
const (
	InvoiceStatusSuccess    InvoiceStatus = "SUCCESS"
	InvoiceStatusProcessing InvoiceStatus = "PROCESSING"
	InvoiceStatusFailed     InvoiceStatus = "FAILED"
	InvoiceStatusInvalid    InvoiceStatus = "INVALID"
)

// InvoiceInvalidReason is why an invoice is invalid.
type InvoiceInvalidReason string

// Values of InvoiceInvalidReason.
const (
	InvoiceInvalidUnknown            InvoiceInvalidReason = "UNKNOWN"
	InvoiceInvalidFailed             InvoiceInvalidReason = "FAILED"
	InvoiceInvalidNotFound           InvoiceInvalidReason = "NOT_FOUND"
	InvoiceInvalidNotAuthorized      InvoiceInvalidReason = "NOT_AUTHORIZED"
	InvoiceInvalidAccessKeyDuplicate InvoiceInvalidReason = "ACCESS_KEY_DUPLICATE"
)
