package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/format"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"unicode"

	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

//go:embed service.tmpl
var serviceTemplate string

//go:embed types.tmpl
var typesTemplate string

//go:embed enums.tmpl
var enumsTemplate string

// templates are the files of a package.
func templates() map[string]string {
	return map[string]string{"service.gen.go": serviceTemplate, "types.gen.go": typesTemplate, "enums.gen.go": enumsTemplate}
}

// render writes one file of the package; nil if it would hold nothing.
func (p *Package) render(text string) ([]byte, error) {
	t, err := template.New("file").Funcs(template.FuncMap{"join": strings.Join, "quote": strconv.Quote}).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, err
	}
	source := strings.TrimSpace(b.String())
	if source == "" {
		return nil, nil
	}
	source = strings.Replace(source, "IMPORTS", imports(source), 1)
	formatted, err := format.Source([]byte(source + "\n"))
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, source)
	}
	return formatted, nil
}

// imports is the import declaration for what the source uses.
func imports(source string) string {
	var std []string
	for _, path := range []string{"cmp", "context", "encoding/json", "iter", "net/http"} {
		name := path[strings.LastIndexByte(path, '/')+1:]
		if strings.Contains(source, name+".") {
			std = append(std, strconv.Quote(path))
		}
	}
	out := "import (\n" + strings.Join(std, "\n")
	if strings.Contains(source, "tiktokshop.") {
		out += "\n\n\"github.com/tiktokshop-go/tiktokshop\"\n"
	}
	return out + "\n)"
}

// Package documentation.

// Doc is the package's comment.
func (p *Package) Doc() string {
	name := strings.ReplaceAll(p.Module.Name, "_", " ")
	for _, op := range p.Module.Operations {
		if service, _, ok := strings.Cut(op.Root, "."); ok {
			return fmt.Sprintf("Package %s serves the older versions of the platform's %s operations; the newest ones are methods of tiktokshop.%s.", p.Module.Package, name, service)
		}
	}
	return fmt.Sprintf("Package %s serves the platform's %s operations.", p.Module.Package, name)
}

// Sources tells what the package was made from.
func (p *Package) Sources() string { return "openapi/" + p.Module.Name + ".json" }

// Operations.

var methodConsts = map[string]string{
	http.MethodGet: "http.MethodGet", http.MethodPost: "http.MethodPost", http.MethodPut: "http.MethodPut", http.MethodDelete: "http.MethodDelete",
}

// reads are the verbs of operations that change nothing, whatever their HTTP method.
var reads = regexp.MustCompile(`^(GS|GlobalSelling|GSFullService|GSFullServicePreview|Seller|Creator)?(Get|Search|Query|List|Check|Calculate|Diagnose|Recommend)[A-Z]|^InventorySearch$`)

// identifiers are the SDK's constants for the ciphers, and what the documentation calls them.
var identifiers = map[facts.Identifier]struct{ constant, text string }{
	facts.ShopCipher:          {"tiktokshop.ShopCipher", "a shop cipher"},
	facts.CategoryAssetCipher: {"tiktokshop.CategoryAssetCipher", "a category asset cipher"},
	facts.EitherCipher:        {"tiktokshop.ShopOrCategoryAssetCipher", "a shop cipher or a category asset cipher"},
}

// Literal is the method's tiktokshop.Operation.
func (m *Method) Literal() string {
	op := m.Op
	var b strings.Builder
	fmt.Fprintf(&b, "{\n\tName: %q, Method: %s, Path: %q,\n", op.ServedBy(), methodConsts[op.Method], op.Path)
	var parts []string
	if identifier, ok := identifiers[op.Identifier]; ok {
		parts = append(parts, "Identifier: "+identifier.constant)
	}
	if op.IdentifierOptional {
		parts = append(parts, "IdentifierOptional: true")
	}
	if len(op.Scopes) > 0 {
		parts = append(parts, fmt.Sprintf("Scopes: %#v", op.Scopes))
	}
	if op.Method != http.MethodGet && reads.MatchString(op.GoName) {
		parts = append(parts, "RepeatSafe: true")
	}
	if f := m.idempotencyKey(); f != nil {
		field := "IdempotencyBody"
		if f.In == "query" {
			field = "IdempotencyQuery"
		}
		parts = append(parts, fmt.Sprintf("%s: %q", field, f.Wire))
	}
	if len(parts) > 0 {
		fmt.Fprintf(&b, "\t%s,\n", strings.Join(parts, ", "))
	}
	return b.String() + "}"
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
	return f.role != inAnswer && (f.Wire == "idempotency_key" || f.Wire == "idempotent_key") && f.Type.Scalar == "string"
}

// DataType is the T of the method's Response[T].
func (m *Method) DataType() string {
	if m.Data == nil {
		return "struct{}"
	}
	return m.Data.Name
}

// Doc is the method's comment.
func (m *Method) Doc() []string {
	op := m.Op
	first := fmt.Sprintf("%s calls %s %s.", op.GoName, op.Method, op.Path)
	if !op.Newest {
		first += fmt.Sprintf(" It is an older version of %s.", strings.TrimSuffix(op.GoName, op.Version))
	}
	lines := []string{first}
	second := ""
	switch identifier, ok := identifiers[op.Identifier]; {
	case ok && op.IdentifierOptional:
		second = "It takes " + identifier.text + ", documented as optional. "
	case ok:
		second = "It needs " + identifier.text + ". "
	}
	switch len(op.Scopes) {
	case 0:
	case 1:
		second += "Scope: " + op.Scopes[0] + ". "
	default:
		second += "Scopes: " + strings.Join(op.Scopes, ", ") + ". "
	}
	if len(op.ErrorCodes) > 0 {
		codes := make([]string, len(op.ErrorCodes))
		for i, code := range op.ErrorCodes {
			codes[i] = strconv.Itoa(code)
		}
		second += "Error codes of its own: " + strings.Join(codes, ", ") + ". "
	}
	if second != "" {
		lines = append(lines, wrap(strings.TrimSpace(second), 116)...)
	}
	lines = append(lines, "", "Source: "+op.Page)
	if retired, ok := op.Extensions["x-retired"].(string); ok {
		lines = append(lines, "", "Deprecated: the platform retired this version on "+retired+".")
	}
	return lines
}

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

