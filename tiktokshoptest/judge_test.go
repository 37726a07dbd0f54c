package tiktokshoptest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

const (
	ofShop  = "shop_cipher=ROW_fake-shop-cipher"
	ofAsset = "category_asset_cipher=GCP_fake-category-asset-cipher%3D"
)

// jsonRequest is a request with a good key, signature and token.
func jsonRequest(method, path, query, body string) request {
	r := good()
	r.method, r.path, r.query, r.body = method, path, query, body
	return r
}

// aProduct has the required fields of a product and no other.
const aProduct = `{"title":"T-shirt","description":"x","category_id":"600001","main_images":[{"uri":"u"}],` +
	`"package_weight":{"unit":"KILOGRAM","value":"1"},"skus":[{"inventory":[{"warehouse_id":"1","quantity":1}],"price":{"amount":"1","currency":"USD"}}]}`

// TestWrongRequests: what the platform refuses is refused, with its code and its words.
func TestWrongRequests(t *testing.T) {
	t.Parallel()
	const (
		ordersPath    = "/order/202309/orders"
		searchPath    = ordersPath + "/search"
		productsPath  = "/product/202309/products"
		campaignsPath = "/affiliate_partner/202405/campaigns"
		linkPath      = campaignsPath + "/1/products/2/promotion_link/generate"
		tapOrdersPath = "/affiliate_partner/202603/orders/search"
		webhooksPath  = "/event/202309/webhooks"
	)
	edit := func(old, new string) string {
		require.Contains(t, aProduct, old)
		return strings.Replace(aProduct, old, new, 1)
	}
	for _, tc := range []struct {
		name    string
		r       request
		message string
	}{
		{"orders without a page size", jsonRequest("POST", searchPath, ofShop, `{}`),
			"PageSize is a required field and has not been provided."},
		{"a page size that is no number",
			jsonRequest("POST", searchPath, ofShop+"&page_size=x", `{}`),
			"param page_size type invalid. actual type:string, expected type:int32"},
		{"a page size of 1000", jsonRequest("POST", searchPath, ofShop+"&page_size=1000", `{}`),
			"PageSize is invalid, allowed: 1 to 100."},
		{"a page size of 0", jsonRequest("POST", searchPath, ofShop+"&page_size=0", `{}`),
			"PageSize is invalid, allowed: 1 to 100."},
		{"an order in lower case",
			jsonRequest("POST", searchPath, ofShop+"&page_size=1&sort_order=desc", `{}`),
			"SortOrder is invalid, allowed values: ASC,DESC."},
		{"a text for a time",
			jsonRequest("POST", searchPath, ofShop+"&page_size=1",
				`{"create_time_ge":"1623812664"}`), "param create_time_ge type invalid. actual type:string, expected type:int64"},
		{"a fraction for a time",
			jsonRequest("POST", searchPath, ofShop+"&page_size=1",
				`{"create_time_ge":1623812664.5}`), "param create_time_ge type invalid. actual type:float64, expected type:int64"},
		{"a number for a status",
			jsonRequest("POST", searchPath, ofShop+"&page_size=1", `{"order_status":100}`),
			"param order_status type invalid. actual type:int64, expected type:string"},
		{"a list for a status",
			jsonRequest("POST", searchPath, ofShop+"&page_size=1", `{"order_status":["UNPAID"]}`),
			"param order_status type invalid. actual type:[]interface {}, expected type:string"},
		{"a text for a list",
			jsonRequest("POST", searchPath, ofShop+"&page_size=1", `{"warehouse_ids":"1"}`),
			"param warehouse_ids type invalid. actual type:string, expected type:list"},
		{"details of no order", jsonRequest("GET", ordersPath, ofShop, ""),
			"Ids is a required field and has not been provided."},
		{"details of 51 orders",
			jsonRequest("GET", ordersPath, ofShop+"&ids=1"+strings.Repeat(",1", 50), ""),
			"Ids is invalid, allowed: at most 50 elements."},
		{"a product with only a title",
			jsonRequest("POST", productsPath, ofShop, `{"title":"T-shirt"}`),
			"CategoryId is a required field and has not been provided."},
		{"a price without a currency",
			jsonRequest("POST", productsPath, ofShop, edit(`,"currency":"USD"`, "")),
			"Currency of Price is a required field and has not been provided."},
		{"a price as a number",
			jsonRequest("POST", productsPath, ofShop, edit(`"amount":"1"`, `"amount":1`)),
			"param skus.price.amount type invalid. actual type:int64, expected type:string"},
		{"ten pictures",
			jsonRequest("POST", productsPath, ofShop,
				edit(`{"uri":"u"}`, `{"uri":"u"}`+strings.Repeat(`,{"uri":"u"}`,
					9))), "MainImages is invalid, allowed: at most 9 elements."},
		{"a description that is too long",
			jsonRequest("POST", productsPath, ofShop,
				edit(`"x"`, `"`+strings.Repeat("é", 10_001)+
					`"`)), "Description is invalid, allowed: at most 10000 characters."},
		{"a link without a rate", jsonRequest("POST", linkPath, ofAsset, `{}`),
			"CreatorCommissionRate is a required field and has not been provided."},
		{"a campaign without contact",
			jsonRequest("POST", campaignsPath, ofAsset,
				`{"name":"n","description":"d","campaign_start_time":1,"campaign_end_time":2,`+
					`"registration_start_time":1,"registration_end_time":2,"commission_rate":1000}`), "ContactInfo is a required field and has not been provided."},
		{"affiliate orders without a page size", jsonRequest("POST", tapOrdersPath, ofAsset, ""),
			"PageSize is a required field and has not been provided."},
		{"a subscription to nothing",
			jsonRequest("PUT", webhooksPath, ofShop, `{"address":"https://example.com"}`),
			"EventType is a required field and has not been provided."},
		{"a widget of a shop by name",
			jsonRequest("GET", "/authorization/202401/widget_token", "shop_id=mine", ""),
			"param shop_id type invalid. actual type:string, expected type:int64"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			ans := tc.r.send(t, srv)
			assert.Equal(t, 36009004, ans.Code)
			assert.Equal(t, http.StatusBadRequest, ans.status)
			assert.Equal(t, tc.message, ans.Message)
			assert.Equal(t, "null", string(ans.Data))

			lenient := tiktokshoptest.NewServer(t, tiktokshoptest.Lenient(),
				tiktokshoptest.WithClock(atNow))
			assert.NotEqual(t, tc.message, tc.r.send(t, lenient).Message,
				"a lenient server does not look at it")
		})
	}
}

