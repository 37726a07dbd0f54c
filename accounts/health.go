package accounts

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// Health is how an account is. It holds no secret.
type Health struct {
	// Account is what is known of the account.
	Account Account
	// Problems are what is wrong, the worst first; none if nothing is.
	Problems []Problem
	// AccessTokenExpiresAt is the end of the access token, zero if it is not known. An account that
	// is not used may have one that has ended: the next call refreshes it.
	AccessTokenExpiresAt time.Time
	// AuthorizationExpiresAt is the end of the authorization, zero if it is not known.
	AuthorizationExpiresAt time.Time
	// RefreshedAt is when the pair of tokens came from the platform, whichever machine got it.
	RefreshedAt time.Time
	// TriedAt is when this Manager last tried to refresh, zero if it has not.
	TriedAt time.Time
	// RefreshErr is what was wrong the last time that it tried, nil if nothing was. It is a Problem
	// when it has lasted for 15 minutes or the access token has ended.
	RefreshErr error
	// LookupErr is what was wrong with this Manager's last Lookup, nil if nothing was.
	LookupErr error
}

// NeedsReauthorization reports whether the account must authorize the app again before calls can
// succeed.
func (h *Health) NeedsReauthorization() bool {
	return slices.ContainsFunc(h.Problems, func(p Problem) bool {
		return p.Kind == ProblemUnauthorized || p.Kind == ProblemExpired
	})
}

// ProblemKind is a kind of thing that is wrong with an account.
type ProblemKind string

// The kinds of problem, the worst first.
const (
	// ProblemUnauthorized: the refresh token was refused, the authorization withdrawn, or no token
	// is stored. The account must authorize the app again.
	ProblemUnauthorized ProblemKind = "unauthorized"
	// ProblemExpired: the authorization has ended. The account must authorize the app again.
	ProblemExpired ProblemKind = "expired"
	// ProblemShopDeauthorized: the seller has withdrawn the authorization for a shop. It is over
	// when a later lookup lists the shop, or lists it no longer, or the account authorizes again.
	ProblemShopDeauthorized ProblemKind = "shop deauthorized"
	// ProblemRefreshFailing: the token cannot be refreshed, for 15 minutes or with an access token
	// that has ended: the token host or the store is out of order. Each Manager tells for itself.
	ProblemRefreshFailing ProblemKind = "refresh failing"
	// ProblemMissingScopes: the account has not granted what Options.Operations need.
	ProblemMissingScopes ProblemKind = "missing scopes"
	// ProblemNoShop: a seller's account without a shop that the app may act in.
	ProblemNoShop ProblemKind = "no shop"
	// ProblemShopInactive: the platform does not list a shop as an active one.
	ProblemShopInactive ProblemKind = "shop inactive"
	// ProblemNotLookedUp: the account's shops or category assets are not known, as the lookup
	// fails. Each Manager tells for itself.
	ProblemNotLookedUp ProblemKind = "not looked up"
	// ProblemExpiring: the authorization ends within Options.WarnBefore.
	ProblemExpiring ProblemKind = "expiring"
)

// Problem is something that is wrong with an account.
type Problem struct {
	// Kind is what.
	Kind ProblemKind
	// Reason tells more, without a secret.
	Reason string
	// Shop is the shop of a problem of one.
	Shop tiktokshop.ID
	// Missing is what ProblemMissingScopes is about.
	Missing []MissingScope
}

// MissingScope is an operation whose scope an account has not granted.
type MissingScope struct {
	// Operation is its name.
	Operation string
	// Scopes are what it needs: one of them.
	Scopes []string
}

// String is the problem in a line.
func (p Problem) String() string {
	text := string(p.Kind)
	if p.Shop != "" {
		text += " " + string(p.Shop)
	}
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	return text
}

// lasting is for how long refreshes fail before it is a problem: the next one is mostly good.
const lasting = 15 * time.Minute

