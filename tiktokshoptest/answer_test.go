package tiktokshoptest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/api/open"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// An operation that nothing was said about answers with an example.
func TestExampleAnswer(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	resp, err := order.New(srv.Client()).GetOrderDetail(t.Context(),
		&order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"1"}})
	require.NoError(t, err)
	require.Len(t, resp.Data.Orders, 1)
	assert.NotEmpty(t, resp.Data.Orders[0].ID)

	count := 0
	for _, err := range order.New(srv.Client()).GetOrderListAll(t.Context(),
		&order.GetOrderListRequest{}) {
		require.NoError(t, err)
		count++
	}
	assert.Equal(t, 1, count, "an example has one page")
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	service, ctx, req := order.New(srv.Client()), t.Context(),
		&order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"1"}}
	data := order.GetOrderDetailData{Orders: []order.Order{{ID: "1"}, {ID: "2"}}}
	tiktokshoptest.Answer(srv, (*order.Service).GetOrderDetail, data)
	data.Orders[0].ID = "changed later"
	resp, err := service.GetOrderDetail(ctx, req)
	require.NoError(t, err)
	require.Len(t, resp.Data.Orders, 2)
	assert.Equal(t, tiktokshop.ID("1"), resp.Data.Orders[0].ID)

	tiktokshoptest.Refuse(srv, (*order.Service).GetOrderDetail,
		tiktokshoptest.Refusal{Code: 21008111, Message: "Order not found."})
	_, err = service.GetOrderDetail(ctx, req)
	var apiErr *tiktokshop.APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, 21008111, apiErr.Code)
	assert.Equal(t, 200, apiErr.HTTPStatus)

	tiktokshoptest.Answer(srv, (*order.Service).GetOrderDetail, order.GetOrderDetailData{})
	resp, err = service.GetOrderDetail(ctx, req)
	require.NoError(t, err, "the latest answer counts")
	assert.Empty(t, resp.Data.Orders)

	srv.GrantScopes("seller.product.basic")
	_, err = service.GetOrderDetail(ctx, req)
	assert.ErrorIs(t, err, tiktokshop.ErrPermission, "the gateway's checks stay")
}

// TestAnswerOfAVersion: the name with the version and the one without are of one operation where
// they call one.
func TestAnswerOfAVersion(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	service, ctx := order.New(srv.Client()), t.Context()
	req := &order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"1"}}
	tiktokshoptest.Answer(srv, (*order.Service).GetOrderDetail202507,
		order.GetOrderDetail202507Data{Orders: []order.Order{{ID: "7"}}})
	resp, err := service.GetOrderDetail(ctx, req)
	require.NoError(t, err)
	assert.Equal(t, tiktokshop.ID("7"), resp.Data.Orders[0].ID)

	tiktokshoptest.Refuse(srv, (*order.Service).GetOrderDetail202309,
		tiktokshoptest.Refusal{Code: 21008111})
	_, err = service.GetOrderDetail202507(ctx, req)
	require.NoError(t, err, "another version is another operation")
	_, err = service.GetOrderDetail202309(ctx, req)
	require.Error(t, err)
}

// TestNoRefusalIsASuccess: one without a code has that of its status, as a fault has.
func TestNoRefusalIsASuccess(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		refusal      tiktokshoptest.Refusal
		status, code int
		message      string
	}{
		{"nothing", tiktokshoptest.Refusal{}, 500, 36009003, "Internal error. Please try again."},
		{"a status", tiktokshoptest.Refusal{Status: 429}, 429, 36009002,
			"Too many requests. Please try again later."},
		{"a message", tiktokshoptest.Refusal{Message: "no"}, 500, 36009003, "no"},
		{"a code", tiktokshoptest.Refusal{Code: 21008111}, 200, 21008111, ""},
		{"all", tiktokshoptest.Refusal{Status: 400, Code: 21008111, Message: "no"}, 400, 21008111,
			"no"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.NewServer(t)
			tiktokshoptest.Refuse(srv, (*order.Service).GetOrderDetail, tc.refusal)
			_, err := order.New(srv.Client(tiktokshop.WithoutRetry())).GetOrderDetail(t.Context(),
				&order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"1"}})
			var apiErr *tiktokshop.APIError
			require.ErrorAs(t, err, &apiErr)
			assert.Equal(t, tc.status, apiErr.HTTPStatus)
			assert.Equal(t, tc.code, apiErr.Code)
			assert.Equal(t, tc.message, apiErr.Message)
		})
	}
}

