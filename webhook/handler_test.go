package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func TestHandlerPassesVerifiedEventsOnce(t *testing.T) {
	t.Parallel()
	var got []*webhook.Event
	h := newHandler(t, func(ctx context.Context, e *webhook.Event) error {
		deadline, ok := ctx.Deadline()
		assert.True(t, ok)
		assert.Less(t, time.Until(deadline), webhook.PlatformTimeout)
		got = append(got, e)
		return nil
	})
	assert.Equal(t, 200, deliver(t, h, order("1")))
	assert.Equal(t, 200, deliver(t, h, order("1")), "a duplicate is acknowledged")
	assert.Equal(t, 200, deliver(t, h, order("2")))
	require.Len(t, got, 2)
	payload, ok := webhook.As[webhook.OrderStatusChange](got[0])
	require.True(t, ok)
	assert.Equal(t, tiktokshop.ID("576486316948490001"), payload.OrderID)
	assert.Equal(t, "2", got[1].NotificationID)
}

func TestHandlerRefusesWrongSignatures(t *testing.T) {
	t.Parallel()
	log, records := logger()
	h := newHandler(t, func(context.Context, *webhook.Event) error {
		t.Error("called")
		return nil
	}, webhook.WithLogger(log))
	body := order("1")
	right := newSigner(t, appSecret).Sign(body)
	for _, signature := range []string{"", "0", strings.ToUpper(right),
		newSigner(t, "another").Sign(body)} {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set(webhook.SignatureHeader, signature)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, http.StatusUnauthorized, w.Code)
		assert.Empty(t, w.Body.String())
	}
	// Verified before it is read: broken JSON with a wrong signature is a wrong signature.
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{"))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, http.StatusUnauthorized, w.Code)
	assert.Contains(t, records.String(), "signature missing or wrong")
	assert.NotContains(t, records.String(), right)
	assert.NotContains(t, records.String(), appSecret)
}

func TestHandlerAnswersWhatIsNoDelivery(t *testing.T) {
	t.Parallel()
	h := newHandler(t, noop, webhook.WithMaxBodyBytes(300))
	send := func(method string, body io.Reader) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/", body))
		return w
	}
	w := send(http.MethodGet, nil)
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
	assert.Equal(t, http.MethodPost, w.Header().Get("Allow"))
	assert.Equal(t, http.StatusRequestEntityTooLarge,
		send(http.MethodPost, strings.NewReader(strings.Repeat("x", 301))).Code)
	assert.Equal(t, http.StatusUnauthorized,
		send(http.MethodPost, strings.NewReader(strings.Repeat("x", 300))).Code)
	assert.Equal(t, http.StatusBadRequest,
		send(http.MethodPost, iotest.ErrReader(io.ErrUnexpectedEOF)).Code)
	assert.Equal(t, http.StatusInternalServerError, deliver(t, h, []byte("[]")),
		"signed, but not to be read: deliver again")
}

func TestHandlerSeesAFailedEventAgain(t *testing.T) {
	t.Parallel()
	log, records := logger()
	var calls int
	h := newHandler(t, func(context.Context, *webhook.Event) error {
		calls++
		if calls < 3 {
			return fmt.Errorf("database down, password %s", appSecret)
		}
		return nil
	}, webhook.WithLogger(log))
	assert.Equal(t, 500, deliver(t, h, order("1")))
	assert.Equal(t, 500, deliver(t, h, order("1")))
	assert.Equal(t, 200, deliver(t, h, order("1")))
	assert.Equal(t, 200, deliver(t, h, order("1")))
	assert.Equal(t, 3, calls)
	assert.Contains(t, records.String(), "database down, password [redacted]")
	assert.NotContains(t, records.String(), appSecret)
}

func TestHandlerPassesOnWhatItCannotType(t *testing.T) {
	t.Parallel()
	log, records := logger()
	var got []*webhook.Event
	h := newHandler(t, func(_ context.Context, e *webhook.Event) error {
		got = append(got, e)
		return nil
	}, webhook.WithLogger(log))
	assert.Equal(t, 200,
		deliver(t, h,
			[]byte(`{"type":24,"tts_notification_id":"1","data":{"fbt_warehouse_inventory":[{"on_hand_detail":{"total_quantity":123.5}}]}}`)))
	assert.Equal(t, 200,
		deliver(t, h, []byte(`{"type":99,"tts_notification_id":"2","data":{"new":true}}`)))
	require.Len(t, got, 2)
	assert.Error(t, got[0].PayloadError)
	assert.JSONEq(t, `{"new":true}`, string(got[1].Data))
	assert.Contains(t, records.String(), "total_quantity")
	assert.NotContains(t, records.String(), "123.5", "the data")
}

