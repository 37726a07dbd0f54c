package affiliatepartner

import (
	"context"
	"errors"
	"iter"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/bulk"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// generateLinks is the name of the run, in errors.
const generateLinks = "affiliatepartner.GenerateLinks"

// GenerateLinksRequest asks for the links of any number of a campaign's products.
type GenerateLinksRequest struct {
	// CampaignID is the campaign. Required.
	CampaignID tiktokshop.ID
	// ProductIDs are read as they are needed, in the goroutine that ranges over the results: a
	// slice's values, a file's lines, a database cursor. Required.
	ProductIDs iter.Seq[tiktokshop.ID]
	// Concurrency is how many calls are in flight at most, 1 to 64; 0 means 4.
	Concurrency int
	// DuplicateWindow is how many of the latest ids are remembered, so that a duplicate among them
	// is answered without being asked again; 0 means 10,000, and less than 50 means 50. One that
	// comes later is asked again.
	DuplicateWindow int
	// Skip is how many ids of the input are passed over: those that a run before has answered.
	Skip int
	// MaxUnanswered is how many calls in a row may get no answer, or one that says the platform is
	// unavailable, before the run stops; 0 means 5.
	MaxUnanswered int
	// OnProgress, if set, is called after each batch of results, in the goroutine that ranges over
	// them. If it panics, the run stops with ErrProgressPanicked.
	OnProgress func(LinkProgress)
}

// LinkStatus is what became of a product id. The set is closed.
type LinkStatus string

// What becomes of a product id.
const (
	LinkMade LinkStatus = "linked" // there is a link
	// the platform reported a failure, without a reason; see DiagnoseLinks
	LinkFailed LinkStatus = "failed"
	// the platform's answer does not mention it: ask again
	LinkUnaccounted LinkStatus = "unaccounted"
	// its call was refused or got no answer, or the id is malformed; see Err
	LinkError    LinkStatus = "error"
	LinkNotTried LinkStatus = "not tried" // the run had stopped before; see Err
)

// LinkResult is what became of one id of the input.
type LinkResult struct {
	ProductID tiktokshop.ID
	// Position is the id's place in the input, from 0; skipped ids count.
	Position int
	Status   LinkStatus
	// Link is the URL, if Status is LinkMade.
	Link string
	// RequestID is of the call that answered, "" if none did.
	RequestID string
	// Err is the reason of LinkError and LinkNotTried.
	Err error
}

// LinkProgress counts the results so far; a duplicate counts each time.
type LinkProgress struct {
	Linked, Failed, Unaccounted, Errors, NotTried int
	// Calls counts the requests answered or failed so far.
	Calls int
}

// Done is the number of results so far.
func (p LinkProgress) Done() int {
	return p.Linked + p.Failed + p.Unaccounted + p.Errors + p.NotTried
}

// Reasons of a *LinksStoppedError that the last call's error does not show by itself.
var (
	// ErrLinksUnreachable: as many calls in a row as MaxUnanswered got no answer, or one that says
	// the platform is unavailable.
	ErrLinksUnreachable = bulk.ErrUnreachable
	// ErrProgressPanicked: the request's OnProgress panicked.
	ErrProgressPanicked = bulk.ErrProgressPanicked
)

// LinksStoppedError ends a run that could not go on: the context ended, the platform's answer would
// be the same for every batch (token, permission, campaign), no call got through
// (ErrLinksUnreachable), or OnProgress panicked. Its Resume is for Skip of the next run.
type LinksStoppedError = bulk.StoppedError

// GenerateLinks makes the links of any number of products with GenerateMultiProductLink, 50 at a
// time and several calls at once. It yields one result for each id of the input, in the input's
// order; memory does not grow with the input.
//
// A refused batch costs its own ids (LinkError) and no others. A refusal that every batch would
// meet stops the run, and so do five calls in a row that do not get through: calls in flight are
// awaited, the rest of the input is read and yielded as LinkNotTried, and the last element is a
// *LinksStoppedError. If the context ends, no more input is read, and the last element is one too,
// even if all input was read by then. A bad request is an *InputError and the only element.
//
// Breaking out of the loop cancels the calls in flight and waits for them. Ranging again starts
// over. It is a use of package bulk.
func (s *Service) GenerateLinks(
	ctx context.Context, req *GenerateLinksRequest, opts ...tiktokshop.Option,
) iter.Seq2[LinkResult, error] {
	if req == nil {
		req = new(GenerateLinksRequest)
	}
	options := req.options()
	if err := req.validate(options); err != nil {
		return failed[LinkResult](err)
	}
	run := bulk.Run(ctx, s.linkOperation(req.CampaignID, opts), req.ProductIDs, options)
	return func(yield func(LinkResult, error) bool) {
		for r, err := range run {
			if !yield(linkResult(&r), err) {
				return
			}
		}
	}
}

// linkOperation makes the links of a campaign's products.
func (s *Service) linkOperation(
	campaign tiktokshop.ID, opts []tiktokshop.Option,
) bulk.Operation[tiktokshop.ID, string] {
	return bulk.Operation[tiktokshop.ID, string]{
		Name: generateLinks, Noun: "ids",
		Limit:      bulk.MaxItems[GenerateMultiProductLinkRequest]("ProductIDs"),
		ItemFields: []string{"ProductIDs"},
		Key:        func(id tiktokshop.ID) string { return string(id) },
		Share:      true,
		Stops:      stopsCampaign,
		Call: func(ctx context.Context, ids []tiktokshop.ID) (*bulk.Answer[string], error) {
			resp, err := s.GenerateMultiProductLink(ctx, &GenerateMultiProductLinkRequest{
				CampaignID: campaign, ProductIDs: ids,
			}, opts...)
			if err != nil {
				return nil, err
			}
			return bulk.AnswerOf(resp, linkOutcomes(ids, resp.Data.Outcome(ids))), nil
		},
	}
}

// linkOutcomes brings a sorted answer into the order of the ids, each of which it has once.
func linkOutcomes(ids []tiktokshop.ID, sorted LinkOutcome) []bulk.Outcome[string] {
	outcomes := make([]bulk.Outcome[string], len(ids))
	for i, id := range ids {
		switch {
		case len(sorted.Linked) > 0 && sorted.Linked[0].ProductID == id:
			outcomes[i] = bulk.Outcome[string]{Status: bulk.Done, Value: sorted.Linked[0].Link}
			sorted.Linked = sorted.Linked[1:]
		case len(sorted.Failed) > 0 && sorted.Failed[0] == id:
			outcomes[i].Status = bulk.Failed
			sorted.Failed = sorted.Failed[1:]
		}
	}
	return outcomes
}

func (req *GenerateLinksRequest) options() bulk.Options {
	options := bulk.Options{
		Concurrency: req.Concurrency, DuplicateWindow: req.DuplicateWindow,
		Skip: req.Skip, MaxUnanswered: req.MaxUnanswered,
	}
	if req.OnProgress != nil {
		options.OnProgress = func(p bulk.Progress) {
			req.OnProgress(LinkProgress{
				Linked: p.Done, Failed: p.Failed, Unaccounted: p.Unaccounted, Errors: p.Errors,
				NotTried: p.NotTried, Calls: p.Calls,
			})
		}
	}
	return options
}

func (req *GenerateLinksRequest) validate(options bulk.Options) error {
	var found mistakes
	found.add("CampaignID", bind.PlatformID(string(req.CampaignID)))
	if req.ProductIDs == nil {
		found.add("ProductIDs", bind.Missing)
	}
	for _, mistake := range tiktokshop.InputErrors(options.Validate(generateLinks)) {
		found.add(mistake.Field, mistake.Reason)
	}
	return found.err(generateLinks)
}

// linkResult says the result of a run in the words of links.
func linkResult(r *bulk.Result[tiktokshop.ID, string]) LinkResult {
	status := LinkStatus(r.Status)
	if r.Status == bulk.Done {
		status = LinkMade
	}
	return LinkResult{
		ProductID: r.Item, Position: r.Position, Status: status, Link: r.Value,
		RequestID: r.RequestID, Err: r.Err,
	}
}

// Codes that do not fit their kind: one refuses every product of a campaign, the other only one
// product.
const (
	codeCampaignOffline = 16032009
	codeProductNotFound = 16032010
)

// stopsCampaign says of errors of a campaign's products whether every other batch would meet them.
func stopsCampaign(err error) (stops, known bool) {
	var apiErr *tiktokshop.APIError
	if errors.As(err, &apiErr) &&
		(apiErr.Code == codeCampaignOffline || apiErr.Code == codeProductNotFound) {
		return apiErr.Code == codeCampaignOffline, true
	}
	notFound := errors.Is(err, tiktokshop.ErrNotFound) // the campaign
	return notFound, notFound
}

// stopsLinks tells whether every other batch would meet the same error.
func stopsLinks(err error) bool {
	if stops, known := stopsCampaign(err); known {
		return stops
	}
	return bulk.Stops(err)
}
