package contract

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// TestEvent sends every operation of the service to the fake platform; both sides keep the contract.
func TestEvent(t *testing.T) {
	t.Parallel()
	const facts = "../../openapi/event.json"
	tr, err := Load(facts, &http.Transport{DisableKeepAlives: true})
	require.NoError(t, err)
	s := tiktokshoptest.NewServer(t).Client(tiktokshop.WithHTTPClient(&http.Client{Transport: tr})).Event
	ctx := t.Context()
	must := func(_ any, err error) { t.Helper(); require.NoError(t, err) }

	must(s.ListShopWebhooks(ctx))
	must(s.UpdateShopWebhook(ctx, &tiktokshop.UpdateShopWebhookRequest{EventType: tiktokshop.EventTypeNewMessage, Address: "https://example.com"}))
	must(s.ListShopWebhooks(ctx))
	must(s.DeleteShopWebhook(ctx, &tiktokshop.DeleteShopWebhookRequest{EventType: tiktokshop.EventTypeNewMessage}))

	ids, err := operationIDs(facts)
	require.NoError(t, err)
	for _, id := range ids {
		assert.NotZero(t, tr.Seen()[id], "%s is not called", id)
	}
}
