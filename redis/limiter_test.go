package ttsredis_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/ratelimit/ratelimittest"
	ttsredis "github.com/tiktokshop-go/tiktokshop/redis"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func newLimiter(t *testing.T, client redis.UniversalClient, prefix string, options ttsredis.LimiterOptions) *ttsredis.Limiter {
	t.Helper()
	l, err := ttsredis.NewLimiter(client, options, with(prefix))
	require.NoError(t, err)
	return l
}

func shopQuota(n int) ratelimit.Quota {
	return ratelimit.Quota{AppKey: "app", Owner: ratelimit.OwnerOf("shop"), Method: "GET", Path: fmt.Sprint("/orders/", n)}
}

// patient is a context for what should take no time worth mentioning.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func throttle(after time.Duration) ratelimit.Outcome {
	return ratelimit.Outcome{Admitted: time.Now(), Throttled: true, RetryAfter: after, Err: assert.AnError}
}

func TestLimiter(t *testing.T) {
	eachServer(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := newPrefix()
		ratelimittest.CheckLimiter(t, func() ratelimit.Limiter {
			return newLimiter(t, client, prefix, ttsredis.LimiterOptions{Timeout: time.Minute})
		})
	})
}

// TestLimiterWithoutTime: a call that cannot be made before its deadline ends at once, and takes no place
// from another.
func TestLimiterWithoutTime(t *testing.T) {
	t.Parallel()
	client := connect(t, needRedis(t))
	l := newLimiter(t, client, newPrefix(), ttsredis.LimiterOptions{Timeout: time.Minute, Rates: ratelimit.AdaptiveOptions{Initial: 0.001, Min: 0.001}})
	quota := shopQuota(1)
	require.NoError(t, l.Wait(patient(t), quota))
	before := client.HGet(t.Context(), l.Key(quota), "tat").Val()
	ctx := patient(t)
	require.ErrorIs(t, l.Wait(ctx, quota), context.DeadlineExceeded)
	require.NoError(t, ctx.Err(), "at once")
	assert.NotEmpty(t, before)
	assert.Equal(t, before, client.HGet(t.Context(), l.Key(quota), "tat").Val())
}

// TestLimiterKeepsAPlace: a call that gives up leaves its place in the queue to the next of its process.
func TestLimiterKeepsAPlace(t *testing.T) {
	t.Parallel()
	client := connect(t, needRedis(t))
	l := newLimiter(t, client, newPrefix(), ttsredis.LimiterOptions{Timeout: time.Minute, Rates: ratelimit.AdaptiveOptions{Initial: 2}})
	quota := shopQuota(1)
	require.NoError(t, l.Wait(patient(t), quota))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	key := l.Key(quota)
	before := client.HGet(t.Context(), key, "tat").Val()
	go func() { ended <- l.Wait(ctx, quota) }()
	require.Eventually(t, func() bool { return client.HGet(t.Context(), key, "tat").Val() != before }, time.Minute, time.Millisecond)
	time.Sleep(10 * time.Millisecond) // for its answer to arrive
	cancel()
	if <-ended == nil {
		t.Skip("the machine was so slow that its turn came first")
	}
	taken := client.HGet(t.Context(), key, "tat").Val()
	require.NoError(t, l.Wait(patient(t), quota))
	assert.Equal(t, taken, client.HGet(t.Context(), key, "tat").Val())
}

// notes is a slog.Handler that keeps what it is told.
type notes struct {
	slog.Handler
	warnings, infos atomic.Int64
}

func (*notes) Enabled(context.Context, slog.Level) bool { return true }

func (n *notes) Handle(_ context.Context, r slog.Record) error {
	switch r.Level {
	case slog.LevelWarn:
		n.warnings.Add(1)
	case slog.LevelInfo:
		n.infos.Add(1)
	}
	return nil
}

// callUntil makes calls until something is so.
func callUntil(t *testing.T, l *ttsredis.Limiter, quota ratelimit.Quota, so func() bool) {
	t.Helper()
	ctx := patient(t)
	for !so() {
		require.NoError(t, l.Wait(ctx, quota))
		l.Report(ctx, quota, ratelimit.Outcome{Admitted: time.Now()})
		time.Sleep(time.Millisecond)
	}
}

