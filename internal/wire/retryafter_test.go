package wire

import (
	"testing"
	"time"
)

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "120", "-5", "1.5", " 7 ", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon"} {
		f.Add(seed, int64(1445412480))
	}
	f.Fuzz(func(t *testing.T, header string, now int64) {
		if got := RetryAfter(header, time.Unix(now, 0)); got < 0 || got > maxRetryAfter {
			t.Errorf("%q: %v", header, got)
		}
	})
}
