package tiktokshop

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"slices"
	"strconv"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// AffiliatePartner makes promotion links for affiliate partners (TAP), with a partner's access
// token and a category asset cipher. Package api/affiliatepartner has this operation, too, and all
// others for partners and creator agencies (CAP).
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
	CampaignID ID `path:"campaign_id" json:"-"`
	// ProductIDs are 1 to 50 products of the campaign, each once. Required.
	ProductIDs []ID `json:"product_ids" check:"required,maxitems=50"`
}

// GenerateMultiProductLinkResponse is the answer of GenerateMultiProductLink.
type GenerateMultiProductLinkResponse = Response[GenerateMultiProductLinkData]

// GenerateMultiProductLinkData is what the platform made of the products asked for. A
// product that it could not make a link for is in FailedProductIDs, without a reason, and one that
// it forgot is in neither list: see Outcome.
type GenerateMultiProductLinkData struct {
	// ProductPromotionLinks are the links made.
	ProductPromotionLinks []ProductPromotionLink `json:"product_promotion_links"`
	// FailedProductIDs are the products that no link was made for.
	FailedProductIDs []ID `json:"failed_product_ids"`
}

// ProductPromotionLink is a product's link, which a creator opens to add it to the showcase.
type ProductPromotionLink struct {
	// ProductID is the product.
	ProductID ID `json:"product_id"`
	// Link is a URL such as "https://affiliate.tiktok.com/api/v1/share/AIxvOHlaJoKO".
	Link string `json:"link"`
}

// GenerateMultiProductLink makes promotion links for up to 50 products of a
// campaign in one call. Products that get none are part of the answer, not an error. Scope:
// partner.tap_campaign.read.
//
// Source: https://partner.tiktokshop.com/docv2/page/partner-generate-multi-affiliate-campaign-product-link-202505
func (s *AffiliatePartner) GenerateMultiProductLink(
	ctx context.Context, req *GenerateMultiProductLinkRequest, opts ...Option,
) (*GenerateMultiProductLinkResponse, error) {
	if req == nil {
		req = new(GenerateMultiProductLinkRequest)
	}
	resp := new(GenerateMultiProductLinkResponse)
	ans, err := s.api().do(ctx, opGenerateMultiProductLink, opts, req.encode, &resp.Data)
	return resp.with(ans, err)
}

// encode does by hand what Do does, which a program with this call alone need not link.
func (req *GenerateMultiProductLinkRequest) encode(inv *invocation) (err error) {
	if err = req.Validate(); err != nil {
		for _, e := range InputErrors(err) {
			e.Operation = inv.op.Name
		}
		return err
	}
	if err = inv.expand(1,
		func(string) (string, bool) { return string(req.CampaignID), true }); err == nil {
		inv.body, err = json.Marshal(req)
	}
	return err
}

// Validate checks that ids are decimal numbers, and that there are 1 to 50 products, each once. The
// client calls it before anything is sent.
func (req *GenerateMultiProductLinkRequest) Validate() error {
	var errs []error
	refuse := func(field, reason string) {
		if reason != "" {
			errs = append(errs, &InputError{Field: field, Reason: reason})
		}
	}
	refuse("CampaignID", bind.PlatformID(string(req.CampaignID)))
	switch n := len(req.ProductIDs); {
	case n == 0:
		refuse("ProductIDs", bind.Missing)
	case n > maxMultiLinkProducts:
		refuse("ProductIDs", bind.TooMany(maxMultiLinkProducts))
	default:
		for i, id := range req.ProductIDs {
			reason := bind.PlatformID(string(id))
			if j := slices.Index(req.ProductIDs[:i], id); reason == "" && j >= 0 {
				reason = "repeats ProductIDs[" + strconv.Itoa(j) + "]"
			}
			if reason != "" { // a name costs an allocation
				refuse("ProductIDs["+strconv.Itoa(i)+"]", reason)
			}
		}
	}
	return joinErrors(errs...)
}

// Failures are the products that the platform reported as failed, without a reason. Outcome also
// has those that it forgot.
func (d *GenerateMultiProductLinkData) Failures() iter.Seq[ItemError] {
	return func(yield func(ItemError) bool) {
		for _, id := range d.FailedProductIDs {
			if !yield(ItemError{Item: string(id)}) {
				return
			}
		}
	}
}

// Err is nil if no product was reported as failed, or else a *PartialError.
func (d *GenerateMultiProductLinkData) Err() error {
	return PartialFailure(opGenerateMultiProductLink.Name, d.Failures(),
		len(d.FailedProductIDs)+len(d.ProductPromotionLinks))
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
	links := make(map[ID]string, len(d.ProductPromotionLinks))
	for _, l := range d.ProductPromotionLinks {
		if l.Link != "" {
			links[l.ProductID] = l.Link
		}
	}
	failed := make(map[ID]bool, len(d.FailedProductIDs))
	for _, id := range d.FailedProductIDs {
		failed[id] = true
	}
	var out LinkOutcome
	for _, id := range requested {
		switch link, linked := links[id]; {
		case linked:
			out.Linked = append(out.Linked, ProductPromotionLink{id, link})
		case failed[id]:
			out.Failed = append(out.Failed, id)
		default:
			out.Unaccounted = append(out.Unaccounted, id)
		}
	}
	return out
}
