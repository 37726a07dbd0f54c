package affiliatepartner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// affiliateCalls has every operation of the service once, with what it must put on the wire.
var affiliateCalls = []struct {
	name   string
	call   func(context.Context, *affiliatepartner.Service) (any, error)
	method string
	path   string
	query  url.Values
	body   string
}{
	{
		"GenerateMultiProductLink",
		func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.GenerateMultiProductLink(ctx,
				&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "7362840009596339923",
					ProductIDs: []tiktokshop.ID{"7362840009596339971"}}))
		},
		"POST", "/affiliate_partner/202505/campaigns/7362840009596339923/products/promotion_links/generate_batch",
		url.Values{"category_asset_cipher": {"asset="}}, `{"product_ids":["7362840009596339971"]}`,
	},
	{
		"CreateCampaign", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.CreateCampaign(ctx, newCampaign()))
		},
		"POST", "/affiliate_partner/202405/campaigns",
		url.Values{"category_asset_cipher": {"asset="}},
		`{"name":"my first campaign","description":"campaign for test","campaign_start_time":1712941200,"campaign_end_time":1715878799,
		"registration_start_time":1712941200,"registration_end_time":1713891599,"commission_rate":1000,
		"contact_info":{"email":"123456@gmail.com","whatsapp":"+14255550100"},"target_shop_codes":["THCBELNL4Y"],"target_seller_types":["CROSS_BORDER"]}`,
	},
	{
		"EditCampaign", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.EditCampaign(ctx, &affiliatepartner.EditCampaignRequest{
				CampaignID:        "7373988288167036678",
				Name:              tiktokshop.Ptr("test campaign"),
				CampaignEndTime:   at(1715878799),
				ContactInfo:       &affiliatepartner.EditCampaignContactInfo{Phone: tiktokshop.Ptr("")},
				TargetShopCodes:   []string{},
				TargetSellerTypes: []affiliatepartner.SellerType{affiliatepartner.SellerTypeLocal},
			}))
		},
		"POST", "/affiliate_partner/202405/campaigns/7373988288167036678/partial_edit",
		url.Values{"category_asset_cipher": {"asset="}},
		`{"name":"test campaign","campaign_end_time":1715878799,"contact_info":{"phone":""},"target_shop_codes":[],"target_seller_types":["LOCAL"]}`,
	},
	{
		"PublishCampaign", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.PublishCampaign(
				ctx, &affiliatepartner.PublishCampaignRequest{CampaignID: "7373988288167036678"}))
		},
		"POST", "/affiliate_partner/202405/campaigns/7373988288167036678/publish",
		url.Values{"category_asset_cipher": {"asset="}}, "",
	},
	{
		"GetCampaign", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.GetCampaign(
				ctx, &affiliatepartner.GetCampaignRequest{CampaignID: "7373988288167036678"}))
		},
		"GET", "/affiliate_partner/202405/campaigns/7373988288167036678",
		url.Values{"category_asset_cipher": {"asset="}}, "",
	},
	{
		"ListCampaigns", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.ListCampaigns(ctx, &affiliatepartner.ListCampaignsRequest{
				PageSize: 10, PageToken: "a+/=", Status: affiliatepartner.CampaignStatusReady,
				Type:            affiliatepartner.CampaignTypeSellerCampaigns,
				QueryTypeFilter: affiliatepartner.CampaignFilterJoined,
			}))
		},
		"GET", "/affiliate_partner/202405/campaigns",
		url.Values{"category_asset_cipher": {"asset="}, "page_size": {"10"}, "page_token": {"a+/="},
			"status": {"READY"}, "type": {"SELLER_CAMPAIGNS"}, "query_type_filter": {"JOINED"}}, "",
	},
	{
		"ListCampaignProducts",
		func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.ListCampaignProducts(ctx, &affiliatepartner.ListCampaignProductsRequest{
				CampaignID: "7373988288167036678", PageSize: 50, PageToken: "t",
				ReviewStatus: affiliatepartner.ReviewStatusPending,
				ProductID:    "1730305356901683547", ProductName: "sample", ShopName: "Test Shop",
				CategoryID: "991496",
			}))
		},
		"GET", "/affiliate_partner/202405/campaigns/7373988288167036678/products",
		url.Values{"category_asset_cipher": {"asset="}, "page_size": {"50"}, "page_token": {"t"},
			"review_status": {"PENDING"},
			"product_id":    {"1730305356901683547"}, "product_name": {"sample"},
			"shop_name": {"Test Shop"}, "category_id": {"991496"}}, "",
	},
	{
		"ReviewCampaignProduct",
		func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.ReviewCampaignProduct(ctx, &affiliatepartner.ReviewCampaignProductRequest{
				CampaignID: "7373988288167036678", ProductID: "1730064726487763199",
				ReviewResult:  affiliatepartner.ReviewResultReject,
				RejectReasons: []affiliatepartner.RejectReason{affiliatepartner.RejectReasonCommissionTooLow},
			}))
		},
		"POST", "/affiliate_partner/202405/campaigns/7373988288167036678/products/1730064726487763199/review",
		url.Values{"category_asset_cipher": {"asset="}},
		`{"review_result":"REJECT","reject_reasons":["COMMISSION_TOO_LOW"]}`,
	},
	{
		"GenerateProductLink", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.GenerateProductLink(ctx, &affiliatepartner.GenerateProductLinkRequest{
				CampaignID: "7373988288167036678", ProductID: "1730064726487763199",
				CreatorCommissionRate: 1000,
			}))
		},
		"POST", "/affiliate_partner/202405/campaigns/7373988288167036678/products/1730064726487763199/promotion_link/generate",
		url.Values{"category_asset_cipher": {"asset="}}, `{"creator_commission_rate":1000}`,
	},
	{
		"ListProductStatistics",
		func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.ListProductStatistics(ctx,
				&affiliatepartner.ListProductStatisticsRequest{CampaignID: "1234567890",
					PageSize: 10, PageToken: "t"}))
		},
		// no cipher
		"GET", "/affiliate_partner/202501/campaigns/1234567890/products/performance",
		url.Values{"page_size": {"10"}, "page_token": {"t"}}, "",
	},
	{
		"ListProductCreators", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.ListProductCreators(ctx,
				&affiliatepartner.ListProductCreatorsRequest{CampaignID: "123", ProductID: "456"}))
		},
		"GET", "/affiliate_partner/202508/campaigns/123/products/456/performance",
		url.Values{"category_asset_cipher": {"asset="}}, "",
	},
	{
		"ListContentStatistics",
		func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.ListContentStatistics(ctx, &affiliatepartner.ListContentStatisticsRequest{
				CampaignID: "123", ProductID: "456", CreatorTempID: openID,
				AffiliateProductID: "123456789", ContentType: affiliatepartner.ContentTypeVideo,
			}))
		},
		"GET", "/affiliate_partner/202508/campaigns/123/products/456/creator/" + openID +
			"/content/statistics",
		url.Values{"category_asset_cipher": {"asset="}, "affiliate_product_id": {"123456789"},
			"content_type": {"VIDEO"}}, "",
	},
	{
		"GetSampleStatus", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.GetSampleStatus(
				ctx, &affiliatepartner.GetSampleStatusRequest{CampaignID: "123", ProductID: "456",
					CreatorTempID: openID}))
		},
		"GET", "/affiliate_partner/202508/campaigns/123/products/456/creator/" + openID +
			"/content/statistics/sample/status",
		url.Values{"category_asset_cipher": {"asset="}}, "",
	},
	{
		"SearchTAPOrders", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.SearchTAPOrders(ctx, &affiliatepartner.SearchTAPOrdersRequest{
				PageSize: 20, PageToken: "q/N5M+1kH=", CreateTimeGE: at(1623812664),
				CreateTimeLT: at(1623812764), CampaignID: "7324371012170024705",
			}))
		},
		"POST", "/affiliate_partner/202603/orders/search",
		url.Values{"category_asset_cipher": {"asset="}, "page_size": {"20"},
			"page_token": {"q/N5M+1kH="}},
		`{"create_time_ge":1623812664,"create_time_lt":1623812764,"campaign_id":"7324371012170024705"}`,
	},
	{
		"SearchCAPOrders", func(ctx context.Context, s *affiliatepartner.Service) (any, error) {
			return do(s.SearchCAPOrders(ctx, &affiliatepartner.SearchCAPOrdersRequest{
				CreateTimeGE: at(1623812664), CreateTimeLT: at(1623812764),
				OrderID: "576962796354307765", ProductID: "1729435310697057093",
				SettleStatus: tiktokshop.Ptr(affiliatepartner.FilterSettled),
			}))
		},
		"POST", "/affiliate_partner/202603/cap_order/search",
		url.Values{"category_asset_cipher": {"asset="}, "page_size": {"20"}},
		`{"create_time_ge":1623812664,"create_time_lt":1623812764,"order_id":"576962796354307765","product_id":"1729435310697057093","settle_status":3}`,
	},
}

