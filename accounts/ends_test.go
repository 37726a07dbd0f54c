package accounts_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

var stuck = tiktokshoptest.Fault{Delay: time.Hour}

// TestCallersGiveUp: whoever asks waits as long as its context lasts, whatever is slow.
func TestCallersGiveUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		slow func(w *world)
		use  func(ctx context.Context, m *machine) error
	}{
		{"a list, the first time", nil,
			func(ctx context.Context, m *machine) error {
				_, err := m.Client(ctx, sellerID)
				return err
			}},
		{"a list for a shop", nil,
			func(ctx context.Context, m *machine) error {
				_, err := m.ShopClient(ctx, shopID)
				return err
			}},
		{"a list for a category", nil, func(ctx context.Context, m *machine) error {
			_, err := m.CategoryAssetClient(ctx, partnerID, tiktokshoptest.CategoryID, "US")
			return err
		}},
		{"a lookup", func(w *world) { w.FailNext(9, stuck) },
			func(ctx context.Context, m *machine) error {
				_, err := m.Lookup(ctx, sellerID)
				return err
			}},
		{"a check", func(w *world) { w.FailNext(9, stuck) },
			func(ctx context.Context, m *machine) error {
				h, err := m.Check(ctx, sellerID)
				assert.Equal(m.t, accounts.Health{}, h)
				return err
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				w.add(w.machine(), sellerID, partnerID)
				m := w.machine()
				if tt.slow == nil {
					w.index.set(func(x *sharedIndex) { x.delay = time.Minute })
				} else {
					tt.slow(w)
				}
				ended, cancel := context.WithCancel(t.Context())
				cancel()
				require.ErrorIs(t, tt.use(ended, m), context.Canceled)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				begun := time.Now()
				require.ErrorIs(t, tt.use(ctx, m), context.DeadlineExceeded)
				assert.Equal(t, 5*time.Second, time.Since(begun))
				w.index.set(func(x *sharedIndex) { x.delay = 0 })
			})
		})
	}
}

// TestCallersGiveUpOnANewerList: there is an older one, and the context ends before the two seconds
// do.
func TestCallersGiveUpOnANewerList(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		time.Sleep(time.Hour)
		w.index.set(func(x *sharedIndex) { x.delay = time.Minute })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := m.Client(ctx, sellerID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		w.index.set(func(x *sharedIndex) { x.delay = 0 })
	})
}

// TestCallersGiveUpOnLookups of accounts that may have the shop.
func TestCallersGiveUpOnLookups(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 36009004, Message: "no"})
		w.add(m, sellerID)
		time.Sleep(2 * time.Minute)
		w.FailNext(9, stuck)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := m.ShopClient(ctx, shopID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 5*time.Second, time.Since(begun))
	})
}

// TestIndexThatHangs is given up after half a minute, and the error says what was asked.
func TestIndexThatHangs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine(func(o *accounts.Options) { o.Index = hanging{w.index} })
		begun := time.Now()
		_, err := m.Client(t.Context(), sellerID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "accounts: list: ")
		assert.Equal(t, 30*time.Second, time.Since(begun))
		assert.Equal(t, 1, m.log.count("accounts not listed"))
	})
}

// hanging is an index that answers when the context ends.
type hanging struct{ accounts.Index }

func (hanging) List(ctx context.Context, _ string) ([]accounts.Entry, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestLookupFails: the caller is told, after a minute at the latest.
func TestLookupFails(t *testing.T) {
	t.Parallel()
	refused := tiktokshoptest.Fault{Status: 400, Code: 36009004, Message: "no"}
	for _, openID := range []string{sellerID, partnerID} {
		inWorld(t, func(t *testing.T, w *world) {
			m := w.machine()
			w.add(m, openID)
			w.FailNext(1, refused)
			_, err := m.Lookup(t.Context(), openID)
			require.ErrorIs(t, err, tiktokshop.ErrInvalidRequest)
			assert.Equal(t, 1, m.log.count("account not looked up"))
			w.FailNext(9, stuck)
			begun := time.Now()
			_, err = m.Lookup(t.Context(), openID)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, time.Minute, time.Since(begun))
		})
	}
}

