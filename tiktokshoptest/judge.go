package tiktokshoptest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// judgement is how closely a server looks at the query and the body of the platform's operations.
type judgement uint8

const (
	judgeByFacts judgement = iota
	judgeNothing
	judgeNames // by the facts, and names that they do not have
)

// Lenient has the server take the platform's operations with any query and any JSON object as the
// body. By itself it refuses, with HTTP 400 and 36009004, what the platform's reference does not
// allow: the lack of a required field, another JSON type, a number out of its range, a text or a
// list that is too long. What depends on other fields or on the shop is not judged, and unknown
// fields are let through.
func Lenient() Option {
	return func(s *Server) { s.judgement = judgeNothing }
}

// Strict has the server also refuse query parameters and fields of bodies that the platform's
// reference does not have, which the platform itself ignores: a misspelt optional field does not go
// unnoticed.
func Strict() Option {
	return func(s *Server) { s.judgement = judgeNames }
}

// AcceptUnsignedEmptyObject has the server take a body of {} that the signature leaves out. The
// platform's rule signs every body, which is what a server does without this option; the vendor's
// Node SDK sends {} where there is nothing to send and leaves it out, and what the platform says to
// that is not known.
func AcceptUnsignedEmptyObject() Option {
	return func(s *Server) { s.unsignedEmptyObject = true }
}

// AcceptEmptyList has the server take a body of [], which PHP programs send where there is nothing
// to send, for none. What the platform says to it is not known; a server without this option
// refuses it as no JSON object.
func AcceptEmptyList() Option {
	return func(s *Server) { s.emptyList = true }
}

// judge refuses a request that is not what the facts say, with the platform's code and, as far as
// they are known, its words. An operation set with Handle judges for itself.
func (s *Server) judge(rt *route, c *call) *reply {
	rules := rt.rules()
	if rules == nil || s.judgement == judgeNothing {
		return nil
	}
	problem := rules.problem(c, s.judgement == judgeNames)
	if problem == "" {
		return nil
	}
	rep := refuse(http.StatusBadRequest, 36009004, problem)
	return &rep
}

// problem says what is wrong with a request, "" if nothing is. Types come before all else, as the
// platform reads a request whole before it looks for what is missing; of several problems the first
// by name is told.
func (r *requestRules) problem(c *call, names bool) string {
	query := &rule{Type: typeObject, Fields: r.Query}
	body := r.Body
	if body == nil {
		body = &rule{Type: typeObject}
	}
	parameters, fields := queryValues(c.query, r.Query), bodyValues(c, body)
	checks := []func(r *rule, path string, v any) string{(*rule).typeProblem, (*rule).limitProblem}
	if names {
		checks = slices.Insert(checks, 1, (*rule).nameProblem)
	}
	for _, check := range checks {
		if problem := cmp.Or(check(query, "", parameters), check(body, "", fields)); problem != "" {
			return problem
		}
	}
	return ""
}

// gatewayParams are of every request, and of no operation's facts.
var gatewayParams = []string{"app_key", "timestamp", "sign", "access_token", "shop_cipher",
	"category_asset_cipher"}

// queryValues are the values of a query as those of a JSON object. An empty one counts as none.
func queryValues(query map[string]string, rules map[string]*rule) map[string]any {
	values := make(map[string]any, len(query))
	for name, text := range query {
		if text != "" && !slices.Contains(gatewayParams, name) {
			values[name] = rules[name].fromText(text)
		}
	}
	return values
}

// bodyValues are the fields of a body that has been found to be a JSON object, or the parts of a
// multipart one.
func bodyValues(c *call, body *rule) map[string]any {
	values := make(map[string]any)
	for _, part := range c.parts {
		if part.FileName != "" {
			values[part.Name] = part
		} else {
			values[part.Name] = body.Fields[part.Name].fromText(string(part.Content))
		}
	}
	if c.parts == nil && len(c.body) > 0 {
		d := json.NewDecoder(bytes.NewReader(c.body))
		d.UseNumber()
		_ = d.Decode(&values) // checkBody has seen to it that it decodes
	}
	return values
}

// fromText reads a value that is written as a text, of a query or of a part; a text that is not of
// the rule's type stays one.
func (r *rule) fromText(text string) any {
	if r == nil {
		return text
	}
	switch r.Type {
	case typeText, typeFile, typeObject:
		return text
	case typeList:
		var list []any
		for element := range strings.SplitSeq(text, ",") {
			list = append(list, r.Items.fromText(element))
		}
		return list
	case typeBool:
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
		return text
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return json.Number(strconv.FormatInt(n, 10))
	}
	return text
}

