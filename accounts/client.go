package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// opened is an account that was asked for: its token source and its clients. Manager.mu guards what
// changes.
type opened struct {
	source *token.RefreshingSource
	client *tiktokshop.Client

	byCipher   map[string]*tiktokshop.Client
	shops      []Shop
	assets     []authorization.CategoryAsset
	lookedUpAt time.Time
	failingAt  time.Time // since when its token cannot be refreshed, zero if it can
}

// learn takes over what calls need of a record.
func (o *opened) learn(r *record) {
	o.shops, o.assets, o.lookedUpAt = r.Lookup.Shops, r.Lookup.Assets, r.Lookup.At
}

// newSource makes an account's source, which tells the Manager of its refreshes.
func (m *Manager) newSource(openID string) (*token.RefreshingSource, error) {
	opts := m.opts.Source
	opts.AppKey, opts.OpenID, opts.Store = m.appKey, openID, m.opts.Store
	opts.OnChange = func(st token.State) { m.sourceChanged(openID, st) }
	return token.NewRefreshingSource(token.RefresherFunc(
		func(ctx context.Context, refreshToken token.Secret) (*token.Token, error) {
			t, err := m.app.Auth.RefreshToken(ctx, refreshToken)
			if err == nil {
				m.refreshed(openID, t)
			}
			return t, err
		}), opts)
}

// open returns an account that is ready to use; it makes source and client the first time. m.mu is
// held.
func (m *Manager) open(openID string) (*opened, error) {
	if m.isClosed {
		return nil, fmt.Errorf("accounts: %w", ErrClosed)
	}
	if o := m.opened[openID]; o != nil {
		return o, nil
	}
	source, err := m.newSource(openID)
	if err != nil {
		return nil, inputError("accounts.Manager", err)
	}
	client, err := m.app.With(tiktokshop.WithTokenSource(source))
	if err != nil {
		return nil, err
	}
	o := &opened{source: source, client: client, byCipher: make(map[string]*tiktokshop.Client)}
	if a := m.known[openID]; a != nil {
		o.learn(m.record(a))
	}
	m.opened[openID] = o
	return o, nil
}

// use is open for a call: what was looked up too long ago is looked up again meanwhile. m.mu is
// held.
func (m *Manager) use(openID string) (*opened, error) {
	o, err := m.open(openID)
	if err != nil {
		return nil, err
	}
	if a := m.known[openID]; a != nil && m.opts.Now().Sub(o.lookedUpAt) >= m.opts.LookupAge {
		if a.extra == nil || a.extra.lookup == nil && !time.Now().Before(a.extra.retryAt) {
			m.startLookup(openID, a, o)
		}
	}
	return o, nil
}

// Client returns the client of an account, for the operations that take no cipher, as creators'
// and many of partners' do not. It is the same one each time, refreshes its token, and stays good
// until Close. An open id that is not known is ErrUnknown.
func (m *Manager) Client(ctx context.Context, openID string) (*tiktokshop.Client, error) {
	if _, err := m.find(ctx, openID); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.use(openID)
	if err != nil {
		return nil, err
	}
	return o.client, nil
}

// ShopClient returns the client for a shop: that of its seller's account, with the shop's cipher.
// If several accounts have the shop it is that of the last to authorize the app and not in trouble.
// A shop that no account has is ErrUnknown.
func (m *Manager) ShopClient(
	ctx context.Context, shopID tiktokshop.ID,
) (*tiktokshop.Client, error) {
	return m.owned(ctx, "shop "+string(shopID), ofShop(shopID),
		func(o *opened) (string, func(string) tiktokshop.Option) {
			for _, shop := range o.shops {
				if shop.ID == shopID {
					return shop.Cipher, tiktokshop.WithShopCipher
				}
			}
			return "", nil
		})
}

// CipherClient returns the client for a shop's cipher or a category asset's. A cipher that no
// account has is ErrUnknown.
func (m *Manager) CipherClient(ctx context.Context, cipher string) (*tiktokshop.Client, error) {
	return m.owned(ctx, "cipher", ofCipher(cipher),
		func(o *opened) (string, func(string) tiktokshop.Option) {
			for _, shop := range o.shops {
				if shop.Cipher == cipher {
					return cipher, tiktokshop.WithShopCipher
				}
			}
			return cipher, tiktokshop.WithCategoryAssetCipher
		})
}

