package fulfillment

import (
	"context"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

// PackageChanges follows the shop's packages: SearchPackage by the time of change.
//
// filter narrows the list, and may be nil; its times of change, its sorting and its page are the
// feed's.
func (s *Service) PackageChanges(
	filter *SearchPackageRequest, opts feed.Options, call ...tiktokshop.Option,
) (*feed.Feed[Package], error) {
	var req SearchPackageRequest
	if filter != nil {
		req = *filter
	}
	req.PageSize, req.PageToken, req.SortField, req.SortOrder = 50, "", SortFieldUpdateTime,
		SortOrderAsc
	req.UpdateTimeGE, req.UpdateTimeLT = tiktokshop.UnixTime{}, tiktokshop.UnixTime{}
	return feed.New(feed.Source[Package, Package]{
		Name:   "fulfillment.PackageChanges",
		Filter: feed.FilterID(req), Sorted: true, PageSize: 50, Batch: 50,
		List: func(ctx context.Context, q feed.Query) (feed.Page[Package], error) {
			page := req
			page.UpdateTimeGE = tiktokshop.NewUnixTime(q.From)
			page.UpdateTimeLT = tiktokshop.NewUnixTime(q.Before)
			page.PageToken = q.PageToken
			resp, err := s.SearchPackage(ctx, &page, call...)
			if err != nil {
				return feed.Page[Package]{}, err
			}
			d := &resp.Data
			return feed.Page[Package]{
				Items: d.Packages, Next: d.NextPageToken, Total: d.TotalCount,
				ServedAt: feed.ServedAt(resp),
			}, nil
		},
		ID:      func(v *Package) tiktokshop.ID { return v.ID },
		Time:    func(v *Package) time.Time { return v.UpdateTime.Time },
		Details: feed.AsListed[Package],
	}, opts)
}
