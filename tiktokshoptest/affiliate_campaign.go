package tiktokshoptest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// Campaign is an affiliate campaign of the partner's.
type Campaign struct {
	ID          tiktokshop.ID
	Name        string
	Description string
	// StartTime and EndTime decide about the stage of a published campaign; zero times do not bound
	// it.
	StartTime, EndTime time.Time
	// RegistrationStartTime and RegistrationEndTime bound the time in which products can be
	// submitted; zero times do not.
	RegistrationStartTime, RegistrationEndTime time.Time
	CommissionRate                             tiktokshop.BasisPoints
	ContactInfo                                affiliatepartner.ContactInfo
	TargetShops                                []affiliatepartner.TargetShop
	TargetSellerTypes                          []affiliatepartner.SellerType
	// Region is a country code; "" means "US".
	Region string
	// Type is whose list it is in; "" means MyCampaigns.
	Type affiliatepartner.CampaignType
	// Joined tells, for a campaign of another type than MyCampaigns, that the partner takes part.
	Joined bool
	// Unpublished campaigns are READY, and invisible to sellers.
	Unpublished bool
	// Status fixes the stage. "" lets the clock decide: a campaign without times is ONGOING.
	Status affiliatepartner.CampaignStatus
	// Foreign campaigns belong to another partner: calls answer 16032007.
	Foreign bool
	// Products are the campaign's products.
	Products []Product
}

// Product is a product submitted to a campaign.
type Product struct {
	ID tiktokshop.ID
	// ReviewStatus is where the review stands; "" means APPROVED. Products in other states fail to
	// get a link.
	ReviewStatus affiliatepartner.ReviewStatus
	// Unavailable products fail to get a link.
	Unavailable bool
	// Lost products are left out of the answer of the multi-link operation: neither linked nor
	// failed.
	Lost bool
	// Info is what else the product list tells. Its ID, ReviewStatus and IsAvailable are those
	// above.
	Info affiliatepartner.CampaignProduct
}

// AddCampaign adds a campaign, or replaces the one with its ID.
func (s *Server) AddCampaign(c Campaign) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Products = slices.Clone(c.Products)
	s.campaigns[c.ID] = &c
}

// SubmitProduct submits a product to a campaign as a seller does: it is PENDING until it is
// reviewed. The campaign must be published, not closed, and open for registration.
func (s *Server) SubmitProduct(campaign tiktokshop.ID, p Product) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.campaigns[campaign]
	now := s.now()
	switch {
	case !ok || c.stage(now) == affiliatepartner.CampaignStatusReady:
		return errors.New("tiktokshoptest: no such campaign is visible")
	case c.stage(now) == affiliatepartner.CampaignStatusClosed,
		before(now, c.RegistrationStartTime), after(now, c.RegistrationEndTime):
		return errors.New("tiktokshoptest: the campaign takes no products now")
	case c.product(p.ID) != nil:
		return errors.New("tiktokshoptest: the product has been submitted already")
	}
	p.ReviewStatus = affiliatepartner.ReviewStatusPending
	c.Products = append(c.Products, p)
	return nil
}

// SetPaymentAccount decides whether the partner's payment account is activated, as it is in a new
// server; without it no campaign is created.
func (s *Server) SetPaymentAccount(activated bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noPaymentAccount = !activated
}

// SetMaxOnlineCampaigns limits how many campaigns can be published and not closed; 0 means no
// limit.
func (s *Server) SetMaxOnlineCampaigns(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxOnline = n
}

// before and after compare with a bound that may be missing.
func before(now, bound time.Time) bool { return !bound.IsZero() && now.Before(bound) }
func after(now, bound time.Time) bool  { return !bound.IsZero() && !now.Before(bound) }

// stage is the campaign's status now.
func (c *Campaign) stage(now time.Time) affiliatepartner.CampaignStatus {
	switch {
	case c.Status != "":
		return c.Status
	case c.Unpublished:
		return affiliatepartner.CampaignStatusReady
	case before(now, c.StartTime):
		return affiliatepartner.CampaignStatusUpcoming
	case after(now, c.EndTime):
		return affiliatepartner.CampaignStatusClosed
	}
	return affiliatepartner.CampaignStatusOngoing
}

