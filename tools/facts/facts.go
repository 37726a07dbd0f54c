// Package facts reads the facts of the platform's API in openapi/, and knows what each operation is
// called in Go and which method serves it. The generator, the contract tests and the table of the
// fake platform are made from it.
package facts

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// Module is one of the platform's modules, such as "return_refund".
type Module struct {
	Name string
	// Package is the Go package that serves it, such as "returnrefund".
	Package string
	Doc     *openapi3.T
	// Operations are in the order of their Go names, that with the plain name before others.
	Operations []*Operation
}

// Operation is one version of an operation.
type Operation struct {
	*openapi3.Operation
	Module *Module
	// Method and Path are those of the request.
	Method, Path string
	// Name is the vendor's, Version the six digits of the path.
	Name, Version string
	// ChosenName is what Go calls the operation, empty if it is called by the vendor's name.
	ChosenName string
	// Identifier is the cipher it takes.
	Identifier Identifier
	// IdentifierOptional tells that the operation may be called without it.
	IdentifierOptional bool
	Scopes             []string
	ErrorCodes         []int
	// Page is the vendor's page about it.
	Page string
	// GoName is the method's name in the module's package.
	GoName string
	// Partial tells that parts of it are not known.
	Partial bool
	// Plain tells that the method without a version in its name calls this version; see Versions.
	Plain bool
	// RepeatSafe tells that doing it twice does no more than doing it once.
	RepeatSafe bool
	// PageCarry are fields of a list's answer which every later page's request repeats.
	PageCarry []string
	// ItemErrors say where the items are that failed although the call succeeded; empty if none
	// can.
	ItemErrors []*ItemErrors
	// Retired is the day on which the version stops, as 2026-08-15; empty if none is known.
	Retired string
	// Successor is the operation to call instead, nil if none is known. Load finds it, LoadModule
	// does not.
	Successor *Operation
}

// Identifier is the cipher an operation takes.
type Identifier string

// The ciphers.
const (
	NoIdentifier        Identifier = "none"
	ShopCipher          Identifier = "shop_cipher"
	CategoryAssetCipher Identifier = "category_asset_cipher"
	// EitherCipher: the operation takes one or the other.
	EitherCipher Identifier = "either"
)

// ServedBy is the method that serves the operation, as the SDK's Operation.Name has it:
// "order.GetOrderDetail".
func (op *Operation) ServedBy() string { return op.Module.Package + "." + op.GoName }

// Base is the method's name without a version, VersionedName with it.
func (op *Operation) Base() string {
	if op.ChosenName != "" {
		return op.ChosenName
	}
	return strings.ReplaceAll(op.Name, "LIVE", "Live") // a word, no initialism
}

// VersionedName is the method's name with the version behind it.
func (op *Operation) VersionedName() string { return op.Base() + op.Version }

// Body returns the schema of the request's body and its media type, nil if the operation takes
// none.
func (op *Operation) Body() (*openapi3.Schema, string) {
	if op.RequestBody == nil {
		return nil, ""
	}
	for mediaType, media := range op.RequestBody.Value.Content {
		return media.Schema.Value, mediaType // there is only one
	}
	return nil, ""
}

// defaultUpload is what the client takes where an operation says nothing.
const defaultUpload = 10 << 20

// LargestUpload is the most bytes a file of the request may have, 0 if the facts say nothing of it
// or what the client takes anyway.
func (op *Operation) LargestUpload() int64 {
	body, _ := op.Body()
	if body == nil {
		return 0
	}
	largest := int64(0)
	for _, p := range body.Properties {
		limit, _ := p.Value.Extensions["x-max-bytes"].(float64)
		largest = max(largest, int64(limit))
	}
	if largest == defaultUpload {
		return 0
	}
	return largest
}

// IdempotencyKey tells where the operation takes an idempotency key, and its name: "query", "body",
// or "" if it takes none.
func (op *Operation) IdempotencyKey() (in, name string) {
	body, _ := op.Body()
	for _, key := range []string{"idempotency_key", "idempotent_key"} {
		switch {
		case op.Parameters.GetByInAndName("query", key) != nil:
			return "query", key
		case body != nil && body.Properties[key] != nil:
			return "body", key
		}
	}
	return "", ""
}

// Answer returns the schema of the whole answer.
func (op *Operation) Answer() *openapi3.Schema {
	return op.Responses.Status(200).Value.Content.Get("application/json").Schema.Value
}

// Data returns the schema of the answer's data.
func (op *Operation) Data() *openapi3.Schema {
	return op.Answer().Properties["data"].Value
}

// SecretAnswer tells that there is something in the answer that nobody must see.
func (op *Operation) SecretAnswer() bool { return hasSecret(op.Data()) }

func hasSecret(s *openapi3.Schema) bool {
	if s.Extensions["x-secret"] == true || s.Items != nil && hasSecret(s.Items.Value) {
		return true
	}
	for _, field := range s.Properties {
		if hasSecret(field.Value) {
			return true
		}
	}
	return false
}

// Load reads every module in a folder, in the order of their names. Names without a version are
// those of its VersionsFile.
func Load(folder string) ([]*Module, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no facts in %s", folder)
	}
	slices.Sort(files)
	versions, err := ReadVersions(filepath.Join(folder, VersionsFile))
	if err != nil {
		return nil, err
	}
	modules := make([]*Module, 0, len(files))
	for _, file := range files {
		m, err := LoadModule(file, versions)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		modules = append(modules, m)
	}
	if err := findSuccessors(modules); err != nil {
		return nil, err
	}
	return modules, nil
}

