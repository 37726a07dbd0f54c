package accounts_test

import (
	"context"
	"fmt"
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

// badIndex is an index whose saves go wrong.
type badIndex struct {
	*sharedIndex
	mu    sync.Mutex
	isBad bool
	count int  // of saves that went wrong
	hangs bool // until the context ends
	takes bool // what it says to have failed
}

// turn has the saves go wrong, or well, from now on, when what is under way has come to rest.
func (x *badIndex) turn(isBad bool) {
	synctest.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.isBad = isBad
}

func (x *badIndex) tried() int {
	synctest.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.count
}

func (x *badIndex) Save(ctx context.Context, e accounts.Entry) error {
	x.mu.Lock()
	isBad := x.isBad
	if isBad {
		x.count++
	}
	x.mu.Unlock()
	if !isBad {
		return x.sharedIndex.Save(ctx, e)
	}
	if x.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if x.takes {
		_ = x.sharedIndex.Save(ctx, e)
	}
	return errDown
}

// saved is how often entries were saved.
func (w *world) saved() (n int) {
	synctest.Wait()
	w.index.set(func(x *sharedIndex) { n = x.saves })
	return n
}

// relist has a machine read the list anew.
func (m *machine) relist() {
	m.t.Helper()
	time.Sleep(2 * time.Minute)
	for _, err := range m.All(m.t.Context()) {
		require.NoError(m.t, err)
	}
	synctest.Wait()
}

// TestSavedOnce: what the index has is not saved again with the next list.
func TestSavedOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		saves := w.saved()
		m.relist()
		assert.Equal(t, saves, w.saved())
		m = w.machine()
		w.add(m, creatorID)
		saves = w.saved()
		require.NoError(t, m.Close(t.Context()))
		assert.Equal(t, saves, w.saved(), "nor when it is closed")

		index := &badIndex{sharedIndex: w.index, takes: true}
		m = w.machine(func(o *accounts.Options) { o.Index = index })
		m.relist()
		index.turn(true)
		require.ErrorIs(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())), errDown)
		assert.Contains(t, string(w.index.entry(t, sellerID)), "shop_troubles",
			"it was saved, and does not say so")
		index.turn(false)
		saves = w.saved()
		m.relist()
		assert.Equal(t, saves, w.saved())
	})
}

// TestSavedLater: what could not be saved is, with the next list, and so is what others have saved
// meanwhile.
func TestSavedLater(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		index := &badIndex{sharedIndex: w.index}
		m, other := w.machine(func(o *accounts.Options) { o.Index = index }), w.machine()
		w.add(other, sellerID)
		m.relist()
		index.turn(true)
		require.ErrorIs(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())), errDown)
		assert.NotContains(t, string(w.index.entry(t, sellerID)), "withdrawn")
		w.CloseShop(shopID)
		_, err := other.Lookup(t.Context(), sellerID)
		require.NoError(t, err)
		synctest.Wait()
		m.relist()
		assert.Equal(t, 1, m.log.count("accounts not saved"))
		index.turn(false)
		m.relist()
		entry := string(w.index.entry(t, sellerID))
		assert.Contains(t, entry, "withdrawn")
		assert.Contains(t, entry, `"inactive":true`)
		saves := w.saved()
		m.relist()
		assert.Equal(t, saves, w.saved())
	})
}

// TestIndexThatTakesNothing is not tried with all accounts of very many, and each that was in use
// is told of.
func TestIndexThatTakesNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		index := &badIndex{sharedIndex: w.index}
		m := w.machine(func(o *accounts.Options) { o.Index = index })
		for i := range 15 {
			openID := fmt.Sprintf("seller-%02d", i)
			w.AddAccount(tiktokshoptest.Account{OpenID: openID, Shops: []tiktokshop.ID{shopID}})
			w.add(m, openID)
		}
		w.CloseShop(shopID)
		index.turn(true)
		for i := range 15 {
			_, err := m.Lookup(t.Context(), fmt.Sprintf("seller-%02d", i))
			require.NoError(t, err)
		}
		synctest.Wait()
		tried := index.tried()
		assert.GreaterOrEqual(t, tried, 15)
		assert.Equal(t, tried, m.log.count("account not saved"))
		m.relist()
		assert.Equal(t, tried+10, index.tried())
		assert.Equal(t, 1, m.log.count("accounts not saved"))
		index.turn(false)
		m.relist()
		assert.Equal(t, 1, m.log.count("accounts not saved"))
	})
}

// TestSaveThatHangs is given up after half a minute.
func TestSaveThatHangs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		index := &badIndex{sharedIndex: w.index, isBad: true, hangs: true}
		m := w.machine(func(o *accounts.Options) { o.Index = index })
		begun := time.Now()
		_, err := m.Add(t.Context(), w.IssueToken(sellerID))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "accounts: save: ")
		assert.Equal(t, 30*time.Second, time.Since(begun))
	})
}

// TestStoreThatCannotBeAsked whether an account is there still: that is an error, before the entry
// is written and after.
func TestStoreThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	for _, later := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			m := w.machine()
			w.add(m, sellerID)
			before := string(w.index.entry(t, sellerID))
			deaf := func() { w.store.set(func(s *sharedStore) { s.isDeaf = true }) }
			synctest.Wait()
			if later {
				w.index.onSave = func(accounts.Entry) { deaf() }
			} else {
				deaf()
			}
			require.ErrorIs(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())),
				errDown)
			assert.Equal(t, later, before != string(w.index.entry(t, sellerID)))
			synctest.Wait()
			w.index.onSave = nil
			w.store.set(func(s *sharedStore) { s.isDeaf = false })
		})
	}
}

