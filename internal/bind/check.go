package bind

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checker adds what is wrong with a value to what was found before. A nil checker stands for values
// nothing can be wrong with.
type checker func(v reflect.Value, found []Mistake) []Mistake

// rule returns what is wrong with a value itself, "" if nothing is.
type rule func(v reflect.Value) (reason string)

// both is one checker after the other, which is not asked about what the first has refused.
func both(first, second checker) checker {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	}
	return func(v reflect.Value, found []Mistake) []Mistake {
		n := len(found)
		if found = first(v, found); len(found) > n {
			return found
		}
		return second(v, found)
	}
}

// structCheck checks the fields of a struct that something can be wrong with.
type structCheck struct {
	fields []fieldCheck
	done   bool // false while its fields are being looked at
}

type fieldCheck struct {
	name  string
	index int
	check checker
	file  *Field // if it is one
}

func (s *structCheck) check(v reflect.Value, found []Mistake) []Mistake {
	for i := range s.fields {
		f := &s.fields[i]
		n := len(found)
		if found = f.check(v.Field(f.index), found); len(found) > n {
			found = within(found, n, f.name)
		}
	}
	return found
}

// checkPlanner works out how the values of a request type are checked.
type checkPlanner struct {
	types   *Types
	structs map[reflect.Type]*structCheck
}

// values returns the checker of what is inside the values of a type, whatever the tags of the field
// that holds them.
func (pl *checkPlanner) values(t reflect.Type) (checker, *Mistake) {
	if form := pl.types.Form(t); form != nil {
		return func(v reflect.Value, found []Mistake) []Mistake {
			if reason := form(v); reason != "" {
				found = append(found, Mistake{Reason: reason})
			}
			return found
		}, nil
	}
	if encodesItself(t) || t == pl.types.File {
		return nil, nil
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		inner, m := pl.values(t.Elem())
		if inner == nil {
			return nil, m
		}
		return container(t.Kind(), inner), nil
	case reflect.Struct:
		return pl.ofStruct(t)
	case reflect.Func, reflect.Chan, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return nil, &Mistake{Reason: "has a type that cannot be sent"}
	}
	return nil, nil
}

// container returns the checker of what contains values.
func container(kind reflect.Kind, inner checker) checker {
	switch kind {
	case reflect.Pointer:
		return func(v reflect.Value, found []Mistake) []Mistake {
			if v.IsNil() {
				return found
			}
			return inner(v.Elem(), found)
		}
	case reflect.Map:
		return func(v reflect.Value, found []Mistake) []Mistake {
			n := len(found)
			for entries := v.MapRange(); entries.Next(); {
				from := len(found)
				if found = inner(entries.Value(), found); len(found) > from {
					found = within(found, from, fmt.Sprintf("[%q]", entries.Key()))
				}
			}
			// maps have no order
			slices.SortStableFunc(found[n:],
				func(a, b Mistake) int { return strings.Compare(a.Field, b.Field) })
			return found
		}
	}
	return func(v reflect.Value, found []Mistake) []Mistake {
		for i := range v.Len() {
			n := len(found)
			if found = inner(v.Index(i), found); len(found) > n {
				found = within(found, n, "["+strconv.Itoa(i)+"]")
			}
		}
		return found
	}
}

// ofStruct returns the checker of a struct that is part of a body.
func (pl *checkPlanner) ofStruct(t reflect.Type) (checker, *Mistake) {
	s, known := pl.structs[t]
	if !known {
		s = new(structCheck)
		pl.structs[t] = s
		for i := range t.NumField() {
			f := t.Field(i)
			tags, reason := readTags(&f)
			if reason == "" && tags.place != placeBody {
				reason = "must have a json tag, as all fields inside a body"
			}
			if reason != "" {
				return nil, &Mistake{f.Name, reason}
			}
			check, m := pl.field(&f, tags)
			if m != nil {
				inner := m.In(f.Name)
				return nil, &inner
			}
			if check != nil {
				s.fields = append(s.fields, fieldCheck{name: f.Name, index: i, check: check})
			}
		}
		s.done = true
	}
	if s.done && len(s.fields) == 0 {
		return nil, nil
	}
	return s.check, nil
}

// field returns the checker of a field: what its tags demand, and what is inside.
func (pl *checkPlanner) field(f *reflect.StructField, tags fieldTags) (checker, *Mistake) {
	inner, m := pl.values(f.Type)
	if m != nil {
		return nil, m
	}
	rules, reason := readChecks(f.Type, tags)
	if reason != "" {
		return nil, &Mistake{Reason: "has a malformed check tag: " + reason}
	}
	if inner == nil && len(rules) == 0 && !tags.required {
		return nil, nil
	}
	missing := missingRule(f.Type)
	return func(v reflect.Value, found []Mistake) []Mistake {
		if tags.required && missing != nil && missing(v) {
			return append(found, Mistake{Reason: Missing})
		}
		if tags.omitsZero && v.IsZero() {
			return found
		}
		whole := v
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return found
			}
			v = v.Elem()
		}
		for _, rule := range rules {
			if reason := rule(v); reason != "" {
				return append(found, Mistake{Reason: reason})
			}
		}
		if inner == nil {
			return found
		}
		return inner(whole, found)
	}, nil
}

