package affiliateseller

import (
	"context"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

// OrderChanges follows the shop's affiliate orders: SearchSellerAffiliateOrders by the time of
// creation, the only one that it can be asked by. With an Overlap of 30 days, say, what changes in
// the orders of that time is handed over, too; each Run reads them again.
//
// filter narrows the list, and may be nil; its times and its page are the feed's. The platform does
// not sort this list.
func (s *Service) OrderChanges(
	filter *SearchSellerAffiliateOrdersRequest, opts feed.Options, call ...tiktokshop.Option,
) (*feed.Feed[Order], error) {
	var req SearchSellerAffiliateOrdersRequest
	if filter != nil {
		req = *filter
	}
	req.PageSize, req.PageToken = 100, ""
	req.CreateTimeGE, req.CreateTimeLT = tiktokshop.UnixTime{}, tiktokshop.UnixTime{}
	return feed.New(feed.Source[Order, Order]{
		Name:   "affiliateseller.OrderChanges",
		Filter: feed.FilterID(req), PageSize: 100, Batch: 100,
		List: func(ctx context.Context, q feed.Query) (feed.Page[Order], error) {
			page := req
			page.CreateTimeGE = tiktokshop.NewUnixTime(q.From)
			page.CreateTimeLT = tiktokshop.NewUnixTime(q.Before)
			page.PageToken = q.PageToken
			resp, err := s.SearchSellerAffiliateOrders(ctx, &page, call...)
			if err != nil {
				return feed.Page[Order]{}, err
			}
			d := &resp.Data
			return feed.Page[Order]{
				Items: d.Orders, Next: d.NextPageToken, Total: d.TotalCount,
				ServedAt: feed.ServedAt(resp),
			}, nil
		},
		ID:      func(v *Order) tiktokshop.ID { return v.ID },
		Time:    func(v *Order) time.Time { return v.CreateTime.Time },
		Details: feed.AsListed[Order],
	}, opts)
}
