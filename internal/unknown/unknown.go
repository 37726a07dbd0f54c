// Package unknown finds what an answer has and the Go type of its data has not: fields, and values
// of enumerations. It reads the answer's bytes once more beside the decoder, along a plan of the
// type, and passes over whatever the type leaves open.
package unknown

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// Found is one of them.
type Found struct {
	// Path leads to the field, such as "data.orders[].line_items[].sku": [] stands for any element
	// of a list, * for any key of a map.
	Path string
	// IsValue tells that the field is known and its value is not.
	IsValue bool
	// Value is the unknown value, "" if it does not look like an enumeration's.
	Value string
}

const (
	// most is how many findings a Finder remembers and tells of.
	most = 1000
	// longest is how long a name or a value may be, and longestPath a path.
	longest, longestPath = 64, 512
	// deepest is how far a type that holds itself is followed.
	deepest = 64
)

// Finder tells of each finding once. It is safe for many goroutines.
type Finder struct {
	plans sync.Map // of the answers, by the type of their data

	mu   sync.RWMutex
	seen map[string]bool
}

// NewFinder returns a Finder that has found nothing yet.
func NewFinder() *Finder { return &Finder{seen: make(map[string]bool)} }

// Look looks through an answer, which must be JSON, and returns what was not found before. data is
// the type of the answer's data, and operation tells what it answers.
func (f *Finder) Look(operation string, answer []byte, data reflect.Type) []Found {
	known, ok := f.plans.Load(data)
	if !ok {
		known, _ = f.plans.LoadOrStore(data, envelope(data))
	}
	var room [8]string
	s := scanner{data: answer, finder: f, operation: operation, path: room[:0]}
	if s.space(); s.at < len(s.data) {
		s.value(known.(*plan))
	}
	return s.found
}

// isNew reports whether a finding is to be told of, and remembers it. key names it.
func (f *Finder) isNew(key []byte) bool {
	f.mu.RLock()
	old := f.seen[string(key)] || len(f.seen) >= most
	f.mu.RUnlock()
	if old {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen[string(key)] || len(f.seen) >= most {
		return false
	}
	f.seen[string(key)] = true
	return true
}

// scanner reads one answer from its beginning to its end.
type scanner struct {
	data      []byte
	at        int
	finder    *Finder
	operation string
	path      []string // of where it is
	key       []byte   // room for that of a finding
	found     []Found
}

// value reads the value that is next by a plan.
func (s *scanner) value(p *plan) {
	if p == nil || len(s.path) > deepest {
		s.skip()
		return
	}
	switch c := s.data[s.at]; {
	case c == '[' && p.is == list:
		s.path = append(s.path, "[]")
		s.elements(p.of)
		s.path = s.path[:len(s.path)-1]
	case c == '[' && (p.is == object || p.is == mapping):
		s.elements(p) // a list of one, which the decoder takes
	case p.is == list: // an element without the list, likewise
		s.path = append(s.path, "[]")
		s.value(p.of)
		s.path = s.path[:len(s.path)-1]
	case c == '{' && (p.is == object || p.is == mapping):
		s.members(p)
	case p.is == enumeration:
		s.enumeration(p)
	default:
		s.skip()
	}
}

func (s *scanner) elements(p *plan) {
	for s.next(); s.data[s.at] != ']'; s.comma() {
		s.value(p)
	}
	s.at++
}

func (s *scanner) members(p *plan) {
	depth := len(s.path)
	s.path = append(s.path, "")
	var f *field
	for s.next(); s.data[s.at] != '}'; s.comma() {
		name := s.text()
		s.space()
		s.next() // the colon
		if p.is == mapping {
			s.path[depth] = "*"
			s.value(p.of)
			continue
		}
		before := f
		switch f = p.field(name, before); {
		case f == nil:
			f = before
			s.path[depth] = clean(string(name), false)
			s.tell(Found{})
			s.skip()
		case f.plan == nil:
			s.skip()
		default:
			s.path[depth] = f.name
			s.value(f.plan)
		}
	}
	s.path = s.path[:depth]
	s.at++
}

// enumeration looks at a value. None, as the platform writes it, is none of another.
func (s *scanner) enumeration(p *plan) {
	var value []byte
	switch c := s.data[s.at]; {
	case c == '"':
		value = s.text()
	case c == '-' || c >= '0' && c <= '9':
		if value = s.skip(); string(value) == "0" {
			return
		}
	default:
		s.skip()
		return
	}
	if len(value) > 0 && !p.values.know(value) {
		s.tell(Found{IsValue: true, Value: clean(string(value), true)})
	}
}

// tell adds a finding at the path where the scanner is.
func (s *scanner) tell(found Found) {
	s.key = append(append(s.key[:0], s.operation...), 0)
	start := len(s.key)
	for i, step := range s.path {
		if i > 0 && step != "[]" {
			s.key = append(s.key, '.')
		}
		s.key = append(s.key, step...)
	}
	s.key = s.key[:min(len(s.key), start+longestPath)]
	end := len(s.key)
	if found.IsValue {
		s.key = append(append(s.key, 0), found.Value...)
	}
	if s.finder.isNew(s.key) {
		found.Path = string(s.key[start:end])
		s.found = append(s.found, found)
	}
}

// clean returns a name or a value of an enumeration if it looks like one. Anything else might be
// somebody's name, address or number: "?" stands for a name, "" for a value.
func clean(s string, isValue bool) string {
	instead := "?"
	if isValue {
		instead = ""
	}
	letters := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			letters++
		case c >= '0' && c <= '9', c == '_', c == '-':
		case isValue && (c == '.' || c == '/' || c == ':'):
		default:
			return instead
		}
	}
	if len(s) > longest || s == "" || letters == 0 && len(s) > len("1234") {
		return instead
	}
	return s
}

