package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// renewal is one try to get a better token, which any number of callers wait for.
type renewal struct {
	done chan struct{}
	err  error // read it after done
}

// patience is how long a call that has a token that lives waits for a better one.
const patience = 2 * time.Second

var (
	errNothingBetter = errors.New(
		"token: the stored token is expired, and so was its refreshed one")
	errBusy         = errors.New("token: another process is refreshing the token")
	errSourceClosed = errors.New("token: the source is closed")
	errWithdrawn    = errors.New("token: the platform says that the access token is invalid")
)

// await returns a token other than refused that may be sent, and sees to it that a token that is
// due is renewed.
func (s *RefreshingSource) await(ctx context.Context, refused Secret, cause error) (*Token, error) {
	reloadOnly := cause != nil && !errors.Is(cause, ErrExpired)
	var err error
	for range 4 {
		s.mu.Lock()
		cur, now := s.state.usable(refused), s.opts.Now()
		alive := cur.isAlive(now) && !s.state.isLapsing(cur, now)
		if cur.isFresh(now) || alive && !refused.IsZero() {
			s.mu.Unlock()
			return &cur.token, nil
		}
		r, started := s.state.renewal, false
		if r == nil {
			if stop := s.state.restraint(alive, reloadOnly); stop != nil {
				s.mu.Unlock()
				switch {
				case alive:
					return &cur.token, nil
				case reloadOnly:
					return nil, cause
				}
				return nil, stop
			}
			r, started = s.start(ctx, refused, reloadOnly, cause), true
		}
		s.mu.Unlock()
		if alive && !started {
			return &cur.token, nil
		}
		if isDone, ctxErr := r.await(ctx, alive); ctxErr != nil {
			return nil, ctxErr
		} else if !isDone {
			return &cur.token, nil
		}
		if cur := s.alive(refused); cur != nil {
			return &cur.token, nil
		}
		if err = r.err; err == nil {
			err = errNothingBetter
		}
		if started && err != errBusy {
			break // else it was for another reason than this caller's
		}
	}
	if reloadOnly {
		return nil, cause
	}
	return nil, err
}

// alive returns the current token if it may be given out.
func (s *RefreshingSource) alive(refused Secret) *currentToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	cur, now := s.state.usable(refused), s.opts.Now()
	if !cur.isAlive(now) || s.state.isLapsing(cur, now) {
		return nil
	}
	return cur
}

// restraint tells why no renewal should be started now, nil if nothing speaks against it.
func (st *sourceState) restraint(alive, reloadOnly bool) error {
	switch {
	case st.isClosed:
		return errSourceClosed
	case reloadOnly || !time.Now().Before(st.backoff.until):
		return nil
	case st.backoff.err == errBusy && !alive:
		return nil
	}
	return st.backoff.err
}

// await waits for the renewal, not long if there is a token that lives, and reports whether it is
// done. The error is that of ctx.
func (r *renewal) await(ctx context.Context, alive bool) (isDone bool, err error) {
	var enough <-chan time.Time
	if alive {
		d := patience
		if deadline, ok := ctx.Deadline(); ok {
			d = min(d, time.Until(deadline)/4)
		}
		enough = time.After(d)
	}
	select {
	case <-r.done:
		return true, nil
	case <-enough:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// start begins a renewal, which outlives the caller: it is of use to others, and a refresh must not
// be given up half way. s.mu is held.
func (s *RefreshingSource) start(
	ctx context.Context, refused Secret, reloadOnly bool, cause error,
) *renewal {
	r := &renewal{done: make(chan struct{})}
	s.state.renewal = r
	go func() {
		ctx := context.WithoutCancel(ctx)
		r.err = s.renew(ctx, refused, reloadOnly)
		pause := s.settle(r.err, reloadOnly, cause)
		close(r.done)
		if pause > 0 {
			s.log(ctx, slog.LevelWarn, "token not refreshed",
				slog.String("error", r.err.Error()), slog.Duration("next_try_in", pause))
		}
		s.tell()
	}()
	return r
}

// settle ends a renewal and decides when the next one may start. It returns the pause after a
// failure that is not a refusal: that one is told by a change of the status.
func (s *RefreshingSource) settle(err error, reloadOnly bool, cause error) (pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := &s.state
	st.renewal, st.triedAt = nil, s.opts.Now()
	switch {
	case err == nil:
		st.backoff = backoff{}
		s.note(nil)
	case reloadOnly && err == errNothingBetter:
		s.note(fmt.Errorf("%w: %w", errWithdrawn, cause))
	case reloadOnly: // says nothing about the token
	case err == errBusy:
		st.backoff.until, st.backoff.err = time.Now().Add(firstBackoff), err
		if st.status == StatusUnknown && st.current != nil {
			s.note(nil)
		}
	default:
		pause = st.backoff.failed(err)
		s.note(err)
		if errors.Is(err, ErrRefused) || errors.Is(err, ErrInDoubt) {
			return 0
		}
	}
	return pause
}

// staleWait is how long a renewal waits for a replica that lags behind.
const staleWait = 5 * time.Second

// waitsFor is how long a renewal waits for others.
func (s *RefreshingSource) waitsFor() time.Duration {
	return s.leaseDuration + 2*s.opts.RefreshTimeout + storeTimeout
}

// renew brings the current token up to date with the store, and refreshes it if that is what it
// takes. One runs at a time.
func (s *RefreshingSource) renew(ctx context.Context, refused Secret, reloadOnly bool) error {
	if err := s.awaitUnsaved(ctx); err != nil {
		return err
	}
	// It is the waiting that is bounded. A refresh has limits of its own, which an answer that has
	// arrived survives.
	waiting, cancel := context.WithTimeout(ctx, s.waitsFor())
	defer cancel()
	begun := time.Now()
	forLease, forConflict := pauses{most: 200 * time.Millisecond}, pauses{most: time.Second}
	for {
		rec, version, err := s.load(waiting)
		if err != nil {
			return err
		}
		isStale := s.isStale(rec.Token, version) && time.Since(begun) < staleWait
		if !isStale {
			s.adopt(rec.Token, version)
		}
		cur, now := s.usable(refused)
		if cur != nil && reloadOnly || cur.isFresh(now) {
			return nil
		}
		switch {
		case isStale:
			err = errBeaten
		case s.leasedToOther(rec, version, !cur.isAlive(now)):
			if cur.isAlive(now) {
				return errBusy
			}
			if err := forLease.wait(waiting); err != nil {
				return fmt.Errorf("%w: %w", errBusy, err)
			}
			continue
		case reloadOnly:
			return errNothingBetter
		default:
			if err := s.refusalOf(rec); err != nil {
				return err
			}
			err = s.refresh(ctx, rec, version)
		}
		if !errors.Is(err, errBeaten) {
			return err
		}
		// What others stored may take a while to be seen here.
		if waitErr := forConflict.wait(waiting); waitErr != nil {
			return err
		}
	}
}
