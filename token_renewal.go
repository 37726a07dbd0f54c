package tiktokshop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
)

// renew brings the current token up to date with the store, and refreshes it if that is what it takes. One runs at a time.
func (s *RefreshingTokenSource) renew(ctx context.Context, refused Secret, reloadOnly bool) error {
	if err := s.awaitUnsaved(ctx); err != nil {
		return err
	}
	for poll := 10 * time.Millisecond; ; poll = min(2*poll, 200*time.Millisecond) {
		rec, version, err := s.load(ctx)
		if err != nil {
			return err
		}
		s.adopt(rec.Token)
		cur, now := s.usable(refused)
		if cur != nil && (reloadOnly || cur.fresh(now)) {
			return nil
		}
		if s.leasedToOther(rec, version) {
			if cur != nil && cur.alive(now) {
				return errBusy
			}
			if err := sleep(ctx, jittered(poll)); err != nil {
				return fmt.Errorf("%w: %w", errBusy, err)
			}
			continue
		}
		if reloadOnly {
			return errNothingBetter
		}
		if !s.refused.IsZero() && s.refused.Equal(rec.Token.RefreshToken) {
			return s.refusedErr
		}
		err = s.refresh(ctx, rec, version)
		if !errors.Is(err, ErrTokenConflict) {
			return err
		}
	}
}

// leasedToOther reports whether somebody else is refreshing. A lease is over when its record has not changed for the lease's duration, by
// this process's own clock.
func (s *RefreshingTokenSource) leasedToOther(rec *tokenRecord, version int64) bool {
	if rec.Lease == nil || rec.Lease.Owner == s.lease.Owner {
		return false
	}
	if s.watched != version {
		s.watched, s.watchedSince = version, time.Now()
	}
	return time.Since(s.watchedSince) < rec.Lease.Duration
}

// refresh takes the lease, refreshes and stores. It returns ErrTokenConflict if somebody else was faster to the lease.
func (s *RefreshingTokenSource) refresh(ctx context.Context, rec *tokenRecord, version int64) error {
	old := rec.Token
	unanswered := rec.Unanswered || rec.Lease != nil
	// The lease counts from before it is visible, so that nobody takes it over while the request can still be sent.
	ctxRefresh, cancel := context.WithTimeout(ctx, s.opts.RefreshTimeout)
	defer cancel()
	if err := s.save(ctxRefresh, &tokenRecord{Token: old, Lease: &s.lease, Unanswered: unanswered}, version); err != nil {
		return err
	}
	version++
	token, err := s.auth.RefreshToken(ctxRefresh, old.RefreshToken)
	if err == nil {
		return s.keep(ctx, &unsavedToken{token: token.completedFrom(old), from: old.RefreshToken, version: version})
	}
	var apiErr *APIError
	lost := !errors.As(err, &apiErr) || apiErr.Is(ErrInvalidResponse) || apiErr.Is(ErrResponseTooLarge)
	ctxRelease, cancelRelease := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancelRelease()
	// If this fails too, the lease ends by itself.
	_ = s.save(ctxRelease, &tokenRecord{Token: old, Unanswered: unanswered || lost}, version)
	if errors.Is(err, ErrRefreshTokenInvalid) {
		return s.refreshRefused(ctxRelease, old, unanswered, err)
	}
	return err
}

// refreshRefused looks whether somebody else has got a new pair in the meantime. If not, the refresh token is not sent again.
func (s *RefreshingTokenSource) refreshRefused(ctx context.Context, old Token, unanswered bool, err error) error {
	if rec, _, loadErr := s.load(ctx); loadErr == nil && !rec.Token.AccessToken.Equal(old.AccessToken) {
		s.adopt(rec.Token)
		return nil
	}
	if unanswered {
		err = fmt.Errorf("the answer to an earlier refresh was lost, and with it perhaps the new pair: %w", err)
	}
	s.refused, s.refusedErr = old.RefreshToken, err
	return err
}

// unsavedToken is a new pair on its way into the store.
type unsavedToken struct {
	token   Token
	from    Secret // the refresh token it came from
	version int64

	done chan struct{} // closed when it is stored, or given up for a newer one
	kick chan struct{} // asks for a try at once
	stop func()        // ends the trying
	over chan struct{} // closed when the trying has ended
	err  error         // of the last try; read it after over
}

// keep stores a new pair, and only then makes it the current one. If that fails the pair stays in memory and the storing
// goes on in the background.
func (s *RefreshingTokenSource) keep(ctx context.Context, u *unsavedToken) error {
	ctx = context.WithoutCancel(ctx)
	err := s.store(ctx, u)
	if err == nil || errors.Is(err, ErrNoToken) {
		return err
	}
	u.done, u.over = make(chan struct{}), make(chan struct{})
	u.kick, u.err = make(chan struct{}, 1), err
	ctx, u.stop = context.WithCancel(ctx)
	s.mu.Lock()
	s.unsaved = u
	s.mu.Unlock()
	s.log(ctx, slog.LevelError, "refreshed token not stored, kept in memory", slog.String("error", err.Error()))
	go s.keepStoring(ctx, u)
	return fmt.Errorf("tiktokshop: the refreshed token is not stored yet: %w", err)
}

