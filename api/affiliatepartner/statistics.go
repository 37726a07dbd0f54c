package affiliatepartner

import (
	"context"
	"errors"

	"github.com/tiktokshop-go/tiktokshop"
)

var opListProductStatisticsWithCipher = func() *tiktokshop.Operation {
	op := *opListProductStatistics
	op.Identifier = tiktokshop.CategoryAssetCipher
	return &op
}()

// ListProductStatistics returns a page of how a campaign's products do. Scope:
// partner.tap_campaign.read. Safe to repeat.
//
// The platform declares no category asset cipher for this operation, and clients that send one
// report success. It is sent only after the platform has refused the call without it, which costs a
// second call.
//
// Source: https://partner.tiktokshop.com/docv2/page/get-affiliate-campaign-creator-fulfillment-status-list-202501
func (s *Service) ListProductStatistics(
	ctx context.Context, req *ListProductStatisticsRequest, opts ...tiktokshop.Option,
) (*tiktokshop.Response[ListProductStatisticsData], error) {
	resp, err := tiktokshop.Call[ListProductStatisticsData](ctx, s.client, opListProductStatistics,
		req, opts...)
	if !errors.Is(err, tiktokshop.ErrMissingIdentifier) &&
		!errors.Is(err, tiktokshop.ErrInvalidIdentifier) {
		return resp, err
	}
	again, err2 := tiktokshop.Call[ListProductStatisticsData](ctx, s.client,
		opListProductStatisticsWithCipher, req, opts...)
	var input *tiktokshop.InputError
	if errors.As(err2, &input) {
		return nil, err // there is no cipher to try
	}
	return again, err2
}
