package fulfillment

import (
	"context"
	"iter"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/bulk"
)

// GetPackageShippingDocumentBulk returns the shipping documents of any number of packages with
// GetPackageShippingDocument, one call for each package. req says which document, and all of it but
// the package counts. A label that the carrier is still making has no URL and is
// bulk.Unaccounted: ask again, or see WaitForShippingDocument. See package bulk for what holds.
func (s *Service) GetPackageShippingDocumentBulk(
	ctx context.Context, req *GetPackageShippingDocumentRequest, packages iter.Seq[tiktokshop.ID],
	run bulk.Options, opts ...tiktokshop.Option,
) iter.Seq2[bulk.Result[tiktokshop.ID, GetPackageShippingDocumentData], error] {
	type outcome = bulk.Outcome[GetPackageShippingDocumentData]
	return bulk.Run(ctx, bulk.Operation[tiktokshop.ID, GetPackageShippingDocumentData]{
		Name: "fulfillment.GetPackageShippingDocumentBulk", Noun: "packages", Limit: 1,
		ItemFields: []string{"PackageID"},
		Key:        func(id tiktokshop.ID) string { return string(id) },
		Share:      true,
		Call: func(
			ctx context.Context, packages []tiktokshop.ID,
		) (*bulk.Answer[GetPackageShippingDocumentData], error) {
			var r GetPackageShippingDocumentRequest
			if req != nil {
				r = *req
			}
			r.PackageID = packages[0]
			resp, err := s.GetPackageShippingDocument(ctx, &r, opts...)
			if err != nil {
				return nil, err
			}
			document := outcome{Status: bulk.Done, Value: resp.Data}
			if resp.Data.DocURL == "" {
				document = outcome{}
			}
			return bulk.AnswerOf(resp, []outcome{document}), nil
		},
	}, packages, run)
}
