package accounts_test

import (
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// TestClients: what leads to an account leads to one client, which sends its token and its cipher.
func TestClients(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID, creatorID, partnerID)
		orders := func(client *tiktokshop.Client) error {
			_, err := order.New(client).GetOrderList(t.Context(), nil)
			return err
		}
		for _, tc := range []struct {
			name   string
			get    func() (*tiktokshop.Client, error)
			call   func(*tiktokshop.Client) error
			key    string
			cipher string
		}{
			{"open id", func() (*tiktokshop.Client, error) {
				return m.Client(t.Context(), sellerID)
			},
				func(c *tiktokshop.Client) error { return call(t, c) }, "", ""},
			{"shop", func() (*tiktokshop.Client, error) {
				return m.ShopClient(t.Context(), shopID)
			},
				orders, "shop_cipher", shopCipher},
			{"cipher of a shop",
				func() (*tiktokshop.Client, error) {
					return m.CipherClient(t.Context(), shopCipher)
				},
				orders, "shop_cipher", shopCipher},
			{"cipher of a category asset", func() (*tiktokshop.Client, error) {
				return m.CipherClient(t.Context(), tiktokshoptest.CategoryAssetCipher)
			}, nil, "category_asset_cipher", tiktokshoptest.CategoryAssetCipher},
			{"category", func() (*tiktokshop.Client, error) {
				return m.CategoryAssetClient(t.Context(), partnerID, tiktokshoptest.CategoryID,
					"US")
			}, nil, "category_asset_cipher", tiktokshoptest.CategoryAssetCipher},
		} {
			client, err := tc.get()
			require.NoError(t, err, tc.name)
			again, err := tc.get()
			require.NoError(t, err, tc.name)
			assert.Same(t, client, again, tc.name)
			if tc.call == nil {
				tc.call = func(c *tiktokshop.Client) error {
					w.AddCampaign(tiktokshoptest.Campaign{ID: "7362840009596339923"})
					_, err := affiliatepartner.New(c).GetCampaign(t.Context(),
						&affiliatepartner.GetCampaignRequest{CampaignID: "7362840009596339923"})
					return err
				}
			}
			require.NoError(t, tc.call(client), tc.name)
			requests := w.Requests()
			query, err := url.ParseQuery(requests[len(requests)-1].RawQuery)
			require.NoError(t, err)
			if tc.key != "" {
				assert.Equal(t, tc.cipher, query.Get(tc.key), tc.name)
			}
		}
		one, err := m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		two, err := m.CipherClient(t.Context(), shopCipher)
		require.NoError(t, err)
		assert.Same(t, one, two)
	})
}

func TestWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID, partnerID)
		const secretive = "ROW_cipher-that-nobody-has"
		for name, get := range map[string]func() error{
			"open id": func() error { _, err := m.Client(t.Context(), "nobody"); return err },
			"shop":    func() error { _, err := m.ShopClient(t.Context(), "72"); return err },
			"cipher": func() error {
				_, err := m.CipherClient(t.Context(), secretive)
				return err
			},
			"category": func() error {
				_, err := m.CategoryAssetClient(t.Context(), partnerID, "1", "US")
				return err
			},
			"market": func() error {
				_, err := m.CategoryAssetClient(t.Context(), partnerID, tiktokshoptest.CategoryID,
					"GB")
				return err
			},
			"partner": func() error {
				_, err := m.CategoryAssetClient(t.Context(), "nobody", tiktokshoptest.CategoryID,
					"US")
				return err
			},
			"account": func() error {
				_, err := m.Account(t.Context(), "nobody")
				return err
			},
			"account's lookup": func() error {
				_, err := m.Lookup(t.Context(), "nobody")
				return err
			},
			"account's check": func() error {
				_, err := m.Check(t.Context(), "nobody")
				return err
			},
		} {
			err := get()
			require.ErrorIs(t, err, accounts.ErrUnknown, name)
			require.ErrorIs(t, err, tiktokshop.ErrNotFound, name)
			assert.NotContains(t, err.Error(), secretive)
		}
		assert.LessOrEqual(t, w.index.lists, 2, "the index is not asked each time")
	})
}

