package tiktokshoptest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

const batchPath = "/affiliate_partner/202505/campaigns/1/products/promotion_links/generate_batch"

type answer struct {
	status    int
	Code      int             `json:"code"`
	Message   string          `json:"message"`
	RequestID string          `json:"request_id"`
	Data      json.RawMessage `json:"data"`
}

// TestChecks sends a request with one fault each, and one with all later faults
// too, to see that the checks come in the platform's order.
func TestChecks(t *testing.T) {
	t.Parallel()
	editQuery := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, old, new)
		}
	}
	for _, tc := range []struct {
		name    string
		spoil   func(*request)
		status  int
		code    int
		message string
	}{
		{"path", func(r *request) { r.path = "/nowhere" }, 404, 36009009, "Invalid path"},
		{"version", func(r *request) { r.path = strings.Replace(r.path, "202505", "209901", 1) },
			400, 36009014, "version name is invalid"},
		{"method", func(r *request) { r.method = "PUT" }, 405, 36009010, "Invalid method"},
		{"app key", func(r *request) { r.signed = editQuery("app_key=29a39d", "app_key=x") }, 400,
			36009004, "Invalid 'app_key'"},
		{"negative timestamp", func(r *request) { r.at = time.Unix(-1, 0) }, 400, 36009004,
			"lesser than 0"},
		{"old timestamp", func(r *request) { r.at = now.Add(-301 * time.Second) }, 401, 36009004,
			"earlier than 5 minutes"},
		{"future timestamp", func(r *request) { r.at = now.Add(31 * time.Second) }, 401, 36009004,
			"more than 30 seconds"},
		{"timestamp no number",
			func(r *request) { r.signed = editQuery("timestamp=1623812664", "timestamp=soon") },
			400, 36009004, "Invalid timestamp"},
		{"no signature", func(r *request) { r.signed = editQuery("&sign=", "&unsigned=") }, 401,
			36009004, "Missing credentials"},
		{"signature",
			func(r *request) {
				r.signed = editQuery("category_asset_cipher=", "category_asset_cipher=x")
			}, 401, 106001, "'sign' query parameter is invalid"},
		{"token", func(r *request) { r.token = "x" }, 401, 36009004,
			"'x-tts-access-token' header is invalid"},
		{"shop cipher", func(r *request) { r.query += "&shop_cipher=x" }, 400, 36009004,
			"Unexpected identifier. The 'shop_cipher'"},
		{"asset cipher", func(r *request) { r.query = "category_asset_cipher=x" }, 400, 101000,
			"'category_asset_cipher'"},
		{"content type", func(r *request) { r.contentType = "text/plain" }, 400, 36009022,
			"application/json"},
		{"body no JSON", func(r *request) { r.body = `{` }, 400, 36009004, "Invalid request body"},
		{"ids as numbers", func(r *request) { r.body = `{"product_ids":[2]}` }, 400, 36009004,
			"actual type:int64, expected type:string"},
		{"no ids", func(r *request) { r.body = `{"product_ids":[]}` }, 200, 16032001, "1 to 50"},
		{"51 ids", func(r *request) {
			r.body = `{"product_ids":["2"` + strings.Repeat(`,"2"`, 50) + `]}`
		}, 400, 36009004, "ProductIds is invalid, allowed: at most 50"},
		{"campaign", func(r *request) { r.path = strings.Replace(r.path, "/1/", "/7/", 1) }, 200,
			16032005, "not found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			r := good()
			tc.spoil(&r)
			ans := r.send(t, srv)
			assert.Equal(t, tc.status, ans.status)
			assert.Equal(t, tc.code, ans.Code)
			assert.Contains(t, ans.Message, tc.message)
			assert.Equal(t, "null", string(ans.Data))
		})
	}

	// Each of these is wrong in everything that is checked after it.
	srv := newServer(t)
	r := good()
	r.body, r.contentType = "{", "text/plain"
	assert.Equal(t, 36009022, r.send(t, srv).Code)
	r.query = "category_asset_cipher=x"
	assert.Equal(t, 101000, r.send(t, srv).Code)
	r.token = "x"
	assert.Contains(t, r.send(t, srv).Message, "x-tts-access-token")
	r.signed = editQuery("&sign=", "&sign=0")
	assert.Equal(t, 106001, r.send(t, srv).Code)
	r.at = now.Add(-time.Hour)
	assert.Contains(t, r.send(t, srv).Message, "timestamp")
	r.signed = editQuery("app_key=29a39d", "app_key=x")
	assert.Contains(t, r.send(t, srv).Message, "app_key")
	r.path = "/nowhere"
	assert.Equal(t, 36009009, r.send(t, srv).Code)
}

