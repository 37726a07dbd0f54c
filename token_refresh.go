package tiktokshop

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// TokenSourceOptions say whose token a RefreshingTokenSource keeps, where, and when it refreshes.
type TokenSourceOptions struct {
	// OpenID is the account, as Token.OpenID has it. Required.
	OpenID string
	// Store is where the token is kept. Required.
	Store TokenStore
	// RenewBefore is how long before its end an access token is renewed, 24 hours by default, but half of
	// the token's life at most. It is also the time to notice a refresh that fails.
	RenewBefore time.Duration
	// Jitter is added to RenewBefore, at random between 0 and itself, to keep many tokens and machines from
	// refreshing all at once. By default it is a quarter of RenewBefore.
	Jitter time.Duration
	// RefreshTimeout bounds a request to the token host, 15 seconds by default. A process that dies while it refreshes keeps
	// the others from it for twice as long.
	RefreshTimeout time.Duration
}

const (
	defaultRenewBefore    = 24 * time.Hour
	defaultRefreshTimeout = 15 * time.Second
	storeTimeout          = 10 * time.Second       // of one save of a new pair
	freshAnyway           = time.Minute            // a new token is used for so long, whatever its times say
	patience              = 2 * time.Second        // of a call with a token that lives, before it goes on without a new one
	firstBackoff          = time.Second            // after a refresh that failed,
	lastBackoff           = time.Minute            // doubled up to this
	firstStoreBackoff     = 100 * time.Millisecond // and after a save
	lastStoreBackoff      = 30 * time.Second
)

// RefreshingTokenSource is a TokenSource that keeps one account's token in a TokenStore and refreshes it: ahead of its
// end, and when the platform says that it has expired. However many goroutines, processes and machines share
// the store, one of them refreshes, and the new pair is stored before any uses it.
//
// While a refresh fails and the old token lives, calls go on with the old one. Of the calls made while a
// token is due, one waits for the refresh, for 2 seconds at most; the others do not wait.
//
// If the new pair cannot be stored it stays in memory, unused, and the source goes on trying to store it; Close
// waits for that. If a process dies between the platform's answer and the end of the save, the pair is lost. The next
// process tries the old refresh token: the authorization survives if the platform still takes it, and
// otherwise the error is ErrRefreshTokenInvalid and the account has to authorize again, for which it has
// the rest of RenewBefore, as the old access token lives on.
//
// Make one for each account and keep it. It is safe for concurrent use.
type RefreshingTokenSource struct {
	auth  *Auth
	cfg   *config
	key   TokenKey
	opts  TokenSourceOptions
	lease tokenLease // what it puts into the store

	current atomic.Pointer[currentToken] // stored, nil if none is known

	mu       sync.Mutex
	flight   *renewal // nil if none is under way
	retryAt  time.Time
	failures int
	lastErr  error
	closed   bool
	unsaved  *unsavedToken

	// Of the flight alone.
	watched      int64 // the version that has a lease of somebody else's
	watchedSince time.Time
	refused      Secret // a refresh token that the platform does not take
	refusedErr   error
}

// currentToken is a stored token and when to renew it.
type currentToken struct {
	token   Token
	renewAt time.Time // zero for never
}

// fresh reports whether there is nothing to do about the token.
func (c *currentToken) fresh(now time.Time) bool {
	return c.renewAt.IsZero() || now.Before(c.renewAt) || c.justReceived(now)
}

// alive reports whether the token may be sent.
func (c *currentToken) alive(now time.Time) bool {
	return c.token.AccessTokenExpiresAt.IsZero() || now.Before(c.token.AccessTokenExpiresAt) || c.justReceived(now)
}

// justReceived keeps a wrong clock from making every call a refresh.
func (c *currentToken) justReceived(now time.Time) bool {
	lifetime := c.token.AccessTokenExpiresAt.Sub(c.token.ReceivedAt)
	return lifetime <= 0 && now.Before(c.token.ReceivedAt.Add(freshAnyway)) && !now.Before(c.token.ReceivedAt)
}

