package tiktokshop

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// Limits of a campaign.
const (
	maxCampaignName        = 49  // characters
	maxCampaignDescription = 999 // characters
	maxCampaignDuration    = 360 * 24 * time.Hour
	maxTargetShopCodes     = 99
	minCommissionRate      = 101
	maxCommissionRate      = 7999
	maxCampaignsPage       = 100
)

var (
	scopesCampaignRead  = []string{"partner.tap_campaign.read"}
	scopesCampaignWrite = []string{"partner.tap_campaign.write"}
)

// CampaignStatus is what stage a campaign is in. The set is open.
type CampaignStatus string

// The stages of a campaign.
const (
	CampaignReady    CampaignStatus = "READY" // created, and invisible until it is published
	CampaignUpcoming CampaignStatus = "UPCOMING"
	CampaignOngoing  CampaignStatus = "ONGOING"
	CampaignClosed   CampaignStatus = "CLOSED"
	// CampaignUnspecified is for filters.
	CampaignUnspecified CampaignStatus = "UNSPECIFIED"
)

// CampaignType tells whose campaigns to list. The set is open.
type CampaignType string

// Kinds of campaigns to list.
const (
	MyCampaigns         CampaignType = "MY_CAMPAIGNS"
	GSSellingCampaigns  CampaignType = "GS_SELLING_CAMPAIGNS"
	SellerCampaigns     CampaignType = "SELLER_CAMPAIGNS"
	ExclusiveTikTokShop CampaignType = "EXCLUSIVE_TIKTOK_SHOP"
)

// CampaignFilter narrows a list of SellerCampaigns or ExclusiveTikTokShop campaigns. The set is open.
type CampaignFilter string

// Filters of campaign lists.
const (
	CampaignMarketplace CampaignFilter = "MARKETPLACE" // SellerCampaigns not joined
	CampaignAvailable   CampaignFilter = "AVAILABLE"   // ExclusiveTikTokShop not joined
	CampaignJoined      CampaignFilter = "JOINED"
)

// SellerType tells where a seller is. The set is open.
type SellerType string

// Kinds of sellers.
const (
	SellerLocal       SellerType = "LOCAL"
	SellerCrossBorder SellerType = "CROSS_BORDER"
)

// ContactInfo is how sellers reach the partner.
type ContactInfo struct {
	// Email is required.
	Email string `json:"email"`
	// Phone is a number such as "+14255550100", as are the others.
	Phone string `json:"phone,omitempty"`
	// WhatsApp is required in MY, SG, GB and ID, and optional in US.
	WhatsApp string `json:"whatsapp,omitempty"`
	// Zalo is for VN.
	Zalo string `json:"zalo,omitempty"`
	// Viber is for PH.
	Viber string `json:"viber,omitempty"`
	// Line is for TH.
	Line string `json:"line,omitempty"`
}

// CreateCampaignRequest describes a new campaign.
type CreateCampaignRequest struct {
	// Name has 1 to 49 characters. Required.
	Name string `json:"name"`
	// Description has 1 to 999 characters. Required.
	Description string `json:"description"`
	// StartTime and EndTime bound the campaign, less than 360 days. Required.
	StartTime UnixTime `json:"campaign_start_time"`
	EndTime   UnixTime `json:"campaign_end_time"`
	// RegistrationStartTime and RegistrationEndTime bound the time in which sellers submit products. Required.
	RegistrationStartTime UnixTime `json:"registration_start_time"`
	RegistrationEndTime   UnixTime `json:"registration_end_time"`
	// CommissionRate is what sellers offer at least: more than 100 and less than 8000. Required.
	CommissionRate BasisPoints `json:"commission_rate"`
	// ContactInfo needs an email address.
	ContactInfo ContactInfo `json:"contact_info"`
	// TargetShopCodes limits the campaign to at most 99 shops.
	TargetShopCodes []string `json:"target_shop_codes,omitempty"`
	// TargetSellerTypes limits the campaign to kinds of sellers.
	TargetSellerTypes []SellerType `json:"target_seller_types,omitempty"`
}

// CreateCampaignResponse is the answer of CreateCampaign.
type CreateCampaignResponse = Response[CreateCampaignData]

// CreateCampaignData names the campaign created.
type CreateCampaignData struct {
	CampaignID ID `json:"campaign_id"`
}

