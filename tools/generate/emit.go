package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/format"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

//go:embed service.tmpl
var serviceTemplate string

//go:embed types.tmpl
var typesTemplate string

//go:embed enums.tmpl
var enumsTemplate string

//go:embed failures.tmpl
var failuresTemplate string

//go:embed versions.tmpl
var versionsTemplate string

// templates are the files of a package.
func templates() map[string]string {
	return map[string]string{
		"service.gen.go": serviceTemplate, "types.gen.go": typesTemplate,
		"enums.gen.go": enumsTemplate, "versions.gen.go": versionsTemplate,
		"failures.gen.go": failuresTemplate,
	}
}

// render writes one file of the package; nil if it would hold nothing.
func (p *Package) render(text string) ([]byte, error) {
	t, err := template.New("file").Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, err
	}
	source := bytes.TrimSpace(b.Bytes())
	if len(source) == 0 {
		return nil, nil
	}
	formatted, err := format.Source(append(source, '\n'))
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, source)
	}
	return narrow(formatted)
}

// narrow takes fields and constants that are too wide because they are in line with others out of
// it, by empty lines around them. What is too wide by itself stays: neither can be broken.
func narrow(source []byte) ([]byte, error) {
	lines := strings.Split(string(source), "\n")
	var out []string
	for i, line := range lines {
		wide := width(line) > widest && (strings.Contains(line, "`") ||
			strings.Contains(line, " = \""))
		switch above := len(out) - 1; {
		case wide && above >= 0 && strings.HasPrefix(out[above], "\t//"):
			out = slices.Insert(out, above, "")
		case wide:
			out = append(out, "")
		}
		if out = append(out, line); wide && lines[i+1] != "}" && lines[i+1] != ")" {
			out = append(out, "")
		}
	}
	return format.Source([]byte(strings.Join(out, "\n")))
}

// widest is how wide a generated line may be, with tabs of four.
const widest = 120

// width is that of a line.
func width(line string) int { return len(line) + 3*strings.Count(line, "\t") }

const (
	sdk      = "github.com/tiktokshop-go/tiktokshop"
	sdkToken = sdk + "/token"
)

// importDecl is the declaration of what a file imports.
func importDecl(paths map[string]bool) string {
	var std, own []string
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		switch {
		case !paths[path]:
		case strings.HasPrefix(path, sdk):
			own = append(own, strconv.Quote(path))
		default:
			std = append(std, strconv.Quote(path))
		}
	}
	if len(std)+len(own) == 0 {
		return ""
	}
	between := ""
	if len(std) > 0 && len(own) > 0 {
		between = "\n\n"
	}
	return "import (\n" + strings.Join(std, "\n") + between + strings.Join(own, "\n") + "\n)"
}

// pages tells whether one of the package's lists comes in pages, and which of them is so that f
// holds.
func (p *Package) pages(f func(*Pages) bool) bool {
	return slices.ContainsFunc(p.Methods,
		func(m *Method) bool { return m.GeneratedPages() != nil && f(m.Pages) })
}

// ServiceImports is the import declaration of the methods.
func (p *Package) ServiceImports() string {
	return importDecl(map[string]bool{
		"context": true, "net/http": true, sdk: true,
		"iter": p.pages(func(*Pages) bool { return true }),
		"cmp":  p.pages(func(l *Pages) bool { return l.Largest > 0 || len(l.Carry) > 0 }),
	})
}

// VersionImports is that of the methods with a version in their names.
func (p *Package) VersionImports() string {
	plain := func(m *Method) bool { return m.Op.Plain }
	return importDecl(map[string]bool{
		"context": slices.ContainsFunc(p.Methods, plain),
		sdk:       slices.ContainsFunc(p.Methods, plain),
		"iter": slices.ContainsFunc(p.Methods,
			func(m *Method) bool { return m.Op.Plain && m.Pages != nil }),
	})
}

// TypeImports is that of the types.
func (p *Package) TypeImports() string {
	used := make(map[string]bool)
	for _, s := range p.Structs {
		for _, f := range s.Fields {
			scalar := f.Type.element().Scalar
			used["encoding/json"] = used["encoding/json"] || scalar == typeRaw
			used[sdkToken] = used[sdkToken] || scalar == typeSecret
			used[sdk] = used[sdk] || strings.HasPrefix(strings.TrimPrefix(scalar, "*"),
				"tiktokshop.")
		}
	}
	return importDecl(used)
}

