package accounts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/operations"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Options say where a Manager keeps accounts, and what it looks after.
type Options struct {
	// Store is where the tokens are. Required.
	Store token.Store
	// Index is where the list of the accounts is. Required.
	Index Index
	// Operations are the names of the operations that the program calls, as package operations
	// has them, such as "order.GetOrderDetail". Health tells which accounts have not granted what
	// these need. Those of sellers are not missed with creators and partners, and so on.
	Operations []string
	// WarnBefore is how long before its end an authorization counts as ending soon, 14 days by
	// default.
	WarnBefore time.Duration
	// ListAge is how old the list of the accounts may be before it is read from the Index again, 1
	// minute by default. An account, shop or cipher that is not known is looked for at once, but
	// not twice in a second. Let it be longer for very many accounts: a list is read as a whole.
	ListAge time.Duration
	// LookupAge is how old an account's shops and category assets may be before the platform is
	// asked again, in the background, when the account is used. 24 hours by default.
	LookupAge time.Duration
	// Source has further settings of the token sources, such as RenewBefore. AppKey, OpenID and
	// Store are the Manager's; Now is, unless it is set. Its OnChange is called too. Its Logger is
	// nil by default: the Manager logs what goes wrong.
	Source token.SourceOptions
	// OnChange is called when what is wrong with an account has changed: when it turns bad, and
	// with no Problems when it is well again. Once for each change, one call at a time; over
	// several machines and restarts again only if two of them found out at once. It may use the
	// Manager, and should return soon.
	OnChange func(Health)
	// Logger gets a record of each such change, and of what goes wrong with the list or a lookup;
	// slog.Default by default. No record holds a secret or a cipher.
	Logger *slog.Logger
	// Now is the clock that ends of authorizations and ages of lookups are compared with, time.Now
	// by default.
	Now func() time.Time
}

const (
	defaultWarnBefore = 14 * 24 * time.Hour
	defaultListAge    = time.Minute
	defaultLookupAge  = 24 * time.Hour
)

// Errors of a Manager.
var (
	// ErrUnknown: there is no account with this open id, shop or cipher. It is
	// tiktokshop.ErrNotFound.
	ErrUnknown = fmt.Errorf("no account of the app: %w", tiktokshop.ErrNotFound)
	// ErrClosed: the Manager was closed.
	ErrClosed = errors.New("the manager is closed")
)

// complete checks the options and fills in what is not set.
func (o *Options) complete() (needs []need, err error) {
	var errs []error
	check := func(wrong bool, field, reason string) {
		if wrong {
			errs = append(errs, &tiktokshop.InputError{Operation: "accounts.New", Field: field,
				Reason: reason})
		}
	}
	check(bind.IsNil(o.Store), "Store", "is nil")
	check(bind.IsNil(o.Index), "Index", "is nil")
	for i, name := range o.Operations {
		op, ok := operations.Find(name)
		check(!ok, fmt.Sprintf("Operations[%d]", i), "is not the name of an operation")
		if ok {
			needs = append(needs, needOf(op.Name, op.Scopes)...)
		}
	}
	check(o.WarnBefore < 0, "WarnBefore", "must not be negative")
	check(o.ListAge < 0, "ListAge", "must not be negative")
	check(o.LookupAge < 0, "LookupAge", "must not be negative")
	o.WarnBefore = cmp.Or(o.WarnBefore, defaultWarnBefore)
	o.ListAge = cmp.Or(o.ListAge, defaultListAge)
	o.LookupAge = cmp.Or(o.LookupAge, defaultLookupAge)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Source.Now == nil {
		o.Source.Now = o.Now
	}
	o.Operations = slices.Clone(o.Operations)
	return needs, errors.Join(errs...)
}

// Manager keeps the accounts of one app. It is safe for concurrent use. Close it before the program
// ends.
type Manager struct {
	app    *tiktokshop.Client
	appKey string
	opts   Options
	needs  []need

	// What the Manager does by itself; Close ends it.
	ctx        context.Context
	cancel     context.CancelFunc
	background sync.WaitGroup

	mu sync.Mutex // nothing waits while it is held
	state
}

// state is all that changes about a Manager. Manager.mu guards it.
type state struct {
	known  map[string]*account // by open id
	owners map[string][]string // open ids, by shop and by cipher
	opened map[string]*opened  // by open id; stays when an account is removed
	list   listState
	// seq counts what this Manager has saved and removed; removed is when, for what is not known
	// any more.
	seq     int64
	removed map[string]int64

	changes   []change // that the hook has not been told of
	isTelling bool
	isClosed  bool
}

// account is what a Manager has of each account. It is small: there may be very many.
type account struct {
	data []byte // its record
	// savedAt is the number of its last save, notSaved before the first.
	savedAt int64
	// isDirty is set while the Index has an older record.
	isDirty bool
	// isForeign is set if the Index has a record that must not be overwritten.
	isForeign bool
	// isLeaving is set while it is removed.
	isLeaving bool
	extra     *extra // nil for most
}