// TestLimiterWithoutRedis: calls go on while Redis is gone, after one warning, and share again when it is
// back; what was told in between is then told to the others.
func TestLimiterWithoutRedis(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	var log notes
	options := ttsredis.LimiterOptions{Timeout: 10 * time.Second, Logger: slog.New(&log), Rates: ratelimit.AdaptiveOptions{Initial: 500}}
	clients := []*redis.Client{s.client(), s.client()}
	l, other := newLimiter(t, clients[0], "p", options), newLimiter(t, clients[1], "p", ttsredis.LimiterOptions{Timeout: 10 * time.Second})
	for _, c := range clients {
		defer c.Close()
	}
	l.SetLookAgain(10 * time.Millisecond)
	other.SetLookAgain(10 * time.Millisecond)
	for round := range 2 {
		n := 0
		callUntil(t, l, shopQuota(1), func() bool { n++; return n > 5 })
		require.NoError(t, l.Err())
		s.kill()
		callUntil(t, l, shopQuota(1), func() bool { return l.Err() != nil })
		n = 0
		callUntil(t, l, shopQuota(1), func() bool { n++; return n > 50 })
		l.Report(t.Context(), shopQuota(2+round), throttle(time.Minute))
		assert.ErrorContains(t, l.Err(), "ttsredis: limiter: ")
		assert.EqualValues(t, round+1, log.warnings.Load())
		assert.EqualValues(t, round, log.infos.Load())
		s.restart()
		callUntil(t, l, shopQuota(1), func() bool { return l.Err() == nil })
		callUntil(t, other, shopQuota(10+round), func() bool { return other.Err() == nil })
		assert.EqualValues(t, round+1, log.warnings.Load())
		assert.EqualValues(t, round+1, log.infos.Load())

		// The next question about that quota tells of the throttle.
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		assert.ErrorIs(t, l.Wait(ctx, shopQuota(2+round)), context.DeadlineExceeded)
		cancel()
	}
}

// TestLimiterTellsLater: a throttle that could not be told to the other machines when it happened is told
// when Redis is back.
func TestLimiterTellsLater(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := s.client()
	defer client.Close()
	options := ttsredis.LimiterOptions{Timeout: 10 * time.Second, Rates: ratelimit.AdaptiveOptions{Initial: 500}}
	l, other := newLimiter(t, client, "p", options), newLimiter(t, client, "p", options)
	l.SetLookAgain(time.Millisecond)
	other.SetLookAgain(time.Millisecond)
	require.NoError(t, l.Wait(patient(t), shopQuota(1)))
	s.kill()
	l.Report(t.Context(), shopQuota(1), throttle(time.Minute)) // which finds out that Redis is gone
	require.Error(t, l.Err())
	l.Report(t.Context(), shopQuota(2), throttle(time.Minute))
	s.restart()
	callUntil(t, l, shopQuota(3), func() bool { return l.Err() == nil })
	for n := range 2 {
		quota := shopQuota(1 + n)
		require.Eventually(t, func() bool { return client.HGet(t.Context(), l.Key(quota), "hold").Val() != "" }, time.Minute, time.Millisecond)
		callUntil(t, other, shopQuota(4), func() bool { return other.Err() == nil })
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		require.ErrorIs(t, other.Wait(ctx, quota), context.DeadlineExceeded)
		require.NoError(t, ctx.Err())
		cancel()
	}
}

// TestLimiterRemembersAHold that another machine was told, when Redis is gone.
func TestLimiterRemembersAHold(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := s.client()
	defer client.Close()
	options := ttsredis.LimiterOptions{Timeout: 10 * time.Second}
	l, other := newLimiter(t, client, "p", options), newLimiter(t, client, "p", options)
	quota := shopQuota(1)
	require.NoError(t, other.Wait(patient(t), quota))
	other.Report(t.Context(), quota, throttle(time.Minute))
	wait := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		return l.Wait(ctx, quota)
	}
	require.ErrorIs(t, wait(), context.DeadlineExceeded)
	s.kill()
	callUntil(t, l, shopQuota(2), func() bool { return l.Err() != nil })
	require.ErrorIs(t, wait(), context.DeadlineExceeded)
}

