package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A list and the operation that tells all of one element have types for the same thing, of which
// each may lack fields: join makes one of them. It goes for types of answers with the same name in
// the facts, whose common fields agree and are most of what there is (see sameThing), and leaves
// alone those of older versions, so that a program that is pinned to one sees no fields of others.

// join joins the types of the package's answers, those that are most alike first.
func (p *Package) join() {
	for _, s := range p.Structs {
		if !s.top && s.role == inAnswer {
			s.kept = nameAt(p.locked, slices.Clone(s.uses))
		}
	}
	apart := make(map[[2]*Struct]bool)
	for {
		a, b := p.mostAlike(apart)
		if a == nil {
			break
		}
		if !p.absorb(a, b) {
			apart[[2]*Struct{a, b}] = true
		}
	}
	for _, s := range p.Structs {
		for _, f := range s.Fields {
			if len(f.places) == len(s.placesOf(new(Field))) {
				f.places = nil
			}
			f.filled = s.fillers(f)
		}
	}
}

// fillers tells which operations fill the field, "" if all do that have the type.
func (s *Struct) fillers(f *Field) string {
	if f.places == nil {
		return ""
	}
	with, without := make(map[string]bool), make(map[string]bool)
	for i := range s.uses {
		if u := &s.uses[i]; f.places[u.String()] {
			with[u.op.GoName] = true
		}
	}
	for i := range s.uses {
		if name := s.uses[i].op.GoName; !with[name] {
			without[name] = true
		}
	}
	switch {
	case len(without) == 0:
		return ""
	case len(with) <= len(without):
		return inWords(with, "and") + " only"
	}
	return "not in " + inWords(without, "or")
}

// inWords lists names in a sentence.
func inWords(names map[string]bool, last string) string {
	list := slices.Sorted(maps.Keys(names))
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " " + last + " " + list[len(list)-1]
}

// mostAlike returns the two types that are to be joined first, nil if there are none.
func (p *Package) mostAlike(apart map[[2]*Struct]bool) (a, b *Struct) {
	most := 0.0
	bySignature, byThing := make(map[string]*Struct), make(map[string][]*Struct)
	for _, s := range p.Structs {
		if s.top || s.role != inAnswer {
			continue
		}
		signature := s.signature()
		if same := bySignature[signature]; same != nil { // their objects have been joined
			return same, s
		}
		bySignature[signature] = s
		for _, thing := range s.things() {
			for _, other := range byThing[thing] {
				alike := other.likeness(s)
				if s.kept != "" && s.kept == other.kept {
					alike++ // as in earlier runs
				}
				if alike > most && !apart[[2]*Struct{other, s}] && other.sameThing(s, false) {
					a, b, most = other, s, alike
				}
			}
			byThing[thing] = append(byThing[thing], s)
		}
	}
	return a, b
}

// notOneThing are things of one name whose types stay apart though the rule would join them, with
// why.
var notOneThing = map[string]string{
	"analytics interval": "the figures of a time span, each operation with its own",
}

