package ttsredis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/pause"
)

// lane is what one process knows of a quota. Its calls queue here; the first of them has a place
// in the queue of all machines, which is in Redis. So each process with calls to make has one place
// at a time, and all get the same share.
type lane struct {
	key     string
	turn    chan struct{} // holds the call that has the place; the others queue for it
	waiting atomic.Int64

	mu          sync.Mutex
	asked, seen int64     // numbers of the last question and of the last answer that was taken in
	successes   int64     // that Redis does not know of
	place       int64     // in the queue, by Redis's clock; 0: none
	epoch       int64     // places of another one are void
	epochSince  time.Time // by this process's clock
	hold        time.Time // no call until then
	untold      time.Time // a hold that Redis does not know of
	rate        float64   // calls a second; 0: not known
	ceiling     float64   // the rate of the last throttle, 0: none is known
}

// answer is what the script says.
type answer struct {
	granted       bool
	place         int64
	wait          time.Duration
	epoch         int64
	hold          time.Duration
	rate, ceiling float64
}

func newLane(key string) *lane { return &lane{key: key, turn: make(chan struct{}, 1)} }

// question is what a lane tells Redis with each question.
type question struct {
	number      int64
	ceiling     float64
	hold        time.Duration
	epoch       int64
	successes   int64
	place       int64
	untoldUntil time.Time
}

// ask returns the next question. What it tells counts as told.
func (l *lane) ask(now time.Time) question {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	q := question{
		number: l.asked, ceiling: l.ceiling, epoch: l.epoch, successes: l.successes, place: l.place,
		hold: max(0, l.untold.Sub(now)), untoldUntil: l.untold,
	}
	l.successes, l.untold = 0, time.Time{}
	return q
}

// unanswered takes back what a question told.
func (l *lane) unanswered(q question) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.successes += q.successes
	l.untold = later(l.untold, q.untoldUntil)
}

// answered takes an answer in, unless a later one was.
func (l *lane) answered(q question, a answer, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q.number < l.seen {
		return
	}
	l.seen = q.number
	if l.epoch != a.epoch {
		l.epoch, l.epochSince = a.epoch, now
	}
	l.hold = later(l.hold, now.Add(a.hold))
	l.rate, l.ceiling = a.rate, a.ceiling
}

// setPlace remembers the place in the queue; 0 gives it up.
func (l *lane) setPlace(place int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.place = place
}

// held is how long no call may be made, by what this process knows.
func (l *lane) held(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, l.hold.Sub(now))
}

// holdBack holds the quota back, which Redis is to be told.
func (l *lane) holdBack(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hold = later(l.hold, until)
}

// tellHold has the next question tell of a hold.
func (l *lane) tellHold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.untold = later(l.untold, until)
}

// hasUntold reports whether Redis does not know of a hold.
func (l *lane) hasUntold(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.untold.After(now)
}

// succeeded counts a success, which the next question tells.
func (l *lane) succeeded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.successes++
}

// epochAt is the epoch in which an attempt was let pass: 0 if that was before the one now known.
func (l *lane) epochAt(admitted time.Time) (epoch int64, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch, l.epoch == 0 || !admitted.Before(l.epochSince)
}

// queueTime is the least time that so many calls take.
func (l *lane) queueTime(calls int64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rate == 0 {
		return 0
	}
	return time.Duration(float64(calls) / l.rate * float64(time.Second))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// errNoRoom ends a wait that could not end in time.
var errNoRoom = fmt.Errorf(
	"the shared rate has no room before the context's deadline: %w", context.DeadlineExceeded)

// errGone ends a wait because Redis does not answer.
var errGone = errors.New("redis is gone")

// waitShared returns when a call may be made, errGone if Redis is not there to say so.
func (l *Limiter) waitShared(ctx context.Context, lane *lane, ahead int64) error {
	deadline, bounded := ctx.Deadline()
	if bounded && ahead > 0 && time.Until(deadline) <= lane.queueTime(ahead) {
		return errNoRoom
	}
	select {
	case lane.turn <- struct{}{}:
		defer func() { <-lane.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		d := lane.held(time.Now())
		if d == 0 {
			if l.outage.is() {
				return errGone
			}
			most := time.Duration(-1)
			if bounded {
				most = max(0, time.Until(deadline))
			}
			a, err := l.take(ctx, lane, most)
			switch {
			case err != nil:
				return err
			case !a.granted:
				return errNoRoom
			case a.wait == 0 && lane.held(time.Now()) == 0:
				lane.setPlace(0)
				return nil
			}
			d = a.wait // then ask again: a throttle may have made the place void
		}
		if bounded && time.Until(deadline) <= d {
			return errNoRoom
		}
		if err := pause.For(ctx, d); err != nil {
			return err
		}
	}
}
