package order

import (
	"context"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

// Changes follows the shop's orders: GetOrderList by the time of change, and GetOrderDetail of what
// it finds, 50 at a time.
//
//	changes, err := order.New(client).Changes(nil, feed.Options{Name: "orders of " + shopID, Store: store, Since: since})
//
// filter narrows the list, and may be nil; its times of change, its sorting and its page are the
// feed's. An order that no longer passes the filter is not told of: leave out the status to see
// orders leave it.
func (s *Service) Changes(
	filter *GetOrderListRequest, opts feed.Options, call ...tiktokshop.Option,
) (*feed.Feed[Order], error) {
	var req GetOrderListRequest
	if filter != nil {
		req = *filter
	}
	const most = 100
	req.PageSize, req.PageToken, req.SortField, req.SortOrder = most, "", SortFieldUpdateTime,
		SortOrderAsc
	req.UpdateTimeGE, req.UpdateTimeLT = tiktokshop.UnixTime{}, tiktokshop.UnixTime{}
	return feed.New(feed.Source[Order, Order]{
		Name:   "order.Changes",
		Filter: feed.FilterID(req), Sorted: true, PageSize: most, Batch: 50,
		List: func(ctx context.Context, q feed.Query) (feed.Page[Order], error) {
			page := req
			page.UpdateTimeGE = tiktokshop.NewUnixTime(q.From)
			page.UpdateTimeLT = tiktokshop.NewUnixTime(q.Before)
			page.PageToken = q.PageToken
			resp, err := s.GetOrderList(ctx, &page, call...)
			if err != nil {
				return feed.Page[Order]{}, err
			}
			d := &resp.Data
			return feed.Page[Order]{
				Items: d.Orders, Next: d.NextPageToken, Total: d.TotalCount,
				ServedAt: feed.ServedAt(resp),
			}, nil
		},
		ID:   func(o *Order) tiktokshop.ID { return o.ID },
		Time: func(o *Order) time.Time { return o.UpdateTime.Time },
		Details: func(ctx context.Context, orders []Order) ([]Order, error) {
			var detail GetOrderDetailRequest
			for _, o := range orders {
				detail.IDs = append(detail.IDs, o.ID)
			}
			resp, err := s.GetOrderDetail(ctx, &detail, call...)
			if err != nil {
				return nil, err
			}
			return resp.Data.Orders, nil
		},
		DetailID: func(o *Order) tiktokshop.ID { return o.ID },
	}, opts)
}
