package tiktokshop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// The tests of internal/bind have every tag; those here have what Call makes of them.

type callPrice struct {
	Amount   string `json:"amount" check:"required,maxlen=5"`
	Currency string `json:"currency,omitzero"`
}

type callSKU struct {
	ID    ID         `json:"id,omitzero"`
	Price *callPrice `json:"price" check:"required"`
}

type callRequest struct {
	OrderID ID       `path:"order_id" json:"-"`
	IDs     []ID     `url:"ids" json:"-" check:"maxitems=3"`
	Size    int32    `url:"page_size" json:"-" check:"required,default=20,max=100"`
	Token   string   `url:"page_token" json:"-"`
	Since   UnixTime `url:"since" json:"-"`
	Deep    *bool    `url:"deep" json:"deep,omitzero"`

	Title string    `json:"title,omitzero" check:"maxlen=4"`
	Sort  string    `json:"sort,omitzero" check:"default=ASC,oneof=ASC|DESC"`
	SKUs  []callSKU `json:"skus,omitzero" check:"maxitems=2"`
	Until UnixMilli `json:"until,omitzero"`
}

var callOp = &Operation{Name: "test.Call", Method: http.MethodPost,
	Path: "/test/202309/orders/{order_id}/call"}

// sent is what a stub platform received.
type sent struct {
	req   *http.Request
	query url.Values
	body  string
}

func TestCallEncodes(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 5e8)
	for _, tc := range []struct {
		name  string
		req   any
		query url.Values
		body  string
	}{
		{"nothing optional", &callRequest{OrderID: "7"}, url.Values{"page_size": {"20"}},
			`{"sort":"ASC"}`},
		{
			"everything",
			&callRequest{
				OrderID: "7", IDs: []ID{"1", "2"}, Size: 50, Token: "a+/=", Since: UnixTime{at},
				Deep:  Ptr(false),
				Title: "äöüß", Sort: "DESC",
				SKUs:  []callSKU{{ID: "x_Y-open", Price: &callPrice{Amount: "1.50"}}},
				Until: UnixMilli{at},
			},
			url.Values{"ids": {"1,2"}, "page_size": {"50"}, "page_token": {"a+/="},
				"since": {"1700000000"}, "deep": {"false"}},
			`{"deep":false,"title":"äöüß","sort":"DESC","skus":[{"id":"x_Y-open","price":{"amount":"1.50"}}],"until":1700000000500}`,
		},
		{
			"times",
			&struct {
				ID ID            `path:"order_id" json:"-"`
				A  UnixTimeText  `url:"a" json:"-"`
				B  UnixMilliText `url:"b" json:"-"`
				C  UnixMilli     `url:"c,omitempty" json:"-"`
				D  Date          `url:"d" json:"-" check:"required"`
				E  *UnixTime     `url:"e" json:"-"`
				Z  UnixTime      `url:"z" json:"-"`
				L  []Date        `url:"l,comma" json:"-"`
			}{"7", UnixTimeText{at}, UnixMilliText{at}, UnixMilli{at}, Date{at.UTC()},
				&UnixTime{at}, UnixTime{time.Time{}.UTC()}, []Date{{at.UTC()}, {at.UTC()}}},
			url.Values{
				"a": {"1700000000"}, "b": {"1700000000500"}, "c": {"1700000000500"},
				"d": {"2023-11-14"}, "e": {"1700000000"},
				"l": {"2023-11-14,2023-11-14"},
			},
			``,
		},
		{
			"an empty body is none",
			&struct {
				ID   ID     `path:"order_id" json:"-"`
				Name string `json:"name,omitzero"`
			}{ID: "7"}, url.Values{}, ``,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, requests := recording(t)
			before, err := json.Marshal(tc.req)
			require.NoError(t, err)
			resp, err := Call[testData](t.Context(), c, callOp, tc.req)
			require.NoError(t, err)
			assert.Equal(t, ID("9"), resp.Data.ID)
			require.Len(t, *requests, 1)
			got := (*requests)[0]
			assert.Equal(t, tc.query, got.query)
			assert.Equal(t, tc.body, got.body)
			assert.Equal(t, "/test/202309/orders/7/call", got.req.URL.Path)
			after, err := json.Marshal(tc.req)
			require.NoError(t, err)
			assert.Equal(t, string(before), string(after), "the caller's request is left alone")
		})
	}
}

