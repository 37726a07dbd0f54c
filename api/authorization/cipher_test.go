package authorization_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestAuthorizedShops(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddShop(authorization.AuthorizedShop{ID: "7000714532876273420", Name: "Second",
		Region: "GB", SellerType: authorization.SellerTypeCrossBorder, Cipher: "GCP_2",
		Code: "CNGB"})
	resp, err := authorization.New(srv.Client()).GetAuthorizedShops(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, resp.Data.Shops, 2)
	assert.Equal(t, authorization.AuthorizedShop{ID: "7000714532876273420", Name: "Second",
		Region: "GB", SellerType: "CROSS_BORDER", Cipher: "GCP_2",
		Code: "CNGB"}, resp.Data.Shops[1])
	last := srv.Requests()[0]
	assert.Equal(t, "/authorization/202309/shops", last.Path)
	assert.NotContains(t, last.RawQuery, "cipher", "an operation on a seller takes none")
}

func TestCategoryAssetCipher(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddCategoryAsset(authorization.CategoryAsset{
		Cipher: "GB-3", TargetMarket: "GB",
		Category: authorization.AssetCategory{ID: tiktokshoptest.CategoryID, Name: "Renamed"},
	})
	srv.AddCategoryAsset(authorization.CategoryAsset{Cipher: "US-9", TargetMarket: "US",
		Category: authorization.AssetCategory{ID: "9007199254740993", Name: "Big"}})
	authorization := authorization.New(srv.Client())
	for _, tc := range []struct {
		id           tiktokshop.ID
		market, want string
	}{
		{tiktokshoptest.CategoryID, "US", tiktokshoptest.CategoryAssetCipher},
		{tiktokshoptest.CategoryID, "gb", "GB-3"},
		{"9007199254740993", "US", "US-9"}, // no float64 on the way
	} {
		got, err := authorization.CategoryAssetCipher(t.Context(), tc.id, tc.market)
		require.NoError(t, err)
		assert.Equal(t, tc.want, got)
	}
	_, err := authorization.CategoryAssetCipher(t.Context(), "4", "US")
	require.ErrorIs(t, err, tiktokshop.ErrNotFound)
	assert.ErrorContains(t, err, "600001 (Renamed) in GB")
	assert.NotContains(t, err.Error(), "GB-3")
	var input *tiktokshop.InputError
	_, err = authorization.CategoryAssetCipher(t.Context(), "", "US")
	assert.ErrorAs(t, err, &input)
	_, err = authorization.CategoryAssetCipher(t.Context(), "3", "")
	assert.ErrorAs(t, err, &input)

	srv.GrantScopes("seller.authorization.info")
	_, err = authorization.CategoryAssetCipher(t.Context(), "3", "US")
	assert.ErrorIs(t, err, tiktokshop.ErrPermission)
	assert.ErrorContains(t, err, "partner.authorization.info")
}

func TestDeauthorizeShop(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	c := srv.Client()
	_, err := authorization.New(c).DeauthorizeShop(t.Context(), nil)
	require.NoError(t, err)
	resp, err := authorization.New(c).GetAuthorizedShops(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, resp.Data.Shops)
	_, err = authorization.New(c).DeauthorizeShop(t.Context(), nil)
	assert.ErrorIs(t, err, tiktokshop.ErrInvalidIdentifier)

	bare, err := tiktokshop.NewClient("key", "secret", tiktokshop.WithAccessToken("token"))
	require.NoError(t, err)
	var input *tiktokshop.InputError
	_, err = authorization.New(bare).DeauthorizeShop(t.Context(), nil)
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "shop cipher", input.Field)
}

func TestWidgetToken(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	c := srv.Client()
	got, err := authorization.New(c).GetWidgetToken(t.Context(),
		&authorization.GetWidgetTokenRequest{ShopID: "78343412345569990"})
	require.NoError(t, err)
	widget := got.Data.WidgetToken
	assert.False(t, widget.Token.IsZero())
	assert.False(t, widget.ExpireAt.IsZero())
	assert.Nil(t, got.Raw, "which would show the token")
	secrettest.AssertHides(t, got, widget.Token.Reveal())
	assert.Contains(t, srv.Requests()[0].RawQuery, "shop_id=78343412345569990")
	_, err = authorization.New(c).GetWidgetToken(t.Context(), nil)
	require.NoError(t, err)
	_, err = authorization.New(c).GetWidgetToken(t.Context(),
		&authorization.GetWidgetTokenRequest{ShopID: "7e+18"})
	var input *tiktokshop.InputError
	assert.ErrorAs(t, err, &input)
}
