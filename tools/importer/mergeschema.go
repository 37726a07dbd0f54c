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

// schema merges what is known of one field and of those in it.
func (m *merger) schema(at string, have, is *Schema) {
	if have.Type != is.Type {
		if m.checked {
			return
		}
		if m.from == fromPages {
			is.integers64()
		}
		m.say(at, true, "the type is %s, was %s", is.Type, have.Type)
		*have = *is
		return
	}
	if have.Format != is.Format && !m.checked && !(m.from == fromPages && is.Format == "") {
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
	if have.Deprecated != is.Deprecated &&
		(is.Deprecated || !m.docs && !strings.Contains(strings.ToLower(is.text), "deprecated")) {
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
				if m.from == fromPages {
					s.integers64()
				}
				m.say(place(at, name), required, "new%s field", requiredWord(required))
				have.Properties.Add(name, s)
				continue
			}
			m.schema(place(at, name), old, s)
		}
	}
	if have.Properties != nil && m.from == fromPages && !m.settling {
		for _, name := range have.Properties.Names {
			if is.Properties.Get(name) == nil {
				m.remark(place(at, name), "the page does not have the field")
			}
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
		if m.required(place(at, name), &now, slices.Contains(is.Required, name),
			is.Properties.Get(name)); now == was {
			continue
		}
		if now {
			have.Required = append(have.Required, name)
			slices.Sort(have.Required)
		} else {
			have.Required = slices.DeleteFunc(have.Required,
				func(n string) bool { return n == name })
		}
	}
}

// required merges whether a field must be there. The package often says that
// none must, so what the reference says holds, unless a rule waives it in some cases.
func (m *merger) required(at string, have *bool, is bool, s *Schema) {
	waived := s != nil && s.When != nil
	loosens := m.from == fromPages && !m.settling && m.request && s != nil
	if *have == is || m.docs && !is && !waived && !loosens || m.checked && !waived {
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
		m.review(at, true, "has no known values any more, and another Go type; had %s",
			strings.Join(gone, ", "))
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
// reference may have stated it or the text has the figure; lower tells that a lower figure is
// stricter.
func (m *merger) limit(at, name string, have **int64, is *int64, schema *Schema, lower bool) {
	was := *have
	switch {
	case m.checked, was == nil && is == nil, was != nil && is != nil && *was == *is:
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
	if bytes.Equal(have.Default, is.Default) || m.checked {
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
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil &&
		bytes.Equal(x.Bytes(), y.Bytes())
}
