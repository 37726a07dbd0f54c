package tiktokshoptest

import (
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
)

// CategoryID is the category of the asset that a new server has: the one of CategoryAssetCipher, in
// the market US.
const CategoryID tiktokshop.ID = "600001"

// ShopID is the shop that a new server has: the one of ShopCipher, and of a WebhookEvent that names
// no owner.
const ShopID tiktokshop.ID = "7494049642642441621"

// AddShop adds a shop to those that tokens give access to. A new server has ShopID, with
// ShopCipher.
func (s *Server) AddShop(shop authorization.AuthorizedShop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shops = append(s.shops, shop)
}

// CloseShop makes a shop inactive: the list of active shops no longer has it, that of authorized
// shops does.
func (s *Server) CloseShop(id tiktokshop.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closedShops = append(s.closedShops, id)
}

// shopsOf are the shops that a token gives access to.
func (s *Server) shopsOf(token string) []authorization.AuthorizedShop {
	s.mu.Lock()
	defer s.mu.Unlock()
	shops := slices.Clone(s.shops)
	if g := s.auth.access[token]; g != nil && g.account.Shops != nil {
		shops = slices.DeleteFunc(shops, func(shop authorization.AuthorizedShop) bool {
			return !slices.Contains(g.account.Shops, shop.ID)
		})
	}
	return shops
}

// AddCategoryAsset adds a category asset to those that tokens give access to. A new server has one,
// with CategoryAssetCipher.
func (s *Server) AddCategoryAsset(asset authorization.CategoryAsset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assets = append(s.assets, asset)
}

func defaultShops() []authorization.AuthorizedShop {
	return []authorization.AuthorizedShop{{
		ID: ShopID, Name: "Fake Shop", Region: "US", SellerType: authorization.SellerTypeLocal,
		Cipher: ShopCipher, Code: "USFAKE4LLU8",
	}}
}

func defaultAssets() []authorization.CategoryAsset {
	return []authorization.CategoryAsset{{
		Cipher: CategoryAssetCipher, TargetMarket: "US",
		Category: authorization.AssetCategory{ID: CategoryID, Name: "Fake Category"},
	}}
}

func authorizationRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/authorization/202309/shops",
			scopes: []string{"seller.authorization.info"}, handle: (*Server).listShops},
		{method: http.MethodGet, path: "/seller/202309/shops", scopes: []string{"seller.shop.info"},
			handle: (*Server).listActiveShops},
		{method: http.MethodGet, path: "/authorization/202405/category_assets",
			scopes: []string{"partner.authorization.info"}, handle: (*Server).listAssets},
		{method: http.MethodDelete, path: "/authorization/202403/shops", takesShopCipher: true,
			handle: (*Server).deauthorizeShop},
		{method: http.MethodGet, path: "/authorization/202401/widget_token",
			handle: (*Server).widgetToken},
	}
}

func (s *Server) listShops(c *call) reply {
	return success(map[string]any{"shops": c.shops})
}

func (s *Server) listActiveShops(c *call) reply {
	list := []any{}
	for _, shop := range c.shops {
		if !slices.Contains(s.closedShops, shop.ID) {
			list = append(list, map[string]any{"id": shop.ID, "region": shop.Region})
		}
	}
	return success(map[string]any{"shops": list})
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
	s.shops = slices.DeleteFunc(s.shops,
		func(shop authorization.AuthorizedShop) bool {
			return shop.Cipher == c.query["shop_cipher"]
		})
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
