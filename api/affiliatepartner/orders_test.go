package affiliatepartner_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// TestAllIterators walks every list of the service over several pages of the fake.
func TestAllIterators(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 0)
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(func() time.Time { return now }))
	campaign := tiktokshoptest.Campaign{ID: "1"}
	for i := range 120 {
		id := tiktokshop.ID(fmt.Sprint(100 + i))
		campaign.Products = append(campaign.Products, tiktokshoptest.Product{ID: id})
		srv.AddProductStatistics("1",
			affiliatepartner.ProductStatistics{CampaignProductDetail: affiliatepartner.PromotedProduct{ProductID: id}})
		srv.AddProductCreators("1", "100", affiliatepartner.ProductCreator{AffiliateProductID: id})
		srv.AddTAPOrders(affiliatepartner.TAPOrder{ID: id,
			CreateTime: tiktokshop.NewUnixTime(now.Add(-time.Hour))})
		srv.AddCAPOrders(affiliatepartner.CAPOrder{ID: id,
			CreateTime: tiktokshop.NewUnixTime(now.Add(-time.Hour))})
	}
	srv.AddCampaign(campaign)
	s := affiliatepartner.New(srv.Client())
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
		for p, err := range s.ListCampaignProductsAll(ctx,
			&affiliatepartner.ListCampaignProductsRequest{CampaignID: "1", PageSize: 50}) {
			add(p.ID, err)
		}
	})
	check("statistics", 3, func(add func(tiktokshop.ID, error)) {
		for p, err := range s.ListProductStatisticsAll(ctx,
			&affiliatepartner.ListProductStatisticsRequest{CampaignID: "1"}) {
			add(p.CampaignProductDetail.ProductID, err)
		}
	})
	check("creators", 6, func(add func(tiktokshop.ID, error)) {
		for p, err := range s.ListProductCreatorsAll(ctx,
			&affiliatepartner.ListProductCreatorsRequest{CampaignID: "1", ProductID: "100",
				PageSize: 20}) {
			add(p.AffiliateProductID, err)
		}
	})
	check("TAP orders", 2, func(add func(tiktokshop.ID, error)) {
		for o, err := range s.SearchTAPOrdersAll(ctx, nil) {
			add(o.ID, err)
		}
	})
	check("CAP orders", 2, func(add func(tiktokshop.ID, error)) {
		for o, err := range s.SearchCAPOrdersAll(ctx, nil) {
			add(o.ID, err)
		}
	})
	for range 2 { // bad input is the only element, each time
		for _, err := range []error{
			only(t, s.ListCampaignsAll(ctx, &affiliatepartner.ListCampaignsRequest{PageSize: -1})),
			only(t, s.ListCampaignProductsAll(ctx, nil)),
			only(t, s.ListProductStatisticsAll(ctx, nil)),
			only(t, s.ListProductCreatorsAll(ctx, nil)),
			only(t, s.SearchTAPOrdersAll(
				ctx, &affiliatepartner.SearchTAPOrdersRequest{PageSize: -1})),
			only(t, s.SearchCAPOrdersAll(
				ctx, &affiliatepartner.SearchCAPOrdersRequest{PageSize: -1})),
		} {
			var inputErr *tiktokshop.InputError
			require.ErrorAs(t, err, &inputErr)
		}
	}
}

// TestOrderWindows searches two years of orders, with one at each end of each possible search.
func TestOrderWindows(t *testing.T) {
	t.Parallel()
	from, before := time.Date(2023, 1, 31, 0, 0, 0, 0, time.UTC),
		time.Date(2025, 1, 31, 0, 0, 0, 0, time.UTC)
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
		srv.AddTAPOrders(affiliatepartner.TAPOrder{ID: id, CreateTime: tiktokshop.NewUnixTime(at)})
		srv.AddCAPOrders(affiliatepartner.CAPOrder{ID: id, CreateTime: tiktokshop.NewUnixTime(at)})
	}
	for day := from; day.Before(before); day = day.AddDate(0, 0, 1) {
		add(day, true)
		add(day.Add(24*time.Hour-time.Second), true)
	}
	add(from.Add(-time.Second), false)
	add(before, false)

	s := affiliatepartner.New(srv.Client())
	tap, agency := map[tiktokshop.ID]bool{}, map[tiktokshop.ID]bool{}
	// Half a second off the whole: still every order from the one bound to the other.
	f, b := tiktokshop.NewUnixTime(from.Add(-time.Second/2)),
		tiktokshop.NewUnixTime(before.Add(-time.Second/2))
	for o, err := range s.SearchTAPOrdersAll(t.Context(),
		&affiliatepartner.SearchTAPOrdersRequest{CreateTimeGE: f, CreateTimeLT: b}) {
		require.NoError(t, err)
		require.False(t, tap[o.ID], "twice: %s", o.ID)
		tap[o.ID] = true
	}
	for o, err := range s.SearchCAPOrdersAll(t.Context(),
		&affiliatepartner.SearchCAPOrdersRequest{CreateTimeGE: f, CreateTimeLT: b}) {
		require.NoError(t, err)
		require.False(t, agency[o.ID], "twice: %s", o.ID)
		agency[o.ID] = true
	}
	assert.Equal(t, want, tap)
	assert.Equal(t, want, agency)

	// Stopping ends it between searches too, and a failure in a later search is the last element.
	calls := len(srv.Requests())
	for range s.SearchTAPOrdersAll(t.Context(),
		&affiliatepartner.SearchTAPOrdersRequest{CreateTimeGE: f, CreateTimeLT: b}) {
		break
	}
	assert.Len(t, srv.Requests(), calls+1)
	n := 0
	var last error
	for _, err := range s.SearchTAPOrdersAll(t.Context(),
		&affiliatepartner.SearchTAPOrdersRequest{CreateTimeGE: f, CreateTimeLT: b}) {
		if n++; n == 1 {
			srv.FailNext(1, tiktokshoptest.Fault{Code: 16032007})
		}
		require.NoError(t, last, "an element follows an error")
		last = err
	}
	assert.ErrorIs(t, last, tiktokshop.ErrPermission)
	assert.ErrorContains(t,
		only(t, s.SearchTAPOrdersAll(t.Context(),
			&affiliatepartner.SearchTAPOrdersRequest{CreateTimeGE: f, CreateTimeLT: b,
				PageToken: "x"})), "PageToken: belongs to one search")
}

// TestStatisticsCipher has the platform want the cipher that its documents do not name.
func TestStatisticsCipher(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithStatisticsCipher())
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1"})
	srv.AddProductStatistics("1",
		affiliatepartner.ProductStatistics{CampaignProductDetail: affiliatepartner.PromotedProduct{ProductID: "2"}})
	c := srv.Client()
	resp, err := affiliatepartner.New(c).ListProductStatistics(t.Context(),
		&affiliatepartner.ListProductStatisticsRequest{CampaignID: "1"})
	require.NoError(t, err)
	assert.Len(t, resp.Data.CampaignProductStatistics, 1)
	assert.Len(t, srv.Requests(), 2)

	bare, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
		tiktokshop.WithBaseURL(srv.URL),
		tiktokshop.WithHTTPClient(
			&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}), tiktokshop.WithAccessToken(tiktokshoptest.AccessToken))
	require.NoError(t, err)
	_, err = affiliatepartner.New(bare).ListProductStatistics(t.Context(),
		&affiliatepartner.ListProductStatisticsRequest{CampaignID: "1"})
	assert.ErrorIs(t, err, tiktokshop.ErrInvalidIdentifier,
		"without a cipher the platform's own answer counts")
}
