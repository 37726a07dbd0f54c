package ttsredis

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/pause"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
)

// LimiterOptions say what a Limiter tries, and what it does without Redis. All machines should have
// the same.
type LimiterOptions struct {
	// Rates bound the rates that are tried, over all machines together, and how many quotas one
	// process remembers. Zero fields have the defaults of ratelimit.AdaptiveOptions.
	Rates ratelimit.AdaptiveOptions
	// Timeout is how long Redis has for an answer; 1 second by default. One that takes longer
	// counts as gone.
	Timeout time.Duration
	// Logger is told once when Redis is gone, at warn level, and once when it is back, at info
	// level. nil, the default, logs nothing.
	Logger *slog.Logger
}

const (
	defaultTimeout = time.Second
	// maxHold bounds what a Retry-After can ask for.
	maxHold          = time.Minute
	defaultLookAgain = time.Second
	// lateAnswer is how much longer than the timeout the client may take to give up.
	lateAnswer = 50 * time.Millisecond
)

// Limiter is a ratelimit.Limiter that the machines of an app share: together they call at the rate
// that ratelimit.Adaptive would learn for one. Each quota has one queue over all machines, in which
// each process has one place at a time, so that all that have calls to make get the same share. A
// throttle slows all of them down, and its Retry-After, up to a minute, holds all of them back;
// only calls that are on the way at that time still arrive. It is safe for concurrent use.
//
// A call costs one or two round trips to Redis. A process makes one at a time for each quota, and
// so at most about a call per two of them.
//
// While Redis is gone, each process limits its own calls with an adaptive limiter of its own, which
// has seen how its calls ended: together they may be too fast until the platform's refusals have
// slowed each of them. It looks for Redis each second that calls are made, and then shares again.
// If Redis has forgotten everything by then, the rate goes on from what one of the processes knows
// of it.
type Limiter struct {
	shared
	options LimiterOptions
	local   *ratelimit.Adaptive // for when Redis is gone
	outage  outage
	// lookAgain is the time between two looks for a Redis that is gone.
	lookAgain time.Duration

	mu    sync.Mutex
	lanes map[ratelimit.Quota]*lane
}

var _ ratelimit.Limiter = (*Limiter)(nil)

// NewLimiter returns a Limiter that shares what machines with the same prefix have learned. The
// caller closes the client. Bad input is an error for each mistake.
func NewLimiter(
	client redis.UniversalClient, options LimiterOptions, opts ...Option,
) (*Limiter, error) {
	s, err := newShared("Limiter", client, opts)
	if options.Timeout == 0 {
		options.Timeout = defaultTimeout
	}
	if options.Timeout < 0 {
		err = errors.Join(err, &tiktokshop.InputError{Field: "Timeout", Reason: "is negative"})
	}
	local, rateErr := ratelimit.NewAdaptive(options.Rates)
	if err = errors.Join(err, rateErr); err != nil {
		return nil, err
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	setRates(&options.Rates)
	return &Limiter{
		shared: s, options: options, local: local,
		lookAgain: defaultLookAgain, lanes: make(map[ratelimit.Quota]*lane),
	}, nil
}

// setRates fills the defaults in that ratelimit.AdaptiveOptions names.
func setRates(o *ratelimit.AdaptiveOptions) {
	if o.Min == 0 {
		o.Min = 0.2
	}
	if o.Initial == 0 {
		o.Initial = max(10, o.Min)
	}
	if o.Max == 0 {
		o.Max = max(1000, o.Initial)
	}
	if o.MaxQuotas == 0 {
		o.MaxQuotas = 10_000
	}
}

// Wait returns when a call may be made. Calls of one process and quota pass in the order they came.
// If the rate has no room before the context's deadline, it returns an error that is
// context.DeadlineExceeded at once. Without Redis it goes on with this process's own limiter.
func (l *Limiter) Wait(ctx context.Context, quota ratelimit.Quota) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	lane, ahead := l.enter(quota)
	defer lane.waiting.Add(-1)
	l.lookForRedis(ctx)
	if !l.outage.is() {
		if err := l.waitShared(ctx, lane, ahead); !errors.Is(err, errGone) {
			return err
		}
	}
	// A hold that another machine was told.
	for d := lane.held(time.Now()); d > 0; d = lane.held(time.Now()) {
		if deadline, bounded := ctx.Deadline(); bounded && time.Until(deadline) <= d {
			return errNoRoom
		}
		if err := pause.For(ctx, d); err != nil {
			return err
		}
	}
	return l.local.Wait(ctx, quota)
}

