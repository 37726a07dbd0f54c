package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
)

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
		{"a refused CONNECT", &net.OpError{Op: "proxyconnect", Err: errors.New("403")}, false,
			true},
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
	assert.EqualError(t, CallerEnded(canceled, context.Canceled),
		"the caller gave up: context canceled")
	late, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	err := CallerEnded(late, boom)
	assert.EqualError(t, err, "the caller's deadline passed: context deadline exceeded: boom")
	assert.ErrorIs(t, err, boom)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestExplain(t *testing.T) {
	t.Parallel()
	boom, timeout := errors.New("boom"), errors.New("attempt timed out")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	dial := &net.OpError{Op: "dial", Err: boom}
	outer := func(err error) error {
		return &url.Error{Op: "Get", URL: "https://secret.example", Err: err}
	}
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		given  error // what the attempt was ended with
		err    error
		want   string
		unsent bool
	}{
		{"as it is, without the URL", t.Context(), nil, outer(boom), "boom", false},
		{"never sent", t.Context(), nil, outer(dial), "dial: boom", true},
		{"the caller's end comes first", canceled, ErrResent, outer(boom),
			"the caller gave up: context canceled: boom", false},
		{"the caller's end before a dial", canceled, nil, outer(dial),
			"the caller gave up: context canceled: dial: boom", true},
		{"the attempt's end", t.Context(), ErrResent, outer(context.Canceled), ErrResent.Error(),
			false},
		{"the attempt's end in a dial", t.Context(), ErrConnsLost, outer(dial),
			ErrConnsLost.Error(), true},
		{"the limit of the http.Client", t.Context(), nil, outer(context.DeadlineExceeded),
			"attempt timed out: context deadline exceeded", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := Start(tt.ctx, 0, timeout, false)
			defer a.End()
			if tt.given != nil {
				_ = a.stop(tt.given)
			}
			cause, unsent := a.Explain(tt.ctx, tt.err)
			assert.EqualError(t, cause, tt.want)
			assert.Equal(t, tt.unsent, unsent)
		})
	}
}
