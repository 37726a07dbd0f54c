package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// PartialMethods are those whose answers may have items that failed, one for each type of their
// data.
func (p *Package) PartialMethods() []*Method {
	var methods []*Method
	for _, m := range p.Methods {
		if m.mayFailInPart() && !slices.ContainsFunc(methods,
			func(o *Method) bool { return o.Data == m.Data }) {
			methods = append(methods, m)
		}
	}
	return methods
}

// mayFailInPart tells that the method's data has Failures, which types written by hand bring along.
func (m *Method) mayFailInPart() bool {
	return len(m.Op.ItemErrors) > 0 && (m.Data == nil || !m.hand.types[m.Data.Name])
}

// FailureImports is the import declaration of the failures.
func (p *Package) FailureImports() string {
	used := map[string]bool{"iter": true, sdk: true}
	for _, m := range p.PartialMethods() {
		code := m.FailureLoops()
		used["cmp"] = used["cmp"] || strings.Contains(code, "cmp.")
		used["strconv"] = used["strconv"] || strings.Contains(code, "strconv.")
	}
	used["strings"] = p.JoinsItems()
	return importDecl(used)
}

// JoinsItems tells whether a failure is that of several items.
func (p *Package) JoinsItems() bool {
	return slices.ContainsFunc(p.PartialMethods(),
		func(m *Method) bool { return strings.Contains(m.FailureLoops(), "joined(") })
}