// missingRule tells what a required field of a type must not be; nil if it is always sent.
func missingRule(t reflect.Type) func(reflect.Value) bool {
	if t.Implements(reflect.TypeFor[interface{ IsZero() bool }]()) && t.Kind() != reflect.Pointer {
		return func(v reflect.Value) bool {
			return v.Interface().(interface{ IsZero() bool }).IsZero()
		}
	}
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		return func(v reflect.Value) bool { return v.Len() == 0 }
	case reflect.Pointer, reflect.Interface:
		return reflect.Value.IsNil
	}
	return nil
}

// checkPath returns the checker of a parameter of the path, which must be there.
func checkPath(text func(reflect.Value) string) checker {
	return func(v reflect.Value, found []Mistake) []Mistake {
		switch value := text(v); {
		case value == "":
			return append(found, Mistake{Reason: Missing})
		case !IsPathValue(value):
			return append(found, Mistake{Reason: PathValue})
		}
		return found
	}
}

// readChecks reads the rules of a check tag. The reason is what is wrong with the tag.
func readChecks(t reflect.Type, tags fieldTags) (rules []rule, reason string) {
	bare := t
	for bare.Kind() == reflect.Pointer {
		bare = bare.Elem()
	}
	for text := range strings.SplitSeq(tags.rules, ",") {
		name, bound, _ := strings.Cut(text, "=")
		switch {
		case name == "" || name == ruleRequired:
			continue
		case name == ruleDefault:
			if _, reason = parseDefault(bound, t); reason == "" && t.Kind() == reflect.Bool &&
				bound != "false" {
				reason = "of a bool needs a pointer, or false could not be sent"
			}
		default:
			var one rule
			one, reason = readCheck(name, bound, bare)
			rules = append(rules, one)
		}
		if reason != "" {
			return nil, strconv.Quote(name) + " " + reason
		}
	}
	return rules, ""
}

// readCheck reads a rule that has a bound. bare is the type of the field without pointers.
func readCheck(name, bound string, bare reflect.Type) (check rule, reason string) {
	kind := bare.Kind()
	n, err := strconv.Atoi(bound)
	positive := err == nil && n > 0
	switch name {
	case "min", "max":
		switch {
		case isInt(kind):
			return wholeBound(name, bound)
		case kind == reflect.Float64 || kind == reflect.Float32:
			return decimalBound(name, bound)
		}
		return nil, "is for numbers"
	case "maxlen":
		switch {
		case kind != reflect.String:
			return nil, "is for strings"
		case !positive:
			return nil, "needs a positive number"
		}
		return refuse(TooLong(n),
			func(v reflect.Value) bool {
				return len(v.String()) > n && utf8.RuneCountInString(v.String()) > n
			}), ""
	case "maxitems":
		switch {
		case kind != reflect.Slice && kind != reflect.Map:
			return nil, "is for lists"
		case !positive:
			return nil, "needs a positive number"
		}
		return refuse(TooMany(n), func(v reflect.Value) bool { return v.Len() > n }), ""
	case "oneof":
		return oneOf(bound, bare)
	}
	return nil, "is not one of required, default, oneof, min, max, maxlen and maxitems"
}

// refuse is the rule that gives a reason for what is wrong.
func refuse(reason string, wrong func(reflect.Value) bool) rule {
	return func(v reflect.Value) string {
		if wrong(v) {
			return reason
		}
		return ""
	}
}

func wholeBound(name, bound string) (rule, string) {
	n, err := strconv.ParseInt(bound, 10, 64)
	switch {
	case err != nil:
		return nil, "needs a whole number"
	case name == "min":
		return refuse(TooSmall(bound), func(v reflect.Value) bool { return v.Int() < n }), ""
	}
	return refuse(TooLarge(bound), func(v reflect.Value) bool { return v.Int() > n }), ""
}

// decimalBound refuses what is no number, too.
func decimalBound(name, bound string) (rule, string) {
	x, err := strconv.ParseFloat(bound, 64)
	switch {
	case err != nil:
		return nil, "needs a number"
	case name == "min":
		return refuse(TooSmall(bound), func(v reflect.Value) bool { return !(v.Float() >= x) }), ""
	}
	return refuse(TooLarge(bound), func(v reflect.Value) bool { return !(v.Float() <= x) }), ""
}

// oneOf reads the rule that has a closed set of texts or whole numbers.
func oneOf(bound string, bare reflect.Type) (rule, string) {
	allowed := strings.Split(bound, "|")
	reason := "is not one of " + strings.Join(allowed, ", ")
	switch kind := bare.Kind(); {
	case encodesItself(bare):
	case kind == reflect.String:
		if slices.Contains(allowed, "") {
			return nil, "needs values with | between them"
		}
		return refuse(reason,
			func(v reflect.Value) bool { return !slices.Contains(allowed, v.String()) }), ""
	case isInt(kind):
		numbers := make([]int64, len(allowed))
		for i, text := range allowed {
			var err error
			if numbers[i], err = strconv.ParseInt(text, 10, 64); err != nil {
				return nil, "needs whole numbers with | between them"
			}
		}
		return refuse(reason,
			func(v reflect.Value) bool { return !slices.Contains(numbers, v.Int()) }), ""
	}
	return nil, "is for texts and whole numbers"
}
