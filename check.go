package tiktokshop

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// problem is what is wrong with an input: the Go path of a field, such as "SKUs[2].Price.Amount", and the reason.
type problem struct{ field, reason string }

// in puts a field or an index before the path.
func (p *problem) in(outer string) *problem {
	if p.field != "" && p.field[0] != '[' {
		outer += "."
	}
	p.field = outer + p.field
	return p
}

// checker finds what is wrong with a value, nil if nothing is. A nil checker stands for values nothing can be wrong with.
type checker func(v reflect.Value) *problem

// structCheck checks the fields of a struct that something can be wrong with.
type structCheck struct {
	fields []fieldCheck
	done   bool // false while its fields are being looked at
}

type fieldCheck struct {
	name  string
	index int
	check checker
}

func (s *structCheck) check(v reflect.Value) *problem {
	for i := range s.fields {
		f := &s.fields[i]
		if p := f.check(v.Field(f.index)); p != nil {
			return p.in(f.name)
		}
	}
	return nil
}

// add has a field checked.
func (s *structCheck) add(f *reflect.StructField, check checker) {
	if check != nil {
		s.fields = append(s.fields, fieldCheck{f.Name, f.Index[0], check})
	}
}

// checkPlanner works out how the values of a request type are checked.
type checkPlanner map[reflect.Type]*structCheck

// values returns the checker of what is inside the values of a type, whatever the tags of the field that holds them.
func (pl checkPlanner) values(t reflect.Type) (checker, *problem) {
	if t == reflect.TypeFor[ID]() {
		return checkIDForm, nil
	}
	if encodesItself(t) || t == reflect.TypeFor[File]() {
		return nil, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		inner, p := pl.values(t.Elem())
		if inner == nil {
			return nil, p
		}
		return func(v reflect.Value) *problem {
			if v.IsNil() {
				return nil
			}
			return inner(v.Elem())
		}, nil
	case reflect.Slice, reflect.Array:
		inner, p := pl.values(t.Elem())
		if inner == nil {
			return nil, p
		}
		return func(v reflect.Value) *problem {
			for i := range v.Len() {
				if p := inner(v.Index(i)); p != nil {
					return p.in("[" + strconv.Itoa(i) + "]")
				}
			}
			return nil
		}, nil
	case reflect.Map:
		inner, p := pl.values(t.Elem())
		if inner == nil {
			return nil, p
		}
		return func(v reflect.Value) *problem {
			for entries := v.MapRange(); entries.Next(); {
				if p := inner(entries.Value()); p != nil {
					return p.in(fmt.Sprintf("[%q]", entries.Key()))
				}
			}
			return nil
		}, nil
	case reflect.Struct:
		return pl.structs(t)
	case reflect.Func, reflect.Chan, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return nil, &problem{reason: "has a type that cannot be sent"}
	}
	return nil, nil
}

// structs returns the checker of a struct that is part of a body.
func (pl checkPlanner) structs(t reflect.Type) (checker, *problem) {
	s, known := pl[t]
	if !known {
		s = new(structCheck)
		pl[t] = s
		for i := range t.NumField() {
			f := t.Field(i)
			tags, p := readTags(&f)
			if p == nil && tags.place != placeBody {
				p = &problem{reason: "must have a json tag, as all fields inside a body"}
			}
			var check checker
			if p == nil {
				check, p = pl.field(&f, tags)
			}
			if p != nil {
				return nil, p.in(f.Name)
			}
			s.add(&f, check)
		}
		s.done = true
	}
	if s.done && len(s.fields) == 0 {
		return nil, nil
	}
	return s.check, nil
}

// field returns the checker of a field: what its tags demand, and what is inside.
func (pl checkPlanner) field(f *reflect.StructField, tags fieldTags) (checker, *problem) {
	inner, p := pl.values(f.Type)
	if p != nil {
		return nil, p
	}
	bare := f.Type
	for bare.Kind() == reflect.Pointer {
		bare = bare.Elem()
	}
	var rules []checker
	for rule := range strings.SplitSeq(tags.rules, ",") {
		name, bound, _ := strings.Cut(rule, "=")
		if name == "" || name == ruleRequired {
			continue
		}
		if name == ruleDefault {
			if _, p := parseDefault(bound, f.Type); p != nil {
				return nil, p
			}
			if f.Type.Kind() == reflect.Bool && tags.preset != "false" {
				return nil, &problem{reason: `has a malformed check tag: "default" of a bool needs a pointer, or false could not be sent`}
			}
			continue
		}
		check, p := boundRule(name, bound, bare)
		if p != nil {
			return nil, p
		}
		rules = append(rules, check)
	}
	if inner == nil && len(rules) == 0 && !tags.required {
		return nil, nil
	}
	missing := missingRule(f.Type, tags)
	return func(v reflect.Value) *problem {
		if tags.required && missing != nil && missing(v) {
			return &problem{reason: "is missing"}
		}
		if tags.omitsZero && v.IsZero() {
			return nil
		}
		whole := v
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return nil
			}
			v = v.Elem()
		}
		for _, rule := range rules {
			if p := rule(v); p != nil {
				return p
			}
		}
		if inner == nil {
			return nil
		}
		return inner(whole)
	}, nil
}

