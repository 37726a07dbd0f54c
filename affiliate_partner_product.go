package tiktokshop

import (
	"context"
	"iter"
	"math"
	"net/http"
)

// defaultProductsPage is asked for if no page size is given. The platform does
// not state the largest one of this list; 50 is known to work.
const defaultProductsPage = 50

// ReviewStatus is what became of a product's submission to a campaign. The set is open.
type ReviewStatus string

// Stages of a product in a campaign.
const (
	ReviewPending       ReviewStatus = "PENDING"
	ReviewApproved      ReviewStatus = "APPROVED"
	ReviewRejected      ReviewStatus = "REJECTED"
	ReviewPendingClosed ReviewStatus = "PENDING_CLOSED"
	ReviewClosed        ReviewStatus = "CLOSED"
)

// ReviewResult is a partner's verdict on a product. The set is open.
type ReviewResult string

// Verdicts.
const (
	ReviewApprove       ReviewResult = "APPROVE"
	ReviewReject        ReviewResult = "REJECT"
	ReviewRejectForever ReviewResult = "REJECT_FOREVER"
)

// RejectReason is why a product was rejected. The set is open.
type RejectReason string

// Reasons for a rejection.
const (
	RejectCommissionTooLow  RejectReason = "COMMISSION_TOO_LOW"
	RejectHardToPromote     RejectReason = "PRODUCT_HARD_TO_PROMOTE"
	RejectTooExpensive      RejectReason = "PRODUCT_TOO_EXPENSIVE"
	RejectNoSuitableCreator RejectReason = "NO_SUITABLE_CREATOR"
)

// ListCampaignProductsRequest selects products of a campaign.
type ListCampaignProductsRequest struct {
	// CampaignID is the campaign. Required.
	CampaignID ID `url:"-"`
	// PageSize is at least 1; 0 means 50. The platform does not state the most.
	PageSize int `url:"page_size"`
	// PageToken is the NextPageToken of an earlier page, "" for the first.
	PageToken string `url:"page_token"`
	// ReviewStatus selects one stage.
	ReviewStatus ReviewStatus `url:"review_status"`
	// ProductID, ProductName, ShopName and CategoryID select products.
	ProductID   ID     `url:"product_id"`
	ProductName string `url:"product_name"`
	ShopName    string `url:"shop_name"`
	CategoryID  ID     `url:"category_id"`
}

// ListCampaignProductsResponse is the answer of ListCampaignProducts.
type ListCampaignProductsResponse = Response[CampaignProductPage]

// CampaignProductPage is a page of a campaign's products.
type CampaignProductPage struct {
	Products      []CampaignProduct `json:"products"`
	NextPageToken string            `json:"next_page_token"`
	// TotalCount is how many there are in all, 0 if the platform does not say.
	TotalCount int64 `json:"total_count"`
}

func (p CampaignProductPage) page() ([]CampaignProduct, string) { return p.Products, p.NextPageToken }

// CampaignProduct is a product submitted to a campaign.
type CampaignProduct struct {
	ID           ID           `json:"id"`
	ReviewStatus ReviewStatus `json:"review_status"`
	Name         string       `json:"name"`
	// Description is HTML.
	Description  string          `json:"product_description"`
	MainImageURL string          `json:"main_image_url"`
	Category     ProductCategory `json:"category"`
	ShopName     string          `json:"shop_name"`
	// IsAvailable tells whether the product can be promoted now.
	IsAvailable  bool  `json:"is_available"`
	LowestPrice  Money `json:"lowest_price"`
	HighestPrice Money `json:"highest_price"`
	// Inventory, Sales and SampleQuota are numbers of pieces.
	Inventory   int64 `json:"inventory"`
	Sales       int64 `json:"product_sales"`
	SampleQuota int64 `json:"sample_quota"`

	TotalCommissionRate             BasisPoints `json:"total_commission_rate"`
	CreatorCommissionRate           BasisPoints `json:"creator_commission_rate"`
	PartnerCommissionRate           BasisPoints `json:"partner_commission_rate"`
	OpenCollaborationCommissionRate BasisPoints `json:"open_collaboration_commission_rate"`

	// These two are seen in live answers, and not documented.
	ShopAdsCommissionRate        BasisPoints `json:"shop_ads_commission_rate,omitzero"`
	PartnerShopAdsCommissionRate BasisPoints `json:"partner_shop_ads_commission_rate,omitzero"`

	SKUs []CampaignSKU `json:"sku_information_list"`
}

