package tiktokshop

import (
	"context"
	"errors"
	"iter"
	"net/http"
)

const maxPerformancePage = 50

// PromotedProductStatus is the review status of a product in statistics. The set is open.
type PromotedProductStatus string

// Stages of a product in statistics.
const (
	PromotedProductUnspecified   PromotedProductStatus = "PRODUCT_UNSPECIFIED"
	PromotedProductPending       PromotedProductStatus = "PRODUCT_PENDING"
	PromotedProductApproved      PromotedProductStatus = "PRODUCT_APPROVED"
	PromotedProductRejected      PromotedProductStatus = "PRODUCT_REJECTED"
	PromotedProductPendingClosed PromotedProductStatus = "PRODUCT_PENDING_CLOSED"
	PromotedProductClosed        PromotedProductStatus = "PRODUCT_CLOSED"
)

// ListProductStatisticsRequest selects a campaign's product statistics.
type ListProductStatisticsRequest struct {
	// CampaignID is the campaign. Required.
	CampaignID ID `url:"-"`
	// PageSize is 1 to 50; 0 means 50.
	PageSize int `url:"page_size"`
	// PageToken is the NextPageToken of an earlier page, "" for the first.
	PageToken string `url:"page_token"`
}

// ListProductStatisticsResponse is the answer of ListProductStatistics.
type ListProductStatisticsResponse = Response[ProductStatisticsPage]

// ProductStatisticsPage is a page of product statistics.
type ProductStatisticsPage struct {
	Statistics []ProductStatistics `json:"campaign_product_statistics"`
	// NextPageToken is "" or "0" after the last page.
	NextPageToken string `json:"next_page_token"`
	TotalCount    int64  `json:"total_count"`
}

func (p ProductStatisticsPage) page() ([]ProductStatistics, string) {
	return p.Statistics, p.NextPageToken
}

// ProductStatistics is how a campaign's product does.
type ProductStatistics struct {
	Product    PromotedProduct `json:"campaign_product_detail"`
	UpdateTime UnixMilliText   `json:"data_update_time"`
	// These count creators: with sales, collaborating, promoting, and with a sample requested.
	CreatorsWithSales     int64 `json:"creator_sales_num"`
	CollaboratingCreators int64 `json:"collaborated_creators_num"`
	PromotingCreators     int64 `json:"promoted_creator_num"`
	SampleCreators        int64 `json:"sample_requested_creator_num"`
}

// PromotedProduct is a product in statistics. Its rates are hundredths of a percent, as text.
type PromotedProduct struct {
	ID                       ID                    `json:"product_id"`
	Name                     string                `json:"product_name"`
	Status                   PromotedProductStatus `json:"product_status"`
	StockCount               Number                `json:"product_stock_count"`
	Price                    PriceRange            `json:"product_price"`
	Thumbnail                Image                 `json:"product_thumbnail"`
	TotalCommissionPercent   Number                `json:"total_commission_percent"`
	CreatorCommissionPercent Number                `json:"creator_commission_percent"`
	PartnerCommissionPercent Number                `json:"partner_commission_percent"`
	PlanCommissionPercent    Number                `json:"plan_commission_percent"`
	Indicators               PromotionIndicators   `json:"indicator_data"`
}

// PriceRange is a product's lowest and highest price, decimal strings in a currency.
type PriceRange struct {
	MinPrice string `json:"min_price"`
	MaxPrice string `json:"max_price"`
	Currency string `json:"currency"`
}

// Image is a picture and where it can be fetched.
type Image struct {
	URI  string   `json:"uri"`
	URLs []string `json:"url_list"`
}

