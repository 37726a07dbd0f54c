package unknown

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type colour string

func (c colour) IsKnown() bool { return c == "RED" }

type size int

func (s size) IsKnown() bool { return s == 1 || s == 20 }

type listOfLists []listOfLists

type widget struct {
	Name   string
	Colour colour          `json:"colour"`
	Size   *size           `json:"size"`
	Kids   []widget        `json:"kids"`
	Parts  map[string]part `json:"parts"`
	Lists  listOfLists     `json:"lists"`
	Open   json.RawMessage `json:"open"`
	part
}

type part struct {
	Sizes []size `json:"sizes"`
}

// reference does what Look does with the answer decoded, for the forms that the types declare.
func reference(t reflect.Type, v any, path string, found map[string]bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			switch {
			case t == reflect.TypeFor[widget](), t == reflect.TypeFor[part]():
				f, ok := t.FieldByNameFunc(
					func(name string) bool {
						return strings.EqualFold(name, key) && name != "part"
					})
				if !ok {
					found[path+"."+clean(key, false)] = true
					continue
				}
				name := f.Tag.Get("json")
				if name == "" {
					name = f.Name
				}
				reference(f.Type, inner, path+"."+name, found)
			case t.Kind() == reflect.Map:
				reference(t.Elem(), inner, path+".*", found)
			case t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]():
				reference(t, []any{v}, path, found)
				return
			}
		}
	case []any:
		for _, inner := range v {
			switch {
			case t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]():
				reference(t.Elem(), inner, path+"[]", found)
			case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
				reference(t, inner, path, found)
			}
		}
	case nil, bool:
	default:
		if t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]() {
			reference(t.Elem(), v, path+"[]", found)
			return
		}
		text := fmt.Sprint(v)
		if isEnumeration(t) && text != "" && !(v == json.Number("0")) &&
			!(&values{of: t}).ask(text) {
			found[path+"="+clean(text, true)] = true
		}
	}
}

// FuzzLook compares the scanner with the reference on whatever JSON there is.
func FuzzLook(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"new":1}`,
		`{"colour":"BLUE","size":20,"kids":[{"size":3,"parts":{"a b":{"sizes":[1,2],"x":null}}}]}`,
		`{"kids":{"new":1},"colour":["RED"],"sizes":7,"lists":[[[]]]}`, `[{"new":"\"\\"}]`,
		` { "NAME" : [ { } , 1 ] } `,
		`{"open":{"x":"]}"},"size":"1","colour":"R\u0045D","colour":""}`, `"\\\""`, `-1.5e3`,
		`{"a b":0,"1":1,"123456":2,"size":0}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if !json.Valid([]byte(data)) || strings.Count(data, "{")+strings.Count(data, "[") > 20 {
			return // deeper than is followed
		}
		d := json.NewDecoder(strings.NewReader(data))
		d.UseNumber()
		var decoded any
		require.NoError(t, d.Decode(&decoded))
		want := make(map[string]bool)
		reference(reflect.TypeFor[widget](), decoded, "data", want)
		got := make(map[string]bool)
		finder := NewFinder()
		for _, found := range finder.Look("op", []byte(`{"data":`+data+`}`),
			reflect.TypeFor[widget]()) {
			name := found.Path
			if found.IsValue {
				name += "=" + found.Value
			}
			assert.False(t, got[name], "%s is told of twice", name)
			got[name] = true
		}
		// of two members of one name the decoder keeps the last
		if tokens(decoded) == tokensOf(t, data) {
			assert.Equal(t, want, got, data)
		}
		for name := range want {
			assert.True(t, got[name], "%s of %s is not found", name, data)
		}
		assert.Empty(t, finder.Look("op", []byte(`{"data":`+data+`}`), reflect.TypeFor[widget]()))
	})
}

// tokens are how many of JSON's a value is made of.
func tokens(v any) int {
	n := 2
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			n += 1 + tokens(inner)
		}
	case []any:
		for _, inner := range v {
			n += tokens(inner)
		}
	default:
		return 1
	}
	return n
}

func tokensOf(t *testing.T, data string) (n int) {
	d := json.NewDecoder(strings.NewReader(data))
	for ; ; n++ {
		if _, err := d.Token(); err != nil {
			require.ErrorIs(t, err, io.EOF)
			return n
		}
	}
}

// An enumeration is asked once for each value it knows.
func TestValuesAreRemembered(t *testing.T) {
	t.Parallel()
	v := &values{of: reflect.TypeFor[size]()}
	assert.True(t, v.know([]byte("1")))
	assert.True(t, v.know([]byte("20")))
	assert.False(t, v.know([]byte("3")))
	assert.False(t, v.know([]byte("99999999999999999999")))
	assert.Equal(t, map[string]bool{"1": true, "20": true}, *v.seen.Load())
}

// A name that cannot be one is not told of, and neither is what might be somebody's.
func TestClean(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text        string
		name, value string
	}{
		{"order_status", "order_status", "order_status"},
		{"A-1", "A-1", "A-1"},
		{"1234", "1234", "1234"},
		{"12345", "?", ""},
		{"Europe/London", "?", "Europe/London"},
		{"", "?", ""},
		{"Jane Doe", "?", ""},
		{"jane@example.com", "?", ""},
		{"+441234567890", "?", ""},
		{"é", "?", ""},
		{strings.Repeat("x", 64), strings.Repeat("x", 64), strings.Repeat("x", 64)},
		{strings.Repeat("x", 65), "?", ""},
	} {
		assert.Equal(t, tc.name, clean(tc.text, false), tc.text)
		assert.Equal(t, tc.value, clean(tc.text, true), tc.text)
	}
}

// A path is told of as far as a line takes.
func TestLongPathIsCut(t *testing.T) {
	t.Parallel()
	name := "a234567890123456789012345678901234567890123456789012345678901234"
	s := scanner{data: []byte(`{"new":1}`), finder: NewFinder()}
	for range 9 {
		s.path = append(s.path, name)
	}
	s.value(&plan{is: object})
	require.Len(t, s.found, 1)
	assert.Len(t, s.found[0].Path, longestPath)
}
