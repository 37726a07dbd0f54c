package bind

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPath(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		template string
		values   map[string]string
		want     string
		problem  string
	}{
		{"/order/202309/orders", nil, "/order/202309/orders", ""},
		{"/c/{a}/p/{b}", map[string]string{"a": "1", "b": "AIx-_.~9"}, "/c/1/p/AIx-_.~9", ""},
		{"/c/{a}", nil, "", "a: is missing"},
		{"/c/{a}", map[string]string{"a": ""}, "", "a: is missing"},
		{"/c/{a}", map[string]string{"a": "1", "b": "2"}, "", "has 1 parameters, 2 values"},
		{"/c/{a}", map[string]string{"a": "1/2"}, "", "a: is malformed"},
		{"/c/{a}", map[string]string{"a": "1?x=1#"}, "", "a: is malformed"},
		{"/c/{a}", map[string]string{"a": "%2e"}, "", "a: is malformed"},
		{"/c/{a}", map[string]string{"a": "ä"}, "", "a: is malformed"},
		{"/c/{a}/d", map[string]string{"a": ".."}, "", "no . or .. segment"},
		{"/c/{a}", map[string]string{"a": "."}, "", "no . or .. segment"},
		{"/c/{a", map[string]string{"a": "1"}, "", "unclosed brace"},
		{"/c?x=1", nil, "", "has a character outside"},
		{"c", nil, "", "must begin with one slash"},
		{"//host/c", nil, "", "no empty segment"},
	} {
		got, wrong := Path(tc.template, len(tc.values), func(name string) (string, bool) {
			value, ok := tc.values[name]
			return value, ok
		})
		assert.Equal(t, tc.want, got, tc.template)
		if tc.problem == "" {
			assert.Empty(t, wrong, tc.template)
			continue
		}
		require.Len(t, wrong, 1, tc.template)
		assert.Contains(t, wrong[0].Field+": "+wrong[0].Reason, tc.problem)
	}
}

func TestPathOfURL(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ url, want, reason string }{
		{"https://api.example/a/b", "/a/b", ""},
		{"HTTPS://API.example/a", "/a", ""},
		{"https://other.example/a", "", "another scheme or host"},
		{"http://api.example/a", "", "another scheme or host"},
		{"https://u:p@api.example/a", "", "no user information"},
		{"https://api.example/a?b=1", "", "no user information, query"},
		{"https://api.example/a?", "", "no user information, query"},
		{"https://api.example/a#b", "", "query or fragment"},
		{"https://api.example/a%2fb", "", "has a path with a character"},
		{"https://api.example/a/../b", "", "has a path with a character"},
		{"https://api.example/{a}", "", "has a path with a character"},
		{"https://api.example", "", "has a path with a character"},
		{"://", "", "cannot be parsed"},
	} {
		path, reason := PathOfURL(tc.url, "https", "api.example")
		assert.Equal(t, tc.want, path, tc.url)
		assert.Equal(t, tc.reason == "", reason == "", tc.url)
		assert.Contains(t, reason, tc.reason, tc.url)
	}
}