func TestTimestampWindowIsInclusive(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, d := range []time.Duration{-5 * time.Minute, 0, 30 * time.Second} {
		r := good()
		r.at = now.Add(d)
		assert.Zero(t, r.send(t, srv).Code, d)
	}
}

func TestCipherIsOptionalForMultiLink(t *testing.T) {
	t.Parallel()
	r := good()
	r.query = ""
	assert.Zero(t, r.send(t, newServer(t)).Code)
}

func TestTokenStates(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.GrantScopes("partner.tap_campaign.write")
	assert.Equal(t, 105005, good().send(t, srv).Code)
	srv.GrantScopes("partner.tap_campaign.read")
	assert.Zero(t, good().send(t, srv).Code)
	srv.ExpireToken()
	assert.Equal(t, 105002, good().send(t, srv).Code)
	srv.DeauthorizeToken()
	assert.Equal(t, 105001, good().send(t, srv).Code)
}

func TestLinks(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	r := good()
	r.body = `{"product_ids":["3","2","4"]}`
	first := string(r.send(t, srv).Data)
	assert.Regexp(t, `"failed_product_ids":\["3","4"\]`, first)
	assert.Regexp(t,
		`"product_promotion_links":\[\{"product_id":"2","link":"https://affiliate.tiktok.com/api/v1/share/\w{12}"\}\]`, first)
	assert.Equal(t, first, string(r.send(t, srv).Data))
	srv.SetFreshLinks(true)
	assert.NotEqual(t, string(r.send(t, srv).Data), string(r.send(t, srv).Data))
}

func link(ctx context.Context, c *tiktokshop.Client) error {
	_, err := c.AffiliatePartner.GenerateMultiProductLink(ctx,
		&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "1",
			ProductIDs: []tiktokshop.ID{"2"}})
	return err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault  tiktokshoptest.Fault
		status int
		code   int
		is     error
		sent   int // recorded status
	}{
		"zero": {tiktokshoptest.Fault{}, 500, 36009003, tiktokshop.ErrUnavailable, 500},
		"code": {tiktokshoptest.Fault{Code: 16032007, Message: "m"}, 200, 16032007,
			tiktokshop.ErrPermission, 200},
		"status and code": {tiktokshoptest.Fault{Status: 429, Code: 36009002,
			Header: http.Header{"Retry-After": {"3"}}}, 429, 36009002, tiktokshop.ErrRateLimited, 429},
		"HTML": {tiktokshoptest.Fault{Status: 502, Body: "<html>"}, 502, 0,
			tiktokshop.ErrUnavailable, 502},
		"garbage": {tiktokshoptest.Fault{Body: "\x00\xff"}, 200, 0,
			tiktokshop.ErrInvalidResponse, 200},
		"truncated": {tiktokshoptest.Fault{Truncate: true}, 200, 0,
			tiktokshop.ErrInvalidResponse, 200},
		"dropped": {tiktokshoptest.Fault{Drop: true}, 0, 0, nil, 0},
		"late":    {tiktokshoptest.Fault{Delay: time.Nanosecond}, 200, 0, nil, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			c := srv.Client(tiktokshop.WithoutRetry())
			srv.FailNext(1, tc.fault)
			err := link(t.Context(), c)
			switch {
			case tc.status == 0:
				var te *tiktokshop.TransportError
				require.ErrorAs(t, err, &te)
			case tc.is == nil:
				require.NoError(t, err)
			default:
				var apiErr *tiktokshop.APIError
				require.ErrorAs(t, err, &apiErr)
				assert.Equal(t, tc.status, apiErr.HTTPStatus)
				assert.Equal(t, tc.code, apiErr.Code)
				require.ErrorIs(t, err, tc.is)
				if tc.code == 36009002 {
					assert.Equal(t, 3*time.Second, apiErr.RetryAfter)
				}
			}
			assert.Equal(t, tc.sent, srv.Requests()[0].Status)
			require.NoError(t, link(t.Context(), c), "the next request is fine")
		})
	}
}

