package tiktokshop

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

func TestAppendIdentifier(t *testing.T) {
	t.Parallel()
	both := &config{shopCipher: "shop", categoryAssetCipher: "asset"}
	for _, tc := range []struct {
		op      Operation
		cfg     *config
		want    []bind.Param
		problem string
	}{
		{Operation{}, both, nil, ""},
		{Operation{Identifier: ShopCipher}, both, []bind.Param{{Key: "shop_cipher", Value: "shop"}},
			""},
		{Operation{Identifier: CategoryAssetCipher}, both,
			[]bind.Param{{Key: "category_asset_cipher", Value: "asset"}}, ""},
		{Operation{Identifier: ShopCipher}, &config{categoryAssetCipher: "asset"}, nil,
			"shop cipher: is missing: the operation needs one, set it with WithShopCipher"},
		{Operation{Identifier: CategoryAssetCipher}, &config{shopCipher: "shop"}, nil,
			"category asset cipher: is missing"},
		{Operation{Identifier: CategoryAssetCipher, IdentifierOptional: true}, &config{}, nil, ""},
		{Operation{Identifier: ShopOrCategoryAssetCipher}, both,
			[]bind.Param{{Key: "shop_cipher", Value: "shop"}}, ""},
		{Operation{Identifier: ShopOrCategoryAssetCipher}, &config{categoryAssetCipher: "asset"},
			[]bind.Param{{Key: "category_asset_cipher", Value: "asset"}}, ""},
		{Operation{Identifier: ShopOrCategoryAssetCipher}, &config{}, nil,
			"shop cipher or category asset cipher: is missing: the operation needs one, set it with WithShopCipher or WithCategoryAssetCipher"},
		{Operation{Identifier: ShopOrCategoryAssetCipher, IdentifierOptional: true}, &config{}, nil,
			""},
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

// TestReservedKeys: what the client sets itself cannot be given in the query of a call.
func TestReservedKeys(t *testing.T) {
	t.Parallel()
	c := testClient(t, answering(200, `{"code":0}`))
	for _, tc := range []struct {
		key, want string
	}{
		{"sign", "sign: is set by the client"},
		{"app_key", "app_key: is set by the client"},
		{"timestamp", "timestamp: is set by the client"},
		{"access_token", "access_token: is set by the client"},
		{"shop_cipher", "shop_cipher: cannot be given in the query"},
		{"category_asset_cipher", "category_asset_cipher: cannot be given in the query"},
		{"", "query: has an empty key"},
	} {
		params := testParams
		params.Query = url.Values{tc.key: {"x"}}
		_, err := Do[testData](t.Context(), c, testOp, params)
		assert.ErrorContains(t, err, tc.want)
	}
}
