package affiliatepartner_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// TestGenerateLinksStops gives the fifth call an answer that every call would get.
func TestGenerateLinksStops(t *testing.T) {
	t.Parallel()
	for code, kind := range map[int]error{
		105002: tiktokshop.ErrTokenExpired, 105001: tiktokshop.ErrTokenInvalid,
		105005: tiktokshop.ErrPermission, 106001: tiktokshop.ErrInvalidSignature,
		16032005: tiktokshop.ErrNotFound, 16032007: tiktokshop.ErrPermission,
		16032009: tiktokshop.ErrInvalidRequest, 101000: tiktokshop.ErrInvalidIdentifier,
		36009033: tiktokshop.ErrIPNotAllowed, 36009037: tiktokshop.ErrQuotaExhausted,
		36009014: tiktokshop.ErrVersionRetired,
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &linkPlatform{
				latency: func() time.Duration { return time.Second },
				refuse: func(call int, _ []string) (string, error) {
					if call >= 5 {
						return fmt.Sprintf(`{"code":%d,"request_id":"RX"}`, code), nil
					}
					return "", nil
				},
			}
			var last affiliatepartner.LinkProgress
			results, err := collect(affiliatepartner.New(p.client(t)).GenerateLinks(t.Context(),
				&affiliatepartner.GenerateLinksRequest{
					CampaignID: "1", ProductIDs: numbers(1000), Concurrency: 2,
					OnProgress: func(p affiliatepartner.LinkProgress) { last = p },
				}))
			var stopped *affiliatepartner.LinksStoppedError
			require.ErrorAs(t, err, &stopped, code)
			require.ErrorIs(t, err, kind)
			assert.Contains(t, err.Error(), fmt.Sprintf("%d ids not tried", stopped.NotTried))
			require.Len(t, results, 1000)
			require.LessOrEqual(t, p.calls, 6, "calls in flight are the last")
			for i, r := range results {
				switch {
				case i < 200:
					require.Contains(t, []affiliatepartner.LinkStatus{affiliatepartner.LinkMade,
						affiliatepartner.LinkFailed, affiliatepartner.LinkUnaccounted}, r.Status)
				case i < 50*p.calls:
					require.Equal(t, affiliatepartner.LinkError, r.Status)
					require.Equal(t, "RX", r.RequestID)
				default:
					require.Equal(t, affiliatepartner.LinkNotTried, r.Status)
				}
				require.Equal(t, r.Status == affiliatepartner.LinkError ||
					r.Status == affiliatepartner.LinkNotTried, errors.Is(r.Err, kind))
			}
			assert.Equal(t, 1000-50*p.calls, stopped.NotTried)
			assert.Equal(t, stopped.NotTried, last.NotTried)
		})
	}
}

// These refuse a batch and say nothing of the next one.
func TestGenerateLinksGoesOn(t *testing.T) {
	t.Parallel()
	for _, code := range []int{16032001, 16032008, 16032010, 36009003, 12052024} {
		p := &linkPlatform{refuse: func(call int, _ []string) (string, error) {
			if call == 1 {
				return fmt.Sprintf(`{"code":%d}`, code), nil
			}
			return "", nil
		}}
		results, err := collect(affiliatepartner.New(p.client(t)).GenerateLinks(t.Context(),
			&affiliatepartner.GenerateLinksRequest{CampaignID: "1", ProductIDs: numbers(200),
				Concurrency: 1}))
		require.NoError(t, err, code)
		errs := 0
		for _, r := range results {
			if r.Status == affiliatepartner.LinkError {
				errs++
			}
		}
		assert.Equal(t, 50, errs, code)
	}
}

func TestGenerateLinksCancelled(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			p := &linkPlatform{latency: func() time.Duration { return time.Second }}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(time.Duration(rng.IntN(5000))*time.Millisecond, cancel)
			read := 0
			endless := func(yield func(tiktokshop.ID) bool) {
				for id := range numbers(1 << 40) {
					if read++; !yield(id) {
						return
					}
				}
			}
			results, err := collect(affiliatepartner.New(p.client(t)).GenerateLinks(ctx,
				&affiliatepartner.GenerateLinksRequest{CampaignID: "1", ProductIDs: endless,
					Concurrency: 1 + rng.IntN(5)}))
			var stopped *affiliatepartner.LinksStoppedError
			require.ErrorAs(t, err, &stopped)
			require.ErrorIs(t, err, context.Canceled)
			require.LessOrEqual(t, len(results), read)
			require.GreaterOrEqual(t, len(results), read-1, "every id read has a result")
			for i, r := range results {
				require.Equal(t, tiktokshop.ID(fmt.Sprint(7362840009590000000+i)), r.ProductID)
			}
		})
	}
}

