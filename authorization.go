package tiktokshop

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// Authorization tells what the access token of a call is good for: the shops and category assets that go with it, and
// their ciphers.
type Authorization struct{ client *Client }

var (
	opAuthorizedShops = &Operation{
		Name: "Authorization.AuthorizedShops", Method: http.MethodGet, Path: "/authorization/202309/shops",
		Scopes: []string{"seller.authorization.info"}, RepeatSafe: true,
	}
	opAuthorizedCategoryAssets = &Operation{
		Name: "Authorization.AuthorizedCategoryAssets", Method: http.MethodGet, Path: "/authorization/202405/category_assets",
		Scopes: []string{"partner.authorization.info"}, RepeatSafe: true,
	}
	opDeauthorizeShop = &Operation{
		Name: "Authorization.DeauthorizeShop", Method: http.MethodDelete, Path: "/authorization/202403/shops",
		Identifier: ShopCipher,
	}
	opWidgetToken = &Operation{
		Name: "Authorization.WidgetToken", Method: http.MethodGet, Path: "/authorization/202401/widget_token",
		RepeatSafe: true,
	}
)

// AuthorizedShop is a shop that the seller's token gives access to.
type AuthorizedShop struct {
	// ID is the shop.
	ID ID `json:"id"`
	// Name is the shop's name.
	Name string `json:"name"`
	// Region is the market the shop sells in, such as "GB".
	Region string `json:"region"`
	// SellerType tells where it sells from.
	SellerType SellerType `json:"seller_type"`
	// Cipher identifies the shop in calls; see WithShopCipher.
	Cipher string `json:"cipher"`
	// Code is the shop's code in Seller Center, such as "CNGBCBA4LLU8".
	Code string `json:"code"`
}

// AuthorizedShopsData is the result of AuthorizedShops.
type AuthorizedShopsData struct {
	// Shops are the shops; empty for a token that is not a seller's.
	Shops []AuthorizedShop `json:"shops"`
}

// AuthorizedShopsResponse is the answer of AuthorizedShops.
type AuthorizedShopsResponse = Response[AuthorizedShopsData]

// AuthorizedShops lists the shops of a seller's token. Scope: seller.authorization.info.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-authorized-shops-202309
func (s *Authorization) AuthorizedShops(ctx context.Context, opts ...Option) (*AuthorizedShopsResponse, error) {
	return Do[AuthorizedShopsData](ctx, s.api(), opAuthorizedShops, Params{}, opts...)
}

// CategoryAsset is a category that the partner's token gives access to in a market.
type CategoryAsset struct {
	// Cipher identifies the asset in calls; see WithCategoryAssetCipher.
	Cipher string `json:"cipher"`
	// TargetMarket is the market, such as "US".
	TargetMarket string `json:"target_market"`
	// Category is the category.
	Category AssetCategory `json:"category"`
}

// AssetCategory is a category of partner services.
type AssetCategory struct {
	// ID stays; compare it rather than the name.
	ID ID `json:"id"`
	// Name is for people and may change.
	Name string `json:"name"`
}

// AuthorizedCategoryAssetsData is the result of AuthorizedCategoryAssets.
type AuthorizedCategoryAssetsData struct {
	// CategoryAssets are the assets, one for each category and market.
	CategoryAssets []CategoryAsset `json:"category_assets"`
}

// AuthorizedCategoryAssetsResponse is the answer of AuthorizedCategoryAssets.
type AuthorizedCategoryAssetsResponse = Response[AuthorizedCategoryAssetsData]

// AuthorizedCategoryAssets lists the category assets of a partner's token. Scope: partner.authorization.info.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-authorized-category-assets-202405
func (s *Authorization) AuthorizedCategoryAssets(ctx context.Context, opts ...Option) (*AuthorizedCategoryAssetsResponse, error) {
	return Do[AuthorizedCategoryAssetsData](ctx, s.api(), opAuthorizedCategoryAssets, Params{}, opts...)
}

// CategoryAssetCipher finds the cipher of the partner's asset for a category in a market such as "US", for
// WithCategoryAssetCipher. If there is none the error is ErrNotFound and lists what there is. Scope: partner.authorization.info.
func (s *Authorization) CategoryAssetCipher(ctx context.Context, categoryID ID, market string, opts ...Option) (string, error) {
	op := *opAuthorizedCategoryAssets
	op.Name = "Authorization.CategoryAssetCipher"
	var marketErr error
	if reason := credentialProblem(market); reason != "" {
		marketErr = op.inputError("market", "%s", reason)
	}
	if err := joinErrors(op.requireID("category id", categoryID), marketErr); err != nil {
		return "", err
	}
	resp, err := Do[AuthorizedCategoryAssetsData](ctx, s.api(), &op, Params{}, opts...)
	if err != nil {
		return "", err
	}
	var there []string
	for _, asset := range resp.Data.CategoryAssets {
		if asset.Category.ID == categoryID && strings.EqualFold(asset.TargetMarket, market) && asset.Cipher != "" {
			return asset.Cipher, nil
		}
		there = append(there, fmt.Sprintf("%s (%s) in %s", asset.Category.ID, asset.Category.Name, asset.TargetMarket))
	}
	if there == nil {
		there = []string{"none"}
	}
	return "", fmt.Errorf("tiktokshop: %s: category asset: %w; the token's categories are: %s", op.Name, ErrNotFound, strings.Join(there, ", "))
}

// DeauthorizeShop takes the app's authorization for a shop back. It needs a shop cipher.
//
// Source: https://partner.tiktokshop.com/docv2/page/deauthorize-shop-202403
func (s *Authorization) DeauthorizeShop(ctx context.Context, opts ...Option) (*EmptyResponse, error) {
	return Do[struct{}](ctx, s.api(), opDeauthorizeShop, Params{}, opts...)
}

// WidgetTokenRequest names the shop of a widget.
type WidgetTokenRequest struct {
	// ShopID is the shop. Optional.
	ShopID ID `url:"shop_id,omitempty"`
}

// WidgetToken is a short-lived token for the widgets that TikTok Shop shows inside a page of the app's.
type WidgetToken struct {
	// Token is handed to the widget in the browser.
	Token token.Secret `json:"token"`
	// ExpiresAt is the end of its life.
	ExpiresAt UnixTime `json:"expire_at"`
}

// WidgetToken makes a token for the platform's widgets. Unlike other calls it returns no Response, which would show the token.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-widget-token-202401
func (s *Authorization) WidgetToken(ctx context.Context, req *WidgetTokenRequest, opts ...Option) (*WidgetToken, error) {
	if req == nil {
		req = new(WidgetTokenRequest)
	}
	if err := opWidgetToken.checkOptionalID("ShopID", req.ShopID); err != nil {
		return nil, err
	}
	resp, err := Do[struct {
		WidgetToken WidgetToken `json:"widget_token"`
	}](ctx, s.api(), opWidgetToken, Params{Query: req}, opts...)
	if err != nil {
		return nil, err
	}
	return &resp.Data.WidgetToken, nil
}
