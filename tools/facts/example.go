package facts

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Request is an example of what one call sends: JSON values by the names of the wire.
type Request struct {
	Path, Query map[string]any
	// Body is the JSON object, or the parts of a multipart body, whose files are a File. It is nil
	// if nothing is to be sent.
	Body map[string]any
}

// File is the example of a file to upload.
type File struct {
	Name, ContentType string
	Content           []byte
}

// FullRequest has every parameter and every field of the body.
func (op *Operation) FullRequest() *Request { return op.request(true) }

// MinimalRequest has the required ones only. A required object, a form or an edit in which nothing
// is required gets its first field, as an empty one asks for nothing.
func (op *Operation) MinimalRequest() *Request { return op.request(false) }

// ExampleData is an answer's data with every field.
func (op *Operation) ExampleData() map[string]any {
	b := builder{full: true}
	return b.object(op.Data())
}

// Multipart tells whether the body is one.
func (op *Operation) Multipart() bool {
	_, mediaType := op.Body()
	return mediaType == "multipart/form-data"
}

func (op *Operation) request(full bool) *Request {
	b := builder{full: full, request: true}
	r := &Request{Path: make(map[string]any), Query: make(map[string]any)}
	var seen []string
	for _, p := range op.Inputs() {
		if !full && !p.Required && p.In != openapi3.ParameterInPath {
			continue
		}
		schema := *p.Schema.Value
		schema.Example = cmp.Or(p.Example, schema.Example)
		value := b.value(p.Name, &schema)
		if p.In == openapi3.ParameterInQuery {
			r.Query[p.Name] = value
			continue
		}
		// Values that differ show which went where, and only some characters can go there.
		if text := WireText(value); slices.Contains(seen, text) || !pathText.MatchString(text) {
			value = b.build(p.Name, &schema)
		}
		r.Path[p.Name] = value
		seen = append(seen, WireText(value))
	}
	if body, _ := op.Body(); body != nil {
		r.Body = b.object(body)
		switch {
		case len(r.Body) > 0:
		case op.Multipart(), strings.HasSuffix(op.Path, "/partial_edit"):
			r.Body = b.part(body) // a form has something in it, and an edit changes something
		default:
			r.Body = nil
		}
		for name := range r.Body { // what the body repeats is the same
			for _, given := range []map[string]any{r.Path, r.Query} {
				if value, ok := given[name]; ok {
					r.Body[name] = value
				}
			}
		}
	}
	return r
}

var pathText = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// WireText is how a value of a path or a query is written: a list with commas.
func WireText(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ",")
}

// Validate checks a value against a schema; see Close.
func Validate(s *openapi3.Schema, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal(b, &plain); err != nil {
		return err
	}
	return s.VisitJSON(plain, openapi3.EnableFormatValidation())
}

// Close makes objects refuse fields that the facts do not declare.
func Close(s *openapi3.Schema) {
	if s.Type.Is("object") && s.AdditionalProperties.Schema == nil {
		no := false
		s.AdditionalProperties.Has = &no
	}
	for _, p := range s.Properties {
		Close(p.Value)
	}
	if s.Items != nil {
		Close(s.Items.Value)
	}
}

// builder makes examples. The same facts give the same examples.
type builder struct {
	full bool
	// request: booleans are true, so that it shows whether they were sent.
	request bool
}

func (b *builder) object(s *openapi3.Schema) map[string]any {
	o := make(map[string]any)
	for name, p := range s.Properties {
		if b.full || slices.Contains(s.Required, name) {
			o[name] = b.value(name, p.Value)
		}
	}
	// a span ends after it begins, though the examples give one moment for both
	for name, end := range o {
		begin, ok := o[strings.TrimSuffix(name, "_lt")+"_ge"].(int64)
		if end, isTime := end.(int64); ok && isTime && strings.HasSuffix(name, "_lt") &&
			end <= begin {
			o[name] = begin + 1
		}
	}
	return o
}

// value makes a value for a field.
func (b *builder) value(name string, s *openapi3.Schema) any {
	switch {
	case s.Type.Is("object"):
		return b.part(s)
	case s.Format == "binary":
		return File{name + ".png", "image/png", []byte("\x89PNG\r\n\x1a\n" + name)}
	case s.Type.Is("array") && s.Items.Value.Type.Is("object"):
		return []any{b.part(s.Items.Value)}
	case s.Type.Is("array"):
		return b.list(name, s)
	case s.Type.Is("boolean") && b.request:
		return true
	}
	if v, ok := usable(name, s); ok {
		return v
	}
	return b.build(name, s)
}

// part is an object inside another.
func (b *builder) part(s *openapi3.Schema) map[string]any {
	o := b.object(s)
	if len(o) == 0 && len(s.Properties) > 0 {
		first := slices.Min(slices.Collect(maps.Keys(s.Properties)))
		o[first] = b.value(first, s.Properties[first].Value)
	}
	return o
}