// A dead host costs five calls, not one for each 50 ids of the input.
func TestGenerateLinksStopsAtADeadHost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		calls func(call int) (string, error)
		want  int // calls; 0 means that the run goes on to the end
	}{
		{"no answer", func(int) (string, error) { return "", errors.New("no route to host") }, 5},
		{"dies on the way", func(call int) (string, error) {
			if call <= 3 {
				return "", nil
			}
			return "", errors.New("no route to host")
		}, 8},
		{"a page in front", func(int) (string, error) { return "<html>", nil }, 5},
		{"one of two", func(call int) (string, error) {
			if call%2 == 0 {
				return "", nil
			}
			return "", errors.New("connection reset")
		}, 0},
		{"an answer in between", func(call int) (string, error) {
			if call%5 == 0 {
				return `{"code":16032001}`, nil
			}
			return "", errors.New("connection reset")
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &linkPlatform{refuse: func(call int, _ []string) (string, error) {
				return tt.calls(call)
			}}
			client, err := p.client(t).With(tiktokshop.WithoutRetry())
			require.NoError(t, err)
			results, err := collect(affiliatepartner.New(client).GenerateLinks(t.Context(),
				&affiliatepartner.GenerateLinksRequest{
					CampaignID: "1", ProductIDs: numbers(2000), Concurrency: 1,
				}))
			require.Len(t, results, 2000)
			if tt.want == 0 {
				require.NoError(t, err)
				assert.Equal(t, 40, p.calls)
				return
			}
			var stopped *affiliatepartner.LinksStoppedError
			require.ErrorAs(t, err, &stopped)
			require.ErrorIs(t, err, affiliatepartner.ErrLinksUnreachable)
			assert.Equal(t, tt.want, p.calls)
			assert.Equal(t, 2000-50*tt.want, stopped.NotTried)
		})
	}
}

func TestGenerateLinksEndsAtADeadlineAfterTheInput(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &linkPlatform{latency: func() time.Duration { return time.Minute }}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		results, err := collect(affiliatepartner.New(p.client(t)).GenerateLinks(ctx,
			&affiliatepartner.GenerateLinksRequest{
				CampaignID: "1", ProductIDs: numbers(60),
			}))
		var stopped *affiliatepartner.LinksStoppedError
		require.ErrorAs(t, err, &stopped)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Zero(t, stopped.NotTried)
		require.Len(t, results, 60)
		assert.Equal(t, affiliatepartner.LinkError, results[59].Status)
	})
}

func TestGenerateLinksSurvivesAPanicOfOnProgress(t *testing.T) {
	t.Parallel()
	p := new(linkPlatform)
	told := 0
	results, err := collect(affiliatepartner.New(p.client(t)).GenerateLinks(t.Context(),
		&affiliatepartner.GenerateLinksRequest{
			CampaignID: "1", ProductIDs: numbers(1000), Concurrency: 1,
			OnProgress: func(affiliatepartner.LinkProgress) { told++; panic("no terminal") },
		}))
	var stopped *affiliatepartner.LinksStoppedError
	require.ErrorAs(t, err, &stopped)
	require.ErrorIs(t, err, affiliatepartner.ErrProgressPanicked)
	require.ErrorContains(t, err, "no terminal")
	assert.Equal(t, 1, told)
	require.Len(t, results, 1000)
	assert.Equal(t, 1000-50*p.calls, stopped.NotTried)
}

// The consumer may leave at any point, also by a panic; calls in flight end with it.
func TestGenerateLinksLeftEarly(t *testing.T) {
	t.Parallel()
	for _, after := range []int{1, 49, 50, 51, 170} {
		synctest.Test(t, func(t *testing.T) {
			p := &linkPlatform{latency: func() time.Duration { return time.Second }}
			released := false
			input := func(yield func(tiktokshop.ID) bool) {
				defer func() { released = true }()
				numbers(10000)(yield)
			}
			links := affiliatepartner.New(p.client(t)).GenerateLinks(t.Context(),
				&affiliatepartner.GenerateLinksRequest{CampaignID: "1", ProductIDs: input})
			n := 0
			for range links {
				if n++; n == after {
					break
				}
			}
			assert.Zero(t, p.inFlight)
			assert.True(t, released, "the input is told that no more is wanted")

			assert.Panics(t, func() {
				for range links {
					panic("the consumer's own")
				}
			})
			assert.Zero(t, p.inFlight)

			again, err := collect(affiliatepartner.New(p.client(t)).GenerateLinks(t.Context(),
				&affiliatepartner.GenerateLinksRequest{CampaignID: "1", ProductIDs: numbers(60)}))
			require.NoError(t, err)
			assert.Len(t, again, 60)
		})
	}
}