// TestLimiterDoesNotWaitForASilentRedis, even if its client would, and says so once.
func TestLimiterDoesNotWaitForASilentRedis(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := redis.NewClient(&redis.Options{Addr: s.addr, ReadTimeout: time.Hour})
	defer client.Close()
	var log notes
	l := newLimiter(t, client, "p", ttsredis.LimiterOptions{Timeout: time.Second, Logger: slog.New(&log)})
	l.SetLookAgain(time.Hour)
	callUntil(t, l, shopQuota(1), func() bool { return l.Err() == nil })
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGSTOP))
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() { assert.NoError(t, l.Wait(patient(t), shopQuota(100+n))) })
	}
	wg.Wait()
	assert.ErrorContains(t, l.Err(), "no answer within 1s")
	l.Report(patient(t), shopQuota(1), throttle(0))
	assert.EqualValues(t, 1, log.warnings.Load())
}

// looks is a hook that counts the looks for a Redis that is gone.
type looks struct{ n *atomic.Int64 }

func (looks) DialHook(next redis.DialHook) redis.DialHook { return next }
func (looks) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
func (l looks) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); len(args) > 4 && args[4] == "look" {
			defer l.n.Add(1)
		}
		return next(ctx, cmd)
	}
}

// TestLimiterWithARedisThatIsFull: one that answers and refuses to write is as good as gone, and not back
// before it writes.
func TestLimiterWithARedisThatIsFull(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := s.client()
	defer client.Close()
	var n atomic.Int64
	client.AddHook(looks{&n})
	var log notes
	l := newLimiter(t, client, "p", ttsredis.LimiterOptions{
		Timeout: 10 * time.Second, Logger: slog.New(&log), Rates: ratelimit.AdaptiveOptions{Initial: 500},
	})
	l.SetLookAgain(time.Millisecond)
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "1").Err())
	callUntil(t, l, shopQuota(1), func() bool { return n.Load() >= 3 })
	require.ErrorContains(t, l.Err(), "OOM")
	assert.EqualValues(t, 1, log.warnings.Load())
	assert.Zero(t, log.infos.Load())
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "0").Err())
	callUntil(t, l, shopQuota(1), func() bool { return l.Err() == nil })
	assert.EqualValues(t, 1, log.warnings.Load())
	assert.EqualValues(t, 1, log.infos.Load())
}

// TestRedisKilledMidRun: 4 processes go on without Redis, warn once each, and share again when it is back.
func TestRedisKilledMidRun(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.KeepRequests(0))
	const perSecond = 50
	srv.SetQuota(tiktokshoptest.Quota{PerSecond: perSecond, Burst: perSecond})
	all := startCallers(t, callerTask{
		Platform: srv.URL, Redis: "redis://" + s.addr + "/0", Prefix: "p", Rates: ratelimit.AdaptiveOptions{Initial: 0.9 * perSecond},
	})
	time.Sleep(2 * time.Second)
	stepAll(t, all)
	s.kill()
	time.Sleep(duration(t, "REDISTEST_OUTAGE", 3*time.Second))
	s.restart()
	results := endAll(t, all)
	var total, throttled int64
	for i, r := range results {
		assert.Positive(t, r.Succeeded, "process %d", i)
		assert.Zero(t, r.Failed)
		assert.EqualValues(t, 1, r.Warnings)
		assert.True(t, r.Shared)
		total += r.Succeeded
		throttled += r.Throttled
	}
	t.Logf("since Redis was killed: %d calls, %.1f%% throttled", total+throttled, 100*float64(throttled)/float64(total+throttled))
}

