package contract

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// TestZerosAreSent: a no and a 0 in a body are not the same as nothing.
func TestZerosAreSent(t *testing.T) {
	t.Parallel()
	eachModule(t, func(t *testing.T, m *facts.Module, contract *Transport) {
		server := newRecipient(t, contract)
		client := server.client()
		for _, op := range m.Operations {
			body, _ := op.Body()
			serving := methods[op.OperationID]
			if body == nil || op.Multipart() {
				continue
			}
			example := op.FullRequest()
			zero(body, example.Body)
			for name := range example.Query {
				if value, repeated := example.Body[name]; repeated {
					example.Query[name] = value
				}
			}
			req := serving.newRequest()
			require.NoError(t, fill(req, example, false, true), op.OperationID)
			server.expect(op, example)
			_, err := serving.call(t.Context(), client, req)
			assert.NoError(t, err, op.OperationID)
		}
	})
}

// zero makes the numbers and booleans of a value zero where their limits allow it. Times stay, as a
// zero time is none, and so do numbers with meanings of which 0 is none.
func zero(s *openapi3.Schema, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = zero(s.Properties[name].Value, v[name])
		}
	case []any:
		for i := range v {
			v[i] = zero(s.Items.Value, v[i])
		}
	case bool:
		return false
	case int64:
		isTime := v > 1_000_000_000 && v < 2_000_000_000 ||
			v > 1_000_000_000_000 && v < 2_000_000_000_000
		meanings, coded := s.Extensions["x-value-names"].(map[string]any)
		if !isTime && (!coded || meanings["0"] != nil) && (s.Min == nil || *s.Min <= 0) {
			return int64(0)
		}
	}
	return v
}