// TokenSource returns a source for an account's token that is stored, or that Put will store. Bad options are an *InputError.
func (a *Auth) TokenSource(opts TokenSourceOptions) (*RefreshingTokenSource, error) {
	cfg, err := a.api().config(nil)
	if err != nil {
		return nil, err
	}
	bad := func(field, reason string) (*RefreshingTokenSource, error) {
		return nil, &InputError{Operation: "Auth.TokenSource", Field: field, Reason: reason}
	}
	switch {
	case credentialProblem(opts.OpenID) != "":
		return bad("OpenID", credentialProblem(opts.OpenID))
	case isNil(opts.Store):
		return bad("Store", "is nil")
	case opts.RenewBefore < 0:
		return bad("RenewBefore", "must not be negative")
	case opts.Jitter < 0:
		return bad("Jitter", "must not be negative")
	case opts.RefreshTimeout < 0:
		return bad("RefreshTimeout", "must not be negative")
	}
	if opts.RenewBefore == 0 {
		opts.RenewBefore = defaultRenewBefore
	}
	if opts.Jitter == 0 {
		opts.Jitter = opts.RenewBefore / 4
	}
	if opts.RefreshTimeout == 0 {
		opts.RefreshTimeout = defaultRefreshTimeout
	}
	return &RefreshingTokenSource{
		auth: a, cfg: cfg, opts: opts,
		key:   TokenKey{AppKey: cfg.signer.appKey, OpenID: opts.OpenID},
		lease: tokenLease{Owner: rand.Text(), Duration: 2 * opts.RefreshTimeout},
	}, nil
}

// AccessToken implements TokenSource. Errors: ErrNoToken, ErrRefreshTokenInvalid, what a refresh or the
// store reported if no token lives, and the end of ctx.
func (s *RefreshingTokenSource) AccessToken(ctx context.Context) (Secret, error) {
	t, err := s.Token(ctx)
	if err != nil {
		return Secret{}, err
	}
	return t.AccessToken, nil
}

// Token is AccessToken with everything that is known of the token. It must not be changed.
func (s *RefreshingTokenSource) Token(ctx context.Context) (*Token, error) {
	if cur := s.current.Load(); cur != nil && cur.fresh(s.cfg.now()) {
		return &cur.token, nil
	}
	return s.wait(ctx, Secret{}, nil)
}

// RenewAccessToken implements TokenRenewer. A token that was refused because another process has put a newer one in its
// place is not a reason to refresh: the newer one is returned. A token that is invalid rather than expired (the
// authorization was withdrawn, say) is never refreshed.
func (s *RefreshingTokenSource) RenewAccessToken(ctx context.Context, refused Secret, cause error) (Secret, error) {
	t, err := s.wait(ctx, refused, cause)
	if err != nil {
		return Secret{}, err
	}
	return t.AccessToken, nil
}

// renewal is one try to get a better token, which any number of callers wait for.
type renewal struct {
	done chan struct{}
	err  error // read it after done
}

