package tiktokshop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
)

type testColour string

func (c testColour) IsKnown() bool { return c == "RED" || c == "GREEN" }

type testWidget struct {
	ID      ID                    `json:"id"`
	Colour  testColour            `json:"colour"`
	Colours []testColour          `json:"colours"`
	Made    UnixTime              `json:"made"`
	Price   *Money                `json:"price"`
	Open    json.RawMessage       `json:"open"`
	Any     any                   `json:"any"`
	Sizes   map[string]int        `json:"sizes"`
	Parts   map[string]testWidget `json:"parts"`
	Kids    []testWidget          `json:"kids"`
}

var opUnknown = &Operation{Name: "widget.Get", Method: http.MethodGet,
	Path: "/widget/202309/widgets"}

// unknownIn calls once and returns what was reported.
func unknownIn[T any](t *testing.T, data string, opts ...Option) []UnknownField {
	var found []UnknownField
	c := testClient(t, answering(200, `{"code":0,"message":"","request_id":"r","data":`+data+`}`),
		append(opts, WithUnknownFields(func(f UnknownField) { found = append(found, f) }))...)
	_, err := Do[T](t.Context(), c, opUnknown, Params{})
	require.NoError(t, err)
	return found
}

func TestUnknownFields(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 65)
	for _, tc := range []struct {
		name, data string
		want       []string // path, kind, value
	}{
		{"nothing", `{"id":1,"colour":"RED","colours":["GREEN",""],"price":{"amount":"1","currency":"USD"},"kids":[]}`, nil},
		{"at the top", `{"new":{"a":[1,{"b":"]}"}]}}`, []string{"data.new field "}},
		{"null", `{"new":null}`, []string{"data.new field "}},
		{"nested, in two elements", `{"kids":[{"kids":[{"new":1},{"id":"2","new":2}]}]}`,
			[]string{"data.kids[].kids[].new field "}},
		{"in a struct of the SDK", `{"price":{"amount":"1","tax":"2"}}`,
			[]string{"data.price.tax field "}},
		{"a value", `{"colour":"BLUE"}`, []string{"data.colour value BLUE"}},
		{"two values of a list", `{"colours":["BLUE","RED","PINK","BLUE"]}`,
			[]string{"data.colours[] value BLUE", "data.colours[] value PINK"}},
		{"an element without its list", `{"kids":{"new":1},"colours":"BLUE"}`,
			[]string{"data.kids[].new field ", "data.colours[] value BLUE"}},
		{"a list of one for an object", `{"price":[{"tax":"2"}]}`,
			[]string{"data.price.tax field "}},
		{"a map's keys are not",
			`{"sizes":{"anything":1},"parts":{"left":{"id":1,"new":2},"right":{"new":1}}}`,
			[]string{"data.parts.*.new field "}},
		{"what is open is not", `{"open":{"new":1},"any":{"new":1}}`, nil},
		{"what decodes itself is not", `{"made":1623812664,"id":{"new":1}}`, nil},
		{"none is no value", `{"colour":"","colours":[null,""]}`, nil},
		{"another case, as the decoder takes it", `{"COLOUR":"BLUE"}`,
			[]string{"data.colour value BLUE"}},
		{"escaped", `{"n\u0065w":1,"c\u006flour":"BL\u0055E"}`,
			[]string{"data.new field ", "data.colour value BLUE"}},
		{"a name that is none", `{"Jane Doe":1,"1234567":2,"` + long + `":3}`,
			[]string{"data.? field "}},
		{"a value that is none",
			`{"colours":["Jane Doe","+441234567","7362840009596339923","a@b.c","` + long + `"]}`,
			[]string{"data.colours[] value "}},
		{"a value of another form", `{"colour":{"new":1},"colours":[true]}`, nil},
		{"white space", "{ \"kids\" : [ { \"new\" : [ ] } , { } ] , \"id\" : 1 }",
			[]string{"data.kids[].new field "}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range unknownIn[testWidget](t, tc.data) {
				assert.Equal(t, "widget.Get", f.Operation)
				got = append(got, fmt.Sprintf("%s %s %s", f.Path, f.Kind, f.Value))
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

// Data of any type is looked at, and what is open altogether is not.
func TestUnknownFieldsOfOtherData(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []UnknownField{{"widget.Get", "data.new", UnknownName, ""}},
		unknownIn[struct{}](t, `{"new":1}`))
	assert.Equal(t, []UnknownField{{"widget.Get", "data[].new", UnknownName, ""}},
		unknownIn[[]*testWidget](t, `[{"new":1}]`))
	assert.Empty(t, unknownIn[json.RawMessage](t, `{"new":1}`))
	assert.Empty(t, unknownIn[map[string]any](t, `{"new":1}`))
	assert.Empty(t, unknownIn[any](t, `{"new":1}`))
	assert.Empty(t, unknownIn[testWidget](t, `null`))
	assert.Equal(t, []UnknownField{{"widget.Get", "detail", UnknownName, ""}},
		unknownIn[testWidget](t, `{},"detail":1`), "the envelope's own")
}

// A finding is told of once for an option, whatever the client, and by one of many goroutines.
func TestUnknownFieldsAreReportedOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var found []UnknownField
	opt := WithUnknownFields(func(f UnknownField) {
		mu.Lock()
		defer mu.Unlock()
		found = append(found, f)
	})
	var wg sync.WaitGroup
	for range 2 {
		c := testClient(t, answering(200, `{"code":0,"data":{"new":1,"colour":"BLUE"}}`), opt)
		for range 4 {
			wg.Go(func() {
				_, err := Do[testWidget](t.Context(), c, opUnknown, Params{})
				assert.NoError(t, err)
			})
		}
	}
	wg.Wait()
	assert.ElementsMatch(t, []UnknownField{
		{"widget.Get", "data.new", UnknownName, ""},
		{"widget.Get", "data.colour", UnknownValue, "BLUE"},
	}, found)

	other := *opUnknown
	other.Name = "widget.List"
	_, err := Do[testWidget](t.Context(),
		testClient(t, answering(200, `{"code":0,"data":{"new":1}}`), opt), &other, Params{})
	require.NoError(t, err)
	assert.Contains(t, found, UnknownField{"widget.List", "data.new", UnknownName, ""},
		"another operation's is another")
}

// The call with which the SDK was begun reports, too, and a refusal does not.
func TestUnknownFieldsOfAMethod(t *testing.T) {
	t.Parallel()
	var found []UnknownField
	opt := WithUnknownFields(func(f UnknownField) { found = append(found, f) })
	call := func(status int, answer string) {
		c := testClient(t, answering(status, answer), opt)
		_, _ = c.AffiliatePartner.GenerateMultiProductLink(t.Context(),
			&GenerateMultiProductLinkRequest{CampaignID: "1", ProductIDs: []ID{"2"}})
	}
	call(400, `{"code":36009004,"message":"no","data":{"new":1}}`)
	assert.Empty(t, found)
	call(200, `{"code":0,"data":{"product_promotion_links":[{"product_id":"2","link":"l","new":1}],"failed_product_ids":[]}}`)
	assert.Equal(t,
		[]UnknownField{{"AffiliatePartner.GenerateMultiProductLink",
			"data.product_promotion_links[].new", UnknownName, ""}}, found)
}

// An answer made up to harm costs no memory without a bound, and shows no secret.
func TestUnknownFieldsOfAHostileAnswer(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&many, `"f%d":1,`, i)
	}
	assert.Len(t, unknownIn[testWidget](t, "{"+many.String()+`"id":1}`), 1000)

	deep := strings.Repeat(`{"kids":[`, 3000) + strings.Repeat(`]}`, 3000)
	assert.Empty(t, unknownIn[testWidget](t, deep))
	deep = strings.Repeat(`{"parts":{"a":`, 30) + `{"` + strings.Repeat("n", 64) + `":1}` +
		strings.Repeat(`}}`, 30)
	assert.Len(t, unknownIn[testWidget](t, deep), 1)

	// A type that holds itself is followed as far as any answer goes, and no further.
	nested := func(n int) string {
		return strings.Repeat(`{"kids":[`, n) + `{"new":1}` + strings.Repeat(`]}`, n)
	}
	assert.Len(t, unknownIn[testWidget](t, nested(20)), 1)
	assert.Empty(t, unknownIn[testWidget](t, nested(40)))

	const token = "access_token_that_looks_like_a_name"
	found := unknownIn[testWidget](t, `{"`+token+`":1,"colour":"`+token+`"}`,
		WithAccessToken(token))
	require.Len(t, found, 2)
	secrettest.AssertPrintsNo(t, found, token)

	found = unknownIn[testWidget](t, `{"`+testToken+`":1,"colour":"`+testToken+`"}`)
	require.Len(t, found, 2)
	secrettest.AssertPrintsNo(t, found, testToken)
}

