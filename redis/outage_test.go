//go:build unix

package ttsredis_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	ttsredis "github.com/tiktokshop-go/tiktokshop/redis"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

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

// TestLimiterWithoutRedis: calls go on while Redis is gone, after one warning, and share again when
// it is back; what was told in between is then told to the others.
func TestLimiterWithoutRedis(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	var log notes
	options := ttsredis.LimiterOptions{Timeout: 10 * time.Second, Logger: slog.New(&log),
		Rates: ratelimit.AdaptiveOptions{Initial: 500}}
	clients := []*redis.Client{s.client(), s.client()}
	l, other := newLimiter(t, clients[0], "p", options),
		newLimiter(t, clients[1], "p", ttsredis.LimiterOptions{Timeout: 10 * time.Second})
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

// TestLimiterTellsLater: a throttle that could not be told to the other machines when it happened
// is told when Redis is back.
func TestLimiterTellsLater(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := s.client()
	defer client.Close()
	options := ttsredis.LimiterOptions{Timeout: 10 * time.Second,
		Rates: ratelimit.AdaptiveOptions{Initial: 500}}
	l := newLimiter(t, client, "p", options)
	l.SetLookAgain(time.Millisecond)
	require.NoError(t, l.Wait(patient(t), shopQuota(1)))
	s.kill()
	l.Report(t.Context(), shopQuota(1), throttle(time.Minute)) // which finds out that Redis is gone
	require.Error(t, l.Err())
	l.Report(t.Context(), shopQuota(2), throttle(time.Minute))
	s.restart()
	callUntil(t, l, shopQuota(3), func() bool { return l.Err() == nil })
	// without connections that broke, each of which would be an outage to the other
	anew := s.client()
	defer anew.Close()
	other := newLimiter(t, anew, "p", options)
	for n := range 2 {
		quota := shopQuota(1 + n)
		require.Eventually(t,
			func() bool { return anew.HGet(t.Context(), l.Key(quota), "hold").Val() != "" },
			time.Minute, time.Millisecond)
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
	l := newLimiter(t, client, "p", ttsredis.LimiterOptions{Timeout: time.Second,
		Logger: slog.New(&log)})
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

// TestLimiterWithARedisThatIsFull: one that answers and refuses to write is as good as gone, and
// not back before it writes.
func TestLimiterWithARedisThatIsFull(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := s.client()
	defer client.Close()
	var n atomic.Int64
	client.AddHook(looks{&n})
	var log notes
	l := newLimiter(t, client, "p", ttsredis.LimiterOptions{
		Timeout: 10 * time.Second, Logger: slog.New(&log),
		Rates: ratelimit.AdaptiveOptions{Initial: 500},
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

// TestRedisKilledMidRun: 4 processes go on without Redis, warn once each, and share again when it
// is back.
func TestRedisKilledMidRun(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.KeepRequests(0))
	const perSecond = 50
	srv.SetQuota(tiktokshoptest.Quota{PerSecond: perSecond, Burst: perSecond})
	all := startCallers(t, callerTask{
		Platform: srv.URL, Redis: "redis://" + s.addr + "/0", Prefix: "p",
		Rates: ratelimit.AdaptiveOptions{Initial: 0.9 * perSecond},
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
	t.Logf("since Redis was killed: %d calls, %.1f%% throttled", total+throttled,
		100*float64(throttled)/float64(total+throttled))
}
