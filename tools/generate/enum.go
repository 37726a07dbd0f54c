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
	// key is what fields that have it are called; see enumKey.
	key  string
	uses []use
}

// enumKey is what a field's enumeration goes by: the name of one value, with the object's in front if it is vague.
func enumKey(field, parent string) string {
	key := singular(field)
	if !vague[key] || parent == "" {
		return key
	}
	parent = singular(parent)
	if strings.HasSuffix("_"+parent, "_"+key) {
		return parent
	}
	return parent + "_" + key
}

// maxEnum is how many values are worth constants; lists of regions or currencies run longer.
const maxEnum = 60

// enumIndex finds the enumeration of a field. Fields of the same key whose values overlap have the
// same one, with the values of all of them.
type enumIndex struct{ byKey map[string][]*Enum }

func newEnumIndex(p *Package) *enumIndex {
	index := &enumIndex{make(map[string][]*Enum)}
	p.eachField(func(name, parent string, s *openapi3.Schema) {
		if values := enumValues(s); values != nil {
			index.add(enumKey(name, parent), values)
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

func (index *enumIndex) add(key string, values []string) {
	merged := &Enum{Values: values, key: key}
	var rest []*Enum
	for _, known := range index.byKey[key] {
		if alike(key, known.Values, merged.Values) {
			merged.Values = union(known.Values, merged.Values)
		} else {
			rest = append(rest, known)
		}
	}
	index.byKey[key] = append(rest, merged)
}

// alike tells whether two fields of a key have the same enumeration: at least half the values of the shorter list
// are in the other. Those of a vague key, such as "status", must have nearly the same values.
func alike(key string, a, b []string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	common := 0
	for _, v := range a {
		if slices.Contains(b, v) {
			common++
		}
	}
	if vague[key] {
		return common == len(a) && (common == len(b) || common > 2) || 3*common >= 2*(len(a)+len(b)-common)
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
	parent := ""
	if len(at.path) > 1 {
		parent = at.path[len(at.path)-2]
	}
	key := enumKey(field, parent)
	for _, known := range index.byKey[key] {
		if alike(key, known.Values, values) {
			known.uses = append(known.uses, *at)
			return known
		}
	}
	return nil
}

// all are the enumerations in use, most used first.
func (index *enumIndex) all() []*Enum {
	var enums []*Enum
	for _, list := range index.byKey {
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
