package bind

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-querystring/query"
)

// Param is one query parameter, its value decoded.
type Param struct{ Key, Value string }

// Query turns a url.Values, or a struct with url tags, into parameters: one value a key, none
// empty, with room for spare more. reserved tells why a query cannot have a key, "" if it can.
func Query(q any, reserved func(key string) (reason string), spare int) ([]Param, []Mistake) {
	if IsNil(q) {
		return nil, nil
	}
	values, ok := q.(url.Values)
	if !ok {
		var err error
		if values, err = query.Values(q); err != nil {
			return nil, []Mistake{{"query", "cannot be encoded: " + err.Error()}}
		}
	}
	ps := make([]Param, 0, len(values)+spare)
	var found []Mistake
	for key, vs := range values {
		if reason := reserved(key); reason != "" {
			found = append(found, Mistake{cmp.Or(key, "query"), reason})
			continue
		}
		for i, v := range vs {
			if len(vs) > 1 && !FitsList(v) {
				found = append(found, Mistake{fmt.Sprintf("%s[%d]", key, i), ListElement})
			}
		}
		if value := strings.Join(vs, ","); value != "" {
			ps = append(ps, Param{key, value})
		}
	}
	return ps, ByKey(found)
}

// ByKey gives an order to what has been found in a map.
func ByKey(found []Mistake) []Mistake {
	slices.SortStableFunc(found, func(a, b Mistake) int {
		keyOfA, _, _ := strings.Cut(a.Field, "[")
		keyOfB, _, _ := strings.Cut(b.Field, "[")
		return strings.Compare(keyOfA, keyOfB)
	})
	return found
}
