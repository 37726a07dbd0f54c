package verify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

type spoil = func(*http.Response, []byte) []byte

// object finds the first object that has a field, wherever in an answer it is, and is nil if there
// is none.
func object(value any, field string) map[string]any {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			if o := object(element, field); o != nil {
				return o
			}
		}
	case map[string]any:
		if _, has := v[field]; has {
			return v
		}
		for _, name := range sortedKeys(v) {
			if o := object(v[name], field); o != nil {
				return o
			}
		}
	}
	return nil
}

// edited changes the object that has a field. It panics if there is none, so that no plant is lost.
func edited(field string, edit func(map[string]any)) spoil {
	return func(_ *http.Response, body []byte) []byte {
		value, err := catalog.Decode(body)
		if err != nil {
			panic(err)
		}
		root := value.(map[string]any)
		o := root
		if field != "" {
			if o = object(root["data"], field); o == nil {
				panic("no " + field + " in " + string(body))
			}
		}
		edit(o)
		body, err = json.Marshal(value)
		if err != nil {
			panic(err)
		}
		return body
	}
}

func set(field string, value any) spoil {
	return edited(field, func(o map[string]any) { o[field] = value })
}

func inEnvelopeSet(field string, value any) spoil {
	return edited("", func(o map[string]any) { o[field] = value })
}

func refused(status, code int, message string) spoil {
	return func(resp *http.Response, _ []byte) []byte {
		resp.StatusCode = status
		return fmt.Appendf(nil, `{"code":%d,"message":%q,"request_id":"2026","data":null}`, code,
			message)
	}
}

func page(status int, contentType, body string) spoil {
	return func(resp *http.Response, _ []byte) []byte {
		resp.StatusCode = status
		resp.Header.Set("Content-Type", contentType)
		return []byte(body)
	}
}

// plants are deviations, one for an operation.
var plants = []struct {
	operation string
	kind      Kind
	place     string
	plant     spoil
}{
	{"order.GetOrderDetail", UnknownField, "orders[].brand_new",
		edited("status", func(o map[string]any) { o["brand_new"] = "x" })},
	{"product.GetBrands", UnknownField, "brands[].made",
		edited("id", func(o map[string]any) { o["made"] = map[string]any{"by": 1} })},
	{"product.GetCategories", WrongType, "categories[].id", set("id", 600001)},
	{"finance.GetStatements", WrongType, "statements[].statement_time",
		set("statement_time", "1700000000")},
	{"seller.GetActiveShops", WrongType, "shops", set("shops", map[string]any{"id": "7"})},
	{"seller.GetSellerPermissions", WrongType, "permissions", set("permissions", "ALL")},
	{"logistics.GetWarehouseList", WrongType, "warehouses[].is_default", set("is_default", "true")},
	{"logistics.GetWarehouseDeliveryOptions", Missing, "delivery_options[].id",
		edited("id", func(o map[string]any) { delete(o, "id") })},
	{"promotion.SearchActivities", Null, "activities[].discount", nil}, // filled in below
	{"order.GetPriceDetail", Null, "cod_fee", nil},
	{"fulfillment.GetPackageDetail", UnknownValue, "package_status",
		set("package_status", "LOST_IN_SPACE")},
	{"order.GetOrderList", UnknownValue, "orders[].status", set("status", "TELEPORTED")},
	{"returnrefund.SearchReturns", Retired, "",
		refused(400, 36009014, "The version name is invalid, please check and retry.")},
	{"product.GetProduct", Retired, "", refused(400, 36009004, "Invalid API version.")},
	{"finance.GetWithdrawals", Scope, "", refused(401, 105005, "Access denied.")},
	{"event.GetShopWebhooks", NotJSON, "",
		page(200, "text/html", "<html><body>Welcome</body></html>")},
	{"fulfillment.GetTracking", NotJSON, "",
		page(503, "text/html", "<html>Service Unavailable</html>")},
	{"customerservice.GetAgentSettings", NotJSON, "",
		page(200, "application/json", `{"code":0,"message":"Suc`)},
	{"fbt.GetFBTWarehouseList", NotJSON, "", page(200, "application/json", "")},
	{"analytics.GetSPSOverview", UnknownCode, "", refused(200, 99887766, "Something else.")},
	{"product.GetGlobalCategories", NoPath, "", refused(404, 36009009, "Invalid path.")},
	{"fbt.GetFBTMerchantOnboardedRegions", Signature, "",
		refused(401, 106001, "Invalid credentials. The 'sign' query parameter is invalid.")},
	{"customerservice.GetConversations", WrongType, "(envelope).code", inEnvelopeSet("code", "0")},
	{"customerservice.SearchSessions", Missing, "(envelope).request_id",
		edited("", func(o map[string]any) { delete(o, "request_id") })},
	{"returnrefund.GetRejectReasons", Null, "data", inEnvelopeSet("data", nil)},
	{"seller.GetShopGroup", UnknownField, "(envelope).warning", inEnvelopeSet("warning", "old")},
	{"finance.GetUnsettledTransactions", HTTPStatus, "",
		func(resp *http.Response, body []byte) []byte { resp.StatusCode = 201; return body }},
	{"product.GetAttributes", ContentType, "", func(resp *http.Response, body []byte) []byte {
		resp.Header.Set("Content-Type", "text/plain")
		return body
	}},
	{"promotion.SearchCoupons", Lossy, "total_count",
		set("total_count", json.Number("99999999999999999999"))},
	{"product.GetGlobalAttributes", Lossy, "(envelope).message",
		func(_ *http.Response, body []byte) []byte {
			return []byte(strings.Replace(string(body), `{`, `{"message":"Success",`, 1))
		}},
}

func init() {
	for i := range plants {
		p := &plants[i]
		if p.plant == nil {
			field := p.place[strings.LastIndexByte(p.place, '.')+1:]
			p.plant = set(field, nil)
		}
	}
}

// TestPlantedDeviations has the fake answer with thirty deviations: the run finds thirty, each
// where it is, and nothing else.
func TestPlantedDeviations(t *testing.T) {
	t.Parallel()
	require.Len(t, plants, 30)
	change := make(map[string]spoil)
	for _, p := range plants {
		change[p.operation] = p.plant
	}
	require.Len(t, change, 30, "one for an operation, so that each is seen by itself")
	report := runFake(t, Options{}, change)

	for _, p := range plants {
		assert.True(t, slices.ContainsFunc(report.Findings, func(f *Finding) bool {
			return f.Operation == p.operation && f.Kind == p.kind && f.Place == p.place
		}), "not found: %s %s %s", p.operation, p.kind, p.place)
	}
	for _, f := range report.Findings {
		assert.True(t, slices.ContainsFunc(plants, func(p struct {
			operation string
			kind      Kind
			place     string
			plant     spoil
		}) bool {
			return f.Operation == p.operation && f.Kind == p.kind && f.Place == p.place
		}), "nobody has planted: %+v", *f)
	}
	assert.Len(t, report.Findings, 30)
}
