package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/request"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/textfile"
	"github.com/tiktokshop-go/tiktokshop/operations"
)

// callOptions are the flags that every operation has.
type callOptions struct {
	data                                 string
	all, curl, reveal, dryRun, unchecked bool
	given                                map[*catalog.Field]*fieldFlag
}

// callCommand has a command below it for the operation that args name, with flags made from the
// table.
func (a *App) callCommand(args []string) *cobra.Command {
	var o callOptions
	c := &cobra.Command{
		Use:   "call module.Operation",
		Short: "Call any operation",
		Long: `Call any operation of the platform by the name of its module and its own: ` + "`tts ops` lists them, `tts explain`" + `
says what their fields mean. Each field of the request has a flag; a list takes values separated by commas, an
object takes JSON or @ and the name of a file. --data takes the whole request as JSON, and flags win over it.

All mistakes are found by the tables of this program and told at once, before anything is sent. The answer's data is
printed as JSON; items that failed in a success are told on stderr, with exit code 4.`,
		Example: `  tts call order.GetOrderList --page-size 50 --order-status AWAITING_SHIPMENT
  tts call order.GetOrderList --all --order-status AWAITING_SHIPMENT
  tts call product.CreateProduct --data @product.json --dry-run
  tts call order.GetOrderDetail --ids 576461413038785752 --curl`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("name an operation, such as order.GetOrderList: `tts ops` lists them")
			}
			_, err := catalog.Find(args[0])
			if err == nil {
				err = usagef("name the operation right after `call`")
			}
			return err
		},
		ValidArgsFunction: completeOperations,
		// never: Args has refused
		RunE: func(*cobra.Command, []string) error { return nil },
		// An operation that there is has a command below; what follows one that there is not are
		// not flags of this one.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}
	f := c.PersistentFlags()
	f.StringVar(&o.data, "data", "",
		"the request's fields as a JSON object, @ and the name of a file with it, or - for stdin")
	f.BoolVar(&o.all, "all", false, "read all pages of a list, and print an item a line")
	f.BoolVar(&o.curl, "curl", false,
		"print the request as a command line of curl, and send nothing")
	f.BoolVar(&o.reveal, "reveal", false, "show signature, access token and secrets of an answer")
	f.BoolVar(&o.dryRun, "dry-run", false, "check and sign the request, show it, and send nothing")
	f.BoolVar(&o.unchecked, "no-check", false,
		"send what the tables refuse: the platform may be ahead of them")
	if name := operationIn(args); name != "" {
		if entry, err := catalog.Find(name); err == nil {
			c.AddCommand(a.operationCommand(name, entry, &o))
		}
	}
	return c
}

// operationIn is the argument after `call` that names an operation, "" if there is none.
func operationIn(args []string) string {
	for i, arg := range args {
		if arg == "call" && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			return args[i+1]
		}
	}
	return ""
}