// extra is what an account has while something is going on.
type extra struct {
	saving    chan struct{}
	lookup    *flight
	lookupErr error
	retryAt   time.Time // of the lookup
	told      []string  // problems that this Manager knows the hook to have been told of
}

func (a *account) more() *extra {
	if a.extra == nil {
		a.extra = &extra{saving: make(chan struct{}, 1)}
	}
	return a.extra
}

// New returns a manager of the accounts in an index, which is read when it is first needed. app
// refreshes and calls: it needs app key and secret and should have no access token and no cipher of
// its own, as the clients made of it would send the cipher. Bad options are an
// *tiktokshop.InputError each.
func New(app *tiktokshop.Client, opts Options) (*Manager, error) {
	needs, err := opts.complete()
	appKey, appErr := appKeyOf(app, opts.Source)
	if err := errors.Join(appErr, err); err != nil {
		return nil, err
	}
	m := &Manager{app: app, appKey: appKey, opts: opts, needs: needs}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.known, m.owners = make(map[string]*account), make(map[string][]string)
	m.opened, m.removed = make(map[string]*opened), make(map[string]int64)
	return m, nil
}

// appKeyOf checks a client and the settings of the sources: it makes a source as each account's
// will be, and asks it for the app key.
func appKeyOf(app *tiktokshop.Client, opts token.SourceOptions) (string, error) {
	if app == nil {
		return "", &tiktokshop.InputError{Operation: "accounts.New", Field: "client",
			Reason: "is nil"}
	}
	opts.AppKey, opts.OpenID, opts.Store = "", "open-id", token.NewMemoryStore()
	source, err := app.Auth.TokenSource(opts)
	if err != nil {
		return "", inputError("accounts.New", err)
	}
	return source.Key().AppKey, nil
}

// inputError makes the *InputError of an operation of each that the token's source reported.
func inputError(operation string, err error) error {
	switch e := err.(type) {
	case *token.InputError:
		return &tiktokshop.InputError{Operation: operation, Field: e.Field, Reason: e.Reason}
	case *tiktokshop.InputError:
		return &tiktokshop.InputError{Operation: operation, Field: e.Field, Reason: e.Reason}
	case interface{ Unwrap() []error }:
		var errs []error
		for _, inner := range e.Unwrap() {
			errs = append(errs, inputError(operation, inner))
		}
		return errors.Join(errs...)
	}
	return err
}

// Format prints the app key and how many accounts are known.
func (m *Manager) Format(f fmt.State, _ rune) {
	if m == nil {
		_, _ = fmt.Fprint(f, "accounts.Manager(nil)")
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = fmt.Fprintf(f, "accounts.Manager{app key %s, %d accounts, %d opened}", m.appKey,
		len(m.known), len(m.opened))
}

func (m *Manager) key(openID string) token.Key {
	return token.Key{AppKey: m.appKey, OpenID: openID}
}

// warn logs what went wrong in the background, but for what Close has ended.
func (m *Manager) warn(text, openID string, err error) {
	if m.ctx.Err() != nil {
		return
	}
	attrs := []slog.Attr{slog.String("error", err.Error())}
	if openID != "" {
		attrs = append(attrs, slog.String("open_id", openID))
	}
	m.opts.Logger.LogAttrs(m.ctx, slog.LevelWarn, "tiktokshop: "+text, attrs...)
}

// inBackground runs a function unless the Manager is closed, which waits for it. m.mu is held.
func (m *Manager) inBackground(do func(ctx context.Context)) {
	if m.isClosed {
		return
	}
	m.background.Go(func() { do(m.ctx) })
}

// Close waits for refreshes under way, saves what is not saved yet and ends all background work.
// When ctx ends before a refreshed token is stored the error is a *token.UnsavedError, which has
// the token; several are joined. Clients that were handed out go on with the tokens they have.
func (m *Manager) Close(ctx context.Context) error {
	m.mu.Lock()
	m.isClosed = true
	var sources []*token.RefreshingSource
	for _, o := range m.opened {
		sources = append(sources, o.source)
	}
	m.mu.Unlock()
	m.cancel() // what a lookup or a save was about is found out or saved later

	errs := make([]error, len(sources))
	var wg sync.WaitGroup
	for i, source := range sources {
		wg.Go(func() { errs[i] = source.Close(ctx) })
	}
	wg.Wait()
	done := make(chan struct{})
	go func() {
		m.background.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		errs = append(errs, fmt.Errorf("accounts: background work is still under way: %w",
			ctx.Err()))
	}
	m.tell()
	errs = append(errs, m.saveDirty(ctx))
	return errors.Join(errs...)
}