// typeProblem says which value is not of its type. The platform's wording is known for texts,
// integers and files; the types of what goes wrong are those of Go. A null is as good as nothing.
func (r *rule) typeProblem(path string, v any) string {
	if v == nil || r.hasType(v) {
		return r.innerProblem(path, v, (*rule).typeProblem)
	}
	return fmt.Sprintf("param %s type invalid. actual type:%s, expected type:%s", path, typeOf(v),
		r.typeName())
}

// innerProblem looks for a problem in the fields of an object and the elements of a list.
func (r *rule) innerProblem(
	path string, v any, find func(r *rule, path string, v any) string,
) string {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if field := r.Fields[name]; field != nil {
				if problem := find(field, join(path, name), v[name]); problem != "" {
					return problem
				}
			}
		}
	case []any:
		for _, element := range v {
			if problem := find(r.Items, path, element); problem != "" {
				return problem
			}
		}
	}
	return ""
}

// join adds a field's name to the path of the object that it is of.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// hasType tells whether a value is of the rule's type. JSON types are strict: 1.0 and 1e3 are no
// integers.
func (r *rule) hasType(v any) bool {
	switch v := v.(type) {
	case string:
		return r.Type == typeText
	case bool:
		return r.Type == typeBool
	case []any:
		return r.Type == typeList
	case map[string]any:
		return r.Type == typeObject
	case Part:
		return r.Type == typeFile
	case json.Number:
		if bits, ok := strings.CutPrefix(r.Type, "int"); ok {
			size, _ := strconv.Atoi(bits)
			_, err := strconv.ParseInt(v.String(), 10, size)
			return err == nil
		}
	}
	return false
}

// typeOf is what the platform calls the type of a value that it did not expect.
func typeOf(v any) string {
	switch v := v.(type) {
	case json.Number:
		if _, err := v.Int64(); err != nil {
			return "float64"
		}
		return "int64"
	case Part:
		return "[]uint8"
	}
	return fmt.Sprintf("%T", v)
}

func (r *rule) typeName() string {
	switch r.Type {
	case typeText:
		return "string"
	case typeFile:
		return "[]uint8"
	}
	return r.Type
}

// nameProblem says which name the facts do not have. An object of which they have no field may be
// anything.
func (r *rule) nameProblem(path string, v any) string {
	if fields, ok := v.(map[string]any); ok && (path == "" || len(r.Fields) > 0) {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if r.Fields[name] == nil {
				return fmt.Sprintf("Unknown field. The request has '%s'.", join(path, name))
			}
		}
	}
	return r.innerProblem(path, v, (*rule).nameProblem)
}

// limitProblem says what is missing, too long or out of its range. The platform's wording of limits
// is not known.
func (r *rule) limitProblem(path string, v any) string {
	var problem string
	switch v := v.(type) {
	case string:
		if len(r.Values) > 0 && !slices.Contains(r.Values, v) {
			return fmt.Sprintf("%s is invalid, allowed values: %s.", title(path),
				strings.Join(r.Values, ","))
		}
		problem = r.outside(int64(utf8.RuneCountInString(v)), " characters")
	case json.Number:
		if n, err := v.Int64(); err == nil {
			problem = r.outside(n, "")
		}
	case []any:
		problem = r.outside(int64(len(v)), " elements")
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
			if r.Fields[name].Required && v[name] == nil {
				return title(join(path, name)) + " is a required field and has not been provided."
			}
		}
	}
	if problem != "" {
		return title(path) + " is invalid, " + problem
	}
	return r.innerProblem(path, v, (*rule).limitProblem)
}

// outside says what is allowed if n is not.
func (r *rule) outside(n int64, unit string) string {
	switch {
	case (r.Min == nil || n >= *r.Min) && (r.Max == nil || n <= *r.Max):
		return ""
	case r.Max == nil:
		return fmt.Sprintf("allowed: at least %d%s.", *r.Min, unit)
	case r.Min == nil:
		return fmt.Sprintf("allowed: at most %d%s.", *r.Max, unit)
	}
	return fmt.Sprintf("allowed: %d to %d%s.", *r.Min, *r.Max, unit)
}

// title is what the platform calls a field that it misses: "PageSize" for page_size, "Currency of
// Price" for skus.price.currency.
func title(path string) string {
	names := strings.Split(path, ".")
	own := camel(names[len(names)-1])
	if len(names) == 1 {
		return own
	}
	return own + " of " + camel(names[len(names)-2])
}

func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}