func TestAnswerFunc(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	tiktokshoptest.AnswerFunc(srv, (*product.Service).SearchProducts,
		func(call tiktokshoptest.Call) (product.SearchProductsData, *tiktokshoptest.Refusal) {
			switch call.Query["page_token"] {
			case "":
				return product.SearchProductsData{NextPageToken: "2",
					Products: []product.SearchProductsProduct{{ID: "1"}}}, nil
			case "2":
				return product.SearchProductsData{Products: []product.SearchProductsProduct{{ID: "2"},
					{ID: "3"}}}, nil
			}
			return product.SearchProductsData{},
				&tiktokshoptest.Refusal{Status: 400, Code: 36009004, Message: "what page?"}
		})
	service := product.New(srv.Client())
	var ids []tiktokshop.ID
	for p, err := range service.SearchProductsAll(t.Context(), &product.SearchProductsRequest{}) {
		require.NoError(t, err)
		ids = append(ids, p.ID)
	}
	assert.Equal(t, []tiktokshop.ID{"1", "2", "3"}, ids)
	_, err := service.SearchProducts(t.Context(),
		&product.SearchProductsRequest{PageToken: "3", PageSize: 1})
	assert.ErrorContains(t, err, "what page?")
}

// An answer wins over the state that a server keeps, and over a route added before.
func TestAnswerWinsOverState(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	partner, ctx := affiliatepartner.New(srv.Client()), t.Context()
	get := func(id tiktokshop.ID) (*tiktokshop.Response[affiliatepartner.GetCampaignData], error) {
		return partner.GetCampaign(ctx, &affiliatepartner.GetCampaignRequest{CampaignID: id})
	}
	_, err := get("7")
	require.ErrorIs(t, err, tiktokshop.ErrNotFound)
	tiktokshoptest.Answer(srv, (*affiliatepartner.Service).GetCampaign,
		affiliatepartner.GetCampaignData{Name: "answered"})
	resp, err := get("7")
	require.NoError(t, err)
	assert.Equal(t, "answered", resp.Data.Name)
	_, err = partner.ListCampaigns(ctx, nil)
	require.NoError(t, err, "others stay as they are")

	srv.Handle(&tiktokshop.Operation{Method: "GET",
		Path:       "/affiliate_partner/202405/campaigns/{id}",
		Identifier: tiktokshop.CategoryAssetCipher},
		func(c tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) {
			return affiliatepartner.GetCampaignData{Name: "handled " + c.Params["id"]}, nil
		})
	resp, err = get("7")
	require.NoError(t, err)
	assert.Equal(t, "handled 7", resp.Data.Name)
	tiktokshoptest.Answer(srv, (*affiliatepartner.Service).EditCampaign, struct{}{})
	_, err = partner.EditCampaign(ctx, &affiliatepartner.EditCampaignRequest{CampaignID: "8",
		Name: tiktokshop.Ptr("n")})
	require.NoError(t, err, "an operation without data")
}

// What is no method of the SDK's is a mistake in a test, which should not look like a mistake in
// what it tests.
func TestAnswerRefusesOtherFunctions(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	closure := func(
		s *order.Service, ctx context.Context, req *order.GetOrderDetailRequest,
		opts ...tiktokshop.Option,
	) (*tiktokshop.Response[order.GetOrderDetailData], error) {
		return s.GetOrderDetail(ctx, req, opts...)
	}
	message := func(answer func()) (text string) {
		defer func() { text = fmt.Sprint(recover()) }()
		answer()
		return ""
	}
	for name, text := range map[string]string{
		"a function of the test": message(
			func() { tiktokshoptest.Answer(srv, closure, order.GetOrderDetailData{}) }),
		"a method of the test's": message(
			func() {
				tiktokshoptest.Answer(srv, (*Service).GetOrderDetail, order.GetOrderDetailData{})
			}),
		"a method of no operation": message(
			func() {
				tiktokshoptest.Refuse(srv, (*Service).Order, tiktokshoptest.Refusal{Code: 1})
			}),
	} {
		assert.Contains(t, text, "pass the method expression", name)
		assert.Contains(t, text, "tiktokshoptest_test.", name)
	}
	assert.Contains(t, message(func() {
		tiktokshoptest.Answer[*order.Service, *order.GetOrderDetailRequest](srv, nil,
			order.GetOrderDetailData{})
	}), "nil")
	assert.Contains(t, message(func() { tiktokshoptest.Answer(srv, (*Service).Broken, failing{}) }),
		"does not encode")
}

