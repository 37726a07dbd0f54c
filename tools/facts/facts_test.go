package facts

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A version of which only parts are known leaves the plain name to one that is known as a whole.
func TestPartialVersions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		versions []string // with the confidence behind them
		want     []string
	}{
		{"newest", []string{"202401", "202402 full"}, []string{"GetWidget", "GetWidget202401"}},
		{"newest partial", []string{"202401", "202402 partial"}, []string{"GetWidget", "GetWidget202402"}},
		{"all partial", []string{"202401 partial", "202402 partial"}, []string{"GetWidget", "GetWidget202401"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var paths []string
			for _, v := range tt.versions {
				version, confidence, _ := strings.Cut(v, " ")
				paths = append(paths, fmt.Sprintf(`"/widget/%s/widgets":{"get":{"operationId":"GetWidget_%[1]s","x-name":"GetWidget","x-version":%[1]q,
					"x-confidence":%q,"responses":{"200":{"description":"OK"}}}}`, version, confidence))
			}
			file := filepath.Join(t.TempDir(), "widget.json")
			doc := `{"openapi":"3.0.3","info":{"title":"widgets","version":"1"},"paths":{` + strings.Join(paths, ",") + `}}`
			require.NoError(t, os.WriteFile(file, []byte(doc), 0o600))
			m, err := LoadModule(file, nil)
			require.NoError(t, err)
			var names []string
			for _, op := range m.Operations {
				names = append(names, op.GoName)
			}
			assert.Equal(t, tt.want, names)
		})
	}
}
