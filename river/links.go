package riverjobs

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

const (
	// KindLinks is the kind of LinksArgs.
	KindLinks = "tiktokshop_links"

	defaultSlice   = 1000
	maxSlice       = 10_000
	defaultTimeout = 5 * time.Minute
	// linksBatch is how many results are handed over in one transaction.
	linksBatch = 200
	linksStep  = "links"
)

// ProductIDs is a list of ids that is one text in JSON, so that PostgreSQL does not index each of
// them: River has indexes over the arguments of jobs.
type ProductIDs []tiktokshop.ID

// MarshalJSON implements json.Marshaler.
func (p ProductIDs) MarshalJSON() ([]byte, error) {
	texts := make([]string, len(p))
	for i, id := range p {
		texts[i] = string(id)
	}
	return json.Marshal(strings.Join(texts, " "))
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *ProductIDs) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*p = nil
	for _, id := range strings.Fields(text) {
		*p = append(*p, tiktokshop.ID(id))
	}
	return nil
}

// LinksArgs is a job that makes the links of a slice of a run's products. InsertLinks makes them.
type LinksArgs struct {
	// Run names the run, and Slice says which piece of it this is, from 0 on. Together they are
	// unique.
	Run   string `json:"run" river:"unique"`
	Slice int    `json:"slice" river:"unique"`
	// Owner is whose client makes the links, such as the open id of a partner's account.
	Owner string `json:"owner"`
	// CampaignID is the campaign of the products.
	CampaignID tiktokshop.ID `json:"campaign_id"`
	// ProductIDs are those of the slice.
	ProductIDs ProductIDs `json:"product_ids"`
}

// Kind implements river.JobArgs.
func (LinksArgs) Kind() string { return KindLinks }

// InsertOpts implements river.JobArgsWithInsertOpts: the slice of a run is a job once, whatever has
// become of it.
func (LinksArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true,
		ByState: rivertype.JobStates()}}
}

// LinksRun says what InsertLinks makes jobs of.
type LinksRun struct {
	// Run is a name of its own, such as "spring sale 2026-04-01". Required.
	Run string
	// Owner is what LinksOptions.Client is asked for. Required. No secret: it is stored as it is.
	Owner string
	// CampaignID is the campaign. Required.
	CampaignID tiktokshop.ID
	// SliceSize is how many products are a job, up to 10,000; 0 means 1,000, some 20 calls.
	SliceSize int
	// Queue and MaxAttempts are River's; "" and 0 mean its defaults.
	Queue       string
	MaxAttempts int
}

func (r *LinksRun) params(ids iter.Seq[tiktokshop.ID]) ([]river.InsertManyParams, error) {
	m := mistakes{operation: "riverjobs.InsertLinks"}
	m.add(r.Run == "", "Run", "is required")
	m.add(r.Owner == "", "Owner", "is required")
	m.add(r.CampaignID == "", "CampaignID", "is required")
	m.add(r.SliceSize < 0 || r.SliceSize > maxSlice, "SliceSize", "is not between 1 and 10,000")
	m.add(r.MaxAttempts < 0, "MaxAttempts", "is negative")
	m.add(ids == nil, "ids", "is required")
	if err := m.err(); err != nil {
		return nil, err
	}
	size := r.SliceSize
	if size == 0 {
		size = defaultSlice
	}
	var params []river.InsertManyParams
	var slice ProductIDs
	end := func() {
		if len(slice) == 0 {
			return
		}
		params = append(params, river.InsertManyParams{
			Args: LinksArgs{
				Run: r.Run, Slice: len(params), Owner: r.Owner,
				CampaignID: r.CampaignID, ProductIDs: slice,
			},
			InsertOpts: &river.InsertOpts{Queue: r.Queue, MaxAttempts: r.MaxAttempts},
		})
		slice = nil
	}
	for id := range ids {
		if len(strings.Fields(string(id))) != 1 {
			m.add(true, "ids", "has an id that is empty or has spaces")
			return nil, m.err()
		}
		if slice = append(slice, id); len(slice) == size {
			end()
		}
	}
	end()
	if len(params) == 0 {
		m.add(true, "ids", "is empty")
	}
	return params, m.err()
}

// InsertLinks makes jobs of the products of a run, in one transaction, and returns how many it
// made. To call it again with the same run and products is safe as long as River keeps the run's
// jobs: what is there already is not made again.
func InsertLinks(
	ctx context.Context, client *river.Client[pgx.Tx], run LinksRun, ids iter.Seq[tiktokshop.ID],
) (int, error) {
	params, err := run.params(ids)
	if err != nil {
		return 0, err
	}
	return inserted(client.InsertMany(ctx, params))
}

