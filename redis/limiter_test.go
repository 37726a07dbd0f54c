package ttsredis_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/ratelimit/ratelimittest"
	ttsredis "github.com/tiktokshop-go/tiktokshop/redis"
)

func newLimiter(
	t *testing.T, client redis.UniversalClient, prefix string, options ttsredis.LimiterOptions,
) *ttsredis.Limiter {
	t.Helper()
	l, err := ttsredis.NewLimiter(client, options, with(prefix))
	require.NoError(t, err)
	return l
}

func shopQuota(n int) ratelimit.Quota {
	return ratelimit.Quota{AppKey: "app", Owner: ratelimit.OwnerOf("shop"), Method: "GET",
		Path: fmt.Sprint("/orders/", n)}
}

// patient is a context for what should take no time worth mentioning.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func throttle(after time.Duration) ratelimit.Outcome {
	return ratelimit.Outcome{Admitted: time.Now(), Throttled: true, RetryAfter: after,
		Err: assert.AnError}
}

func TestLimiter(t *testing.T) {
	eachServer(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := newPrefix()
		ratelimittest.CheckLimiter(t, func() ratelimit.Limiter {
			return newLimiter(t, client, prefix, ttsredis.LimiterOptions{Timeout: time.Minute})
		})
	})
}

// TestLimiterWithoutTime: a call that cannot be made before its deadline ends at once, and takes no
// place from another.
func TestLimiterWithoutTime(t *testing.T) {
	t.Parallel()
	client := connect(t, needRedis(t))
	l := newLimiter(t, client, newPrefix(),
		ttsredis.LimiterOptions{Timeout: time.Minute,
			Rates: ratelimit.AdaptiveOptions{Initial: 0.001, Min: 0.001}})
	quota := shopQuota(1)
	require.NoError(t, l.Wait(patient(t), quota))
	before := client.HGet(t.Context(), l.Key(quota), "tat").Val()
	ctx := patient(t)
	require.ErrorIs(t, l.Wait(ctx, quota), context.DeadlineExceeded)
	require.NoError(t, ctx.Err(), "at once")
	assert.NotEmpty(t, before)
	assert.Equal(t, before, client.HGet(t.Context(), l.Key(quota), "tat").Val())
}

// TestLimiterKeepsAPlace: a call that gives up leaves its place in the queue to the next of its
// process.
func TestLimiterKeepsAPlace(t *testing.T) {
	t.Parallel()
	client := connect(t, needRedis(t))
	l := newLimiter(t, client, newPrefix(),
		ttsredis.LimiterOptions{Timeout: time.Minute, Rates: ratelimit.AdaptiveOptions{Initial: 2}})
	quota := shopQuota(1)
	require.NoError(t, l.Wait(patient(t), quota))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	key := l.Key(quota)
	before := client.HGet(t.Context(), key, "tat").Val()
	go func() { ended <- l.Wait(ctx, quota) }()
	require.Eventually(t,
		func() bool { return client.HGet(t.Context(), key, "tat").Val() != before }, time.Minute,
		time.Millisecond)
	time.Sleep(10 * time.Millisecond) // for its answer to arrive
	cancel()
	if <-ended == nil {
		t.Skip("the machine was so slow that its turn came first")
	}
	taken := client.HGet(t.Context(), key, "tat").Val()
	require.NoError(t, l.Wait(patient(t), quota))
	assert.Equal(t, taken, client.HGet(t.Context(), key, "tat").Val())
}

// TestLimiterRemembersForRedis: if Redis has forgotten a quota, its rate goes on from what a
// process knows.
func TestLimiterRemembersForRedis(t *testing.T) {
	t.Parallel()
	client := connect(t, needRedis(t))
	l := newLimiter(t, client, newPrefix(),
		ttsredis.LimiterOptions{Timeout: time.Minute,
			Rates: ratelimit.AdaptiveOptions{Initial: 100}})
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

// TestLimiterKeys: what is shared of a quota expires, later if a throttle has taught something, and
// its name holds no secret.
func TestLimiterKeys(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t, needRedis(t)), newPrefix()
	l := newLimiter(t, client, prefix, ttsredis.LimiterOptions{Timeout: time.Minute})
	quota := shopQuota(1)
	require.NoError(t, l.Wait(patient(t), quota))
	keys, err := client.Keys(t.Context(), prefix+":*").Result()
	require.NoError(t, err)
	assert.Equal(t, []string{prefix + ":limit:{app:" + ratelimit.OwnerOf("shop").String() +
		":GET:/orders/1}"}, keys)
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
