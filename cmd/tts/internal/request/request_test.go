package request

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/operations"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func ptr(n int64) *int64 { return &n }

// made is an operation with a field of each kind.
func made() *catalog.Entry {
	return &catalog.Entry{
		Head: catalog.Head{
			Operation: &operations.Operation{Operation: tiktokshop.Operation{Name: "m.Op",
				Method: http.MethodPost, Path: "/m/202309/{item_id}"}},
			Pages: &catalog.Pages{Next: "page.next", Items: "page.items",
				HasMore: "page.has_more", Carry: []string{"snapshot"}},
		},
		Path: []*catalog.Field{{Name: "item_id", Required: true}},
		Query: []*catalog.Field{
			{Name: "page_size", Type: "int32", Required: true, Default: json.RawMessage("20"),
				Min: ptr(1), Max: ptr(100)},
			{Name: "page_token"}, {Name: "ids", Type: "list", Max: ptr(2), Items: &catalog.Field{}},
		},
		Body: []*catalog.Field{
			{Name: "item_id"}, // in path and body
			{Name: "kind", Values: []catalog.Value{{Value: "A"}, {Value: "B"}}, Closed: true},
			{Name: "state", Values: []catalog.Value{{Value: "X"}}},
			{Name: "title", Max: ptr(3)}, {Name: "on", Type: "bool"}, {Name: "small", Type: "int8"},
			{Name: "skus", Type: "list",
				Items: &catalog.Field{Type: "object", Fields: []*catalog.Field{
					{Name: "id", Required: true},
					{Name: "reason", When: &catalog.Condition{Field: "kind", Is: []string{"B"}}},
				}}},
		},
	}
}

func reasons(err error) []string {
	var texts []string
	for _, m := range tiktokshop.InputErrors(err) {
		texts = append(texts, m.Field+" "+m.Reason)
	}
	return texts
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, data string
		want       []string
	}{
		{"in order", `{"item_id":"1","kind":"A","skus":[{"id":"2"}],"on":false,"small":-128,"title":"äöü"}`, nil},
		{"missing", `{}`, []string{"item_id is missing"}},
		{"all at once",
			`{"item_id":"","page_size":101,"ids":["1","2","3"],"kind":"C","title":"four","on":"yes","small":128,"skus":[{}],"zzz":1}`, []string{
				"item_id is missing", "page_size is too large: at most 100",
				"ids has 3 elements: at most 2", "kind must be one of A, B",
				"title is too long: at most 3 characters", "on must be true or false",
				"small does not fit into 8 bits", "skus[0].id is missing",
				"zzz is not a field of m.Op: `tts explain m.Op` has them",
			}},
		{"an id as a number", `{"item_id":7362840009596339923}`,
			[]string{"item_id is a number where a text is expected: put it in quotes, or the last digits of an id are lost"}},
		{"depends on a field further out", `{"item_id":"1","kind":"B","skus":[{"id":"2"}]}`,
			[]string{"skus[0].reason is missing: it is needed because of kind"}},
		{"wrong kinds", `{"item_id":true,"ids":"1","skus":{},"small":1.5}`, []string{
			"item_id must be a text in quotes", "ids must be a list",
			"small must be a whole number", "skus must be a list",
		}},
		{"no object", `[]`, []string{"data must be a JSON object", "item_id is missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := New(made())
			in.SetJSON([]byte(c.data))
			_, err := in.Build(false)
			assert.Equal(t, c.want, reasons(err))
		})
	}
	in := New(made())
	in.SetJSON([]byte(`{"item_id":"1","state":"Y"}`))
	assert.Len(t, in.Unknown(), 1, "an open list of values is only remarked on")
}

