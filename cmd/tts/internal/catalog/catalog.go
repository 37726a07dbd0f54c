// Package catalog is the table of operations that the commands of tts work by: what package
// operations has, and the fields of requests and answers with their docs. tools/tables writes it
// from openapi/; no command knows an operation by itself.
package catalog

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/alike"
	"github.com/tiktokshop-go/tiktokshop/operations"
)

//go:generate go -C ../../../../tools run ./tables

//go:embed data
var data embed.FS

// Head is one operation without its fields: what lists and searches need.
type Head struct {
	*operations.Operation `json:"-"`

	Summary     string `json:"summary"`
	Description string `json:"description"`
	// Entity is whose token the operation takes, as the platform has it; "" where it is not known.
	Entity string `json:"entity"`
	// ErrorCodes are those of the operation's own table.
	ErrorCodes []int `json:"error_codes"`
	// Form tells that the body is multipart/form-data.
	Form bool `json:"form"`
	// Secret tells that the answer holds something nobody must see.
	Secret bool `json:"secret"`
	// Pages is nil but for lists that come in pages.
	Pages *Pages `json:"pages"`
	// ItemErrors are the places of items that failed in a success.
	ItemErrors []*ItemErrors `json:"item_errors"`
}

// Entry is one operation.
type Entry struct {
	Head
	// Path, Query and Body are the fields of a request, Answer are those of an answer's data.
	Path, Query, Body, Answer []*Field
}

// Field is a field of a request or an answer.
type Field struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
	// Type is "" for a text; or an integer's size, such as "int64", "bool", "list", "object" or
	// "file".
	Type     string     `json:"type"`
	Required bool       `json:"required"`
	When     *Condition `json:"required_when"`
	// Min and Max limit a number, the characters of a text, or the elements of a list.
	Min     *int64          `json:"min"`
	Max     *int64          `json:"max"`
	Default json.RawMessage `json:"default"`
	Example json.RawMessage `json:"example"`
	// Values are the known ones; Closed tells that the platform takes no others.
	Values   []Value  `json:"values"`
	Closed   bool     `json:"closed"`
	MaxBytes int64    `json:"max_bytes"`
	Secret   bool     `json:"secret"`
	Items    *Field   `json:"items"`
	Fields   []*Field `json:"fields"`
}

// Value is a known value of a field.
type Value struct {
	Value string `json:"value"`
	Doc   string `json:"doc"`
}

// Condition holds if a field has one of the values Is, or none of the values IsNot.
type Condition struct {
	Field string   `json:"field"`
	Is    []string `json:"is"`
	IsNot []string `json:"is-not"`
}

// Pages are the places in an answer's data of what the next page needs. The request's is
// page_token.
type Pages struct {
	Next    string   `json:"next"`
	Items   string   `json:"items"`
	HasMore string   `json:"has_more"`
	Carry   []string `json:"carry"`
}

// PageToken is the request's field that asks for a page.
const PageToken = "page_token"

// ReadOnly tells operations that change nothing: a GET, and a list in pages that is sent as POST
// and may be repeated. There are others, which nothing in the facts tells from those that do.
func (e *Head) ReadOnly() bool {
	return e.Method == http.MethodGet || e.Method == http.MethodPost && e.Pages != nil &&
		e.RepeatSafe && len(e.ItemErrors) == 0
}

// module reads the lines of a module; nil if there is none.
func module(name string) (string, bool) {
	if strings.ContainsAny(name, `/\`) {
		return "", false
	}
	content, err := data.ReadFile("data/fields/" + name + ".jsonl")
	return string(content), err == nil
}

// Find returns an operation by the method's name, such as "order.GetOrderList", its id, or method
// and path. Case does not matter. The error names what is alike.
func Find(name string) (*Entry, error) {
	op, ok := operations.Find(name)
	if !ok {
		for other := range operations.All() {
			if strings.EqualFold(other.Name, name) || strings.EqualFold(other.ID, name) ||
				strings.EqualFold(other.Name, name+other.Version) ||
				strings.EqualFold(other.Name+other.Version, name) {
				op, ok = other, true
				break
			}
		}
	}
	if !ok {
		return nil, unknown(name)
	}
	return entry(op)
}

// heads are the lines of the heads by the names of their operations.
var heads = sync.OnceValue(func() map[string]string {
	content, _ := data.ReadFile("data/heads.jsonl") // is embedded
	lines := make(map[string]string, 600)
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, `{"name":"`); ok {
			name, _, _ := strings.Cut(rest, `"`)
			lines[name] = line
		}
	}
	return lines
})

