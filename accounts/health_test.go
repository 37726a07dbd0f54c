package accounts_test

import (
	"fmt"
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

// TestHealth: what may be wrong with an account, what the hook is told, once, and what ends it.
func TestHealth(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, _ *world, m *machine) {
		_, err := m.Check(t.Context(), sellerID)
		require.NoError(t, err)
	}
	authorize := func(_ *testing.T, w *world, m *machine) { w.add(m, sellerID) }
	for _, tc := range []struct {
		name   string
		set    func(*accounts.Options)
		break_ func(t *testing.T, w *world, m *machine)
		want   string
		reauth bool
		local  bool // another machine has to find it out by itself
		reason string
		mend   func(t *testing.T, w *world, m *machine)
	}{
		{name: "nothing", break_: check, want: "well"},
		{
			name: "the refresh token is refused",
			break_: func(t *testing.T, w *world, m *machine) {
				w.RevokeAuthorization(sellerID)
				time.Sleep(8 * 24 * time.Hour)
				check(t, w, m)
			},
			want: "unauthorized", reauth: true, reason: "refused", mend: authorize,
		},
		{
			name: "a call is told that the authorization was withdrawn",
			break_: func(t *testing.T, w *world, m *machine) {
				client, err := m.Client(t.Context(), sellerID)
				require.NoError(t, err)
				w.RevokeAuthorization(sellerID)
				require.Error(t, call(t, client))
			},
			want: "unauthorized", reauth: true, reason: "invalid", mend: authorize,
		},
		{
			name: "no token is stored", local: true,
			break_: func(t *testing.T, w *world, m *machine) {
				key := token.Key{AppKey: tiktokshoptest.AppKey, OpenID: sellerID}
				_, version, err := w.store.Load(t.Context(), key)
				require.NoError(t, err)
				require.NoError(t, w.store.Store.Save(t.Context(), key, nil, version))
				time.Sleep(8 * 24 * time.Hour)
				check(t, w, m)
				synctest.Wait()
			},
			want: "unauthorized", reauth: true, reason: "no token stored", mend: authorize,
		},
		{
			name: "the authorization ends soon",
			break_: func(t *testing.T, w *world, m *machine) {
				assert.Equal(t, "well", kinds(m.health(t, sellerID)))
				time.Sleep(352 * 24 * time.Hour)
			},
			want: "expiring", reason: "ends at 2000-12-31", mend: authorize,
		},
		{
			name: "the program warns earlier",
			set:  func(o *accounts.Options) { o.WarnBefore = 60 * 24 * time.Hour },
			break_: func(t *testing.T, w *world, m *machine) {
				time.Sleep(306 * 24 * time.Hour)
			},
			want: "expiring", mend: authorize,
		},
		{
			name:   "the authorization has ended",
			break_: func(t *testing.T, w *world, m *machine) { time.Sleep(366 * 24 * time.Hour) },
			want:   "expired", reauth: true, reason: "ended at 2000-12-31", mend: authorize,
		},
		{
			name: "a refresh fails for long", local: true,
			break_: func(t *testing.T, w *world, m *machine) {
				time.Sleep(6*24*time.Hour + 12*time.Hour)
				w.store.set(func(s *sharedStore) { s.isDown = true })
				for range 15 {
					check(t, w, m)
					assert.Equal(t, "well", kinds(m.health(t, sellerID)), "the access token lives")
					require.ErrorIs(t, m.health(t, sellerID).RefreshErr, errDown)
					time.Sleep(time.Minute)
				}
			},
			want: "refresh failing",
			mend: func(t *testing.T, w *world, m *machine) {
				w.store.set(func(s *sharedStore) { s.isDown = false })
				time.Sleep(time.Minute)
				check(t, w, m)
			},
		},
		{
			name: "a shop was closed",
			break_: func(t *testing.T, w *world, m *machine) {
				w.CloseShop(shopID)
				check(t, w, m)
			},
			want: "shop inactive", reason: "71", mend: func(t *testing.T, w *world, m *machine) {
				w.AddAccount(tiktokshoptest.Account{OpenID: sellerID,
					Shops: []tiktokshop.ID{tiktokshoptest.ShopID}})
				check(t, w, m)
			},
		},
		{
			name: "no shop is left",
			break_: func(t *testing.T, w *world, m *machine) {
				w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{}})
				check(t, w, m)
			},
			want: "no shop", mend: func(t *testing.T, w *world, m *machine) {
				w.AddAccount(tiktokshoptest.Account{OpenID: sellerID,
					Shops: []tiktokshop.ID{shopID}})
				check(t, w, m)
			},
		},
		{
			name: "a scope is missing",
			set: func(o *accounts.Options) {
				o.Operations = []string{"order.GetOrderDetail", "seller.GetActiveShops",
					"affiliatepartner.GetCampaign"}
			},
			break_: func(t *testing.T, w *world, m *machine) {
				w.AddAccount(tiktokshoptest.Account{
					OpenID: sellerID, Shops: []tiktokshop.ID{shopID},
					Scopes: []string{"seller.authorization.info", "seller.shop.info"},
				})
				w.add(m, sellerID)
			},
			want: "missing scopes", reason: "order.GetOrderDetail needs seller.order.info",
			mend: func(t *testing.T, w *world, m *machine) {
				w.AddAccount(tiktokshoptest.Account{
					OpenID: sellerID, Shops: []tiktokshop.ID{shopID},
					Scopes: []string{"seller.authorization.info", "seller.shop.info",
						"seller.order.info"},
				})
				w.add(m, sellerID)
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				if tc.set == nil {
					tc.set = func(*accounts.Options) {}
				}
				m := w.machine(tc.set)
				w.add(m, sellerID, creatorID)
				require.Empty(t, m.changes())
				tc.break_(t, w, m)
				synctest.Wait()
				h := m.health(t, sellerID)
				require.Equal(t, tc.want, kinds(h))
				assert.Equal(t, tc.reauth, h.NeedsReauthorization())
				if tc.want == "well" {
					assert.Empty(t, m.changes())
					assert.False(t, h.AuthorizationExpiresAt.IsZero())
					assert.False(t, h.AccessTokenExpiresAt.IsZero())
					assert.False(t, h.RefreshedAt.IsZero())
					return
				}
				assert.Contains(t, h.Problems[0].String(), tc.reason)
				ofSeller := func(all []string) (some []string) {
					for _, c := range all {
						// whose authorization ends as well
						if c != "creator-1 "+tc.want && c != "creator-1 well" {
							some = append(some, c)
						}
					}
					return some
				}
				for range 3 {
					m.health(t, sellerID)
				}
				assert.Equal(t, []string{sellerID + " " + tc.want}, ofSeller(m.changes()), "once")
				level := "WARN"
				if tc.reauth {
					level = "ERROR"
				}
				assert.Equal(t, 1,
					m.log.count(fmt.Sprintf("level=%s msg=\"tiktokshop: account", level))-
						m.log.count("not looked up\"")-m.log.count("open_id=creator-1"),
					m.log.String())

				time.Sleep(time.Hour)
				again := w.machine(tc.set) // a restart, or another machine
				assert.Equal(t, tc.local, kinds(again.health(t, sellerID)) == "well",
					"it is known everywhere")
				assert.Empty(t, again.changes(), "and was told")

				tc.mend(t, w, m)
				synctest.Wait()
				assert.Equal(t, "well", kinds(m.health(t, sellerID)))
				assert.Equal(t, []string{sellerID + " well"}, ofSeller(m.changes()))
				assert.Equal(t, 1, m.log.count("is well again"))
				time.Sleep(2 * time.Minute)
				assert.Equal(t, "well", kinds(again.health(t, sellerID)))
				assert.Empty(t, ofSeller(again.changes()), "that was told too")
			})
		})
	}
}

