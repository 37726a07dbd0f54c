package cookbook_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// inbox keeps events until they are worked off: a table with a unique key, as a rule.
type inbox interface {
	// Add stores an event. One whose key is there already changes nothing and is no error.
	Add(ctx context.Context, key string, event *webhook.Event) error
	// Next hands the oldest event to work, and removes it if work succeeds. It reports whether
	// there was one.
	Next(ctx context.Context, work func(context.Context, *webhook.Event) error) (bool, error)
}

// receive is the handler for the app's webhook address. An event is answered with 200 once it is
// stored, and worked on later: whatever happens then, the platform will not send it again.
func receive(appKey, appSecret string, events inbox) (http.Handler, error) {
	verifier, err := webhook.NewVerifier(appKey, appSecret)
	if err != nil {
		return nil, err
	}
	return webhook.NewHandler(verifier, func(ctx context.Context, event *webhook.Event) error {
		return events.Add(ctx, event.Key(), event) // an error makes the platform deliver it again
	},
		// The inbox knows what it has, for all machines.
		webhook.WithDeduper(nil),
		// A recording of an old delivery is of no use.
		webhook.WithMaxAge(16*time.Hour),
		webhook.WithLogger(slog.New(slog.DiscardHandler))) // slog.Default, as a rule
}

// work handles what an event is about. The event says that something changed and may come late or
// twice: what is true now is asked of the API.
func work(_ context.Context, event *webhook.Event) error {
	switch payload := event.Payload.(type) {
	case *webhook.OrderStatusChange:
		fmt.Println("look at order", payload.OrderID, "of", event.Owner) // order.GetOrderDetail
	case *webhook.SellerDeauthorization:
		fmt.Println("forget the tokens of", event.Owner)
	default:
		fmt.Println("of no interest:", event.Topic)
	}
	return nil
}

// memoryInbox stands for the table.
type memoryInbox struct {
	mu     sync.Mutex
	down   bool
	known  map[string]bool
	events []*webhook.Event
}

func (m *memoryInbox) Add(_ context.Context, key string, event *webhook.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return errors.New("no connection to the database")
	}
	if !m.known[key] {
		m.known[key] = true
		m.events = append(m.events, event)
	}
	return nil
}

func (m *memoryInbox) Next(
	ctx context.Context, work func(context.Context, *webhook.Event) error,
) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) == 0 {
		return false, nil
	}
	if err := work(ctx, m.events[0]); err != nil {
		return true, err
	}
	m.events = m.events[1:]
	return true, nil
}

func Example_receiveWebhooks() {
	ctx, events := context.Background(), &memoryInbox{known: map[string]bool{}}
	handler, err := receive(tiktokshoptest.AppKey, tiktokshoptest.AppSecret, events)
	if err != nil {
		fmt.Println(err)
		return
	}
	receiver := httptest.NewServer(handler) // behind https, as a rule
	defer receiver.Close()

	platform := tiktokshoptest.New().NewWebhookSender(receiver.URL,
		tiktokshoptest.WithDuplicates(2))
	events.down = true
	delivery := platform.Send(ctx, tiktokshoptest.WebhookEvent{
		Type: int(webhook.TopicOrderStatusChange),
		Data: &webhook.OrderStatusChange{
			OrderID:     "576486316948490001",
			OrderStatus: webhook.OrderStatusAwaitingShipment,
		},
	})
	fmt.Println("stored:", delivery.Acknowledged())
	events.down = false
	platform.Advance(ctx, time.Hour)
	fmt.Println("stored:", delivery.Acknowledged())

	forged, err := http.Post(receiver.URL, "application/json",
		strings.NewReader(`{"type":1,"data":{}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	forged.Body.Close()
	fmt.Println("forged:", forged.StatusCode)

	for more := true; more; {
		if more, err = events.Next(ctx, work); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// stored: false
	// stored: true
	// forged: 401
	// look at order 576486316948490001 of shop 7494049642642441621
}
