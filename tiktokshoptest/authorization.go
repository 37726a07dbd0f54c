package tiktokshoptest

import (
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
)

// CategoryID is the category of the asset that a new server has: the one of CategoryAssetCipher, in the market US.
const CategoryID tiktokshop.ID = "600001"

// ShopID is the shop that a new server has: the one of ShopCipher, and of a WebhookEvent that names no owner.
const ShopID tiktokshop.ID = "7494049642642441621"

// AddShop adds a shop to those that tokens give access to. A new server has ShopID, with ShopCipher.
func (s *Server) AddShop(shop authorization.AuthorizedShop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shops = append(s.shops, shop)
}

// AddCategoryAsset adds a category asset to those that tokens give access to. A new server has one, with CategoryAssetCipher.
func (s *Server) AddCategoryAsset(asset authorization.CategoryAsset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assets = append(s.assets, asset)
}

func defaultShops() []authorization.AuthorizedShop {
	return []authorization.AuthorizedShop{{
		ID: ShopID, Name: "Fake Shop", Region: "US", SellerType: authorization.SellerTypeLocal, Cipher: ShopCipher, Code: "USFAKE4LLU8",
	}}
}

func defaultAssets() []authorization.CategoryAsset {
	return []authorization.CategoryAsset{{
		Cipher: CategoryAssetCipher, TargetMarket: "US", Category: authorization.AssetCategory{ID: CategoryID, Name: "Fake Category"},
	}}
}

func authorizationRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/authorization/202309/shops", scopes: []string{"seller.authorization.info"}, handle: (*Server).listShops},
		{method: http.MethodGet, path: "/authorization/202405/category_assets", scopes: []string{"partner.authorization.info"}, handle: (*Server).listAssets},
		{method: http.MethodDelete, path: "/authorization/202403/shops", takesShopCipher: true, handle: (*Server).deauthorizeShop},
		{method: http.MethodGet, path: "/authorization/202401/widget_token", handle: (*Server).widgetToken},
	}
}

func (s *Server) listShops(*call) reply {
	return success(map[string]any{"shops": slices.Clone(s.shops)})
}

// listAssets writes category ids as numbers, as the platform does.
func (s *Server) listAssets(*call) reply {
	list := []any{}
	for _, a := range s.assets {
		list = append(list, map[string]any{
			"cipher": a.Cipher, "target_market": a.TargetMarket,
			"category": map[string]any{"id": jsonNumber(a.Category.ID), "name": a.Category.Name},
		})
	}
	return success(map[string]any{"category_assets": list})
}

// deauthorizeShop takes the shop off the list. Its cipher has been checked.
func (s *Server) deauthorizeShop(c *call) reply {
	s.shops = slices.DeleteFunc(s.shops, func(shop authorization.AuthorizedShop) bool { return shop.Cipher == c.query["shop_cipher"] })
	return success(nil)
}

func (s *Server) widgetToken(*call) reply {
	return success(map[string]any{"widget_token": map[string]any{
		"token": "fake-widget-token-" + randomText(), "expire_at": s.now().Add(time.Hour).Unix(),
	}})
}

type jsonNumber string

func (n jsonNumber) MarshalJSON() ([]byte, error) { return []byte(n), nil }

func randomText() string { return rand.Text() }
