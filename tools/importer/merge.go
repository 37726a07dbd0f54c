package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Change is one difference between the facts and a package.
type Change struct {
	// Module and Operation say where; Path is the request's, and Field the place in it.
	Module, Operation, Path, Field string
	// What is the change, without the vendor's words.
	What string
	// Breaking tells that programs that use the SDK may no longer compile, or
	// that calls that went through may be refused.
	Breaking bool
	// Review tells that a person should look: it was read from a text.
	Review bool
}

// merger puts a package into the facts. What it changes it also reports, so
// that a second run has nothing to report.
type merger struct {
	facts   Facts
	changes []Change

	// where it is
	module, operation, path string
	// docs tells that the facts are from the reference too, which is closer than the package.
	docs bool
	// request tells that the field is one of a request.
	request bool
}

// merge brings a package's operations into the facts and returns what changed, in a fixed order.
func merge(facts Facts, pkg *Package, rules *Rules) []Change {
	m := &merger{facts: facts}
	there := make(map[string]bool)
	for _, v := range pkg.Operations {
		there[v.Method+" "+v.Path] = true
		m.at(v.Module, derive(v, rules), v.Method, v.Path, pkg.Version)
	}
	m.missing(there)
	m.settled(rules)
	slices.SortStableFunc(m.changes, func(a, b Change) int {
		return strings.Compare(a.Module+" "+a.Path+" "+a.Operation, b.Module+" "+b.Path+" "+b.Operation)
	})
	return m.changes
}

func (m *merger) say(field string, breaking bool, format string, args ...any) {
	m.changes = append(m.changes, Change{
		Module: m.module, Operation: m.operation, Path: m.path, Field: field, What: fmt.Sprintf(format, args...), Breaking: breaking,
	})
}

func (m *merger) review(field string, breaking bool, format string, args ...any) {
	m.say(field, breaking, format, args...)
	m.changes[len(m.changes)-1].Review = true
}

// at merges one operation.
func (m *merger) at(module string, op *Operation, method, path, version string) {
	m.module, m.operation, m.path = module, op.ID, strings.ToUpper(method)+" "+path
	doc := m.facts[module]
	if doc == nil {
		doc = newDocument(module, version)
		m.facts[module] = doc
		m.say("", false, "the module is new")
	}
	have := doc.Paths[path][method]
	if have == nil {
		m.added(doc, op)
		if doc.Paths[path] == nil {
			doc.Paths[path] = make(map[string]*Operation)
		}
		doc.Paths[path][method] = op
		return
	}
	switch have.Source {
	case sourceDocs:
		have.Source = sourceBoth
		m.say("", false, "the package has it now, until now only the reference had")
	case sourceSecondary:
		have.Source, have.Confidence, have.Unknown = sourceOAS, "", nil
		m.say("", false, "the package has it now, which knows better than what was here")
	}
	m.docs = have.Source == sourceBoth
	if have.Name != op.Name {
		m.say("", true, "is now called %s", op.Name)
		have.ID, have.Name, have.Docs = op.ID, op.Name, op.Docs
	}
	if have.Deprecated != op.Deprecated && (op.Deprecated || !m.docs) {
		m.say("", false, "deprecated: %t", op.Deprecated)
		have.Deprecated = op.Deprecated
	}
	m.parameters(have, op)
	m.body(have, op)
	m.request = false
	m.schema("", have.Responses.schema(), op.Responses.schema())
}

// added reports an operation that the facts do not have. A version of one that they have is called in Go as the others are.
func (m *merger) added(doc *Document, op *Operation) {
	newest := ""
	for _, item := range doc.Paths {
		for _, other := range item {
			if other.Name == op.Name && other.Version > newest {
				newest, op.GoName = other.Version, other.GoName
			}
		}
	}
	switch {
	case newest == "":
		m.say("", false, "the operation is new")
	case newest < op.Version:
		m.say("", false, "a newer version than %s; the method without a version in its name stays with its own", newest)
	default:
		m.say("", false, "another version; the newest stays %s", newest)
	}
}

