package tiktokshop

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/token"
)

var errService = errors.New("token service down")

// unavailable is an error of a token service that says whether to try again.
type unavailable struct{ error }

func (unavailable) Retryable() bool { return false }
func (u unavailable) Unwrap() error { return u.error }

// talkative is a token source of a program's own that quotes in its errors what it has. It gives
// out its token the first times.
type talkative struct {
	token string
	good  int // times
	err   error
}

func (s *talkative) AccessToken(context.Context) (token.Secret, error) {
	if s.good--; s.good >= 0 {
		return token.NewSecret(s.token), nil
	}
	return token.Secret{}, s.err
}

func (s *talkative) RenewAccessToken(context.Context, token.Secret, error) (token.Secret, error) {
	return token.Secret{}, s.err
}

// TestNoTokenErrorShowsSecrets: what a source of the program's own quotes in its errors reaches
// nobody, whether the SDK has seen the token or not.
func TestNoTokenErrorShowsSecrets(t *testing.T) {
	t.Parallel()
	const (
		given  = "f3a8c1d0/7be94421+a5e6" // of no form that is known
		unseen = "ROW_a5e6c09d11f2b08897d2c3b4a596877"
	)
	quoted, _ := json.Marshal(map[string]string{"access_token": testToken,
		"refresh_token": "c8e1f09977ab"})
	for _, tc := range []struct {
		name, text string
		seen       bool
	}{
		{"the last token", "no other token than " + given, true},
		{"the last token, escaped", "GET /renew?t=" + url.QueryEscape(given), true},
		{"the last token, in base64", base64.StdEncoding.EncodeToString([]byte(given)), true},
		{"the app secret", "posted " + testAppSecret, false},
		{"an answer with a token", "the service said " + string(quoted), false},
		{"an answer in quotes", fmt.Sprintf("the service said %q", quoted), false},
		{"a token of the platform's form", "no row for " + unseen, false},
	} {
		for _, how := range []string{"call", "renewal"} {
			if how == "call" && tc.seen {
				how = "next call"
			}
			t.Run(tc.name+", "+how, func(t *testing.T) {
				t.Parallel()
				source := &talkative{token: given,
					err: unavailable{fmt.Errorf("%s: %w", tc.text, errService)}}
				answer := answering(200, `{"code":0}`)
				switch how {
				case "next call":
					source.good = 1
				case "renewal":
					source.good = 1
					answer = answering(401, `{"code":105002,"message":"expired"}`)
				}
				var logged, dumped bytes.Buffer
				var seen []error
				logger := slog.New(slog.NewJSONHandler(&logged,
					&slog.HandlerOptions{Level: slog.LevelDebug}))
				c := testClient(t, answer, WithTokenSource(source), WithLogger(logger),
					WithDump(&dumped), WithObserver(
						func(ctx context.Context, _ CallStart) (context.Context, func(CallEnd)) {
							return ctx, func(e CallEnd) { seen = append(seen, e.Err) }
						}))
				if how == "next call" {
					_, err := Do[testData](t.Context(), c, testOp, testParams)
					require.NoError(t, err)
				}
				_, err := Do[testData](t.Context(), c, testOp, testParams)
				var tokenErr *TokenError
				require.ErrorAs(t, err, &tokenErr)
				require.ErrorIs(t, err, errService)
				assert.False(t, Retryable(err), "as the source says")
				assert.Contains(t, err.Error(), "[redacted]")
				logger.Info("what a program logs", "error", err, "all", seen)
				for _, e := range append(seen, err) {
					walkErrors(e, func(e error) {
						assertNoSecrets(t, e)
						for how, out := range renderings(e) {
							for _, secret := range []string{given, url.QueryEscape(given),
								base64.RawStdEncoding.EncodeToString([]byte(given))[:20], unseen,
								testToken, "c8e1f09977ab"} {
								assert.NotContains(t, out, secret, how)
							}
						}
					})
				}
				assertNoSecrets(t, logged.String())
				assertNoSecrets(t, dumped.String())
				for _, secret := range []string{given, url.QueryEscape(given), unseen, testToken,
					"c8e1f09977ab"} {
					assert.NotContains(t, logged.String()+dumped.String(), secret)
				}
			})
		}
	}
}

