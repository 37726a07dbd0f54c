package tiktokshop

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// AdaptiveRate bounds what an AdaptiveLimiter tries. The rates are in calls per second for one
// quota: one app, shop or partner, and operation. Zero fields have the defaults named below.
type AdaptiveRate struct {
	// Initial is the rate to begin with; 10 by default.
	Initial float64
	// Min is the least rate that throttling slows down to; 0.2 by default.
	Min float64
	// Max bounds the rate; 1000 by default.
	Max float64
}

// AdaptiveLimiter learns how fast the platform lets an app call, for each shop or partner and operation apart,
// as the platform counts them. It begins at a modest rate and raises it while calls succeed. At the
// first throttle it slows to just below the rate that had worked, holds back while a Retry-After lasts, returns to that rate over a
// minute or more, stays near it, and then tries more. Install it with WithAdaptiveLimiter; clients that share one share what it learned.
//
// It is safe for concurrent use.
type AdaptiveLimiter struct {
	rate AdaptiveRate
	seed maphash.Seed

	mu    sync.Mutex
	lanes map[quotaKey]*lane
	swept time.Time
}

// NewAdaptiveLimiter returns a limiter that has learned nothing yet. Rates that are negative, or not in order, are an *InputError.
func NewAdaptiveLimiter(rate AdaptiveRate) (*AdaptiveLimiter, error) {
	setDefault(&rate.Min, 0.2)
	setDefault(&rate.Initial, max(10, rate.Min))
	setDefault(&rate.Max, max(1000, rate.Initial))
	if !(rate.Min > 0 && rate.Min <= rate.Initial && rate.Initial <= rate.Max && rate.Max <= 1e6) {
		return nil, &InputError{Field: "adaptive rate", Reason: fmt.Sprintf("is %v, want 0 < Min <= Initial <= Max <= 1000000", rate)}
	}
	return &AdaptiveLimiter{rate: rate, seed: maphash.MakeSeed(), lanes: make(map[quotaKey]*lane)}, nil
}

func (l *AdaptiveLimiter) hash(s string) uint64 { return maphash.String(l.seed, s) }

const (
	manyLanes = 1024             // forget idle ones above this number
	laneIdle  = 30 * time.Minute // and by then what was learned is stale
)

// lane returns the state of a quota.
func (l *AdaptiveLimiter) lane(key quotaKey) *lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	if found := l.lanes[key]; found != nil {
		return found
	}
	now := time.Now()
	if len(l.lanes) >= manyLanes && now.Sub(l.swept) > time.Minute {
		l.swept = now
		for k, idle := range l.lanes {
			if idle.idleSince(now) > laneIdle {
				delete(l.lanes, k)
			}
		}
	}
	made := newLane(l.rate, now)
	l.lanes[key] = made
	return made
}

// The learning of a lane. Rates are in calls per second.
const (
	doubling       = 10 * time.Second // of the rate, until the first throttle
	gentleCut      = 0.95             // of the rate at a throttle
	steepCut       = 0.7              // at one that follows hard on another: the quota has shrunk
	soonAfter      = 10               // successes after a cut, within which a throttle follows hard on it
	recoveryCalls  = 400              // calls on the way back to the rate that was cut, as far as the two bounds allow
	minRecovery    = time.Minute
	maxRecovery    = 5 * time.Minute
	goodputWindow  = 5 * time.Second // over which the rate of successes is measured
	leastCeiling   = 1.0             // what a throttle of few calls is taken to have been
	trustedShare   = 0.75            // of the rate in force: successes fewer than that were not yet counted
	probeGrowth    = 0.2             // above the rate that was cut, in the time of a recovery
	burstTime      = 500 * time.Millisecond
	maxHold        = time.Minute // of a Retry-After
	headroom       = 2.0         // times the rate in use is as far as the rate grows
	shortestSample = time.Second
)

// lane paces the calls of one quota: a token bucket whose rate follows a cubic curve around the rate of
// the last throttle, as TCP CUBIC's window does, steep where it is far off and flat where it is near.
type lane struct {
	bounds  AdaptiveRate
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

func newLane(bounds AdaptiveRate, now time.Time) *lane {
	return &lane{bounds: bounds, turn: make(chan struct{}, 1), rate: bounds.Initial, tokens: 1, updated: now, born: now}
}

// errNoRoom ends a wait that could not end in time.
var errNoRoom = fmt.Errorf("the learned rate has no room before the context's deadline: %w", context.DeadlineExceeded)

// wait returns when a call may be made. Calls pass in the order they came.
func (l *lane) wait(ctx context.Context) error {
	ahead := l.waiting.Add(1) - 1
	defer l.waiting.Add(-1)
	deadline, bounded := ctx.Deadline()
	if bounded && ahead > 0 && time.Until(deadline) < l.queueTime(ahead) {
		return errNoRoom
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		d := l.take(time.Now())
		if d == 0 {
			return nil
		}
		if bounded && time.Until(deadline) <= d {
			return errNoRoom
		}
		if err := sleep(ctx, d); err != nil { // then look again: the rate may have changed
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
	l.rate = min(max(l.target(now, dt), l.bounds.Min), l.bounds.Max)
}

// target is the rate to go at. It outgrows what is known to work only while it is used.
func (l *lane) target(now time.Time, dt float64) float64 {
	used := headroom * l.goodput(now)
	if l.ceiling == 0 {
		grown := l.rate * math.Exp2(dt/doubling.Seconds())
		return min(grown, max(l.rate, used))
	}
	recovery := min(max(seconds(recoveryCalls/l.ceiling), minRecovery), maxRecovery)
	x := now.Sub(l.slowed).Seconds()/recovery.Seconds() - 1
	steepness := 1 - l.cut
	if x > 0 {
		steepness = probeGrowth
	}
	return min(l.ceiling*(1+steepness*x*x*x), max(l.ceiling, used))
}

// goodput is the rate of successes of late.
func (l *lane) goodput(now time.Time) float64 {
	window := goodputWindow.Seconds()
	age := max(now.Sub(l.born), shortestSample).Seconds()
	return l.successes / (window * (1 - math.Exp(-age/window)))
}

// report tells how an attempt ended that was let pass at the time given. A nil lane learns nothing.
func (l *lane) report(admitted time.Time, err error) {
	if l == nil {
		return
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance(now)
	if err == nil {
		l.successes++
		l.sinceCut++
		return
	}
	if !errors.Is(err, ErrRateLimited) {
		return
	}
	after := retryAfterOf(err)
	if hold := now.Add(min(after, maxHold)); hold.After(l.hold) {
		l.hold = hold
	}
	if admitted.Before(l.slowed) {
		return // sent at the old rate
	}
	l.cut = gentleCut
	if l.ceiling > 0 && l.sinceCut < soonAfter {
		l.cut = steepCut
	}
	l.ceiling = max(min(l.rate, max(l.goodput(now), trustedShare*l.rate, leastCeiling)), l.bounds.Min)
	l.rate = max(l.ceiling*l.cut, l.bounds.Min)
	l.tokens = min(l.tokens, 0)
	l.slowed, l.sinceCut = now, 0
}

func (l *lane) idleSince(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Sub(l.updated)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
