package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestExampleRuns(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, run(t.Context(), &out))
	assert.Equal(t, "20 calls, none throttled\n", out.String())
}

func TestRateLimiterPacesAndEndsWithTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
		srv.AddCampaign(tiktokshoptest.Campaign{ID: "1",
			Products: []tiktokshoptest.Product{{ID: "2"}}})
		client := srv.Client(tiktokshop.WithLimiter(ratelimit.ForAll(rate.NewLimiter(1, 1))))
		req := &tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "1",
			ProductIDs: []tiktokshop.ID{"2"}}
		start := time.Now()
		for range 10 {
			_, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(), req)
			require.NoError(t, err)
		}
		assert.Equal(t, 9*time.Second, time.Since(start))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := client.AffiliatePartner.GenerateMultiProductLink(ctx, req)
		var broken *tiktokshop.TransportError
		require.ErrorAs(t, err, &broken)
		assert.False(t, broken.MayHaveTakenEffect())
		assert.NoError(t, ctx.Err(), "at once")
	})
}