// TestTokenErrorIsKept: an error without a secret is the source's own, and what one without wraps
// is found behind one with.
func TestTokenErrorIsKept(t *testing.T) {
	t.Parallel()
	refused := &token.RefusedError{Key: token.Key{OpenID: "one"}}
	for _, tc := range []struct {
		name string
		err  error
		same bool
	}{
		{"without a secret", fmt.Errorf("service: %w", refused), true},
		{"with one", fmt.Errorf("service, asked with %s: %w", "f3a8c1d0/7be94421+a5e6", refused),
			false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := testClient(t, answering(200, `{"code":0}`),
				WithTokenSource(&talkative{token: "f3a8c1d0/7be94421+a5e6", good: 1, err: tc.err}))
			_, err := Do[testData](t.Context(), c, testOp, testParams)
			require.NoError(t, err)
			_, err = Do[testData](t.Context(), c, testOp, testParams)
			var tokenErr *TokenError
			require.ErrorAs(t, err, &tokenErr)
			assert.Equal(t, tc.same, tokenErr.Err == tc.err)
			var found *token.RefusedError
			require.ErrorAs(t, err, &found)
			assert.Same(t, refused, found)
			assert.True(t, NeedsReauthorization(err))
			assert.False(t, Retryable(err))
			assert.NotContains(t, err.Error(), "f3a8c1d0")
		})
	}
}

// TestATokenOfOnesOwnIsNotTheSources: a client with a token of its own, derived from one with a
// source, has the source remember nothing.
func TestATokenOfOnesOwnIsNotTheSources(t *testing.T) {
	t.Parallel()
	c := testClient(t, answering(200, `{"code":0}`),
		WithTokenSource(&talkative{token: testToken, good: 1}))
	own, err := c.With(WithAccessToken("another-token-of-somebody"))
	require.NoError(t, err)
	_, err = Do[testData](t.Context(), own, testOp, testParams)
	require.NoError(t, err)
	said := errors.New("another-token-of-somebody")
	assert.Same(t, said, c.cfg.given.Foreign(said))
	assert.Nil(t, own.cfg.given)
}

// quotingLimiter is a limiter that quotes more than it should know.
type quotingLimiter struct{ err error }

func (l quotingLimiter) Wait(context.Context, ratelimit.Quota) error              { return l.err }
func (quotingLimiter) Report(context.Context, ratelimit.Quota, ratelimit.Outcome) {}

// TestOthersCodeShowsNoSecrets: a limiter and an observer that say too much.
func TestOthersCodeShowsNoSecrets(t *testing.T) {
	t.Parallel()
	text := fmt.Sprintf("with %s and X-Tts-Access-Token: %s", testAppSecret, testToken)
	var logged bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&logged, nil))
	c := testClient(t, answering(200, `{"code":0}`), WithLogger(logger))

	limited, err := c.With(WithLimiter(quotingLimiter{fmt.Errorf("%s: %w", text, errService)}))
	require.NoError(t, err)
	_, err = Do[testData](t.Context(), limited, testOp, testParams)
	require.ErrorIs(t, err, errService)
	walkErrors(err, func(e error) { assertNoSecrets(t, e) })

	observed, err := c.With(
		WithObserver(func(context.Context, CallStart) (context.Context, func(CallEnd)) {
			panic(text)
		}))
	require.NoError(t, err)
	_, err = Do[testData](t.Context(), observed, testOp, testParams)
	require.NoError(t, err)
	assert.Contains(t, logged.String(), "an observer panicked")
	assert.NotContains(t, logged.String(), testAppSecret)
}