// examine finds what is wrong with an account. m.mu is held.
func (m *Manager) examine(openID string, a *account, r *record) Health {
	now := m.opts.Now()
	h := Health{
		Account:              r.account(openID),
		AccessTokenExpiresAt: r.Token.AccessUntil, AuthorizationExpiresAt: r.until(),
		RefreshedAt: r.Token.At,
	}
	if a.extra != nil {
		h.LookupErr = a.extra.lookupErr
	}
	if o := m.opened[openID]; o != nil {
		st := o.source.State()
		h.TriedAt, h.RefreshErr = st.TriedAt, st.Err
		if !st.RefreshedAt.IsZero() && !st.RefreshedAt.Before(r.Token.At.Truncate(time.Second)) {
			h.AccessTokenExpiresAt, h.RefreshedAt = st.AccessTokenExpiresAt, st.RefreshedAt
		}
		hasEnded := !h.AccessTokenExpiresAt.IsZero() && !now.Before(h.AccessTokenExpiresAt)
		if !o.failingAt.IsZero() && st.Err != nil && (hasEnded || now.Sub(o.failingAt) >= lasting) {
			h.add(Problem{Kind: ProblemRefreshFailing, Reason: reasonOf(st.Err)})
		}
	}
	if r.Trouble.Reason != "" {
		h.add(Problem{Kind: ProblemUnauthorized, Reason: r.Trouble.Reason})
	}
	if until := r.until(); !until.IsZero() {
		switch {
		case !now.Before(until):
			h.add(Problem{Kind: ProblemExpired,
				Reason: "the authorization ended at " + timeText(until)})
		case !now.Before(until.Add(-m.opts.WarnBefore)):
			h.add(Problem{Kind: ProblemExpiring,
				Reason: "the authorization ends at " + timeText(until)})
		}
	}
	m.examineShops(&h, r)
	if missing := m.missing(r); missing != nil {
		h.add(Problem{Kind: ProblemMissingScopes, Reason: reasonOfMissing(missing),
			Missing: missing})
	}
	if r.Lookup.At.IsZero() && h.LookupErr != nil {
		h.add(Problem{Kind: ProblemNotLookedUp, Reason: reasonOf(h.LookupErr)})
	}
	slices.SortStableFunc(h.Problems, func(a, b Problem) int {
		return cmp.Or(slices.Index(worstFirst, a.Kind)-slices.Index(worstFirst, b.Kind),
			cmp.Compare(a.Shop, b.Shop))
	})
	return h
}

var worstFirst = []ProblemKind{
	ProblemUnauthorized, ProblemExpired, ProblemShopDeauthorized, ProblemRefreshFailing,
	ProblemMissingScopes,
	ProblemNoShop, ProblemShopInactive, ProblemNotLookedUp, ProblemExpiring,
}

func (h *Health) add(p Problem) { h.Problems = append(h.Problems, p) }

func (m *Manager) examineShops(h *Health, r *record) {
	for _, shop := range r.Lookup.Shops {
		if at, ok := r.ShopTroubles[shop.ID]; ok {
			h.add(Problem{
				Kind: ProblemShopDeauthorized, Shop: shop.ID,
				Reason: "the platform said so at " + timeText(at),
			})
		} else if shop.Inactive {
			h.add(Problem{Kind: ProblemShopInactive, Shop: shop.ID,
				Reason: "the platform does not list it as active"})
		}
	}
	if r.kind() == kindSeller && !r.Lookup.At.IsZero() && len(r.Lookup.Shops) == 0 {
		h.add(Problem{Kind: ProblemNoShop,
			Reason: "the account has no shop in which the app may act"})
	}
}

// need is what an operation needs of a kind of account: one of some scopes.
type need struct {
	operation, kind string
	scopes, any     []string // of this kind, and all that will do
}

// needOf tells what an operation needs of each kind of account that its scopes speak of. Of several
// scopes one will do: most are for different kinds of accounts, and the platform does not say that
// it takes all.
func needOf(operation string, scopes []string) []need {
	var needs []need
	for _, kind := range []string{kindSeller, kindCreator, kindPartner} {
		n := need{operation: operation, kind: kind, any: scopes}
		for _, scope := range scopes {
			if kindOf(scope) == kind {
				n.scopes = append(n.scopes, scope)
			}
		}
		if n.scopes != nil {
			needs = append(needs, n)
		}
	}
	return needs
}

