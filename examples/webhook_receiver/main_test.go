package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestRunAgainstTheFake(t *testing.T) {
	t.Parallel()
	var out, logs bytes.Buffer
	require.NoError(t, run(t.Context(), nil, env(nil), &out, &logs))
	assert.Equal(t, `No configuration in the environment: an embedded fake TikTok Shop sends some events.
order status change, shop 7494049642642441621: order 576486316948490001 is AWAITING_SHIPMENT
(the same event again: acknowledged, and not printed)
package update, shop 7494049642642441621: SPLIT made 2 packages
inventory change, seller 7498123456789012345: SKU 1729507467923261408 has 7 left
topic 99, shop 7494049642642441621: {"something":"new"}
`, out.String())
	assert.Empty(t, logs.String())
}

func TestRunAsAReceiver(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	read, write := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, nil, env(map[string]string{
			"TIKTOK_APP_KEY": tiktokshoptest.AppKey, "TIKTOK_APP_SECRET": tiktokshoptest.AppSecret,
			"TIKTOK_WEBHOOK_ADDR": "127.0.0.1:0",
		}), write, io.Discard)
	}()
	lines := bufio.NewScanner(read)
	require.True(t, lines.Scan())
	addr, ok := strings.CutPrefix(lines.Text(), "listening on ")
	require.True(t, ok)

	resp, err := http.Post("http://"+addr, "application/json", strings.NewReader(`{"type":1}`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode, "not signed")

	sent := make(chan *tiktokshoptest.WebhookDelivery, 1)
	platform := tiktokshoptest.NewServer(t).NewWebhookSender("http://" + addr)
	go func() {
		sent <- platform.Send(ctx, tiktokshoptest.WebhookEvent{Type: 6,
			Data: map[string]string{"message": "bye"}})
	}()
	require.True(t, lines.Scan())
	text := lines.Text()
	require.True(t, strings.HasPrefix(text, "seller deauthorization, shop 7494049642642441621: "),
		text)
	go func() { _, _ = io.Copy(io.Discard, read) }()
	assert.True(t, (<-sent).Acknowledged())
	interrupt()
	assert.NoError(t, <-done)
}

func TestRunRefusesHalfAConfiguration(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), nil, env(map[string]string{"TIKTOK_APP_KEY": "k"}), io.Discard,
		io.Discard)
	assert.ErrorContains(t, err, "TIKTOK_APP_SECRET")
	err = run(t.Context(), nil,
		env(map[string]string{"TIKTOK_APP_KEY": "k", "TIKTOK_APP_SECRET": "s\n"}), io.Discard,
		io.Discard)
	assert.ErrorContains(t, err, "app secret")
	err = run(t.Context(), nil,
		env(map[string]string{"TIKTOK_APP_KEY": "k", "TIKTOK_APP_SECRET": "s",
			"TIKTOK_WEBHOOK_ADDR": "no address"}), io.Discard, io.Discard)
	assert.Error(t, err)
}

func TestArguments(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, env(nil), io.Discard, io.Discard),
		flag.ErrHelp)
	require.ErrorContains(t, run(t.Context(), []string{"-what"}, env(nil), io.Discard, io.Discard),
		"not defined")
	require.ErrorContains(t, run(t.Context(), []string{"what"}, env(nil), io.Discard, io.Discard),
		"unexpected argument")
}