// Report learns from how an attempt ended. A throttle is told to the other machines at once, and
// successes with the next Wait.
func (l *Limiter) Report(ctx context.Context, quota ratelimit.Quota, outcome ratelimit.Outcome) {
	l.local.Report(ctx, quota, outcome)
	if outcome.Err != nil && !outcome.Throttled {
		return // it says nothing of the quota
	}
	lane, _ := l.enter(quota)
	defer lane.waiting.Add(-1)
	if !outcome.Throttled {
		lane.succeeded()
		return
	}
	until := time.Now().Add(min(max(0, outcome.RetryAfter), maxHold))
	lane.holdBack(until)
	if l.outage.is() || l.throttled(ctx, lane, outcome, until) != nil {
		lane.tellHold(until)
	}
}

// Err tells what keeps the limits from being shared, nil while Redis answers.
func (l *Limiter) Err() error { return l.outage.cause() }

// enter returns what is known of a quota, and how many wait for it. The caller leaves with
// lane.waiting.Add(-1).
func (l *Limiter) enter(quota ratelimit.Quota) (entered *lane, ahead int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entered = l.lanes[quota]
	if entered == nil {
		for other, idle := range l.lanes { // in random order
			if len(l.lanes) < l.options.Rates.MaxQuotas {
				break
			}
			if idle.waiting.Load() == 0 {
				delete(l.lanes, other) // what was learned is in Redis
			}
		}
		entered = newLane(l.key("limit", quota.String()))
		l.lanes[quota] = entered
	}
	return entered, entered.waiting.Add(1) - 1
}

//go:embed limiter.lua
var limiterSource string

var limiterScript = redis.NewScript(limiterSource)

// take asks for a place in the queue, or whether it is the turn of the one that the lane has.
func (l *Limiter) take(ctx context.Context, lane *lane, most time.Duration) (answer, error) {
	q := lane.ask(time.Now())
	mostWait := int64(-1)
	if most >= 0 {
		mostWait = most.Microseconds()
	}
	a, err := l.run(ctx, lane, "take", q, q.epoch, q.place, mostWait)
	if err == nil && a.granted {
		lane.setPlace(a.place)
	}
	return a, err
}

// throttled tells of a throttle.
func (l *Limiter) throttled(
	ctx context.Context, lane *lane, outcome ratelimit.Outcome, until time.Time,
) error {
	now := time.Now()
	epoch, known := lane.epochAt(outcome.Admitted)
	if !known {
		epoch = -1 // an earlier one
	}
	q := lane.ask(now)
	q.hold = max(q.hold, until.Sub(now))
	age := max(0, now.Sub(outcome.Admitted))
	_, err := l.run(context.WithoutCancel(ctx), lane, "throttled", q, epoch, age.Microseconds())
	return err
}

// run asks Redis. It returns errGone if there is no answer, and the context's error if that ends
// before.
func (l *Limiter) run(
	ctx context.Context, lane *lane, verb string, q question, epoch int64, more ...any,
) (answer, error) {
	rates := l.options.Rates
	args := append([]any{
		verb, rates.Min, rates.Initial, rates.Max, q.ceiling, q.hold.Microseconds(), epoch,
		q.successes,
	}, more...)
	outage := l.outage.number()
	type result struct {
		answer
		err error
	}
	answered := make(chan result, 1)
	background, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.options.Timeout)
	go func() { // which the client may keep for longer than its context lasts
		defer cancel()
		run := limiterScript.Run(background, l.client, []string{lane.key}, args...)
		a, err := parseAnswer(run.Slice())
		if err == nil {
			lane.answered(q, a, time.Now())
		} else {
			lane.unanswered(q)
		}
		answered <- result{a, err}
	}()
	late := time.NewTimer(l.options.Timeout + lateAnswer)
	defer late.Stop()
	var err error
	select {
	case r := <-answered:
		if r.err == nil {
			return r.answer, nil
		}
		err = r.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	case <-late.C:
		err = fmt.Errorf("no answer within %v", l.options.Timeout)
	}
	l.lost(ctx, lane.key, outage, err)
	return answer{}, errGone
}

