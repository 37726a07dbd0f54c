package bind

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Merge adds what a request of type t finds wrong with itself to what its tags have, in the order
// of the fields. What its tags refuse is not refused twice, nor anything in it.
func Merge(t reflect.Type, byTag, own []Mistake) []Mistake {
	all := slices.Clone(byTag)
	for _, m := range own {
		if !slices.ContainsFunc(byTag, func(outer Mistake) bool {
			rest, in := strings.CutPrefix(m.Field, outer.Field)
			return in && (rest == "" || rest[0] == '[' || rest[0] == '.')
		}) {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b Mistake) int {
		return slices.Compare(placeOf(t, a.Field), placeOf(t, b.Field))
	})
	return all
}

// placeOf is where a mistake is in a request: the index of the field, and that of its element if it
// is a list. What is wrong with the request as a whole comes last.
func placeOf(t reflect.Type, field string) []int {
	name, _, _ := strings.Cut(field, ".")
	name, element, isElement := strings.Cut(name, "[")
	f, ok := t.FieldByName(name)
	switch {
	case !ok:
		return []int{t.NumField()}
	case !isElement:
		return f.Index[:1]
	}
	n, _ := strconv.Atoi(strings.TrimSuffix(element, "]"))
	return []int{f.Index[0], n}
}
