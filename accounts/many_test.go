package accounts_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// TestTwoMachines: what one adds the other finds within a second, what it removes or looks up
// within the age of the list.
func TestTwoMachines(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one, two := w.machine(), w.machine()
		_, err := two.Client(t.Context(), sellerID)
		require.ErrorIs(t, err, accounts.ErrUnknown)
		w.add(one, sellerID)
		time.Sleep(time.Second)
		client, err := two.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		require.NoError(t, call(t, client))

		w.AddShop(authorization.AuthorizedShop{ID: "73", Cipher: "ROW_73"})
		w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{"73"}})
		_, err = one.Lookup(t.Context(), sellerID)
		require.NoError(t, err)
		synctest.Wait()
		time.Sleep(time.Minute)
		_, err = two.ShopClient(t.Context(), "73")
		require.NoError(t, err)
		_, err = two.ShopClient(t.Context(), shopID)
		require.ErrorIs(t, err, accounts.ErrUnknown)

		require.NoError(t, one.Remove(t.Context(), sellerID))
		time.Sleep(time.Minute)
		_, err = two.Client(t.Context(), sellerID)
		require.ErrorIs(t, err, accounts.ErrUnknown)
		assert.Empty(t, two.changes(), "nothing is wrong")
	})
}

// TestMachinesSaveAtOnce: each knows something that the other does not; in the end both know both.
func TestMachinesSaveAtOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one, two := w.machine(), w.machine()
		w.add(one, sellerID)
		_, err := two.Client(t.Context(), sellerID)
		require.NoError(t, err)
		w.CloseShop(shopID)
		time.Sleep(time.Second)
		_, err = one.Lookup(t.Context(), sellerID) // knows of the closed shop
		require.NoError(t, err)
		synctest.Wait()
		time.Sleep(time.Second)
		event := deauthorized(shopID, time.Now())
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		// knows of the event, and cannot save it
		require.Error(t, one.HandleEvent(t.Context(), event))
		w.index.set(func(x *sharedIndex) { x.isDown = false })
		// saves, and has not seen the lookup
		require.NoError(t, two.HandleEvent(t.Context(), event))
		time.Sleep(2 * time.Minute)
		for range 2 {
			one.health(t, sellerID)
			two.health(t, sellerID)
			synctest.Wait()
			time.Sleep(2 * time.Minute)
		}
		assert.Equal(t, kinds(one.health(t, sellerID)), kinds(two.health(t, sellerID)))
		assert.Contains(t, string(w.index.entry(t, sellerID)), `"inactive":true`,
			"the lookup is not lost")
		assert.Contains(t, string(w.index.entry(t, sellerID)), "shop_troubles")
	})
}

// TestRemovedAccountIsNotBroughtBack by a machine that learns something of it and has not seen that
// it is gone.
func TestRemovedAccountIsNotBroughtBack(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one, two := w.machine(), w.machine()
		w.add(one, sellerID)
		client, err := two.Client(t.Context(), sellerID)
		require.NoError(t, err)
		require.NoError(t, call(t, client))
		require.NoError(t, one.Remove(t.Context(), sellerID))
		_, err = two.Lookup(t.Context(), sellerID)
		require.NoError(t, err, "it has a token in memory")
		synctest.Wait()
		assert.Nil(t, w.index.entry(t, sellerID))
		time.Sleep(8 * 24 * time.Hour)
		_, err = two.Check(t.Context(), sellerID)
		require.ErrorIs(t, err, accounts.ErrUnknown)
		assert.Empty(t, two.changes())
	})
}

// TestRemovedWhileClosing: what Close ends on its way into the index has got there, and goes again.
func TestRemovedWhileClosing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one, two := w.machine(), w.machine()
		w.add(one, sellerID)
		_, err := two.Account(t.Context(), sellerID)
		require.NoError(t, err)
		closed := make(chan error, 1)
		w.index.onSave = func(e accounts.Entry) {
			w.index.onSave = nil
			time.Sleep(time.Second) // until Lookup has returned
			assert.NoError(t, one.Remove(t.Context(), sellerID))
			assert.NoError(t, w.index.Index.Save(t.Context(), e))
			go func() { closed <- two.Close(context.WithoutCancel(t.Context())) }()
			time.Sleep(time.Second) // its context has ended by now
		}
		_, err = two.Lookup(t.Context(), sellerID)
		require.NoError(t, err)
		require.NoError(t, <-closed)
		assert.Nil(t, w.index.entry(t, sellerID))
	})
}

// TestRemovedElsewhereWhileInUse: the token is gone, which is no alarm, as the account is gone too.
func TestRemovedElsewhereWhileInUse(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one := w.machine()
		two := w.machine(func(o *accounts.Options) { o.ListAge = 30 * 24 * time.Hour })
		w.add(one, sellerID)
		client, err := two.Client(t.Context(), sellerID)
		require.NoError(t, err)
		require.NoError(t, call(t, client))
		require.NoError(t, one.Remove(t.Context(), sellerID))
		require.NoError(t, call(t, client), "as long as the token lives")
		time.Sleep(8 * 24 * time.Hour)
		require.ErrorIs(t, call(t, client), token.ErrNone)
		assert.Empty(t, two.changes())
		_, err = two.Client(t.Context(), sellerID)
		assert.ErrorIs(t, err, accounts.ErrUnknown)
	})
}

