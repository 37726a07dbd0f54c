package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// terminalFolder is what the command tts knows of operations beside package operations: the heads
// of all in one file, which is what lists and searches read, and their fields in one for each
// module.
const terminalFolder = "cmd/tts/internal/catalog/data"

// terminalHead is a line of the heads. The name comes first, so that a line can be found without
// decoding the others.
type terminalHead struct {
	Name        string              `json:"name"` // as package operations has it
	Summary     string              `json:"summary"`
	Description string              `json:"description,omitzero"`
	Entity      string              `json:"entity,omitzero"` // whose token it takes
	ErrorCodes  []int               `json:"error_codes,omitzero"`
	Form        bool                `json:"form,omitzero"` // the body is multipart/form-data
	Secret      bool                `json:"secret,omitzero"`
	Pages       *terminalPages      `json:"pages,omitzero"`
	ItemErrors  []*facts.ItemErrors `json:"item_errors,omitzero"`
}

// terminalLine is a line of a module: the fields of an operation.
type terminalLine struct {
	Name   string           `json:"name"`
	Path   []*terminalField `json:"path,omitzero"`
	Query  []*terminalField `json:"query,omitzero"`
	Body   []*terminalField `json:"body,omitzero"`
	Answer []*terminalField `json:"answer,omitzero"`
}

// terminalPages are the places in an answer's data of what the next page needs. The request's is
// page_token.
type terminalPages struct {
	Next    string   `json:"next"`
	Items   string   `json:"items"`
	HasMore string   `json:"has_more,omitzero"`
	Carry   []string `json:"carry,omitzero"`
}

// terminalField is a field of a request or an answer.
type terminalField struct {
	Name string `json:"name"`
	Doc  string `json:"doc,omitzero"`
	// Type is as in the fake's table: "" for a text; or an integer's size, such as "int64", "bool",
	// "list", "object" or "file".
	Type     string          `json:"type,omitzero"`
	Required bool            `json:"required,omitzero"`
	When     json.RawMessage `json:"required_when,omitzero"`
	Min      *int64          `json:"min,omitzero"`
	Max      *int64          `json:"max,omitzero"`
	Default  any             `json:"default,omitzero"`
	Example  any             `json:"example,omitzero"`
	// Values are the known ones; Closed if the platform takes no others.
	Values   []terminalValue  `json:"values,omitzero"`
	Closed   bool             `json:"closed,omitzero"`
	MaxBytes int64            `json:"max_bytes,omitzero"`
	Secret   bool             `json:"secret,omitzero"`
	Items    *terminalField   `json:"items,omitzero"`
	Fields   []*terminalField `json:"fields,omitzero"`
}

type terminalValue struct {
	Value string `json:"value"`
	Doc   string `json:"doc,omitzero"`
}

// terminalTables has the file of heads and one for each module.
func terminalTables(modules []*facts.Module) (map[string][]byte, error) {
	files := make(map[string][]byte, len(modules)+1)
	lines := func(b *bytes.Buffer) *json.Encoder {
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		return e
	}
	var all bytes.Buffer
	heads := lines(&all)
	for _, m := range modules {
		var b bytes.Buffer
		fields := lines(&b)
		for _, op := range m.Operations {
			line, err := terminalLineOf(op)
			if err == nil {
				err = errors.Join(heads.Encode(terminalHeadOf(op)), fields.Encode(line))
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", op.OperationID, err)
			}
		}
		files[path.Join(terminalFolder, "fields", m.Package+".jsonl")] = b.Bytes()
	}
	files[path.Join(terminalFolder, "heads.jsonl")] = all.Bytes()
	return files, nil
}

func terminalHeadOf(op *facts.Operation) *terminalHead {
	entity, _ := op.Extensions["x-entity"].(string)
	return &terminalHead{
		Name: op.ServedBy(), Summary: op.Summary, Description: op.Description, Entity: entity,
		ErrorCodes: op.ErrorCodes,
		Form:       op.Multipart(), Secret: op.SecretAnswer(), Pages: terminalPagesOf(op),
		ItemErrors: op.ItemErrors,
	}
}

func terminalLineOf(op *facts.Operation) (*terminalLine, error) {
	line := &terminalLine{Name: op.ServedBy()}
	for _, p := range op.Inputs() {
		schema := *p.Schema.Value
		schema.Example = cmp.Or(p.Example, schema.Example)
		f, err := terminalFieldOf(p.Name, &schema, true, p.Required ||
			p.In == openapi3.ParameterInPath)
		if err != nil {
			return nil, err
		}
		f.Doc = cmp.Or(p.Description, f.Doc)
		if p.In == openapi3.ParameterInPath {
			line.Path = append(line.Path, f)
		} else {
			line.Query = append(line.Query, f)
		}
	}
	var err error
	if body, _ := op.Body(); body != nil {
		if line.Body, err = terminalFields(body, true); err != nil {
			return nil, err
		}
	}
	line.Answer, err = terminalFields(op.Data(), false)
	return line, err
}

