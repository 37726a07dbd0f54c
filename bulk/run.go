package bulk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/tiktokshop-go/tiktokshop"
)

// run is one range over the results. Only the calls run in other goroutines.
type run[In, Out any] struct {
	op   Operation[In, Out]
	opts Options

	next     func() (In, bool)
	held     *slot[In, Out] // read, and for a later batch
	position int            // of the next item

	queue    []*batch[In, Out] // in flight or answered, in input order
	calls    sync.WaitGroup
	progress Progress
	// claimed tells which batch of the queue has a key or a group.
	claimed map[claim]*batch[In, Out]
	recent  recent[Out]

	stopped       error
	unanswered    int // calls in a row
	resume        int // the first item of these calls, -1 if there are none
	firstNotTried int
}

// batch is a piece of the input and the call that answers it.
type batch[In, Out any] struct {
	slots  []slot[In, Out] // one for each item; a duplicate shares its answer
	asked  []slot[In, Out] // those that the batch's own call answers
	claims []claim
	done   chan struct{} // closed when asked are answered
	err    error         // of the call
	called bool
}

// slot is an item of the input.
type slot[In, Out any] struct {
	item     In
	position int
	answer   *answer[Out]
}

// answer is what becomes of an item and of its duplicates.
type answer[Out any] struct {
	outcome   Outcome[Out]
	requestID string
}

// claim is a name that one batch in flight can have: that of a group, or that of an item.
type claim struct {
	ofGroup bool
	name    string
}

// slotsPerItem bounds the items, duplicates included, that one batch answers, by its limit.
const slotsPerItem = 4

func (r *run[In, Out]) run(
	ctx context.Context, items iter.Seq[In], yield func(Result[In, Out], error) bool,
) {
	callCtx, cancel := context.WithCancel(ctx)
	next, stop := iter.Pull(items)
	defer func() {
		cancel()
		r.calls.Wait()
		stop()
	}()
	r.next = next
	r.recent.size = r.opts.DuplicateWindow
	r.claimed = make(map[claim]*batch[In, Out])
	more := r.skip(ctx)
	for {
		blocked := false
		for more && !blocked && r.mayStart() {
			if err := ctx.Err(); err != nil {
				r.stopped = err
				break
			}
			var b *batch[In, Out]
			if b, more, blocked = r.read(); len(b.slots) > 0 {
				r.start(callCtx, b)
			}
		}
		if len(r.queue) == 0 {
			break
		}
		if !r.finish(ctx, yield) {
			return
		}
	}
	if r.stopped != nil {
		r.end(ctx, more, yield)
	}
}

// skip passes over what a run before has answered.
func (r *run[In, Out]) skip(ctx context.Context) (more bool) {
	for r.position < r.opts.Skip && ctx.Err() == nil {
		if _, more := r.next(); !more {
			return false
		}
		r.position++
	}
	return true
}

// mayStart tells whether another call is wanted. While none gets through, there are no more in
// flight than it takes to stop the run.
func (r *run[In, Out]) mayStart() bool {
	most := r.opts.Concurrency
	if r.unanswered > 0 {
		most = min(most, r.opts.MaxUnanswered-r.unanswered)
	}
	return r.stopped == nil && len(r.queue) < most && !r.frontIsDone()
}

// frontIsDone tells whether results can be yielded without waiting.
func (r *run[In, Out]) frontIsDone() bool { return len(r.queue) > 0 && r.queue[0].isDone() }

func (b *batch[In, Out]) isDone() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// pull takes an item off the input.
func (r *run[In, Out]) pull() (s slot[In, Out], more bool) {
	if r.held != nil {
		s, r.held = *r.held, nil
		return s, true
	}
	if s.item, more = r.next(); !more {
		return s, false
	}
	s.position = r.position
	r.position++
	return s, true
}

// read takes a batch off the input. At the input's end, more is false; if the next item has to wait
// for a batch in flight, blocked is true.
func (r *run[In, Out]) read() (b *batch[In, Out], more, blocked bool) {
	b = &batch[In, Out]{done: make(chan struct{})}
	group := ""
	for len(b.asked) < r.op.Limit && len(b.slots) < slotsPerItem*r.op.Limit {
		s, ok := r.pull()
		if !ok {
			return b, false, false
		}
		key := ""
		if r.op.Key != nil {
			key = r.op.Key(s.item)
		}
		if known := r.recent.find(key); known != nil {
			s.answer = known
			b.slots = append(b.slots, s)
			continue
		}
		if r.op.Check != nil {
			if err := r.op.Check(s.item); err != nil {
				s.answer = &answer[Out]{outcome: Outcome[Out]{Status: Error, Err: err}}
				b.slots = append(b.slots, s)
				continue
			}
		}
		var claims []claim
		if r.op.Group != nil {
			name := r.op.Group(s.item)
			if len(b.asked) == 0 {
				group = name
				claims = append(claims, claim{true, name})
			} else if name != group {
				r.held = &s
				return b, true, false
			}
		}
		if r.op.Key != nil && !r.op.Share {
			claims = append(claims, claim{false, key})
		}
		if owner := r.ownerOf(claims); owner != nil {
			r.held = &s
			return b, true, owner != b
		}
		for _, c := range claims {
			r.claimed[c] = b
		}
		b.claims = append(b.claims, claims...)
		s.answer = new(answer[Out])
		if r.op.Share && r.op.Key != nil {
			r.recent.add(key, s.answer)
		}
		b.slots, b.asked = append(b.slots, s), append(b.asked, s)
	}
	return b, true, false
}

// ownerOf returns a batch that has one of the claims and whose call is not over, nil if none has.
func (r *run[In, Out]) ownerOf(claims []claim) *batch[In, Out] {
	for _, c := range claims {
		if owner := r.claimed[c]; owner != nil && !owner.isDone() {
			return owner
		}
	}
	return nil
}

