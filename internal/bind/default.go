package bind

import (
	"reflect"
	"strconv"
)

// filler returns a value in which the defaults of fields stand where nothing was given, and whether
// it is another value than the one it got, which it never changes. A nil filler stands for values
// without defaults.
type filler func(v reflect.Value) (filled reflect.Value, changed bool)

// structFill fills the fields of a struct.
type structFill struct{ fields []fieldFill }

type fieldFill struct {
	index int
	fill  filler
}

func (s *structFill) fill(v reflect.Value) (reflect.Value, bool) {
	var own reflect.Value // a copy
	for i := range s.fields {
		f := &s.fields[i]
		field, changed := f.fill(v.Field(f.index))
		if !changed {
			continue
		}
		if !own.IsValid() {
			own = reflect.New(v.Type()).Elem()
			own.Set(v)
		}
		own.Field(f.index).Set(field)
	}
	if own.IsValid() {
		return own, true
	}
	return v, false
}

// fillPlanner works out which values of a request type have defaults.
type fillPlanner struct {
	types   *Types
	structs map[reflect.Type]*structFill
}

// ofStruct returns the filler of a struct whose tags have been read without a mistake.
func (pl *fillPlanner) ofStruct(t reflect.Type) filler {
	if !pl.types.hasDefaults(t, make(map[reflect.Type]bool)) {
		return nil
	}
	s, known := pl.structs[t]
	if !known {
		s = new(structFill)
		pl.structs[t] = s
		for i := range t.NumField() {
			f := t.Field(i)
			if fill := pl.field(&f); fill != nil {
				s.fields = append(s.fields, fieldFill{i, fill})
			}
		}
	}
	return s.fill
}

func (pl *fillPlanner) field(f *reflect.StructField) filler {
	tags, _ := readTags(f)
	inner := pl.values(f.Type)
	if tags.preset == "" {
		if inner == nil {
			return nil
		}
		return func(v reflect.Value) (reflect.Value, bool) {
			if tags.omitsZero && v.IsZero() {
				return v, false // nothing of it is sent
			}
			return inner(v)
		}
	}
	preset, _ := parseDefault(tags.preset, f.Type)
	return func(v reflect.Value) (reflect.Value, bool) {
		if v.IsZero() {
			return preset, true
		}
		return v, false
	}
}

// values returns the filler of what is inside the values of a type.
func (pl *fillPlanner) values(t reflect.Type) filler {
	if encodesItself(t) || t == pl.types.File {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return pl.ofStruct(t)
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
	default:
		return nil
	}
	inner := pl.values(t.Elem())
	if inner == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return func(v reflect.Value) (reflect.Value, bool) {
			if v.IsNil() {
				return v, false
			}
			filled, changed := inner(v.Elem())
			if !changed {
				return v, false
			}
			own := reflect.New(t.Elem())
			own.Elem().Set(filled)
			return own, true
		}
	case reflect.Map:
		return func(v reflect.Value) (reflect.Value, bool) {
			own, copied := v, false
			for entries := v.MapRange(); entries.Next(); {
				filled, changed := inner(entries.Value())
				if !changed {
					continue
				}
				if !copied {
					own, copied = reflect.MakeMapWithSize(t, v.Len()), true
					for all := v.MapRange(); all.Next(); {
						own.SetMapIndex(all.Key(), all.Value())
					}
				}
				own.SetMapIndex(entries.Key(), filled)
			}
			return own, copied
		}
	}
	return func(v reflect.Value) (reflect.Value, bool) { // a list
		own, copied := v, false
		for i := range v.Len() {
			filled, changed := inner(v.Index(i))
			if !changed {
				continue
			}
			if !copied {
				own, copied = reflect.New(t).Elem(), true
				if t.Kind() == reflect.Slice {
					own.Set(reflect.MakeSlice(t, v.Len(), v.Len()))
				}
				reflect.Copy(own, v)
			}
			own.Index(i).Set(filled)
		}
		return own, copied
	}
}

// hasDefaults tells whether a field with a default can be reached from a type. seen are the structs
// already looked at.
func (ts *Types) hasDefaults(t reflect.Type, seen map[reflect.Type]bool) bool {
	if encodesItself(t) || t == ts.File {
		return false
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return ts.hasDefaults(t.Elem(), seen)
	case reflect.Struct:
		if seen[t] {
			return false
		}
		seen[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			if tags, _ := readTags(&f); tags.preset != "" || ts.hasDefaults(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

// parseDefault returns the value of a type that a text in a tag stands for. The reason is what is
// wrong with the tag.
func parseDefault(text string, t reflect.Type) (v reflect.Value, reason string) {
	if t.Kind() == reflect.Pointer && t.Elem().Kind() != reflect.Pointer {
		inner, reason := parseDefault(text, t.Elem())
		v := reflect.New(t.Elem())
		v.Elem().Set(inner)
		return v, reason
	}
	v = reflect.New(t).Elem()
	switch kind := t.Kind(); {
	case text == "":
		return v, "needs a value"
	case encodesItself(t):
		return v, "is for texts, numbers and bools"
	case kind == reflect.String:
		v.SetString(text)
	case isInt(kind):
		n, err := strconv.ParseInt(text, 10, t.Bits())
		if err != nil {
			return v, "needs a whole number"
		}
		v.SetInt(n)
	case kind == reflect.Float64 || kind == reflect.Float32:
		x, err := strconv.ParseFloat(text, t.Bits())
		if err != nil {
			return v, "needs a number"
		}
		v.SetFloat(x)
	case kind == reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return v, "needs true or false"
		}
		v.SetBool(b)
	default:
		return v, "is for texts, numbers and bools"
	}
	return v, ""
}
