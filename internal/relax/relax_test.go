package relax

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type kite struct {
	ID     text            `json:"id"`
	Name   string          `json:"name"`
	Count  int             `json:"count"`
	Small  int8            `json:"small"`
	Height int64           `json:"height"`
	Weight float64         `json:"weight"`
	Sold   bool            `json:"sold"`
	Tags   []string        `json:"tags"`
	Tail   tail            `json:"tail"`
	Tails  []tail          `json:"tails"`
	Spare  *tail           `json:"spare"`
	Named  map[string]tail `json:"named"`
	Any    any             `json:"any"`
	Photo  []byte          `json:"photo"`
	Raw    json.RawMessage `json:"raw"`
	Plain  string
	hidden string //nolint:unused // there to be left alone
	maker
	*Owner
}

type tail struct {
	Length int    `json:"length"`
	Next   []tail `json:"next"`
}

type maker struct {
	Maker string `json:"maker"`
}

type Owner struct {
	Holder int `json:"owner"`
}

// text decodes itself, from strings alone.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	if b[0] != '"' {
		return errors.New("secret: not a string")
	}
	return json.Unmarshal(b, (*string)(t))
}

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, data string
		want       kite
	}{
		{"number in a text", `{"count":"12"}`, kite{Count: 12}},
		{"no number in a text", `{"count":""}`, kite{}},
		{"whole number with a point", `{"count":12.0,"height":"7.00"}`, kite{Count: 12, Height: 7}},
		{"every digit of a number in a text", `{"height":"9007199254740993"}`,
			kite{Height: 9007199254740993}},
		{"decimal in a text", `{"weight":"0.25"}`, kite{Weight: 0.25}},
		{"number for a text", `{"name":12}`, kite{Name: "12"}},
		{"every digit of a number for a text", `{"name":9007199254740993}`,
			kite{Name: "9007199254740993"}},
		{"bool for a text", `{"name":true}`, kite{Name: "true"}},
		{"bool in a text", `{"sold":"True"}`, kite{Sold: true}},
		{"number for a bool", `{"sold":1}`, kite{Sold: true}},
		{"number in a text for a bool", `{"sold":"0","count":"1"}`, kite{Count: 1}},
		{"no bool in a text", `{"sold":""}`, kite{}},
		{"one element for a list", `{"tags":"a"}`, kite{Tags: []string{"a"}}},
		{"number in a list of texts", `{"tags":[1,"a"]}`, kite{Tags: []string{"1", "a"}}},
		{"text for no list", `{"tags":""}`, kite{}},
		{"nulls", `{"tags":null,"tails":null,"spare":null,"named":null,"count":"1"}`,
			kite{Count: 1}},
		{"object for no list", `{"tags":{},"tails":{ }}`, kite{}},
		{"list of one for an object", `{"tail":[{"length":"3"}]}`, kite{Tail: tail{Length: 3}}},
		{"list of one for a pointer", `{"spare":[{"length":"3"}]}`, kite{Spare: &tail{Length: 3}}},
		{"empty list for an object", `{"tail":[],"spare":[],"name":"x"}`, kite{Name: "x"}},
		{"list of null for an object", `{"tail":[null],"spare":[null],"count":"1"}`,
			kite{Count: 1}},
		{"text for no object", `{"tail":"","spare":"","named":""}`, kite{}},
		{"object for a list", `{"tails":{"length":3}}`, kite{Tails: []tail{{Length: 3}}}},
		{"objects in a list", `{"tails":[{"length":"3"},{"length":4}]}`,
			kite{Tails: []tail{{Length: 3}, {Length: 4}}}},
		{"deep", `{"tails":{"next":{"next":[{"length":"3"}]}}}`,
			kite{Tails: []tail{{Next: []tail{{Next: []tail{{Length: 3}}}}}}}},
		{"pointer", `{"spare":{"length":"3"}}`, kite{Spare: &tail{Length: 3}}},
		{"map", `{"named":{"a":{"length":"3"},"b":[{"length":4}]}}`,
			kite{Named: map[string]tail{"a": {Length: 3}, "b": {Length: 4}}}},
		{"empty list for a map", `{"named":[],"count":"1"}`, kite{Count: 1}},
		{"any, bytes and raw",
			`{"any":[1,{"a":null}],"photo":"AQI=","raw": {"x" : [1]} ,"count":"1"}`,
			kite{Any: []any{1.0, map[string]any{"a": nil}}, Photo: []byte{1, 2},
				Raw: json.RawMessage(`{"x" : [1]}`), Count: 1}},
		{"names as encoding/json finds them",
			`{"PLAIN":1,"NAME":2,"hidden":3,"maker":4,"owner":"5"}`,
			kite{Plain: "1", Name: "2", maker: maker{"4"}, Owner: &Owner{5}}},
		{"escapes", `{"na\u006de":"a\"]}","count":"1","unknown":"\\\"{"}`,
			kite{Name: `a"]}`, Count: 1}},
		{"what it does not know", `{"id":"a","count":"1","new":{"x":[1]}}`,
			kite{ID: "a", Count: 1}},
		{"space", " {\t\"count\" :\r\n \"1\" , \"tags\" : [ \"a\" , 1 ] } ",
			kite{Count: 1, Tags: []string{"a", "1"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got kite
			mismatches, err := Unmarshal([]byte(tc.data), &got)
			require.NoError(t, err)
			assert.Empty(t, mismatches)
			if len(got.Tags) == 0 {
				got.Tags = nil
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

// TestMismatches: the odd value alone is left out, whatever stands around it.
func TestMismatches(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, data string // between two fields that fit when relaxed
		want       kite
		mismatches []Mismatch
	}{
		{name: "word for a number", data: `"count":"twelve"`,
			mismatches: []Mismatch{{".count", "is a text, want a whole number of 64 bits"}}},
		{name: "fraction for a whole number", data: `"count":12.5`,
			mismatches: []Mismatch{{".count",
				"is a number with a fraction or an exponent, want a whole number of 64 bits"}}},
		{name: "number that is too large", data: `"small":300`,
			mismatches: []Mismatch{{".small", "is a number, want a whole number of 8 bits"}}},
		{name: "word for a bool", data: `"sold":"maybe"`,
			mismatches: []Mismatch{{".sold", "is a text, want true or false"}}},
		{name: "what a method refuses", data: `"id":1`,
			mismatches: []Mismatch{{".id", "is a number, want a value that fits text"}}},
		{name: "object for a text", data: `"Plain":{"a":["b"]}`,
			mismatches: []Mismatch{{".Plain", "is an object, want a text"}}},
		{name: "list for a number", data: `"count":[1]`,
			mismatches: []Mismatch{{".count", "is a list, want a whole number of 64 bits"}}},
		{name: "text for bytes", data: `"photo":"?"`,
			mismatches: []Mismatch{{".photo", "is a text, want a list"}}},
		{name: "number for an object", data: `"tail":1,"spare":1`,
			mismatches: []Mismatch{{".tail", "is a number, want an object"},
				{".spare", "is a number, want an object"}}},
		{name: "several for an object",
			data: `"tail":[{"length":"3"},{"length":4}],"spare":[{},{},7]`,
			want: kite{Tail: tail{Length: 3}, Spare: &tail{}},
			mismatches: []Mismatch{{".tail",
				"is a list of 2, want one object: only the first was decoded"},
				{".spare", "is a list of 3, want one object: only the first was decoded"}}},
		{name: "list of a number for an object", data: `"tail":[1]`,
			mismatches: []Mismatch{{".tail[0]", "is a number, want an object"}}},
		{name: "elements",
			data: `"tails":[{"length":1},7,{"length":"x","next":[{"length":[]}]},{"length":4}],"tags":[{},"b"]`,
			want: kite{Tails: []tail{{Length: 1}, {Next: []tail{{}}}, {Length: 4}},
				Tags: []string{"b"}},
			mismatches: []Mismatch{{".tails[1]", "is a number, want an object"},
				{".tails[2].length", "is a text, want a whole number of 64 bits"},
				{".tails[2].next[0].length", "is a list, want a whole number of 64 bits"},
				{".tags[0]", "is an object, want a text"}}},
		{name: "single element", data: `"tails":7`,
			mismatches: []Mismatch{{".tails", "is a number, want an object"}}},
		{name: "member of a map", data: `"named":{"a":7,"b":{"length":"1"}}`,
			want:       kite{Named: map[string]tail{"b": {Length: 1}}},
			mismatches: []Mismatch{{".named.a", "is a number, want an object"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got kite
			mismatches, err := Unmarshal([]byte(`{"height":"7",`+tc.data+`,"name":8}`), &got)
			require.NoError(t, err)
			assert.Equal(t, tc.mismatches, mismatches)
			tc.want.Height, tc.want.Name = 7, "8"
			if len(got.Tags) == 0 {
				got.Tags = nil
			}
			if len(got.Tails) == 0 {
				got.Tails = nil
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestMismatchOfTheWhole(t *testing.T) {
	t.Parallel()
	for _, data := range []string{`1`, `"x"`, `true`, `[[{}]]`} {
		var got kite
		mismatches, err := Unmarshal([]byte(data), &got)
		require.NoError(t, err, data)
		assert.Len(t, mismatches, 1, data)
		assert.Equal(t, kite{}, got, data)
	}
	for _, data := range []string{``, `{`, `{"count":1}x`} {
		_, err := Unmarshal([]byte(data), new(kite))
		assert.Error(t, err, data)
	}
}

func TestMismatchesAreBounded(t *testing.T) {
	t.Parallel()
	var got kite
	mismatches, err := Unmarshal([]byte(`{"tails":[`+strings.Repeat("7,", 10*MaxMismatches)+
		`{"length":"1"}]}`), &got)
	require.NoError(t, err)
	assert.Len(t, mismatches, MaxMismatches)
	assert.Equal(t, []tail{{Length: 1}}, got.Tails, "decoding goes on")
}

// FuzzUnmarshal: what fits as it stands decodes to the same without a mismatch, and any JSON
// decodes to something.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{
		`{"id":"a","name":"b","count":1,"sold":true,"tags":["a"],"tail":{"length":1},"tails":[{}],"spare":null,"weight":1.5}`,
		`{"count":"1","tail":[{"length":"2"},{}],"named":{"a":{},"b":7},"any":{"x":1},"photo":"AQI=","raw":[1]}`,
		`{"tails":[[],"",{"next":{"next":""}},7],"height":12.0,"maker":"m","owner":[1]}`,
		`[{"id":1}]`, `""`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var any kite
		mismatches, err := Unmarshal(data, &any)
		require.Equal(t, json.Valid(data), err == nil)
		require.LessOrEqual(t, len(mismatches), MaxMismatches)
		var strict, relaxed kite
		if json.Unmarshal(data, &strict) != nil {
			return
		}
		fitting, err := json.Marshal(strict) // no repeated keys
		require.NoError(t, err)
		mismatches, err = Unmarshal(fitting, &relaxed)
		require.NoError(t, err)
		require.Empty(t, mismatches)
		again, err := json.Marshal(relaxed)
		require.NoError(t, err)
		require.Equal(t, string(fitting), string(again))
	})
}
