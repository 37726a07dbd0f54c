package inbox

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
)

func newInbox(t *testing.T, opts ...Option) *Inbox {
	t.Helper()
	b, err := New(new(sql.DB), SQLite, opts...)
	require.NoError(t, err)
	return b
}

func TestDelayBetweenAttempts(t *testing.T) {
	t.Parallel()
	b := newInbox(t, WithBackoff(time.Second, time.Minute))
	throttled := func(after time.Duration) error {
		return fmt.Errorf("link: %w", &tiktokshop.APIError{RetryAfter: after})
	}
	for _, tt := range []struct {
		name              string
		err               error
		attempt           int
		shortest, longest time.Duration
	}{
		{"first", errors.New("x"), 1, time.Second / 2, time.Second},
		{"second", errors.New("x"), 2, time.Second, 2 * time.Second},
		{"fifth", errors.New("x"), 5, 8 * time.Second, 16 * time.Second},
		{"late", errors.New("x"), 7, 30 * time.Second, time.Minute},
		{"very late", errors.New("x"), 1 << 40, 30 * time.Second, time.Minute},
		{"the platform asks for more", throttled(10 * time.Minute), 1, 10 * time.Minute,
			10 * time.Minute},
		{"the platform asks for less", throttled(time.Millisecond), 1, time.Second / 2,
			time.Second},
		{"the platform asks for too much", throttled(1000 * time.Hour), 1, 24 * time.Hour,
			24 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			least, most := time.Duration(math.MaxInt64), time.Duration(0)
			for range 100 {
				d := b.delay(tt.err, tt.attempt)
				least, most = min(least, d), max(most, d)
			}
			assert.GreaterOrEqual(t, least, tt.shortest)
			assert.LessOrEqual(t, most, tt.longest)
			third := (tt.longest - tt.shortest) / 3
			assert.LessOrEqual(t, least, tt.shortest+third, "jitter over all of it")
			assert.GreaterOrEqual(t, most, tt.longest-third)
		})
	}
}

func TestHopeless(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"any", errors.New("x"), false},
		{"parked", fmt.Errorf("a: %w", Park(errors.New("x"))), true},
		{"re-authorization", fmt.Errorf("a: %w", tiktokshop.ErrTokenInvalid), true},
		{"scope", tiktokshop.ErrPermission, true},
		{"retired", tiktokshop.ErrVersionRetired, true},
		{"not found yet", tiktokshop.ErrNotFound, false},
		{"throttled", tiktokshop.ErrRateLimited, false},
	} {
		assert.Equal(t, tt.want, hopeless(tt.err), tt.name)
	}
	cause := errors.New("x")
	assert.ErrorIs(t, Park(cause), cause)
	assert.Equal(t, "x", Park(cause).Error())
	assert.NoError(t, Park(nil))
}

func TestReason(t *testing.T) {
	t.Parallel()
	b := newInbox(t, WithSecrets("a-long-secret"))
	got := b.reason("key a-long-secret \x00\xff " + strings.Repeat("é", 3000))
	assert.True(t, strings.HasPrefix(got, "key [redacted] ��"), got[:30])
	assert.True(t, utf8.ValidString(got))
	assert.Less(t, len(got), maxReason+20)
	assert.Equal(t, "short", b.reason("short"))
	longest := strings.Repeat("x", 2000)
	assert.Equal(t, longest, b.reason(longest))
	assert.Equal(t, longest+"…", b.reason(longest+"x"))
}

func TestNewChecksItsInput(t *testing.T) {
	t.Parallel()
	fields := func(err error) (fields []string) {
		for _, e := range tiktokshop.InputErrors(err) {
			fields = append(fields, e.Field)
		}
		return fields
	}
	_, err := New(nil, 0, nil, WithTablePrefix("a b"), WithConcurrency(0), WithConcurrency(1001),
		WithMaxAttempts(0),
		WithBackoff(0, 1), WithBackoff(2*time.Second, time.Second), WithHandlerTimeout(0),
		WithLease(time.Second-1),
		WithPollInterval(0), WithKeep(lastDelivery-1), WithLogger(nil), WithClock(nil))
	assert.Equal(t, []string{
		"database", "concurrency", "concurrency", "max attempts", "backoff", "backoff",
		"handler timeout",
		"lease", "poll interval", "time to keep", "logger", "clock", "table prefix", "dialect",
	}, fields(err), "all mistakes at once")
	assert.ErrorContains(t, err, "must be at least 15h32m0s")
	_, err = Migrations(0, "a b")
	assert.Equal(t, []string{"table prefix", "dialect"}, fields(err))
	b := newInbox(t, WithConcurrency(1000), WithMaxAttempts(1),
		WithBackoff(time.Second, time.Second), WithLease(time.Second),
		WithKeep(lastDelivery), WithTablePrefix(""))
	assert.NotEmpty(t, fields(b.Start(nil)))
}
