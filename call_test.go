package tiktokshop

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type callStatus string

type callPrice struct {
	Amount   string `json:"amount" check:"required,maxlen=5"`
	Currency string `json:"currency,omitzero"`
}

type callSKU struct {
	ID        ID         `json:"id,omitzero"`
	Price     *callPrice `json:"price" check:"required"`
	Warehouse []ID       `json:"warehouses,omitzero" check:"maxitems=2"`
	Children  []callSKU  `json:"children,omitzero"`
}

type callRequest struct {
	OrderID ID         `path:"order_id" json:"-"`
	IDs     []ID       `url:"ids" json:"-" check:"maxitems=3"`
	Size    int32      `url:"page_size" json:"-" check:"min=1,max=100"`
	Token   string     `url:"page_token" json:"-"`
	Status  callStatus `url:"status" json:"-"`
	Since   UnixTime   `url:"since" json:"-"`
	Rates   []int64    `url:"rates" json:"-"`
	Deep    *bool      `url:"deep" json:"-"`
	Offset  *int64     `url:"offset" json:"-" check:"min=0"`
	Flat    bool       `url:"flat" json:"-"`

	Title  string             `json:"title,omitzero" check:"maxlen=4"`
	Count  int64              `json:"count,omitzero" check:"min=10"`
	Plain  int64              `json:"plain" check:"max=5"`
	Ratio  float64            `json:"ratio,omitzero" check:"min=0.5,max=1.5"`
	SKUs   []callSKU          `json:"skus,omitzero" check:"maxitems=2"`
	ByName map[string]callSKU `json:"by_name,omitzero"`
	Until  UnixMilliNumber    `json:"until,omitzero"`
	Tree   *callTree          `json:"tree,omitzero"`
}

// callTree has the field of its own type before the one that is checked.
type callTree struct {
	Children []callTree `json:"children,omitzero"`
	Name     string     `json:"name" check:"required"`
}

var callOp = &Operation{Name: "test.Call", Method: http.MethodPost, Path: "/test/202309/orders/{order_id}/call"}

// sent is what a stub platform received.
type sent struct {
	req   *http.Request
	query url.Values
	body  string
}

// recording returns a client whose calls succeed, and where to find the requests.
func recording(t testing.TB, opts ...Option) (*Client, *[]sent) {
	var requests []sent
	return testClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		s := sent{req: r, query: r.URL.Query()}
		if r.Body != nil {
			b, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			s.body = string(b)
		}
		for _, key := range []string{"app_key", "timestamp", "sign"} {
			s.query.Del(key)
		}
		requests = append(requests, s)
		return answering(200, `{"code":0,"data":{"id":"9"}}`)(r)
	}), opts...), &requests
}

// TestCallRepeatsInTheBody: a parameter that the body has, too, is one field.
func TestCallRepeatsInTheBody(t *testing.T) {
	t.Parallel()
	type request struct {
		OrderID ID    `path:"order_id" json:"order_id"`
		Deep    *bool `url:"deep" json:"deep,omitzero"`
	}
	c, requests := recording(t)
	_, err := Call[any](t.Context(), c, callOp, &request{OrderID: "7", Deep: Ptr(false)})
	require.NoError(t, err)
	got := (*requests)[0]
	assert.Equal(t, url.Values{"deep": {"false"}}, got.query)
	assert.JSONEq(t, `{"order_id":"7","deep":false}`, got.body)
	assert.Contains(t, got.req.URL.Path, "/7")
}

