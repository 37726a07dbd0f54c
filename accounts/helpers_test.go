package accounts_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// The accounts of the tests.
const (
	sellerID  = "seller-1"
	creatorID = "creator-1"
	partnerID = "partner-1"

	shopID     = tiktokshop.ID("71")
	shopCipher = "ROW_cipher-of-71"
)

// world is a platform with a seller, a creator and a partner, and what machines share.
type world struct {
	*tiktokshoptest.Server
	t     *testing.T
	store *sharedStore
	index *sharedIndex
}

// inWorld runs a test in a bubble, in which time passes at once.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			Server: tiktokshoptest.New(), t: t,
			store: &sharedStore{Store: token.NewMemoryStore()},
			index: &sharedIndex{Index: accounts.NewMemoryIndex()},
		}
		w.AddShop(authorization.AuthorizedShop{ID: shopID, Cipher: shopCipher, Region: "GB",
			Name: "Shop"})
		w.AddAccount(tiktokshoptest.Account{OpenID: sellerID, Name: "Seller", Region: "GB",
			Shops: []tiktokshop.ID{shopID}})
		w.AddAccount(tiktokshoptest.Account{OpenID: creatorID, Name: "Creator",
			UserType: token.UserTypeCreator})
		w.AddAccount(tiktokshoptest.Account{OpenID: partnerID, Name: "Partner",
			UserType: token.UserTypePartner})
		test(t, w)
	})
}

// app is a client without a token.
func (w *world) app() *tiktokshop.Client {
	c, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
		tiktokshop.WithBaseURL(w.URL), tiktokshop.WithAuthBaseURL(w.URL),
		tiktokshop.WithHTTPClient(&http.Client{Transport: w.Transport()}))
	require.NoError(w.t, err)
	return c
}

// machine is a Manager, and what it has told of.
type machine struct {
	*accounts.Manager
	log logs
	t   *testing.T

	mu   sync.Mutex
	told []accounts.Health
}

// machine makes a Manager that is closed at the end of the test.
func (w *world) machine(set ...func(*accounts.Options)) *machine {
	m := &machine{t: w.t}
	opts := accounts.Options{
		Store: w.store, Index: w.index, Logger: slog.New(slog.NewTextHandler(&m.log, nil)),
		OnChange: func(h accounts.Health) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.told = append(m.told, h)
		},
	}
	for _, change := range set {
		change(&opts)
	}
	var err error
	m.Manager, err = accounts.New(w.app(), opts)
	require.NoError(w.t, err)
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = m.Close(ctx)
	})
	return m
}

// changes are what the hook was told of since the last time: of each the kinds of problems, "well"
// for none.
func (m *machine) changes() []string {
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for _, h := range m.told {
		all = append(all, h.Account.OpenID+" "+kinds(h))
	}
	m.told = nil
	return all
}

func kinds(h accounts.Health) string {
	if len(h.Problems) == 0 {
		return "well"
	}
	var text string
	for i, p := range h.Problems {
		if i > 0 {
			text += ", "
		}
		text += string(p.Kind)
	}
	return text
}

// health is an account's, without asking the platform.
func (m *machine) health(t *testing.T, openID string) accounts.Health {
	t.Helper()
	for h, err := range m.Health(t.Context()) {
		require.NoError(t, err)
		if h.Account.OpenID == openID {
			return h
		}
	}
	t.Fatalf("no account %s", openID)
	return accounts.Health{}
}

// add adds an account with a new token.
func (w *world) add(m *machine, openIDs ...string) {
	w.t.Helper()
	for _, openID := range openIDs {
		_, err := m.Add(w.t.Context(), w.IssueToken(openID))
		require.NoError(w.t, err)
	}
	synctest.Wait()
}

// count is how many requests there were for a path.
func (w *world) count(path string) (n int) {
	for _, r := range w.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}

const (
	pathShops   = "/authorization/202309/shops"
	pathRefresh = "/api/v2/token/refresh"
)

// call makes a call in a client's name.
func call(t *testing.T, client *tiktokshop.Client) error {
	t.Helper()
	_, err := authorization.New(client).GetAuthorizedShops(t.Context(), nil)
	return err
}

// logs collects what is logged.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// count is how many records have a text.
func (l *logs) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.b.Bytes(), []byte(text))
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var errDown = errors.New("the database is down")

// sharedIndex counts, and fails when it is told to.
type sharedIndex struct {
	accounts.Index
	mu     sync.Mutex
	lists  int
	saves  int
	isDown bool
	delay  time.Duration
	onSave func(accounts.Entry)
}

func (x *sharedIndex) set(change func(*sharedIndex)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	change(x)
}

func (x *sharedIndex) failing() error {
	x.mu.Lock()
	delay, isDown := x.delay, x.isDown
	x.mu.Unlock()
	time.Sleep(delay)
	if isDown {
		return errDown
	}
	return nil
}

func (x *sharedIndex) List(ctx context.Context, appKey string) ([]accounts.Entry, error) {
	x.set(func(x *sharedIndex) { x.lists++ })
	if err := x.failing(); err != nil {
		return nil, err
	}
	return x.Index.List(ctx, appKey)
}

func (x *sharedIndex) Save(ctx context.Context, e accounts.Entry) error {
	x.set(func(x *sharedIndex) { x.saves++ })
	if err := x.failing(); err != nil {
		return err
	}
	if x.onSave != nil {
		x.onSave(e)
	}
	return x.Index.Save(ctx, e)
}

func (x *sharedIndex) Remove(ctx context.Context, key token.Key) error {
	if err := x.failing(); err != nil {
		return err
	}
	return x.Index.Remove(ctx, key)
}

// entry is what the index has of an account, nil for none.
func (x *sharedIndex) entry(t *testing.T, openID string) []byte {
	t.Helper()
	entries, err := x.Index.List(t.Context(), tiktokshoptest.AppKey)
	require.NoError(t, err)
	i := slices.IndexFunc(entries, func(e accounts.Entry) bool { return e.Key.OpenID == openID })
	if i < 0 {
		return nil
	}
	return entries[i].Data
}

// sharedStore counts, and fails when it is told to.
type sharedStore struct {
	token.Store
	mu     sync.Mutex
	loads  int
	isDown bool // for saves
	isDeaf bool // for loads
}

func (s *sharedStore) set(change func(*sharedStore)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *sharedStore) Load(ctx context.Context, key token.Key) ([]byte, int64, error) {
	var isDeaf bool
	s.set(func(s *sharedStore) { s.loads++; isDeaf = s.isDeaf })
	if isDeaf {
		return nil, 0, errDown
	}
	return s.Store.Load(ctx, key)
}

func (s *sharedStore) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	s.mu.Lock()
	isDown := s.isDown
	s.mu.Unlock()
	if isDown {
		return errDown
	}
	return s.Store.Save(ctx, key, data, version)
}

func (s *sharedStore) holds(t *testing.T, openID string) bool {
	t.Helper()
	data, _, err := s.Store.Load(t.Context(),
		token.Key{AppKey: tiktokshoptest.AppKey, OpenID: openID})
	require.NoError(t, err)
	return len(data) > 0
}

func deauthorized(shop tiktokshop.ID, at time.Time) *webhook.Event {
	return &webhook.Event{
		Topic: webhook.TopicSellerDeauthorization, Owner: webhook.Owner{ShopID: shop},
		Time:    at.Truncate(time.Second),
		Payload: &webhook.SellerDeauthorization{},
	}
}