// wait returns a token other than refused that may be sent, and sees to it that a token that is due is renewed.
func (s *RefreshingTokenSource) wait(ctx context.Context, refused Secret, cause error) (*Token, error) {
	reloadOnly := cause != nil && !errors.Is(cause, ErrTokenExpired)
	var err error
	for range 4 {
		s.mu.Lock()
		cur, now := s.usable(refused)
		alive := cur != nil && cur.alive(now)
		if cur != nil && (cur.fresh(now) || alive && !refused.IsZero()) {
			s.mu.Unlock()
			return &cur.token, nil
		}
		f, started := s.flight, false
		if f == nil {
			if stop := s.restraint(alive, reloadOnly); stop != nil {
				s.mu.Unlock()
				switch {
				case alive:
					return &cur.token, nil
				case reloadOnly:
					return nil, cause
				}
				return nil, stop
			}
			f, started = s.start(ctx, refused, reloadOnly), true
		}
		s.mu.Unlock()
		if alive && !started {
			return &cur.token, nil
		}
		if waitErr := f.wait(ctx, alive); waitErr != nil {
			if alive && ctx.Err() == nil {
				return &cur.token, nil
			}
			return nil, waitErr
		}
		if cur, now = s.usable(refused); cur != nil && cur.alive(now) {
			return &cur.token, nil
		}
		if err = f.err; err == nil {
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

var (
	errNothingBetter = errors.New("tiktokshop: the stored token is expired, and so was its refreshed one")
	errBusy          = errors.New("tiktokshop: another process is refreshing the token")
	errSourceClosed  = errors.New("tiktokshop: the token source is closed")
)

// usable returns the current token unless it is the refused one.
func (s *RefreshingTokenSource) usable(refused Secret) (*currentToken, time.Time) {
	cur := s.current.Load()
	if cur != nil && !refused.IsZero() && cur.token.AccessToken.Equal(refused) {
		cur = nil
	}
	return cur, s.cfg.now()
}

// restraint tells why no renewal should be started now, nil if nothing speaks against it. s.mu is held.
func (s *RefreshingTokenSource) restraint(alive, reloadOnly bool) error {
	switch {
	case s.closed:
		return errSourceClosed
	case reloadOnly || !time.Now().Before(s.retryAt):
		return nil
	case s.lastErr == errBusy && !alive:
		return nil
	}
	return s.lastErr
}

// wait waits for the renewal, not long if there is a token that lives.
func (f *renewal) wait(ctx context.Context, alive bool) error {
	var enough <-chan time.Time
	if alive {
		d := patience
		if deadline, ok := ctx.Deadline(); ok {
			d = min(d, time.Until(deadline)/4)
		}
		t := time.NewTimer(d)
		defer t.Stop()
		enough = t.C
	}
	select {
	case <-f.done:
		return nil
	case <-enough:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start begins a renewal, which outlives the caller: it is of use to others, and a refresh must not be given up
// half way. s.mu is held.
func (s *RefreshingTokenSource) start(ctx context.Context, refused Secret, reloadOnly bool) *renewal {
	f := &renewal{done: make(chan struct{})}
	s.flight = f
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*s.opts.RefreshTimeout+s.lease.Duration+storeTimeout)
	go func() {
		defer close(f.done)
		defer cancel()
		err := s.renew(ctx, refused, reloadOnly)
		s.mu.Lock()
		defer s.mu.Unlock()
		f.err = err
		s.flight = nil
		s.settle(ctx, err, reloadOnly)
	}()
	return f
}

// settle decides when the next renewal may start. s.mu is held.
func (s *RefreshingTokenSource) settle(ctx context.Context, err error, reloadOnly bool) {
	switch {
	case err == nil:
		s.failures, s.retryAt, s.lastErr = 0, time.Time{}, nil
	case reloadOnly:
	case err == errBusy:
		s.retryAt, s.lastErr = time.Now().Add(firstBackoff), err
	default:
		d := jittered(min(firstBackoff<<min(s.failures, 16), lastBackoff))
		s.failures++
		s.retryAt, s.lastErr = time.Now().Add(d), err
		s.log(ctx, slog.LevelWarn, "token not refreshed", slog.String("error", err.Error()), slog.Duration("next_try_in", d))
	}
}

// jittered returns between half of d and d.
func jittered(d time.Duration) time.Duration { return d/2 + mathrand.N(d/2+1) }

// adopt makes a stored token the current one.
func (s *RefreshingTokenSource) adopt(t Token) {
	if cur := s.current.Load(); cur != nil && cur.token.Equal(t) {
		return // and keep its jitter
	}
	next := &currentToken{token: t}
	if end := t.AccessTokenExpiresAt; !end.IsZero() {
		ahead := s.opts.RenewBefore + mathrand.N(s.opts.Jitter+1)
		if !t.ReceivedAt.IsZero() {
			ahead = min(ahead, max(end.Sub(t.ReceivedAt), 0)/2)
		}
		next.renewAt = end.Add(-ahead)
	}
	s.current.Store(next)
}

// Put stores a token from ExchangeCode, in place of any that is there, and uses it from now on.
func (s *RefreshingTokenSource) Put(ctx context.Context, t *Token) error {
	bad := func(field, reason string) error {
		return &InputError{Operation: "RefreshingTokenSource.Put", Field: field, Reason: reason}
	}
	if t == nil {
		return bad("token", "is nil")
	}
	if field, reason := t.problem(); reason != "" {
		return bad(field, reason)
	}
	own := *t
	if own.OpenID == "" {
		own.OpenID = s.key.OpenID
	}
	if own.OpenID != s.key.OpenID {
		return bad("open id", "is not the one this source was made for")
	}
	if err := s.replace(ctx, &tokenRecord{Token: own}); err != nil {
		return err
	}
	s.adopt(own)
	s.reset()
	return nil
}

// Forget removes the token from the store, after a deauthorization, say. Until the next Put the source has ErrNoToken.
func (s *RefreshingTokenSource) Forget(ctx context.Context) error {
	if err := s.replace(ctx, nil); err != nil {
		return err
	}
	s.current.Store(nil)
	s.reset()
	return nil
}

// replace stores a record, or nothing for nil, whatever is there.
func (s *RefreshingTokenSource) replace(ctx context.Context, rec *tokenRecord) error {
	for {
		_, version, err := s.loadRaw(ctx)
		if err == nil {
			err = s.save(ctx, rec, version)
		}
		if !errors.Is(err, ErrTokenConflict) {
			return err
		}
		if err := sleep(ctx, jittered(lockPoll)); err != nil {
			return err
		}
	}
}

// reset lets the next renewal start at once.
func (s *RefreshingTokenSource) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures, s.retryAt, s.lastErr = 0, time.Time{}, nil
}

// UnsavedTokenError is a new pair that could not be stored before Close had to return. Whoever can, should save Token by
// other means: it is the only copy, and the stored one may be of no use any more.
type UnsavedTokenError struct {
	// Token is the pair.
	Token Token
	// Err is what the store reported.
	Err error
}

// Error says what is the matter, without the token.
func (e *UnsavedTokenError) Error() string {
	return "tiktokshop: a refreshed token is not stored yet: " + e.Err.Error()
}

// Unwrap returns what the store reported.
func (e *UnsavedTokenError) Unwrap() error { return e.Err }

// Close ends the refreshing: it waits until a refresh under way is done and its pair stored. Call it before the
// program ends. If ctx ends before the pair is stored the error is an *UnsavedTokenError, which has the pair. A closed
// source goes on giving out the token it has, as long as that lives.
func (s *RefreshingTokenSource) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	f := s.flight
	s.mu.Unlock()
	if f != nil {
		select {
		case <-f.done:
		case <-ctx.Done():
			s.mu.Lock()
			u := s.unsaved
			s.mu.Unlock()
			if u == nil {
				return fmt.Errorf("tiktokshop: a token refresh is still under way: %w", ctx.Err())
			}
		}
	}
	s.mu.Lock()
	u := s.unsaved
	s.mu.Unlock()
	if u == nil {
		return nil
	}
	return u.finish(ctx)
}

// Format prints app key and open id for every verb.
func (s *RefreshingTokenSource) Format(f fmt.State, _ rune) {
	if s == nil {
		_, _ = io.WriteString(f, "tiktokshop.RefreshingTokenSource(nil)")
		return
	}
	_, _ = fmt.Fprintf(f, "tiktokshop.RefreshingTokenSource{app key %s, open id %s}", s.key.AppKey, s.key.OpenID)
}

func (s *RefreshingTokenSource) log(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr) {
	if s.cfg.log != nil {
		s.cfg.log.LogAttrs(ctx, level, "tiktokshop: "+msg, append([]slog.Attr{slog.String("open_id", s.key.OpenID)}, attrs...)...)
	}
}
