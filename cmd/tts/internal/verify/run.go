// Package verify holds the platform against the facts: it calls what only reads, follows ids from
// answer to answer, and tells what answers do that the facts do not say.
package verify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/request"
)

// Options say how a run goes.
type Options struct {
	// Base sends the requests; nil is http.DefaultTransport.
	Base http.RoundTripper
	// Rate is how many requests are sent in a second; 0 does not limit them.
	Rate float64
	// IDs is how many ids each operation is tried with, Pages how many pages of a list are read; 0
	// stands for 2.
	IDs, Pages int
	// MaxCalls ends the run after that many requests; 0 stands for 2000.
	MaxCalls int
	// Accounts are the kinds of account whose operations are called: seller, partner, creator,
	// supplier. Without any, those are called that the token turns out to be of.
	Accounts []string
	// Modules are the modules to call; without any all are.
	Modules []string
	// Signer also asks the open questions: it signs requests that the SDK does not send. Nil leaves
	// them out.
	Signer *tiktokshop.Signer
	// Sample is given each answer that was a success, if it is not nil.
	Sample func(e *catalog.Entry, envelope []byte) error
	// Masked takes secrets out of a text; nil leaves it.
	Masked func(string) string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Note is told what the run does, if it is not nil.
	Note func(format string, args ...any)
}

// Accounts are the kinds of account that Options.Accounts takes.
var Accounts = []string{"seller", "partner", "creator", "supplier"}

// accountOf is the kind of account that an operation is for.
func accountOf(e *catalog.Entry) string {
	switch {
	case e.Entity == "creator", e.Module == "affiliate", e.Module == "affiliate_creator":
		return "creator"
	case e.Entity == "asset", e.Entity == "account", e.Identifier == tiktokshop.CategoryAssetCipher:
		return "partner"
	case strings.HasPrefix(e.Module, "gs_full_service"):
		return "supplier"
	}
	return "seller"
}

// Outcome is how it went with an operation.
type Outcome string

// The outcomes, each of which a later one wins over.
const (
	NotCalled   Outcome = "not called"  // Reason says why
	Unanswered  Outcome = "no answer"   // the network or the platform failed
	WasRefused  Outcome = "refused"     // with a code that is known; its answers were not seen
	WasDeviant  Outcome = "deviates"    // not a success, and a finding says why
	WasAnswered Outcome = "answered"    // at least once with a success
	ByRule      Outcome = "not allowed" // it is not read-only
)

// Operation is how it went with one.
type Operation struct {
	Name    string  `json:"name"`
	Method  string  `json:"method"`
	Path    string  `json:"path"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitzero"`
	Calls   int     `json:"calls"`
	// Fields is how many the facts have of an answer, Seen how many of them had a value.
	Fields int `json:"fields"`
	Seen   int `json:"seen"`
	// Unseen are the places that had none.
	Unseen []string `json:"unseen,omitzero"`
}

// run is one run.
type run struct {
	Options
	client  *tiktokshop.Client
	guard   *guard
	seen    ids
	report  *Report
	results map[string]*Operation
	places  map[string]map[string]bool
	forms   map[string]*Form
	shop    string // the cipher of the first shop, "" if none is known
	asset   string
	stop    error // what ends the run
	quiet   bool  // refusals only tell whose token it is
}

