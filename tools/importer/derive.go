package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// headerParameters are those of every call, which are no facts of an operation.
var headerParameters = []string{"content-type", "x-tts-access-token"}

// derive turns an operation of the vendor's into facts. Texts stay behind: what
// they say is kept for merging, and is never written.
func derive(v *vendorOperation, rules *Rules) *Operation {
	op := &Operation{
		ID: v.id(), Tags: []string{v.Module}, Name: v.Summary, Version: v.version(),
		Deprecated: v.Deprecated,
		Docs: &Link{URL: "https://partner.tiktokshop.com/docv2/page/" + kebab(v.Summary) + "-" +
			v.version()},
		Source: sourceOAS, Identifier: "none", ErrorCodes: v.ErrorCodes,
	}
	for _, p := range v.Parameters {
		if p.In == "header" && slices.Contains(headerParameters, strings.ToLower(p.Name)) {
			continue
		}
		if rules.find(op.ID, p.In+"."+p.Name, aboutPresence) != nil {
			continue
		}
		if p.Name == "shop_cipher" || p.Name == "category_asset_cipher" {
			op.Identifier = p.Name
		}
		param := &Parameter{Name: p.Name, In: p.In, Required: p.Required,
			Schema: deriveSchema(p.Schema), Example: example(p.Example)}
		param.Schema.text = p.Description
		param.Schema.Example = nil
		if p.Schema.Type == "array" && p.In == "query" {
			no := false
			param.Style, param.Explode = "form", &no
		}
		op.Parameters = append(op.Parameters, param)
	}
	slices.SortFunc(op.Parameters, func(a, b *Parameter) int {
		return strings.Compare(a.In+" "+a.Name, b.In+" "+b.Name)
	})
	if v.Body != nil {
		op.Body = &Body{Required: true, Content: deriveContent(v.Body.Content)}
		op.requireFile()
	}
	op.Responses = Responses{"200": {Description: "OK",
		Content: deriveContent(v.Responses["200"].Content)}}
	op.eachField(func(at string, s, parent *Schema) {
		s.readLimits()
		item := parent != nil && parent.Items == s
		if item && len(s.text) < 15 {
			s.text = parent.text // items repeat their array's name, if anything
		}
		switch s.Type {
		case "string":
			if s.Format != "binary" {
				rules.values(op.ID, at, s)
			}
		}
		if !item {
			s.readDefault()
		}
	})
	rules.settle(op)
	return op
}

// requireFile marks the file that an upload is there for, which the package often does not. Of
// several, any may be meant.
func (op *Operation) requireFile() {
	s := op.Body.Content.schema()
	if op.Body.Content.mediaType() != "multipart/form-data" || s.Properties == nil {
		return
	}
	var files []string
	for _, name := range s.Properties.Names {
		if s.Properties.Get(name).Format == "binary" {
			files = append(files, name)
		}
	}
	if len(files) == 1 {
		s.Required = slices.Sorted(slices.Values(union(s.Required, files)))
	}
}

// settle does what the rules say and no text is needed for: of limits, of fields that must be there
// in some cases only, and of those whose zero overwrites. It also tells identifiers from other
// integers.
func (rules *Rules) settle(op *Operation) {
	op.eachField(func(at string, s, parent *Schema) {
		item := parent != nil && parent.Items == s
		s.ID = s.Type == "integer" && idName.MatchString(at)
		if r := rules.find(op.ID, at, aboutLimits); r != nil && (r.Unlimited || inRequest(at)) {
			s.limit(r.Limits)
		}
		if item || !inRequest(at) {
			return
		}
		s.When = nil
		if r := rules.find(op.ID, at, aboutNeed); r != nil {
			s.When = r.When
			op.waive(at, parent)
		}
		s.Overwrites = s.Type != "object" && s.Type != "array" &&
			rules.find(op.ID, at, aboutOverwrites) != nil
	})
}

// limit sets what a rule says; nil takes limits away.
func (s *Schema) limit(limits *Limits) {
	if limits == nil {
		if s.Type == "integer" {
			s.Minimum, s.Maximum, s.unlimited = nil, nil, true
		}
		return
	}
	set := func(have **int64, is *int64, types ...string) {
		if is != nil && slices.Contains(types, s.Type) {
			*have = is
		}
	}
	set(&s.MaxItems, limits.MaxItems, "array")
	set(&s.MaxLength, limits.MaxLength, "string")
	set(&s.Minimum, limits.Minimum, "integer", "number")
	set(&s.Maximum, limits.Maximum, "integer", "number")
	if s.Type == "integer" {
		s.Only = limits.Only
	}
}

// waive takes a field off those that must be there.
func (op *Operation) waive(at string, parent *Schema) {
	name := at[strings.LastIndexByte(at, '.')+1:]
	if parent != nil {
		parent.Required = slices.DeleteFunc(parent.Required,
			func(n string) bool { return n == name })
		return
	}
	for _, p := range op.Parameters {
		if p.In+"."+p.Name == at {
			p.Required = false
		}
	}
}

