package token

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Source gives out the access token of one seller, creator or partner. It is asked before every
// attempt of every call and must be safe for concurrent use and fast when it has a good token.
// Auth.TokenSource of the client makes one that refreshes; a source of one's own may ask a token
// service, say.
type Source interface {
	// AccessToken returns the token to send. It ends when ctx does.
	AccessToken(ctx context.Context) (Secret, error)
}

// Renewer is a Source that can do something about a refused token. When the platform refuses an
// access token as expired or invalid, the call asks once for another and is sent again with it.
type Renewer interface {
	Source
	// RenewAccessToken returns a token other than refused. cause is the platform's refusal, which
	// is ErrExpired if a refresh may help; it is returned if there is nothing better to say.
	RenewAccessToken(ctx context.Context, refused Secret, cause error) (Secret, error)
}

// Refresher gets a new pair for a refresh token from the platform, in one request that is not
// repeated. It decides nothing: when to refresh, and for whom, is the source's business.
// Auth.TokenSource of the client passes its own.
//
// An error that is ErrRefused says that the platform does not take the refresh token. After any
// other error the pair may have been handed out, unless the error has a method MayHaveTakenEffect
// that returns false.
type Refresher interface {
	Refresh(ctx context.Context, refreshToken Secret) (*Token, error)
}

// RefresherFunc is a function that is a Refresher.
type RefresherFunc func(ctx context.Context, refreshToken Secret) (*Token, error)

// Refresh calls the function.
func (f RefresherFunc) Refresh(ctx context.Context, refreshToken Secret) (*Token, error) {
	return f(ctx, refreshToken)
}

// SourceOptions say whose token a RefreshingSource keeps, where, and when it refreshes.
type SourceOptions struct {
	// AppKey is the app that the account authorized. Auth.TokenSource fills it in.
	AppKey string
	// OpenID is the account, as Token.OpenID has it. Required.
	OpenID string
	// Store is where the token is kept. Required.
	Store Store
	// RenewBefore is how long before its end an access token is renewed, 24 hours by default, but
	// half of the token's life at most. It is also the time to notice a refresh that fails.
	RenewBefore time.Duration
	// Jitter is added to RenewBefore, at random between 0 and itself, to keep many tokens and
	// machines from refreshing all at once. By default it is a quarter of RenewBefore.
	Jitter time.Duration
	// RefreshTimeout bounds a request to the token host, 15 seconds by default. A process that dies
	// while it refreshes keeps the others from it for twice as long.
	RefreshTimeout time.Duration
	// OnChange is called after each change of the source's Status, once for a change, one call at a
	// time and in their order, by the goroutine that found out. It should return soon.
	OnChange func(State)
	// Logger gets a record of each refresh at info level, and of what goes wrong with one above it,
	// without a secret. nil logs nothing. Auth.TokenSource fills in the client's.
	Logger *slog.Logger
	// Now is the clock that the ends of tokens are compared with, time.Now by default. Waits and
	// time limits are not measured with it. Auth.TokenSource fills in the client's.
	Now func() time.Time
}

const (
	defaultRenewBefore    = 24 * time.Hour
	defaultRefreshTimeout = 15 * time.Second
)

// complete checks the options and fills in what is not set. All mistakes are reported at once.
func (o *SourceOptions) complete(refresher Refresher) error {
	var errs []error
	check := func(wrong bool, field, reason string) {
		if wrong {
			errs = append(errs, &InputError{field, reason})
		}
	}
	check(isNil(refresher), "Refresher", "is nil")
	errs = append(errs, credentialError("AppKey", o.AppKey), credentialError("OpenID", o.OpenID))
	check(isNil(o.Store), "Store", "is nil")
	check(o.RenewBefore < 0, "RenewBefore", "must not be negative")
	check(o.Jitter < 0, "Jitter", "must not be negative")
	check(o.RefreshTimeout < 0, "RefreshTimeout", "must not be negative")
	o.RenewBefore = cmp.Or(o.RenewBefore, defaultRenewBefore)
	o.Jitter = cmp.Or(o.Jitter, o.RenewBefore/4)
	o.RefreshTimeout = cmp.Or(o.RefreshTimeout, defaultRefreshTimeout)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return errors.Join(errs...)
}

// RefreshingSource is a Source that keeps one account's token in a Store and refreshes it: ahead of
// its end, and when the platform says that it has expired. However many goroutines, processes and
// machines share the store, one of them refreshes, and the new pair is stored before any uses it.
//
// While a refresh fails and the old token lives, calls go on with the old one. Of the calls made
// while a token is due, one waits for the refresh, for 2 seconds at most; the others do not wait.
//
// If the new pair cannot be stored it stays in memory, unused, and the source goes on trying to
// store it; Close waits for that. If a process dies between the platform's answer and the end of
// the save, the pair is lost. The next process tries the old refresh token once: the authorization
// survives if the platform still takes it. Otherwise the error is ErrInDoubt for an hour, in which
// the other process may come back, and then ErrRefused: the account has to authorize again, for
// which it has the rest of RenewBefore, as the old access token lives on. State and OnChange tell.
//
// Make one for each account and keep it. It is safe for concurrent use.
type RefreshingSource struct {
	refresher Refresher
	key       Key
	opts      SourceOptions

	// What it puts into its leases.
	owner         string
	leaseDuration time.Duration

	mu    sync.Mutex
	state sourceState
}

