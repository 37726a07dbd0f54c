// Command bulk_links makes promotion links for the products in a file, a product id a line, and
// prints a line for each: its link, or why it has none. It shows how GenerateLinks is ranged over,
// what its results say, and how DiagnoseLinks finds the reasons; the command tts (`tts links`, in
// cmd/tts) does the job for people, with CSV files and runs that go on where they stopped.
//
// With no credentials in the environment it runs against an embedded fake platform, with 500
// products of its own unless -in names a file. With TIKTOK_APP_KEY, TIKTOK_APP_SECRET,
// TIKTOK_APP_ACCESS_KEY (the partner's access token) and TIKTOK_CATEGORY_ASSET_CIPHER it calls
// TikTok Shop, and needs -campaign and -in.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/examples/internal/platform"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		if platform.ExitCode(err) == 0 {
			return
		}
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("bulk_links", flag.ContinueOnError)
	campaign := flags.String("campaign", demoCampaign, "id of the campaign")
	in := flags.String("in", "", "file with a product id a line")
	if err := platform.Parse(flags, args); err != nil {
		return err
	}
	if getenv("TIKTOK_APP_KEY") != "" && (*in == "" || *campaign == demoCampaign) {
		return errors.New(
			"set -campaign and -in: what is made up for a trial is not sent to the real platform")
	}
	ids := iter.Seq[tiktokshop.ID](demoProducts)
	if *in != "" {
		file, err := os.Open(*in)
		if err != nil {
			return err
		}
		defer file.Close()
		ids = lines(file)
	}
	client, done, err := platform.Connect(getenv, out, "TIKTOK_CATEGORY_ASSET_CIPHER",
		tiktokshop.WithCategoryAssetCipher, seed)
	if err != nil {
		return err
	}
	defer done()
	return makeLinks(ctx, affiliatepartner.New(client), tiktokshop.ID(*campaign), ids, out)
}

// makeLinks prints a line for each product, and fails if one has no link.
func makeLinks(
	ctx context.Context, service *affiliatepartner.Service, campaign tiktokshop.ID,
	ids iter.Seq[tiktokshop.ID], out io.Writer,
) error {
	var count affiliatepartner.LinkProgress
	var failed []tiktokshop.ID
	for result, err := range service.GenerateLinks(ctx, &affiliatepartner.GenerateLinksRequest{
		CampaignID: campaign, ProductIDs: ids,
		OnProgress: func(now affiliatepartner.LinkProgress) { count = now },
	}) {
		if err != nil { // the run could not go on: a *LinksStoppedError, with what stopped it
			fmt.Fprintln(out, summary(count))
			return err
		}
		switch result.Status {
		case affiliatepartner.LinkMade:
			fmt.Fprintf(out, "%s\t%s\n", result.ProductID, result.Link)
		case affiliatepartner.LinkFailed: // for a reason that only a further call tells
			failed = append(failed, result.ProductID)
		case affiliatepartner.LinkError:
			fmt.Fprintf(out, "%s\t%v\n", result.ProductID, result.Err)
		default:
			fmt.Fprintf(out, "%s\t%s\n", result.ProductID, result.Status)
		}
	}
	if len(failed) > 0 {
		reasons, err := service.DiagnoseLinks(ctx,
			&affiliatepartner.DiagnoseLinksRequest{CampaignID: campaign, ProductIDs: failed})
		for _, d := range reasons {
			fmt.Fprintf(out, "%s\tfailed: %s\n", d.ProductID, d.Reason)
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintln(out, summary(count))
	if without := count.Done() - count.Linked; without > 0 {
		return fmt.Errorf("%d of %d products have no link", without, count.Done())
	}
	return nil
}

func summary(p affiliatepartner.LinkProgress) string {
	return fmt.Sprintf("%d linked, %d failed, %d unaccounted for, %d errors, %d not tried (%d calls)",
		p.Linked, p.Failed, p.Unaccounted, p.Errors, p.NotTried, p.Calls)
}

// lines yields the ids of a file as they are wanted.
func lines(file io.Reader) iter.Seq[tiktokshop.ID] {
	return func(yield func(tiktokshop.ID) bool) {
		for scan := bufio.NewScanner(file); scan.Scan(); {
			if id := strings.TrimSpace(scan.Text()); id != "" && !yield(tiktokshop.ID(id)) {
				return
			}
		}
	}
}

const (
	demoCampaign = "7362840009596339923"
	demoFirst    = 7362840009596400000
	demoCount    = 500
)

func demoID(i int) tiktokshop.ID { return tiktokshop.ID(fmt.Sprint(demoFirst + i)) }

func demoProducts(yield func(tiktokshop.ID) bool) {
	for i := range demoCount {
		if !yield(demoID(i)) {
			return
		}
	}
}

// seed fills the fake platform with products: one in a hundred is not approved.
func seed(srv *tiktokshoptest.Server) {
	c := tiktokshoptest.Campaign{ID: demoCampaign}
	for i := range demoCount {
		p := tiktokshoptest.Product{ID: demoID(i)}
		if i%100 == 99 {
			p.ReviewStatus = "PENDING"
		}
		c.Products = append(c.Products, p)
	}
	srv.AddCampaign(c)
}
