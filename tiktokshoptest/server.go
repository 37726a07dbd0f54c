package tiktokshoptest

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/api/event"
)

// What a Server accepts and its Client sends.
const (
	AppKey              = "29a39d"
	AppSecret           = "fake-app-secret-e59af819cc"
	AccessToken         = "GCP_fake-partner-access-token"
	ShopCipher          = "ROW_fake-shop-cipher"
	CategoryAssetCipher = "GCP_fake-category-asset-cipher="
)

// TB is the part of testing.TB that NewServer uses.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Server is a fake TikTok Shop.
type Server struct {
	// URL is the base URL, such as "http://127.0.0.1:43210".
	URL string

	now  func() time.Time
	http *http.Server
	done chan struct{} // closed by Close, ends delays

	mu        sync.Mutex
	own       routeTree // what the test has set
	files     largeFiles
	token     tokenState
	scopes    []string // granted; nil means all
	campaigns map[tiktokshop.ID]*Campaign
	data      affiliateData
	shop
	freshLinks bool
	webhooks   []event.ShopWebhook
	// noPaymentAccount and maxOnline refuse creations and publications.
	noPaymentAccount bool
	maxOnline        int
	faults           []Fault
	requests         []Request
	answered         int
	closed           bool
	auth             *auth
	shops            []authorization.AuthorizedShop
	assets           []authorization.CategoryAsset
	closedShops      []tiktokshop.ID

	inMemory  bool
	judgement judgement
	// Bodies that the platform may take or refuse.
	unsignedEmptyObject, emptyList bool
	keep                           int // of requests; negative means all
	quota                          Quota
	quotas                         map[string]*tokens
	performed                      map[string]reply // by idempotency key
	mood                           *Mood
	histories                      map[string]*History
}

// Option configures a Server.
type Option func(*Server)

// WithClock sets the server's clock, which timestamps are checked against and the Date header is
// taken from.
func WithClock(now func() time.Time) Option {
	return func(s *Server) { s.now = now }
}

// NewServer starts a Server that is closed when the test ends.
func NewServer(t TB, opts ...Option) *Server {
	t.Helper()
	s, err := Start(opts...)
	if err != nil {
		t.Fatalf("tiktokshoptest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a Server for a program that is not a test. The caller closes it.
func Start(opts ...Option) (*Server, error) {
	s := &Server{
		now:       time.Now,
		done:      make(chan struct{}),
		campaigns: make(map[tiktokshop.ID]*Campaign),
		data:      newAffiliateData(),
		auth:      newAuth(),
		shops:     defaultShops(),
		assets:    defaultAssets(),
		performed: make(map[string]reply),
		keep:      -1,
	}
	for _, opt := range opts {
		opt(s)
	}
	if s.inMemory {
		s.URL = memoryURL
		s.http = new(http.Server)
		return s, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the fake TikTok Shop: %w", err)
	}
	s.URL = "http://" + l.Addr().String()
	// A minute, as a request on a machine that is busy with tests may be slow to come.
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.http.Serve(l) }() // returns when Close closes the listener
	return s, nil
}

// Close stops the server and breaks the connections it has. It may be called more than once.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	close(s.done)
	_ = s.http.Close()
}

// Client returns a client with credentials that the server accepts, its clock,
// and a connection pool of its own that closes with the server. It retries as any client does but
// waits milliseconds where the platform asks for no wait. Options are applied last; it panics if
// one is refused.
func (s *Server) Client(opts ...tiktokshop.Option) *tiktokshop.Client {
	var transport http.RoundTripper = s.Transport()
	if !s.inMemory {
		pool := &http.Transport{MaxIdleConnsPerHost: 100}
		s.http.RegisterOnShutdown(pool.CloseIdleConnections)
		transport = pool
	}
	c, err := tiktokshop.NewClient(AppKey, AppSecret, append([]tiktokshop.Option{
		tiktokshop.WithBaseURL(s.URL),
		tiktokshop.WithAuthBaseURL(s.URL),
		tiktokshop.WithHTTPClient(&http.Client{Transport: transport}),
		tiktokshop.WithClock(s.now),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{BaseDelay: time.Millisecond,
			Jitter: time.Millisecond}),
		tiktokshop.WithAccessToken(AccessToken),
		tiktokshop.WithShopCipher(ShopCipher),
		tiktokshop.WithCategoryAssetCipher(CategoryAssetCipher),
	}, opts...)...)
	if err != nil {
		panic("tiktokshoptest: " + err.Error())
	}
	return c
}

// Request is a request that the server received, and how it was answered.
type Request struct {
	// Method, Path, RawQuery, Header and Body are as received; Path is escaped as on the wire.
	Method, Path, RawQuery string
	Header                 http.Header
	Body                   []byte
	// Status and Code are of the answer; Status is 0 if the connection was dropped.
	Status, Code int
	// RequestID is of the answer, "" if it had none.
	RequestID string
}

// Requests returns the requests received so far, in the order they were answered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// tokenState is what has become of AccessToken.
type tokenState int

const (
	tokenValid tokenState = iota
	tokenExpired
	tokenDeauthorized
)

// ExpireToken makes the server answer AccessToken with 105002 from now on.
func (s *Server) ExpireToken() { s.setToken(tokenExpired) }

// DeauthorizeToken makes the server answer AccessToken with 105001 from now on.
func (s *Server) DeauthorizeToken() { s.setToken(tokenDeauthorized) }

func (s *Server) setToken(state tokenState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = state
}

// GrantScopes limits AccessToken to these scopes; other operations answer 105005. A new server
// grants all.
func (s *Server) GrantScopes(scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = append([]string{}, scopes...)
}
