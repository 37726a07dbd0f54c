package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// Package is a generated package.
type Package struct {
	Module  *facts.Module
	Methods []*Method
	Structs []*Struct
	Enums   []*Enum

	typing typing
	enums  *enumIndex
	shapes map[string]*Struct // nested ones, by signature
	locked map[string]string  // names of earlier runs, by use
	hand   *handWritten
}

// Method is an operation that the package serves.
type Method struct {
	Op *facts.Operation
	// Request and Data are the top of the method's types; Data is nil if the answer has none.
	Request, Data *Struct
	Pages         *Pages

	hand *handWritten
}

// Pages tells how a list's pages hang together.
type Pages struct {
	// Token is the request's field, Items and Next the answer's, with those they are nested in.
	Token, Items, Next string
	// Item is the type of the list's elements.
	Item *Type
	// Size is the request's field for the size of a page, Largest what it is if the caller gives
	// none; 0 leaves that to the platform.
	Size    string
	Largest int
	// Carry are the fields, of the same name in request and answer, whose first value goes into the
	// request of every later page.
	Carry []string
	// HasMore is the answer's field that tells whether more follows, for lists whose last page has
	// a token, too.
	HasMore string
}

// ItemName is the Go type of the list's elements.
func (p *Pages) ItemName() string { return p.Item.name() }

// role is where a type is used. What may be left out differs.
type role string

const (
	inRequest role = "request"
	// inEdit is the request of a partial edit, which tells zero values from absent ones.
	inEdit   role = "edit"
	inAnswer role = "answer"
)

// Struct is a Go struct: the top of a request or of an answer's data, or an object in it.
type Struct struct {
	Name   string
	Fields []*Field
	role   role
	top    bool
	uses   []use
	// kept is the name that an earlier run gave it, joined the places of the types that became this
	// one; see join.
	kept   string
	joined []string
}

// use is a place where a type is used.
type use struct {
	op   *facts.Operation
	role role
	// path are the wire's names of the fields that lead there.
	path []string
	// array: the last of them is a list.
	array bool
	// parent is the struct it is used in.
	parent *Struct
	// in is where the top of it goes; see Field.
	in string
	// about says what the field that leads there is.
	about string
}

// String names the place. That of a plain name's version has no version, so that its types keep
// their names when that moves.
func (u *use) String() string {
	operation, top := u.op.OperationID, inRequest
	if u.op.Plain {
		operation = u.op.Name
	}
	if u.role == inAnswer {
		top = inAnswer
	}
	return operation + " " + string(top) + "." + strings.Join(u.path, ".")
}

func (u *use) field() string { return u.path[len(u.path)-1] }

// Field is a field of a Struct.
type Field struct {
	Wire, Name string
	Type       *Type
	Required   bool
	// In is where it goes: "path", "query", "form", or "json".
	In string
	// AlsoInBody: the body repeats a parameter of the path or query.
	AlsoInBody bool
	Schema     *openapi3.Schema
	// About says what it means.
	About string
	role  role
	// places are the uses of the struct that have the field, nil if all have.
	places map[string]bool
	// filled tells which operations fill it, "" if all do that have the struct.
	filled string
}

// Type is a Go type: a scalar's name, or a struct or an enumeration that has
// its name later, or a list of either.
type Type struct {
	Scalar string
	Struct *Struct
	Enum   *Enum
	List   *Type
}

// name is the type as Go writes it.
func (t *Type) name() string {
	switch {
	case t.List != nil:
		return "[]" + t.List.name()
	case t.Struct != nil:
		return t.Struct.Name
	case t.Enum != nil:
		return t.Enum.Name
	}
	return t.Scalar
}

// signature tells types apart before they have names.
func (t *Type) signature() string {
	switch {
	case t.List != nil:
		return "[]" + t.List.signature()
	case t.Struct != nil:
		return fmt.Sprintf("struct %p", t.Struct)
	case t.Enum != nil:
		return fmt.Sprintf("enum %p", t.Enum)
	}
	return t.Scalar
}

