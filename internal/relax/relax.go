// Package relax decodes JSON that does not fit a type as it stands. The platform writes a single
// element where its documents declare a list, a list of one where they declare an object, numbers
// in strings, and strings as numbers; and now and then a value that fits in no way. That value
// alone is left out, and told of.
package relax

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Mismatch is a value that did not fit, or of which a part was left out.
type Mismatch struct {
	// Path leads to the value in what was decoded, such as ".orders[2].skus"; it is "" for the
	// whole.
	Path string
	// Reason says what the value is, and what was wanted. It does not quote the value.
	Reason string
}

// MaxMismatches is how many mismatches are told of.
const MaxMismatches = 100

// Unmarshal is json.Unmarshal for what that refuses: a second try, because almost all the
// platform's JSON fits and types that accepted every form would cost each decoding. v points to a
// zero value. The error is for what is no JSON.
func Unmarshal(data []byte, v any) ([]Mismatch, error) {
	if !json.Valid(data) {
		return nil, json.Unmarshal(data, new(any)) // which says why
	}
	d := &decoder{data: data, fields: make(map[reflect.Type]fieldIndex)}
	d.space()
	d.value(reflect.ValueOf(v).Elem())
	return d.mismatches, nil
}

// decoder reads valid JSON from its beginning to its end.
type decoder struct {
	data       []byte
	at         int
	fields     map[reflect.Type]fieldIndex
	mismatches []Mismatch
}

// result is what became of a value.
type result uint8

const (
	decoded result = iota
	empty          // null, or what the platform writes for none
	misfit         // it did not fit
)

// value decodes the value that is next.
func (d *decoder) value(dst reflect.Value) result {
	t := dst.Type()
	if DecodesItself(t) {
		return d.leaf(dst)
	}
	if d.data[d.at] == 'n' && t.Kind() != reflect.Interface {
		d.skip()
		return empty
	}
	switch t.Kind() {
	case reflect.Pointer:
		pointee := reflect.New(t.Elem())
		got := d.value(pointee.Elem())
		if got == decoded {
			dst.Set(pointee)
		}
		return got
	case reflect.Struct:
		return d.object(dst, d.structMember)
	case reflect.Map:
		if t.Key().Kind() == reflect.String && !DecodesItself(t.Key()) {
			return d.object(dst, d.mapMember)
		}
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return d.list(dst)
		}
	}
	return d.leaf(dst)
}

// object decodes into a struct or a map: an object, and the first element of a list. "" and [] are
// none.
func (d *decoder) object(dst reflect.Value, member func(reflect.Value, string) result) result {
	switch c := d.data[d.at]; {
	case c == '{':
	case c == '[':
		return d.first(dst, member)
	case c == '"' && d.data[d.at+1] == '"':
		d.skip()
		return empty
	default:
		return d.refuse(dst.Type())
	}
	if dst.Kind() == reflect.Map {
		dst.Set(reflect.MakeMap(dst.Type()))
	}
	d.next()
	for d.data[d.at] != '}' {
		key := d.text()
		d.space()
		d.next() // the colon
		from := len(d.mismatches)
		member(dst, key)
		d.within(from, "."+key)
		d.space()
		d.comma()
	}
	d.at++
	return decoded
}

// first decodes the first element of a list where an object is wanted, and tells of the others.
func (d *decoder) first(dst reflect.Value, member func(reflect.Value, string) result) result {
	d.next()
	if d.data[d.at] == ']' {
		d.at++
		return empty
	}
	from := len(d.mismatches)
	got := empty
	switch d.data[d.at] {
	case '{':
		got = d.object(dst, member)
	case 'n':
		d.skip()
	default:
		got = d.refuse(dst.Type())
	}
	d.within(from, "[0]")
	n := 1
	for d.space(); d.data[d.at] != ']'; d.space() {
		d.comma()
		d.skip()
		n++
	}
	d.at++
	if n > 1 {
		d.mismatch(fmt.Sprintf("is a list of %d, want one object: only the first was decoded", n))
	}
	return got
}

