package facts

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func load(t *testing.T) []*Module {
	t.Helper()
	modules, err := Load("../../openapi")
	require.NoError(t, err)
	return modules
}

// TestExamples checks the examples of all operations against their own schemas, with closed
// objects.
func TestExamples(t *testing.T) {
	t.Parallel()
	count := 0
	for _, m := range load(t) {
		for _, op := range m.Operations {
			count++
			full, minimal := op.FullRequest(), op.MinimalRequest()
			for _, p := range op.Inputs() {
				values := map[string]map[string]any{"path": full.Path, "query": full.Query}[p.In]
				require.Contains(t, values, p.Name, op.OperationID)
				assert.NoError(t, Validate(p.Schema.Value, values[p.Name]), "%s: %s",
					op.OperationID, p.Name)
				assert.NotEmpty(t, WireText(values[p.Name]), "%s: %s", op.OperationID, p.Name)
				minimals := map[string]map[string]any{"path": minimal.Path,
					"query": minimal.Query}[p.In]
				_, ok := minimals[p.Name]
				assert.Equal(t, p.Required, ok,
					"%s: %s is in the minimal request if it is required", op.OperationID, p.Name)
			}
			assert.Len(t, full.Path, strings.Count(op.Path, "{"), op.OperationID)
			if body, _ := op.Body(); body != nil {
				Close(body)
				require.NotNil(t, full.Body, op.OperationID)
				assert.Equal(t, leaves(body), leavesOf(full.Body), "%s: every field is set",
					op.OperationID)
				if !op.Multipart() {
					assert.NoError(t, Validate(body, full.Body), op.OperationID)
					assert.NoError(t, Validate(body, orEmpty(minimal.Body)), op.OperationID)
				}
			}
			for name, end := range full.Body {
				if begin, ok := full.Body[strings.TrimSuffix(name, "_lt")+"_ge"].(int64); ok &&
					strings.HasSuffix(name, "_lt") {
					assert.Greater(t, end, begin, "%s: %s", op.OperationID, name)
				}
			}
			data := op.ExampleData()
			Close(op.Data())
			assert.NoError(t, Validate(op.Data(), data), op.OperationID)
			assert.Equal(t, leaves(op.Data()), leavesOf(data), "%s: every field is set",
				op.OperationID)
		}
	}
	assert.GreaterOrEqual(t, count, 476, "all of the first import")
}

func orEmpty(body map[string]any) map[string]any {
	if body == nil {
		return map[string]any{}
	}
	return body
}

// leaves are the paths of the fields of a schema, and leavesOf those of a value of it.
func leaves(s *openapi3.Schema) []string {
	var paths []string
	var walk func(path string, s *openapi3.Schema)
	walk = func(path string, s *openapi3.Schema) {
		for s.Items != nil {
			s = s.Items.Value
		}
		if len(s.Properties) == 0 {
			paths = append(paths, path)
		}
		for name, p := range s.Properties {
			walk(path+"."+name, p.Value)
		}
	}
	walk("", s)
	slices.Sort(paths)
	return paths
}

func leavesOf(v any) []string {
	var paths []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if len(v) == 0 {
				paths = append(paths, path)
			}
			for name, field := range v {
				walk(path+"."+name, field)
			}
		case []any:
			walk(path, v[0])
		default:
			paths = append(paths, path)
		}
	}
	walk("", v)
	slices.Sort(paths)
	return paths
}

// TestExamplesAreDeterministic: a generated file changes only with the facts.
func TestExamplesAreDeterministic(t *testing.T) {
	t.Parallel()
	encode := func() string {
		var b strings.Builder
		e := json.NewEncoder(&b)
		for _, m := range load(t) {
			for _, op := range m.Operations {
				require.NoError(t,
					e.Encode([]any{op.OperationID, op.FullRequest(), op.MinimalRequest(),
						op.ExampleData()}))
			}
		}
		return b.String()
	}
	assert.Equal(t, encode(), encode())
}

// TestBuild makes values where the facts have no example that fits.
func TestBuild(t *testing.T) {
	t.Parallel()
	of := func(change func(*openapi3.Schema)) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		change(s)
		return s
	}
	whole := func(s *openapi3.Schema) { s.Type = &openapi3.Types{"integer"}; s.Format = "int64" }
	b := &builder{full: true}
	for name, tc := range map[string]struct {
		field string
		s     *openapi3.Schema
		want  any
	}{
		"example": {"title", of(func(s *openapi3.Schema) { s.Example = "x" }), "x"},
		"too long": {"title",
			of(func(s *openapi3.Schema) {
				s.Example = "too long"
				n := uint64(3)
				s.MaxLength = &n
			}), "tit"},
		"text of a list": {"order_id", of(func(s *openapi3.Schema) { s.Example = "[736]" }),
			"7" + digits("order_id")},
		"float": {"order_id",
			of(func(s *openapi3.Schema) { s.Example = "7.36284000959634e+18" }),
			"7" + digits("order_id")},
		"masked": {"order_id",
			of(func(s *openapi3.Schema) { s.Example = "172xxxxxxxxx089" }),
			"7" + digits("order_id")},
		"known value": {"status",
			of(func(s *openapi3.Schema) {
				s.Extensions = map[string]any{"x-values": []any{"A", "B"}}
			}), "A"},
		"number with a meaning": {"code", of(func(s *openapi3.Schema) {
			whole(s)
			s.Extensions = map[string]any{"x-value-names": map[string]any{"10": "B", "9": "A"}}
		}), int64(9)},
		"not a known value": {"status",
			of(func(s *openapi3.Schema) {
				s.Example = "C"
				s.Extensions = map[string]any{"x-values": []any{"A", "B"}}
			}), "A"},
		"in another case": {"status",
			of(func(s *openapi3.Schema) {
				s.Example = "b"
				s.Extensions = map[string]any{"x-values": []any{"A", "B"}}
			}), "B"},
		"money": {"sale_price", of(func(*openapi3.Schema) {}), "12.50"},
		"above the limit": {"page_size",
			of(func(s *openapi3.Schema) { whole(s); s.Example = 200.0; n := 5.0; s.Max = &n }),
			int64(5)},
		"integer id": {"shop_id", of(whole),
			int64(7_000_000_000_000_000_000) + number("shop_id")},
		"id that lost digits": {"shop_id",
			of(func(s *openapi3.Schema) { whole(s); s.Example = 7.362840009596339e18 }),
			int64(7_000_000_000_000_000_000) + number("shop_id")},
		"string for an int": {"shop_id",
			of(func(s *openapi3.Schema) { whole(s); s.Example = "1" }),
			int64(7_000_000_000_000_000_000) + number("shop_id")},
		"number for a string": {"quantity", of(func(s *openapi3.Schema) { s.Example = 3.0 }),
			"quantity"},
		"fraction for integer": {"n", of(func(s *openapi3.Schema) { whole(s); s.Example = 1.5 }),
			number("n")%90 + 10},
	} {
		assert.Equal(t, tc.want, b.value(tc.field, tc.s), name)
		assert.NoError(t, Validate(tc.s, b.value(tc.field, tc.s)), name)
	}
}

func digits(name string) string { return text(name)[1:] }
