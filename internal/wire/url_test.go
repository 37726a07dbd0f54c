package wire

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAddQuery(t *testing.T) {
	t.Parallel()
	var q strings.Builder
	AddQuery(&q, "a b", "x+y z&=;,/ä")
	AddQuery(&q, "c", "AZaz09-._~")
	assert.Equal(t, "a%20b=x%2By%20z%26%3D%3B%2C%2F%C3%A4&c=AZaz09-._~", q.String())
}

func TestParseBase(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, reason string }{
		{"https://open-api.example", ""},
		{"https://open-api.example/", ""},
		{"http://127.0.0.1:8080", ""},
		{"http://[::1]:8080", ""},
		{"http://localhost", ""},
		{"http://open-api.example", "must be https"},
		{"http://127.0.0.1.example", "must be https"},
		{"ftp://open-api.example", "must start with https://"},
		{"open-api.example", "must start with https://"},
		{"https://", "has no host"},
		{"https://:443", "has no host"},
		{"https://u:p@open-api.example", "must not carry user information"},
		{"https://open-api.example/v2", "must be scheme and host alone"},
		{"https://open-api.example?a=b", "must be scheme and host alone"},
		{"https://open api.example", "cannot be parsed"},
	} {
		u, reason := ParseBase(tt.url)
		assert.Equal(t, tt.reason == "", u != nil, tt.url)
		assert.Equal(t, tt.reason == "", reason == "", tt.url)
		assert.Contains(t, reason, tt.reason, tt.url)
	}
}

func TestIsSafe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url  string
		want bool
	}{
		{"https://files.example/a?sign=1", true},
		{"http://127.0.0.1/a", true},
		{"http://files.example/a", false},
		{"https://u@files.example/a", false},
		{"https:///a", false},
		{"file:///etc/passwd", false},
	} {
		u, err := url.Parse(tt.url)
		require.NoError(t, err)
		assert.Equal(t, tt.want, IsSafe(u), tt.url)
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"localhost", "127.0.0.1", "127.8.9.10", "::1"} {
		assert.True(t, IsLoopback(host), host)
	}
	for _, host := range []string{"", "example", "10.0.0.1", "8.8.8.8", "::2"} {
		assert.False(t, IsLoopback(host), host)
	}
}