// TestRemovedMeanwhile: what is asked of an account that is removed on the way ends with
// ErrUnknown.
func TestRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		use  func(ctx context.Context, m *machine) error
	}{
		{"lookup", func(ctx context.Context, m *machine) error {
			_, err := m.Lookup(ctx, sellerID)
			return err
		}},
		{"check", func(ctx context.Context, m *machine) error {
			_, err := m.Check(ctx, sellerID)
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				m := w.machine()
				w.add(m, sellerID)
				w.FailNext(1, tiktokshoptest.Fault{Delay: 5 * time.Second})
				done := make(chan error, 1)
				go func() { done <- tt.use(t.Context(), m) }()
				time.Sleep(time.Second)
				require.NoError(t, m.Remove(t.Context(), sellerID))
				assert.ErrorIs(t, <-done, accounts.ErrUnknown)
				assert.Nil(t, w.index.entry(t, sellerID))
			})
		})
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		require.ErrorIs(t, m.Watch(ctx, time.Minute), context.DeadlineExceeded)
	})
}

// TestHealthEnds when the loop is left, and with an error when the context ends on the way.
func TestHealthEnds(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID, creatorID, partnerID)
		for h, err := range m.Health(t.Context()) {
			require.NoError(t, err)
			require.Equal(t, creatorID, h.Account.OpenID)
			break // a loop that went on would panic
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var told []string
		for h, err := range m.Health(ctx) {
			told = append(told, fmt.Sprint(h.Account.OpenID, " ", err))
			cancel()
		}
		assert.Equal(t, []string{"creator-1 <nil>", " context canceled"}, told)
	})
}

// TestProblemsAreSorted, the worst first, those of shops by their ids.
func TestProblemsAreSorted(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.AddShop(authorization.AuthorizedShop{ID: "70", Cipher: "ROW_70"})
		w.AddAccount(tiktokshoptest.Account{
			OpenID: sellerID, Shops: []tiktokshop.ID{shopID, "70"},
			Scopes: []string{"seller.authorization.info", "seller.shop.info"},
		})
		w.CloseShop(shopID)
		w.CloseShop("70")
		m := w.machine(func(o *accounts.Options) {
			o.Operations = []string{"order.GetOrderDetail"}
		})
		w.add(m, sellerID)
		time.Sleep(352 * day)
		h := m.health(t, sellerID)
		assert.Equal(t, "missing scopes, shop inactive, shop inactive, expiring", kinds(h))
		assert.EqualValues(t, "70", h.Problems[1].Shop)
		assert.Equal(t, shopID, h.Problems[2].Shop)
		at := time.Now()
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, at)))
		h = m.health(t, sellerID)
		assert.Equal(t, "shop deauthorized, missing scopes, shop inactive, expiring", kinds(h))
		assert.Equal(t, "the platform said so at "+at.UTC().Format(time.RFC3339),
			h.Problems[0].Reason)
	})
}

// TestAskedForWhatIsNotKnown: only what has not been looked up is looked up, at most so many at
// once, and not again at once.
func TestAskedForWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one := w.machine()
		w.add(one, partnerID)
		for i := range 20 {
			openID := fmt.Sprintf("new-%02d", i)
			w.AddAccount(tiktokshoptest.Account{OpenID: openID, Shops: []tiktokshop.ID{}})
			w.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 36009004, Message: "no"})
			w.add(one, openID)
		}
		w.add(one, sellerID)
		time.Sleep(2 * time.Minute)

		m := w.machine()
		before := w.count(pathShops)
		client, err := m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		require.NotNil(t, client)
		assert.Equal(t, before, w.count(pathShops), "what the list has needs no lookup")
		_, err = m.ShopClient(t.Context(), "99")
		require.ErrorIs(t, err, accounts.ErrUnknown)
		require.ErrorContains(t, err, "shop 99")
		synctest.Wait()
		assert.Equal(t, before+16, w.count(pathShops))
		time.Sleep(2 * time.Second)
		_, err = m.ShopClient(t.Context(), "99")
		require.ErrorIs(t, err, accounts.ErrUnknown)
		synctest.Wait()
		assert.Equal(t, before+20, w.count(pathShops), "the others")
		time.Sleep(2 * time.Second)
		_, err = m.CategoryAssetClient(t.Context(), partnerID, "1", "US")
		require.ErrorIs(t, err, accounts.ErrUnknown)
		assets := w.count("/authorization/202405/category_assets")
		require.NotZero(t, assets)
		time.Sleep(2 * time.Second)
		_, err = m.CategoryAssetClient(t.Context(), partnerID, "1", "US")
		require.ErrorIs(t, err, accounts.ErrUnknown)
		assert.Equal(t, assets, w.count("/authorization/202405/category_assets"))
	})
}