func parseAnswer(fields []any, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	const count = 7
	var numbers [count]int64
	var rates [count]float64
	for i, field := range fields {
		switch v := field.(type) {
		case int64:
			numbers[i] = v
		case string:
			rates[i], err = strconv.ParseFloat(v, 64)
		}
	}
	if len(fields) != count || err != nil {
		return answer{}, errors.New("an answer that is none of the limiter's script")
	}
	return answer{
		granted: numbers[0] == 1, place: numbers[1],
		wait:  time.Duration(numbers[2]) * time.Microsecond,
		epoch: numbers[3], hold: time.Duration(numbers[4]) * time.Microsecond,
		rate: rates[5], ceiling: rates[6],
	}, nil
}

// outage is a time in which Redis does not answer.
type outage struct {
	mu      sync.Mutex
	n       int64 // outages so far
	err     error // nil: there is none
	key     string
	since   time.Time
	look    time.Time // for Redis, not before
	looking bool
}

func (o *outage) is() bool { return o.cause() != nil }

func (o *outage) cause() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

func (o *outage) number() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.n
}

// lost begins an outage. A question that was asked before an earlier one has nothing to say.
func (l *Limiter) lost(ctx context.Context, key string, number int64, err error) {
	o := &l.outage
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil || number != o.n {
		return
	}
	now := time.Now()
	o.n++
	o.err = fmt.Errorf("ttsredis: limiter: %w", err)
	o.key, o.since, o.look = key, now, now.Add(l.lookAgain)
	l.options.Logger.WarnContext(ctx,
		"ttsredis: Redis does not answer: each process limits its own calls until it does",
		slog.Any("error", err))
}

// lookForRedis looks, now and then during an outage, whether it is over. It does not wait for that.
func (l *Limiter) lookForRedis(ctx context.Context) {
	o := &l.outage
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil || o.looking || time.Now().Before(o.look) {
		return
	}
	o.looking = true
	go l.look(context.WithoutCancel(ctx), o.key)
}

// look runs the script on the key that failed, as Redis may answer and yet refuse to write, or only
// one node of a cluster be gone.
func (l *Limiter) look(ctx context.Context, key string) {
	bounded, cancel := context.WithTimeout(ctx, l.options.Timeout)
	defer cancel()
	rates := l.options.Rates
	_, err := parseAnswer(limiterScript.Run(bounded, l.client, []string{key},
		"look", rates.Min, rates.Initial, rates.Max, l.knownCeiling(key), 0, 0, 0).Slice())
	if l.looked(ctx, err) {
		l.tellHolds(ctx)
	}
}

// looked takes note of a look, and reports whether it ended the outage.
func (l *Limiter) looked(ctx context.Context, err error) (over bool) {
	o := &l.outage
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	o.looking, o.look = false, now.Add(l.lookAgain)
	if err != nil {
		return false
	}
	l.options.Logger.InfoContext(ctx, "ttsredis: Redis answers again: limits are shared",
		slog.Duration("outage", now.Sub(o.since)))
	o.err = nil
	return true
}

// tellHolds tells of the throttles that could not be told during an outage.
func (l *Limiter) tellHolds(ctx context.Context) {
	l.mu.Lock()
	lanes := slices.Collect(maps.Values(l.lanes))
	l.mu.Unlock()
	for _, lane := range lanes {
		if !lane.hasUntold(time.Now()) {
			continue
		}
		if _, err := l.run(ctx, lane, "look", lane.ask(time.Now()), 0); err != nil {
			return // it is gone again
		}
	}
}

// knownCeiling is what this process knows of the rate of a key's last throttle.
func (l *Limiter) knownCeiling(key string) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lane := range l.lanes {
		if lane.key == key {
			lane.mu.Lock()
			defer lane.mu.Unlock()
			return lane.ceiling
		}
	}
	return 0
}
