package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
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

func TestIsPermanent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		err       error
		permanent bool
		unsent    bool
	}{
		{"a scheme mismatch", http.ErrSchemeMismatch, true, true},
		{"a failed dial", &net.OpError{Op: "dial", Err: errors.New("refused")}, false, true},
		{"a refused CONNECT", &net.OpError{Op: "proxyconnect", Err: errors.New("403")}, false, true},
		{"a broken read", &net.OpError{Op: "read", Err: errors.New("reset")}, false, false},
		{"what says so itself", says(false), true, false},
		{"what says the opposite", says(true), false, false},
	} {
		assert.Equal(t, tt.permanent, IsPermanent(tt.err), tt.name)
		assert.Equal(t, tt.unsent, isUnsent(tt.err), tt.name)
	}
}

type says bool

func (says) Error() string     { return "says" }
func (s says) Retryable() bool { return bool(s) }

func TestCallerEnded(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	assert.Equal(t, boom, CallerEnded(t.Context(), boom))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	assert.EqualError(t, CallerEnded(canceled, boom), "the caller gave up: context canceled: boom")
	assert.EqualError(t, CallerEnded(canceled, context.Canceled), "the caller gave up: context canceled")
	late, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	err := CallerEnded(late, boom)
	assert.EqualError(t, err, "the caller's deadline passed: context deadline exceeded: boom")
	assert.ErrorIs(t, err, boom)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}
