package affiliatepartner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

const (
	// maxMultiLinkProducts is the platform's limit for one GenerateMultiProductLink call.
	maxMultiLinkProducts   = 50
	defaultLinkConcurrency = 4
	maxLinkConcurrency     = 64
	defaultLinkDuplicates  = 10_000

	generateLinks = "affiliatepartner.GenerateLinks" // in errors
	// maxBatchSlots bounds the ids, duplicates included, that one batch answers.
	maxBatchSlots = 4 * maxMultiLinkProducts
)

// GenerateLinksRequest asks for the links of any number of a campaign's products.
type GenerateLinksRequest struct {
	// CampaignID is the campaign. Required.
	CampaignID tiktokshop.ID
	// ProductIDs are read as they are needed, in the goroutine that ranges over the results: a slice's values, a file's lines, a
	// database cursor. Required.
	ProductIDs iter.Seq[tiktokshop.ID]
	// Concurrency is how many calls are in flight at most, 1 to 64; 0 means 4.
	Concurrency int
	// DuplicateWindow is how many of the latest ids are remembered, so that a duplicate among them is answered
	// without being asked again; 0 means 10,000, and less than 50 means 50. One that comes later is asked again.
	DuplicateWindow int
	// OnProgress, if set, is called after each batch of results, in the goroutine that ranges over them. If it panics, the run
	// stops with ErrProgressPanicked.
	OnProgress func(LinkProgress)
}

// LinkStatus is what became of a product id. The set is closed.
type LinkStatus string

// What becomes of a product id.
const (
	LinkMade        LinkStatus = "linked"      // there is a link
	LinkFailed      LinkStatus = "failed"      // the platform reported a failure, without a reason; see DiagnoseLinks
	LinkUnaccounted LinkStatus = "unaccounted" // the platform's answer does not mention it: ask again
	LinkError       LinkStatus = "error"       // its call was refused or got no answer, or the id is malformed; see Err
	LinkNotTried    LinkStatus = "not tried"   // the run had stopped before; see Err
)