func TestCallSendsForms(t *testing.T) {
	t.Parallel()
	type request struct {
		Data File   `form:"data" check:"required"`
		Use  string `form:"use_case" check:"required,default=MAIN_IMAGE"`
	}
	c, requests := recording(t)
	op := &Operation{Name: "test.Upload", Method: http.MethodPost, Path: "/test/202309/upload",
		MaxUploadBytes: 10}
	_, err := Call[testData](t.Context(), c, op,
		&request{Data: File{Content: bytes.NewReader([]byte("x"))}})
	require.NoError(t, err)
	assert.Contains(t, (*requests)[0].body, "MAIN_IMAGE")

	_, err = Call[testData](t.Context(), c, op, &request{})
	assert.EqualError(t, err, "tiktokshop: test.Upload: Data: is missing")
	_, err = Call[testData](t.Context(), c, op,
		&request{Data: File{Name: "a/b", ContentType: "image",
			Content: bytes.NewReader(make([]byte, 11))}})
	assert.Equal(t, []string{
		"Data.Name: is malformed: a file name has no path, no control characters and is UTF-8",
		"Data.ContentType: is malformed: a media type is one such as image/jpeg",
		"Data.Content: is too large: at most 10 bytes",
	}, mistakes(err))
}

func TestCallWithoutARequest(t *testing.T) {
	t.Parallel()
	c, requests := recording(t)
	op := &Operation{Name: "test.List", Method: http.MethodGet, Path: "/test/202309/list"}
	for _, req := range []any{nil, (*struct {
		Size int    `url:"page_size" json:"-"`
		Name string `json:"name,omitzero"`
	})(nil)} {
		_, err := Call[struct{}](t.Context(), c, op, req)
		require.NoError(t, err)
	}
	for _, r := range *requests {
		assert.Empty(t, r.query)
		assert.Empty(t, r.body)
	}
	_, err := Call[struct{}](t.Context(), c, callOp, (*callRequest)(nil))
	assert.EqualError(t, err, "tiktokshop: test.Call: OrderID: is missing")
}

// mistakes renders all mistakes of input in an error.
func mistakes(err error) []string {
	var all []string
	for _, e := range InputErrors(err) {
		all = append(all, e.Field+": "+e.Reason)
	}
	return all
}

