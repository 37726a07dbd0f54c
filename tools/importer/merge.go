package main

import (
	"fmt"
	"slices"
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
	// Remark tells that nothing is changed for it, as only a person can say which side is right.
	Remark bool
}

// origin is where what is merged comes from.
type origin int

const (
	fromPackage origin = iota
	fromPages
	fromFacts
)

// pathOnly is the x-confidence of an operation that can be called by nobody who does not know more.
const pathOnly = "path-only"

// merger puts a package, pages or other facts into the facts. What it changes it also reports, so
// that a second run has nothing to report.
type merger struct {
	facts   Facts
	changes []Change

	from origin
	// where it is
	module, operation, path string
	// docs tells that the facts are from the reference too, which is closer than the package.
	docs bool
	// checked tells that the operation was compared with its page, so that the package, which is
	// older, only adds to it.
	checked bool
	// request tells that the field is one of a request.
	request bool
	// settling tells that the rules are merged, and not what a source says.
	settling bool
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
	return m.sorted()
}

// mergePages brings in what pages of the reference say, which wins over the package. The month is
// that of the pages.
func mergePages(facts Facts, pages *Pages, month string, rules *Rules) []Change {
	m := &merger{facts: facts, from: fromPages}
	for _, v := range pages.Operations {
		have := facts.operation(v.Module, v.Path, v.Method)
		if have != nil {
			v.Summary = have.Name // a page's file is named in its own way
		}
		op := derive(v, rules)
		op.Source, op.Checked = sourceDocs, month
		if have == nil {
			op.integers64()
		}
		m.at(v.Module, op, v.Method, v.Path, month)
	}
	m.settled(rules)
	return m.sorted()
}

// mergeFacts brings in what other files of the same form have and the facts lack.
func mergeFacts(facts, other Facts, rules *Rules) []Change {
	m := &merger{facts: facts, from: fromFacts}
	for _, module := range sortedKeys(other) {
		for _, p := range sortedKeys(other[module].Paths) {
			for _, method := range sortedKeys(other[module].Paths[p]) {
				op := other[module].Paths[p][method]
				op.Evidence = nil
				if op.Confidence == pathOnly {
					m.module, m.operation, m.path = module, op.ID, strings.ToUpper(method)+" "+p
					m.remark("", "left out, as nothing but its path is known")
					continue
				}
				for _, param := range op.Parameters {
					param.Example = example(param.Example)
				}
				op.eachField(func(at string, s, _ *Schema) {
					s.Example = example(s.Example)
					if s.Type == "string" && s.Format != "binary" {
						rules.values(op.ID, at, s)
					}
				})
				rules.settle(op)
				m.at(module, op, method, p, other[module].Info.Version)
			}
		}
	}
	m.settled(rules)
	return m.sorted()
}

func (m *merger) sorted() []Change {
	slices.SortStableFunc(m.changes, func(a, b Change) int {
		return strings.Compare(a.Module+" "+a.Path+" "+a.Operation,
			b.Module+" "+b.Path+" "+b.Operation)
	})
	return m.changes
}

// remark tells a person of something that stays as it is.
func (m *merger) remark(field, format string, args ...any) {
	m.say(field, false, format, args...)
	m.changes[len(m.changes)-1].Remark = true
}

func (m *merger) say(field string, breaking bool, format string, args ...any) {
	m.changes = append(m.changes, Change{
		Module: m.module, Operation: m.operation, Path: m.path, Field: field,
		What: fmt.Sprintf(format, args...), Breaking: breaking,
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
	m.origin(have, op)
	m.docs = have.Source == sourceBoth || m.from != fromPackage
	m.checked = have.Checked != "" && m.from == fromPackage
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

// origin merges where an operation's facts are from.
func (m *merger) origin(have, op *Operation) {
	was := have.Source
	switch {
	case m.from == fromPackage && was == sourceDocs:
		have.Source = sourceBoth
		m.say("", false, "the package has it now, until now only the reference had")
	case m.from == fromPackage && was == sourceSecondary:
		have.Source, have.Confidence, have.Unknown = sourceOAS, "", nil
		m.say("", false, "the package has it now, which knows better than what was here")
	case m.from == fromPages && was == sourceOAS:
		have.Source = sourceBoth
		m.say("", false, "the reference has it, until now only the package had")
	case m.from == fromPages && was == sourceSecondary:
		have.Source, have.Confidence, have.Unknown = sourceDocs, "", nil
		m.say("", false, "the reference has it now, which knows better than what was here")
	}
	if m.from != fromPages {
		return
	}
	if have.Checked < op.Checked {
		m.say("", false, "compared with its page")
		have.Checked = op.Checked
	}
	var added []int
	for _, code := range op.ErrorCodes {
		if !slices.Contains(have.ErrorCodes, code) {
			added = append(added, code)
		}
	}
	if len(added) > 0 {
		m.say("", false, "new error codes: %s", strings.Trim(fmt.Sprint(added), "[]"))
		have.ErrorCodes = append(have.ErrorCodes, added...)
		slices.Sort(have.ErrorCodes)
	}
}

// added reports an operation that the facts do not have. A version of one that they have is called
// in Go as the others are.
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
		m.say("", false,
			"a newer version than %s; the method without a version in its name stays with its own",
			newest)
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
				m.module, m.operation, m.path, m.docs = module, op.ID,
					strings.ToUpper(method)+" "+p, true
				m.settling, m.checked = true, false
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
	if m.from == fromPages && !m.settling {
		for _, p := range have.Parameters {
			if op.parameter(p.In, p.Name) == nil {
				m.remark(p.In+"."+p.Name, "the page does not have the parameter")
			}
		}
	}
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
		if was, is := have.Body.Content.mediaType(),
			op.Body.Content.mediaType(); was != is && !m.checked {
			m.say("body", true, "the media type is %s, was %s", is, was)
			have.Body.Content = Content{is: {Schema: have.Body.Content.schema()}}
		}
		m.schema("body", have.Body.Content.schema(), op.Body.Content.schema())
	}
}

// anotherExample is the change of an example.
const anotherExample = "another example"

// operation is that of a path and a method, nil if there is none.
func (f Facts) operation(module, path, method string) *Operation {
	if f[module] == nil {
		return nil
	}
	return f[module].Paths[path][method]
}

// integers64 gives the integers a size, which pages do not tell.
func (s *Schema) integers64() {
	if s.Type == "integer" && s.Format == "" {
		s.Format = "int64"
	}
	if s.Items != nil {
		s.Items.integers64()
	}
	if s.Properties != nil {
		for _, field := range s.Properties.ByName {
			field.integers64()
		}
	}
}

func (op *Operation) integers64() {
	op.eachField(func(_ string, s, _ *Schema) { s.integers64() })
}
