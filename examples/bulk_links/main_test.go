package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func noEnv(string) string { return "" }

func TestRunWithoutConfiguration(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), nil, noEnv, &out)
	require.EqualError(t, err, "5 of 500 products have no link",
		"a program tells what failed by its exit code, too")
	assert.Regexp(t, `^No credentials in the environment: using an embedded fake TikTok Shop\.
7362840009596400000	https://affiliate\.tiktok\.com/`, out.String())
	assert.Contains(t, out.String(), "7362840009596400099\tfailed: product not approved\n")
	assert.Contains(t, out.String(),
		"495 linked, 5 failed, 0 unaccounted for, 0 errors, 0 not tried (10 calls)\n")
}

func TestFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "ids")
	require.NoError(t, os.WriteFile(name, []byte("7362840009596400000\n\nx\n"), 0o600))
	var out bytes.Buffer
	require.EqualError(t, run(t.Context(), []string{"-in", name}, noEnv, &out),
		"1 of 2 products have no link")
	assert.Contains(t, out.String(),
		"x\ttiktokshop: AffiliatePartner.GenerateMultiProductLink: ProductIDs: is malformed")
	require.NoError(t, os.WriteFile(name, []byte("7362840009596400000"), 0o600))
	require.NoError(t, run(t.Context(), []string{"-in", name}, noEnv, io.Discard))
}

func TestNothingMadeUpIsSent(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing must reach the network
	set := func(name string) string { return name }
	for _, args := range [][]string{nil, {"-in", "ids"}, {"-campaign", "7"}} {
		require.ErrorContains(t, run(ctx, args, set, io.Discard), "set -campaign and -in")
	}
}

func TestAnInterruptedRunCountsWhatWasNotTried(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	seed(srv)
	srv.FailNext(1, tiktokshoptest.Fault{Code: 105002, Status: 401}) // which every batch would meet
	var out bytes.Buffer
	err := makeLinks(t.Context(), affiliatepartner.New(srv.Client()), demoCampaign, demoProducts,
		&out)
	var stopped *affiliatepartner.LinksStoppedError
	require.ErrorAs(t, err, &stopped)
	assert.Positive(t, stopped.NotTried)
	assert.NotContains(t, out.String(), " 0 not tried")
}

func TestArguments(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, noEnv, io.Discard), flag.ErrHelp)
	for problem, args := range map[string][]string{
		"not defined": {"-what"}, "unexpected argument": {"123"},
		"no such file": {"-in", "/no/such"}, "code 16032005": {"-campaign", "7"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), args, noEnv, &out)
		require.Error(t, err)
		assert.Contains(t, err.Error()+out.String(), problem)
	}
}