// TestGoodRequests: what is merely unusual is taken.
func TestGoodRequests(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	search := func(query, body string) request {
		return jsonRequest("POST", "/order/202309/orders/search", ofShop+"&page_size=1"+query, body)
	}
	for _, tc := range []struct {
		name string
		r    request
	}{
		{"no body", search("", "")},
		{"an empty one", search("", "{}")},
		{"a null", search("", `{"order_status":null}`)},
		{"a status that nobody knows", search("", `{"order_status":"ON_THE_MOON"}`)},
		{"a field that nobody knows", search("", `{"colour":"red","size":{"x":1}}`)},
		{"a parameter that nobody knows", search("&colour=red&version=202309", "")},
		{"parameters without a value", search("&sort_order=&page_token=", "")},
		{"the token in the query", search("&access_token="+tiktokshoptest.AccessToken, "")},
		{"50 ids", jsonRequest(
			"GET", "/order/202309/orders", ofShop+"&ids=1"+strings.Repeat("%2C1", 49), "")},
		{"only what a product needs",
			jsonRequest("POST", "/product/202309/products", ofShop, aProduct)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ans := tc.r.send(t, srv)
			assert.Zero(t, ans.Code, ans.Message)
		})
	}
}

// TestStrict: a strict server also refuses names that the facts do not have, wherever they are.
func TestStrict(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.Strict(), tiktokshoptest.WithClock(atNow))
	search := func(query, body string) request {
		return jsonRequest("POST", "/order/202309/orders/search", ofShop+"&page_size=1"+query, body)
	}
	for _, tc := range []struct {
		name    string
		r       request
		message string
	}{
		{"nothing unknown", search("&sort_order=ASC", `{"order_status":"UNPAID"}`), "Success"},
		{"the token in the query", search("&access_token=x", ""), "Success"},
		{"a parameter", search("&sort=ASC", ""), "Unknown field. The request has 'sort'."},
		{"a field", search("", `{"status":"UNPAID"}`), "Unknown field. The request has 'status'."},
		{"a field of an element",
			jsonRequest("POST", "/product/202309/products", ofShop,
				strings.Replace(aProduct, `"price":{`, `"price":{"sum":1,`,
					1)), "Unknown field. The request has 'skus.price.sum'."},
		{"a body where there is none",
			jsonRequest("GET", "/affiliate_partner/202405/campaigns/1", ofAsset, `{"a":1}`),
			"Unknown field. The request has 'a'."},
		{"a wrong type comes first", search("&sort=ASC", `{"create_time_ge":"1"}`),
			"param create_time_ge type invalid. actual type:string, expected type:int64"},
		{"an unknown field before a missing one",
			jsonRequest("POST", "/order/202309/orders/search", ofShop, `{"status":"UNPAID"}`),
			"Unknown field. The request has 'status'."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Contains(t, tc.r.send(t, srv).Message, tc.message)
		})
	}
}

