package token

import (
	"fmt"
	"time"
)

// RefusedError says that the platform does not take the account's refresh token. It is ErrRefused:
// the account must authorize the app again. In doubt it is ErrInDoubt instead.
type RefusedError struct {
	// Key is whose token it is.
	Key Key
	// At is when the platform refused.
	At time.Time
	// InDoubt is set if another process used the refresh token before, and may still store what it
	// got for it.
	InDoubt bool
	// Lost is set if the answer to an earlier refresh was lost, and with it perhaps a new pair.
	Lost bool
	// Err is what the platform said, nil if it said so to another process.
	Err error
}

// Error says whose token was refused and when.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("token: the refresh token of open id %s was refused at %s",
		e.Key.OpenID, timeText(e.At))
	if e.InDoubt { // without the platform's words, which say that the account must authorize again
		return text + "; another process had used it and may still store the new pair"
	}
	if e.Lost {
		text += "; the answer to an earlier refresh was lost, and with it perhaps the new pair"
	}
	err := e.Err
	if err == nil {
		err = ErrRefused
	}
	return text + ": " + err.Error()
}

// Is reports whether target is ErrRefused or, in doubt, ErrInDoubt.
func (e *RefusedError) Is(target error) bool {
	if e.InDoubt {
		return target == ErrInDoubt
	}
	return target == ErrRefused
}

// Unwrap returns what the platform said, nil in doubt.
func (e *RefusedError) Unwrap() error {
	if e.InDoubt {
		return nil
	}
	return e.Err
}

const (
	// doubtLasts is how long a process that used the refresh token may come back with the new pair,
	// before the account is said to have to authorize again.
	doubtLasts = time.Hour
	// refusalHolds is how long a refusal that is on record keeps a new source from sending the
	// refresh token once more.
	refusalHolds = time.Hour
	// lapsing is how long before its end an access token that cannot be renewed is not given out
	// any more: the call would outlive it.
	lapsing = time.Minute
)

// refusal is a refresh token that the platform does not take.
type refusal struct {
	token Secret
	RefusedError
}

// of reports whether the refusal is of a token's refresh token.
func (r *refusal) of(t *Token) bool { return r != nil && r.token.Equal(t.RefreshToken) }

// at is the refusal as it stands at a time.
func (r *refusal) at(now time.Time) *RefusedError {
	e := r.RefusedError
	e.InDoubt = e.InDoubt && now.Before(e.At.Add(doubtLasts))
	return &e
}

// refusalOf returns the platform's refusal of a stored refresh token, to this process or to
// another. Such a token is not sent again.
func (s *RefreshingSource) refusalOf(rec *record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	if !s.state.refusal.of(&rec.Token) {
		if rec.RefusedAt.IsZero() || !now.Before(rec.RefusedAt.Add(refusalHolds)) {
			return nil
		}
		s.state.refusal = s.newRefusal(rec, rec.RefusedAt, nil)
	}
	return s.state.refusal.at(now)
}

func (s *RefreshingSource) newRefusal(rec *record, at time.Time, err error) *refusal {
	return &refusal{token: rec.Token.RefreshToken, RefusedError: RefusedError{
		Key: s.key, At: at, InDoubt: rec.TakenOver, Lost: rec.Unanswered, Err: err,
	}}
}

// isLapsing reports whether a token is near its end and cannot be renewed.
func (st *sourceState) isLapsing(c *currentToken, now time.Time) bool {
	return c != nil && st.refusal.of(&c.token) && !st.refusal.at(now).InDoubt &&
		!c.livesFor(now, lapsing)
}
