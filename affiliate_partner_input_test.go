package tiktokshop_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// changed returns a valid creation with one change.
func changed(change func(*tiktokshop.CreateCampaignRequest)) *tiktokshop.CreateCampaignRequest {
	req := newCampaign()
	change(req)
	return req
}

// TestAffiliateInputRefused covers each documented limit, just beyond it. What is at the limit is in TestAffiliateInputAccepted.
func TestAffiliateInputRefused(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	s := srv.Client().AffiliatePartner
	ctx := t.Context()
	type create = tiktokshop.CreateCampaignRequest
	type edit = tiktokshop.EditCampaignRequest
	const id = tiktokshop.ID("1")
	for problem, try := range map[string]func() (any, error){
		// Campaigns.
		"CreateCampaign: request: is nil":  func() (any, error) { return do(s.CreateCampaign(ctx, nil)) },
		"CreateCampaign: Name: is missing": func() (any, error) { return do(s.CreateCampaign(ctx, changed(func(r *create) { r.Name = "" }))) },
		"CreateCampaign: Name: has 50 characters": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.Name = strings.Repeat("é", 50) })))
		},
		"CreateCampaign: Name: is not valid UTF-8": func() (any, error) { return do(s.CreateCampaign(ctx, changed(func(r *create) { r.Name = "\xff" }))) },
		"CreateCampaign: Description: is missing":  func() (any, error) { return do(s.CreateCampaign(ctx, changed(func(r *create) { r.Description = "" }))) },
		"CreateCampaign: Description: has 1000": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.Description = strings.Repeat("x", 1000) })))
		},
		"CreateCampaign: CommissionRate: is 100, must": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.CommissionRate = 100 })))
		},
		"CreateCampaign: CommissionRate: is 8000, mus": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.CommissionRate = 8000 })))
		},
		"CreateCampaign: StartTime: is missing": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.StartTime = tiktokshop.UnixTime{} })))
		},
		"CreateCampaign: RegistrationEndTime: is miss": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.RegistrationEndTime = tiktokshop.UnixTime{} })))
		},
		"CreateCampaign: EndTime: must be after": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.EndTime = r.StartTime })))
		},
		"CreateCampaign: EndTime: must be less than 360 days": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.EndTime = tiktokshop.NewUnixTime(r.StartTime.AddDate(0, 0, 360)) })))
		},
		"CreateCampaign: RegistrationEndTime: must be after": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.RegistrationEndTime = r.RegistrationStartTime })))
		},
		"CreateCampaign: ContactInfo.Email: is missing": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.ContactInfo.Email = "" })))
		},
		"CreateCampaign: TargetShopCodes: has 100": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.TargetShopCodes = strings.Split(strings.Repeat("x ", 99)+"x", " ") })))
		},
		"CreateCampaign: TargetShopCodes[1]: is empty": func() (any, error) {
			return do(s.CreateCampaign(ctx, changed(func(r *create) { r.TargetShopCodes = []string{"x", ""} })))
		},
		"EditCampaign: request: is nil":          func() (any, error) { return do(s.EditCampaign(ctx, nil)) },
		"EditCampaign: request: changes nothing": func() (any, error) { return do(s.EditCampaign(ctx, &edit{CampaignID: id})) },
		"EditCampaign: CampaignID: is empty":     func() (any, error) { return do(s.EditCampaign(ctx, &edit{Name: tiktokshop.Set("x")})) },
		"EditCampaign: Name: cannot be cleared": func() (any, error) {
			return do(s.EditCampaign(ctx, &edit{CampaignID: id, Name: tiktokshop.Clear[string]()}))
		},
		"EditCampaign: EndTime: cannot be cleared": func() (any, error) {
			return do(s.EditCampaign(ctx, &edit{CampaignID: id, EndTime: tiktokshop.Null[tiktokshop.UnixTime]()}))
		},
		"EditCampaign: Name: is missing": func() (any, error) { return do(s.EditCampaign(ctx, &edit{CampaignID: id, Name: tiktokshop.Set("")})) },
		"EditCampaign: Description: has 1000": func() (any, error) {
			return do(s.EditCampaign(ctx, &edit{CampaignID: id, Description: tiktokshop.Set(strings.Repeat("x", 1000))}))
		},
		"EditCampaign: CommissionRate: is 8001, mus": func() (any, error) {
			return do(s.EditCampaign(ctx, &edit{CampaignID: id, CommissionRate: tiktokshop.Set(tiktokshop.BasisPoints(8001))}))
		},
		"EditCampaign: StartTime: is the zero time": func() (any, error) {
			return do(s.EditCampaign(ctx, &edit{CampaignID: id, StartTime: tiktokshop.Set(tiktokshop.UnixTime{})}))
		},
		"EditCampaign: EndTime: must be less than": func() (any, error) {
			return do(s.EditCampaign(ctx, &edit{CampaignID: id, StartTime: tiktokshop.Set(at(1)), EndTime: tiktokshop.Set(at(1 + 360*24*3600))}))
		},
		"EditCampaign: ContactInfo.Email: cannot be": func() (any, error) {
			return do(s.EditCampaign(ctx, &edit{CampaignID: id, ContactInfo: tiktokshop.EditContactInfo{Email: tiktokshop.Clear[string]()}}))
		},
		"PublishCampaign: request: is nil":     func() (any, error) { return do(s.PublishCampaign(ctx, nil)) },
		"PublishCampaign: CampaignID: is mal":  func() (any, error) { return do(s.PublishCampaign(ctx, &tiktokshop.CampaignRequest{CampaignID: "x"})) },
		"GetCampaign: CampaignID: is empty":    func() (any, error) { return do(s.GetCampaign(ctx, &tiktokshop.CampaignRequest{})) },
		"ListCampaigns: PageSize: is 101, mus": func() (any, error) { return do(s.ListCampaigns(ctx, &tiktokshop.ListCampaignsRequest{PageSize: 101})) },
		"ListCampaigns: PageSize: is -1, must": func() (any, error) { return do(s.ListCampaigns(ctx, &tiktokshop.ListCampaignsRequest{PageSize: -1})) },
		"ListCampaigns: Filter: is for Seller": func() (any, error) {
			return do(s.ListCampaigns(ctx, &tiktokshop.ListCampaignsRequest{Filter: tiktokshop.CampaignJoined}))
		},
		"ListCampaigns: Filter: of SellerCamp": func() (any, error) {
			return do(s.ListCampaigns(ctx, &tiktokshop.ListCampaignsRequest{Type: tiktokshop.SellerCampaigns, Filter: tiktokshop.CampaignAvailable}))
		},
		"ListCampaigns: Filter: of Exclusive": func() (any, error) {
			return do(s.ListCampaigns(ctx, &tiktokshop.ListCampaignsRequest{Type: tiktokshop.ExclusiveTikTokShop, Filter: tiktokshop.CampaignMarketplace}))
		},

		// Products and links.
		"ListCampaignProducts: request: is nil":     func() (any, error) { return do(s.ListCampaignProducts(ctx, nil)) },
		"ListCampaignProducts: CampaignID: is empt": func() (any, error) { return do(s.ListCampaignProducts(ctx, &tiktokshop.ListCampaignProductsRequest{})) },
		"ListCampaignProducts: PageSize: is -1, mu": func() (any, error) {
			return do(s.ListCampaignProducts(ctx, &tiktokshop.ListCampaignProductsRequest{CampaignID: id, PageSize: -1}))
		},
		"ListCampaignProducts: ProductID: is malfo": func() (any, error) {
			return do(s.ListCampaignProducts(ctx, &tiktokshop.ListCampaignProductsRequest{CampaignID: id, ProductID: "x"}))
		},
		"ReviewCampaignProduct: request: is nil": func() (any, error) { return do(s.ReviewCampaignProduct(ctx, nil)) },
		"ReviewCampaignProduct: Result: is missing": func() (any, error) {
			return do(s.ReviewCampaignProduct(ctx, &tiktokshop.ReviewCampaignProductRequest{CampaignID: id, ProductID: id}))
		},
		"ReviewCampaignProduct: RejectReasons: go w": func() (any, error) {
			return do(s.ReviewCampaignProduct(ctx, &tiktokshop.ReviewCampaignProductRequest{CampaignID: id, ProductID: id, Result: tiktokshop.ReviewApprove, RejectReasons: []tiktokshop.RejectReason{tiktokshop.RejectTooExpensive}}))
		},
		"ReviewCampaignProduct: ProductID: is empty": func() (any, error) {
			return do(s.ReviewCampaignProduct(ctx, &tiktokshop.ReviewCampaignProductRequest{CampaignID: id, Result: tiktokshop.ReviewApprove}))
		},
		"GenerateProductLink: request: is nil": func() (any, error) { return do(s.GenerateProductLink(ctx, nil)) },
		"GenerateProductLink: CreatorCommissionRate: is 0, must": func() (any, error) {
			return do(s.GenerateProductLink(ctx, &tiktokshop.GenerateProductLinkRequest{CampaignID: id, ProductID: id}))
		},
		"GenerateProductLink: ProductID: is empty": func() (any, error) {
			return do(s.GenerateProductLink(ctx, &tiktokshop.GenerateProductLinkRequest{CampaignID: id, CreatorCommissionRate: 1}))
		},

		// Performance.
		"ListProductStatistics: request: is nil": func() (any, error) { return do(s.ListProductStatistics(ctx, nil)) },
		"ListProductStatistics: PageSize: is 51, mu": func() (any, error) {
			return do(s.ListProductStatistics(ctx, &tiktokshop.ListProductStatisticsRequest{CampaignID: id, PageSize: 51}))
		},
		"ListProductCreators: request: is nil": func() (any, error) { return do(s.ListProductCreators(ctx, nil)) },
		"ListProductCreators: PageSize: is 51, must": func() (any, error) {
			return do(s.ListProductCreators(ctx, &tiktokshop.ListProductCreatorsRequest{CampaignID: id, ProductID: id, PageSize: 51}))
		},
		"ListContentStatistics: request: is nil": func() (any, error) { return do(s.ListContentStatistics(ctx, nil)) },
		"ListContentStatistics: CreatorOpenID: is missing": func() (any, error) {
			return do(s.ListContentStatistics(ctx, &tiktokshop.ListContentStatisticsRequest{CampaignID: id, ProductID: id, AffiliateProductID: id}))
		},
		"ListContentStatistics: creator_temp_id: is malformed": func() (any, error) {
			return do(s.ListContentStatistics(ctx, &tiktokshop.ListContentStatisticsRequest{CampaignID: id, ProductID: id, AffiliateProductID: id, CreatorOpenID: "a/b"}))
		},
		"ListContentStatistics: AffiliateProductID: is empty": func() (any, error) {
			return do(s.ListContentStatistics(ctx, &tiktokshop.ListContentStatisticsRequest{CampaignID: id, ProductID: id, CreatorOpenID: "a"}))
		},
		"GetSampleStatus: request: is nil": func() (any, error) { return do(s.GetSampleStatus(ctx, nil)) },
		"GetSampleStatus: CreatorOpenID: is missing": func() (any, error) {
			return do(s.GetSampleStatus(ctx, &tiktokshop.GetSampleStatusRequest{CampaignID: id, ProductID: id}))
		},

		// Orders.
		"SearchTAPOrders: PageSize: is 101, must": func() (any, error) {
			return do(s.SearchTAPOrders(ctx, &tiktokshop.SearchTAPOrdersRequest{PageSize: 101}))
		},
		"SearchTAPOrders: CreatedBefore: is missing": func() (any, error) {
			return do(s.SearchTAPOrders(ctx, &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: at(1)}))
		},
		"SearchTAPOrders: CreatedFrom: is missing": func() (any, error) {
			return do(s.SearchTAPOrders(ctx, &tiktokshop.SearchTAPOrdersRequest{CreatedBefore: at(1)}))
		},
		"SearchTAPOrders: CreatedBefore: must be aft": func() (any, error) {
			return do(s.SearchTAPOrders(ctx, &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: at(2), CreatedBefore: at(2)}))
		},
		"SearchTAPOrders: CampaignID: is malformed": func() (any, error) {
			return do(s.SearchTAPOrders(ctx, &tiktokshop.SearchTAPOrdersRequest{CampaignID: "x"}))
		},
		"SearchTAPOrders: CreatedBefore: is more than": func() (any, error) {
			return do(s.SearchTAPOrders(ctx, &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: at(1623812664), CreatedBefore: tiktokshop.NewUnixTime(time.Unix(1623812664, 0).UTC().AddDate(0, 3, 0).Add(time.Second))}))
		},
		"SearchCAPOrders: SettleStatus: is negative": func() (any, error) {
			return do(s.SearchCAPOrders(ctx, &tiktokshop.SearchCAPOrdersRequest{SettleStatus: -1}))
		},
		"SearchCAPOrders: OrderID: is malformed": func() (any, error) {
			return do(s.SearchCAPOrders(ctx, &tiktokshop.SearchCAPOrdersRequest{OrderID: "x"}))
		},
		"SearchCAPOrders: CreatedFrom: is missing": func() (any, error) {
			return do(s.SearchCAPOrders(ctx, &tiktokshop.SearchCAPOrdersRequest{CreatedBefore: at(1)}))
		},
	} {
		_, err := try()
		var inputErr *tiktokshop.InputError
		require.ErrorAs(t, err, &inputErr, problem)
		assert.ErrorContains(t, err, "tiktokshop: AffiliatePartner."+problem)
	}
	assert.Empty(t, srv.Requests(), "nothing was sent")
}

