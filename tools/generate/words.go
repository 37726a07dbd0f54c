package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// reference is an operation that the facts speak of, such as "order.GetOrderList".
var reference = regexp.MustCompile(`\b([a-z]+)\.([A-Z]\w*)`)

// linkReferences makes the operations that a module's words speak of into links where they are the
// module's own, and returns those that there are not.
func linkReferences(m *facts.Module, served func(string) bool) []string {
	var lost []string
	linked := func(text string) string {
		return reference.ReplaceAllStringFunc(text, func(name string) string {
			module, method, _ := strings.Cut(name, ".")
			switch {
			case module == m.Package && served(name):
				return "[Service." + method + "]"
			case module == "client": // of the root package
			case !served(name) && !slices.Contains(lost, name):
				lost = append(lost, name)
			}
			return name
		})
	}
	if m.Doc.Info != nil {
		m.Doc.Info.Description = linked(m.Doc.Info.Description)
	}
	for _, op := range m.Operations {
		op.Summary, op.Description = linked(op.Summary), linked(op.Description)
		for _, p := range op.Parameters {
			p.Value.Description = linked(p.Value.Description)
			linkSchema(p.Value.Schema.Value, linked)
		}
		if body, _ := op.Body(); body != nil {
			linkSchema(body, linked)
		}
		linkSchema(op.Data(), linked)
	}
	return lost
}

func linkSchema(s *openapi3.Schema, linked func(string) string) {
	s.Description = linked(s.Description)
	if words, ok := s.Extensions["x-enum-descriptions"].(map[string]any); ok {
		for value, text := range words {
			words[value] = linked(fmt.Sprint(text))
		}
	}
	for _, field := range s.Properties {
		linkSchema(field.Value, linked)
	}
	if s.Items != nil {
		linkSchema(s.Items.Value, linked)
	}
}

// linkAll does so in all modules; it is an error to speak of an operation that there is not.
func linkAll(modules []*facts.Module) error {
	served := make(map[string]bool)
	for _, m := range modules {
		for _, op := range m.Operations {
			served[op.ServedBy()], served[m.Package+"."+op.GoName] = true, true
			served[m.Package+"."+op.VersionedName()] = true
		}
	}
	for _, m := range modules {
		if lost := linkReferences(m,
			func(name string) bool { return served[name] }); len(lost) > 0 {
			return fmt.Errorf("%s: the words speak of operations that there are not: %s", m.Name,
				strings.Join(lost, ", "))
		}
	}
	return nil
}

var link = regexp.MustCompile(`\[Service\.(\w+)\]`)

// unlinked is a text for pages, in which Go's links are none.
func unlinked(text string) string { return link.ReplaceAllString(text, "$1") }
