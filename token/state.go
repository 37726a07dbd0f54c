package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Status is how a source stands with its token.
type Status int

const (
	// StatusUnknown is a source that has not looked into its store yet.
	StatusUnknown Status = iota
	// StatusActive is a source that has a token, and nothing is wrong with it.
	StatusActive
	// StatusFailing is a source whose last renewal failed: the token host or the store is out of
	// order. It tries again, and its calls go on while the access token lives.
	StatusFailing
	// StatusUnsaved is a source that has a new pair which it cannot store. It tries again.
	StatusUnsaved
	// StatusInDoubt is a source whose refresh token was refused after another process had used it:
	// see ErrInDoubt.
	StatusInDoubt
	// StatusRefused is a source whose account must authorize the app again: the platform refuses
	// the refresh token, or says that the access token is invalid, as when the authorization was
	// withdrawn. Put ends it.
	StatusRefused
	// StatusNone is a source with nothing stored: the account has to authorize the app.
	StatusNone
)

// String is the status in a word or two.
func (s Status) String() string {
	names := [...]string{"unknown", "active", "failing", "unsaved", "in doubt", "refused", "none"}
	if s < 0 || int(s) >= len(names) {
		return fmt.Sprintf("status %d", int(s))
	}
	return names[s]
}

// State is what a source knows of its token without asking anybody, for health checks and alerts.
// It holds no secret.
type State struct {
	// Key is whose token it is.
	Key Key
	// Status is how the source stands with it.
	Status Status
	// AccessTokenExpiresAt is the end of the access token, zero if there is none or the end is not
	// known.
	AccessTokenExpiresAt time.Time
	// RefreshTokenExpiresAt is the end of the authorization, zero if there is none or the end is
	// not known.
	RefreshTokenExpiresAt time.Time
	// RefreshedAt is when the pair came from the platform, whichever process got it.
	RefreshedAt time.Time
	// TriedAt is when this source last ended a renewal, successful or not, zero if it has made
	// none.
	TriedAt time.Time
	// Err is what is wrong, nil if nothing is.
	Err error
}

// LogValue groups the state's fields for log/slog.
func (st State) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("open_id", st.Key.OpenID),
		slog.String("status", st.Status.String()),
		slog.Time("access_token_expires_at", st.AccessTokenExpiresAt),
		slog.Time("refresh_token_expires_at", st.RefreshTokenExpiresAt),
		slog.Time("refreshed_at", st.RefreshedAt),
		slog.Time("tried_at", st.TriedAt),
	}
	if st.Err != nil {
		attrs = append(attrs, slog.String("error", st.Err.Error()))
	}
	return slog.GroupValue(attrs...)
}

// State returns what the source knows of its token. It asks neither the store nor the platform.
func (s *RefreshingSource) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot()
}

// snapshot is State. s.mu is held.
func (s *RefreshingSource) snapshot() State {
	st := State{Key: s.key, Status: s.state.status, TriedAt: s.state.triedAt,
		Err: s.state.statusErr}
	if cur := s.state.current; cur != nil {
		st.AccessTokenExpiresAt = cur.token.AccessTokenExpiresAt
		st.RefreshTokenExpiresAt = cur.token.RefreshTokenExpiresAt
		st.RefreshedAt = cur.token.ReceivedAt
	}
	return st
}

// statusOf tells what the end of a renewal says about the token.
func statusOf(err error) Status {
	switch {
	case err == nil:
		return StatusActive
	case errors.Is(err, ErrRefused), errors.Is(err, errWithdrawn):
		return StatusRefused
	case errors.Is(err, ErrInDoubt):
		return StatusInDoubt
	case errors.Is(err, ErrNone):
		return StatusNone
	case errors.Is(err, errUnsaved):
		return StatusUnsaved
	}
	return StatusFailing
}

// note sets the status by what a renewal, Put or Forget ended with. A change is told by tell. s.mu
// is held.
func (s *RefreshingSource) note(err error) {
	status := statusOf(err)
	changed := s.state.status != status
	s.state.status, s.state.statusErr = status, err
	if changed {
		s.state.changes = append(s.state.changes, s.snapshot())
	}
}

// tell logs the changes that were noted and calls the hook, one after the other, whoever made them.
// A hook may use the source: a change that it makes is told after it has returned.
func (s *RefreshingSource) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.isTelling {
		return
	}
	s.state.isTelling = true
	for len(s.state.changes) > 0 {
		next := s.state.changes[0]
		s.state.changes = s.state.changes[1:]
		s.mu.Unlock()
		s.logChange(next)
		s.callHook(next)
		s.mu.Lock()
	}
	s.state.isTelling = false
}

// logChange writes one record when the account needs somebody's attention.
func (s *RefreshingSource) logChange(st State) {
	switch st.Status {
	case StatusRefused:
		s.log(context.Background(), slog.LevelError,
			"authorization refused, the account must authorize the app again", st.problem()...)
	case StatusInDoubt:
		s.log(context.Background(), slog.LevelWarn,
			"refresh token refused, another process may still store the new pair", st.problem()...)
	}
}

func (st State) problem() []slog.Attr {
	return []slog.Attr{
		slog.String("error", st.Err.Error()),
		slog.Time("access_token_expires_at", st.AccessTokenExpiresAt),
	}
}

func (s *RefreshingSource) callHook(st State) {
	if s.opts.OnChange == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil { // a renewal has nobody to panic to
			s.log(context.Background(), slog.LevelError, "OnChange panicked",
				slog.String("panic", fmt.Sprint(v)))
		}
	}()
	s.opts.OnChange(st)
}