// idName is the end of the place of an identifier; "pid" is one of a product.
var idName = regexp.MustCompile(`(?:^|[._])p?ids?$`)

// inRequest tells whether a place is one of a request; those of the answer begin with one of its
// fields.
func inRequest(at string) bool {
	in, _, _ := strings.Cut(at, ".")
	return slices.Contains([]string{"path", "query", "body"}, in)
}

// values fills in a field's known values, after the rules.
func (rules *Rules) values(operation, at string, s *Schema) {
	read := s.Values
	if len(read) == 0 {
		read = enumeration(s.text)
	}
	switch r := rules.find(operation, at, aboutValues); {
	case r == nil:
		s.Values = read
	case len(r.Also) > 0:
		s.Values = union(r.Also, read)
	default:
		s.Values, s.ruled = r.Values, true
	}
}

// union appends to a what is only in b.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func deriveContent(content map[string]vendorMedia) Content {
	mediaType, schema, err := single(content)
	if err != nil {
		panic(err) // readModule has checked it
	}
	return Content{mediaType: {Schema: deriveSchema(schema)}}
}

func deriveSchema(v *vendorSchema) *Schema {
	s := &Schema{
		Type: v.Type, Format: v.Format, MaxLength: v.MaxLength, MaxItems: v.MaxItems,
		Minimum: v.Minimum, Maximum: v.Maximum,
		Default: example(v.Default), Deprecated: v.Deprecated, Example: example(v.Example),
		text: v.Description,
	}
	if v.Type == "string" {
		for _, value := range v.Enum {
			s.Values = append(s.Values, value.(string))
		}
	}
	s.Required = slices.Sorted(slices.Values(v.Required))
	if v.Items != nil {
		s.Items = deriveSchema(v.Items)
	}
	if v.Properties != nil {
		s.Properties = new(Properties)
		for _, name := range sortedKeys(v.Properties) {
			s.Properties.Add(name, deriveSchema(v.Properties[name]))
		}
	}
	return s
}

// Of an example, what is longer is a sentence or an address with a signature.
const (
	maxWords   = 4
	maxExample = 119
)

// example returns a figure as it may be kept, nil if it is prose.
func example(raw json.RawMessage) json.RawMessage {
	var v any
	if raw == nil || decode(raw, &v) != nil {
		return nil
	}
	v, ok := figures(v)
	if !ok {
		return nil
	}
	out, err := marshal(v)
	if err != nil || bytes.Equal(out, []byte("null")) {
		return nil
	}
	return out
}

// isFigure tells a figure, such as an id or a name, from prose.
func isFigure(text string) bool {
	return strings.TrimSpace(text) != "" && len([]rune(text)) <= maxExample &&
		len(strings.Fields(text)) <= maxWords
}

// figures trims the texts of an example; false if one of them is prose or nothing is left.
func figures(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		v = strings.TrimSpace(v)
		return v, isFigure(v)
	case []any:
		for i := range v {
			var ok bool
			if v[i], ok = figures(v[i]); !ok {
				return nil, false
			}
		}
	case map[string]any:
		for k := range v {
			var ok bool
			if v[k], ok = figures(v[k]); !ok || !isFigure(k) {
				return nil, false
			}
		}
	}
	return v, true
}

// eachField visits every schema of an operation with its place, such as
// "query.ids", "body.skus.id" or "data.products.id"; an array's items have the place of the array.
func (op *Operation) eachField(visit func(at string, s, parent *Schema)) {
	var walk func(at string, s, parent *Schema)
	walk = func(at string, s, parent *Schema) {
		visit(at, s, parent)
		if s.Items != nil {
			walk(at, s.Items, s)
		}
		if s.Properties != nil {
			for _, name := range s.Properties.Names {
				walk(place(at, name), s.Properties.ByName[name], s)
			}
		}
	}
	for _, p := range op.Parameters {
		walk(p.In+"."+p.Name, p.Schema, nil)
	}
	if op.Body != nil {
		walk("body", op.Body.Content.schema(), nil)
	}
	walk("", op.Responses.schema(), nil)
}

// place is that of a field of an object; the answer's own is left out.
func place(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// schema returns the only one.
func (c Content) schema() *Schema {
	for _, media := range c {
		return media.Schema
	}
	return nil
}

func (c Content) mediaType() string {
	for mediaType := range c {
		return mediaType
	}
	return ""
}

func (r Responses) schema() *Schema { return r["200"].Content.schema() }

var (
	afterLower   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	afterCapital = regexp.MustCompile(`([A-Z]+)([A-Z][a-z])`)
)

// kebab is a name as the addresses of the vendor's pages have it.
func kebab(name string) string {
	return strings.ToLower(afterCapital.ReplaceAllString(afterLower.ReplaceAllString(name, "$1-$2"),
		"$1-$2"))
}

// newDocument is that of a module that is not known yet.
func newDocument(module, version string) *Document {
	return &Document{
		OpenAPI: "3.0.3", Info: Info{Title: "TikTok Shop " + module, Version: version},
		Servers: []Server{{URL: "https://open-api.tiktokglobalshop.com"}}, Paths: make(Paths),
	}
}