// TestWellAfterARestart: what was told before a restart and has ended meanwhile is told to be over.
func TestWellAfterARestart(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		w.RevokeAuthorization(sellerID)
		time.Sleep(8 * 24 * time.Hour)
		_, err := m.Check(t.Context(), sellerID)
		require.NoError(t, err)
		require.Equal(t, []string{"seller-1 unauthorized"}, m.changes())
		require.NoError(t, m.Close(t.Context()))

		m = w.machine()
		w.add(m, sellerID)
		assert.Equal(t, []string{"seller-1 well"}, m.changes())
	})
}

// TestOtherOptions: a machine that names other operations does not take back what it does not see.
func TestOtherOptions(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.AddAccount(tiktokshoptest.Account{
			OpenID: sellerID, Shops: []tiktokshop.ID{shopID},
			Scopes: []string{"seller.authorization.info"},
		})
		old := w.machine(func(o *accounts.Options) {
			o.Operations = []string{"order.GetOrderDetail"}
		})
		next := w.machine()
		w.add(old, sellerID)
		for range 5 {
			time.Sleep(2 * time.Minute)
			old.health(t, sellerID)
			next.health(t, sellerID)
		}
		assert.Equal(t, []string{"seller-1 missing scopes"}, old.changes())
		assert.Empty(t, next.changes())
	})
}