// PromotionIndicators are counters and amounts of a product's promotion; the
// platform does not name the currency of the amounts.
type PromotionIndicators struct {
	PaidOrders                 Number `json:"paid_order_num"`
	ActualOrders               Number `json:"actual_order_num"`
	EstimatedAmount            Number `json:"estimated_amount"`
	ActualAmount               Number `json:"actual_amount"`
	EstimatedPartnerCommission Number `json:"estimated_partner_commission"`
	ActualPartnerCommission    Number `json:"actual_partner_commission"`
	CreatorsWithSales          Number `json:"creator_sales_num"`
	CollaboratingCreators      Number `json:"collaborated_creators_num"`
	PromotingCreators          Number `json:"promoted_creator_num"`
	SampleCreators             Number `json:"sample_requested_creator_num"`
}

// FreeSampleStatus is the stage of a creator's free sample. The set is open.
type FreeSampleStatus string

// Stages of a free sample.
const (
	SampleNotRequested            FreeSampleStatus = "NOT_REQUESTED"
	SamplePending                 FreeSampleStatus = "PENDING"
	SampleAwaitingShipment        FreeSampleStatus = "AWAITING_SHIPMENT"
	SampleAwaitingCollection      FreeSampleStatus = "AWAITING_COLLECTION"
	SampleShipped                 FreeSampleStatus = "SHIPPED"
	SampleContentPending          FreeSampleStatus = "CONTENT_PENDING"
	SampleRejectCancelled         FreeSampleStatus = "REJECT_CANCELLED"
	SampleOverdueCancelled        FreeSampleStatus = "OVERDUE_CANCELLED"
	SampleUnfulfilCancelled       FreeSampleStatus = "UNFULFIL_CANCELLED"
	SamplePlanDeletedCancelled    FreeSampleStatus = "DEL_PLAN_CANCELLED"
	SampleSellerNotShipCancelled  FreeSampleStatus = "SELLER_NOT_SHIP_CANCELLED"
	SampleWithdrawCancelled       FreeSampleStatus = "WITHDRAW_CANCELLED"
	SampleUnfulfillableCancelled  FreeSampleStatus = "UNFULFILLABLE_CANCELLED"
	SampleOperatorManualCancelled FreeSampleStatus = "OPERATOR_MANUAL_CANCELLED"
	SampleOperatorManualFailed    FreeSampleStatus = "OPERATOR_MANUAL_FAILED"
	SampleOperatorManualCompleted FreeSampleStatus = "OPERATOR_MANUAL_COMPLETED"
	SampleCompleted               FreeSampleStatus = "COMPLETED"
)

// ListProductCreatorsRequest selects the creators who promote a campaign's product.
type ListProductCreatorsRequest struct {
	// CampaignID and ProductID are required.
	CampaignID ID `url:"-"`
	ProductID  ID `url:"-"`
	// PageSize is 1 to 50; 0 means 50.
	PageSize int `url:"page_size"`
	// PageToken is the NextPageToken of an earlier page, "" for the first.
	PageToken string `url:"page_token"`
}

// ListProductCreatorsResponse is the answer of ListProductCreators.
type ListProductCreatorsResponse = Response[ProductCreatorPage]

// ProductCreatorPage is a page of creators.
type ProductCreatorPage struct {
	Creators      []ProductCreator `json:"promotion_creators"`
	NextPageToken string           `json:"next_page_token"`
	TotalCount    int64            `json:"total_creator_count"`
}

func (p ProductCreatorPage) page() ([]ProductCreator, string) { return p.Creators, p.NextPageToken }

// ProductCreator is a creator's part in promoting a product.
type ProductCreator struct {
	Creator Creator `json:"creator"`
	// AffiliateProductID is what ListContentStatistics asks for.
	AffiliateProductID ID `json:"affiliate_product_id"`
	// Commission is the creator's rate in hundredths of a percent, as text.
	Commission         Number           `json:"commission"`
	EffectiveStartTime UnixMilliText    `json:"effective_start_time"`
	EffectiveEndTime   UnixMilliText    `json:"effective_end_time"`
	FreeSampleStatus   FreeSampleStatus `json:"free_sample_status"`
	PaidAmount         Money            `json:"paid_amount"`
	// LiveRooms and Videos count the content made.
	LiveRooms int64 `json:"room_count"`
	Videos    int64 `json:"video_count"`
}

