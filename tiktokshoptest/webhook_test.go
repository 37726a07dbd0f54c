package tiktokshoptest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// newSender returns a sender, and the receiver that answers it with these statuses.
func newSender(
	t *testing.T, statuses []int, opts ...tiktokshoptest.WebhookOption,
) (*tiktokshoptest.WebhookSender, *receiver) {
	r := &receiver{statuses: statuses}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return newServer(t).NewWebhookSender(srv.URL, opts...), r
}

func orderEvent(id string) tiktokshoptest.WebhookEvent {
	return tiktokshoptest.WebhookEvent{Type: 1, NotificationID: id,
		Data: map[string]any{"order_id": "576486316948490001", "order_status": "UNPAID"}}
}

// offsets are the times of attempts, from the first on, and their answers.
func offsets(d *tiktokshoptest.WebhookDelivery) (at []time.Duration, statuses []int) {
	for _, a := range d.Attempts() {
		at = append(at, a.At.Sub(now))
		statuses = append(statuses, a.Status)
	}
	return at, statuses
}

func TestWebhooksAreRetriedOnThePlatformsSchedule(t *testing.T) {
	t.Parallel()
	w, r := newSender(t, []int{500, 302, 401, 503, 204})
	d := w.Enqueue(orderEvent(""))
	assert.Empty(t, d.Attempts(), "nothing is sent before its time")
	assert.Equal(t, now, d.Next())
	w.Advance(t.Context(), 0)
	assert.Equal(t, now.Add(2*time.Minute), d.Next())
	w.Advance(t.Context(), 2*time.Minute-time.Nanosecond)
	assert.Len(t, d.Attempts(), 1)
	w.Advance(t.Context(), 16*time.Hour)
	at, statuses := offsets(d)
	assert.Equal(t, []time.Duration{0, 2 * time.Minute, 32 * time.Minute,
		3*time.Hour + 32*time.Minute, 15*time.Hour + 32*time.Minute}, at)
	assert.Equal(t, []int{500, 302, 401, 503, 204}, statuses,
		"nothing but 200 is an acknowledgement")
	assert.True(t, d.Next().IsZero(), "given up")
	assert.False(t, d.Acknowledged())
	w.Advance(t.Context(), 1000*time.Hour)
	assert.Len(t, d.Attempts(), 5)
	assert.Equal(t, now.Add(1016*time.Hour+2*time.Minute-time.Nanosecond), w.Now())
	// All with the same bytes.
	assert.Equal(t, []string{string(d.Body), string(d.Body), string(d.Body), string(d.Body),
		string(d.Body)}, r.bodies)
}

func TestWebhooksEndWithAnAcknowledgement(t *testing.T) {
	t.Parallel()
	w, r := newSender(t, []int{500, 200})
	d := w.Send(t.Context(), orderEvent("7"))
	assert.False(t, d.Acknowledged())
	w.Advance(t.Context(), 16*time.Hour)
	assert.True(t, d.Acknowledged())
	assert.True(t, d.Next().IsZero())
	assert.Len(t, d.Attempts(), 2)
	w.Repeat(t.Context(), d)
	assert.Len(t, d.Attempts(), 3)
	assert.True(t, d.Next().IsZero())
	assert.Equal(t, r.bodies[0], r.bodies[2])
}

func TestRepeatLeavesTheScheduleAlone(t *testing.T) {
	t.Parallel()
	w, _ := newSender(t, []int{500})
	d := w.Send(t.Context(), orderEvent("7"))
	due := d.Next()
	w.Repeat(t.Context(), d)
	assert.Equal(t, due, d.Next())
	w.Advance(t.Context(), 16*time.Hour)
	assert.Len(t, d.Attempts(), 6)
}

func TestWebhookEnvelope(t *testing.T) {
	t.Parallel()
	w, r := newSender(t, []int{200})
	for _, e := range []tiktokshoptest.WebhookEvent{
		{Type: 6, Data: &webhook.SellerDeauthorization{Message: "gone"}},
		{Type: 21, SellerOpenID: "s", NotificationID: "9", Time: time.Unix(5, 0),
			Data: json.RawMessage(`{"order_status":"RECEIVED"}`)},
		{Type: 20, CreatorOpenID: "c", Data: map[string]int{"cancel_time": 1}},
		{ShopID: "8", Type: 99},
		{Body: []byte(`{"event_id":"e"}`)},
	} {
		assert.True(t, w.Send(t.Context(), e).Acknowledged())
	}
	want := []string{
		`{"type":6,"tts_notification_id":"7327112393000000001","shop_id":"7494049642642441621","timestamp":1623812664,"data":{"message":"gone"}}`,
		`{"type":21,"tts_notification_id":"9","seller_open_id":"s","timestamp":5,"data":{"order_status":"RECEIVED"}}`,
		`{"type":20,"tts_notification_id":"7327112393000000003","creator_open_id":"c","timestamp":1623812664,"data":{"cancel_time":1}}`,
		`{"type":99,"tts_notification_id":"7327112393000000004","shop_id":"8","timestamp":1623812664,"data":null}`,
		`{"event_id":"e"}`,
	}
	require.Len(t, r.bodies, len(want))
	for i := range want {
		assert.JSONEq(t, want[i], r.bodies[i])
	}
	assert.Panics(t, func() { w.Enqueue(tiktokshoptest.WebhookEvent{Data: func() {}}) })
}