func TestCallEncodes(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 5e8)
	price := &callPrice{Amount: "1.50"}
	for name, tc := range map[string]struct {
		req   any
		query url.Values
		body  string
	}{
		"nothing optional": {&callRequest{OrderID: "7"}, url.Values{}, `{"plain":0}`},
		"everything": {
			&callRequest{
				OrderID: "7", IDs: []ID{"1", "2"}, Size: 20, Token: "a+/=", Status: "A B", Since: UnixTime{at}, Rates: []int64{0, -5},
				Deep: Ptr(true), Offset: Ptr[int64](7), Flat: true,
				Title: "äöüß", Count: 10, Plain: 5, Ratio: 1.5, Until: UnixMilliNumber{at},
				SKUs:   []callSKU{{ID: "x_Y-open", Price: price, Warehouse: []ID{"1", "2"}}, {Price: price}},
				ByName: map[string]callSKU{"k": {Price: price}},
			},
			url.Values{
				"ids": {"1,2"}, "page_size": {"20"}, "page_token": {"a+/="}, "status": {"A B"}, "since": {"1700000000"}, "rates": {"0,-5"},
				"deep": {"true"}, "offset": {"7"}, "flat": {"true"},
			},
			`{"title":"äöüß","count":10,"plain":5,"ratio":1.5,` +
				`"skus":[{"id":"x_Y-open","price":{"amount":"1.50"},"warehouses":["1","2"]},{"price":{"amount":"1.50"}}],` +
				`"by_name":{"k":{"price":{"amount":"1.50"}}},"until":1700000000500}`,
		},
		"pointers to zero": {&callRequest{OrderID: "7", Deep: Ptr(false), Offset: Ptr[int64](0)}, url.Values{"deep": {"false"}, "offset": {"0"}}, `{"plain":0}`},
		"one of a list":    {&callRequest{OrderID: "7", IDs: []ID{"1"}, Rates: []int64{0}}, url.Values{"ids": {"1"}, "rates": {"0"}}, `{"plain":0}`},
		"required zeros": {&struct {
			ID   int64 `path:"order_id" json:"-"`
			Page int   `url:"page" json:"-" check:"required"`
			All  bool  `url:"all" json:"-" check:"required"`
		}{}, url.Values{"page": {"0"}, "all": {"false"}}, ``},
		"times": {&struct {
			ID ID              `path:"order_id" json:"-"`
			A  UnixTextTime    `url:"a" json:"-"`
			B  UnixMilliTime   `url:"b" json:"-"`
			C  UnixMilliNumber `url:"c,omitempty" json:"-"`
			D  Date            `url:"d" json:"-" check:"required"`
			E  *UnixTime       `url:"e" json:"-"`
			Z  UnixTime        `url:"z" json:"-"`
			L  []Date          `url:"l,comma" json:"-"`
		}{"7", UnixTextTime{at}, UnixMilliTime{at}, UnixMilliNumber{at}, Date{at.UTC()}, &UnixTime{at}, UnixTime{time.Time{}.UTC()}, []Date{{at.UTC()}, {at.UTC()}}},
			url.Values{"a": {"1700000000"}, "b": {"1700000000500"}, "c": {"1700000000500"}, "d": {"2023-11-14"}, "e": {"1700000000"}, "l": {"2023-11-14,2023-11-14"}}, ``},
		"what is left out is not checked": {&struct {
			ID   ID             `path:"order_id" json:"-"`
			Old  int            `json:"old,omitempty" check:"min=1"`
			List map[string]int `json:"list,omitempty" check:"maxitems=1"`
		}{ID: "7"}, url.Values{}, ``},
		"an empty body is none": {&struct {
			ID   ID     `path:"order_id" json:"-"`
			Name string `json:"name,omitzero"`
		}{ID: "7"}, url.Values{}, ``},
	} {
		c, requests := recording(t)
		resp, err := Call[testData](t.Context(), c, callOp, tc.req)
		require.NoError(t, err, name)
		assert.Equal(t, ID("9"), resp.Data.ID, name)
		require.Len(t, *requests, 1, name)
		got := (*requests)[0]
		assert.Equal(t, tc.query, got.query, name)
		assert.Equal(t, tc.body, got.body, name)
		want := "/test/202309/orders/7/call"
		if name == "required zeros" {
			want = "/test/202309/orders/0/call"
		}
		assert.Equal(t, want, got.req.URL.Path, name)
	}
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

