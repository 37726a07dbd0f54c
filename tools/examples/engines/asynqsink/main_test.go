package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRunsAgainstAServer(t *testing.T) {
	t.Parallel()
	switch {
	case os.Getenv(variable) != "":
	case os.Getenv("CI") == "true":
		t.Fatal(variable + " is not set: run the tests with bash .ci/redis")
	default:
		t.Skip("needs a server: bash .ci/redis go -C tools/examples/engines test ./asynqsink")
	}
	var out strings.Builder
	require.NoError(t, run(t.Context(), os.Getenv, &out), out.String())
	assert.Contains(t, out.String(),
		"20 events in 60 deliveries: 19 handled, 0 of them twice, 2 failed tries, 1 refused\n")
	assert.Contains(t, out.String(), "asynq has 19 completed and 1 archived tasks\n")
}

func TestSaysThatThereIsNoServer(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, run(t.Context(), func(string) string { return "" }, &out))
	assert.Contains(t, out.String(), variable+" is not set")
	err := run(t.Context(), func(string) string { return "://user:secret@" }, &out)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret")
}