// list is a list of scalars: those of the example that are usable, or two.
func (b *builder) list(name string, s *openapi3.Schema) []any {
	items := s.Items.Value
	if items.Type.Is("array") {
		return []any{b.value(name, items)}
	}
	var list []any
	examples, _ := s.Example.([]any)
	for _, example := range append(examples, items.Example) {
		element := *items
		element.Example = example
		if v, ok := usable(name, &element); ok && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	for i := 0; len(list) < 1 || i < 1 && len(list) < 2; i++ {
		if v := b.build(name+strings.Repeat("s", i), items); !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	if s.MaxItems != nil {
		list = list[:min(len(list), int(*s.MaxItems))]
	}
	return list
}

var (
	// spoilt are examples of ids that are masked, a list, or went through a float.
	spoilt = regexp.MustCompile(`^[{"]|^\d+\.?\d*[eE]\+\d+$|x{5,}|,`)
	idName = regexp.MustCompile(`(^|_)ids?$`)
)

// usable is the facts' example if it is of the field's type and within its limits, and a known
// value if the field has those.
func usable(name string, s *openapi3.Schema) (any, bool) {
	example := s.Example
	switch v := example.(type) {
	case nil:
		return nil, false
	case float64: // of an integer
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return nil, false
		}
		example = int64(v)
	case string:
		if strings.TrimSpace(v) == "" || strings.HasPrefix(v, "[") ||
			idName.MatchString(name) && spoilt.MatchString(v) {
			return nil, false
		}
	}
	if values := known(s); len(values) > 0 {
		// The examples have values that the lists lack, or spell in another case: what a test is
		// answered with is known.
		i := slices.IndexFunc(values,
			func(v string) bool { return strings.EqualFold(v, fmt.Sprint(example)) })
		if i < 0 {
			return nil, false
		}
		if _, isText := example.(string); isText {
			example = values[i]
		}
	}
	return example, Validate(s, example) == nil
}

// known are the known values of a field, in the facts' order; numbers with meanings by size.
func known(s *openapi3.Schema) []string {
	if meanings, ok := s.Extensions["x-value-names"].(map[string]any); ok && s.Type.Is("integer") {
		return slices.SortedFunc(maps.Keys(meanings),
			func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	}
	raw, _ := s.Extensions["x-values"].([]any)
	values := make([]string, len(raw))
	for i, v := range raw {
		values[i] = fmt.Sprint(v)
	}
	return values
}

// build makes a scalar without the facts' example.
func (b *builder) build(name string, s *openapi3.Schema) any {
	values := known(s)
	switch {
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer"):
		if len(values) > 0 {
			if n, err := strconv.ParseInt(values[0], 10, 64); err == nil {
				return n
			}
		}
		return integer(name, s)
	case len(values) > 0 && values[0] != "":
		return values[0]
	}
	text := text(name)
	if s.MaxLength != nil && uint64(len(text)) > *s.MaxLength {
		text = text[:*s.MaxLength]
	}
	return text
}

// number tells names apart: 18 digits.
func number(name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return int64(h.Sum64()%900_000_000_000_000_000) + 100_000_000_000_000_000
}

func integer(name string, s *openapi3.Schema) int64 {
	n := number(name)%90 + 10
	switch {
	case idName.MatchString(name) && s.Format == "int64" && s.Max == nil:
		return 7_000_000_000_000_000_000 + number(name) // more than a float64 holds
	case timeWord.MatchString(name) && (s.Format == "int64" || s.Format == ""):
		n = 1_700_000_000 + n
	}
	if s.Max != nil {
		n = min(n, int64(*s.Max))
	}
	if s.Min != nil {
		n = max(n, int64(*s.Min))
	}
	return n
}

var (
	timeWord  = regexp.MustCompile(`(^|_)(time|timestamp)(_(ge|gt|le|lt))?$`)
	dateWord  = regexp.MustCompile(`(^|_)(date|day)(_(ge|gt|le|lt))?$`)
	moneyWord = regexp.MustCompile(
		`(^|_)(amount|price|fee|cost|tax|discount|revenue|gmv|subtotal)s?$`)
	urlWord = regexp.MustCompile(`(^|_)(url|link|uri)s?$`)
)

// text makes a text that the field's name asks for.
func text(name string) string {
	switch {
	case idName.MatchString(name):
		return "7" + strconv.FormatInt(number(name), 10)
	case timeWord.MatchString(name):
		return strconv.FormatInt(1_700_000_000+number(name)%90, 10)
	case dateWord.MatchString(name):
		return "2024-11-13"
	case name == "currency" || strings.HasSuffix(name, "_currency"):
		return "USD"
	case moneyWord.MatchString(name):
		return "12.50"
	case urlWord.MatchString(name):
		return "https://example.com/" + name
	case strings.Contains(name, "email"):
		return "someone@example.com"
	}
	return strings.ReplaceAll(name, "_", "-")
}