// Run calls what may be called and reports. The error is one that ended the run early; the report
// has what was seen before.
func Run(ctx context.Context, client *tiktokshop.Client, o Options) (*Report, error) {
	o.IDs, o.Pages, o.MaxCalls = cmp.Or(o.IDs, 2), cmp.Or(o.Pages, 2), cmp.Or(o.MaxCalls, 2000)
	if o.Base == nil {
		o.Base = http.DefaultTransport
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Note == nil {
		o.Note = func(string, ...any) {}
	}
	if o.Masked == nil {
		o.Masked = func(s string) string { return s }
	}
	allowed, err := newReadOnly()
	if err != nil {
		return nil, err
	}
	r := &run{
		Options: o, seen: make(ids), report: &Report{Started: o.Now().UTC(),
			Findings: []*Finding{}}, results: make(map[string]*Operation),
		places: make(map[string]map[string]bool), forms: newForms(),
		guard: &guard{base: o.Base, allowed: allowed, most: o.MaxCalls},
	}
	if o.Rate > 0 {
		r.guard.interval = time.Duration(float64(time.Second) / o.Rate)
	}
	if r.client, err = client.With(
		tiktokshop.WithHTTPClient(&http.Client{Transport: r.guard})); err != nil {
		return nil, err
	}
	entries, err := r.entries()
	if err != nil {
		return nil, err
	}
	r.accounts(ctx)
	r.crawl(ctx, entries)
	if r.stop == nil {
		r.tryForms(ctx)
	}
	if r.stop == nil && o.Signer != nil {
		r.probe(ctx)
	}
	if o.Signer != nil {
		r.report.Probes = append(r.report.Probes, r.hourlyCap())
	}
	r.finish(entries)
	return r.report, r.stop
}

// entries are the operations, those that may be called by the options and those that are told as
// not called.
func (r *run) entries() ([]*catalog.Entry, error) {
	var all []*catalog.Entry
	for e, err := range catalog.All() {
		if err != nil {
			return nil, err
		}
		if len(r.Modules) > 0 && !slices.Contains(r.Modules, e.Module) {
			continue
		}
		all = append(all, e)
		result := &Operation{Name: e.Name, Method: e.Method, Path: e.Template(), Outcome: NotCalled}
		if why := Refused(&e.Head); why != "" {
			result.Outcome, result.Reason = ByRule, why
		} else if e.RetiredBy(r.Now()) {
			result.Reason = "the platform has stopped it on " + e.Operation.Retired
		}
		r.results[e.Name] = result
	}
	return all, nil
}

// accounts finds out whose token it is, and the ciphers.
func (r *run) accounts(ctx context.Context) {
	found := r.Accounts
	r.quiet = len(r.Accounts) == 0
	for _, known := range []struct{ name, account, list string }{
		{"authorization.GetAuthorizedShops", "seller", "shops"},
		{"authorization.GetAuthorizedCategoryAssets", "partner", "category_assets"},
	} {
		e, err := catalog.Find(known.name)
		if err != nil || r.stop != nil || len(r.Accounts) > 0 &&
			!slices.Contains(r.Accounts, known.account) {
			continue
		}
		a := r.call(ctx, e, nil)
		if a == nil || !a.ok {
			continue
		}
		list, _ := catalog.Place(a.data, known.list).([]any)
		if len(list) == 0 {
			continue
		}
		if r.quiet {
			found = append(found, known.account)
		}
		cipher := catalog.Text(catalog.Place(list[0], "cipher"))
		switch {
		case known.account == "seller" && !r.hasCipher(ctx, tiktokshop.ShopCipher, "shop_cipher"):
			r.shop = cipher
		case known.account == "partner" && !r.hasCipher(ctx, tiktokshop.CategoryAssetCipher,
			"category_asset_cipher"):
			r.asset = cipher
		}
	}
	r.quiet = false
	if len(found) == 0 {
		found = []string{"creator"}
	}
	r.Accounts = found
	r.report.Accounts = found
	r.Note("The run calls what is for: %s.", strings.Join(found, ", "))
}

// hasCipher tells whether the client has a cipher of its own, which then counts. Nothing is sent.
func (r *run) hasCipher(ctx context.Context, identifier tiktokshop.Identifier, name string) bool {
	op := &tiktokshop.Operation{Name: "verify", Method: http.MethodGet, Path: "/",
		Identifier: identifier, IdentifierOptional: true}
	var look looker
	_, _ = tiktokshop.Do[json.RawMessage](ctx, r.client, op, tiktokshop.Params{},
		tiktokshop.WithAccessToken("not-sent"),
		tiktokshop.WithHTTPClient(&http.Client{Transport: &look}), tiktokshop.WithoutRetry())
	return look.query.Get(name) != ""
}

// looker looks at a request instead of sending it.
type looker struct{ query url.Values }

func (l *looker) RoundTrip(req *http.Request) (*http.Response, error) {
	l.query = req.URL.Query()
	return nil, errors.New("verify: not sent")
}

// crawl calls what can be called, again and again with what the answers brought, until nothing is
// new. A module's own lists go first: what another module mentions may be gone.
func (r *run) crawl(ctx context.Context, entries []*catalog.Entry) {
	done := make(map[string]bool)
	ownOnly := true
	for progress := true; r.stop == nil; {
		if !progress && !ownOnly {
			return
		}
		ownOnly = progress && ownOnly
		progress = false
		for _, e := range entries {
			result := r.results[e.Name]
			if done[e.Name] || result.Outcome == ByRule || e.RetiredBy(r.Now()) {
				continue
			}
			if !slices.Contains(r.Accounts, accountOf(e)) {
				result.Reason = cmp.Or(result.Reason, "it is for the account of a "+accountOf(e))
				continue
			}
			requests, lack := fill(e, r.seen, ownOnly, r.IDs, r.Now())
			if lack != "" {
				result.Reason = lack
				continue
			}
			done[e.Name], progress = true, true
			result.Reason = ""
			r.Note("%s %s", e.Name, shownValues(requests[0]))
			for _, values := range requests {
				if r.stop == nil {
					r.pages(ctx, e, values)
				}
			}
		}
	}
}

// pages calls an operation, and goes on to further pages of a list.
func (r *run) pages(ctx context.Context, e *catalog.Entry, values map[string]any) {
	for page := 1; ; page++ {
		a := r.call(ctx, e, values)
		if a == nil || !a.ok || e.Pages == nil || page >= r.Pages || r.stop != nil {
			return
		}
		next := catalog.Text(catalog.Place(a.data, e.Pages.Next))
		if next == "" || next == "0" || e.Pages.HasMore != "" &&
			catalog.Place(a.data, e.Pages.HasMore) == false ||
			next == catalog.Text(values[catalog.PageToken]) {
			return
		}
		further := map[string]any{catalog.PageToken: next}
		for name, v := range values {
			if name != catalog.PageToken {
				further[name] = v
			}
		}
		for _, name := range e.Pages.Carry {
			if v := catalog.Place(a.data, name); catalog.Text(v) != "" {
				further[name] = v
			}
		}
		values = further
	}
}

// ciphers are the options for those that the run has found where the client has none.
func (r *run) ciphers() []tiktokshop.Option {
	var opts []tiktokshop.Option
	if r.shop != "" {
		opts = append(opts, tiktokshop.WithShopCipher(r.shop))
	}
	if r.asset != "" {
		opts = append(opts, tiktokshop.WithCategoryAssetCipher(r.asset))
	}
	return opts
}

// call makes one call and checks the answer; nil if there was none.
func (r *run) call(ctx context.Context, e *catalog.Entry, values map[string]any) *answer {
	result := r.results[e.Name]
	if result == nil { // of a module that was not asked for
		result = &Operation{Name: e.Name, Method: e.Method, Path: e.Template(), Outcome: NotCalled}
		r.results[e.Name] = result
	}
	x := new(exchange)
	err := r.send(ctx, e, values, x)
	if !x.sent {
		r.unsent(ctx, result, err)
		return nil
	}
	result.Calls++
	a := check(e, x.status, x.header, x.body)
	r.report.noteCode(a.code, a.status, e.Name)
	if r.quiet && !a.ok {
		result.Reason = fmt.Sprintf("code %d", a.code)
		r.ends(err)
		return a
	}
	r.noteForm(e, x, a)
	for _, f := range a.findings {
		r.report.add(f, a.requestID)
	}
	switch {
	case a.ok:
		result.Outcome, result.Reason = WasAnswered, ""
		r.seen.take(e.Module, "", a.data)
		if r.places[e.Name] == nil {
			r.places[e.Name] = make(map[string]bool)
		}
		for place := range a.seen {
			r.places[e.Name][place] = true
		}
		if r.Sample != nil {
			r.stop = cmp.Or(r.stop, r.Sample(e, x.body))
		}
	case len(a.findings) > 0:
		r.outcome(result, WasDeviant, "")
	case tiktokshop.Retryable(err):
		r.outcome(result, Unanswered, fmt.Sprintf("HTTP %d, code %d: %s", a.status, a.code,
			r.clean(a.message)))
	default:
		r.outcome(result, WasRefused, fmt.Sprintf("code %d: %s", a.code, r.clean(a.message)))
	}
	r.ends(err)
	return a
}

// send sends a request for an operation, and has x note what comes back.
func (r *run) send(
	ctx context.Context, e *catalog.Entry, values map[string]any, x *exchange,
	opts ...tiktokshop.Option,
) error {
	in := request.New(e)
	for name, v := range values {
		in.Set(name, v)
	}
	req, err := in.Build(false)
	if err != nil {
		return err
	}
	_, err = req.Do(context.WithValue(ctx, exchangeKey{}, x), r.client,
		append(r.ciphers(), opts...)...)
	return err
}

// outcome notes how a call went, unless another call of the operation went better.
func (r *run) outcome(result *Operation, o Outcome, reason string) {
	if result.Outcome != WasAnswered {
		result.Outcome, result.Reason = o, reason
	}
}

// unsent notes a call that had no answer.
func (r *run) unsent(ctx context.Context, result *Operation, err error) {
	var most tooManyCallsError
	switch {
	case ctx.Err() != nil:
		r.stop = ctx.Err()
	case errors.As(err, &most):
		r.stop = most
	case len(tiktokshop.InputErrors(err)) > 0:
		result.Reason = "no request can be made: " + r.clean(err.Error())
	default:
		r.outcome(result, Unanswered, r.clean(err.Error()))
		r.ends(err)
	}
}

// ends tells errors after which no call can succeed.
func (r *run) ends(err error) {
	for _, kind := range []error{
		tiktokshop.ErrTokenExpired, tiktokshop.ErrTokenInvalid, tiktokshop.ErrRefreshTokenInvalid,
		tiktokshop.ErrInvalidAppKey,
		tiktokshop.ErrClockSkew, tiktokshop.ErrIPNotAllowed, tiktokshop.ErrQuotaExhausted,
	} {
		if errors.Is(err, kind) && r.stop == nil {
			r.stop = err
		}
	}
}

var (
	digits = regexp.MustCompile(`[0-9]{5,}`)
	quoted = regexp.MustCompile(`[A-Za-z0-9_+/=-]{24,}|[^\s@]+@[^\s@]+`)
)

// clean is a text of the platform's without secrets, ids and addresses.
func (r *run) clean(text string) string {
	text = quoted.ReplaceAllString(r.Masked(text), "…")
	return digits.ReplaceAllString(text, "#")
}

// finish makes the report of what the run has seen.
func (r *run) finish(entries []*catalog.Entry) {
	r.report.Finished, r.report.Requests, r.report.Host = r.Now().UTC(), r.guard.calls, r.guard.host
	for _, e := range entries {
		result := r.results[e.Name]
		all := placesOf("", e.Answer, nil)
		result.Fields = len(all)
		if result.Outcome == WasAnswered {
			for _, place := range all {
				if r.places[e.Name][place] {
					result.Seen++
				} else {
					result.Unseen = append(result.Unseen, place)
				}
			}
		}
		r.report.Operations = append(r.report.Operations, result)
	}
	r.report.Forms = formsOf(r.forms)
	for _, f := range r.report.Forms {
		if f.Result == FormRefused && !slices.ContainsFunc(r.report.Findings,
			func(g *Finding) bool {
				return g.Kind == Signature && g.Operation == f.Operation
			}) {
			r.report.add(Finding{Operation: f.Operation, Kind: Signature, Detail: f.Name}, "")
		}
	}
}

// placesOf are the places of fields.
func placesOf(at string, fields []*catalog.Field, all []string) []string {
	for _, f := range fields {
		place := at + f.Name
		all = append(all, place)
		inner := f
		for inner.Items != nil {
			place, inner = place+"[]", inner.Items
		}
		all = placesOf(place+".", inner.Fields, all)
	}
	return all
}
