package webhook_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// A receiver is a handler on the path of the app's webhook address.
func ExampleNewHandler() {
	verifier, err := webhook.NewVerifier("app-key", "app-secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := webhook.NewHandler(verifier,
		func(ctx context.Context, event *webhook.Event) error {
			switch payload := event.Payload.(type) {
			case *webhook.OrderStatusChange:
				fmt.Println(event.Owner, "order", payload.OrderID, payload.OrderStatus)
			case *webhook.CreatorDeauthorization:
				fmt.Println(event.Owner, "is gone")
			default:
				fmt.Println(event.Topic, string(event.Data))
			}
			return nil // an error makes the platform deliver the event again
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/tiktok/webhook", handler)

	// What the platform sends, twice.
	body := `{"type":1,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621","timestamp":1644412885,
		"data":{"order_id":"576486316948490001","order_status":"UNPAID","is_on_hold_order":false,"update_time":1644412885}}`
	signer, err := webhook.NewSigner("app-key", "app-secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/tiktok/webhook", strings.NewReader(body))
		r.Header.Set(webhook.SignatureHeader, signer.Sign([]byte(body)))
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// shop 7494049642642441621 order 576486316948490001 UNPAID
	// 200
	// 200
}

// queue stands for a table or a message queue: a Sink whose Accept returns nil once the event is
// safe.
type queue struct{ events map[string][]byte }

func (q *queue) Accept(_ context.Context, d *webhook.Delivery) error {
	q.events[d.Key] = d.Body // a duplicate has the same key
	return nil
}

// A durable handler answers 200 once its sink has the event, whatever becomes of it later.
func ExampleNewDurableHandler() {
	verifier, err := webhook.NewVerifier("app-key", "app-secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	sink := &queue{events: map[string][]byte{}}
	handler, err := webhook.NewDurableHandler(verifier, sink)
	if err != nil {
		fmt.Println(err)
		return
	}

	// What the platform sends, twice.
	body := `{"type":1,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621","timestamp":1644412885,
		"data":{"order_id":"576486316948490001","order_status":"UNPAID","is_on_hold_order":false,"update_time":1644412885}}`
	signer, err := webhook.NewSigner("app-key", "app-secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/tiktok/webhook", strings.NewReader(body))
		r.Header.Set(webhook.SignatureHeader, signer.Sign([]byte(body)))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	for key := range sink.events {
		fmt.Println(key)
	}
	// Output:
	// 200
	// 200
	// app-key:1:7327112393057371910
}

// While the app's secret is being changed, events signed with either are accepted.
func ExampleNewVerifier() {
	verifier, err := webhook.NewVerifier("abcdef", "the-next-secret", "123")
	if err != nil {
		fmt.Println(err)
		return
	}
	body := `{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,` +
		`"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}`
	fmt.Println(verifier.Verify([]byte(body),
		"5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"))
	fmt.Println(verifier.Verify([]byte(body+" "),
		"5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"))
	// Output:
	// <nil>
	// webhook: signature invalid
}

func ExampleParse() {
	event, err := webhook.Parse([]byte(`{"type":5,"shop_id":"7494049642642441621","timestamp":1644412885,
		"data":{"product_id":1729576486316948490,"status":"PRODUCT_AUDIT_FAILURE"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(event.Topic, event.Owner, event.Time.UTC())
	if change, ok := webhook.As[webhook.ProductStatusChange](event); ok {
		fmt.Println(change.ProductID, change.Status)
	}
	// Output:
	// product status change shop 7494049642642441621 2022-02-09 13:21:25 +0000 UTC
	// 1729576486316948490 PRODUCT_AUDIT_FAILURE
}

// A test of a receiver lets the fake platform deliver to it, with retries that take no time.
func Example_testing() {
	verifier, err := webhook.NewVerifier(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	if err != nil {
		fmt.Println(err)
		return
	}
	calls := 0
	handler, err := webhook.NewHandler(verifier, func(context.Context, *webhook.Event) error {
		if calls++; calls == 1 {
			panic("a bug")
		}
		return nil
	}, webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		fmt.Println(err)
		return
	}
	receiver := httptest.NewServer(handler)
	defer receiver.Close()
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	platform := srv.NewWebhookSender(receiver.URL)
	delivery := platform.Send(context.Background(), tiktokshoptest.WebhookEvent{
		Type: int(webhook.TopicSellerDeauthorization),
		Data: &webhook.SellerDeauthorization{Message: "gone"},
	})
	first := delivery.Attempts()[0].At
	platform.Advance(context.Background(), 16*time.Hour)
	for _, attempt := range delivery.Attempts() {
		fmt.Println(attempt.At.Sub(first), attempt.Status)
	}
	// Output:
	// 0s 500
	// 2m0s 200
}
