package facts

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every place of x-item-errors must be one of the answer.
func TestItemErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, marked, wrong string }{
		{"a list", `[{"at":"errors[]","item":["detail.id","detail.id+code"],"code":"code","message":["code"]}]`, ""},
		{"with a condition and more",
			`[{"at":"errors[]","when":{"field":"code","is":["x"]},"more":{"at":"more[]","code":"code"}}]`, ""},
		{"none", `[]`, ""},
		{"no such list", `[{"at":"failures[]"}]`, "failures[]: there is no field failures"},
		{"no list", `[{"at":"errors[].detail[]"}]`, "errors[].detail[]: detail is no list"},
		{"no such item", `[{"at":"errors[]","item":["detail.id+name"]}]`,
			"name: there is no field name"},
		{"no such code", `[{"at":"errors[]","code":"kode"}]`, "kode: there is no field kode"},
		{"no such message", `[{"at":"errors[]","message":["code","text"]}]`,
			"text: there is no field text"},
		{"no such condition", `[{"at":"errors[]","when":{"field":"ok","is":["x"]}}]`,
			"ok: there is no field ok"},
		{"no such reasons", `[{"at":"errors[]","more":{"at":"more[]","code":"kode"}}]`,
			"kode: there is no field kode"},
		{"no such successes", `[{"at":"errors[]","done":"done[]"}]`,
			"done[]: there is no field done"},
		{"misspelt", `[{"at":"errors[]","items":["code"]}]`, `json: unknown field "items"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var spec openapi3.Operation
			require.NoError(t, json.Unmarshal([]byte(`{"x-item-errors":`+tc.marked+`,"responses":{"200":{"description":"","content":{"application/json":{
				"schema":{"type":"object","properties":{"data":{"type":"object","properties":{"errors":{"type":"array","items":{"type":"object","properties":{
					"code":{"type":"string"},"detail":{"type":"object","properties":{"id":{"type":"string"}}},
					"more":{"type":"array","items":{"type":"object","properties":{"code":{"type":"string"}}}}}}}}}}}}}}}}`), &spec))
			err := (&Operation{Operation: &spec}).readItemErrors()
			if tc.wrong == "" {
				assert.NoError(t, err)
				return
			}
			assert.EqualError(t, err, tc.wrong)
		})
	}
}
