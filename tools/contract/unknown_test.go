package contract

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// The SDK knows every field and value that the fake platform answers with by itself, and tells of
// what is put beside them.
func TestNothingUnknown(t *testing.T) {
	t.Parallel()
	eachModule(t, func(t *testing.T, m *facts.Module, contract *Transport) {
		var found []tiktokshop.UnknownField
		srv := tiktokshoptest.NewServer(t)
		client := srv.Client(tiktokshop.WithHTTPClient(&http.Client{Transport: contract}),
			tiktokshop.WithoutRetry(), tiktokshop.WithUnknownFields(
				func(f tiktokshop.UnknownField) { found = append(found, f) }))
		for _, op := range m.Operations {
			serving := methods[op.OperationID]
			req := serving.newRequest()
			seed(srv, op)
			if err := fill(req, fakeRequest(op), op.Multipart(), false); !assert.NoError(t, err,
				op.OperationID) {
				continue
			}
			_, err := serving.call(t.Context(), client, req)
			assert.NoError(t, err, op.OperationID)
			found = slices.DeleteFunc(found, func(f tiktokshop.UnknownField) bool {
				// made up by the fake
				return f.Kind == tiktokshop.UnknownValue && len(knownValues(op, f.Path)) == 0
			})
		}
		assert.Empty(t, found)
	})
}

// knownValues are those that an operation's own facts list of a field of its answer, such as
// "data.orders[].status". Another operation whose type it shares may know more.
func knownValues(op *facts.Operation, path string) []any {
	s := op.Answer()
	for name := range strings.SplitSeq(path, ".") {
		s = s.Properties[strings.TrimRight(name, "[]")].Value
		for s.Items != nil {
			s = s.Items.Value
		}
	}
	values, _ := s.Extensions["x-values"].([]any)
	return values
}