// TestNoFaultIsASuccess walks the combinations of a fault's fields: whatever takes the place of the
// right answer is an error with a code, unless it is a page, and does not say that all went well.
func TestNoFaultIsASuccess(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Products: []tiktokshoptest.Product{{ID: "2"}}})
	c := srv.Client(tiktokshop.WithoutRetry())
	statuses := []int{0, 200, 201, 302, 400, 401, 403, 404, 405, 408, 409, 413, 429, 500, 502, 503,
		504}
	const fields = 8
	for _, status := range statuses {
		for mask := range 1 << fields {
			has := func(bit int) bool { return mask&(1<<bit) != 0 }
			f := tiktokshoptest.Fault{Status: status, Processed: has(0)}
			if has(1) {
				f.Code = 16032007
			}
			if has(2) {
				f.Message = "Something is up."
			}
			if has(3) {
				f.Body = "<html>"
			}
			if has(4) {
				f.Header = http.Header{"X-More": {"1"}}
			}
			if has(5) {
				f.Delay = time.Nanosecond
			}
			if has(6) {
				f.Stall = time.Nanosecond
			}
			f.Drop = has(7)
			srv.FailNext(1, f)
			err := link(t.Context(), c)
			replaced := f.Status != 0 || f.Code != 0 || f.Message != "" || f.Body != "" ||
				f.Header == nil && f.Delay == 0 && f.Stall == 0
			if !replaced && !f.Drop {
				assert.NoError(t, err, "%+v", f)
				continue
			}
			if !assert.Error(t, err, "%+v", f) {
				continue
			}
			assert.NotContains(t, strings.ToLower(err.Error()), "success", "%+v", f)
			var apiErr *tiktokshop.APIError
			if f.Drop || !assert.ErrorAs(t, err, &apiErr, "%+v", f) {
				continue
			}
			want := f.Status
			switch {
			case want == 0 && (f.Code != 0 || f.Body != ""):
				want = 200
			case want == 0:
				want = 500
			}
			assert.Equal(t, want, apiErr.HTTPStatus, "%+v", f)
			switch {
			case f.Body != "":
				assert.Zero(t, apiErr.Code, "%+v", f)
			case f.Code != 0:
				assert.Equal(t, f.Code, apiErr.Code, "%+v", f)
				assert.Equal(t, f.Message, apiErr.Message, "%+v", f)
			default:
				assert.NotZero(t, apiErr.Code, "%+v", f)
				assert.NotEmpty(t, apiErr.Message, "%+v", f)
			}
			if f.Message != "" && f.Body == "" {
				assert.Equal(t, f.Message, apiErr.Message, "%+v", f)
			}
		}
	}
}

// TestStatusesHaveTheirCodes: a fault with nothing but a status has the platform's code for it.
func TestStatusesHaveTheirCodes(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	c := srv.Client(tiktokshop.WithoutRetry())
	for _, tc := range []struct {
		status, code int
		is           error
	}{
		{400, 36009004, tiktokshop.ErrInvalidRequest}, {401, 36009004, tiktokshop.ErrTokenInvalid},
		{403, 105005, tiktokshop.ErrPermission},
		{404, 36009009, tiktokshop.ErrNotFound}, {405, 36009010, tiktokshop.ErrInvalidRequest},
		{408, 36009007, tiktokshop.ErrUnavailable},
		{413, 36009021, tiktokshop.ErrInvalidRequest}, {429, 36009002, tiktokshop.ErrRateLimited},
		{500, 36009003, tiktokshop.ErrUnavailable},
		{502, 36009003, tiktokshop.ErrUnavailable}, {503, 36009003, tiktokshop.ErrUnavailable},
		{504, 36009007, tiktokshop.ErrUnavailable},
		{200, 36009003, tiktokshop.ErrUnavailable},
	} {
		srv.FailNext(1, tiktokshoptest.Fault{Status: tc.status})
		err := link(t.Context(), c)
		var apiErr *tiktokshop.APIError
		require.ErrorAs(t, err, &apiErr)
		assert.Equal(t, tc.code, apiErr.Code, tc.status)
		assert.ErrorIs(t, err, tc.is, tc.status)
	}
}

