package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Enum is an open enumeration.
type Enum struct {
	Name   string
	Values []string
	// Consts are the names of the values' constants.
	Consts []string
	uses   []use
}

// maxEnum is how many values are worth constants; lists of regions or currencies run longer.
const maxEnum = 60

// enumIndex finds the enumeration of a field. Fields of the same name whose values overlap have the
// same one, with the values of all of them.
type enumIndex struct{ byField map[string][]*Enum }

func newEnumIndex(p *Package) *enumIndex {
	index := &enumIndex{make(map[string][]*Enum)}
	p.eachField(func(name string, s *openapi3.Schema) {
		if values := enumValues(s); values != nil {
			index.add(name, values)
		}
	})
	return index
}

// enumValues are the known values of a text field, nil if they make no enumeration.
func enumValues(s *openapi3.Schema) []string {
	raw, ok := s.Extensions["x-values"].([]any)
	if !ok || !s.Type.Is("string") || len(raw) < 2 || len(raw) > maxEnum {
		return nil
	}
	values := make([]string, 0, len(raw))
	for _, v := range raw {
		text := fmt.Sprint(v)
		if text == "" || strings.Trim(text, "0123456789") == "" {
			return nil // numbers tell nobody what they mean
		}
		values = append(values, text)
	}
	return values
}

func (index *enumIndex) add(field string, values []string) {
	merged := &Enum{Values: values}
	var rest []*Enum
	for _, known := range index.byField[field] {
		if overlap(known.Values, merged.Values) {
			merged.Values = union(known.Values, merged.Values)
		} else {
			rest = append(rest, known)
		}
	}
	index.byField[field] = append(rest, merged)
}

// overlap tells whether at least half the values of the shorter list are in the other.
func overlap(a, b []string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	common := 0
	for _, v := range a {
		if slices.Contains(b, v) {
			common++
		}
	}
	return 2*common >= len(a)
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// find returns the enumeration of a field and notes the use; nil if the field has none.
func (index *enumIndex) find(field string, s *openapi3.Schema, at *use) *Enum {
	values := enumValues(s)
	if values == nil {
		return nil
	}
	for _, known := range index.byField[field] {
		if overlap(known.Values, values) {
			known.uses = append(known.uses, *at)
			return known
		}
	}
	return nil
}

// all are the enumerations in use, most used first.
func (index *enumIndex) all() []*Enum {
	var enums []*Enum
	for _, list := range index.byField {
		for _, e := range list {
			if len(e.uses) > 0 {
				enums = append(enums, e)
			}
		}
	}
	slices.SortFunc(enums, func(a, b *Enum) int {
		return cmp.Or(cmp.Compare(len(b.uses), len(a.uses)), cmp.Compare(a.uses[0].String(), b.uses[0].String()))
	})
	return enums
}