func TestHandlerSurvivesPanics(t *testing.T) {
	t.Parallel()
	log, records := logger()
	var calls int
	h := newHandler(t, func(context.Context, *webhook.Event) error {
		switch calls++; calls {
		case 1:
			panic("out of cheese, key " + appSecret)
		case 2:
			runtime.Goexit() // as t.FailNow does
		case 3:
			var e *webhook.Event
			_ = e.Topic
		}
		return nil
	}, webhook.WithLogger(log))
	for range 3 {
		assert.Equal(t, 500, deliver(t, h, order("1")))
	}
	assert.Equal(t, 200, deliver(t, h, order("1")))
	text := records.String()
	assert.Contains(t, text, "out of cheese, key [redacted]")
	assert.Contains(t, text, "nil pointer")
	assert.Contains(t, text, "did not return")
	assert.Contains(t, text, `"event":"1:1"`)
	assert.Contains(t, text, `"topic":"order status change"`)
	assert.Contains(t, text, `"owner":"shop 7494049642642441621"`)
	assert.Contains(t, text, "handler_test.go", "the stack")
	assert.NotContains(t, text, appSecret)
	assert.NotContains(t, text, newSigner(t, appSecret).Sign(order("1")))
	assert.NotContains(t, text, "576486316948490001", "the data")
}

func TestHandlerNeitherRepeatsNorAcknowledgesAnEventInFlight(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	started, finish := make(chan struct{}), make(chan error)
	h := newHandler(t, func(context.Context, *webhook.Event) error {
		calls.Add(1)
		started <- struct{}{}
		return <-finish
	})
	first := make(chan int)
	go func() { first <- deliver(t, h, order("1")) }()
	<-started
	for range 3 {
		assert.Equal(t, http.StatusServiceUnavailable, deliver(t, h, order("1")))
	}
	finish <- errors.New("failed")
	assert.Equal(t, 500, <-first)

	go func() { first <- deliver(t, h, order("1")) }()
	<-started
	assert.Equal(t, http.StatusServiceUnavailable, deliver(t, h, order("1")))
	finish <- nil
	assert.Equal(t, 200, <-first)
	assert.Equal(t, 200, deliver(t, h, order("1")))
	assert.EqualValues(t, 2, calls.Load())
}

// TestHandlerUnderConcurrentDuplicates sends every event from many connections of a real server
// until it is acknowledged.
func TestHandlerUnderConcurrentDuplicates(t *testing.T) {
	t.Parallel()
	const events, senders = 10, 6
	var succeeded [events]atomic.Int32
	var calls atomic.Int32
	h := newHandler(t, func(_ context.Context, e *webhook.Event) error {
		if calls.Add(1)%3 == 0 {
			return errors.New("now and then")
		}
		var i int
		_, _ = fmt.Sscan(e.NotificationID, &i)
		succeeded[i].Add(1)
		return nil
	})
	srv := httptest.NewServer(h)
	defer srv.Close()
	signer := newSigner(t, appSecret)
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for i := range events {
				body := order(fmt.Sprint(i))
				for status := 0; status != 200; {
					r, err := http.NewRequest(http.MethodPost, srv.URL, bytes.NewReader(body))
					if !assert.NoError(t, err) {
						return
					}
					r.Header.Set(webhook.SignatureHeader, signer.Sign(body))
					resp, err := srv.Client().Do(r)
					if !assert.NoError(t, err) {
						return
					}
					_ = resp.Body.Close()
					status = resp.StatusCode
				}
				assert.EqualValues(t, 1, succeeded[i].Load(), "acknowledged, so it was handled")
			}
		})
	}
	wg.Wait()
	for i := range events {
		assert.EqualValues(t, 1, succeeded[i].Load())
	}
}

func TestHandlerAnswersInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, records := logger()
		var results = []error{context.DeadlineExceeded, nil}
		var calls int
		h := newHandler(t, func(ctx context.Context, _ *webhook.Event) error {
			calls++
			time.Sleep(10 * time.Second) // ignores its context
			assert.Error(t, ctx.Err())
			return results[calls-1]
		}, webhook.WithLogger(log), webhook.WithDeduper(strictDeduper{newDeduper(t, 10,
			time.Hour)}))
		answer := func() (int, time.Duration) {
			start := time.Now()
			return deliver(t, h, order("1")), time.Since(start)
		}
		for range 2 {
			status, after := answer()
			assert.Equal(t, http.StatusServiceUnavailable, status)
			assert.Equal(t, 2500*time.Millisecond, after)
			status, after = answer()
			assert.Equal(t, http.StatusServiceUnavailable, status, "still in hand")
			assert.Zero(t, after)
			time.Sleep(10 * time.Second)
		}
		// The second call succeeded, late but for good.
		status, _ := answer()
		assert.Equal(t, 200, status)
		assert.Equal(t, 2, calls)
		assert.Contains(t, records.String(), "not handled in time")
	})
}

func TestHandlerContextEndsWithTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, func(ctx context.Context, _ *webhook.Event) error {
			start := time.Now()
			<-ctx.Done()
			assert.Equal(t, time.Second, time.Since(start))
			return ctx.Err()
		}, webhook.WithTimeout(time.Second))
		start := time.Now()
		assert.GreaterOrEqual(t, deliver(t, h, order("1")), 500)
		assert.Equal(t, time.Second, time.Since(start))
		synctest.Wait()
	})
}

func TestHandlerClaimOfADeadProcessRunsOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newDeduper(t, 10, time.Hour)
		forever := make(chan struct{})
		defer close(forever)
		dead := newHandler(t, func(context.Context, *webhook.Event) error { <-forever; return nil },
			webhook.WithDeduper(shared))
		alive := newHandler(t, noop, webhook.WithDeduper(shared))
		assert.Equal(t, 503, deliver(t, dead, order("1")))
		assert.Equal(t, 503, deliver(t, alive, order("1")))
		time.Sleep(2*time.Minute - 2500*time.Millisecond) // the first redelivery
		assert.Equal(t, 200, deliver(t, alive, order("1")))
	})
}

func TestHandlerWaitsForWhatOutlivedItsDelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var finished bool
		h := newHandler(t, func(context.Context, *webhook.Event) error {
			time.Sleep(10 * time.Second)
			finished = true
			return nil
		})
		require.NoError(t, h.Wait(t.Context()))
		assert.Equal(t, 503, deliver(t, h, order("1")))
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assert.ErrorIs(t, h.Wait(short), context.DeadlineExceeded)
		assert.NoError(t, h.Wait(t.Context()))
		assert.True(t, finished)
	})
}

func TestHandlerMaxAge(t *testing.T) {
	t.Parallel()
	sent := time.Unix(1644412885, 0)
	now := sent
	h := newHandler(t, noop, webhook.WithMaxAge(time.Hour),
		webhook.WithClock(func() time.Time { return now }), webhook.WithDeduper(nil))
	for _, tt := range []struct {
		age    time.Duration
		status int
	}{
		{0, 200}, {time.Hour, 200}, {time.Hour + time.Second, 401}, {1000 * time.Hour, 401},
		{-5 * time.Minute, 200}, {-6 * time.Minute, 401},
	} {
		now = sent.Add(tt.age)
		assert.Equal(t, tt.status, deliver(t, h, order("1")), tt.age)
	}
	now = sent
	assert.Equal(t, 401, deliver(t, h, []byte(`{"type":1,"tts_notification_id":"1","data":{}}`)),
		"no time")
	now = time.Date(2026, 4, 2, 9, 30, 0, 0, time.UTC)
	assert.Equal(t, 200,
		deliver(t, h,
			[]byte(`{"event_id":"e","occurred_at":"2026-04-02T09:28:34.979101552Z","change_detail":[]}`)), "time without an envelope")
}

func TestHandlerWithoutDeduper(t *testing.T) {
	t.Parallel()
	var keys []string
	h := newHandler(t, func(_ context.Context, e *webhook.Event) error {
		keys = append(keys, e.Key())
		return nil
	}, webhook.WithDeduper(nil))
	assert.Equal(t, 200, deliver(t, h, order("1")))
	assert.Equal(t, 200, deliver(t, h, order("1")))
	assert.Equal(t, []string{"1:1", "1:1"}, keys)
}

func TestHandlersOfTwoAppsShareADeduper(t *testing.T) {
	t.Parallel()
	shared := newDeduper(t, 10, time.Hour)
	var calls int
	count := func(context.Context, *webhook.Event) error { calls++; return nil }
	other, err := webhook.NewVerifier("other", appSecret)
	require.NoError(t, err)
	otherSigner, err := webhook.NewSigner("other", appSecret)
	require.NoError(t, err)
	otherHandler, err := webhook.NewHandler(other, count, webhook.WithDeduper(shared))
	require.NoError(t, err)
	assert.Equal(t, 200, deliver(t, newHandler(t, count, webhook.WithDeduper(shared)), order("1")))
	r := delivery(t, order("1"))
	r.Header.Set(webhook.SignatureHeader, otherSigner.Sign(order("1")))
	w := httptest.NewRecorder()
	otherHandler.ServeHTTP(w, r)
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, 2, calls)
}

// strictDeduper goes by its context, as a store on the network does.
type strictDeduper struct{ webhook.Deduper }