// ProductCategory is a category of the platform's.
type ProductCategory struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// CampaignSKU is a variant of a product.
type CampaignSKU struct {
	ID           ID             `json:"sku_id"`
	Name         string         `json:"sku_name"`
	Inventory    SKUInventory   `json:"inventory"`
	BasePrice    SKUPrice       `json:"base_price"`
	RegionPrices []SKUPrice     `json:"region_prices"`
	Properties   []SKUAttribute `json:"properties"`
}

// SKUInventory is a variant's stock.
type SKUInventory struct {
	AvailableQuantity Number `json:"available_quantity"`
}

// SKUPrice is a variant's price in a region; the amounts are decimal strings in its currency.
type SKUPrice struct {
	RegionCode             string `json:"region_code"`
	Currency               string `json:"currency"`
	ListPrice              string `json:"list_price"`
	SalePrice              string `json:"sale_price"`
	LocalizedDutiablePrice string `json:"localized_dutiable_price"`
}

// SKUAttribute is a property such as size or colour.
type SKUAttribute struct {
	Name      string `json:"name"`
	ValueName string `json:"value_name"`
}

// ReviewCampaignProductRequest is a verdict on a product.
type ReviewCampaignProductRequest struct {
	// CampaignID and ProductID are required.
	CampaignID ID `json:"-"`
	ProductID  ID `json:"-"`
	// Result is the verdict. Required.
	Result ReviewResult `json:"review_result"`
	// RejectReasons go with a rejection only.
	RejectReasons []RejectReason `json:"reject_reasons,omitempty"`
}

// GenerateProductLinkRequest asks for one product's link with a commission for the creator.
type GenerateProductLinkRequest struct {
	// CampaignID and ProductID are required.
	CampaignID ID `json:"-"`
	ProductID  ID `json:"-"`
	// CreatorCommissionRate is the creator's share, at most the product's total rate. Required.
	CreatorCommissionRate BasisPoints `json:"creator_commission_rate"`
}

// GenerateProductLinkResponse is the answer of GenerateProductLink.
type GenerateProductLinkResponse = Response[GenerateProductLinkData]

// GenerateProductLinkData holds a link.
type GenerateProductLinkData struct {
	// Link is a URL such as "https://affiliate.tiktok.com/api/v1/share/AIxvOHlaJoKO".
	Link string `json:"product_promotion_link"`
}

var (
	opListCampaignProducts = &Operation{
		Name: "AffiliatePartner.ListCampaignProducts", Method: http.MethodGet,
		Path:       "/affiliate_partner/202405/campaigns/{campaign_id}/products",
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignRead, RepeatSafe: true,
	}
	opReviewCampaignProduct = &Operation{
		Name: "AffiliatePartner.ReviewCampaignProduct", Method: http.MethodPost,
		Path:       "/affiliate_partner/202405/campaigns/{campaign_id}/products/{product_id}/review",
		Identifier: CategoryAssetCipher, Scopes: []string{"partner.tap_campaign.product.write"},
	}
	opGenerateProductLink = &Operation{
		Name: "AffiliatePartner.GenerateProductLink", Method: http.MethodPost,
		Path:       "/affiliate_partner/202405/campaigns/{campaign_id}/products/{product_id}/promotion_link/generate",
		Identifier: CategoryAssetCipher, Scopes: []string{"partner.tap_campaign.link.write"},
	}
)

