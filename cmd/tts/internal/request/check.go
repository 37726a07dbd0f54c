package request

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// check looks for what the table says is wrong.
func (in *Input) check() {
	fields := Fields(in.entry)
	in.checkObject("", fields, in.values, nil)
}

// checkObject checks the fields of an object; outer are those around it.
func (in *Input) checkObject(
	at string, fields []*catalog.Field, object map[string]any, outer []map[string]any,
) {
	scopes := append(outer[:len(outer):len(outer)], object)
	for _, f := range fields {
		place := at + f.Name
		value, given := object[f.Name]
		if f.Type == "file" && at == "" {
			given = in.files[f.Name] != nil
			if given {
				continue
			}
		}
		if !given || isEmpty(value) {
			// the SDK makes one
			key := f.Name == in.entry.IdempotencyQuery || f.Name == in.entry.IdempotencyBody
			alreadyTold := slices.ContainsFunc(in.mistakes,
				func(err error) bool { return strings.Contains(err.Error(), ": "+place+": ") })
			if !key && !alreadyTold && (f.Required || f.When.Holds(scopes)) {
				in.mistake(place, "%s", missing(f))
			}
			if !given {
				continue
			}
		}
		in.checkValue(place, f, value, scopes)
	}
	known := func(name string) bool {
		return slices.ContainsFunc(fields, func(f *catalog.Field) bool { return f.Name == name })
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !known(name) {
			in.mistake(at+name, "is not a field of %s: `tts explain %[1]s` has them", in.entry.Name)
		}
	}
}

func missing(f *catalog.Field) string {
	if f.When != nil && !f.Required {
		return "is missing: it is needed because of " + f.When.Field
	}
	return "is missing"
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	}
	return false
}

func (in *Input) checkValue(place string, f *catalog.Field, value any, scopes []map[string]any) {
	switch f.Type {
	case "":
		text, ok := value.(string)
		switch {
		case value == nil:
		case !ok && isNumber(value):
			in.mistake(place,
				"is a number where a text is expected: put it in quotes, or the last digits of an id are lost")
		case !ok:
			in.mistake(place, "must be a text in quotes")
		case f.Max != nil && int64(utf8.RuneCountInString(text)) > *f.Max:
			in.mistake(place, "is too long: at most %d characters", *f.Max)
		case f.Min != nil && text != "" && int64(utf8.RuneCountInString(text)) < *f.Min:
			in.mistake(place, "is too short: at least %d characters", *f.Min)
		case f.Closed && text != "":
			in.checkKnown(place, f, text)
		}
	case "bool":
		if _, ok := value.(bool); !ok && value != nil {
			in.mistake(place, "must be true or false")
		}
	case "list":
		in.checkList(place, f, value, scopes)
	case "object":
		object, ok := value.(map[string]any)
		switch {
		case value == nil:
		case !ok:
			in.mistake(place, "must be a JSON object")
		default:
			in.checkObject(place+".", f.Fields, object, scopes)
		}
	case "file":
		in.mistake(place, "is a file, which a flag names")
	default:
		in.checkNumber(place, f, value)
	}
}

func (in *Input) checkList(place string, f *catalog.Field, value any, scopes []map[string]any) {
	list, ok := value.([]any)
	switch {
	case value == nil:
		return
	case !ok:
		in.mistake(place, "must be a list")
		return
	case f.Max != nil && int64(len(list)) > *f.Max:
		in.mistake(place, "has %d elements: at most %d", len(list), *f.Max)
	case f.Min != nil && len(list) > 0 && int64(len(list)) < *f.Min:
		in.mistake(place, "has %d elements: at least %d", len(list), *f.Min)
	}
	for i, element := range list {
		in.checkValue(place+"["+strconv.Itoa(i)+"]", f.Items, element, scopes)
	}
}

func isNumber(v any) bool {
	_, ok := v.(json.Number)
	return ok
}

func (in *Input) checkNumber(place string, f *catalog.Field, value any) {
	if value == nil {
		return
	}
	number, ok := value.(json.Number)
	if !ok {
		in.mistake(place, "must be a whole number, without quotes")
		return
	}
	bits, _ := strconv.Atoi(strings.TrimPrefix(f.Type, "int"))
	n, ok := new(big.Int).SetString(number.String(), 10)
	switch {
	case !ok:
		in.mistake(place, "must be a whole number")
	case bits > 0 && !fits(n, bits):
		in.mistake(place, "does not fit into %d bits", bits)
	case f.Closed:
		in.checkKnown(place, f, n.String())
	case f.Min != nil && n.Cmp(big.NewInt(*f.Min)) < 0:
		in.mistake(place, "is too small: at least %d", *f.Min)
	case f.Max != nil && n.Cmp(big.NewInt(*f.Max)) > 0:
		in.mistake(place, "is too large: at most %d", *f.Max)
	}
}

// fits tells whether a number has room in a signed integer.
func fits(n *big.Int, bits int) bool {
	limit := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return n.Cmp(limit) < 0 && n.Cmp(new(big.Int).Neg(limit)) >= 0
}

// checkKnown is for fields of which the platform says that there are no other values. Lists of
// others are open.
func (in *Input) checkKnown(place string, f *catalog.Field, text string) {
	var known []string
	for _, v := range f.Values {
		if v.Value == text {
			return
		}
		known = append(known, v.Value)
	}
	in.mistake(place, "must be one of %s", strings.Join(known, ", "))
}

// Unknown are values that the table does not have where it has some: typing mistakes, or newer than
// it.
func (in *Input) Unknown() (notes []string) {
	for _, f := range Fields(in.entry) {
		values := f
		if f.Items != nil {
			values = f.Items
		}
		if len(values.Values) == 0 || values.Closed {
			continue
		}
		given, ok := in.values[f.Name]
		if !ok {
			continue
		}
		for _, text := range texts(given) {
			if text != "" && !slices.ContainsFunc(values.Values,
				func(v catalog.Value) bool { return v.Value == text }) {
				notes = append(notes,
					fmt.Sprintf("%s: %q is not among the values that are known; tts explain %s %[1]s has them", f.Name, text, in.entry.Name))
			}
		}
	}
	return notes
}
