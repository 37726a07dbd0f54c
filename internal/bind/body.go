package bind

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// JSON encodes the body of a request; what encodes to null or {} is none. If key is not "", it is
// the name of the idempotency key that the body must have: a body without one gets one, but for
// JSON of the caller's own, which is sent as it is.
func JSON(body any, key string) (encoded []byte, wrong []Mistake) {
	if IsNil(body) {
		body = nil
	}
	if key != "" {
		if body, wrong = withKey(body, key); len(wrong) > 0 {
			return nil, wrong
		}
	}
	if body == nil {
		return nil, nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, []Mistake{{"body", "cannot be encoded as JSON: " + err.Error()}}
	}
	if raw, ok := body.(json.RawMessage); ok {
		encoded = raw // valid, and as the caller wrote it
	}
	if s := string(encoded); s == "null" || s == "{}" {
		return nil, nil
	}
	return encoded, nil
}

// withKey returns a body that is not encoded yet with an idempotency key in it: the caller's, or a
// new one.
func withKey(body any, key string) (any, []Mistake) {
	keyed, known := withText(body, key, UUID)
	if known {
		return keyed, nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return body, nil // as its encoding will tell
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &fields); err != nil {
		return nil, []Mistake{{"body", "must be a JSON object: the operation takes " + key + " in it"}}
	}
	switch string(fields[key]) {
	case "", "null", `""`:
		return nil, []Mistake{{key, Missing + ": JSON of your own is sent as it is, and needs an idempotency key"}}
	}
	return body, nil
}

// UUID returns a random UUID, version 4.
func UUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

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

// withText sees to it that a body, a struct or a map with texts for keys, has a text under a key.
// One that has none there is copied and given it. known is false for a body of which it cannot be
// told whether it has one.
func withText(body any, key string, text func() string) (with any, known bool) {
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
		isText := kind == reflect.String || kind == reflect.Pointer &&
			f.Type.Elem().Kind() == reflect.String
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