func (s *RefreshingTokenSource) keepStoring(ctx context.Context, u *unsavedToken) {
	defer close(u.over)
	defer u.stop()
	for backoff := firstStoreBackoff; ; backoff = min(2*backoff, lastStoreBackoff) {
		t := time.NewTimer(jittered(backoff))
		select {
		case <-t.C:
		case <-u.kick:
		case <-ctx.Done():
			t.Stop()
			return
		}
		t.Stop()
		if u.err = s.store(ctx, u); u.err == nil || errors.Is(u.err, ErrNoToken) {
			u.err = nil
			s.mu.Lock()
			s.unsaved = nil
			s.failures, s.retryAt, s.lastErr = 0, time.Time{}, nil
			s.mu.Unlock()
			close(u.done)
			return
		}
	}
}

// awaitUnsaved waits for a pair that is being stored: what the store has is of no use until then.
func (s *RefreshingTokenSource) awaitUnsaved(ctx context.Context) error {
	s.mu.Lock()
	u := s.unsaved
	s.mu.Unlock()
	if u == nil {
		return nil
	}
	u.hurry()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-u.done:
		return nil
	case <-ctx.Done():
		return errors.New("tiktokshop: the refreshed token is not stored yet")
	}
}

func (u *unsavedToken) hurry() {
	select {
	case u.kick <- struct{}{}:
	default:
	}
}

// finish waits for the storing as long as ctx lasts.
func (u *unsavedToken) finish(ctx context.Context) error {
	u.hurry()
	select {
	case <-u.done:
		return nil
	case <-ctx.Done():
	}
	u.stop()
	<-u.over
	if u.err == nil {
		return nil
	}
	return &UnsavedTokenError{Token: u.token, Err: u.err}
}

// store saves a new pair. If the record has changed since the refresh began, the pair is saved all the same as long as what is there is the
// old pair; a newer one stays, whoever put it there. ErrNoToken means that the token was forgotten on purpose.
func (s *RefreshingTokenSource) store(ctx context.Context, u *unsavedToken) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	for {
		err := s.save(ctx, &tokenRecord{Token: u.token}, u.version)
		if err == nil {
			s.adopt(u.token)
			s.log(ctx, slog.LevelInfo, "token refreshed", slog.Time("access_token_expires_at", u.token.AccessTokenExpiresAt))
			return nil
		}
		if !errors.Is(err, ErrTokenConflict) {
			return err
		}
		rec, version, err := s.load(ctx)
		switch {
		case errors.Is(err, ErrNoToken) && version == 0: // the store lost its content
		case err != nil:
			return err
		case !rec.Token.RefreshToken.Equal(u.from) || rec.Token.AccessToken.Equal(u.token.AccessToken):
			s.adopt(rec.Token) // newer, or ours: a save that succeeded without saying so
			return nil
		}
		u.version = version
	}
}

// load reads the record. Nothing stored is ErrNoToken.
func (s *RefreshingTokenSource) load(ctx context.Context) (*tokenRecord, int64, error) {
	data, version, err := s.loadRaw(ctx)
	if err != nil {
		return nil, 0, err
	}
	if len(data) == 0 {
		if version != 0 {
			s.current.Store(nil) // forgotten on purpose; a store that lost its content is another matter
		}
		return nil, version, fmt.Errorf("tiktokshop: token of open id %s: %w", s.key.OpenID, ErrNoToken)
	}
	rec, err := decodeRecord(data)
	return rec, version, err
}

func (s *RefreshingTokenSource) loadRaw(ctx context.Context) ([]byte, int64, error) {
	data, version, err := s.opts.Store.Load(ctx, s.key)
	if err != nil {
		return nil, 0, fmt.Errorf("tiktokshop: load token: %w", err)
	}
	return data, version, nil
}

// save stores a record, nothing for nil. The store's error is cleaned of what it may quote.
func (s *RefreshingTokenSource) save(ctx context.Context, rec *tokenRecord, version int64) error {
	var data []byte
	var err error
	secrets := []string{}
	if rec != nil {
		if data, err = rec.encode(); err != nil {
			return err
		}
		secrets = append(secrets, rec.Token.AccessToken.Reveal(), rec.Token.RefreshToken.Reveal())
	}
	if err = s.opts.Store.Save(ctx, s.key, data, version); err != nil {
		return fmt.Errorf("tiktokshop: store token: %w", scrub.New(secrets...).Error(err))
	}
	return nil
}
