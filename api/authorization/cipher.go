package authorization

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// CategoryAssetCipher finds the cipher of the partner's asset for a category in a market such as
// "US", for tiktokshop.WithCategoryAssetCipher. If there is none the error is
// tiktokshop.ErrNotFound and lists what there is. Scope: partner.authorization.info.
func (s *Service) CategoryAssetCipher(
	ctx context.Context, categoryID tiktokshop.ID, market string, opts ...tiktokshop.Option,
) (string, error) {
	const name = "authorization.CategoryAssetCipher"
	refuse := func(field, reason string) error {
		if reason == "" {
			return nil
		}
		return &tiktokshop.InputError{Operation: name, Field: field, Reason: reason}
	}
	missing := ""
	if market == "" {
		missing = bind.Missing
	}
	if err := errors.Join(refuse("category id", bind.PlatformID(string(categoryID))),
		refuse("market", missing)); err != nil {
		return "", err
	}
	resp, err := s.GetAuthorizedCategoryAssets(ctx, nil, opts...)
	if err != nil {
		return "", err
	}
	var there []string
	for _, asset := range resp.Data.CategoryAssets {
		if asset.Category.ID == categoryID && strings.EqualFold(asset.TargetMarket, market) &&
			asset.Cipher != "" {
			return asset.Cipher, nil
		}
		there = append(there, fmt.Sprintf("%s (%s) in %s", asset.Category.ID, asset.Category.Name,
			asset.TargetMarket))
	}
	if there == nil {
		there = []string{"none"}
	}
	return "", fmt.Errorf("tiktokshop: %s: category asset: %w; the token's categories are: %s",
		name, tiktokshop.ErrNotFound, strings.Join(there, ", "))
}