func TestCallRefuses(t *testing.T) {
	t.Parallel()
	price := &callPrice{Amount: "1"}
	for want, change := range map[string]func(*callRequest){
		"OrderID: is missing":                              func(r *callRequest) { r.OrderID = "" },
		"OrderID: is malformed: only A-Z":                  func(r *callRequest) { r.OrderID = "1/2" },
		"OrderID: is a floating-point number":              func(r *callRequest) { r.OrderID = "7.36e18" },
		"IDs: has too many elements: at most 3":            func(r *callRequest) { r.IDs = make([]ID, 4) },
		"IDs[1]: is a floating-point number":               func(r *callRequest) { r.IDs = []ID{"1", "7.36e+18"} },
		"IDs[0]: is empty or contains a comma":             func(r *callRequest) { r.IDs = []ID{""} },
		"IDs[1]: is empty or contains a comma":             func(r *callRequest) { r.IDs = []ID{"1", "2,3"} },
		"Size: is too small: at least 1":                   func(r *callRequest) { r.Size = -1 },
		"Size: is too large: at most 100":                  func(r *callRequest) { r.Size = 101 },
		"Offset: is too small: at least 0":                 func(r *callRequest) { r.Offset = Ptr[int64](-1) },
		"Title: is too long: at most 4 characters":         func(r *callRequest) { r.Title = "äöüßx" },
		"Count: is too small: at least 10":                 func(r *callRequest) { r.Count = 9 },
		"Plain: is too large: at most 5":                   func(r *callRequest) { r.Plain = 6 },
		"Ratio: is too small: at least 0.5":                func(r *callRequest) { r.Ratio = 0.4 },
		"Ratio: is too large: at most 1.5":                 func(r *callRequest) { r.Ratio = 1.6 },
		"Ratio: is too small: at least":                    func(r *callRequest) { r.Ratio = math.NaN() },
		"SKUs: has too many elements: at most 2":           func(r *callRequest) { r.SKUs = make([]callSKU, 3) },
		"SKUs[1].Price: is missing":                        func(r *callRequest) { r.SKUs = []callSKU{{Price: price}, {}} },
		"SKUs[0].Price.Amount: is missing":                 func(r *callRequest) { r.SKUs = []callSKU{{Price: new(callPrice)}} },
		"SKUs[0].Price.Amount: is too long: at most 5":     func(r *callRequest) { r.SKUs = []callSKU{{Price: &callPrice{Amount: "100.00"}}} },
		"SKUs[0].ID: is a floating-point number":           func(r *callRequest) { r.SKUs = []callSKU{{ID: "1e18", Price: price}} },
		"SKUs[0].Warehouse: has too many elements":         func(r *callRequest) { r.SKUs = []callSKU{{Price: price, Warehouse: make([]ID, 3)}} },
		"SKUs[0].Warehouse[1]: is a floating-point number": func(r *callRequest) { r.SKUs = []callSKU{{Price: price, Warehouse: []ID{"1", "1E18"}}} },
		"SKUs[0].Children[0].Children[0].Price: is missing": func(r *callRequest) {
			r.SKUs = []callSKU{{Price: price, Children: []callSKU{{Price: price, Children: make([]callSKU, 1)}}}}
		},
		"Tree.Children[0].Children[1].Name: is missing": func(r *callRequest) {
			r.Tree = &callTree{Name: "n", Children: []callTree{{Name: "n", Children: []callTree{{Name: "n"}, {}}}}}
		},
		`ByName["k"].Price: is missing`: func(r *callRequest) { r.ByName = map[string]callSKU{"k": {}} },
	} {
		c, requests := recording(t)
		req := &callRequest{OrderID: "7"}
		change(req)
		_, err := Call[testData](t.Context(), c, callOp, req)
		var input *InputError
		require.ErrorAs(t, err, &input, want)
		assert.Equal(t, "test.Call", input.Operation)
		assert.True(t, strings.HasPrefix(input.Field+": "+input.Reason, want), "%s: got %v", want, err)
		assert.Empty(t, *requests)
	}
}

// TestCallRequires has one field of each sort that must be given.
func TestCallRequires(t *testing.T) {
	t.Parallel()
	type request struct {
		Query string           `url:"query" json:"-" check:"required"`
		ID    ID               `json:"id" check:"required"`
		List  []string         `json:"list" check:"required"`
		Map   map[string]int   `json:"map" check:"required"`
		Ptr   *int             `json:"ptr" check:"required"`
		Any   any              `json:"any" check:"required"`
		Time  UnixTime         `json:"time" check:"required"`
		Set   Optional[string] `json:"set" check:"required"`
		Num   int              `json:"num" check:"required"`
		Yes   bool             `json:"yes" check:"required"`
		Price Money            `json:"price" check:"required"`
	}
	full := request{"q", "1", []string{""}, map[string]int{"": 0}, new(int), "", NewUnixTime(time.Unix(1, 0)), Set(""), 0, false, Money{Amount: "0"}}
	op := &Operation{Name: "test.Call", Method: http.MethodPost, Path: "/test/202309/call"}
	for field, change := range map[string]func(*request){
		"":      func(*request) {},
		"Query": func(r *request) { r.Query = "" },
		"ID":    func(r *request) { r.ID = "" },
		"List":  func(r *request) { r.List = []string{} },
		"Map":   func(r *request) { r.Map = nil },
		"Ptr":   func(r *request) { r.Ptr = nil },
		"Any":   func(r *request) { r.Any = nil },
		"Time":  func(r *request) { r.Time = UnixTime{time.Time{}.UTC()} },
		"Set":   func(r *request) { r.Set = Optional[string]{} },

		"Price.Amount": func(r *request) { r.Price.Amount = "" },
	} {
		c, requests := recording(t)
		req := full
		change(&req)
		_, err := Call[testData](t.Context(), c, op, &req)
		if field == "" {
			require.NoError(t, err)
			continue
		}
		assert.EqualError(t, err, "tiktokshop: test.Call: "+field+": is missing")
		assert.Empty(t, *requests)
	}
}

