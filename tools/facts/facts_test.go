package facts

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
		{"newest partial", []string{"202401", "202402 partial"},
			[]string{"GetWidget", "GetWidget202402"}},
		{"all partial", []string{"202401 partial", "202402 partial"},
			[]string{"GetWidget", "GetWidget202401"}},
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
			doc := `{"openapi":"3.0.3","info":{"title":"widgets","version":"1"},"paths":{` +
				strings.Join(paths, ",") + `}}`
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

// The facts' own names call what goes on.
func TestPlainRetired(t *testing.T) {
	t.Parallel()
	modules := load(t)
	assert.Empty(t, PlainRetired(modules, time.Now()), "move the plain name in versions.lock")

	version := func(version, retired string, plain, partial bool) *Operation {
		return &Operation{Name: "GetWidget", Version: version, GoName: "GetWidget",
			Retired: retired, Plain: plain, Partial: partial}
	}
	for _, tt := range []struct {
		name       string
		operations []*Operation
		want       []string
	}{
		{"past", []*Operation{version("202401", "2026-08-14", true, false), version(
			"202402", "", false, false)}, []string{"widget.GetWidget calls 202401"}},
		{"not yet", []*Operation{version("202401", "2026-08-15", true, false), version(
			"202402", "", false, false)}, nil},
		{"the only version", []*Operation{version("202401", "2026-08-14", true, false)}, nil},
		{"the other is partial",
			[]*Operation{version("202401", "2026-08-14", true, false),
				version("202402", "", false, true)}, nil},
		{"the other is plain",
			[]*Operation{version("202401", "2026-08-14", false, false),
				version("202402", "", true, false)}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := &Module{Package: "widget", Operations: tt.operations}
			for _, op := range m.Operations {
				op.Module = m
			}
			assert.Equal(t, tt.want,
				PlainRetired([]*Module{m}, time.Date(2026, 8, 15, 0, 0, 0, 0, time.UTC)))
		})
	}
}

func TestSuccessors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, old, problem string
	}{
		{"known", `"x-retired":"2026-08-15","x-successor":"GetGadget_202402"`, ""},
		{"unknown", `"x-retired":"2026-08-15","x-successor":"GetGadget_202403"`,
			"there is no operation GetGadget_202403"},
		{"itself", `"x-retired":"2026-08-15","x-successor":"GetWidget_202401"`, "is retired, too"},
		{"without a day", `"x-successor":"GetGadget_202402"`, "x-successor without x-retired"},
		{"no day", `"x-retired":"August"`, "x-retired: parsing time"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for file, spec := range map[string]string{
				"widget": `"operationId":"GetWidget_202401","x-name":"GetWidget","x-version":"202401",` + tt.old,
				"gadget": `"operationId":"GetGadget_202402","x-name":"GetGadget","x-version":"202402"`,
			} {
				doc := fmt.Sprintf(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/%s":{"get":{%s,
					"responses":{"200":{"description":"OK"}}}}}}`, file, spec)
				require.NoError(t, os.WriteFile(filepath.Join(folder, file+".json"), []byte(doc),
					0o600))
			}
			modules, err := Load(folder)
			if tt.problem != "" {
				require.ErrorContains(t, err, tt.problem)
				return
			}
			require.NoError(t, err)
			require.NotNil(t, modules[1].Operations[0].Successor)
			assert.Equal(t, "gadget.GetGadget", modules[1].Operations[0].Successor.ServedBy())
		})
	}
}
