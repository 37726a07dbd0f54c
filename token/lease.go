package token

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// watchedLease is a lease of another process, and since when it is there.
type watchedLease struct {
	version int64
	since   time.Time
}

// refusedToken is a refresh token that the platform does not take.
type refusedToken struct {
	token Secret
	err   error
}

// refusalOf returns the platform's refusal of a refresh token, which is not sent again.
func (s *RefreshingSource) refusalOf(t Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.state.refused; !r.token.IsZero() && r.token.Equal(t.RefreshToken) {
		return r.err
	}
	return nil
}

// leasedToOther reports whether somebody else is refreshing. A lease is over when its record has not changed for the
// lease's duration, by this process's own clock.
func (s *RefreshingSource) leasedToOther(rec *record, version int64) bool {
	if rec.Lease == nil || rec.Lease.Owner == s.lease.Owner {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.watched.version != version {
		s.state.watched = watchedLease{version, time.Now()}
	}
	return time.Since(s.state.watched.since) < rec.Lease.Duration
}

// refresh takes the lease, refreshes and stores. It returns ErrConflict if somebody else was faster to the lease.
func (s *RefreshingSource) refresh(ctx context.Context, rec *record, version int64) error {
	old := rec.Token
	unanswered := rec.Unanswered || rec.Lease != nil
	// The lease counts from before it is visible, so that nobody takes it over while the request can still be sent.
	ctxRefresh, cancel := context.WithTimeout(ctx, s.opts.RefreshTimeout)
	defer cancel()
	if err := s.save(ctxRefresh, &record{Token: old, Lease: &s.lease, Unanswered: unanswered}, version); err != nil {
		return err
	}
	version++
	token, err := s.refresher.Refresh(ctxRefresh, old.RefreshToken)
	if err == nil {
		return s.keep(ctx, &unsavedPair{token: token.completedFrom(old), from: old.RefreshToken, version: version})
	}
	ctxRelease, cancelRelease := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancelRelease()
	// If this fails too, the lease ends by itself.
	_ = s.save(ctxRelease, &record{Token: old, Unanswered: unanswered || mayHaveTakenEffect(err)}, version)
	if errors.Is(err, ErrRefused) {
		return s.refreshRefused(ctxRelease, old, unanswered, err)
	}
	return err
}

// mayHaveTakenEffect reports whether a refresh that failed may have used up the refresh token.
func mayHaveTakenEffect(err error) bool {
	var e interface{ MayHaveTakenEffect() bool }
	return !errors.As(err, &e) || e.MayHaveTakenEffect()
}

// refreshRefused looks whether somebody else has got a new pair in the meantime. If not, the refresh token is not sent
// again.
func (s *RefreshingSource) refreshRefused(ctx context.Context, old Token, unanswered bool, err error) error {
	if rec, _, loadErr := s.load(ctx); loadErr == nil && !rec.Token.AccessToken.Equal(old.AccessToken) {
		s.adopt(rec.Token)
		return nil
	}
	if unanswered {
		err = fmt.Errorf("the answer to an earlier refresh was lost, and with it perhaps the new pair: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.refused = refusedToken{old.RefreshToken, err}
	return err
}
