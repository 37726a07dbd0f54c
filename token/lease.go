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
	lease   lease
	since   time.Time
}

// comeBack is how long the holder of a lease that is over may take to come back, as long as the old
// access token lives. It may have the new pair and only be cut off from the store; sending the old
// refresh token could then make both useless.
const comeBack = 10 * time.Minute

// leasedToOther reports whether somebody else is refreshing. A lease is over when its record has
// not changed for the lease's duration, by this process's own clock. While there is no hurry its
// holder has longer.
func (s *RefreshingSource) leasedToOther(rec *record, version int64, hurry bool) bool {
	if rec.Lease == nil || rec.Lease.Owner == s.owner {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.state.watched; w.version != version || w.lease != *rec.Lease {
		s.state.watched = watchedLease{version, *rec.Lease, time.Now()}
	}
	wait := rec.Lease.Duration
	if !hurry {
		wait = max(wait, comeBack)
	}
	return time.Since(s.state.watched.since) < wait
}

// nextLease is the lease for the next refresh.
func (s *RefreshingSource) nextLease() *lease {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.leases++
	return &lease{Owner: s.owner, Number: s.state.leases, Duration: s.leaseDuration}
}

// unansweredLease is the number of the last lease under which a request was not answered, 0 for
// none.
func (s *RefreshingSource) unansweredLease() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.unanswered
}

// A lease lasts for two refresh timeouts. Saving it may take half of one and the request a whole
// one, so that half of one is left for the new pair before others may take the lease over.
func (s *RefreshingSource) leaseSaveTimeout() time.Duration {
	return min(s.opts.RefreshTimeout/2, storeTimeout)
}

// errBeaten is a renewal that has to begin again: somebody was faster, or what was loaded is out of
// date.
var errBeaten = errors.New("token: another process has changed the stored token")

var errLateLease = errors.New(
	"token: saving the lease took so long that it was too late for the refresh")

// refresh takes the lease, refreshes and stores. It returns errBeaten if somebody else was faster
// to the lease.
func (s *RefreshingSource) refresh(ctx context.Context, rec *record, version int64) error {
	// The lease counts from before it is visible, so that nobody takes it over while the request
	// can be sent.
	begun := time.Now()
	leased := *rec
	leased.Lease = s.nextLease()
	if rec.Lease != nil && rec.Lease.Owner != s.owner {
		leased.TakenOver = true
	} else if rec.Lease != nil && rec.Lease.Number == s.unansweredLease() {
		leased.Unanswered = true // which could not be saved at the time
	}
	limit := s.leaseSaveTimeout()
	if err := s.save(ctx, &leased, version, limit); errors.Is(err, ErrConflict) {
		return fmt.Errorf("%w: %w", errBeaten, err)
	} else if err != nil {
		return err
	}
	version++
	released := leased
	released.Lease = nil
	if elapsed(begun, time.Now()) > limit { // the process was frozen in between
		s.release(ctx, &released, version)
		return errLateLease
	}
	t, err := s.send(ctx, rec.Token.RefreshToken)
	if err == nil {
		next := t.completedFrom(rec.Token)
		return s.keep(ctx, &unsavedPair{token: next, from: rec.Token.RefreshToken,
			version: version})
	}
	switch {
	case errors.Is(err, ErrRefused):
		released.RefusedAt = s.opts.Now()
	case mayHaveTakenEffect(err):
		released.Unanswered = true
		s.mu.Lock()
		s.state.unanswered = leased.Lease.Number
		s.mu.Unlock()
	}
	s.release(ctx, &released, version)
	if errors.Is(err, ErrRefused) {
		return s.refused(ctx, &released, err)
	}
	return err
}

// send makes the request within its limit. An answer that has arrived is read, even if the process
// was frozen meanwhile.
func (s *RefreshingSource) send(ctx context.Context, refreshToken Secret) (*Token, error) {
	ctx, cancel := withAwakeTimeout(ctx, s.opts.RefreshTimeout)
	defer cancel()
	t, err := s.refresher.Refresh(ctx, refreshToken)
	err = s.mask(err, nil, refreshToken)
	switch {
	case err != nil && context.Cause(ctx) == context.DeadlineExceeded:
		return nil, fmt.Errorf("token: no answer to the refresh within %s: %w",
			s.opts.RefreshTimeout, err)
	case err != nil:
		return nil, err
	case t == nil:
		return nil, errors.New("token: the Refresher returned no token and no error")
	}
	return t, t.problemOfNew()
}

// release gives the lease back. If that fails, it ends by itself.
func (s *RefreshingSource) release(ctx context.Context, rec *record, version int64) {
	_ = s.save(ctx, rec, version, storeTimeout)
}

// mayHaveTakenEffect reports whether a refresh that failed may have used up the refresh token.
func mayHaveTakenEffect(err error) bool {
	var e interface{ MayHaveTakenEffect() bool }
	return !errors.As(err, &e) || e.MayHaveTakenEffect()
}

// refused looks whether somebody else has got a new pair in the meantime. If not, the refresh token
// is not sent again.
func (s *RefreshingSource) refused(ctx context.Context, rec *record, err error) error {
	if now, version, loadErr := s.load(ctx); loadErr == nil &&
		!now.Token.AccessToken.Equal(rec.Token.AccessToken) {
		s.adopt(now.Token, version)
		return nil
	}
	r := s.newRefusal(rec, rec.RefusedAt, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.refusal = r
	return r.at(s.opts.Now())
}
