package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The types of the root package that wire values get.
const (
	typeID            = "tiktokshop.ID"
	typeIDNumber      = "tiktokshop.IDNumber"
	typeMoney         = "tiktokshop.Money"
	typeBasisPoints   = "tiktokshop.BasisPoints"
	typeFile          = "*tiktokshop.File"
	typeUnixTime      = "tiktokshop.UnixTime"
	typeUnixTimeText  = "tiktokshop.UnixTimeText"
	typeUnixMilliText = "tiktokshop.UnixMilliText"
	typeUnixMilli     = "tiktokshop.UnixMilli"
	typeDate          = "tiktokshop.Date"
	typeRaw           = "json.RawMessage"
	typeSecret        = "token.Secret"
)

// The types that other whole numbers get, whatever width the facts say: all counts can be added and
// compared, and a code with that of a tiktokshop.APIError.
const (
	typeCount = "int64"
	typeCode  = "int"
)

var (
	idName = regexp.MustCompile(`(^|_)(ids?|id_list)$`)
	// timeName: the field may hold a time; its example, or that of its namesakes, tells.
	timeName = regexp.MustCompile(
		`(^|_)(time|timestamp|date|deadline|at|ge|le|lt|millis|ms)(_(ge|le|lt|millis|ms))?$`)
	codeName = regexp.MustCompile(`(^|_)code$`)
	rateName = regexp.MustCompile(`(^|_)(rate|percentage)(_(ge|le|lt))?$`)

	unixSeconds = regexp.MustCompile(`^1\d{9}$`)
	unixMillis  = regexp.MustCompile(`^1\d{12}$`)
	isoDate     = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
)

// notBasisPoints are whole numbers named like rates that are none.
var notBasisPoints = map[string]bool{"length_rate": true, "width_rate": true}

// typing decides on the Go types of scalars. Integers that are times are told by
// their examples, and those without one by the examples of fields of the same name.
type typing struct{ namesakes map[string]string }

// newTyping looks at all fields of a module's operations.
func newTyping(p *Package) typing {
	t := typing{make(map[string]string)}
	p.eachField(func(name, _ string, s *openapi3.Schema) {
		name = bareName(name)
		if timeType, ok := timeByExample(name, s); ok && s.Type.Is("integer") &&
			t.namesakes[name] != typeUnixTime {
			t.namesakes[name] = timeType // seconds, if there are both
		}
	})
	return t
}

// bareName is a field's name without the comparison that filters have behind it.
func bareName(name string) string {
	for _, comparison := range []string{"_ge", "_gt", "_le", "_lt"} {
		name = strings.TrimSuffix(name, comparison)
	}
	return name
}

func timeByExample(name string, s *openapi3.Schema) (string, bool) {
	if !timeName.MatchString(name) || s.Example == nil {
		return "", false
	}
	example := exampleText(s)
	integer := s.Type.Is("integer")
	switch {
	case unixSeconds.MatchString(example) && integer:
		return typeUnixTime, true
	case unixMillis.MatchString(example) && integer:
		return typeUnixMilli, true
	case unixSeconds.MatchString(example):
		return typeUnixTimeText, true
	case unixMillis.MatchString(example):
		return typeUnixMilliText, true
	case isoDate.MatchString(example):
		return typeDate, true
	}
	return "", false
}

// exampleText is the example as text, digits kept.
func exampleText(s *openapi3.Schema) string {
	switch v := s.Example.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	default:
		return fmt.Sprint(v)
	}
}

// scalar is the Go type of a field that is neither object nor array nor enumeration.
func (t typing) scalar(name string, s *openapi3.Schema) (string, error) {
	timeType, isTime := timeByExample(name, s)
	switch {
	case s.Format == "binary":
		return typeFile, nil
	case s.Extensions["x-secret"] == true:
		return typeSecret, nil
	case isTime:
		return timeType, nil
	case s.Type.Is("integer") && s.Extensions["x-id"] == true:
		return typeID, nil
	case s.Type.Is("integer"):
		// one digit short
		if known, ok := t.namesakes[bareName(name)]; ok &&
			(s.Example == nil || len(exampleText(s)) == 9) {
			return known, nil
		}
		if rateName.MatchString(name) && !notBasisPoints[name] {
			return typeBasisPoints, nil
		}
		if codeName.MatchString(name) {
			return typeCode, nil
		}
		return typeCount, nil
	case s.Type.Is("boolean"):
		return "bool", nil
	case s.Type.Is("string"):
		if idName.MatchString(name) {
			return typeID, nil
		}
		return "string", nil
	}
	return "", fmt.Errorf("%s: no Go type for %v", name, s.Type)
}
