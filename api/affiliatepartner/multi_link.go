package affiliatepartner

import (
	"context"

	"github.com/tiktokshop-go/tiktokshop"
)

// The multi-link operation is a method of the client, too: its types are the root package's.
type (
	// GenerateMultiProductLinkRequest names the products of a campaign to make links for.
	GenerateMultiProductLinkRequest = tiktokshop.GenerateMultiProductLinkRequest
	// GenerateMultiProductLinkData is what the platform made of the products asked for; see its
	// Outcome.
	GenerateMultiProductLinkData = tiktokshop.GenerateMultiProductLinkData
	// ProductPromotionLink is a product's promotion link.
	ProductPromotionLink = tiktokshop.ProductPromotionLink
	// LinkOutcome sorts the products asked for by what became of them.
	LinkOutcome = tiktokshop.LinkOutcome
)

// GenerateMultiProductLink is client.AffiliatePartner.GenerateMultiProductLink: it makes promotion
// links for up to 50 products of a campaign in one call. Products that get none are part of the
// answer, not an error. It needs a category asset cipher. Scope: partner.tap_campaign.read. Not
// safe to repeat.
//
// Source: https://partner.tiktokshop.com/docv2/page/partner-generate-multi-affiliate-campaign-product-link-202505
func (s *Service) GenerateMultiProductLink(
	ctx context.Context, req *GenerateMultiProductLinkRequest, opts ...tiktokshop.Option,
) (*tiktokshop.Response[GenerateMultiProductLinkData], error) {
	var partner *tiktokshop.AffiliatePartner // none, as of a Client{}
	if s.client != nil {
		partner = s.client.AffiliatePartner
	}
	return partner.GenerateMultiProductLink(ctx, req, opts...)
}
