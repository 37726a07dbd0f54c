package tiktokshoptest

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:generate go -C ../tools run ./tables

// operations is a line for each operation of the platform's; tools/tables writes it from openapi/.
//
//go:embed operations.jsonl
var operations string

// operation is a line of operations.
type operation struct {
	// Name is the SDK's method, such as "order.GetOrderDetail".
	Name   string `json:"name"`
	Method string `json:"method"`
	Path   string `json:"path"`
	// Identifier is "shop_cipher", "category_asset_cipher", "either" or "none".
	Identifier string   `json:"identifier"`
	Optional   bool     `json:"identifier_optional"`
	Scopes     []string `json:"scopes"`
	// KeyInQuery and KeyInBody name where the idempotency key goes.
	KeyInQuery string `json:"key_in_query"`
	KeyInBody  string `json:"key_in_body"`
	Multipart  bool   `json:"multipart"`
	// Data is the answer where nothing is remembered.
	Data json.RawMessage `json:"data"`
}

// route answers with the data of the table.
func (op *operation) route() route {
	rt := route{
		method: op.Method, path: op.Path, scopes: op.Scopes, keyInQuery: op.KeyInQuery,
		keyInBody: op.KeyInBody, body: jsonBody, ofFacts: true,
		handle: func(*Server, *call) reply { return success(op.Data) },
	}
	rt.takes(op.Identifier, op.Optional)
	if op.Multipart {
		rt.body = multipartBody
	}
	return rt
}

// table is operations, read when the first request or test asks for what is not written by hand.
var table = sync.OnceValue(readTable)

// operationTable is operations by their names and by their paths.
type operationTable struct {
	byName map[string]*operation
	routes routeTree
}

func readTable() *operationTable {
	t := &operationTable{byName: make(map[string]*operation)}
	for line := range strings.Lines(operations) {
		op := new(operation)
		if err := json.Unmarshal([]byte(line), op); err != nil {
			panic("tiktokshoptest: operations.jsonl: " + err.Error())
		}
		t.byName[op.Name] = op
		t.routes.add(op.route())
	}
	return t
}

// operation finds the operation that a method calls, nil if there is none. A method may have a
// version behind its name although another one without it calls the same operation:
// order.GetOrderDetail202507 is order.GetOrderDetail.
func (t *operationTable) operation(name string) *operation {
	if op := t.byName[name]; op != nil {
		return op
	}
	plain, version := name[:max(0, len(name)-6)], name[max(0, len(name)-6):]
	if op := t.byName[plain]; op != nil && strings.Contains(op.Path, "/"+version+"/") {
		return op
	}
	return nil
}

func tableRoutes() *routeTree { return &table().routes }
