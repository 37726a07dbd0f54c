package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/internal/secrettest"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// TestNoSecretShows: neither prints, errors, logs nor the index have a token, a code or the app's
// secret; logs and errors have no cipher either.
func TestNoSecretShows(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		m := w.machine(func(o *accounts.Options) {
			o.Operations = []string{"order.GetOrderDetail"}
			o.Source.Logger = o.Logger
		})
		var shown []string
		show := func(vs ...any) {
			for _, v := range vs {
				shown = append(shown, fmt.Sprintf("%v %+v %#v", v, v, v))
			}
		}
		w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Shops: []tiktokshop.ID{shopID},
			Scopes: []string{"seller.authorization.info"}})
		pair, code := w.IssueToken(sellerID), w.IssueCode(sellerID)
		secrets := []string{
			tiktokshoptest.AppSecret, pair.AccessToken.Reveal(), pair.RefreshToken.Reveal(),
			code.Reveal(), "fake-access", "fake-refresh",
		}
		account, err := m.Add(t.Context(), pair)
		require.NoError(t, err)
		synctest.Wait() // what is printed in depth must not change meanwhile
		secrettest.AssertHides(t, account, secrets...)
		secrettest.AssertHides(t, m.Manager, secrets...)
		_, err = m.AddFromCallback(t.Context(), &tiktokshop.Callback{Code: code})
		require.NoError(t, err)
		_, err = m.AddFromCallback(t.Context(), &tiktokshop.Callback{Code: code})
		show(err)

		w.store.set(func(s *sharedStore) { s.isDown = true })
		_, err = m.Add(t.Context(), w.IssueToken(sellerID))
		show(err)
		_, err = m.AddFromCallback(t.Context(), &tiktokshop.Callback{Code: w.IssueCode(sellerID)})
		show(err)
		w.store.set(func(s *sharedStore) { s.isDown = false })
		// A token host that echoes what it was sent.
		w.FailNext(1, tiktokshoptest.Fault{Code: 36009004,
			Message: "bad: " + code.Reveal() + " " + tiktokshoptest.AppSecret})
		_, err = m.AddFromCallback(t.Context(), &tiktokshop.Callback{Code: code})
		show(err)
		time.Sleep(8 * 24 * time.Hour)
		w.FailNext(1, tiktokshoptest.Fault{Status: http.StatusBadGateway,
			Body: "no " + pair.RefreshToken.Reveal()})
		_, err = m.Check(t.Context(), sellerID)
		show(err, m.health(t, sellerID))
		time.Sleep(time.Hour)
		w.RevokeAuthorization(sellerID)
		h, err := m.Check(t.Context(), sellerID)
		require.NoError(t, err)
		require.NotEmpty(t, h.Problems)
		secrettest.AssertHides(t, h, secrets...)
		show(h.Problems, h.RefreshErr, h.LookupErr)
		for _, missing := range []string{"ROW_no-such-cipher", shopCipher + "x"} {
			_, err = m.CipherClient(t.Context(), missing)
			show(err)
		}
		require.NoError(t, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
		synctest.Wait()
		entries, err := w.index.Index.List(t.Context(), tiktokshoptest.AppKey)
		require.NoError(t, err)
		for _, e := range entries {
			shown = append(shown, string(e.Data))
		}
		logged := m.log.String()
		require.NotEmpty(t, logged)
		all := strings.Join(append(shown, logged), "\n")
		for _, secret := range secrets {
			assert.NotContains(t, all, secret)
		}
		for _, cipher := range []string{shopCipher, "ROW_no-such-cipher"} {
			assert.NotContains(t, logged, cipher)
		}
		assert.NotContains(t, strings.Join(shown[:len(shown)-len(entries)], "\n"),
			"ROW_no-such-cipher")
	})
}

// quoting is a store and an index of one database, whose errors repeat what it has of an account
// once it breaks.
type quoting struct {
	token.Store
	accounts.Index
	breaks bool
}

