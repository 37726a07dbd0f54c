package webhook

import "github.com/tiktokshop-go/tiktokshop"

// ActivityStatusChange: a promotion activity began, ended or was stopped.
type ActivityStatusChange struct {
	// ActivityID is the activity.
	ActivityID tiktokshop.ID `json:"activity_id"`
	// ActivityType is the kind of promotion.
	ActivityType ActivityType `json:"activity_type"`
	// ProductLevel is what it applies to.
	ProductLevel ActivityProductLevel `json:"product_level"`
	// Status is the new status.
	Status ActivityStatus `json:"status"`
	// UpdateTime is when the status changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// ActivityType is a kind of promotion.
type ActivityType string

// Values of ActivityType.
const (
	ActivityTypeFixedPrice       ActivityType = "FIXED_PRICE"
	ActivityTypeDirectDiscount   ActivityType = "DIRECT_DISCOUNT"
	ActivityTypeShippingDiscount ActivityType = "SHIPPING_DISCOUNT"
	ActivityTypeBuyMoreSaveMore  ActivityType = "BUY_MORE_SAVE_MORE"
	ActivityTypeFlashSale        ActivityType = "FLASHSALE"
)

// ActivityProductLevel is what a promotion applies to.
type ActivityProductLevel string

// Values of ActivityProductLevel.
const (
	ActivityLevelProduct   ActivityProductLevel = "PRODUCT"
	ActivityLevelVariation ActivityProductLevel = "VARIATION"
	ActivityLevelShop      ActivityProductLevel = "SHOP"
)

// ActivityStatus is the status of a promotion activity.
type ActivityStatus string

// Values of ActivityStatus.
const (
	ActivityStatusOngoing     ActivityStatus = "ONGOING"
	ActivityStatusExpired     ActivityStatus = "EXPIRED"
	ActivityStatusDeactivated ActivityStatus = "DEACTIVATED"
)

// ActivityChange: a promotion activity or the products in it changed.
type ActivityChange struct {
	// ActivityID is the activity.
	ActivityID tiktokshop.ID `json:"activity_id"`
	// UpdateTime is when it changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
	// ChangeType is what was done.
	ChangeType ActivityChangeType `json:"change_type"`
	// ProductUpdateList are the products added or changed.
	ProductUpdateList ActivityProducts `json:"product_update_list,omitzero"`
	// ProductRemoveList are the products removed.
	ProductRemoveList ActivityProducts `json:"product_remove_list,omitzero"`
}

// ActivityProducts are products of a promotion activity, by the part they have in it.
type ActivityProducts struct {
	// ProductIDs are products that the promotion applies to.
	ProductIDs []tiktokshop.ID `json:"product_ids,omitzero"`
	// SKUIDs are SKUs that it applies to; in a ProductRemoveList only.
	SKUIDs []tiktokshop.ID `json:"sku_ids,omitzero"`
	// ExcludeProductIDs are products that it does not apply to.
	ExcludeProductIDs []tiktokshop.ID `json:"exclude_product_ids,omitzero"`
	// BenefitProductIDs are products that the buyer gets by it.
	BenefitProductIDs []tiktokshop.ID `json:"benefit_product_ids,omitzero"`
}

// ActivityChangeType is what was done to a promotion activity.
type ActivityChangeType string

// Values of ActivityChangeType.
const (
	ActivityChangeCreate     ActivityChangeType = "CREATE"
	ActivityChangeUpdate     ActivityChangeType = "UPDATE"
	ActivityChangeDeactivate ActivityChangeType = "DEACTIVATE"
	// ActivityChangeProductUpdate stands in the platform's example, not in its table.
	ActivityChangeProductUpdate ActivityChangeType = "product_update"
)
