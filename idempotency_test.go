package tiktokshop_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

var uuidV4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

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
					assert.Contains(t, []int{1, 4}, requests, "the same key in all attempts of a call")
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
		_, err := tiktokshop.Do[thing](t.Context(), client, opKeyed, tiktokshop.Params{Path: path, Query: url.Values{"idempotency_key": {"mine"}}})
		require.NoError(t, err)
		_, err = tiktokshop.Do[thing](t.Context(), client, opKeyedBody, tiktokshop.Params{Path: path, Body: map[string]any{"idempotent_key": "mine"}})
		require.NoError(t, err)
		for _, req := range srv.Requests() {
			assert.Equal(t, "mine", keyOf(t, req))
		}
	})
}

func TestIdempotencyKeyInABody(t *testing.T) {
	for name, tt := range map[string]struct {
		body any
		want string // with the key cut out
	}{
		"no body":       {nil, `{}`},
		"empty object":  {struct{}{}, `{}`},
		"object":        {json.RawMessage(`{ "b": 1.50, "a": [] }`), `{ "b": 1.50, "a": [] `},
		"empty key":     {json.RawMessage(`{"idempotent_key":"","a":12345678901234567890}`), `{"a":12345678901234567890`},
		"key null":      {json.RawMessage(`{"idempotent_key":null}`), `{}`},
		"space at end":  {json.RawMessage("{\"a\":1}\n"), `{"a":1`},
		"only the key":  {map[string]string{"idempotent_key": ""}, `{}`},
		"nested object": {json.RawMessage(`{"a":{"idempotent_key":"inner"}}`), `{"a":{"idempotent_key":"inner"}`},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				_, err := tiktokshop.Do[thing](t.Context(), client, opKeyedBody, tiktokshop.Params{Path: map[string]string{"id": "1"}, Body: tt.body})
				require.NoError(t, err)
				sent := srv.Requests()[0]
				assert.Regexp(t, uuidV4, keyOf(t, sent))
				rest := regexp.MustCompile(`,?"idempotent_key":"[0-9a-f-]{36}"}$`).ReplaceAllString(string(sent.Body), "")
				if rest == "{" {
					rest = "{}"
				}
				assert.Equal(t, tt.want, rest, "what the caller wrote is sent as written")
			})
		})
	}
}

func TestIdempotencyKeyNeedsAnObject(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		for _, body := range []any{[]int{1}, "text", json.RawMessage(`{"cut`)} {
			_, err := tiktokshop.Do[thing](t.Context(), client, opKeyedBody, tiktokshop.Params{Path: map[string]string{"id": "1"}, Body: body})
			var input *tiktokshop.InputError
			require.ErrorAs(t, err, &input)
		}
		assert.Empty(t, srv.Requests())
	})
}
