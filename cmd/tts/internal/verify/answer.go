package verify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/answers"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/errorcodes"
)

// Kind is what an answer does that the facts do not say.
type Kind string

// The kinds of deviations.
const (
	UnknownField Kind = "unknown-field" // a field that the facts do not have
	WrongType    Kind = "wrong-type"    // a value of another type
	// null where the facts have a value; for a list that is known to happen
	Null         Kind = "null"
	Missing      Kind = "missing"       // what every such answer has to have
	UnknownValue Kind = "unknown-value" // a value that is none of those in the facts
	Lossy        Kind = "lossy"         // what does not come back when it is decoded and encoded
	UnknownCode  Kind = "unknown-code"  // an error code that the operation's facts do not have
	HTTPStatus   Kind = "http-status"   // a success with another status than 200
	ContentType  Kind = "content-type"  // JSON that does not say that it is
	NotJSON      Kind = "not-json"      // an HTML page, or anything else
	Retired      Kind = "retired"       // the version is not served, and the facts do not say so
	NoPath       Kind = "no-path"       // the platform knows no such path or method
	Scope        Kind = "scope"         // the token lacks a scope
	Signature    Kind = "signature"     // a signature was not accepted
)

// Kinds are all kinds.
var Kinds = []Kind{
	UnknownField, WrongType, Null, Missing, UnknownValue, Lossy, UnknownCode, HTTPStatus,
	ContentType, NotJSON, Retired, NoPath,
	Scope, Signature,
}

// Finding is a deviation of an operation's answers from the facts. It holds no value of an answer
// but error codes, and values of fields that the facts have a list of values for.
type Finding struct {
	Operation string `json:"operation"`
	Kind      Kind   `json:"kind"`
	// Place is where in the answer's data, such as "orders[].id"; the envelope's own fields have
	// "(envelope)" before them.
	Place  string `json:"place,omitzero"`
	Detail string `json:"detail,omitzero"`
	// Count is how often it was seen.
	Count int `json:"count"`
	// RequestID is the platform's id of the first call that showed it.
	RequestID string `json:"request_id,omitzero"`
}

// answer is an HTTP answer on its way through the checks.
type answer struct {
	status int
	header http.Header
	body   []byte

	code      int
	message   string
	requestID string
	data      any
	ok        bool // a success, whose data was checked

	entry    *catalog.Entry
	findings []Finding
	seen     map[string]bool // places of the facts that had a value
}

func (a *answer) find(kind Kind, place, format string, args ...any) {
	f := Finding{Operation: a.entry.Name, Kind: kind, Place: place,
		Detail: fmt.Sprintf(format, args...)}
	if !slices.ContainsFunc(a.findings, func(g Finding) bool { return g.same(&f) }) {
		a.findings = append(a.findings, f)
	}
}

func (f *Finding) same(g *Finding) bool {
	return f.Operation == g.Operation && f.Kind == g.Kind && f.Place == g.Place &&
		f.Detail == g.Detail
}

// check reads an answer and holds it against the facts.
func check(e *catalog.Entry, status int, header http.Header, body []byte) *answer {
	a := &answer{status: status, header: header, body: body, entry: e, seen: make(map[string]bool)}
	p := &parser{d: json.NewDecoder(bytes.NewReader(body))}
	p.d.UseNumber()
	value, err := p.value("")
	if err == nil {
		if _, more := p.d.Token(); more != io.EOF {
			err = fmt.Errorf("more than one value")
		}
	}
	envelope, isObject := value.(map[string]any)
	if err != nil || !isObject {
		a.notJSON(err)
		return a
	}
	if !utf8.Valid(body) {
		a.find(Lossy, "", "is not UTF-8")
	}
	for _, place := range p.twice {
		if inData, ok := strings.CutPrefix(place, "data."); ok {
			place = inData
		} else {
			place = inEnvelope + place
		}
		a.find(Lossy, place, "stands twice in one object")
	}
	if mediaType, _, _ := mime.ParseMediaType(
		header.Get("Content-Type")); mediaType != "application/json" {
		a.find(ContentType, "", "%q", mediaType)
	}
	a.envelope(envelope)
	return a
}