// A function that panics costs nobody the call.
func TestUnknownFieldsMayPanic(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	c := testClient(t, answering(200, `{"code":0,"data":{"id":1,"new":1}}`),
		WithLogger(slog.New(slog.NewTextHandler(&logged, nil))),
		WithUnknownFields(func(UnknownField) { panic("no") }))
	resp, err := Do[testWidget](t.Context(), c, opUnknown, Params{})
	require.NoError(t, err)
	assert.Equal(t, ID("1"), resp.Data.ID)
	assert.Contains(t, logged.String(), "panicked")

	_, err = NewClient("key", "secret", WithUnknownFields(nil))
	assert.ErrorContains(t, err, "unknown fields")
}

// BenchmarkUnknownFields measures the multi-link call, and one of 50 orders' size, without and with
// the option.
//
//	go test -run '^$' -bench UnknownFields
func BenchmarkUnknownFields(b *testing.B) {
	type line struct {
		ID     ID         `json:"id"`
		Name   string     `json:"product_name"`
		Image  string     `json:"sku_image"`
		Status testColour `json:"display_status"`
		Price  string     `json:"sale_price"`
	}
	type order struct {
		ID     ID         `json:"id"`
		Status testColour `json:"status"`
		Made   UnixTime   `json:"create_time"`
		Lines  []line     `json:"line_items"`
	}
	type orders struct {
		Orders []order `json:"orders"`
	}
	one := order{ID: "576486316948490001", Status: "RED", Lines: []line{
		{"577086512123755123", "Women's Winter Crochet Clothes",
			"https://p16-oec-va.itexeitg.com/tos-maliva-d-o5syd03w52-us/46123e87d14f40b69b839",
			"GREEN", "0.01"},
		{"577086512123755124", "Women's Winter Crochet Clothes",
			"https://p16-oec-va.itexeitg.com/tos-maliva-d-o5syd03w52-us/46123e87d14f40b69b839",
			"RED", "0.01"},
	}}
	page := orders{make([]order, 50)}
	for i := range page.Orders {
		page.Orders[i] = one
	}
	encoded, err := json.Marshal(map[string]any{"code": 0, "message": "Success",
		"request_id": "202203070749000101890810281E8C70B7", "data": page})
	require.NoError(b, err)
	for _, with := range []bool{false, true} {
		opts := []Option{WithCategoryAssetCipher("GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3=")}
		if with {
			opts = append(opts, WithUnknownFields(func(f UnknownField) { b.Error(f) }))
		}
		c := testClient(b, benchTransport, opts...)
		req := &GenerateMultiProductLinkRequest{CampaignID: "7362840009596339923",
			ProductIDs: []ID{"7362840009596339971"}}
		b.Run(fmt.Sprintf("multi-link/with=%t", with), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.AffiliatePartner.GenerateMultiProductLink(b.Context(),
					req); err != nil {
					b.Fatal(err)
				}
			}
		})
		c = testClient(b, answering(200, string(encoded)), opts...)
		b.Run(fmt.Sprintf("50 orders/with=%t", with), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(encoded)))
			for b.Loop() {
				if _, err := Do[orders](b.Context(), c, opUnknown, Params{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
