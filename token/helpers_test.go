package token_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/token"
)

const week = 7 * 24 * time.Hour

// someKey is the account of the tests.
var someKey = token.Key{AppKey: "app", OpenID: "open-1"}

// platformError is what a platform reports: of a kind or of none, with or without an effect.
type platformError struct {
	text   string
	kind   error
	effect bool
}

func (e *platformError) Error() string            { return e.text }
func (e *platformError) Is(target error) bool     { return e.kind != nil && target == e.kind }
func (e *platformError) MayHaveTakenEffect() bool { return e.effect }

var (
	errRefused     = &platformError{text: "code 36004005", kind: token.ErrRefused}
	errUnavailable = &platformError{text: "HTTP 503", effect: true}
	errUnsent      = &platformError{text: "connection refused"}
	errLost        = errors.New("connection reset") // which says nothing about an effect
)

// platform is a token host in memory. A refresh token works once.
type platform struct {
	mu       sync.Mutex
	pairs    int           // handed out
	valid    string        // the refresh token it takes
	asked    int           // refreshes, whatever became of them
	lifetime time.Duration // of an access token
	delay    time.Duration // before it looks at a refresh token
	fail     error         // what it reports instead of looking
	loseNext bool          // the next pair is made, and does not arrive
	bare     bool          // pairs come without a refresh token and all else
}

func (p *platform) set(change func(*platform)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *platform) refreshes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// authorize hands out a pair as the exchange of a code does: access-1 and refresh-1, then access-2
// and refresh-2, ...
func (p *platform) authorize() *token.Token {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next()
}

func (p *platform) next() *token.Token {
	p.pairs++
	p.valid = fmt.Sprintf("refresh-%d", p.pairs)
	return &token.Token{
		AccessToken:           token.NewSecret(fmt.Sprintf("access-%d", p.pairs)),
		AccessTokenExpiresAt:  time.Now().Add(p.lifetime),
		RefreshToken:          token.NewSecret(p.valid),
		RefreshTokenExpiresAt: time.Now().Add(52 * week),
		OpenID:                someKey.OpenID,
		ReceivedAt:            time.Now(),
	}
}

// Refresh implements token.Refresher.
func (p *platform) Refresh(ctx context.Context, refreshToken token.Secret) (*token.Token, error) {
	p.mu.Lock()
	p.asked++
	delay := p.delay
	p.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.fail != nil:
		return nil, p.fail
	case refreshToken.Reveal() != p.valid:
		return nil, errRefused
	}
	t := p.next()
	switch {
	case p.loseNext:
		p.loseNext = false
		return nil, errLost
	case p.bare:
		return &token.Token{AccessToken: t.AccessToken,
			AccessTokenExpiresAt: t.AccessTokenExpiresAt, ReceivedAt: t.ReceivedAt}, nil
	}
	return t, nil
}

var errStoreDown = errors.New("store down")

// flakyStore is a store that can be out of order.
type flakyStore struct {
	token.Store
	mu     sync.Mutex
	saves  int // since the hooks were set
	loads  int
	stale  token.Store          // a replica that is read instead of the store, if it is not nil
	before func(save int) error // what happens instead of the n-th save, if it is an error
	after  func(save int) error // what is reported of the n-th save, which was made
}

// setHooks sets what happens before and after the saves from now on, which count from 1. A refresh
// makes two: the lease, and the pair.
func (s *flakyStore) setHooks(before, after func(save int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.after, s.saves = before, after, 0
}

// failSaves makes the saves from the n-th one on fail.
func (s *flakyStore) failSaves(from int) {
	s.setHooks(func(n int) error {
		if n >= from {
			return errStoreDown
		}
		return nil
	}, nil)
}

func (s *flakyStore) saveCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saves
}

func (s *flakyStore) loadCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads
}

func (s *flakyStore) repair() { s.setHooks(nil, nil) }

// mostStaleLoads is what a replica that lags behind bears with. A loop without a pause would go on
// in no time, so that fake time stands still.
const mostStaleLoads = 3000

func (s *flakyStore) Load(ctx context.Context, key token.Key) ([]byte, int64, error) {
	s.mu.Lock()
	s.loads++
	if s.stale != nil && s.loads > mostStaleLoads {
		s.mu.Unlock()
		return nil, 0, errors.New("the replica is asked all the time")
	}
	from := s.Store
	if s.stale != nil {
		from = s.stale
	}
	s.mu.Unlock()
	return from.Load(ctx, key)
}

func (s *flakyStore) Save(ctx context.Context, key token.Key, data []byte, version int64) error {
	s.mu.Lock()
	s.saves++
	n, before, after := s.saves, s.before, s.after
	s.mu.Unlock()
	if before != nil {
		if err := before(n); err != nil {
			return err
		}
	}
	if err := s.Store.Save(ctx, key, data, version); err != nil {
		return err
	}
	if after != nil {
		return after(n)
	}
	return nil
}