func TestCallRefuses(t *testing.T) {
	t.Parallel()
	shopOp := *callOp
	shopOp.Identifier = ShopCipher
	for _, tc := range []struct {
		name string
		op   *Operation
		req  any
		want []string
	}{
		{"one mistake", callOp, &callRequest{OrderID: "7", Size: 101},
			[]string{"Size: is too large: at most 100"}},
		{"an id that lost digits", callOp,
			&callRequest{OrderID: "7",
				SKUs: []callSKU{{ID: "7.36e+18", Price: &callPrice{Amount: "1"}}}},
			[]string{"SKUs[0].ID: is a floating-point number: its last digits are lost; keep ids as strings from end to end"}},
		{"money without an amount, and an id sent as a number that is none", callOp, &struct {
			OrderID ID       `path:"order_id" json:"-"`
			Price   Money    `json:"price"`
			SKU     IDNumber `json:"sku_id"`
			Lost    IDNumber `json:"lost"`
		}{OrderID: "7", SKU: "x1", Lost: "7.36e+18"}, []string{
			"Price.Amount: is missing",
			"SKU: is malformed: an id that is sent as a number has decimal digits only",
			"Lost: is a floating-point number: its last digits are lost; keep ids as strings from end to end",
		}},
		{
			"everything, the identifier included", &shopOp,
			&callRequest{OrderID: "a/b", IDs: []ID{"1", ""}, Size: -200, Title: "12345", Sort: "UP",
				SKUs: []callSKU{{}, {Price: &callPrice{Amount: "100.00"}}}},
			[]string{
				"OrderID: is malformed: only A-Z a-z 0-9 - . _ ~ are allowed in a path parameter",
				"IDs[1]: is empty or contains a comma, which separates the values of a list",
				"Title: is too long: at most 4 characters",
				"Sort: is not one of ASC, DESC",
				"SKUs[0].Price: is missing",
				"SKUs[1].Price.Amount: is too long: at most 5 characters",
				"shop cipher: is missing: the operation needs one, set it with WithShopCipher",
			},
		},
		{"a value instead of a pointer", callOp, callRequest{},
			[]string{"request: must be a pointer to a struct"}},
		{"a pointer to something else", callOp, new(int),
			[]string{"request: must be a pointer to a struct"}},
		{"a type that cannot be sent", callOp, &struct {
			A int
		}{}, []string{"A: has no path, url, json or form tag that names it"}},
		{"a key of the gateway", callOp, &struct {
			A string `url:"sign" json:"-"`
		}{}, []string{"A: cannot be sent as sign: is set by the client and cannot be given in the query"}},
		{"no field for the path", callOp, &struct{}{}, []string{"order_id: is missing"}},
		{"no operation", nil, &struct{}{}, []string{"operation: is nil"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, requests := recording(t)
			_, err := Call[testData](t.Context(), c, tc.op, tc.req)
			assert.Equal(t, tc.want, mistakes(err))
			var first *InputError
			require.ErrorAs(t, err, &first)
			if _, single := err.(*InputError); len(tc.want) == 1 {
				assert.True(t, single, "one mistake is an *InputError as it is")
			}
			for _, want := range tc.want {
				assert.ErrorContains(t, err, want)
			}
			if tc.op != nil {
				assert.Equal(t, "test.Call", first.Operation)
			}
			assert.Empty(t, *requests)
		})
	}
}

// ownChecks are what the requests of TestCallValidates find wrong with themselves, by the case in
// Name.
var ownChecks = map[string]func(*ownRequest) error{
	"nothing": func(*ownRequest) error { return nil },
	"in order": func(*ownRequest) error {
		return errors.Join(
			&InputError{Field: "request", Reason: "r"},
			&InputError{Field: "Parts[10]", Reason: "p10"},
			&InputError{Field: "Parts[2].A", Reason: "p2"},
			&InputError{Field: "From", Reason: "f"}, &InputError{Field: "Name", Reason: "n"})
	},
	"not twice": func(*ownRequest) error {
		return errors.Join(
			&InputError{Field: "Parts", Reason: "again"},
			&InputError{Field: "Parts[0]", Reason: "in it"},
			&InputError{Field: "PartsOf", Reason: "another"})
	},
	"default": func(r *ownRequest) error {
		return &InputError{Field: "Unit", Reason: fmt.Sprint(r.Unit)}
	},
	"other": func(*ownRequest) error { return io.EOF },
}

// ownRequest knows more of itself than its tags say.
type ownRequest struct {
	OrderID ID     `path:"order_id" json:"-"`
	Name    string `json:"name"`
	From    int    `json:"from" check:"max=9"`
	Parts   []int  `json:"parts,omitzero" check:"maxitems=3"`
	PartsOf int    `json:"parts_of,omitzero"`
	Unit    int    `json:"unit,omitzero" check:"default=7"`
}

func (r *ownRequest) Validate() error { return ownChecks[r.Name](r) }

