package tiktokshop

import (
	"context"
	"iter"
	"math"
	"net/http"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

const (
	maxOrdersPage = 100
	// orderWindowMonths is the longest time range of one search.
	orderWindowMonths = 3
	// orderWindow is the range of each search that an iterator makes: shorter than any three months.
	orderWindow = 89 * 24 * time.Hour
)

// SettleStatus is the stage of a commission's settlement. The set is open.
type SettleStatus string

// Stages of a settlement.
const (
	SettleCustomerUnpaid SettleStatus = "CUSTOMER UNPAID"
	SettlePending        SettleStatus = "PENDING"
	SettleSettled        SettleStatus = "SETTLED"
	SettleIneligible     SettleStatus = "INELIGIBLE"
	SettleFrozen         SettleStatus = "FROZEN"
)

// SettleStatusFilter selects a stage of settlement in a CAP order search, which takes numbers.
type SettleStatusFilter int

// Stages of a settlement, as CAP order searches number them.
const (
	FilterCustomerUnpaid SettleStatusFilter = 1 + iota
	FilterPending
	FilterSettled
	FilterIneligible
	FilterFrozen
)

// ContentType is what led to an order. The set is open.
type ContentType string

// Kinds of content.
const (
	ContentShop          ContentType = "SHOP"
	ContentVideo         ContentType = "VIDEO"
	ContentLive          ContentType = "LIVE"
	ContentPreLive       ContentType = "PRE_LIVE"
	ContentPromotionPage ContentType = "PROMOTION_PAGE"
	ContentLinkShare     ContentType = "LINKSHARE"
)

// SearchTAPOrdersRequest selects orders that an affiliate partner's campaigns led to.
type SearchTAPOrdersRequest struct {
	// PageSize is 1 to 100; 0 means 100.
	PageSize int `json:"-" url:"page_size"`
	// PageToken is the NextPageToken of an earlier page, "" for the first.
	PageToken string `json:"-" url:"page_token"`
	// CreatedFrom and CreatedBefore bound the time of creation, from inclusive, to exclusive. Both or none: none means the last
	// three months. One search spans three months at most; the iterator has no limit.
	CreatedFrom   UnixTime `json:"create_time_ge,omitzero" url:"-"`
	CreatedBefore UnixTime `json:"create_time_lt,omitzero" url:"-"`
	// CampaignID selects one campaign.
	CampaignID ID `json:"campaign_id,omitempty" url:"-"`
}

// SearchTAPOrdersResponse is the answer of SearchTAPOrders.
type SearchTAPOrdersResponse = Response[TAPOrderPage]

// TAPOrderPage is a page of SKU orders.
type TAPOrderPage struct {
	SKUOrders     []TAPOrder `json:"sku_orders"`
	NextPageToken string     `json:"next_page_token"`
	// TotalCount is how many there are in all, 0 if the platform does not say.
	TotalCount int64 `json:"total_count"`
}

func (p TAPOrderPage) page() ([]TAPOrder, string) { return p.SKUOrders, p.NextPageToken }

// TAPOrder is one SKU of an order. ID repeats for the SKUs of an order: ID and SKUID together are the key.
type TAPOrder struct {
	// ID is the main order's id.
	ID           ID       `json:"id"`
	SKUID        ID       `json:"sku_id"`
	CampaignID   ID       `json:"campaign_id"`
	ProductID    ID       `json:"product_id"`
	ProductName  string   `json:"product_name"`
	Price        Money    `json:"price"`
	Quantity     int64    `json:"quantity"`
	CreateTime   UnixTime `json:"create_time"`
	DeliveryTime UnixTime `json:"delivery_time"`

	CreatorUsername string      `json:"creator_username"`
	ContentType     ContentType `json:"content_type"`
	ContentID       ID          `json:"content_id"`

	SettleStatus   SettleStatus `json:"settle_status"`
	SettlementTime UnixTime     `json:"settlement_time"`
	LastUpdateTime UnixTime     `json:"last_update_time"`
	// FullyReturn tells whether all of it came back.
	FullyReturn Flag `json:"fully_return"`

	CreatorStandardCommissionRate BasisPoints `json:"creator_standard_commission_rate"`
	CreatorShopAdsCommissionRate  BasisPoints `json:"creator_shop_ads_commission_rate"`
	CreatorTAPBonusCommissionRate BasisPoints `json:"creator_tap_bonus_commission_rate"`
	PartnerStandardCommissionRate BasisPoints `json:"partner_standard_commission_rate"`
	PartnerShopAdsCommissionRate  BasisPoints `json:"partner_shop_ads_commission_rate"`
	PartnerTAPBonusCommissionRate BasisPoints `json:"partner_tap_bonus_commission_rate"`

	EstimatedCommissionBase            Money `json:"estimated_commission_base"`
	EstimatedCreatorStandardCommission Money `json:"estimated_creator_standard_commission"`
	EstimatedCreatorShopAdsCommission  Money `json:"estimated_creator_shop_ads_commission"`
	EstimatedCreatorTAPBonusCommission Money `json:"estimated_creator_tap_bonus_commission"`
	EstimatedPartnerStandardCommission Money `json:"estimated_partner_standard_commission"`
	EstimatedPartnerShopAdsCommission  Money `json:"estimated_partner_shop_ads_commission"`
	EstimatedPartnerTAPBonusCommission Money `json:"estimated_partner_tap_bonus_commission"`
	EstimatedPartnerISR                Money `json:"estimated_partner_isr"`
	EstimatedPartnerIVA                Money `json:"estimated_partner_iva"`

	ActualCommissionBase            Money `json:"actual_commission_base"`
	ActualCreatorStandardCommission Money `json:"actual_creator_standard_commission"`
	ActualCreatorShopAdsCommission  Money `json:"actual_creator_shop_ads_commission"`
	ActualCreatorTAPBonusCommission Money `json:"actual_creator_tap_bonus_commission"`
	ActualPartnerStandardCommission Money `json:"actual_partner_standard_commission"`
	ActualPartnerShopAdsCommission  Money `json:"actual_partner_shop_ads_commission"`
	ActualPartnerTAPBonusCommission Money `json:"actual_partner_tap_bonus_commission"`
	ActualPartnerISR                Money `json:"actual_partner_isr"`
	ActualPartnerIVA                Money `json:"actual_partner_iva"`
}

// SearchCAPOrdersRequest selects orders that a creator agency's creators led to.
type SearchCAPOrdersRequest struct {
	// PageSize is 1 to 100; 0 means 100.
	PageSize int `json:"-" url:"page_size"`
	// PageToken is the NextPageToken of an earlier page, "" for the first.
	PageToken string `json:"-" url:"page_token"`
	// CreatedFrom and CreatedBefore are as in SearchTAPOrdersRequest.
	CreatedFrom   UnixTime `json:"create_time_ge,omitzero" url:"-"`
	CreatedBefore UnixTime `json:"create_time_lt,omitzero" url:"-"`
	// OrderID selects one main order.
	OrderID ID `json:"order_id,omitempty" url:"-"`
	// ProductID selects one product.
	ProductID ID `json:"product_id,omitempty" url:"-"`
	// SettleStatus selects one stage of settlement.
	SettleStatus SettleStatusFilter `json:"settle_status,omitempty" url:"-"`
}

// SearchCAPOrdersResponse is the answer of SearchCAPOrders.
type SearchCAPOrdersResponse = Response[CAPOrderPage]

// CAPOrderPage is a page of SKU orders.
type CAPOrderPage struct {
	SKUOrders     []CAPOrder `json:"sku_orders"`
	NextPageToken string     `json:"next_page_token"`
	// TotalCount is how many there are in all, 0 if the platform does not say.
	TotalCount int64 `json:"total_count"`
}

func (p CAPOrderPage) page() ([]CAPOrder, string) { return p.SKUOrders, p.NextPageToken }

// CAPOrder is one SKU of an order. ID repeats for the SKUs of an order: ID and SKUID together are the key.
type CAPOrder struct {
	// ID is the main order's id.
	ID                    ID       `json:"id"`
	SKUID                 ID       `json:"sku_id"`
	OpenCollaborationID   ID       `json:"open_collaboration_id"`
	TargetCollaborationID ID       `json:"target_collaboration_id"`
	ProductID             ID       `json:"product_id"`
	ProductName           string   `json:"product_name"`
	ShopName              string   `json:"shop_name"`
	Tags                  string   `json:"tags"`
	Price                 Money    `json:"price"`
	Quantity              int64    `json:"quantity"`
	CreateTime            UnixTime `json:"create_time"`
	DeliveryTime          UnixTime `json:"delivery_time"`

	CreatorUsername string      `json:"creator_username"`
	ContentType     ContentType `json:"content_type"`
	ContentID       ID          `json:"content_id"`
	// AttributionType is "Direct" or "Indirect".
	AttributionType string `json:"attribution_type"`

	SettleStatus   SettleStatus `json:"settle_status"`
	SettlementTime UnixTime     `json:"settlement_time"`
	LastUpdateTime UnixTime     `json:"last_update_time"`
	// FullyReturn tells whether all of it came back.
	FullyReturn Flag `json:"fully_return"`

	// CommissionModel is a text such as "Tiered commission".
	CommissionModel string `json:"commission_model"`
	// CommissionTierSetting is a text such as "3.0 OR 5.0".
	CommissionTierSetting string `json:"commission_tier_setting"`

	StandardCommissionRate    BasisPoints `json:"standard_commission_rate"`
	CommissionBonusRate       BasisPoints `json:"commission_bonus_rate"`
	ShopAdsCommissionRate     BasisPoints `json:"shop_ads_commission_rate"`
	TAPBonusCommissionRate    BasisPoints `json:"tap_bonus_commission_rate"`
	RevenueSharingPortionRate BasisPoints `json:"revenue_sharing_portion_rate"`

	EstimatedCommissionBase               Money `json:"estimated_commission_base"`
	EstimatedStandardCommission           Money `json:"estimated_standard_commission"`
	EstimatedBonusCommission              Money `json:"estimated_bonus_commission"`
	EstimatedShopAdsCommission            Money `json:"estimated_shop_ads_commission"`
	EstimatedTAPBonusCommission           Money `json:"estimated_tap_bonus_commission"`
	EstimatedCreatorTaxISR                Money `json:"estimated_creator_tax_isr"`
	EstimatedCreatorTaxIVA                Money `json:"estimated_creator_tax_iva"`
	EstimatedCreatorTaxPIT                Money `json:"estimated_creator_tax_pit"`
	EstimatedCreatorTotalEarningsAfterTax Money `json:"estimated_creator_total_earnings_after_tax"`
	EstimatedTotalAgencyEarnings          Money `json:"estimated_total_agency_earnings"`
	EstimatedAgencyISR                    Money `json:"estimated_agency_isr"`
	EstimatedAgencyIVA                    Money `json:"estimated_agency_iva"`

	ActualCommissionBase               Money `json:"actual_commission_base"`
	ActualStandardCommission           Money `json:"actual_standard_commission"`
	ActualBonusCommission              Money `json:"actual_bonus_commission"`
	ActualShopAdsCommission            Money `json:"actual_shop_ads_commission"`
	ActualTAPBonusCommission           Money `json:"actual_tap_bonus_commission"`
	ActualCreatorTaxISR                Money `json:"actual_creator_tax_isr"`
	ActualCreatorTaxIVA                Money `json:"actual_creator_tax_iva"`
	ActualCreatorTaxPIT                Money `json:"actual_creator_tax_pit"`
	ActualCreatorTotalEarningsAfterTax Money `json:"actual_creator_total_earnings_after_tax"`
	ActualTotalAgencyCommission        Money `json:"actual_total_agency_commission"`
	ActualAgencyISR                    Money `json:"actual_agency_isr"`
	ActualAgencyIVA                    Money `json:"actual_agency_iva"`
}

var (
	opSearchTAPOrders = &Operation{
		Name: "AffiliatePartner.SearchTAPOrders", Method: http.MethodPost,
		Path:       "/affiliate_partner/202603/orders/search",
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignRead, RepeatSafe: true,
	}
	opSearchCAPOrders = &Operation{
		Name: "AffiliatePartner.SearchCAPOrders", Method: http.MethodPost,
		Path:       "/affiliate_partner/202603/cap_order/search",
		Identifier: CategoryAssetCipher, Scopes: []string{"partner.cap_orders.read"}, RepeatSafe: true,
	}
)

// SearchTAPOrders returns a page of the orders of a partner's campaigns; a nil
// request means the last three months. Scope: partner.tap_campaign.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/search-tap-affiliate-orders-202603
func (s *AffiliatePartner) SearchTAPOrders(ctx context.Context, req *SearchTAPOrdersRequest, opts ...Option) (*SearchTAPOrdersResponse, error) {
	r, err := req.normalize(opSearchTAPOrders)
	if err == nil {
		err = opSearchTAPOrders.checkOneWindow(r.CreatedFrom, r.CreatedBefore)
	}
	if err != nil {
		return nil, err
	}
	return Do[TAPOrderPage](ctx, s.api(), opSearchTAPOrders, Params{Query: r, Body: r}, opts...)
}

// TAPOrders iterates over the orders of a partner's campaigns, of any time range: a range longer than one search takes is
// searched piece by piece, oldest first, without gap or double. It makes one call per page, when its first
// order is wanted; an error is the last element. Each range over it starts afresh.
func (s *AffiliatePartner) TAPOrders(ctx context.Context, req *SearchTAPOrdersRequest, opts ...Option) iter.Seq2[TAPOrder, error] {
	r, err := req.normalize(opSearchTAPOrders)
	if err != nil {
		return failed[TAPOrder](err)
	}
	return windows(ctx, opSearchTAPOrders, r.CreatedFrom, r.CreatedBefore, r.PageToken, func(ctx context.Context, from, before UnixTime, token string) ([]TAPOrder, string, error) {
		page := r
		page.CreatedFrom, page.CreatedBefore, page.PageToken = from, before, token
		return itemsOf(s.SearchTAPOrders(ctx, &page, opts...))
	})
}

// SearchCAPOrders returns a page of the orders of an agency's creators; a nil
// request means the last three months. The platform's page names no scope; clients report partner.cap_orders.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/search-cap-affiliate-orders-202603
func (s *AffiliatePartner) SearchCAPOrders(ctx context.Context, req *SearchCAPOrdersRequest, opts ...Option) (*SearchCAPOrdersResponse, error) {
	r, err := req.normalize(opSearchCAPOrders)
	if err == nil {
		err = opSearchCAPOrders.checkOneWindow(r.CreatedFrom, r.CreatedBefore)
	}
	if err != nil {
		return nil, err
	}
	return Do[CAPOrderPage](ctx, s.api(), opSearchCAPOrders, Params{Query: r, Body: r}, opts...)
}

// CAPOrders iterates over the orders of an agency's creators as TAPOrders does over those of a partner's campaigns.
func (s *AffiliatePartner) CAPOrders(ctx context.Context, req *SearchCAPOrdersRequest, opts ...Option) iter.Seq2[CAPOrder, error] {
	r, err := req.normalize(opSearchCAPOrders)
	if err != nil {
		return failed[CAPOrder](err)
	}
	return windows(ctx, opSearchCAPOrders, r.CreatedFrom, r.CreatedBefore, r.PageToken, func(ctx context.Context, from, before UnixTime, token string) ([]CAPOrder, string, error) {
		page := r
		page.CreatedFrom, page.CreatedBefore, page.PageToken = from, before, token
		return itemsOf(s.SearchCAPOrders(ctx, &page, opts...))
	})
}

func (req *SearchTAPOrdersRequest) normalize(op *Operation) (r SearchTAPOrdersRequest, err error) {
	if req != nil {
		r = *req
	}
	r.CreatedFrom, r.CreatedBefore = ceilSecond(r.CreatedFrom), ceilSecond(r.CreatedBefore)
	r.PageSize, err = op.pageSize(r.PageSize, maxOrdersPage)
	return r, joinErrors(err, op.checkTimeRange(r.CreatedFrom, r.CreatedBefore), op.checkOptionalID("CampaignID", r.CampaignID))
}

func (req *SearchCAPOrdersRequest) normalize(op *Operation) (r SearchCAPOrdersRequest, err error) {
	if req != nil {
		r = *req
	}
	r.CreatedFrom, r.CreatedBefore = ceilSecond(r.CreatedFrom), ceilSecond(r.CreatedBefore)
	r.PageSize, err = op.pageSize(r.PageSize, maxOrdersPage)
	return r, joinErrors(err, op.checkTimeRange(r.CreatedFrom, r.CreatedBefore),
		op.checkOptionalID("OrderID", r.OrderID), op.checkOptionalID("ProductID", r.ProductID),
		op.checkRange("SettleStatus", int64(r.SettleStatus), 0, math.MaxInt64))
}

// ceilSecond rounds a bound up to the whole seconds that orders are dated in: an order of second n is at or after
// n-0.5 as it is at or after n, and before n+0.5 as it is before n+1.
func ceilSecond(t UnixTime) UnixTime {
	if t.IsZero() || t.Nanosecond() == 0 {
		return t
	}
	return UnixTime{time.Unix(t.Unix()+1, 0)}
}

func (op *Operation) checkTimeRange(from, before UnixTime) error {
	switch {
	case from.IsZero() && before.IsZero():
		return nil
	case from.IsZero():
		return op.inputError("CreatedFrom", "%s: give both bounds or none", bind.Missing)
	case before.IsZero():
		return op.inputError("CreatedBefore", "%s: give both bounds or none", bind.Missing)
	case !before.After(from.Time):
		return op.inputError("CreatedBefore", "must be after CreatedFrom")
	}
	return nil
}

func (op *Operation) checkOneWindow(from, before UnixTime) error {
	if !from.IsZero() && before.After(from.UTC().AddDate(0, orderWindowMonths, 0)) {
		return op.inputError("CreatedBefore", "is more than %d months after CreatedFrom: use the iterator, which splits the range", orderWindowMonths)
	}
	return nil
}

// windows iterates over the pages of consecutive time ranges, each short enough for one search. The
// ranges are half-open, so that an order at a seam is in exactly one.
func windows[T any](ctx context.Context, op *Operation, from, before UnixTime, token string, page func(ctx context.Context, from, before UnixTime, token string) ([]T, string, error)) iter.Seq2[T, error] {
	if from.IsZero() || before.Sub(from.Time) <= orderWindow {
		return pages(ctx, op.Name, token, func(ctx context.Context, token string) ([]T, string, error) {
			return page(ctx, from, before, token)
		})
	}
	if token != "" {
		return failed[T](op.inputError("PageToken", "belongs to one search, this time range takes several: move CreatedFrom instead"))
	}
	return func(yield func(T, error) bool) {
		for start := from.Time; start.Before(before.Time); start = start.Add(orderWindow) {
			end := start.Add(orderWindow)
			if end.After(before.Time) {
				end = before.Time
			}
			for item, err := range pages(ctx, op.Name, "", func(ctx context.Context, token string) ([]T, string, error) {
				return page(ctx, UnixTime{start}, UnixTime{end}, token)
			}) {
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}