// sourceState is all that changes about a source. RefreshingSource.mu guards it; nothing waits
// while it is held.
type sourceState struct {
	current *currentToken // what is stored, nil if that is not known
	renewal *renewal      // nil if none is under way
	backoff backoff       // between two renewals
	watched watchedLease  // of another process
	leases  int64         // that were taken
	// unanswered is the number of the lease under which a request was not answered, 0 for none.
	unanswered int64
	refusal    *refusal     // by the platform, nil if there is none
	unsaved    *unsavedPair // nil if the store has the newest pair
	isClosed   bool

	status    Status
	statusErr error
	triedAt   time.Time
	changes   []State // of the status, which the hook has not been told of
	isTelling bool    // somebody tells it
}

// NewRefreshingSource returns a source for an account's token that is stored, or that Put will
// store. Bad options are an *InputError each.
func NewRefreshingSource(refresher Refresher, opts SourceOptions) (*RefreshingSource, error) {
	if err := opts.complete(refresher); err != nil {
		return nil, err
	}
	return &RefreshingSource{
		refresher:     refresher,
		key:           Key{AppKey: opts.AppKey, OpenID: opts.OpenID},
		opts:          opts,
		owner:         rand.Text(),
		leaseDuration: 2 * opts.RefreshTimeout,
	}, nil
}

// Key says whose token the source keeps.
func (s *RefreshingSource) Key() Key { return s.key }

// Format prints whose token the source keeps, and none of it.
func (s *RefreshingSource) Format(f fmt.State, _ rune) {
	if s == nil {
		_, _ = fmt.Fprint(f, "token.RefreshingSource(nil)")
		return
	}
	_, _ = fmt.Fprintf(f, "token.RefreshingSource{open id %s}", s.key.OpenID)
}

// AccessToken implements Source. Errors: ErrNone, ErrRefused, ErrInDoubt, what a refresh or the
// store reported if no token lives, and the end of ctx.
func (s *RefreshingSource) AccessToken(ctx context.Context) (Secret, error) {
	t, err := s.Token(ctx)
	if err != nil {
		return Secret{}, err
	}
	return t.AccessToken, nil
}

// Token is AccessToken with everything that is known of the token. It must not be changed.
func (s *RefreshingSource) Token(ctx context.Context) (*Token, error) {
	if cur, now := s.usable(Secret{}); cur.isFresh(now) {
		return &cur.token, nil
	}
	return s.await(ctx, Secret{}, nil)
}

// RenewAccessToken implements Renewer. A token that was refused because another process has put a
// newer one in its place is not a reason to refresh: the newer one is returned. A token that is
// invalid rather than expired (the authorization was withdrawn, say) is never refreshed.
func (s *RefreshingSource) RenewAccessToken(
	ctx context.Context, refused Secret, cause error,
) (Secret, error) {
	t, err := s.await(ctx, refused, cause)
	if err != nil {
		return Secret{}, err
	}
	return t.AccessToken, nil
}

// Put stores a token from ExchangeCode, in place of any that is there, and uses it from now on.
func (s *RefreshingSource) Put(ctx context.Context, t *Token) error {
	if t == nil {
		return &InputError{"token", "is nil"}
	}
	own := *t
	own.OpenID = cmp.Or(own.OpenID, s.key.OpenID)
	err := own.problem()
	if own.OpenID != s.key.OpenID {
		err = errors.Join(err, &InputError{"open id", "is not the one this source was made for"})
	}
	if err != nil {
		return err
	}
	version, err := s.replace(ctx, &record{Token: own})
	if err != nil {
		return err
	}
	s.adopt(own, version)
	s.reset(nil, func(st *sourceState) { st.refusal = nil })
	return nil
}

// Forget removes the token from the store, after a deauthorization, say. Until the next Put the
// source has ErrNone.
func (s *RefreshingSource) Forget(ctx context.Context) error {
	if _, err := s.replace(ctx, nil); err != nil {
		return err
	}
	s.reset(ErrNone, func(st *sourceState) { st.current = nil })
	return nil
}

// reset begins anew after Put or Forget: the next renewal may start at once.
func (s *RefreshingSource) reset(status error, change func(*sourceState)) {
	s.mu.Lock()
	change(&s.state)
	s.state.backoff = backoff{}
	s.note(status)
	s.mu.Unlock()
	s.tell()
}

// Close ends the refreshing: it waits until a refresh under way is done and its pair stored. Call
// it before the program ends. If ctx ends before the pair is stored the error is an *UnsavedError,
// which has the pair. A closed source goes on giving out the token it has, as long as that lives.
func (s *RefreshingSource) Close(ctx context.Context) error {
	s.mu.Lock()
	s.state.isClosed = true
	r := s.state.renewal
	s.mu.Unlock()
	if r != nil {
		select {
		case <-r.done:
		case <-ctx.Done():
			if s.unsaved() == nil {
				return fmt.Errorf("token: a refresh is still under way: %w", ctx.Err())
			}
		}
	}
	if u := s.unsaved(); u != nil {
		return u.finish(ctx)
	}
	return nil
}

func (s *RefreshingSource) unsaved() *unsavedPair {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.unsaved
}

func (s *RefreshingSource) log(
	ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr,
) {
	attrs = append([]slog.Attr{slog.String("open_id", s.key.OpenID)}, attrs...)
	s.opts.Logger.LogAttrs(ctx, level, "tiktokshop: "+msg, attrs...)
}