func TestWebhooksComeOutOfOrderOnDemand(t *testing.T) {
	t.Parallel()
	arrivals := func(opts ...tiktokshoptest.WebhookOption) []string {
		w, r := newSender(t, []int{200}, opts...)
		for i := range 10 {
			w.Enqueue(orderEvent(fmt.Sprint(i)))
		}
		w.Advance(t.Context(), 0)
		var ids []string
		for _, body := range r.bodies {
			event, err := webhook.Parse([]byte(body))
			require.NoError(t, err)
			ids = append(ids, event.NotificationID)
		}
		return ids
	}
	inOrder := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
	assert.Equal(t, inOrder, arrivals())
	shuffled := arrivals(tiktokshoptest.WithShuffle(1))
	assert.NotEqual(t, inOrder, shuffled)
	assert.Equal(t, shuffled, arrivals(tiktokshoptest.WithShuffle(1)),
		"the same seed, the same order")
	slices.Sort(shuffled)
	assert.Equal(t, inOrder, shuffled, "none is lost")
}

func TestWebhooksSignedWithAnotherSecret(t *testing.T) {
	t.Parallel()
	w, _ := newSender(t, []int{200}, tiktokshoptest.WithWebhookSecret("another"))
	d := w.Send(t.Context(), orderEvent("1"))
	_, statuses := offsets(d)
	assert.Equal(t, []int{401}, statuses)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWebhooksWaitThreeSeconds(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	synctest.Test(t, func(t *testing.T) {
		w := srv.NewWebhookSender("http://receiver.test",
			tiktokshoptest.WithWebhookTransport(roundTripper(func(
				r *http.Request,
			) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})))
		start := time.Now()
		d := w.Send(t.Context(), orderEvent("1"))
		assert.Equal(t, 3*time.Second, time.Since(start))
		require.Len(t, d.Attempts(), 1)
		assert.ErrorIs(t, d.Attempts()[0].Err, context.DeadlineExceeded)
		assert.Zero(t, d.Attempts()[0].Status)
		assert.False(t, d.Next().IsZero(), "retried")

		ended, cancel := context.WithCancel(t.Context())
		cancel()
		w.Advance(ended, 16*time.Hour)
		assert.Len(t, d.Attempts(), 1)
	})
}

func TestWebhookAttemptsKeepWhatWentWrong(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	w := srv.NewWebhookSender("http://receiver.test",
		tiktokshoptest.WithWebhookTransport(roundTripper(func(
			r *http.Request,
		) (*http.Response, error) {
			return &http.Response{StatusCode: 200,
					Body: io.NopCloser(strings.NewReader("thank you"))},
				nil
		})))
	d := w.Send(t.Context(), orderEvent("1"))
	assert.Equal(t, "thank you", d.Attempts()[0].Body, "the platform wants no body")
	bad := srv.NewWebhookSender(":").Send(t.Context(), orderEvent("1"))
	assert.Error(t, bad.Attempts()[0].Err)
}

// TestHandlerAgainstTheWorstOfThePlatform lets a webhook.Handler that fails now and then receive
// duplicates at the same moment, out of order and again: each event is handled once in the end.
func TestHandlerAgainstTheWorstOfThePlatform(t *testing.T) {
	t.Parallel()
	verifier, err := webhook.NewVerifier(tiktokshoptest.AppKey, "the-next-secret",
		tiktokshoptest.AppSecret)
	require.NoError(t, err)
	var mu sync.Mutex
	calls, handled := 0, make(map[string]int)
	h, err := webhook.NewHandler(verifier, func(_ context.Context, e *webhook.Event) error {
		mu.Lock()
		defer mu.Unlock()
		switch calls++; {
		case calls%5 == 0:
			return errors.New("now and then")
		case calls%7 == 0:
			panic("worse")
		}
		handled[e.NotificationID]++
		return nil
	}, webhook.WithLogger(slog.New(
		slog.DiscardHandler)), webhook.WithMaxAge(24*time.Hour), webhook.WithClock(
		func() time.Time { return now }))
	require.NoError(t, err)
	receiver := httptest.NewServer(h)
	defer receiver.Close()
	w := newServer(t).NewWebhookSender(receiver.URL, tiktokshoptest.WithDuplicates(3),
		tiktokshoptest.WithShuffle(7))
	var deliveries []*tiktokshoptest.WebhookDelivery
	for i := range 20 {
		deliveries = append(deliveries, w.Enqueue(orderEvent(fmt.Sprint(i))))
	}
	w.Advance(t.Context(), 16*time.Hour)
	for _, d := range deliveries {
		assert.True(t, d.Acknowledged())
		assert.Zero(t, len(d.Attempts())%4)
		w.Repeat(t.Context(), d)
	}
	assert.Len(t, handled, 20)
	for id, n := range handled {
		assert.Equal(t, 1, n, id)
	}
}

// TestOneShop: the shop that tokens give access to, that of ShopID and that of an event without an
// owner are the same.
func TestOneShop(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	resp, err := authorization.New(srv.Client()).GetAuthorizedShops(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, resp.Data.Shops, 1)
	assert.Equal(t, tiktokshoptest.ShopID, resp.Data.Shops[0].ID)
	assert.Equal(t, tiktokshoptest.ShopCipher, resp.Data.Shops[0].Cipher)
	event := srv.NewWebhookSender("http://example.com").Enqueue(
		tiktokshoptest.WebhookEvent{Type: 1})
	assert.Contains(t, string(event.Body), `"shop_id":"`+string(tiktokshoptest.ShopID)+`"`)
}