func (q *quoting) Load(ctx context.Context, key token.Key) ([]byte, int64, error) {
	data, version, err := q.Store.Load(ctx, key)
	if err == nil && q.breaks {
		err = fmt.Errorf("%w: row %v", errDown, data)
	}
	return data, version, err
}

func (q *quoting) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	return q.Store.Save(ctx, key, data, version)
}

// quotingIndex is the index of it.
type quotingIndex struct{ *quoting }

func (q quotingIndex) fail() error {
	if !q.breaks {
		return nil
	}
	return fmt.Errorf(
		"%w: row {\"access_token\":\"fake-access-7731\",\"refresh_token\":\"fake-refresh-9942\"}",
		errDown)
}

func (q quotingIndex) Save(ctx context.Context, e accounts.Entry) error {
	return errors.Join(q.fail(), q.Index.Save(ctx, e))
}

func (q quotingIndex) Remove(ctx context.Context, key token.Key) error {
	return errors.Join(q.fail(), q.Index.Remove(ctx, key))
}

func (q quotingIndex) List(ctx context.Context, appKey string) ([]accounts.Entry, error) {
	entries, err := q.Index.List(ctx, appKey)
	return entries, errors.Join(q.fail(), err)
}

// TestStoreAndIndexThatQuoteTokens: what they say in errors is masked wherever the Manager tells of
// it.
func TestStoreAndIndexThatQuoteTokens(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"store", "index"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				db := &quoting{Store: token.NewMemoryStore(), Index: accounts.NewMemoryIndex()}
				m := w.machine(func(o *accounts.Options) {
					o.Store, o.Index = db.Store, db.Index
					if what == "store" {
						o.Store = db
					} else {
						o.Index = quotingIndex{db}
					}
				})
				w.AddAccount(tiktokshoptest.Account{OpenID: sellerID,
					Shops: []tiktokshop.ID{shopID}})
				pair := w.IssueToken(sellerID)
				_, err := m.Add(t.Context(), pair)
				require.NoError(t, err)
				synctest.Wait()
				db.breaks = true
				var said []error
				said = append(said, m.HandleEvent(t.Context(), deauthorized(shopID, time.Now())))
				time.Sleep(time.Hour) // lists anew
				_, err = m.Add(t.Context(), pair)
				said = append(said, err, m.Remove(t.Context(), sellerID))
				synctest.Wait()
				secrets := []string{
					pair.AccessToken.Reveal(), pair.RefreshToken.Reveal(), "fake-access-7731",
					"fake-refresh-9942",
				}
				for _, err := range said {
					require.ErrorIs(t, err, errDown)
					secrettest.AssertHides(t, err, secrets...)
				}
				for _, secret := range secrets {
					assert.NotContains(t, m.log.String(), secret)
					assert.NotContains(t, m.log.String(), fmt.Sprintf("%x", secret))
				}
				db.breaks = false
			})
		})
	}
}

// TestPrints: how things print.
func TestPrints(t *testing.T) {
	t.Parallel()
	index := accounts.NewMemoryIndex()
	fill(t, index, 2)
	m, err := accounts.New(tiktokshoptest.New().Client(), accounts.Options{
		Store: token.NewMemoryStore(), Index: index, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	assert.Equal(t, "accounts.Manager{app key 29a39d, 0 accounts, 0 opened}", fmt.Sprintf("%+v", m))
	assert.Equal(t, "accounts.MemoryIndex{2 accounts}", fmt.Sprint(index))
	dir := t.TempDir()
	files, err := accounts.NewFileIndex(dir)
	require.NoError(t, err)
	assert.Equal(t, "accounts.FileIndex{"+dir+"}", fmt.Sprint(files))
	for _, p := range []struct {
		problem accounts.Problem
		want    string
	}{
		{accounts.Problem{Kind: accounts.ProblemNoShop}, "no shop"},
		{accounts.Problem{Kind: accounts.ProblemShopInactive, Shop: "71", Reason: "why"},
			"shop inactive 71: why"},
	} {
		assert.Equal(t, p.want, p.problem.String())
	}
}
