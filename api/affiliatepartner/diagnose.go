package affiliatepartner

import (
	"context"
	"errors"
	"strconv"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// diagnosePage is asked for where one product is looked for. The platform does not state the
// largest page of the list; 50 is known to work.
const diagnosePage = 50

// LinkFailureReason is why a product gets no link, as far as the platform tells. The set is open.
type LinkFailureReason string

// Why a product gets no link.
const (
	LinkCampaignNotFound    LinkFailureReason = "campaign not found"
	LinkCampaignNotOnline   LinkFailureReason = "campaign not online"
	LinkProductNotSubmitted LinkFailureReason = "product not in campaign"
	LinkProductNotApproved  LinkFailureReason = "product not approved"
	LinkProductUnavailable  LinkFailureReason = "product not available"
	// by the single-link operation; see LinkDiagnosis.Err
	LinkRefused LinkFailureReason = "refused"
	// LinkReasonUnknown: campaign and product are as they should be.
	LinkReasonUnknown LinkFailureReason = "unknown"
)

// DiagnoseLinksRequest names products that got no link.
type DiagnoseLinksRequest struct {
	// CampaignID is the campaign. Required.
	CampaignID tiktokshop.ID
	// ProductIDs are the products to look into. Required.
	ProductIDs []tiktokshop.ID
	// CreatorCommissionRate, if it is not 0, has the single-link operation tried with this rate
	// where nothing else explains the failure. It makes the link if it can, and needs the scope
	// partner.tap_campaign.link.write.
	CreatorCommissionRate tiktokshop.BasisPoints
}

// LinkDiagnosis is what was found out about a product.
type LinkDiagnosis struct {
	ProductID tiktokshop.ID
	Reason    LinkFailureReason
	// CampaignStatus is the campaign's stage, "" if it was not found.
	CampaignStatus CampaignStatus
	// Product is the product in the campaign, nil if it is not there.
	Product *CampaignProduct
	// Link is set if the single-link operation made one; Reason is then LinkReasonUnknown.
	Link string
	// Err is the refusal behind LinkRefused and LinkCampaignNotFound.
	Err error
}

// DiagnoseLinks finds out why products got no link; the multi-link operation does not say. It costs
// calls: one for the campaign, one for each product, and one more for each product whose failure
// stays unexplained if CreatorCommissionRate is set. Products are looked into one after another;
// with an error come the diagnoses made before it. Scope: partner.tap_campaign.read.
func (s *Service) DiagnoseLinks(
	ctx context.Context, req *DiagnoseLinksRequest, opts ...tiktokshop.Option,
) ([]LinkDiagnosis, error) {
	if req == nil {
		req = new(DiagnoseLinksRequest)
	}
	if err := req.validate(); err != nil {
		return nil, err
	}
	out := make([]LinkDiagnosis, 0, len(req.ProductIDs))
	campaign, err := s.GetCampaign(ctx, &GetCampaignRequest{CampaignID: req.CampaignID}, opts...)
	if errors.Is(err, tiktokshop.ErrNotFound) {
		for _, id := range req.ProductIDs {
			out = append(out, LinkDiagnosis{ProductID: id, Reason: LinkCampaignNotFound, Err: err})
		}
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	for _, id := range req.ProductIDs {
		d, err := s.diagnoseLink(ctx, req, campaign.Data.Status, id, opts)
		if err != nil {
			return out, err
		}
		out = append(out, d)
	}
	return out, nil
}

func (s *Service) diagnoseLink(
	ctx context.Context, req *DiagnoseLinksRequest, status CampaignStatus, id tiktokshop.ID,
	opts []tiktokshop.Option,
) (LinkDiagnosis, error) {
	d := LinkDiagnosis{ProductID: id, CampaignStatus: status}
	resp, err := s.ListCampaignProducts(ctx, &ListCampaignProductsRequest{
		CampaignID: req.CampaignID, ProductID: id, PageSize: diagnosePage,
	}, opts...)
	if err != nil {
		return d, err
	}
	for i := range resp.Data.Products {
		if p := &resp.Data.Products[i]; p.ID == id {
			d.Product = p
		}
	}
	switch {
	case status != CampaignStatusOngoing:
		d.Reason = LinkCampaignNotOnline
	case d.Product == nil:
		d.Reason = LinkProductNotSubmitted
	case d.Product.ReviewStatus != ReviewStatusApproved:
		d.Reason = LinkProductNotApproved
	case !d.Product.IsAvailable:
		d.Reason = LinkProductUnavailable
	default:
		d.Reason = LinkReasonUnknown
		if req.CreatorCommissionRate != 0 {
			return s.trySingleLink(ctx, req, d, opts)
		}
	}
	return d, nil
}

// trySingleLink asks the operation that gives reasons.
func (s *Service) trySingleLink(
	ctx context.Context, req *DiagnoseLinksRequest, d LinkDiagnosis, opts []tiktokshop.Option,
) (LinkDiagnosis, error) {
	resp, err := s.GenerateProductLink(ctx, &GenerateProductLinkRequest{
		CampaignID: req.CampaignID, ProductID: d.ProductID,
		CreatorCommissionRate: req.CreatorCommissionRate,
	}, opts...)
	var apiErr *tiktokshop.APIError
	switch {
	case err == nil:
		d.Link = resp.Data.ProductPromotionLink
	case errors.As(err, &apiErr) && apiErr.Code == codeProductNotFound:
		d.Reason, d.Err = LinkProductNotSubmitted, err
	case errors.As(err, &apiErr) && apiErr.Code == codeCampaignOffline:
		d.Reason, d.Err = LinkCampaignNotOnline, err
	case errors.As(err, &apiErr) && apiErr.Code != 0 && !apiErr.Retryable() && !stopsLinks(err):
		d.Reason, d.Err = LinkRefused, err
	default:
		return d, err
	}
	return d, nil
}

func (req *DiagnoseLinksRequest) validate() error {
	var found mistakes
	found.add("CampaignID", bind.PlatformID(string(req.CampaignID)))
	if len(req.ProductIDs) == 0 {
		found.add("ProductIDs", bind.Missing)
	}
	for i, id := range req.ProductIDs {
		found.add("ProductIDs["+strconv.Itoa(i)+"]", bind.PlatformID(string(id)))
	}
	return found.err("affiliatepartner.DiagnoseLinks")
}