func (d strictDeduper) Commit(ctx context.Context, key, owner string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return d.Deduper.Commit(ctx, key, owner)
}

func (d strictDeduper) Release(ctx context.Context, key, owner string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return d.Deduper.Release(ctx, key, owner)
}

// slowDeduper gives claims, but takes its time.
type slowDeduper struct{ webhook.Deduper }

func (d slowDeduper) Claim(
	ctx context.Context, key, owner string, lease time.Duration,
) (webhook.ClaimState, error) {
	time.Sleep(10 * time.Second)
	return d.Deduper.Claim(ctx, key, owner, lease)
}

// brokenDeduper fails in the ways that it is told to.
type brokenDeduper struct {
	webhook.Deduper
	claim, commit, release func() error
}

func (d brokenDeduper) Claim(
	ctx context.Context, key, owner string, lease time.Duration,
) (webhook.ClaimState, error) {
	if d.claim != nil {
		return 0, d.claim()
	}
	return d.Deduper.Claim(ctx, key, owner, lease)
}

func (d brokenDeduper) Commit(ctx context.Context, key, owner string) error {
	if d.commit != nil {
		return d.commit()
	}
	return d.Deduper.Commit(ctx, key, owner)
}

func (d brokenDeduper) Release(ctx context.Context, key, owner string) error {
	if d.release != nil {
		return d.release()
	}
	return d.Deduper.Release(ctx, key, owner)
}

func TestHandlerWithABrokenDeduper(t *testing.T) {
	t.Parallel()
	down := func() error { return errors.New("store down, password " + appSecret) }
	panics := func() error { panic("store " + appSecret) }
	succeeds, fails := noop,
		func(context.Context, *webhook.Event) error { return errors.New("failed") }
	for _, tt := range []struct {
		name   string
		broken brokenDeduper
		fn     webhook.Func
		status int
		logged string
	}{
		{"claim", brokenDeduper{claim: down},
			func(context.Context, *webhook.Event) error {
				t.Error("called without a claim")
				return nil
			}, 500, "deduper failed to claim"},
		{"claim panics", brokenDeduper{claim: panics}, succeeds, 500, "panic"},
		{"commit", brokenDeduper{commit: down}, succeeds, 200, "deduper failed to commit"},
		{"commit panics", brokenDeduper{commit: panics}, succeeds, 500, "panic"},
		{"release", brokenDeduper{release: down}, fails, 500, "deduper failed to release"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log, records := logger()
			tt.broken.Deduper = newDeduper(t, 10, time.Hour)
			h := newHandler(t, tt.fn, webhook.WithDeduper(tt.broken), webhook.WithLogger(log))
			assert.Equal(t, tt.status, deliver(t, h, order("1")))
			assert.Contains(t, records.String(), tt.logged)
			assert.NotContains(t, records.String(), appSecret)
		})
	}
}

func TestHandlerAnswersInTimeWhateverTheDeduperDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDeduper(t, 10, time.Hour)
		h := newHandler(t, func(context.Context, *webhook.Event) error {
			t.Error("called when it was too late")
			return nil
		}, webhook.WithDeduper(slowDeduper{d}))
		start := time.Now()
		assert.Equal(t, 503, deliver(t, h, order("1")))
		assert.Equal(t, 2500*time.Millisecond, time.Since(start))
		require.NoError(t, h.Wait(t.Context()))
		assert.Zero(t, d.Len(), "the late claim was given up")
	})
}

func TestNewHandlerRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	verifier := newVerifier(t)
	var input *tiktokshop.InputError
	_, err := webhook.NewHandler(nil, noop)
	assert.ErrorAs(t, err, &input)
	_, err = webhook.NewHandler(new(webhook.Verifier), noop)
	assert.ErrorAs(t, err, &input)
	_, err = webhook.NewHandler(verifier, nil)
	assert.ErrorAs(t, err, &input)
	for name, opt := range map[string]webhook.Option{
		"no timeout":       webhook.WithTimeout(0),
		"timeout too long": webhook.WithTimeout(webhook.PlatformTimeout),
		"lease too short":  webhook.WithClaimLease(time.Second),
		"no age":           webhook.WithMaxAge(0),
		"no body":          webhook.WithMaxBodyBytes(0),
		"no logger":        webhook.WithLogger(nil),
		"no clock":         webhook.WithClock(nil),
	} {
		_, err := webhook.NewHandler(verifier, noop, opt)
		assert.ErrorAs(t, err, &input, name)
	}
	_, err = webhook.NewHandler(verifier, noop, nil, webhook.WithClaimLease(time.Minute))
	assert.NoError(t, err)
}
