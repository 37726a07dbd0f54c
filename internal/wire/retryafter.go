package wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// maxRetryAfter bounds what a Retry-After header can ask for.
const maxRetryAfter = 24 * time.Hour

// RetryAfter reads a Retry-After header: seconds, of any number of digits, or an HTTP date;
// anything else, and the past, is 0.
func RetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	seconds, err := strconv.ParseInt(header, 10, 64)
	// Digits that are too many for an int64 are read as the largest one.
	if err == nil || bind.IsDigits(header) {
		return time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