// TestIndexIsDown: accounts that are known go on, without a wait for each call.
func TestIndexIsDown(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		for range 10 {
			_, err := m.Client(t.Context(), sellerID)
			require.ErrorIs(t, err, errDown)
		}
		assert.Equal(t, 1, w.index.lists, "it is not asked each time")
		w.index.set(func(x *sharedIndex) { x.isDown = false })
		time.Sleep(time.Second)
		w.add(m, sellerID)

		w.index.set(func(x *sharedIndex) { x.isDown = true })
		time.Sleep(time.Hour)
		for range 10 {
			_, err := m.ShopClient(t.Context(), shopID)
			require.NoError(t, err)
		}
		w.index.set(func(x *sharedIndex) { x.isDown, x.delay = false, time.Minute })
		time.Sleep(time.Hour)
		begun := time.Now()
		for range 10 {
			_, err := m.ShopClient(t.Context(), shopID)
			require.NoError(t, err)
		}
		assert.LessOrEqual(t, time.Since(begun), 2*time.Second, "one of them waits a little")
	})
}

// TestForeignRecord: what a newer SDK has saved is not overwritten.
func TestForeignRecord(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{"newer": `{"format":99,"a":"b"}`, "damaged": `[1]`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				key := token.Key{AppKey: tiktokshoptest.AppKey, OpenID: sellerID}
				require.NoError(t, w.index.Index.Save(t.Context(),
					accounts.Entry{Key: key, Data: []byte(data)}))
				m := w.machine()
				_, err := m.Client(t.Context(), sellerID)
				require.NoError(t, err)
				_, _ = m.Check(t.Context(), sellerID)
				time.Sleep(2 * time.Minute)
				m.health(t, sellerID)
				synctest.Wait()
				assert.Equal(t, data, string(w.index.entry(t, sellerID)))
				assert.Equal(t, 1, m.log.count("not understood"))
			})
		})
	}
}

// TestEntryWithoutData: an account that somebody else has put into the index, whose token is
// stored.
func TestEntryWithoutData(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		key := token.Key{AppKey: tiktokshoptest.AppKey, OpenID: sellerID}
		require.NoError(t, w.index.Index.Save(t.Context(), accounts.Entry{Key: key}))
		m = w.machine()
		assert.Equal(t, "well", kinds(m.health(t, sellerID)))
		h, err := m.Check(t.Context(), sellerID)
		require.NoError(t, err)
		assert.Equal(t, "Seller", h.Account.Name)
		assert.Len(t, h.Account.Shops, 1)
		_, err = m.ShopClient(t.Context(), shopID)
		assert.NoError(t, err)
	})
}

// TestManyMachines: adding, asking, looking up and removing at once, for the race detector and for
// the state that is left.
func TestManyMachines(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		machines := []*machine{w.machine(), w.machine(), w.machine()}
		var wg sync.WaitGroup
		for i, openID := range strings.Fields("a b c d e f g h") {
			w.AddAccount(tiktokshoptest.Account{OpenID: openID, Shops: []tiktokshop.ID{shopID}})
			for j, m := range machines {
				wg.Go(func() {
					for round := range 5 {
						switch (i + j + round) % 4 {
						case 0:
							// One that another machine removes meanwhile is not there in the end.
							if _, err := m.Add(t.Context(), w.IssueToken(openID)); !errors.Is(err,
								accounts.ErrUnknown) {
								assert.NoError(t, err)
							}
						case 1:
							_, _ = m.Lookup(t.Context(), openID)
						case 2:
							if client, err := m.Client(t.Context(), openID); err == nil {
								_ = call(t, client)
							}
						case 3:
							if round < 4 {
								assert.NoError(t, m.Remove(t.Context(), openID))
							}
						}
						for range m.Health(t.Context()) {
							continue
						}
						time.Sleep(time.Duration(i+j) * 100 * time.Millisecond)
					}
				})
			}
		}
		wg.Wait()
		for _, openID := range strings.Fields("a b c d e f g h") {
			w.add(machines[0], openID)
		}
		time.Sleep(2 * time.Minute)
		for _, m := range machines {
			n := 0
			for h, err := range m.Health(t.Context()) {
				require.NoError(t, err)
				assert.Empty(t, h.Problems)
				n++
			}
			assert.Equal(t, 8, n)
		}
	})
}

// TestRemovedWhileItIsSaved: a machine saves what it has looked up while another removes the
// account.
func TestRemovedWhileItIsSaved(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one, two := w.machine(), w.machine()
		removed := false
		w.index.onSave = func(e accounts.Entry) {
			if contains(e.Data, shopCipher) && !removed {
				removed = true
				assert.NoError(t, two.Remove(t.Context(), sellerID))
			}
		}
		_, err := one.Add(t.Context(), w.IssueToken(sellerID))
		require.NoError(t, err)
		synctest.Wait()
		assert.True(t, removed)
		assert.Nil(t, w.index.entry(t, sellerID), "not brought back")
	})
}
