package tiktokshoptest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/seller"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// TestShopsOfAnAccount: an account's tokens give access to its shops, and a closed shop is
// authorized but not active.
func TestShopsOfAnAccount(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.New()
	srv.AddShop(authorization.AuthorizedShop{ID: "71", Cipher: "ROW_one"})
	srv.AddShop(authorization.AuthorizedShop{ID: "72", Cipher: "ROW_two", Region: "GB"})
	of := func(shops ...tiktokshop.ID) *tiktokshop.Client {
		open := srv.AddAccount(tiktokshoptest.Account{Shops: shops})
		return srv.Client(tiktokshop.WithAccessToken(srv.IssueToken(open).AccessToken.Reveal()))
	}
	ids := func(client *tiktokshop.Client) (authorized, active []tiktokshop.ID) {
		listed, err := authorization.New(client).GetAuthorizedShops(t.Context(), nil)
		require.NoError(t, err)
		for _, shop := range listed.Data.Shops {
			authorized = append(authorized, shop.ID)
		}
		open, err := seller.New(client).GetActiveShops(t.Context(), nil)
		require.NoError(t, err)
		for _, shop := range open.Data.Shops {
			active = append(active, shop.ID)
		}
		return authorized, active
	}
	srv.CloseShop("72")
	authorized, active := ids(of("71", "72"))
	assert.Equal(t, []tiktokshop.ID{"71", "72"}, authorized)
	assert.Equal(t, []tiktokshop.ID{"71"}, active)
	authorized, _ = ids(of())
	assert.Len(t, authorized, 3, "every shop")
	one := authorization.New(of("71"))
	_, err := one.DeauthorizeShop(t.Context(), nil, tiktokshop.WithShopCipher("ROW_two"))
	require.ErrorIs(t, err, tiktokshop.ErrInvalidIdentifier, "another account's")
	_, err = one.DeauthorizeShop(t.Context(), nil, tiktokshop.WithShopCipher("ROW_one"))
	assert.NoError(t, err)
}