func (c *Campaign) product(id tiktokshop.ID) *Product {
	i := slices.IndexFunc(c.Products, func(p Product) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Products[i]
}

func (p *Product) reviewStatus() affiliatepartner.ReviewStatus {
	if p.ReviewStatus == "" {
		return affiliatepartner.ReviewStatusApproved
	}
	return p.ReviewStatus
}

// campaignBody is the body of a creation or an edit; nil fields are absent.
type campaignBody struct {
	Name              *string          `json:"name"`
	Description       *string          `json:"description"`
	Start             *int64           `json:"campaign_start_time"`
	End               *int64           `json:"campaign_end_time"`
	RegistrationStart *int64           `json:"registration_start_time"`
	RegistrationEnd   *int64           `json:"registration_end_time"`
	CommissionRate    *int64           `json:"commission_rate"`
	Contact           *json.RawMessage `json:"contact_info"`
	ShopCodes         *[]string        `json:"target_shop_codes"`
	SellerTypes       *[]string        `json:"target_seller_types"`
}

func (s *Server) createCampaign(c *call) reply {
	var body campaignBody
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	for name, absent := range map[string]bool{
		"name": body.Name == nil, "description": body.Description == nil,
		"campaign_start_time": body.Start == nil, "campaign_end_time": body.End == nil,
		"registration_start_time": body.RegistrationStart == nil,
		"registration_end_time":   body.RegistrationEnd == nil,
		"commission_rate":         body.CommissionRate == nil, "contact_info": body.Contact == nil,
	} {
		if absent {
			return *business(16032001, "Invalid parameter. '%s' is required.", name)
		}
	}
	if s.noPaymentAccount {
		return *business(16032013, "The payment account is not activated.")
	}
	campaign := &Campaign{ID: tiktokshop.ID(
		fmt.Sprint(7356411663443183367 + int64(len(s.campaigns)))), Unpublished: true}
	if rep := body.apply(campaign); rep != nil {
		return *rep
	}
	s.campaigns[campaign.ID] = campaign
	return success(map[string]any{"campaign_id": campaign.ID})
}

func (s *Server) editCampaign(c *call) reply {
	campaign, rep := s.campaign(c)
	if rep != nil {
		return *rep
	}
	var body campaignBody
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	stage := campaign.stage(s.now())
	if stage == affiliatepartner.CampaignStatusClosed ||
		stage == affiliatepartner.CampaignStatusOngoing &&
			(body.Start != nil || body.RegistrationStart != nil) {
		return *business(16032008, "Operation denied. The campaign's stage does not allow it.")
	}
	edited := *campaign
	if rep := body.apply(&edited); rep != nil {
		return *rep
	}
	*campaign = edited
	return success(nil)
}

// apply writes the fields that are there into a campaign, and checks the whole.
func (b *campaignBody) apply(c *Campaign) *reply {
	set(&c.Name, b.Name)
	set(&c.Description, b.Description)
	for _, t := range []struct {
		to   *time.Time
		from *int64
	}{{&c.StartTime, b.Start}, {&c.EndTime, b.End}, {&c.RegistrationStartTime, b.RegistrationStart},
		{&c.RegistrationEndTime, b.RegistrationEnd}} {
		if t.from != nil {
			*t.to = time.Unix(*t.from, 0)
		}
	}
	if b.CommissionRate != nil {
		c.CommissionRate = tiktokshop.BasisPoints(*b.CommissionRate)
	}
	if b.Contact != nil {
		if rep := decodeBody(*b.Contact, &c.ContactInfo); rep != nil {
			return rep
		}
	}
	if b.ShopCodes != nil {
		c.TargetShops = nil
		for _, code := range *b.ShopCodes {
			c.TargetShops = append(c.TargetShops,
				affiliatepartner.TargetShop{Code: code, Name: "Shop " + code})
		}
	}
	if b.SellerTypes != nil {
		c.TargetSellerTypes = nil
		for _, t := range *b.SellerTypes {
			if t != "LOCAL" && t != "CROSS_BORDER" {
				return business(16032004, "Invalid seller scope.")
			}
			c.TargetSellerTypes = append(c.TargetSellerTypes, affiliatepartner.SellerType(t))
		}
	}
	switch {
	case c.Name == "" || utf8.RuneCountInString(c.Name) >= 50:
		return business(16032001, "Invalid parameter. 'name' must have 1 to 49 characters.")
	case c.Description == "" || utf8.RuneCountInString(c.Description) >= 1000:
		return business(16032001, "Invalid parameter. 'description' must have 1 to 999 characters.")
	case c.CommissionRate <= 100 || c.CommissionRate >= 8000:
		return business(16032001,
			"Invalid parameter. 'commission_rate' must be more than 100 and less than 8000.")
	case c.ContactInfo.Email == "":
		return business(16032001, "Invalid parameter. 'contact_info.email' is required.")
	case !c.StartTime.Before(c.EndTime) || c.EndTime.Sub(c.StartTime) >= 360*24*time.Hour:
		return business(16032002, "Invalid campaign period.")
	case !c.RegistrationStartTime.Before(c.RegistrationEndTime):
		return business(16032003, "Invalid registration period.")
	case len(c.TargetShops) >= 100:
		return business(16032004, "Invalid seller scope.")
	}
	return nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (s *Server) publishCampaign(c *call) reply {
	campaign, rep := s.campaign(c)
	if rep != nil {
		return *rep
	}
	now := s.now()
	online := 0
	for _, other := range s.campaigns {
		if stage := other.stage(now); !other.Foreign &&
			(stage == affiliatepartner.CampaignStatusUpcoming ||
				stage == affiliatepartner.CampaignStatusOngoing) {
			online++
		}
	}
	switch {
	case campaign.stage(now) != affiliatepartner.CampaignStatusReady:
		return *business(16032008, "Operation denied. The campaign is not READY.")
	case s.maxOnline > 0 && online >= s.maxOnline:
		return *business(16032011, "The maximum number of online campaigns has been reached.")
	}
	campaign.Status, campaign.Unpublished = "", false
	return success(nil)
}

// summary is the campaign in a list.
func (c *Campaign) summary(now time.Time) map[string]any {
	return map[string]any{
		"id": c.ID, "name": c.Name, "status": c.stage(now),
		"campaign_start_time": unix(c.StartTime), "campaign_end_time": unix(c.EndTime),
		"registration_start_time": unix(c.RegistrationStartTime),
		"registration_end_time":   unix(c.RegistrationEndTime),
	}
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func (s *Server) getCampaign(c *call) reply {
	campaign, rep := s.campaign(c)
	if rep != nil {
		return *rep
	}
	data := campaign.summary(s.now())
	data["description"] = campaign.Description
	data["region"] = campaign.Region
	if campaign.Region == "" {
		data["region"] = "US"
	}
	data["commission_rate"] = campaign.CommissionRate
	data["contact_info"] = campaign.ContactInfo
	data["target_shops"] = append([]affiliatepartner.TargetShop{}, campaign.TargetShops...)
	data["target_seller_types"] = append([]affiliatepartner.SellerType{},
		campaign.TargetSellerTypes...)
	return success(data)
}

func (s *Server) listCampaigns(c *call) reply {
	listed := []map[string]any{}
	now := s.now()
	for _, id := range slices.Sorted(maps.Keys(s.campaigns)) {
		campaign := s.campaigns[id]
		stage, kind := campaign.stage(now), campaign.Type
		if kind == "" {
			kind = affiliatepartner.CampaignTypeMyCampaigns
		}
		wanted := c.query["type"]
		if wanted == "" {
			wanted = string(affiliatepartner.CampaignTypeMyCampaigns)
		}
		status := c.query["status"]
		switch c.query["query_type_filter"] {
		case "JOINED":
			if !campaign.Joined {
				continue
			}
		case "MARKETPLACE", "AVAILABLE":
			if campaign.Joined {
				continue
			}
		}
		if campaign.Foreign || string(kind) != wanted ||
			status != "" && status != "UNSPECIFIED" && status != string(stage) {
			continue
		}
		listed = append(listed, campaign.summary(now))
	}
	page, next, rep := paginate(listed, c.query, 100)
	if rep != nil {
		return *rep
	}
	return success(map[string]any{"campaigns": page, "next_page_token": next,
		"total_count": len(listed)})
}

func (s *Server) listProducts(c *call) reply {
	campaign, rep := s.campaign(c)
	if rep != nil {
		return *rep
	}
	listed := []affiliatepartner.CampaignProduct{}
	for _, p := range campaign.Products {
		info := p.Info
		info.ID, info.ReviewStatus, info.IsAvailable = p.ID, p.reviewStatus(), !p.Unavailable
		matches := func(key, value string) bool {
			return c.query[key] == "" || c.query[key] == value
		}
		if matches("product_id", string(info.ID)) &&
			matches("review_status", string(info.ReviewStatus)) &&
			matches("category_id", string(info.Category.ID)) &&
			strings.Contains(info.Name, c.query["product_name"]) &&
			strings.Contains(info.ShopName, c.query["shop_name"]) {
			listed = append(listed, info)
		}
	}
	page, next, rep := paginate(listed, c.query, 100)
	if rep != nil {
		return *rep
	}
	return success(map[string]any{"products": page, "next_page_token": next,
		"total_count": len(listed)})
}

func (s *Server) reviewProduct(c *call) reply {
	campaign, rep := s.campaign(c)
	if rep != nil {
		return *rep
	}
	var body struct {
		Result  string   `json:"review_result"`
		Reasons []string `json:"reject_reasons"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	status, known := map[string]affiliatepartner.ReviewStatus{
		"APPROVE":        affiliatepartner.ReviewStatusApproved,
		"REJECT":         affiliatepartner.ReviewStatusRejected,
		"REJECT_FOREVER": affiliatepartner.ReviewStatusRejected,
	}[body.Result]
	product := campaign.product(tiktokshop.ID(c.params["product_id"]))
	switch stage := campaign.stage(s.now()); {
	case !known || body.Result == "APPROVE" && len(body.Reasons) > 0:
		return *business(16032001,
			"Invalid parameter. 'review_result' or 'reject_reasons' is invalid.")
	case stage != affiliatepartner.CampaignStatusOngoing &&
		stage != affiliatepartner.CampaignStatusUpcoming:
		return *business(16032009, "Product operation denied. The campaign must be online.")
	case product == nil: // the operation's table has no code of its own for this
		return *business(16032001, "Invalid parameter. 'product_id' is not in the campaign.")
	}
	product.ReviewStatus = status
	return success(nil)
}