// TestLenient: a lenient server has a page for whoever asks, and still refuses what its state
// cannot take.
func TestLenient(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.Lenient(), tiktokshoptest.WithClock(atNow))
	for _, tc := range []struct {
		name string
		r    request
		code int
	}{
		{"orders", jsonRequest(
			"POST", "/order/202309/orders/search", ofShop, `{"create_time_ge":"x"}`), 0},
		{"campaigns", jsonRequest("GET", "/affiliate_partner/202405/campaigns", ofAsset, ""), 0},
		{"campaigns, a page that is no number",
			jsonRequest("GET", "/affiliate_partner/202405/campaigns", ofAsset+"&page_size=x", ""),
			36009004},
		{"a campaign without a name",
			jsonRequest("POST", "/affiliate_partner/202405/campaigns", ofAsset, `{}`), 16032001},
		{"a rate of another type",
			jsonRequest("POST", "/affiliate_partner/202405/campaigns", ofAsset,
				`{"commission_rate":"1"}`), 36009004},
		{"a list for an object", jsonRequest("POST", "/order/202309/orders/search", ofShop, `[1]`),
			36009004},
		{"the signature of another body",
			request{method: "POST", path: "/order/202309/orders/search", query: ofShop,
				token:       tiktokshoptest.AccessToken,
				contentType: "application/json", at: now, body: "{}",
				signed: withBody("{ }")}, 106001},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.code, tc.r.send(t, srv).Code)
		})
	}
}

// TestAnswersAreJudged: setting an answer does not make a wrong request right; an operation set
// with Handle is the test's own.
func TestAnswersAreJudged(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	tiktokshoptest.Answer(srv, (*order.Service).GetOrderDetail, order.GetOrderDetailData{})
	tiktokshoptest.Refuse(srv, (*product.Service).CreateProduct,
		tiktokshoptest.Refusal{Code: 12052000})
	srv.Handle(&tiktokshop.Operation{Method: "POST", Path: "/order/202309/orders/search"},
		func(tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) { return nil, nil })
	assert.Equal(t, 36009004, jsonRequest("GET", "/order/202507/orders", ofShop, "").send(t,
		srv).Code)
	assert.Equal(t, 36009004, jsonRequest("POST", "/product/202309/products", ofShop,
		`{"title":"x"}`).send(t, srv).Code)
	assert.Equal(t, 12052000, jsonRequest("POST", "/product/202309/products", ofShop,
		aProduct).send(t, srv).Code)
	assert.Zero(t, jsonRequest("POST", "/order/202309/orders/search", "",
		`{"create_time_ge":"x"}`).send(t, srv).Code)
}