// EditCampaignRequest changes those fields of a campaign that are set. Start times can be changed while it is
// READY or UPCOMING, end times until it is CLOSED.
type EditCampaignRequest struct {
	// CampaignID is the campaign. Required.
	CampaignID ID `json:"-"`

	// The fields and their limits are those of CreateCampaignRequest. Only the lists and the
	// contact's numbers can be cleared.
	Name                  Optional[string]       `json:"name,omitzero"`
	Description           Optional[string]       `json:"description,omitzero"`
	StartTime             Optional[UnixTime]     `json:"campaign_start_time,omitzero"`
	EndTime               Optional[UnixTime]     `json:"campaign_end_time,omitzero"`
	RegistrationStartTime Optional[UnixTime]     `json:"registration_start_time,omitzero"`
	RegistrationEndTime   Optional[UnixTime]     `json:"registration_end_time,omitzero"`
	CommissionRate        Optional[BasisPoints]  `json:"commission_rate,omitzero"`
	ContactInfo           EditContactInfo        `json:"contact_info,omitzero"`
	TargetShopCodes       Optional[[]string]     `json:"target_shop_codes,omitzero"`
	TargetSellerTypes     Optional[[]SellerType] `json:"target_seller_types,omitzero"`
}

// EditContactInfo changes those fields of a campaign's contact that are set. Whether the platform keeps the
// others is not documented: set all to be sure.
type EditContactInfo struct {
	Email    Optional[string] `json:"email,omitzero"`
	Phone    Optional[string] `json:"phone,omitzero"`
	WhatsApp Optional[string] `json:"whatsapp,omitzero"`
	Zalo     Optional[string] `json:"zalo,omitzero"`
	Viber    Optional[string] `json:"viber,omitzero"`
	Line     Optional[string] `json:"line,omitzero"`
}

// CampaignRequest names a campaign.
type CampaignRequest struct {
	// CampaignID is the campaign. Required.
	CampaignID ID
}

// GetCampaignResponse is the answer of GetCampaign.
type GetCampaignResponse = Response[CampaignDetail]

// Campaign is a campaign in a list.
type Campaign struct {
	ID                    ID             `json:"id"`
	Name                  string         `json:"name"`
	Status                CampaignStatus `json:"status"`
	StartTime             UnixTime       `json:"campaign_start_time"`
	EndTime               UnixTime       `json:"campaign_end_time"`
	RegistrationStartTime UnixTime       `json:"registration_start_time"`
	RegistrationEndTime   UnixTime       `json:"registration_end_time"`
}

// CampaignDetail is a campaign with all the platform tells of it.
type CampaignDetail struct {
	Campaign
	Description string `json:"description"`
	// Region is a country code such as "US".
	Region            string       `json:"region"`
	CommissionRate    BasisPoints  `json:"commission_rate"`
	ContactInfo       ContactInfo  `json:"contact_info"`
	TargetShops       []TargetShop `json:"target_shops"`
	TargetSellerTypes []SellerType `json:"target_seller_types"`
}

// TargetShop is a shop that a campaign is for.
type TargetShop struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// ListCampaignsRequest selects campaigns.
type ListCampaignsRequest struct {
	// PageSize is 1 to 100; 0 means 100.
	PageSize int `url:"page_size"`
	// PageToken is the NextPageToken of an earlier page, "" for the first.
	PageToken string `url:"page_token"`
	// Status selects one stage.
	Status CampaignStatus `url:"status"`
	// Type is whose campaigns; "" means MyCampaigns.
	Type CampaignType `url:"type"`
	// Filter is for SellerCampaigns (marketplace, joined) and ExclusiveTikTokShop (available, joined).
	Filter CampaignFilter `url:"query_type_filter"`
}

// ListCampaignsResponse is the answer of ListCampaigns.
type ListCampaignsResponse = Response[CampaignPage]

// CampaignPage is a page of campaigns.
type CampaignPage struct {
	Campaigns     []Campaign `json:"campaigns"`
	NextPageToken string     `json:"next_page_token"`
	// TotalCount is how many there are in all, 0 if the platform does not say.
	TotalCount int64 `json:"total_count"`
}

func (p CampaignPage) page() ([]Campaign, string) { return p.Campaigns, p.NextPageToken }

var (
	opCreateCampaign = &Operation{
		Name: "AffiliatePartner.CreateCampaign", Method: http.MethodPost,
		Path:       "/affiliate_partner/202405/campaigns",
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignWrite,
	}
	opEditCampaign = &Operation{
		Name: "AffiliatePartner.EditCampaign", Method: http.MethodPost,
		Path:       "/affiliate_partner/202405/campaigns/{campaign_id}/partial_edit",
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignWrite,
	}
	opPublishCampaign = &Operation{
		Name: "AffiliatePartner.PublishCampaign", Method: http.MethodPost,
		Path:       "/affiliate_partner/202405/campaigns/{campaign_id}/publish",
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignWrite,
	}
	opGetCampaign = &Operation{
		Name: "AffiliatePartner.GetCampaign", Method: http.MethodGet,
		Path:       "/affiliate_partner/202405/campaigns/{campaign_id}",
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignRead, RepeatSafe: true,
	}
	opListCampaigns = &Operation{
		Name: "AffiliatePartner.ListCampaigns", Method: http.MethodGet,
		Path:       "/affiliate_partner/202405/campaigns",
		Identifier: CategoryAssetCipher, Scopes: scopesCampaignRead, RepeatSafe: true,
	}
)

