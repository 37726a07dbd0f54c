package bind

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// textFields is where the structs of bodies have a text of a key.
var textFields sync.Map // textKey → textField

type textKey struct {
	in  reflect.Type
	key string
}

type textField struct {
	index []int // nil if there is none
	other bool  // there is one that is no text
}

// WithText sees to it that a body, a struct or a map with texts for keys, has a text under a key. One that has none there
// is copied and given it. known is false for a body of which it cannot be told whether it has one.
func WithText(body any, key string, text func() string) (with any, known bool) {
	v := reflect.ValueOf(body)
	for v.Kind() == reflect.Pointer && !encodesItself(v.Type()) && !v.IsNil() {
		v = v.Elem()
	}
	switch {
	case !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil():
		return map[string]string{key: text()}, true
	case encodesItself(v.Type()):
	case v.Kind() == reflect.Struct:
		return structWithText(v, body, key, text)
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		return mapWithText(v, body, key, text)
	}
	return body, false
}

func structWithText(v reflect.Value, body any, key string, text func() string) (any, bool) {
	field := textFieldOf(v.Type(), key)
	if field.index == nil {
		return &extended{body, key, text()}, !field.other
	}
	if f := v.FieldByIndex(field.index); !f.IsZero() && reflect.Indirect(f).String() != "" {
		return body, true
	}
	own := reflect.New(v.Type())
	own.Elem().Set(v)
	f := own.Elem().FieldByIndex(field.index)
	if f.Kind() == reflect.Pointer {
		f.Set(reflect.New(f.Type().Elem()))
		f = f.Elem()
	}
	f.SetString(text())
	return own.Interface(), true
}

func mapWithText(v reflect.Value, body any, key string, text func() string) (any, bool) {
	own := make(map[string]any, v.Len()+1)
	for entries := v.MapRange(); entries.Next(); {
		own[entries.Key().String()] = entries.Value().Interface()
	}
	switch given := reflect.ValueOf(own[key]); given.Kind() {
	case reflect.Invalid:
	case reflect.String:
		if given.String() != "" {
			return body, true
		}
	default:
		return body, false
	}
	own[key] = text()
	return own, true
}

// textFieldOf returns the field of a struct that is encoded under a key.
func textFieldOf(t reflect.Type, key string) textField {
	if known, ok := textFields.Load(textKey{t, key}); ok {
		return known.(textField)
	}
	var found textField
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != key || !f.IsExported() {
			continue
		}
		kind := f.Type.Kind()
		isText := kind == reflect.String || kind == reflect.Pointer && f.Type.Elem().Kind() == reflect.String
		if found.other = !isText || throughPointer(t, f.Index); !found.other {
			found.index = f.Index
		}
		break
	}
	textFields.Store(textKey{t, key}, found)
	return found
}

// throughPointer tells whether a field is one of an embedded pointer.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

// extended is a struct that is encoded with one more field.
type extended struct {
	body      any
	key, text string
}

func (e *extended) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(e.body)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(map[string]string{e.key: e.text})
	if err != nil || string(b) == "{}" {
		return more, err
	}
	return append(append(b[:len(b)-1], ','), more[1:]...), nil
}
