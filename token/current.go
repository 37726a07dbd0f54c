package token

import (
	"math/rand/v2"
	"time"
)

// currentToken is a stored token and when to renew it.
type currentToken struct {
	token   Token
	version int64     // of its record
	renewAt time.Time // zero for never
}

// freshAnyway is how long a new token is used whatever its times say.
const freshAnyway = time.Minute

// isFresh reports whether there is a token, and nothing to do about it.
func (c *currentToken) isFresh(now time.Time) bool {
	return c != nil && (c.renewAt.IsZero() || now.Before(c.renewAt) || c.justReceived(now))
}

// isAlive reports whether there is a token that may be sent.
func (c *currentToken) isAlive(now time.Time) bool { return c.livesFor(now, 0) }

// livesFor reports whether there is a token that may still be sent after a while.
func (c *currentToken) livesFor(now time.Time, d time.Duration) bool {
	if c == nil {
		return false
	}
	end := c.token.AccessTokenExpiresAt
	return end.IsZero() || now.Add(d).Before(end) || c.justReceived(now)
}

// justReceived keeps a wrong clock from making every call a refresh.
func (c *currentToken) justReceived(now time.Time) bool {
	received := c.token.ReceivedAt
	deadOnArrival := !c.token.AccessTokenExpiresAt.After(received)
	return deadOnArrival && now.Before(received.Add(freshAnyway)) && !now.Before(received)
}

// usable returns the current token unless it is the refused one.
func (s *RefreshingSource) usable(refused Secret) (*currentToken, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.usable(refused), s.opts.Now()
}

func (st *sourceState) usable(refused Secret) *currentToken {
	if st.current != nil && !refused.IsZero() && st.current.token.AccessToken.Equal(refused) {
		return nil
	}
	return st.current
}

// isStale reports whether a token that was loaded is from before the current one: from a replica
// that lags behind.
func (s *RefreshingSource) isStale(t Token, version int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cur := s.state.current
	return cur != nil && version < cur.version && t.ReceivedAt.Before(cur.token.ReceivedAt)
}

// adopt makes a stored token the current one.
func (s *RefreshingSource) adopt(t Token, version int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cur := s.state.current; cur != nil && cur.token.Equal(t) {
		cur.version = version
		return // and keep its jitter
	}
	next := &currentToken{token: t, version: version}
	if end := t.AccessTokenExpiresAt; !end.IsZero() {
		ahead := s.opts.RenewBefore + rand.N(s.opts.Jitter+1)
		if !t.ReceivedAt.IsZero() {
			ahead = min(ahead, max(end.Sub(t.ReceivedAt), 0)/2)
		}
		next.renewAt = end.Add(-ahead)
	}
	s.state.current = next
}