// CreateCampaign creates a campaign. It is READY and invisible until PublishCampaign. Scope: partner.tap_campaign.write.
//
// Source: https://partner.tiktokshop.com/docv2/page/create-affiliate-partner-campaign-202405
func (s *AffiliatePartner) CreateCampaign(ctx context.Context, req *CreateCampaignRequest, opts ...Option) (*CreateCampaignResponse, error) {
	req = orEmpty(req)
	if err := req.validate(opCreateCampaign); err != nil {
		return nil, err
	}
	return Do[CreateCampaignData](ctx, s.api(), opCreateCampaign, Params{Body: req}, opts...)
}

// EditCampaign changes some fields of a campaign and leaves the others. Scope: partner.tap_campaign.write.
//
// Source: https://partner.tiktokshop.com/docv2/page/edit-affiliate-partner-campaign-202405
func (s *AffiliatePartner) EditCampaign(ctx context.Context, req *EditCampaignRequest, opts ...Option) (*EmptyResponse, error) {
	req = orEmpty(req)
	if err := req.validate(opEditCampaign); err != nil {
		return nil, err
	}
	return Do[struct{}](ctx, s.api(), opEditCampaign, Params{Path: campaignPath(req.CampaignID), Body: req}, opts...)
}

// PublishCampaign makes a READY campaign visible to sellers. Scope: partner.tap_campaign.write.
//
// Source: https://partner.tiktokshop.com/docv2/page/publish-affiliate-partner-campaign-202405
func (s *AffiliatePartner) PublishCampaign(ctx context.Context, req *CampaignRequest, opts ...Option) (*EmptyResponse, error) {
	req = orEmpty(req)
	if err := req.validate(opPublishCampaign); err != nil {
		return nil, err
	}
	return Do[struct{}](ctx, s.api(), opPublishCampaign, Params{Path: campaignPath(req.CampaignID)}, opts...)
}

// GetCampaign returns a campaign. Scope: partner.tap_campaign.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-affiliate-partner-campaign-detail-202405
func (s *AffiliatePartner) GetCampaign(ctx context.Context, req *CampaignRequest, opts ...Option) (*GetCampaignResponse, error) {
	req = orEmpty(req)
	if err := req.validate(opGetCampaign); err != nil {
		return nil, err
	}
	return Do[CampaignDetail](ctx, s.api(), opGetCampaign, Params{Path: campaignPath(req.CampaignID)}, opts...)
}

// ListCampaigns returns a page of campaigns; a nil request means the first page of all. Scope: partner.tap_campaign.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-affiliate-partner-campaign-list-202405
func (s *AffiliatePartner) ListCampaigns(ctx context.Context, req *ListCampaignsRequest, opts ...Option) (*ListCampaignsResponse, error) {
	r, err := req.normalize(opListCampaigns)
	if err != nil {
		return nil, err
	}
	return Do[CampaignPage](ctx, s.api(), opListCampaigns, Params{Query: r}, opts...)
}

// Campaigns iterates over the campaigns of all pages. It makes one call per page, when its first campaign is
// wanted; an error is the last element. Each range over it starts afresh.
func (s *AffiliatePartner) Campaigns(ctx context.Context, req *ListCampaignsRequest, opts ...Option) iter.Seq2[Campaign, error] {
	r, err := req.normalize(opListCampaigns)
	if err != nil {
		return failed[Campaign](err)
	}
	return pages(ctx, opListCampaigns.Name, r.PageToken, func(ctx context.Context, token string) ([]Campaign, string, error) {
		page := r
		page.PageToken = token
		return itemsOf(s.ListCampaigns(ctx, &page, opts...))
	})
}

func campaignPath(id ID) map[string]string { return map[string]string{"campaign_id": string(id)} }

func (req *CampaignRequest) validate(op *Operation) error {
	return op.requireID("CampaignID", req.CampaignID)
}

func (req *CreateCampaignRequest) validate(op *Operation) error {
	return joinErrors(
		op.checkText("Name", req.Name, maxCampaignName),
		op.checkText("Description", req.Description, maxCampaignDescription),
		op.checkTime("StartTime", req.StartTime),
		op.checkTime("EndTime", req.EndTime),
		op.checkCampaignPeriod(req.StartTime, req.EndTime),
		op.checkTime("RegistrationStartTime", req.RegistrationStartTime),
		op.checkTime("RegistrationEndTime", req.RegistrationEndTime),
		op.checkOrder("RegistrationEndTime", req.RegistrationStartTime, req.RegistrationEndTime),
		op.checkCommissionRate("CommissionRate", req.CommissionRate),
		op.checkPresent("ContactInfo.Email", req.ContactInfo.Email),
		op.checkShopCodes(req.TargetShopCodes),
	)
}

