// Package contract checks requests and answers against the facts in openapi/
// with a validator that is not this project's own.
package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// gatewayParams are read by the gateway, and no part of an operation's facts.
var gatewayParams = map[string]bool{"app_key": true, "timestamp": true, "sign": true}

// Transport validates what passes through it. A request or an answer that breaks the contract is
// the error of its call.
type Transport struct {
	// Next sends the requests.
	Next http.RoundTripper
	// BodyOptional names the operations that may be called without the body
	// that the facts, which mark every body as required, declare.
	BodyOptional map[string]bool

	router routers.Router
	mu     sync.Mutex
	seen   map[string]int
}

// Load reads a module's facts. Objects are closed: a field that the facts do not declare breaks the
// contract.
func Load(file string, next http.RoundTripper) (*Transport, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // match paths on any host
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody != nil {
				for _, media := range op.RequestBody.Value.Content {
					facts.Close(media.Schema.Value)
				}
			}
			for _, response := range op.Responses.Map() {
				for _, media := range response.Value.Content {
					facts.Close(media.Schema.Value)
					idsInEitherForm(media.Schema.Value)
				}
			}
		}
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	return &Transport{Next: next, router: router, seen: make(map[string]int)}, nil
}

// idsInEitherForm lets the ids of an answer that are integers be texts as well: the SDK reads both,
// and writes what a test has the fake platform answer with as a text.
func idsInEitherForm(s *openapi3.Schema) {
	if s.Extensions["x-id"] == true {
		s.Type, s.Format = &openapi3.Types{openapi3.TypeInteger, openapi3.TypeString}, ""
	}
	for _, p := range s.Properties {
		idsInEitherForm(p.Value)
	}
	if s.Items != nil {
		idsInEitherForm(s.Items.Value)
	}
}

// operationIDs lists the operations of a module's facts.
func operationIDs(file string) ([]string, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			ids = append(ids, op.OperationID)
		}
	}
	return ids, nil
}

// Seen counts the valid calls of each operation, by operation id.
func (t *Transport) Seen() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.seen)
}

// checkRequest validates a request, whose body can be read afterwards as before.
func (t *Transport) checkRequest(
	req *http.Request,
) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := t.router.FindRoute(req)
	if err != nil {
		return nil, fmt.Errorf("contract: %s %s: %w", req.Method, req.URL.Path, err)
	}
	id := route.Operation.OperationID
	for key := range req.URL.Query() {
		if !gatewayParams[key] && route.Operation.Parameters.GetByInAndName("query", key) == nil {
			return nil, fmt.Errorf("contract: %s: the query parameter %s is not declared", id, key)
		}
	}
	check := req.Clone(req.Context())
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		check.Body = io.NopCloser(bytes.NewReader(body))
	}
	input := &openapi3filter.RequestValidationInput{
		Request: check, PathParams: params, Route: route,
		Options: &openapi3filter.Options{RejectWhenRequestBodyNotSpecified: true,
			SkipSettingDefaults: true, ExcludeRequestBody: req.Body == nil && t.BodyOptional[id]},
	}
	if err := openapi3filter.ValidateRequest(req.Context(), input); err != nil {
		return nil, fmt.Errorf("contract: %s: request: %w", id, err)
	}
	return input, nil
}

// RoundTrip validates the request, sends it, and validates the answer if it is a success.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	input, err := t.checkRequest(req)
	if err != nil {
		return nil, err
	}
	id := input.Route.Operation.OperationID
	res, err := t.Next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	var envelope struct {
		Code int `json:"code"`
	}
	if json.Unmarshal(body, &envelope) != nil || envelope.Code != 0 {
		return res, nil // the facts describe successes
	}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: res.StatusCode, Header: res.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(req.Context(),
		answer.SetBodyBytes(body)); err != nil {
		return nil, fmt.Errorf("contract: %s: answer: %w", id, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen[id]++
	return res, nil
}
