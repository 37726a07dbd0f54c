package wire

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "120", "-5", "1.5", " 7 ", "99999999999999999999",
		"Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon"} {
		f.Add(seed, int64(1445412480))
	}
	f.Fuzz(func(t *testing.T, header string, now int64) {
		if got := RetryAfter(header, time.Unix(now, 0)); got < 0 || got > maxRetryAfter {
			t.Errorf("%q: %v", header, got)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Unix(1623812664, 0)
	at := func(d time.Duration) string { return now.Add(d).UTC().Format(http.TimeFormat) }
	for _, tt := range []struct {
		header string
		want   time.Duration
	}{
		{"", 0},
		{"3", 3 * time.Second},
		{" 3 ", 3 * time.Second},
		{"0", 0},
		{"10", 10 * time.Second},
		{"-3", 0},
		{"1e9", 0},
		{"86400", 24 * time.Hour},
		{"9999999", 24 * time.Hour},
		{"1234567890123456789012345", 24 * time.Hour},
		{"-1234567890123456789012345", 0},
		{"12345678901234567890123x", 0},
		{at(time.Minute), time.Minute},
		{at(-time.Minute), 0},
		{at(365 * 24 * time.Hour), 24 * time.Hour},
		{"soon", 0},
	} {
		assert.Equal(t, tt.want, RetryAfter(tt.header, now), tt.header)
	}
}
