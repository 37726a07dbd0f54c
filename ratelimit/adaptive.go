package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// AdaptiveOptions bound what an Adaptive limiter tries and remembers. The rates are in calls per
// second for one quota. Zero fields have the defaults named below.
type AdaptiveOptions struct {
	// Initial is the rate to begin with; 10 by default.
	Initial float64
	// Min is the least rate that throttling slows down to; 0.2 by default.
	Min float64
	// Max bounds the rate; 1000 by default.
	Max float64
	// MaxQuotas is how many quotas are remembered, at about 550 bytes each; 10,000 by default.
	// Above that the least useful are forgotten and begin anew: those not used for long, and of
	// these rather one that was never throttled.
	MaxQuotas int
}

// setDefaults fills zero fields in.
func (o *AdaptiveOptions) setDefaults() {
	setDefault(&o.Min, 0.2)
	setDefault(&o.Initial, max(10, o.Min))
	setDefault(&o.Max, max(1000, o.Initial))
	setDefault(&o.MaxQuotas, 10_000)
}

func setDefault[T comparable](field *T, value T) {
	if *field == *new(T) {
		*field = value
	}
}

func (o *AdaptiveOptions) validate() error {
	var errs []error
	if !(0 < o.Min && o.Min <= o.Initial && o.Initial <= o.Max && o.Max <= 1e6) {
		errs = append(errs,
			fmt.Errorf("ratelimit: rates are Min %v, Initial %v, Max %v; must be 0 < Min <= Initial <= Max <= 1000000",
				o.Min, o.Initial, o.Max))
	}
	if o.MaxQuotas < 1 {
		errs = append(errs, fmt.Errorf("ratelimit: MaxQuotas is %d, must be positive", o.MaxQuotas))
	}
	return errors.Join(errs...)
}

// Adaptive is a Limiter that learns how fast the platform lets an app call, for each quota apart.
// It begins at a modest rate and raises it while calls succeed. At a throttle it slows to just
// below the rate that had worked, holds back while a Retry-After lasts, returns to that rate within
// minutes, and then tries more, faster the longer that goes well.
//
// The zero value is ready for use, with the defaults of AdaptiveOptions. Clients that share one
// share what it learned. It is safe for concurrent use.
type Adaptive struct {
	mu      sync.Mutex
	options AdaptiveOptions
	lanes   map[Quota]*lane
}

// NewAdaptive returns a limiter that has learned nothing yet. It refuses options that are negative
// or not in order.
func NewAdaptive(options AdaptiveOptions) (*Adaptive, error) {
	options.setDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	return &Adaptive{options: options}, nil
}

// Wait returns when a call may be made. Calls of one quota pass in the order they came. If the rate
// has no room before the context's deadline, it returns an error that is context.DeadlineExceeded
// at once.
func (a *Adaptive) Wait(ctx context.Context, quota Quota) error {
	a.mu.Lock()
	l := a.lane(quota)
	ahead := l.waiting.Add(1) - 1 // which keeps it from being forgotten
	a.mu.Unlock()
	defer l.waiting.Add(-1)
	return l.wait(ctx, ahead)
}

// Report learns from how an attempt ended.
func (a *Adaptive) Report(_ context.Context, quota Quota, outcome Outcome) {
	if outcome.Err != nil && !outcome.Throttled {
		return // it says nothing of the quota
	}
	a.mu.Lock()
	l := a.lane(quota)
	a.mu.Unlock()
	l.report(time.Now(), outcome)
}

// lane returns the state of a quota. a.mu is held.
func (a *Adaptive) lane(quota Quota) *lane {
	if found := a.lanes[quota]; found != nil {
		return found
	}
	if a.lanes == nil { // the zero value
		a.options.setDefaults()
		a.lanes = make(map[Quota]*lane)
	}
	now := time.Now()
	for range 2 { // so that there are fewer again after more of them than the bound were waited for
		if len(a.lanes) >= a.options.MaxQuotas {
			a.forget()
		}
	}
	made := newLane(&a.options, now)
	a.lanes[quota] = made
	return made
}

// candidates is how many quotas are compared to find a useless one. A map is ranged over from a
// random place, so with 16 of them it is one of the more useful half once in 65,536 times.
const candidates = 16

// forget drops a quota that is less useful than others, but none that a call waits for.
func (a *Adaptive) forget() {
	var worst Quota
	var least time.Time
	seen := 0
	for quota, l := range a.lanes {
		if l.waiting.Load() > 0 {
			continue
		}
		if until := l.usefulUntil(); seen == 0 || until.Before(least) {
			worst, least = quota, until
		}
		if seen++; seen == candidates {
			break
		}
	}
	if seen > 0 {
		delete(a.lanes, worst)
	}
}