// CategoryAssetClient returns the client for a partner's category asset in a market such as "US".
// If the partner has none, the error is ErrUnknown.
func (m *Manager) CategoryAssetClient(
	ctx context.Context, openID string, categoryID tiktokshop.ID, market string,
) (*tiktokshop.Client, error) {
	find := func() (string, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		o, err := m.use(openID)
		if err != nil {
			return "", err
		}
		for _, asset := range o.assets {
			if asset.Category.ID == categoryID && asset.TargetMarket == market &&
				asset.Cipher != "" {
				return asset.Cipher, nil
			}
		}
		return "", nil
	}
	if _, err := m.find(ctx, openID); err != nil {
		return nil, err
	}
	cipher, err := find()
	if err == nil && cipher == "" {
		if err = m.lookUpMissing(ctx, []string{openID}); err == nil {
			cipher, err = find()
		}
	}
	if err != nil {
		return nil, err
	}
	if cipher == "" {
		return nil, fmt.Errorf("accounts: category %s in %q of open id %s: %w", categoryID, market,
			openID, ErrUnknown)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.withCipher(openID, cipher, tiktokshop.WithCategoryAssetCipher)
}

// withCipher returns an account's client with a cipher, the same one each time. m.mu is held.
func (m *Manager) withCipher(
	openID, cipher string, with func(string) tiktokshop.Option,
) (*tiktokshop.Client, error) {
	o, err := m.use(openID)
	if err != nil {
		return nil, err
	}
	client := o.byCipher[cipher]
	if client == nil {
		if client, err = o.client.With(with(cipher)); err != nil {
			return nil, err
		}
		o.byCipher[cipher] = client
	}
	return client, nil
}

// owned returns the client of the account that a shop or a cipher leads to. What is not known is
// looked for in the index, and with the accounts that have not been looked up yet.
func (m *Manager) owned(
	ctx context.Context, what, name string,
	cipherOf func(*opened) (string, func(string) tiktokshop.Option),
) (*tiktokshop.Client, error) {
	if err := m.fresh(ctx, m.opts.ListAge, false); err != nil {
		return nil, err
	}
	get := func() (*tiktokshop.Client, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		openID, ok := m.ownerOf(name)
		if !ok {
			return nil, nil
		}
		o, err := m.open(openID)
		if err != nil {
			return nil, err
		}
		cipher, with := cipherOf(o)
		if with == nil {
			return nil, nil
		}
		return m.withCipher(openID, cipher, with)
	}
	if client, err := get(); client != nil || err != nil {
		return client, err
	}
	if err := m.fresh(ctx, missAge, true); err != nil {
		return nil, err
	}
	if client, err := get(); client != nil || err != nil {
		return client, err
	}
	if err := m.lookUpMissing(ctx, m.notLookedUp()); err != nil {
		return nil, err
	}
	client, err := get()
	if client == nil && err == nil {
		err = fmt.Errorf("accounts: %s: %w", what, ErrUnknown)
	}
	return client, err
}

// ownerOf chooses the account that a shop or cipher leads to. m.mu is held.
func (m *Manager) ownerOf(name string) (openID string, ok bool) {
	owners := m.owners[name]
	switch len(owners) {
	case 0:
		return "", false
	case 1:
		return owners[0], true
	}
	best := slices.MaxFunc(owners, func(a, b string) int {
		x, y := m.record(m.known[a]), m.record(m.known[b])
		if (x.Trouble.Reason == "") != (y.Trouble.Reason == "") {
			if x.Trouble.Reason == "" {
				return 1
			}
			return -1
		}
		return x.AuthorizedAt.Compare(y.AuthorizedAt)
	})
	return best, true
}

// sourceChanged notes what a token source has found out about an account.
func (m *Manager) sourceChanged(openID string, st token.State) {
	m.mu.Lock()
	if o := m.opened[openID]; o != nil {
		switch st.Status {
		case token.StatusFailing, token.StatusUnsaved, token.StatusInDoubt:
			if o.failingAt.IsZero() {
				o.failingAt = m.opts.Now()
			}
		default:
			o.failingAt = time.Time{}
		}
	}
	if a := m.known[openID]; a != nil && !a.isLeaving {
		if st.Status == token.StatusNone { // perhaps another machine has removed the account
			m.inBackground(func(ctx context.Context) { m.confirmNone(ctx, openID) })
		} else {
			m.noteState(openID, a, st)
		}
	}
	m.mu.Unlock()
	m.tell()
	if own := m.opts.Source.OnChange; own != nil {
		own(st)
	}
}

// noteState takes over what a source says. m.mu is held.
func (m *Manager) noteState(openID string, a *account, st token.State) {
	r, now := m.record(a), m.opts.Now()
	changed := false
	switch st.Status {
	case token.StatusRefused:
		changed = r.setTrouble(reasonOf(st.Err), causeToken, now)
	case token.StatusNone:
		changed = r.setTrouble(reasonOf(st.Err), causeNoToken, now)
	case token.StatusActive:
		if st.RefreshedAt.After(r.Trouble.At) || r.Trouble.Cause == causeNoToken {
			changed = r.setTrouble("", "", now)
		}
	}
	// A newer token may come from a program that has no Manager. One of which nothing is known yet
	// is left to a lookup, which learns all of it.
	if seen := st.RefreshedAt; !r.Token.At.IsZero() && seen.After(r.Token.At.Add(time.Second)) {
		r.Token.At = later(r.Token.At, seen)
		r.Token.AccessUntil, r.Token.Until = st.AccessTokenExpiresAt.UTC(),
			st.RefreshTokenExpiresAt.UTC()
		changed = true
	}
	if changed {
		m.keep(openID, a, r)
		m.saveSoon(openID)
	}
	m.evaluate(openID, a, r)
}

// maxReason bounds the text of a reason.
const maxReason = 500

// reasonOf is the text of a source's error, which holds no secret.
func reasonOf(err error) string {
	if err == nil {
		return "the account must authorize the app again"
	}
	text := err.Error()
	if len(text) > maxReason {
		text = text[:maxReason] + "…"
	}
	return text
}

// confirmNone marks an account that has no token, unless the index does not have it either.
func (m *Manager) confirmNone(ctx context.Context, openID string) {
	if err := m.fresh(ctx, 0, true); err != nil && !errors.Is(err, ErrClosed) {
		m.warn("account has no token", openID, err)
	}
	m.mu.Lock()
	if a, o := m.known[openID], m.opened[openID]; a != nil && o != nil && !a.isLeaving {
		if st := o.source.State(); st.Status == token.StatusNone {
			m.noteState(openID, a, st)
		}
	}
	m.mu.Unlock()
	m.tell()
}

// refreshed notes a new token, which is not stored yet; if it never is, the next one corrects it.
func (m *Manager) refreshed(openID string, t *token.Token) {
	m.mu.Lock()
	if a := m.known[openID]; a != nil && !a.isLeaving {
		r := m.record(a)
		r.renew(t, m.opts.Now())
		m.keep(openID, a, r)
		m.saveSoon(openID)
		m.evaluate(openID, a, r)
	}
	m.mu.Unlock()
	m.tell()
}
