package riverjobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/feed"
)

const (
	// KindBackfill is the kind of BackfillArgs.
	KindBackfill = "tiktokshop_backfill"

	backfillStep = "backfill"
	// settleWait is between two looks at a range that is read and may still change.
	settleWait = time.Minute
)

// BackfillArgs is a job that reads a range of an owner's past. InsertBackfill makes them.
type BackfillArgs struct {
	// Feed is which of BackfillOptions.Feeds reads it.
	Feed string `json:"feed" river:"unique"`
	// Owner is whose past it is, such as a shop's id or an open id.
	Owner string `json:"owner" river:"unique"`
	// Since and Until bound the range; Until is exclusive.
	Since time.Time `json:"since" river:"unique"`
	Until time.Time `json:"until" river:"unique"`
}

// Kind implements river.JobArgs.
func (BackfillArgs) Kind() string { return KindBackfill }

// InsertOpts implements river.JobArgsWithInsertOpts. A range is not read by two jobs at a time, and
// can be read again when a job is finished: River's default would drop a new one for as long as the
// old one is kept.
func (BackfillArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true,
		ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}}}
}

// Backfill says what InsertBackfill makes jobs of.
type Backfill struct {
	// Feed and Owner are those of BackfillArgs. Required. Owner is no secret: it is stored as it
	// is.
	Feed, Owner string
	// Since and Until bound the range, in whole seconds; Until is exclusive. Required.
	Since, Until time.Time
	// Piece is how much of the range is a job; 0 means 7 days. Pieces are read side by side.
	Piece time.Duration
	// Queue and MaxAttempts are River's; "" and 0 mean its defaults.
	Queue       string
	MaxAttempts int
}

// mostPieces bounds the jobs of one call.
const mostPieces = 10_000

func (b *Backfill) params() ([]river.InsertManyParams, error) {
	piece := b.Piece
	if piece == 0 {
		piece = 7 * 24 * time.Hour
	}
	since, until := b.Since.UTC().Truncate(time.Second), b.Until.UTC().Truncate(time.Second)
	m := mistakes{operation: "riverjobs.InsertBackfill"}
	m.add(b.Feed == "", "Feed", "is required")
	m.add(b.Owner == "", "Owner", "is required")
	m.add(b.Since.IsZero(), "Since", "is required")
	m.add(!since.Before(until), "Until", "is not after Since")
	m.add(piece < time.Second || piece%time.Second != 0, "Piece",
		"is not a number of whole seconds")
	m.add(b.MaxAttempts < 0, "MaxAttempts", "is negative")
	if err := m.err(); err != nil {
		return nil, err
	}
	if until.Sub(since)/piece >= mostPieces {
		m.add(true, "Piece", "makes more than 10,000 jobs of the range")
		return nil, m.err()
	}
	var params []river.InsertManyParams
	for from := since; from.Before(until); from = from.Add(piece) {
		to := from.Add(piece)
		if to.After(until) {
			to = until
		}
		params = append(params, river.InsertManyParams{
			Args:       BackfillArgs{Feed: b.Feed, Owner: b.Owner, Since: from, Until: to},
			InsertOpts: &river.InsertOpts{Queue: b.Queue, MaxAttempts: b.MaxAttempts},
		})
	}
	return params, nil
}

// InsertBackfill makes a job of each piece of a range, in one transaction, and returns how many it
// made: a piece that an unfinished job has is not made again.
func InsertBackfill(ctx context.Context, client *river.Client[pgx.Tx], b Backfill) (int, error) {
	params, err := b.params()
	if err != nil {
		return 0, err
	}
	return inserted(client.InsertMany(ctx, params))
}

// InsertBackfillTx is InsertBackfill in a transaction of the caller's.
func InsertBackfillTx(
	ctx context.Context, client *river.Client[pgx.Tx], tx pgx.Tx, b Backfill,
) (int, error) {
	params, err := b.params()
	if err != nil {
		return 0, err
	}
	return inserted(client.InsertManyTx(ctx, tx, params))
}

// Feed is a feed that a BackfillWorker can read. FeedOf makes them.
type Feed struct{ run runFeed }

// runFeed asks goOn before each batch.
type runFeed func(
	ctx context.Context, args BackfillArgs, opts feed.Options, goOn func() error,
) (done bool, err error)

// FeedOf returns a Feed of a function that opens a typed one and a handler.
//
// open gets options that have Name, Store, Since and Until, and may set others; it finds the client
// of args.Owner, whose token and cipher are in no job:
//
//	riverjobs.FeedOf(func(
//		ctx context.Context, args riverjobs.BackfillArgs, opts feed.Options,
//	) (*feed.Feed[order.Order], error) {
//		client, err := clientOf(ctx, args.Owner)
//		if err != nil {
//			return nil, err
//		}
//		return order.New(client).Changes(nil, opts)
//	}, save)
//
// handle gets what the feed hands over. The position is saved after it has returned nil; what was
// not saved comes again, so it writes by the id.
func FeedOf[T any](
	open func(ctx context.Context, args BackfillArgs, opts feed.Options) (*feed.Feed[T], error),
	handle func(ctx context.Context, args BackfillArgs, changed []T) error,
) Feed {
	if open == nil || handle == nil {
		return Feed{} // which NewBackfillWorker refuses
	}
	return Feed{run: func(
		ctx context.Context, args BackfillArgs, opts feed.Options, goOn func() error,
	) (bool, error) {
		f, err := open(ctx, args, opts)
		if err != nil {
			return false, err
		}
		err = f.Run(ctx, func(ctx context.Context, changed []T) error {
			if err := goOn(); err != nil {
				return err
			}
			return handle(ctx, args, changed)
		})
		if err != nil {
			return false, err
		}
		return f.Done(ctx)
	}}
}

