package accounts_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// TestEvents: what an event makes of an account, and what ends it.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		event func(now time.Time) *webhook.Event
		want  []string
	}{
		{"of another topic", func(now time.Time) *webhook.Event {
			return &webhook.Event{Topic: webhook.TopicOrderStatusChange,
				Owner: webhook.Owner{ShopID: shopID}, Time: now}
		}, nil},
		{"nil", func(time.Time) *webhook.Event { return nil }, nil},
		{"of an unknown shop",
			func(now time.Time) *webhook.Event { return deauthorized("79", now) }, nil},
		{"of the only shop",
			func(now time.Time) *webhook.Event { return deauthorized(shopID, now) },
			[]string{"seller-1 unauthorized, shop deauthorized"}},
		{"of one shop of two",
			func(now time.Time) *webhook.Event { return deauthorized("74", now) },
			[]string{"seller-2 shop deauthorized"}},
		{"of a seller", func(now time.Time) *webhook.Event {
			e := deauthorized("", now)
			e.Owner.SellerOpenID = sellerID
			return e
		}, []string{"seller-1 unauthorized"}},
		{"of before the authorization", func(now time.Time) *webhook.Event {
			return deauthorized(shopID, now.Add(-2*time.Hour))
		}, nil},
		{"without a time", func(time.Time) *webhook.Event {
			e := deauthorized(shopID, time.Time{})
			e.Time = time.Time{}
			return e
		}, []string{"seller-1 unauthorized, shop deauthorized"}},
		{"of a creator", func(now time.Time) *webhook.Event {
			return &webhook.Event{
				Topic: webhook.TopicCreatorDeauthorization,
				Owner: webhook.Owner{CreatorOpenID: creatorID}, Time: now,
			}
		}, []string{"creator-1 unauthorized"}},
		{"of an end that is near", func(now time.Time) *webhook.Event {
			return &webhook.Event{
				Topic: webhook.TopicAuthorizationExpiration, Owner: webhook.Owner{ShopID: shopID},
				Time: now,
				Payload: &webhook.AuthorizationExpiration{ExpirationTime: tiktokshop.NewUnixTime(
					now.Add(10 * 24 * time.Hour))},
			}
		}, []string{"seller-1 expiring"}},
		{"of an end that is far", func(now time.Time) *webhook.Event {
			return &webhook.Event{
				Topic: webhook.TopicAuthorizationExpiration, Owner: webhook.Owner{ShopID: shopID},
				Time: now,
				Payload: &webhook.AuthorizationExpiration{ExpirationTime: tiktokshop.NewUnixTime(
					now.Add(29 * 24 * time.Hour))},
			}
		}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				w.AddShop(authorization.AuthorizedShop{ID: "74", Cipher: "ROW_74"})
				w.AddAccount(tiktokshoptest.Account{OpenID: "seller-2",
					Shops: []tiktokshop.ID{tiktokshoptest.ShopID, "74"}})
				m := w.machine()
				w.add(m, sellerID, "seller-2", creatorID)
				time.Sleep(time.Hour)
				event := tc.event(time.Now())
				for range 2 { // the platform delivers twice
					require.NoError(t, m.HandleEvent(t.Context(), event))
				}
				assert.Equal(t, tc.want, m.changes(), "once")

				other := w.machine()
				for range other.Health(t.Context()) {
					continue
				}
				assert.Empty(t, other.changes(), "it is saved that it was told")
				time.Sleep(time.Hour)
				w.add(m, sellerID, "seller-2", creatorID)
				if tc.want == nil {
					assert.Empty(t, m.changes())
				} else {
					assert.Len(t, m.changes(), 1, "well again")
				}
				for h, err := range m.Health(t.Context()) {
					require.NoError(t, err)
					assert.Empty(t, h.Problems)
				}
			})
		})
	}
}

// TestEventRefuted: a lookup that lists the shop shows that the event was of another authorization.
func TestEventRefuted(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
		require.Len(t, m.changes(), 1)
		_, err := m.Check(t.Context(), sellerID)
		require.NoError(t, err)
		assert.Equal(t, []string{"seller-1 well"}, m.changes())

		// A refused refresh token is not refuted by a token that still lives.
		time.Sleep(6*24*time.Hour + 12*time.Hour)
		w.ExpireRefreshTokens(sellerID)
		_, err = m.Check(t.Context(), sellerID)
		require.NoError(t, err)
		_, err = m.Lookup(t.Context(), sellerID)
		require.NoError(t, err)
		assert.Equal(t, []string{"seller-1 unauthorized"}, m.changes())
	})
}

// TestEventNotSaved: the platform has to deliver again what was not saved.
func TestEventNotSaved(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		require.ErrorIs(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())), errDown)
		w.index.set(func(x *sharedIndex) { x.isDown = false })
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
		assert.Contains(t, string(w.index.entry(t, sellerID)), "shop_troubles")
		assert.Len(t, m.changes(), 1)
	})
}

// TestEventsWrapper: the Manager knows before the program does.
func TestEventsWrapper(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		require.NoError(t, m.Events(nil)(t.Context(), deauthorized("79", time.Now())))
		errOwn := errors.New("own")
		handle := m.Events(func(_ context.Context, e *webhook.Event) error {
			assert.Equal(t, "unauthorized, shop deauthorized", kinds(m.health(t, sellerID)))
			return errOwn
		})
		require.ErrorIs(t, handle(t.Context(), deauthorized(shopID, time.Now())), errOwn)
		synctest.Wait()
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		time.Sleep(2 * time.Minute)
		require.ErrorIs(t, handle(t.Context(), deauthorized(shopID, time.Now())), errDown,
			"and next is not called")
	})
}
