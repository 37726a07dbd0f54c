package bulk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// Operation is a batch operation of the platform as Run uses it.
type Operation[In, Out any] struct {
	// Name is that of the method, such as "product.DeleteProductsBulk", for errors. Required.
	Name string
	// Noun is what the items are, in the plural, such as "products", for errors; "items" by
	// default.
	Noun string
	// Limit is how many items one call takes. Required.
	Limit int
	// Call makes the call for up to Limit items; outcome i of the answer is that of item i. It runs
	// in several goroutines at once. Required.
	Call func(ctx context.Context, items []In) (*Answer[Out], error)
	// ItemFields are the fields of the request that hold the items. An *InputError about one of
	// them, such as "SKUs[2].Price", costs the item (all of them, if there is no index), and the
	// others of the batch are asked for without it. One about another field stops the run.
	ItemFields []string
	// Check, if set, says what is wrong with an item, which is then not asked for; see CheckID.
	Check func(In) error
	// Group, if set, names what one call is about, such as a product, if it cannot be about two.
	// Only neighbors in the input share a call then, and calls about one group are made one by one.
	Group func(In) string
	// Key, if set, names an item: no call has it twice, and no two calls in flight do.
	Key func(In) string
	// Share says that items of one key are the same, so that a duplicate is answered without being
	// asked again; see Options.DuplicateWindow.
	Share bool
	// Stops, if set, says of an error whether every other call would meet it too, and whether it
	// knows. What it does not know is judged by its kind.
	Stops func(error) (stops, known bool)
}

// Answer is that of a call which succeeded, be it in part.
type Answer[Out any] struct {
	// RequestID is the platform's id of the call.
	RequestID string
	// Outcomes belong to the items of the call, in their order. Those that lack one are
	// Unaccounted.
	Outcomes []Outcome[Out]
}

// Outcome is what became of an item in a call. Its zero value is Unaccounted.
type Outcome[Out any] struct {
	Status Status
	Value  Out
	Err    error
}

// Status is what became of an item. The set is closed.
type Status string

// What becomes of an item.
const (
	Done        Status = "done"        // the platform did it; see Value
	Failed      Status = "failed"      // the platform reported a failure of this item; see Err
	Unaccounted Status = "unaccounted" // the answer leaves it open
	// the call was refused or got no answer, or the item is bad; see Err
	Error    Status = "error"
	NotTried Status = "not tried" // the run had stopped before; see Err
)

// Result is what became of one item of the input.
type Result[In, Out any] struct {
	// Item is the item, Position its place in the input, from 0; skipped items count.
	Item     In
	Position int
	Status   Status
	// Value is what the operation returns for the item, if Status is Done.
	Value Out
	// RequestID is of the call that answered, "" if none did.
	RequestID string
	// Err is the reason of Error and NotTried, and of Failed where the platform gave one.
	Err error
}

// Options say how a run is made. Zero fields have the defaults named below.
type Options struct {
	// Concurrency is how many calls are in flight at most, 1 to 64; 0 means 4.
	Concurrency int
	// Skip is how many items of the input are passed over: those that a run before has answered.
	Skip int
	// MaxUnanswered is how many calls in a row, each with its retries, may get no answer, or one
	// that says the platform is unavailable, before the run stops; 0 means 5.
	MaxUnanswered int
	// DuplicateWindow is how many of the latest items are remembered, for operations whose
	// duplicates are answered without being asked again; 0 means 10,000, and a batch is always
	// remembered.
	DuplicateWindow int
	// OnProgress, if set, is called after each batch of results, in the goroutine that ranges over
	// them. If it panics, the run stops with ErrProgressPanicked.
	OnProgress func(Progress)
}

const (
	defaultConcurrency = 4
	maxConcurrency     = 64
	defaultUnanswered  = 5
	defaultDuplicates  = 10_000
)

