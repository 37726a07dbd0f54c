package tiktokshop_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// campaignsServer has n campaigns with ids 1000, 1001 and so on.
func campaignsServer(t *testing.T, n int) *tiktokshoptest.Server {
	srv := tiktokshoptest.NewServer(t)
	for i := range n {
		srv.AddCampaign(tiktokshoptest.Campaign{ID: tiktokshop.ID(fmt.Sprint(1000 + i))})
	}
	return srv
}

func TestIteratorIsLazyAndRestartable(t *testing.T) {
	t.Parallel()
	srv := campaignsServer(t, 25)
	req := &tiktokshop.ListCampaignsRequest{PageSize: 10}
	campaigns := srv.Client().AffiliatePartner.Campaigns(t.Context(), req)
	req.PageSize = -1 // the iterator has its own copy
	assert.Empty(t, srv.Requests(), "nothing is asked before the first element is wanted")

	for range 2 {
		calls := len(srv.Requests())
		var ids []tiktokshop.ID
		for c, err := range campaigns {
			require.NoError(t, err)
			ids = append(ids, c.ID)
		}
		require.Len(t, ids, 25)
		assert.True(t, slices.IsSorted(ids))
		assert.Len(t, slices.Compact(ids), 25)
		assert.Len(t, srv.Requests(), calls+3)
		assert.Contains(t, srv.Requests()[calls+1].RawQuery, "page_token=%2B%2F", "a token with + / = survives")
	}

	calls := len(srv.Requests())
	n := 0
	for _, err := range campaigns {
		require.NoError(t, err)
		if n++; n == 10 {
			break
		}
	}
	assert.Len(t, srv.Requests(), calls+1, "the second page is not asked for")
}

func TestIteratorStartsAtAToken(t *testing.T) {
	t.Parallel()
	srv := campaignsServer(t, 5)
	s := srv.Client().AffiliatePartner
	first, err := s.ListCampaigns(t.Context(), &tiktokshop.ListCampaignsRequest{PageSize: 3})
	require.NoError(t, err)
	assert.EqualValues(t, 5, first.Data.TotalCount)
	var ids []tiktokshop.ID
	for c, err := range s.Campaigns(t.Context(), &tiktokshop.ListCampaignsRequest{PageSize: 3, PageToken: first.Data.NextPageToken}) {
		require.NoError(t, err)
		ids = append(ids, c.ID)
	}
	assert.Equal(t, []tiktokshop.ID{"1003", "1004"}, ids)
}

func TestIteratorEnds(t *testing.T) {
	t.Parallel()
	for name, tokens := range map[string][]string{
		"empty token":  {`"next_page_token":""`},
		"no token":     {`"total_count":1`},
		"null token":   {`"next_page_token":null`},
		"zero token":   {`"next_page_token":"0"`},
		"repeated":     {`"next_page_token":"a"`, `"next_page_token":"a"`},
		"in a circle":  {`"next_page_token":"a"`, `"next_page_token":"b"`, `"next_page_token":"a"`},
		"several":      {`"next_page_token":"a"`, `"next_page_token":"b"`, `"next_page_token":""`},
		"empty page":   {`"next_page_token":"a"`, `"campaigns":[],"next_page_token":""`},
		"error":        {`"next_page_token":"a"`, ``},
		"first failed": {``},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.NewServer(t)
			for i, token := range tokens {
				body := fmt.Sprintf(`{"code":0,"data":{"campaigns":[{"id":%d}],%s}}`, i, token)
				if token == "" {
					body = `{"code":16032007,"message":"Permission denied."}`
				}
				srv.FailNext(1, tiktokshoptest.Fault{Body: body})
			}
			var failures []error
			for _, err := range srv.Client().AffiliatePartner.Campaigns(t.Context(), nil) {
				if err != nil {
					failures = append(failures, err)
				}
			}
			assert.Len(t, srv.Requests(), len(tokens))
			switch name {
			case "repeated", "in a circle":
				require.Len(t, failures, 1)
				assert.ErrorIs(t, failures[0], tiktokshop.ErrPageTokenRepeated)
				assert.ErrorContains(t, failures[0], "AffiliatePartner.ListCampaigns")
			case "error", "first failed":
				require.Len(t, failures, 1)
				assert.ErrorIs(t, failures[0], tiktokshop.ErrPermission)
			default:
				assert.Empty(t, failures)
			}
		})
	}
}