// TestAffiliateInputAccepted sends what is just within the limits; the fake checks them with its own code.
func TestAffiliateInputAccepted(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	s := srv.Client().AffiliatePartner
	for _, change := range []func(*tiktokshop.CreateCampaignRequest){
		func(r *tiktokshop.CreateCampaignRequest) { r.Name = strings.Repeat("é", 49) },
		func(r *tiktokshop.CreateCampaignRequest) { r.Description = strings.Repeat("🛍", 999) },
		func(r *tiktokshop.CreateCampaignRequest) { r.CommissionRate = 101 },
		func(r *tiktokshop.CreateCampaignRequest) { r.CommissionRate = 7999 },
		func(r *tiktokshop.CreateCampaignRequest) {
			r.EndTime = tiktokshop.NewUnixTime(r.StartTime.AddDate(0, 0, 360).Add(-time.Second))
		},
		func(r *tiktokshop.CreateCampaignRequest) {
			r.TargetShopCodes = strings.Split(strings.Repeat("x ", 98)+"x", " ")
		},
	} {
		_, err := s.CreateCampaign(t.Context(), changed(change))
		require.NoError(t, err)
	}
	now := time.Now().Truncate(time.Second)
	_, err := s.SearchTAPOrders(t.Context(), &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: tiktokshop.NewUnixTime(now.UTC().AddDate(0, -3, 0)), CreatedBefore: tiktokshop.NewUnixTime(now)})
	require.NoError(t, err)
	_, err = s.SearchCAPOrders(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, srv.Requests()[len(srv.Requests())-1].Body, "no filter, no body")
	_, err = s.ListCampaigns(t.Context(), nil)
	require.NoError(t, err)
}

