package tiktokshop_test

import (
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// off is a clock that is wrong.
func off(by time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(by) }
}

func TestWrongClockIsCorrected(t *testing.T) {
	for name, by := range map[string]time.Duration{
		"31 seconds fast": 31 * time.Second, "ten minutes slow": -10 * time.Minute,
		"hours fast": 23 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				var logged syncBuffer
				client, err := client.With(tiktokshop.WithClock(off(by)),
					logTo(&logged, slog.LevelWarn), tiktokshop.WithoutRetry())
				require.NoError(t, err)
				start := time.Now()
				for i := range 3 { // a write too: what was refused had no effect
					derived, err := client.With(
						tiktokshop.WithShopCipher(tiktokshoptest.ShopCipher))
					require.NoError(t, err)
					_, err = callThing(t.Context(), derived, opWrite, "1")
					require.NoError(t, err)
					assert.Len(t, srv.Requests(), 2+i,
						"signed twice the first time, once from then on")
				}
				assert.Zero(t, time.Since(start), "no wait")
				records := logged.records(t)
				require.Len(t, records, 1, "one warning")
				assert.Equal(t, "WARN", records[0]["level"])
				assert.InDelta(t, float64(-by), records[0]["offset"], float64(time.Second))
			})
		})
	}
}

func TestManyCallsLearnTheOffsetOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		var logged syncBuffer
		client, err := client.With(tiktokshop.WithClock(off(-time.Hour)),
			logTo(&logged, slog.LevelWarn))
		require.NoError(t, err)
		// so that all are refused before one has learned
		srv.FailNext(32, tiktokshoptest.Fault{Delay: time.Second})
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				_, err := callThing(t.Context(), client, opWrite, "1")
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		assert.Len(t, srv.Requests(), 64)
		assert.Len(t, logged.records(t), 1)
	})
}

func TestClockThatIsSetRightAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		by := time.Hour
		client, err := client.With(
			tiktokshop.WithClock(func() time.Time { return time.Now().Add(by) }))
		require.NoError(t, err)
		for _, by = range []time.Duration{time.Hour, 0, -time.Hour} {
			_, err = callThing(t.Context(), client, opRead, "1")
			require.NoError(t, err)
		}
		assert.Len(t, srv.Requests(), 6)
	})
}

func TestClockSkewThatCannotBeCorrected(t *testing.T) {
	skewed := func(date string) tiktokshoptest.Fault {
		return tiktokshoptest.Fault{Status: 401, Code: 36009004, Message: "Invalid timestamp.",
			Header: http.Header{"Date": {date}}}
	}
	for name, tt := range map[string]struct {
		date     func() string
		requests int
	}{
		"no date":    {func() string { return "" }, 1},
		"not a date": {func() string { return "yesterday" }, 1},
		"the client's time": {func() string { return time.Now().UTC().Format(http.TimeFormat) },
			1},
		"days away": {func() string {
			return time.Now().Add(25 * time.Hour).UTC().Format(http.TimeFormat)
		}, 1},
		"ages away": {func() string { return "Fri, 31 Dec 9999 23:59:59 GMT" }, 1},
		"refused again after": {func() string {
			return time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
				srv.FailNext(5, skewed(tt.date()))
				_, err := callThing(t.Context(), client, opRead, "1")
				require.ErrorIs(t, err, tiktokshop.ErrClockSkew)
				assert.Len(t, srv.Requests(), tt.requests)
			})
		})
	}
}

func TestClockIsCorrectedOncePerCall(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		for i := range 6 { // a platform that cannot make up its mind
			date := time.Now().Add(time.Duration(i+1) * time.Hour).UTC().Format(http.TimeFormat)
			srv.FailNext(1, tiktokshoptest.Fault{Status: 401, Code: 36009004,
				Message: "Invalid timestamp.", Header: http.Header{"Date": {date}}})
		}
		_, err := callThing(t.Context(), client, opRead, "1")
		require.ErrorIs(t, err, tiktokshop.ErrClockSkew)
		assert.Equal(t, 2, apiError(t, err).Attempts)
	})
}

func TestOffsetBelongsToItsClock(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client) {
		wrong, err := client.With(tiktokshop.WithClock(off(time.Hour)))
		require.NoError(t, err)
		_, err = callThing(t.Context(), wrong, opRead, "1")
		require.NoError(t, err)
		_, err = callThing(t.Context(), client, opRead, "1")
		require.NoError(t, err)
		assert.Len(t, srv.Requests(), 3, "the right clock needs no correction")
	})
}