// missingRule tells what a required field of a type must not be; nil if it is always sent.
func missingRule(t reflect.Type, tags fieldTags) func(reflect.Value) bool {
	if t.Implements(reflect.TypeFor[interface{ IsZero() bool }]()) && t.Kind() != reflect.Pointer {
		return func(v reflect.Value) bool { return v.Interface().(interface{ IsZero() bool }).IsZero() }
	}
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		return func(v reflect.Value) bool { return v.Len() == 0 }
	case reflect.Pointer, reflect.Interface:
		return reflect.Value.IsNil
	}
	return nil
}

// The rules that are more than a check.
const (
	ruleRequired = "required"
	ruleDefault  = "default"
)

// boundRule reads one of the rules that have a bound. bare is the type of the field without pointers.
func boundRule(name, bound string, bare reflect.Type) (checker, *problem) {
	malformed := func(reason string) (checker, *problem) {
		return nil, &problem{reason: "has a malformed check tag: " + strconv.Quote(name) + " " + reason}
	}
	n, err := strconv.ParseInt(bound, 10, 64)
	whole := err == nil
	switch kind := bare.Kind(); name {
	case "min", "max":
		switch {
		case isInt(kind) && whole && name == "min":
			return func(v reflect.Value) *problem { return refuse(v.Int() < n, "is too small: at least %s", bound) }, nil
		case isInt(kind) && whole:
			return func(v reflect.Value) *problem { return refuse(v.Int() > n, "is too large: at most %s", bound) }, nil
		case isInt(kind):
			return malformed("needs a whole number")
		case kind != reflect.Float64 && kind != reflect.Float32:
			return malformed("is for numbers")
		}
		x, err := strconv.ParseFloat(bound, 64)
		switch {
		case err != nil:
			return malformed("needs a number")
		case name == "min":
			return func(v reflect.Value) *problem { return refuse(!(v.Float() >= x), "is too small: at least %s", bound) }, nil
		}
		return func(v reflect.Value) *problem { return refuse(!(v.Float() <= x), "is too large: at most %s", bound) }, nil
	case "maxlen":
		switch {
		case kind != reflect.String:
			return malformed("is for strings")
		case !whole || n < 1:
			return malformed("needs a positive number")
		}
		return func(v reflect.Value) *problem {
			s := v.String()
			return refuse(int64(len(s)) > n && int64(utf8.RuneCountInString(s)) > n, "is too long: at most %s characters", bound)
		}, nil
	case "maxitems":
		switch {
		case kind != reflect.Slice && kind != reflect.Map:
			return malformed("is for lists")
		case !whole || n < 1:
			return malformed("needs a positive number")
		}
		return func(v reflect.Value) *problem {
			return refuse(int64(v.Len()) > n, "has too many elements: at most %s", bound)
		}, nil
	case "oneof":
		check, wrong := oneOf(bound, bare)
		if wrong != "" {
			return malformed(wrong)
		}
		return check, nil
	}
	return malformed("is not one of required, default, oneof, min, max, maxlen and maxitems")
}

// refuse is a problem if there is one.
func refuse(wrong bool, format, bound string) *problem {
	if !wrong {
		return nil
	}
	return &problem{reason: fmt.Sprintf(format, bound)}
}

// checkIDForm refuses an id that has lost digits. It asks for nothing else: not all ids are numbers.
func checkIDForm(v reflect.Value) *problem {
	if ID(v.String()).isFloat() {
		return &problem{reason: reasonFloatID}
	}
	return nil
}

// encodesItself tells whether a type is written by a method of its own, so that its fields are not what is sent.
func encodesItself(t reflect.Type) bool {
	for _, method := range []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()} {
		if t.Implements(method) || reflect.PointerTo(t).Implements(method) {
			return true
		}
	}
	return false
}

func isInt(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Int64 }