// kindOf is the kind of account that can grant a scope.
func kindOf(scope string) string {
	switch first, _, _ := strings.Cut(scope, "."); first {
	case kindSeller, "serller", "data": // as the platform spells it; shops' figures
		return kindSeller
	case kindCreator, kindPartner:
		return first
	}
	return ""
}

// missing is what an account has not granted of what the program's operations need.
func (m *Manager) missing(r *record) []MissingScope {
	if r.Token.Scopes == nil { // not known
		return nil
	}
	var missing []MissingScope
	for _, n := range m.needs {
		granted := slices.ContainsFunc(n.any,
			func(scope string) bool { return slices.Contains(r.Token.Scopes, scope) })
		if n.kind == r.kind() && !granted {
			missing = append(missing, MissingScope{n.operation, slices.Clone(n.scopes)})
		}
	}
	return missing
}

func reasonOfMissing(missing []MissingScope) string {
	var parts []string
	for _, s := range missing {
		parts = append(parts, s.Operation+" needs "+strings.Join(s.Scopes, " or "))
	}
	return strings.Join(parts, ", ")
}

// Health tells how every account is, in the order of their open ids. It asks nobody but the index:
// what it says of an account is what the machines that share the index have found out, and how its
// token is here if the account was used here. Accounts that turned bad meanwhile, as the end of an
// authorization has come near, are told of on the way. If the index cannot be read at all, the one
// pair has the error. Check asks the platform.
func (m *Manager) Health(ctx context.Context) iter.Seq2[Health, error] {
	return func(yield func(Health, error) bool) {
		openIDs, err := m.openIDs(ctx)
		if err != nil {
			yield(Health{}, err)
			return
		}
		for _, openID := range openIDs {
			if err := ctx.Err(); err != nil {
				yield(Health{}, err)
				return
			}
			h, ok := m.healthOf(openID)
			if ok && !yield(h, nil) {
				return
			}
		}
	}
}

func (m *Manager) healthOf(openID string) (h Health, ok bool) {
	m.mu.Lock()
	a := m.known[openID]
	if a != nil {
		h = m.evaluate(openID, a, m.record(a))
	}
	m.mu.Unlock()
	m.tell()
	return h, a != nil
}

// Check asks the platform how an account is: it refreshes the token if that is due, and looks the
// shops or category assets up. What is wrong is in the Health; the error is of an open id that is
// not known, or of ctx.
func (m *Manager) Check(ctx context.Context, openID string) (Health, error) {
	if _, err := m.find(ctx, openID); err != nil {
		return Health{}, err
	}
	m.mu.Lock()
	o, err := m.open(openID)
	m.mu.Unlock()
	if err != nil {
		return Health{}, err
	}
	if _, err := o.source.Token(ctx); err == nil {
		_, _ = m.Lookup(ctx, openID)
	}
	if err := ctx.Err(); err != nil {
		return Health{}, err
	}
	h, ok := m.healthOf(openID)
	if !ok {
		return Health{}, fmt.Errorf("accounts: open id %s: %w", openID, ErrUnknown)
	}
	return h, nil
}

// Watch looks at the health of all accounts every so often, so that Options.OnChange is told of
// what only time brings about, such as an authorization that ends soon. It asks nobody but the
// index. It returns when ctx ends, with its error, or the Manager is closed.
func (m *Manager) Watch(ctx context.Context, every time.Duration) error {
	if every <= 0 {
		return &tiktokshop.InputError{Operation: "accounts.Manager.Watch", Field: "every",
			Reason: "must be positive"}
	}
	for {
		for _, err := range m.Health(ctx) {
			// an index that cannot be read was logged, and is read again the next time
			if err != nil {
				break
			}
		}
		m.mu.Lock()
		isClosed := m.isClosed
		m.mu.Unlock()
		if isClosed {
			return fmt.Errorf("accounts: %w", ErrClosed)
		}
		timer := time.NewTimer(every)
		select {
		case <-timer.C:
		case <-m.ctx.Done():
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339) }
