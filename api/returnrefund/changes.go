package returnrefund

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

// ReturnChanges follows the shop's returns and refunds: SearchReturns by the time of change.
//
// filter narrows the list, and may be nil; its times of change, its sorting and its page token are
// the feed's. Pages have its PageSize, 10 if it names none: the most that the platform gives is not
// documented.
func (s *Service) ReturnChanges(
	filter *SearchReturnsRequest, opts feed.Options, call ...tiktokshop.Option,
) (*feed.Feed[ReturnOrder], error) {
	var req SearchReturnsRequest
	if filter != nil {
		req = *filter
	}
	req.PageSize, req.PageToken = cmp.Or(req.PageSize, "10"), ""
	req.SortField, req.SortOrder = string(SortFieldUpdateTime), SortOrderAsc
	size, err := strconv.Atoi(req.PageSize)
	if err != nil {
		return nil, &tiktokshop.InputError{Operation: "returnrefund.ReturnChanges",
			Field: "PageSize", Reason: "is not a number"}
	}
	req.UpdateTimeGE, req.UpdateTimeLT = tiktokshop.UnixTime{}, tiktokshop.UnixTime{}
	return feed.New(feed.Source[ReturnOrder, ReturnOrder]{
		Name:   "returnrefund.ReturnChanges",
		Filter: feed.FilterID(req), Sorted: true, PageSize: size, Batch: 50,
		List: func(ctx context.Context, q feed.Query) (feed.Page[ReturnOrder], error) {
			page := req
			page.UpdateTimeGE = tiktokshop.NewUnixTime(q.From)
			page.UpdateTimeLT = tiktokshop.NewUnixTime(q.Before)
			page.PageToken = q.PageToken
			resp, err := s.SearchReturns(ctx, &page, call...)
			if err != nil {
				return feed.Page[ReturnOrder]{}, err
			}
			d := &resp.Data
			return feed.Page[ReturnOrder]{
				Items: d.ReturnOrders, Next: d.NextPageToken, Total: d.TotalCount,
				ServedAt: feed.ServedAt(resp),
			}, nil
		},
		ID:      func(v *ReturnOrder) tiktokshop.ID { return v.ReturnID },
		Time:    func(v *ReturnOrder) time.Time { return v.UpdateTime.Time },
		Details: feed.AsListed[ReturnOrder],
	}, opts)
}

// CancellationChanges follows the shop's cancellations: SearchCancellations by the time of change.
// filter is as that of [Service.ReturnChanges].
func (s *Service) CancellationChanges(
	filter *SearchCancellationsRequest, opts feed.Options, call ...tiktokshop.Option,
) (*feed.Feed[Cancellation], error) {
	var req SearchCancellationsRequest
	if filter != nil {
		req = *filter
	}
	req.PageSize, req.PageToken = cmp.Or(req.PageSize, "10"), ""
	req.SortField, req.SortOrder = SortFieldUpdateTime, SortOrderAsc
	size, err := strconv.Atoi(req.PageSize)
	if err != nil {
		return nil, &tiktokshop.InputError{Operation: "returnrefund.CancellationChanges",
			Field: "PageSize", Reason: "is not a number"}
	}
	req.UpdateTimeGE, req.UpdateTimeLT = tiktokshop.UnixTime{}, tiktokshop.UnixTime{}
	return feed.New(feed.Source[Cancellation, Cancellation]{
		Name:   "returnrefund.CancellationChanges",
		Filter: feed.FilterID(req), Sorted: true, PageSize: size, Batch: 50,
		List: func(ctx context.Context, q feed.Query) (feed.Page[Cancellation], error) {
			page := req
			page.UpdateTimeGE = tiktokshop.NewUnixTime(q.From)
			page.UpdateTimeLT = tiktokshop.NewUnixTime(q.Before)
			page.PageToken = q.PageToken
			resp, err := s.SearchCancellations(ctx, &page, call...)
			if err != nil {
				return feed.Page[Cancellation]{}, err
			}
			d := &resp.Data
			return feed.Page[Cancellation]{
				Items: d.Cancellations, Next: d.NextPageToken, Total: d.TotalCount,
				ServedAt: feed.ServedAt(resp),
			}, nil
		},
		ID:      func(v *Cancellation) tiktokshop.ID { return v.CancelID },
		Time:    func(v *Cancellation) time.Time { return v.UpdateTime.Time },
		Details: feed.AsListed[Cancellation],
	}, opts)
}
