// Package bind reads the tags of request structs: what of a request goes where, what is checked,
// and what is sent where nothing was given. It knows nothing of the types that a request is made of
// but what its importer tells it.
package bind

import (
	"reflect"
	"sync"
)

// Types is what the package has to be told of types.
type Types struct {
	// Text returns how the values of a type are written in a path, a query or a form, "" for one
	// that is not sent; nil for types that are written by their kind, or not at all.
	Text func(t reflect.Type) func(v reflect.Value) string
	// Form returns what is wrong with the form of a type's values, wherever they are, "" if nothing
	// is; nil if nothing can be.
	Form func(t reflect.Type) func(v reflect.Value) (reason string)
	// File is the type of files, which a form has as they are or by pointers.
	File reflect.Type
	// Reserved returns why a query cannot have a key, "" if it can.
	Reserved func(key string) (reason string)
}

// Binder keeps the plans of request types.
type Binder struct {
	types Types
	plans sync.Map // reflect.Type → *Plan
}

// New returns a Binder without plans.
func New(types Types) *Binder { return &Binder{types: types} }

// Plan says how the requests of one type are filled, checked and encoded. It is made once.
type Plan struct {
	// Path, Query and Form are the fields that are sent as text or, in a form, as files.
	Path, Query, Form []Field
	// HasBody tells that the struct is encoded as JSON.
	HasBody bool

	mistake *Mistake // why there is no plan
	fill    filler
	checks  []fieldCheck
}

// Field is a field that is sent outside of the JSON body.
type Field struct {
	// Name is that of the Go field, Key that on the wire.
	Name, Key string

	index int
	text  func(reflect.Value) string
}

// IsFile reports whether the field is a file.
func (f *Field) IsFile() bool { return f.text == nil }

// Of returns the field's value in a request.
func (f *Field) Of(request reflect.Value) reflect.Value { return request.Field(f.index) }

// Text returns the text of the field in a request that has passed its checks, "" if it is not sent.
func (f *Field) Text(request reflect.Value) string { return f.text(request.Field(f.index)) }

// Plan returns the plan for a struct type. The mistake is one of the type's author; there is no
// plan then.
func (b *Binder) Plan(t reflect.Type) (*Plan, *Mistake) {
	known, ok := b.plans.Load(t)
	if !ok {
		known, _ = b.plans.LoadOrStore(t, b.newPlan(t))
	}
	plan := known.(*Plan)
	return plan, plan.mistake
}

func (b *Binder) newPlan(t reflect.Type) *Plan {
	plan := new(Plan)
	checks := &checkPlanner{types: &b.types, structs: make(map[reflect.Type]*structCheck)}
	used := make(map[string]bool)
	for i := range t.NumField() {
		f := t.Field(i)
		if m := plan.add(checks, &f, used); m != nil {
			inner := m.In(f.Name)
			return &Plan{mistake: &inner}
		}
	}
	fills := fillPlanner{types: &b.types, structs: make(map[reflect.Type]*structFill)}
	plan.fill = fills.ofStruct(t)
	return plan
}

// add plans one field.
func (p *Plan) add(checks *checkPlanner, f *reflect.StructField, used map[string]bool) *Mistake {
	tags, reason := readTags(f)
	if reason != "" {
		return &Mistake{Reason: reason}
	}
	if used[string(tags.place)+tags.key] {
		return &Mistake{Reason: "has the same " + string(tags.place) + " tag as another field"}
	}
	used[string(tags.place)+tags.key] = true
	field := Field{Name: f.Name, Key: tags.key, index: f.Index[0]}
	p.HasBody = p.HasBody || tags.inBody || tags.place == placeBody
	sendable, isFile := true, false
	switch tags.place {
	case placePath:
		tags.required = true
		field.text = checks.types.scalar(f.Type, false)
		sendable = field.text != nil
		p.Path = append(p.Path, field)
	case placeQuery:
		if reason := checks.types.Reserved(tags.key); reason != "" {
			return &Mistake{Reason: "cannot be sent as " + tags.key + ": " + reason}
		}
		field.text = checks.types.list(f.Type, tags.omitsZero)
		sendable = field.text != nil
		p.Query = append(p.Query, field)
	case placeForm:
		isFile = f.Type == checks.types.File ||
			f.Type.Kind() == reflect.Pointer && f.Type.Elem() == checks.types.File
		field.text = checks.types.scalar(f.Type, tags.omitsZero)
		if isFile {
			field.text = nil
		}
		sendable = isFile || field.text != nil
		p.Form = append(p.Form, field)
	}
	if p.HasBody && len(p.Form) > 0 {
		return &Mistake{Reason: "cannot be sent: a request has form fields or json fields, not both"}
	}
	if !sendable {
		return &Mistake{Reason: "has a type that cannot be sent in a " + string(tags.place) +
			" field"}
	}
	check, m := checks.field(f, tags)
	if m != nil {
		return m
	}
	switch tags.place {
	case placePath:
		check = both(check, checkPath(field.text))
	case placeQuery:
		check = both(check, checks.types.elements(f.Type))
	}
	if check != nil || isFile {
		c := fieldCheck{name: f.Name, index: field.index, check: check}
		if isFile {
			c.file = &field
		}
		p.checks = append(p.checks, c)
	}
	return nil
}

// Fill returns a request in which the defaults stand where nothing was given: v itself if there are
// none.
func (p *Plan) Fill(v reflect.Value) reflect.Value {
	if p.fill == nil {
		return v
	}
	filled, _ := p.fill(v)
	return filled
}

// Check returns what is wrong with a request, in the order of its fields. file, which may be nil,
// is asked for the mistakes of each field that is a file, without the field's name; it is not asked
// for what a tag has refused.
func (p *Plan) Check(v reflect.Value, file func(f *Field, v reflect.Value) []Mistake) []Mistake {
	var found []Mistake
	for i := range p.checks {
		c := &p.checks[i]
		n, field := len(found), v.Field(c.index)
		if c.check != nil {
			found = c.check(field, found)
		}
		if c.file != nil && file != nil && len(found) == n {
			found = append(found, file(c.file, field)...)
		}
		found = within(found, n, c.name)
	}
	return found
}
