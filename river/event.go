package riverjobs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// KindEvent is the kind of EventArgs.
const KindEvent = "tiktokshop_event"

// EventArgs is an event as a job. A Sink makes them.
type EventArgs struct {
	// Key is the Delivery's. It alone makes the job unique.
	Key string `json:"key" river:"unique"`
	// Owner is whom the event concerns, such as "shop 7494049642642441621"; "" if it does not tell.
	Owner string `json:"owner,omitempty"`
	// At is when the event happened, in Unix milliseconds of 15 digits, which sort as text; it is
	// the time of arrival of an event that does not tell.
	At string `json:"at"`
	// Topic is for people who look at jobs.
	Topic string `json:"topic,omitempty"`
	// ReceivedAt is when the first delivery came in.
	ReceivedAt time.Time `json:"received_at"`
	// Body is the event as it was signed, byte for byte. PostgreSQL would write JSON in another
	// way, so it is not JSON in there.
	Body []byte `json:"body"`
}

// Kind implements river.JobArgs.
func (EventArgs) Kind() string { return KindEvent }

// InsertOpts implements river.JobArgsWithInsertOpts. An event is a job once, in whatever state that
// is: done, it has been handled; cancelled or discarded, it is for a person to retry. River's
// default leaves out the last two, so that an event that was given up would be begun anew by a late
// duplicate.
func (EventArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true,
		ByState: rivertype.JobStates()}}
}

// newEventArgs copies nothing.
func newEventArgs(d *webhook.Delivery) EventArgs {
	args := EventArgs{Key: storable(d.Key), ReceivedAt: d.ReceivedAt.UTC(), Body: d.Body}
	at := d.ReceivedAt
	if d.Event != nil {
		args.Owner = storable(d.Event.Owner.String())
		if d.Event.Topic != 0 {
			args.Topic = d.Event.Topic.String()
		}
		if !d.Event.Time.IsZero() {
			at = d.Event.Time
		}
	}
	args.At = fmt.Sprintf("%015d", max(at.UnixMilli(), 0))
	return args
}

// storable replaces the one character that PostgreSQL cannot keep in a text.
func storable(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }

// SinkOptions say how events become jobs. The zero value is River's default queue.
type SinkOptions struct {
	// Queue and MaxAttempts are River's; "" and 0 mean its defaults, "default" and 25 attempts, of
	// which the last comes three weeks after the first.
	Queue       string
	MaxAttempts int
}

// Sink is a webhook.Sink whose events are jobs of River, for an EventWorker on any machine. Accept
// returns when the job is committed, and each event is one job, however often it is delivered and
// to however many machines, for as long as River keeps the job: river.Config's
// CompletedJobRetentionPeriod and its siblings, which should not be less than 16 hours.
type Sink struct {
	client *river.Client[pgx.Tx]
	opts   SinkOptions
}

var _ webhook.Sink = (*Sink)(nil)

// NewSink returns a Sink. The client may be one that only inserts, without queues and workers.
// Mistakes are *tiktokshop.InputErrors, all in one error.
func NewSink(client *river.Client[pgx.Tx], opts SinkOptions) (*Sink, error) {
	m := mistakes{operation: "riverjobs.NewSink"}
	m.add(client == nil, "client", "is required")
	m.add(opts.MaxAttempts < 0, "MaxAttempts", "is negative")
	if err := m.err(); err != nil {
		return nil, err
	}
	return &Sink{client: client, opts: opts}, nil
}

// Accept implements webhook.Sink, in a transaction of its own.
func (s *Sink) Accept(ctx context.Context, d *webhook.Delivery) error {
	_, err := s.client.Insert(ctx, newEventArgs(d), s.insertOpts())
	return err
}

// InsertTx inserts the event's job in a transaction of the caller's: it is a job if that commits.
// Of an event that is one already, the result has UniqueSkippedAsDuplicate.
func (s *Sink) InsertTx(
	ctx context.Context, tx pgx.Tx, d *webhook.Delivery,
) (*rivertype.JobInsertResult, error) {
	return s.client.InsertTx(ctx, tx, newEventArgs(d), s.insertOpts())
}

func (s *Sink) insertOpts() *river.InsertOpts {
	return &river.InsertOpts{Queue: s.opts.Queue, MaxAttempts: s.opts.MaxAttempts}
}