// TestLimiterRemembersForRedis: if Redis has forgotten a quota, its rate goes on from what a process knows.
func TestLimiterRemembersForRedis(t *testing.T) {
	t.Parallel()
	client := connect(t, needRedis(t))
	l := newLimiter(t, client, newPrefix(), ttsredis.LimiterOptions{Timeout: time.Minute, Rates: ratelimit.AdaptiveOptions{Initial: 100}})
	quota := shopQuota(1)
	key := l.Key(quota)
	field := func(name string) float64 {
		v, err := client.HGet(t.Context(), key, name).Float64()
		require.NoError(t, err)
		return v
	}
	require.NoError(t, l.Wait(patient(t), quota))
	l.Report(t.Context(), quota, throttle(0))
	assert.InEpsilon(t, 75, field("ceiling"), 0.1)
	require.NoError(t, client.Del(t.Context(), key).Err())
	require.NoError(t, l.Wait(patient(t), quota))
	assert.InEpsilon(t, 75, field("ceiling"), 0.1)
	assert.InEpsilon(t, 0.95*75, field("rate"), 0.1)
}

// TestLimiterKeys: what is shared of a quota expires, later if a throttle has taught something, and its
// name holds no secret.
func TestLimiterKeys(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t, needRedis(t)), newPrefix()
	l := newLimiter(t, client, prefix, ttsredis.LimiterOptions{Timeout: time.Minute})
	quota := shopQuota(1)
	require.NoError(t, l.Wait(patient(t), quota))
	keys, err := client.Keys(t.Context(), prefix+":*").Result()
	require.NoError(t, err)
	assert.Equal(t, []string{prefix + ":limit:{app:" + ratelimit.OwnerOf("shop").String() + ":GET:/orders/1}"}, keys)
	left := func() time.Duration { return client.PTTL(t.Context(), l.Key(quota)).Val() }
	assert.InDelta(t, time.Hour, left(), float64(time.Minute))
	l.Report(t.Context(), quota, throttle(0))
	assert.InDelta(t, 24*time.Hour, left(), float64(time.Minute))
}

// TestLimiterForgets: a process remembers no more quotas than it may.
func TestLimiterForgets(t *testing.T) {
	t.Parallel()
	l := newLimiter(t, connect(t, needRedis(t)), newPrefix(), ttsredis.LimiterOptions{
		Timeout: time.Minute, Rates: ratelimit.AdaptiveOptions{MaxQuotas: 3},
	})
	for n := range 10 {
		require.NoError(t, l.Wait(patient(t), shopQuota(n)))
		assert.LessOrEqual(t, l.Lanes(), 3)
	}
	assert.Equal(t, 3, l.Lanes())
}

// script runs the limiter's script on a state of which the times are as long ago as is said.
type script struct {
	t      *testing.T
	client redis.UniversalClient
	key    string
}

func newScript(t *testing.T) script {
	return script{t, connect(t, needRedis(t)), newPrefix()}
}

// now is the server's time.
func (s script) now() time.Time {
	s.t.Helper()
	now, err := s.client.Time(s.t.Context()).Result()
	require.NoError(s.t, err)
	return now
}

// set stores a state. The times are so long ago.
func (s script) set(numbers map[string]float64, ago map[string]time.Duration) {
	s.t.Helper()
	now := s.now()
	for name, v := range numbers {
		require.NoError(s.t, s.client.HSet(s.t.Context(), s.key, name, strconv.FormatFloat(v, 'f', -1, 64)).Err())
	}
	for name, d := range ago {
		require.NoError(s.t, s.client.HSet(s.t.Context(), s.key, name, now.Add(-d).UnixMicro()).Err())
	}
}

func (s script) get(name string) float64 {
	s.t.Helper()
	v, err := s.client.HGet(s.t.Context(), s.key, name).Float64()
	require.NoError(s.t, err)
	return v
}

// run tells of nothing else than what the verb needs. The rates may be from 0.01 to a million.
func (s script) run(verb string, more ...any) time.Duration {
	s.t.Helper()
	wait, err := ttsredis.RunScript(s.t.Context(), s.client, s.key, append([]any{verb, 0.01, 10, 1e6, 0, 0, 0, 0}, more...)...)
	require.NoError(s.t, err)
	return wait
}

// learned is a state that has been in use for an hour, as in the tests of ratelimit's adaptive limiter.
func (s script) learned(rate, ceiling, goodput float64, after time.Duration) {
	s.t.Helper()
	s.set(map[string]float64{
		"rate": rate, "ceiling": ceiling, "cut": 0.95, "since_cut": 0, "epoch": 7, "hold": 0,
		"successes": goodput * 5 * math.Exp(after.Seconds()/5),
	}, map[string]time.Duration{"updated": after, "slowed": after, "tat": after, "born": time.Hour})
}

