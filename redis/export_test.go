package ttsredis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
)

// SetLookAgain sets the time between two looks for a Redis that is gone.
func (l *Limiter) SetLookAgain(d time.Duration) { l.lookAgain = d }

// Key is where what is shared of a quota is kept.
func (l *Limiter) Key(quota ratelimit.Quota) string { return l.key("limit", quota.String()) }

// Lanes is the number of quotas that are remembered.
func (l *Limiter) Lanes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lanes)
}

// RunScript runs the limiter's script and returns how long a caller that was given a place has to
// wait.
func RunScript(
	ctx context.Context, client redis.UniversalClient, key string, args ...any,
) (time.Duration, error) {
	a, err := parseAnswer(limiterScript.Run(ctx, client, []string{key}, args...).Slice())
	return a.wait, err
}
