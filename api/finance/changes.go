package finance

import (
	"context"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

// StatementChanges follows the shop's statements: GetStatements by the time of the statement, which
// does not move when it is paid. With an Overlap of some weeks, what changes in statements of that
// time is handed over, too.
//
// filter narrows the list, and may be nil; its times, its sorting and its page are the feed's.
func (s *Service) StatementChanges(
	filter *GetStatementsRequest, opts feed.Options, call ...tiktokshop.Option,
) (*feed.Feed[Statement], error) {
	var req GetStatementsRequest
	if filter != nil {
		req = *filter
	}
	req.PageSize, req.PageToken, req.SortField, req.SortOrder = 100, "", "statement_time",
		SortOrderAsc
	req.StatementTimeGE, req.StatementTimeLT = tiktokshop.UnixTime{}, tiktokshop.UnixTime{}
	return feed.New(feed.Source[Statement, Statement]{
		Name:   "finance.StatementChanges",
		Filter: feed.FilterID(req.PaymentStatus), Sorted: true, PageSize: 100, Batch: 100,
		List: func(ctx context.Context, q feed.Query) (feed.Page[Statement], error) {
			page := req
			page.StatementTimeGE = tiktokshop.NewUnixTime(q.From)
			page.StatementTimeLT = tiktokshop.NewUnixTime(q.Before)
			page.PageToken = q.PageToken
			resp, err := s.GetStatements(ctx, &page, call...)
			if err != nil {
				return feed.Page[Statement]{}, err
			}
			d := &resp.Data
			return feed.Page[Statement]{
				Items: d.Statements, Next: d.NextPageToken, ServedAt: feed.ServedAt(resp),
			}, nil
		},
		ID:      func(v *Statement) tiktokshop.ID { return v.ID },
		Time:    func(v *Statement) time.Time { return v.StatementTime.Time },
		Details: feed.AsListed[Statement],
	}, opts)
}

// PaymentChanges follows the shop's payments: GetPayments by the time of creation. With an Overlap
// of some weeks, what changes in payments of that time is handed over, too. Nothing of filter is
// used so far: its times, its sorting and its page are the feed's.
func (s *Service) PaymentChanges(
	filter *GetPaymentsRequest, opts feed.Options, call ...tiktokshop.Option,
) (*feed.Feed[Payment], error) {
	var req GetPaymentsRequest
	if filter != nil {
		req = *filter
	}
	req.PageSize, req.PageToken, req.SortField, req.SortOrder = 100, "", "create_time", SortOrderAsc
	req.CreateTimeGE, req.CreateTimeLT = tiktokshop.UnixTime{}, tiktokshop.UnixTime{}
	return feed.New(feed.Source[Payment, Payment]{
		Name:   "finance.PaymentChanges",
		Filter: "", Sorted: true, PageSize: 100, Batch: 100,
		List: func(ctx context.Context, q feed.Query) (feed.Page[Payment], error) {
			page := req
			page.CreateTimeGE = tiktokshop.NewUnixTime(q.From)
			page.CreateTimeLT = tiktokshop.NewUnixTime(q.Before)
			page.PageToken = q.PageToken
			resp, err := s.GetPayments(ctx, &page, call...)
			if err != nil {
				return feed.Page[Payment]{}, err
			}
			d := &resp.Data
			return feed.Page[Payment]{
				Items: d.Payments, Next: d.NextPageToken, ServedAt: feed.ServedAt(resp),
			}, nil
		},
		ID:      func(v *Payment) tiktokshop.ID { return v.ID },
		Time:    func(v *Payment) time.Time { return v.CreateTime.Time },
		Details: feed.AsListed[Payment],
	}, opts)
}
