package webhook

import "github.com/tiktokshop-go/tiktokshop"

// InboundOrderStatusChange: goods on their way to a warehouse of Fulfilled by TikTok (FBT) arrived,
// were received or were cancelled.
type InboundOrderStatusChange struct {
	// InboundOrderID is the inbound order, such as "IBR577087614418520388".
	InboundOrderID string `json:"inbound_order_id"`
	// OrderStatus is the new status.
	OrderStatus InboundOrderStatus `json:"order_status"`
	// UpdateTime is when the status changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// InboundOrderStatus is the status of an inbound order.
type InboundOrderStatus string

// Values of InboundOrderStatus.
const (
	InboundOrderToBeReceived      InboundOrderStatus = "TO_BE_RECEIVED"
	InboundOrderArriveHub         InboundOrderStatus = "ARRIVE_HUB"
	InboundOrderReceiving         InboundOrderStatus = "RECEIVING"
	InboundOrderPartiallyReceived InboundOrderStatus = "PARTIALLY_RECEIVED"
	InboundOrderReceived          InboundOrderStatus = "RECEIVED"
	InboundOrderCancelled         InboundOrderStatus = "CANCELLED"
)

// FBTOnboarding: a merchant can use FBT in more regions.
type FBTOnboarding struct {
	// OnboardedRegions are the regions.
	OnboardedRegions []OnboardedRegion `json:"onboarded_regions,omitzero"`
	// UpdateTime is when it happened.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// OnboardedRegion is a region that a merchant can use FBT in.
type OnboardedRegion struct {
	// RegionCode is the region, such as GB.
	RegionCode string `json:"region_code"`
}

// GoodsMatch: FBT goods were matched to a SKU, or no longer are.
type GoodsMatch struct {
	// MatchType is what was done.
	MatchType GoodsMatchType `json:"match_type"`
	// ProductType is LOCAL or GLOBAL.
	ProductType GoodsProductType `json:"product_type"`
	// GoodsID is the goods.
	GoodsID tiktokshop.ID `json:"goods_id"`
	// ProductID is the product.
	ProductID tiktokshop.ID `json:"product_id"`
	// SKUID is the SKU.
	SKUID tiktokshop.ID `json:"sku_id"`
	// UpdateTime is when it was done.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// GoodsMatchType tells whether goods were matched or unmatched.
type GoodsMatchType string

// Values of GoodsMatchType.
const (
	GoodsMatched   GoodsMatchType = "MATCH"
	GoodsUnmatched GoodsMatchType = "UNMATCH"
)

// GoodsProductType tells whether a product is a local or a global one.
type GoodsProductType string

// Values of GoodsProductType.
const (
	GoodsProductLocal  GoodsProductType = "LOCAL"
	GoodsProductGlobal GoodsProductType = "GLOBAL"
)

// FBTInventoryUpdate: the stock of goods in FBT warehouses changed.
type FBTInventoryUpdate struct {
	// GoodsID is the goods.
	GoodsID tiktokshop.ID `json:"goods_id"`
	// SKUID is the SKU.
	SKUID tiktokshop.ID `json:"sku_id"`
	// Warehouses are the warehouses that have the goods.
	Warehouses []FBTWarehouseInventory `json:"fbt_warehouse_inventory,omitzero"`
	// UpdateTime is when the stock changed.
	UpdateTime tiktokshop.UnixTime `json:"update_time"`
}

// FBTWarehouseInventory is the stock of goods in one warehouse.
type FBTWarehouseInventory struct {
	// WarehouseID is the warehouse.
	WarehouseID tiktokshop.ID `json:"fbt_warehouse_id"`
	// OnHand is the stock.
	OnHand FBTOnHand `json:"on_hand_detail"`
}

// FBTOnHand is the stock of goods in one warehouse, in pieces.
type FBTOnHand struct {
	// TotalQuantity is all of it.
	TotalQuantity int64 `json:"total_quantity"`
	// ReservedQuantity is promised to orders.
	ReservedQuantity int64 `json:"reserved_quantity"`
	// AvailableQuantity can be sold.
	AvailableQuantity int64 `json:"available_quantity"`
}

// MCFOrderStatusChange: an order from another channel that FBT ships (multi-channel fulfillment)
// went on.
type MCFOrderStatusChange struct {
	// Order is the order.
	Order MCFOrder `json:"mcf_order"`
}

// MCFOrder is an order from another channel.
type MCFOrder struct {
	// ExternalOrderID is the order's id in the other channel.
	ExternalOrderID string `json:"external_order_id"`
	// MCFOrderID is the order's id here.
	MCFOrderID tiktokshop.ID `json:"mcf_order_id"`
	// ConsignOrders are the consignments of the order.
	ConsignOrders []ConsignOrder `json:"consign_orders,omitzero"`
	// CreateTime is when the order was placed.
	CreateTime tiktokshop.UnixTime `json:"create_time"`
}

// ConsignOrder is a consignment of goods.
type ConsignOrder struct {
	// ID is the consignment, such as "OBF12345678".
	ID string `json:"id"`
	// TrackingNumber is the carrier's number.
	TrackingNumber string `json:"tracking_number,omitzero"`
	// Status is the new status.
	Status ConsignOrderStatus `json:"status"`
	// Carrier is the carrier's name, in the platform's example only; see ShippingProvider.
	Carrier string `json:"carrier,omitzero"`
	// Goods are what is in it.
	Goods []ConsignGoods `json:"goods,omitzero"`
	// IsPlatformClosed tells whether the platform closed the order.
	IsPlatformClosed tiktokshop.Flag `json:"is_platform_closed,omitzero"`
	// Issue is what went wrong.
	Issue string `json:"issue,omitzero"`
	// ShippingProvider is the carrier.
	ShippingProvider ShippingProvider `json:"shipping_provider,omitzero"`
}

// ConsignGoods are goods in a consignment.
type ConsignGoods struct {
	// ID is the goods.
	ID tiktokshop.ID `json:"id"`
	// Quantity is how many pieces there are.
	Quantity int64 `json:"quantity"`
}

// ShippingProvider is a carrier.
type ShippingProvider struct {
	// ID is the carrier's id here.
	ID tiktokshop.ID `json:"id"`
	// Name is the carrier's name.
	Name string `json:"name"`
}

// ConsignOrderStatus is the status of a consignment.
type ConsignOrderStatus string

// Values of ConsignOrderStatus.
const (
	ConsignOrderShipped   ConsignOrderStatus = "SHIPPED"
	ConsignOrderHandover  ConsignOrderStatus = "HANDOVER"
	ConsignOrderClosed    ConsignOrderStatus = "CLOSED"
	ConsignOrderLost      ConsignOrderStatus = "LOST"
	ConsignOrderDamage    ConsignOrderStatus = "DAMAGE"
	ConsignOrderCompleted ConsignOrderStatus = "COMPLETED"
	ConsignOrderAbnormal  ConsignOrderStatus = "ABNORMAL"
	// ConsignOrderProcessing stands in the platform's example, not in its table.
	ConsignOrderProcessing ConsignOrderStatus = "processing"
)
