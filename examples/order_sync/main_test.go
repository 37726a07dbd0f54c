package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
)

func nothing(string) string { return "" }

func TestRunTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const greeting = "No credentials in the environment: using an embedded fake TikTok Shop.\n"
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-dir", dir}, nothing, &out))
	assert.Equal(t, greeting+`576461413038785752 UNPAID
576461413038785753 AWAITING_SHIPMENT
576461413038785754 CANCELLED
3 orders are new or have changed
`, out.String())
	b, err := os.ReadFile(filepath.Join(dir, "orders.jsonl"))
	require.NoError(t, err)
	assert.Equal(t, 3, bytes.Count(b, []byte("\n")))

	out.Reset()
	require.NoError(t, run(t.Context(), []string{"-dir", dir}, nothing, &out))
	assert.Equal(t, greeting+"0 orders are new or have changed\n", out.String())
}

func TestRunWithCredentials(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing must reach the network
	err := run(ctx, []string{"-dir", t.TempDir(), "-follow", "1m"},
		func(name string) string { return name }, new(bytes.Buffer))
	require.ErrorIs(t, err, context.Canceled)
	assert.NotErrorIs(t, err, tiktokshop.ErrInvalidRequest)
}

func TestArguments(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, run(t.Context(), []string{"what"}, nothing, new(bytes.Buffer)),
		"unexpected argument")
}