// TestManyAskAtOnce: one list, one source, one lookup.
func TestManyAskAtOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		first := w.machine()
		w.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 36009004})
		w.add(first, sellerID) // not looked up
		time.Sleep(2 * time.Minute)
		before, listed := w.count(pathShops), w.index.lists

		m := w.machine()
		w.index.set(func(x *sharedIndex) { x.delay = time.Second / 2 })
		w.FailNext(2, tiktokshoptest.Fault{Delay: time.Second}) // so that all come while it lasts
		clients := make([]*tiktokshop.Client, 100)
		var wg sync.WaitGroup
		for i := range clients {
			wg.Go(func() {
				var err error
				clients[i], err = m.ShopClient(t.Context(), shopID)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		for _, client := range clients {
			assert.Same(t, clients[0], client)
		}
		assert.Equal(t, 1, w.count(pathShops)-before)
		assert.Equal(t, 1, w.index.lists-listed)

		w.FailNext(2, tiktokshoptest.Fault{Delay: time.Second})
		for range 100 {
			wg.Go(func() {
				_, err := m.Lookup(t.Context(), sellerID)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		assert.Equal(t, 2, w.count(pathShops)-before)
	})
}

// TestLookupsAge: what was looked up long ago is looked up again in the background when the account
// is used, and only then; ciphers that have changed are taken over.
func TestLookupsAge(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		old, err := m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		w.AddShop(authorization.AuthorizedShop{ID: "73", Cipher: "ROW_73"})
		w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{shopID, "73"}})
		time.Sleep(24*time.Hour - time.Second)
		_, err = m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, 1, w.count(pathShops))
		time.Sleep(2 * time.Second)
		_, err = m.ShopClient(t.Context(), "73")
		require.ErrorIs(t, err, accounts.ErrUnknown, "nobody has asked yet")
		assert.Equal(t, 1, w.count(pathShops))

		w.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 36009004})
		same, err := m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		assert.Same(t, old, same)
		synctest.Wait()
		assert.Equal(t, 2, w.count(pathShops), "it failed")
		_, err = m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, 2, w.count(pathShops), "and is not tried again at once")
		time.Sleep(time.Minute)
		_, err = m.Client(t.Context(), sellerID)
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, 3, w.count(pathShops))
		_, err = m.ShopClient(t.Context(), "73")
		require.NoError(t, err)
		assert.Empty(t, m.changes())
	})
}

// TestShopOfTwoAccounts: the one that works, and of two the one that authorized last.
func TestShopOfTwoAccounts(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.AddAccount(tiktokshoptest.Account{OpenID: "seller-2", Shops: []tiktokshop.ID{shopID}})
		m := w.machine()
		w.add(m, sellerID)
		time.Sleep(time.Hour)
		w.add(m, "seller-2")
		of := func() string {
			client, err := m.ShopClient(t.Context(), shopID)
			require.NoError(t, err)
			_ = call(t, client)
			requests := w.Requests()
			sent := requests[len(requests)-1].Header.Get("X-Tts-Access-Token")
			for _, openID := range []string{sellerID, "seller-2"} {
				source := token.Key{AppKey: tiktokshoptest.AppKey, OpenID: openID}
				data, _, err := w.store.Load(t.Context(), source)
				require.NoError(t, err)
				if assert.NotEmpty(t, sent) && contains(data, sent) {
					return openID
				}
			}
			return "nobody"
		}
		assert.Equal(t, "seller-2", of())
		w.RevokeAuthorization("seller-2")
		client, err := m.Client(t.Context(), "seller-2")
		require.NoError(t, err)
		require.Error(t, call(t, client))
		synctest.Wait()
		assert.Equal(t, sellerID, of())
		require.NoError(t, m.Remove(t.Context(), sellerID))
		_, err = m.ShopClient(t.Context(), shopID)
		require.NoError(t, err)
	})
}

// TestNothingIsOpenedBeforeItIsAskedFor: whoever has very many accounts starts with a list. The
// benchmarks have the figures of 100,000.
func TestNothingIsOpenedBeforeItIsAskedFor(t *testing.T) {
	t.Parallel()
	const n = 2000
	index := accounts.NewMemoryIndex()
	fill(t, index, n)
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine(func(o *accounts.Options) { o.Index = index })
		assert.Equal(t, 0, m.Opened())
		_, err := m.ShopClient(t.Context(), "7500000000000000042")
		require.NoError(t, err)
		assert.Equal(t, 1, m.Opened())
		seen := 0
		for h, err := range m.Health(t.Context()) {
			require.NoError(t, err)
			require.Empty(t, h.Problems)
			seen++
		}
		assert.Equal(t, n, seen)
		synctest.Wait()
		assert.Equal(t, 1, m.Opened(), "health opens none")
		assert.Zero(t, w.store.loads, "no token is read")
		assert.Empty(t, w.Requests(), "and the platform is not asked")
	})
}
