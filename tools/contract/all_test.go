package contract

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

const factsFolder = "../../openapi"

var loadFacts = sync.OnceValues(func() ([]*facts.Module, error) { return facts.Load(factsFolder) })

// eachModule runs a test for every module, in parallel.
func eachModule(t *testing.T, test func(t *testing.T, m *facts.Module, contract *Transport)) {
	modules, err := loadFacts()
	require.NoError(t, err)
	for _, m := range modules {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			contract, err := Load(factsFolder+"/"+m.Name+".json",
				&http.Transport{DisableKeepAlives: true})
			require.NoError(t, err)
			contract.BodyOptional = make(map[string]bool)
			for _, op := range m.Operations { // the facts mark every body as required
				contract.BodyOptional[op.OperationID] = op.MinimalRequest().Body == nil ||
					strings.HasSuffix(op.Path, "/partial_edit")
			}
			test(t, m, contract)
		})
	}
}

// TestEveryOperationHasAMethod: the list of methods is that of the facts. That it compiles shows
// that the methods exist.
func TestEveryOperationHasAMethod(t *testing.T) {
	t.Parallel()
	modules, err := loadFacts()
	require.NoError(t, err)
	known := make(map[string]bool)
	for _, m := range modules {
		for _, op := range m.Operations {
			known[op.OperationID] = true
			assert.Contains(t, methods, op.OperationID,
				"there must be a method that serves it: go generate ./...")
		}
	}
	assert.GreaterOrEqual(t, len(known), 476, "all of the first import")
	for id := range methods {
		assert.True(t, known[id], "%s is served, and not in the facts", id)
	}
}

// TestRequests sends a request with all there is and one with what is required through every
// generated method.
func TestRequests(t *testing.T) {
	t.Parallel()
	eachModule(t, func(t *testing.T, m *facts.Module, contract *Transport) {
		server := newRecipient(t, contract)
		client := server.client()
		for _, op := range m.Operations {
			serving := methods[op.OperationID]
			for name, example := range map[string]*facts.Request{"full": op.FullRequest(),
				"minimal": op.MinimalRequest()} {
				id := op.OperationID + ", " + name
				req := serving.newRequest()
				if err := fill(req, example, op.Multipart(), name == "full"); err != nil {
					t.Errorf("%s: %v", id, err)
					continue
				}
				server.expect(op, example)
				got, err := serving.call(t.Context(), client, req)
				if err != nil {
					t.Errorf("%s: %v", id, err)
					continue
				}
				assert.Equal(t, 1, server.count(), id)
				if op.SecretAnswer() {
					assert.Nil(t, got.raw, "%s: which would show the secret", id)
					continue
				}
				for _, problem := range lost(got, serving.newData(), op) {
					t.Errorf("%s: %s", id, problem)
				}
			}
		}
	})
}

// lost decodes an answer strictly, encodes it again, and compares it with what was sent.
func lost(got *answer, again any, op *facts.Operation) []string {
	if err := decodeStrictly(got.raw, &struct {
		Code      int
		Message   string
		RequestID string `json:"request_id"`
		Data      any
	}{Data: again}); err != nil {
		return []string{err.Error()}
	}
	want, err := plain(mustEncode(op.ExampleData()))
	if err != nil {
		return []string{err.Error()}
	}
	want = idsAsText(op.Data(), want)
	var problems []string
	for _, data := range []any{got.data, again} {
		have, err := plain(mustEncode(data))
		if err != nil {
			return []string{err.Error()}
		}
		problems = append(problems, differences("data", withoutZeros(want), withoutZeros(have))...)
	}
	return slices.Compact(problems)
}

