package contract

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// noIterator are operations that take a page token and have no one list, with why.
var noIterator = map[string]string{
	"GetSPSMetricProblemDetails_202606": "a list for each metric",
	"GetShopLIVEPerformanceList_202609": "nothing is known of the answer",
}

// TestPagesOfEveryList reads three pages of every list: each request is the first one, but for the
// page token and what the facts say that the first answer gives to all later ones.
func TestPagesOfEveryList(t *testing.T) {
	t.Parallel()
	eachModule(t, func(t *testing.T, m *facts.Module, _ *Transport) {
		server := &pageServer{}
		srv := httptest.NewServer(server)
		t.Cleanup(srv.Close)
		client := (&recipient{t: t, URL: srv.URL}).client()
		for _, op := range m.Operations {
			serving := methods[op.OperationID]
			example := op.FullRequest()
			if _, inQuery := example.Query["page_token"]; !inQuery &&
				example.Body["page_token"] == nil || noIterator[op.OperationID] != "" {
				continue
			}
			// what is shared is in the answer, too, and must not be if it is not carried
			for name := range example.Query {
				if _, ok := op.Data().Properties[name]; ok {
					assert.Contains(t, op.PageCarry, name,
						"%s: is it carried from page to page? x-page-carry", op.OperationID)
				}
			}
			for name := range example.Body {
				if _, ok := op.Data().Properties[name]; ok {
					assert.Contains(t, op.PageCarry, name,
						"%s: is it carried from page to page? x-page-carry", op.OperationID)
				}
			}
			for _, values := range []map[string]any{example.Query, example.Body} {
				delete(values, "page_token")
				for _, carried := range op.PageCarry {
					delete(values, carried)
				}
			}
			if len(example.Body) == 0 {
				example.Body = nil
			}
			req := serving.newRequest()
			require.NoError(t, fill(req, example, false, false), op.OperationID)
			server.begin(op)
			all := reflect.ValueOf(serving.service(client)).MethodByName(op.GoName + "All")
			require.True(t, all.IsValid(), "%s has no iterator", op.OperationID)
			items := 0
			for _, err := range all.Call([]reflect.Value{reflect.ValueOf(t.Context()),
				reflect.ValueOf(req)})[0].Seq2() {
				require.Nil(t, err.Interface(), op.OperationID)
				items++
			}
			sent := server.taken()
			if !assert.Len(t, sent, 3, op.OperationID) {
				continue
			}
			assert.GreaterOrEqual(t, items, 3, op.OperationID)
			for i, page := range sent[1:] {
				want := maps.Clone(sent[0])
				want["page_token"] = fmt.Sprint("p", i+2)
				for _, carried := range op.PageCarry {
					want[carried] = "of page 1"
				}
				assert.Equal(t, want, page, "%s: page %d", op.OperationID, i+2)
			}
		}
	})
}

// pageServer answers with three pages.
type pageServer struct {
	mu   sync.Mutex
	op   *facts.Operation
	sent []map[string]any
}

func (s *pageServer) begin(op *facts.Operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.op, s.sent = op, nil
}

func (s *pageServer) taken() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

func (s *pageServer) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inputs := make(map[string]any)
	if body, _ := io.ReadAll(req.Body); len(body) > 0 {
		if fields, err := plain(body); err == nil {
			maps.Copy(inputs, fields.(map[string]any))
		}
	}
	for name, values := range req.URL.Query() {
		if !slices.Contains(gatewayKeys, name) {
			inputs[name] = values[0]
		}
	}
	s.sent = append(s.sent, inputs)
	page := len(s.sent)
	data := s.op.ExampleData()
	setToken(data, page)
	for _, carried := range s.op.PageCarry {
		data[carried] = fmt.Sprint("of page ", page)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(mustEncode(
		map[string]any{"code": 0, "message": "Success", "request_id": "1", "data": data}))
}

// setToken says which page follows.
func setToken(data map[string]any, page int) {
	for name, value := range data {
		if object, ok := value.(map[string]any); ok {
			setToken(object, page)
		}
		if name == "next_page_token" {
			data[name] = ""
			if page < 3 {
				data[name] = fmt.Sprint("p", page+1)
			}
		}
	}
}

// TestEveryVersionHasItsName: every operation can be called by the name with its version.
func TestEveryVersionHasItsName(t *testing.T) {
	t.Parallel()
	eachModule(t, func(t *testing.T, m *facts.Module, contract *Transport) {
		server := newRecipient(t, contract)
		client := server.client()
		for _, op := range m.Operations {
			serving := methods[op.OperationID]
			method := reflect.ValueOf(serving.service(client)).MethodByName(op.VersionedName())
			if !assert.True(t, method.IsValid(), "%s: there is no %s", op.OperationID,
				op.VersionedName()) {
				continue
			}
			req := serving.newRequest()
			require.NoError(t, fill(req, op.FullRequest(), op.Multipart(), true), op.OperationID)
			server.expect(op, op.FullRequest())
			results := method.Call([]reflect.Value{reflect.ValueOf(t.Context()),
				reflect.ValueOf(req)})
			assert.Nil(t, results[1].Interface(), op.OperationID)
			assert.Equal(t, 1, server.count(), op.OperationID)
		}
	})
}