// InsertLinksTx is InsertLinks in a transaction of the caller's.
func InsertLinksTx(
	ctx context.Context, client *river.Client[pgx.Tx], tx pgx.Tx, run LinksRun,
	ids iter.Seq[tiktokshop.ID],
) (int, error) {
	params, err := run.params(ids)
	if err != nil {
		return 0, err
	}
	return inserted(client.InsertManyTx(ctx, tx, params))
}

func inserted(results []*rivertype.JobInsertResult, err error) (n int, _ error) {
	for _, r := range results {
		if !r.UniqueSkippedAsDuplicate {
			n++
		}
	}
	return n, err
}

// LinksOptions say how a LinksWorker works. Client, Handle and Pool are required.
type LinksOptions struct {
	// Client returns the client of an owner, with its token source and its
	// tiktokshop.WithCategoryAssetCipher. Its error is judged by Verdict.
	Client func(ctx context.Context, owner string) (*tiktokshop.Client, error)
	// Handle gets results, in the order of the products, up to 200 at a time. What it writes in tx
	// is committed together with the position, so that each product has one result, whatever was
	// killed. What it writes elsewhere may be written twice. It must not end tx.
	//
	// A job that ends without success, cancelled or after its last attempt, hands over the rest as
	// affiliatepartner.LinkNotTried with the reason. Retried by hand, it goes on there: a later
	// result of a product replaces an earlier one.
	Handle func(
		ctx context.Context, tx pgx.Tx, args LinksArgs, results []affiliatepartner.LinkResult,
	) error
	// Pool is the database that River is in.
	Pool Pool
	// Concurrency is that of affiliatepartner.GenerateLinksRequest.
	Concurrency int
	// Timeout bounds one turn of a job; 0 means 5 minutes. A job that has not ended after half of
	// it lets others have a turn and goes on later, which is no failed attempt.
	Timeout time.Duration
	// OnCancel is that of MiddlewareOptions.
	OnCancel func(ctx context.Context, job *rivertype.JobRow, err error)

	turn time.Duration
}

// LinksWorker works LinksArgs. A killed one is taken over after its last position by any other.
type LinksWorker struct {
	river.WorkerDefaults[LinksArgs]
	opts       LinksOptions
	middleware []rivertype.WorkerMiddleware
}

// NewLinksWorker returns a LinksWorker for river.AddWorker. Mistakes in the options are
// *tiktokshop.InputErrors, all in one error.
func NewLinksWorker(opts LinksOptions) (*LinksWorker, error) {
	m := mistakes{operation: "riverjobs.NewLinksWorker"}
	m.add(opts.Client == nil, "Client", "is required")
	m.add(opts.Handle == nil, "Handle", "is required")
	m.add(opts.Pool == nil, "Pool", "is required")
	m.add(opts.Concurrency < 0 || opts.Concurrency > 64, "Concurrency", "is not between 1 and 64")
	m.timeout(&opts.Timeout)
	opts.turn = opts.Timeout / 2
	if err := m.err(); err != nil {
		return nil, err
	}
	return &LinksWorker{opts: opts, middleware: judged(true, opts.OnCancel)}, nil
}

// Timeout implements river.Worker.
func (w *LinksWorker) Timeout(*river.Job[LinksArgs]) time.Duration { return w.opts.Timeout }

// Middleware implements river.Worker.
func (w *LinksWorker) Middleware(*rivertype.JobRow) []rivertype.WorkerMiddleware {
	return w.middleware
}

// Work implements river.Worker.
func (w *LinksWorker) Work(ctx context.Context, job *river.Job[LinksArgs]) error {
	river.ResumableStepCursor(ctx, linksStep, nil, func(ctx context.Context, next int) error {
		turn := linksTurn{worker: w, job: job, next: min(max(next, 0), len(job.Args.ProductIDs))}
		err := turn.run(ctx)
		if err == nil {
			return nil
		}
		return turn.end(ctx, VerdictRepeatSafe(err))
	})
	return nil
}

// linksTurn is one turn of a job. next is the first product that has no result.
type linksTurn struct {
	worker  *LinksWorker
	job     *river.Job[LinksArgs]
	next    int
	results []affiliatepartner.LinkResult
}

