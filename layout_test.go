package tiktokshop_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// layout says which packages of this module one may import, by the first pattern that fits its
// folder.
var layout = []struct {
	folder string
	may    []string
}{
	{".", []string{"token", "ratelimit", "internal/*"}},
	{"token", []string{"internal/scrub"}}, // it knows neither the client nor HTTP
	{"token/*", []string{"token", "internal/*"}},
	{"ratelimit", []string{"internal/pause"}},
	{"ratelimit/*", []string{"ratelimit"}},
	// for tests
	{"internal/processtest",
		[]string{".", "token", "api/authorization", "tiktokshoptest", "internal/*"}},
	{"internal/*", []string{"token", "internal/*"}},
	{"webhook", []string{".", "internal/*"}},
	{"webhook/*", []string{".", "webhook", "internal/*"}},
	{"feed", []string{".", "internal/*"}},
	{"feed/*", []string{".", "feed", "internal/*"}},
	{"bulk", []string{".", "internal/*"}},
	{"poll", []string{".", "internal/*"}},
	{"operations", []string{"."}},
	// and none of each other
	{"api/*", []string{".", "token", "bulk", "feed", "poll", "internal/*"}},
	{"accounts", []string{".", "token", "webhook", "operations", "api/authorization", "api/seller",
		"internal/*"}},
	{"accounts/*", []string{".", "token", "accounts", "internal/*"}},
	{"tiktokshoptest", []string{".", "token", "api/*", "internal/*"}},
}

// TestLayout: what a package may know is a rule, so that a program links what it uses.
func TestLayout(t *testing.T) {
	t.Parallel()
	const module = "github.com/tiktokshop-go/tiktokshop"
	matches := func(patterns []string, folder string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			ok, err := path.Match(pattern, folder)
			require.NoError(t, err)
			return ok
		})
	}
	seen := 0
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			_, notOfThisModule := os.Stat(filepath.Join(name, "go.mod"))
			if name != "." && notOfThisModule == nil || entry.Name() == "examples" ||
				entry.Name() == "testdata" ||
				len(entry.Name()) > 1 && entry.Name()[0] == '.' {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		folder := filepath.ToSlash(filepath.Dir(name))
		i := slices.IndexFunc(layout, func(rule struct {
			folder string
			may    []string
		}) bool {
			return matches([]string{rule.folder}, folder)
		})
		if !assert.GreaterOrEqual(t, i, 0, "%s stands in no rule", folder) {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if own, ours := strings.CutPrefix(imported, module); ours {
				seen++
				own = strings.TrimPrefix(own, "/")
				if own == "" {
					own = "."
				}
				assert.True(t, matches(layout[i].may, own), "%s must not import %s", name, own)
				continue
			}
			plain := folder == "token" || folder == "ratelimit"
			assert.False(t, plain && (strings.Contains(imported, ".") ||
				strings.HasPrefix(imported, "net/http")),
				"%s must not import %s", name, imported)
		}
		return nil
	}))
	assert.Greater(t, seen, 100, "it has looked at all of them")
}
