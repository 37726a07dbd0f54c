package tiktokshoptest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// SetFreshLinks decides whether a product's link is a new one each time it is asked for. A new
// server gives the same one again; the platform does not say which it does.
func (s *Server) SetFreshLinks(fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freshLinks = fresh
}

// generateBatch answers the multi-link operation. The platform documents no
// errors for it; these are those of the single-link one. s.mu is held.
func (s *Server) generateBatch(c *call) reply {
	var body struct {
		ProductIDs []string `json:"product_ids"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	campaign, rep := s.campaign(c)
	switch {
	case len(body.ProductIDs) == 0 || len(body.ProductIDs) > 50:
		return *business(16032001, "Invalid parameter. 'product_ids' must have 1 to 50 elements.")
	case rep != nil:
		return *rep
	case campaign.stage(s.now()) != affiliatepartner.CampaignStatusOngoing:
		return *business(16032009, "Product operation denied. The campaign must be online.")
	}
	links, failed := []tiktokshop.ProductPromotionLink{}, []string{}
	products := make(map[tiktokshop.ID]*Product, len(campaign.Products))
	for i := range campaign.Products {
		products[campaign.Products[i].ID] = &campaign.Products[i]
	}
	for _, id := range body.ProductIDs {
		switch p := products[tiktokshop.ID(id)]; {
		case p != nil && p.Lost:
		case p != nil && p.linkable():
			links = append(links, tiktokshop.ProductPromotionLink{ProductID: p.ID,
				Link: s.link(campaign.ID, p.ID)})
		default:
			failed = append(failed, id)
		}
	}
	return success(map[string]any{"product_promotion_links": links, "failed_product_ids": failed})
}

func (s *Server) generateLink(c *call) reply {
	campaign, rep := s.campaign(c)
	if rep != nil {
		return *rep
	}
	var body struct {
		Rate *int64 `json:"creator_commission_rate"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	product := campaign.product(tiktokshop.ID(c.params["product_id"]))
	switch {
	case body.Rate == nil || *body.Rate < 0:
		return *business(16032001, "Invalid parameter. 'creator_commission_rate' is required.")
	case campaign.stage(s.now()) != affiliatepartner.CampaignStatusOngoing:
		return *business(16032009, "Product operation denied. The campaign must be online.")
	case product == nil:
		return *business(16032010, "Campaign product not found.")
	case !product.linkable():
		return *business(16032008,
			"Operation denied. The product is not approved or not available.")
	case product.Info.TotalCommissionRate > 0 &&
		*body.Rate > int64(product.Info.TotalCommissionRate):
		return *business(16032001,
			"Invalid parameter. 'creator_commission_rate' exceeds the product's total rate.")
	}
	return success(map[string]any{"product_promotion_link": s.link(campaign.ID, product.ID)})
}

func (p *Product) linkable() bool {
	return p.reviewStatus() == affiliatepartner.ReviewStatusApproved && !p.Unavailable
}

// link makes a share URL like the platform's.
func (s *Server) link(campaign, product tiktokshop.ID) string {
	seed := fmt.Sprintf("%s/%s", campaign, product)
	if s.freshLinks {
		seed = fmt.Sprintf("%s/%d", seed, s.answered)
	}
	sum := sha256.Sum256([]byte(seed))
	code := strings.NewReplacer("-", "A", "_", "b").Replace(
		base64.RawURLEncoding.EncodeToString(sum[:9]))
	return "https://affiliate.tiktok.com/api/v1/share/" + code
}