func head(op *operations.Operation) (*Head, error) {
	h := &Head{Operation: op}
	line, ok := heads()[op.Name]
	if !ok {
		return nil, fmt.Errorf("catalog: the table lacks %s", op.Name)
	}
	if err := json.Unmarshal([]byte(line), h); err != nil {
		return nil, fmt.Errorf("catalog: %s: %w", op.Name, err)
	}
	h.SecretAnswer = h.Secret
	return h, nil
}

func entry(op *operations.Operation) (*Entry, error) {
	h, err := head(op)
	if err != nil {
		return nil, err
	}
	pkg, _, _ := strings.Cut(op.Name, ".")
	// AffiliatePartner.X is served by the package affiliatepartner, too
	lines, ok := module(strings.ToLower(pkg))
	if !ok {
		return nil, fmt.Errorf("catalog: there is no table of %s", pkg)
	}
	mark := `{"name":"` + op.Name + `"`
	i := strings.Index(lines, mark)
	if i < 0 {
		return nil, fmt.Errorf("catalog: the table of %s lacks %s", pkg, op.Name)
	}
	line, _, _ := strings.Cut(lines[i:], "\n")
	e := &Entry{Head: *h}
	fields := struct{ Path, Query, Body, Answer *[]*Field }{&e.Path, &e.Query, &e.Body, &e.Answer}
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		return nil, fmt.Errorf("catalog: %s: %w", op.Name, err)
	}
	return e, nil
}

// Heads are all operations without their fields, in the order of package operations.
func Heads() iter.Seq2[*Head, error] {
	return func(yield func(*Head, error) bool) {
		for op := range operations.All() {
			if !yield(head(op)) {
				return
			}
		}
	}
}

// All are all operations, in the order of package operations.
func All() iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		for op := range operations.All() {
			if !yield(entry(op)) {
				return
			}
		}
	}
}

// unknown is the error for a name that no operation has.
func unknown(name string) error {
	wanted := strings.ToLower(name)
	if _, after, ok := strings.Cut(wanted, "."); ok {
		wanted = after
	}
	type near struct {
		name     string
		distance int
	}
	var all []near
	for op := range operations.All() {
		_, method, _ := strings.Cut(op.Name, ".")
		d := alike.Distance(wanted, strings.ToLower(method))
		if strings.Contains(strings.ToLower(method), wanted) {
			d = min(d, 2)
		}
		all = append(all, near{op.Name, d})
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, n := range all[:min(3, len(all))] {
		if n.distance <= max(3, len(wanted)/3) {
			names = append(names, n.name)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no operation %q: `tts ops` lists all", name)
	}
	return fmt.Errorf("there is no operation %q; near: %s", name, strings.Join(names, ", "))
}

// Search are the operations that have all words in their name, path, module, summary or
// description, those first that have them in their name, then those that are not retired.
func Search(words ...string) ([]*Head, error) {
	type found struct {
		*Head
		score int
	}
	var all []found
	for e, err := range Heads() {
		if err != nil {
			return nil, err
		}
		score, ok := e.score(words)
		if ok {
			all = append(all, found{e, score})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(b.score, a.score) })
	heads := make([]*Head, len(all))
	for i, f := range all {
		heads[i] = f.Head
	}
	return heads, nil
}

func (e *Head) score(words []string) (score int, ok bool) {
	name, about := strings.ToLower(e.Name),
		strings.ToLower(strings.Join(
			[]string{e.ID, e.Method, e.Template(), e.Module, e.Summary, e.Description}, " "))
	for _, word := range words {
		word = strings.ToLower(word)
		switch {
		case strings.Contains(name, word):
			score += 4
		case strings.Contains(about, word):
			score++
		default:
			return 0, false
		}
	}
	if e.Retired == "" {
		score++
	}
	return score, true
}

// Template is the path with its parameters in braces.
func (e *Head) Template() string { return e.Operation.Path }

// Holds tells whether the condition holds, by the objects around a field, the closest one last.
func (c *Condition) Holds(scopes []map[string]any) bool {
	if c == nil {
		return false
	}
	var value any
	for i := len(scopes) - 1; i >= 0 && value == nil; i-- {
		value = scopes[i][c.Field]
	}
	text := Text(value)
	if len(c.Is) > 0 {
		return text != "" && slices.Contains(c.Is, text)
	}
	return text != "" && !slices.Contains(c.IsNot, text)
}
