package tiktokshoptest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMethodsOfVersionsAreKnown: every method with a version in its name, of any generated package,
// leads to an operation of that version.
func TestMethodsOfVersionsAreKnown(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../api/*/*.gen.go")
	require.NoError(t, err)
	method := regexp.MustCompile(`(?m)^func \(s \*Service\) (\w+?(\d{6}))\(`)
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		pkg := filepath.Base(filepath.Dir(file))
		for _, m := range method.FindAllStringSubmatch(string(source), -1) {
			found++
			op := table().operation(operationName(sdk + "/api/" + pkg + ".(*Service)." + m[1]))
			if assert.NotNil(t, op, "%s.%s", pkg, m[1]) {
				assert.Contains(t, op.Path, "/"+m[2]+"/", "%s.%s", pkg, m[1])
			}
		}
	}
	assert.Greater(t, found, 400)
	for _, name := range []string{"", "202507", "order.GetOrderDetail202311",
		"order.GetOrder202507"} {
		assert.Nil(t, table().operation(name), name)
	}
}

// TestCategoryOfTheDocs: the category that the README and the pages of docs ask for is there.
func TestCategoryOfTheDocs(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	found := 0
	for _, page := range append(pages, "../README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(
			`CategoryAssetCipher\(ctx, "(\d+)"`).FindAllStringSubmatch(string(text), -1) {
			found++
			assert.Equal(t, string(CategoryID), m[1], page)
		}
	}
	assert.NotZero(t, found)
}