// structMember decodes a member of an object into the field of its name.
func (d *decoder) structMember(dst reflect.Value, key string) result {
	index := d.fieldsOf(dst.Type()).find(key)
	if index == nil {
		d.skip()
		return empty
	}
	for _, i := range index[:len(index)-1] {
		dst = dst.Field(i)
		if dst.Kind() == reflect.Pointer {
			if dst.IsNil() && !dst.CanSet() { // embedded and unexported
				return d.refuse(dst.Type())
			}
			if dst.IsNil() {
				dst.Set(reflect.New(dst.Type().Elem()))
			}
			dst = dst.Elem()
		}
	}
	return d.value(dst.Field(index[len(index)-1]))
}

// mapMember decodes a member of an object into a map.
func (d *decoder) mapMember(dst reflect.Value, key string) result {
	value := reflect.New(dst.Type().Elem()).Elem()
	got := d.value(value)
	if got != misfit {
		dst.SetMapIndex(reflect.ValueOf(key).Convert(dst.Type().Key()), value)
	}
	return got
}

// list decodes a list, or its only element. "" and {} are none. Elements that do not fit are left
// out.
func (d *decoder) list(dst reflect.Value) result {
	t := dst.Type()
	dst.Set(reflect.Zero(t))
	add := func() result {
		element := reflect.New(t.Elem()).Elem()
		got := d.value(element)
		if got != misfit {
			dst.Set(reflect.Append(dst, element))
		}
		return got
	}
	switch start := d.at; {
	case d.data[start] == '[':
	case d.data[start] == '"' && d.data[start+1] == '"':
		d.skip()
		return empty
	case d.data[start] == '{':
		if d.next(); d.data[d.at] == '}' {
			d.at++
			return empty
		}
		d.at = start
		return add()
	default:
		return add()
	}
	dst.Set(reflect.MakeSlice(t, 0, 0))
	d.next()
	for i := 0; d.data[d.at] != ']'; i++ {
		from := len(d.mismatches)
		add()
		d.within(from, "["+strconv.Itoa(i)+"]")
		d.space()
		d.comma()
	}
	d.at++
	return decoded
}

// leaf decodes a value that is looked at as a whole.
func (d *decoder) leaf(dst reflect.Value) result {
	start := d.at
	raw := d.skip()
	if json.Unmarshal(raw, dst.Addr().Interface()) == nil {
		return decoded
	}
	dst.SetZero()
	if text, ok := scalar(raw); ok && !DecodesItself(dst.Type()) {
		if text == "" {
			return empty
		}
		if fit := fitting(text, dst.Type()); fit != nil &&
			json.Unmarshal(fit, dst.Addr().Interface()) == nil {
			return decoded
		}
		dst.SetZero()
	}
	d.at = start
	return d.refuse(dst.Type())
}

// refuse passes over a value that does not fit a type, and tells of it.
func (d *decoder) refuse(want reflect.Type) result {
	raw := d.skip()
	d.mismatch("is " + sortOf(raw) + ", want " + wanted(want))
	return misfit
}

func (d *decoder) mismatch(reason string) {
	if len(d.mismatches) < MaxMismatches {
		d.mismatches = append(d.mismatches, Mismatch{Reason: reason})
	}
}

// within puts a step before the paths of the mismatches found since there were n.
func (d *decoder) within(n int, step string) {
	for i := range d.mismatches[n:] {
		d.mismatches[n+i].Path = step + d.mismatches[n+i].Path
	}
}

// space passes over white space.
func (d *decoder) space() {
	for d.at < len(d.data) && strings.IndexByte(" \t\r\n", d.data[d.at]) >= 0 {
		d.at++
	}
}

// next passes over one character and the space after it.
func (d *decoder) next() {
	d.at++
	d.space()
}

// comma passes over a comma, if there is one.
func (d *decoder) comma() {
	if d.data[d.at] == ',' {
		d.next()
	}
}

// text reads the string that is next.
func (d *decoder) text() (s string) {
	_ = json.Unmarshal(d.skip(), &s) // a string of valid JSON
	return s
}

