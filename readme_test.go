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

	"github.com/stretchr/testify/require"
)

// snippetImports are the packages that a snippet may use without importing them, as readers do.
var snippetImports = map[string]string{
	"context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "iter": "iter", "log": "log",
	"os": "os", "slices": "slices", "slog": "log/slog", "testing": "testing", "time": "time",
	"httptest":       "net/http/httptest",
	"httpmock":       "github.com/jarcoal/httpmock",
	"tiktokshop":     "github.com/tiktokshop-go/tiktokshop",
	"tiktokshoptest": "github.com/tiktokshop-go/tiktokshop/tiktokshoptest",
	"cipher":         "crypto/cipher",
	"sql":            "database/sql",
	"token":          "github.com/tiktokshop-go/tiktokshop/token",
	"sqlstore":       "github.com/tiktokshop-go/tiktokshop/token/sqlstore",
	"open":           "github.com/tiktokshop-go/tiktokshop/api/open",
	"order":          "github.com/tiktokshop-go/tiktokshop/api/order",
	"product":        "github.com/tiktokshop-go/tiktokshop/api/product",
	"ratelimit":      "github.com/tiktokshop-go/tiktokshop/ratelimit",
	"webhook":        "github.com/tiktokshop-go/tiktokshop/webhook",
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
		for i, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			name := fmt.Sprintf("%s_block_%d", strings.TrimSuffix(filepath.Base(page), ".md"), i+1)
			file := filepath.Join(dir, name+".go")
			require.NoError(t, os.WriteFile(file, []byte(snippetFile(block[1])), 0o600))
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

func snippetFile(code string) string {
	if strings.HasPrefix(code, "package ") {
		return code
	}
	var b strings.Builder
	b.WriteString("package snippet\n")
	for name, path := range snippetImports {
		isVariable := regexp.MustCompile(`\b` + name + `(, \w+)? :=`).MatchString(code)
		if !isVariable && regexp.MustCompile(`\b`+name+`\.`).MatchString(code) {
			fmt.Fprintf(&b, "import %q\n", path)
		}
	}
	if strings.HasPrefix(code, "func ") || strings.HasPrefix(code, "type ") {
		return b.String() + code
	}
	b.WriteString("import snippetcontext \"context\"\nimport snippetclient \"github.com/tiktokshop-go/tiktokshop\"\n")
	return b.String() + "func _(ctx snippetcontext.Context, client *snippetclient.Client) error {\n" + code + "\nreturn nil\n}\n"
}
