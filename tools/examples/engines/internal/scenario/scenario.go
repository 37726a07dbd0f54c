// Package scenario is what the programs beside it have in common: a platform that delivers events,
// each of them three times, and a handler that does not always succeed.
package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// Events is how many events are sent, and Copies how often each of them is.
const (
	Events = 20
	Copies = 3
)

// Handler handles what is sent: one event is throttled by the platform at first, one fails at
// first, and one is refused for ever.
type Handler struct {
	client *tiktokshop.Client

	mu              sync.Mutex
	tries, handled  map[string]int
	refused, failed int
	changed         chan struct{}
}

// Handle is a webhook.Func.
func (h *Handler) Handle(ctx context.Context, event *webhook.Event) error {
	change, ok := webhook.As[webhook.OrderStatusChange](event)
	if !ok {
		return &tiktokshop.InputError{Field: "event", Reason: "is none of an order"}
	}
	err := h.work(ctx, string(change.OrderID))
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err == nil:
		h.handled[event.NotificationID]++
	case len(tiktokshop.InputErrors(err)) > 0:
		h.refused++
	default:
		h.failed++
	}
	select {
	case h.changed <- struct{}{}:
	default:
	}
	return err
}

func (h *Handler) work(ctx context.Context, order string) error {
	h.mu.Lock()
	h.tries[order]++
	first := h.tries[order] == 1
	h.mu.Unlock()
	switch {
	case order == orderID(5):
		return &tiktokshop.InputError{Field: "order",
			Reason: "is one that this program does not like"}
	case order == orderID(7) && first:
		return errors.New("the database is down")
	case order == orderID(9) && first: // the answer is 429 with a Retry-After
		_, err := h.client.AffiliatePartner.GenerateMultiProductLink(ctx,
			&tiktokshop.GenerateMultiProductLinkRequest{
				CampaignID: "7362840009596339923",
				ProductIDs: []tiktokshop.ID{"7362840009596339971"},
			})
		return err
	}
	return nil
}

func orderID(i int) string { return fmt.Sprintf("5764863169484900%02d", i) }

// Run sends the events to a receiver that hands them to the sink, and waits until the handler,
// which an engine calls, has had all of them.
func Run(ctx context.Context, out io.Writer, open func(h *Handler) (webhook.Sink, error)) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	srv, err := tiktokshoptest.Start()
	if err != nil {
		return err
	}
	defer srv.Close()
	srv.FailNext(1, tiktokshoptest.Fault{Status: 429,
		Header: map[string][]string{"Retry-After": {"1"}}})
	h := &Handler{
		client: srv.Client(tiktokshop.WithoutRetry()), tries: make(map[string]int),
		handled: make(map[string]int),
		changed: make(chan struct{}, 1),
	}
	sink, err := open(h)
	if err != nil {
		return err
	}
	verifier, err := webhook.NewVerifier(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	if err != nil {
		return err
	}
	receiver, err := webhook.NewDurableHandler(verifier, sink,
		webhook.WithLogger(slog.New(slog.NewTextHandler(out, nil))))
	if err != nil {
		return err
	}
	web := httptest.NewServer(receiver)
	defer web.Close()
	sender := srv.NewWebhookSender(web.URL, tiktokshoptest.WithDuplicates(Copies-1),
		tiktokshoptest.WithShuffle(1))
	var deliveries []*tiktokshoptest.WebhookDelivery
	for i := range Events {
		deliveries = append(deliveries, sender.Enqueue(tiktokshoptest.WebhookEvent{
			Type: 1, Data: map[string]any{"order_id": orderID(i), "order_status": "UNPAID",
				"update_time": 1644412885},
		}))
	}
	sender.Advance(ctx, 0)
	for _, d := range deliveries {
		if !d.Acknowledged() {
			return fmt.Errorf("an event was not answered 200: %+v", d.Attempts())
		}
	}
	for !h.done() {
		select {
		case <-h.changed:
		case <-ctx.Done():
			return fmt.Errorf("not all is handled: %s", h)
		}
	}
	fmt.Fprintf(out, "%d events in %d deliveries: %s\n", Events, Events*Copies, h)
	return nil
}

func (h *Handler) done() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.handled) == Events-1 && h.refused > 0
}

// String tells what became of the events so far.
func (h *Handler) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	twice := 0
	for _, n := range h.handled {
		if n > 1 {
			twice++
		}
	}
	return fmt.Sprintf("%d handled, %d of them twice, %d failed tries, %d refused", len(h.handled),
		twice, h.failed, h.refused)
}

// Missing tells how to run a program that has no server.
func Missing(out io.Writer, variable, command string) {
	fmt.Fprintf(out, "%s is not set, there is nothing to run against. Try: %s\n", variable, command)
}

// Server returns the value of a variable that is a URL, "" if it is not set.
func Server(getenv func(string) string, variable string) (string, error) {
	value := getenv(variable)
	if _, err := url.Parse(value); err != nil {
		return "", fmt.Errorf("%s is not a URL", variable) // which may have a password
	}
	return value, nil
}
