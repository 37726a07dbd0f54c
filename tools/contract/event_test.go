package contract

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/event"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// TestEvent sends every operation of the service to the fake platform; both sides keep the
// contract.
func TestEvent(t *testing.T) {
	t.Parallel()
	const facts = "../../openapi/event.json"
	tr, err := Load(facts, &http.Transport{DisableKeepAlives: true})
	require.NoError(t, err)
	s := event.New(tiktokshoptest.NewServer(t).Client(
		tiktokshop.WithHTTPClient(&http.Client{Transport: tr})))
	ctx := t.Context()
	must := func(_ any, err error) { t.Helper(); require.NoError(t, err) }

	must(s.GetShopWebhooks(ctx, nil))
	must(s.UpdateShopWebhook(ctx,
		&event.UpdateShopWebhookRequest{EventType: event.EventTypeNewMessage,
			Address: "https://example.com"}))
	must(s.GetShopWebhooks(ctx, nil))
	must(s.DeleteShopWebhook(ctx,
		&event.DeleteShopWebhookRequest{EventType: event.EventTypeNewMessage}))

	ids, err := operationIDs(facts)
	require.NoError(t, err)
	for _, id := range ids {
		assert.NotZero(t, tr.Seen()[id], "%s is not called", id)
	}
}
