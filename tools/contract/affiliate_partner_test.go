package contract

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// retired are versions in the facts that newer ones have replaced.
var retired = []string{
	"SearchTapAffiliateOrders_202411", "SearchCAPAffiliateOrders_202504",
	"GetAffiliateCampaignCreatorProductContentStatistics_202501",
	"GetAffiliateCampaignCreatorProductSampleStatus_202501",
	"GetAffiliateCampaignCreatorFulfillmentStatusInfo_202501",
}

func affiliatePartner(t *testing.T) *Transport {
	tr, err := Load("../../openapi/affiliate_partner.json",
		&http.Transport{DisableKeepAlives: true})
	require.NoError(t, err)
	tr.BodyOptional = map[string]bool{"SearchTapAffiliateOrders_202603": true,
		"SearchCAPAffiliateOrders_202603": true}
	return tr
}

// TestAffiliatePartner sends every operation of the service, with as much and as little as it
// takes, to the fake platform; both sides keep the contract.
func TestAffiliatePartner(t *testing.T) {
	t.Parallel()
	tr := affiliatePartner(t)
	now := time.Unix(1700000000, 0)
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(func() time.Time { return now }))
	at := func(d time.Duration) tiktokshop.UnixTime { return tiktokshop.NewUnixTime(now.Add(d)) }
	money := tiktokshop.Money{Amount: "1.50", Currency: "USD"}
	price := affiliatepartner.SKUPrice{RegionCode: "US", Currency: "USD", ListPrice: "1",
		SalePrice: "1", LocalizedDutiablePrice: "1"}
	srv.AddCampaign(tiktokshoptest.Campaign{
		ID: "1", Name: "n", Description: "d",
		ContactInfo: affiliatepartner.ContactInfo{Email: "e", Phone: "1", WhatsApp: "2", Zalo: "3",
			Viber: "4", Line: "5"},
		Products: []tiktokshoptest.Product{{ID: "7", Info: affiliatepartner.CampaignProduct{
			Name: "p", LowestPrice: money, HighestPrice: money,
			Category: affiliatepartner.ProductCategory{ID: "5", Name: "c"},
			SKUInformationList: []affiliatepartner.CampaignSKU{{
				SKUID: "9", SKUName: "s",
				Inventory: affiliatepartner.SKUInventory{AvailableQuantity: "3"}, BasePrice: price,
				RegionPrices: []affiliatepartner.SKUPrice{price},
				Properties:   []affiliatepartner.SKUAttribute{{Name: "a", ValueName: "b"}},
			}},
		}}},
	})
	srv.AddProductStatistics("1", affiliatepartner.ProductStatistics{
		CampaignProductDetail: affiliatepartner.PromotedProduct{ProductID: "7",
			ProductStatus:    affiliatepartner.PromotedProductStatusProductApproved,
			ProductThumbnail: affiliatepartner.Image{URLList: []string{"u"}}},
		DataUpdateTime: tiktokshop.NewUnixMilliText(now),
	})
	srv.AddProductCreators("1", "7", affiliatepartner.ProductCreator{AffiliateProductID: "3",
		PaidAmount: money, EffectiveStartTime: tiktokshop.NewUnixMilliText(now), Commission: "100"})
	srv.AddContentStatistics("1", "7", "u-1",
		affiliatepartner.ContentStatistics{ContentType: "VIDEO", ViewCount: "3",
			PublishedDate: tiktokshop.Date{Time: now}})
	srv.SetSampleStatus("1", "7", "u-1", affiliatepartner.SampleStatus{
		DeliveryOption:                affiliatepartner.DeliveryOptionEconomyShipping,
		EstimatedEarliestDeliveryDate: tiktokshop.NewUnixTimeText(now),
		TrackingResults:               []affiliatepartner.TrackingResult{{TrackingEventUpdateDate: tiktokshop.NewUnixTimeText(now), TrackingEventDescription: affiliatepartner.TrackingEventThePackageHasBeenDelivered}},
	})
	srv.AddTAPOrders(affiliatepartner.TAPOrder{ID: "1", CreateTime: at(-time.Hour), Price: money,
		FullyReturn: "No", SettleStatus: affiliatepartner.SettleStatusSettled})
	srv.AddCAPOrders(affiliatepartner.CAPOrder{ID: "1", CreateTime: at(-time.Hour), Price: money,
		CommissionTierSetting: "3.0 OR 5.0"})

	s := affiliatepartner.New(srv.Client(tiktokshop.WithHTTPClient(&http.Client{Transport: tr})))
	ctx := t.Context()
	must := func(_ any, err error) { t.Helper(); require.NoError(t, err) }

	create := &affiliatepartner.CreateCampaignRequest{
		Name: "n", Description: "d", CampaignStartTime: at(time.Hour),
		CampaignEndTime: at(2 * time.Hour), RegistrationStartTime: at(0),
		RegistrationEndTime: at(time.Hour),
		CommissionRate:      1000,
		ContactInfo:         affiliatepartner.CreateCampaignContactInfo{Email: "e"},
	}
	must(s.CreateCampaign(ctx, create))
	create.ContactInfo = affiliatepartner.CreateCampaignContactInfo{Email: "e", Phone: "1",
		WhatsApp: "2", Zalo: "3", Viber: "4", Line: "5"}
	create.TargetShopCodes, create.TargetSellerTypes = []string{"X"},
		[]affiliatepartner.SellerType{affiliatepartner.SellerTypeLocal}
	created, err := s.CreateCampaign(ctx, create)
	require.NoError(t, err)
	one := &affiliatepartner.GetCampaignRequest{CampaignID: created.Data.CampaignID}
	must(s.EditCampaign(ctx, &affiliatepartner.EditCampaignRequest{CampaignID: one.CampaignID,
		Name: tiktokshop.Ptr("m")}))
	must(s.EditCampaign(ctx, &affiliatepartner.EditCampaignRequest{
		CampaignID: one.CampaignID, Name: tiktokshop.Ptr("m"), Description: tiktokshop.Ptr("e"),
		CampaignStartTime: at(time.Hour), CampaignEndTime: at(3 * time.Hour),
		RegistrationStartTime: at(0), RegistrationEndTime: at(time.Hour),
		CommissionRate: tiktokshop.Ptr(tiktokshop.BasisPoints(500)),
		ContactInfo: &affiliatepartner.EditCampaignContactInfo{
			Email: tiktokshop.Ptr("f"), Phone: tiktokshop.Ptr(""), WhatsApp: tiktokshop.Ptr("1"),
			Zalo: tiktokshop.Ptr("1"), Viber: tiktokshop.Ptr("1"), Line: tiktokshop.Ptr("1"),
		},
		TargetShopCodes:   []string{},
		TargetSellerTypes: []affiliatepartner.SellerType{affiliatepartner.SellerTypeCrossBorder},
	}))
	must(s.PublishCampaign(ctx,
		&affiliatepartner.PublishCampaignRequest{CampaignID: one.CampaignID}))
	must(s.GetCampaign(ctx, one))
	must(s.GetCampaign(ctx, &affiliatepartner.GetCampaignRequest{CampaignID: "1"}))
	must(s.ListCampaigns(ctx, nil))
	page, err := s.ListCampaigns(ctx, &affiliatepartner.ListCampaignsRequest{PageSize: 1,
		Type:   affiliatepartner.CampaignTypeMyCampaigns,
		Status: affiliatepartner.CampaignStatusUnspecified})
	require.NoError(t, err)
	must(s.ListCampaigns(ctx, &affiliatepartner.ListCampaignsRequest{PageSize: 1,
		PageToken: page.Data.NextPageToken}))
	must(s.ListCampaigns(ctx,
		&affiliatepartner.ListCampaignsRequest{Type: affiliatepartner.CampaignTypeSellerCampaigns,
			QueryTypeFilter: affiliatepartner.CampaignFilterJoined}))
	must(s.ListCampaignProducts(ctx, &affiliatepartner.ListCampaignProductsRequest{CampaignID: "1",
		PageSize: 50}))
	must(s.ListCampaignProducts(ctx, &affiliatepartner.ListCampaignProductsRequest{
		CampaignID: "1", PageSize: 1, ReviewStatus: affiliatepartner.ReviewStatusApproved,
		ProductID: "7", ProductName: "p", ShopName: "s", CategoryID: "5",
	}))
	require.NoError(t, srv.SubmitProduct("1", tiktokshoptest.Product{ID: "8"}))
	must(s.ReviewCampaignProduct(ctx,
		&affiliatepartner.ReviewCampaignProductRequest{CampaignID: "1", ProductID: "8",
			ReviewResult: affiliatepartner.ReviewResultApprove}))
	must(s.ReviewCampaignProduct(ctx, &affiliatepartner.ReviewCampaignProductRequest{
		CampaignID: "1", ProductID: "8", ReviewResult: affiliatepartner.ReviewResultRejectForever,
		RejectReasons: []affiliatepartner.RejectReason{affiliatepartner.RejectReasonProductHardToPromote, affiliatepartner.RejectReasonNoSuitableCreator},
	}))
	must(s.GenerateProductLink(ctx, &affiliatepartner.GenerateProductLinkRequest{CampaignID: "1",
		ProductID: "7", CreatorCommissionRate: 1}))
	fifty := []tiktokshop.ID{"7"}
	for i := range 49 {
		fifty = append(fifty, tiktokshop.ID(fmt.Sprint(100+i)))
	}
	must(s.GenerateMultiProductLink(ctx,
		&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "1", ProductIDs: fifty}))
	must(s.ListProductStatistics(ctx,
		&affiliatepartner.ListProductStatisticsRequest{CampaignID: "1"}))
	must(s.ListProductCreators(ctx, &affiliatepartner.ListProductCreatorsRequest{CampaignID: "1",
		ProductID: "7"}))
	must(s.ListContentStatistics(ctx,
		&affiliatepartner.ListContentStatisticsRequest{CampaignID: "1", ProductID: "7",
			CreatorTempID: "u-1", AffiliateProductID: "3"}))
	must(s.ListContentStatistics(ctx,
		&affiliatepartner.ListContentStatisticsRequest{CampaignID: "1", ProductID: "7",
			CreatorTempID: "u-1", AffiliateProductID: "3",
			ContentType: affiliatepartner.ContentTypeLiveRoom}))
	must(s.GetSampleStatus(ctx, &affiliatepartner.GetSampleStatusRequest{CampaignID: "1",
		ProductID: "7", CreatorTempID: "u-1"}))
	must(s.SearchTAPOrders(ctx, nil))
	must(s.SearchTAPOrders(ctx,
		&affiliatepartner.SearchTAPOrdersRequest{CreateTimeGE: at(-2 * time.Hour),
			CreateTimeLT: at(0), CampaignID: "1"}))
	must(s.SearchCAPOrders(ctx, nil))
	must(s.SearchCAPOrders(ctx,
		&affiliatepartner.SearchCAPOrdersRequest{CreateTimeGE: at(-2 * time.Hour),
			CreateTimeLT: at(0), OrderID: "1", ProductID: "7",
			SettleStatus: tiktokshop.Ptr(affiliatepartner.FilterPending)}))

	doc, err := operationIDs("../../openapi/affiliate_partner.json")
	require.NoError(t, err)
	seen := tr.Seen()
	for _, id := range doc {
		assert.Equal(t, !slices.Contains(retired, id), seen[id] > 0,
			"%s: every operation but the retired ones is called", id)
	}
}

