package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
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

func TestNewChecksItsInput(t *testing.T) {
	t.Parallel()
	_, err := accounts.New(nil, accounts.Options{
		Operations: []string{"order.GetOrderDetail", "order.Nothing"}, WarnBefore: -1, ListAge: -1,
		LookupAge: -1,
	})
	var fields []string
	for _, e := range tiktokshop.InputErrors(err) {
		fields = append(fields, e.Field)
	}
	assert.Equal(t, []string{"client", "Store", "Index", "Operations[1]", "WarnBefore", "ListAge",
		"LookupAge"}, fields)

	_, err = accounts.New(tiktokshoptest.New().Client(), accounts.Options{
		Store: token.NewMemoryStore(), WarnBefore: -1,
		Source: token.SourceOptions{AppKey: "another", RenewBefore: -1},
	})
	fields = nil
	for _, e := range tiktokshop.InputErrors(err) {
		fields = append(fields, e.Field)
		assert.Equal(t, "accounts.New", e.Operation)
	}
	assert.Equal(t, []string{"RenewBefore", "Index", "WarnBefore"}, fields)

	_, err = accounts.New(&tiktokshop.Client{},
		accounts.Options{Store: token.NewMemoryStore(), Index: accounts.NewMemoryIndex()})
	require.Len(t, tiktokshop.InputErrors(err), 1)
	assert.Equal(t, "client", tiktokshop.InputErrors(err)[0].Field)
}

func TestAdd(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		account, err := m.Add(t.Context(), w.IssueToken(sellerID))
		require.NoError(t, err)
		assert.Equal(t, "Seller", account.Name)
		assert.Equal(t, "GB", account.Region)
		require.Len(t, account.Shops, 1)
		assert.Equal(t, shopCipher, account.Shops[0].Cipher)
		assert.False(t, account.LookedUpAt.IsZero())
		assert.True(t, w.store.holds(t, sellerID))
		assert.NotNil(t, w.index.entry(t, sellerID))

		w.add(m, creatorID, partnerID)
		var all []string
		for a, err := range m.All(t.Context()) {
			require.NoError(t, err)
			all = append(all, fmt.Sprint(a.OpenID, " ", a.UserType, " ", len(a.Shops), " ",
				len(a.CategoryAssets)))
		}
		assert.Equal(t, []string{"creator-1 creator 0 0", "partner-1 partner 0 1",
			"seller-1 seller 1 0"}, all)
		assert.Empty(t, m.changes(), "nothing is wrong")
		assert.Equal(t, 1, w.index.lists, "read once")
	})
}

func TestAddRefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		for name, pair := range map[string]*token.Token{
			"nil": nil,
			"no open id": {AccessToken: token.NewSecret("a"),
				RefreshToken: token.NewSecret("r")},
			"no access token":  {OpenID: "x", RefreshToken: token.NewSecret("r")},
			"no refresh token": {OpenID: "x", AccessToken: token.NewSecret("a")},
		} {
			_, err := m.Add(t.Context(), pair)
			assert.NotEmpty(t, tiktokshop.InputErrors(err), name)
		}
		_, err := m.Account(t.Context(), "x")
		assert.ErrorIs(t, err, accounts.ErrUnknown)
	})
}

func TestAddFromCallback(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		back := func() *tiktokshop.Callback {
			callback, err := tiktokshop.ParseCallback(url.Values{
				"state": {"s"}, "app_key": {tiktokshoptest.AppKey},
				"code": {w.IssueCode(creatorID).Reveal()},
			}, "s")
			require.NoError(t, err)
			return callback
		}
		account, err := m.AddFromCallback(t.Context(), back())
		require.NoError(t, err)
		assert.Equal(t, creatorID, account.OpenID)

		for _, wrong := range []*tiktokshop.Callback{nil,
			{AppKey: "another", Code: w.IssueCode(creatorID)}} {
			_, err = m.AddFromCallback(t.Context(), wrong)
			assert.Len(t, tiktokshop.InputErrors(err), 1)
		}
		used := back()
		_, err = m.AddFromCallback(t.Context(), used)
		require.NoError(t, err, "the same account again")
		_, err = m.AddFromCallback(t.Context(), used)
		assert.ErrorIs(t, err, tiktokshop.ErrAuthCodeInvalid)

		w.store.set(func(s *sharedStore) { s.isDown = true })
		_, err = m.AddFromCallback(t.Context(), back())
		var unsaved *token.UnsavedError
		require.ErrorAs(t, err, &unsaved)
		require.ErrorIs(t, err, errDown)
		assert.True(t, w.TakesRefreshToken(unsaved.Token.RefreshToken),
			"the only copy is in the error")
	})
}

// TestAddWhileTheIndexIsDown: the token is not lost, and the account can be added of it.
func TestAddWhileTheIndexIsDown(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		for range m.All(t.Context()) { // the list is there
			continue
		}
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		_, err := m.Add(t.Context(), w.IssueToken(sellerID))
		require.ErrorIs(t, err, errDown)
		_, err = m.Account(t.Context(), sellerID)
		require.Error(t, err, "it is not half there")
		w.index.set(func(x *sharedIndex) { x.isDown = false })
		time.Sleep(2 * time.Second)
		_, err = m.Account(t.Context(), sellerID)
		require.ErrorIs(t, err, accounts.ErrUnknown)

		account, err := m.AddStored(t.Context(), sellerID)
		require.NoError(t, err)
		assert.Len(t, account.Shops, 1)
		_, err = m.AddStored(t.Context(), "nobody")
		assert.ErrorIs(t, err, token.ErrNone)
	})
}