// skip passes over the value that is next and returns it.
func (d *decoder) skip() []byte {
	start, depth := d.at, 0
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case '"':
			for d.at++; d.data[d.at] != '"'; d.at++ {
				if d.data[d.at] == '\\' {
					d.at++
				}
			}
			d.at++
		case '{', '[':
			depth++
			d.at++
			continue
		case '}', ']':
			depth--
			d.at++
		case ',', ':', ' ', '\t', '\r', '\n': // inside
			d.at++
			continue
		default: // a number or a name
			for d.at < len(d.data) && strings.IndexByte(",:]} \t\r\n", d.data[d.at]) < 0 {
				d.at++
			}
		}
		if depth == 0 {
			break
		}
	}
	return d.data[start:d.at]
}

// fieldIndex finds the field of a struct that a key is for.
type fieldIndex struct {
	exact map[string][]int
	names []string
}

func (d *decoder) fieldsOf(t reflect.Type) fieldIndex {
	index, ok := d.fields[t]
	if !ok {
		index = fieldsOf(t)
		d.fields[t] = index
	}
	return index
}

// Fields returns the fields of a struct that its JSON fills, as their index by their names there.
func Fields(t reflect.Type) map[string][]int { return fieldsOf(t).exact }

func fieldsOf(t reflect.Type) fieldIndex {
	index := fieldIndex{exact: make(map[string][]int)}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" && f.Tag.Get("json") == "-" ||
			f.Anonymous && name == "" && structOrPointer(f.Type) {
			continue
		}
		if name == "" {
			name = f.Name
		}
		if old, taken := index.exact[name]; !taken || len(f.Index) < len(old) {
			index.exact[name] = f.Index
			index.names = append(index.names, name)
		}
	}
	return index
}

// find is exact, or else without regard to case, as encoding/json.
func (x fieldIndex) find(key string) []int {
	if index, ok := x.exact[key]; ok {
		return index
	}
	for _, name := range x.names {
		if strings.EqualFold(name, key) {
			return x.exact[name]
		}
	}
	return nil
}

func structOrPointer(t reflect.Type) bool {
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer &&
		t.Elem().Kind() == reflect.Struct
}

// DecodesItself tells whether a type is read by a method of its own.
func DecodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Kind() != reflect.Pointer && (p.Implements(reflect.TypeFor[json.Unmarshaler]()) ||
		p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()))
}

// scalar returns the text of a string, a number or a bool.
func scalar(raw []byte) (text string, ok bool) {
	switch raw[0] {
	case '{', '[', 'n':
		return "", false
	case '"':
		ok = json.Unmarshal(raw, &text) == nil
		return text, ok
	}
	return string(raw), true
}

// fitting returns the JSON of a text in the form that a type wants, nil if there is none.
func fitting(text string, t reflect.Type) []byte {
	switch kind := t.Kind(); {
	case kind == reflect.String:
		b, _ := json.Marshal(text) // any text can be encoded
		return b
	case kind == reflect.Bool:
		if b, err := strconv.ParseBool(strings.ToLower(text)); err == nil {
			return strconv.AppendBool(nil, b)
		}
	case kind >= reflect.Int && kind <= reflect.Uintptr:
		whole, fraction, _ := strings.Cut(text, ".")
		if strings.Trim(fraction, "0") == "" { // 12.0
			return []byte(whole)
		}
	case kind == reflect.Float32 || kind == reflect.Float64:
		return []byte(text)
	}
	return nil
}

// sortOf names what a JSON value is.
func sortOf(raw []byte) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	if bytes.ContainsAny(raw, ".eE") {
		return "a number with a fraction or an exponent"
	}
	return "a number"
}

// wanted names what a type stands for.
func wanted(t reflect.Type) string {
	kind := t.Kind()
	switch {
	case DecodesItself(t) && t.Name() != "":
		return "a value that fits " + t.Name()
	case kind == reflect.Struct || kind == reflect.Map:
		return "an object"
	case kind == reflect.Slice || kind == reflect.Array:
		return "a list"
	case kind == reflect.String:
		return "a text"
	case kind == reflect.Bool:
		return "true or false"
	case kind >= reflect.Int && kind <= reflect.Uintptr:
		return "a whole number of " + strconv.Itoa(t.Bits()) + " bits"
	case kind == reflect.Float32 || kind == reflect.Float64:
		return "a number"
	}
	return "a value that fits " + t.String()
}