// EventOptions say how an EventWorker works. One of Handle and HandleTx is required.
type EventOptions struct {
	// Handle handles an event, at least once: again after an error, and after a process was killed
	// that had handled it and not said so yet.
	Handle webhook.Func
	// HandleTx handles an event in a transaction in which the job is completed, too. So what it
	// writes in tx is there once, whatever was killed. It must not end tx, and needs Pool.
	HandleTx func(ctx context.Context, tx pgx.Tx, event *webhook.Event) error
	// Ordered handles the events of an owner (a shop, mostly) one at a time, by the time at which
	// they happened, over all processes. It needs Pool. See EventWorker.
	Ordered bool
	// Pool is the database that River is in. With Ordered or HandleTx an event holds a connection
	// while it is handled: the pool needs as many as there are workers, and some for River.
	Pool Pool
	// RepeatSafe is that of MiddlewareOptions.
	RepeatSafe bool
	// Timeout bounds the handling of an event; 0 means river.Config.JobTimeout.
	Timeout time.Duration
	// OnCancel is that of MiddlewareOptions.
	OnCancel func(ctx context.Context, job *rivertype.JobRow, err error)
}

// EventWorker works EventArgs: it reads the event and calls the handler. The handler's error is
// judged by Verdict. A body that was signed and cannot be read reaches the handler as an event that
// has nothing but Raw and PayloadError.
//
// # Order
//
// With EventOptions.Ordered a job takes a lock on the owner of its event, in the database and for
// as long as it is handled, and looks for events of the owner that happened before and are not
// finished. If there are any, or the lock is taken, it is snoozed; whoever finishes an event wakes
// the next one. So:
//
//   - Of the events of an owner that are in the queue, the oldest is handled first, and only one at
//     a time, whatever process works it. Events of one second are in the order of their arrival.
//   - One that fails, is throttled or was being handled by a process that is killed holds up those
//     behind it until it succeeds or is given up. MaxAttempts bounds that, and
//     RescueStuckJobsAfter.
//   - An event that arrives after later ones were handled is handled then: nobody can wait for what
//     is not known to exist. A handler compares times all the same, as it does without Ordered.
//   - An owner has about one event for each FetchPollInterval of the queue, a second unless
//     river.QueueConfig says otherwise. Set 100 milliseconds.
//   - The lock is that of a transaction: it ends early if the connection does.
//
// Look-ups are quick with the index OrderIndex.
type EventWorker struct {
	river.WorkerDefaults[EventArgs]
	opts       EventOptions
	middleware []rivertype.WorkerMiddleware
}

// NewEventWorker returns an EventWorker for river.AddWorker. Mistakes in the options are
// *tiktokshop.InputErrors, all in one error.
func NewEventWorker(opts EventOptions) (*EventWorker, error) {
	m := mistakes{operation: "riverjobs.NewEventWorker"}
	m.add((opts.Handle == nil) == (opts.HandleTx == nil),
		"Handle", "or HandleTx is required, and not both")
	m.add(opts.Pool == nil && (opts.HandleTx != nil || opts.Ordered),
		"Pool", "is required for HandleTx and Ordered")
	m.add(opts.Timeout < 0, "Timeout", "is negative")
	if err := m.err(); err != nil {
		return nil, err
	}
	return &EventWorker{opts: opts, middleware: judged(opts.RepeatSafe, opts.OnCancel)}, nil
}

// Timeout implements river.Worker.
func (w *EventWorker) Timeout(*river.Job[EventArgs]) time.Duration { return w.opts.Timeout }

// Middleware implements river.Worker.
func (w *EventWorker) Middleware(*rivertype.JobRow) []rivertype.WorkerMiddleware {
	return w.middleware
}

// Work implements river.Worker.
func (w *EventWorker) Work(ctx context.Context, job *river.Job[EventArgs]) error {
	event, err := webhook.Parse(job.Args.Body)
	if err != nil {
		event = &webhook.Event{Raw: job.Args.Body, PayloadError: err}
	}
	ordered := w.opts.Ordered && job.Args.Owner != ""
	if !ordered && w.opts.HandleTx == nil {
		return w.opts.Handle(ctx, event)
	}
	return inTx(ctx, w.opts.Pool, func(tx pgx.Tx) error {
		if ordered {
			if err := takeTurn(ctx, tx, job); err != nil {
				return err
			}
		}
		if w.opts.HandleTx != nil {
			err = w.opts.HandleTx(ctx, tx, event)
		} else {
			err = w.opts.Handle(ctx, event)
		}
		if err != nil {
			return err
		}
		if err := complete(ctx, tx, job); err != nil {
			return err
		}
		if ordered {
			return wakeNext(ctx, tx, job)
		}
		return nil
	})
}