// Creator is a TikTok creator.
type Creator struct {
	// OpenID stands for the creator within this app.
	OpenID    string `json:"creator_open_id"`
	Username  string `json:"user_name"`
	Nickname  string `json:"nick_name"`
	AvatarURL string `json:"avatar_url"`
	Followers int64  `json:"follower_num"`
}

// ContentKind selects a kind of content; statistics name it in words, their request in numbers. The set is open.
type ContentKind string

// Kinds of content to select.
const (
	ContentKindVideo ContentKind = "1"
	ContentKindLive  ContentKind = "2"
)

// ListContentStatisticsRequest selects what a creator made for a campaign's product.
type ListContentStatisticsRequest struct {
	// CampaignID, ProductID and CreatorOpenID are required.
	CampaignID    ID     `url:"-"`
	ProductID     ID     `url:"-"`
	CreatorOpenID string `url:"-"`
	// AffiliateProductID is that of the ProductCreator. Required.
	AffiliateProductID ID `url:"affiliate_product_id"`
	// Kind selects one kind of content, "" both.
	Kind ContentKind `url:"content_type"`
}

// ListContentStatisticsResponse is the answer of ListContentStatistics.
type ListContentStatisticsResponse = Response[ContentStatisticsData]

// ContentStatisticsData holds all of a creator's content; there are no pages.
type ContentStatisticsData struct {
	Statistics []ContentStatistics `json:"creator_content_statistics"`
}

// ContentStatistics is how a video or a live room does.
type ContentStatistics struct {
	// ContentType is "VIDEO" or "LIVE_ROOM".
	ContentType       string `json:"content_type"`
	CoverImageURL     string `json:"cover_img_url"`
	SourceURL         string `json:"source_url"`
	LinkedTikTokVideo string `json:"linked_tiktok_video"`
	Views             Number `json:"view_count"`
	Likes             Number `json:"like_count"`
	Comments          Number `json:"comment_num"`
	PaidOrders        Number `json:"paid_order_num"`
	// PaidAmount is a decimal number; the platform does not name its currency.
	PaidAmount     Number `json:"paid_amount"`
	PublishedDate  Date   `json:"published_date"`
	ContentEndDate Date   `json:"content_end_date"`
}

// GetSampleStatusRequest names a creator's sample of a campaign's product.
type GetSampleStatusRequest struct {
	// CampaignID, ProductID and CreatorOpenID are required.
	CampaignID    ID
	ProductID     ID
	CreatorOpenID string
}

// GetSampleStatusResponse is the answer of GetSampleStatus.
type GetSampleStatusResponse = Response[SampleStatusData]

// SampleStatusData holds the status of a sample.
type SampleStatusData struct {
	SampleStatus SampleStatus `json:"sample_status"`
}

// DeliveryOption is how a sample is sent. The set is open.
type DeliveryOption string

// Ways to send a sample.
const (
	DeliveryEconomy DeliveryOption = "ECONOMY_SHIPPING"
	DeliveryPremium DeliveryOption = "PREMIUM_SHIPPING"
)

// TrackingEvent is a step of a delivery. The set is open.
type TrackingEvent string

// Steps of a delivery.
const (
	TrackingDelivered      TrackingEvent = "THE_PACKAGE_HAS_BEEN_DELIVERED"
	TrackingOutForDelivery TrackingEvent = "OUT_FOR_DELIVERY"
	TrackingReadyToDropOff TrackingEvent = "ORDER_PACKED_AND_READY_FOR_DROP_OFF_AT_CARRIERS_FACILITY"
	TrackingOrderPlaced    TrackingEvent = "ORDER_PLACED"
)