// space passes over white space.
func (s *scanner) space() {
	for s.at < len(s.data) && isSpace(s.data[s.at]) {
		s.at++
	}
}

func isSpace(c byte) bool { return c <= ' ' && (c == ' ' || c == '\n' || c == '\t' || c == '\r') }

// next passes over one character and the space after it.
func (s *scanner) next() {
	s.at++
	s.space()
}

// comma passes over the space after a value, and over a comma.
func (s *scanner) comma() {
	s.space()
	if s.data[s.at] == ',' {
		s.next()
	}
}

// text reads the string that is next.
func (s *scanner) text() []byte {
	start := s.at
	if escaped := s.string(); escaped {
		var text string
		// a copy, or all of s would be on the heap
		_ = json.Unmarshal(bytes.Clone(s.data[start:s.at]), &text)
		return []byte(text)
	}
	return s.data[start+1 : s.at-1]
}

// string passes over the string that is next, and tells whether it has escapes.
func (s *scanner) string() (escaped bool) {
	s.at++
	for {
		i := bytes.IndexByte(s.data[s.at:], '"')
		if j := bytes.IndexByte(s.data[s.at:s.at+i], '\\'); j >= 0 {
			s.at, escaped = s.at+j+2, true // what is escaped ends nothing
			continue
		}
		s.at += i + 1
		return escaped
	}
}

// skip passes over the value that is next and returns it.
func (s *scanner) skip() []byte {
	start, depth := s.at, 0
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case '"':
			s.string()
		case '{', '[':
			depth++
			s.at++
			continue
		case '}', ']':
			depth--
			s.at++
		case ',', ':', ' ', '\t', '\r', '\n': // inside
			s.at++
			continue
		default: // a number or a name
			for s.at < len(s.data) && !ends[s.data[s.at]] {
				s.at++
			}
		}
		if depth == 0 {
			break
		}
	}
	return s.data[start:s.at]
}

// ends are the characters that end a number or a name.
var ends = [256]bool{',': true, ']': true, '}': true, ' ': true, '\t': true, '\r': true, '\n': true}

// foldedName finds a name without regard to case, as encoding/json does.
func foldedName(names map[string]*field, name string) *field {
	for known, f := range names {
		if strings.EqualFold(known, name) {
			return f
		}
	}
	return nil
}