// TestCallValidates: what a request finds wrong with itself is told with what its tags find, each
// once and in the order of the fields.
func TestCallValidates(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		req  ownRequest
		want []string
	}{
		{"nothing", ownRequest{OrderID: "7"}, nil},
		{"in order", ownRequest{From: 10},
			[]string{"OrderID: is missing", "Name: n", "From: is too large: at most 9",
				"Parts[2].A: p2", "Parts[10]: p10", "request: r"}},
		{"not twice", ownRequest{OrderID: "7", Parts: make([]int, 4)},
			[]string{"Parts: has too many elements: at most 3", "PartsOf: another"}},
		{"default", ownRequest{OrderID: "7"}, []string{"Unit: 7"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, requests := recording(t)
			tc.req.Name = tc.name
			_, err := Call[testData](t.Context(), c, callOp, &tc.req)
			assert.Equal(t, tc.want, mistakes(err))
			for _, e := range InputErrors(err) {
				assert.Equal(t, "test.Call", e.Operation)
			}
			assert.Equal(t, tc.want == nil, len(*requests) == 1)
		})
	}
	c, requests := recording(t)
	_, err := Call[testData](t.Context(), c, callOp, &ownRequest{OrderID: "7", Name: "other"})
	require.ErrorIs(t, err, io.EOF)
	assert.Empty(t, *requests)
}

// TestSecretAnswer: what an answer must not show is neither in the Response nor in an error.
func TestSecretAnswer(t *testing.T) {
	t.Parallel()
	op := *callOp
	op.Path, op.SecretAnswer = "/test", true
	for _, tc := range []struct {
		name   string
		status int
		want   error
	}{{"success", 200, nil}, {"contradiction", 503, ErrUnavailable}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := testClient(t, answering(tc.status, `{"code":0,"data":{"id":"tell-nobody"}}`),
				WithoutRetry())
			resp, err := Call[testData](t.Context(), c, &op, nil)
			if tc.want == nil {
				require.NoError(t, err)
				assert.Nil(t, resp.Raw)
				assert.EqualValues(t, "tell-nobody", resp.Data.ID)
				return
			}
			var apiErr *APIError
			require.ErrorAs(t, err, &apiErr)
			assert.ErrorIs(t, err, tc.want)
			assert.Empty(t, apiErr.Body)
			assert.NotContains(t, fmt.Sprintf("%+v", apiErr), "tell-nobody")
		})
	}
}

// TestNothingIsSet: what the client lacks is told with what the request lacks.
func TestNothingIsSet(t *testing.T) {
	t.Parallel()
	c, err := NewClient("key", "app-secret")
	require.NoError(t, err)
	_, err = c.AffiliatePartner.GenerateMultiProductLink(t.Context(),
		new(GenerateMultiProductLinkRequest))
	assert.Equal(t, []string{
		"CampaignID: is missing", "ProductIDs: is missing",
		"category asset cipher: is missing: the operation needs one, set it with WithCategoryAssetCipher",
		"access token: is missing: set it with WithAccessToken or WithTokenSource",
	}, mistakes(err))
}

func TestDoRefuses(t *testing.T) {
	t.Parallel()
	c, requests := recording(t)
	op := &Operation{Name: "test.Do", Method: http.MethodPost, Path: "/test/{a}/{b}",
		Identifier: ShopCipher}
	_, err := Do[testData](t.Context(), c, op, Params{
		Path:  map[string]string{"a": "x/y"},
		Query: url.Values{"sign": {"s"}, "ids": {"1", "", "3,4"}}, Body: make(chan int),
		Secrets: map[string]token.Secret{"t": token.NewSecret("s")},
	})
	assert.Equal(t, []string{
		"a: is malformed: only A-Z a-z 0-9 - . _ ~ are allowed in a path parameter",
		"b: is missing",
		"ids[1]: is empty or contains a comma, which separates the values of a list",
		"ids[2]: is empty or contains a comma, which separates the values of a list",
		"sign: is set by the client and cannot be given in the query",
		"t: is a secret parameter, which only an Unsigned operation takes",
		"body: cannot be encoded as JSON: json: unsupported type: chan int",
		"shop cipher: is missing: the operation needs one, set it with WithShopCipher",
	}, mistakes(err))
	assert.Empty(t, *requests)
}

