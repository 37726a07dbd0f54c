package bind

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type item struct {
	Name  string          `json:"name"`
	Unit  string          `json:"unit" check:"required,default=KILOGRAM,oneof=KILOGRAM|POUND"`
	Parts []item          `json:"parts,omitzero"`
	Named map[string]item `json:"named,omitzero"`
}

type settings struct {
	Limit int `json:"limit" check:"default=5"`
}

type list struct {
	Region string `path:"region" json:"-" check:"default=US"`
	Size   int32  `url:"page_size" json:"-" check:"required,default=20,oneof=12|20"`
	Deep   *bool  `url:"deep" json:"-" check:"default=true"`

	Sort   string   `json:"sort,omitzero" check:"default=ASC"`
	Rate   *float64 `json:"rate,omitzero" check:"default=0.5"`
	Item   *item    `json:"item,omitzero"`
	Items  []item   `json:"items,omitzero"`
	Pair   [2]item  `json:"pair,omitzero"`
	Opts   settings `json:"opts,omitzero"`
	Always settings `json:"always"`
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	b := newBinder()
	for _, tc := range []struct {
		name string
		req  *list
		want *list
	}{
		{"nothing given", &list{},
			&list{Region: "US", Size: 20, Deep: ptr(true), Sort: "ASC", Rate: ptr(0.5),
				Always: settings{5}}},
		{
			"everything given",
			&list{"GB", 12, ptr(false), "DESC", ptr(0.0), &item{Unit: "POUND"}, nil, [2]item{},
				settings{1}, settings{2}},
			&list{"GB", 12, ptr(false), "DESC", ptr(0.0), &item{Unit: "POUND"}, nil, [2]item{},
				settings{1}, settings{2}},
		},
		{
			"at depth",
			&list{
				Item:  &item{Parts: []item{{Unit: "POUND"}, {Name: "b"}}},
				Items: []item{{Named: map[string]item{"k": {Name: "c"}, "l": {Unit: "POUND"}}}},
				Pair:  [2]item{{Name: "d"}, {Unit: "POUND"}},
			},
			&list{
				Region: "US", Size: 20, Deep: ptr(true), Sort: "ASC", Rate: ptr(0.5),
				Always: settings{5},
				Item: &item{Unit: "KILOGRAM", Parts: []item{{Unit: "POUND"},
					{Name: "b", Unit: "KILOGRAM"}}},
				Items: []item{{Unit: "KILOGRAM",
					Named: map[string]item{"k": {Name: "c", Unit: "KILOGRAM"},
						"l": {Unit: "POUND"}}}},
				Pair: [2]item{{Name: "d", Unit: "KILOGRAM"}, {Unit: "POUND"}},
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			before, err := json.Marshal(tc.req)
			require.NoError(t, err)
			own := *tc.req
			plan, wrong, v := planOf(b, tc.req)
			require.Nil(t, wrong)
			filled := plan.Fill(v)
			assert.Equal(t, tc.want, filled.Addr().Interface())
			assert.Empty(t, plan.Check(filled, nil), "a default counts as given")
			after, err := json.Marshal(tc.req)
			require.NoError(t, err)
			assert.Equal(t, string(before), string(after), "the caller's request is left alone")
			assert.Equal(t, own, *tc.req)
		})
	}
}

// TestNoDefaultsCostNothing: a type without defaults is not walked through, be it recursive.
func TestNoDefaultsCostNothing(t *testing.T) {
	t.Parallel()
	req := &order{OrderID: "7", Tree: &tree{Name: "n", Children: make([]tree, 9)}}
	plan, _, v := planOf(newBinder(), req)
	assert.Nil(t, plan.fill)
	assert.Same(t, req, plan.Fill(v).Addr().Interface())
}

// FuzzDefaults: what is sent is what was given, but for zeros of fields with a default; and what
// was given stays as it was.
func FuzzDefaults(f *testing.F) {
	f.Add([]byte(`{"item":{"parts":[{"unit":"POUND"},{}]},"pair":[{},{"named":{"k":{}}}],"rate":0}`))
	f.Add([]byte(`{"items":[{"unit":"POUND"}],"sort":"x","opts":{"limit":0},"always":{"limit":1}}`))
	plan, _ := newBinder().Plan(reflect.TypeFor[list]())
	f.Fuzz(func(t *testing.T, data []byte) {
		var given list
		if json.Unmarshal(data, &given) != nil {
			return
		}
		before, err := json.Marshal(given)
		require.NoError(t, err)
		v := plan.Fill(reflect.ValueOf(&given).Elem())
		after, err := json.Marshal(given)
		require.NoError(t, err)
		require.Equal(t, string(before), string(after))
		sent, err := json.Marshal(v.Interface())
		require.NoError(t, err)
		require.NotContains(t, string(sent), `"unit":""`)
		require.NotContains(t, string(sent), `"limit":0`)
		require.Equal(t, v.Interface(), plan.Fill(v).Interface())
		if !strings.Contains(string(before), `"unit":""`) && given.Rate != nil &&
			given.Sort != "" && given.Opts.Limit != 0 && given.Always.Limit != 0 {
			require.Equal(t, string(before), string(sent))
		}
	})
}