func TestFaultsQueueUp(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.FailNext(2, tiktokshoptest.Fault{Code: 1})
	srv.FailNext(1, tiktokshoptest.Fault{Code: 2})
	var codes []int
	for range 4 {
		codes = append(codes, good().send(t, srv).Code)
	}
	assert.Equal(t, []int{1, 1, 2, 0}, codes)
}

// A fault's delay ends when the server closes, and Close can be called again.
func TestCloseEndsDelays(t *testing.T) {
	t.Parallel()
	srv, err := tiktokshoptest.Start()
	require.NoError(t, err)
	srv.FailNext(1, tiktokshoptest.Fault{Delay: time.Hour})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { go srv.Close() },
	})
	require.Error(t, link(ctx, srv.Client()))
	srv.Close()
}

func TestRequestsAreRecorded(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	ans := good().send(t, srv)
	got := srv.Requests()
	require.Len(t, got, 1)
	assert.Equal(t, "POST", got[0].Method)
	assert.Equal(t, batchPath, got[0].Path)
	assert.Contains(t, got[0].RawQuery, "timestamp=1623812664")
	assert.Equal(t, tiktokshoptest.AccessToken, got[0].Header.Get("X-Tts-Access-Token"))
	assert.Equal(t, `{"product_ids":["2"]}`, string(got[0].Body))
	assert.Equal(t, 200, got[0].Status)
	assert.Equal(t, ans.RequestID, got[0].RequestID)
}

func TestParallelServers(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			srv := newServer(t)
			c := srv.Client()
			for range 8 {
				wg.Go(func() { assert.NoError(t, link(t.Context(), c)) })
			}
			srv.AddCampaign(tiktokshoptest.Campaign{ID: "9"})
			_ = srv.Requests()
		})
	}
	wg.Wait()
}

func TestClientPanicsOnBadOption(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	assert.PanicsWithValue(t, "tiktokshoptest: tiktokshop: access token: is empty",
		func() { srv.Client(tiktokshop.WithAccessToken("")) })
}

// TestNew: a server that nobody closes listens nowhere, and takes options as others do.
func TestNew(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.New(tiktokshoptest.WithClock(atNow))
	assert.NotContains(t, srv.URL, "127.0.0.1", "it listens")
	resp, err := authorization.New(srv.Client()).GetAuthorizedShops(t.Context(), nil)
	require.NoError(t, err)
	assert.Len(t, resp.Data.Shops, 1)
	assert.Contains(t, srv.Requests()[0].RawQuery, "timestamp=1623812664", "the clock is another")
}

// A fault of an operation waits for a request of it.
func TestFailNextOfAnOperation(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	srv.FailNext(1, tiktokshoptest.Fault{Operation: "order.GetOrderDetail", Code: 1,
		Message: "First."})
	srv.FailNext(1, tiktokshoptest.Fault{Operation: "order.GetOrderList", Code: 2,
		Message: "Second."})
	orders := order.New(srv.Client())
	list := func() int {
		_, err := orders.GetOrderList(t.Context(), &order.GetOrderListRequest{PageSize: 1})
		return codeOf(err)
	}
	assert.Equal(t, []int{2, 0}, []int{list(), list()})
	_, err := orders.GetOrderDetail(t.Context(),
		&order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"1"}})
	assert.Equal(t, 1, codeOf(err))
	assert.Panics(t, func() { srv.FailNext(1, tiktokshoptest.Fault{Operation: "order.GetOrders"}) })
}
