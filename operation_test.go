package tiktokshop

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExpandPath(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		template string
		values   map[string]string
		want     string
		problem  string
	}{
		{"/order/202309/orders", nil, "/order/202309/orders", ""},
		{"/c/{a}/p/{b}", map[string]string{"a": "1", "b": "AIx-_.~9"}, "/c/1/p/AIx-_.~9", ""},
		{"/c/{a}", nil, "", "a: is missing"},
		{"/c/{a}", map[string]string{"a": ""}, "", "a: is missing"},
		{"/c/{a}", map[string]string{"a": "1", "b": "2"}, "", "has 1 parameters, 2 values"},
		{"/c/{a}", map[string]string{"a": "1/2"}, "", "a: is malformed"},
		{"/c/{a}", map[string]string{"a": "1?x=1#"}, "", "a: is malformed"},
		{"/c/{a}", map[string]string{"a": "%2e"}, "", "a: is malformed"},
		{"/c/{a}", map[string]string{"a": "ä"}, "", "a: is malformed"},
		{"/c/{a}/d", map[string]string{"a": ".."}, "", "no . or .. segment"},
		{"/c/{a}", map[string]string{"a": "."}, "", "no . or .. segment"},
		{"/c/{a", map[string]string{"a": "1"}, "", "unclosed brace"},
		{"/c?x=1", nil, "", "has a character outside"},
		{"c", nil, "", "must begin with one slash"},
		{"//host/c", nil, "", "no empty segment"},
	} {
		op := &Operation{Name: "Test.Op", Path: tc.template}
		got, err := op.expandPath(len(tc.values), func(name string) (string, bool) {
			value, ok := tc.values[name]
			return value, ok
		})
		if tc.problem == "" {
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
			continue
		}
		var inputErr *InputError
		require.ErrorAs(t, err, &inputErr, tc.template)
		assert.ErrorContains(t, err, tc.problem)
		assert.Equal(t, "Test.Op", inputErr.Operation)
	}
}

func TestEncodeQuery(t *testing.T) {
	t.Parallel()
	type list struct {
		IDs   []ID   `url:"ids"`
		Types []ID   `url:"types,comma"`
		Size  int    `url:"page_size,omitempty"`
		Token string `url:"page_token"`
		Maybe *bool  `url:"maybe"`
	}
	op := &Operation{Name: "Test.Op"}
	for _, tc := range []struct {
		query any
		want  []param
	}{
		{nil, nil},
		{(*list)(nil), nil},
		{list{}, nil}, // empty values are not sent
		{&list{IDs: []ID{"1", "2"}, Types: []ID{"A", "B"}, Size: 20, Token: "a+/="},
			[]param{{"ids", "1,2"}, {"page_size", "20"}, {"page_token", "a+/="}, {"types", "A,B"}}},
		{url.Values{"a": {"1", "2"}, "b": {}, "c": {""}}, []param{{"a", "1,2"}}},
	} {
		got, err := op.encodeQuery(tc.query)
		require.NoError(t, err)
		sortParams(got)
		assert.Equal(t, tc.want, append([]param(nil), got...))
	}
	for problem, query := range map[string]any{
		"sign: is set by the client":                     url.Values{"sign": {"x"}},
		"app_key: is set by the client":                  url.Values{"app_key": {"x"}},
		"timestamp: is set by the client":                url.Values{"timestamp": {"x"}},
		"access_token: is set by the client":             url.Values{"access_token": {"x"}},
		"shop_cipher: cannot be given in the query":      url.Values{"shop_cipher": {"x"}},
		"category_asset_cipher: cannot be given in the ": url.Values{"category_asset_cipher": {"x"}},
		"has an empty key":                               url.Values{"": {"x"}},
		"ids[1]: is empty or contains a comma":           url.Values{"ids": {"1", "2,3"}},
		"ids[0]: is empty or contains a comma":           url.Values{"ids": {"", "2"}},
		"query: cannot be encoded":                       "a=b",
	} {
		_, err := op.encodeQuery(query)
		assert.ErrorContains(t, err, problem)
	}
}

func TestEncodeBody(t *testing.T) {
	t.Parallel()
	type body struct {
		A int `json:"a,omitempty"`
	}
	op := &Operation{Name: "Test.Op"}
	for _, tc := range []struct {
		body any
		want string
	}{
		{nil, ""},
		{(*body)(nil), ""},
		{map[string]int(nil), ""},
		{body{}, ""}, // {} is not sent
		{json.RawMessage("null"), ""},
		{json.RawMessage("{}"), ""},
		{&body{A: 1}, `{"a":1}`},
		{json.RawMessage(`{ "a" : 1 }`), `{ "a" : 1 }`}, // as the caller wrote it
	} {
		got, err := op.encodeBody(tc.body)
		require.NoError(t, err)
		assert.Equal(t, tc.want, string(got))
	}
	for _, bad := range []any{make(chan int), json.RawMessage(`{`)} {
		_, err := op.encodeBody(bad)
		assert.ErrorContains(t, err, "body: cannot be encoded as JSON")
	}
}

func TestAppendIdentifier(t *testing.T) {
	t.Parallel()
	both := &config{shopCipher: "shop", categoryAssetCipher: "asset"}
	for _, tc := range []struct {
		op      Operation
		cfg     *config
		want    []param
		problem string
	}{
		{Operation{}, both, nil, ""},
		{Operation{Identifier: ShopCipher}, both, []param{{"shop_cipher", "shop"}}, ""},
		{Operation{Identifier: CategoryAssetCipher}, both, []param{{"category_asset_cipher", "asset"}}, ""},
		{Operation{Identifier: ShopCipher}, &config{categoryAssetCipher: "asset"}, nil, "shop cipher: is missing: the operation needs one, set it with WithShopCipher"},
		{Operation{Identifier: CategoryAssetCipher}, &config{shopCipher: "shop"}, nil, "category asset cipher: is missing"},
		{Operation{Identifier: CategoryAssetCipher, IdentifierOptional: true}, &config{}, nil, ""},
		{Operation{Identifier: ShopOrCategoryAssetCipher}, both, []param{{"shop_cipher", "shop"}}, ""},
		{Operation{Identifier: ShopOrCategoryAssetCipher}, &config{categoryAssetCipher: "asset"}, []param{{"category_asset_cipher", "asset"}}, ""},
		{Operation{Identifier: ShopOrCategoryAssetCipher}, &config{}, nil, "shop cipher or category asset cipher: is missing: the operation needs one, set it with WithShopCipher or WithCategoryAssetCipher"},
		{Operation{Identifier: ShopOrCategoryAssetCipher, IdentifierOptional: true}, &config{}, nil, ""},
		{Operation{Identifier: 99}, both, nil, "identifier: is not one of"},
	} {
		got, err := tc.op.appendIdentifier(nil, tc.cfg)
		if tc.problem != "" {
			assert.ErrorContains(t, err, tc.problem)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, tc.want, got)
	}
}
