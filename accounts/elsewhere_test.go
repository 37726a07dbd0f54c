package accounts_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

const day = 24 * time.Hour

// program is a token source of a program that has no Manager and shares the store.
func (w *world) program(openID string) *token.RefreshingSource {
	source, err := w.app().Auth.TokenSource(token.SourceOptions{OpenID: openID, Store: w.store})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = source.Close(context.Background()) })
	return source
}

// forget takes the token of an account out of the store, behind every Manager's back.
func (w *world) forget(openID string) {
	key := token.Key{AppKey: tiktokshoptest.AppKey, OpenID: openID}
	_, version, err := w.store.Store.Load(w.t.Context(), key)
	require.NoError(w.t, err)
	require.NoError(w.t, w.store.Store.Save(w.t.Context(), key, nil, version))
}

// TestTokenFromAProgramWithoutAManager: whoever uses the account next notes the ends of the token
// for all.
func TestTokenFromAProgramWithoutAManager(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one := w.machine()
		w.add(one, sellerID)
		before := one.health(t, sellerID)
		time.Sleep(8 * day)
		_, err := w.program(sellerID).Token(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, w.Refreshes(sellerID))

		two := w.machine()
		client, err := two.Client(t.Context(), sellerID)
		require.NoError(t, err)
		require.NoError(t, call(t, client))
		synctest.Wait()
		h := w.machine().health(t, sellerID) // which has read the index alone
		for what, moved := range map[string]time.Duration{
			"refreshed at":      h.RefreshedAt.Sub(before.RefreshedAt),
			"end of the access": h.AccessTokenExpiresAt.Sub(before.AccessTokenExpiresAt),
		} {
			assert.Equal(t, 8*day, moved.Round(time.Minute), what)
		}
		assert.True(t, h.AuthorizationExpiresAt.After(before.AuthorizationExpiresAt) ||
			!h.AuthorizationExpiresAt.IsZero())
	})
}

// TestHealthKnowsTheTokenInUse: a newer token that this Manager uses is in its Health, though
// nobody has noted it.
func TestHealthKnowsTheTokenInUse(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		client, err := m.Client(t.Context(), sellerID)
		require.NoError(t, err)
		require.NoError(t, call(t, client))
		before := m.health(t, sellerID)
		time.Sleep(6*day + 23*time.Hour)
		_, err = w.program(sellerID).Token(t.Context())
		require.NoError(t, err)
		time.Sleep(2 * time.Hour)
		require.NoError(t, call(t, client), "with the token of the other program")
		require.Equal(t, 1, w.Refreshes(sellerID))
		h := m.health(t, sellerID)
		assert.Equal(t, 6*day+23*time.Hour,
			h.RefreshedAt.Sub(before.RefreshedAt).Round(time.Minute))
		assert.Equal(t, 6*day+23*time.Hour,
			h.AccessTokenExpiresAt.Sub(before.AccessTokenExpiresAt).Round(time.Minute))
	})
}

// TestTroubleEndsElsewhere: an account that a program without a Manager has got a new token for is
// well again.
func TestTroubleEndsElsewhere(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one := w.machine()
		w.add(one, sellerID)
		time.Sleep(8 * day)
		w.RevokeAuthorization(sellerID)
		_, err := one.Check(t.Context(), sellerID)
		require.NoError(t, err)
		assert.Equal(t, []string{"seller-1 unauthorized"}, one.changes())
		time.Sleep(time.Hour)
		require.NoError(t, w.program(sellerID).Put(t.Context(), w.IssueToken(sellerID)))

		two := w.machine()
		require.Equal(t, "unauthorized", kinds(two.health(t, sellerID)))
		client, err := two.Client(t.Context(), sellerID)
		require.NoError(t, err)
		require.NoError(t, call(t, client))
		assert.Equal(t, []string{"seller-1 well"}, two.changes(), "told without being asked")
		assert.Equal(t, "well", kinds(w.machine().health(t, sellerID)), "and noted for all")
	})
}

// TestTokenIsBack, which is older than the trouble that there was none.
func TestTokenIsBack(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		pair := w.IssueToken(sellerID)
		_, err := w.machine().Add(t.Context(), pair)
		require.NoError(t, err)
		time.Sleep(time.Hour)
		w.forget(sellerID)
		m := w.machine()
		client, err := m.Client(t.Context(), sellerID)
		require.NoError(t, err)
		require.ErrorIs(t, call(t, client), token.ErrNone)
		assert.Equal(t, []string{"seller-1 unauthorized"}, m.changes())
		time.Sleep(time.Hour)
		require.NoError(t, w.program(sellerID).Put(t.Context(), pair))
		require.NoError(t, call(t, client))
		assert.Equal(t, []string{"seller-1 well"}, m.changes())
	})
}