// terminalFields are the fields of an object, the required ones first.
func terminalFields(s *openapi3.Schema, request bool) ([]*terminalField, error) {
	var fields []*terminalField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		f, err := terminalFieldOf(name, s.Properties[name].Value, request,
			slices.Contains(s.Required, name))
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	slices.SortStableFunc(fields, func(a, b *terminalField) int {
		switch {
		case a.Required == b.Required || !request:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return fields, nil
}

func terminalFieldOf(
	name string, s *openapi3.Schema, request, required bool,
) (*terminalField, error) {
	rule, err := ruleOf(name, s, required && request)
	if err != nil {
		return nil, err
	}
	f := &terminalField{Name: name, Doc: s.Description, Type: rule.Type, Required: rule.Required,
		Values: terminalValues(name, s)}
	f.Secret = s.Extensions["x-secret"] == true
	if request {
		f.Min, f.Max, f.Default = rule.Min, rule.Max, s.Default
		f.Closed = rule.Values != nil || s.Type.Is("integer") && len(s.Enum) > 0
		limit, _ := s.Extensions["x-max-bytes"].(float64)
		f.MaxBytes = int64(limit)
		if rule.Type != "object" && rule.Type != "list" {
			f.Example = s.Example
			if n, ok := s.Example.(float64); ok && n > 1<<53 {
				f.Example = nil // its last digits are gone
			}
		}
		if when, ok := s.Extensions["x-required-when"]; ok {
			if f.When, err = json.Marshal(when); err != nil {
				return nil, err
			}
		}
	}
	switch rule.Type {
	case "object":
		f.Fields, err = terminalFields(s, request)
	case "list":
		f.Items, err = terminalFieldOf(name, s.Items.Value, request, false)
		if f.Items != nil {
			f.Items.Name = ""
			if len(f.Items.Values) == 0 {
				f.Items.Values, f.Values = f.Values, nil
			}
		}
	}
	return f, err
}

// terminalValues are the known values of a field with what they stand for.
func terminalValues(name string, s *openapi3.Schema) []terminalValue {
	words, _ := s.Extensions["x-enum-descriptions"].(map[string]any)
	names, _ := s.Extensions["x-value-names"].(map[string]any)
	var known []string
	raw, _ := s.Extensions["x-values"].([]any)
	for _, v := range append(slices.Clone(raw), s.Enum...) {
		if text := facts.WireText(v); !slices.Contains(known, text) {
			known = append(known, text)
		}
	}
	if len(raw) == 0 && s.Type.Is("integer") {
		for _, v := range slices.SortedFunc(maps.Keys(names), func(a, b string) int {
			return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
		}) {
			if !slices.Contains(known, v) {
				known = append(known, v)
			}
		}
	}
	var values []terminalValue
	for _, v := range known {
		doc, _ := words[v].(string)
		if meaning, ok := names[v].(string); ok {
			doc = strings.TrimSuffix(meaning+": "+doc, ": ")
		}
		values = append(values, terminalValue{v, doc})
	}
	return values
}

// terminalPagesOf recognises a list that comes in pages as the generator does: a page token goes
// in, the next one comes out, beside one list of objects.
func terminalPagesOf(op *facts.Operation) *terminalPages {
	body, _ := op.Body()
	if op.Parameters.GetByInAndName("query", "page_token") == nil &&
		(body == nil || body.Properties["page_token"] == nil) {
		return nil
	}
	pages := &terminalPages{Carry: op.PageCarry}
	lists := 0
	var look func(s *openapi3.Schema, at string, depth int)
	look = func(s *openapi3.Schema, at string, depth int) {
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			p := s.Properties[name].Value
			switch {
			case name == "next_page_token":
				pages.Next = at + name
			case name == "has_more" && p.Type.Is("boolean"):
				pages.HasMore = at + name
			case p.Type.Is("array") && p.Items.Value.Type.Is("object"):
				lists++
				pages.Items = at + name
			case p.Type.Is("object") && depth > 0:
				look(p, at+name+".", depth-1)
			}
		}
	}
	if look(op.Data(), "", 0); lists == 0 {
		look(op.Data(), "", 1)
	}
	if lists != 1 || pages.Next == "" {
		return nil
	}
	return pages
}