// logBuffer is a log that may be written from many goroutines.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// bubble is a test in fake time: a platform, a store, and a source that has a pair for a week.
type bubble struct {
	*testing.T
	platform *platform
	store    *flakyStore
	source   *token.RefreshingSource
	logged   logBuffer
}

// inBubble runs a test in fake time. When it ends, synctest fails the test if a goroutine is left.
func inBubble(t *testing.T, test func(*bubble)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{T: t, platform: &platform{lifetime: week},
			store: &flakyStore{Store: token.NewMemoryStore()}}
		b.source = b.newSource()
		require.NoError(t, b.source.Put(t.Context(), b.platform.authorize()))
		test(b)
		for _, s := range []string{"access-", "refresh-"} {
			assert.NotContains(t, b.logged.String(), s)
		}
	})
}

// newSource is a source of the same account, as another machine would have one.
func (b *bubble) newSource(change ...func(*token.SourceOptions)) *token.RefreshingSource {
	b.Helper()
	opts := token.SourceOptions{
		AppKey: someKey.AppKey, OpenID: someKey.OpenID, Store: b.store,
		Logger: slog.New(slog.NewTextHandler(&b.logged, nil)),
	}
	for _, c := range change {
		c(&opts)
	}
	s, err := token.NewRefreshingSource(b.platform, opts)
	require.NoError(b, err)
	return s
}

// withStore is an option for newSource.
func withStore(s token.Store) func(*token.SourceOptions) {
	return func(o *token.SourceOptions) { o.Store = s }
}

// access is what a source gives out, without an error.
func (b *bubble) access(s *token.RefreshingSource) string {
	b.Helper()
	secret, err := s.AccessToken(b.Context())
	require.NoError(b, err)
	return secret.Reveal()
}

// expired tells a source that the platform refused an access token as expired.
func (b *bubble) expired(s *token.RefreshingSource, access string) (string, error) {
	secret, err := s.RenewAccessToken(b.Context(), token.NewSecret(access),
		fmt.Errorf("call: %w", token.ErrExpired))
	return secret.Reveal(), err
}

// inBackground is expired in a goroutine of its own.
func (b *bubble) inBackground(s *token.RefreshingSource, access string) <-chan result {
	done := make(chan result, 1)
	go func() {
		got, err := b.expired(s, access)
		done <- result{got, err}
	}()
	synctest.Wait()
	return done
}

type result struct {
	access string
	err    error
}

// stored is what the store has for the account.
func (b *bubble) stored() token.StoredState {
	b.Helper()
	data, _, err := b.store.Load(context.Background(), someKey)
	require.NoError(b, err)
	state, err := token.DecodeStored(data)
	require.NoError(b, err)
	return state
}

// advance lets fake time pass.
func advance(d time.Duration) {
	time.Sleep(d) // in a bubble: no waiting
	synctest.Wait()
}

func sampleToken() token.Token {
	return token.Token{
		AccessToken:           token.NewSecret("acc-secret/+="),
		AccessTokenExpiresAt:  time.Unix(1660556783, 0),
		RefreshToken:          token.NewSecret("ref-secret\"<&"),
		RefreshTokenExpiresAt: time.Unix(1691487031, 0),
		OpenID:                "open-1", SellerName: "Jenny's <Shop>", SellerRegion: "GB",
		UserType:      token.UserTypePartner,
		GrantedScopes: []string{"a.b", "c"}, ReceivedAt: time.Unix(1660000000, 0),
	}
}

func newAEAD(t testing.TB, seed byte) cipher.AEAD {
	t.Helper()
	key := make([]byte, 32)
	key[0] = seed
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(t, err)
	return aead
}

func newFileStore(t testing.TB, dir string) *token.FileStore {
	t.Helper()
	s, err := token.NewFileStore(dir)
	require.NoError(t, err)
	return s
}

func encrypt(t testing.TB, s token.Store, aead cipher.AEAD, old ...cipher.AEAD) token.Store {
	t.Helper()
	e, err := token.Encrypt(s, aead, old...)
	require.NoError(t, err)
	return e
}

func onlyFile(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.token"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	return files[0]
}

// inputFields are the fields of the input errors that an error joins.
func inputFields(err error) (fields []string) {
	var input *token.InputError
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			fields = append(fields, inputFields(inner)...)
		}
	default:
		if errors.As(err, &input) {
			fields = append(fields, input.Field)
		}
	}
	return fields
}

// cutOff makes a pair that the source has, and cannot store. Other machines reach the store, by
// reachable.
func cutOff(b *bubble) (reachable token.Store) {
	b.Helper()
	b.store.failSaves(2)
	_, err := b.expired(b.source, "access-1")
	require.ErrorIs(b, err, errStoreDown)
	return b.store.Store
}
