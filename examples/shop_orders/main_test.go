package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
)

func TestRunAgainstTheFake(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, func(string) string { return "" }, &out))
	assert.Equal(t, `No credentials in the environment: using an embedded fake TikTok Shop.
576461413038785752  due 2026-11-25  2 items  24.90 GBP
576461413038785753  due 2026-11-25  1 items  9.99 GBP
576461413038785754  due 2026-11-25  5 items  120.00 GBP
3 orders wait for shipment
`, out.String())
}

func TestRunWithCredentials(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing must reach the network
	err := run(ctx, nil, func(name string) string { return name }, new(bytes.Buffer))
	var te *tiktokshop.TransportError
	require.ErrorAs(t, err, &te, "the real platform is called")
	assert.Equal(t, "order.GetOrderList", te.Operation)
}

// TestCipherVariable: the shop's cipher is asked for by its name.
func TestCipherVariable(t *testing.T) {
	t.Parallel()
	getenv := func(name string) string {
		if name == "TIKTOK_SHOP_CIPHER" {
			return ""
		}
		return "x"
	}
	assert.ErrorContains(t, run(t.Context(), nil, getenv, new(bytes.Buffer)),
		"not TIKTOK_SHOP_CIPHER")
}

func TestArguments(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, func(string) string { return "" },
		io.Discard), flag.ErrHelp)
	require.ErrorContains(t, run(t.Context(), []string{"-what"}, func(string) string { return "" },
		io.Discard), "not defined")
	require.ErrorContains(t, run(t.Context(), []string{"what"}, func(string) string { return "" },
		io.Discard), "unexpected argument")
}