// TestAllIterators walks every list of the service over several pages of the fake.
func TestAllIterators(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 0)
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(func() time.Time { return now }))
	campaign := tiktokshoptest.Campaign{ID: "1"}
	for i := range 120 {
		id := tiktokshop.ID(fmt.Sprint(100 + i))
		campaign.Products = append(campaign.Products, tiktokshoptest.Product{ID: id})
		srv.AddProductStatistics("1", tiktokshop.ProductStatistics{Product: tiktokshop.PromotedProduct{ID: id}})
		srv.AddProductCreators("1", "100", tiktokshop.ProductCreator{AffiliateProductID: id})
		srv.AddTAPOrders(tiktokshop.TAPOrder{ID: id, CreateTime: tiktokshop.NewUnixTime(now.Add(-time.Hour))})
		srv.AddCAPOrders(tiktokshop.CAPOrder{ID: id, CreateTime: tiktokshop.NewUnixTime(now.Add(-time.Hour))})
	}
	srv.AddCampaign(campaign)
	s := srv.Client().AffiliatePartner
	ctx := t.Context()

	check := func(name string, pages int, walk func(add func(tiktokshop.ID, error))) {
		calls := len(srv.Requests())
		var ids []tiktokshop.ID
		walk(func(id tiktokshop.ID, err error) {
			require.NoError(t, err, name)
			ids = append(ids, id)
		})
		require.Len(t, ids, 120, name)
		for i, id := range ids {
			require.Equal(t, tiktokshop.ID(fmt.Sprint(100+i)), id, name)
		}
		assert.Len(t, srv.Requests(), calls+pages, name)
	}
	check("products", 3, func(add func(tiktokshop.ID, error)) {
		for p, err := range s.CampaignProducts(ctx, &tiktokshop.ListCampaignProductsRequest{CampaignID: "1"}) {
			add(p.ID, err)
		}
	})
	check("statistics", 3, func(add func(tiktokshop.ID, error)) {
		for p, err := range s.ProductStatistics(ctx, &tiktokshop.ListProductStatisticsRequest{CampaignID: "1"}) {
			add(p.Product.ID, err)
		}
	})
	check("creators", 6, func(add func(tiktokshop.ID, error)) {
		for p, err := range s.ProductCreators(ctx, &tiktokshop.ListProductCreatorsRequest{CampaignID: "1", ProductID: "100", PageSize: 20}) {
			add(p.AffiliateProductID, err)
		}
	})
	check("TAP orders", 2, func(add func(tiktokshop.ID, error)) {
		for o, err := range s.TAPOrders(ctx, nil) {
			add(o.ID, err)
		}
	})
	check("CAP orders", 2, func(add func(tiktokshop.ID, error)) {
		for o, err := range s.CAPOrders(ctx, nil) {
			add(o.ID, err)
		}
	})
	for range 2 { // bad input is the only element, each time
		for _, err := range []error{
			only(t, s.Campaigns(ctx, &tiktokshop.ListCampaignsRequest{PageSize: -1})),
			only(t, s.CampaignProducts(ctx, nil)),
			only(t, s.ProductStatistics(ctx, nil)),
			only(t, s.ProductCreators(ctx, nil)),
			only(t, s.TAPOrders(ctx, &tiktokshop.SearchTAPOrdersRequest{PageSize: -1})),
			only(t, s.CAPOrders(ctx, &tiktokshop.SearchCAPOrdersRequest{PageSize: -1})),
		} {
			var inputErr *tiktokshop.InputError
			require.ErrorAs(t, err, &inputErr)
		}
	}
}