// missing deals with operations that the package does not have.
func (m *merger) missing(there map[string]bool) {
	for _, module := range sortedKeys(m.facts) {
		paths := m.facts[module].Paths
		for _, p := range sortedKeys(paths) {
			for _, method := range sortedKeys(paths[p]) {
				op := paths[p][method]
				if there[method+" "+p] || op.Source == sourceDocs || op.Source == sourceSecondary {
					continue
				}
				m.module, m.operation, m.path = module, op.ID, strings.ToUpper(method)+" "+p
				if op.Source == sourceBoth {
					m.say("", false, "the package has it no more; the reference has, so it stays")
					op.Source = sourceDocs
					continue
				}
				m.say("", true, "the operation is gone")
				if delete(paths[p], method); len(paths[p]) == 0 {
					delete(paths, p)
				}
			}
		}
	}
}

// settled brings what the rules say into operations and fields that the package does not have.
func (m *merger) settled(rules *Rules) {
	for _, module := range sortedKeys(m.facts) {
		paths := m.facts[module].Paths
		for _, p := range sortedKeys(paths) {
			for _, method := range sortedKeys(paths[p]) {
				op := paths[p][method]
				m.module, m.operation, m.path, m.docs = module, op.ID, strings.ToUpper(method)+" "+p, true
				is := op.clone()
				rules.settle(is)
				m.parameters(op, is)
				m.body(op, is)
				m.request = false
				m.schema("", op.Responses.schema(), is.Responses.schema())
			}
		}
	}
}

func (m *merger) parameters(have, op *Operation) {
	m.request = true
	for _, p := range op.Parameters {
		at := p.In + "." + p.Name
		old := have.parameter(p.In, p.Name)
		if old == nil {
			m.say(at, p.Required, "new%s parameter", requiredWord(p.Required))
			have.Parameters = append(have.Parameters, p)
			continue
		}
		m.required(at, &old.Required, p.Required, p.Schema)
		m.figure(at, &old.Example, p.Example)
		m.schema(at, old.Schema, p.Schema)
	}
	slices.SortStableFunc(have.Parameters, func(a, b *Parameter) int {
		return strings.Compare(a.In+" "+a.Name, b.In+" "+b.Name)
	})
	have.Parameters = slices.DeleteFunc(have.Parameters, func(p *Parameter) bool {
		gone := !m.docs && op.parameter(p.In, p.Name) == nil
		if gone {
			m.say(p.In+"."+p.Name, true, "the parameter is gone")
		}
		return gone
	})
	if id := have.identifier(); id != have.Identifier {
		m.say("", true, "takes %s instead of %s", id, have.Identifier)
		have.Identifier = id
	}
}

// identifier is the cipher among the parameters.
func (op *Operation) identifier() string {
	id := "none"
	for _, p := range op.Parameters {
		if p.Name == "shop_cipher" || p.Name == "category_asset_cipher" {
			id = p.Name
			if id == op.Identifier {
				return id // one of the two
			}
		}
	}
	return id
}

func (op *Operation) parameter(in, name string) *Parameter {
	for _, p := range op.Parameters {
		if p.In == in && p.Name == name {
			return p
		}
	}
	return nil
}

func (m *merger) body(have, op *Operation) {
	m.request = true
	switch {
	case op.Body == nil && have.Body == nil:
	case op.Body == nil:
		if !m.docs {
			m.say("body", true, "the body is gone")
			have.Body = nil
		}
	case have.Body == nil:
		m.say("body", len(op.Body.Content.schema().Required) > 0, "there is a body now")
		have.Body = op.Body
	default:
		if was, is := have.Body.Content.mediaType(), op.Body.Content.mediaType(); was != is {
			m.say("body", true, "the media type is %s, was %s", is, was)
			have.Body.Content = Content{is: {Schema: have.Body.Content.schema()}}
		}
		m.schema("body", have.Body.Content.schema(), op.Body.Content.schema())
	}
}

