package webhook_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func TestOptionsAtTheirBounds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opt  webhook.Option
		want string // of the error; "": none
	}{
		{"shortest timeout", webhook.WithTimeout(1), ""},
		{"longest timeout", webhook.WithTimeout(webhook.PlatformTimeout - 1), ""},
		{"no timeout", webhook.WithTimeout(0), "positive and less than the platform's 3s"},
		{"shortest lease", webhook.WithClaimLease(webhook.PlatformTimeout), ""},
		{"lease too short", webhook.WithClaimLease(webhook.PlatformTimeout - 1),
			"must be at least 3s"},
		{"youngest age", webhook.WithMaxAge(1), ""},
		{"smallest body", webhook.WithMaxBodyBytes(1), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := webhook.NewHandler(newVerifier(t), noop, tt.opt)
			if tt.want == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, tt.want)
			}
		})
	}
	_, err := webhook.NewMemoryDeduper(1, 1)
	assert.NoError(t, err)
}

// recordingDeduper notes what the handler tells it.
type recordingDeduper struct {
	webhook.Deduper
	key     string
	lease   time.Duration
	settled context.Context // of the last Commit or Release
}

func (d *recordingDeduper) Claim(
	ctx context.Context, key, owner string, lease time.Duration,
) (webhook.ClaimState, error) {
	d.key, d.lease = key, lease
	return d.Deduper.Claim(ctx, key, owner, lease)
}

func (d *recordingDeduper) Commit(ctx context.Context, key, owner string) error {
	d.settled = ctx
	return d.Deduper.Commit(ctx, key, owner)
}

func TestHandlerTellsTheDeduperKeyAndLease(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opts []webhook.Option
		want time.Duration
	}{
		{"by default", nil, time.Minute},
		{"set", []webhook.Option{webhook.WithClaimLease(time.Hour)}, time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := &recordingDeduper{Deduper: newDeduper(t, 10, time.Hour)}
				var handled context.Context
				h := newHandler(t, func(ctx context.Context, _ *webhook.Event) error {
					handled = ctx
					return nil
				}, append(tt.opts, webhook.WithDeduper(d))...)
				start := time.Now()
				assert.Equal(t, 200, deliver(t, h, order("7")))
				assert.Equal(t, appKey+":1:7", d.key, "stores keep it")
				assert.Equal(t, tt.want, d.lease)
				deadline, ok := d.settled.Deadline()
				assert.True(t, ok)
				assert.Equal(t, start.Add(5*time.Second), deadline)
				// Nothing of the delivery goes on.
				assert.ErrorIs(t, handled.Err(), context.Canceled)
				assert.ErrorIs(t, d.settled.Err(), context.Canceled)
			})
		})
	}
}

func TestHandlerRemembersEventsForADayByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := newHandler(t, func(context.Context, *webhook.Event) error { calls++; return nil })
		for _, step := range []struct {
			after time.Duration
			calls int
		}{{0, 1}, {24*time.Hour - 1, 1}, {1, 2}} {
			time.Sleep(step.after)
			assert.Equal(t, 200, deliver(t, h, order("1")))
			assert.Equal(t, step.calls, calls)
		}
	})
}

func TestHandlerTakesAMebibyteByDefault(t *testing.T) {
	t.Parallel()
	h := newHandler(t, noop)
	send := func(size int) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/",
			strings.NewReader(strings.Repeat("x", size))))
		return w.Code
	}
	assert.Equal(t, http.StatusUnauthorized, send(1<<20), "read whole, but not signed")
	assert.Equal(t, http.StatusRequestEntityTooLarge, send(1<<20+1))
}

func TestHandlerHandlesNoOtherMethod(t *testing.T) {
	t.Parallel()
	h := newHandler(t, func(context.Context, *webhook.Event) error {
		t.Error("called")
		return nil
	})
	r := delivery(t, order("1"))
	r.Method = http.MethodPut
	bound := &boundWriter{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(bound, r)
	assert.Equal(t, http.StatusMethodNotAllowed, bound.Code)
	assert.Equal(t, "close", bound.Header().Get("Connection"), "its body stays unread")
	assert.False(t, bound.deadline.IsZero(), "the server does not wait for it for long")
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Empty(t, w.Header().Get("Connection"), "there is no body")
}

func TestHandlerLogsWhatItRefuses(t *testing.T) {
	t.Parallel()
	log, records := logger()
	h := newHandler(t, noop, webhook.WithLogger(log), webhook.WithMaxBodyBytes(300),
		webhook.WithMaxAge(time.Hour))
	last := func() string {
		lines := strings.Split(strings.TrimSpace(records.String()), "\n")
		return lines[len(lines)-1]
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(make([]byte, 301))))
	assert.Contains(t, last(), `"msg":"webhook: body too large","limit":300`)
	deliver(t, h, []byte("[]"))
	assert.Contains(t, last(), `"msg":"webhook: signed delivery cannot be read"`)
	deliver(t, h, order("1"))
	assert.Contains(t, last(), "event too old")
	assert.Contains(t, last(), `"event":"1:1"`)
}

func TestHandlerLogsDuplicates(t *testing.T) {
	t.Parallel()
	log, records := logger()
	started, finish := make(chan struct{}), make(chan struct{})
	h := newHandler(t, func(context.Context, *webhook.Event) error {
		close(started)
		<-finish
		return nil
	}, webhook.WithLogger(log))
	first := make(chan int)
	go func() { first <- deliver(t, h, order("1")) }()
	<-started
	assert.Equal(t, 503, deliver(t, h, order("1")))
	assert.Contains(t, records.String(),
		`"level":"INFO","msg":"webhook: duplicate of an event in flight put off"`)
	close(finish)
	assert.Equal(t, 200, <-first)
	assert.Equal(t, 200, deliver(t, h, order("1")))
	assert.Contains(t, records.String(), `"level":"DEBUG","msg":"webhook: duplicate dropped"`)
}

func TestMemoryDeduperTakesALapsedClaimOverForGood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ctx := newDeduper(t, 10, time.Hour), t.Context()
		// which holds up the sweep of those behind it
		_, err := d.Claim(ctx, "long", "a", time.Hour)
		require.NoError(t, err)
		assert.Equal(t, webhook.Claimed, claim(t, d, "short", "dead"))
		time.Sleep(time.Minute)
		_, err = d.Claim(ctx, "short", "b", 3*time.Hour)
		require.NoError(t, err)
		assert.Equal(t, 2, d.Len())
		time.Sleep(2 * time.Hour) // the sweep passes by the dead claim's place
		assert.Equal(t, 1, d.Len())
		assert.Equal(t, webhook.InFlight, claim(t, d, "short", "c"))
	})
}

func TestMemoryDeduperCommitsWhereTimeMadeRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ctx := newDeduper(t, 1, time.Hour), t.Context()
		assert.Equal(t, webhook.Claimed, claim(t, d, "dead", "a"))
		state, err := d.Claim(ctx, "late", "b", time.Minute)
		require.Error(t, err)
		assert.Zero(t, state)
		time.Sleep(time.Minute)
		require.NoError(t, d.Commit(ctx, "late", "b"))
		assert.Equal(t, webhook.Seen, claim(t, d, "late", "c"))
	})
}