// things are what the facts of today's operations call the type.
func (s *Struct) things() []string {
	names := make(map[string]bool)
	for i := range s.uses {
		u := &s.uses[i]
		if !u.op.Plain {
			continue
		}
		parent := ""
		if len(u.path) > 1 {
			parent = u.path[len(u.path)-2]
		}
		if key := enumKey(u.field(), parent); notOneThing[u.op.Module.Package+" "+key] == "" {
			names[key] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// likeness is the share of the fields of both that each has.
func (s *Struct) likeness(other *Struct) float64 {
	common := 0
	for _, f := range s.Fields {
		if other.field(f.Wire) != nil {
			common++
		}
	}
	return float64(common) / float64(len(s.Fields)+len(other.Fields)-common)
}

// sameThing tells whether two types can be one: they are not the shape of many things, such as an
// id with a name, and the fields that both have agree and are at least half of all, or all that one
// has. Of objects of the same field of things that are the same, a common field is enough. What an
// earlier run joined stays one type as long as its fields agree, and what had names of its own
// keeps them.
func (s *Struct) sameThing(other *Struct, within bool) bool {
	if commonName(slices.Concat(s.uses, other.uses)) == "" ||
		s.kept != "" && other.kept != "" && s.kept != other.kept {
		return false
	}
	common := 0
	for _, f := range s.Fields {
		if g := other.field(f.Wire); g != nil {
			if !f.Type.agrees(g.Type) {
				return false
			}
			common++
		} else if slices.ContainsFunc(other.Fields,
			func(g *Field) bool { return g.Name == f.Name }) {
			return false // the platform misspells one
		}
	}
	switch likeness := s.likeness(other); {
	case within, s.kept != "" && s.kept == other.kept:
		return common > 0
	case common == min(len(s.Fields), len(other.Fields)) && common > 4: // a summary in a list
		return likeness > 0.3
	default:
		return common > 1 && likeness > 0.5 || common > 3 && likeness == 0.5
	}
}

// agrees tells whether two types of a field can be one.
func (t *Type) agrees(other *Type) bool {
	switch {
	case t.List != nil && other.List != nil:
		return t.List.agrees(other.List)
	case t.Struct != nil && other.Struct != nil:
		return t.Struct == other.Struct || t.Struct.sameThing(other.Struct, true)
	case t.Enum != nil && other.Scalar == "string", other.Enum != nil && t.Scalar == "string":
		return true // enumerations are open
	}
	return t.signature() == other.signature()
}

// absorb makes one type of two, if they still agree when the types of their fields are joined.
func (p *Package) absorb(a, b *Struct) bool {
	for _, g := range b.Fields {
		f := a.field(g.Wire)
		if f == nil {
			continue
		}
		x, y := f.Type.element().Struct, g.Type.element().Struct
		if x != y && !(x.sameThing(y, true) && p.absorb(x, y)) {
			return false
		}
	}
	for _, g := range b.Fields {
		g.places = b.placesOf(g)
	}
	for _, f := range a.Fields {
		f.places = a.placesOf(f)
		if g := b.field(f.Wire); g != nil {
			f.absorb(g)
		}
	}
	for _, g := range b.Fields {
		if a.field(g.Wire) == nil {
			a.Fields = append(a.Fields, g)
		}
	}
	a.joined = append(append(a.joined, a.uses[0].String(), b.uses[0].String()), b.joined...)
	a.kept = cmp.Or(a.kept, b.kept)
	slices.SortFunc(a.Fields, func(f, g *Field) int { return compareWire(f.Wire, g.Wire) })
	a.uses = append(a.uses, b.uses...)
	p.replace(b, a)
	return true
}

// absorb takes what is known of the field in another type.
func (f *Field) absorb(g *Field) {
	maps.Copy(f.places, g.places)
	known := f.Type.element().Enum != nil || g.Type.element().Enum == nil
	// deprecated is what is so everywhere
	if !known || known && f.Schema.Deprecated && !g.Schema.Deprecated {
		f.Type, f.Schema, f.About = g.Type, g.Schema, cmp.Or(g.About, f.About)
	}
	f.About = cmp.Or(f.About, g.About)
}

// placesOf are the places where the field is, by default all.
func (s *Struct) placesOf(f *Field) map[string]bool {
	if f.places != nil {
		return f.places
	}
	all := make(map[string]bool)
	for i := range s.uses {
		all[s.uses[i].String()] = true
	}
	return all
}

// replace puts a type in another's place.
func (p *Package) replace(old, s *Struct) {
	p.Structs = slices.DeleteFunc(p.Structs, func(s *Struct) bool { return s == old })
	move := func(uses []use) {
		for i := range uses {
			if uses[i].parent == old {
				uses[i].parent = s
			}
		}
	}
	for _, user := range p.Structs {
		move(user.uses)
		for _, f := range user.Fields {
			if t := f.Type.element(); t.Struct == old {
				t.Struct = s
			}
		}
	}
	for _, enums := range p.enums.byKey {
		for _, e := range enums {
			move(e.uses)
		}
	}
}
