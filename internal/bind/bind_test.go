package bind

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	type word string
	req := &struct {
		ID    number  `path:"id" json:"-"`
		Page  int32   `path:"page" json:"page"`
		IDs   []word  `url:"ids" json:"-"`
		One   []int64 `url:"one,comma" json:"-"`
		None  []int   `url:"none" json:"-"`
		Zero  int     `url:"zero" json:"-"`
		Must  int     `url:"must,omitempty" json:"-" check:"required"`
		False *bool   `url:"false" json:"false"`
		Nil   *int    `url:"nil" json:"-"`
		Day   day     `url:"day" json:"-"`
		Days  []day   `url:"days" json:"-"`
	}{ID: "7", IDs: []word{"a", "b"}, One: []int64{5}, False: ptr(false), Day: 1, Days: []day{1, 2}}
	plan, wrong, v := planOf(newBinder(), req)
	require.Nil(t, wrong)
	require.Empty(t, plan.Check(v, nil))
	sent := make(map[string]string)
	for _, f := range append(append([]Field{}, plan.Path...), plan.Query...) {
		sent[f.Key] = f.Text(v)
	}
	assert.Equal(t, map[string]string{
		"id": "7", "page": "0", "ids": "a,b", "one": "5", "none": "", "zero": "", "must": "0",
		"false": "false", "nil": "", "day": "d", "days": "d,dd",
	}, sent)
	assert.True(t, plan.HasBody)
	assert.Equal(t, reflect.ValueOf(req).Elem().Field(0).Interface(),
		plan.Path[0].Of(v).Interface())
}

func TestForms(t *testing.T) {
	t.Parallel()
	type request struct {
		Name  string `form:"name"`
		Front *file  `form:"front" check:"required"`
		Count int    `form:"count"`
		Back  file   `form:"back"`
	}
	plan, wrong, v := planOf(newBinder(), &request{Name: "n", Front: &file{"f"}, Back: file{"b"}})
	require.Nil(t, wrong)
	assert.False(t, plan.HasBody)
	var asked []string
	check := func(f *Field, v reflect.Value) []Mistake {
		asked = append(asked, f.Name+" "+f.Key)
		return []Mistake{{"Size", "is odd"}}
	}
	assert.Equal(t, []string{"Front.Size: is odd", "Back.Size: is odd"},
		texts(plan.Check(v, check)))
	assert.Equal(t, []string{"Front front", "Back back"}, asked)
	assert.Equal(t, []string{"Front: is missing", "Back.Size: is odd"},
		texts(plan.Check(reflect.ValueOf(request{}), check)))
	assert.Equal(t, []bool{false, true, false, true},
		[]bool{plan.Form[0].IsFile(), plan.Form[1].IsFile(), plan.Form[2].IsFile(),
			plan.Form[3].IsFile()})
}

// encodedText and encodedList are written by methods of their own, which a query knows nothing of.
type encodedText string

func (encodedText) MarshalText() ([]byte, error) { return []byte("other"), nil }

type encodedList []string

func (encodedList) MarshalJSON() ([]byte, error) { return []byte(`"other"`), nil }

type Money struct{ Amount string }

