// Command ratelimiter holds a client to a rate of its own with golang.org/x/time/rate.
//
// It needs no configuration: it runs against an embedded fake TikTok Shop with a quota of 50 calls
// a second.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"golang.org/x/time/rate"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		return err
	}
	defer srv.Close()
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "7362840009596339923",
		Products: []tiktokshoptest.Product{{ID: "7362840009596339971"}}})
	srv.SetQuota(tiktokshoptest.Quota{PerSecond: 50, Burst: 5})

	client := srv.Client(tiktokshop.WithLimiter(ratelimit.ForAll(rate.NewLimiter(45, 1))),
		tiktokshop.WithoutRetry())
	const calls = 20
	for range calls {
		if _, err := client.AffiliatePartner.GenerateMultiProductLink(ctx,
			&tiktokshop.GenerateMultiProductLinkRequest{
				CampaignID: "7362840009596339923",
				ProductIDs: []tiktokshop.ID{"7362840009596339971"},
			}); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%d calls, none throttled\n", calls)
	return nil
}