// SampleStatus is where a creator's sample is.
type SampleStatus struct {
	ShippingProvider          string           `json:"shipping_provider_name"`
	DeliveryOption            DeliveryOption   `json:"delivery_option"`
	EstimatedEarliestDelivery UnixTimeText     `json:"estimated_earliest_delivery_date"`
	EstimatedLatestDelivery   UnixTimeText     `json:"estimated_latest_delivery_date"`
	Quantity                  int64            `json:"quantity"`
	Tracking                  []TrackingResult `json:"tracking_results"`
}

// TrackingResult is a step of a sample's delivery.
type TrackingResult struct {
	Time   UnixTimeText  `json:"tracking_event_update_date"`
	Event  TrackingEvent `json:"tracking_event_description"`
	Detail string        `json:"tracking_event_description_extended"`
}

const creatorPath = "/affiliate_partner/202508/campaigns/{campaign_id}/products/{product_id}/creator/{creator_temp_id}/content/statistics"

var (
	// The facts declare no cipher for this one; see ListProductStatistics.
	opListProductStatistics = &Operation{
		Name: "AffiliatePartner.ListProductStatistics", Method: http.MethodGet,
		Path:   "/affiliate_partner/202501/campaigns/{campaign_id}/products/performance",
		Scopes: scopesCampaignRead, RepeatSafe: true,
	}
	opListProductStatisticsWithCipher = func() *Operation {
		op := *opListProductStatistics
		op.Identifier = CategoryAssetCipher
		return &op
	}()
	opListProductCreators = &Operation{
		Name: "AffiliatePartner.ListProductCreators", Method: http.MethodGet,
		Path:       "/affiliate_partner/202508/campaigns/{campaign_id}/products/{product_id}/performance",
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignRead, RepeatSafe: true,
	}
	opListContentStatistics = &Operation{
		Name: "AffiliatePartner.ListContentStatistics", Method: http.MethodGet, Path: creatorPath,
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignRead, RepeatSafe: true,
	}
	opGetSampleStatus = &Operation{
		Name: "AffiliatePartner.GetSampleStatus", Method: http.MethodGet, Path: creatorPath + "/sample/status",
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignRead, RepeatSafe: true,
	}
)

// ListProductStatistics returns a page of how a campaign's products do. Scope: partner.tap_campaign.read.
//
// The platform declares no category asset cipher for this operation, and clients that send one report success. It is sent
// only after the platform has refused the call without it, which costs a second call.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-affiliate-campaign-creator-fulfillment-status-list-202501
func (s *AffiliatePartner) ListProductStatistics(ctx context.Context, req *ListProductStatisticsRequest, opts ...Option) (*ListProductStatisticsResponse, error) {
	r, err := req.normalize(opListProductStatistics)
	if err != nil {
		return nil, err
	}
	params := Params{Path: campaignPath(r.CampaignID), Query: r}
	resp, err := Do[ProductStatisticsPage](ctx, s.api(), opListProductStatistics, params, opts...)
	if errors.Is(err, ErrMissingIdentifier) || errors.Is(err, ErrInvalidIdentifier) {
		again, err2 := Do[ProductStatisticsPage](ctx, s.api(), opListProductStatisticsWithCipher, params, opts...)
		var input *InputError
		if errors.As(err2, &input) {
			return nil, err // there is no cipher to try
		}
		return again, err2
	}
	return resp, err
}

// ProductStatistics iterates over the statistics of all pages. It makes one call per page, when its first element is
// wanted; an error is the last element. Each range over it starts afresh.
func (s *AffiliatePartner) ProductStatistics(ctx context.Context, req *ListProductStatisticsRequest, opts ...Option) iter.Seq2[ProductStatistics, error] {
	r, err := req.normalize(opListProductStatistics)
	if err != nil {
		return failed[ProductStatistics](err)
	}
	return pages(ctx, opListProductStatistics.Name, r.PageToken, func(ctx context.Context, token string) ([]ProductStatistics, string, error) {
		page := r
		page.PageToken = token
		return itemsOf(s.ListProductStatistics(ctx, &page, opts...))
	})
}

