package tiktokshop_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
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

// TestLimiterIsNotToldOfTheTokenHostsThrottle, though that is an *APIError as the API's own: it is of another quota.
func TestLimiterIsNotToldOfTheTokenHostsThrottle(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		limiter := new(recorder)
		srv.FailNext(10, throttle)
		_, err := callThing(t.Context(), client, opRead, "1",
			tiktokshop.WithLimiter(limiter), tiktokshop.WithTokenSource(refreshingSource{client.Auth}))
		require.ErrorIs(t, apiError(t, err), tiktokshop.ErrRateLimited)
		var none *tiktokshop.TokenError
		require.ErrorAs(t, err, &none)
		require.NotEmpty(t, limiter.outcomes)
		for _, outcome := range limiter.outcomes {
			assert.False(t, outcome.Throttled)
			assert.Zero(t, outcome.RetryAfter)
		}
	})
}