func completeOperations(
	_ *cobra.Command, args []string, typed string,
) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for op := range operations.All() {
		if len(op.Name) >= len(typed) && strings.EqualFold(op.Name[:len(typed)], typed) {
			names = append(names, cobra.CompletionWithDesc(op.Name, op.Method+" "+op.Path))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// fieldFlag is a flag of a field. What is typed is judged later, with everything else.
type fieldFlag struct {
	field *catalog.Field
	texts []string
}

func (f *fieldFlag) String() string { return strings.Join(f.texts, ",") }

// Set keeps what was typed.
func (f *fieldFlag) Set(text string) error {
	f.texts = append(f.texts, text)
	return nil
}

// Type is what the help shows.
func (f *fieldFlag) Type() string {
	switch t := f.field.Type; {
	case t == "":
		return "text"
	case t == "list" && f.field.Items.Type == "object", t == "object":
		return "json"
	case strings.HasPrefix(t, "int"):
		return "int"
	default:
		return t
	}
}

// flagName is the flag of a field: its name with dashes, unless another flag has it.
func flagName(c *cobra.Command, f *catalog.Field) string {
	name := strings.ReplaceAll(f.Name, "_", "-")
	if f.Type == "file" && name == "data" {
		name = "file"
	}
	if c.Flags().Lookup(name) != nil || c.InheritedFlags().Lookup(name) != nil ||
		slices.Contains(globalFlags, name) {
		name = "field-" + name
	}
	return name
}

// globalFlags are those of root and call.
var globalFlags = []string{"json", "fake", "profile", "config-dir", "help", "data", "all", "curl",
	"reveal", "dry-run", "no-check"}

func (a *App) operationCommand(name string, e *catalog.Entry, o *callOptions) *cobra.Command {
	c := &cobra.Command{
		Use:   name,
		Short: e.Summary,
		Long: strings.TrimSpace(e.Summary+"\n\n"+e.Description) + "\n\n" + e.Method + " " +
			e.Template(),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.call(cmd.Context(), e, o) },
	}
	c.Flags().SortFlags = false // the required ones first
	o.given = make(map[*catalog.Field]*fieldFlag)
	for _, f := range request.Fields(e) {
		flag := &fieldFlag{field: f}
		o.given[f] = flag
		name := flagName(c, f)
		c.Flags().Var(flag, name, usageOf(f))
		if f.Type == "bool" {
			c.Flags().Lookup(name).NoOptDefVal = "true"
		}
		if f.Type != "file" {
			cobra.CheckErr(c.RegisterFlagCompletionFunc(name, completeValues(f)))
		}
	}
	return c
}

// usageOf is a line about a field.
func usageOf(f *catalog.Field) string {
	text := strings.ReplaceAll(f.Doc, "`", "'")
	if limits := limitsOf(f); limits != "" {
		text += " (" + limits + ")"
	}
	return text
}

// limitsOf are what the platform says of a field in figures.
func limitsOf(f *catalog.Field) string {
	var parts []string
	if f.Required {
		parts = append(parts, "required")
	}
	if f.When != nil {
		parts = append(parts, "required depending on "+f.When.Field)
	}
	unit := ""
	switch f.Type {
	case "":
		unit = " characters"
	case "list":
		unit = " elements"
	}
	switch {
	case f.Min != nil && f.Max != nil:
		parts = append(parts, fmt.Sprintf("%d to %d%s", *f.Min, *f.Max, unit))
	case f.Max != nil:
		parts = append(parts, fmt.Sprintf("at most %d%s", *f.Max, unit))
	case f.Min != nil:
		parts = append(parts, fmt.Sprintf("at least %d%s", *f.Min, unit))
	}
	if len(f.Default) > 0 {
		parts = append(parts, "default "+strings.Trim(string(f.Default), `"`))
	}
	if f.MaxBytes > 0 {
		parts = append(parts, fmt.Sprintf("at most %d MiB", f.MaxBytes>>20))
	}
	return strings.Join(parts, ", ")
}

// completeValues offers the known values of a field; in a list, of the element that is being typed.
func completeValues(f *catalog.Field) cobra.CompletionFunc {
	return func(
		_ *cobra.Command, _ []string, typed string,
	) ([]cobra.Completion, cobra.ShellCompDirective) {
		before, values := "", f.Values
		if f.Items != nil {
			values = f.Items.Values
			if i := strings.LastIndex(typed, ","); i >= 0 {
				before = typed[:i+1]
			}
		}
		var offered []cobra.Completion
		if f.Type == "bool" {
			offered = []cobra.Completion{"true", "false"}
		}
		for _, v := range values {
			offered = append(offered, cobra.CompletionWithDesc(before+v.Value, v.Doc))
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	}
}

func (a *App) call(ctx context.Context, e *catalog.Entry, o *callOptions) (err error) {
	in := request.New(e)
	defer func() { err = errors.Join(err, in.Close()) }()
	if o.data != "" {
		content, err := a.content(ctx, o.data)
		if err != nil {
			return err
		}
		in.SetJSON(content)
	}
	for _, f := range request.Fields(e) {
		in.SetText(f, o.given[f].texts)
	}
	r, mistakes := in.Build(o.unchecked)
	unsent := o.curl || o.dryRun
	var opts []tiktokshop.Option
	if unsent && !o.reveal {
		// no token is asked for, let alone refreshed
		opts = append(opts, tiktokshop.WithAccessToken("not-shown"))
	}
	client, err := a.Client(ctx, opts...)
	if mistakes != nil {
		return errors.Join(mistakes, lacking(ctx, e, client, err))
	}
	if err != nil {
		return err
	}
	for _, note := range in.Unknown() {
		a.Note("note: %s", note)
	}
	if unsent {
		return a.showUnsent(ctx, r, client, o)
	}
	if o.all {
		return a.callAll(ctx, e, r, client, o.reveal)
	}
	resp, err := r.Do(ctx, client)
	if err != nil {
		return err
	}
	return a.showAnswer(e, resp, o.reveal)
}

// lacking is what the client lacks for an operation, as further mistakes beside those of the
// request.
func lacking(ctx context.Context, e *catalog.Entry, client *tiktokshop.Client, err error) error {
	if err != nil {
		return &tiktokshop.InputError{Field: "credentials",
			Reason: "cannot be used: " + err.Error()}
	}
	r, err := request.New(e).Build(true)
	if err == nil {
		_, err = prepared(ctx, r, client)
	}
	var found []error
	for _, m := range tiktokshop.InputErrors(err) {
		if strings.Contains(m.Field, "cipher") || m.Field == "access token" {
			found = append(found, m)
		}
	}
	return errors.Join(found...)
}

// content is what --data names.
func (a *App) content(ctx context.Context, data string) ([]byte, error) {
	var content []byte
	var err error
	name, isFile := strings.CutPrefix(data, "@")
	switch {
	case data == "-":
		content, err = a.readStdin(ctx)
	case isFile:
		content, err = textfile.Read(name)
	default:
		return []byte(data), nil
	}
	if err != nil {
		return nil, fmt.Errorf("--data: %w", orUsage(err))
	}
	return content, nil
}

// showUnsent prints a request as it would be sent.
func (a *App) showUnsent(
	ctx context.Context, r *request.Request, client *tiktokshop.Client, o *callOptions,
) error {
	got, err := prepared(ctx, r, client)
	if err != nil {
		return err
	}
	toSign, err := got.stringToSign()
	if err != nil {
		return err
	}
	if o.curl && !o.dryRun {
		return a.Show(map[string]any{"curl": got.curl(o.reveal), "sent": false}, func() error {
			a.Println("%s", got.curl(o.reveal))
			return nil
		})
	}
	shown := struct {
		Method       string `json:"method"`
		URL          string `json:"url"`
		Body         string `json:"body,omitzero"`
		StringToSign string `json:"string_to_sign"`
		Curl         string `json:"curl,omitzero"`
		Sent         bool   `json:"sent"`
	}{Method: got.Method, URL: got.shownURL(o.reveal), Body: string(got.body), StringToSign: toSign}
	if o.curl {
		shown.Curl = got.curl(o.reveal)
	}
	return a.Show(shown, func() error {
		a.Println("%s %s", shown.Method, shown.URL)
		if shown.Body != "" {
			a.Println("%s", shown.Body)
		}
		a.Println("%s %s", a.Faint("string to sign:"), shown.StringToSign)
		if shown.Curl != "" {
			a.Println("%s", shown.Curl)
		}
		a.Note("The request is in order. Nothing was sent.")
		return nil
	})
}

// callAll prints the items of all pages, one a line.
func (a *App) callAll(
	ctx context.Context, e *catalog.Entry, r *request.Request, client *tiktokshop.Client,
	reveal bool,
) error {
	n := 0
	err := r.All(ctx, client, func(item json.RawMessage) error {
		n++
		if !reveal {
			item = catalog.Masked(item, e.ItemFields())
		}
		_, err := fmt.Fprintf(a.Out, "%s\n", oneLine(item))
		return err
	})
	if err != nil && n > 0 {
		a.Note("%d items were read before this:", n)
	}
	return err
}

// showAnswer prints an answer's data, and tells of items that failed.
func (a *App) showAnswer(
	e *catalog.Entry, resp *tiktokshop.Response[json.RawMessage], reveal bool,
) error {
	data := resp.Data
	if !reveal {
		data = catalog.Masked(data, e.Answer)
	}
	if len(data) == 0 {
		data = json.RawMessage("null")
	}
	var err error
	if a.JSON {
		err = a.Value(map[string]any{"code": resp.Code, "message": resp.Message,
			"request_id": resp.RequestID, "data": data})
	} else {
		err = a.Value(data)
	}
	if err != nil {
		return err
	}
	failed := e.Failures(resp.Data)
	if len(failed) == 0 {
		return nil
	}
	if !a.JSON {
		for i := range failed {
			a.Note("failed: %v", &failed[i])
		}
	}
	return &output.CodeError{Code: output.Partial,
		Err: fmt.Errorf("the call succeeded (request id %s), but %w", resp.RequestID,
			&tiktokshop.PartialError{Operation: e.Name, Items: failed})}
}

// oneLine is JSON on one line.
func oneLine(data json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, data) != nil {
		return bytes.ReplaceAll(data, []byte("\n"), []byte(" "))
	}
	return b.Bytes()
}
