package tiktokshop_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
)

// tokenHost is a token host in memory, for the fake time of a synctest bubble, where there are no sockets. It burns
// refresh tokens at once.
type tokenHost struct {
	mu       sync.Mutex
	n        int           // pairs handed out
	valid    string        // the refresh token it takes
	asked    int           // requests
	lifetime time.Duration // of an access token
	delay    time.Duration
	failWith func() (*http.Response, error) // instead of a right answer
	loseNext bool                           // rotate, but do not answer
}

func (h *tokenHost) pair() (access, refresh string) {
	return fmt.Sprintf("access-%d", h.n), fmt.Sprintf("refresh-%d", h.n)
}

// first hands out the first pair.
func (h *tokenHost) first() *tiktokshop.Token {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	access, refresh := h.pair()
	h.valid = refresh
	return &tiktokshop.Token{
		AccessToken: tiktokshop.NewSecret(access), AccessTokenExpiresAt: time.Now().Add(h.lifetime),
		RefreshToken: tiktokshop.NewSecret(refresh), OpenID: "open-1", ReceivedAt: time.Now(),
	}
}

func (h *tokenHost) requests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

func (h *tokenHost) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func (h *tokenHost) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.asked++
	delay := h.delay
	h.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failWith != nil {
		return h.failWith()
	}
	if r.URL.Query().Get("refresh_token") != h.valid {
		return answer(200, `{"code":36004005,"message":"invalid refresh token"}`), nil
	}
	h.n++
	access, refresh := h.pair()
	h.valid = refresh
	if h.loseNext {
		h.loseNext = false
		return nil, io.ErrUnexpectedEOF
	}
	return answer(200, fmt.Sprintf(`{"code":0,"data":{"access_token":%q,"access_token_expire_in":%d,"refresh_token":%q,"refresh_token_expire_in":%d,"open_id":"open-1"}}`,
		access, time.Now().Add(h.lifetime).Unix(), refresh, time.Now().Add(365*24*time.Hour).Unix())), nil
}

// flakyStore is a store that can be out of order.
type flakyStore struct {
	tiktokshop.TokenStore
	mu    sync.Mutex
	saves int
	fail  func(save int) error // of the n-th save, before it is made
	after func(save int) error // after it was made
}

func (s *flakyStore) Save(ctx context.Context, key tiktokshop.TokenKey, data []byte, version int64) error {
	s.mu.Lock()
	s.saves++
	n, fail, after := s.saves, s.fail, s.after
	s.mu.Unlock()
	if fail != nil {
		if err := fail(n); err != nil {
			return err
		}
	}
	if err := s.TokenStore.Save(ctx, key, data, version); err != nil {
		return err
	}
	if after != nil {
		return after(n)
	}
	return nil
}

func (s *flakyStore) set(fail, after func(int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail, s.after, s.saves = fail, after, 0
}

var errStoreDown = errors.New("store down")

const week = 7 * 24 * time.Hour

type sourceTest struct {
	*testing.T
	host   *tokenHost
	store  *flakyStore
	source *tiktokshop.RefreshingTokenSource
	logged logBuffer
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

// inBubble runs a test in fake time, with a host, a store and a source that has a token for a week. When the bubble ends, synctest
// fails the test if a goroutine is left.
func inSourceBubble(t *testing.T, f func(t *testing.T, st *sourceTest)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &sourceTest{T: t, host: &tokenHost{lifetime: week}, store: &flakyStore{TokenStore: tiktokshop.NewMemoryTokenStore()}}
		st.source = st.another()
		require.NoError(t, st.source.Put(t.Context(), st.host.first()))
		f(t, st)
		for _, s := range []string{"access-", "refresh-", "app-secret"} {
			assert.NotContains(t, st.logged.String(), s)
		}
	})
}

// another is a source of the same account on another machine.
func (st *sourceTest) another() *tiktokshop.RefreshingTokenSource { return st.anotherOn(st.store) }

func (st *sourceTest) anotherOn(store tiktokshop.TokenStore) *tiktokshop.RefreshingTokenSource {
	app := newApp(st.T, tiktokshop.WithHTTPClient(&http.Client{Transport: st.host}),
		tiktokshop.WithLogger(slog.New(slog.NewTextHandler(&st.logged, nil))))
	s, err := app.Auth.TokenSource(tiktokshop.TokenSourceOptions{OpenID: "open-1", Store: store})
	require.NoError(st, err)
	return s
}

func (st *sourceTest) token(s *tiktokshop.RefreshingTokenSource) string {
	st.Helper()
	token, err := s.AccessToken(st.Context())
	require.NoError(st, err)
	return token.Reveal()
}