// element is the type itself, or that of the innermost list's elements.
func (t *Type) element() *Type {
	for t.List != nil {
		t = t.List
	}
	return t
}

// Sources tells what the package was made from.
func (p *Package) Sources() string { return "openapi/" + p.Module.Name + ".json" }

var methodConsts = map[string]string{
	http.MethodGet: "http.MethodGet", http.MethodPost: "http.MethodPost",
	http.MethodPut: "http.MethodPut", http.MethodDelete: "http.MethodDelete",
}

// identifiers are the SDK's constants for the ciphers, and what the documentation calls them.
var identifiers = map[facts.Identifier]struct{ constant, text string }{
	facts.ShopCipher:          {"tiktokshop.ShopCipher", "a shop cipher"},
	facts.CategoryAssetCipher: {"tiktokshop.CategoryAssetCipher", "a category asset cipher"},
	facts.EitherCipher: {"tiktokshop.ShopOrCategoryAssetCipher",
		"a shop cipher or a category asset cipher"},
}

// Literal is the method's tiktokshop.Operation.
func (m *Method) Literal() string {
	op := m.Op
	var b strings.Builder
	b.WriteString("{\n")
	parts := []string{fmt.Sprintf("Name: %q", op.ServedBy()), "Method: " + methodConsts[op.Method],
		fmt.Sprintf("Path: %q", op.Path), ""}
	if identifier, ok := identifiers[op.Identifier]; ok {
		parts = append(parts, "Identifier: "+identifier.constant)
	}
	if op.IdentifierOptional {
		parts = append(parts, "IdentifierOptional: true")
	}
	if len(op.Scopes) > 0 {
		parts = append(parts, fmt.Sprintf("Scopes: %#v", op.Scopes))
	}
	if op.RepeatSafe && op.Method != http.MethodGet {
		parts = append(parts, "RepeatSafe: true")
	}
	if op.SecretAnswer() {
		parts = append(parts, "SecretAnswer: true")
	}
	if largest := op.LargestUpload(); largest > 0 {
		parts = append(parts, fmt.Sprintf("MaxUploadBytes: %d << 20", largest>>20))
	}
	if f := m.idempotencyKey(); f != nil {
		field := "IdempotencyBody"
		if f.In == "query" {
			field = "IdempotencyQuery"
		}
		parts = append(parts, fmt.Sprintf("%s: %q", field, f.Wire))
	}
	if op.Retired != "" {
		parts = append(parts, fmt.Sprintf("Retired: %q", op.Retired))
	}
	if op.Successor != nil {
		parts = append(parts, fmt.Sprintf("Successor: %q", op.Successor.ServedBy()))
	}
	line := ""
	for _, part := range parts { // gofmt widens a line whose field stands in line with others
		if line != "" && (part == "" || len("    ")+len(line)+len(part)+len(" ,") > widest-6) {
			fmt.Fprintf(&b, "\t%s\n", line)
			line = ""
		}
		if part != "" {
			line = strings.TrimPrefix(line+" "+part+",", " ")
		}
	}
	if line != "" {
		fmt.Fprintf(&b, "\t%s\n", line)
	}
	return b.String() + "}"
}

// maxBytes is the most bytes that a file may have.
func (f *Field) maxBytes() (int64, bool) {
	limit, ok := f.Schema.Extensions["x-max-bytes"].(float64)
	return int64(limit), ok
}

// Signature is a method's first line, broken where it is too wide.
func (m *Method) Signature() string {
	return m.signature(m.Op.GoName, m.Request.Name,
		"(*tiktokshop.Response["+m.DataType()+"], error)")
}

// AllSignature is that of the iterator over all pages.
func (m *Method) AllSignature() string {
	return m.signature(m.Op.GoName+"All", m.Request.Name,
		"iter.Seq2["+m.Pages.ItemName()+", error]")
}

// CallLine calls the operation, broken where it is too wide.
func (m *Method) CallLine() string {
	call, args := "\treturn tiktokshop.Call["+m.DataType()+"](",
		"ctx, s.client, op"+m.Op.GoName+", req, opts..."
	if line := call + args + ")"; width(line) <= widest {
		return line
	}
	return call + "\n\t\t" + args + ")"
}

func (m *Method) signature(name, request, result string) string {
	params := "ctx context.Context, req *" + request + ", opts ...tiktokshop.Option"
	if line := "func (s *Service) " + name + "(" + params + ") " + result +
		" {"; width(line) <= widest {
		return line
	}
	if width("\t"+params+",") > widest {
		params = strings.Replace(params, ", opts", ",\n\topts", 1)
	}
	return "func (s *Service) " + name + "(\n\t" + params + ",\n) " + result + " {"
}

