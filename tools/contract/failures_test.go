package contract

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/tools/facts"
)

// partial is the data of an answer that may be a success in part.
type partial interface {
	Failures() iter.Seq[tiktokshop.ItemError]
	Err() error
}

// Every operation whose answer may have items that failed tells of them, as the facts say where
// they are, and of none when the fake platform answers by itself.
func TestFailures(t *testing.T) {
	t.Parallel()
	eachModule(t, func(t *testing.T, m *facts.Module, contract *Transport) {
		srv := tiktokshoptest.NewServer(t)
		client := srv.Client(tiktokshop.WithHTTPClient(&http.Client{Transport: contract}),
			tiktokshop.WithoutRetry())
		for _, op := range m.Operations {
			serving := methods[op.OperationID]
			seed(srv, op)
			_, tells := serving.newData().(partial)
			if len(op.ItemErrors) == 0 {
				assert.False(t, tells, "%s has failures that the facts do not know", op.OperationID)
				continue
			}
			require.True(t, tells, "%s has no Failures", op.OperationID)
			call := func() partial {
				req := serving.newRequest()
				require.NoError(t, fill(req, op.FullRequest(), op.Multipart(), true),
					op.OperationID)
				got, err := serving.call(t.Context(), client, req)
				require.NoError(t, err, op.OperationID)
				return got.data.(partial)
			}
			require.NoError(t, call().Err(), "%s: all goes well by itself", op.OperationID)

			data := op.ExampleData()
			var want []string
			for _, e := range op.ItemErrors {
				want = append(want, fail(t, data, e)...)
			}
			require.NotEmpty(t, want, op.OperationID)
			require.NoError(t, serving.setAnswer(srv, mustEncode(data)), op.OperationID)
			failed := call()
			var got []string
			for e := range failed.Failures() {
				got = append(got, printed(e))
			}
			assert.Equal(t, want, got, op.OperationID)
			for range failed.Failures() {
				break // which must not panic
			}
			var partly *tiktokshop.PartialError
			require.ErrorAs(t, failed.Err(), &partly, op.OperationID)
			assert.Len(t, partly.Items, len(want))
			if partly.Of > 0 {
				assert.GreaterOrEqual(t, partly.Of, len(want), op.OperationID)
			}
			assert.Regexp(t, "(?i)^"+op.Module.Package+`\.`+op.Base(), partly.Operation)
		}
	})
}

// printed is an error in short, as fail has it.
func printed(e tiktokshop.ItemError) string {
	text := fmt.Sprintf("%s|%s|%s", e.Item, e.Code, e.Message)
	for _, more := range e.More {
		text += " + " + printed(more)
	}
	return text
}

// fail makes the items of an answer fail that are at a place, and returns what is to be told of
// them, read from JSON without the SDK's types.
func fail(t *testing.T, in map[string]any, e *facts.ItemErrors) (want []string) {
	steps := strings.Split(e.At, ".")
	for _, step := range steps[:len(steps)-1] {
		in = in[step].(map[string]any)
	}
	name, isList := strings.CutSuffix(steps[len(steps)-1], "[]")
	require.Contains(t, in, name, e.At)
	elements := []any{in[name]}
	if isList {
		elements = in[name].([]any)
	}
	for _, element := range elements {
		object, isObject := element.(map[string]any)
		if !isObject {
			want = append(want, fmt.Sprintf("%v||", element))
			continue
		}
		if e.When != nil {
			object[e.When.Field] = any(e.When.Is[0])
			if e.When.Is[0] == "false" {
				object[e.When.Field] = false
			}
		}
		item := ""
		for _, place := range e.Item {
			var parts []string
			for part := range strings.SplitSeq(place, "+") {
				parts = append(parts, textAt(object, part))
			}
			if item == "" {
				item = strings.Join(parts, "/")
			}
		}
		message := ""
		for _, place := range e.Message {
			if message == "" {
				message = textAt(object, place)
			}
		}
		code := ""
		if e.Code != "" {
			code = textAt(object, e.Code)
		}
		text := fmt.Sprintf("%s|%s|%s", item, code, message)
		if e.More != nil {
			for _, more := range fail(t, object, e.More) {
				text += " + " + more
			}
		}
		want = append(want, text)
	}
	return want
}

func textAt(object map[string]any, path string) string {
	var v any = object
	for step := range strings.SplitSeq(path, ".") {
		v = v.(map[string]any)[step]
	}
	if list, ok := v.([]any); ok {
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// tellsOfFailures are names of fields that tell that something failed, in an answer that is a
// success.
var tellsOfFailures = regexp.MustCompile(`^(errors?|error_list|is_success|success_\w+|(\w+_)?fail(ed|ure)?(_(reasons?|info|items|materials|\w+_ids))?s?|` +
	`invalid_\w+_list|\w+_conflicts)$`)

// A person has looked at every operation whose answer has a field that tells of failures:
// x-item-errors says where the items are, or that there are none.
func TestItemErrorsAreDecided(t *testing.T) {
	t.Parallel()
	modules, err := loadFacts()
	require.NoError(t, err)
	for _, m := range modules {
		for _, op := range m.Operations {
			var found []string
			eachField(op.Data(), func(name string) {
				if tellsOfFailures.MatchString(name) {
					found = append(found, name)
				}
			})
			if _, decided := op.Extensions["x-item-errors"]; !decided {
				assert.Empty(t, found,
					"%s: where are the items that failed? x-item-errors, [] if there are none",
					op.OperationID)
			}
		}
	}
}

func eachField(s *openapi3.Schema, f func(name string)) {
	for name, p := range s.Properties {
		f(name)
		eachField(p.Value, f)
	}
	if s.Items != nil {
		eachField(s.Items.Value, f)
	}
}

// The first failure is found in the error, and in what wraps it.
func TestPartialErrorIsFound(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("sync: %w",
		&tiktokshop.PartialError{Items: []tiktokshop.ItemError{{Item: "1"}, {Item: "2"}}})
	var first *tiktokshop.ItemError
	require.True(t, errors.As(err, &first))
	assert.Equal(t, "1", first.Item)
}
