package tiktokshop_test

import (
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// TestBulkLinksInChaos makes links in bulk in a storm: each id comes back once, in its place, and
// no batch has an effect twice unless the caller allowed it.
func TestBulkLinksInChaos(t *testing.T) {
	t.Parallel()
	for name, repeat := range map[string]bool{"as it is": false, "opted in to repeats": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				products := 10 * *chaosCalls / 4
				srv := chaosServer(t, products, tiktokshoptest.InMemory())
				mood := tiktokshoptest.Stormy(*chaosSeed)
				mood.TokenExpiry, mood.ClockSkew = 0, 0 // they end a run early
				srv.SetMood(mood)
				ids := make([]tiktokshop.ID, products)
				for i := range ids {
					ids[i] = tiktokshop.ID(strconv.Itoa(i))
				}
				opts := []tiktokshop.Option{tiktokshop.WithRetry(tiktokshop.RetryPolicy{})}
				if repeat {
					opts = append(opts, tiktokshop.WithRepeatSafe(true))
				}
				var got []tiktokshop.ID
				failed := 0
				for result, err := range affiliatepartner.New(
					srv.Client()).GenerateLinks(t.Context(), &affiliatepartner.GenerateLinksRequest{
					CampaignID: chaosCampaign, ProductIDs: slices.Values(ids), Concurrency: 16,
				}, opts...) {
					require.NoError(t, err)
					got = append(got, result.ProductID)
					if result.Status == affiliatepartner.LinkError {
						failed++
						assert.Error(t, result.Err)
					} else {
						assert.Equal(t, affiliatepartner.LinkMade, result.Status)
						assert.NotEmpty(t, result.Link)
					}
				}
				assert.Equal(t, ids, got, "no id lost, doubled or out of order")
				if repeat {
					assert.Less(t, failed, products/20)
				} else {
					assert.Less(t, failed, products/3)
				}
				for id, h := range srv.Histories() {
					duplicates := len(slices.DeleteFunc(slices.Clone(h.Met),
						func(met string) bool { return met != tiktokshoptest.MetDuplicate }))
					if !repeat && h.Effects > 1+duplicates {
						t.Errorf("%.120s: %d effects after %q", id, h.Effects, h.Met)
					}
				}
			})
		})
	}
}
