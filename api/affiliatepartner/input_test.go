package affiliatepartner_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// creation and edit return a valid request with one change.
func creation(
	change func(*affiliatepartner.CreateCampaignRequest),
) *affiliatepartner.CreateCampaignRequest {
	req := newCampaign()
	change(req)
	return req
}

func edit(
	change func(*affiliatepartner.EditCampaignRequest),
) *affiliatepartner.EditCampaignRequest {
	req := &affiliatepartner.EditCampaignRequest{CampaignID: "1"}
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
	method func(context.Context, *Req, ...tiktokshop.Option) (*tiktokshop.Response[T], error),
	req *Req,
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
				assert.True(t, strings.HasPrefix(strings.ToLower(e.Operation), "affiliatepartner."),
					e.Operation)
				got = append(got, e.Field+": "+e.Reason)
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

// refusing returns the service of a fake to which nothing may be sent.
func refusing(t *testing.T) *affiliatepartner.Service {
	t.Helper()
	srv := tiktokshoptest.NewServer(t)
	t.Cleanup(func() { assert.Empty(t, srv.Requests(), "nothing was sent") })
	return affiliatepartner.New(srv.Client())
}

// What is at the documented limits is in TestAffiliateInputAccepted.

func TestCampaignInput(t *testing.T) {
	t.Parallel()
	s := refusing(t)
	type create = affiliatepartner.CreateCampaignRequest
	type change = affiliatepartner.EditCampaignRequest
	none := tiktokshop.UnixTime{}
	creating := func(change func(*create)) func(context.Context) error {
		return trying(s.CreateCampaign, creation(change))
	}
	editing := func(f func(*change)) func(context.Context) error {
		return trying(s.EditCampaign, edit(f))
	}
	assertRefused(t, []inputCase{
		{"create: nothing", trying(s.CreateCampaign, nil), []string{
			"CampaignEndTime: is missing", "CampaignStartTime: is missing",
			"CommissionRate: is too small: at least 101",
			"ContactInfo.Email: is missing", "Description: is missing", "Name: is missing",
			"RegistrationEndTime: is missing",
			"RegistrationStartTime: is missing",
		}},
		{"create: long name", creating(func(r *create) { r.Name = strings.Repeat("é", 50) }),
			[]string{"Name: is too long: at most 49 characters"}},
		{"create: name in no UTF-8", creating(func(r *create) { r.Name = "\xff" }),
			[]string{"Name: is malformed: it is not valid UTF-8"}},
		{"create: long description",
			creating(func(r *create) { r.Description = strings.Repeat("x", 1000) }),
			[]string{"Description: is too long: at most 999 characters"}},
		{"create: small rate", creating(func(r *create) { r.CommissionRate = 100 }),
			[]string{"CommissionRate: is too small: at least 101"}},
		{"create: large rate", creating(func(r *create) { r.CommissionRate = 8000 }),
			[]string{"CommissionRate: is too large: at most 7999"}},
		{"create: no start", creating(func(r *create) { r.CampaignStartTime = none }),
			[]string{"CampaignStartTime: is missing"}},
		{"create: end at the start",
			creating(func(r *create) { r.CampaignEndTime = r.CampaignStartTime }),
			[]string{"CampaignEndTime: must be after the start"}},
		{
			"create: too long a time",
			creating(func(r *create) {
				r.CampaignEndTime = tiktokshop.NewUnixTime(r.CampaignStartTime.AddDate(0, 0, 360))
			}),
			[]string{"CampaignEndTime: must be less than 360 days after CampaignStartTime"},
		},
		{
			"create: end of registration at its start",
			creating(func(r *create) { r.RegistrationEndTime = r.RegistrationStartTime }),
			[]string{"RegistrationEndTime: must be after the start"},
		},
		{"create: too many shops",
			creating(func(r *create) { r.TargetShopCodes = make([]string, 100) }),
			[]string{"TargetShopCodes: has too many elements: at most 99"}},
		{
			"create: empty shops",
			creating(func(r *create) { r.TargetShopCodes = []string{"", "x", ""} }),
			[]string{"TargetShopCodes[0]: is missing", "TargetShopCodes[2]: is missing"},
		},

		{"edit: nothing", trying(s.EditCampaign, nil),
			[]string{"CampaignID: is missing", "request: changes nothing: set at least one field"}},
		{"edit: no change", editing(func(*change) {}),
			[]string{"request: changes nothing: set at least one field"}},
		{"edit: no campaign", trying(s.EditCampaign, &change{Name: tiktokshop.Ptr("x")}),
			[]string{"CampaignID: is missing"}},
		{
			"edit: cleared", editing(func(r *change) {
				r.Name, r.Description = tiktokshop.Ptr(""), tiktokshop.Ptr("\xff")
				r.ContactInfo = &affiliatepartner.EditCampaignContactInfo{Email: tiktokshop.Ptr("")}
			}),
			[]string{
				"ContactInfo.Email: cannot be cleared: a campaign needs it",
				"Description: is malformed: it is not valid UTF-8",
				"Name: cannot be cleared: a campaign needs it",
			},
		},
		{
			"edit: an empty contact",
			editing(func(r *change) {
				r.ContactInfo = new(affiliatepartner.EditCampaignContactInfo)
			}),
			[]string{"request: changes nothing: set at least one field"},
		},
		{
			"edit: beyond the limits", editing(func(r *change) {
				r.Description, r.CommissionRate = tiktokshop.Ptr(strings.Repeat("x", 1000)),
					tiktokshop.Ptr(tiktokshop.BasisPoints(8001))
				r.TargetShopCodes = []string{"x", ""}
			}),
			[]string{
				"CommissionRate: is too large: at most 7999",
				"Description: is too long: at most 999 characters",
				"TargetShopCodes[1]: is missing",
			},
		},
		{
			"edit: too long a time",
			editing(func(r *change) {
				r.CampaignStartTime, r.CampaignEndTime = at(1), at(1+360*24*3600)
			}),
			[]string{"CampaignEndTime: must be less than 360 days after CampaignStartTime"},
		},

		{"publish: nothing", trying(s.PublishCampaign, nil), []string{"CampaignID: is missing"}},
		{
			"publish: no id", trying(s.PublishCampaign,
				&affiliatepartner.PublishCampaignRequest{CampaignID: "7.36e+18"}),
			[]string{"CampaignID: is a floating-point number: its last digits are lost; keep ids as strings from end to end"},
		},
		{"get: nothing", trying(s.GetCampaign, nil), []string{"CampaignID: is missing"}},
		{"list: large page",
			trying(s.ListCampaigns, &affiliatepartner.ListCampaignsRequest{PageSize: 101}),
			[]string{"PageSize: is too large: at most 100"}},
		{
			"list: small page and a filter without a type",
			trying(s.ListCampaigns, &affiliatepartner.ListCampaignsRequest{PageSize: -1,
				QueryTypeFilter: affiliatepartner.CampaignFilterJoined}),
			[]string{"PageSize: is too small: at least 1",
				"QueryTypeFilter: is for SELLER_CAMPAIGNS and EXCLUSIVE_TIKTOK_SHOP only"},
		},
		{
			"list: filter of another type",
			trying(s.ListCampaigns,
				&affiliatepartner.ListCampaignsRequest{Type: affiliatepartner.CampaignTypeSellerCampaigns, QueryTypeFilter: affiliatepartner.CampaignFilterAvailable}),
			[]string{"QueryTypeFilter: of SELLER_CAMPAIGNS is MARKETPLACE or JOINED"},
		},
		{
			"list: filter of yet another type",
			trying(s.ListCampaigns,
				&affiliatepartner.ListCampaignsRequest{Type: affiliatepartner.CampaignTypeExclusiveTikTokShop, QueryTypeFilter: affiliatepartner.CampaignFilterMarketplace}),
			[]string{"QueryTypeFilter: of EXCLUSIVE_TIKTOK_SHOP is AVAILABLE or JOINED"},
		},
	})
}

func TestCampaignProductInput(t *testing.T) {
	t.Parallel()
	s := refusing(t)
	const id = tiktokshop.ID("1")
	noProduct := []string{"CampaignID: is missing", "ProductID: is missing"}
	assertRefused(t, []inputCase{
		{"list: nothing", trying(s.ListCampaignProducts, nil),
			[]string{"CampaignID: is missing", "PageSize: is too small: at least 1"}},
		{
			"list: page and product", trying(s.ListCampaignProducts,
				&affiliatepartner.ListCampaignProductsRequest{CampaignID: id, PageSize: -1,
					ProductID: "7e+18"}),
			[]string{
				"PageSize: is too small: at least 1",
				"ProductID: is a floating-point number: its last digits are lost; keep ids as strings from end to end",
			},
		},
		{"review: nothing", trying(s.ReviewCampaignProduct, nil),
			append(noProduct, "ReviewResult: is missing")},
		{
			"review: reasons for an approval", trying(s.ReviewCampaignProduct,
				&affiliatepartner.ReviewCampaignProductRequest{
					CampaignID: id, ReviewResult: affiliatepartner.ReviewResultApprove,
					RejectReasons: []affiliatepartner.RejectReason{affiliatepartner.RejectReasonProductTooExpensive},
				}),
			[]string{"ProductID: is missing", "RejectReasons: go with a rejection only"},
		},
		{"link: nothing", trying(s.GenerateProductLink, nil),
			append(noProduct, "CreatorCommissionRate: is too small: at least 1")},
		{
			"link: large rate", trying(s.GenerateProductLink,
				&affiliatepartner.GenerateProductLinkRequest{CampaignID: id, ProductID: id,
					CreatorCommissionRate: 10001}),
			[]string{"CreatorCommissionRate: is too large: at most 10000"},
		},
		{"links: nothing", trying(s.GenerateMultiProductLink, nil),
			[]string{"CampaignID: is missing", "ProductIDs: is missing"}},
		{
			"links: every mistake of a list",
			trying(s.GenerateMultiProductLink,
				&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "x",
					ProductIDs: []tiktokshop.ID{"1", "", "2", "1", "2.5e+18"}}),
			[]string{
				"CampaignID: is malformed: an id has decimal digits only",
				"ProductIDs[1]: is missing", "ProductIDs[3]: repeats ProductIDs[0]",
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
		{"statistics: nothing", trying(s.ListProductStatistics, nil),
			[]string{"CampaignID: is missing"}},
		{
			"statistics: large page", trying(s.ListProductStatistics,
				&affiliatepartner.ListProductStatisticsRequest{PageSize: 51}),
			[]string{"CampaignID: is missing", "PageSize: is too large: at most 50"},
		},
		{"creators: nothing", trying(s.ListProductCreators, nil),
			[]string{"CampaignID: is missing", "ProductID: is missing"}},
		{
			"creators: large page", trying(s.ListProductCreators,
				&affiliatepartner.ListProductCreatorsRequest{CampaignID: id, ProductID: id,
					PageSize: 51}),
			[]string{"PageSize: is too large: at most 50"},
		},
		{
			"content: nothing", trying(s.ListContentStatistics, nil),
			[]string{"CampaignID: is missing", "CreatorTempID: is missing", "ProductID: is missing",
				"AffiliateProductID: is missing"},
		},
		{
			"content: a slash in an id of the path",
			trying(s.ListContentStatistics,
				&affiliatepartner.ListContentStatisticsRequest{CampaignID: id, ProductID: id,
					AffiliateProductID: id, CreatorTempID: "a/b"}),
			[]string{"CreatorTempID: is malformed: only A-Z a-z 0-9 - . _ ~ are allowed in a path parameter"},
		},
		{
			"sample: nothing", trying(s.GetSampleStatus, nil),
			[]string{"CampaignID: is missing", "CreatorTempID: is missing",
				"ProductID: is missing"},
		},
	})
}

func TestAffiliateOrderInput(t *testing.T) {
	t.Parallel()
	s := refusing(t)
	from := time.Unix(1623812664, 0).UTC()
	assertRefused(t, []inputCase{
		{"large page",
			trying(s.SearchTAPOrders, &affiliatepartner.SearchTAPOrdersRequest{PageSize: 101}),
			[]string{"PageSize: is too large: at most 100"}},
		{"no end", trying(
			s.SearchTAPOrders,
			&affiliatepartner.SearchTAPOrdersRequest{CreateTimeGE: at(
				1)}), []string{"CreateTimeLT: is missing: give both bounds or none"}},
		{"no beginning",
			trying(s.SearchCAPOrders,
				&affiliatepartner.SearchCAPOrdersRequest{CreateTimeLT: at(
					1)}), []string{"CreateTimeGE: is missing: give both bounds or none"}},
		{
			"end at the beginning, and a bad id",
			trying(s.SearchTAPOrders, &affiliatepartner.SearchTAPOrdersRequest{CreateTimeGE: at(2),
				CreateTimeLT: at(2), CampaignID: "7.3e+18"}),
			[]string{
				"CampaignID: is a floating-point number: its last digits are lost; keep ids as strings from end to end",
				"CreateTimeLT: must be after CreateTimeGE",
			},
		},
		{
			"too long a time",
			trying(s.SearchTAPOrders, &affiliatepartner.SearchTAPOrdersRequest{
				CreateTimeGE: tiktokshop.NewUnixTime(from),
				CreateTimeLT: tiktokshop.NewUnixTime(from.AddDate(0, 3, 0).Add(time.Second)),
			}),
			[]string{"CreateTimeLT: is more than 3 months after CreateTimeGE: use the iterator, which splits the range"},
		},
		{
			"everything",
			trying(s.SearchCAPOrders, &affiliatepartner.SearchCAPOrdersRequest{
				PageSize: -1, CreateTimeGE: at(1), OrderID: "1e+19", ProductID: "2e+19",
				SettleStatus: tiktokshop.Ptr[int64](-1),
			}),
			[]string{
				"PageSize: is too small: at least 1",
				"CreateTimeLT: is missing: give both bounds or none",
				"OrderID: is a floating-point number: its last digits are lost; keep ids as strings from end to end",
				"ProductID: is a floating-point number: its last digits are lost; keep ids as strings from end to end",
				"SettleStatus: is too small: at least 1",
			},
		},
	})
}

// TestAffiliateInputAccepted sends what is just within the limits; the fake checks them with its
// own code.
func TestAffiliateInputAccepted(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	s := affiliatepartner.New(srv.Client())
	for _, change := range []func(*affiliatepartner.CreateCampaignRequest){
		func(r *affiliatepartner.CreateCampaignRequest) { r.Name = strings.Repeat("é", 49) },
		func(r *affiliatepartner.CreateCampaignRequest) {
			r.Description = strings.Repeat("🛍", 999)
		},
		func(r *affiliatepartner.CreateCampaignRequest) { r.CommissionRate = 101 },
		func(r *affiliatepartner.CreateCampaignRequest) { r.CommissionRate = 7999 },
		func(r *affiliatepartner.CreateCampaignRequest) {
			r.CampaignEndTime = tiktokshop.NewUnixTime(r.CampaignStartTime.AddDate(0, 0,
				360).Add(-time.Second))
		},
		func(r *affiliatepartner.CreateCampaignRequest) {
			r.TargetShopCodes = strings.Split(strings.Repeat("x ", 98)+"x", " ")
		},
	} {
		_, err := s.CreateCampaign(t.Context(), creation(change))
		require.NoError(t, err)
	}
	now := time.Now().Truncate(time.Second)
	_, err := s.SearchTAPOrders(t.Context(),
		&affiliatepartner.SearchTAPOrdersRequest{CreateTimeGE: tiktokshop.NewUnixTime(
			now.UTC().AddDate(0, -3, 0)), CreateTimeLT: tiktokshop.NewUnixTime(now)})
	require.NoError(t, err)
	_, err = s.SearchCAPOrders(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, srv.Requests()[len(srv.Requests())-1].Body, "no filter, no body")
	_, err = s.ListCampaigns(t.Context(), nil)
	require.NoError(t, err)
}
