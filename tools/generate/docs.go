package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// The comments of the generated code.

// Doc is the package's comment, with a line for each operation.
func (p *Package) Doc() []string {
	name := strings.ReplaceAll(p.Module.Name, "_", " ")
	what := fmt.Sprintf("Package %s serves the platform's %s operations.", p.Module.Package, name)
	lines := append(wrap(what, textWidth), "")
	for paragraph := range strings.SplitSeq(p.Module.Doc.Info.Description, "\n\n") {
		if paragraph != "" {
			lines = append(append(lines, wrap(paragraph, textWidth)...), "")
		}
	}
	for _, m := range p.Methods {
		line := fmt.Sprintf("[Service.%s]: %s %s", m.Op.GoName, m.Op.Method, m.Op.Path)
		if m.Op.Summary != "" {
			line = fmt.Sprintf("[Service.%s] %s", m.Op.GoName,
				strings.TrimSuffix(lowerFirst(m.Op.Summary), "."))
		}
		others := p.otherVersions(m.Op)
		switch {
		case m.Op.Plain && len(others) > 0:
			line += "; also " + strings.Join(others, ", ")
		case !m.Op.Plain && slices.ContainsFunc(p.Methods,
			func(o *Method) bool { return o.Op.Plain && o.Op.Base() == m.Op.Base() }):
			continue // the line of the plain name tells
		}
		lines = append(lines, item(line)...)
	}
	return lines
}

// otherVersions are those of an operation besides this one that the package serves.
func (p *Package) otherVersions(op *facts.Operation) []string {
	var versions []string
	for _, m := range p.Methods {
		if m.Op != op && m.Op.Base() == op.Base() {
			versions = append(versions, m.Op.Version)
		}
	}
	return versions
}

// VersionedTypeDoc is the comment on one of them.
func (m *Method) VersionedTypeDoc(alias string) []string {
	name, _, _ := strings.Cut(alias, " ")
	what := " is the input of "
	if strings.HasSuffix(name, "Data") {
		what = " is the result of "
	}
	return wrap(name+what+m.Op.VersionedName()+".", textWidth)
}

// VersionedDoc is the comment on the method with the version in its name.
func (m *Method) VersionedDoc() []string {
	lines := wrap(fmt.Sprintf("%s is %s, which calls the version %s.", m.Op.VersionedName(),
		m.Op.GoName, m.Op.Version), textWidth)
	if deprecated := m.Deprecated(); deprecated != "" {
		lines = append(lines, "", deprecated)
	}
	return lines
}

// VersionedAllDoc is that on the iterator.
func (m *Method) VersionedAllDoc() []string {
	return wrap(fmt.Sprintf("%sAll is %sAll, which calls the version %s.", m.Op.VersionedName(),
		m.Op.GoName, m.Op.Version), textWidth)
}

// Doc is the method's comment.
func (m *Method) Doc() []string {
	op := m.Op
	subject := op.GoName
	var lines []string
	if op.Summary != "" {
		lines = append(wrap(op.GoName+" "+lowerFirst(op.Summary)+" "+op.Description, textWidth), "")
		subject = "It"
	}
	first := fmt.Sprintf("%s calls %s %s.", subject, op.Method, op.Path)
	if !op.Plain {
		first += fmt.Sprintf(" It is another version of %s.", op.Base())
	}
	lines = append(lines, wrap(first, textWidth)...)
	second := ""
	if m.mayFailInPart() {
		second = "May succeed in part: Err of its data tells what failed. "
	}
	switch identifier, ok := identifiers[op.Identifier]; {
	case ok && op.IdentifierOptional:
		second += "It takes " + identifier.text + ", documented as optional. "
	case ok:
		second += "It needs " + identifier.text + ". "
	}
	switch len(op.Scopes) {
	case 0:
	case 1:
		second += "Scope: " + op.Scopes[0] + ". "
	default:
		second += "Scopes: " + strings.Join(op.Scopes, ", ") + ". "
	}
	switch {
	case op.RepeatSafe:
		second += "Safe to repeat."
	case m.idempotencyKey() != nil:
		second += "Safe to repeat with the same idempotency key."
	default:
		second += "Not safe to repeat."
	}
	lines = append(lines, wrap(second, textWidth)...)
	lines = append(lines, "", "Source: "+op.Page)
	if deprecated := m.Deprecated(); deprecated != "" {
		lines = append(lines, "")
		lines = append(lines, wrap(deprecated, textWidth)...)
	}
	return lines
}

// Deprecated is the last paragraph of the comment on an operation that the platform stops, "" for
// others.
func (m *Method) Deprecated() string {
	if m.Op.Retired == "" {
		return ""
	}
	text := "Deprecated: the platform stops this version on " + m.Op.Retired
	if s := m.Op.Successor; s != nil {
		name := s.ServedBy()
		if s.Module == m.Op.Module {
			name = s.GoName
		}
		text += "; call " + name + " instead"
	}
	return text + "."
}

// AllDoc is the comment of the iterator over all pages.
func (m *Method) AllDoc() []string {
	text := fmt.Sprintf("%sAll iterates over %s of all pages of %[1]s, one request a page",
		m.Op.GoName, m.Pages.Items)
	if m.Pages.Largest > 0 {
		text += fmt.Sprintf(", which has %d unless the request says otherwise", m.Pages.Largest)
	}
	return wrap(text+"; an error is the last element.", textWidth)
}

