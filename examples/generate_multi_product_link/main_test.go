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

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestRunAgainstTheFake(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, env(nil), &out))
	assert.Regexp(t, `^No credentials in the environment: using an embedded fake TikTok Shop\.
linked       7362840009596339971  https://affiliate.tiktok.com/api/v1/share/\w+
linked       7362840009596339972  https://affiliate.tiktok.com/api/v1/share/\w+
failed       7362840009596339973
request id   \w+
$`, out.String())
}

func TestRunReportsErrors(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), []string{"-campaign", "5"}, env(nil), &out)
	var shown bytes.Buffer
	report(&shown, err)
	assert.Regexp(t, `^code 16032005: Campaign not found\. \(request id \w+\)\nerror: `,
		shown.String())
}

func TestRunWithCredentials(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"TIKTOK_APP_KEY": "k", "TIKTOK_APP_SECRET": "s",
		"TIKTOK_APP_ACCESS_KEY": "t"}
	assert.ErrorContains(t, run(t.Context(), nil, env(vars), new(bytes.Buffer)),
		"not TIKTOK_SHOP_CIPHER")

	vars["TIKTOK_SHOP_CIPHER"] = "c"
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing must reach the network
	var out bytes.Buffer
	err := run(ctx, nil, env(vars), &out)
	var te *tiktokshop.TransportError
	require.ErrorAs(t, err, &te, "the real platform is called")
	assert.Empty(t, out.String())
}

func TestArguments(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, env(nil), io.Discard), flag.ErrHelp)
	for problem, args := range map[string][]string{
		"not defined": {"-what"}, "unexpected argument": {"123"},
		"-products is empty": {"-products", " "},
	} {
		require.ErrorContains(t, run(t.Context(), args, env(nil), io.Discard), problem)
	}
}
