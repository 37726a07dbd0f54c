// Package relax decodes JSON that does not fit a type as it stands: the platform writes a single element where its
// documents declare a list, numbers in strings, and strings as numbers.
package relax

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Unmarshal is json.Unmarshal for what that refuses: a second try, because almost all the platform's JSON fits and types that
// accepted every form would cost each decoding. v points to a zero value.
func Unmarshal(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // an id has more digits than a float64 keeps
	var tree any
	if err := d.Decode(&tree); err != nil {
		return err
	}
	fitting, err := json.Marshal(relax(tree, reflect.TypeOf(v).Elem()))
	if err != nil {
		return err
	}
	return json.Unmarshal(fitting, v)
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// relax turns a decoded value into the form that a type wants, where that form is plain. What it cannot turn it returns as it is.
func relax(v any, t reflect.Type) any {
	if v == nil || reflect.PointerTo(t).Implements(unmarshaler) {
		return v
	}
	switch t.Kind() {
	case reflect.Pointer:
		return relax(v, t.Elem())
	case reflect.Slice:
		return relaxList(v, t.Elem())
	case reflect.Struct:
		return relaxObject(v, t)
	case reflect.String:
		switch s := v.(type) {
		case json.Number:
			return s.String()
		case bool:
			return strconv.FormatBool(s)
		}
	case reflect.Int, reflect.Int64:
		if s, ok := v.(string); ok {
			return relaxInt(s)
		}
	case reflect.Bool:
		return relaxBool(v)
	}
	return v
}

// relaxBool reads "true", "False", 1 and "0", and "" as none.
func relaxBool(v any) any {
	s, ok := v.(string)
	if n, isNumber := v.(json.Number); isNumber {
		s, ok = n.String(), true
	}
	if !ok {
		return v
	}
	if s == "" {
		return nil
	}
	if b, err := strconv.ParseBool(strings.ToLower(s)); err == nil {
		return b
	}
	return v
}

// relaxList makes a list of a single element, and the empty list of "" and {}.
func relaxList(v any, elem reflect.Type) any {
	elements, ok := v.([]any)
	if object, isObject := v.(map[string]any); !ok && v != "" && (!isObject || len(object) > 0) {
		elements = []any{v}
	}
	for i := range elements {
		elements[i] = relax(elements[i], elem)
	}
	return elements
}

// relaxObject looks into the fields of an object, and makes one of a list of one, and none of an empty list or "".
func relaxObject(v any, t reflect.Type) any {
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	} else if ok && len(list) == 0 || v == "" {
		return nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if value, there := object[key]; there {
			object[key] = relax(value, f.Type)
		}
	}
	return object
}

// relaxInt reads a whole number from a string, "" as none.
func relaxInt(s string) any {
	if s == "" {
		return nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	return s
}
