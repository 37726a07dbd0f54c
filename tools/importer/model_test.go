package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const factsFolder = "../../openapi"

// A file that is read and written again has not changed.
func TestFactsRoundTrip(t *testing.T) {
	t.Parallel()
	facts, err := readFacts(factsFolder)
	require.NoError(t, err)
	for module, doc := range facts {
		want, err := os.ReadFile(filepath.Join(factsFolder, module+".json"))
		require.NoError(t, err)
		got, err := doc.Encode()
		require.NoError(t, err)
		if string(want) != string(got) {
			t.Errorf("%s.json is written in another way than it is kept", module)
		}
	}
}