// newPackage makes the model of a package. hand is what of it is written by hand, nil if nothing
// is.
func newPackage(m *facts.Module, locked map[string]string, hand *handWritten) (*Package, error) {
	if hand == nil {
		hand = new(handWritten)
	}
	p := &Package{Module: m, shapes: make(map[string]*Struct), locked: make(map[string]string),
		hand: hand}
	for name, places := range locked {
		for place := range strings.SplitSeq(places, "; ") {
			p.locked[place] = name
		}
	}
	p.typing = newTyping(p)
	p.enums = newEnumIndex(p)
	for _, op := range m.Operations {
		method, err := p.newMethod(op)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", op.OperationID, err)
		}
		p.Methods = append(p.Methods, method)
	}
	p.join()
	p.nameTypes()
	return p, nil
}

// eachField calls f for all parameters and fields of the operations that are generated. parent is
// the name of the object that the field is in, empty at the top.
func (p *Package) eachField(f func(name, parent string, s *openapi3.Schema)) {
	var walk func(name, parent string, s *openapi3.Schema)
	walk = func(name, parent string, s *openapi3.Schema) {
		f(name, parent, s)
		for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
			walk(field, name, s.Properties[field].Value)
		}
		if s.Items != nil {
			walk(name, parent, s.Items.Value)
		}
	}
	for _, op := range p.Module.Operations {
		for _, param := range op.Inputs() {
			walk(param.Name, "", paramSchema(param))
		}
		if body, _ := op.Body(); body != nil {
			walk("", "", body)
		}
		walk("", "", op.Data())
	}
}

// paramSchema is a parameter's schema with the parameter's example.
func paramSchema(param *openapi3.Parameter) *openapi3.Schema {
	s := *param.Schema.Value
	if s.Example == nil {
		s.Example = param.Example
	}
	return &s
}

func (p *Package) newMethod(op *facts.Operation) (*Method, error) {
	requestRole := inRequest
	if strings.HasPrefix(op.GoName, "PartialEdit") || strings.HasSuffix(op.Path, "/partial_edit") {
		requestRole = inEdit
	}
	m := &Method{Op: op, hand: p.hand}
	if p.hand.types[op.GoName+"Request"] { // and with it all types of the operation
		m.Request, m.Data = &Struct{Name: op.GoName + "Request"}, &Struct{Name: op.GoName + "Data"}
		return m, nil
	}
	request := &Struct{role: requestRole, top: true}
	for _, in := range []string{"path", "query"} {
		for _, param := range op.Inputs() {
			if param.In != in {
				continue
			}
			at := use{op: op, role: requestRole, path: []string{param.Name}, parent: request,
				about: param.Description}
			field, err := p.newField(in, param.Name, paramSchema(param), param.Required ||
				in == "path", at)
			if err != nil {
				return nil, err
			}
			request.Fields = append(request.Fields, field)
		}
	}
	if body, mediaType := op.Body(); body != nil {
		in := "json"
		if mediaType == "multipart/form-data" {
			in = "form"
		}
		fields, err := p.newFields(in, body, use{op: op, role: requestRole, parent: request})
		if err != nil {
			return nil, err
		}
		request.Fields = append(request.Fields, fields...)
	}
	if err := request.unify(); err != nil {
		return nil, err
	}
	m.Request = p.shared(m, request)

	data := &Struct{role: inAnswer, top: true}
	var err error
	if data.Fields, err = p.newFields("json", op.Data(),
		use{op: op, role: inAnswer, parent: data}); err != nil {
		return nil, err
	}
	if err := data.unify(); err != nil {
		return nil, err
	}
	if len(data.Fields) > 0 {
		m.Data = p.shared(m, data)
	}
	m.Pages, err = findPages(m)
	return m, err
}

