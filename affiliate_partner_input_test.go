package tiktokshop_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// creation and edit return a valid request with one change.
func creation(change func(*tiktokshop.CreateCampaignRequest)) *tiktokshop.CreateCampaignRequest {
	req := newCampaign()
	change(req)
	return req
}

func edit(change func(*tiktokshop.EditCampaignRequest)) *tiktokshop.EditCampaignRequest {
	req := &tiktokshop.EditCampaignRequest{CampaignID: "1"}
	change(req)
	return req
}

// inputCase is a call with bad input, and all its mistakes.
type inputCase struct {
	name string
	try  func(context.Context) error
	want []string
}

// trying makes a call of a method.
func trying[Req, T any](
	method func(context.Context, *Req, ...tiktokshop.Option) (*tiktokshop.Response[T], error), req *Req,
) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := method(ctx, req)
		return err
	}
}

// assertRefused makes calls with bad input, each of which must be refused with all its mistakes.
func assertRefused(t *testing.T, cases []inputCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, e := range tiktokshop.InputErrors(tc.try(t.Context())) {
				assert.True(t, strings.HasPrefix(e.Operation, "AffiliatePartner."), e.Operation)
				got = append(got, e.Field+": "+e.Reason)
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

// refusing returns the service of a fake to which nothing may be sent.
func refusing(t *testing.T) *tiktokshop.AffiliatePartner {
	t.Helper()
	srv := tiktokshoptest.NewServer(t)
	t.Cleanup(func() { assert.Empty(t, srv.Requests(), "nothing was sent") })
	return srv.Client().AffiliatePartner
}

// What is at the documented limits is in TestAffiliateInputAccepted.

func TestCampaignInput(t *testing.T) {
	t.Parallel()
	s := refusing(t)
	type create = tiktokshop.CreateCampaignRequest
	type change = tiktokshop.EditCampaignRequest
	none := tiktokshop.UnixTime{}
	creating := func(change func(*create)) func(context.Context) error {
		return trying(s.CreateCampaign, creation(change))
	}
	editing := func(f func(*change)) func(context.Context) error { return trying(s.EditCampaign, edit(f)) }
	assertRefused(t, []inputCase{
		{"create: nothing", trying(s.CreateCampaign, nil), []string{
			"Name: is missing", "Description: is missing", "StartTime: is missing", "EndTime: is missing", "RegistrationStartTime: is missing",
			"RegistrationEndTime: is missing", "CommissionRate: is too small: at least 101", "ContactInfo.Email: is missing",
		}},
		{"create: long name", creating(func(r *create) { r.Name = strings.Repeat("é", 50) }), []string{"Name: is too long: at most 49 characters"}},
		{"create: name in no UTF-8", creating(func(r *create) { r.Name = "\xff" }), []string{"Name: is malformed: it is not valid UTF-8"}},
		{"create: long description", creating(func(r *create) { r.Description = strings.Repeat("x", 1000) }), []string{"Description: is too long: at most 999 characters"}},
		{"create: small rate", creating(func(r *create) { r.CommissionRate = 100 }), []string{"CommissionRate: is too small: at least 101"}},
		{"create: large rate", creating(func(r *create) { r.CommissionRate = 8000 }), []string{"CommissionRate: is too large: at most 7999"}},
		{"create: no start", creating(func(r *create) { r.StartTime = none }), []string{"StartTime: is missing"}},
		{"create: end at the start", creating(func(r *create) { r.EndTime = r.StartTime }), []string{"EndTime: must be after the start"}},
		{
			"create: too long a time", creating(func(r *create) { r.EndTime = tiktokshop.NewUnixTime(r.StartTime.AddDate(0, 0, 360)) }),
			[]string{"EndTime: must be less than 360 days after StartTime"},
		},
		{
			"create: end of registration at its start", creating(func(r *create) { r.RegistrationEndTime = r.RegistrationStartTime }),
			[]string{"RegistrationEndTime: must be after the start"},
		},
		{"create: too many shops", creating(func(r *create) { r.TargetShopCodes = make([]string, 100) }), []string{"TargetShopCodes: has too many elements: at most 99"}},
		{
			"create: empty shops", creating(func(r *create) { r.TargetShopCodes = []string{"", "x", ""} }),
			[]string{"TargetShopCodes[0]: is missing", "TargetShopCodes[2]: is missing"},
		},

		{"edit: nothing", trying(s.EditCampaign, nil), []string{"CampaignID: is missing", "request: changes nothing: set at least one field"}},
		{"edit: no change", editing(func(*change) {}), []string{"request: changes nothing: set at least one field"}},
		{"edit: no campaign", trying(s.EditCampaign, &change{Name: tiktokshop.Set("x")}), []string{"CampaignID: is missing"}},
		{
			"edit: cleared", editing(func(r *change) {
				r.Name, r.EndTime = tiktokshop.Clear[string](), tiktokshop.Null[tiktokshop.UnixTime]()
				r.ContactInfo.Email = tiktokshop.Clear[string]()
			}),
			[]string{
				"Name: cannot be cleared: a campaign needs it", "EndTime: cannot be cleared: a campaign needs it",
				"ContactInfo.Email: cannot be cleared: a campaign needs it",
			},
		},
		{
			"edit: set to nothing", editing(func(r *change) { r.Name, r.StartTime = tiktokshop.Set(""), tiktokshop.Set(none) }),
			[]string{"Name: is missing", "StartTime: is missing"},
		},
		{
			"edit: beyond the limits", editing(func(r *change) {
				r.Description, r.CommissionRate = tiktokshop.Set(strings.Repeat("x", 1000)), tiktokshop.Set(tiktokshop.BasisPoints(8001))
			}),
			[]string{"Description: is too long: at most 999 characters", "CommissionRate: is too large: at most 7999"},
		},
		{
			"edit: too long a time", editing(func(r *change) { r.StartTime, r.EndTime = tiktokshop.Set(at(1)), tiktokshop.Set(at(1+360*24*3600)) }),
			[]string{"EndTime: must be less than 360 days after StartTime"},
		},

		{"publish: nothing", trying(s.PublishCampaign, nil), []string{"CampaignID: is missing"}},
		{
			"publish: no id", trying(s.PublishCampaign, &tiktokshop.CampaignRequest{CampaignID: "x"}),
			[]string{"CampaignID: is malformed: an id has decimal digits only"},
		},
		{"get: nothing", trying(s.GetCampaign, nil), []string{"CampaignID: is missing"}},
		{"list: large page", trying(s.ListCampaigns, &tiktokshop.ListCampaignsRequest{PageSize: 101}), []string{"PageSize: is too large: at most 100"}},
		{
			"list: small page and a filter without a type", trying(s.ListCampaigns, &tiktokshop.ListCampaignsRequest{PageSize: -1, Filter: tiktokshop.CampaignJoined}),
			[]string{"PageSize: is too small: at least 1", "Filter: is for SellerCampaigns and ExclusiveTikTokShop campaigns only"},
		},
		{
			"list: filter of another type",
			trying(s.ListCampaigns, &tiktokshop.ListCampaignsRequest{Type: tiktokshop.SellerCampaigns, Filter: tiktokshop.CampaignAvailable}),
			[]string{"Filter: of SellerCampaigns is CampaignMarketplace or CampaignJoined"},
		},
		{
			"list: filter of yet another type",
			trying(s.ListCampaigns, &tiktokshop.ListCampaignsRequest{Type: tiktokshop.ExclusiveTikTokShop, Filter: tiktokshop.CampaignMarketplace}),
			[]string{"Filter: of ExclusiveTikTokShop campaigns is CampaignAvailable or CampaignJoined"},
		},
	})
}

func TestCampaignProductInput(t *testing.T) {
	t.Parallel()
	s := refusing(t)
	const id = tiktokshop.ID("1")
	noProduct := []string{"CampaignID: is missing", "ProductID: is missing"}
	assertRefused(t, []inputCase{
		{"list: nothing", trying(s.ListCampaignProducts, nil), []string{"CampaignID: is missing"}},
		{
			"list: page and product", trying(s.ListCampaignProducts, &tiktokshop.ListCampaignProductsRequest{CampaignID: id, PageSize: -1, ProductID: "x"}),
			[]string{"PageSize: is too small: at least 1", "ProductID: is malformed: an id has decimal digits only"},
		},
		{"review: nothing", trying(s.ReviewCampaignProduct, nil), append(noProduct, "Result: is missing")},
		{
			"review: reasons for an approval", trying(s.ReviewCampaignProduct, &tiktokshop.ReviewCampaignProductRequest{
				CampaignID: id, Result: tiktokshop.ReviewApprove, RejectReasons: []tiktokshop.RejectReason{tiktokshop.RejectTooExpensive},
			}),
			[]string{"ProductID: is missing", "RejectReasons: go with a rejection only"},
		},
		{"link: nothing", trying(s.GenerateProductLink, nil), append(noProduct, "CreatorCommissionRate: is too small: at least 1")},
		{
			"link: large rate", trying(s.GenerateProductLink, &tiktokshop.GenerateProductLinkRequest{CampaignID: id, ProductID: id, CreatorCommissionRate: 10001}),
			[]string{"CreatorCommissionRate: is too large: at most 10000"},
		},
		{"links: nothing", trying(s.GenerateMultiProductLink, nil), []string{"CampaignID: is missing", "ProductIDs: is missing"}},
		{
			"links: every mistake of a list",
			trying(s.GenerateMultiProductLink, &tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "x", ProductIDs: []tiktokshop.ID{"1", "", "2", "1", "2.5e+18"}}),
			[]string{
				"CampaignID: is malformed: an id has decimal digits only", "ProductIDs[1]: is missing", "ProductIDs[3]: repeats ProductIDs[0]",
				"ProductIDs[4]: is a floating-point number: its last digits are lost; keep ids as strings from end to end",
			},
		},
	})
}

func TestPerformanceInput(t *testing.T) {
	t.Parallel()
	s := refusing(t)
	const id = tiktokshop.ID("1")
	assertRefused(t, []inputCase{
		{"statistics: nothing", trying(s.ListProductStatistics, nil), []string{"CampaignID: is missing"}},
		{
			"statistics: large page", trying(s.ListProductStatistics, &tiktokshop.ListProductStatisticsRequest{PageSize: 51}),
			[]string{"CampaignID: is missing", "PageSize: is too large: at most 50"},
		},
		{"creators: nothing", trying(s.ListProductCreators, nil), []string{"CampaignID: is missing", "ProductID: is missing"}},
		{
			"creators: large page", trying(s.ListProductCreators, &tiktokshop.ListProductCreatorsRequest{CampaignID: id, ProductID: id, PageSize: 51}),
			[]string{"PageSize: is too large: at most 50"},
		},
		{
			"content: nothing", trying(s.ListContentStatistics, nil),
			[]string{"CampaignID: is missing", "ProductID: is missing", "CreatorOpenID: is missing", "AffiliateProductID: is missing"},
		},
		{
			"content: a slash in an id of the path",
			trying(s.ListContentStatistics, &tiktokshop.ListContentStatisticsRequest{CampaignID: id, ProductID: id, AffiliateProductID: id, CreatorOpenID: "a/b"}),
			[]string{"CreatorOpenID: is malformed: only A-Z a-z 0-9 - . _ ~ are allowed in a path parameter"},
		},
		{
			"sample: nothing", trying(s.GetSampleStatus, nil),
			[]string{"CampaignID: is missing", "ProductID: is missing", "CreatorOpenID: is missing"},
		},
	})
}

func TestAffiliateOrderInput(t *testing.T) {
	t.Parallel()
	s := refusing(t)
	from := time.Unix(1623812664, 0).UTC()
	assertRefused(t, []inputCase{
		{"large page", trying(s.SearchTAPOrders, &tiktokshop.SearchTAPOrdersRequest{PageSize: 101}), []string{"PageSize: is too large: at most 100"}},
		{"no end", trying(s.SearchTAPOrders, &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: at(1)}), []string{"CreatedBefore: is missing: give both bounds or none"}},
		{"no beginning", trying(s.SearchCAPOrders, &tiktokshop.SearchCAPOrdersRequest{CreatedBefore: at(1)}), []string{"CreatedFrom: is missing: give both bounds or none"}},
		{
			"end at the beginning, and a bad id",
			trying(s.SearchTAPOrders, &tiktokshop.SearchTAPOrdersRequest{CreatedFrom: at(2), CreatedBefore: at(2), CampaignID: "x"}),
			[]string{"CreatedBefore: must be after CreatedFrom", "CampaignID: is malformed: an id has decimal digits only"},
		},
		{
			"too long a time",
			trying(s.SearchTAPOrders, &tiktokshop.SearchTAPOrdersRequest{
				CreatedFrom: tiktokshop.NewUnixTime(from), CreatedBefore: tiktokshop.NewUnixTime(from.AddDate(0, 3, 0).Add(time.Second)),
			}),
			[]string{"CreatedBefore: is more than 3 months after CreatedFrom: use the iterator, which splits the range"},
		},
		{
			"everything", trying(s.SearchCAPOrders, &tiktokshop.SearchCAPOrdersRequest{PageSize: -1, OrderID: "x", ProductID: "y", SettleStatus: -1}),
			[]string{
				"PageSize: is too small: at least 1", "OrderID: is malformed: an id has decimal digits only",
				"ProductID: is malformed: an id has decimal digits only", "SettleStatus: is too small: at least 0",
			},
		},
	})
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
		_, err := s.CreateCampaign(t.Context(), creation(change))
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
