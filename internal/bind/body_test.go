package bind

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type base struct {
	Key string `json:"key,omitzero"`
}

func TestWithText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		body  any
		want  string
		known bool
	}{
		{"none", nil, `{"key":"made"}`, true},
		{"a nil pointer", (*base)(nil), `{"key":"made"}`, true},
		{"a nil map", map[string]int(nil), `{"key":"made"}`, true},
		{"a struct", base{}, `{"key":"made"}`, true},
		{"a pointer to a pointer", ptr(&base{}), `{"key":"made"}`, true},
		{"a struct that has one", &base{"mine"}, `{"key":"mine"}`, true},
		{"an embedded one", &struct {
			base
			A int `json:"a"`
		}{A: 1}, `{"key":"made","a":1}`, true},
		{"another field of the name", &struct {
			Key int `json:"key"`
		}{1}, "", false},
		{"an embedded pointer", &struct{ *base }{}, "", false},
		{"no field of the name", &struct {
			A string `json:"a"`
		}{"<"}, `{"a":"\u003c","key":"made"}`, true},
		{"no field at all", struct{}{}, `{"key":"made"}`, true},
		{"a map", map[string]any{"a": 1}, `{"a":1,"key":"made"}`, true},
		{"a map with an empty one", map[string]any{"key": ""}, `{"key":"made"}`, true},
		{"a map with a nil one", map[string]any{"key": nil}, `{"key":"made"}`, true},
		{"a map that has one", map[string]string{"key": "mine"}, `{"key":"mine"}`, true},
		{"a map with another value there", map[string]any{"key": 7}, "", false},
		{"a map with other keys", map[int]string{1: "a"}, "", false},
		{"JSON", json.RawMessage(`{}`), "", false},
		{"a list", []int{1}, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			before, err := json.Marshal(tc.body)
			require.NoError(t, err)
			for range 2 { // the field of a type is remembered
				with, known := withText(tc.body, "key", func() string { return "made" })
				require.Equal(t, tc.known, known)
				if known {
					got, err := json.Marshal(with)
					require.NoError(t, err)
					assert.Equal(t, tc.want, string(got))
				}
			}
			after, err := json.Marshal(tc.body)
			require.NoError(t, err)
			assert.Equal(t, string(before), string(after), "the body is left alone")
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	type body struct {
		A int `json:"a,omitempty"`
	}
	for _, tc := range []struct {
		body any
		want string
	}{
		{nil, ""},
		{(*body)(nil), ""},
		{map[string]int(nil), ""},
		{body{}, ""}, // {} is not sent
		{json.RawMessage("null"), ""},
		{json.RawMessage("{}"), ""},
		{&body{A: 1}, `{"a":1}`},
		{json.RawMessage(`{ "a" : 1 }`), `{ "a" : 1 }`}, // as the caller wrote it
	} {
		got, wrong := JSON(tc.body, "")
		require.Empty(t, wrong)
		assert.Equal(t, tc.want, string(got))
	}
	for _, bad := range []any{make(chan int), json.RawMessage(`{`)} {
		_, wrong := JSON(bad, "")
		require.Len(t, wrong, 1)
		assert.Equal(t, "body", wrong[0].Field)
		assert.Contains(t, wrong[0].Reason, "cannot be encoded as JSON")
	}
}

// FuzzIdempotencyKeyInABody: JSON of the caller's is sent as it is, with a key of the caller's, or
// refused.
func FuzzIdempotencyKeyInABody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, ` {"key":""} `, `{"key":"mine"}`,
		`{"key":null,"a":[{}]}`, `[]`, `{"a":1,"a":2}`, "{\"a\":\"\\u007b\"}\n", `{"key":0}`,
		`{"a":"}"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, wrong := JSON(json.RawMessage(body), "key")
		var fields map[string]json.RawMessage
		valid := json.Unmarshal([]byte(body), &fields) == nil
		has := valid && len(fields["key"]) > 0 && string(fields["key"]) != "null" &&
			string(fields["key"]) != `""`
		if has != (len(wrong) == 0) {
			t.Fatalf("%q: %v", body, wrong)
		}
		if len(wrong) == 0 && string(got) != body {
			t.Errorf("%q became %q", body, got)
		}
	})
}