func (st *sourceTest) stored() tiktokshop.StoredState {
	st.Helper()
	data, _, err := st.store.Load(context.Background(), tiktokshop.TokenKey{AppKey: "29a39d", OpenID: "open-1"})
	require.NoError(st, err)
	state, err := tiktokshop.DecodeStored(data)
	require.NoError(st, err)
	return state
}

func refused(token string) (tiktokshop.Secret, error) {
	return tiktokshop.NewSecret(token), fmt.Errorf("call: %w", tiktokshop.ErrTokenExpired)
}

// advance lets fake time pass.
func advance(d time.Duration) {
	time.Sleep(d) // in a bubble: no waiting
	synctest.Wait()
}

func TestSourceRenewsAheadWithJitter(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		assert.Equal(t, "access-1", st.token(st.source))
		advance(week - 30*time.Hour - time.Minute) // margin 24 h, jitter up to 6 h
		assert.Equal(t, "access-1", st.token(st.source))
		assert.Zero(t, st.host.requests())
		advance(6*time.Hour + 2*time.Minute)
		assert.Equal(t, "access-2", st.token(st.source))
		assert.Equal(t, "access-2", st.token(st.source))
		assert.Equal(t, 1, st.host.requests())
		assert.Equal(t, "access-2", st.stored().Token.AccessToken.Reveal())
		assert.False(t, st.stored().Leased)
	})
}

func TestSourcesDoNotRenewTogether(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		var due []time.Duration
		for range 20 {
			s := st.another()
			st.token(s)
			due = append(due, tiktokshop.RenewsIn(s))
		}
		distinct := make(map[time.Duration]bool)
		for _, d := range due {
			assert.LessOrEqual(t, d, week-24*time.Hour)
			assert.GreaterOrEqual(t, d, week-30*time.Hour)
			distinct[d] = true
		}
		assert.Greater(t, len(distinct), 10)
	})
}

func TestShortLivedTokenIsRenewedAtHalfTime(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.lifetime = time.Hour
		require.NoError(t, st.source.Put(t.Context(), st.host.first()))
		advance(29 * time.Minute)
		assert.Equal(t, "access-2", st.token(st.source))
		advance(2 * time.Minute)
		assert.Equal(t, "access-3", st.token(st.source))
		assert.Equal(t, 1, st.host.requests())
	})
}

func TestOneRefreshForManyGoroutines(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.delay = time.Second
		advance(week)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { assert.Equal(t, "access-2", st.token(st.source)) })
			wg.Go(func() {
				old, cause := refused("access-1")
				token, err := st.source.RenewAccessToken(t.Context(), old, cause)
				assert.NoError(t, err)
				assert.Equal(t, "access-2", token.Reveal())
			})
		}
		wg.Wait()
		assert.Equal(t, 1, st.host.requests())
	})
}

func TestOneRefreshForManyMachines(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.delay = time.Second
		advance(week)
		var wg sync.WaitGroup
		for range 10 {
			s := st.another()
			for range 5 {
				wg.Go(func() { assert.Equal(t, "access-2", st.token(s)) })
			}
		}
		wg.Wait()
		assert.Equal(t, 1, st.host.requests())
	})
}

func TestOneCallersCancellationIsItsOwn(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.delay = 5 * time.Second
		advance(week)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		first := make(chan error, 1)
		go func() {
			_, err := st.source.AccessToken(ctx) // this one starts the refresh
			first <- err
		}()
		synctest.Wait()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { assert.Equal(t, "access-2", st.token(st.source)) })
		}
		start := time.Now()
		assert.ErrorIs(t, <-first, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		wg.Wait()
		assert.Equal(t, 1, st.host.requests())
		assert.Equal(t, "access-2", st.stored().Token.AccessToken.Reveal())
	})
}

func TestCallsGoOnWhileRefreshFails(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.failWith = func() (*http.Response, error) { return answer(503, "<html>down"), nil }
		advance(week - 23*time.Hour)
		for range 50 {
			assert.Equal(t, "access-1", st.token(st.source))
		}
		assert.Equal(t, 1, st.host.requests(), "no new try before the back-off is over")
		for range 23*60 - 2 { // minutes
			advance(time.Minute)
			assert.Equal(t, "access-1", st.token(st.source))
		}
		assert.Less(t, st.host.requests(), 23*60+2, "at most one try a minute")
		assert.Greater(t, st.host.requests(), 23*30)
		advance(3 * time.Minute)
		_, err := st.source.AccessToken(t.Context())
		assert.ErrorIs(t, err, tiktokshop.ErrUnavailable, "the token is dead now")
		st.host.set(func() { st.host.failWith = nil })
		advance(time.Minute)
		assert.Equal(t, "access-2", st.token(st.source))
	})
}

