package webhook

import "github.com/tiktokshop-go/tiktokshop"

// SKUStatusChange: SKUs of a product were created, deleted, activated or deactivated. The
// platform's example writes "TBD" as the type of this event; one that really came so would have no
// typed payload.
type SKUStatusChange struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// SKUs are the SKUs whose status changed.
	SKUs []SKUStatus `json:"skus,omitzero"`
	// UpdateTime is when it changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// SKUStatus is the new status of a SKU.
type SKUStatus struct {
	// SKUID is the SKU.
	SKUID tiktokshop.ID `json:"sku_id"`
	// Status is the new status.
	Status SKUStatusValue `json:"status"`
	// DeactivationSource is who deactivated the SKU.
	DeactivationSource DeactivationSource `json:"deactivation_source,omitzero"`
}

// SKUStatusValue is the status of a SKU.
type SKUStatusValue string

// Values of SKUStatusValue.
const (
	SKUCreated     SKUStatusValue = "CREATED"
	SKUDeleted     SKUStatusValue = "DELETED"
	SKUActivated   SKUStatusValue = "ACTIVATED"
	SKUDeactivated SKUStatusValue = "DEACTIVATED"
)

// DeactivationSource is who deactivated a SKU.
type DeactivationSource string

// Values of DeactivationSource.
const (
	DeactivationSourceSeller        DeactivationSource = "SELLER"
	DeactivationSourcePlatform      DeactivationSource = "PLATFORM"
	DeactivationSourceComboRelation DeactivationSource = "COMBO_RELATION"
)

// StrikethroughPriceExpired: the struck-out price of a SKU is no longer shown.
type StrikethroughPriceExpired struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// SKUID is the SKU.
	SKUID tiktokshop.ID `json:"sku_id"`
}

// GlobalReplication: a product was replicated to another market, or was not.
type GlobalReplication struct {
	// SourceProductID is the product replicated.
	SourceProductID tiktokshop.ID `json:"source_product_id"`
	// ReplicatedProduct is what became of it.
	ReplicatedProduct ReplicatedProduct `json:"replicated_product"`
}

// ReplicatedProduct is a product in another market.
type ReplicatedProduct struct {
	// ProductID is the product there.
	ProductID tiktokshop.ID `json:"product_id,omitzero"`
	// Region is the market, such as GB.
	Region string `json:"region"`
	// Result is how it went.
	Result ReplicationResult `json:"result"`
	// FailReasons tell why it failed.
	FailReasons []FailReason `json:"fail_reasons,omitzero"`
}

// FailReason tells why something failed.
type FailReason struct {
	// Message is the platform's text.
	Message string `json:"message"`
}

// ReplicationResult is how a replication went.
type ReplicationResult string

// Values of ReplicationResult.
const (
	ReplicationSuccess ReplicationResult = "SUCCESS"
	ReplicationDraft   ReplicationResult = "DRAFT"
	ReplicationFailed  ReplicationResult = "FAILED"
)

// GlobalListingMethodChange: the way in which a global product is listed locally changed.
type GlobalListingMethodChange struct {
	// GlobalProductID is the global product.
	GlobalProductID tiktokshop.ID `json:"global_product_id"`
	// LocalProductIDs are its local products.
	LocalProductIDs []tiktokshop.ID `json:"local_product_id,omitzero"`
	// ListingMethod is the new way.
	ListingMethod ListingMethod `json:"listing_method"`
}

// ListingMethod is a way to list a global product locally.
type ListingMethod string

// Values of ListingMethod.
const (
	ListingMethodGlobalPublishing ListingMethod = "GLOBAL_PUBLISHING"
	ListingMethodLocalReplication ListingMethod = "LOCAL_REPLICATION"
)

