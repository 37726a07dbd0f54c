package bind

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// scalar returns how single values of a type are written, nil if they cannot be. "" is not sent.
func (ts *Types) scalar(t reflect.Type, omitsZero bool) func(reflect.Value) string {
	var text func(reflect.Value) string
	switch kind := t.Kind(); {
	case kind == reflect.Pointer:
		inner := ts.scalar(t.Elem(), false)
		if inner == nil || t.Elem().Kind() == reflect.Pointer {
			return nil
		}
		return func(v reflect.Value) string {
			if v.IsNil() {
				return ""
			}
			return inner(v.Elem())
		}
	case ts.Text(t) != nil:
		return ts.Text(t)
	case encodesItself(t):
		return nil
	case kind == reflect.String:
		return reflect.Value.String
	case kind == reflect.Bool:
		text = func(v reflect.Value) string { return strconv.FormatBool(v.Bool()) }
	case isInt(kind):
		text = func(v reflect.Value) string { return strconv.FormatInt(v.Int(), 10) }
	default:
		return nil
	}
	return func(v reflect.Value) string {
		if omitsZero && v.IsZero() {
			return ""
		}
		return text(v)
	}
}

// list is scalar for single values and lists, whose elements are joined with commas.
func (ts *Types) list(t reflect.Type, omitsZero bool) func(reflect.Value) string {
	element := ts.element(t)
	if element == nil {
		return ts.scalar(t, omitsZero)
	}
	return func(v reflect.Value) string {
		if v.Len() == 1 {
			return element(v.Index(0))
		}
		var joined strings.Builder
		for i := range v.Len() {
			if i > 0 {
				joined.WriteByte(',')
			}
			joined.WriteString(element(v.Index(i)))
		}
		return joined.String()
	}
}

// elements returns the check of the elements of a list, nil if a type is none.
func (ts *Types) elements(t reflect.Type) checker {
	element := ts.element(t)
	if element == nil {
		return nil
	}
	return func(v reflect.Value, found []Mistake) []Mistake {
		for i := range v.Len() {
			if !FitsList(element(v.Index(i))) {
				found = append(found, Mistake{"[" + strconv.Itoa(i) + "]", ListElement})
			}
		}
		return found
	}
}

// element returns how the elements of a list type are written, nil if it is none.
func (ts *Types) element(t reflect.Type) func(reflect.Value) string {
	if t.Kind() != reflect.Slice || encodesItself(t) || t.Elem().Kind() == reflect.Pointer {
		return nil
	}
	return ts.scalar(t.Elem(), false)
}

// FitsList reports whether a text can be an element of a list whose elements are joined with
// commas.
func FitsList(element string) bool { return element != "" && !strings.Contains(element, ",") }

// encodesItself tells whether a type is written by a method of its own, so that its fields are not
// what is sent.
func encodesItself(t reflect.Type) bool {
	for _, method := range []reflect.Type{reflect.TypeFor[json.Marshaler](),
		reflect.TypeFor[encoding.TextMarshaler]()} {
		if t.Implements(method) || reflect.PointerTo(t).Implements(method) {
			return true
		}
	}
	return false
}

func isInt(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Int64 }
