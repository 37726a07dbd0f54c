// Command generate_multi_product_link makes promotion links for the products of
// an affiliate campaign.
//
// With no credentials in the environment it runs against an embedded fake platform. With
// TIKTOK_APP_KEY, TIKTOK_APP_SECRET, TIKTOK_APP_ACCESS_KEY (the partner's access
// token) and TIKTOK_SHOP_CIPHER (the category asset cipher) it calls TikTok Shop, and needs
// -campaign and -products.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/examples/internal/platform"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := refuseMadeUp(os.Args[1:], os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		if platform.ExitCode(err) == 0 {
			return
		}
		report(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("generate_multi_product_link", flag.ContinueOnError)
	campaign := flags.String("campaign", "7362840009596339923", "id of the campaign")
	products := flags.String("products",
		"7362840009596339971,7362840009596339972,7362840009596339973",
		"ids of the products, separated by commas, at most 50")
	if err := platform.Parse(flags, args); err != nil {
		return err
	}
	if strings.TrimSpace(*products) == "" {
		return errors.New("-products is empty")
	}

	client, done, err := platform.Connect(getenv, out, "TIKTOK_SHOP_CIPHER",
		tiktokshop.WithCategoryAssetCipher, seed)
	if err != nil {
		return err
	}
	defer done()

	req := &tiktokshop.GenerateMultiProductLinkRequest{CampaignID: tiktokshop.ID(*campaign)}
	for id := range strings.SplitSeq(*products, ",") {
		req.ProductIDs = append(req.ProductIDs, tiktokshop.ID(strings.TrimSpace(id)))
	}
	resp, err := client.AffiliatePartner.GenerateMultiProductLink(ctx, req)
	if err != nil {
		return err
	}

	outcome := resp.Data.Outcome(req.ProductIDs)
	for _, l := range outcome.Linked {
		fmt.Fprintf(out, "linked       %s  %s\n", l.ProductID, l.Link)
	}
	for _, id := range outcome.Failed {
		fmt.Fprintf(out, "failed       %s\n", id)
	}
	for _, id := range outcome.Unaccounted {
		fmt.Fprintf(out, "unaccounted  %s\n", id)
	}
	fmt.Fprintf(out, "request id   %s\n", resp.RequestID)
	return nil
}

// refuseMadeUp keeps the ids that are made up for the fake from the real platform.
func refuseMadeUp(args []string, getenv func(string) string) error {
	named := func(flag string) bool {
		return slices.ContainsFunc(args, func(arg string) bool {
			name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
			return strings.HasPrefix(arg, "-") && name == flag
		})
	}
	if getenv("TIKTOK_APP_KEY") == "" || named("campaign") && named("products") || named("h") ||
		named("help") {
		return nil
	}
	return errors.New(
		"set -campaign and -products: the ids made up for the fake are not sent to the real platform")
}

// seed fills the fake platform.
func seed(srv *tiktokshoptest.Server) {
	srv.AddCampaign(tiktokshoptest.Campaign{
		ID: "7362840009596339923",
		Products: []tiktokshoptest.Product{
			{ID: "7362840009596339971"},
			{ID: "7362840009596339972"},
			{ID: "7362840009596339973", ReviewStatus: "PENDING"},
		},
	})
}

// report prints an error with what the platform's support asks for.
func report(w io.Writer, err error) {
	var apiErr *tiktokshop.APIError
	if errors.As(err, &apiErr) {
		fmt.Fprintf(w, "code %d: %s (request id %s)\n", apiErr.Code, apiErr.Message,
			apiErr.RequestID)
	}
	fmt.Fprintln(w, "error:", err)
}