// ListCampaignProducts returns a page of a campaign's products. Scope: partner.tap_campaign.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-affiliate-partner-campaign-product-list-202405
func (s *AffiliatePartner) ListCampaignProducts(ctx context.Context, req *ListCampaignProductsRequest, opts ...Option) (*ListCampaignProductsResponse, error) {
	r, err := req.normalize(opListCampaignProducts)
	if err != nil {
		return nil, err
	}
	return Do[CampaignProductPage](ctx, s.api(), opListCampaignProducts, Params{Path: campaignPath(r.CampaignID), Query: r}, opts...)
}

// CampaignProducts iterates over the products of all pages. It makes one call per page, when its first product is
// wanted; an error is the last element. Each range over it starts afresh.
func (s *AffiliatePartner) CampaignProducts(ctx context.Context, req *ListCampaignProductsRequest, opts ...Option) iter.Seq2[CampaignProduct, error] {
	r, err := req.normalize(opListCampaignProducts)
	if err != nil {
		return failed[CampaignProduct](err)
	}
	return pages(ctx, opListCampaignProducts.Name, r.PageToken, func(ctx context.Context, token string) ([]CampaignProduct, string, error) {
		page := r
		page.PageToken = token
		return itemsOf(s.ListCampaignProducts(ctx, &page, opts...))
	})
}

// ReviewCampaignProduct accepts or rejects a product that a seller submitted. Scope: partner.tap_campaign.product.write.
//
// Source: https://partner.tiktokshop.com/docv2/page/review-affiliate-partner-campaign-product-202405
func (s *AffiliatePartner) ReviewCampaignProduct(ctx context.Context, req *ReviewCampaignProductRequest, opts ...Option) (*EmptyResponse, error) {
	req = orEmpty(req)
	if err := req.validate(opReviewCampaignProduct); err != nil {
		return nil, err
	}
	return Do[struct{}](ctx, s.api(), opReviewCampaignProduct, Params{Path: productPath(req.CampaignID, req.ProductID), Body: req}, opts...)
}

// GenerateProductLink makes the promotion link of one product, with the creator's commission rate. Unlike
// GenerateMultiProductLink it says why it refuses. Scope: partner.tap_campaign.link.write.
//
// Source: https://partner.tiktokshop.com/docv2/page/generate-affiliate-partner-campaign-product-link-202405
func (s *AffiliatePartner) GenerateProductLink(ctx context.Context, req *GenerateProductLinkRequest, opts ...Option) (*GenerateProductLinkResponse, error) {
	req = orEmpty(req)
	if err := req.validate(opGenerateProductLink); err != nil {
		return nil, err
	}
	return Do[GenerateProductLinkData](ctx, s.api(), opGenerateProductLink, Params{Path: productPath(req.CampaignID, req.ProductID), Body: req}, opts...)
}

func productPath(campaign, product ID) map[string]string {
	return map[string]string{"campaign_id": string(campaign), "product_id": string(product)}
}

func (op *Operation) requireProduct(campaign, product ID) error {
	return joinErrors(op.requireID("CampaignID", campaign), op.requireID("ProductID", product))
}

func (req *ListCampaignProductsRequest) normalize(op *Operation) (ListCampaignProductsRequest, error) {
	r := *orEmpty(req)
	if r.PageSize == 0 {
		r.PageSize = defaultProductsPage
	}
	return r, joinErrors(op.requireID("CampaignID", r.CampaignID), op.checkRange("PageSize", int64(r.PageSize), 1, math.MaxInt64),
		op.checkOptionalID("ProductID", r.ProductID), op.checkOptionalID("CategoryID", r.CategoryID))
}

func (req *ReviewCampaignProductRequest) validate(op *Operation) error {
	var reasons error
	if req.Result == ReviewApprove && len(req.RejectReasons) > 0 {
		reasons = op.inputError("RejectReasons", "go with a rejection only")
	}
	return joinErrors(op.requireProduct(req.CampaignID, req.ProductID), op.checkPresent("Result", string(req.Result)), reasons)
}

func (req *GenerateProductLinkRequest) validate(op *Operation) error {
	return joinErrors(op.requireProduct(req.CampaignID, req.ProductID),
		op.checkRange("CreatorCommissionRate", int64(req.CreatorCommissionRate), 1, 10000)) // hundredths of a percent
}