// TestRemovedIsForgotten, when a list has shown it to be gone.
func TestRemovedIsForgotten(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID, creatorID)
		require.NoError(t, m.Remove(t.Context(), sellerID))
		assert.Equal(t, 1, m.Removed())
		m.relist()
		assert.Zero(t, m.Removed())
	})
}

// TestListFromBeforeAnAddition does not take away what was added while it was on its way.
func TestListFromBeforeAnAddition(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		index := &staleIndex{Index: w.index}
		m := w.machine(func(o *accounts.Options) { o.Index = index })
		w.add(m, sellerID)
		time.Sleep(time.Hour)
		index.delay = 5 * time.Second
		go func() {
			for range m.All(t.Context()) {
				break
			}
		}()
		synctest.Wait()
		pair := w.IssueToken(creatorID)
		added := make(chan error)
		go func() { _, err := m.Add(t.Context(), pair); added <- err }()
		require.NoError(t, <-added)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		var all []string
		for account, err := range m.All(t.Context()) { // of that list, as it is new
			require.NoError(t, err)
			all = append(all, account.OpenID)
		}
		assert.Equal(t, []string{creatorID, sellerID}, all)
		index.delay = 0
	})
}

// TestListTells: a machine that sees more than others tells of what a list brings, without being
// asked for the health.
func TestListTells(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		account := tiktokshoptest.Account{
			OpenID: sellerID, Shops: []tiktokshop.ID{shopID},
			Scopes: []string{"seller.authorization.info", "seller.order.info"},
		}
		w.AddAccount(account)
		one := w.machine()
		w.add(one, sellerID, creatorID)
		needs := func(o *accounts.Options) { o.Operations = []string{"order.GetOrderDetail"} }
		knows := w.machine(needs)
		_, err := knows.Client(t.Context(), creatorID)
		require.NoError(t, err)
		assert.Empty(t, knows.changes())
		account.Scopes = account.Scopes[:1]
		w.AddAccount(account)
		w.add(one, sellerID)
		time.Sleep(2 * time.Minute)
		_, err = knows.Client(t.Context(), creatorID)
		require.NoError(t, err)
		assert.Equal(t, []string{"seller-1 missing scopes"}, knows.changes())
	})
	inWorld(t, func(t *testing.T, w *world) {
		w.AddAccount(tiktokshoptest.Account{
			OpenID: sellerID, Shops: []tiktokshop.ID{shopID},
			Scopes: []string{"seller.authorization.info"},
		})
		w.add(w.machine(), sellerID, creatorID)
		sees := w.machine(func(o *accounts.Options) {
			o.Operations = []string{"order.GetOrderDetail"}
		})
		_, err := sees.Client(t.Context(), creatorID)
		require.NoError(t, err)
		assert.Equal(t, []string{"seller-1 missing scopes"}, sees.changes(), "with the first list")
	})
}

// TestForeignRecordThatBecomesKnown is one as any other from then on.
func TestForeignRecordThatBecomesKnown(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		key := token.Key{AppKey: tiktokshoptest.AppKey, OpenID: sellerID}
		require.NoError(t, w.index.Index.Save(t.Context(),
			accounts.Entry{Key: key, Data: []byte(`{"format":99}`)}))
		m := w.machine()
		m.relist()
		w.add(w.machine(), sellerID)
		m.relist()
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
		assert.Contains(t, string(w.index.entry(t, sellerID)), "shop_troubles")
	})
}

// TestShopThatMoves to an account that was authorized earlier leads there.
func TestShopThatMoves(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.AddShop(authorization.AuthorizedShop{ID: "72", Cipher: "ROW_72"})
		w.AddAccount(tiktokshoptest.Account{OpenID: "seller-0", Shops: []tiktokshop.ID{"72"}})
		m := w.machine()
		w.add(m, "seller-0")
		time.Sleep(time.Hour)
		w.add(m, sellerID)
		w.AddAccount(tiktokshoptest.Account{OpenID: "seller-0",
			Shops: []tiktokshop.ID{"72", shopID}})
		w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{}})
		for _, openID := range []string{"seller-0", sellerID} {
			_, err := m.Lookup(t.Context(), openID)
			require.NoError(t, err)
		}
		_, err := m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
	})
}

// TestFound: what another machine adds is found after a second, however slow the list comes, and
// who is not found because the index is down is not said to be unknown.
func TestFound(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one, two := w.machine(), w.machine()
		two.relist()
		w.add(one, sellerID)
		time.Sleep(time.Second)
		_, err := two.Client(t.Context(), sellerID)
		require.NoError(t, err)
		w.add(one, creatorID)
		time.Sleep(time.Second)
		w.index.set(func(x *sharedIndex) { x.delay = 5 * time.Second })
		_, err = two.Client(t.Context(), creatorID)
		require.NoError(t, err)
		w.index.set(func(x *sharedIndex) { x.delay, x.isDown = 0, true })
		time.Sleep(2 * time.Second)
		for range 2 {
			_, err = two.Client(t.Context(), "nobody")
			require.ErrorIs(t, err, errDown)
			require.NotErrorIs(t, err, accounts.ErrUnknown)
		}
		w.index.set(func(x *sharedIndex) { x.isDown = false })
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = two.Client(ended, sellerID)
		require.ErrorIs(t, err, context.Canceled, "though the list is new")
	})
}
