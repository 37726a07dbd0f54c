package tiktokshoptest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestProblem judges requests by rules that have one of everything.
func TestProblem(t *testing.T) {
	t.Parallel()
	one, three := int64(1), int64(3)
	rules := &requestRules{
		Query: map[string]*rule{
			"ids":   {Type: typeList, Max: &three, Items: &rule{Type: "int64"}},
			"n":     {Type: "int8", Min: &one},
			"flag":  {Type: typeBool},
			"title": {},
			"order": {Values: []string{"ASC", "DESC"}},
		},
		Body: &rule{Type: typeObject, Fields: map[string]*rule{
			"n":     {Type: "int16", Min: &one, Max: &three},
			"big":   {Type: "int64"},
			"flag":  {Type: typeBool},
			"title": {Min: &one, Max: &three},
			"texts": {Type: typeList, Min: &one, Max: &three, Items: &rule{}},
			"lists": {Type: typeList, Items: &rule{Type: typeList, Items: &rule{Type: typeBool}}},
			"free":  {Type: typeObject},
			"levels": {Type: typeList, Items: &rule{Type: typeObject,
				Fields: map[string]*rule{"deep_down": {Type: typeObject,
					Fields: map[string]*rule{"must_be": {Type: "int32", Required: true}}}}}},
		}},
	}
	for _, tc := range []struct{ name, query, body, problem string }{
		{"nothing", "", "", ""},
		{"the gateway's parameters",
			"app_key=1&timestamp=2&sign=3&access_token=4&shop_cipher=5&category_asset_cipher=6", "",
			""},
		{"all there is", "ids=1,2,3&n=127&flag=true&title=1&order=ASC",
			`{"n":3,"big":9223372036854775807,"flag":false,"title":"äöü","texts":["","",""],` +
				`"lists":[[true],[]],"free":{"a":1},"levels":[{"deep_down":{"must_be":0}},{}]}`,
			""},

		{"a list of other elements", "ids=1,x", "",
			"param ids type invalid. actual type:string, expected type:int64"},
		{"an empty element", "ids=1,", "",
			"param ids type invalid. actual type:string, expected type:int64"},
		{"a long list", "ids=1,2,3,4", "", "Ids is invalid, allowed: at most 3 elements."},
		{"a number too large for its type", "n=128", "",
			"param n type invalid. actual type:int64, expected type:int8"},
		{"a number too large for any type", "ids=9223372036854775808", "",
			"param ids type invalid. actual type:string, expected type:int64"},
		{"a number too small", "n=0", "", "N is invalid, allowed: at least 1."},
		{"a number in another form", "n=1e1", "",
			"param n type invalid. actual type:string, expected type:int8"},
		{"a flag that is none", "flag=maybe", "",
			"param flag type invalid. actual type:string, expected type:bool"},
		{"another value", "order=UP", "", "Order is invalid, allowed values: ASC,DESC."},

		{"a number too large for its type in JSON", "", `{"n":32768}`,
			"param n type invalid. actual type:int64, expected type:int16"},
		{"a number too large for any type in JSON", "", `{"big":9223372036854775808}`,
			"param big type invalid. actual type:float64, expected type:int64"},
		{"a whole number with a point", "", `{"n":1.0}`,
			"param n type invalid. actual type:float64, expected type:int16"},
		{"a number as a text", "", `{"n":"1"}`,
			"param n type invalid. actual type:string, expected type:int16"},
		{"a range", "", `{"n":4}`, "N is invalid, allowed: 1 to 3."},
		{"a flag as a text", "", `{"flag":"true"}`,
			"param flag type invalid. actual type:string, expected type:bool"},
		{"a flag as a number", "", `{"flag":1}`,
			"param flag type invalid. actual type:int64, expected type:bool"},
		{"a flag for a number", "", `{"n":true}`,
			"param n type invalid. actual type:bool, expected type:int16"},
		{"an object for a text", "", `{"title":{}}`,
			"param title type invalid. actual type:map[string]interface {}, expected type:string"},
		{"a text for an object", "", `{"free":""}`,
			"param free type invalid. actual type:string, expected type:object"},
		{"a list for an object", "", `{"free":[]}`,
			"param free type invalid. actual type:[]interface {}, expected type:object"},
		{"an object for a list", "", `{"texts":{}}`,
			"param texts type invalid. actual type:map[string]interface {}, expected type:list"},
		{"an element", "", `{"texts":["",1]}`,
			"param texts type invalid. actual type:int64, expected type:string"},
		{"an element of an element", "", `{"lists":[[true],[1]]}`,
			"param lists type invalid. actual type:int64, expected type:bool"},
		{"a null", "", `{"n":null,"texts":null,"free":null}`, ""},
		{"a null among elements", "", `{"texts":[null]}`, ""},
		{"an empty text", "", `{"title":""}`, "Title is invalid, allowed: 1 to 3 characters."},
		{"a long text", "", `{"title":"four"}`, "Title is invalid, allowed: 1 to 3 characters."},
		{"an empty list", "", `{"texts":[]}`, "Texts is invalid, allowed: 1 to 3 elements."},
		{"a field far down", "", `{"levels":[{"deep_down":{"must_be":"1"}}]}`,
			"param levels.deep_down.must_be type invalid. actual type:string, expected type:int32"},
		{"a field that is missing far down", "", `{"levels":[{},{"deep_down":{}}]}`,
			"MustBe of DeepDown is a required field and has not been provided."},
		{"a null for what is needed", "", `{"levels":[{"deep_down":{"must_be":null}}]}`,
			"MustBe of DeepDown is a required field and has not been provided."},

		{"types before limits", "n=0", `{"n":"1"}`,
			"param n type invalid. actual type:string, expected type:int16"},
		{"the query before the body", "n=0", `{"n":4}`, "N is invalid, allowed: at least 1."},
		{"the first by name", "", `{"title":1,"texts":1,"n":""}`,
			"param n type invalid. actual type:string, expected type:int16"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			query, err := firstValues(tc.query)
			assert.NoError(t, err)
			for _, names := range []bool{false, true} {
				assert.Equal(t, tc.problem,
					rules.problem(&call{query: query, body: []byte(tc.body)}, names))
			}
		})
	}
	assert.Equal(t, "X of Y is a required field and has not been provided.",
		(&rule{Type: typeObject, Fields: map[string]*rule{"x": {Required: true}}}).limitProblem(
			"a.y", map[string]any{}))
	assert.Equal(t, "ABc", camel("a__bc_"))
}
