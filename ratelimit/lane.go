package ratelimit

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/pause"
)

// The learning of a lane. Rates are in calls per second.
const (
	doubling  = 7 * time.Second // of the rate, until the first throttle
	gentleCut = 0.95            // of the rate at a throttle
	steepCut  = 0.55            // at one that follows hard on another: the quota has shrunk
	// successes after a cut, within which a throttle follows hard on it
	soonAfter = 10
	// calls on the way back to the rate that was cut, as far as the two bounds allow
	recoveryCalls = 200
	minRecovery   = 20 * time.Second
	maxRecovery   = 3 * time.Minute
	goodputWindow = 5 * time.Second // over which the rate of successes is measured
	leastCeiling  = 1.0             // what a throttle of few calls is taken to have been
	// of the rate in force: successes fewer than that were not yet counted
	trustedShare = 0.75
	// successes that much above the rate that was cut prove that the quota has grown
	provenGrowth = 1.1
	// of what a throttle hard on another is taken to have been: it is a guess from too far above
	steepCeiling   = 0.85
	probeGrowth    = 0.2 // above the rate that was cut, in the time of a recovery
	burstTime      = 500 * time.Millisecond
	maxHold        = time.Minute // of a Retry-After
	headroom       = 2.0         // times the rate in use is as far as the rate grows
	shortestSample = time.Second
)

// lane paces the calls of one quota: a token bucket whose rate follows a cubic curve around the
// rate of the last throttle, as TCP CUBIC's window does, steep where it is far off and flat where
// it is near.
type lane struct {
	options *AdaptiveOptions
	turn    chan struct{} // holds the one call that waits for a token; the others queue for it
	waiting atomic.Int64

	mu      sync.Mutex
	rate    float64
	tokens  float64
	updated time.Time // of rate, tokens and successes
	born    time.Time
	hold    time.Time // no call until then

	ceiling   float64 // the rate of the last throttle, 0 before the first
	cut       float64 // what it was multiplied with
	slowed    time.Time
	sinceCut  int     // successes
	successes float64 // decaying over goodputWindow
}

func newLane(options *AdaptiveOptions, now time.Time) *lane {
	return &lane{options: options, turn: make(chan struct{}, 1), rate: options.Initial, tokens: 1,
		updated: now, born: now}
}

// errNoRoom ends a wait that could not end in time.
var errNoRoom = fmt.Errorf("the learned rate has no room before the context's deadline: %w",
	context.DeadlineExceeded)

// wait returns when a call may be made. Calls pass in the order they came.
func (l *lane) wait(ctx context.Context, ahead int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	deadline, bounded := ctx.Deadline()
	if bounded && ahead > 0 && time.Until(deadline) <= l.queueTime(ahead) {
		return errNoRoom
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		d := l.take(time.Now())
		if d == 0 {
			return nil
		}
		if bounded && time.Until(deadline) <= d {
			return errNoRoom
		}
		if err := pause.For(ctx, d); err != nil { // then look again: the rate may have changed
			return err
		}
	}
}

// queueTime is how long that many calls take.
func (l *lane) queueTime(calls int64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return seconds(float64(calls) / l.rate)
}

// take takes a token, or tells when there will be one.
func (l *lane) take(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance(now)
	if d := l.hold.Sub(now); d > 0 {
		return d
	}
	const nearly = 1 - 1e-6
	if l.tokens >= nearly {
		l.tokens--
		return 0
	}
	return max(seconds((1-l.tokens)/l.rate), time.Microsecond)
}

// advance brings rate, tokens and successes up to date.
func (l *lane) advance(now time.Time) {
	dt := now.Sub(l.updated).Seconds()
	if dt <= 0 {
		return
	}
	l.updated = now
	l.successes *= math.Exp(-dt / goodputWindow.Seconds())
	l.tokens = min(l.tokens+dt*l.rate, max(1, l.rate*burstTime.Seconds()))
	l.rate = min(max(l.target(now, dt), l.options.Min), l.options.Max)
}

// target is the rate to go at. It outgrows what is known to work only while it is used.
func (l *lane) target(now time.Time, dt float64) float64 {
	used := headroom * l.goodput(now)
	if l.ceiling == 0 {
		grown := l.rate * math.Exp2(dt/doubling.Seconds())
		return min(grown, max(l.rate, used))
	}
	recovery := min(max(seconds(recoveryCalls/l.ceiling), minRecovery), maxRecovery)
	ceiling := l.ceiling
	x := now.Sub(l.slowed).Seconds()/recovery.Seconds() - 1
	steepness := 1 - l.cut
	if x > 0 {
		steepness = probeGrowth
	}
	if x > 1 && l.goodput(now) > provenGrowth*l.ceiling {
		l.ceiling = 0 // the quota has grown, and nobody knows how far
	}
	return min(ceiling*(1+steepness*x*x*x), max(ceiling, used))
}

// goodput is the rate of successes of late.
func (l *lane) goodput(now time.Time) float64 {
	window := goodputWindow.Seconds()
	age := max(now.Sub(l.born), shortestSample).Seconds()
	return l.successes / (window * (1 - math.Exp(-age/window)))
}

// report tells how an attempt ended that said something of the quota.
func (l *lane) report(now time.Time, outcome Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance(now)
	if !outcome.Throttled {
		l.successes++
		l.sinceCut++
		return
	}
	if hold := now.Add(min(outcome.RetryAfter, maxHold)); hold.After(l.hold) {
		l.hold = hold
	}
	if outcome.Admitted.Before(l.slowed) {
		return // sent at the old rate
	}
	l.cut = gentleCut
	if l.ceiling > 0 && l.sinceCut < soonAfter {
		l.cut = steepCut
	}
	ceiling := min(l.rate, max(l.goodput(now), trustedShare*l.rate, leastCeiling))
	if l.cut == steepCut {
		ceiling *= steepCeiling
	}
	l.ceiling = max(ceiling, l.options.Min)
	l.rate = max(l.ceiling*l.cut, l.options.Min)
	l.tokens = min(l.tokens, 0)
	l.slowed, l.sinceCut = now, 0
}

// learnedBonus is how much longer what was learned from a throttle is useful: without it, there
// will be another.
const learnedBonus = 10 * time.Minute

// usefulUntil ranks lanes: the one with the earliest time is the first to be forgotten.
func (l *lane) usefulUntil() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := l.updated
	if l.hold.After(until) {
		until = l.hold
	}
	if l.ceiling > 0 {
		until = until.Add(learnedBonus)
	}
	return until
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