// recovery is how long after a throttle the rate is where it was.
func recovery(ceiling float64) time.Duration {
	seconds := min(max(200/ceiling, 20), 180)
	return time.Duration(seconds * float64(time.Second))
}

const plenty = 1e9 // successes a second

// TestScriptRate: the rate is that of ratelimit's adaptive limiter.
func TestScriptRate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                   string
		rate, ceiling, goodput float64
		after                  time.Duration
		want, wantCeiling      float64
	}{
		{"doubles", 10, 0, plenty, 7 * time.Second, 20, 0},
		{"doubles twice", 10, 0, plenty, 14 * time.Second, 40, 0},
		{"twice what is used", 10, 0, 6, 7 * time.Second, 12, 0},
		{"falls never", 10, 0, 1, 7 * time.Second, 10, 0},
		{"fast quota, half way back", 95, 100, plenty, 10 * time.Second, 100 - 5*0.125, 100},
		{"fast quota, back", 95, 100, plenty, 20 * time.Second, 100, 100},
		{"fast quota, half way above", 95, 100, plenty, 30 * time.Second, 100 + 20*0.125, 100},
		{"fast quota, above", 95, 100, plenty, 39 * time.Second, 117.1, 100},
		{"fast quota, above what is used", 95, 100, 51, 39 * time.Second, 102, 100},
		{"fast quota, not used", 95, 100, 0, 39 * time.Second, 100, 100},
		{"middling quota, half way back", 4.75, 5, plenty, 20 * time.Second, 5 - 0.25*0.125, 5},
		{"slow quota, half way back", 0.475, 0.5, plenty, 90 * time.Second, 0.5 - 0.025*0.125, 0.5},
		{"the quota has hardly grown", 95, 100, 105, 45 * time.Second, 139.1, 100},
		{"the quota has grown", 95, 100, 120, 45 * time.Second, 139.1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.learned(tc.rate, tc.ceiling, tc.goodput, tc.after)
			s.run("look")
			assert.InEpsilon(t, tc.want, s.get("rate"), 0.02)
			assert.Equal(t, tc.wantCeiling, s.get("ceiling"))
		})
	}
}

// TestScriptThrottled: what a throttle is taken to have been, and how far down the rate goes, are as with
// ratelimit's adaptive limiter.
func TestScriptThrottled(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                   string
		rate, ceiling, goodput float64
		sinceCut               int
		wantCeiling, wantCut   float64
	}{
		{"what succeeded", 10, 0, 8, 0, 8, 0.95},
		{"no more than the rate", 10, 0, 12, 0, 10, 0.95},
		{"few successes yet", 10, 0, 2, 0, 7.5, 0.95},
		{"few calls", 1.2, 0, 0, 0, 1, 0.95},
		{"long after another", 10, 10, 8, 10, 8, 0.95},
		{"hard on another", 10, 10, 8, 9, 6.8, 0.55},
		{"hard on another, slow", 0.5, 0.5, 0.5, 9, 0.425, 0.55},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.learned(tc.rate, tc.ceiling, tc.goodput, 0)
			s.set(map[string]float64{"since_cut": float64(tc.sinceCut)}, map[string]time.Duration{"slowed": recovery(tc.ceiling)})
			s.run("throttled", 0)
			assert.InEpsilon(t, tc.wantCeiling, s.get("ceiling"), 0.02)
			assert.InEpsilon(t, tc.wantCeiling*tc.wantCut, s.get("rate"), 0.02)
			assert.Zero(t, s.get("since_cut"))
		})
	}
	t.Run("sent at the old rate", func(t *testing.T) {
		t.Parallel()
		for _, tc := range []struct {
			name  string
			epoch int
			age   time.Duration
			want  float64
		}{
			{"of an earlier epoch", 6, 0, 10},
			{"of one before those known", -1, 0, 10},
			{"before the cut", 0, time.Minute, 10},
			{"after the cut", 7, 0, 8 * 0.95},
		} {
			s := newScript(t)
			s.learned(10, 10, 8, 0)
			s.set(map[string]float64{"since_cut": 100}, map[string]time.Duration{"slowed": recovery(10)})
			_, err := ttsredis.RunScript(t.Context(), s.client, s.key,
				"throttled", 0.01, 10, 1e6, 0, (3 * time.Second).Microseconds(), tc.epoch, 0, tc.age.Microseconds())
			require.NoError(t, err)
			assert.InEpsilon(t, tc.want, s.get("rate"), 0.02, tc.name)
			assert.Greater(t, s.get("hold"), s.get("updated")+2e6, "%s: held back all the same", tc.name)
		}
	})
}