// TestTokenIsGone is told at once by who uses the account, whatever the index says or does not.
func TestTokenIsGone(t *testing.T) {
	t.Parallel()
	for _, isDown := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			m := w.machine()
			w.add(m, sellerID)
			client, err := m.Client(t.Context(), sellerID)
			require.NoError(t, err)
			require.NoError(t, call(t, client))
			w.forget(sellerID)
			time.Sleep(8 * day)
			w.index.set(func(x *sharedIndex) { x.isDown = isDown })
			require.ErrorIs(t, call(t, client), token.ErrNone)
			assert.Equal(t, []string{"seller-1 unauthorized"}, m.changes())
			want := 0
			if isDown {
				want = 1
			}
			assert.Equal(t, want, m.log.count("account has no token"))
			w.index.set(func(x *sharedIndex) { x.isDown = false })
		})
	}
}

// TestRemovedElsewhereAndASlowIndex: it is waited for, as there would be a false alarm.
func TestRemovedElsewhereAndASlowIndex(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one := w.machine()
		two := w.machine(func(o *accounts.Options) { o.ListAge = 30 * day })
		w.add(one, sellerID)
		client, err := two.Client(t.Context(), sellerID)
		require.NoError(t, err)
		require.NoError(t, call(t, client))
		require.NoError(t, one.Remove(t.Context(), sellerID))
		time.Sleep(8 * day)
		w.index.set(func(x *sharedIndex) { x.delay = 10 * time.Second })
		require.ErrorIs(t, call(t, client), token.ErrNone)
		time.Sleep(time.Minute)
		assert.Empty(t, two.changes())
	})
}

// TestRefreshIsNoted: the hook, the index and the program's own hook learn of it without being
// asked.
func TestRefreshIsNoted(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var own []token.Status
		m := w.machine(func(o *accounts.Options) {
			o.Source.OnChange = func(st token.State) { own = append(own, st.Status) }
		})
		w.add(m, sellerID)
		client, err := m.Client(t.Context(), sellerID)
		require.NoError(t, err)
		require.NoError(t, call(t, client))
		before := string(w.index.entry(t, sellerID))
		time.Sleep(8 * day)
		require.NoError(t, call(t, client))
		synctest.Wait()
		require.Equal(t, 1, w.Refreshes(sellerID))
		assert.NotEqual(t, before, string(w.index.entry(t, sellerID)))
		assert.Empty(t, m.changes())

		w.RevokeAuthorization(sellerID)
		time.Sleep(8 * day)
		require.Error(t, call(t, client))
		assert.Equal(t, []string{"seller-1 unauthorized"}, m.changes())
		assert.Equal(t, []token.Status{token.StatusActive, token.StatusRefused}, own)
	})
}

// TestRefreshesFailNowAndThen: what has not lasted is no problem.
func TestRefreshesFailNowAndThen(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		for range 3 {
			time.Sleep(6*day + 12*time.Hour)
			w.store.set(func(s *sharedStore) { s.isDown = true })
			for range 10 {
				_, err := m.Check(t.Context(), sellerID)
				require.NoError(t, err)
				require.ErrorIs(t, m.health(t, sellerID).RefreshErr, errDown)
				assert.Equal(t, "well", kinds(m.health(t, sellerID)))
				time.Sleep(time.Minute)
			}
			w.store.set(func(s *sharedStore) { s.isDown = false })
			time.Sleep(2 * time.Minute)
			_, err := m.Check(t.Context(), sellerID)
			require.NoError(t, err)
			require.NoError(t, m.health(t, sellerID).RefreshErr)
		}
	})
}

// TestAccessEndsWhileRefreshesFail: a refresh that fails is a problem at once when no call can be
// made any more.
func TestAccessEndsWhileRefreshesFail(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		time.Sleep(8 * day)
		w.FailNext(100, tiktokshoptest.Fault{Status: 503, Body: "maintenance"})
		_, err := m.Check(t.Context(), sellerID)
		require.NoError(t, err)
		h := m.health(t, sellerID)
		assert.Equal(t, "refresh failing", kinds(h))
		assert.ErrorIs(t, h.RefreshErr, tiktokshop.ErrUnavailable)
		assert.False(t, h.NeedsReauthorization())
	})
}