// TestTransportRefuses shows that the checks can fail.
func TestTransportRefuses(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1"})
	c := srv.Client(tiktokshop.WithHTTPClient(&http.Client{Transport: affiliatePartner(t)}),
		tiktokshop.WithoutRetry())
	const campaigns = "/affiliate_partner/202405/campaigns"
	call := func(ctx context.Context, method, path string, params tiktokshop.Params) error {
		_, err := tiktokshop.Do[any](ctx, c,
			&tiktokshop.Operation{Name: "Test", Method: method, Path: path,
				Identifier: tiktokshop.CategoryAssetCipher}, params, tiktokshop.WithAttemptTimeout(0))
		return err
	}
	for problem, err := range map[string]error{
		"no matching operation": call(t.Context(), "GET", "/nowhere",
			tiktokshop.Params{}),
		"parameter x is not declared": call(t.Context(), "GET", campaigns,
			tiktokshop.Params{Query: url.Values{"x": {"1"}, "page_size": {"1"}}}),
		"page_size": call(t.Context(), "GET", campaigns,
			tiktokshop.Params{}),
		"is unsupported": call(t.Context(), "POST", campaigns+"/1/partial_edit",
			tiktokshop.Params{Body: map[string]int{"x": 1}}),
		"value must be an integer": call(t.Context(), "POST", campaigns+"/1/partial_edit",
			tiktokshop.Params{Body: map[string]string{"commission_rate": "1"}}),
		"request body has an error: value": call(t.Context(), "POST", campaigns+"/1/partial_edit",
			tiktokshop.Params{}),
	} {
		assert.ErrorContains(t, err, problem)
	}
	srv.FailNext(1, tiktokshoptest.Fault{Body: `{"code":0,"data":{"region":7}}`,
		Header: http.Header{"Content-Type": {"application/json"}}})
	assert.ErrorContains(t, call(t.Context(), "GET", campaigns+"/1", tiktokshop.Params{}), "answer")
	srv.FailNext(1, tiktokshoptest.Fault{Body: `{"code":0,"data":{"surprise":"x"}}`,
		Header: http.Header{"Content-Type": {"application/json"}}})
	assert.ErrorContains(t, call(t.Context(), "GET", campaigns+"/1", tiktokshop.Params{}),
		"surprise")
}
