package tiktokshoptest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// webhooks is a good request for the subscriptions of a shop.
func webhooks(method, body string) request {
	r := good()
	r.method, r.path, r.query, r.body = method, "/event/202309/webhooks",
		"shop_cipher=ROW_fake-shop-cipher", body
	return r
}

func TestShopCipherIsChecked(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for query, code := range map[string]int{
		"shop_cipher=ROW_fake-shop-cipher": 0,
		"":                                 106013,
		"shop_cipher=ROW_another":          106011,
		"shop_cipher=":                     106011,
		"shop_cipher=ROW_fake-shop-cipher&category_asset_cipher=GCP_fake-category-asset-cipher%3D": 36009004,
		"category_asset_cipher=GCP_fake-category-asset-cipher%3D":                                  36009004,
	} {
		r := webhooks("GET", "")
		r.query = query
		assert.Equal(t, code, r.send(t, srv).Code, query)
	}
	r := good()
	r.query = "shop_cipher=ROW_fake-shop-cipher"
	assert.Equal(t, 36009004, r.send(t, srv).Code, "where it is not wanted")
}

func TestWebhookSubscriptions(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	const body = `{"event_type":"ORDER_STATUS_CHANGE","address":"https://example.com"}`
	for _, bad := range []string{`[]`, `{}`, `{"event_type":"X"}`,
		`{"event_type":"X","address":"http://example.com"}`, `{"address":"https://example.com"}`} {
		assert.Equal(t, 36009004, webhooks("PUT", bad).send(t, srv).Code, bad)
	}
	assert.Equal(t, 36009004, webhooks("DELETE", `{}`).send(t, srv).Code)
	assert.JSONEq(t, `{"webhooks":[],"total_count":0}`,
		string(webhooks("GET", "").send(t, srv).Data))
	answer := webhooks("PUT", body).send(t, srv)
	assert.Zero(t, answer.Code)
	assert.JSONEq(t, `{}`, string(answer.Data))
	assert.JSONEq(t,
		`{"webhooks":[{"event_type":"ORDER_STATUS_CHANGE","address":"https://example.com","create_time":1623812664,"update_time":1623812664}],"total_count":1}`,
		string(webhooks("GET", "").send(t, srv).Data))
	assert.Zero(t, webhooks("DELETE", `{"event_type":"ORDER_STATUS_CHANGE"}`).send(t, srv).Code)
	assert.Zero(t, webhooks("DELETE", `{"event_type":"ORDER_STATUS_CHANGE"}`).send(t, srv).Code,
		"nothing left to do")
	assert.JSONEq(t, `{"webhooks":[],"total_count":0}`,
		string(webhooks("GET", "").send(t, srv).Data))
	srv.GrantScopes("other")
	assert.Equal(t, 105005, webhooks("GET", "").send(t, srv).Code)
	assert.Equal(t, 36009010, webhooks("POST", body).send(t, srv).Code)
}
