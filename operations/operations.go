// Package operations lists the operations of the platform that the SDK knows, with what is known of
// each: its method, path, scopes and cipher, whether it may be repeated, and when it stops. It is
// for programs that ask, such as one that checks which scopes it needs or which of its calls stop
// soon; a program that only calls need not import it.
package operations

import (
	_ "embed"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// Operation is one version of an operation.
type Operation struct {
	// Operation is what [tiktokshop.Do] calls. Its Name is the method that serves it, such as
	// "order.GetOrderDetail" or "AffiliatePartner.GetCampaign". RepeatSafe is what the SDK's
	// authors decided, for GET too.
	tiktokshop.Operation
	// ID is the platform's name for it and the version, such as "GetOrderDetail_202507".
	ID string
	// Module is the platform's module, such as "return_refund".
	Module string
	// Version is the six digits in the path.
	Version string
	// Confidence tells how much of it is known.
	Confidence Confidence
	// Page is the address of the platform's page about it.
	Page string
}

// Confidence tells how much is known of an operation.
type Confidence string

const (
	// Full: the platform's page or its OpenAPI file was read.
	Full Confidence = "full"
	// Partial: parts of it are known from others only. Fields of the answer that are not known are
	// in Response.Raw.
	Partial Confidence = "partial"
)

// RetiredBy reports whether the platform has stopped the operation at a time, or will have, by what
// is known today.
func (op *Operation) RetiredBy(t time.Time) bool {
	return op.Retired != "" && op.Retired <= t.UTC().Format(time.DateOnly)
}

// All are the operations in the order of their modules and methods.
func All() iter.Seq[*Operation] {
	return func(yield func(*Operation) bool) {
		for _, op := range list().all {
			if !yield(op.clone()) {
				return
			}
		}
	}
}

// Find returns the operation that a method calls, by the method's name, such as
// "order.GetOrderDetail" or with its version "order.GetOrderDetail202507"; by its ID, such as
// "GetOrderDetail_202507"; or by what is requested, such as "GET /order/202507/orders".
func Find(name string) (op *Operation, ok bool) {
	if op, ok = list().byName[name]; !ok {
		return nil, false
	}
	return op.clone(), true
}

// clone keeps a caller's changes from others.
func (op *Operation) clone() *Operation {
	own := *op
	own.Scopes = slices.Clone(op.Scopes)
	return &own
}

// lines is a line of JSON for each operation; tools/tables writes it from openapi/.
//
//go:embed operations.jsonl
var lines string

type table struct {
	all    []*Operation
	byName map[string]*Operation
}

// list is read when it is first asked for.
var list = sync.OnceValue(func() *table {
	t := &table{byName: make(map[string]*Operation)}
	for text := range strings.Lines(lines) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			panic("operations: operations.jsonl: " + err.Error())
		}
		t.add(l.operation())
	}
	return t
})

func (t *table) add(op *Operation) {
	t.all = append(t.all, op)
	for _, name := range []string{op.Name, op.ID, op.Method + " " + op.Path} {
		t.byName[name] = op
	}
	if !strings.HasSuffix(op.Name, op.Version) {
		t.byName[op.Name+op.Version] = op
	}
}

// line is one of lines.
type line struct {
	Module     string     `json:"module"`
	ID         string     `json:"id"`
	Version    string     `json:"version"`
	Name       string     `json:"name"`
	Method     string     `json:"method"`
	Path       string     `json:"path"`
	Identifier string     `json:"identifier"`
	Optional   bool       `json:"identifier_optional"`
	Scopes     []string   `json:"scopes"`
	RepeatSafe bool       `json:"repeat_safe"`
	KeyInQuery string     `json:"key_in_query"`
	KeyInBody  string     `json:"key_in_body"`
	MaxUpload  int64      `json:"max_upload_bytes"`
	Retired    string     `json:"retired"`
	Successor  string     `json:"successor"`
	Confidence Confidence `json:"confidence"`
	Page       string     `json:"page"`
}

var identifiers = map[string]tiktokshop.Identifier{
	"none":                  tiktokshop.NoIdentifier,
	"shop_cipher":           tiktokshop.ShopCipher,
	"category_asset_cipher": tiktokshop.CategoryAssetCipher,
	"either":                tiktokshop.ShopOrCategoryAssetCipher,
}

func (l *line) operation() *Operation {
	return &Operation{
		Operation: tiktokshop.Operation{
			Name: l.Name, Method: l.Method, Path: l.Path, Identifier: identifiers[l.Identifier],
			IdentifierOptional: l.Optional,
			Scopes:             l.Scopes, RepeatSafe: l.RepeatSafe, IdempotencyQuery: l.KeyInQuery,
			IdempotencyBody: l.KeyInBody,
			MaxUploadBytes:  l.MaxUpload, Retired: l.Retired, Successor: l.Successor,
		},
		ID: l.ID, Module: l.Module, Version: l.Version, Confidence: l.Confidence, Page: l.Page,
	}
}