// shared returns the top of a newer version's type if that is the same, or else s, which gets its
// name here.
func (p *Package) shared(m *Method, s *Struct) *Struct {
	for _, newer := range p.Methods {
		if newer.Op.Name != m.Op.Name {
			continue
		}
		for _, other := range []*Struct{newer.Request, newer.Data} {
			if other != nil && other.role == s.role && other.signature() == s.signature() {
				return other
			}
		}
	}
	s.Name = m.Op.GoName + "Request"
	if s.role == inAnswer {
		s.Name = m.Op.GoName + "Data"
	}
	s.uses = []use{{op: m.Op, role: s.role}}
	p.Structs = append(p.Structs, s)
	return s
}

// compareWire orders fields: "id" is first.
func compareWire(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "id":
		return -1
	case b == "id":
		return 1
	}
	return strings.Compare(a, b)
}

// newFields makes the fields of an object, "id" first and the others by name.
func (p *Package) newFields(in string, s *openapi3.Schema, at use) ([]*Field, error) {
	var fields []*Field
	for _, name := range slices.SortedFunc(maps.Keys(s.Properties), compareWire) {
		inner := at
		inner.path, inner.about = append(slices.Clone(at.path), name),
			s.Properties[name].Value.Description
		field, err := p.newField(in, name, s.Properties[name].Value,
			slices.Contains(s.Required, name), inner)
		if err != nil {
			return nil, err
		}
		fields = append(fields, field)
	}
	return fields, nil
}

func (p *Package) newField(
	in, name string, s *openapi3.Schema, required bool, at use,
) (*Field, error) {
	at.in = in
	f := &Field{Wire: name, Name: facts.Camel(name), In: in, Schema: s,
		Required: required && at.role != inAnswer, About: at.about, role: at.role}
	var err error
	f.Type, err = p.newType(name, s, at)
	return f, err
}

func (p *Package) newType(name string, s *openapi3.Schema, at use) (*Type, error) {
	switch {
	case s.Type.Is("array"):
		at.array = true
		element, err := p.newType(name, s.Items.Value, at)
		return &Type{List: element}, err
	case s.Type.Is("object") && len(s.Properties) == 0:
		return &Type{Scalar: typeRaw}, nil
	case s.Type.Is("object") && isMoney(s):
		return &Type{Scalar: typeMoney}, nil
	case s.Type.Is("object"):
		shape, err := p.shape(s, at)
		return &Type{Struct: shape}, err
	}
	if enum := p.enums.find(name, s, &at); enum != nil {
		return &Type{Enum: enum}, nil
	}
	scalar, err := p.typing.scalar(name, s)
	if scalar == typeID && s.Type.Is("string") && facts.IsTextID(at.path...) {
		scalar = "string"
	}
	if scalar == typeID && s.Type.Is("integer") && at.role != inAnswer && at.in == "json" {
		scalar = typeIDNumber // the platform takes no text for it
	}
	return &Type{Scalar: scalar}, err
}

// isMoney tells an amount in a currency.
func isMoney(s *openapi3.Schema) bool {
	amount, currency := s.Properties["amount"], s.Properties["currency"]
	return len(s.Properties) == 2 && amount != nil && currency != nil &&
		amount.Value.Type.Is("string") && currency.Value.Type.Is("string")
}

// shape returns the struct for a nested object; objects that are alike get the same.
func (p *Package) shape(s *openapi3.Schema, at use) (*Struct, error) {
	made := &Struct{role: at.role}
	inner := at
	inner.parent, inner.array = made, false
	var err error
	if made.Fields, err = p.newFields("json", s, inner); err != nil {
		return nil, err
	}
	if err := made.unify(); err != nil {
		return nil, err
	}
	signature := made.signature()
	if known, ok := p.shapes[signature]; ok {
		for _, f := range made.Fields {
			f.moveUses(made, known)
		}
		known.uses = append(known.uses, at)
		return known, nil
	}
	p.shapes[signature] = made
	made.uses = []use{at}
	p.Structs = append(p.Structs, made)
	return made, nil
}

// moveUses makes the types of a field point to the struct that took its parent's place.
func (f *Field) moveUses(from, to *Struct) {
	t := f.Type
	for t.List != nil {
		t = t.List
	}
	uses := []use(nil)
	if t.Struct != nil {
		uses = t.Struct.uses
	} else if t.Enum != nil {
		uses = t.Enum.uses
	}
	for i := range uses {
		if uses[i].parent == from {
			uses[i].parent = to
		}
	}
}

