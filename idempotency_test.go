package tiktokshop_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

var uuidV4 = regexp.MustCompile(
	`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestIdempotencyKeyStaysTheSame(t *testing.T) {
	for _, op := range []*tiktokshop.Operation{opKeyed, opKeyedBody} {
		t.Run(op.Name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				srv.FailNext(1, throttle)
				srv.FailNext(2, tiktokshoptest.Fault{Drop: true, Processed: true})
				for range 2 {
					_, err := callThing(t.Context(), client, op, "1")
					require.NoError(t, err)
				}
				calls := map[string]int{}
				for _, req := range srv.Requests() {
					calls[keyOf(t, req)]++
				}
				require.Len(t, calls, 2, "a key for each call")
				for key, requests := range calls {
					assert.Regexp(t, uuidV4, key)
					assert.Contains(t, []int{1, 4}, requests,
						"the same key in all attempts of a call")
				}
			})
		})
	}
}

func keyOf(t *testing.T, req tiktokshoptest.Request) string {
	t.Helper()
	q, err := url.ParseQuery(req.RawQuery)
	require.NoError(t, err)
	if key := q.Get("idempotency_key"); key != "" {
		return key
	}
	var body struct {
		Key string `json:"idempotent_key"`
	}
	require.NoError(t, json.Unmarshal(req.Body, &body))
	return body.Key
}

func TestIdempotencyKeyOfTheCaller(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		path := map[string]string{"id": "1"}
		_, err := tiktokshop.Do[thing](t.Context(), client, opKeyed,
			tiktokshop.Params{Path: path, Query: url.Values{"idempotency_key": {"mine"}}})
		require.NoError(t, err)
		_, err = tiktokshop.Do[thing](t.Context(), client, opKeyedBody,
			tiktokshop.Params{Path: path, Body: map[string]any{"idempotent_key": "mine"}})
		require.NoError(t, err)
		for _, req := range srv.Requests() {
			assert.Equal(t, "mine", keyOf(t, req))
		}
	})
}

func TestIdempotencyKeyInABody(t *testing.T) {
	type keyed struct {
		Key  string `json:"idempotent_key,omitzero"`
		Name string `json:"name"`
	}
	type pointed struct {
		Key *string `json:"idempotent_key"`
	}
	type unkeyed struct {
		Name string `json:"name,omitzero"`
	}
	for _, tc := range []struct {
		name string
		body any
		want string // {key} stands for one that was made
	}{
		{"no body", nil, `{"idempotent_key":"{key}"}`},
		{"a nil pointer", (*keyed)(nil), `{"idempotent_key":"{key}"}`},
		{"a struct with the field", &keyed{Name: "n"}, `{"idempotent_key":"{key}","name":"n"}`},
		{"a struct that is no pointer", keyed{Name: "n"}, `{"idempotent_key":"{key}","name":"n"}`},
		{"a struct with a key", &keyed{"mine", "n"}, `{"idempotent_key":"mine","name":"n"}`},
		{"a pointer without a key", &pointed{}, `{"idempotent_key":"{key}"}`},
		{"a pointer to no key", &pointed{tiktokshop.Ptr("")}, `{"idempotent_key":"{key}"}`},
		{"a pointer to a key", &pointed{tiktokshop.Ptr("mine")}, `{"idempotent_key":"mine"}`},
		{"a struct without the field", &unkeyed{"n"}, `{"name":"n","idempotent_key":"{key}"}`},
		{"a struct without any", struct{}{}, `{"idempotent_key":"{key}"}`},
		{"a map", map[string]any{"a": 1.5, "idempotent_key": ""},
			`{"a":1.5,"idempotent_key":"{key}"}`},
		{"a map with a key", map[string]string{"idempotent_key": "mine"},
			`{"idempotent_key":"mine"}`},
		{"JSON with a key", json.RawMessage(`{ "a" : 1.50, "idempotent_key":"mine" }`),
			`{ "a" : 1.50, "idempotent_key":"mine" }`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				before, err := json.Marshal(tc.body)
				require.NoError(t, err)
				params := tiktokshop.Params{Path: map[string]string{"id": "1"}, Body: tc.body}
				_, err = tiktokshop.Do[thing](t.Context(), client, opKeyedBody, params)
				require.NoError(t, err)
				sent := srv.Requests()[0]
				key := keyOf(t, sent)
				if key != "mine" {
					require.Regexp(t, uuidV4, key)
				}
				assert.Equal(t, strings.ReplaceAll(tc.want, "{key}", key), string(sent.Body))
				after, err := json.Marshal(tc.body)
				require.NoError(t, err)
				assert.Equal(t, string(before), string(after), "the caller's body is left alone")
			})
		})
	}
}

// TestIdempotencyKeyIsDemanded: what is sent as the caller wrote it must have a key.
func TestIdempotencyKeyIsDemanded(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		for _, tc := range []struct {
			name, want string
			body       any
		}{
			{"a list", "body: must be a JSON object", []int{1}},
			{"a text", "body: must be a JSON object", "text"},
			{"JSON that is cut", "body: cannot be encoded as JSON", json.RawMessage(`{"cut`)},
			{"JSON without a key", "idempotent_key: is missing", json.RawMessage(`{"a":1}`)},
			{"JSON with an empty key", "idempotent_key: is missing",
				json.RawMessage(`{"idempotent_key":""}`)},
			{"JSON with a null", "idempotent_key: is missing",
				json.RawMessage(`{"idempotent_key":null}`)},
		} {
			_, err := tiktokshop.Do[thing](t.Context(), client, opKeyedBody,
				tiktokshop.Params{Path: map[string]string{"id": "1"}, Body: tc.body})
			var input *tiktokshop.InputError
			require.ErrorAs(t, err, &input, tc.name)
			assert.ErrorContains(t, err, tc.want, tc.name)
		}
		assert.Empty(t, srv.Requests())
	})
}