// VersionedTypes are the aliases that the types with the version in their names are.
func (m *Method) VersionedTypes() []string {
	var lines []string
	alias := func(ending string, s *Struct) {
		if name := m.Op.VersionedName() + ending; s != nil && s.Name != name {
			lines = append(lines, name+" = "+s.Name)
		}
	}
	alias("Request", m.Request)
	alias("Data", m.Data)
	return lines
}

// HasVersions tells whether there are names with a version besides those of the other files.
func (p *Package) HasVersions() bool {
	return slices.ContainsFunc(p.Methods,
		func(m *Method) bool { return m.Op.Plain || len(m.VersionedTypes()) > 0 })
}

// PageFunc is the first line of the function that takes a page apart.
func (m *Method) PageFunc() string {
	into := "_"
	if len(m.Pages.Carry) > 0 {
		into = "r"
	}
	params := into + " *" + m.Request.Name + ", d *" + m.DataType()
	result := "([]" + m.Pages.ItemName() + ", string) {"
	if line := "\t\tfunc(" + params + ") " + result; width(line) <= widest {
		return line
	}
	return "\t\tfunc(\n\t\t\t" + strings.Replace(params, ", ", ",\n\t\t\t", 1) + ",\n\t\t) " +
		result
}

// VersionedSignature is that of the method with the version in its name.
func (m *Method) VersionedSignature() string {
	data := m.DataType()
	if m.Data != nil {
		data = m.Op.VersionedName() + "Data"
	}
	return m.signature(m.Op.VersionedName(), m.Op.VersionedName()+"Request",
		"(*tiktokshop.Response["+data+"], error)")
}

// VersionedAllSignature is that of the iterator with the version in its name.
func (m *Method) VersionedAllSignature() string {
	return m.signature(m.Op.VersionedName()+"All", m.Op.VersionedName()+"Request",
		"iter.Seq2["+m.Pages.ItemName()+", error]")
}

func (m *Method) idempotencyKey() *Field {
	for _, f := range m.Request.Fields {
		if f.isIdempotencyKey() {
			return f
		}
	}
	return nil
}

// isIdempotencyKey: the client makes one up where the caller gives none.
func (f *Field) isIdempotencyKey() bool {
	return f.role != inAnswer && (f.Wire == "idempotency_key" || f.Wire == "idempotent_key") &&
		f.Type.Scalar == "string"
}

// DataType is the T of the method's Response[T].
func (m *Method) DataType() string {
	if m.Data == nil {
		return "struct{}"
	}
	return m.Data.Name
}

// GoType is the field's type in its struct.
func (f *Field) GoType() string {
	if f.pointer() {
		return "*" + f.Type.name()
	}
	return f.Type.name()
}

// pointer tells fields of a request that are pointers, as their zero value has a meaning: what may
// be left out, so that the zero can be sent; and a number or a yes or no that must be there, so
// that nobody sends 0 or false by forgetting it.
func (f *Field) pointer() bool {
	switch {
	case f.role == inAnswer, f.Type.List != nil, f.Type.Scalar == typeFile,
		f.Type.Scalar == typeRaw, f.In == "path", f.In == "form":
		return false
	case f.In == "query":
		return !f.Required && f.Type.Scalar == "bool" // another empty value is not sent
	case f.Required:
		return f.isNumber() && f.zeroIsAllowed() || f.Type.Scalar == "bool"
	case f.Type.Struct != nil, f.Type.Scalar == typeMoney, f.Type.Scalar == "bool", f.isNumber():
		return true
	case f.Wire == "id":
		return false // of what is edited: it cannot be emptied
	}
	// "" empties the field
	return f.role == inEdit && (f.Type.Enum == nil || !f.Type.Enum.integer) &&
		!strings.HasPrefix(f.Type.Scalar, "tiktokshop.Unix") && f.Type.Scalar != typeDate &&
		f.Type.Scalar != typeIDNumber
}

func (f *Field) isNumber() bool {
	return f.Type.Scalar == typeCode || f.Type.Scalar == typeCount ||
		f.Type.Scalar == typeBasisPoints ||
		f.Type.Enum != nil && f.Type.Enum.hasZero()
}