func (a *answer) notJSON(err error) {
	start := bytes.TrimSpace(a.body)
	switch {
	case len(start) == 0:
		a.find(NotJSON, "", "HTTP %d with nothing", a.status)
	case start[0] == '<':
		a.find(NotJSON, "", "HTTP %d with HTML", a.status)
	case err != nil && (start[0] == '{' || start[0] == '['):
		a.find(NotJSON, "", "HTTP %d with JSON that does not decode", a.status)
	default:
		a.find(NotJSON, "", "HTTP %d with something that is no JSON object", a.status)
	}
}

const inEnvelope = "(envelope)."

func (a *answer) envelope(envelope map[string]any) {
	for _, name := range sortedKeys(envelope) {
		if !slices.Contains([]string{"code", "message", "request_id", "data"}, name) {
			a.find(UnknownField, inEnvelope+shownName(name, true), "%s", typeOf(envelope[name]))
		}
	}
	text := func(name string) string {
		value, given := envelope[name]
		s, isText := value.(string)
		switch {
		case !given, isText && s == "":
			a.find(Missing, inEnvelope+name, "is not there")
		case !isText:
			a.find(WrongType, inEnvelope+name, "%s where a text is expected", typeOf(value))
		}
		return s
	}
	a.message, a.requestID = text("message"), text("request_id")
	code, given := envelope["code"]
	n, isNumber := code.(json.Number)
	if !given {
		a.find(Missing, inEnvelope+"code", "is not there")
		return
	}
	if !isNumber {
		a.find(WrongType, inEnvelope+"code", "%s where an integer is expected", typeOf(code))
		n = json.Number(catalog.Text(code))
	}
	var err error
	if a.code, err = strconv.Atoi(n.String()); err != nil {
		a.find(WrongType, inEnvelope+"code", "is no integer")
		return
	}
	if a.code != 0 {
		a.refusal()
		return
	}
	a.ok = true
	if a.status != http.StatusOK {
		a.find(HTTPStatus, "", "a success with HTTP %d", a.status)
	}
	a.data, given = envelope["data"]
	switch {
	case len(a.entry.Answer) == 0:
		if object, isObject := a.data.(map[string]any); isObject {
			a.object("", nil, object, true)
		}
	case !given:
		a.find(Missing, inEnvelope+"data", "is not there")
	default:
		a.value("", &catalog.Field{Type: "object", Fields: a.entry.Answer}, a.data)
		a.page()
	}
	a.decode()
}

// decode has the SDK decode the answer for a program and encodes it again. What the facts have told
// of a place, or of what is around or in it, is told once.
func (a *answer) decode() {
	for _, p := range answers.Check(context.Background(), a.entry.Name, a.body) {
		place := cmp.Or(strings.TrimPrefix(strings.TrimPrefix(p.Place, "data"), "."), "data")
		f := fieldAt(a.entry.Answer, place)
		switch {
		case f == nil && place != "data": // the facts have told that it is unknown
		case p.Value && len(f.Values) == 0: // nobody knows the values of this operation's field
		case slices.ContainsFunc(a.findings, func(f Finding) bool {
			return answers.Within(place, f.Place) || answers.Within(f.Place, place)
		}):
		default:
			a.find(Lossy, place, "by the SDK's type: %s", p.Reason)
		}
	}
}

// fieldAt is the field of an answer's data at a place such as "orders[].id"; nil if the facts have
// none there.
func fieldAt(fields []*catalog.Field, place string) (found *catalog.Field) {
	for step := range strings.SplitSeq(place, ".") {
		name := strings.TrimRight(step, "[]")
		i := slices.IndexFunc(fields, func(f *catalog.Field) bool { return f.Name == name })
		if i < 0 {
			return nil
		}
		for found = fields[i]; found.Items != nil; found = found.Items {
			continue
		}
		fields = found.Fields
	}
	return found
}

