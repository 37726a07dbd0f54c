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
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// TestOptionsAreTheManagers: what the caller does to them later changes nothing, and its clock is
// the tokens' too.
func TestOptionsAreTheManagers(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{shopID},
			Scopes: []string{"seller.authorization.info"}})
		names := []string{"order.GetOrderDetail"}
		m := w.machine(func(o *accounts.Options) { o.Operations = names })
		names[0] = "authorization.GetAuthorizedShops"
		w.add(m, sellerID)
		assert.Equal(t, "missing scopes", kinds(m.health(t, sellerID)))

		ahead := w.machine(func(o *accounts.Options) {
			o.Now = func() time.Time { return time.Now().Add(8 * 24 * time.Hour) }
		})
		client, err := ahead.Client(t.Context(), sellerID)
		require.NoError(t, err)
		_ = call(t, client)
		assert.Positive(t, w.Refreshes(sellerID), "by its clock the token has ended")
		assert.Contains(t, fmt.Sprint((*accounts.Manager)(nil)), "nil")
	})
}

// TestHookIsNotNeeded: what would be told is logged all the same, with all that is wrong.
func TestHookIsNotNeeded(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine(func(o *accounts.Options) { o.OnChange = nil })
		w.add(m, sellerID)
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
		synctest.Wait()
		assert.Equal(t, 1, m.log.count("account must authorize the app again"))
		assert.Equal(t, 1, m.log.count("has withdrawn the authorization"), m.log.String())
		assert.Equal(t, 1, m.log.count("open_id=seller-1"))
		assert.Zero(t, m.log.count("panicked"))
	})
}

func TestAddSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		_, err := m.Add(t.Context(), w.IssueToken(sellerID))
		require.ErrorIs(t, err, errDown)
		require.ErrorContains(t, err, "AddStored does it")
		assert.True(t, w.store.holds(t, sellerID))
		_, err = m.AddStored(t.Context(), sellerID)
		require.ErrorIs(t, err, errDown)
		for _, err = range m.All(t.Context()) {
			require.ErrorIs(t, err, errDown)
		}
		require.Error(t, err, "the one pair")
		w.index.set(func(x *sharedIndex) { x.isDown = false })
		time.Sleep(time.Minute)
		_, err = m.AddStored(t.Context(), sellerID)
		require.NoError(t, err)
		_, err = m.AddStored(t.Context(), "")
		assert.Len(t, tiktokshop.InputErrors(err), 1)

		// Of an account that is there a failure takes nothing away.
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		time.Sleep(time.Minute)
		_, err = m.Add(t.Context(), w.IssueToken(sellerID))
		require.ErrorIs(t, err, errDown)
		_, err = m.Account(t.Context(), sellerID)
		require.NoError(t, err)

		w.index.set(func(x *sharedIndex) { x.isDown = false })
		w.store.set(func(s *sharedStore) { s.isDown = true })
		_, err = m.Add(t.Context(), w.IssueToken(sellerID))
		require.ErrorIs(t, err, errDown)
		require.ErrorContains(t, err, "accounts: the token is not stored")
		w.store.set(func(s *sharedStore) { s.isDown = false })

		w.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 36009004})
		account, err := m.Add(t.Context(), w.IssueToken(sellerID))
		require.NoError(t, err)
		assert.Equal(t, sellerID, account.OpenID, "though it could not be looked up")

		w.FailNext(1, tiktokshoptest.Fault{Status: 200,
			Body: `{"code":0,"data":{"access_token":"a","refresh_token":"of-nobody"}}`})
		_, err = m.AddFromCallback(t.Context(), &tiktokshop.Callback{Code: token.NewSecret("code")})
		var unsaved *token.UnsavedError
		require.ErrorAs(t, err, &unsaved, "a token of nobody is in the error")
		assert.Equal(t, "of-nobody", unsaved.Token.RefreshToken.Reveal())
	})
}

// TestAddTakesAForeignEntryOver: who authorizes anew begins anew, whatever a newer SDK has saved.
func TestAddTakesAForeignEntryOver(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		key := token.Key{AppKey: tiktokshoptest.AppKey, OpenID: sellerID}
		require.NoError(t, w.index.Index.Save(t.Context(),
			accounts.Entry{Key: key, Data: []byte(`{"format":99}`)}))
		m := w.machine()
		w.add(m, sellerID)
		assert.Contains(t, string(w.index.entry(t, sellerID)), `"format":1`)
	})
}

