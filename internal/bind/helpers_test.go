package bind

import (
	"reflect"
	"strings"
)

// number is a type with a form, as ids have one.
type number string

// day is written by a method that the importer knows.
type day int

func (d day) wire() string { return strings.Repeat("d", int(d)) }

// file stands for a file.
type file struct{ name string }

func (f file) IsZero() bool { return f == file{} }

func newBinder() *Binder {
	return New(Types{
		Text: func(t reflect.Type) func(reflect.Value) string {
			if t != reflect.TypeFor[day]() {
				return nil
			}
			return func(v reflect.Value) string { return v.Interface().(day).wire() }
		},
		Form: func(t reflect.Type) func(reflect.Value) string {
			if t != reflect.TypeFor[number]() {
				return nil
			}
			return func(v reflect.Value) string {
				if strings.Contains(v.String(), "e+") {
					return "is no number"
				}
				return ""
			}
		},
		File: reflect.TypeFor[file](),
		Reserved: func(key string) string {
			if key == "sign" {
				return "is reserved"
			}
			return ""
		},
	})
}

func ptr[T any](v T) *T { return &v }

// texts renders mistakes.
func texts(found []Mistake) []string {
	var all []string
	for _, m := range found {
		all = append(all, m.Field+": "+m.Reason)
	}
	return all
}

// planOf returns the plan for a request and the request's value.
func planOf(b *Binder, req any) (*Plan, *Mistake, reflect.Value) {
	v := reflect.ValueOf(req).Elem()
	plan, wrong := b.Plan(v.Type())
	return plan, wrong, v
}
