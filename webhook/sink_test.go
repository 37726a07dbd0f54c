package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// sinkFunc is a Sink of one function.
type sinkFunc func(context.Context, *webhook.Delivery) error

func (f sinkFunc) Accept(ctx context.Context, d *webhook.Delivery) error { return f(ctx, d) }

func newDurable(t testing.TB, sink sinkFunc, opts ...webhook.Option) *webhook.Handler {
	t.Helper()
	opts = append([]webhook.Option{webhook.WithLogger(slog.New(slog.DiscardHandler))}, opts...)
	h, err := webhook.NewDurableHandler(newVerifier(t), sink, opts...)
	require.NoError(t, err)
	return h
}

func TestDurableHandlerAnswersByWhatTheSinkDid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		accept sinkFunc
		status int
		logged string
	}{
		{"accepted", func(context.Context, *webhook.Delivery) error { return nil }, 200, ""},
		{"failed", func(context.Context, *webhook.Delivery) error {
			return errors.New("disk full, key " + appSecret)
		}, 500, `"msg":"webhook: event not accepted","event":"1:1"`},
		{"panicked", func(context.Context, *webhook.Delivery) error { panic("disk " + appSecret) },
			500, `"panic":"disk [redacted]"`},
		{"ended its goroutine", func(context.Context, *webhook.Delivery) error {
			runtime.Goexit()
			return nil
		}, 500, "did not return"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log, records := logger()
			srv := httptest.NewServer(newDurable(t, tt.accept, webhook.WithLogger(log)))
			defer srv.Close()
			assert.Equal(t, tt.status, post(t, srv.Client(), srv.URL, order("1")))
			assert.Contains(t, records.String(), tt.logged)
			assert.NotContains(t, records.String(), appSecret)
		})
	}
}

func TestDurableHandlerHandsOverWhatWasSigned(t *testing.T) {
	t.Parallel()
	now := time.Unix(1644412890, 0)
	var got []*webhook.Delivery
	srv := httptest.NewServer(newDurable(t, func(ctx context.Context, d *webhook.Delivery) error {
		_, bounded := ctx.Deadline()
		assert.True(t, bounded)
		got = append(got, d)
		return nil
	}, webhook.WithClock(func() time.Time { return now })))
	defer srv.Close()
	for range 2 { // it remembers nothing by itself
		require.Equal(t, 200, post(t, srv.Client(), srv.URL, order("1")))
	}
	require.Len(t, got, 2)
	for _, d := range got {
		assert.Equal(t, appKey+":1:1", d.Key)
		assert.Equal(t, string(order("1")), string(d.Body))
		assert.Equal(t, now, d.ReceivedAt)
		_, ok := webhook.As[webhook.OrderStatusChange](d.Event)
		assert.True(t, ok)
	}
}

func TestDurableHandlerRefusesWhatIsNotSigned(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(newDurable(t, func(context.Context, *webhook.Delivery) error {
		t.Error("called")
		return nil
	}))
	defer srv.Close()
	resp, err := srv.Client().Post(srv.URL, "application/json", bytes.NewReader(order("1")))
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
}

// A signed body that cannot be read would be as broken in each delivery, and the platform gives up:
// it is kept.
func TestDurableHandlerKeepsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	log, records := logger()
	var got []*webhook.Delivery
	accept := func(_ context.Context, d *webhook.Delivery) error {
		got = append(got, d)
		return nil
	}
	srv := httptest.NewServer(newDurable(t, accept, webhook.WithLogger(log)))
	defer srv.Close()
	for _, body := range []string{`{"type":1`, `{"type":1`, `{"type":2`, `[]`, ``} {
		assert.Equal(t, 200, post(t, srv.Client(), srv.URL, []byte(body)))
		d := got[len(got)-1]
		assert.Equal(t, body, string(d.Body))
		require.NotNil(t, d.Event)
		assert.Error(t, d.Event.PayloadError)
		assert.Equal(t, body, string(d.Event.Raw))
		assert.Equal(t, appKey+":"+d.Event.Key(), d.Key)
	}
	assert.Equal(t, got[0].Key, got[1].Key, "a duplicate")
	keys := map[string]bool{}
	for _, d := range got {
		keys[d.Key] = true
	}
	assert.Len(t, keys, 4, "others are told apart")
	assert.Contains(t, records.String(), "signed delivery cannot be read")
	strict := newDurable(t, accept, webhook.WithMaxAge(time.Hour))
	assert.Equal(t, 401, deliver(t, strict, []byte("[]")), "it tells no time")
	assert.Len(t, got, 5)
}

func TestDurableHandlerAnswersInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // fake time orders nothing for the race detector
		kept := map[string]bool{}
		keptCount := func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(kept)
		}
		slow := true
		log, records := logger()
		h := newDurable(t, func(ctx context.Context, d *webhook.Delivery) error {
			if slow {
				time.Sleep(10 * time.Second) // ignores its context
				assert.Error(t, ctx.Err())
			}
			mu.Lock()
			defer mu.Unlock()
			kept[d.Key] = true
			return nil
		}, webhook.WithTimeout(time.Second), webhook.WithLogger(log))
		start := time.Now()
		assert.Equal(t, 503, deliver(t, h, order("1")))
		assert.Equal(t, time.Second, time.Since(start))
		assert.Contains(t, records.String(), "event not accepted in time")
		assert.Zero(t, keptCount())
		require.NoError(t, h.Wait(t.Context()))
		assert.Equal(t, 1, keptCount(), "late, but kept: the next delivery is a duplicate")
		slow = false
		assert.Equal(t, 200, deliver(t, h, order("1")))
		assert.Equal(t, 1, keptCount())
	})
}

// What the sink does to its delivery is not seen by the log.
func TestDurableHandlerGivesTheDeliveryAway(t *testing.T) {
	t.Parallel()
	log, records := logger()
	h := newDurable(t, func(_ context.Context, d *webhook.Delivery) error {
		d.Event.NotificationID, d.Event = "changed", nil
		return errors.New("no")
	}, webhook.WithLogger(log))
	assert.Equal(t, 500, deliver(t, h, order("1")))
	assert.Contains(t, records.String(), `"event":"1:1"`)
}

func TestNewDurableHandlerRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	sink := sinkFunc(func(context.Context, *webhook.Delivery) error { return nil })
	_, err := webhook.NewDurableHandler(nil, nil, webhook.WithDeduper(nil), nil,
		webhook.WithClaimLease(time.Minute), webhook.WithTimeout(0))
	var fields []string
	for _, e := range tiktokshop.InputErrors(err) {
		fields = append(fields, e.Field)
	}
	assert.Equal(t, []string{"verifier", "sink", "deduper", "claim lease", "timeout"}, fields,
		"all mistakes at once")
	_, err = webhook.NewDurableHandler(newVerifier(t), sink, webhook.WithMaxAge(time.Hour),
		webhook.WithMaxBodyBytes(1))
	assert.NoError(t, err)
}
