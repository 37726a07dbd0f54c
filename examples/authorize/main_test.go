package main

import (
	"bytes"
	"flag"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out))
	assert.Contains(t, out.String(), "Authorized.")
	assert.Contains(t, out.String(), "Link: 7362840009596339971 https://")
	assert.Contains(t, out.String(), "Refreshes: 1")
	assert.NotContains(t, out.String(), "fake-access")
	assert.NotContains(t, out.String(), "fake-refresh")
}

func TestArguments(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, io.Discard), flag.ErrHelp)
	require.ErrorContains(t, run(t.Context(), []string{"-what"}, io.Discard), "not defined")
	require.ErrorContains(t, run(t.Context(), []string{"what"}, io.Discard), "unexpected argument")
}