// encodedText and encodedList are written by methods of their own, which a query knows nothing of.
type encodedText string

func (encodedText) MarshalText() ([]byte, error) { return []byte("other"), nil }

type encodedList []string

func (encodedList) MarshalJSON() ([]byte, error) { return []byte(`"other"`), nil }

// TestCallRequestTypes refuses requests that could not be sent as their author meant.
func TestCallRequestTypes(t *testing.T) {
	t.Parallel()
	for want, req := range map[string]any{
		"request: must be a pointer to a struct": struct{}{},
		"request: must be a pointer":             new(int),
		"A: has no path, url, json or form tag": &struct {
			A int
		}{},
		"B: has no path, url, json or form tag": &struct {
			B int `json:"-"`
		}{},
		"B: has no path": &struct {
			B int `json:",omitzero"`
		}{},
		"a: is embedded or unexported": &struct {
			a int
		}{},
		"Money: is embedded or unexported": &struct {
			Money `json:"money"`
		}{},
		"A: has a path and a url tag": &struct {
			A int `path:"a" url:"b" json:"-"`
		}{},
		"A: has a form and a json tag": &struct {
			A string `form:"a" json:"a"`
		}{},
		`A: must have the tag json:"-"`: &struct {
			A int `url:"a"`
		}{},
		"B: has the same url tag as another field": &struct {
			A int `url:"a" json:"-"`
			B int `url:"a" json:"-"`
		}{},
		"B: has the same json tag": reflect.New(reflect.StructOf([]reflect.StructField{ // vet would find it, too
			{Name: "A", Type: reflect.TypeFor[int](), Tag: `json:"a"`}, {Name: "B", Type: reflect.TypeFor[int](), Tag: `json:"a,omitzero"`},
		})).Interface(),
		"A: cannot be sent as sign: is set by the client": &struct {
			A string `url:"sign" json:"-"`
		}{},
		"A: cannot be sent as shop_cipher": &struct {
			A string `url:"shop_cipher" json:"-"`
		}{},
		"A: has a url tag with an unknown option": &struct {
			A time.Time `url:"a,unix" json:"-"`
		}{},
		"A: has a type that cannot be sent in a url field": &struct {
			A Money `url:"a" json:"-"`
		}{},
		"A: has a type that cannot be sent in a url": &struct {
			A time.Time `url:"a" json:"-"`
		}{},
		"A: has a type that cannot be sent in a url f": &struct {
			A []*string `url:"a" json:"-"`
		}{},
		"A: has a type that cannot be sent in a url fi": &struct {
			A **string `url:"a" json:"-"`
		}{},
		"A: has a type that cannot be sent in a url fie": &struct {
			A encodedText `url:"a" json:"-"`
		}{},
		"A: has a type that cannot be sent in a url fiel": &struct {
			A encodedList `url:"a" json:"-"`
		}{},
		"A: has a form tag with an unknown option": &struct {
			A string `form:"a,comma" json:"-"`
		}{},
		"A: has a path tag with an unknown option": &struct {
			A string `path:"a,omitempty" json:"-"`
		}{},
		"A: has a type that cannot be sent in a path field": &struct {
			A []ID `path:"a" json:"-"`
		}{},
		"A: has a type that cannot be sent": &struct {
			A []func() `json:"a"`
		}{},
		`A: has a malformed check tag: "requird" is not one of`: &struct {
			A string `json:"a" check:"requird"`
		}{},
		`A: has a malformed check tag: "min" is for numbers`: &struct {
			A string `json:"a" check:"min=1"`
		}{},
		`A: has a malformed check tag: "min" needs a whole number`: &struct {
			A int `json:"a" check:"required,min=x"`
		}{},
		`A: has a malformed check tag: "max" needs a whole number`: &struct {
			A int `json:"a" check:"max"`
		}{},
		`A: has a malformed check tag: "max" needs a number`: &struct {
			A float64 `json:"a" check:"max=x"`
		}{},
		`A: has a malformed check tag: "maxlen" is for strings`: &struct {
			A int `json:"a" check:"maxlen=1"`
		}{},
		`A: has a malformed check tag: "maxlen" needs a positive number`: &struct {
			A string `json:"a" check:"maxlen=0"`
		}{},
		`A: has a malformed check tag: "maxitems" is for lists`: &struct {
			A string `json:"a" check:"maxitems=1"`
		}{},
		`A: has a malformed check tag: "maxitems" needs a positive number`: &struct {
			A []int `json:"a" check:"maxitems=-1"`
		}{},
		"A.B[]": &struct { // a field of a struct of a list
			A []struct {
				B string
			} `json:"a"`
		}{},
		"A.B: must have a json tag": &struct {
			A *struct {
				B string `url:"b" json:"-"`
			} `json:"a"`
		}{},
	} {
		c, requests := recording(t)
		for range 2 { // a plan that failed is kept, too
			_, err := Call[testData](t.Context(), c, &Operation{Name: "test.Call", Method: "GET", Path: "/test"}, req)
			var input *InputError
			require.ErrorAs(t, err, &input, want)
			want, _, _ := strings.Cut(want, "[]")
			assert.True(t, strings.HasPrefix(input.Field+": "+input.Reason, want), "%s: got %v", want, err)
			assert.Equal(t, "test.Call", input.Operation)
		}
		assert.Empty(t, *requests)
	}
	c, _ := recording(t)
	_, err := Call[testData](t.Context(), c, callOp, &struct{}{})
	assert.ErrorContains(t, err, "order_id: is missing", "the operation's path has a parameter that the request has not")
	_, err = Call[testData](t.Context(), c, nil, &struct{}{})
	assert.ErrorContains(t, err, "operation: is nil")
}

