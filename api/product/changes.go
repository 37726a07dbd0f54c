package product

import (
	"context"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

// Changes follows the shop's products: SearchProducts by the time of change, as it lists them.
// GetProduct has the rest of one.
//
// filter narrows the list, and may be nil; its times of change and its page are the feed's. The
// platform does not sort this list, which is read in windows of 5,000 products at most, each until
// it is known that nothing moved meanwhile.
func (s *Service) Changes(
	filter *SearchProductsRequest, opts feed.Options, call ...tiktokshop.Option,
) (*feed.Feed[SearchProductsProduct], error) {
	var req SearchProductsRequest
	if filter != nil {
		req = *filter
	}
	req.PageSize, req.PageToken = 100, ""
	req.UpdateTimeGE, req.UpdateTimeLE = tiktokshop.UnixTime{}, tiktokshop.UnixTime{}
	return feed.New(feed.Source[SearchProductsProduct, SearchProductsProduct]{
		Name:   "product.Changes",
		Filter: feed.FilterID(req), PageSize: 100, Batch: 100,
		List: func(ctx context.Context, q feed.Query) (feed.Page[SearchProductsProduct], error) {
			page := req
			page.UpdateTimeGE = tiktokshop.NewUnixTime(q.From)
			page.UpdateTimeLE = tiktokshop.NewUnixTime(q.Before.Add(-time.Second))
			page.PageToken = q.PageToken
			resp, err := s.SearchProducts(ctx, &page, call...)
			if err != nil {
				return feed.Page[SearchProductsProduct]{}, err
			}
			d := &resp.Data
			return feed.Page[SearchProductsProduct]{
				Items: d.Products, Next: d.NextPageToken, Total: d.TotalCount,
				ServedAt: feed.ServedAt(resp),
			}, nil
		},
		ID:      func(v *SearchProductsProduct) tiktokshop.ID { return v.ID },
		Time:    func(v *SearchProductsProduct) time.Time { return v.UpdateTime.Time },
		Details: feed.AsListed[SearchProductsProduct],
	}, opts)
}