// start makes the batch's call in a goroutine of its own.
func (r *run[In, Out]) start(ctx context.Context, b *batch[In, Out]) {
	r.queue = append(r.queue, b)
	if len(b.asked) == 0 {
		close(b.done)
		return
	}
	r.calls.Go(func() {
		defer close(b.done)
		b.call(ctx, &r.op)
	})
}

// call asks for the items of the batch; those that the client refuses are left out, and the others
// asked for without them.
func (b *batch[In, Out]) call(ctx context.Context, op *Operation[In, Out]) {
	ask := b.asked
	for len(ask) > 0 {
		items := make([]In, len(ask))
		for i := range ask {
			items[i] = ask[i].item
		}
		resp, err := op.Call(ctx, items)
		if bad := op.badItems(err, len(ask)); bad != nil {
			var rest []slot[In, Out]
			for i, s := range ask {
				if bad[i] == nil {
					rest = append(rest, s)
					continue
				}
				s.answer.outcome = Outcome[Out]{Status: Error, Err: bad[i]}
			}
			ask = rest
			continue
		}
		b.called, b.err = true, err
		for i, s := range ask {
			switch {
			case err != nil:
				s.answer.outcome = Outcome[Out]{Status: Error, Err: err}
				s.answer.requestID = tiktokshop.RequestID(err)
			default:
				s.answer.requestID = resp.RequestID
				if i < len(resp.Outcomes) {
					s.answer.outcome = resp.Outcomes[i]
				}
				if s.answer.outcome.Status == "" {
					s.answer.outcome.Status = Unaccounted
				}
			}
		}
		return
	}
}

// finish waits for the first batch and yields its results. It returns false when the consumer has
// had enough.
func (r *run[In, Out]) finish(ctx context.Context, yield func(Result[In, Out], error) bool) bool {
	b := r.queue[0]
	<-b.done
	for _, c := range b.claims {
		if r.claimed[c] == b {
			delete(r.claimed, c)
		}
	}
	if b.called {
		r.progress.Calls++
		if r.stopped == nil {
			r.stopped = r.judge(ctx, b)
		}
	}
	for _, s := range b.slots {
		if !r.yield(s, yield) {
			return false
		}
	}
	r.queue = r.queue[1:]
	r.report()
	return true
}

func (r *run[In, Out]) yield(s slot[In, Out], yield func(Result[In, Out], error) bool) bool {
	outcome := &s.answer.outcome
	r.progress.add(outcome.Status)
	return yield(Result[In, Out]{
		Item: s.item, Position: s.position, Status: outcome.Status, Value: outcome.Value,
		RequestID: s.answer.requestID, Err: outcome.Err,
	}, nil)
}

// end reads the rest of the input, which is not tried, and tells why.
func (r *run[In, Out]) end(
	ctx context.Context, more bool, yield func(Result[In, Out], error) bool,
) {
	notTried := &answer[Out]{outcome: Outcome[Out]{Status: NotTried, Err: r.stopped}}
	for more && (r.held != nil || ctx.Err() == nil) {
		var s slot[In, Out]
		if s, more = r.pull(); !more {
			break
		}
		if r.firstNotTried < 0 {
			r.firstNotTried = s.position
		}
		s.answer = notTried
		if !r.yield(s, yield) {
			return
		}
	}
	r.report()
	resume := r.resume
	if resume < 0 {
		resume = r.firstNotTried
	}
	if resume < 0 {
		resume = r.position
	}
	yield(Result[In, Out]{}, &StoppedError{
		Operation: r.op.Name, Answered: r.progress.Answered(), NotTried: r.progress.NotTried,
		Resume: resume, Err: r.stopped, noun: r.op.Noun,
	})
}

// judge tells why the run cannot go on after a batch's call, nil if it can.
func (r *run[In, Out]) judge(ctx context.Context, b *batch[In, Out]) error {
	err := b.err
	if err == nil {
		r.unanswered, r.resume = 0, -1
		return nil
	}
	first := b.asked[0].position
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()), // also at its deadline
		r.op.stops(err):
		if r.resume < 0 {
			r.resume = first
		}
		return err
	case !isUnanswered(err):
		r.unanswered, r.resume = 0, -1
		return nil
	}
	if r.unanswered++; r.unanswered == 1 {
		r.resume = first
	}
	if r.unanswered < r.opts.MaxUnanswered {
		return nil
	}
	return fmt.Errorf("%w: %d calls in a row failed, the last with: %w", ErrUnreachable,
		r.unanswered, err)
}

// report calls OnProgress. Its panic stops the run, and it is not called again.
func (r *run[In, Out]) report() {
	if r.opts.OnProgress == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			r.opts.OnProgress = nil
			if r.stopped == nil {
				r.stopped = fmt.Errorf("%w: %v", ErrProgressPanicked, p)
			}
		}
	}()
	r.opts.OnProgress(r.progress)
}

// recent keeps the answers of the latest items, for their duplicates.
type recent[Out any] struct {
	size    int
	answers map[string]*answer[Out]
	order   []string // a ring of the keys
	oldest  int
}

func (r *recent[Out]) find(key string) *answer[Out] { return r.answers[key] }

func (r *recent[Out]) add(key string, a *answer[Out]) {
	if r.answers == nil {
		r.answers = make(map[string]*answer[Out])
	}
	if len(r.order) < r.size {
		r.order = append(r.order, key)
	} else {
		delete(r.answers, r.order[r.oldest])
		r.order[r.oldest] = key
		r.oldest = (r.oldest + 1) % len(r.order)
	}
	r.answers[key] = a
}
