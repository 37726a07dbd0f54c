package contract

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// The SDK knows every field and value that the fake platform answers with by itself, and tells of what is put beside them.
func TestNothingUnknown(t *testing.T) {
	t.Parallel()
	eachModule(t, func(t *testing.T, m *facts.Module, contract *Transport) {
		var found []tiktokshop.UnknownField
		client := tiktokshoptest.NewServer(t).Client(tiktokshop.WithHTTPClient(&http.Client{Transport: contract}),
			tiktokshop.WithoutRetry(), tiktokshop.WithUnknownFields(func(f tiktokshop.UnknownField) { found = append(found, f) }))
		for _, op := range m.Operations {
			serving, ok := generatedMethods[op.OperationID]
			if !ok {
				continue
			}
			req := serving.newRequest()
			if err := fill(req, op.FullRequest(), op.Multipart(), true); !assert.NoError(t, err, op.OperationID) {
				continue
			}
			_, err := serving.call(t.Context(), client, req)
			assert.NoError(t, err, op.OperationID)
		}
		assert.Empty(t, found)
	})
}
