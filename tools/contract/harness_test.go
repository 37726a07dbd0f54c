package contract

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// sampleRequest is a request struct such as those of the generated packages.
type sampleRequest struct {
	OrderID tiktokshop.ID       `path:"order_id" json:"-"`
	IDs     []tiktokshop.ID     `url:"ids" json:"-"`
	Since   tiktokshop.UnixTime `json:"since,omitzero"`
	Lines   []sampleLine        `json:"lines,omitzero"`
}

type sampleLine struct {
	Quantity int64 `json:"quantity"`
}

// TestFill shows that a field which is lost or wrong does not go unnoticed.
func TestFill(t *testing.T) {
	t.Parallel()
	example := func() *facts.Request {
		return &facts.Request{
			Path:  map[string]any{"order_id": "576461413038785752"},
			Query: map[string]any{"ids": []any{"1", "2"}},
			Body: map[string]any{"since": int64(1623812664),
				"lines": []any{map[string]any{"quantity": int64(7_362_840_009_596_339_923)}}},
		}
	}
	var req sampleRequest
	assert.NoError(t, fill(&req, example(), false, true))
	assert.Equal(t, tiktokshop.ID("576461413038785752"), req.OrderID)
	assert.Equal(t, []tiktokshop.ID{"1", "2"}, req.IDs)
	assert.EqualValues(t, 1623812664, req.Since.Unix())
	assert.Equal(t, []sampleLine{{7_362_840_009_596_339_923}}, req.Lines)

	for problem, spoil := range map[string]func(*facts.Request){
		`no field for path "shop_id"`: func(r *facts.Request) { r.Path["shop_id"] = "1" },
		`no field for url "order_id"`: func(r *facts.Request) { r.Query["order_id"] = "1" },
		`unknown field "until"`:       func(r *facts.Request) { r.Body["until"] = int64(1) },
		`unknown field "sku"`: func(r *facts.Request) {
			r.Body["lines"] = []any{map[string]any{"sku": "1"}}
		},
		"cannot unmarshal string": func(r *facts.Request) {
			r.Body["lines"] = []any{map[string]any{"quantity": "1"}}
		},
		"do not declare: [url ids]":   func(r *facts.Request) { delete(r.Query, "ids") },
		"do not declare: [json since": func(r *facts.Request) { delete(r.Body, "since") },
	} {
		e := example()
		spoil(e)
		assert.ErrorContains(t, fill(new(sampleRequest), e, false, true), problem)
	}

	file := facts.File{Name: "a.png", ContentType: "image/png", Content: []byte("x")}
	var upload struct {
		Data *tiktokshop.File `form:"data" json:"-"`
		Name string           `form:"name" json:"-"`
	}
	assert.NoError(t, fill(&upload, &facts.Request{Body: map[string]any{"data": file, "name": "n"}},
		true, true))
	assert.Equal(t, "a.png", upload.Data.Name)
	assert.Equal(t, "n", upload.Name)
	assert.ErrorContains(t, fill(&upload, &facts.Request{Body: map[string]any{"name": file}}, true,
		false), "must be a *tiktokshop.File")
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ want, got, problem string }{
		{`{"a":[1,{"b":"x"}]}`, `{"a":[1,{"b":"x"}]}`, ""},
		{`{"a":1}`, `{}`, ".a is lost"},
		{`{}`, `{"a":null}`, ".a is made up"},
		{`{"a":7362840009596339923}`, `{"a":7362840009596339924}`, ".a is"},
		{`{"a":1}`, `{"a":"1"}`, ".a is"},
		{`{"a":[1]}`, `{"a":[]}`, ".a is"},
		{`{"a":[1,2]}`, `{"a":[1,3]}`, ".a[1] is"},
		{`{"a":{}}`, `{"a":null}`, ".a is"},
	} {
		want, err := plain([]byte(tc.want))
		assert.NoError(t, err)
		got, err := plain([]byte(tc.got))
		assert.NoError(t, err)
		found := differences("", want, got)
		assert.Equal(t, tc.problem != "", len(found) == 1, "%v", found)
		assert.Contains(t, strings.Join(found, ""), tc.problem)
	}
}

// TestSignature checks the test's own signature with known ones.
func TestSignature(t *testing.T) {
	t.Parallel()
	const gateway = "app_key=29a39d&timestamp=1623812664&sign=x&access_token=y"
	for _, tc := range []struct{ method, path, query, body, contentType, want string }{
		{"POST", "/affiliate_partner/202505/campaigns/7362840009596339923/products/promotion_links/generate_batch", "&category_asset_cipher=GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3%3D",
			`{"product_ids":["7362840009596339971","7362840009596339972"]}`, "application/json",
			"2215d3d7ae7eaf8fef249ae0d261b85fbbb09eaf08a06a2a803aca35deae9416"},
		{"GET", "/order/202309/orders",
			"&shop_cipher=ROW_xkMbgAAAeVAQra0eZWebFQq5aIK&ids=576461413038785752%2C576461413038785753",
			"", "application/json",
			"c7c2a0bb5bdaf2fe848b6af7d97b29f01de464ee19e87d81f65a92c371ca35b6"},
		{"POST", "/product/202309/images/upload", "", "not signed",
			"multipart/form-data; boundary=b",
			"2f292aaeecc6a6ce8c7240771265c3342b343f27ef91271fe72a9452d74fa844"},
	} {
		req := httptest.NewRequest(tc.method, tc.path+"?"+gateway+tc.query, nil)
		assert.Equal(t, tc.want, signature(req, req.URL.Query(), []byte(tc.body),
			strings.HasPrefix(tc.contentType, "multipart")), tc.path)
	}
}

// TestCheckGateway spoils a good request in one thing after the other.
func TestCheckGateway(t *testing.T) {
	t.Parallel()
	problems := func(path, contentType, accessToken string) []string {
		req := httptest.NewRequest("GET", path, nil)
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("X-Tts-Access-Token", accessToken)
		return checkGateway(req, nil)
	}
	const good = "/authorization/202309/shops?app_key=29a39d&timestamp=1623812664&sign=b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8"
	assert.Empty(t, problems(good, "application/json", token))
	for problem, found := range map[string][]string{
		"the signature is wrong": problems(strings.Replace(good, "sign=b", "sign=B", 1),
			"application/json", token),
		"the app key is wrong": problems(strings.Replace(good, "29a39d", "x", 1),
			"application/json", token),
		"the timestamp is wrong": problems(strings.Replace(good, "664", "665", 1),
			"application/json", token),
		"the token is wrong": problems(good, "application/json", "x"),
		"the token is in":    problems(good+"&access_token="+token, "application/json", token),
		"an empty one":       problems(good+"&x=", "application/json", token),
		"2 values of x":      problems(good+"&x=1&x=2", "application/json", token),
		"the content type":   problems(good, "text/plain", token),
	} {
		assert.Contains(t, strings.Join(found, "; "), problem)
	}
	assert.Contains(t, problems(good, "multipart/form-data", token),
		"the content type is neither JSON nor multipart")
}
