package tiktokshop

import (
	"encoding/json"
	"reflect"
)

// Optional is a field of a partial edit, which tells three things apart: left as it is (the zero value), set with
// Set, and cleared with Clear or Null.
type Optional[T any] struct {
	state optionalState
	value T
}

type optionalState uint8

const (
	optionalUnset optionalState = iota
	optionalSet
	optionalCleared
	optionalNull
)

// Set changes a field to a value.
func Set[T any](v T) Optional[T] { return Optional[T]{optionalSet, v} }

// Clear empties a field: an empty string or list is sent.
func Clear[T any]() Optional[T] { return Optional[T]{state: optionalCleared} }

// Null empties a field by sending null. The platform does not document which
// of Clear and Null an operation takes; try Clear first.
func Null[T any]() Optional[T] { return Optional[T]{state: optionalNull} }

// Get returns the value set; ok is false if none was.
func (o Optional[T]) Get() (value T, ok bool) { return o.value, o.state == optionalSet }

// IsZero reports whether the field is left as it is. It makes `omitzero` leave it out.
func (o Optional[T]) IsZero() bool { return o.state == optionalUnset }

// cleared reports whether the field is emptied, one way or the other.
func (o Optional[T]) cleared() bool { return o.state == optionalCleared || o.state == optionalNull }

// MarshalJSON writes the value, the empty value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	switch o.state {
	case optionalSet:
		return json.Marshal(o.value)
	case optionalCleared:
		if reflect.TypeFor[T]().Kind() == reflect.Slice {
			return []byte("[]"), nil
		}
		var empty T
		return json.Marshal(empty)
	}
	return []byte("null"), nil
}