// ListProductCreators returns a page of the creators who promote a campaign's
// product, and how far each has got. Scope: partner.tap_campaign.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-affiliate-campaign-creator-fulfillment-status-info-202508
func (s *AffiliatePartner) ListProductCreators(ctx context.Context, req *ListProductCreatorsRequest, opts ...Option) (*ListProductCreatorsResponse, error) {
	r, err := req.normalize(opListProductCreators)
	if err != nil {
		return nil, err
	}
	return Do[ProductCreatorPage](ctx, s.api(), opListProductCreators, Params{Path: productPath(r.CampaignID, r.ProductID), Query: r}, opts...)
}

// ProductCreators iterates over the creators of all pages. It makes one call per page, when its first creator is
// wanted; an error is the last element. Each range over it starts afresh.
func (s *AffiliatePartner) ProductCreators(ctx context.Context, req *ListProductCreatorsRequest, opts ...Option) iter.Seq2[ProductCreator, error] {
	r, err := req.normalize(opListProductCreators)
	if err != nil {
		return failed[ProductCreator](err)
	}
	return pages(ctx, opListProductCreators.Name, r.PageToken, func(ctx context.Context, token string) ([]ProductCreator, string, error) {
		page := r
		page.PageToken = token
		return itemsOf(s.ListProductCreators(ctx, &page, opts...))
	})
}

// ListContentStatistics returns how a creator's videos and live rooms for a
// product do, all in one page. Scope: partner.tap_campaign.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-affiliate-campaign-creator-product-content-statistics-202508
func (s *AffiliatePartner) ListContentStatistics(ctx context.Context, req *ListContentStatisticsRequest, opts ...Option) (*ListContentStatisticsResponse, error) {
	op := opListContentStatistics
	req = orEmpty(req)
	if err := joinErrors(op.requireProduct(req.CampaignID, req.ProductID), op.checkPathText("CreatorOpenID", req.CreatorOpenID), op.requireID("AffiliateProductID", req.AffiliateProductID)); err != nil {
		return nil, err
	}
	return Do[ContentStatisticsData](ctx, s.api(), op, Params{Path: creatorParams(req.CampaignID, req.ProductID, req.CreatorOpenID), Query: *req}, opts...)
}

// GetSampleStatus returns where the free sample of a creator is. Scope: partner.tap_campaign.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-affiliate-campaign-creator-product-sample-status-202508
func (s *AffiliatePartner) GetSampleStatus(ctx context.Context, req *GetSampleStatusRequest, opts ...Option) (*GetSampleStatusResponse, error) {
	op := opGetSampleStatus
	req = orEmpty(req)
	if err := joinErrors(op.requireProduct(req.CampaignID, req.ProductID), op.checkPathText("CreatorOpenID", req.CreatorOpenID)); err != nil {
		return nil, err
	}
	return Do[SampleStatusData](ctx, s.api(), op, Params{Path: creatorParams(req.CampaignID, req.ProductID, req.CreatorOpenID)}, opts...)
}

// creatorParams fills a path whose last parameter is named for the id that creator open ids replaced.
func creatorParams(campaign, product ID, creator string) map[string]string {
	p := productPath(campaign, product)
	p["creator_temp_id"] = creator
	return p
}

func (req *ListProductStatisticsRequest) normalize(op *Operation) (r ListProductStatisticsRequest, err error) {
	r = *orEmpty(req)
	r.PageSize, err = op.pageSize(r.PageSize, maxPerformancePage)
	return r, joinErrors(op.requireID("CampaignID", r.CampaignID), err)
}

func (req *ListProductCreatorsRequest) normalize(op *Operation) (r ListProductCreatorsRequest, err error) {
	r = *orEmpty(req)
	r.PageSize, err = op.pageSize(r.PageSize, maxPerformancePage)
	return r, joinErrors(op.requireProduct(r.CampaignID, r.ProductID), err)
}
