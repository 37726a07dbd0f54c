package bind

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type price struct {
	Amount   string `json:"amount" check:"required,maxlen=5"`
	Currency string `json:"currency,omitzero"`
}

type sku struct {
	ID        number   `json:"id,omitzero"`
	Price     *price   `json:"price" check:"required"`
	Warehouse []number `json:"warehouses,omitzero" check:"maxitems=2"`
	Children  []sku    `json:"children,omitzero"`
}

// tree has the field of its own type before the one that is checked.
type tree struct {
	Children []tree `json:"children,omitzero"`
	Name     string `json:"name" check:"required"`
}

type order struct {
	OrderID number   `path:"order_id" json:"-"`
	IDs     []number `url:"ids" json:"-" check:"maxitems=3"`
	Size    int32    `url:"page_size" json:"-" check:"min=1,max=100"`
	Offset  *int64   `url:"offset" json:"-" check:"min=0"`

	Title  string          `json:"title,omitzero" check:"maxlen=4"`
	Count  int64           `json:"count,omitzero" check:"min=10"`
	Plain  int64           `json:"plain" check:"max=5"`
	Ratio  float64         `json:"ratio,omitzero" check:"min=0.5,max=1.5"`
	Unit   string          `json:"unit,omitzero" check:"oneof=KG|LB"`
	Pages  int             `json:"pages,omitzero" check:"oneof=12|20"`
	SKUs   []sku           `json:"skus,omitzero" check:"maxitems=2"`
	ByName map[string]sku  `json:"by_name,omitzero" check:"maxitems=9"`
	Tree   *tree           `json:"tree,omitzero"`
	Any    any             `json:"any,omitzero"`
	Pair   [2]encodedText  `json:"pair,omitzero"`
	Flags  map[string]bool `json:"flags,omitempty" check:"maxitems=1"`
}