func (t *linksTurn) run(ctx context.Context) error {
	args := &t.job.Args
	rest := args.ProductIDs[t.next:]
	if len(rest) == 0 {
		return nil
	}
	client, err := t.worker.opts.Client(ctx, args.Owner)
	if err != nil {
		return err
	}
	over := time.Now().Add(t.worker.opts.turn)
	stopped, err := t.each(ctx, client, rest, func() (bool, error) {
		if err := t.save(ctx); err != nil {
			return false, err
		}
		return time.Now().Before(over), nil
	})
	if err != nil {
		return err
	}
	if err := t.save(ctx); err != nil {
		return err
	}
	if stopped == nil && t.next < len(args.ProductIDs) {
		return river.JobSnooze(0) // the turn is over
	}
	return stopped
}

// each gathers results until there are no more, until what follows can only be had later, which is
// stopped, or until a full batch says to go no further.
func (t *linksTurn) each(
	ctx context.Context, client *tiktokshop.Client, ids []tiktokshop.ID,
	full func() (goOn bool, err error),
) (stopped, err error) {
	req := &affiliatepartner.GenerateLinksRequest{
		CampaignID: t.job.Args.CampaignID, Concurrency: t.worker.opts.Concurrency,
		ProductIDs: func(yield func(tiktokshop.ID) bool) {
			for _, id := range ids {
				if !yield(id) {
					return
				}
			}
		},
	}
	for result, err := range affiliatepartner.New(client).GenerateLinks(ctx, req) {
		switch {
		case err != nil:
			return err, nil
		case result.Status == affiliatepartner.LinkNotTried:
			// Those that met the reason itself are to be asked for again, too.
			for n := len(t.results); n > 0 && t.results[n-1].Err == result.Err; n-- {
				t.results = t.results[:n-1]
			}
			return result.Err, nil
		case result.Status == affiliatepartner.LinkError && !ofItsBatch(result.Err):
			return result.Err, nil
		}
		if t.results = append(t.results, result); len(t.results) < linksBatch {
			continue
		}
		if goOn, err := full(); err != nil || !goOn {
			return nil, err
		}
	}
	return nil, nil
}

// ofItsBatch tells an error that is a result: the platform has refused these products.
func ofItsBatch(err error) bool {
	var input *tiktokshop.InputError
	var answered *tiktokshop.APIError
	switch {
	case errors.As(err, &input),
		errors.Is(err, tiktokshop.ErrInvalidRequest), errors.Is(err, tiktokshop.ErrNotFound):
		return true
	case !errors.As(err, &answered) || tiktokshop.Retryable(err) || refused(err):
		return false
	}
	for _, kind := range []error{
		tiktokshop.ErrTokenExpired, tiktokshop.ErrTokenInvalid, tiktokshop.ErrClockSkew,
		tiktokshop.ErrIPNotAllowed, tiktokshop.ErrQuotaExhausted, tiktokshop.ErrUnavailable,
		tiktokshop.ErrInvalidResponse, tiktokshop.ErrResponseTooLarge,
	} {
		if errors.Is(err, kind) {
			return false
		}
	}
	return true // a business error
}

// save hands the results over and moves the position, both or neither.
func (t *linksTurn) save(ctx context.Context) error {
	if len(t.results) == 0 {
		return nil
	}
	err := inTx(ctx, t.worker.opts.Pool, func(tx pgx.Tx) error {
		if err := t.worker.opts.Handle(ctx, tx, t.job.Args, t.results); err != nil {
			return err
		}
		return saveCursor(ctx, tx, t.job, t.next+len(t.results))
	})
	if err == nil {
		t.next += len(t.results)
		t.results = nil
	}
	return err
}

// end accounts for the rest if the job is not tried again.
func (t *linksTurn) end(ctx context.Context, err error) error {
	var snoozed *river.JobSnoozeError
	var cancelled *river.JobCancelError
	last := errors.As(err, &cancelled) ||
		!errors.As(err, &snoozed) && t.job.Attempt >= t.job.MaxAttempts
	if !last || ctx.Err() != nil {
		return err
	}
	var rest []affiliatepartner.LinkResult
	for _, id := range t.job.Args.ProductIDs[t.next:] {
		rest = append(rest, affiliatepartner.LinkResult{
			ProductID: id, Status: affiliatepartner.LinkNotTried, Err: err,
		})
	}
	if len(rest) == 0 {
		return err
	}
	told := inTx(ctx, t.worker.opts.Pool, func(tx pgx.Tx) error {
		return t.worker.opts.Handle(ctx, tx, t.job.Args, rest)
	})
	return errors.Join(err, told)
}
