package main

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

func schemaOf(t *testing.T, text string) *openapi3.Schema {
	t.Helper()
	s := new(openapi3.Schema)
	require.NoError(t, json.Unmarshal([]byte(text), s))
	return s
}

func TestRuleOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, field, schema, want string }{
		{"text", "title", `{"type":"string","example":"x","x-values":["A"]}`, `{"required":true}`},
		{"limits of a text", "title", `{"type":"string","minLength":1,"maxLength":9}`,
			`{"required":true,"min":1,"max":9}`},
		{"integer", "n", `{"type":"integer","format":"int32","minimum":0,"maximum":100}`,
			`{"type":"int32","required":true,"min":0,"max":100}`},
		{"integer without a size", "n", `{"type":"integer"}`, `{"type":"int64","required":true}`},
		{"flag", "is_it", `{"type":"boolean"}`, `{"type":"bool","required":true}`},
		{"file", "data", `{"type":"string","format":"binary"}`, `{"type":"file","required":true}`},
		{"list", "ids",
			`{"type":"array","minItems":1,"maxItems":50,"items":{"type":"integer","format":"int64"}}`,
			`{"type":"list","required":true,"min":1,"max":50,"items":{"type":"int64"}}`},
		{"object", "price",
			`{"type":"object","required":["currency"],"properties":{"amount":{"type":"string"},"currency":{"type":"string"}}}`,
			`{"type":"object","required":true,"fields":{"amount":{},"currency":{"required":true}}}`},
		{"the order of a list", "sort_order", `{"type":"string","x-values":["DESC","ASC"]}`,
			`{"required":true,"values":["ASC","DESC"]}`},
		{"another order", "sort_order", `{"type":"string","x-values":["DESC","ASC","RANDOM"]}`,
			`{"required":true}`},
		{"another field with these values", "order", `{"type":"string","x-values":["ASC","DESC"]}`,
			`{"required":true}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, err := ruleOf(tc.field, schemaOf(t, tc.schema), true)
			require.NoError(t, err)
			b, err := json.Marshal(r)
			require.NoError(t, err)
			assert.Equal(t, tc.want, string(b))
		})
	}
	for _, schema := range []string{`{"type":"null"}`, `{"type":"array","items":{"type":"null"}}`,
		`{"type":"object","properties":{"x":{"type":"null"}}}`} {
		_, err := ruleOf("x", schemaOf(t, schema), false)
		assert.ErrorContains(t, err, "x is a", schema)
	}
}

// TestUploadsNeedTheirFile: the facts have an operation that takes one file ask for it.
func TestUploadsNeedTheirFile(t *testing.T) {
	t.Parallel()
	modules, err := facts.Load("../../openapi")
	require.NoError(t, err)
	uploads := 0
	for _, m := range modules {
		for _, op := range m.Operations {
			if !op.Multipart() {
				continue
			}
			r, err := requestOf(op)
			require.NoError(t, err)
			if data := r.Body.Fields["data"]; data != nil {
				uploads++
				assert.True(t, data.Required, op.OperationID)
			}
		}
	}
	assert.GreaterOrEqual(t, uploads, 13, "all of the first import")
	file := openapi3.NewStringSchema().WithFormat("binary")
	two, err := rulesOf(openapi3.NewObjectSchema().WithProperty("a", file).WithProperty("b", file))
	require.NoError(t, err)
	assert.Equal(t, map[string]*rule{"a": {Type: "file"}, "b": {Type: "file"}}, two,
		"one of them may do")
}
