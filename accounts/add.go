package accounts

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// AddFromCallback adds the account that has just authorized the app: it exchanges the callback's
// code and is then as Add. callback comes from tiktokshop.ParseCallback, which has checked its
// state. A code works once. If the token that it got cannot be stored, the error is a
// *token.UnsavedError, which has it.
func (m *Manager) AddFromCallback(
	ctx context.Context, callback *tiktokshop.Callback,
) (Account, error) {
	const name = "accounts.Manager.AddFromCallback"
	if callback == nil {
		return Account{}, &tiktokshop.InputError{Operation: name, Field: "callback",
			Reason: "is nil"}
	}
	if callback.AppKey != "" && callback.AppKey != m.appKey {
		return Account{}, &tiktokshop.InputError{Operation: name, Field: "callback",
			Reason: "is for another app"}
	}
	t, err := m.app.Auth.ExchangeCode(ctx, callback.Code)
	if err != nil {
		return Account{}, err
	}
	account, err := m.Add(ctx, t)
	if notStored := (*notStoredError)(nil); errors.As(err, &notStored) {
		err = &token.UnsavedError{Token: *t, Err: notStored.err}
	} else if len(tiktokshop.InputErrors(err)) > 0 {
		err = &token.UnsavedError{Token: *t, Err: err}
	}
	return account, err
}

// notStoredError is a token that did not get into the store.
type notStoredError struct{ err error }

func (e *notStoredError) Error() string {
	return "accounts: the token is not stored: " + e.err.Error()
}
func (e *notStoredError) Unwrap() error { return e.err }

// Add adds an account by its token from Auth.ExchangeCode, or puts the token in place of the one
// that the account had. The token is stored first, then the account; then its shops or category
// assets are looked up. If that fails the account is added nevertheless, with LookedUpAt zero: the
// lookup is tried again when it is needed, and Health tells why it failed.
func (m *Manager) Add(ctx context.Context, t *token.Token) (Account, error) {
	const name = "accounts.Manager.Add"
	if t == nil {
		return Account{}, &tiktokshop.InputError{Operation: name, Field: "token", Reason: "is nil"}
	}
	m.mu.Lock()
	o, err := m.open(t.OpenID)
	m.mu.Unlock()
	if err != nil {
		return Account{}, inputError(name, err)
	}
	if err := o.source.Put(ctx, t); err != nil {
		if input := inputError(name, err); len(tiktokshop.InputErrors(input)) > 0 {
			return Account{}, input
		}
		return Account{}, &notStoredError{err}
	}
	return m.enlist(ctx, t)
}

// AddStored adds an account whose token is in the store already, as those of a program that did
// without a Manager are. It looks into the store, and refreshes the token if that is due.
func (m *Manager) AddStored(ctx context.Context, openID string) (Account, error) {
	m.mu.Lock()
	o, err := m.open(openID)
	m.mu.Unlock()
	if err != nil {
		return Account{}, inputError("accounts.Manager.AddStored", err)
	}
	t, err := o.source.Token(ctx)
	if err != nil {
		return Account{}, fmt.Errorf("accounts: %w", err)
	}
	return m.enlist(ctx, t)
}

// enlist puts an account whose token is stored into the index and looks it up.
func (m *Manager) enlist(ctx context.Context, t *token.Token) (Account, error) {
	openID := t.OpenID
	if err := m.fresh(ctx, missAge, false); err != nil { // what is known of it should not be lost
		return Account{}, notListed(openID, err)
	}
	m.mu.Lock()
	a := m.known[openID]
	if a == nil {
		a = &account{savedAt: notSaved}
		m.known[openID] = a
	}
	wasSaved := a.savedAt != notSaved
	a.isForeign, a.isLeaving = false, false
	r := m.record(a)
	r.authorize(t, m.opts.Now())
	m.keep(openID, a, r)
	a.isDirty = true
	a.more().retryAt = time.Time{}
	m.evaluate(openID, a, r)
	m.mu.Unlock()
	m.tell()
	if err := m.save(ctx, openID, true); err != nil {
		m.mu.Lock()
		if !wasSaved && m.known[openID] == a && a.savedAt == notSaved {
			m.drop(openID)
		}
		m.mu.Unlock()
		return Account{}, notListed(openID, err)
	}
	account, err := m.Lookup(ctx, openID)
	if err == nil {
		return account, nil
	}
	return m.Account(ctx, openID)
}

func notListed(openID string, err error) error {
	return fmt.Errorf("accounts: the token of open id %s is stored but the account is not added; AddStored does it: %w",
		openID, err)
}

// Remove forgets an account: its token and its entry. Its clients have token.ErrNone from then on;
// those that other machines have handed out go on until they renew the token. The platform is not
// told: the account's owner, or authorization.DeauthorizeShop, withdraws the authorization. An
// account that is not there is no error. After an error it may be half removed: call it again.
func (m *Manager) Remove(ctx context.Context, openID string) error {
	m.mu.Lock()
	o, err := m.open(openID)
	a := m.known[openID]
	if a != nil {
		a.isLeaving = true
	}
	m.mu.Unlock()
	if err != nil {
		return inputError("accounts.Manager.Remove", err)
	}
	if err = o.source.Forget(ctx); err == nil {
		limited, cancel := context.WithTimeout(ctx, indexTimeout)
		defer cancel()
		err = m.opts.Index.Remove(limited, m.key(openID))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		if a != nil {
			a.isLeaving = false
		}
		return fmt.Errorf("accounts: remove open id %s: %w", openID, scrub.Foreign(err))
	}
	m.seq++
	m.removed[openID] = m.seq
	if m.known[openID] == a {
		m.drop(openID)
	}
	return nil
}

// Account returns what is known of an account. An open id that is not known is ErrUnknown.
func (m *Manager) Account(ctx context.Context, openID string) (Account, error) {
	a, err := m.find(ctx, openID)
	if err != nil {
		return Account{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.record(a).account(openID), nil
}

// All are the accounts, in the order of their open ids. It asks nobody but the index. If that
// cannot be read at all, the one pair has the error.
func (m *Manager) All(ctx context.Context) iter.Seq2[Account, error] {
	return func(yield func(Account, error) bool) {
		openIDs, err := m.openIDs(ctx)
		if err != nil {
			yield(Account{}, err)
			return
		}
		for _, openID := range openIDs {
			m.mu.Lock()
			a := m.known[openID]
			var found Account
			if a != nil {
				found = m.record(a).account(openID)
			}
			m.mu.Unlock()
			if a != nil && !yield(found, nil) {
				return
			}
		}
	}
}

// openIDs are those of all accounts, in order.
func (m *Manager) openIDs(ctx context.Context) ([]string, error) {
	if err := m.fresh(ctx, m.opts.ListAge, false); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.known)), nil
}