func (req *EditCampaignRequest) validate(op *Operation) error {
	var nothing error
	if b, err := json.Marshal(req); err == nil && string(b) == "{}" {
		nothing = op.inputError("request", "changes nothing: set at least one field")
	}
	setTime := func(field string, o Optional[UnixTime]) error {
		return checkSet(op, field, o, func(v UnixTime) error { return op.checkTime(field, v) })
	}
	return joinErrors(
		op.requireID("CampaignID", req.CampaignID),
		nothing,
		checkSet(op, "Name", req.Name, func(v string) error { return op.checkText("Name", v, maxCampaignName) }),
		checkSet(op, "Description", req.Description, func(v string) error { return op.checkText("Description", v, maxCampaignDescription) }),
		setTime("StartTime", req.StartTime),
		setTime("EndTime", req.EndTime),
		op.checkCampaignPeriod(req.StartTime.value, req.EndTime.value),
		setTime("RegistrationStartTime", req.RegistrationStartTime),
		setTime("RegistrationEndTime", req.RegistrationEndTime),
		op.checkOrder("RegistrationEndTime", req.RegistrationStartTime.value, req.RegistrationEndTime.value),
		checkSet(op, "CommissionRate", req.CommissionRate, func(v BasisPoints) error { return op.checkCommissionRate("CommissionRate", v) }),
		checkSet(op, "ContactInfo.Email", req.ContactInfo.Email, func(v string) error { return op.checkPresent("ContactInfo.Email", v) }),
		op.checkShopCodes(req.TargetShopCodes.value),
	)
}

// checkSet checks the value of an Optional that has one, and refuses one that is cleared.
func checkSet[T any](op *Operation, field string, o Optional[T], check func(T) error) error {
	if o.cleared() {
		return op.inputError(field, "cannot be cleared: a campaign needs it")
	}
	if v, ok := o.Get(); ok {
		return check(v)
	}
	return nil
}

// checkText counts Unicode code points. The platform does not say what it
// counts as a character; this is the reading that refuses the least.
func (op *Operation) checkText(field, text string, most int) error {
	switch {
	case text == "":
		return op.inputError(field, bind.Missing)
	case !utf8.ValidString(text):
		return op.inputError(field, "is malformed: it is not valid UTF-8")
	case utf8.RuneCountInString(text) > most:
		return op.inputError(field, "%s", bind.TooLong(most))
	}
	return nil
}

// checkOrder refuses an end that does not come after its start, if both are given.
func (op *Operation) checkOrder(field string, start, end UnixTime) error {
	if !start.IsZero() && !end.IsZero() && end.Unix() <= start.Unix() {
		return op.inputError(field, "must be after the start")
	}
	return nil
}

func (op *Operation) checkCampaignPeriod(start, end UnixTime) error {
	if err := op.checkOrder("EndTime", start, end); err != nil {
		return err
	}
	if !start.IsZero() && !end.IsZero() && end.Unix()-start.Unix() >= int64(maxCampaignDuration/time.Second) {
		return op.inputError("EndTime", "must be less than 360 days after StartTime")
	}
	return nil
}

func (op *Operation) checkCommissionRate(field string, r BasisPoints) error {
	return op.checkRange(field, int64(r), minCommissionRate, maxCommissionRate)
}

func (op *Operation) checkShopCodes(codes []string) error {
	if err := op.checkLen("TargetShopCodes", len(codes), 0, maxTargetShopCodes); err != nil {
		return err
	}
	var errs []error
	for i, code := range codes {
		errs = append(errs, op.checkPresent(fmt.Sprintf("TargetShopCodes[%d]", i), code))
	}
	return joinErrors(errs...)
}

func (req *ListCampaignsRequest) normalize(op *Operation) (ListCampaignsRequest, error) {
	r := *orEmpty(req)
	var sizeErr, filterErr error
	r.PageSize, sizeErr = op.pageSize(r.PageSize, maxCampaignsPage)
	switch {
	case r.Filter == "":
	case r.Type == "" || r.Type == MyCampaigns || r.Type == GSSellingCampaigns:
		filterErr = op.inputError("Filter", "is for SellerCampaigns and ExclusiveTikTokShop campaigns only")
	case r.Type == SellerCampaigns && r.Filter == CampaignAvailable:
		filterErr = op.inputError("Filter", "of SellerCampaigns is CampaignMarketplace or CampaignJoined")
	case r.Type == ExclusiveTikTokShop && r.Filter == CampaignMarketplace:
		filterErr = op.inputError("Filter", "of ExclusiveTikTokShop campaigns is CampaignAvailable or CampaignJoined")
	}
	return r, joinErrors(sizeErr, filterErr)
}
