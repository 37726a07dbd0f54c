package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Words are what openapi/words/ says of operations, fields and values: one file for each module,
// and common.json for what recurs in many of them. Facts get their words from there alone, so that
// no import loses any and each is written once.
type Words struct {
	// Module are paragraphs about the module: what it is for, what it deals with, in which order
	// its operations are called.
	Module     []string                     `json:"module,omitempty"`
	Operations map[string]OperationWords    `json:"operations,omitempty"`
	Fields     map[string]string            `json:"fields,omitempty"`
	Values     map[string]map[string]string `json:"values,omitempty"`
}

// OperationWords are those of an operation.
type OperationWords struct {
	Summary     string `json:"summary"`
	Description string `json:"description,omitempty"`
}

const (
	wordsFolder = "words"
	commonWords = "common"
)

// readWords reads the words of a module; a file that is not there has none.
func readWords(openapi, module string) (*Words, error) {
	w := new(Words)
	data, err := os.ReadFile(filepath.Join(openapi, wordsFolder, module+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err == nil {
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.DisallowUnknownFields()
		err = d.Decode(w)
	}
	if err != nil {
		return nil, fmt.Errorf("%s/%s.json: %w", wordsFolder, module, err)
	}
	return w, nil
}

// The places of which keys may speak.
const (
	sideRequest = "request"
	sideAnswer  = "answer"
	// sideEnvelope is around the data of every answer.
	sideEnvelope = "envelope"
)

// spot is where a field stands.
type spot struct {
	op *Operation
	// side is the request, the answer's data, or what is around it.
	side string
	path []string
}

// wordKey is the key of a field or of values in a file of words, such as "CreateProduct
// request:skus.price": after the last colon the last names of the field's path, before it the
// operation, with or without its version, and the side, if it speaks of these alone.
type wordKey struct {
	text            string
	operation, side string
	path            []string
	common          bool
	used            bool
}

func newWordKey(text string, common bool) *wordKey {
	k := &wordKey{text: text, common: common}
	scope, path := "", text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		scope, path = text[:i], text[i+1:]
	}
	k.path = strings.Split(path, ".")
	for _, word := range strings.Fields(scope) {
		switch word {
		case sideRequest, sideAnswer, sideEnvelope:
			k.side = word
		default:
			k.operation = word
		}
	}
	return k
}

// speaksOf tells whether the key is about a place.
func (k *wordKey) speaksOf(p spot) bool {
	switch {
	case len(k.path) > len(p.path) || !slices.Equal(k.path, p.path[len(p.path)-len(k.path):]):
		return false
	case k.side != "" && k.side != p.side, p.side == sideEnvelope && k.side == "":
		return false
	}
	return k.operation == "" || k.operation == p.op.Name || k.operation == p.op.ID
}

// closer orders keys that speak of the same place: the closest one first.
func closer(a, b *wordKey) int {
	version := func(k *wordKey) int { return strings.Count(k.operation, "_") }
	known := func(set bool) int {
		if set {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(known(b.operation != ""), known(a.operation != "")),
		cmp.Compare(version(b), version(a)),
		cmp.Compare(len(b.path), len(a.path)),
		cmp.Compare(known(b.side != ""), known(a.side != "")),
		cmp.Compare(known(a.common), known(b.common)),
	)
}

// keyed finds what is said of a place.
type keyed[T any] struct {
	byName map[string][]*wordKey // by the last name of the path
	said   map[*wordKey]T
}

func newKeyed[T any](module, common map[string]T) *keyed[T] {
	x := &keyed[T]{make(map[string][]*wordKey), make(map[*wordKey]T)}
	for i, words := range []map[string]T{module, common} {
		for _, text := range sortedKeys(words) {
			k := newWordKey(text, i == 1)
			name := k.path[len(k.path)-1]
			x.byName[name] = append(x.byName[name], k)
			x.said[k] = words[text]
		}
	}
	for _, keys := range x.byName {
		slices.SortStableFunc(keys, closer)
	}
	return x
}

// find returns what is said of a place by the closest key that says something of which want holds.
func (x *keyed[T]) find(p spot, want func(T) bool) (said T, ok bool) {
	for _, k := range x.byName[p.path[len(p.path)-1]] {
		if k.speaksOf(p) && want(x.said[k]) {
			k.used = true
			return x.said[k], true
		}
	}
	return said, false
}

// unused are the module's keys that speak of nothing.
func (x *keyed[T]) unused() []string {
	var texts []string
	for _, keys := range x.byName {
		for _, k := range keys {
			if !k.used && !k.common {
				texts = append(texts, k.text)
			}
		}
	}
	slices.Sort(texts)
	return texts
}

// explain gives operations, parameters, fields and values their words, takes away all others, and
// lists what has none and which words speak of nothing.
func (f Facts) explain(openapi string) (lacking []string, err error) {
	common, err := readWords(openapi, commonWords)
	if err != nil {
		return nil, err
	}
	for _, module := range sortedKeys(f) {
		words, err := readWords(openapi, module)
		if err != nil {
			return nil, err
		}
		e := &explainer{
			module: module, about: words.Module, operations: words.Operations,
			fields:   newKeyed(words.Fields, common.Fields),
			values:   newKeyed(words.Values, common.Values),
			wordless: make(map[string]*wordless), wordlessValues: make(map[string]*wordless),
		}
		e.document(f[module])
		lacking = append(lacking, e.lacking...)
	}
	return lacking, nil
}

type explainer struct {
	module     string
	about      []string
	operations map[string]OperationWords
	fields     *keyed[string]
	values     *keyed[map[string]string]
	lacking    []string
	// wordless and wordlessValues are the fields that have no words, and those whose values have
	// none, by name.
	wordless, wordlessValues map[string]*wordless
}

// wordless is a name without words: a place where it stands, how many more there are, and which
// values.
type wordless struct {
	at     string
	more   int
	values []string
}

func (w *wordless) String() string {
	if w.more == 0 {
		return "(" + w.at + ")"
	}
	return fmt.Sprintf("(%s and %d more)", w.at, w.more)
}

// note adds a place to those of its name.
func note(names map[string]*wordless, at spot) *wordless {
	name := at.path[len(at.path)-1]
	w := names[name]
	if w == nil {
		w = &wordless{at: fmt.Sprintf("%s %s.%s", at.op.ID, at.side, strings.Join(at.path, "."))}
		names[name] = w
		return w
	}
	w.more++
	return w
}

func (e *explainer) lacks(format string, args ...any) {
	e.lacking = append(e.lacking, e.module+": "+fmt.Sprintf(format, args...))
}

func (e *explainer) document(doc *Document) {
	if doc.Info.About = strings.Join(e.about, "\n\n"); doc.Info.About == "" {
		e.lacks("it says nothing of the module")
	}
	known := make(map[string]bool)
	for _, path := range sortedKeys(doc.Paths) {
		for _, method := range sortedKeys(doc.Paths[path]) {
			op := doc.Paths[path][method]
			known[op.ID], known[op.Name] = true, true
			e.operation(op)
		}
	}
	for _, name := range sortedKeys(e.wordless) {
		e.lacks("%s has no words %v", name, e.wordless[name])
	}
	for _, name := range sortedKeys(e.wordlessValues) {
		w := e.wordlessValues[name]
		e.lacks("values of %s have no words %v: %s", name, w, strings.Join(w.values, ", "))
	}
	for _, key := range sortedKeys(e.operations) {
		if !known[key] {
			e.lacks("there is no operation %s", key)
		}
	}
	for _, key := range append(e.fields.unused(), e.values.unused()...) {
		e.lacks("no field is meant by %q", key)
	}
}

func (e *explainer) operation(op *Operation) {
	words, ok := e.operations[op.ID]
	if !ok {
		words = e.operations[op.Name]
	}
	if op.Summary, op.About = words.Summary, words.Description; op.Summary == "" {
		e.lacks("%s has no summary", op.ID)
	}
	for _, p := range op.Parameters {
		at := spot{op, sideRequest, []string{p.Name}}
		p.About = e.field(at)
		e.explainValues(at, p.Schema)
	}
	if op.Body != nil {
		for _, media := range op.Body.Content {
			e.object(spot{op: op, side: sideRequest}, media.Schema)
		}
	}
	for _, answer := range op.Responses {
		for _, media := range answer.Content {
			e.object(spot{op: op, side: sideEnvelope}, media.Schema)
		}
	}
}

// object explains the fields of an object, or of a list's elements.
func (e *explainer) object(at spot, s *Schema) {
	s = element(s)
	if s.Properties == nil {
		return
	}
	for _, name := range s.Properties.Names {
		field := s.Properties.Get(name)
		here := spot{at.op, at.side, append(slices.Clone(at.path), name)}
		field.About = e.field(here)
		e.explainValues(here, field)
		if at.side == sideEnvelope && name == "data" {
			here = spot{op: at.op, side: sideAnswer}
		}
		e.object(here, field)
	}
}

func (e *explainer) field(at spot) string {
	about, ok := e.fields.find(at, func(string) bool { return true })
	if !ok {
		note(e.wordless, at)
	}
	return about
}

func (e *explainer) explainValues(at spot, s *Schema) {
	s = element(s)
	values := slices.Clone(s.Values)
	for _, figure := range s.Only { // those of a page size need no words
		values = append(values, strconv.FormatInt(figure, 10))
	}
	s.ValuesAbout = nil
	var missing []string
	for _, v := range values {
		words, ok := e.values.find(at, func(words map[string]string) bool { return words[v] != "" })
		switch {
		case !ok && slices.Contains(s.Values, v):
			missing = append(missing, v)
			continue
		case !ok:
			continue
		}
		if s.ValuesAbout == nil {
			s.ValuesAbout = make(map[string]string)
		}
		s.ValuesAbout[v] = words[v]
	}
	if len(missing) == 0 {
		return
	}
	w := note(e.wordlessValues, at)
	for _, v := range missing {
		if !slices.Contains(w.values, v) {
			w.values = append(w.values, v)
		}
	}
}

// element is the innermost schema of a list, others themselves.
func element(s *Schema) *Schema {
	for s.Items != nil {
		s = s.Items
	}
	return s
}
