package tiktokshop

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	p := RetryPolicy{}.withDefaults()
	for _, tt := range []struct {
		attempts int
		random   float64
		want     time.Duration
	}{
		{1, 0, time.Second}, {1, 1, 1500 * time.Millisecond}, {2, 0, 2 * time.Second},
		{3, 0.5, 4250 * time.Millisecond},
		{6, 0, 32 * time.Second}, {7, 0, time.Minute}, {7, 1, time.Minute},
		{1000000, 1, time.Minute},
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