// TestIdentifiers: operations that take a cipher of either kind take one.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	const shop, asset = "shop_cipher=ROW_fake-shop-cipher",
		"category_asset_cipher=GCP_fake-category-asset-cipher%3D"
	optional := good()
	optional.method, optional.path, optional.contentType = "POST", "/open/202512/file/init",
		"application/json"
	optional.body = `{"file_name":"a","file_size":1,"file_type":"b","target_path":"c","total_chunk_count":1}`
	none := optional
	none.method, none.body = "GET", ""
	none.path = "/product/202309/global_categories"
	for _, tc := range []struct {
		name  string
		r     request
		query string
		code  int
	}{
		{"optional", optional, shop, 0}, {"optional", optional, asset, 0},
		{"optional", optional, "", 0}, {"optional", optional, "shop_cipher=x", 106011},
		{"optional", optional, shop + "&" + asset, 36009004},
		{"optional", optional, "category_asset_cipher=x", 101000},
		{"none", none, "", 0}, {"none", none, shop, 36009004}, {"none", none, asset, 36009004},
	} {
		tc.r.query = tc.query
		assert.Equal(t, tc.code, tc.r.send(t, srv).Code, "%s with %q", tc.name, tc.query)
	}

	init := &open.UploadFileInitRequest{FileName: "a", FileType: "b", TargetPath: "c",
		FileSize: tiktokshop.Ptr[int64](1), TotalChunkCount: tiktokshop.Ptr[int64](1)}
	_, err := open.New(srv.Client()).UploadFileInit(t.Context(), init)
	require.NoError(t, err)
	assert.Contains(t, srv.Requests()[len(srv.Requests())-1].RawQuery, "shop_cipher")
}

// TestScopes: one of an operation's scopes will do.
func TestScopes(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	call := func(scopes ...string) error {
		srv.GrantScopes(scopes...)
		_, err := open.New(srv.Client()).UploadFileInit(t.Context(), &open.UploadFileInitRequest{
			FileName: "a", FileType: "b", TargetPath: "c", FileSize: tiktokshop.Ptr[int64](1),
			TotalChunkCount: tiktokshop.Ptr[int64](1),
		})
		return err
	}
	require.NoError(t, call("creator.video.write"))
	require.NoError(t, call("x", "seller.customer_service"))
	require.ErrorIs(t, call("x"), tiktokshop.ErrPermission)
	require.ErrorIs(t, call(), tiktokshop.ErrPermission)
}

// TestBodiesOfTheTable: what is no JSON object is refused although nothing looks into it.
func TestBodiesOfTheTable(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	r := good()
	r.path, r.query = "/order/202309/orders/search", "shop_cipher=ROW_fake-shop-cipher&page_size=1"
	for body, code := range map[string]int{"": 0, "{}": 0, ` {"a":1}`: 0, "{": 36009004,
		"[]": 36009004, `"{}"`: 36009004, "{}{}": 36009004} {
		r.body = body
		assert.Equal(t, code, r.send(t, srv).Code, body)
	}
	srv.Handle(&tiktokshop.Operation{Method: "POST", Path: "/x/202309/y"},
		func(c tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) {
			return map[string]any{"n": len(c.Body)}, nil
		})
	r.path, r.query, r.body = "/x/202309/y", "", "[]"
	assert.JSONEq(t, `{"n":2}`, string(r.send(t, srv).Data), "a handler decides for itself")
}

// TestBodiesAreBounded: more than the platform takes is refused, and recorded as far as it was
// read.
func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]tiktokshoptest.Option{"network": nil,
		"memory": {tiktokshoptest.InMemory()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.NewServer(t, opts...)
			_, err := tiktokshop.Do[any](t.Context(), srv.Client(tiktokshop.WithoutRetry()),
				&tiktokshop.Operation{Name: "Big", Method: "POST", Path: "/x"},
				tiktokshop.Params{Body: strings.Repeat("x", 17<<20)})
			var apiErr *tiktokshop.APIError
			if errors.As(err, &apiErr) { // or the connection broke under the rest of the body
				assert.Equal(t, 36009021, apiErr.Code)
			}
			require.Error(t, err)
			require.Len(t, srv.Requests(), 1)
			assert.Equal(t, 413, srv.Requests()[0].Status)
			assert.LessOrEqual(t, len(srv.Requests()[0].Body), 16<<20)
		})
	}
}

// Service is not one of the SDK's.
type Service struct{}

func (*Service) GetOrderDetail(
	context.Context, *order.GetOrderDetailRequest, ...tiktokshop.Option,
) (*tiktokshop.Response[order.GetOrderDetailData], error) {
	return nil, nil
}

func (*Service) Order(
	context.Context, *order.GetOrderDetailRequest, ...tiktokshop.Option,
) (*tiktokshop.Response[order.GetOrderDetailData], error) {
	return nil, nil
}

type failing struct{}

func (failing) MarshalJSON() ([]byte, error) { return nil, errors.New("no") }

func (*Service) Broken(
	context.Context, *struct{}, ...tiktokshop.Option,
) (*tiktokshop.Response[failing], error) {
	return nil, nil
}
