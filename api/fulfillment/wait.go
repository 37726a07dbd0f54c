package fulfillment

import (
	"cmp"
	"context"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/poll"
)

// WaitForShippingDocument asks GetPackageShippingDocument until the document has a URL, which a
// label lacks while the carrier is making it, and returns it. The platform names no state of the
// document. Any other end is a *poll.Error; a refusal, such as for a package that was not
// shipped, is one at once. The last answer is returned in any case, nil if there was none.
func (s *Service) WaitForShippingDocument(
	ctx context.Context, req *GetPackageShippingDocumentRequest, wait poll.Policy,
	opts ...tiktokshop.Option,
) (*tiktokshop.Response[GetPackageShippingDocumentData], error) {
	if req != nil {
		wait.What = cmp.Or(wait.What, "the shipping document of package "+string(req.PackageID))
	}
	return poll.Until(ctx, wait,
		func(ctx context.Context) (*tiktokshop.Response[GetPackageShippingDocumentData], error) {
			return s.GetPackageShippingDocument(ctx, req, opts...)
		},
		func(resp *tiktokshop.Response[GetPackageShippingDocumentData]) (bool, error) {
			return resp.Data.DocURL != "", nil
		})
}