// Types.

// Doc is the struct's comment.
func (s *Struct) Doc() []string {
	switch {
	case s.top && s.role == inAnswer:
		return []string{s.Name + " is the result of " + s.uses[0].op.GoName + "."}
	case s.top:
		return []string{s.Name + " is the input of " + s.uses[0].op.GoName + "."}
	}
	kind := " is "
	if s.uses[0].array {
		kind = " is an element of "
	}
	return wrap(s.Name+kind+places(s.uses)+".", 116)
}

// Doc is the enumeration's comment.
func (e *Enum) Doc() []string {
	return wrap(e.Name+" is a value of "+places(e.uses)+". The set is open.", 116)
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

// GoType is the field's type in its struct. What may be left out of a request and has a meaningful zero is a pointer.
func (f *Field) GoType() string {
	name := f.Type.name()
	if f.Required || f.role == inAnswer || f.Type.List != nil || f.Type.Scalar == typeFile || f.Type.Scalar == typeRaw {
		return name
	}
	switch {
	case f.In == "query" && f.Type.Scalar != "bool", f.In == "form":
		return name // an empty value is not sent
	case f.Type.Struct != nil, f.Type.Scalar == typeMoney, f.Type.Scalar == "bool", f.Type.Scalar == "int", f.Type.Scalar == "int64", f.Type.Scalar == typeBasisPoints:
		return "*" + name
	case f.Wire == "id":
		return name // of what is edited: it cannot be emptied
	case f.role == inEdit && f.In == "json" && !strings.HasPrefix(f.Type.Scalar, "tiktokshop.Unix") && f.Type.Scalar != typeDate:
		return "*" + name // "" empties the field
	}
	return name
}

// Tags are the field's tags.
func (f *Field) Tags() string {
	tag := fmt.Sprintf(`json:"%s"`, f.Wire)
	switch {
	case f.AlsoInBody:
		tag = fmt.Sprintf(`%s:"%s" json:"%s,omitzero"`, map[string]string{"path": "path", "query": "url"}[f.In], f.Wire, f.Wire)
	case f.In == "path":
		tag = fmt.Sprintf(`path:"%s" json:"-"`, f.Wire)
	case f.In == "query":
		tag = fmt.Sprintf(`url:"%s" json:"-"`, f.Wire)
	case f.In == "form":
		tag = fmt.Sprintf(`form:"%s" json:"-"`, f.Wire)
	case f.role != inAnswer && !f.Required:
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
	if f.Required && !f.isIdempotencyKey() && f.In != "path" && f.canBeMissing() {
		rules = append(rules, "required")
	}
	s := f.Schema
	switch {
	case s.Min != nil:
		rules = append(rules, fmt.Sprintf("min=%d", int64(*s.Min)))
	case f.Wire == "page_size" && f.Required:
		rules = append(rules, "min=1") // no page has fewer
	}
	if s.Max != nil {
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

// canBeMissing tells fields whose zero value means that the caller forgot them. A number, a yes or no, or an object of a body may be meant.
func (f *Field) canBeMissing() bool {
	return f.Type.Struct == nil && f.Type.Scalar != "bool" && f.Type.Scalar != typeMoney &&
		(f.In == "query" || f.Type.Scalar != "int" && f.Type.Scalar != "int64" && f.Type.Scalar != typeBasisPoints)
}

// maxExample is how long an example may be to go into a comment.
const maxExample = 48

// Comment is what there is to say about the field beyond its name and type.
func (f *Field) Comment() string {
	s := f.Schema
	var parts []string
	if f.role != inAnswer {
		switch {
		case f.isIdempotencyKey():
			parts = append(parts, "a random UUID if empty")
		case f.Required:
			parts = append(parts, "required")
		}
		switch {
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
	if values, ok := s.Extensions["x-values"].([]any); ok && element.Enum == nil && len(values) <= maxEnum {
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = fmt.Sprint(v)
		}
		parts = append(parts, "known values: "+strings.Join(texts, ", "))
	} else if example := exampleText(s); element.Scalar == "string" && f.Type.List == nil && tellsSomething(example) {
		parts = append(parts, fmt.Sprintf("such as %q", example))
	}
	if s.Deprecated {
		parts = append(parts, "deprecated by the platform")
	}
	if len(parts) == 0 {
		return ""
	}
	text := strings.Join(parts, "; ")
	return "// " + strings.ToUpper(text[:1]) + text[1:] + "."
}

// tellsSomething: an example that fits on a line and shows a format.
func tellsSomething(example string) bool {
	return len(example) <= maxExample && strings.ContainsFunc(example, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) &&
		!strings.ContainsFunc(example, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Constants pairs the names and values of the enumeration.
func (e *Enum) Constants() []string {
	lines := make([]string, len(e.Values))
	for i, v := range e.Values {
		lines[i] = fmt.Sprintf("%s %s = %q", e.Consts[i], e.Name, v)
	}
	return lines
}
