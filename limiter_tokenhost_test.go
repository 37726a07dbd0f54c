package tiktokshop_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// refreshingSource asks the token host for each token, and wraps nothing around what it answers.
type refreshingSource struct{ auth *tiktokshop.Auth }

func (s refreshingSource) AccessToken(ctx context.Context) (token.Secret, error) {
	t, err := s.auth.RefreshToken(ctx, token.NewSecret("refresh-token"))
	if err != nil {
		return token.Secret{}, err
	}
	return t.AccessToken, nil
}

// throttledOnce is a refreshingSource whose first refresh is throttled.
type throttledOnce struct {
	refreshingSource
	srv   *tiktokshoptest.Server
	asked int
}

func (s *throttledOnce) AccessToken(ctx context.Context) (token.Secret, error) {
	if s.asked++; s.asked > 1 {
		return token.NewSecret(tiktokshoptest.AccessToken), nil
	}
	s.srv.FailNext(1, throttle)
	return s.refreshingSource.AccessToken(ctx)
}

// TestLimiterIsNotToldOfTheTokenHostsThrottle, though that is an *APIError as the API's own: it is
// of another quota.
func TestLimiterIsNotToldOfTheTokenHostsThrottle(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		limiter := new(recorder)
		_, err := callThing(t.Context(), client, opRead, "1", tiktokshop.WithLimiter(limiter),
			tiktokshop.WithTokenSource(
				&throttledOnce{refreshingSource: refreshingSource{client.Auth}, srv: srv}))
		require.ErrorIs(t, apiError(t, err), tiktokshop.ErrRateLimited)
		require.Len(t, limiter.outcomes, 1, "as it was asked once")
		outcome := limiter.outcomes[0]
		var none *tiktokshop.TokenError
		require.ErrorAs(t, outcome.Err, &none)
		assert.False(t, outcome.Throttled)
		assert.Zero(t, outcome.RetryAfter)
		for _, req := range srv.Requests() {
			assert.NotContains(t, req.Path, "/things/", "nothing is sent without a token")
		}
	})
}

func TestAdaptiveLimiterIgnoresTheTokenHostsThrottle(t *testing.T) {
	adaptiveBubble(t, ratelimit.AdaptiveOptions{Initial: 1},
		func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
			source := &throttledOnce{refreshingSource: refreshingSource{client.Auth}, srv: srv}
			client, err := client.With(tiktokshop.WithTokenSource(source))
			require.NoError(t, err)
			_, err = callThing(t.Context(), client, opWrite, "1")
			require.ErrorIs(t, apiError(t, err), tiktokshop.ErrRateLimited)
			assert.Equal(t, time.Second, timeFor(t, client, opWrite, 1), "at the initial rate")
		})
}