// only returns the error of an iterator that has nothing else.
func only[T any](t *testing.T, seq func(func(T, error) bool)) error {
	var errs []error
	for _, err := range seq {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	return errs[0]
}

// TestOrderWindows searches two years of orders, with one at each end of each possible search.
func TestOrderWindows(t *testing.T) {
	t.Parallel()
	from, before := time.Date(2023, 1, 31, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 31, 0, 0, 0, 0, time.UTC)
	srv := tiktokshoptest.NewServer(t)
	want := map[tiktokshop.ID]bool{}
	add := func(at time.Time, inside bool) {
		id := tiktokshop.ID(fmt.Sprint(at.Unix()))
		if want[id] {
			return
		}
		if inside {
			want[id] = true
		}
		srv.AddTAPOrders(tiktokshop.TAPOrder{ID: id, CreateTime: tiktokshop.NewUnixTime(at)})
		srv.AddCAPOrders(tiktokshop.CAPOrder{ID: id, CreateTime: tiktokshop.NewUnixTime(at)})
	}
	for day := from; day.Before(before); day = day.AddDate(0, 0, 1) {
		add(day, true)
		add(day.Add(24*time.Hour-time.Second), true)
	}
	add(from.Add(-time.Second), false)
	add(before, false)

	s := srv.Client().AffiliatePartner
	tap, agency := map[tiktokshop.ID]bool{}, map[tiktokshop.ID]bool{}
	// Half a second off the whole: still every order from the one bound to the other.
	f, b := tiktokshop.NewUnixTime(from.Add(-time.Second/2)), tiktokshop.NewUnixTime(before.Add(-time.Second/2))
	for o, err := range s.TAPOrders(t.Context(), &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: f, CreatedBefore: b}) {
		require.NoError(t, err)
		require.False(t, tap[o.ID], "twice: %s", o.ID)
		tap[o.ID] = true
	}
	for o, err := range s.CAPOrders(t.Context(), &tiktokshop.SearchCAPOrdersRequest{CreatedFrom: f, CreatedBefore: b}) {
		require.NoError(t, err)
		require.False(t, agency[o.ID], "twice: %s", o.ID)
		agency[o.ID] = true
	}
	assert.Equal(t, want, tap)
	assert.Equal(t, want, agency)

	// Stopping ends it between searches too, and a failure in a later search is the last element.
	calls := len(srv.Requests())
	for range s.TAPOrders(t.Context(), &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: f, CreatedBefore: b}) {
		break
	}
	assert.Len(t, srv.Requests(), calls+1)
	n := 0
	var last error
	for _, err := range s.TAPOrders(t.Context(), &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: f, CreatedBefore: b}) {
		if n++; n == 1 {
			srv.FailNext(1, tiktokshoptest.Fault{Code: 16032007})
		}
		require.NoError(t, last, "an element follows an error")
		last = err
	}
	assert.ErrorIs(t, last, tiktokshop.ErrPermission)
	assert.ErrorContains(t, only(t, s.TAPOrders(t.Context(), &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: f, CreatedBefore: b, PageToken: "x"})), "PageToken: belongs to one search")
}

// TestStatisticsCipher has the platform want the cipher that its documents do not name.
func TestStatisticsCipher(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithStatisticsCipher())
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1"})
	srv.AddProductStatistics("1", tiktokshop.ProductStatistics{Product: tiktokshop.PromotedProduct{ID: "2"}})
	c := srv.Client()
	resp, err := c.AffiliatePartner.ListProductStatistics(t.Context(), &tiktokshop.ListProductStatisticsRequest{CampaignID: "1"})
	require.NoError(t, err)
	assert.Len(t, resp.Data.Statistics, 1)
	assert.Len(t, srv.Requests(), 2)

	bare, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret, tiktokshop.WithBaseURL(srv.URL),
		tiktokshop.WithHTTPClient(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}), tiktokshop.WithAccessToken(tiktokshoptest.AccessToken))
	require.NoError(t, err)
	_, err = bare.AffiliatePartner.ListProductStatistics(t.Context(), &tiktokshop.ListProductStatisticsRequest{CampaignID: "1"})
	assert.ErrorIs(t, err, tiktokshop.ErrInvalidIdentifier, "without a cipher the platform's own answer counts")
}
