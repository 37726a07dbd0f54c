package accounts

import (
	"context"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/seller"
	"github.com/tiktokshop-go/tiktokshop/token"
)

const (
	// lookupTimeout bounds the questions of a lookup.
	lookupTimeout = time.Minute
	// lookupPause is the time between two lookups by itself of which the first failed.
	lookupPause = time.Minute
	// mostMissing bounds how many accounts are looked up for a shop or cipher that is not known.
	mostMissing = 16
	// scopeActiveShops is what asking for the active shops takes.
	scopeActiveShops = "seller.shop.info"
)

// Lookup asks the platform for an account's shops or category assets now, and keeps them. However
// many ask at once, the platform is asked once. A creator has none, and is not asked about. The
// Manager does this by itself when an account is added and when it is used and LookupAge has
// passed.
func (m *Manager) Lookup(ctx context.Context, openID string) (Account, error) {
	a, err := m.find(ctx, openID)
	if err != nil {
		return Account{}, err
	}
	m.mu.Lock()
	o, err := m.open(openID)
	if err != nil {
		m.mu.Unlock()
		return Account{}, err
	}
	f := m.startLookup(openID, a, o)
	m.mu.Unlock()
	if err := f.wait(ctx); err != nil {
		return Account{}, err
	}
	return m.Account(ctx, openID)
}

// startLookup begins a lookup, or returns the one that is under way. m.mu is held.
func (m *Manager) startLookup(openID string, a *account, o *opened) *flight {
	more := a.more()
	if more.lookup != nil {
		return more.lookup
	}
	f := newFlight()
	more.lookup = f
	m.inBackground(func(ctx context.Context) { m.lookUp(ctx, openID, a, o, f) })
	return f
}

// lookUp asks the platform and notes what it says.
func (m *Manager) lookUp(ctx context.Context, openID string, a *account, o *opened, f *flight) {
	limited, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	m.mu.Lock()
	before := m.record(a)
	m.mu.Unlock()
	var found lookup
	var t *token.Token
	var err error
	if before.Token.At.IsZero() { // what kind of account it is, its token tells
		if t, err = o.source.Token(limited); err == nil {
			before.learn(t, m.opts.Now())
		}
	}
	if err == nil {
		found, err = ask(limited, o.client, before)
	}
	if err != nil {
		m.warn("account not looked up", openID, err)
	}
	m.mu.Lock()
	more := a.more()
	more.lookup, more.lookupErr = nil, err
	if err != nil {
		more.retryAt = time.Now().Add(lookupPause)
	}
	if m.known[openID] == a { // it was not removed
		r := m.record(a)
		if err == nil {
			if t != nil && r.Token.At.IsZero() {
				r.learn(t, m.opts.Now())
			}
			found.At = later(r.Lookup.At, m.opts.Now())
			r.Lookup = found
			if asked := len(found.Shops)+len(found.Assets) > 0; asked &&
				r.Trouble == before.Trouble && r.Trouble.Cause == causeEvent {
				r.setTrouble("", "", m.opts.Now())
			}
			r.settle()
			m.keep(openID, a, r)
			m.saveSoon(openID)
		}
		m.evaluate(openID, a, r)
	}
	m.mu.Unlock()
	f.err = err
	close(f.done)
	m.tell()
}

// ask is what a kind of account has to be asked about.
func ask(ctx context.Context, client *tiktokshop.Client, r *record) (found lookup, err error) {
	switch r.kind() {
	case kindSeller:
		resp, err := authorization.New(client).GetAuthorizedShops(ctx, nil)
		if err != nil {
			return lookup{}, err
		}
		active, asked := activeShops(ctx, client, r)
		for _, shop := range resp.Data.Shops {
			found.Shops = append(found.Shops,
				Shop{shop, asked && !slices.Contains(active, shop.ID)})
		}
	case kindPartner:
		resp, err := authorization.New(client).GetAuthorizedCategoryAssets(ctx, nil)
		if err != nil {
			return lookup{}, err
		}
		found.Assets = resp.Data.CategoryAssets
	}
	return found, nil
}

// activeShops are the shops that the platform calls active, if it tells.
func activeShops(
	ctx context.Context, client *tiktokshop.Client, r *record,
) (ids []tiktokshop.ID, asked bool) {
	if r.Token.Scopes != nil && !slices.Contains(r.Token.Scopes, scopeActiveShops) {
		return nil, false
	}
	resp, err := seller.New(client).GetActiveShops(ctx, nil)
	if err != nil {
		return nil, false
	}
	for _, shop := range resp.Data.Shops {
		ids = append(ids, shop.ID)
	}
	return ids, true
}

// notLookedUp are accounts that the platform has not been asked about yet.
func (m *Manager) notLookedUp() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []string
	for openID, a := range m.known {
		if r := m.record(a); r.Lookup.At.IsZero() && r.kind() != kindCreator {
			if found = append(found, openID); len(found) == mostMissing {
				break
			}
		}
	}
	return found
}

// lookUpMissing looks accounts up that have not been. It fails with ctx alone: what a lookup meets
// is the account's trouble.
func (m *Manager) lookUpMissing(ctx context.Context, openIDs []string) error {
	var flights []*flight
	m.mu.Lock()
	for _, openID := range openIDs {
		a := m.known[openID]
		if a == nil || !m.record(a).Lookup.At.IsZero() ||
			a.extra != nil && time.Now().Before(a.extra.retryAt) {
			continue
		}
		if o, err := m.open(openID); err == nil {
			flights = append(flights, m.startLookup(openID, a, o))
		}
	}
	m.mu.Unlock()
	for _, f := range flights {
		if _ = f.wait(ctx); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
