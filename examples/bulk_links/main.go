// Command bulk_links makes promotion links for the products in a CSV file and
// writes them to another.
//
// The input has a column product_id; of the output, each row is a product that the platform has
// answered for. Stop the program and start it again with the same files: it goes on where it was and asks for nothing that
// it has. Products whose call failed are tried again by the next run.
//
// With no credentials in the environment it runs against an embedded fake platform, with 10,000 products in a temporary
// directory unless -in and -out say otherwise. With TIKTOK_APP_KEY, TIKTOK_APP_SECRET, TIKTOK_APP_ACCESS_KEY (the partner's
// access token) and TIKTOK_CATEGORY_ASSET_CIPHER it calls TikTok Shop, and needs -campaign, -in and -out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/examples/internal/platform"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	info, err := os.Stdout.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, terminal); err != nil {
		if platform.ExitCode(err) == 0 {
			return
		}
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer, terminal bool) error {
	flags := flag.NewFlagSet("bulk_links", flag.ContinueOnError)
	campaign := flags.String("campaign", demoCampaign, "id of the campaign")
	in := flags.String("in", "", "CSV file with a column product_id")
	to := flags.String("out", "", "CSV file to write, or to go on with")
	concurrency := flags.Int("concurrency", 0, "calls in flight at once; 0 means the SDK's default")
	if err := platform.Parse(flags, args); err != nil {
		return err
	}
	if (*in == "") != (*to == "") {
		return errors.New("set both -in and -out, or neither")
	}
	if *in == "" && getenv("TIKTOK_APP_KEY") != "" {
		return errors.New("set -in and -out: the products made up for a trial are not sent to the real platform")
	}
	if *campaign == demoCampaign && getenv("TIKTOK_APP_KEY") != "" {
		return errors.New("set -campaign: the one of the trial is made up")
	}
	client, done, err := platform.Connect(getenv, out, cipherVariable, tiktokshop.WithCategoryAssetCipher, seed)
	if err != nil {
		return err
	}
	defer done()
	if *in == "" && *to == "" {
		if *in, *to, err = demoFiles(); err != nil {
			return err
		}
		fmt.Fprintf(out, "products: %s\nlinks:    %s\n", *in, *to)
	}

	input, err := openProducts(*in)
	if err != nil {
		return err
	}
	defer input.Close()
	links, err := openLinks(*to)
	if err != nil {
		return err
	}
	defer links.Close()
	if n := len(links.have); n > 0 {
		fmt.Fprintf(out, "going on: %d products have an answer already\n", n)
	}

	show := progress{out: out, terminal: terminal}
	req := &affiliatepartner.GenerateLinksRequest{
		CampaignID:  tiktokshop.ID(*campaign),
		ProductIDs:  input.without(links.have),
		Concurrency: *concurrency,
		OnProgress:  show.update,
	}
	err = makeLinks(ctx, client, req, links)
	show.end()
	if ctx.Err() != nil {
		fmt.Fprintf(out, "interrupted: %d products not tried, %d more not read\n", show.last.NotTried, input.rest(links.have))
	}
	return errors.Join(err, input.err, links.Close())
}

// makeLinks writes what has an answer and leaves the rest to the next run.
func makeLinks(ctx context.Context, client *tiktokshop.Client, req *affiliatepartner.GenerateLinksRequest, links *linkFile) error {
	unanswered, reason := 0, errors.New("the answer does not mention them")
	for result, err := range affiliatepartner.New(client).GenerateLinks(ctx, req) {
		switch {
		case err != nil:
			return fmt.Errorf("%w (start again to go on)", err)
		case result.Status == affiliatepartner.LinkMade || result.Status == affiliatepartner.LinkFailed:
			if err := links.write(result); err != nil {
				return err
			}
		default:
			unanswered++
			if result.Err != nil {
				reason = result.Err
			}
		}
	}
	if unanswered > 0 {
		return fmt.Errorf("%d products have no answer (start again to go on); the last reason: %w", unanswered, reason)
	}
	return nil
}

// cipherVariable is of the environment.
const cipherVariable = "TIKTOK_CATEGORY_ASSET_CIPHER"

const (
	demoCampaign = "7362840009596339923"
	demoFirst    = 7362840009596400000
	demoProducts = 10_000
)

// seed fills the fake platform with products: one in a hundred is not approved.
func seed(srv *tiktokshoptest.Server) {
	c := tiktokshoptest.Campaign{ID: demoCampaign}
	for i := range demoProducts {
		p := tiktokshoptest.Product{ID: demoID(i)}
		if i%100 == 99 {
			p.ReviewStatus = "PENDING"
		}
		c.Products = append(c.Products, p)
	}
	srv.AddCampaign(c)
}

func demoID(i int) tiktokshop.ID { return tiktokshop.ID(fmt.Sprint(demoFirst + i)) }

// demoFiles makes an input file and names an output file in a new directory.
func demoFiles() (in, out string, err error) {
	dir, err := os.MkdirTemp("", "bulk_links")
	if err != nil {
		return "", "", err
	}
	in, out = filepath.Join(dir, "products.csv"), filepath.Join(dir, "links.csv")
	content := []byte("product_id\n")
	for i := range demoProducts {
		content = fmt.Appendf(content, "%s\n", demoID(i))
	}
	return in, out, os.WriteFile(in, content, 0o600)
}

// progress shows counts: on one line of a terminal, or at the end alone.
type progress struct {
	out      io.Writer
	terminal bool
	last     affiliatepartner.LinkProgress
}

func (p *progress) update(now affiliatepartner.LinkProgress) {
	p.last = now
	if p.terminal {
		fmt.Fprint(p.out, "\r"+p.text()+"\x1b[K")
	}
}

func (p *progress) text() string {
	text := fmt.Sprintf("%d done: %d linked, %d failed, %d unaccounted for, %d errors", p.last.Done()-p.last.NotTried, p.last.Linked, p.last.Failed, p.last.Unaccounted, p.last.Errors)
	if p.last.NotTried > 0 {
		text += fmt.Sprintf(", %d not tried", p.last.NotTried)
	}
	return text + fmt.Sprintf(" (%d calls)", p.last.Calls)
}

func (p *progress) end() {
	if p.terminal {
		fmt.Fprint(p.out, "\r")
	}
	fmt.Fprintln(p.out, p.text())
}
