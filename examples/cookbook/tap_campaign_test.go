package cookbook_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// openCampaign creates a campaign and publishes it, so that sellers see it. One of that name is
// taken up where it was left: the run before may have ended between the two calls.
func openCampaign(
	ctx context.Context, partner *affiliatepartner.Service,
	req *affiliatepartner.CreateCampaignRequest,
) (tiktokshop.ID, error) {
	campaign := affiliatepartner.Campaign{Status: affiliatepartner.CampaignStatusReady}
	for c, err := range partner.ListCampaignsAll(ctx, nil) {
		if err != nil {
			return "", err
		}
		if c.Name == req.Name {
			campaign = c
			break
		}
	}
	if campaign.ID == "" {
		created, err := partner.CreateCampaign(ctx, req)
		if err != nil {
			return "", err // if it was created all the same, the next run finds it
		}
		campaign.ID = created.Data.CampaignID
	}
	if campaign.Status != affiliatepartner.CampaignStatusReady {
		return campaign.ID, nil
	}
	_, err := partner.PublishCampaign(ctx, &affiliatepartner.PublishCampaignRequest{
		CampaignID: campaign.ID,
	})
	return campaign.ID, err
}

// reviewProducts takes those of the waiting products that earn the partner enough, and rejects the
// others.
func reviewProducts(
	ctx context.Context, partner *affiliatepartner.Service, campaign tiktokshop.ID,
	enough tiktokshop.BasisPoints,
) error {
	var waiting []affiliatepartner.CampaignProduct // all of them first: a verdict moves the pages
	req := &affiliatepartner.ListCampaignProductsRequest{
		CampaignID:   campaign,
		ReviewStatus: affiliatepartner.ReviewStatusPending,
	}
	for p, err := range partner.ListCampaignProductsAll(ctx, req) {
		if err != nil {
			return err
		}
		waiting = append(waiting, p)
	}
	for _, p := range waiting {
		verdict := &affiliatepartner.ReviewCampaignProductRequest{
			CampaignID:   campaign,
			ProductID:    p.ID,
			ReviewResult: affiliatepartner.ReviewResultApprove,
		}
		if p.PartnerCommissionRate < enough {
			verdict.ReviewResult = affiliatepartner.ReviewResultReject
			verdict.RejectReasons = []affiliatepartner.RejectReason{
				affiliatepartner.RejectReasonCommissionTooLow,
			}
		}
		if _, err := partner.ReviewCampaignProduct(ctx, verdict); err != nil {
			return fmt.Errorf("product %s: %w", p.ID, err)
		}
	}
	return nil
}

// makeLinks returns the links of all products that were approved, and the products without one:
// ask for these again later, or have DiagnoseLinks find out why.
func makeLinks(
	ctx context.Context, partner *affiliatepartner.Service, campaign tiktokshop.ID,
) (links map[tiktokshop.ID]string, without []tiktokshop.ID, err error) {
	var ids []tiktokshop.ID
	req := &affiliatepartner.ListCampaignProductsRequest{
		CampaignID:   campaign,
		ReviewStatus: affiliatepartner.ReviewStatusApproved,
	}
	for p, err := range partner.ListCampaignProductsAll(ctx, req) {
		if err != nil {
			return nil, nil, err
		}
		ids = append(ids, p.ID)
	}
	links = map[tiktokshop.ID]string{}
	for result, err := range partner.GenerateLinks(ctx, &affiliatepartner.GenerateLinksRequest{
		CampaignID: campaign,
		ProductIDs: slices.Values(ids),
	}) {
		if err != nil {
			return links, without, err
		}
		if result.Status != affiliatepartner.LinkMade {
			without = append(without, result.ProductID)
			continue
		}
		links[result.ProductID] = result.Link
	}
	return links, without, nil
}

// sale is the key of a row: the rows of an order share its id.
type sale struct{ order, sku tiktokshop.ID }

// sales reads a campaign's orders. Read the last months again from time to time: rows change until
// they are settled.
func sales(
	ctx context.Context, partner *affiliatepartner.Service, campaign tiktokshop.ID,
	from, until time.Time,
) (map[sale]affiliatepartner.TAPOrder, error) {
	rows := map[sale]affiliatepartner.TAPOrder{}
	req := &affiliatepartner.SearchTAPOrdersRequest{
		CampaignID:   campaign,
		CreateTimeGE: tiktokshop.NewUnixTime(from), // of any length: it is searched piece by piece
		CreateTimeLT: tiktokshop.NewUnixTime(until),
	}
	for row, err := range partner.SearchTAPOrdersAll(ctx, req) {
		if err != nil {
			return nil, err
		}
		rows[sale{row.ID, row.SKUID}] = row
	}
	return rows, nil
}

func Example_runCampaign() {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	srv := tiktokshoptest.New(tiktokshoptest.WithClock(func() time.Time { return now }))
	ctx, partner := context.Background(), affiliatepartner.New(srv.Client())
	day := func(n int) tiktokshop.UnixTime { return tiktokshop.NewUnixTime(now.AddDate(0, 0, n)) }

	winter := &affiliatepartner.CreateCampaignRequest{
		Name:                  "Winter socks",
		Description:           "Socks for cold feet.",
		RegistrationStartTime: day(0),
		RegistrationEndTime:   day(20),
		CampaignStartTime:     day(10),
		CampaignEndTime:       day(100),
		CommissionRate:        1500, // 15 %
		ContactInfo: affiliatepartner.CreateCampaignContactInfo{
			Email: "tap@partner.example",
		},
	}
	campaign, err := openCampaign(ctx, partner, winter)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := openCampaign(ctx, partner, winter)
	fmt.Println("the same campaign:", again == campaign, err)

	// Sellers submit products.
	earning := func(rate tiktokshop.BasisPoints) affiliatepartner.CampaignProduct {
		return affiliatepartner.CampaignProduct{PartnerCommissionRate: rate}
	}
	for _, p := range []tiktokshoptest.Product{
		{ID: "7362840009596339971", Info: earning(500)},
		{ID: "7362840009596339972", Info: earning(100)},
		{ID: "7362840009596339973", Info: earning(500), Lost: true}, // the links' answer forgets it
	} {
		if err := srv.SubmitProduct(campaign, p); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := reviewProducts(ctx, partner, campaign, 300); err != nil {
		fmt.Println(err)
		return
	}

	now = now.AddDate(0, 0, 10) // the campaign begins
	links, without, err := makeLinks(ctx, partner, campaign)
	fmt.Println("links for", slices.Collect(maps.Keys(links)), "none for", without, err)

	srv.AddTAPOrders(affiliatepartner.TAPOrder{
		ID: "576461413038785752", SKUID: "1729592969712207012",
		CampaignID: campaign, CreateTime: day(1),
		SettleStatus:                    affiliatepartner.SettleStatusSettled,
		ActualPartnerStandardCommission: tiktokshop.Money{Amount: "1.20", Currency: "USD"},
	})
	rows, err := sales(ctx, partner, campaign, now, now.AddDate(0, 6, 0))
	for key, row := range rows {
		earned := row.ActualPartnerStandardCommission
		fmt.Println("order", key.order, row.SettleStatus, earned.Amount, earned.Currency)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// the same campaign: true <nil>
	// links for [7362840009596339971] none for [7362840009596339973] <nil>
	// order 576461413038785752 SETTLED 1.20 USD
}
