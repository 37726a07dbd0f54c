package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// request is a line of the table of requests: what the fake platform judges an operation's query
// and body by. The key comes first, so that a line can be found without decoding the others.
type request struct {
	Operation string           `json:"operation"`
	Query     map[string]*rule `json:"query,omitempty"`
	Body      *rule            `json:"body,omitempty"`
}

// rule is a schema in short: without examples, and with one pair of limits for what it is a schema
// of.
type rule struct {
	// Type is "" for a text; or an integer's size, such as "int64", "bool", "list", "object" or
	// "file".
	Type     string `json:"type,omitempty"`
	Required bool   `json:"required,omitempty"`
	// Min and Max limit a number, the characters of a text, or the elements of a list.
	Min *int64 `json:"min,omitempty"`
	Max *int64 `json:"max,omitempty"`
	// Values are all that the field takes.
	Values []string         `json:"values,omitempty"`
	Items  *rule            `json:"items,omitempty"`
	Fields map[string]*rule `json:"fields,omitempty"`
}

// requestTable has a line of JSON for each operation.
func requestTable(modules []*facts.Module) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, m := range modules {
		for _, op := range m.Operations {
			line, err := requestOf(op)
			if err == nil {
				err = e.Encode(line)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", op.OperationID, err)
			}
		}
	}
	return b.Bytes(), nil
}

func requestOf(op *facts.Operation) (*request, error) {
	r := &request{Operation: op.Method + " " + op.Path, Query: make(map[string]*rule)}
	for _, p := range op.Inputs() {
		if p.In != openapi3.ParameterInQuery {
			continue
		}
		field, err := ruleOf(p.Name, p.Schema.Value, p.Required)
		if err != nil {
			return nil, err
		}
		r.Query[p.Name] = field
	}
	body, _ := op.Body()
	if body == nil {
		return r, nil
	}
	var err error
	if r.Body, err = ruleOf("body", body, false); err != nil {
		return nil, err
	}
	return r, nil
}

func ruleOf(name string, s *openapi3.Schema, required bool) (*rule, error) {
	r := &rule{Required: required}
	var err error
	switch {
	case s.Format == "binary":
		r.Type = "file"
	case s.Type.Is("string"):
		r.Min, r.Max = limits(s.MinLength, s.MaxLength)
		r.Values = closedValues(name, s)
	case s.Type.Is("integer"):
		r.Type = s.Format
		if r.Type == "" {
			r.Type = "int64"
		}
		r.Min, r.Max = whole(s.Min), whole(s.Max)
	case s.Type.Is("boolean"):
		r.Type = "bool"
	case s.Type.Is("array"):
		r.Type = "list"
		r.Min, r.Max = limits(s.MinItems, s.MaxItems)
		r.Items, err = ruleOf(name, s.Items.Value, false)
	case s.Type.Is("object"):
		r.Type = "object"
		r.Fields, err = rulesOf(s)
	default:
		err = fmt.Errorf("%s is a %v, which the fake cannot judge", name, s.Type)
	}
	return r, err
}

func rulesOf(s *openapi3.Schema) (map[string]*rule, error) {
	fields := make(map[string]*rule, len(s.Properties))
	for name, p := range s.Properties {
		field, err := ruleOf(name, p.Value, slices.Contains(s.Required, name))
		if err != nil {
			return nil, err
		}
		fields[name] = field
	}
	return fields, nil
}

// closedValues are the values of a field that takes no others. The facts' lists are open, as the
// platform adds values; of the order of a list the platform says itself which there are.
func closedValues(name string, s *openapi3.Schema) []string {
	known, _ := s.Extensions["x-values"].([]any)
	values := make([]string, len(known))
	for i, v := range known {
		values[i] = fmt.Sprint(v)
	}
	slices.Sort(values)
	if name == "sort_order" && slices.Equal(values, []string{"ASC", "DESC"}) {
		return values
	}
	return nil
}

func limits(least uint64, most *uint64) (lower, upper *int64) {
	if least > 0 {
		n := int64(least)
		lower = &n
	}
	if most != nil {
		n := int64(*most)
		upper = &n
	}
	return lower, upper
}

// whole is a limit of a number; the facts have no fractions.
func whole(limit *float64) *int64 {
	if limit == nil {
		return nil
	}
	n := int64(*limit)
	return &n
}
