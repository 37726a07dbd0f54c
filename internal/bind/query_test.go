package bind

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	type list struct {
		IDs   []string `url:"ids"`
		Types []string `url:"types,comma"`
		Size  int      `url:"page_size,omitempty"`
		Token string   `url:"page_token"`
		Maybe *bool    `url:"maybe"`
	}
	for _, tc := range []struct {
		query any
		want  []Param
	}{
		{nil, nil},
		{(*list)(nil), nil},
		{list{}, nil}, // empty values are not sent
		{&list{IDs: []string{"1", "2"}, Types: []string{"A", "B"}, Size: 20, Token: "a+/="},
			[]Param{{"ids", "1,2"}, {"page_size", "20"}, {"page_token", "a+/="}, {"types", "A,B"}}},
		{url.Values{"a": {"1", "2"}, "b": {}, "c": {""}}, []Param{{"a", "1,2"}}},
	} {
		got, wrong := Query(tc.query, reserved, 0)
		require.Empty(t, wrong)
		slices.SortFunc(got, func(a, b Param) int { return strings.Compare(a.Key, b.Key) })
		assert.Equal(t, tc.want, append([]Param(nil), got...))
	}
	for _, tc := range []struct {
		query any
		want  []Mistake
	}{
		{url.Values{"sign": {"x"}, "a": {"1"}}, []Mistake{{"sign", "is reserved"}}},
		{url.Values{"": {"x"}}, []Mistake{{"query", "is reserved"}}},
		{url.Values{"ids": {"1", "2,3"}}, []Mistake{{"ids[1]", ListElement}}},
		{url.Values{"ids": {"", "2"}}, []Mistake{{"ids[0]", ListElement}}},
		{url.Values{"b": {"", ""}, "a": {",", "1"}},
			[]Mistake{{"a[0]", ListElement}, {"b[0]", ListElement}, {"b[1]", ListElement}}},
	} {
		_, wrong := Query(tc.query, reserved, 0)
		assert.Equal(t, tc.want, wrong)
	}
	_, wrong := Query("a=b", reserved, 0)
	require.Len(t, wrong, 1)
	assert.Contains(t, wrong[0].Reason, "cannot be encoded")
	got, _ := Query(url.Values{"a": {"1"}}, reserved, 3)
	assert.Equal(t, 4, cap(got), "there is room for more")
}

// reserved is what a client says of keys.
func reserved(key string) string {
	if key == "" || key == "sign" {
		return "is reserved"
	}
	return ""
}