// refusal looks at an answer with an error code.
func (a *answer) refusal() {
	text := strings.ToLower(a.message)
	switch {
	case a.code == 105005:
		a.find(Scope, "", "%s", cmp.Or(strings.Join(a.entry.Scopes, " or "),
			"the facts name no scope"))
	case a.code == 36009014, strings.Contains(text, "invalid api version"):
		a.find(Retired, "", "%s", a.entry.Version)
	case a.code == 36009009, a.code == 36009010:
		a.find(NoPath, "", "code %d", a.code)
	case a.signatureRefused():
		a.find(Signature, "", "code %d", a.code)
	case !slices.Contains(a.entry.ErrorCodes, a.code) && !errorcodes.OfGateway(a.code):
		a.find(UnknownCode, "", "code %d with HTTP %d", a.code, a.status)
	}
}

// signatureRefused tells that the platform computed another signature, or saw none.
func (a *answer) signatureRefused() bool {
	return a.code == 106001 || a.code == 36009004 && strings.Contains(strings.ToLower(a.message),
		"signature")
}

// page looks for the list of a page that has to have one.
func (a *answer) page() {
	pages := a.entry.Pages
	if pages == nil || catalog.Place(a.data, pages.Items) != nil {
		return
	}
	total, _ := catalog.Place(a.data, "total_count").(json.Number)
	n, _ := total.Int64()
	if next := catalog.Text(catalog.Place(a.data, pages.Next)); n > 0 || next != "" && next != "0" {
		a.find(Missing, pages.Items, "the list of a page that says it has elements")
	}
}

// value holds a value against a field.
func (a *answer) value(place string, f *catalog.Field, value any) {
	shown := cmp.Or(place, "data")
	if value == nil {
		if f.Type != "list" { // "empty lists may be null"
			a.find(Null, shown, "null where %s is expected", nameOf(f))
		}
		return
	}
	a.seen[shown] = true
	switch f.Type {
	case "":
		text, ok := value.(string)
		if !ok {
			a.wrongType(shown, f, value)
			return
		}
		a.known(shown, f, text)
	case "bool":
		if _, ok := value.(bool); !ok {
			a.wrongType(shown, f, value)
		}
	case "object":
		object, ok := value.(map[string]any)
		if !ok {
			a.wrongType(shown, f, value)
			return
		}
		a.object(place, f.Fields, object, strings.HasSuffix(place, "[]"))
	case "list":
		list, ok := value.([]any)
		if !ok {
			a.wrongType(shown, f, value)
			return
		}
		for _, element := range list {
			a.value(place+"[]", f.Items, element)
		}
	default:
		a.number(shown, f, value)
	}
}

func (a *answer) wrongType(place string, f *catalog.Field, value any) {
	a.find(WrongType, place, "%s where %s is expected", typeOf(value), nameOf(f))
}

// object holds the fields of an object against those of the facts. An element of a list needs its
// id, by which a program knows it again.
func (a *answer) object(
	place string, fields []*catalog.Field, object map[string]any, element bool,
) {
	prefix := ""
	if place != "" {
		prefix = place + "."
	}
	for _, f := range fields {
		value, given := object[f.Name]
		if given {
			a.value(prefix+f.Name, f, value)
		}
		if element && f.Name == "id" && (f.Type == "" || strings.HasPrefix(f.Type, "int")) &&
			(!given || value == "") {
			a.find(Missing, prefix+f.Name, "the id of an element")
		}
	}
	for _, name := range sortedKeys(object) {
		if !slices.ContainsFunc(fields, func(f *catalog.Field) bool { return f.Name == name }) {
			a.find(UnknownField, prefix+shownName(name, len(fields) > 0), "%s",
				typeOf(object[name]))
		}
	}
}