// TestCall: where values go, and what pages carry along.
func TestCall(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory(), tiktokshoptest.Lenient())
	e := made()
	var calls []tiktokshoptest.Call
	pages := []string{
		`{"page":{"next":"t2","items":[{"id":12345678901234567890},{"id":2}],"has_more":true},"snapshot":"s1"}`,
		`{"page":{"next":"t3","items":[{"id":3}],"has_more":true},"snapshot":"s2"}`,
		`{"page":{"next":"t4","items":[{"id":4}],"has_more":false}}`,
	}
	e.Body = append(e.Body, &catalog.Field{Name: "snapshot"})
	srv.Handle(&e.Operation.Operation, func(c tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) {
		calls = append(calls, c)
		return json.RawMessage(pages[len(calls)-1]), nil
	})
	in := New(e)
	for _, f := range Fields(e) {
		switch f.Name {
		case "item_id":
			in.SetText(f, []string{"9007199254740993"})
		case "ids":
			in.SetText(f, []string{"1, 2"})
		case "on":
			in.SetText(f, []string{"true"})
		case "skus":
			in.SetText(f, []string{`[{"id":"5"}]`})
		}
	}
	r, err := in.Build(false)
	require.NoError(t, err)
	var items []string
	require.NoError(t, r.All(t.Context(), srv.Client(), func(item json.RawMessage) error {
		items = append(items, string(item))
		return nil
	}))
	assert.Equal(t, []string{`{"id":12345678901234567890}`, `{"id":2}`, `{"id":3}`, `{"id":4}`},
		items)
	require.Len(t, calls, 3)
	var queries, bodies []string
	for _, request := range srv.Requests() {
		bodies = append(bodies, string(request.Body))
		queries = append(queries, request.Path)
	}
	assert.Equal(t, "/m/202309/9007199254740993", queries[0])
	assert.JSONEq(t, `{"item_id":"9007199254740993","on":true,"skus":[{"id":"5"}]}`, bodies[0])
	assert.JSONEq(t, `{"item_id":"9007199254740993","on":true,"skus":[{"id":"5"}],"snapshot":"s1"}`,
		bodies[1])
	assert.Equal(t, bodies[1], bodies[2], "the first value of what is carried along")
	assert.Contains(t, srv.Requests()[0].RawQuery, "ids=1%2C2")
	assert.Contains(t, srv.Requests()[0].RawQuery, "page_size=20", "the default")
	assert.Contains(t, srv.Requests()[1].RawQuery, "page_token=t2")
	assert.Contains(t, srv.Requests()[2].RawQuery, "page_token=t3")
}

func TestFiles(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.png")
	require.NoError(t, os.WriteFile(name, []byte("12345"), 0o600))
	e, err := catalog.Find("product.UploadProductImage")
	require.NoError(t, err)
	in := New(e)
	for _, f := range Fields(e) {
		if f.Type == "file" {
			in.SetText(f, []string{name})
		}
	}
	r, err := in.Build(false)
	require.NoError(t, err)
	assert.Equal(t, []Part{{Name: "data", File: name}}, r.Parts())
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	_, err = r.Do(context.Background(), srv.Client())
	require.NoError(t, err)
	require.Len(t, srv.Requests(), 1)
	assert.Contains(t, string(srv.Requests()[0].Body), "12345")
	require.NoError(t, in.Close())

	file := &catalog.Field{Name: "data", Type: "file", MaxBytes: 3}
	for _, bad := range []string{name, t.TempDir(), "/no/such"} {
		in := New(e)
		in.SetText(file, []string{bad})
		_, err := in.Build(true)
		require.Len(t, reasons(err), 1, bad)
	}
}

// TestJSONThatPeopleWrite: a mark of UTF-8 is no matter, and what is no JSON is told by its cause.
func TestJSONThatPeopleWrite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"byte order mark", "\xef\xbb\xbf{\"title\":\"a\"}", ""},
		{"line end", "{\"title\":\"a\"}\r\n", ""},
		{"UTF-16", "\xff\xfe{\x00}\x00", "is UTF-16"},
		{"nothing", " \n", "it is empty"},
		{"cut off", "{\"title\":", "it ends too early"},
		{"a brace more", "{}}", "line 1: something stands behind its end"},
		{"two values", "{}\n\n{}", "line 3: something stands behind its end"},
		{"no JSON", "{\ntitle}", "line 2: invalid character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := New(made())
			in.SetJSON([]byte(tt.text))
			err := errors.Join(in.mistakes...)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
}
