package tiktokshop_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// snippetImports are the packages that a snippet may use without importing them, as readers do.
var snippetImports = map[string]string{
	"big": "math/big", "context": "context", "errors": "errors", "fmt": "fmt", "fs": "io/fs",
	"http": "net/http", "io": "io", "iter": "iter", "log": "log", "os": "os", "slices": "slices",
	"slog": "log/slog", "strings": "strings", "testing": "testing", "time": "time",
	"httptest":         "net/http/httptest",
	"httpmock":         "github.com/jarcoal/httpmock",
	"tiktokshop":       "github.com/tiktokshop-go/tiktokshop",
	"tiktokshoptest":   "github.com/tiktokshop-go/tiktokshop/tiktokshoptest",
	"cipher":           "crypto/cipher",
	"sql":              "database/sql",
	"token":            "github.com/tiktokshop-go/tiktokshop/token",
	"sqlstore":         "github.com/tiktokshop-go/tiktokshop/token/sqlstore",
	"accounts":         "github.com/tiktokshop-go/tiktokshop/accounts",
	"sqlindex":         "github.com/tiktokshop-go/tiktokshop/accounts/sqlindex",
	"affiliatepartner": "github.com/tiktokshop-go/tiktokshop/api/affiliatepartner",
	"authorization":    "github.com/tiktokshop-go/tiktokshop/api/authorization",
	"event":            "github.com/tiktokshop-go/tiktokshop/api/event",
	"finance":          "github.com/tiktokshop-go/tiktokshop/api/finance",
	"fulfillment":      "github.com/tiktokshop-go/tiktokshop/api/fulfillment",
	"open":             "github.com/tiktokshop-go/tiktokshop/api/open",
	"order":            "github.com/tiktokshop-go/tiktokshop/api/order",
	"product":          "github.com/tiktokshop-go/tiktokshop/api/product",
	"returnrefund":     "github.com/tiktokshop-go/tiktokshop/api/returnrefund",
	"affiliateseller":  "github.com/tiktokshop-go/tiktokshop/api/affiliateseller",
	"affiliatecreator": "github.com/tiktokshop-go/tiktokshop/api/affiliatecreator",
	"fbt":              "github.com/tiktokshop-go/tiktokshop/api/fbt",
	"bulk":             "github.com/tiktokshop-go/tiktokshop/bulk",
	"poll":             "github.com/tiktokshop-go/tiktokshop/poll",
	"feed":             "github.com/tiktokshop-go/tiktokshop/feed",
	"ratelimit":        "github.com/tiktokshop-go/tiktokshop/ratelimit",
	"webhook":          "github.com/tiktokshop-go/tiktokshop/webhook",
	"inbox":            "github.com/tiktokshop-go/tiktokshop/webhook/inbox",
	"sqldedupe":        "github.com/tiktokshop-go/tiktokshop/webhook/sqldedupe",
}

// TestDocsCompile compiles every Go block of README.md and of the pages in docs: programs and
// declarations as they are, statements in a function that has a ctx and a client.
func TestDocsCompile(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	root, err := os.Getwd()
	require.NoError(t, err)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	dir := t.TempDir()
	args := []string{"build", "-o", os.DevNull, "-overlay", filepath.Join(dir, "overlay.json")}
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for i, block := range goBlocks(string(text)) {
			name := fmt.Sprintf("%s_block_%d", strings.TrimSuffix(filepath.Base(page), ".md"), i+1)
			file := filepath.Join(dir, name+".go")
			require.NoError(t, os.WriteFile(file, []byte(snippetFile(block)), 0o600))
			overlay.Replace[filepath.Join(root, name, "snippet.go")] = file
			args = append(args, "./"+name)
		}
	}
	require.NotEmpty(t, overlay.Replace)
	b, err := json.Marshal(overlay)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), b, 0o600))
	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	require.NoError(t, err, string(out))
}

// TestCookbookShowsWhatRuns: the code of the cookbook is, to the letter, the code of the examples
// that the tests run, and each file of these is on the page.
func TestCookbookShowsWhatRuns(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/cookbook.md")
	require.NoError(t, err)
	files, err := filepath.Glob("examples/cookbook/*_test.go")
	require.NoError(t, err)
	shown := map[string]bool{}
	for i, block := range goBlocks(string(page)) {
		found := false
		for _, file := range files {
			code, err := os.ReadFile(file)
			require.NoError(t, err)
			if strings.Contains(string(code), "\n\n"+block+"\n") {
				shown[file], found = true, true
			}
		}
		assert.True(t, found, "block %d of docs/cookbook.md is not in examples/cookbook", i+1)
	}
	for _, file := range files {
		assert.True(t, shown[file], "%s is not in docs/cookbook.md", file)
	}
}

// goBlocks returns the Go code of a page, block by block.
func goBlocks(page string) []string {
	var blocks []string
	for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(page,
		-1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

// comments finds the comments of a snippet, which may speak of packages that it does not use.
var comments = regexp.MustCompile(`(?m)^\s*//.*\n|\s//.*$`)

func snippetFile(code string) string {
	if strings.HasPrefix(code, "package ") {
		return code
	}
	bare := comments.ReplaceAllString(code, "")
	var b strings.Builder
	b.WriteString("package snippet\n")
	for name, path := range snippetImports {
		isVariable := regexp.MustCompile(`\b` + name + `(, \w+)?( :=| \*)`).MatchString(bare)
		if !isVariable && regexp.MustCompile(`\b`+name+`\.`).MatchString(bare) {
			fmt.Fprintf(&b, "import %q\n", path)
		}
	}
	if strings.HasPrefix(bare, "func ") || strings.HasPrefix(bare, "type ") {
		return b.String() + code
	}
	b.WriteString("import snippetcontext \"context\"\nimport snippetclient \"github.com/tiktokshop-go/tiktokshop\"\n")
	return b.String() +
		"func _(ctx snippetcontext.Context, client *snippetclient.Client) error {\n" + code +
		"\nreturn nil\n}\n"
}
