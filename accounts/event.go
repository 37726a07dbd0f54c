package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// Events returns a webhook.Func that lets the Manager know of an event before it calls next, which
// may be nil.
func (m *Manager) Events(next webhook.Func) webhook.Func {
	return func(ctx context.Context, event *webhook.Event) error {
		if err := m.HandleEvent(ctx, event); err != nil {
			return err
		}
		if next == nil {
			return nil
		}
		return next(ctx, event)
	}
}

// HandleEvent notes what an event says about an account: that a shop's or a creator's authorization
// was withdrawn, or when it ends. It is a webhook.Func, and does nothing about other events and
// accounts. An event of before the account's last authorization is not heeded, as the platform
// delivers up to 15 hours late. When it returns nil, what it noted is saved.
func (m *Manager) HandleEvent(ctx context.Context, event *webhook.Event) error {
	if event == nil {
		return nil
	}
	var names []string
	switch event.Topic {
	case webhook.TopicSellerDeauthorization, webhook.TopicAuthorizationExpiration,
		webhook.TopicCreatorDeauthorization:
	default:
		return nil
	}
	concerned, err := m.concerned(ctx, event.Owner)
	if err != nil {
		return err
	}
	m.mu.Lock()
	for _, openID := range concerned {
		a := m.known[openID]
		if a == nil || a.isLeaving {
			continue
		}
		r := m.record(a)
		if !event.Time.IsZero() && event.Time.Before(r.AuthorizedAt.Truncate(time.Second)) {
			continue
		}
		m.note(r, event)
		m.keep(openID, a, r)
		m.evaluate(openID, a, r)
		names = append(names, openID)
	}
	m.mu.Unlock()
	m.tell()
	var errs []error
	for _, openID := range names {
		errs = append(errs, m.save(ctx, openID, false))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("accounts: event: %w", err)
	}
	return nil
}

// note takes over what an event says. m.mu is held.
func (m *Manager) note(r *record, event *webhook.Event) {
	now := m.opts.Now()
	switch event.Topic {
	case webhook.TopicSellerDeauthorization:
		shop := event.Owner.ShopID
		if _, ok := r.ShopTroubles[shop]; shop != "" && !ok {
			r.noteShop(shop, later(latest(r.AuthorizedAt, r.Lookup.At), now))
		}
		isOut := func(s Shop) bool { _, ok := r.ShopTroubles[s.ID]; return ok }
		if shop == "" || !slices.ContainsFunc(r.Lookup.Shops,
			func(s Shop) bool { return !isOut(s) }) {
			r.setTrouble("the seller has withdrawn the authorization", causeEvent, now)
		}
	case webhook.TopicCreatorDeauthorization:
		r.setTrouble("the creator has withdrawn the authorization", causeEvent, now)
	case webhook.TopicAuthorizationExpiration:
		if p, ok := webhook.As[webhook.AuthorizationExpiration](event); ok &&
			!p.ExpirationTime.IsZero() {
			until := p.ExpirationTime.UTC()
			if !until.Equal(r.Ends.Until) {
				r.Ends = ending{later(latest(r.Ends.At, r.AuthorizedAt), now), until}
			}
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// concerned are the accounts that an event's owner is or belongs to.
func (m *Manager) concerned(ctx context.Context, owner webhook.Owner) ([]string, error) {
	openIDs := func() []string {
		m.mu.Lock()
		defer m.mu.Unlock()
		if owner.ShopID != "" {
			return slices.Clone(m.owners[ofShop(owner.ShopID)])
		}
		for _, openID := range []string{owner.SellerOpenID, owner.CreatorOpenID} {
			if m.known[openID] != nil {
				return []string{openID}
			}
		}
		return nil
	}
	for _, age := range []time.Duration{m.opts.ListAge, missAge} {
		if err := m.fresh(ctx, age, true); err != nil {
			return nil, err
		}
		if found := openIDs(); found != nil {
			return found, nil
		}
	}
	return nil, nil
}