func (a *answer) number(place string, f *catalog.Field, value any) {
	n, ok := value.(json.Number)
	if !ok {
		a.wrongType(place, f, value)
		return
	}
	bits, err := strconv.Atoi(strings.TrimPrefix(f.Type, "int"))
	if err != nil {
		return // a number of any kind
	}
	if _, err := strconv.ParseInt(n.String(), 10, bits); err == nil {
		a.known(place, f, n.String())
		return
	}
	if r, ok := new(big.Rat).SetString(n.String()); ok && !r.IsInt() {
		a.find(Lossy, place, "a number with a fraction where %s is expected", nameOf(f))
		return
	}
	a.find(Lossy, place, "a number that does not fit %s", nameOf(f))
}

// ofList are values that look like those of a list: what else stands there may be anything, and is
// not shown.
var ofList = regexp.MustCompile(`^[A-Za-z][A-Za-z_ -]{0,39}[A-Za-z0-9]?$|^-?[0-9]{1,4}$`)

func (a *answer) known(place string, f *catalog.Field, text string) {
	if len(f.Values) == 0 || text == "" ||
		slices.ContainsFunc(f.Values, func(v catalog.Value) bool { return v.Value == text }) {
		return
	}
	spaced := slices.ContainsFunc(f.Values,
		func(v catalog.Value) bool { return strings.Contains(v.Value, " ") })
	if !ofList.MatchString(text) || strings.Contains(text, " ") && !spaced {
		text = fmt.Sprintf("a text of %d characters", utf8.RuneCountInString(text))
	}
	a.find(UnknownValue, place, "%s", text)
}

// shownName is the name of a field that may be shown: an object with ids or people for names must
// not give them away.
func shownName(name string, amongFields bool) string {
	if mayBeShown(name, amongFields) {
		return name
	}
	return fmt.Sprintf("(a name of %d characters)", utf8.RuneCountInString(name))
}

// mayBeShown tells names of fields from keys that are somebody's: a name that the facts have
// somewhere, or, among fields that they know, one that looks like theirs.
func mayBeShown(name string, amongFields bool) bool {
	return knownNames()[name] || amongFields && fieldName.MatchString(name)
}

var fieldName = regexp.MustCompile(`^[a-z_][a-z_]{0,59}[0-9]{0,3}$`)

// knownNames are those of all fields of answers in the facts.
var knownNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{"code": true, "message": true, "request_id": true, "data": true}
	var add func(fields []*catalog.Field)
	add = func(fields []*catalog.Field) {
		for _, f := range fields {
			names[f.Name] = true
			for f.Items != nil {
				f = f.Items
			}
			add(f.Fields)
		}
	}
	for e, err := range catalog.All() {
		if err == nil {
			add(e.Answer)
		}
	}
	return names
})

func nameOf(f *catalog.Field) string {
	switch f.Type {
	case "":
		return "a text"
	case "bool":
		return "true or false"
	case "list":
		return "a list"
	case "object":
		return "an object"
	}
	return "an " + f.Type
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}

// parser decodes JSON, and notes names that stand twice in an object, of which a decoder keeps one.
type parser struct {
	d     *json.Decoder
	twice []string
	depth int
}

func (p *parser) value(place string) (any, error) {
	t, err := p.d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if p.depth++; p.depth > 200 {
		return nil, fmt.Errorf("too deep")
	}
	defer func() { p.depth-- }()
	if delim == '[' {
		list := []any{}
		for p.d.More() {
			v, err := p.value(place + "[]")
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = p.d.Token()
		return list, err
	}
	object := make(map[string]any)
	for p.d.More() {
		t, err := p.d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		at := shownName(name, false)
		if place != "" {
			at = place + "." + at
		}
		if _, before := object[name]; before {
			p.twice = append(p.twice, at)
		}
		if object[name], err = p.value(at); err != nil {
			return nil, err
		}
	}
	_, err = p.d.Token()
	return object, err
}

func sortedKeys(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