// FailureLoops yield the failures.
func (m *Method) FailureLoops() string {
	var b strings.Builder
	for _, e := range m.Op.ItemErrors {
		w := failureWriter{b: &b}
		w.loop("d", m.Data, e)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// FailureArgs are those of PartialFailure, broken where they are too wide.
func (m *Method) FailureArgs() string {
	operation, rest := fmt.Sprintf("%q, ", m.Op.ServedBy()), "d.Failures(), "+m.failureTotal()
	if width("\treturn tiktokshop.PartialFailure("+operation+rest+")") <= widest {
		return operation + rest
	}
	return operation + "\n" + rest + ",\n"
}

// failureTotal is how many items the answer tells of in all, "0" if it does not say.
func (m *Method) failureTotal() string {
	var parts []string
	for _, e := range m.Op.ItemErrors {
		at, _, isList := access("d", m.Data, e.At)
		switch {
		case e.When != nil && isList:
			parts = append(parts, "len("+at+")")
		case e.When != nil:
			parts = append(parts, "1")
		case e.Done != "":
			done, _, _ := access("d", m.Data, e.Done)
			parts = append(parts, "len("+at+")+len("+done+")")
		default:
			return "0"
		}
	}
	return strings.Join(parts, "+")
}

// access is the Go expression for a place, its type, and whether it is a list.
func access(from string, s *Struct, path string) (expr string, t *Type, isList bool) {
	expr = from
	for step := range strings.SplitSeq(path, ".") {
		name, list := strings.CutSuffix(step, "[]")
		f := s.field(name)
		expr, t, isList = expr+"."+f.Name, f.Type, list
		if s = t.element().Struct; list {
			t = t.List
		}
	}
	return expr, t, isList
}

// failureWriter writes the code that yields failures.
type failureWriter struct{ b *strings.Builder }

func (w failureWriter) line(depth int, format string, args ...any) {
	w.b.WriteString(strings.Repeat("\t", depth+2))
	fmt.Fprintf(w.b, format+"\n", args...)
}

// loop writes that of one place.
func (w failureWriter) loop(from string, s *Struct, e *facts.ItemErrors) {
	at, t, isList := access(from, s, e.At)
	element, in := "e", 0
	switch {
	case isList && t.Struct != nil:
		w.line(in, "for i := range %s {", at)
		w.line(in+1, "%s := &%s[i]", element, at)
		in++
	case isList:
		w.line(in, "for _, %s := range %s {", element, at)
		in++
	default:
		element = at
	}
	value := failureValue(element, t, e)
	closing := 0
	switch {
	case e.When != nil:
		w.line(in, "if %s {", condition(element, t.Struct, e.When))
		in, closing = in+1, 1
	case !isList:
		w.line(in, "if %s != \"\" {", itemText(element, t.Struct, e.Item))
		in, closing = in+1, 1
	}
	if e.More != nil {
		w.line(in, "failure := %s", value)
		w.more(element, t.Struct, e.More, in)
		value = "failure"
	}
	w.line(in, "if !yield(%s) {", value)
	w.line(in+1, "return")
	w.line(in, "}")
	if closing > 0 {
		in--
		w.line(in, "}")
	}
	if isList {
		w.line(in-1, "}")
	}
}

// more writes the loop over the further reasons of an item.
func (w failureWriter) more(from string, s *Struct, e *facts.ItemErrors, in int) {
	at, t, _ := access(from, s, e.At)
	w.line(in, "for i := range %s {", at)
	w.line(in+1, "r := &%s[i]", at)
	w.line(in+1, "failure.More = append(failure.More, %s)", failureValue("r", t, e))
	w.line(in, "}")
}

// failureValue is the literal of one.
func failureValue(element string, t *Type, e *facts.ItemErrors) string {
	var parts []string
	if t.Struct == nil {
		parts = append(parts, "Item: "+wireText(element, t))
	} else {
		if len(e.Item) > 0 {
			parts = append(parts, "Item: "+itemText(element, t.Struct, e.Item))
		}
		if e.Code != "" {
			parts = append(parts, "Code: "+place(element, t.Struct, e.Code))
		}
		if len(e.Message) > 0 {
			parts = append(parts, "Message: "+firstText(element, t.Struct, e.Message))
		}
	}
	if line := "tiktokshop.ItemError{" + strings.Join(parts, ", ") + "}"; len(line) < 66 {
		return line
	}
	return "tiktokshop.ItemError{\n" + strings.Join(parts, ",\n") + ",\n}"
}

// itemText is what names an item.
func itemText(element string, s *Struct, places []string) string {
	names := make([]string, len(places))
	for i, p := range places {
		var parts []string
		for part := range strings.SplitSeq(p, "+") {
			parts = append(parts, place(element, s, part))
		}
		names[i] = strings.Join(parts, `+"/"+`)
	}
	return orElse(names)
}

func firstText(element string, s *Struct, places []string) string {
	texts := make([]string, len(places))
	for i, p := range places {
		texts[i] = place(element, s, p)
	}
	return orElse(texts)
}

func orElse(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	return "cmp.Or(" + strings.Join(texts, ", ") + ")"
}

// place is the text of a field.
func place(element string, s *Struct, path string) string {
	expr, t, _ := access(element, s, path)
	return wireText(expr, t)
}

// wireText is a value as text.
func wireText(expr string, t *Type) string {
	switch {
	case t.List != nil:
		return "joined(" + expr + ")"
	case t.Scalar == "string":
		return expr
	case t.Scalar == "int64":
		return "strconv.FormatInt(" + expr + ", 10)"
	case t.Scalar == "int":
		return "strconv.Itoa(" + expr + ")"
	}
	return "string(" + expr + ")" // an id, or a value of an enumeration
}

// condition is that which tells the items that failed.
func condition(element string, s *Struct, c *facts.ItemCondition) string {
	expr, t, _ := access(element, s, c.Field)
	var tests []string
	for _, value := range c.Is {
		switch {
		case t.Scalar == "bool" && value == "false":
			tests = append(tests, "!"+expr)
		case t.Scalar == "bool":
			tests = append(tests, expr)
		case t.Enum != nil && slices.Contains(t.Enum.Values, value):
			tests = append(tests, expr+" == "+t.Enum.Consts[slices.Index(t.Enum.Values, value)])
		default:
			tests = append(tests, fmt.Sprintf("%s == %q", expr, value))
		}
	}
	return strings.Join(tests, " || ")
}
