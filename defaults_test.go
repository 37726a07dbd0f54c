package tiktokshop

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type defaultItem struct {
	Name  string                 `json:"name"`
	Unit  string                 `json:"unit" check:"required,default=KILOGRAM,oneof=KILOGRAM|POUND"`
	Parts []defaultItem          `json:"parts,omitzero"`
	Named map[string]defaultItem `json:"named,omitzero"`
}

type defaultOptions struct {
	Limit int `json:"limit" check:"default=5"`
}

type defaultRequest struct {
	Region string `path:"region" json:"-" check:"default=US"`
	Size   int32  `url:"page_size" json:"-" check:"required,default=20,oneof=12|20"`
	Deep   *bool  `url:"deep" json:"-" check:"default=true"`

	Sort   string         `json:"sort,omitzero" check:"default=ASC"`
	Rate   *float64       `json:"rate,omitzero" check:"default=0.5"`
	Item   *defaultItem   `json:"item,omitzero"`
	Items  []defaultItem  `json:"items,omitzero"`
	Pair   [2]defaultItem `json:"pair,omitzero"`
	Opts   defaultOptions `json:"opts,omitzero"`
	Always defaultOptions `json:"always"`
}

var defaultOp = &Operation{Name: "test.Call", Method: http.MethodPost, Path: "/test/202309/{region}/list"}

