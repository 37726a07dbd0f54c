package event_test

import (
	"context"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop/api/event"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// Orders of a shop are told to one address, and the list shows all addresses of the shop.
func ExampleService_GetShopWebhooks() {
	events := event.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	_, err := events.UpdateShopWebhook(ctx, &event.UpdateShopWebhookRequest{
		EventType: event.EventTypeOrderStatusChange,
		Address:   "https://example.com/tiktok",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := events.GetShopWebhooks(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range resp.Data.Webhooks {
		fmt.Println(w.EventType, w.Address)
	}
	// Output: ORDER_STATUS_CHANGE https://example.com/tiktok
}