// findSuccessors follows x-successor, which may lead to another module.
func findSuccessors(modules []*Module) error {
	byID := make(map[string]*Operation)
	for _, m := range modules {
		for _, op := range m.Operations {
			byID[op.OperationID] = op
		}
	}
	for _, m := range modules {
		for _, op := range m.Operations {
			id, ok := op.Extensions["x-successor"]
			if !ok {
				continue
			}
			name, _ := id.(string)
			op.Successor = byID[name]
			switch {
			case op.Retired == "":
				return fmt.Errorf("%s: x-successor without x-retired", op.OperationID)
			case op.Successor == nil:
				return fmt.Errorf("%s: x-successor: there is no operation %v", op.OperationID, id)
			case op.Successor.Retired != "":
				return fmt.Errorf("%s: x-successor: %s is retired, too", op.OperationID, name)
			}
		}
	}
	return nil
}

// PlainRetired are the operations that have the plain name although they stopped before a day and a
// version that goes on could have it.
func PlainRetired(modules []*Module, day time.Time) []string {
	today := day.UTC().Format(time.DateOnly)
	var stale []string
	for _, m := range modules {
		for _, op := range m.Operations {
			if !op.Plain || op.Retired == "" || op.Retired >= today {
				continue
			}
			if slices.ContainsFunc(m.Operations, func(other *Operation) bool {
				return other.Base() == op.Base() && other.Retired == "" && !other.Partial
			}) {
				stale = append(stale, op.ServedBy()+" calls "+op.Version)
			}
		}
	}
	return stale
}

// LoadModule reads one module. Where versions name none that there is, the newest one that is known
// as a whole has the plain name.
func LoadModule(file string, versions Versions) (*Module, error) {
	content, err := os.ReadFile(file) // a loader would go on with what it read the first time
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(content)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(filepath.Base(file), ".json")
	m := &Module{Name: name, Package: strings.ReplaceAll(name, "_", ""), Doc: doc}
	plain, partial := make(map[string]string), make(map[string]string)
	for path, item := range doc.Paths.Map() {
		for method, spec := range item.Operations() {
			op := &Operation{Operation: spec, Module: m, Method: method, Path: path}
			if err := op.readExtensions(); err != nil {
				return nil, fmt.Errorf("%s: %w", spec.OperationID, err)
			}
			if op.Partial {
				partial[op.Base()] = max(partial[op.Base()], op.Version)
			} else {
				plain[op.Base()] = max(plain[op.Base()], op.Version)
			}
			m.Operations = append(m.Operations, op)
		}
	}
	for _, op := range m.Operations {
		if version := versions[m.Package][op.Base()]; version == op.Version {
			plain[op.Base()] = version
		}
	}
	for _, op := range m.Operations {
		if op.Plain = op.Version == cmp.Or(plain[op.Base()], partial[op.Base()]); op.Plain {
			op.GoName = op.Base()
		} else {
			op.GoName = op.VersionedName()
		}
	}
	slices.SortFunc(m.Operations, func(a, b *Operation) int {
		return cmp.Or(cmp.Compare(a.Base(), b.Base()), plainFirst(a, b),
			cmp.Compare(b.Version, a.Version))
	})
	return m, nil
}

// plainFirst: the version that has the plain name gives its names to the types that others share
// with it.
func plainFirst(a, b *Operation) int {
	switch {
	case a.Plain == b.Plain:
		return 0
	case a.Plain:
		return -1
	}
	return 1
}

// readExtensions fills in what the facts keep in x- fields.
func (op *Operation) readExtensions() error {
	for key, into := range map[string]any{
		"x-name": &op.Name, "x-go-name": &op.ChosenName, "x-version": &op.Version,
		"x-scopes":      &op.Scopes,
		"x-error-codes": &op.ErrorCodes, "x-identifier": &op.Identifier,
		"x-repeat-safe": &op.RepeatSafe, "x-page-carry": &op.PageCarry, "x-retired": &op.Retired,
	} {
		if raw, ok := op.Extensions[key]; ok {
			b, err := json.Marshal(raw)
			if err == nil {
				err = json.Unmarshal(b, into)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	if op.Retired != "" {
		if _, err := time.Parse(time.DateOnly, op.Retired); err != nil {
			return fmt.Errorf("x-retired: %w", err)
		}
	}
	if err := op.readItemErrors(); err != nil {
		return fmt.Errorf("x-item-errors: %w", err)
	}
	op.Partial = op.Extensions["x-confidence"] == "partial"
	if op.ExternalDocs != nil {
		op.Page = op.ExternalDocs.URL
	}
	shop, asset := op.Parameters.GetByInAndName("query", string(ShopCipher)),
		op.Parameters.GetByInAndName("query", string(CategoryAssetCipher))
	switch {
	case shop != nil && asset != nil:
		op.Identifier, op.IdentifierOptional = EitherCipher, !shop.Required
	case shop != nil:
		op.IdentifierOptional = !shop.Required
	case asset != nil:
		op.IdentifierOptional = !asset.Required
	}
	return nil
}

// Inputs are the parameters of the path and query but the ciphers, which the client adds.
func (op *Operation) Inputs() []*openapi3.Parameter {
	var ps []*openapi3.Parameter
	for _, p := range op.Parameters {
		if n := p.Value.Name; n != string(ShopCipher) && n != string(CategoryAssetCipher) {
			ps = append(ps, p.Value)
		}
	}
	return ps
}
