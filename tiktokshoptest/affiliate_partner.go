package tiktokshoptest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

// Campaign is an affiliate campaign of the partner's.
type Campaign struct {
	ID tiktokshop.ID
	// Status is READY, UPCOMING, ONGOING or CLOSED; "" means ONGOING. Links are made while it is ONGOING.
	Status string
	// Products are the campaign's products.
	Products []Product
}

// Product is a product submitted to a campaign.
type Product struct {
	ID tiktokshop.ID
	// ReviewStatus is PENDING, APPROVED, REJECTED, PENDING_CLOSED or CLOSED; "" means APPROVED. Other products fail to get a link.
	ReviewStatus string
	// Unavailable products fail to get a link.
	Unavailable bool
	// Lost products are left out of the answer of the multi-link operation: neither linked nor failed.
	Lost bool
}

// AddCampaign adds a campaign, or replaces the one with its ID.
func (s *Server) AddCampaign(c Campaign) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Products = slices.Clone(c.Products)
	s.campaigns[c.ID] = &c
}

// SetFreshLinks decides whether a product's link is a new one each time it is asked for. A new server gives the same
// one again; the platform does not say which it does.
func (s *Server) SetFreshLinks(fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freshLinks = fresh
}

func affiliatePartnerRoutes() []route {
	return []route{{
		method:                   http.MethodPost,
		path:                     "/affiliate_partner/202505/campaigns/{campaign_id}/products/promotion_links/generate_batch",
		takesCategoryAssetCipher: true,
		cipherOptional:           true, // as declared
		scope:                    "partner.tap_campaign.read",
		handle:                   (*Server).generateBatch,
	}}
}

// generateBatch answers the multi-link operation. The platform documents no
// errors for it; these are those of the single-link one. s.mu is held.
func (s *Server) generateBatch(c *call) reply {
	var body struct {
		ProductIDs []json.RawMessage `json:"product_ids"`
	}
	if err := json.Unmarshal(c.body, &body); err != nil {
		return refuse(http.StatusBadRequest, 36009004, "Invalid request body. The body is not a JSON object with the list 'product_ids'.")
	}
	ids := make([]tiktokshop.ID, len(body.ProductIDs))
	for i, raw := range body.ProductIDs {
		if err := json.Unmarshal(raw, (*string)(&ids[i])); err != nil {
			return refuse(http.StatusBadRequest, 36009004, "param product_ids type invalid. actual type:"+jsonType(raw)+", expected type:string")
		}
	}
	campaign, ok := s.campaigns[tiktokshop.ID(c.params["campaign_id"])]
	switch {
	case len(ids) == 0 || len(ids) > 50:
		return refuse(http.StatusOK, 16032001, "Invalid parameter. 'product_ids' must have 1 to 50 elements.")
	case !ok:
		return refuse(http.StatusOK, 16032005, "Campaign not found.")
	case campaign.Status != "" && campaign.Status != "ONGOING":
		return refuse(http.StatusOK, 16032009, "Product operation denied. The campaign must be online.")
	}
	type link struct {
		ProductID tiktokshop.ID `json:"product_id"`
		Link      string        `json:"link"`
	}
	links, failed := []link{}, []tiktokshop.ID{}
	for _, id := range ids {
		i := slices.IndexFunc(campaign.Products, func(p Product) bool { return p.ID == id })
		switch {
		case i >= 0 && campaign.Products[i].Lost:
		case i >= 0 && campaign.Products[i].linkable():
			links = append(links, link{id, s.link(campaign.ID, id)})
		default:
			failed = append(failed, id)
		}
	}
	return reply{status: http.StatusOK, data: map[string]any{"product_promotion_links": links, "failed_product_ids": failed}}
}

func (p *Product) linkable() bool {
	return (p.ReviewStatus == "" || p.ReviewStatus == "APPROVED") && !p.Unavailable
}

// link makes a share URL like the platform's.
func (s *Server) link(campaign, product tiktokshop.ID) string {
	seed := fmt.Sprintf("%s/%s", campaign, product)
	if s.freshLinks {
		seed = fmt.Sprintf("%s/%d", seed, s.answered)
	}
	sum := sha256.Sum256([]byte(seed))
	code := strings.NewReplacer("-", "A", "_", "b").Replace(base64.RawURLEncoding.EncodeToString(sum[:9]))
	return "https://affiliate.tiktok.com/api/v1/share/" + code
}

func jsonType(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "object"
	case '[':
		return "list"
	case '"':
		return "string"
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	}
	return "number"
}
