package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// vague are names of fields that mean nothing without what they belong to.
var vague = map[string]bool{
	"action": true, "category": true, "channel": true, "code": true, "condition": true,
	"content": true, "data": true, "decision": true, "detail": true, "details": true,
	"event": true, "format": true, "info": true, "item": true, "items": true, "kind": true,
	"label": true, "level": true, "list": true, "method": true,
	"mode": true, "name": true, "option": true, "platform": true, "reason": true, "result": true,
	"results": true, "role": true, "scene": true,
	"scope": true, "source": true, "stage": true, "state": true, "status": true, "sub_type": true,
	"tag": true, "type": true, "types": true, "unit": true, "usage": true, "value": true,
	"values": true,
}

// names hands out the names of a package, each once.
type names map[string]bool

// take returns the first candidate that is free.
func (n names) take(candidates ...string) string {
	for _, c := range candidates {
		if c != "" && !n[c] {
			n[c] = true
			return c
		}
	}
	last := candidates[len(candidates)-1]
	for i := 2; ; i++ {
		if c := fmt.Sprint(last, i); !n[c] {
			n[c] = true
			return c
		}
	}
}

// nameTypes names the structs and enumerations. A name of an earlier run stays;
// else the field that leads there gives it, with its parent's name or the method's in front where
// that is needed.
func (p *Package) nameTypes() {
	taken := names{"Service": true, "New": true}
	for name := range p.hand.types {
		taken[name] = true
	}
	for _, m := range p.Methods {
		for _, name := range []string{m.Op.GoName, m.Op.VersionedName()} {
			taken[name+"Request"], taken[name+"Data"] = true, true
			taken[name], taken[name+"All"] = true, true // a type called like a method would mislead
		}
	}
	var nested []*Struct
	for _, s := range p.Structs {
		if !s.top {
			slices.SortStableFunc(s.uses, compareUses)
			nested = append(nested, s)
		}
	}
	slices.SortStableFunc(nested, func(a, b *Struct) int {
		return cmp.Or(
			-cmp.Compare(plain(a.uses), plain(b.uses)),
			cmp.Compare(a.role, b.role), // answers first
			cmp.Compare(len(b.uses), len(a.uses)),
			cmp.Compare(a.uses[0].String(), b.uses[0].String()),
		)
	})
	p.Enums = p.enums.all()
	for _, e := range p.Enums {
		slices.SortStableFunc(e.uses, e.compareUses)
	}
	given := givenNames[p.Module.Package]
	for _, s := range nested {
		if name := nameAt(given, s.uses); name != "" {
			s.Name, taken[name] = name, true
		}
	}
	for _, e := range p.Enums {
		if name := nameAt(given, e.uses); name != "" {
			e.Name, taken[name] = name, true
		}
	}
	for _, s := range nested {
		if name := nameAt(p.locked, s.uses); s.Name == "" && name != "" && !taken[name] {
			s.Name, taken[name] = name, true
		}
	}
	for _, e := range p.Enums {
		if name := nameAt(p.locked, e.uses); e.Name == "" && name != "" && !taken[name] {
			e.Name, taken[name] = name, true
		}
	}
	depth := func(s *Struct) int { return len(s.uses[0].path) }
	// parents have their names first
	slices.SortStableFunc(nested, func(a, b *Struct) int { return cmp.Compare(depth(a), depth(b)) })
	for _, s := range nested {
		if s.Name == "" {
			s.Name = taken.take(candidates(s.wireName(), s.uses)...)
		}
	}
	for _, e := range p.Enums {
		if e.Name == "" {
			e.Name = taken.take(candidates(e.key, e.uses)...)
		}
	}
	for _, e := range p.Enums {
		e.nameConstants(taken)
	}
	slices.SortFunc(p.Structs, func(a, b *Struct) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Enums, func(a, b *Enum) int { return cmp.Compare(a.Name, b.Name) })
}

// plain tells a type that an operation with a plain name uses: 1, else 0.
func plain(uses []use) int {
	if slices.ContainsFunc(uses, func(u use) bool { return u.op.Plain }) {
		return 1
	}
	return 0
}

// wireName is what the platform calls the struct, or an element of its list.
func (s *Struct) wireName() string {
	common := commonName(s.uses)
	if shared, ok := sharedNames[s.fieldNames()]; ok && common == "" {
		return shared
	}
	if common == "" || vague[common] {
		return s.uses[0].wireName()
	}
	return common
}

// commonName is what the names of all the fields end with.
func commonName(uses []use) string {
	common := uses[0].wireName()
	for i := range uses {
		if name := uses[i].wireName(); name != common {
			common = commonEnding(singular(common), singular(name))
		}
	}
	return common
}

// wireName is what the platform calls one value of the field.
func (u *use) wireName() string {
	name := u.field()
	if u.array {
		name = singular(name)
	}
	if name == "data" {
		return "result" // …Data is the top of the answer
	}
	if stem, ok := strings.CutSuffix(name, "_img"); ok {
		return stem + "_image"
	}
	return name
}

// sharedNames are what structs are called, by their fields, that the platform has under names with
// nothing in common.
var sharedNames = map[string]string{
	"address_line_1 address_line_2 address_line_3 address_line_4 city district postcode region state": "address",
	"code message":                           "reason",
	"complex_values id name options rules":   "field",
	"currency maximum_amount minimum_amount": "price_range",
	"currency value":                         "amount",
	"height unit width":                      "size",
	"height url width":                       "image",
	"id":                                     "reference",
	"id is_leaf local_name parent_id":        "category",
	"id name":                                "named_id",
	"id type":                                "typed_id",
	"is_required":                            "requirement",
	"is_required optional_regions required_regions": "regional_requirement",
	"key value":                    "key_value",
	"max_value min_value":          "range",
	"message":                      "message",
	"order_line_id sub_item_id":    "order_line_item",
	"percentage property_value_id": "material_share",
	"text":                         "text",
	"uri":                          "file_reference",
	"url":                          "picture",
	"url_list":                     "media",
}