// TestScriptQueue: each that asks gets the next place, and a burst is what half a second has room for.
func TestScriptQueue(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.set(map[string]float64{
		"rate": 0.1, "ceiling": 0.1, "cut": 0.95, "since_cut": 0, "epoch": 7, "hold": 0, "successes": 0,
	}, map[string]time.Duration{"updated": 0, "slowed": 180 * time.Second, "tat": time.Hour, "born": time.Hour})
	for n := range 5 {
		wait := s.run("take", 0, -1)
		assert.InDelta(t, 10*float64(n), wait.Seconds(), 5, "the call with %d ahead of it", n)
	}
	assert.InDelta(t, 50, s.run("take", 0, (40*time.Second).Microseconds()).Seconds(), 5, "no time for that")
	assert.InDelta(t, 50, s.run("take", 0, -1).Seconds(), 5, "so it took no place")

	s.set(map[string]float64{"rate": 20, "ceiling": 20}, map[string]time.Duration{"tat": time.Hour, "slowed": recovery(20)})
	for n := range 10 {
		assert.Zero(t, s.run("take", 0, -1), "call %d of a burst", n)
	}
	for range 20 { // which take a second
		s.run("take", 0, -1)
	}
	assert.Positive(t, s.run("take", 0, -1), "after the burst")
}

// TestScriptPlaces: a place is its caller's, until a throttle makes all places void.
func TestScriptPlaces(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.learned(10, 10, 10, 0)
	s.set(nil, map[string]time.Duration{"slowed": recovery(10), "tat": -10 * time.Second})
	take := func(epoch, place int64) (int64, time.Duration) {
		wait, err := ttsredis.RunScript(t.Context(), s.client, s.key, "take", 0.01, 10, 1e6, 0, 0, epoch, 0, place, -1)
		require.NoError(t, err)
		return s.now().Add(wait).UnixMicro(), wait
	}
	place, wait := take(7, 0)
	assert.InDelta(t, 9.6, wait.Seconds(), 0.5)
	tat := s.get("tat")
	_, wait = take(7, place)
	assert.InDelta(t, 9.6, wait.Seconds(), 0.5, "it still has its place")
	assert.Equal(t, tat, s.get("tat"))
	_, wait = take(7, s.now().Add(-time.Second).UnixMicro())
	assert.Zero(t, wait, "its turn has come")
	_, wait = take(7, s.now().Add(-time.Minute).UnixMicro())
	assert.Positive(t, wait, "its turn was too long ago")

	s.run("throttled", 0)
	assert.EqualValues(t, 8, s.get("epoch"))
	_, wait = take(7, s.now().Add(-time.Second).UnixMicro())
	assert.Positive(t, wait, "of before the throttle")
	assert.Less(t, wait, 2*time.Second, "those that are void do not count")
}

// TestScriptClockSetBack: a server whose clock goes back, or another one that takes its place, does not
// stop the calls until its time has come.
func TestScriptClockSetBack(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.learned(10, 10, 10, 0)
	s.set(map[string]float64{"rate": 10}, map[string]time.Duration{
		"updated": -time.Hour, "tat": -time.Hour - 300*time.Millisecond, "hold": -time.Hour - 2*time.Second, "slowed": -time.Hour + time.Minute,
	})
	wait := s.run("take", 0, -1)
	assert.InDelta(t, 2, wait.Seconds(), 0.5, "what was left of the hold")
	assert.EqualValues(t, 8, s.get("epoch"), "places by the old clock are void")
}