// LinkResult is what became of one id of the input.
type LinkResult struct {
	ProductID tiktokshop.ID
	Status    LinkStatus
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

func (p *LinkProgress) add(s LinkStatus) {
	switch s {
	case LinkMade:
		p.Linked++
	case LinkFailed:
		p.Failed++
	case LinkUnaccounted:
		p.Unaccounted++
	case LinkError:
		p.Errors++
	case LinkNotTried:
		p.NotTried++
	}
}

// Reasons of a *LinksStoppedError that the last call's error does not show by itself.
var (
	// ErrLinksUnreachable: ten calls in a row got no answer, or one that says the platform is unavailable.
	ErrLinksUnreachable = errors.New("no call gets through")
	// ErrProgressPanicked: the request's OnProgress panicked.
	ErrProgressPanicked = errors.New("OnProgress panicked")
)

// LinksStoppedError ends a run that could not go on: the context ended, the platform's answer would be the same for every
// batch (token, permission, campaign), no call got through (ErrLinksUnreachable), or OnProgress panicked.
type LinksStoppedError struct {
	// NotTried counts the ids that were read and not asked for. If the context ended, more may be unread.
	NotTried int
	// Err is the reason.
	Err error
}

// Error gives the reason and the count.
func (e *LinksStoppedError) Error() string {
	return fmt.Sprintf("tiktokshop: links stopped with %d ids not tried: %v", e.NotTried, e.Err)
}

// Unwrap returns the reason.
func (e *LinksStoppedError) Unwrap() error { return e.Err }

// GenerateLinks makes the links of any number of products with
// GenerateMultiProductLink, 50 at a time and several calls at once. It yields one result for each id of
// the input, in the input's order; memory does not grow with the input.
//
// A refused batch costs its own ids (LinkError) and no others. A refusal that every batch would meet stops the run, and
// so do ten calls in a row that do not get through: calls in flight are awaited, the rest of the input is read and yielded as
// LinkNotTried, and the last element is a *LinksStoppedError. If the context ends, no more input is read, and the last
// element is one too, even if all input was read by then. A bad request is an *InputError and the only element.
//
// Breaking out of the loop cancels the calls in flight and waits for them. Ranging again starts over.
func (s *Service) GenerateLinks(ctx context.Context, req *GenerateLinksRequest, opts ...tiktokshop.Option) iter.Seq2[LinkResult, error] {
	r, err := req.normalize()
	if err != nil {
		return failed[LinkResult](err)
	}
	return func(yield func(LinkResult, error) bool) {
		run := &linkRun{service: s, opts: opts, req: r, recent: make(map[tiktokshop.ID]*linkAnswer)}
		run.run(ctx, yield)
	}
}

func (req *GenerateLinksRequest) normalize() (GenerateLinksRequest, error) {
	var r GenerateLinksRequest
	if req != nil {
		r = *req
	}
	r.Concurrency = cmp.Or(r.Concurrency, defaultLinkConcurrency)
	r.DuplicateWindow = cmp.Or(r.DuplicateWindow, defaultLinkDuplicates)
	var found mistakes
	found.add("CampaignID", bind.PlatformID(string(r.CampaignID)))
	if r.ProductIDs == nil {
		found.add("ProductIDs", bind.Missing)
	}
	switch {
	case r.Concurrency < 1:
		found.add("Concurrency", bind.TooSmall("1"))
	case r.Concurrency > maxLinkConcurrency:
		found.add("Concurrency", bind.TooLarge(strconv.Itoa(maxLinkConcurrency)))
	}
	if r.DuplicateWindow < 0 {
		found.add("DuplicateWindow", bind.TooSmall("0"))
	}
	r.DuplicateWindow = max(r.DuplicateWindow, maxMultiLinkProducts) // no call asks for an id twice
	return r, found.err(generateLinks)
}

// linkRun is one range over the results. Only the calls run in other goroutines.
type linkRun struct {
	service *Service
	opts    []tiktokshop.Option
	req     GenerateLinksRequest

	queue    []*linkBatch // in flight or answered, in input order
	calls    sync.WaitGroup
	progress LinkProgress
	stopped  error
	broken   int // calls in a row that did not get through

	// recent maps the latest ids asked for to their answers; order is the ring of its keys.
	recent map[tiktokshop.ID]*linkAnswer
	order  []tiktokshop.ID
	oldest int
}

// linkBatch is a piece of the input and the call that answers it.
type linkBatch struct {
	slots  []*linkAnswer // one for each id of the input; a duplicate shares its answer
	asked  []*linkAnswer // those that the batch's own call answers
	done   chan struct{} // closed when asked are answered
	err    error         // of the call
	called bool
}

// linkAnswer is the answer to an id.
type linkAnswer struct{ result LinkResult }

func (r *linkRun) run(ctx context.Context, yield func(LinkResult, error) bool) {
	callCtx, cancel := context.WithCancel(ctx)
	next, stop := iter.Pull(r.req.ProductIDs)
	defer func() {
		cancel()
		r.calls.Wait()
		stop()
	}()
	more := true
	for {
		for more && r.stopped == nil && len(r.queue) < r.req.Concurrency && !r.frontIsDone() {
			if err := ctx.Err(); err != nil {
				r.stopped = err
				break
			}
			var b *linkBatch
			if b, more = r.read(next); len(b.slots) > 0 {
				r.start(callCtx, b)
			}
		}
		if len(r.queue) == 0 {
			break
		}
		if !r.finish(ctx, r.queue[0], yield) {
			return
		}
		r.queue = r.queue[1:]
	}
	if r.stopped == nil {
		return
	}
	for more && ctx.Err() == nil {
		var id tiktokshop.ID
		if id, more = next(); more && !r.yield(LinkResult{ProductID: id, Status: LinkNotTried, Err: r.stopped}, yield) {
			return
		}
	}
	r.report()
	yield(LinkResult{}, &LinksStoppedError{NotTried: r.progress.NotTried, Err: r.stopped})
}

// frontIsDone tells whether results can be yielded without waiting.
func (r *linkRun) frontIsDone() bool {
	if len(r.queue) == 0 {
		return false
	}
	select {
	case <-r.queue[0].done:
		return true
	default:
		return false
	}
}

// read takes a batch off the input; more is false at its end.
func (r *linkRun) read(next func() (tiktokshop.ID, bool)) (b *linkBatch, more bool) {
	b = &linkBatch{done: make(chan struct{})}
	for len(b.asked) < maxMultiLinkProducts && len(b.slots) < maxBatchSlots {
		id, ok := next()
		if !ok {
			return b, false
		}
		if answer, known := r.recent[id]; known {
			b.slots = append(b.slots, answer)
			continue
		}
		answer := &linkAnswer{LinkResult{ProductID: id}}
		b.slots = append(b.slots, answer)
		if reason := bind.PlatformID(string(id)); reason != "" {
			answer.result.Status = LinkError
			answer.result.Err = &tiktokshop.InputError{Operation: generateLinks, Field: "ProductIDs", Reason: reason}
			continue
		}
		b.asked = append(b.asked, answer)
		r.remember(id, answer)
	}
	return b, true
}

// remember keeps an answer for duplicates and forgets the oldest one.
func (r *linkRun) remember(id tiktokshop.ID, answer *linkAnswer) {
	if len(r.order) < r.req.DuplicateWindow {
		r.order = append(r.order, id)
	} else {
		delete(r.recent, r.order[r.oldest])
		r.order[r.oldest] = id
		r.oldest = (r.oldest + 1) % len(r.order)
	}
	r.recent[id] = answer
}

// start makes the batch's call in a goroutine of its own.
func (r *linkRun) start(ctx context.Context, b *linkBatch) {
	r.queue = append(r.queue, b)
	if len(b.asked) == 0 {
		close(b.done)
		return
	}
	b.called = true
	r.calls.Go(func() {
		defer close(b.done)
		b.call(ctx, r)
	})
}

func (b *linkBatch) call(ctx context.Context, r *linkRun) {
	ids := make([]tiktokshop.ID, len(b.asked))
	for i, answer := range b.asked {
		ids[i] = answer.result.ProductID
	}
	resp, err := r.service.GenerateMultiProductLink(ctx, &GenerateMultiProductLinkRequest{CampaignID: r.req.CampaignID, ProductIDs: ids}, r.opts...)
	if err != nil {
		b.err = err
		var requestID string
		if apiErr := (*tiktokshop.APIError)(nil); errors.As(err, &apiErr) {
			requestID = apiErr.RequestID
		}
		for _, answer := range b.asked {
			answer.result.Status, answer.result.Err, answer.result.RequestID = LinkError, err, requestID
		}
		return
	}
	outcome := resp.Data.Outcome(ids)
	links := make(map[tiktokshop.ID]string, len(outcome.Linked))
	for _, made := range outcome.Linked {
		links[made.ProductID] = made.Link
	}
	for _, answer := range b.asked {
		res := &answer.result
		res.RequestID = resp.RequestID
		res.Link = links[res.ProductID]
		switch {
		case res.Link != "":
			res.Status = LinkMade
		case slices.Contains(outcome.Failed, res.ProductID):
			res.Status = LinkFailed
		default:
			res.Status = LinkUnaccounted
		}
	}
}

// finish waits for a batch and yields its results. It returns false when the consumer has had enough.
func (r *linkRun) finish(ctx context.Context, b *linkBatch, yield func(LinkResult, error) bool) bool {
	<-b.done
	if b.called {
		r.progress.Calls++
	}
	if b.called && r.stopped == nil {
		r.stopped = r.judge(ctx, b.err)
	}
	for _, answer := range b.slots {
		if !r.yield(answer.result, yield) {
			return false
		}
	}
	r.report()
	return true
}

func (r *linkRun) yield(result LinkResult, yield func(LinkResult, error) bool) bool {
	r.progress.add(result.Status)
	return yield(result, nil)
}

// maxBrokenLinkCalls is how many calls in a row, each with its retries, may not get through.
const maxBrokenLinkCalls = 10

// judge tells why the run cannot go on after a call that ended with err, nil if it can.
func (r *linkRun) judge(ctx context.Context, err error) error {
	switch {
	case err == nil:
		r.broken = 0
		return nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()): // also at its deadline, whatever was read by then
		return err
	case stopsLinks(err):
		return err
	}
	var broken *tiktokshop.TransportError
	if !errors.As(err, &broken) && !errors.Is(err, tiktokshop.ErrUnavailable) && !errors.Is(err, tiktokshop.ErrInvalidResponse) {
		r.broken = 0 // the platform has answered
		return nil
	}
	if r.broken++; r.broken < maxBrokenLinkCalls {
		return nil
	}
	return fmt.Errorf("%w: %d calls in a row failed, the last with: %w", ErrLinksUnreachable, r.broken, err)
}

