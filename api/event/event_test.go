package event_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/event"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestShopWebhooks(t *testing.T) {
	t.Parallel()
	now := time.Unix(1696909648, 0)
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(func() time.Time { return now }))
	events := event.New(srv.Client())
	ctx := t.Context()

	list, err := events.GetShopWebhooks(ctx, nil)
	require.NoError(t, err)
	assert.Empty(t, list.Data.Webhooks)
	assert.Zero(t, list.Data.TotalCount)

	for _, eventType := range []event.EventType{event.EventTypePackageUpdate,
		event.EventTypeOrderStatusChange} {
		_, err = events.UpdateShopWebhook(ctx,
			&event.UpdateShopWebhookRequest{EventType: eventType,
				Address: "https://example.com/hook"})
		require.NoError(t, err)
	}
	created := now
	now = now.Add(time.Hour)
	_, err = events.UpdateShopWebhook(ctx,
		&event.UpdateShopWebhookRequest{EventType: event.EventTypePackageUpdate,
			Address: "https://example.org/other"})
	require.NoError(t, err)

	list, err = events.GetShopWebhooks(ctx, nil)
	require.NoError(t, err)
	assert.EqualValues(t, 2, list.Data.TotalCount)
	assert.Equal(t, []event.ShopWebhook{
		{EventType: event.EventTypeOrderStatusChange, Address: "https://example.com/hook",
			CreateTime: tiktokshop.NewUnixTime(created),
			UpdateTime: tiktokshop.NewUnixTime(created)},
		{EventType: event.EventTypePackageUpdate, Address: "https://example.org/other",
			CreateTime: tiktokshop.NewUnixTime(created), UpdateTime: tiktokshop.NewUnixTime(now)},
	}, list.Data.Webhooks)

	_, err = events.DeleteShopWebhook(ctx,
		&event.DeleteShopWebhookRequest{EventType: event.EventTypePackageUpdate})
	require.NoError(t, err)
	list, err = events.GetShopWebhooks(ctx, nil)
	require.NoError(t, err)
	require.Len(t, list.Data.Webhooks, 1)
	assert.Equal(t, event.EventTypeOrderStatusChange, list.Data.Webhooks[0].EventType)

	// As sent: the body of the DELETE too, and the shop's cipher alone.
	sent := srv.Requests()
	for _, r := range sent {
		assert.Equal(t, "/event/202309/webhooks", r.Path)
		assert.Contains(t, r.RawQuery, "shop_cipher=ROW_fake-shop-cipher&")
		assert.NotContains(t, r.RawQuery, "category_asset_cipher")
	}
	assert.Equal(t, "PUT", sent[1].Method)
	assert.JSONEq(t, `{"event_type":"PACKAGE_UPDATE","address":"https://example.com/hook"}`,
		string(sent[1].Body))
	assert.Equal(t, "DELETE", sent[5].Method)
	assert.JSONEq(t, `{"event_type":"PACKAGE_UPDATE"}`, string(sent[5].Body))
	assert.Equal(t, "GET", sent[0].Method)
	assert.Empty(t, sent[0].Body)
}

func TestShopWebhooksErrors(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	_, err := event.New(srv.Client(tiktokshop.WithShopCipher(
		"ROW_of-another-shop"))).GetShopWebhooks(t.Context(), nil)
	assert.ErrorIs(t, err, tiktokshop.ErrInvalidIdentifier)
	srv.GrantScopes("partner.tap_campaign.read")
	_, err = event.New(srv.Client()).GetShopWebhooks(t.Context(), nil)
	assert.ErrorIs(t, err, tiktokshop.ErrPermission)
	assert.ErrorContains(t, err, "seller.authorization.info")

	noCipher, err := tiktokshop.NewClient("key", "secret", tiktokshop.WithAccessToken("token"))
	require.NoError(t, err)
	_, err = event.New(noCipher).GetShopWebhooks(t.Context(), nil)
	var input *tiktokshop.InputError
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "shop cipher", input.Field)
}

func TestShopWebhooksInput(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	events, ctx := event.New(srv.Client()), t.Context()
	const fine = "https://example.com/hook"
	refused := func(err error, field, value string) {
		t.Helper()
		var input *tiktokshop.InputError
		if assert.ErrorAs(t, err, &input, value) {
			assert.Equal(t, field, input.Field, value)
			if value != "" {
				assert.NotContains(t, err.Error(), value)
			}
		}
	}
	for _, address := range []string{
		"", "example.com/hook", "http://example.com/hook", "https://", "https:///hook",
		"https://localhost/hook", "https://127.0.0.1/hook",
		"https://[::1]/hook", "https://2130706433/hook", "https://0x7f.1/hook",
		"https://example.com:443/hook", "https://example.com:/hook",
		"https://user:pass@example.com/hook", "https://user@example.com/hook",
		"https://example.com/hook#part", "https://example.com/#",
		"https://exa mple.com/", "https://example.com/\n", "https://exämple.com/",
		"https://example..com/", "https://-example.com/",
		"https://example.com./", "https://example_.com/", "https://%65xample.com/%zz",
		"ftp://example.com/",
		"https://example.com/" + strings.Repeat("a", 236),
		"https://" + strings.Repeat("a", 64) + ".com/",
	} {
		_, err := events.UpdateShopWebhook(ctx,
			&event.UpdateShopWebhookRequest{EventType: event.EventTypeNewMessage, Address: address})
		refused(err, "Address", address)
	}
	for _, address := range []string{
		fine, "https://example.com", "HTTPS://Example.COM/Hook?shop=1&x=%20",
		"https://a.b-c.co.uk/", "https://xn--exmple-cua.com/", "https://1.example.com/",
		"https://example.com/" + strings.Repeat("a", 235),
	} {
		_, err := events.UpdateShopWebhook(ctx,
			&event.UpdateShopWebhookRequest{EventType: "SOMETHING_NEW_2", Address: address})
		assert.NoError(t, err, address)
	}
	sent := len(srv.Requests())
	for _, eventType := range []event.EventType{"", "order_status_change", "ORDER STATUS", "1;"} {
		_, err := events.UpdateShopWebhook(ctx,
			&event.UpdateShopWebhookRequest{EventType: eventType, Address: fine})
		refused(err, "EventType", string(eventType))
		_, err = events.DeleteShopWebhook(ctx,
			&event.DeleteShopWebhookRequest{EventType: eventType})
		refused(err, "EventType", string(eventType))
	}
	_, err := events.UpdateShopWebhook(ctx, nil)
	refused(err, "Address", "")
	assert.Len(t, tiktokshop.InputErrors(err), 2)
	_, err = events.DeleteShopWebhook(ctx, nil)
	refused(err, "EventType", "")
	assert.Len(t, srv.Requests(), sent, "nothing was sent")
}

func ExampleService_UpdateShopWebhook() {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	// in a program: tiktokshop.NewClient, with the seller's token and the shop's cipher
	client := srv.Client()

	_, err = event.New(client).UpdateShopWebhook(context.Background(),
		&event.UpdateShopWebhookRequest{
			EventType: event.EventTypeOrderStatusChange,
			Address:   "https://example.com/tiktok/webhook",
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := event.New(client).GetShopWebhooks(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range resp.Data.Webhooks {
		fmt.Println(w.EventType, w.Address)
	}
	// Output: ORDER_STATUS_CHANGE https://example.com/tiktok/webhook
}