// withoutZeros leaves out what goes unsaid when a type that several operations share is encoded: a
// field with no, 0 or an empty text, and an object of such fields. That the type has the field is
// known from decoding strictly.
func withoutZeros(v any) any {
	switch v := v.(type) {
	case map[string]any:
		kept := make(map[string]any)
		for name, value := range v {
			if value = withoutZeros(value); value != nil {
				kept[name] = value
			}
		}
		if len(kept) == 0 && len(v) > 0 {
			return nil
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i := range v {
			kept[i] = withoutZeros(v[i])
		}
		return kept
	case json.Number:
		if v == "0" {
			return nil
		}
	case bool, string:
		if v == false || v == "" {
			return nil
		}
	}
	return v
}

// idsAsText turns the ids that are integers into texts, which is what an ID encodes as.
func idsAsText(s *openapi3.Schema, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = idsAsText(s.Properties[name].Value, v[name])
		}
	case []any:
		for i := range v {
			v[i] = idsAsText(s.Items.Value, v[i])
		}
	case json.Number:
		if s.Extensions["x-id"] == true {
			return v.String()
		}
	}
	return v
}

// TestFakeAnswers sends every generated operation to the fake platform, whose answers keep the
// contract too, by themselves and when a test sets them.
func TestFakeAnswers(t *testing.T) {
	t.Parallel()
	eachModule(t, func(t *testing.T, m *facts.Module, contract *Transport) {
		srv, set := tiktokshoptest.NewServer(t), tiktokshoptest.NewServer(t)
		connect := func(srv *tiktokshoptest.Server) *tiktokshop.Client {
			return srv.Client(tiktokshop.WithHTTPClient(&http.Client{Transport: contract}),
				tiktokshop.WithoutRetry())
		}
		client, setClient := connect(srv), connect(set)
		for _, op := range m.Operations {
			serving := methods[op.OperationID]
			seed(srv, op)
			call := func(client *tiktokshop.Client) (*answer, error) {
				req := serving.newRequest()
				if err := fill(req, fakeRequest(op), op.Multipart(), !keepsState(op)); err != nil {
					return nil, err
				}
				return serving.call(t.Context(), client, req)
			}
			if got, err := call(client); assert.NoError(t, err, op.OperationID) {
				assert.NotRegexp(t, `"next_page_token":"[^"0]|"has_more":true`, string(got.raw),
					"%s: reading all pages ends", op.OperationID)
			}
			assert.Equal(t, 1, contract.Seen()[op.OperationID], op.OperationID)

			if op.SecretAnswer() {
				continue // which does not encode
			}
			if assert.NoError(t, serving.setAnswer(set, mustEncode(op.ExampleData())),
				op.OperationID) {
				got, err := call(setClient)
				if assert.NoError(t, err, op.OperationID) {
					assert.Empty(t, lost(got, serving.newData(), op), op.OperationID)
				}
			}
		}
	})
}

// keepsState tells that the fake answers an operation from its campaigns.
func keepsState(op *facts.Operation) bool {
	return op.Module.Name == "affiliate_partner" && op.Plain
}

// fakeRequest is an example with all there is that the fake takes.
func fakeRequest(op *facts.Operation) *facts.Request {
	example := op.FullRequest()
	if keepsState(op) {
		delete(example.Query, "page_token") // it has given out none
	}
	return example
}

// seed gives the fake what the example of an operation is about that goes by the state of the fake.
func seed(srv *tiktokshoptest.Server, op *facts.Operation) {
	if !keepsState(op) {
		return
	}
	path := op.FullRequest().Path
	campaign, product := tiktokshop.ID(facts.WireText(path["campaign_id"])),
		tiktokshop.ID(facts.WireText(path["product_id"]))
	if campaign == "" {
		return
	}
	c := tiktokshoptest.Campaign{ID: campaign, Status: "ONGOING",
		Products: []tiktokshoptest.Product{{ID: product}}}
	ids, _ := op.FullRequest().Body["product_ids"].([]any)
	for _, id := range ids {
		c.Products = append(c.Products,
			tiktokshoptest.Product{ID: tiktokshop.ID(facts.WireText(id))})
	}
	if strings.HasSuffix(op.Path, "/publish") || strings.HasSuffix(op.Path, "/partial_edit") {
		c.Status, c.Unpublished = "", true
	}
	srv.AddCampaign(c)
	srv.SetSampleStatus(campaign, product, facts.WireText(path["creator_temp_id"]),
		affiliatepartner.SampleStatus{
			DeliveryOption:  affiliatepartner.DeliveryOptionEconomyShipping,
			TrackingResults: []affiliatepartner.TrackingResult{},
		})
}