func TestInputErrors(t *testing.T) {
	t.Parallel()
	a, b := &InputError{Field: "A"}, &InputError{Field: "B"}
	wrapped := errors.Join(a, errors.Join(io.EOF, b))
	assert.Equal(t, []*InputError{a, b}, InputErrors(wrapped))
	assert.Equal(t, []*InputError{a}, InputErrors(&TransportError{Err: a}))
	assert.Empty(t, InputErrors(io.EOF))
	assert.Empty(t, InputErrors(nil))
}

func TestCallIdempotencyKeys(t *testing.T) {
	t.Parallel()
	type request struct {
		OrderID ID     `path:"order_id" json:"-"`
		Key     string `url:"idempotency_key" json:"-"`
		BodyKey string `json:"idempotent_key,omitzero"`
		Name    string `json:"name,omitzero"`
	}
	type bodiless struct {
		OrderID ID `path:"order_id" json:"-"`
	}
	inQuery, inBody := *callOp, *callOp
	inQuery.IdempotencyQuery, inBody.IdempotencyBody = "idempotency_key", "idempotent_key"
	for _, tc := range []struct {
		name        string
		op          *Operation
		req         any
		query, body string // {key} stands for one that was made
	}{
		{"made for the query", &inQuery, &request{OrderID: "7"}, "{key}", ""},
		{"the caller's in the query", &inQuery, &request{OrderID: "7", Key: "mine"}, "mine", ""},
		{"made for a body that has no more", &inBody, &request{OrderID: "7"}, "",
			`{"idempotent_key":"{key}"}`},
		{"made for a body", &inBody, &request{OrderID: "7", Name: "n"}, "",
			`{"idempotent_key":"{key}","name":"n"}`},
		{"the caller's in the body", &inBody, &request{OrderID: "7", BodyKey: "mine"}, "",
			`{"idempotent_key":"mine"}`},
		{"made for a request without a body", &inBody, &bodiless{OrderID: "7"}, "",
			`{"idempotent_key":"{key}"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, requests := recording(t)
			_, err := Call[struct{}](t.Context(), c, tc.op, tc.req)
			require.NoError(t, err)
			got := (*requests)[0]
			key := got.query.Get("idempotency_key")
			if tc.op == &inBody {
				_, key, _ = strings.Cut(got.body, `"idempotent_key":"`)
				key, _, _ = strings.Cut(key, `"`)
			}
			if key != "mine" {
				assert.Len(t, key, 36)
			}
			assert.Equal(t, strings.ReplaceAll(tc.query, "{key}", key),
				got.query.Get("idempotency_key"))
			assert.Equal(t, strings.ReplaceAll(tc.body, "{key}", key), got.body)
			if req, ok := tc.req.(*request); ok && key != "mine" {
				assert.Empty(t, req.BodyKey, "the caller's request is left alone")
			}
		})
	}
}

// TestEncodeQueryTimes has go-querystring write the times as Call does.
func TestEncodeQueryTimes(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 5e8).UTC()
	type query struct {
		A UnixTime      `url:"a"`
		B UnixTimeText  `url:"b"`
		C UnixMilliText `url:"c"`
		D UnixMilli     `url:"d"`
		E Date          `url:"e"`
	}
	ps, wrong := bind.Query(query{UnixTime{at}, UnixTimeText{at}, UnixMilliText{at}, UnixMilli{at},
		Date{at}}, reservedKey, 0)
	require.Empty(t, wrong)
	sortParams(ps)
	assert.Equal(t, []bind.Param{{Key: "a", Value: "1700000000"}, {Key: "b", Value: "1700000000"},
		{Key: "c", Value: "1700000000500"}, {Key: "d", Value: "1700000000500"},
		{Key: "e", Value: "2023-11-14"}}, ps)
	values := url.Values{}
	require.NoError(t, Date{}.EncodeValues("a", &values))
	assert.Empty(t, values)
	ps, wrong = bind.Query(query{}, reservedKey, 0)
	require.Empty(t, wrong)
	assert.Empty(t, ps)
}