// TestFormsAreJudged: files are files and fields are texts.
func TestFormsAreJudged(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, tc := range []struct{ name, parts, message string }{
		{"a file and a field", `name="data"; filename="a"|name="use_case"`, "Success"},
		{"no file", `name="use_case"`, "Data is a required field and has not been provided."},
		{"a field for a file", `name="data"`,
			"param data type invalid. actual type:string, expected type:[]uint8"},
		{"a file for a field", `name="data"; filename="a"|name="use_case"; filename="b"`,
			"param use_case type invalid. actual type:[]uint8, expected type:string"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := jsonRequest("POST", "/product/202309/images/upload", "", "")
			r.contentType = "multipart/form-data; boundary=b"
			for part := range strings.SplitSeq(tc.parts, "|") {
				r.body += "--b\r\nContent-Disposition: form-data; " + part + "\r\n\r\nX\r\n"
			}
			r.body += "--b--\r\n"
			assert.Equal(t, tc.message, r.send(t, srv).Message)
		})
	}
}

// withBody puts another body into a request that has been signed.
func withBody(body string) func(*http.Request) {
	return func(r *http.Request) {
		fresh, _ := http.NewRequest(r.Method, r.URL.String(), strings.NewReader(body))
		r.Body, r.ContentLength, r.GetBody = fresh.Body, fresh.ContentLength, fresh.GetBody
	}
}

// TestBodiesOfNothing: what the platform says to a body of [] and to a {} that is not signed is not
// known, so that both can be had.
func TestBodiesOfNothing(t *testing.T) {
	t.Parallel()
	search := jsonRequest("POST", "/order/202309/orders/search", ofShop+"&page_size=1", "")
	signedAs := func(signed, sent string) request {
		r := search
		r.body, r.signed = signed, withBody(sent)
		return r
	}
	emptyList, unsignedObject := tiktokshoptest.AcceptEmptyList(),
		tiktokshoptest.AcceptUnsignedEmptyObject()
	for _, tc := range []struct {
		name string
		r    request
		opts []tiktokshoptest.Option
		code int
	}{
		{"a list", signedAs("[]", "[]"), nil, 36009004},
		{"a list, accepted", signedAs("[]", "[]"), []tiktokshoptest.Option{emptyList}, 0},
		{"a list, accepted by a strict server", signedAs("[]", "[]"),
			[]tiktokshoptest.Option{emptyList, tiktokshoptest.Strict()}, 0},
		{"a list that is not empty", signedAs("[1]", "[1]"), []tiktokshoptest.Option{emptyList},
			36009004},
		{"a list that is not signed", signedAs("", "[]"),
			[]tiktokshoptest.Option{emptyList, unsignedObject}, 106001},
		{"an object that is not signed", signedAs("", "{}"), nil, 106001},
		{"an object that is not signed, accepted", signedAs("", "{}"),
			[]tiktokshoptest.Option{unsignedObject}, 0},
		{"a signed object where unsigned ones are accepted", signedAs("{}", "{}"),
			[]tiktokshoptest.Option{unsignedObject}, 0},
		{"a full object that is not signed", signedAs("", `{"a":1}`),
			[]tiktokshoptest.Option{unsignedObject}, 106001},
		{"an object with another signature", signedAs("x", "{}"),
			[]tiktokshoptest.Option{unsignedObject}, 106001},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.NewServer(t, append(tc.opts, tiktokshoptest.WithClock(atNow))...)
			assert.Equal(t, tc.code, tc.r.send(t, srv).Code)
		})
	}
}
