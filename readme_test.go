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
	"context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "log": "log", "os": "os", "slices": "slices", "slog": "log/slog",
	"testing": "testing", "time": "time",
	"httptest":       "net/http/httptest",
	"httpmock":       "github.com/jarcoal/httpmock",
	"tiktokshop":     "github.com/tiktokshop-go/tiktokshop",
	"tiktokshoptest": "github.com/tiktokshop-go/tiktokshop/tiktokshoptest",
	"open":           "github.com/tiktokshop-go/tiktokshop/api/open",
	"order":          "github.com/tiktokshop-go/tiktokshop/api/order",
	"product":        "github.com/tiktokshop-go/tiktokshop/api/product",
	"webhook":        "github.com/tiktokshop-go/tiktokshop/webhook",
}

// TestREADMECompiles compiles every Go block of the README: programs and
// declarations as they are, statements in a function that has a ctx and a client.
func TestREADMECompiles(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, blocks)

	root, err := os.Getwd()
	require.NoError(t, err)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	dir := t.TempDir()
	args := []string{"build", "-o", os.DevNull, "-overlay", filepath.Join(dir, "overlay.json")}
	for i, block := range blocks {
		name := fmt.Sprintf("readme_block_%d", i+1)
		file := filepath.Join(dir, name+".go")
		require.NoError(t, os.WriteFile(file, []byte(snippetFile(block[1])), 0o600))
		overlay.Replace[filepath.Join(root, name, "snippet.go")] = file
		args = append(args, "./"+name)
	}
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
		if regexp.MustCompile(`\b` + name + `\.`).MatchString(code) {
			fmt.Fprintf(&b, "import %q\n", path)
		}
	}
	if strings.HasPrefix(code, "func ") || strings.HasPrefix(code, "type ") {
		return b.String() + code
	}
	b.WriteString("import snippetcontext \"context\"\nimport snippetclient \"github.com/tiktokshop-go/tiktokshop\"\n")
	return b.String() + "func _(ctx snippetcontext.Context, client *snippetclient.Client) error {\n" + code + "\nreturn nil\n}\n"
}