// zeroIsAllowed tells numbers of which the facts do not say that they are more than 0.
func (f *Field) zeroIsAllowed() bool {
	return f.Wire != "page_size" && (f.Schema.Min == nil || *f.Schema.Min <= 0) &&
		len(f.only()) == 0
}

// Tags are the field's tags.
func (f *Field) Tags() string {
	tag := fmt.Sprintf(`json:"%s"`, f.Wire)
	switch {
	case f.AlsoInBody:
		tag = fmt.Sprintf(`%s:"%s" json:"%s,omitzero"`,
			map[string]string{"path": "path", "query": "url"}[f.In], f.Wire, f.Wire)
	case f.In == "path":
		tag = fmt.Sprintf(`path:"%s" json:"-"`, f.Wire)
	case f.In == "query":
		tag = fmt.Sprintf(`url:"%s" json:"-"`, f.Wire)
	case f.In == "form":
		tag = fmt.Sprintf(`form:"%s" json:"-"`, f.Wire)
	case f.role != inAnswer && !f.Required, f.places != nil:
		tag = fmt.Sprintf(`json:"%s,omitzero"`, f.Wire)
	}
	if check := f.check(); check != "" {
		tag += fmt.Sprintf(` check:"%s"`, check)
	}
	return "`" + tag + "`"
}

// check is what the client checks before it sends the field.
func (f *Field) check() string {
	if f.role == inAnswer {
		return ""
	}
	var rules []string
	s := f.Schema
	if f.Required && !f.isIdempotencyKey() && f.In != "path" && f.canBeMissing() {
		rules = append(rules, "required")
	}
	if f.Required && s.Default != nil && !f.isIdempotencyKey() {
		rules = append(rules, fmt.Sprintf("default=%v", s.Default))
	}
	only := f.only()
	switch {
	case len(only) > 0:
		rules = append(rules, "oneof="+strings.Trim(strings.ReplaceAll(fmt.Sprint(only), " ", "|"),
			"[]"))
	case s.Min != nil:
		rules = append(rules, fmt.Sprintf("min=%d", int64(*s.Min)))
	case f.Wire == "page_size" && f.Required:
		rules = append(rules, "min=1") // no page has fewer
	}
	if s.Max != nil && len(only) == 0 {
		rules = append(rules, fmt.Sprintf("max=%d", int64(*s.Max)))
	}
	if s.MaxLength != nil {
		rules = append(rules, fmt.Sprintf("maxlen=%d", *s.MaxLength))
	}
	if s.MaxItems != nil {
		rules = append(rules, fmt.Sprintf("maxitems=%d", *s.MaxItems))
	}
	return strings.Join(rules, ",")
}

// canBeMissing tells fields whose zero value means that the caller forgot them. In an object, its
// fields tell.
func (f *Field) canBeMissing() bool {
	return f.pointer() || f.Type.Struct == nil && f.Type.Scalar != typeMoney &&
		f.Type.Scalar != "bool" && (f.In == "query" || !f.isNumber())
}

// Line is the field's declaration. What there is to say about it stands above it, where nothing
// else is too wide for that.
func (f *Field) Line() string {
	line := f.Name + " " + f.GoType() + " " + f.Tags()
	if comment := f.Comment(); comment != "" {
		return comment + "\n" + line
	}
	return line
}

// Cases are the names of the enumeration's constants, in lines.
func (e *Enum) Cases() string { return casesOf(e.Consts) }

// FinalCases are those of the values that are final, "" if the facts do not tell.
func (e *Enum) FinalCases() string {
	var final []string
	for i, value := range e.Values {
		if e.final[value] {
			final = append(final, e.Consts[i])
		}
	}
	return casesOf(final)
}

func casesOf(consts []string) string {
	return strings.Join(wrap(strings.Join(consts, ", "), textWidth-len("    case ")), "\n\t\t")
}

// Constants pairs the names and values of the enumeration.
func (e *Enum) Constants() []string {
	lines := make([]string, len(e.Values))
	for i, v := range e.Values {
		value := v
		if !e.integer {
			value = strconv.Quote(v)
		}
		lines[i] = fmt.Sprintf("%s %s = %s", e.Consts[i], e.Name, value)
		if words := e.Words[v]; words != "" {
			lines[i] = "// " + strings.Join(wrap(words, textWidth-len("    ")), "\n// ") + "\n" +
				lines[i]
		}
		if strings.HasPrefix(e.Consts[i], e.Name+"Misspelt") {
			lines[i] += " // as the platform spells it in some answers"
		}
	}
	return lines
}
