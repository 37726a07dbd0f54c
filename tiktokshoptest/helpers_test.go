package tiktokshoptest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func listed(t *testing.T, svc *order.Service, req order.GetOrderListRequest) string {
	t.Helper()
	ids := ""
	for o, err := range svc.GetOrderListAll(t.Context(), &req) {
		require.NoError(t, err)
		ids += string(o.ID[2:])
	}
	return ids
}

// packageShop is a shop with an order of two lines in a package, and one with a line in none.
func packageShop(t *testing.T) (*tiktokshoptest.Server, *fulfillment.Service, *clock) {
	t.Helper()
	c := newClock()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(c.now), tiktokshoptest.InMemory(),
		tiktokshoptest.Strict())
	srv.AddOrder(
		order.Order{ID: "100", UserID: "7", LineItems: []order.OrderLineItem{{ID: "1", SKUID: "31"},
			{ID: "2", SKUID: "31", SKUName: "Red"}}},
		order.Order{ID: "200", UserID: "7", LineItems: []order.OrderLineItem{{ID: "3"}}},
	)
	srv.AddPackage(fulfillment.GetPackageDetailData{PackageID: "500",
		Orders: []fulfillment.Order{{ID: "100"}}})
	c.advance(time.Hour)
	return srv, fulfillment.New(srv.Client()), c
}

// codeOf is that of the answer to a call, 0 for a success.
func codeOf(err error) int {
	var refused *tiktokshop.APIError
	if errors.As(err, &refused) {
		return refused.Code
	}
	if err != nil {
		panic(err)
	}
	return 0
}

func orderStatus(t *testing.T, srv *tiktokshoptest.Server, id tiktokshop.ID) order.OrderStatus {
	t.Helper()
	o, ok := srv.Order(id)
	require.True(t, ok)
	return o.Status
}

var now = time.Unix(1623812664, 0)

func atNow() time.Time { return now }

func newServer(t *testing.T) *tiktokshoptest.Server {
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(atNow))
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1",
		Products: []tiktokshoptest.Product{{ID: "2"}, {ID: "3", Unavailable: true}}})
	return srv
}

// request is a raw request; change spoils it before or after it is signed.
type request struct {
	method, path, query, body string
	token, contentType        string
	at                        time.Time
	signed                    func(*http.Request)
}

func (r request) send(t *testing.T, srv *tiktokshoptest.Server) answer {
	req, err := http.NewRequestWithContext(t.Context(), r.method, srv.URL+r.path+"?"+r.query,
		strings.NewReader(r.body))
	require.NoError(t, err)
	req.Header.Set("x-tts-access-token", r.token)
	req.Header.Set("content-type", r.contentType)
	signer, err := tiktokshop.NewSigner(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	require.NoError(t, err)
	require.NoError(t, signer.SignRequest(req, r.at))
	if r.signed != nil {
		r.signed(req)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	ans := answer{status: res.StatusCode}
	require.NoError(t, json.Unmarshal(b, &ans), string(b))
	assert.NotEmpty(t, ans.RequestID)
	assert.Equal(t, ans.RequestID, res.Header.Get("X-Tt-Logid"))
	assert.Equal(t, "Wed, 16 Jun 2021 03:04:24 GMT", res.Header.Get("Date"))
	return ans
}

func good() request {
	return request{method: "POST", path: batchPath,
		query: "category_asset_cipher=GCP_fake-category-asset-cipher%3D",
		body:  `{"product_ids":["2"]}`, token: tiktokshoptest.AccessToken,
		contentType: "application/json", at: now}
}

// receiver notes deliveries and answers with the statuses given, the last of them from then on.
type receiver struct {
	mu       sync.Mutex
	statuses []int
	bodies   []string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	verifier, _ := webhook.NewVerifier(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies = append(r.bodies, string(body))
	if verifier.Verify(body, req.Header.Get("Authorization")) != nil ||
		req.Header.Get("Content-Type") != "application/json" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(r.statuses[0])
	if len(r.statuses) > 1 {
		r.statuses = r.statuses[1:]
	}
}
