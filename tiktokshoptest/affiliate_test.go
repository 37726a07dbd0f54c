package tiktokshoptest_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

const day = 24 * time.Hour

func campaignRequest(c *clock) *affiliatepartner.CreateCampaignRequest {
	return &affiliatepartner.CreateCampaignRequest{
		Name: "n", Description: "d", CampaignStartTime: c.in(day), CampaignEndTime: c.in(10 * day),
		RegistrationStartTime: c.in(0), RegistrationEndTime: c.in(5 * day),
		CommissionRate:    1000,
		ContactInfo:       affiliatepartner.CreateCampaignContactInfo{Email: "a@example.test"},
		TargetShopCodes:   []string{"S1"},
		TargetSellerTypes: []affiliatepartner.SellerType{affiliatepartner.SellerTypeLocal},
	}
}

// code is the platform's code in an error, 0 for a success.
func code(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	var apiErr *tiktokshop.APIError
	require.ErrorAs(t, err, &apiErr)
	return apiErr.Code
}

// TestCampaignLife follows a campaign from its creation to its end.
func TestCampaignLife(t *testing.T) {
	t.Parallel()
	clk := newClock()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(clk.now))
	s := affiliatepartner.New(srv.Client())
	ctx := t.Context()

	created, err := s.CreateCampaign(ctx, campaignRequest(clk))
	require.NoError(t, err)
	id := created.Data.CampaignID
	one := &affiliatepartner.GetCampaignRequest{CampaignID: id}
	status := func() affiliatepartner.CampaignStatus {
		got, err := s.GetCampaign(ctx, one)
		require.NoError(t, err)
		return got.Data.Status
	}
	link := func() (*tiktokshop.GenerateMultiProductLinkResponse, error) {
		return s.GenerateMultiProductLink(ctx,
			&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: id,
				ProductIDs: []tiktokshop.ID{"7"}})
	}
	single := func() error {
		_, err := s.GenerateProductLink(ctx,
			&affiliatepartner.GenerateProductLinkRequest{CampaignID: id, ProductID: "7",
				CreatorCommissionRate: 10})
		return err
	}
	review := func(result affiliatepartner.ReviewResult) error {
		_, err := s.ReviewCampaignProduct(ctx,
			&affiliatepartner.ReviewCampaignProductRequest{CampaignID: id, ProductID: "7",
				ReviewResult: result})
		return err
	}
	edit := func(req affiliatepartner.EditCampaignRequest) error {
		req.CampaignID = id
		_, err := s.EditCampaign(ctx, &req)
		return err
	}

	assert.Equal(t, affiliatepartner.CampaignStatusReady, status())
	assert.Error(t, srv.SubmitProduct(id, tiktokshoptest.Product{ID: "7"}), "invisible to sellers")
	assert.Equal(t, 16032009, code(t, review(affiliatepartner.ReviewResultApprove)))
	_, err = link()
	assert.Equal(t, 16032009, code(t, err))

	_, err = s.PublishCampaign(ctx,
		&affiliatepartner.PublishCampaignRequest{CampaignID: one.CampaignID})
	require.NoError(t, err)
	assert.Equal(t, affiliatepartner.CampaignStatusUpcoming, status())
	_, err = s.PublishCampaign(ctx,
		&affiliatepartner.PublishCampaignRequest{CampaignID: one.CampaignID})
	assert.Equal(t, 16032008, code(t, err))
	require.NoError(t, srv.SubmitProduct(id, tiktokshoptest.Product{ID: "7"}))
	assert.Error(t, srv.SubmitProduct(id, tiktokshoptest.Product{ID: "7"}), "twice")
	require.NoError(t,
		edit(affiliatepartner.EditCampaignRequest{CampaignStartTime: clk.in(2 * day),
			Name: tiktokshop.Ptr("new"), TargetShopCodes: []string{}}))

	clk.advance(2 * day)
	assert.Equal(t, affiliatepartner.CampaignStatusOngoing, status())
	assert.Equal(t, 16032008,
		code(t, edit(affiliatepartner.EditCampaignRequest{CampaignStartTime: clk.in(day)})),
		"it has started")
	resp, err := link()
	require.NoError(t, err)
	assert.Equal(t, []tiktokshop.ID{"7"}, resp.Data.FailedProductIDs, "not reviewed yet")
	assert.Equal(t, 16032008, code(t, single()))
	require.NoError(t, review(affiliatepartner.ReviewResultApprove))
	resp, err = link()
	require.NoError(t, err)
	assert.Len(t, resp.Data.ProductPromotionLinks, 1)
	require.NoError(t, single())
	require.NoError(t, review(affiliatepartner.ReviewResultReject))
	assert.Equal(t, 16032008, code(t, single()))
	require.NoError(t,
		edit(affiliatepartner.EditCampaignRequest{CampaignEndTime: clk.in(day),
			RegistrationEndTime: clk.in(0)}))
	assert.Error(t, srv.SubmitProduct(id, tiktokshoptest.Product{ID: "8"}), "registration is over")

	clk.advance(day)
	assert.Equal(t, affiliatepartner.CampaignStatusClosed, status())
	assert.Equal(t, 16032008,
		code(t, edit(affiliatepartner.EditCampaignRequest{Name: tiktokshop.Ptr("x")})))
	_, err = link()
	assert.Equal(t, 16032009, code(t, err))

	got, err := s.GetCampaign(ctx, one)
	require.NoError(t, err)
	assert.Equal(t, "new", got.Data.Name)
	assert.Equal(t, "d", got.Data.Description, "what was not edited stays")
	assert.Empty(t, got.Data.TargetShops)
	assert.Equal(t, []affiliatepartner.SellerType{affiliatepartner.SellerTypeLocal},
		got.Data.TargetSellerTypes)
}

