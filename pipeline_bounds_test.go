package tiktokshop

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/stream"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
)

func TestRetryPolicyDefaultsAndBounds(t *testing.T) {
	t.Parallel()
	assert.Equal(t, RetryPolicy{
		MaxAttempts: 5, BaseDelay: time.Second, MaxDelay: time.Minute,
		Jitter: 500 * time.Millisecond, MaxRetryAfter: 5 * time.Minute,
	}, RetryPolicy{}.withDefaults())
	set := RetryPolicy{MaxAttempts: 1, BaseDelay: 1, MaxDelay: 2, Jitter: 3, MaxRetryAfter: 4}
	assert.Equal(t, set, set.withDefaults())
	for _, tt := range []struct {
		name   string
		policy RetryPolicy
		ok     bool
	}{
		{"a day", RetryPolicy{BaseDelay: 24 * time.Hour}, true},
		{"more than a day", RetryPolicy{MaxRetryAfter: 24*time.Hour + 1}, false},
		{"negative wait", RetryPolicy{Jitter: -1}, false},
		{"negative attempts", RetryPolicy{MaxAttempts: -1}, false},
		{"nothing set", RetryPolicy{}, true},
	} {
		err := WithRetry(tt.policy)(new(config))
		assert.Equal(t, tt.ok, err == nil, tt.name)
	}
}

func TestTransportErrorsSayWhatHappened(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		err  error
		want string
	}{
		{"as it is", t.Context(), boom, "boom"},
		{"the context ended, and nobody says so", ended, boom,
			"the caller gave up: context canceled: boom"},
		{"it says so itself", ended, context.Canceled, "the caller gave up: context canceled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := testClient(t,
				roundTripper(func(*http.Request) (*http.Response, error) { return nil, boom }))
			inv := &invocation{prepared: prepared{cfg: c.cfg, op: testOp}}
			w := wire.Start(tt.ctx, 0, nil, false)
			defer w.End()
			err := inv.transportError(&attempt{ctx: tt.ctx}, w, tt.err)
			var broken *TransportError
			require.ErrorAs(t, err, &broken)
			assert.Equal(t, tt.want, broken.Err.Error())
			assert.ErrorIs(t, err, tt.err)
		})
	}
}

// TestTimeLimit: an upload has a second more for each 128 KiB, and no limit stays none.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name          string
		timeout, want time.Duration
		upload        bool
	}{
		{"none", 0, 0, false},
		{"none for an upload", 0, 0, true},
		{"short", 1, 1, false},
		{"as set", time.Minute, time.Minute, false},
		{"upload", time.Minute, time.Minute + 2*time.Second, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inv := &invocation{prepared: prepared{cfg: &config{attemptTimeout: tc.timeout}}}
			if tc.upload {
				inv.upload = stream.New("text/plain")
				inv.upload.AddText(make([]byte, 256<<10))
			}
			assert.Equal(t, tc.want, inv.timeLimit())
		})
	}
}

// TestAttemptFreesWhatItHeld: the context of its request ends with it, and so does the timer of its
// limit. Else each would stay with the caller's context, which may be that of a process.
func TestAttemptFreesWhatItHeld(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   roundTripper
	}{
		{"answer", answering(200, `{"code":0,"data":{"id":"9"}}`)},
		{"no answer",
			func(*http.Request) (*http.Response, error) { return nil, errors.New("boom") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var request context.Context
			c := testClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
				request = r.Context()
				assert.NoError(t, request.Err())
				return tt.do(r)
			}))
			_, _ = Do[testData](t.Context(), c, testOp, testParams)
			require.NotNil(t, request)
			assert.ErrorIs(t, request.Err(), context.Canceled)
		})
	}
}