// TestAffiliatePartnerOperations sends every operation once and answers with the documented sample.
func TestAffiliatePartnerOperations(t *testing.T) {
	t.Parallel()
	for _, tc := range affiliateCalls {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			sample, err := os.ReadFile("testdata/" + tc.name + ".json")
			require.NoError(t, err)
			answers := [][]byte{sample,
				[]byte(`{"code":16032007,"message":"Permission denied.","request_id":"R"}`)}
			var got *http.Request
			var body []byte
			srv := httptest.NewServer(http.HandlerFunc(func(
				w http.ResponseWriter, r *http.Request,
			) {
				got = r.Clone(context.Background())
				body, _ = io.ReadAll(r.Body)
				_, _ = w.Write(answers[0])
				answers = answers[1:]
			}))
			t.Cleanup(srv.Close)
			c := clientOf(t, srv.URL)

			data, err := tc.call(t.Context(), affiliatepartner.New(c))
			require.NoError(t, err)
			assert.Equal(t, tc.method, got.Method)
			assert.Equal(t, tc.path, got.URL.EscapedPath())
			query := got.URL.Query()
			for _, key := range []string{"app_key", "timestamp", "sign"} {
				assert.NotEmpty(t, query.Get(key))
				query.Del(key)
			}
			assert.Equal(t, tc.query, query)
			if tc.body == "" {
				assert.Empty(t, string(body))
			} else {
				assert.JSONEq(t, tc.body, string(body))
			}

			// Every field of the sample has a place in the type, and none is lost or changed on the
			// way back.
			var want struct {
				Data json.RawMessage `json:"data"`
			}
			require.NoError(t, json.Unmarshal(sample, &want))
			strict := json.NewDecoder(bytes.NewReader(want.Data))
			strict.DisallowUnknownFields()
			require.NoError(t, strict.Decode(data))
			again, err := json.Marshal(data)
			require.NoError(t, err)
			assert.JSONEq(t, string(want.Data), string(again))

			_, err = tc.call(t.Context(), affiliatepartner.New(c))
			var apiErr *tiktokshop.APIError
			require.ErrorAs(t, err, &apiErr)
			assert.Equal(t, "affiliatepartner."+strings.ToLower(tc.name),
				strings.ToLower(apiErr.Operation))
			assert.Equal(t, 16032007, apiErr.Code)
			assert.Equal(t, "R", apiErr.RequestID)
			assert.NotEmpty(t, apiErr.Scopes)
			assert.ErrorIs(t, err, tiktokshop.ErrPermission)
		})
	}
}

