package verify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/request"
)

var noVersion = regexp.MustCompile(`/\d{6}/`)

// pageSize is how many elements a page is asked for.
const pageSize = 10

// fill makes the requests for an operation, one for each of up to most ids of the first parameter
// that takes one. lack says what is missing yet.
func fill(
	e *catalog.Entry, seen ids, ownOnly bool, most int, now time.Time,
) (requests []map[string]any, lack string) {
	common := make(map[string]any)
	var varied []string
	var variedName string
	fields := request.Fields(e)
	conditional := func(f *catalog.Field) bool { return f.When != nil }
	for _, f := range append(slices.DeleteFunc(slices.Clone(fields), conditional),
		slices.DeleteFunc(slices.Clone(fields), func(f *catalog.Field) bool {
			return !conditional(f)
		})...) {
		lists := takesID(f) && f.Type == "list"
		required := f.Required || f.When.Holds([]map[string]any{common})
		// the signature of a GET with a body is of interest
		inBody := e.Method == http.MethodGet &&
			slices.ContainsFunc(e.Body, func(b *catalog.Field) bool { return b.Name == f.Name })
		if inBody && f.Type == "list" && !takesID(f) && f.Items.Type == "" &&
			len(f.Items.Values) == 0 {
			common[f.Name] = []any{"1"}
			continue
		}
		if inBody && f.Type == "bool" {
			common[f.Name] = false
			continue
		}
		if !required && f.Name != "page_size" && !pairOfTimes(f.Name) &&
			!(lists && f.Name == "ids") {
			continue
		}
		if takesID(f) {
			known := seen.forParameter(e, f.Name, ownOnly)
			switch {
			case len(known) == 0 && !required:
			case len(known) == 0:
				return nil, "no " + f.Name + " was in an answer"
			case lists:
				common[f.Name] = listOf(f, known)
			case variedName == "":
				variedName, varied = f.Name, known[:min(most, len(known))]
				fallthrough
			default:
				common[f.Name] = scalar(f, known[0])
			}
			continue
		}
		value, ok := ordinary(f, now)
		switch {
		case ok:
			common[f.Name] = value
		case required:
			return nil, "nothing is known to ask for in " + f.Name
		}
	}
	if variedName == "" {
		return []map[string]any{common}, ""
	}
	i := slices.IndexFunc(fields, func(f *catalog.Field) bool { return f.Name == variedName })
	for _, id := range varied {
		values := make(map[string]any, len(common))
		for name, v := range common {
			values[name] = v
		}
		values[variedName] = scalar(fields[i], id)
		requests = append(requests, values)
	}
	return requests, ""
}

func scalar(f *catalog.Field, text string) any {
	if f.Type == "" {
		return text
	}
	return json.Number(text)
}

// listOf is a short list of ids.
func listOf(f *catalog.Field, known []string) []any {
	n := 3
	if f.Max != nil {
		n = min(n, int(*f.Max))
	}
	var list []any
	for _, id := range known[:min(n, len(known))] {
		list = append(list, scalar(f.Items, id))
	}
	return list
}

var (
	start = regexp.MustCompile(`_(ge|from|gt)$|^start_|^begin_`)
	end   = regexp.MustCompile(`_(lt|le|to)$|^end_`)
)

// pairOfTimes tells the two ends of a span that lists are often asked for with, though neither is
// required.
func pairOfTimes(name string) bool { return name == "create_time_ge" || name == "create_time_lt" }

// span is how far back a run looks.
const span = 30 * 24 * time.Hour

// ordinary is a value for a field that takes no id.
func ordinary(f *catalog.Field, now time.Time) (value any, ok bool) {
	name := f.Name
	if name == "page_size" {
		n := int64(pageSize)
		if f.Min != nil {
			n = max(n, *f.Min)
		}
		if f.Max != nil {
			n = min(n, *f.Max)
		}
		return scalar(f, strconv.FormatInt(n, 10)), true
	}
	from, to := start.MatchString(name), end.MatchString(name)
	if (from || to || name == "date") && (strings.Contains(name, "date") ||
		strings.Contains(name, "time")) {
		at := now
		if from {
			at = at.Add(-span)
		}
		if strings.HasPrefix(f.Type, "int") {
			return json.Number(strconv.FormatInt(at.Unix(), 10)), true
		}
		return at.Add(-24 * time.Hour).Format(time.DateOnly), true // statistics have no today
	}
	switch {
	case len(f.Default) > 0:
		v, err := catalog.Decode(f.Default)
		return v, err == nil
	case len(f.Values) > 0:
		return scalar(f, f.Values[0].Value), true
	case f.Items != nil && len(f.Items.Values) > 0:
		return []any{scalar(f.Items, f.Items.Values[0].Value)}, true
	case f.Type == "bool":
		return false, true
	case len(f.Example) > 0 && f.Type != "object" && f.Type != "list":
		v, err := catalog.Decode(f.Example)
		return v, err == nil
	}
	return nil, false
}

// shownValues are the names of what a request was made of; the values are nobody's business.
func shownValues(values map[string]any) string {
	names := sortedKeys(values)
	return fmt.Sprintf("%v", names)
}