// report calls OnProgress. Its panic stops the run, and it is not called again.
func (r *linkRun) report() {
	if r.req.OnProgress == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			r.req.OnProgress = nil
			if err := fmt.Errorf("%w: %v", ErrProgressPanicked, p); r.stopped == nil {
				r.stopped = err
			}
		}
	}()
	r.req.OnProgress(r.progress)
}

// Codes that do not fit their kind: one refuses every product of a campaign, the other only one product.
const (
	codeCampaignOffline = 16032009
	codeProductNotFound = 16032010
)

// stopsLinks tells whether every other batch would meet the same error.
func stopsLinks(err error) bool {
	var input *tiktokshop.InputError
	var noToken *tiktokshop.TokenError
	if errors.As(err, &input) || errors.As(err, &noToken) || errors.Is(err, context.Canceled) {
		return true
	}
	var apiErr *tiktokshop.APIError
	if errors.As(err, &apiErr) && (apiErr.Code == codeCampaignOffline || apiErr.Code == codeProductNotFound) {
		return apiErr.Code == codeCampaignOffline
	}
	for _, kind := range []error{
		tiktokshop.ErrTokenExpired, tiktokshop.ErrTokenInvalid, tiktokshop.ErrInvalidAppKey, tiktokshop.ErrInvalidSignature, tiktokshop.ErrClockSkew, tiktokshop.ErrPermission, tiktokshop.ErrIPNotAllowed,
		tiktokshop.ErrUnexpectedIdentifier, tiktokshop.ErrMissingIdentifier, tiktokshop.ErrInvalidIdentifier, tiktokshop.ErrNotFound, tiktokshop.ErrQuotaExhausted, tiktokshop.ErrVersionRetired,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
