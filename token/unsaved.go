package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// unsavedPair is a new pair on its way into the store.
type unsavedPair struct {
	token   Token
	from    Secret // the refresh token it came from
	version int64  // of the record that it replaces, or unknown

	done chan struct{} // closed when it is stored, or given up for a newer one
	kick chan struct{} // asks for a try at once
	stop func()        // ends the trying
	over chan struct{} // closed when the trying has ended
	err  error         // of the last try; read it after over
}

var errUnsaved = errors.New("token: the refreshed token is not stored yet")

// keep stores a new pair, and only then makes it the current one. If that fails the pair stays in
// memory and the storing goes on in the background.
func (s *RefreshingSource) keep(ctx context.Context, u *unsavedPair) error {
	err := s.store(ctx, u)
	if err == nil || errors.Is(err, ErrNone) {
		return err
	}
	u.done, u.over = make(chan struct{}), make(chan struct{})
	u.kick, u.err = make(chan struct{}, 1), err
	ctx, u.stop = context.WithCancel(ctx)
	s.mu.Lock()
	s.state.unsaved = u
	s.mu.Unlock()
	s.log(ctx, slog.LevelError, "refreshed token not stored, kept in memory",
		slog.String("error", err.Error()))
	go s.keepStoring(ctx, u)
	return fmt.Errorf("%w: %w", errUnsaved, err)
}

// The pauses between two tries to store a pair, doubled from the first to the last.
const (
	firstStoreBackoff = 100 * time.Millisecond
	lastStoreBackoff  = 30 * time.Second
)

func (s *RefreshingSource) keepStoring(ctx context.Context, u *unsavedPair) {
	defer close(u.over)
	defer u.stop()
	for pause := firstStoreBackoff; ; pause = min(2*pause, lastStoreBackoff) {
		select {
		case <-time.After(jittered(pause)):
		case <-u.kick:
		case <-ctx.Done():
			return
		}
		err := s.store(ctx, u)
		if u.err = err; err == nil || errors.Is(err, ErrNone) {
			s.mu.Lock()
			s.state.unsaved, s.state.backoff = nil, backoff{}
			s.note(err)
			s.mu.Unlock()
			close(u.done)
			s.tell()
			return
		}
	}
}

// awaitUnsaved waits for a pair that is being stored: what the store has is of no use until then.
func (s *RefreshingSource) awaitUnsaved(ctx context.Context) error {
	u := s.unsaved()
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
		return errUnsaved
	}
}

func (u *unsavedPair) hurry() {
	select {
	case u.kick <- struct{}{}:
	default:
	}
}

// finish waits for the storing as long as ctx lasts.
func (u *unsavedPair) finish(ctx context.Context) error {
	u.hurry()
	select {
	case <-u.done:
		return nil
	case <-u.over: // an earlier Close ended it
	case <-ctx.Done():
	}
	u.stop()
	<-u.over
	select {
	case <-u.done:
		return nil
	default:
	}
	return &UnsavedError{Token: u.token, Err: u.err}
}

// unknown is the version of a record that must be looked at before it is replaced.
const unknown = -1

// store saves a new pair. If the record may have changed since the refresh began, the pair is saved
// all the same as long as what is there is the old pair; a newer one stays, whoever put it there.
// ErrNone means that the token was forgotten on purpose.
func (s *RefreshingSource) store(ctx context.Context, u *unsavedPair) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	for p := (pauses{most: time.Second}); ; {
		if u.version == unknown {
			rec, version, err := s.load(ctx)
			switch {
			case errors.Is(err, ErrNone) && version == 0: // the store lost its content
			case err != nil:
				return err
			case !rec.Token.RefreshToken.Equal(u.from) ||
				rec.Token.AccessToken.Equal(u.token.AccessToken):
				// newer, or ours: a save that succeeded without saying so
				s.adopt(rec.Token, version)
				return nil
			}
			u.version = version
		}
		err := s.save(ctx, &record{Token: u.token}, u.version, storeTimeout)
		if err == nil {
			s.adopt(u.token, u.version+1)
			s.log(ctx, slog.LevelInfo, "token refreshed",
				slog.Time("access_token_expires_at", u.token.AccessTokenExpiresAt))
			return nil
		}
		u.version = unknown
		if !errors.Is(err, ErrConflict) {
			return err
		}
		if waitErr := p.wait(ctx); waitErr != nil {
			return err
		}
	}
}