// Validate returns *InputErrors for what is wrong with the options, nil if nothing is.
func (o Options) Validate(operation string) error {
	var errs []error
	check := func(field string, value, most int) {
		reason := ""
		switch {
		case value < 0:
			reason = bind.TooSmall("0")
		case value > most:
			reason = bind.TooLarge(strconv.Itoa(most))
		default:
			return
		}
		errs = append(errs, &tiktokshop.InputError{Operation: operation, Field: field,
			Reason: reason})
	}
	check("Concurrency", o.Concurrency, maxConcurrency)
	check("Skip", o.Skip, math.MaxInt)
	check("MaxUnanswered", o.MaxUnanswered, math.MaxInt)
	check("DuplicateWindow", o.DuplicateWindow, math.MaxInt)
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// withDefaults fills zero fields in.
func (o Options) withDefaults(limit int) Options {
	o.Concurrency = cmp.Or(o.Concurrency, defaultConcurrency)
	o.MaxUnanswered = cmp.Or(o.MaxUnanswered, defaultUnanswered)
	o.DuplicateWindow = max(cmp.Or(o.DuplicateWindow, defaultDuplicates), limit)
	return o
}

// Progress counts the results so far; a duplicate counts each time, a skipped item not at all.
type Progress struct {
	Done, Failed, Unaccounted, Errors, NotTried int
	// Calls counts the calls that were made.
	Calls int
}

// Results is the number of results so far.
func (p Progress) Results() int { return p.Answered() + p.Errors + p.NotTried }

// Answered is the number of items so far whose call succeeded, be it in part.
func (p Progress) Answered() int { return p.Done + p.Failed + p.Unaccounted }

func (p *Progress) add(s Status) {
	switch s {
	case Done:
		p.Done++
	case Failed:
		p.Failed++
	case Unaccounted:
		p.Unaccounted++
	case Error:
		p.Errors++
	case NotTried:
		p.NotTried++
	}
}

// Reasons of a *StoppedError that the last call's error does not show by itself.
var (
	// ErrUnreachable: as many calls in a row as Options.MaxUnanswered got no answer.
	ErrUnreachable = errors.New("no call gets through")
	// ErrProgressPanicked: OnProgress panicked.
	ErrProgressPanicked = errors.New("OnProgress panicked")
)

// StoppedError ends a run that could not go on: the context ended, the platform's answer would be
// the same for every call, no call got through (ErrUnreachable), or OnProgress panicked.
type StoppedError struct {
	// Operation is the name of the method that was run.
	Operation string
	// Answered counts the items whose call succeeded, be it in part.
	Answered int
	// NotTried counts the items that were read and not asked for. If the context ended, more may be
	// unread.
	NotTried int
	// Resume is the position from which to go on, for Options.Skip: the first item of the calls
	// that the run stopped for. A few after it may have been answered.
	Resume int
	// Err is the reason.
	Err error

	noun string
}

// Error gives the counts and the reason.
func (e *StoppedError) Error() string {
	noun := cmp.Or(e.noun, "items")
	return fmt.Sprintf("tiktokshop: %s: stopped with %d %s answered and %d %s not tried: %v",
		e.Operation, e.Answered, noun, e.NotTried, noun, e.Err)
}

// Unwrap returns the reason.
func (e *StoppedError) Unwrap() error { return e.Err }

// Run makes the calls for all items, several at once, and yields one result for each item that it
// reads, in their order. See the package's words for what holds.
//
// If the run cannot go on, calls in flight are awaited, the rest of the input is read and yielded
// as NotTried, and the last element is a *StoppedError. If the context ends, no more input is read,
// and the last element is one too, even if all input was read by then. Bad options are *InputErrors
// and the only element.
//
// Breaking out of the loop cancels the calls in flight and waits for them. Ranging again starts
// over.
func Run[In, Out any](
	ctx context.Context, op Operation[In, Out], items iter.Seq[In], opts Options,
) iter.Seq2[Result[In, Out], error] {
	errs := []error{opts.Validate(op.Name)}
	refuse := func(field, reason string) {
		errs = append(errs, &tiktokshop.InputError{Operation: op.Name, Field: field,
			Reason: reason})
	}
	if items == nil {
		refuse("items", bind.Missing)
	}
	if op.Call == nil {
		refuse("Call", bind.Missing)
	}
	if op.Limit < 1 {
		refuse("Limit", bind.TooSmall("1"))
	}
	err := errors.Join(errs...)
	return func(yield func(Result[In, Out], error) bool) {
		if err != nil {
			yield(Result[In, Out]{}, err)
			return
		}
		r := &run[In, Out]{op: op, opts: opts.withDefaults(op.Limit), resume: -1, firstNotTried: -1}
		r.run(ctx, items, yield)
	}
}
