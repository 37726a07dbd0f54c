package riverjobs_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadmeHasTheExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	_, code, found := strings.Cut(string(example), "word for word.\n\n")
	require.True(t, found)
	assert.Contains(t, string(readme), "```go\n"+code+"```\n")
}

func TestReadmeQueriesRun(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, queries, found := strings.Cut(string(readme), "```sql\n")
	require.True(t, found)
	queries, _, _ = strings.Cut(queries, "```")
	tx := d.tx(t)
	_, err = tx.Exec(t.Context(), `SET LOCAL search_path TO `+d.schema)
	require.NoError(t, err)
	for query := range strings.SplitSeq(strings.TrimSpace(queries), ";") {
		_, err = tx.Exec(t.Context(), query)
		assert.NoError(t, err, query)
	}
}

var _ = serve // which is compiled here and run by nobody