// TestTypesRefused: requests that could not be sent as their author meant.
func TestTypesRefused(t *testing.T) {
	t.Parallel()
	field := func(name string, typ reflect.Type, tag string) any {
		return reflect.New(reflect.StructOf(
			[]reflect.StructField{{Name: name, Type: typ,
				Tag: reflect.StructTag(tag)}})).Interface()
	}
	text, whole := reflect.TypeFor[string](), reflect.TypeFor[int]()
	for _, tc := range []struct {
		name string
		req  any
		want string
	}{
		{"no tag", field("A", whole, ``), "A: has no path, url, json or form tag that names it"},
		{"nothing but a dash", field("A", whole, `json:"-"`),
			"A: has no path, url, json or form tag that names it"},
		{"no name", field("A", whole, `json:",omitzero"`),
			"A: has no path, url, json or form tag that names it"},
		{"unexported", &struct {
			a int
		}{}, "a: is embedded or unexported, which a request cannot have"},
		{"embedded", &struct {
			Money `json:"money"`
		}{}, "Money: is embedded or unexported, which a request cannot have"},
		{"path and query", field("A", whole, `path:"a" url:"b" json:"-"`),
			`A: has a path and a url tag, must have one of them; json:"-" beside it`},
		{"form and body", field("A", text, `form:"a" json:"a"`),
			`A: has a form and a json tag, must have one of them; json:"-" beside it`},
		{"query without a word on the body", field("A", whole, `url:"a"`),
			`A: must have the tag json:"-", or one that names it if the body has it, too`},
		{"a key twice", &struct {
			A int `url:"a" json:"-"`
			B int `url:"a" json:"-"`
		}{}, "B: has the same url tag as another field"},
		// vet would find it, too
		{"a key of the body twice", reflect.New(reflect.StructOf([]reflect.StructField{
			{Name: "A", Type: whole, Tag: `json:"a"`},
			{Name: "B", Type: whole, Tag: `json:"a,omitzero"`},
		})).Interface(), "B: has the same json tag as another field"},
		{"form and body fields", &struct {
			A string `json:"a"`
			B string `form:"b"`
		}{}, "B: cannot be sent: a request has form fields or json fields, not both"},
		{"a reserved key", field("A", text, `url:"sign" json:"-"`),
			"A: cannot be sent as sign: is reserved"},
		{"an option of a query", field("A", reflect.TypeFor[time.Time](), `url:"a,unix" json:"-"`),
			"A: has a url tag with an unknown option"},
		{"an option of a form", field("A", text, `form:"a,comma"`),
			"A: has a form tag with an unknown option"},
		{"an option of a path", field("A", text, `path:"a,omitempty" json:"-"`),
			"A: has a path tag with an unknown option"},
		{"a struct in a query", field("A", reflect.TypeFor[Money](), `url:"a" json:"-"`),
			"A: has a type that cannot be sent in a url field"},
		{"a time in a query", field("A", reflect.TypeFor[time.Time](), `url:"a" json:"-"`),
			"A: has a type that cannot be sent in a url field"},
		{"pointers in a query", field("A", reflect.TypeFor[[]*string](), `url:"a" json:"-"`),
			"A: has a type that cannot be sent in a url field"},
		{"a pointer to a pointer", field("A", reflect.TypeFor[**string](), `url:"a" json:"-"`),
			"A: has a type that cannot be sent in a url field"},
		{"a text with a method", field("A", reflect.TypeFor[encodedText](), `url:"a" json:"-"`),
			"A: has a type that cannot be sent in a url field"},
		{"a list with a method", field("A", reflect.TypeFor[encodedList](), `url:"a" json:"-"`),
			"A: has a type that cannot be sent in a url field"},
		{"a list in a path", field("A", reflect.TypeFor[[]number](), `path:"a" json:"-"`),
			"A: has a type that cannot be sent in a path field"},
		{"functions", field("A", reflect.TypeFor[[]func()](), `json:"a"`),
			"A: has a type that cannot be sent"},
		{"an unknown rule", field("A", text, `json:"a" check:"requird"`),
			`A: has a malformed check tag: "requird" is not one of required, default, oneof, min, max, maxlen and maxitems`},
		{"min of a text", field("A", text, `json:"a" check:"min=1"`),
			`A: has a malformed check tag: "min" is for numbers`},
		{"min without a number", field("A", whole, `json:"a" check:"required,min=x"`),
			`A: has a malformed check tag: "min" needs a whole number`},
		{"max without a bound", field("A", whole, `json:"a" check:"max"`),
			`A: has a malformed check tag: "max" needs a whole number`},
		{"max of a decimal without a number",
			field("A", reflect.TypeFor[float64](), `json:"a" check:"max=x"`),
			`A: has a malformed check tag: "max" needs a number`},
		{"maxlen of a number", field("A", whole, `json:"a" check:"maxlen=1"`),
			`A: has a malformed check tag: "maxlen" is for strings`},
		{"maxlen of nothing", field("A", text, `json:"a" check:"maxlen=0"`),
			`A: has a malformed check tag: "maxlen" needs a positive number`},
		{"maxitems of a text", field("A", text, `json:"a" check:"maxitems=1"`),
			`A: has a malformed check tag: "maxitems" is for lists`},
		{"maxitems below none",
			field("A", reflect.TypeFor[[]int](), `json:"a" check:"maxitems=-1"`),
			`A: has a malformed check tag: "maxitems" needs a positive number`},
		{"oneof of nothing", field("A", text, `json:"a" check:"oneof="`),
			`A: has a malformed check tag: "oneof" needs values with | between them`},
		{"oneof of texts for a number", field("A", whole, `json:"a" check:"oneof=1|x"`),
			`A: has a malformed check tag: "oneof" needs whole numbers with | between them`},
		{"oneof of a list", field("A", reflect.TypeFor[[]string](), `json:"a" check:"oneof=x"`),
			`A: has a malformed check tag: "oneof" is for texts and whole numbers`},
		{"no default", field("A", whole, `json:"a" check:"default="`),
			`A: has a malformed check tag: "default" needs a value`},
		{"default out of range",
			field("A", reflect.TypeFor[int8](), `json:"a" check:"default=200"`),
			`A: has a malformed check tag: "default" needs a whole number`},
		{"default that is no decimal",
			field("A", reflect.TypeFor[float64](), `json:"a" check:"default=x"`),
			`A: has a malformed check tag: "default" needs a number`},
		{"default that is no bool",
			field("A", reflect.TypeFor[*bool](), `json:"a" check:"default=yes"`),
			`A: has a malformed check tag: "default" needs true or false`},
		{"default of a bool that could not be false",
			field("A", reflect.TypeFor[bool](), `json:"a" check:"default=true"`),
			`A: has a malformed check tag: "default" of a bool needs a pointer, or false could not be sent`},
		{"default of a list", field("A", reflect.TypeFor[[]string](), `json:"a" check:"default=x"`),
			`A: has a malformed check tag: "default" is for texts, numbers and bools`},
		{"default of a type with a method",
			field("A", reflect.TypeFor[encodedText](), `json:"a" check:"default=x"`),
			`A: has a malformed check tag: "default" is for texts, numbers and bools`},
		{"a field of a struct of a list", &struct {
			A []struct {
				B string
			} `json:"a"`
		}{}, "A.B: has no path, url, json or form tag that names it"},
		{"a query inside a body", &struct {
			A *struct {
				B string `url:"b" json:"-"`
			} `json:"a"`
		}{}, "A.B: must have a json tag, as all fields inside a body"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBinder()
			for range 2 { // a plan that failed is kept, too
				_, wrong, _ := planOf(b, tc.req)
				require.NotNil(t, wrong)
				assert.Equal(t, tc.want, wrong.Field+": "+wrong.Reason)
			}
		})
	}
}