// fieldNames are the wire's names of the fields, sorted.
func (s *Struct) fieldNames() string {
	var names []string
	for _, f := range s.Fields {
		names = append(names, f.Wire)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// rank orders the methods that use a type by how well it may be named after them: 0 is best.
func (u *use) rank() int {
	verbs := []string{"Get", "Create", "Add", "Upload", "Search", "Edit", "Update"}
	rank := slices.IndexFunc(verbs,
		func(verb string) bool { return strings.HasPrefix(u.op.GoName, verb) })
	if rank < 0 {
		rank = len(verbs)
	}
	if !u.op.Plain {
		rank += len(verbs) + 1
	}
	return rank
}

// compareUses orders uses by how well a type may be named after them.
func compareUses(a, b use) int {
	return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(len(a.path), len(b.path)),
		cmp.Compare(len(a.op.GoName), len(b.op.GoName)))
}

// compareUses puts requests first if the enumeration's key is vague, as they tell a decision to be
// taken from others.
func (e *Enum) compareUses(a, b use) int {
	if aAnswers, bAnswers := a.role == inAnswer,
		b.role == inAnswer; vague[e.key] && aAnswers != bAnswers {
		if aAnswers {
			return 1
		}
		return -1
	}
	return compareUses(a, b)
}

// candidates are the names for a type, best first. The first of its uses gives them.
func candidates(wire string, uses []use) []string {
	u := uses[0]
	version := u.op.Version
	if u.op.Plain {
		version = "" // a type of other versions alone has the version in its name
	}
	base := facts.Camel(wire)
	method := strings.TrimSuffix(u.op.GoName, u.op.Version)
	if u.role == inAnswer {
		method = strings.TrimPrefix(method, "Get")
	}
	out := []string{join(method, base)}
	if len(u.path) > 1 {
		parent := facts.Camel(singular(u.path[len(u.path)-2]))
		within := join(parent, base)
		if u.role == inAnswer {
			out = []string{within, join(method, base), join(method, within)}
		} else {
			out = []string{join(method, base), within, join(method, within)}
		}
	}
	if !vague[wire] {
		out = slices.Insert(out, 0, base)
	}
	for i := range out {
		switch {
		case out[i] != strings.TrimSuffix(u.op.GoName, u.op.Version):
		case u.role == inAnswer:
			out[i] += "Result" // the method itself has the name
		default:
			out[i] += "Input"
		}
		out[i] += version
	}
	if full := join(strings.TrimSuffix(u.op.GoName, u.op.Version), base); full+
		version != u.op.GoName {
		out = append(out, full+version)
	}
	return append(out, join(strings.TrimSuffix(u.parent.Name, version), base)+version)
}

// join puts a parent's name before a type's, unless that begins or the parent ends with the same
// words.
func join(parent, base string) string {
	if strings.HasPrefix(base, parent) {
		return base
	}
	for i := len(base); i > 0; i-- {
		if (i == len(base) || isUpper(base[i])) && strings.HasSuffix(parent, base[:i]) {
			return parent + base[i:]
		}
	}
	return parent + base
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// singular is the wire's name of one element of a list.
func singular(wire string) string {
	if list, ok := strings.CutSuffix(wire, "_list"); ok {
		return list
	}
	head, word := "", wire
	if i := strings.LastIndexByte(wire, '_'); i >= 0 {
		head, word = wire[:i+1], wire[i+1:]
	}
	switch {
	case word == "series", word == "news", word == "sms", word == "is",
		strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us") && word != "skus" &&
			word != "spus":
	case strings.HasSuffix(word, "ies"):
		word = strings.TrimSuffix(word, "ies") + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "uses") &&
		!strings.HasSuffix(word, "ouses"),
		strings.HasSuffix(word, "xes"), strings.HasSuffix(word, "ches"),
		strings.HasSuffix(word, "shes"):
		word = strings.TrimSuffix(word, "es")
	default:
		word = strings.TrimSuffix(word, "s")
	}
	return head + word
}

// A lock keeps the names of nested types from run to run, so that an update of the facts renames
// nothing that users have in their code: by package and name, a place where the type is used, and
// the places of the types that were joined to make it.
type lock map[string]map[string]string

func readLock(file string) (lock, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var l lock
	return l, json.Unmarshal(b, &l)
}

func writeLock(file string, l lock) error {
	b, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return err
	}
	return write(file, append(bytes.TrimSpace(b), '\n'))
}

// nameAt is the name that is kept for one of the places, "" if there is none. That use becomes the
// first, which the type's doc tells.
func nameAt(kept map[string]string, uses []use) string {
	for i := range uses {
		if name := kept[uses[i].String()]; name != "" {
			u := uses[i]
			copy(uses[1:i+1], uses[:i])
			uses[0] = u
			return name
		}
	}
	return ""
}

// lock returns the names of this run.
func (p *Package) lock() map[string]string {
	l := make(map[string]string)
	for _, s := range p.Structs {
		if !s.top {
			places := []string{s.uses[0].String()}
			for _, place := range slices.Sorted(slices.Values(s.joined)) {
				if !slices.Contains(places, place) {
					places = append(places, place)
				}
			}
			l[s.Name] = strings.Join(places, "; ")
		}
	}
	for _, e := range p.Enums {
		l[e.Name] = e.uses[0].String()
	}
	return l
}