// schema merges what is known of one field and of those in it.
func (m *merger) schema(at string, have, is *Schema) {
	if have.Type != is.Type {
		m.say(at, true, "the type is %s, was %s", is.Type, have.Type)
		*have = *is
		return
	}
	if have.Format != is.Format {
		m.say(at, true, "the format is %s, was %s", orNone(is.Format), orNone(have.Format))
		have.Format = is.Format
	}
	m.values(at, have, is)
	m.limit(at, "minimum", &have.Minimum, is.Minimum, is, false)
	m.limit(at, "maximum", &have.Maximum, is.Maximum, is, true)
	m.limit(at, "longest text", &have.MaxLength, is.MaxLength, is, true)
	m.limit(at, "most items", &have.MaxItems, is.MaxItems, is, true)
	m.defaultValue(at, have, is)
	m.decided(at, have, is)
	if have.Deprecated != is.Deprecated && (is.Deprecated || !m.docs && !strings.Contains(strings.ToLower(is.text), "deprecated")) {
		m.say(at, false, "deprecated: %t", is.Deprecated)
		have.Deprecated = is.Deprecated
	}
	m.figure(at, &have.Example, is.Example)
	if have.Items != nil && is.Items != nil {
		m.schema(at, have.Items, is.Items)
	}
	m.properties(at, have, is)
}

// decided merges what only rules and names say, so that the facts follow those.
func (m *merger) decided(at string, have, is *Schema) {
	if !slices.Equal(have.Only, is.Only) {
		m.say(at, true, "takes only %v, was %v", is.Only, have.Only)
		have.Only = is.Only
	}
	if have.ID != is.ID {
		m.say(at, true, "is an identifier: %t, and has another Go type", is.ID)
		have.ID = is.ID
	}
	if !reflect.DeepEqual(have.When, is.When) {
		m.say(at, false, "when it must be there: %s", is.When)
		have.When = is.When
	}
	if have.Overwrites != is.Overwrites {
		m.say(at, false, "its zero overwrites: %t", is.Overwrites)
		have.Overwrites = is.Overwrites
	}
}

// String says it for a person.
func (c *Condition) String() string {
	switch {
	case c == nil:
		return "not known"
	case len(c.Is) > 0:
		return c.Field + " is " + strings.Join(c.Is, " or ")
	}
	return c.Field + " is not " + strings.Join(c.IsNot, " or ")
}

func (m *merger) properties(at string, have, is *Schema) {
	if is.Properties != nil {
		if have.Properties == nil {
			have.Properties = new(Properties)
		}
		for _, name := range is.Properties.Names {
			s, old := is.Properties.Get(name), have.Properties.Get(name)
			if old == nil {
				required := m.request && slices.Contains(is.Required, name)
				m.say(place(at, name), required, "new%s field", requiredWord(required))
				have.Properties.Add(name, s)
				continue
			}
			m.schema(place(at, name), old, s)
		}
	}
	if have.Properties != nil && !m.docs {
		for _, name := range slices.Clone(have.Properties.Names) {
			if is.Properties.Get(name) == nil {
				m.say(place(at, name), true, "the field is gone")
				have.Properties.Remove(name)
			}
		}
		if len(have.Properties.Names) == 0 && is.Properties == nil {
			have.Properties = nil
		}
	}
	for _, name := range union(have.Required, is.Required) {
		was := slices.Contains(have.Required, name)
		now := was
		if m.required(place(at, name), &now, slices.Contains(is.Required, name), is.Properties.Get(name)); now == was {
			continue
		}
		if now {
			have.Required = append(have.Required, name)
			slices.Sort(have.Required)
		} else {
			have.Required = slices.DeleteFunc(have.Required, func(n string) bool { return n == name })
		}
	}
}