// textWidth is how wide the text of a comment may be.
const textWidth = widest - len("// ")

// wrap breaks a text into lines.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// Doc is the struct's comment.
func (s *Struct) Doc() []string {
	switch {
	case s.top && s.role == inAnswer:
		partial := ""
		if len(s.uses[0].op.ItemErrors) > 0 {
			partial = " It may be one in part: see Err."
		}
		return wrap(s.Name+" is the result of "+s.uses[0].op.GoName+"."+partial, textWidth)
	case s.top:
		return wrap(s.Name+" is the input of "+s.uses[0].op.GoName+".", textWidth)
	}
	kind := " is "
	if s.uses[0].array {
		kind = " is an element of "
	}
	return wrap(s.Name+kind+places(s.uses)+". "+about(s.uses), textWidth)
}

// Doc is the enumeration's comment.
func (e *Enum) Doc() []string {
	lines := wrap(e.Name+" is a value of "+places(e.uses)+". "+about(e.uses)+" The set is open.",
		textWidth)
	for i, v := range e.Values {
		if i == 0 && len(e.Words) > 0 {
			lines = append(lines, "")
		}
		if e.Words[v] != "" {
			lines = append(lines, item(v+": "+e.Words[v])...)
		}
	}
	return lines
}

// places names the first use of a type, and how many more methods use it.
func places(uses []use) string {
	u := uses[0]
	place := strings.Join(u.path, ".")
	what := "request"
	if u.role == inAnswer {
		what = "answer"
	}
	var others []string
	for _, v := range uses[1:] {
		if name := v.op.GoName; name != u.op.GoName && !slices.Contains(others, name) {
			others = append(others, name)
		}
	}
	text := fmt.Sprintf("%s in the %s of %s", place, what, u.op.GoName)
	switch len(others) {
	case 0:
	case 1:
		text += ", and used by " + others[0]
	default:
		text += fmt.Sprintf(", and used by %d more", len(others))
	}
	return text
}

// maxExample is how long an example may be to go into a comment.
const maxExample = 48

// Comment is what there is to say about the field beyond its name and type.
func (f *Field) Comment() string {
	s := f.Schema
	var parts []string
	if f.filled != "" {
		parts = append(parts, f.filled)
	}
	if f.role != inAnswer {
		switch {
		case f.isIdempotencyKey():
			parts = append(parts, "a random UUID if empty")
		case f.Required:
			parts = append(parts, "required")
		}
		if only := f.only(); len(only) > 0 {
			parts = append(parts,
				"one of "+strings.Trim(strings.ReplaceAll(fmt.Sprint(only), " ", ", "), "[]"))
		}
		if limit, ok := f.maxBytes(); ok {
			parts = append(parts, fmt.Sprintf("at most %d MB", limit>>20))
		}
		switch {
		case len(f.only()) > 0:
		case s.Min != nil && s.Max != nil:
			parts = append(parts, fmt.Sprintf("%d to %d", int64(*s.Min), int64(*s.Max)))
		case s.Min != nil:
			parts = append(parts, fmt.Sprintf("at least %d", int64(*s.Min)))
		case s.Max != nil:
			parts = append(parts, fmt.Sprintf("at most %d", int64(*s.Max)))
		}
		if s.MaxItems != nil {
			parts = append(parts, fmt.Sprintf("at most %d", *s.MaxItems))
		}
		if s.Default != nil {
			parts = append(parts, fmt.Sprintf("default %v", s.Default))
		}
	}
	if s.MaxLength != nil {
		parts = append(parts, fmt.Sprintf("at most %d characters", *s.MaxLength))
	}
	element := f.Type
	for element.List != nil {
		element = element.List
		s = s.Items.Value
	}
	if values, ok := s.Extensions["x-values"].([]any); ok && element.Enum == nil &&
		len(values) <= maxEnum {
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = fmt.Sprint(v)
		}
		parts = append(parts, "known values: "+strings.Join(texts, ", "))
	} else if example := exampleText(
		s); element.Scalar == "string" && f.Type.List == nil && tellsSomething(example) {
		parts = append(parts, fmt.Sprintf("such as %q", example))
	}
	if s.Deprecated {
		parts = append(parts, "deprecated by the platform")
	}
	text := f.About
	if len(parts) > 0 {
		rest := strings.Join(parts, "; ")
		text += " " + strings.ToUpper(rest[:1]) + rest[1:] + "."
	}
	if text == "" {
		return ""
	}
	return "// " + strings.Join(wrap(text, textWidth-len("    ")), "\n// ")
}

// tellsSomething: an example that fits on a line and shows a format.
func tellsSomething(example string) bool {
	return len(example) <= maxExample && strings.ContainsFunc(example,
		func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) &&
		!strings.ContainsFunc(example, func(r rune) bool { return !unicode.IsPrint(r) })
}

// lowerFirst is a sentence as it goes on after a name.
func lowerFirst(sentence string) string { return strings.ToLower(sentence[:1]) + sentence[1:] }

// about is what the facts say of the field that a type is used for; of several, that of an answer
// rather than of a filter.
func about(uses []use) string {
	for _, u := range uses {
		if u.role == inAnswer && u.about != "" {
			return u.about
		}
	}
	return uses[0].about
}

// item is an item of a list in a comment.
func item(text string) []string {
	lines := wrap(text, textWidth-len("  - "))
	for i := range lines {
		lines[i] = []string{"  - ", "    "}[min(i, 1)] + lines[i]
	}
	return lines
}