// signature is equal for structs that can be one type.
func (s *Struct) signature() string {
	var b strings.Builder
	b.WriteString(string(s.role))
	for _, f := range s.Fields {
		fmt.Fprintf(&b, "\n%s %t %s %s", f.In, f.AlsoInBody, f.Wire, f.Type.signature())
		if s.role != inAnswer {
			fmt.Fprintf(&b, " %s", f.check())
			if f.Required {
				b.WriteString(" required")
			}
		}
	}
	return b.String()
}

// unify makes one field of a parameter that the body repeats.
func (s *Struct) unify() error {
	byName := make(map[string]*Field)
	var fields []*Field
	for _, f := range s.Fields {
		known, ok := byName[f.Name]
		switch {
		case !ok:
			byName[f.Name] = f
			fields = append(fields, f)
		case f.In == "json" && known.In != "json" && known.Wire == f.Wire &&
			known.Type.signature() == f.Type.signature():
			known.AlsoInBody = true
		default:
			return fmt.Errorf("two fields are called %s", f.Name)
		}
	}
	s.Fields = fields
	return nil
}

// findPages recognises a list that comes in pages: a page token goes in, the
// next one comes out, beside one list of objects.
func findPages(m *Method) (*Pages, error) {
	pages := new(Pages)
	for _, f := range m.Request.Fields {
		switch {
		case f.Wire == "page_token" && f.Type.Scalar == "string":
			pages.Token = f.Name
		case f.Wire == "page_size" && f.GoType() == typeCount:
			pages.Size, pages.Largest = f.Name, f.largestPage()
		}
	}
	if pages.Token == "" || m.Data == nil {
		return nil, nil
	}
	lists := 0
	var look func(s *Struct, path string, depth int)
	look = func(s *Struct, path string, depth int) {
		for _, f := range s.Fields {
			switch {
			case f.Wire == "next_page_token" && f.Type.Scalar == "string":
				pages.Next = path + f.Name
			case f.Wire == "has_more" && f.Type.Scalar == "bool":
				pages.HasMore = path + f.Name
			case f.Type.List != nil && f.Type.List.Struct != nil:
				lists++
				pages.Items, pages.Item = path+f.Name, f.Type.List
			case f.Type.Struct != nil && depth > 0:
				look(f.Type.Struct, path+f.Name+".", depth-1)
			}
		}
	}
	if look(m.Data, "", 0); lists == 0 { // not at the top: in an object there
		look(m.Data, "", 1)
	}
	if lists != 1 || pages.Next == "" {
		return nil, nil
	}
	for _, wire := range m.Op.PageCarry {
		into, from := m.Request.field(wire), m.Data.field(wire)
		if into == nil || from == nil || into.GoType() != from.GoType() {
			return nil, fmt.Errorf("x-page-carry: %s is no field of one type in request and answer",
				wire)
		}
		pages.Carry = append(pages.Carry, into.Name)
	}
	return pages, nil
}

// field returns the field with a name of the wire, nil if there is none.
func (s *Struct) field(wire string) *Field {
	if i := slices.IndexFunc(s.Fields, func(f *Field) bool { return f.Wire == wire }); i >= 0 {
		return s.Fields[i]
	}
	return nil
}

// largestPage is the most that a list's page can have, for who reads all pages; 0 leaves the size
// to the platform.
func (f *Field) largestPage() int {
	only := f.only()
	switch {
	case len(only) > 0:
		return int(slices.Max(only))
	case f.Schema.Max != nil:
		return int(*f.Schema.Max)
	case f.Required && f.Schema.Default == nil:
		return 20 // what most lists take
	}
	return 0
}

// only are the figures that the field takes, if they are a closed set.
func (f *Field) only() []int64 {
	var only []int64
	for _, v := range f.Schema.Enum {
		if x, ok := v.(float64); ok {
			only = append(only, int64(x))
		}
	}
	return only
}
