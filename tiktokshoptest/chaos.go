package tiktokshoptest

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Mood makes a server misbehave at random. Each field of type float64 is the share of requests,
// from 0 to 1, that meet with what it names; the shares add up to 1 at most, and the rest is
// answered right. What a request meets with depends on the seed, on what it asks for and on how
// often that was asked before, not on other requests, so that a seed gives a program the same
// answers again however its goroutines run.
type Mood struct {
	Seed uint64
	// Throttle answers 429 without, with a numeric, or with a dated Retry-After of up to
	// RetryAfter.
	Throttle float64
	// Unavailable answers 500, 503, 504 or 200 with a code of a passing failure; one in two has
	// taken effect.
	Unavailable float64
	// HTML answers an edge server's 502 page.
	HTML float64
	// Truncate cuts the right answer off in the middle.
	Truncate float64
	// Slow waits for Delay in the middle of the right answer.
	Slow float64
	// ResetBefore breaks the connection without an effect, ResetAfter after one.
	ResetBefore, ResetAfter float64
	// Duplicate carries the request out twice, as if the network had delivered it twice.
	Duplicate float64
	// ClockSkew refuses the timestamp, rightly or not.
	ClockSkew float64
	// TokenExpiry answers that the access token has expired.
	TokenExpiry float64

	// Delay is that of Slow, RetryAfter the longest of Throttle, in whole seconds.
	Delay, RetryAfter time.Duration
}

// Stormy is a mood in which a request in three fails, each way in its turn.
func Stormy(seed uint64) Mood {
	return Mood{
		Seed: seed, Throttle: 0.09, Unavailable: 0.06, HTML: 0.03, Truncate: 0.03, Slow: 0.01,
		ResetBefore: 0.03,
		ResetAfter:  0.03, Duplicate: 0.02, ClockSkew: 0.01, TokenExpiry: 0.01,
		Delay: 20 * time.Millisecond, RetryAfter: 2 * time.Second,
	}
}

// What a History tells a request met with.
const (
	MetRight       = "right" // the right answer, be it an error
	MetThrottle    = "throttle"
	MetUnavailable = "unavailable"
	MetHTML        = "html"
	MetTruncate    = "truncate"
	MetSlow        = "slow"
	MetResetBefore = "reset before"
	MetResetAfter  = "reset after"
	MetDuplicate   = "duplicate"
	MetClockSkew   = "clock skew"
	MetTokenExpiry = "token expiry"
)

// History is what became of the requests that asked for one and the same thing.
type History struct {
	// Met tells for each request, in order, what it met with.
	Met []string
	// Effects is how often the operation took effect.
	Effects int
}

// SetMood makes the server misbehave from now on, and begins a new record of Histories. Faults of
// FailNext come first.
func (s *Server) SetMood(m Mood) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mood, s.histories = &m, make(map[string]*History)
}

// Histories returns what became of the requests since SetMood, by what they asked for: method, path
// and body, separated by spaces.
func (s *Server) Histories() map[string]History {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]History, len(s.histories))
	for id, h := range s.histories {
		out[id] = History{Met: slices.Clone(h.Met), Effects: h.Effects}
	}
	return out
}

// KeepRequests bounds the number of requests that Requests returns: the last n are kept.
func KeepRequests(n int) Option {
	return func(s *Server) { s.keep = max(n, 0) }
}

// identity is what the requests of one call have in common.
func identity(r *http.Request, body []byte) string {
	return r.Method + " " + r.URL.EscapedPath() + " " + string(body)
}

// noteEffect counts an effect. s.mu is held.
func (s *Server) noteEffect(id string) {
	if s.histories != nil {
		s.history(id).Effects++
	}
}

func (s *Server) history(id string) *History {
	h := s.histories[id]
	if h == nil {
		h = new(History)
		s.histories[id] = h
	}
	return h
}

// moodFault draws what a request meets with.
func (s *Server) moodFault(id string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mood == nil {
		return Fault{}, false
	}
	h := s.history(id)
	met, random := s.mood.draw(id, len(h.Met))
	h.Met = append(h.Met, met)
	return s.mood.fault(met, random, s.now())
}

// draw picks one of the shares for the nth request of an identity.
func (m *Mood) draw(id string, n int) (met string, random *rand.Rand) {
	sum := fnv.New64a()
	_ = binary.Write(sum, binary.LittleEndian, []uint64{m.Seed, uint64(n)})
	_, _ = sum.Write([]byte(id))
	random = rand.New(rand.NewPCG(m.Seed, sum.Sum64()))
	u := random.Float64()
	for _, candidate := range []struct {
		met   string
		share float64
	}{
		{MetThrottle, m.Throttle}, {MetUnavailable, m.Unavailable}, {MetHTML, m.HTML},
		{MetTruncate, m.Truncate},
		{MetSlow, m.Slow}, {MetResetBefore, m.ResetBefore}, {MetResetAfter, m.ResetAfter},
		{MetDuplicate, m.Duplicate},
		{MetClockSkew, m.ClockSkew}, {MetTokenExpiry, m.TokenExpiry},
	} {
		if u < candidate.share {
			return candidate.met, random
		}
		u -= candidate.share
	}
	return MetRight, random
}

// fault is what a draw amounts to.
func (m *Mood) fault(met string, random *rand.Rand, now time.Time) (Fault, bool) {
	switch met {
	case MetThrottle:
		f := Fault{Status: http.StatusTooManyRequests, Code: 36009002,
			Message: "Too many requests. Please try again later."}
		switch seconds := random.IntN(int(m.RetryAfter/time.Second) + 1); random.IntN(3) {
		case 0:
			f.Header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
		case 1:
			f.Header = http.Header{"Retry-After": {now.Add(
				time.Duration(seconds) * time.Second).UTC().Format(http.TimeFormat)}}
		}
		return f, true
	case MetUnavailable:
		processed := random.IntN(2) == 0
		return []Fault{
			{Status: http.StatusInternalServerError, Code: 36009003, Message: "Internal error.",
				Processed: processed},
			{Status: http.StatusServiceUnavailable, Body: "upstream connect error",
				Processed: processed},
			{Status: http.StatusGatewayTimeout, Code: 36009007, Message: "Gateway timeout.",
				Processed: processed},
			{Code: 36009003, Message: "Internal error.", Processed: processed},
		}[random.IntN(4)], true
	case MetHTML:
		return Fault{Status: http.StatusBadGateway,
			Body: "<html><body><h1>502 Bad Gateway</h1></body></html>"}, true
	case MetTruncate:
		return Fault{Truncate: true}, true
	case MetSlow:
		return Fault{Stall: m.Delay}, true
	case MetResetBefore:
		return Fault{Drop: true}, true
	case MetResetAfter:
		return Fault{Drop: true, Processed: true}, true
	case MetDuplicate:
		return Fault{twice: true, Processed: true}, true
	case MetClockSkew:
		return Fault{Status: http.StatusUnauthorized, Code: 36009004,
			Message: "Invalid timestamp. The value of the 'timestamp' query parameter must not be earlier than 5 minutes before the current time."}, true
	case MetTokenExpiry:
		return Fault{Status: http.StatusUnauthorized, Code: 105002,
			Message: "Expired credentials."}, true
	}
	return Fault{}, false
}
