package affiliatepartner

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

const (
	maxOrdersPage = 100
	// orderWindowMonths is the longest time range of one search.
	orderWindowMonths = 3
	// orderWindow is the range of each search that an iterator makes: shorter than any three
	// months.
	orderWindow = 89 * 24 * time.Hour
)

// Stages of a settlement, as the SettleStatus of SearchCAPOrders numbers them.
const (
	FilterCustomerUnpaid int64 = 1 + iota
	FilterPending
	FilterSettled
	FilterIneligible
	FilterFrozen
)

// Validate checks what the fields' tags cannot say: both bounds of time or none, in their order,
// and at most three months between them. The client calls it before anything is sent.
func (r *SearchTAPOrdersRequest) Validate() error {
	return validateOneSearch(r.CreateTimeGE, r.CreateTimeLT)
}

// Validate checks what the fields' tags cannot say: both bounds of time or none, in their order,
// and at most three months between them. The client calls it before anything is sent.
func (r *SearchCAPOrdersRequest) Validate() error {
	return validateOneSearch(r.CreateTimeGE, r.CreateTimeLT)
}

func validateOneSearch(from, before tiktokshop.UnixTime) error {
	found := checkTimeRange(from, before)
	if len(found) == 0 && !from.IsZero() &&
		before.After(from.UTC().AddDate(0, orderWindowMonths, 0)) {
		found.add("CreateTimeLT",
			fmt.Sprintf("is more than %d months after CreateTimeGE: use the iterator, which splits the range", orderWindowMonths))
	}
	return found.err("")
}

func checkTimeRange(from, before tiktokshop.UnixTime) (found mistakes) {
	switch {
	case from.IsZero() && before.IsZero():
	case from.IsZero():
		found.add("CreateTimeGE", bind.Missing+": give both bounds or none")
	case before.IsZero():
		found.add("CreateTimeLT", bind.Missing+": give both bounds or none")
	case !before.After(from.Time):
		found.add("CreateTimeLT", "must be after CreateTimeGE")
	}
	return found
}

// SearchTAPOrdersAll iterates over SKUOrders of all pages of SearchTAPOrders, of any time range:
// one longer than a search takes is searched piece by piece, oldest first, without gap or double.
// It makes one request a page, which has 100 unless the request says otherwise, when its first
// order is wanted; an error is the last element. Each range over it starts afresh.
func (s *Service) SearchTAPOrdersAll(
	ctx context.Context, req *SearchTAPOrdersRequest, opts ...tiktokshop.Option,
) iter.Seq2[TAPOrder, error] {
	return orderSearch[SearchTAPOrdersRequest, SearchTAPOrdersData, TAPOrder]{
		operation: opSearchTAPOrders.Name,
		list:      s.SearchTAPOrders,
		fields: func(r *SearchTAPOrdersRequest) searchFields {
			return searchFields{&r.CreateTimeGE, &r.CreateTimeLT, &r.PageSize, &r.PageToken}
		},
		page: func(_ *SearchTAPOrdersRequest, d *SearchTAPOrdersData) ([]TAPOrder, string) {
			return d.SKUOrders, d.NextPageToken
		},
	}.all(ctx, req, opts)
}

// SearchCAPOrdersAll iterates over SKUOrders of all pages of SearchCAPOrders, of any time range, as
// SearchTAPOrdersAll does.
func (s *Service) SearchCAPOrdersAll(
	ctx context.Context, req *SearchCAPOrdersRequest, opts ...tiktokshop.Option,
) iter.Seq2[CAPOrder, error] {
	return orderSearch[SearchCAPOrdersRequest, SearchCAPOrdersData, CAPOrder]{
		operation: opSearchCAPOrders.Name,
		list:      s.SearchCAPOrders,
		fields: func(r *SearchCAPOrdersRequest) searchFields {
			return searchFields{&r.CreateTimeGE, &r.CreateTimeLT, &r.PageSize, &r.PageToken}
		},
		page: func(_ *SearchCAPOrdersRequest, d *SearchCAPOrdersData) ([]CAPOrder, string) {
			return d.SKUOrders, d.NextPageToken
		},
	}.all(ctx, req, opts)
}

// orderSearch is an order search that can be made piece by piece.
type orderSearch[Req, Data, T any] struct {
	operation string
	list      func(context.Context, *Req, ...tiktokshop.Option) (*tiktokshop.Response[Data], error)
	fields    func(*Req) searchFields
	page      func(*Req, *Data) ([]T, string)
}

// searchFields are the fields that the requests of all order searches have.
type searchFields struct {
	from, before *tiktokshop.UnixTime
	pageSize     *int64
	pageToken    *string
}

// all iterates over the pages of consecutive time ranges, each short enough for one search. The
// ranges are half-open, so that an order at a seam is in exactly one.
func (s orderSearch[Req, Data, T]) all(
	ctx context.Context, req *Req, opts []tiktokshop.Option,
) iter.Seq2[T, error] {
	var whole Req
	if req != nil {
		whole = *req
	}
	f := s.fields(&whole)
	if err := checkTimeRange(*f.from, *f.before).err(s.operation); err != nil {
		return failed[T](err)
	}
	from, before := ceilSecond(*f.from), ceilSecond(*f.before)
	if from.IsZero() || before.Sub(from.Time) <= orderWindow {
		return s.pages(ctx, &whole, from, before, opts)
	}
	if *f.pageToken != "" {
		return failed[T](mistakes{{
			Field:  "PageToken",
			Reason: "belongs to one search, this time range takes several: move CreateTimeGE instead",
		}}.err(s.operation))
	}
	return func(yield func(T, error) bool) {
		for start := from.Time; start.Before(before.Time); start = start.Add(orderWindow) {
			end := start.Add(orderWindow)
			if end.After(before.Time) {
				end = before.Time
			}
			for item, err := range s.pages(ctx, &whole, tiktokshop.NewUnixTime(start),
				tiktokshop.NewUnixTime(end), opts) {
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}

// pages iterates over the pages of one search.
func (s orderSearch[Req, Data, T]) pages(
	ctx context.Context, whole *Req, from, before tiktokshop.UnixTime, opts []tiktokshop.Option,
) iter.Seq2[T, error] {
	one := *whole
	f := s.fields(&one)
	*f.from, *f.before, *f.pageSize = from, before, cmp.Or(*f.pageSize, maxOrdersPage)
	return tiktokshop.Pages(ctx, &one, s.list,
		func(r *Req) *string { return s.fields(r).pageToken }, s.page, opts...)
}

// ceilSecond rounds a bound up to the whole seconds that orders are dated in: an order of second n
// is at or after n-0.5 as it is at or after n, and before n+0.5 as it is before n+1.
func ceilSecond(t tiktokshop.UnixTime) tiktokshop.UnixTime {
	if t.IsZero() || t.Nanosecond() == 0 {
		return t
	}
	return tiktokshop.NewUnixTime(time.Unix(t.Unix()+1, 0))
}