func TestOptional(t *testing.T) {
	t.Parallel()
	type edit struct {
		Text tiktokshop.Optional[string]              `json:"text,omitzero"`
		List tiktokshop.Optional[[]string]            `json:"list,omitzero"`
		Rate tiktokshop.Optional[tiktokshop.UnixTime] `json:"time,omitzero"`
	}
	for want, e := range map[string]edit{
		`{}`:                                  {},
		`{"text":"x","list":["a"],"time":7}`:  {tiktokshop.Set("x"), tiktokshop.Set([]string{"a"}), tiktokshop.Set(at(7))},
		`{"text":"","list":[],"time":0}`:      {tiktokshop.Clear[string](), tiktokshop.Clear[[]string](), tiktokshop.Clear[tiktokshop.UnixTime]()},
		`{"text":null,"list":null}`:           {tiktokshop.Null[string](), tiktokshop.Null[[]string](), tiktokshop.Optional[tiktokshop.UnixTime]{}},
		`{"text":"","list":null,"time":null}`: {tiktokshop.Set(""), tiktokshop.Set[[]string](nil), tiktokshop.Null[tiktokshop.UnixTime]()},
	} {
		b, err := json.Marshal(e)
		require.NoError(t, err)
		assert.Equal(t, want, string(b))
	}
	v, ok := tiktokshop.Set(7).Get()
	assert.Equal(t, 7, v)
	assert.True(t, ok)
	_, ok = tiktokshop.Clear[int]().Get()
	assert.False(t, ok)
}
