package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/verify"
)

// verifyOptions are the flags of `tts verify`.
type verifyOptions struct {
	out, samples               string
	rate                       float64
	ids, pages, most           int
	modules, accounts, ignored []string
	probe, list, quiet         bool
}

func (a *App) verifyCommand() *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check that the platform answers as the SDK expects",
		Long: `Check that the platform answers as the SDK expects, by calls that only read.

It calls operations sent as GET and a fixed list of searches; --list prints them. Everything else is refused before it
is sent. It follows ids from answer to answer: from shops to orders, their details and packages, from campaigns to their
products. Each answer is held against what the SDK knows of it: its fields, types and values, error codes, versions, scopes,
and whether the signature was accepted.

The report has no values of answers: it can be shown to anybody. --samples also writes an answer of each operation with
names, addresses, numbers, ids, times and sums replaced; look through them before you publish them. --probe asks in
addition what the platform's documents leave open, by some fifty requests that are wrong on purpose.

The exit code is 4 if there are deviations.`,
		Example: `  tts verify --out report
  tts verify --modules order,fulfillment --rate 1
  tts verify --probe --samples samples --out report
  tts --fake verify`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.fake && !cmd.Flags().Changed("rate") {
				o.rate = 0
			}
			return a.verify(cmd.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "",
		"write the report into this folder, as report.md and report.json (default: Markdown to stdout)")
	f.StringVar(&o.samples, "samples", "",
		"write answers with everything personal replaced into this folder")
	f.BoolVar(&o.probe, "probe", false, "also ask what the platform's documents leave open")
	f.BoolVar(&o.list, "list", false, "print what may be called, and send nothing")
	f.BoolVar(&o.quiet, "quiet", false, "do not tell on stderr what is being called")
	f.Float64Var(&o.rate, "rate", 2, "requests a second at most; with --fake as many as go")
	f.IntVar(&o.ids, "ids", 2, "ids that each operation is called with")
	f.IntVar(&o.pages, "pages", 2, "pages to read of a list")
	f.IntVar(&o.most, "max-calls", 2000, "end the run after that many requests")
	f.StringSliceVar(&o.modules, "modules", nil,
		"modules to call, such as order,product (default all)")
	f.StringSliceVar(&o.accounts, "accounts", nil, "call what is for these kinds of account: "+
		strings.Join(verify.Accounts, ", ")+" (default: what the token is for)")
	f.StringSliceVar(&o.ignored, "ignore", nil, "kinds of deviations to leave out, such as scope")
	cobra.CheckErr(c.MarkFlagDirname("out"))
	cobra.CheckErr(c.MarkFlagDirname("samples"))
	return c
}

// check finds mistakes in the flags, all at once.
func (o *verifyOptions) check() error {
	var errs []error
	for _, n := range []struct {
		name       string
		value      int
		from, upTo int
	}{{"ids", o.ids, 1, 50}, {"pages", o.pages, 1, 100}, {"max-calls", o.most, 1, 1_000_000}} {
		if n.value < n.from || n.value > n.upTo {
			errs = append(errs, usagef("--%s must be %d to %d", n.name, n.from, n.upTo))
		}
	}
	if o.rate < 0 || o.rate > 50 {
		errs = append(errs, usagef("--rate must be 0 to 50"))
	}
	modules := make(map[string]bool)
	for e, err := range catalog.Heads() {
		if err != nil {
			return err
		}
		modules[e.Module] = true
	}
	for _, m := range o.modules {
		if !modules[m] {
			errs = append(errs, usagef("--modules: there is no module %q", m))
		}
	}
	for _, account := range o.accounts {
		if !slices.Contains(verify.Accounts, account) {
			errs = append(errs, usagef("--accounts: %q is none of %s", account,
				strings.Join(verify.Accounts, ", ")))
		}
	}
	for _, kind := range o.ignored {
		if !slices.Contains(verify.Kinds, verify.Kind(kind)) {
			errs = append(errs, usagef("--ignore: there is no kind %q of deviation", kind))
		}
	}
	return errors.Join(errs...)
}

func (a *App) verify(ctx context.Context, o *verifyOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.list {
		return a.verifyList(o)
	}
	run := verify.Options{
		Rate: o.rate, IDs: o.ids, Pages: o.pages, MaxCalls: o.most, Modules: o.modules,
		Accounts: o.accounts, Masked: a.Masked, Now: a.Now,
	}
	if a.fake && len(o.accounts) == 0 {
		run.Accounts = verify.Accounts
	}
	if !o.quiet && a.ErrTerminal {
		run.Note = a.Note
	}
	if o.probe {
		secret, key, err := a.signingSecret(ctx)
		if err != nil {
			return err
		}
		if run.Signer, err = tiktokshop.NewSigner(key, secret.Reveal()); err != nil {
			return err
		}
	}
	var samples *verify.Samples
	if o.samples != "" {
		var err error
		if samples, err = verify.NewSamples(o.samples); err != nil {
			return usagef("--samples: %w", err)
		}
		run.Sample = samples.Add
	}
	if o.out != "" {
		if err := os.MkdirAll(o.out, 0o755); err != nil {
			return usagef("--out: %w", err)
		}
	}
	client, err := a.Client(ctx)
	if err != nil {
		return err
	}
	report, ended := verify.Run(ctx, client, run)
	if report == nil {
		return ended
	}
	report.Version = Version()
	if ended != nil {
		report.Ended = a.Masked(ended.Error())
	}
	if samples != nil {
		report.Samples = samples.Count()
	}
	kinds := make([]verify.Kind, len(o.ignored))
	for i, kind := range o.ignored {
		kinds[i] = verify.Kind(kind)
	}
	report.Without(kinds...)
	if err := a.showReport(report, o); err != nil {
		return errors.Join(err, ended)
	}
	if n := len(report.Findings); ended == nil && n > 0 {
		return &output.CodeError{
			Code: output.Partial,
			Err:  fmt.Errorf("the platform deviates from what the SDK knows in %d places", n),
			Hint: "send the report to the SDK's maintainers: it has no values of answers",
		}
	}
	return ended
}

// showReport writes the report into the folder, or prints it.
func (a *App) showReport(report *verify.Report, o *verifyOptions) error {
	if o.out == "" {
		return a.Show(report, func() error { return report.Markdown(a.Out) })
	}
	var md strings.Builder
	if err := report.Markdown(&md); err != nil {
		return err
	}
	js, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"report.md": []byte(md.String()),
		"report.json": append(js, '\n')} {
		if err := os.WriteFile(filepath.Join(o.out, name), content, 0o644); err != nil {
			return err
		}
	}
	return a.Show(map[string]any{"out": o.out, "findings": len(report.Findings),
		"requests": report.Requests, "samples": report.Samples}, func() error {
		a.Println("%s", report.Summary())
		return nil
	})
}

// verifyList prints what a run may call.
func (a *App) verifyList(o *verifyOptions) error {
	var listed []catalog.Line
	var rows [][]string
	for e, err := range catalog.Heads() {
		if err != nil {
			return err
		}
		if verify.Refused(e) != "" || len(o.modules) > 0 && !slices.Contains(o.modules, e.Module) {
			continue
		}
		line := e.Line()
		listed = append(listed, line)
		rows = append(rows, []string{line.Name, line.Method, line.Path, line.Summary})
	}
	return a.Show(listed,
		func() error { return a.Table([]string{"NAME", "METHOD", "PATH", "SUMMARY"}, rows) })
}
