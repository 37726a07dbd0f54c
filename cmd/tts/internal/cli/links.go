package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/links"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
)

// linksOptions are the flags of `tts links`.
type linksOptions struct {
	campaign, in, out, column string
	concurrency, diagnose     int
	dryRun, skipBad, again    bool
}

func (a *App) linksCommand() *cobra.Command {
	var o linksOptions
	c := &cobra.Command{
		Use:   "links --campaign ID --in FILE --out FILE",
		Short: "Make the promotion links of a file of products",
		Long: `Make the promotion links of a file of products, 50 a call and several calls at once.

The input is a CSV file with a column product_id. The output has a row for each product that the platform has
answered for. Interrupt the command and start it again with the same files: it goes on where it was and asks for
nothing that it has. Products whose call failed are asked for again by the next run, those that were refused only with
--retry-failed. Nothing is sent that is not in the file.

The platform does not say why a product gets no link: --diagnose looks into that many of them, with a call each.`,
		Example: `  tts links --campaign 7362840009596339923 --in products.csv --out links.csv --dry-run
  tts links --campaign 7362840009596339923 --in products.csv --out links.csv
  tts --fake links --campaign 7362840009596339923 --in sample/products.csv --out links.csv`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.links(cmd.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.campaign, "campaign", "", "id of the campaign (required)")
	f.StringVar(&o.in, "in", "", "CSV file with the products (required)")
	f.StringVar(&o.out, "out", "", "CSV file to write, or to go on with (required)")
	f.StringVar(&o.column, "column", "", "column of the input with the ids (default product_id)")
	f.IntVar(&o.concurrency, "concurrency", 4, "calls in flight at most, 1 to 64")
	f.IntVar(&o.diagnose, "diagnose", 100, "look into that many products that failed, a call each")
	f.BoolVar(&o.dryRun, "dry-run", false,
		"read the files and say what would be asked, and send nothing")
	f.BoolVar(&o.skipBad, "skip-bad", false,
		"leave out ids that cannot be any, instead of refusing the file")
	f.BoolVar(&o.again, "retry-failed", false,
		"ask again for products that failed in an earlier run")
	for _, name := range []string{"in", "out"} {
		cobra.CheckErr(c.MarkFlagFilename(name, "csv"))
	}
	for _, name := range []string{"campaign", "column", "concurrency", "diagnose"} {
		cobra.CheckErr(c.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
	return c
}

// check finds all mistakes of the flags at once.
func (o *linksOptions) check() error {
	var found []error
	for _, flag := range []struct{ name, value string }{{"--campaign", o.campaign}, {"--in", o.in},
		{"--out", o.out}} {
		if flag.value == "" {
			found = append(found, &tiktokshop.InputError{Field: flag.name, Reason: "is missing"})
		}
	}
	for _, flag := range []struct{ name, value string }{{"--in", o.in}, {"--out", o.out}} {
		if flag.value == "-" {
			found = append(found, &tiktokshop.InputError{Field: flag.name,
				Reason: "must be a file, as it is read more than once"})
		}
	}
	if strings.Trim(o.campaign, "0123456789") != "" {
		found = append(found, &tiktokshop.InputError{Field: "--campaign",
			Reason: "is malformed: an id has decimal digits only"})
	}
	if o.concurrency < 1 || o.concurrency > 64 {
		found = append(found, &tiktokshop.InputError{Field: "--concurrency",
			Reason: "must be 1 to 64"})
	}
	if o.diagnose < 0 {
		found = append(found, &tiktokshop.InputError{Field: "--diagnose",
			Reason: "must not be negative"})
	}
	if o.in != "" && sameFile(o.in, o.out) {
		found = append(found, &tiktokshop.InputError{Field: "--out",
			Reason: "must be another file than --in"})
	}
	return errors.Join(found...)
}

func sameFile(a, b string) bool {
	x, errX := filepath.Abs(a)
	y, errY := filepath.Abs(b)
	return errX == nil && errY == nil && x == y
}

func (a *App) links(ctx context.Context, o *linksOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	campaign := tiktokshop.ID(o.campaign)
	in, err := links.OpenInput(o.in, o.column)
	if err != nil {
		return &output.UsageError{Err: err}
	}
	before, err := links.ReadOutput(o.out, campaign)
	if err != nil {
		return &output.UsageError{Err: err}
	}
	counts, err := in.Count(
		func(id tiktokshop.ID) bool { return before.Has(id) && !(o.again && before.Failed(id)) })
	if err != nil {
		return &output.UsageError{Err: err}
	}
	if err := refuseBad(o, counts); err != nil {
		return err
	}
	if o.dryRun {
		return a.linksPlan(o, counts)
	}
	client, err := a.Client(ctx) // before the output is touched
	if err != nil {
		return err
	}
	out, err := links.OpenOutput(o.out, campaign, o.again)
	if err != nil {
		return &output.UsageError{Err: err}
	}
	defer out.Close()
	if counts.Answered > 0 {
		a.Note("going on: %d products have an answer already", counts.Answered)
	}
	show := a.newLinksProgress(counts.Asked)
	run := links.Run{
		Service: affiliatepartner.New(client), Campaign: campaign, Input: in, Output: out,
		Concurrency: o.concurrency, Diagnose: o.diagnose, OnProgress: show.update, Now: time.Now,
		OnDiagnosis: func(n int) { show.end(); a.Note("looking into %d products that failed", n) },
	}
	summary, err := run.Do(ctx, counts)
	show.end()
	if showErr := a.Show(summary,
		func() error { return a.linksSummary(&summary) }); showErr != nil {
		return showErr
	}
	return errors.Join(linksError(&summary, err), out.Close())
}

// refuseBad tells of ids that cannot be any before anything is sent.
func refuseBad(o *linksOptions, counts links.Counts) error {
	if len(counts.Bad) == 0 || o.skipBad {
		return nil
	}
	const most = 10
	var found []error
	for i, bad := range counts.Bad {
		if i == most {
			found = append(found, &tiktokshop.InputError{Field: o.in,
				Reason: fmt.Sprintf("has %d more of them; --skip-bad leaves them out",
					len(counts.Bad)-most)})
			break
		}
		found = append(found,
			&tiktokshop.InputError{Field: fmt.Sprintf("%s, line %d", o.in, bad.Line),
				Reason: bad.Reason})
	}
	return errors.Join(found...)
}

// linksPlan is what `tts links --dry-run` prints.
func (a *App) linksPlan(o *linksOptions, c links.Counts) error {
	plan := struct {
		Campaign   string `json:"campaign_id"`
		Rows       int    `json:"rows"`
		Duplicates int    `json:"duplicates"`
		Bad        int    `json:"malformed"`
		Answered   int    `json:"answered_before"`
		Asked      int    `json:"to_ask"`
		Calls      int    `json:"calls"`
		Sent       bool   `json:"sent"`
	}{o.campaign, c.Rows, c.Duplicates, len(c.Bad), c.Answered, c.Asked, (c.Asked + 49) / 50, false}
	return a.Show(plan, func() error {
		a.Println("%d rows: %d duplicates, %d malformed, %d answered before, %d to ask for in %d calls",
			plan.Rows, plan.Duplicates, plan.Bad, plan.Answered, plan.Asked, plan.Calls)
		a.Println("Nothing was sent.")
		return nil
	})
}

func (a *App) linksSummary(s *links.Summary) error {
	a.Println("%s, %s, %d answered before, %d not answered, %d not asked (%d calls in %s)",
		a.Green(fmt.Sprintf("%d linked", s.Linked)), a.failed(s.Failed), s.Before, s.NotAnswered,
		s.NotAsked, s.Calls,
		time.Duration(s.Seconds*float64(time.Second)).Round(10*time.Millisecond))
	if len(s.Reasons) > 0 {
		rows := make([][]string, len(s.Reasons))
		for i, r := range s.Reasons {
			rows[i] = []string{fmt.Sprint(r.Count), r.Status, r.Reason}
		}
		if err := a.Table([]string{"PRODUCTS", "STATUS", "REASON"}, rows); err != nil {
			return err
		}
	}
	if s.Linked+s.Failed+s.Before > 0 {
		a.Note("links: %s", s.Out)
	}
	return nil
}

func (a *App) failed(n int) string {
	text := fmt.Sprintf("%d failed", n)
	if n > 0 {
		return a.Red(text)
	}
	return text
}

// linksError is what the command ends with after its summary was shown.
func linksError(s *links.Summary, err error) error {
	again := "run the same command again: it goes on where it was"
	rest := s.NotAsked + s.NotAnswered
	switch {
	case errors.Is(err, context.Canceled):
		return &output.CodeError{Code: output.Interrupted,
			Err: fmt.Errorf("interrupted with %d products left", rest), Hint: again}
	case errors.Is(err, affiliatepartner.ErrLinksUnreachable):
		return &output.CodeError{Code: output.Outage,
			Err:  fmt.Errorf("stopped with %d products left: %w", rest, err),
			Hint: again + ", when the platform can be reached"}
	case err != nil:
		return fmt.Errorf("stopped with %d products left: %w", rest, err)
	case s.NotAnswered > 0:
		return &output.CodeError{Code: output.Partial,
			Err: fmt.Errorf("%d products have no answer", s.NotAnswered), Hint: again}
	case s.Linkless > 0:
		return &output.CodeError{
			Code: output.Partial, Err: fmt.Errorf("%d products got no link", s.Linkless),
			Hint: "when the reasons are mended, run it again with --retry-failed",
		}
	}
	return nil
}
