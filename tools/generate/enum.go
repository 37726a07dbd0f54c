package main

import (
	"cmp"
	"fmt"
	"maps"
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
	// Words say what the values stand for.
	Words map[string]string
	// final are the values that nothing changes by itself any more.
	final map[string]bool
	// named are what values are called that do not say so themselves, such as numbers.
	named map[string]string
	// integer tells that the values are numbers on the wire.
	integer bool
	// key is what fields that have it are called; see enumKey.
	key  string
	uses []use
}

// enumKey is what a field's enumeration goes by: the name of one value, with the object's in front
// if it is vague.
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
		if e := enumOf(s); e != nil {
			index.add(enumKey(name, parent), e)
		}
	})
	index.mergeTwins()
	return index
}

// mergeTwins makes one enumeration of those whose keys end alike and whose values are the same,
// such as the breakdown types of a module's many figures.
func (index *enumIndex) mergeTwins() {
	var kept []*Enum
	for _, key := range slices.Sorted(maps.Keys(index.byKey)) {
		for i, e := range index.byKey[key] {
			twin := slices.IndexFunc(kept, func(k *Enum) bool { return twins(k, e) })
			if twin < 0 {
				kept = append(kept, e)
				continue
			}
			switch ending := commonEnding(kept[twin].key, key); {
			case strings.Contains(ending, "_"):
				kept[twin].key = ending
			case vague[kept[twin].key], len(key) < len(kept[twin].key) && !vague[key]:
				kept[twin].key = key
			}
			index.byKey[key][i] = kept[twin]
		}
	}
}

func twins(a, b *Enum) bool {
	return len(union(a.Values, b.Values)) == len(a.Values) && len(a.Values) == len(b.Values) &&
		a.agrees(b) && commonEnding(a.key, b.key) != ""
}

// commonEnding are the last words that two keys share.
func commonEnding(a, b string) string {
	x, y := strings.Split(a, "_"), strings.Split(b, "_")
	n := 0
	for n < len(x) && n < len(y) && x[len(x)-1-n] == y[len(y)-1-n] {
		n++
	}
	return strings.Join(x[len(x)-n:], "_")
}

// enumOf is what a field's known values make, nil if they make no enumeration.
func enumOf(s *openapi3.Schema) *Enum {
	e := &Enum{named: make(map[string]string), integer: s.Type.Is("integer")}
	named, _ := s.Extensions["x-value-names"].(map[string]any)
	for value, name := range named {
		e.named[value] = fmt.Sprint(name)
	}
	if e.integer {
		e.Values = slices.SortedFunc(maps.Keys(e.named), byFigure)
	} else if raw, ok := s.Extensions["x-values"].([]any); ok && s.Type.Is("string") {
		for _, v := range raw {
			e.Values = append(e.Values, fmt.Sprint(v))
		}
	}
	if len(e.Values) < 2 || len(e.Values) > maxEnum {
		return nil
	}
	for _, v := range e.Values {
		if e.named[v] == "" && strings.Trim(v, "0123456789") == "" {
			return nil // numbers tell nobody what they mean
		}
	}
	return e
}

// byFigure orders whole numbers that are written without zeros in front.
func byFigure(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// agrees tells that no value of one means something else in the other.
func (e *Enum) agrees(with *Enum) bool {
	if e.integer != with.integer {
		return false
	}
	for value, word := range e.named {
		if other, ok := with.named[value]; ok && other != word {
			return false
		}
	}
	return true
}

func (index *enumIndex) add(key string, merged *Enum) {
	merged.key = key
	var rest []*Enum
	for _, known := range index.byKey[key] {
		if alike(key, known.Values, merged.Values) && known.agrees(merged) {
			merged.Values = union(known.Values, merged.Values)
			if merged.integer {
				slices.SortFunc(merged.Values, byFigure)
			}
			maps.Copy(merged.named, known.named)
		} else {
			rest = append(rest, known)
		}
	}
	index.byKey[key] = append(rest, merged)
}

// alike tells whether two fields of a key have the same enumeration: at least half the values of
// the shorter list are in the other. Those of a vague key, such as "status", must have nearly the
// same values.
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
		return common == len(a) && (common == len(b) || common > 2) ||
			3*common >= 2*(len(a)+len(b)-common)
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
	enum := enumOf(s)
	if enum == nil {
		return nil
	}
	parent := ""
	if len(at.path) > 1 {
		parent = at.path[len(at.path)-2]
	}
	key := enumKey(field, parent)
	for _, known := range index.byKey[key] {
		if alike(key, known.Values, enum.Values) && known.agrees(enum) {
			known.uses = append(known.uses, *at)
			known.explain(s)
			return known
		}
	}
	return nil
}

// explain takes what a field's facts say of values which nothing was said of before.
func (e *Enum) explain(s *openapi3.Schema) {
	if terminal, ok := s.Extensions["x-terminal-values"].([]any); ok {
		if e.final == nil {
			e.final = make(map[string]bool)
		}
		for _, value := range terminal {
			e.final[fmt.Sprint(value)] = true
		}
	}
	words, _ := s.Extensions["x-enum-descriptions"].(map[string]any)
	if e.Words == nil {
		e.Words = make(map[string]string)
	}
	for value, text := range words {
		if e.Words[value] == "" {
			e.Words[value] = fmt.Sprint(text)
		}
	}
}

// all are the enumerations in use, most used first.
func (index *enumIndex) all() []*Enum {
	var enums []*Enum
	for _, key := range slices.Sorted(maps.Keys(index.byKey)) {
		for _, e := range index.byKey[key] {
			if len(e.uses) > 0 && !slices.Contains(enums, e) {
				enums = append(enums, e)
			}
		}
	}
	slices.SortFunc(enums, func(a, b *Enum) int {
		return cmp.Or(cmp.Compare(len(b.uses), len(a.uses)),
			cmp.Compare(a.uses[0].String(), b.uses[0].String()))
	})
	return enums
}

// GoType is what the enumeration is made of.
func (e *Enum) GoType() string {
	if e.integer {
		return typeCount
	}
	return "string"
}

// hasZero tells numbers of which 0 is one, so that it cannot stand for a forgotten one.
func (e *Enum) hasZero() bool { return e.integer && slices.Contains(e.Values, "0") }