// TestEventOfAnAccountThatIsLeaving is none, unless it stays.
func TestEventOfAnAccountThatIsLeaving(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		w.index.set(func(x *sharedIndex) { x.delay = 5 * time.Second })
		done := make(chan error)
		go func() { done <- m.Remove(t.Context(), sellerID) }()
		synctest.Wait()
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
		require.NoError(t, <-done)
		assert.Empty(t, m.changes())
		assert.Nil(t, w.index.entry(t, sellerID))

		w.index.set(func(x *sharedIndex) { x.delay = 0 })
		w.add(m, sellerID)
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		require.ErrorIs(t, m.Remove(t.Context(), sellerID), errDown)
		require.ErrorIs(t, m.Remove(t.Context(), "nobody"), errDown)
		w.index.set(func(x *sharedIndex) { x.isDown = false })
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
		assert.Equal(t, []string{"seller-1 unauthorized, shop deauthorized"}, m.changes())
	})
}

// staleIndex answers List with what there was when it was asked.
type staleIndex struct {
	accounts.Index
	delay time.Duration
}

func (x *staleIndex) List(ctx context.Context, appKey string) ([]accounts.Entry, error) {
	entries, err := x.Index.List(ctx, appKey)
	time.Sleep(x.delay)
	return entries, err
}

// TestListFromBeforeARemoval does not bring back what was removed while it was on its way.
func TestListFromBeforeARemoval(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		index := &staleIndex{Index: w.index}
		m := w.machine(func(o *accounts.Options) { o.Index = index })
		w.add(m, sellerID, creatorID)
		time.Sleep(time.Hour)
		index.delay = 5 * time.Second
		go func() {
			for range m.All(t.Context()) {
				break // one is enough
			}
		}()
		synctest.Wait()
		require.NoError(t, m.Remove(t.Context(), sellerID))
		time.Sleep(6 * time.Second)
		index.delay = 0
		synctest.Wait()
		n := 0
		for account, err := range m.All(t.Context()) {
			require.NoError(t, err)
			assert.Equal(t, creatorID, account.OpenID)
			n++
		}
		assert.Equal(t, 1, n)
	})
}

// hangingIndex answers nobody until its context ends.
type hangingIndex struct{ accounts.Index }

func (x hangingIndex) List(ctx context.Context, _ string) ([]accounts.Entry, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine(func(o *accounts.Options) { o.Index = hangingIndex{w.index} })
		done := make(chan error)
		go func() {
			for _, err := range m.All(t.Context()) {
				done <- err
			}
		}()
		synctest.Wait()
		start := time.Now()
		require.NoError(t, m.Close(t.Context()))
		require.Error(t, <-done)
		assert.Zero(t, time.Since(start))
		assert.Zero(t, m.log.count("WARN"), "what Close has ended is no mishap")

		// An index that does not end with its context is not waited for longer than the caller's.
		w.index.set(func(x *sharedIndex) { x.delay = time.Minute })
		stuck := w.machine()
		go func() {
			for range stuck.All(t.Context()) {
				continue
			}
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := stuck.Close(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "under way")
		time.Sleep(2 * time.Minute)
	})
}

// TestWarningsNameTheAccount, where there is one.
func TestWarningsNameTheAccount(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine()
		w.add(m, sellerID)
		w.FailNext(1, tiktokshoptest.Fault{Status: 400, Code: 36009004})
		_, err := m.Check(t.Context(), sellerID)
		require.NoError(t, err)
		_, _ = m.Lookup(t.Context(), sellerID)
		w.index.set(func(x *sharedIndex) { x.isDown = true })
		time.Sleep(time.Hour)
		m.health(t, sellerID)
		synctest.Wait()
		assert.Regexp(t, `msg="tiktokshop: account not looked up" error=.* open_id=seller-1`,
			m.log.String())
		assert.Regexp(t, `(?m)msg="tiktokshop: accounts not listed" error="[^"]*"$`, m.log.String())
		w.index.set(func(x *sharedIndex) { x.isDown = false })
	})
}

// TestSecondShopIsNoNews: an event of a shop that is known to be out tells nothing again, and one
// of another shop does not say that the account is out.
func TestSecondShopIsNoNews(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.AddShop(authorization.AuthorizedShop{ID: "74", Cipher: "ROW_74"})
		w.AddAccount(tiktokshoptest.Account{OpenID: "seller-2",
			Shops: []tiktokshop.ID{shopID, "74"}})
		m := w.machine()
		w.add(m, "seller-2")
		at := time.Now()
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized("74", at)))
		assert.Equal(t, []string{"seller-2 shop deauthorized"}, m.changes())
		first := string(w.index.entry(t, "seller-2"))
		time.Sleep(time.Hour)
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized("74", at)))
		assert.Empty(t, m.changes())
		assert.Equal(t, first, string(w.index.entry(t, "seller-2")))
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, at)))
		assert.Equal(t, []string{"seller-2 unauthorized, shop deauthorized, shop deauthorized"},
			m.changes())
	})
}