func TestChecks(t *testing.T) {
	t.Parallel()
	b := newBinder()
	dear := &price{Amount: "1"}
	for _, tc := range []struct {
		name   string
		change func(*order)
		want   []string
	}{
		{"nothing", func(*order) {}, nil},
		{"at the limits", func(r *order) {
			r.IDs, r.Size, r.Offset, r.Title, r.Count, r.Plain, r.Ratio = []number{"1", "2", "3"},
				100, ptr[int64](0), "äöüß", 10, 5, 1.5
			r.SKUs, r.Unit, r.Pages = []sku{{Price: &price{Amount: "99999"},
				Warehouse: make([]number, 2)}, {Price: dear}}, "LB", 12
		}, nil},
		{"no path", func(r *order) { r.OrderID = "" }, []string{"OrderID: is missing"}},
		{"a slash in a path", func(r *order) { r.OrderID = "1/2" },
			[]string{"OrderID: " + PathValue}},
		{"the form comes first", func(r *order) { r.OrderID = "7.36e+18" },
			[]string{"OrderID: is no number"}},
		{"too many", func(r *order) { r.IDs = make([]number, 4) },
			[]string{"IDs: has too many elements: at most 3"}},
		{"the form of an element", func(r *order) { r.IDs = []number{"1", "7e+18"} },
			[]string{"IDs[1]: is no number"}},
		{"elements that do not fit a list", func(r *order) { r.IDs = []number{"", "1", "2,3"} },
			[]string{"IDs[0]: " + ListElement, "IDs[2]: " + ListElement}},
		{"too small", func(r *order) { r.Size = -1 }, []string{"Size: is too small: at least 1"}},
		{"too large", func(r *order) { r.Size = 101 }, []string{"Size: is too large: at most 100"}},
		{"a pointer", func(r *order) { r.Offset = ptr[int64](-1) },
			[]string{"Offset: is too small: at least 0"}},
		{"too long", func(r *order) { r.Title = "äöüßx" },
			[]string{"Title: is too long: at most 4 characters"}},
		{"too small a count", func(r *order) { r.Count = 9 },
			[]string{"Count: is too small: at least 10"}},
		{"what is always sent", func(r *order) { r.Plain = 6 },
			[]string{"Plain: is too large: at most 5"}},
		{"too small a decimal", func(r *order) { r.Ratio = 0.4 },
			[]string{"Ratio: is too small: at least 0.5"}},
		{"too large a decimal", func(r *order) { r.Ratio = 1.6 },
			[]string{"Ratio: is too large: at most 1.5"}},
		{"no number", func(r *order) { r.Ratio = math.NaN() },
			[]string{"Ratio: is too small: at least 0.5"}},
		{"not one of the texts", func(r *order) { r.Unit = "ST" },
			[]string{"Unit: is not one of KG, LB"}},
		{"not one of the numbers", func(r *order) { r.Pages = 13 },
			[]string{"Pages: is not one of 12, 20"}},
		{"too many, and nothing of what is in them", func(r *order) { r.SKUs = make([]sku, 3) },
			[]string{"SKUs: has too many elements: at most 2"}},
		{"inside of lists", func(r *order) { r.SKUs = []sku{{Price: new(price)}, {}} },
			[]string{"SKUs[0].Price.Amount: is missing", "SKUs[1].Price: is missing"}},
		{"deep", func(r *order) {
			r.SKUs = []sku{{Price: dear, Children: []sku{{Price: dear, Children: make([]sku, 1)}}}}
		}, []string{"SKUs[0].Children[0].Children[0].Price: is missing"}},
		{"a tree", func(r *order) {
			r.Tree = &tree{Name: "n",
				Children: []tree{{Name: "n", Children: []tree{{Name: "n"}, {}}}, {}}}
		}, []string{"Tree.Children[0].Children[1].Name: is missing",
			"Tree.Children[1].Name: is missing"}},
		{"inside of maps", func(r *order) {
			r.ByName = map[string]sku{"b": {}, "a": {}, "c": {Price: dear},
				"d": {ID: "1e+1", Price: new(price)}}
		}, []string{`ByName["a"].Price: is missing`, `ByName["b"].Price: is missing`,
			`ByName["d"].ID: is no number`, `ByName["d"].Price.Amount: is missing`}},
		{"all at once, in the order of the fields", func(r *order) {
			*r = order{IDs: []number{"e+", ","}, Size: -1, Title: "12345",
				SKUs:  []sku{{ID: "e+", Warehouse: []number{"e+"}}},
				Flags: map[string]bool{"a": true, "b": true}}
		}, []string{
			"OrderID: is missing", "IDs[0]: is no number", "Size: is too small: at least 1",
			"Title: is too long: at most 4 characters",
			"SKUs[0].ID: is no number", "SKUs[0].Price: is missing",
			"SKUs[0].Warehouse[0]: is no number", "Flags: has too many elements: at most 1",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			req := &order{OrderID: "7"}
			tc.change(req)
			plan, wrong, v := planOf(b, req)
			require.Nil(t, wrong)
			assert.Equal(t, tc.want, texts(plan.Check(v, nil)))
		})
	}
}

// TestRequired has one field of each sort that must be given.
func TestRequired(t *testing.T) {
	t.Parallel()
	type sent struct {
		Query string         `url:"query" json:"-" check:"required"`
		ID    number         `json:"id" check:"required"`
		List  []string       `json:"list" check:"required"`
		Map   map[string]int `json:"map" check:"required"`
		Ptr   *int           `json:"ptr" check:"required"`
		Any   any            `json:"any" check:"required"`
		Zero  file           `json:"zero" check:"required"`
		Num   int            `json:"num" check:"required"`
		Yes   bool           `json:"yes" check:"required"`
	}
	given := &sent{"q", "1", []string{""}, map[string]int{"": 0}, new(int), "", file{"f"}, 0, false}
	b := newBinder()
	plan, wrong, v := planOf(b, given)
	require.Nil(t, wrong)
	assert.Empty(t, plan.Check(v, nil))
	plan, _, v = planOf(b, &sent{List: []string{}})
	assert.Equal(t, []string{
		"Query: is missing", "ID: is missing", "List: is missing", "Map: is missing",
		"Ptr: is missing", "Any: is missing", "Zero: is missing",
	}, texts(plan.Check(v, nil)))
}
