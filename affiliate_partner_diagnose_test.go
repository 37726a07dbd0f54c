package tiktokshop_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestDiagnoseLinks(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	products := []tiktokshoptest.Product{
		{ID: "10", ReviewStatus: "PENDING"},
		{ID: "11", Unavailable: true},
		{ID: "12"},
		{ID: "13", Info: tiktokshop.CampaignProduct{TotalCommissionRate: 500}},
	}
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Products: products})
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "2", Status: "CLOSED", Products: products})
	s := srv.Client().AffiliatePartner
	ids := []tiktokshop.ID{"10", "11", "12", "13", "14"}
	reasons := func(req *tiktokshop.DiagnoseLinksRequest) (out []tiktokshop.LinkFailureReason, all []tiktokshop.LinkDiagnosis) {
		all, err := s.DiagnoseLinks(t.Context(), req)
		require.NoError(t, err)
		for i, d := range all {
			require.Equal(t, ids[i], d.ProductID)
			out = append(out, d.Reason)
		}
		return out, all
	}

	got, all := reasons(&tiktokshop.DiagnoseLinksRequest{CampaignID: "1", ProductIDs: ids})
	assert.Equal(t, []tiktokshop.LinkFailureReason{
		tiktokshop.LinkProductNotApproved, tiktokshop.LinkProductUnavailable, tiktokshop.LinkReasonUnknown, tiktokshop.LinkReasonUnknown, tiktokshop.LinkProductNotSubmitted,
	}, got)
	assert.Equal(t, tiktokshop.ReviewPending, all[0].Product.ReviewStatus)
	assert.Nil(t, all[4].Product)
	assert.Len(t, srv.Requests(), 1+len(ids), "one call for the campaign, one for each product")

	got, all = reasons(&tiktokshop.DiagnoseLinksRequest{CampaignID: "1", ProductIDs: ids, CreatorCommissionRate: 1000})
	assert.Equal(t, tiktokshop.LinkReasonUnknown, got[2])
	assert.NotEmpty(t, all[2].Link, "the single-link operation makes it")
	assert.Equal(t, tiktokshop.LinkRefused, got[3])
	assert.ErrorIs(t, all[3].Err, tiktokshop.ErrInvalidRequest)

	got, all = reasons(&tiktokshop.DiagnoseLinksRequest{CampaignID: "2", ProductIDs: ids, CreatorCommissionRate: 1000})
	for i := range got {
		assert.Equal(t, tiktokshop.LinkCampaignNotOnline, got[i])
		assert.Equal(t, tiktokshop.CampaignClosed, all[i].CampaignStatus)
	}
	got, all = reasons(&tiktokshop.DiagnoseLinksRequest{CampaignID: "3", ProductIDs: ids})
	for i := range got {
		assert.Equal(t, tiktokshop.LinkCampaignNotFound, got[i])
		assert.ErrorIs(t, all[i].Err, tiktokshop.ErrNotFound)
	}
}

// What the single-link operation says may differ from what the lists said a moment before.
func TestDiagnoseLinksSingleLinkAnswers(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]tiktokshop.LinkFailureReason{
		16032010: tiktokshop.LinkProductNotSubmitted, 16032009: tiktokshop.LinkCampaignNotOnline, 16032008: tiktokshop.LinkRefused,
	} {
		srv := tiktokshoptest.NewServer(t)
		srv.FailNext(1, tiktokshoptest.Fault{Body: `{"code":0,"data":{"id":"1","status":"ONGOING"}}`})
		srv.FailNext(1, tiktokshoptest.Fault{Body: `{"code":0,"data":{"products":[{"id":"12","review_status":"APPROVED","is_available":true}]}}`})
		srv.FailNext(1, tiktokshoptest.Fault{Code: code})
		got, err := srv.Client().AffiliatePartner.DiagnoseLinks(t.Context(), &tiktokshop.DiagnoseLinksRequest{CampaignID: "1", ProductIDs: []tiktokshop.ID{"12"}, CreatorCommissionRate: 1})
		require.NoError(t, err)
		assert.Equal(t, want, got[0].Reason)
		assert.Error(t, got[0].Err)
	}
}

func TestDiagnoseLinksErrors(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Products: []tiktokshoptest.Product{{ID: "12"}}})
	s := srv.Client().AffiliatePartner
	for problem, req := range map[string]*tiktokshop.DiagnoseLinksRequest{
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
	got, err := s.DiagnoseLinks(t.Context(), &tiktokshop.DiagnoseLinksRequest{CampaignID: "1", ProductIDs: []tiktokshop.ID{"11", "12"}, CreatorCommissionRate: 1})
	assert.ErrorIs(t, err, tiktokshop.ErrPermission)
	assert.ErrorContains(t, err, "partner.tap_campaign.link.write")
	assert.Len(t, got, 1)
	srv.GrantScopes()
	_, err = s.DiagnoseLinks(t.Context(), &tiktokshop.DiagnoseLinksRequest{CampaignID: "1", ProductIDs: []tiktokshop.ID{"12"}})
	assert.ErrorIs(t, err, tiktokshop.ErrPermission)
}
