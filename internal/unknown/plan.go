package unknown

import (
	"maps"
	"reflect"
	"strconv"
	"sync/atomic"

	"github.com/tiktokshop-go/tiktokshop/internal/relax"
)

// kind is what a plan does with a value.
type kind uint8

const (
	object      kind = iota // a struct
	mapping                 // a map, whose keys are anybody's
	list                    // of what is looked at
	enumeration             // a value of a set that is known
)

// plan says what to look at in a value of a type; nil, for one that is open or a plain value,
// nothing.
type plan struct {
	is     kind
	fields map[string]*field     // of an object
	first  atomic.Pointer[field] // of the last object
	of     *plan                 // the elements of a list, the values of a map
	values *values               // of an enumeration
}

// field is a known field.
type field struct {
	name string // as the type has it
	plan *plan
	next atomic.Pointer[field] // that came after it in the last object: answers keep their order
}

// field finds the field that comes after another, or after none; nil if there is none of that name.
func (p *plan) field(name []byte, after *field) *field {
	hint := &p.first
	if after != nil {
		hint = &after.next
	}
	if f := hint.Load(); f != nil && f.name == string(name) {
		return f
	}
	f := p.fields[string(name)]
	if f == nil {
		return foldedName(p.fields, string(name))
	}
	hint.Store(f)
	return f
}

// envelope is the plan of an answer whose data is of a type.
func envelope(data reflect.Type) *plan {
	b := builder{plans: make(map[reflect.Type]*plan)}
	return &plan{is: object, fields: map[string]*field{
		"code": {name: "code"}, "message": {name: "message"}, "request_id": {name: "request_id"},
		"data": {name: "data", plan: b.plan(data)},
	}}
}

// builder makes plans, one for each type, which may hold itself.
type builder struct{ plans map[reflect.Type]*plan }

func (b *builder) plan(t reflect.Type) *plan {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if known, ok := b.plans[t]; ok {
		return known
	}
	switch {
	case isEnumeration(t):
		made := &plan{is: enumeration, values: &values{of: t}}
		b.plans[t] = made
		return made
	case relax.DecodesItself(t):
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		made := &plan{is: object, fields: make(map[string]*field)}
		b.plans[t] = made
		for name, index := range relax.Fields(t) {
			made.fields[name] = &field{name: name, plan: b.plan(t.FieldByIndex(index).Type)}
		}
		return made
	case reflect.Map:
		return b.around(t, mapping)
	case reflect.Slice, reflect.Array:
		return b.around(t, list)
	}
	return nil
}

// around is the plan of what has elements: nothing if there is nothing to look at in those.
func (b *builder) around(t reflect.Type, is kind) *plan {
	made := &plan{is: is}
	b.plans[t] = made
	if made.of = b.plan(t.Elem()); made.of == nil {
		b.plans[t] = nil
	}
	return b.plans[t]
}

// knower is an enumeration that knows its values.
type knower interface{ IsKnown() bool }

func isEnumeration(t reflect.Type) bool {
	isText := t.Kind() == reflect.String
	return (isText || t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64) &&
		t.Implements(reflect.TypeFor[knower]())
}

// values are those of an enumeration that have been seen and are known, so that the type is asked
// once for each.
type values struct {
	of   reflect.Type
	seen atomic.Pointer[map[string]bool] // not changed once it is here
}

// know reports whether the type knows a value.
func (v *values) know(value []byte) bool {
	seen := v.seen.Load()
	if seen != nil && (*seen)[string(value)] {
		return true
	}
	if !v.ask(string(value)) {
		return false
	}
	more := make(map[string]bool)
	if seen != nil {
		more = maps.Clone(*seen)
	}
	more[string(value)] = true
	// who was faster may have added another: this one is asked for again then
	v.seen.CompareAndSwap(seen, &more)
	return true
}

func (v *values) ask(value string) bool {
	typed := reflect.New(v.of).Elem()
	if v.of.Kind() == reflect.String {
		typed.SetString(value)
	} else {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || typed.OverflowInt(n) {
			return false
		}
		typed.SetInt(n)
	}
	return typed.Interface().(knower).IsKnown()
}