// TestToldByAMachineThatIsGone: what is over is told by whoever comes next, unless it may only be
// that it sees less.
func TestToldByAMachineThatIsGone(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		told string
		want []string
		kept string // of it
	}{
		{"a problem that all see alike", `"%d/unauthorized/"`, []string{"seller-1 well"}, ""},
		{"one that depends on options", `"%d/missing scopes/x"`, nil, "missing scopes"},
		{"one that depends on options, of an earlier authorization", `"1%d/missing scopes/x"`,
			[]string{"seller-1 well"}, ""},
		{"both", `"%[1]d/missing scopes/x","%[1]d/unauthorized/"`, []string{"seller-1 well"},
			"missing scopes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				data := fmt.Sprintf(`{"format":1,"authorized_at":%q,"token":{"at":%[1]q,"user_type":0},"lookup":{"at":%[1]q,"shops":[{"id":"71"}]},"told":{"at":%[1]q,"keys":[%s]}}`,
					begun.Format(time.RFC3339), fmt.Sprintf(tc.told, begun.Unix()))
				key := token.Key{AppKey: tiktokshoptest.AppKey, OpenID: sellerID}
				require.NoError(t, w.store.Save(t.Context(), key, []byte("x"), 0))
				require.NoError(t, w.index.Index.Save(t.Context(),
					accounts.Entry{Key: key, Data: []byte(data)}))
				m := w.machine()
				m.health(t, sellerID)
				assert.Equal(t, tc.want, m.changes())
				entry := string(w.index.entry(t, sellerID))
				assert.NotContains(t, entry, "unauthorized")
				assert.Equal(t, tc.kept != "", contains([]byte(entry), "missing scopes"), entry)
			})
		})
	}
}

// TestHookIsCalledOneAfterTheOther, though it changes accounts itself, and a caller may leave All
// whenever it likes.
func TestHookIsCalledOneAfterTheOther(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var m *machine
		depth, calls := 0, 0
		m = w.machine(func(o *accounts.Options) {
			o.OnChange = func(h accounts.Health) {
				depth++
				calls++
				assert.Equal(t, 1, depth)
				if h.Account.OpenID == sellerID {
					event := deauthorized("", time.Now())
					event.Owner.SellerOpenID = creatorID
					assert.NoError(t, m.HandleEvent(t.Context(), event))
				}
				depth--
			}
		})
		w.add(m, sellerID, creatorID)
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
		synctest.Wait()
		assert.Equal(t, 2, calls)
		for range m.All(t.Context()) {
			break
		}
	})
}

// TestEventIsKept, though nothing is wrong by it yet, but not of an account that another machine
// has removed.
func TestEventIsKept(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m, other := w.machine(), w.machine()
		w.add(m, sellerID)
		expires := func(at time.Time) *webhook.Event {
			e := &webhook.Event{Topic: webhook.TopicAuthorizationExpiration,
				Owner: webhook.Owner{ShopID: shopID}, Time: time.Now(),
				Payload: &webhook.AuthorizationExpiration{}}
			if !at.IsZero() {
				e.Payload = &webhook.AuthorizationExpiration{ExpirationTime: tiktokshop.NewUnixTime(at)}
			}
			return e
		}
		require.NoError(t, m.HandleEvent(t.Context(), expires(time.Time{})))
		assert.NotContains(t, string(w.index.entry(t, sellerID)), `"until":"0001`)
		end := time.Now().Add(100 * 24 * time.Hour).UTC()
		require.NoError(t, m.HandleEvent(t.Context(), expires(end)))
		assert.Contains(t, string(w.index.entry(t, sellerID)), end.Format("2006-01-02T15:04:05"))

		require.NoError(t, other.Remove(t.Context(), sellerID))
		require.NoError(t, m.HandleEvent(t.Context(), expires(end.Add(-time.Hour))))
		assert.Nil(t, w.index.entry(t, sellerID), "not brought back")
	})
}

// TestScopesThatCameLater, with a refresh, end a problem that only some machines see.
func TestScopesThatCameLater(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		account := tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{shopID},
			Scopes: []string{"seller.authorization.info"}}
		w.AddAccount(account)
		m := w.machine(func(o *accounts.Options) {
			o.Operations = []string{"order.GetOrderDetail"}
		})
		w.add(m, sellerID)
		assert.Equal(t, []string{"seller-1 missing scopes"}, m.changes())
		assert.Contains(t, string(w.index.entry(t, sellerID)), "missing scopes")
		account.Scopes = append(account.Scopes, "seller.order.info")
		w.AddAccount(account)
		time.Sleep(8 * 24 * time.Hour)
		client, err := m.Client(t.Context(), sellerID)
		require.NoError(t, err)
		_ = call(t, client)
		assert.Equal(t, []string{"seller-1 well"}, m.changes())
		assert.NotContains(t, string(w.index.entry(t, sellerID)), "missing scopes")
	})
}
