package returnrefund

import (
	"cmp"
	"context"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/poll"
)

// WaitForAftersalesReview asks SearchAftersalesRequest until an after-sales request is decided on,
// as ReviewAftersales or the platform does, and returns it with its returns: they tell what the
// decision was. Any other end is a *poll.Error. A request that is not in the list yet is
// waited for.
func (s *Service) WaitForAftersalesReview(
	ctx context.Context, requestID tiktokshop.ID, wait poll.Policy, opts ...tiktokshop.Option,
) (AftersalesRequest, error) {
	wait.What = cmp.Or(wait.What, "the review of after-sales request "+string(requestID))
	req := SearchAftersalesRequestRequest{
		Filters:               &Filters{AftersalesRequestIDs: []tiktokshop.ID{requestID}},
		WhitelistedDataFields: []WhitelistedDataField{WhitelistedDataFieldSKUReturnRequests},
	}
	return poll.Until(ctx, wait,
		func(ctx context.Context) (AftersalesRequest, error) {
			r := req
			resp, err := s.SearchAftersalesRequest(ctx, &r, opts...)
			if err != nil {
				return AftersalesRequest{}, err
			}
			found := resp.Data.AftersalesRequests
			i := slices.IndexFunc(found,
				func(r AftersalesRequest) bool { return r.ID == requestID })
			if i < 0 {
				return AftersalesRequest{ID: requestID}, nil
			}
			return found[i], nil
		},
		func(request AftersalesRequest) (bool, error) { return request.Status.IsTerminal(), nil })
}