// TestOperationsOfOthers: what only sellers can grant is not missed with a creator.
func TestOperationsOfOthers(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine(func(o *accounts.Options) {
			o.Operations = []string{"order.GetOrderDetail", "affiliatepartner.GetCampaign",
				"affiliatecreator.GetShowcaseProducts"}
		})
		for open, kind := range map[string]token.UserType{
			"s": token.UserTypeSeller, "c": token.UserTypeCreator, "p": token.UserTypePartner,
			"other": 9,
		} {
			w.AddAccount(tiktokshoptest.Account{OpenID: open, UserType: kind,
				Scopes: []string{"some.scope"}})
			w.add(m, open)
		}
		missing := map[string]string{}
		for h, err := range m.Health(t.Context()) {
			require.NoError(t, err)
			for _, p := range h.Problems {
				for _, s := range p.Missing {
					missing[h.Account.OpenID] += fmt.Sprint(s.Operation, s.Scopes)
				}
			}
		}
		assert.Equal(t, map[string]string{
			"s": "order.GetOrderDetail[seller.order.info]",
			"c": "affiliatecreator.GetShowcaseProducts[creator.showcase.read creator.video.write]",
			"p": "affiliatepartner.GetCampaign[partner.tap_campaign.read]",
		}, missing)
	})
}

// TestWatch: what only time brings about is found without anybody asking.
func TestWatch(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		require.Len(t, tiktokshop.InputErrors(m.Watch(t.Context(), 0)), 1)
		w.add(m, sellerID, creatorID)
		done := make(chan error)
		go func() { done <- m.Watch(t.Context(), 6*time.Hour) }()
		time.Sleep(350 * 24 * time.Hour)
		assert.Empty(t, m.changes())
		time.Sleep(36 * time.Hour)
		assert.ElementsMatch(t, []string{"seller-1 expiring", "creator-1 expiring"}, m.changes())
		asked := len(w.Requests())
		time.Sleep(20 * 24 * time.Hour)
		assert.ElementsMatch(t, []string{"seller-1 expired", "creator-1 expired"}, m.changes())
		assert.Len(t, w.Requests(), asked, "the platform is not asked")
		require.NoError(t, m.Close(t.Context()))
		assert.ErrorIs(t, <-done, accounts.ErrClosed)
	})
}

// TestHookMayUseTheManager, and may panic.
func TestHookMayUseTheManager(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var m *machine
		calls := 0
		m = w.machine(func(o *accounts.Options) {
			o.OnChange = func(h accounts.Health) {
				calls++
				_, err := m.Account(t.Context(), h.Account.OpenID)
				assert.NoError(t, err)
				assert.NoError(t, m.Remove(t.Context(), h.Account.OpenID))
				panic("in the hook")
			}
		})
		w.add(m, sellerID)
		w.CloseShop(shopID)
		_, _ = m.Check(t.Context(), sellerID) // the hook may come before it returns, or after
		synctest.Wait()
		_, err := m.Account(t.Context(), sellerID)
		require.ErrorIs(t, err, accounts.ErrUnknown, "the hook has removed it")
		assert.Equal(t, 1, calls)
		assert.Nil(t, w.index.entry(t, sellerID))
		assert.Equal(t, 1, m.log.count("OnChange panicked"))
	})
}