func TestDefaultsAreSent(t *testing.T) {
	t.Parallel()
	const pair = `"always":{"limit":5}`
	for _, tc := range []struct {
		name  string
		req   *defaultRequest
		path  string
		query url.Values
		body  string
	}{
		{
			"nothing given", nil, "/US/",
			url.Values{"page_size": {"20"}, "deep": {"true"}}, `{"sort":"ASC","rate":0.5,` + pair + `}`,
		},
		{
			"everything given",
			&defaultRequest{
				Region: "GB", Size: 12, Deep: Ptr(false), Sort: "DESC", Rate: Ptr(0.0), Item: &defaultItem{Unit: "POUND"},
				Opts: defaultOptions{1}, Always: defaultOptions{2},
			},
			"/GB/", url.Values{"page_size": {"12"}, "deep": {"false"}},
			`{"sort":"DESC","rate":0,"item":{"name":"","unit":"POUND"},"opts":{"limit":1},"always":{"limit":2}}`,
		},
		{
			"at depth",
			&defaultRequest{
				Item:  &defaultItem{Parts: []defaultItem{{Unit: "POUND"}, {Name: "b"}}},
				Items: []defaultItem{{Named: map[string]defaultItem{"k": {Name: "c"}, "l": {Unit: "POUND"}}}},
				Pair:  [2]defaultItem{{Name: "d"}, {Unit: "POUND"}},
			},
			"/US/", url.Values{"page_size": {"20"}, "deep": {"true"}},
			`{"sort":"ASC","rate":0.5,` +
				`"item":{"name":"","unit":"KILOGRAM","parts":[{"name":"","unit":"POUND"},{"name":"b","unit":"KILOGRAM"}]},` +
				`"items":[{"name":"","unit":"KILOGRAM","named":{"k":{"name":"c","unit":"KILOGRAM"},"l":{"name":"","unit":"POUND"}}}],` +
				`"pair":[{"name":"d","unit":"KILOGRAM"},{"name":"","unit":"POUND"}],` + pair + `}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, requests := recording(t)
			before, _ := json.Marshal(tc.req)
			_, err := Call[testData](t.Context(), c, defaultOp, tc.req)
			require.NoError(t, err)
			got := (*requests)[0]
			assert.Contains(t, got.req.URL.Path, tc.path)
			assert.Equal(t, tc.query, got.query)
			assert.Equal(t, tc.body, got.body)
			after, _ := json.Marshal(tc.req)
			assert.Equal(t, string(before), string(after), "the caller's request is left alone")
			if tc.req != nil && tc.req.Region != "GB" {
				assert.Zero(t, tc.req.Size)
				assert.Nil(t, tc.req.Deep)
			}
		})
	}
}

func TestDefaultsOfForms(t *testing.T) {
	t.Parallel()
	type request struct {
		Data File   `form:"data" check:"required"`
		Use  string `form:"use_case" check:"required,default=MAIN_IMAGE"`
	}
	c, requests := recording(t)
	op := &Operation{Name: "test.Upload", Method: http.MethodPost, Path: "/test/202309/upload"}
	_, err := Call[testData](t.Context(), c, op, &request{Data: File{Content: bytes.NewReader([]byte("x"))}})
	require.NoError(t, err)
	assert.Contains(t, (*requests)[0].body, "MAIN_IMAGE")
}

func TestOneOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		req  defaultRequest
		want string
	}{
		{"number", defaultRequest{Size: 13}, "tiktokshop: test.Call: Size: is not one of 12, 20"},
		{"text", defaultRequest{Items: []defaultItem{{Unit: "STONE"}}}, "tiktokshop: test.Call: Items[0].Unit: is not one of KILOGRAM, POUND"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, requests := recording(t)
			_, err := Call[testData](t.Context(), c, defaultOp, &tc.req)
			var input *InputError
			require.ErrorAs(t, err, &input)
			assert.EqualError(t, err, tc.want)
			assert.Empty(t, *requests)
		})
	}
}

func TestMalformedDefaults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		req  any
		want string
	}{
		{"no value", &struct {
			A int `json:"a" check:"default="`
		}{}, `"default" needs a value`},
		{"no number", &struct {
			A int8 `json:"a" check:"default=200"`
		}{}, `"default" needs a whole number`},
		{"no bool", &struct {
			A *bool `json:"a" check:"default=yes"`
		}{}, `"default" needs true or false`},
		{"bool that could not be false", &struct {
			A bool `json:"a" check:"default=true"`
		}{}, `"default" of a bool needs a pointer`},
		{"list", &struct {
			A []string `json:"a" check:"default=x"`
		}{}, `"default" is for texts, numbers and bools`},
		{"time", &struct {
			A UnixTime `json:"a" check:"default=1"`
		}{}, `"default" is for texts, numbers and bools`},
		{"one of nothing", &struct {
			A string `json:"a" check:"oneof="`
		}{}, `"oneof" needs values`},
		{"one of texts for a number", &struct {
			A int `json:"a" check:"oneof=1|x"`
		}{}, `"oneof" needs whole numbers`},
		{"one of a list", &struct {
			A []string `json:"a" check:"oneof=x"`
		}{}, `"oneof" is for texts and whole numbers`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, _ := recording(t)
			_, err := Call[testData](t.Context(), c, &Operation{Name: "test.Call", Method: http.MethodPost, Path: "/test"}, tc.req)
			assert.ErrorContains(t, err, "A: has a malformed check tag: "+tc.want)
		})
	}
}

// FuzzDefaults: what is sent is what was given, but for zeros of fields with a default; and what was given stays as it was.
func FuzzDefaults(f *testing.F) {
	f.Add([]byte(`{"item":{"parts":[{"unit":"POUND"},{}]},"pair":[{},{"named":{"k":{}}}],"rate":0}`))
	f.Add([]byte(`{"items":[{"unit":"POUND"}],"sort":"x","opts":{"limit":0},"always":{"limit":1}}`))
	fill := make(fillPlanner).structs(reflect.TypeFor[defaultRequest]())
	f.Fuzz(func(t *testing.T, data []byte) {
		var given defaultRequest
		if json.Unmarshal(data, &given) != nil {
			return
		}
		before, err := json.Marshal(given)
		require.NoError(t, err)
		v, _ := fill(reflect.ValueOf(&given).Elem())
		after, err := json.Marshal(given)
		require.NoError(t, err)
		require.Equal(t, string(before), string(after))
		sent, err := json.Marshal(v.Interface())
		require.NoError(t, err)
		require.NotContains(t, string(sent), `"unit":""`)
		require.NotContains(t, string(sent), `"limit":0`)
		again, changed := fill(v)
		require.False(t, changed)
		require.Equal(t, v.Interface(), again.Interface())
		if !strings.Contains(string(before), `"unit":""`) && given.Rate != nil && given.Sort != "" && given.Opts.Limit != 0 && given.Always.Limit != 0 {
			require.Equal(t, string(before), string(sent))
		}
	})
}
