package tiktokshop

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestAdaptiveLimiterForgetsIdleQuotas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, err := NewAdaptiveLimiter(AdaptiveRate{})
		if err != nil {
			t.Fatal(err)
		}
		busy := quotaKey{path: "busy"}
		for i := range 20 * manyLanes {
			l.lane(quotaKey{path: strconv.Itoa(i)})
			if err := l.lane(busy).wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
		}
		if got := len(l.lanes); got > 2*manyLanes {
			t.Errorf("%d quotas remembered, want at most %d", got, 2*manyLanes)
		}
		if l.lanes[busy] == nil {
			t.Error("a quota in use was forgotten")
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	p := RetryPolicy{}.withDefaults()
	for _, tt := range []struct {
		attempts int
		random   float64
		want     time.Duration
	}{
		{1, 0, time.Second}, {1, 1, 1500 * time.Millisecond}, {2, 0, 2 * time.Second}, {3, 0.5, 4250 * time.Millisecond},
		{6, 0, 32 * time.Second}, {7, 0, time.Minute}, {7, 1, time.Minute}, {1000000, 1, time.Minute},
	} {
		if got := p.backoff(tt.attempts, tt.random); got != tt.want {
			t.Errorf("after %d attempts: %v, want %v", tt.attempts, got, tt.want)
		}
	}
	long := RetryPolicy{BaseDelay: 24 * time.Hour, MaxDelay: time.Second}.withDefaults()
	if got := long.backoff(3, 1); got != time.Second {
		t.Errorf("%v, want MaxDelay", got)
	}
}
