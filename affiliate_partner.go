package tiktokshop

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// AffiliatePartner serves affiliate partners (TAP) and creator agencies (CAP).
// Its operations need a partner's access token and a category asset cipher.
type AffiliatePartner struct{ client *Client }

// maxMultiLinkProducts is the platform's limit for one GenerateMultiProductLink call.
const maxMultiLinkProducts = 50

var opGenerateMultiProductLink = &Operation{
	Name:       "AffiliatePartner.GenerateMultiProductLink",
	Method:     http.MethodPost,
	Path:       "/affiliate_partner/202505/campaigns/{campaign_id}/products/promotion_links/generate_batch",
	Identifier: CategoryAssetCipher,
	Scopes:     []string{"partner.tap_campaign.read"},
}

// GenerateMultiProductLinkRequest names the products of a campaign to make links for.
type GenerateMultiProductLinkRequest struct {
	// CampaignID is the affiliate campaign. Required.
	CampaignID ID `json:"-"`
	// ProductIDs are 1 to 50 products of the campaign, each once. Required.
	ProductIDs []ID `json:"product_ids"`
}

// GenerateMultiProductLinkResponse is the answer of GenerateMultiProductLink.
type GenerateMultiProductLinkResponse = Response[GenerateMultiProductLinkData]

// GenerateMultiProductLinkData is what the platform made of the products asked for. A
// product that it could not make a link for is in FailedProductIDs, without a reason, and one that it
// forgot is in neither list: see Outcome.
type GenerateMultiProductLinkData struct {
	// ProductPromotionLinks are the links made.
	ProductPromotionLinks []ProductPromotionLink `json:"product_promotion_links"`
	// FailedProductIDs are the products that no link was made for.
	FailedProductIDs []ID `json:"failed_product_ids"`
}

// ProductPromotionLink is a product's promotion link, for a creator to open and add the product to the showcase.
type ProductPromotionLink struct {
	// ProductID is the product.
	ProductID ID `json:"product_id"`
	// Link is a URL such as "https://affiliate.tiktok.com/api/v1/share/AIxvOHlaJoKO".
	Link string `json:"link"`
}

// GenerateMultiProductLink makes promotion links for up to 50 products of a
// campaign in one call. Products that get none are part of the answer, not an error. Scope: partner.tap_campaign.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/partner-generate-multi-affiliate-campaign-product-link-202505
func (s *AffiliatePartner) GenerateMultiProductLink(ctx context.Context, req *GenerateMultiProductLinkRequest, opts ...Option) (*GenerateMultiProductLinkResponse, error) {
	op := opGenerateMultiProductLink
	req = orEmpty(req)
	return Do[GenerateMultiProductLinkData](ctx, s.api(), op, Params{
		Path:    map[string]string{"campaign_id": string(req.CampaignID)},
		Body:    req,
		checked: req.validate(op),
	}, opts...)
}

func (req *GenerateMultiProductLinkRequest) validate(op *Operation) error {
	errs := []error{op.requireID("CampaignID", req.CampaignID), op.checkLen("ProductIDs", len(req.ProductIDs), 1, maxMultiLinkProducts)}
	if len(req.ProductIDs) > maxMultiLinkProducts {
		return joinErrors(errs...)
	}
	for i, id := range req.ProductIDs {
		if problem := id.problem(); problem != "" {
			errs = append(errs, op.inputError(fmt.Sprintf("ProductIDs[%d]", i), "%s", problem))
		} else if j := slices.Index(req.ProductIDs[:i], id); j >= 0 {
			errs = append(errs, op.inputError(fmt.Sprintf("ProductIDs[%d]", i), "repeats ProductIDs[%d]", j))
		}
	}
	return joinErrors(errs...)
}

// LinkOutcome sorts the products asked for by what became of them, each
// list in the order asked. Every product asked for is in exactly one.
type LinkOutcome struct {
	// Linked products have a link.
	Linked []ProductPromotionLink
	// Failed products were reported as failed.
	Failed []ID
	// Unaccounted products are in neither list of the answer, or have an empty link: ask again.
	Unaccounted []ID
}

// Outcome sorts the products of a request into linked, failed and unaccounted for. A
// product with both a link and a failure counts as linked.
func (d *GenerateMultiProductLinkData) Outcome(requested []ID) LinkOutcome {
	links, failed := d.index()
	var out LinkOutcome
	for _, id := range requested {
		switch status, link := links.status(failed, id); status {
		case LinkMade:
			out.Linked = append(out.Linked, ProductPromotionLink{id, link})
		case LinkFailed:
			out.Failed = append(out.Failed, id)
		default:
			out.Unaccounted = append(out.Unaccounted, id)
		}
	}
	return out
}

// linkIndex maps products to their links.
type linkIndex map[ID]string

// index makes an answer's lists searchable.
func (d *GenerateMultiProductLinkData) index() (links linkIndex, failed map[ID]bool) {
	links = make(linkIndex, len(d.ProductPromotionLinks))
	for _, l := range d.ProductPromotionLinks {
		if l.Link != "" {
			links[l.ProductID] = l.Link
		}
	}
	failed = make(map[ID]bool, len(d.FailedProductIDs))
	for _, id := range d.FailedProductIDs {
		failed[id] = true
	}
	return links, failed
}

func (links linkIndex) status(failed map[ID]bool, id ID) (LinkStatus, string) {
	switch link, linked := links[id]; {
	case linked:
		return LinkMade, link
	case failed[id]:
		return LinkFailed, ""
	}
	return LinkUnaccounted, ""
}