// TestAffiliateTimes pins the documented samples to instants.
func TestAffiliateTimes(t *testing.T) {
	t.Parallel()
	read := func(name string, into any) {
		b, err := os.ReadFile("testdata/" + name + ".json")
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, into))
	}
	var campaign tiktokshop.Response[affiliatepartner.GetCampaignData]
	read("GetCampaign", &campaign)
	assert.Equal(t, "2024-04-12T17:00:00Z",
		campaign.Data.CampaignStartTime.UTC().Format(time.RFC3339Nano))

	var statistics tiktokshop.Response[affiliatepartner.ListProductStatisticsData]
	read("ListProductStatistics", &statistics)
	assert.Equal(t, "2025-01-06T23:00:00Z",
		statistics.Data.CampaignProductStatistics[0].DataUpdateTime.UTC().Format(time.RFC3339Nano))

	var creators tiktokshop.Response[affiliatepartner.ListProductCreatorsData]
	read("ListProductCreators", &creators)
	assert.Equal(t, "2024-11-07T22:51:20.391Z",
		creators.Data.PromotionCreators[0].EffectiveStartTime.UTC().Format(time.RFC3339Nano))
	assert.Equal(t, "2024-11-07T22:54:00.687Z",
		creators.Data.PromotionCreators[0].EffectiveEndTime.UTC().Format(time.RFC3339Nano))

	var content tiktokshop.Response[affiliatepartner.ListContentStatisticsData]
	read("ListContentStatistics", &content)
	assert.Equal(t, "2024-11-13T00:00:00Z",
		content.Data.CreatorContentStatistics[0].PublishedDate.UTC().Format(time.RFC3339Nano))

	var sample tiktokshop.Response[affiliatepartner.GetSampleStatusData]
	read("GetSampleStatus", &sample)
	assert.Equal(t, "2024-04-12T17:00:00Z",
		sample.Data.SampleStatus.EstimatedEarliestDeliveryDate.UTC().Format(time.RFC3339Nano))
	assert.Equal(t, "2024-04-12T17:00:00Z",
		sample.Data.SampleStatus.TrackingResults[0].TrackingEventUpdateDate.UTC().Format(time.RFC3339Nano))

	var orders tiktokshop.Response[affiliatepartner.SearchTAPOrdersData]
	read("SearchTAPOrders", &orders)
	assert.Equal(t, "2023-05-31T16:00:00Z",
		orders.Data.SKUOrders[0].CreateTime.UTC().Format(time.RFC3339Nano))
	assert.Equal(t, tiktokshop.Money{Amount: "99", Currency: "USD"}, orders.Data.SKUOrders[0].Price)
	assert.Equal(t, "Yes", orders.Data.SKUOrders[0].FullyReturn)
	assert.Equal(t, "30%", orders.Data.SKUOrders[0].CreatorStandardCommissionRate.String())
}
