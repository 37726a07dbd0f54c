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
	"action": true, "category": true, "channel": true, "code": true, "condition": true, "content": true, "data": true, "detail": true, "details": true,
	"event": true, "format": true, "info": true, "item": true, "items": true, "kind": true, "label": true, "level": true, "list": true, "method": true,
	"mode": true, "name": true, "option": true, "platform": true, "reason": true, "result": true, "results": true, "role": true, "scene": true,
	"scope": true, "source": true, "stage": true, "state": true, "status": true, "sub_type": true, "tag": true, "type": true, "types": true, "unit": true, "usage": true, "value": true,
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
// else the field that leads there gives it, with its parent's name or the method's in front where that is needed.
func (p *Package) nameTypes() {
	taken := names{"Service": true, "New": true}
	for _, m := range p.Methods {
		taken[m.Op.GoName+"Request"], taken[m.Op.GoName+"Data"] = true, true
	}
	var nested []*Struct
	for _, s := range p.Structs {
		if !s.top {
			nested = append(nested, s)
		}
	}
	slices.SortStableFunc(nested, func(a, b *Struct) int {
		return cmp.Or(
			-cmp.Compare(newest(a.uses), newest(b.uses)),
			cmp.Compare(a.role, b.role), // answers first
			cmp.Compare(len(b.uses), len(a.uses)),
			cmp.Compare(a.uses[0].String(), b.uses[0].String()),
		)
	})
	p.Enums = p.enums.all()
	for _, s := range nested {
		if name := p.lockedName(s.uses); name != "" && !taken[name] {
			s.Name, taken[name] = name, true
		}
	}
	for _, e := range p.Enums {
		if name := p.lockedName(e.uses); name != "" && !taken[name] {
			e.Name, taken[name] = name, true
		}
	}
	depth := func(s *Struct) int { return len(s.uses[0].path) }
	slices.SortStableFunc(nested, func(a, b *Struct) int { return cmp.Compare(depth(a), depth(b)) }) // parents have their names first
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
		for _, v := range e.Values {
			e.Consts = append(e.Consts, taken.take(e.Name+facts.Camel(strings.ToLower(v)), e.Name+"Value"+facts.Camel(strings.ToLower(v))))
		}
	}
	slices.SortFunc(p.Structs, func(a, b *Struct) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Enums, func(a, b *Enum) int { return cmp.Compare(a.Name, b.Name) })
}

// newest tells a type that a newest version uses: 1, else 0.
func newest(uses []use) int {
	if slices.ContainsFunc(uses, func(u use) bool { return u.op.Newest }) {
		return 1
	}
	return 0
}

// wireName is what the platform calls the struct, or an element of its list.
func (s *Struct) wireName() string {
	u := s.uses[0]
	switch field := u.field(); {
	case field == "data":
		return "result" // …Data is the top of the answer
	case u.array:
		return singular(field)
	default:
		return field
	}
}

// candidates are the names for a type, best first.
func candidates(wire string, uses []use) []string {
	u, version := uses[0], uses[0].op.Version
	if i := slices.IndexFunc(uses, func(u use) bool { return u.op.Newest }); i >= 0 {
		u, version = uses[i], "" // a type of older versions alone has the version in its name
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
		out[i] += version
	}
	if full := join(strings.TrimSuffix(u.op.GoName, u.op.Version), base); full+version != u.op.GoName {
		out = append(out, full+version)
	}
	return append(out, join(strings.TrimSuffix(u.parent.Name, version), base)+version)
}

// join puts a parent's name before a type's, unless that begins or the parent ends with the same words.
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
	case word == "series", word == "news", word == "sms", word == "is", strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us") && word != "skus" && word != "spus":
	case strings.HasSuffix(word, "ies"):
		word = strings.TrimSuffix(word, "ies") + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "uses") && !strings.HasSuffix(word, "ouses"),
		strings.HasSuffix(word, "xes"), strings.HasSuffix(word, "ches"), strings.HasSuffix(word, "shes"):
		word = strings.TrimSuffix(word, "es")
	default:
		word = strings.TrimSuffix(word, "s")
	}
	return head + word
}

// A lock keeps the names of nested types from run to run, so that an update of the facts renames
// nothing that users have in their code: by package and name, a place where the type is used.
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

// lockedName is the name that a type had in an earlier run.
func (p *Package) lockedName(uses []use) string {
	for i := range uses {
		for name, place := range p.locked {
			if place == uses[i].String() {
				return name
			}
		}
	}
	return ""
}

// lock returns the names of this run.
func (p *Package) lock() map[string]string {
	l := make(map[string]string)
	for _, s := range p.Structs {
		if !s.top {
			l[s.Name] = s.uses[0].String()
		}
	}
	for _, e := range p.Enums {
		l[e.Name] = e.uses[0].String()
	}
	return l
}