// TestCategoryThatWasNotLookedUp is looked up when it is asked for.
func TestCategoryThatWasNotLookedUp(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		one := w.machine()
		w.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 36009004, Message: "no"})
		w.add(one, partnerID)
		time.Sleep(2 * time.Minute)
		for _, m := range []*machine{one, w.machine()} { // the other one has not read a list yet
			client, err := m.CategoryAssetClient(t.Context(), partnerID, tiktokshoptest.CategoryID,
				"US")
			require.NoError(t, err)
			require.NotNil(t, client)
		}
	})
}

// TestCipherOfAShopFirst: the client is that of a shop, whichever way it is asked for first.
func TestCipherOfAShopFirst(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.AddShop(authorization.AuthorizedShop{ID: "72", Cipher: "ROW_72"})
		w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{"72", shopID}})
		m := w.machine()
		w.add(m, sellerID)
		for _, cipher := range []string{shopCipher, "ROW_72"} {
			client, err := m.CipherClient(t.Context(), cipher)
			require.NoError(t, err)
			_, err = order.New(client).GetOrderList(t.Context(), nil)
			require.NoError(t, err)
			requests := w.Requests()
			assert.Contains(t, requests[len(requests)-1].RawQuery, "shop_cipher="+cipher)
		}
	})
}

// TestActiveShopsAreNotKnown where the account has not granted that, or the platform does not say:
// then none is inactive.
func TestActiveShopsAreNotKnown(t *testing.T) {
	t.Parallel()
	const pathActive = "/seller/202309/shops"
	for _, tt := range []struct {
		name   string
		scopes []string
		fails  bool
		asked  bool
		want   string
	}{
		{"granted", []string{"seller.authorization.info", "seller.shop.info"}, false, true,
			"shop inactive"},
		{"not granted", []string{"seller.authorization.info"}, false, false, "well"},
		{"the question fails", []string{"seller.authorization.info", "seller.shop.info"}, true,
			true, "well"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				w.AddAccount(tiktokshoptest.Account{OpenID: sellerID,
					Shops: []tiktokshop.ID{shopID}, Scopes: tt.scopes})
				w.CloseShop(shopID)
				if tt.fails {
					w.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 36009004,
						Operation: "seller.GetActiveShops"})
				}
				m := w.machine()
				w.add(m, sellerID)
				assert.Equal(t, tt.want, kinds(m.health(t, sellerID)))
				assert.Equal(t, tt.asked, w.count(pathActive) > 0)
			})
		})
	}
}

// TestTroubleOutlastsALookup that finds no shop.
func TestTroubleOutlastsALookup(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		time.Sleep(time.Hour)
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
		require.Equal(t, "unauthorized, shop deauthorized", kinds(m.health(t, sellerID)))
		time.Sleep(time.Hour)
		w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{}})
		_, err := m.Lookup(t.Context(), sellerID)
		require.NoError(t, err)
		assert.Equal(t, "unauthorized, no shop", kinds(m.health(t, sellerID)))
		w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{shopID}})
		_, err = m.Lookup(t.Context(), sellerID)
		require.NoError(t, err)
		assert.Equal(t, "well", kinds(m.health(t, sellerID)))
	})
}