// InventoryStatusChange: the stock of a SKU runs low, ran out, or is sufficient again.
type InventoryStatusChange struct {
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// SKUID is the SKU.
	SKUID tiktokshop.ID `json:"sku_id"`
	// TriggerReason is what the alert goes by.
	TriggerReason InventoryTrigger `json:"trigger_reason"`
	// CurrentInventoryStatus is the new status.
	CurrentInventoryStatus InventoryStatus `json:"current_inventory_status"`
	// InventoryDistribution is where the stock is.
	InventoryDistribution InventoryDistribution `json:"inventory_distribution"`
	// UpdateTime is when the status changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// InventoryTrigger is what an inventory alert goes by.
type InventoryTrigger struct {
	// AlertType is the kind of alert.
	AlertType InventoryAlertType `json:"alert_type"`
	// LeadDays is how many days ahead a prediction looks.
	LeadDays tiktokshop.Number `json:"lead_days,omitzero"`
	// LowStockThreshold is the quantity below which stock is low.
	LowStockThreshold tiktokshop.Number `json:"low_stock_threshold,omitzero"`
}

// InventoryAlertType is a kind of inventory alert.
type InventoryAlertType string

// Values of InventoryAlertType.
const (
	InventoryAlertPrediction InventoryAlertType = "PREDICTION"
	InventoryAlertRealtime   InventoryAlertType = "REALTIME"
)

// InventoryStatus tells whether stock suffices.
type InventoryStatus string

// Values of InventoryStatus.
const (
	InventoryStatusSufficientStock InventoryStatus = "SUFFICIENT_STOCK"
	InventoryStatusLowStock        InventoryStatus = "LOW_STOCK"
	InventoryStatusOutOfStock      InventoryStatus = "OUT_OF_STOCK"
)

// InventoryDistribution is where the stock of a SKU is, in pieces.
type InventoryDistribution struct {
	// TotalQuantity is all of it.
	TotalQuantity int64 `json:"total_quantity"`
	// AvailableQuantity can be sold.
	AvailableQuantity int64 `json:"available_quantity"`
	// CreatorReservedQuantity is reserved for creators.
	CreatorReservedQuantity int64 `json:"creator_reserved_quantity"`
	// CampaignReservedQuantity is reserved for campaigns.
	CampaignReservedQuantity int64 `json:"campaign_reserved_quantity"`
	// CommittedQuantity is sold and not shipped.
	CommittedQuantity int64 `json:"committed_quantity"`
}

// InventoryChange: the stock of a SKU changed. Its events have no envelope: these fields are
// all of the event. EventID serves as Event.NotificationID, OccurredAt as Event.Time and SellerID
// as Event.Owner.
type InventoryChange struct {
	// EventID is the id of the event, a UUID, the same in every delivery of it.
	EventID string `json:"event_id"`
	// OccurredAt is when the stock changed, to the nanosecond.
	OccurredAt ISOTime `json:"occurred_at"`
	// SellerID is the seller.
	SellerID tiktokshop.ID `json:"seller_id"`
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// SKUID is the SKU.
	SKUID tiktokshop.ID `json:"sku_id"`
	// Snapshot is the stock after the change.
	Snapshot InventorySnapshot `json:"quantity_snapshot_after_change"`
	// Changes are the operations that changed it.
	Changes []InventoryOperation `json:"change_detail,omitzero"`
}

// InventorySnapshot is the stock of a SKU at one time, in pieces.
type InventorySnapshot struct {
	// TotalQuantity is all of it.
	TotalQuantity int64 `json:"total_quantity"`
	// TotalAvailableQuantity can be sold.
	TotalAvailableQuantity int64 `json:"total_available_quantity"`
	// TotalCommittedQuantity is sold and not shipped.
	TotalCommittedQuantity int64 `json:"total_committed_quantity"`
	// InShopQuantity can be sold in the shop, outside campaigns.
	InShopQuantity int64 `json:"in_shop_quantity"`
	// CampaignLockedQuantity is reserved for campaigns.
	CampaignLockedQuantity int64 `json:"campaign_locked_quantity"`
	// CreatorLockedQuantity is reserved for creators.
	CreatorLockedQuantity int64 `json:"creator_locked_quantity"`
}

// InventoryOperation is an operation that changed the stock of a SKU, by the pieces that each
// quantity grew or shrank.
type InventoryOperation struct {
	// IdempotencyKey identifies the operation: count each once, whatever event it comes in.
	IdempotencyKey string `json:"idempotency_key"`
	// TriggerSource is what brought it about.
	TriggerSource InventoryTriggerSource `json:"trigger_source"`
	// OccurredAt is when it was done.
	OccurredAt ISOTime `json:"occurred_at"`
	// The deltas are differences to the quantities of an InventorySnapshot.
	TotalQuantityDelta          int64 `json:"total_quantity_delta"`
	AvailableQuantityDelta      int64 `json:"available_quantity_delta"`
	CommittedQuantityDelta      int64 `json:"committed_quantity_delta"`
	InShopQuantityDelta         int64 `json:"in_shop_quantity_delta"`
	CampaignLockedQuantityDelta int64 `json:"campaign_locked_quantity_delta"`
	CreatorLockedQuantityDelta  int64 `json:"creator_locked_quantity_delta"`
}

// InventoryTriggerSource is what changed the stock of a SKU.
type InventoryTriggerSource string

// Values of InventoryTriggerSource.
const (
	InventoryOrderCreated        InventoryTriggerSource = "order_created"
	InventoryOrderCanceled       InventoryTriggerSource = "order_canceled"
	InventoryOrderShipped        InventoryTriggerSource = "order_shipped"
	InventoryManualAdjustment    InventoryTriggerSource = "manual_adjustment"
	InventoryAPISync             InventoryTriggerSource = "api_sync"
	InventoryCampaignLock        InventoryTriggerSource = "campaign_lock"
	InventoryCampaignUnlock      InventoryTriggerSource = "campaign_unlock"
	InventoryCreatorLock         InventoryTriggerSource = "creator_lock"
	InventoryCreatorUnlock       InventoryTriggerSource = "creator_unlock"
	InventorySystemAutoReplenish InventoryTriggerSource = "system_auto_replenish"
)
