package affiliatepartner_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestDiagnoseLinks(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	products := []tiktokshoptest.Product{
		{ID: "10", ReviewStatus: "PENDING"},
		{ID: "11", Unavailable: true},
		{ID: "12"},
		{ID: "13", Info: affiliatepartner.CampaignProduct{TotalCommissionRate: 500}},
	}
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Products: products})
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "2", Status: "CLOSED", Products: products})
	s := affiliatepartner.New(srv.Client())
	ids := []tiktokshop.ID{"10", "11", "12", "13", "14"}
	reasons := func(
		req *affiliatepartner.DiagnoseLinksRequest,
	) (out []affiliatepartner.LinkFailureReason, all []affiliatepartner.LinkDiagnosis) {
		all, err := s.DiagnoseLinks(t.Context(), req)
		require.NoError(t, err)
		for i, d := range all {
			require.Equal(t, ids[i], d.ProductID)
			out = append(out, d.Reason)
		}
		return out, all
	}

	got, all := reasons(&affiliatepartner.DiagnoseLinksRequest{CampaignID: "1", ProductIDs: ids})
	assert.Equal(t, []affiliatepartner.LinkFailureReason{
		affiliatepartner.LinkProductNotApproved, affiliatepartner.LinkProductUnavailable,
		affiliatepartner.LinkReasonUnknown, affiliatepartner.LinkReasonUnknown,
		affiliatepartner.LinkProductNotSubmitted,
	}, got)
	assert.Equal(t, affiliatepartner.ReviewStatusPending, all[0].Product.ReviewStatus)
	assert.Nil(t, all[4].Product)
	assert.Len(t, srv.Requests(), 1+len(ids), "one call for the campaign, one for each product")

	got, all = reasons(&affiliatepartner.DiagnoseLinksRequest{CampaignID: "1", ProductIDs: ids,
		CreatorCommissionRate: 1000})
	assert.Equal(t, affiliatepartner.LinkReasonUnknown, got[2])
	assert.NotEmpty(t, all[2].Link, "the single-link operation makes it")
	assert.Equal(t, affiliatepartner.LinkRefused, got[3])
	assert.ErrorIs(t, all[3].Err, tiktokshop.ErrInvalidRequest)

	got, all = reasons(&affiliatepartner.DiagnoseLinksRequest{CampaignID: "2", ProductIDs: ids,
		CreatorCommissionRate: 1000})
	for i := range got {
		assert.Equal(t, affiliatepartner.LinkCampaignNotOnline, got[i])
		assert.Equal(t, affiliatepartner.CampaignStatusClosed, all[i].CampaignStatus)
	}
	got, all = reasons(&affiliatepartner.DiagnoseLinksRequest{CampaignID: "3", ProductIDs: ids})
	for i := range got {
		assert.Equal(t, affiliatepartner.LinkCampaignNotFound, got[i])
		assert.ErrorIs(t, all[i].Err, tiktokshop.ErrNotFound)
	}
}

// What the single-link operation says may differ from what the lists said a moment before.
func TestDiagnoseLinksSingleLinkAnswers(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]affiliatepartner.LinkFailureReason{
		16032010: affiliatepartner.LinkProductNotSubmitted,
		16032009: affiliatepartner.LinkCampaignNotOnline, 16032008: affiliatepartner.LinkRefused,
	} {
		srv := tiktokshoptest.NewServer(t)
		srv.FailNext(1,
			tiktokshoptest.Fault{Body: `{"code":0,"data":{"id":"1","status":"ONGOING"}}`})
		srv.FailNext(1,
			tiktokshoptest.Fault{Body: `{"code":0,"data":{"products":[{"id":"12","review_status":"APPROVED","is_available":true}]}}`})
		srv.FailNext(1, tiktokshoptest.Fault{Code: code})
		got, err := affiliatepartner.New(srv.Client()).DiagnoseLinks(t.Context(),
			&affiliatepartner.DiagnoseLinksRequest{CampaignID: "1",
				ProductIDs: []tiktokshop.ID{"12"}, CreatorCommissionRate: 1})
		require.NoError(t, err)
		assert.Equal(t, want, got[0].Reason)
		assert.Error(t, got[0].Err)
	}
}

func TestDiagnoseLinksErrors(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1",
		Products: []tiktokshoptest.Product{{ID: "12"}}})
	s := affiliatepartner.New(srv.Client())
	for problem, req := range map[string]*affiliatepartner.DiagnoseLinksRequest{
		"CampaignID: is missing":     {ProductIDs: []tiktokshop.ID{"1"}},
		"ProductIDs: is missing":     {CampaignID: "1"},
		"ProductIDs[1]: is malforme": {CampaignID: "1", ProductIDs: []tiktokshop.ID{"1", "x"}},
	} {
		_, err := s.DiagnoseLinks(t.Context(), req)
		assert.ErrorContains(t, err, problem)
	}
	assert.Empty(t, srv.Requests())

	// A missing scope is no reason of the product's; what is known so far comes along.
	srv.GrantScopes("partner.tap_campaign.read")
	got, err := s.DiagnoseLinks(t.Context(),
		&affiliatepartner.DiagnoseLinksRequest{CampaignID: "1",
			ProductIDs: []tiktokshop.ID{"11", "12"}, CreatorCommissionRate: 1})
	assert.ErrorIs(t, err, tiktokshop.ErrPermission)
	assert.ErrorContains(t, err, "partner.tap_campaign.link.write")
	assert.Len(t, got, 1)
	srv.GrantScopes()
	_, err = s.DiagnoseLinks(t.Context(), &affiliatepartner.DiagnoseLinksRequest{CampaignID: "1",
		ProductIDs: []tiktokshop.ID{"12"}})
	assert.ErrorIs(t, err, tiktokshop.ErrPermission)
}