// required merges whether a field must be there. The package often says that
// none must, so what the reference says holds, unless a rule waives it in some cases.
func (m *merger) required(at string, have *bool, is bool, s *Schema) {
	waived := s != nil && s.When != nil
	if *have == is || m.docs && !is && !waived {
		return
	}
	*have = is
	if is {
		m.say(at, m.request, "is required now")
		return
	}
	// an optional number or flag has another Go type
	m.say(at, m.request, "is no longer required")
}

func requiredWord(required bool) string {
	if required {
		return " required"
	}
	return ""
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// values merges the known values of an enumeration. Those that the reference
// lists stay; a value that the text mentions stays, even if it is not read as one.
func (m *merger) values(at string, have, is *Schema) {
	if have.Type != "string" {
		return
	}
	now, covered := is.Values, true
	var kept []string
	if !is.ruled {
		for _, v := range have.Values {
			known := slices.Contains(is.Values, v)
			if known || m.docs || mentions(is.text, v) {
				kept = append(kept, v)
				covered = covered && known
			}
		}
	}
	if !covered {
		now = union(kept, is.Values)
	}
	if sameSet(now, have.Values) {
		return
	}
	var added, gone []string
	for _, v := range now {
		if !slices.Contains(have.Values, v) {
			added = append(added, v)
		}
	}
	for _, v := range have.Values {
		if !slices.Contains(now, v) {
			gone = append(gone, v)
		}
	}
	switch {
	case len(have.Values) == 0:
		m.review(at, true, "has known values now, and another Go type: %s", strings.Join(now, ", "))
	case len(now) == 0:
		m.review(at, true, "has no known values any more, and another Go type; had %s", strings.Join(gone, ", "))
	default:
		if len(added) > 0 {
			m.review(at, false, "new values: %s", strings.Join(added, ", "))
		}
		if len(gone) > 0 {
			m.review(at, true, "values that are gone: %s", strings.Join(gone, ", "))
		}
	}
	have.Values = now
}

func sameSet(a, b []string) bool {
	return len(a) == len(b) && len(union(a, b)) == len(a)
}

// limit merges one. A limit that the package does not state stays if the
// reference may have stated it or the text has the figure; lower tells that a lower figure is stricter.
func (m *merger) limit(at, name string, have **int64, is *int64, schema *Schema, lower bool) {
	was := *have
	switch {
	case was == nil && is == nil, was != nil && is != nil && *was == *is:
		return
	case was == nil:
		*have = is
		m.review(at, m.request, "%s is %d, was not limited", name, *is)
	case is == nil:
		if !schema.unlimited && (m.docs || mentions(schema.text, strconv.FormatInt(*was, 10))) {
			return
		}
		*have = nil
		m.review(at, false, "%s is no longer limited, was %d", name, *was)
	default:
		*have = is
		m.review(at, m.request && *is < *was == lower, "%s is %d, was %d", name, *is, *was)
	}
}

func (m *merger) defaultValue(at string, have, is *Schema) {
	if bytes.Equal(have.Default, is.Default) {
		return
	}
	if is.Default == nil {
		var was any
		if m.docs || decode(have.Default, &was) == nil && mentions(is.text, fmt.Sprint(was)) {
			return
		}
		m.review(at, false, "the default %s is no longer stated", have.Default)
	} else {
		m.review(at, false, "the default is %s, was %s", is.Default, orNone(string(have.Default)))
	}
	have.Default = is.Default
}

// figure merges an example. The reference's stay.
func (m *merger) figure(at string, have *json.RawMessage, is json.RawMessage) {
	if m.docs && (is == nil || *have != nil) || sameJSON(*have, is) {
		return
	}
	*have = is
	m.say(at, false, anotherExample)
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// anotherExample is the change of an example.
const anotherExample = "another example"