func TestCallsDoNotWaitLongForARefreshThatHangs(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.delay = time.Hour
		advance(week - 23*time.Hour)
		start := time.Now()
		assert.Equal(t, "access-1", st.token(st.source), "the call that started it")
		assert.Equal(t, 2*time.Second, time.Since(start))
		start = time.Now()
		assert.Equal(t, "access-1", st.token(st.source), "the others")
		assert.Zero(t, time.Since(start))
		advance(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		defer cancel()
		_, err := st.source.AccessToken(ctx)
		assert.NoError(t, err, "a call with a deadline keeps time for itself")
		advance(time.Minute)
	})
}

func TestRefusedTokenThatWasReplacedIsNotRefreshed(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		other := st.another()
		old, cause := refused(st.token(other))
		got, err := st.source.RenewAccessToken(t.Context(), old, cause)
		require.NoError(t, err)
		assert.Equal(t, "access-2", got.Reveal())
		// The other machine still has access-1 and is refused.
		got, err = other.RenewAccessToken(t.Context(), old, cause)
		require.NoError(t, err)
		assert.Equal(t, "access-2", got.Reveal())
		// And so is a goroutine that was late, on the first.
		got, err = st.source.RenewAccessToken(t.Context(), old, cause)
		require.NoError(t, err)
		assert.Equal(t, "access-2", got.Reveal())
		assert.Equal(t, 1, st.host.requests())
	})
}

func TestInvalidTokenIsReloadedNotRefreshed(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		cause := fmt.Errorf("call: %w", tiktokshop.ErrTokenInvalid)
		_, err := st.source.RenewAccessToken(t.Context(), tiktokshop.NewSecret("access-1"), cause)
		assert.Equal(t, cause, err)
		assert.Zero(t, st.host.requests())
		require.NoError(t, st.another().Put(t.Context(), st.host.first()))
		got, err := st.source.RenewAccessToken(t.Context(), tiktokshop.NewSecret("access-1"), cause)
		require.NoError(t, err)
		assert.Equal(t, "access-2", got.Reveal())
		assert.Zero(t, st.host.requests())
	})
}

func TestRefreshTokenRefused(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		st.host.set(func() { st.host.valid = "none" })
		advance(week - 23*time.Hour)
		assert.Equal(t, "access-1", st.token(st.source), "the access token lives on")
		for range 100 {
			advance(time.Minute)
			st.token(st.source)
		}
		assert.Equal(t, 1, st.host.requests(), "a refused refresh token is not sent again")
		advance(24 * time.Hour)
		_, err := st.source.AccessToken(t.Context())
		assert.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid)
		assert.NotContains(t, err.Error(), "earlier refresh was lost")
		require.NoError(t, st.source.Put(t.Context(), st.host.first())) // authorized again
		assert.Equal(t, "access-2", st.token(st.source))
	})
}

func TestNoToken(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		other := st.another()
		st.token(other)
		require.NoError(t, st.source.Forget(t.Context()))
		_, err := st.source.AccessToken(t.Context())
		assert.ErrorIs(t, err, tiktokshop.ErrNoToken)
		old, cause := refused("access-1")
		_, err = other.RenewAccessToken(t.Context(), old, cause)
		assert.ErrorIs(t, err, tiktokshop.ErrNoToken)
		require.NoError(t, st.source.Put(t.Context(), st.host.first()))
		assert.Equal(t, "access-2", st.token(st.source))
		advance(time.Minute)
		assert.Equal(t, "access-2", st.token(other))
	})
}

func TestSourceChecksItsInput(t *testing.T) {
	inSourceBubble(t, func(t *testing.T, st *sourceTest) {
		auth := newApp(t).Auth
		for field, opts := range map[string]tiktokshop.TokenSourceOptions{
			"OpenID":         {Store: st.store},
			"Store":          {OpenID: "o"},
			"RenewBefore":    {OpenID: "o", Store: st.store, RenewBefore: -1},
			"Jitter":         {OpenID: "o", Store: st.store, Jitter: -1},
			"RefreshTimeout": {OpenID: "o", Store: st.store, RefreshTimeout: -1},
		} {
			_, err := auth.TokenSource(opts)
			var input *tiktokshop.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, field, input.Field)
		}
		foreign := st.host.first()
		foreign.OpenID = "open-2"
		for _, bad := range []*tiktokshop.Token{nil, {}, {AccessToken: tiktokshop.NewSecret("a")}, foreign} {
			assert.Error(t, st.source.Put(t.Context(), bad))
		}
		assert.Equal(t, "access-1", st.token(st.source))
		_, err := tiktokshop.NewClient("k", "s", tiktokshop.WithTokenSource(nil))
		assert.Error(t, err)
		_, err = tiktokshop.NewClient("k", "s", tiktokshop.WithTokenSource((*tiktokshop.RefreshingTokenSource)(nil)))
		assert.Error(t, err)
	})
}