// BackfillOptions say how a BackfillWorker works. Feeds and Pool are required.
type BackfillOptions struct {
	// Feeds are those that jobs may name.
	Feeds map[string]Feed
	// Pool is the database that River is in.
	Pool Pool
	// Store keeps the cursors. With nil they are in the jobs, and go when those do.
	Store feed.CursorStore
	// Timeout bounds one turn of a job; 0 means 5 minutes. A job that has not ended after half of
	// it lets others have a turn and goes on later, which is no failed attempt.
	Timeout time.Duration
	// OnCancel is that of MiddlewareOptions.
	OnCancel func(ctx context.Context, job *rivertype.JobRow, err error)

	turn time.Duration
}

// BackfillWorker works BackfillArgs. A killed one is taken over after its last position by any
// other. A range that ends less than feed.Options.Overlap ago is read again until that has gone by.
type BackfillWorker struct {
	river.WorkerDefaults[BackfillArgs]
	opts       BackfillOptions
	middleware []rivertype.WorkerMiddleware
}

// NewBackfillWorker returns a BackfillWorker for river.AddWorker. Mistakes in the options are
// *tiktokshop.InputErrors, all in one error.
func NewBackfillWorker(opts BackfillOptions) (*BackfillWorker, error) {
	m := mistakes{operation: "riverjobs.NewBackfillWorker"}
	m.add(len(opts.Feeds) == 0, "Feeds", "is required")
	var names []string
	for name := range opts.Feeds {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		m.add(name == "", "Feeds", "has a feed without a name")
		m.add(opts.Feeds[name].run == nil,
			fmt.Sprintf("Feeds[%q]", name), "is not made by FeedOf of two functions")
	}
	m.add(opts.Pool == nil, "Pool", "is required")
	m.timeout(&opts.Timeout)
	opts.turn = opts.Timeout / 2
	if err := m.err(); err != nil {
		return nil, err
	}
	// What the handler of a feed writes to the platform is not known, so a write without an answer
	// counts.
	return &BackfillWorker{opts: opts, middleware: judged(false, opts.OnCancel)}, nil
}

// Timeout implements river.Worker.
func (w *BackfillWorker) Timeout(*river.Job[BackfillArgs]) time.Duration { return w.opts.Timeout }

// Middleware implements river.Worker.
func (w *BackfillWorker) Middleware(*rivertype.JobRow) []rivertype.WorkerMiddleware {
	return w.middleware
}

// Work implements river.Worker.
func (w *BackfillWorker) Work(ctx context.Context, job *river.Job[BackfillArgs]) error {
	f, known := w.opts.Feeds[job.Args.Feed]
	if !known {
		return cancel("no such feed", &tiktokshop.InputError{
			Operation: "riverjobs.BackfillWorker", Field: "Feed",
			Reason: "is none of BackfillOptions.Feeds",
		})
	}
	river.ResumableStepCursor(ctx, backfillStep, nil,
		func(ctx context.Context, cursor []byte) error {
			return w.turn(ctx, job, f, cursor)
		})
	return nil
}

var errTurnOver = errors.New("the turn is over")

func (w *BackfillWorker) turn(
	ctx context.Context, job *river.Job[BackfillArgs], f Feed, cursor []byte,
) error {
	args := job.Args
	opts := feed.Options{
		Name: fmt.Sprintf("%s of %s from %s to %s", args.Feed, args.Owner,
			args.Since.UTC().Format(time.RFC3339), args.Until.UTC().Format(time.RFC3339)),
		Store: w.opts.Store, Since: args.Since, Until: args.Until,
	}
	if opts.Store == nil {
		opts.Store = &jobStore{pool: w.opts.Pool, job: job, cursor: cursor}
	}
	over, first := time.Now().Add(w.opts.turn), true
	done, err := f.run(ctx, args, opts, func() error {
		if !first && time.Now().After(over) {
			return errTurnOver
		}
		first = false // each turn gets something done
		return nil
	})
	switch {
	case errors.Is(err, errTurnOver):
		return river.JobSnooze(0)
	case err != nil || done:
		return err
	}
	return river.JobSnooze(max(time.Until(args.Until), 0) + settleWait)
}

// jobStore is a feed.CursorStore in the job itself.
type jobStore struct {
	pool   Pool
	job    *river.Job[BackfillArgs]
	cursor []byte
}

// Load implements feed.CursorStore.
func (s *jobStore) Load(context.Context, string) ([]byte, error) { return s.cursor, nil }

// Save implements feed.CursorStore. It is called within the resumable step, with the step's
// context.
func (s *jobStore) Save(ctx context.Context, _ string, cursor []byte) error {
	err := inTx(ctx, s.pool, func(tx pgx.Tx) error { return saveCursor(ctx, tx, s.job, cursor) })
	if err == nil {
		s.cursor = slices.Clone(cursor)
	}
	return err
}