// TestBusinessCodes provokes the codes that the life of a campaign does not show.
func TestBusinessCodes(t *testing.T) {
	t.Parallel()
	clk := newClock()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(clk.now))
	c := srv.Client()
	s := affiliatepartner.New(c)
	ctx := t.Context()

	// The client refuses these bodies, so they go by the door for unknown operations.
	create := func(change func(map[string]any)) int {
		body := map[string]any{"name": "n", "description": "d", "campaign_start_time": 100,
			"campaign_end_time": 200, "registration_start_time": 100,
			"registration_end_time": 200, "commission_rate": 1000,
			"contact_info": map[string]any{"email": "e"}}
		change(body)
		_, err := tiktokshop.Do[struct{}](ctx, c,
			&tiktokshop.Operation{Name: "Create", Method: "POST",
				Path:       "/affiliate_partner/202405/campaigns",
				Identifier: tiktokshop.CategoryAssetCipher}, tiktokshop.Params{Body: body})
		return code(t, err)
	}
	for want, change := range map[int][]func(map[string]any){
		0: {func(map[string]any) {}},
		16032001: {
			func(b map[string]any) { b["name"] = "" },
			func(b map[string]any) { b["description"] = "" },
			func(b map[string]any) { b["contact_info"] = map[string]any{"email": ""} },
		},
		16032002: {func(b map[string]any) { b["campaign_end_time"] = 100 },
			func(b map[string]any) { b["campaign_end_time"] = 100 + 360*24*3600 }},
		16032003: {func(b map[string]any) { b["registration_end_time"] = 100 }},
		16032004: {func(b map[string]any) { b["target_seller_types"] = []string{"X"} }},
		36009004: { // the judge's, before the operation sees the request
			func(b map[string]any) { b["target_shop_codes"] = make([]string, 100) },
			func(b map[string]any) { b["name"] = strings.Repeat("n", 50) },
			func(b map[string]any) { b["commission_rate"] = 8000 },
			func(b map[string]any) { delete(b, "name") },
			func(b map[string]any) { b["commission_rate"] = "1000" },
			func(b map[string]any) { b["contact_info"] = map[string]any{"email": 1} },
		},
	} {
		for _, ch := range change {
			assert.Equal(t, want, create(ch))
		}
	}
	srv.SetPaymentAccount(false)
	assert.Equal(t, 16032013, create(func(map[string]any) {}))
	srv.SetPaymentAccount(true)

	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Unpublished: true,
		Products: []tiktokshoptest.Product{{ID: "7",
			Info: affiliatepartner.CampaignProduct{TotalCommissionRate: 100}}}})
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "2"})
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "3", Foreign: true})
	publish := func() error {
		_, err := s.PublishCampaign(ctx, &affiliatepartner.PublishCampaignRequest{CampaignID: "1"})
		return err
	}
	srv.SetMaxOnlineCampaigns(1)
	assert.Equal(t, 16032011, code(t, publish()))
	srv.SetMaxOnlineCampaigns(2)
	require.NoError(t, publish())

	for want, id := range map[int]tiktokshop.ID{16032005: "404", 16032007: "3"} {
		_, err := s.GetCampaign(ctx, &affiliatepartner.GetCampaignRequest{CampaignID: id})
		assert.Equal(t, want, code(t, err))
		_, err = s.ListCampaignProducts(ctx,
			&affiliatepartner.ListCampaignProductsRequest{CampaignID: id, PageSize: 50})
		assert.Equal(t, want, code(t, err))
		_, err = s.ListProductStatistics(ctx,
			&affiliatepartner.ListProductStatisticsRequest{CampaignID: id})
		assert.Equal(t, want, code(t, err))
		_, err = s.ListProductCreators(ctx,
			&affiliatepartner.ListProductCreatorsRequest{CampaignID: id, ProductID: "7"})
		assert.Equal(t, 36009004, code(t, err), "the operation has no code for it")
	}
	single := func(campaign, product tiktokshop.ID, rate tiktokshop.BasisPoints) int {
		_, err := s.GenerateProductLink(ctx,
			&affiliatepartner.GenerateProductLinkRequest{CampaignID: campaign, ProductID: product,
				CreatorCommissionRate: rate})
		return code(t, err)
	}
	assert.Zero(t, single("1", "7", 100))
	assert.Equal(t, 16032001, single("1", "7", 101), "more than the product's total rate")
	assert.Equal(t, 16032010, single("1", "8", 100))
	_, err := s.ReviewCampaignProduct(ctx,
		&affiliatepartner.ReviewCampaignProductRequest{CampaignID: "1", ProductID: "8",
			ReviewResult: affiliatepartner.ReviewResultApprove})
	assert.Equal(t, 16032001, code(t, err))
	_, err = s.GetSampleStatus(ctx, &affiliatepartner.GetSampleStatusRequest{CampaignID: "1",
		ProductID: "7", CreatorTempID: "u"})
	assert.Equal(t, 16032001, code(t, err))
	_, err = s.ListCampaigns(ctx, &affiliatepartner.ListCampaignsRequest{PageToken: "made up"})
	assert.Equal(t, 36009004, code(t, err))
	_, err = tiktokshop.Do[struct{}](ctx, c,
		&tiktokshop.Operation{Name: "List", Method: "GET",
			Path:       "/affiliate_partner/202405/campaigns",
			Identifier: tiktokshop.CategoryAssetCipher}, tiktokshop.Params{})
	assert.ErrorContains(t, err, "PageSize is a required field")
	_, err = tiktokshop.Do[struct{}](ctx, c,
		&tiktokshop.Operation{Name: "Search", Method: "POST",
			Path:       "/affiliate_partner/202603/orders/search",
			Identifier: tiktokshop.CategoryAssetCipher},
		tiktokshop.Params{Query: url.Values{"page_size": {"1"}},
			Body: map[string]int{"create_time_ge": 1}})
	assert.ErrorContains(t, err, "must be given together")
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	clk := newClock()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(clk.now))
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Products: []tiktokshoptest.Product{
		{ID: "7", ReviewStatus: "PENDING",
			Info: affiliatepartner.CampaignProduct{Name: "red shoe", ShopName: "Shoes",
				Category: affiliatepartner.ProductCategory{ID: "5"}}},
		{ID: "8", Unavailable: true},
	}})
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "2", Unpublished: true})
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "3",
		Type: affiliatepartner.CampaignTypeSellerCampaigns})
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "4",
		Type: affiliatepartner.CampaignTypeSellerCampaigns, Joined: true})
	srv.AddContentStatistics("1", "7", "u",
		affiliatepartner.ContentStatistics{ContentType: "VIDEO"},
		affiliatepartner.ContentStatistics{ContentType: "LIVE_ROOM"})
	srv.SetSampleStatus("1", "7", "u", affiliatepartner.SampleStatus{Quantity: 3})
	srv.AddTAPOrders(
		affiliatepartner.TAPOrder{ID: "1", CampaignID: "1", CreateTime: clk.in(-time.Hour)},
		affiliatepartner.TAPOrder{ID: "2", CampaignID: "2", CreateTime: clk.in(-time.Minute)},
		affiliatepartner.TAPOrder{ID: "3", CampaignID: "1", CreateTime: clk.in(-100 * day)})
	srv.AddCAPOrders(
		affiliatepartner.CAPOrder{ID: "1", ProductID: "7",
			SettleStatus: affiliatepartner.SettleStatusCustomerUnpaid,
			CreateTime:   clk.in(-time.Hour)},
		affiliatepartner.CAPOrder{ID: "2", ProductID: "8",
			SettleStatus: affiliatepartner.SettleStatusFrozen, CreateTime: clk.in(-time.Minute)})
	s := affiliatepartner.New(srv.Client())
	ctx := t.Context()

	campaigns := func(req affiliatepartner.ListCampaignsRequest) []tiktokshop.ID {
		return ids(t, s.ListCampaignsAll(ctx, &req),
			func(c affiliatepartner.Campaign) tiktokshop.ID { return c.ID })
	}
	assert.Equal(t, []tiktokshop.ID{"1", "2"}, campaigns(affiliatepartner.ListCampaignsRequest{}))
	assert.Equal(t, []tiktokshop.ID{"2"},
		campaigns(affiliatepartner.ListCampaignsRequest{Status: affiliatepartner.CampaignStatusReady}))
	assert.Equal(t, []tiktokshop.ID{"1", "2"},
		campaigns(affiliatepartner.ListCampaignsRequest{Status: affiliatepartner.CampaignStatusUnspecified}))
	assert.Equal(t, []tiktokshop.ID{"3", "4"},
		campaigns(affiliatepartner.ListCampaignsRequest{Type: affiliatepartner.CampaignTypeSellerCampaigns}))
	assert.Equal(t, []tiktokshop.ID{"3"},
		campaigns(affiliatepartner.ListCampaignsRequest{Type: affiliatepartner.CampaignTypeSellerCampaigns, QueryTypeFilter: affiliatepartner.CampaignFilterMarketplace}))
	assert.Equal(t, []tiktokshop.ID{"4"},
		campaigns(affiliatepartner.ListCampaignsRequest{Type: affiliatepartner.CampaignTypeSellerCampaigns, QueryTypeFilter: affiliatepartner.CampaignFilterJoined}))

	for want, req := range map[tiktokshop.ID]affiliatepartner.ListCampaignProductsRequest{
		"7": {ReviewStatus: affiliatepartner.ReviewStatusPending, ProductName: "shoe",
			ShopName: "Shoes", CategoryID: "5"},
		"8": {ProductID: "8"},
	} {
		req.CampaignID = "1"
		for p, err := range s.ListCampaignProductsAll(ctx, &req) {
			require.NoError(t, err)
			assert.Equal(t, want, p.ID)
			assert.Equal(t, want == "7", p.IsAvailable)
		}
	}

	for kind, n := range map[affiliatepartner.ContentType]int{"": 2,
		affiliatepartner.ContentTypeVideo: 1, affiliatepartner.ContentTypeLiveRoom: 1} {
		got, err := s.ListContentStatistics(ctx,
			&affiliatepartner.ListContentStatisticsRequest{CampaignID: "1", ProductID: "7",
				CreatorTempID: "u", AffiliateProductID: "1", ContentType: kind})
		require.NoError(t, err)
		assert.Len(t, got.Data.CreatorContentStatistics, n)
	}
	sample, err := s.GetSampleStatus(ctx, &affiliatepartner.GetSampleStatusRequest{CampaignID: "1",
		ProductID: "7", CreatorTempID: "u"})
	require.NoError(t, err)
	assert.EqualValues(t, 3, sample.Data.SampleStatus.Quantity)

	tap := func(req affiliatepartner.SearchTAPOrdersRequest) []tiktokshop.ID {
		return ids(t, s.SearchTAPOrdersAll(ctx, &req),
			func(o affiliatepartner.TAPOrder) tiktokshop.ID { return o.ID })
	}
	assert.Equal(t, []tiktokshop.ID{"2", "1"}, tap(affiliatepartner.SearchTAPOrdersRequest{}),
		"the newest first, of the last three months")
	assert.Equal(t, []tiktokshop.ID{"1"},
		tap(affiliatepartner.SearchTAPOrdersRequest{CampaignID: "1"}))
	assert.Equal(t, []tiktokshop.ID{"3"},
		tap(affiliatepartner.SearchTAPOrdersRequest{CreateTimeGE: clk.in(-101 * day),
			CreateTimeLT: clk.in(-99 * day)}))

	agency := func(req affiliatepartner.SearchCAPOrdersRequest) []tiktokshop.ID {
		return ids(t, s.SearchCAPOrdersAll(ctx, &req),
			func(o affiliatepartner.CAPOrder) tiktokshop.ID { return o.ID })
	}
	assert.Equal(t, []tiktokshop.ID{"2"},
		agency(affiliatepartner.SearchCAPOrdersRequest{SettleStatus: tiktokshop.Ptr(
			affiliatepartner.FilterFrozen)}))
	assert.Equal(t, []tiktokshop.ID{"1"},
		agency(affiliatepartner.SearchCAPOrdersRequest{SettleStatus: tiktokshop.Ptr(
			affiliatepartner.FilterCustomerUnpaid), ProductID: "7"}))
	assert.Equal(t, []tiktokshop.ID{"1"},
		agency(affiliatepartner.SearchCAPOrdersRequest{OrderID: "1"}))
}

func ids[T any](
	t *testing.T, seq func(func(T, error) bool), id func(T) tiktokshop.ID,
) (out []tiktokshop.ID) {
	for v, err := range seq {
		require.NoError(t, err)
		out = append(out, id(v))
	}
	return out
}
