package tiktokshoptest

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// Quota limits the rate of calls. The server counts each operation of each shop or partner apart,
// as the platform does, and answers what is too much with HTTP 429 and 36009002.
type Quota struct {
	// PerSecond is the rate allowed in the long run. 0 means no limit.
	PerSecond float64
	// Burst is the number of calls allowed at once; at least 1.
	Burst int
	// RetryAfter adds the header that says in how many seconds, rounded up, the next call will
	// pass.
	RetryAfter bool
}

// SetQuota sets the quota from now on. Each operation begins with its full burst.
func (s *Server) SetQuota(q Quota) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.Burst = max(q.Burst, 1)
	s.quota, s.quotas = q, make(map[string]*tokens)
}

// tokens is what is left of a quota.
type tokens struct {
	left float64
	at   time.Time
}

// overQuota takes a call off its quota, or refuses it. s.mu is held.
func (s *Server) overQuota(rt *route, c *call) (reply, bool) {
	if s.quota.PerSecond <= 0 {
		return reply{}, false
	}
	key := rt.method + " " + rt.path + " " +
		c.query["shop_cipher"] + c.query["category_asset_cipher"]
	now := s.now()
	t := s.quotas[key]
	if t == nil {
		t = &tokens{left: float64(s.quota.Burst), at: now}
		s.quotas[key] = t
	}
	t.left = min(t.left+now.Sub(t.at).Seconds()*s.quota.PerSecond, float64(s.quota.Burst))
	t.at = now
	if t.left >= 1 {
		t.left--
		return reply{}, false
	}
	rep := refuse(http.StatusTooManyRequests, 36009002,
		"Too many requests. Please try again later.")
	if s.quota.RetryAfter {
		wait := math.Ceil((1 - t.left) / s.quota.PerSecond)
		rep.header = http.Header{"Retry-After": {strconv.Itoa(int(wait))}}
	}
	return rep, true
}
