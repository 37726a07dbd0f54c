package token_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The package stands by itself: it knows neither the client nor HTTP, and a program that only keeps
// tokens links neither.
func TestImportsNothingOfTheClient(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			own := strings.HasPrefix(path, "github.com/") && !strings.HasSuffix(path, "/internal/scrub")
			assert.False(t, own || strings.HasPrefix(path, "net/http"), "%s imports %s", name, path)
		}
	}
}