// TestAddWithoutLookup: an account whose shops cannot be asked for is there, and asked again when
// its shop is wanted.
func TestAddWithoutLookup(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 36009004, Message: "no"})
		account, err := m.Add(t.Context(), w.IssueToken(sellerID))
		require.NoError(t, err)
		assert.True(t, account.LookedUpAt.IsZero())
		h := m.health(t, sellerID)
		assert.Equal(t, "not looked up", kinds(h))
		require.ErrorIs(t, h.LookupErr, tiktokshop.ErrInvalidRequest)
		assert.Equal(t, []string{"seller-1 not looked up"}, m.changes())

		_, err = m.ShopClient(t.Context(), shopID)
		require.ErrorIs(t, err, accounts.ErrUnknown, "not again at once")
		time.Sleep(time.Minute)
		_, err = m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		assert.Equal(t, []string{"seller-1 well"}, m.changes())
	})
}

func TestRemove(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		client, err := m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		require.NoError(t, call(t, client))
		for range 2 { // the second one finds nothing to remove
			require.NoError(t, m.Remove(t.Context(), sellerID))
		}
		assert.False(t, w.store.holds(t, sellerID))
		assert.Nil(t, w.index.entry(t, sellerID))
		_, err = m.ShopClient(t.Context(), shopID)
		require.ErrorIs(t, err, accounts.ErrUnknown)
		_, err = m.Client(t.Context(), sellerID)
		require.ErrorIs(t, err, accounts.ErrUnknown)
		require.ErrorIs(t, call(t, client), token.ErrNone, "a client that is in use")
		assert.Empty(t, m.changes(), "nothing is wrong with who was removed on purpose")

		w.add(m, sellerID)
		again, err := m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		assert.NoError(t, call(t, again))
		assert.NoError(t, call(t, client), "it is good again")
		assert.NotNil(t, w.index.entry(t, sellerID))
	})
}

// TestRemoveWhileRefreshing: a refresh under way does not bring a removed account back.
func TestRemoveWhileRefreshing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		client, err := m.Client(t.Context(), sellerID)
		require.NoError(t, err)
		time.Sleep(8 * 24 * time.Hour) // the access token has ended
		w.FailNext(1, tiktokshoptest.Fault{Delay: 5 * time.Second})
		var wg sync.WaitGroup
		wg.Go(func() { _ = call(t, client) })
		synctest.Wait()
		require.NoError(t, m.Remove(t.Context(), sellerID))
		wg.Wait()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		assert.False(t, w.store.holds(t, sellerID))
		assert.Nil(t, w.index.entry(t, sellerID))
		assert.Equal(t, 1, w.Refreshes(sellerID), "one was under way")
		assert.Empty(t, m.changes())
	})
}

func TestRemoveMayBeRepeated(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		require.ErrorIs(t, m.Remove(t.Context(), sellerID), errDown)
		_, err := m.Account(t.Context(), sellerID)
		require.NoError(t, err, "it is there still")
		w.index.set(func(x *sharedIndex) { x.isDown = false })
		require.NoError(t, m.Remove(t.Context(), sellerID))
		assert.Nil(t, w.index.entry(t, sellerID))
	})
}

// TestClose: it waits for refreshes under way, and saves what is known of them.
func TestClose(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID, creatorID)
		client, err := m.Client(t.Context(), sellerID)
		require.NoError(t, err)
		time.Sleep(8 * 24 * time.Hour)
		w.FailNext(1, tiktokshoptest.Fault{Delay: 5 * time.Second})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = m.Check(ctx, sellerID) }()
		synctest.Wait()
		cancel() // whoever asked for it is gone
		before, begun := w.index.entry(t, sellerID), time.Now()
		require.NoError(t, m.Close(t.Context()))
		assert.Equal(t, 5*time.Second, time.Since(begun).Truncate(time.Second))
		assert.Equal(t, 1, w.Refreshes(sellerID))
		assert.NotEqual(t, string(before), string(w.index.entry(t, sellerID)),
			"the new token's ends are saved")

		require.NoError(t, call(t, client), "clients go on")
		for what, use := range map[string]func() error{
			"Client":     func() error { _, err := m.Client(t.Context(), sellerID); return err },
			"ShopClient": func() error { _, err := m.ShopClient(t.Context(), shopID); return err },
			"Lookup":     func() error { _, err := m.Lookup(t.Context(), sellerID); return err },
			"Add": func() error {
				_, err := m.Add(t.Context(), w.IssueToken(sellerID))
				return err
			},
			"Remove": func() error { return m.Remove(t.Context(), sellerID) },
			"Watch":  func() error { return m.Watch(t.Context(), time.Hour) },
			"Health": func() (last error) {
				for _, err := range m.Health(t.Context()) {
					last = err
				}
				return last
			},
		} {
			assert.ErrorIs(t, use(), accounts.ErrClosed, what)
		}
		assert.NoError(t, m.Close(t.Context()), "again")
	})
}

// TestCloseSaysWhatIsNotStored: a pair that could not be stored in time is in the error.
func TestCloseSaysWhatIsNotStored(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		time.Sleep(8 * 24 * time.Hour)
		w.FailNext(1, tiktokshoptest.Fault{Delay: 5 * time.Second})
		go func() { _, _ = m.Check(t.Context(), sellerID) }()
		synctest.Wait()
		w.store.set(func(s *sharedStore) { s.isDown = true })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := m.Close(ctx)
		var unsaved *token.UnsavedError
		require.True(t, errors.As(err, &unsaved), "%v", err)
		assert.True(t, w.TakesRefreshToken(unsaved.Token.RefreshToken))
		w.store.set(func(s *sharedStore) { s.isDown = false })
	})
}
