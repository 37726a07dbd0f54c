package affiliatepartner_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

func at(seconds int64) tiktokshop.UnixTime { return tiktokshop.NewUnixTime(time.Unix(seconds, 0)) }

const openID = "uACafQAAAABmUU2qon4R0vUYvUVS3QC6CICP2m5A2-wd77j8R9G0yg"

func newCampaign() *affiliatepartner.CreateCampaignRequest {
	return &affiliatepartner.CreateCampaignRequest{
		Name: "my first campaign", Description: "campaign for test",
		CampaignStartTime: at(1712941200), CampaignEndTime: at(1715878799),
		RegistrationStartTime: at(1712941200), RegistrationEndTime: at(1713891599),
		CommissionRate: 1000,
		ContactInfo: affiliatepartner.CreateCampaignContactInfo{Email: "123456@gmail.com",
			WhatsApp: "+14255550100"},
		TargetShopCodes:   []string{"THCBELNL4Y"},
		TargetSellerTypes: []affiliatepartner.SellerType{affiliatepartner.SellerTypeCrossBorder},
	}
}

// do turns a typed call into one whose data can be looked at in general.
func do[T any](resp *tiktokshop.Response[T], err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return &resp.Data, nil
}

// only returns the error of an iterator that has nothing else.
func only[T any](t *testing.T, seq func(func(T, error) bool)) error {
	var errs []error
	for _, err := range seq {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	return errs[0]
}

// clientOf returns a client of a server that takes anything.
func clientOf(t *testing.T, url string) *tiktokshop.Client {
	t.Helper()
	c, err := tiktokshop.NewClient("key", "secret",
		tiktokshop.WithBaseURL(url), tiktokshop.WithAccessToken("token"),
		tiktokshop.WithCategoryAssetCipher("asset="))
	require.NoError(t, err)
	return c
}