func TestCallIdempotencyKeys(t *testing.T) {
	t.Parallel()
	type request struct {
		OrderID ID     `path:"order_id" json:"-"`
		Key     string `url:"idempotency_key" json:"-"`
		BodyKey string `json:"idempotent_key,omitzero"`
		Name    string `json:"name,omitzero"`
	}
	inQuery, inBody := *callOp, *callOp
	inQuery.IdempotencyQuery, inBody.IdempotencyBody = "idempotency_key", "idempotent_key"
	for _, tc := range []struct {
		op   *Operation
		req  *request
		want string // "" for a key of the client's
	}{
		{&inQuery, &request{OrderID: "7"}, ""},
		{&inQuery, &request{OrderID: "7", Key: "mine"}, "mine"},
		{&inBody, &request{OrderID: "7"}, ""},
		{&inBody, &request{OrderID: "7", Name: "n"}, ""},
		{&inBody, &request{OrderID: "7", BodyKey: "mine"}, "mine"},
	} {
		c, requests := recording(t)
		_, err := Call[struct{}](t.Context(), c, tc.op, tc.req)
		require.NoError(t, err)
		got := (*requests)[0]
		key := got.query.Get("idempotency_key")
		if tc.op == &inBody {
			var body struct {
				Key  string `json:"idempotent_key"`
				Name string `json:"name"`
			}
			require.NoError(t, json.Unmarshal([]byte(got.body), &body))
			key = body.Key
			assert.Equal(t, tc.req.Name, body.Name)
		}
		if tc.want == "" {
			assert.Len(t, key, 36)
			continue
		}
		assert.Equal(t, tc.want, key)
	}
}

// TestEncodeQueryTimes has go-querystring write the times as Call does.
func TestEncodeQueryTimes(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 5e8).UTC()
	type query struct {
		A UnixTime        `url:"a"`
		B UnixTextTime    `url:"b"`
		C UnixMilliTime   `url:"c"`
		D UnixMilliNumber `url:"d"`
		E Date            `url:"e"`
	}
	ps, err := callOp.encodeQuery(query{UnixTime{at}, UnixTextTime{at}, UnixMilliTime{at}, UnixMilliNumber{at}, Date{at}})
	require.NoError(t, err)
	sortParams(ps)
	assert.Equal(t, []param{{"a", "1700000000"}, {"b", "1700000000"}, {"c", "1700000000500"}, {"d", "1700000000500"}, {"e", "2023-11-14"}}, ps)
	values := url.Values{}
	require.NoError(t, Date{}.EncodeValues("a", &values))
	assert.Empty(t, values)
	ps, err = callOp.encodeQuery(query{})
	require.NoError(t, err)
	assert.Empty(t, ps)
}
