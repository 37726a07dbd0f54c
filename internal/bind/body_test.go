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
				with, known := WithText(tc.body, "key", func() string { return "made" })
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
