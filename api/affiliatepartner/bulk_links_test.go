package affiliatepartner_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	"github.com/tiktokshop-go/tiktokshop/internal/racetest"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// linkPlatform answers multi-link calls in memory. What becomes of an id shows in the id: its last
// digit.
type linkPlatform struct {
	latency func() time.Duration
	// refuse gives a call another answer, or none.
	refuse func(call int, ids []string) (body string, err error)

	mu       sync.Mutex
	calls    int
	inFlight int
	most     int            // calls at once
	asked    map[string]int // how often each id was asked for; nil does not count
}

const (
	lastDigitFailed = '8'
	lastDigitLost   = '9'
)

func wantStatus(id tiktokshop.ID) affiliatepartner.LinkStatus {
	switch id[len(id)-1] {
	case lastDigitFailed:
		return affiliatepartner.LinkFailed
	case lastDigitLost:
		return affiliatepartner.LinkUnaccounted
	}
	return affiliatepartner.LinkMade
}

func (p *linkPlatform) RoundTrip(r *http.Request) (*http.Response, error) {
	var body struct {
		IDs []string `json:"product_ids"`
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &body); err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.calls++
	call := p.calls
	p.inFlight++
	p.most = max(p.most, p.inFlight)
	if p.asked != nil {
		for _, id := range body.IDs {
			p.asked[id]++
		}
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.inFlight--
	}()
	if p.latency != nil {
		select {
		case <-time.After(p.latency()):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	var answer string
	if p.refuse != nil {
		if answer, err = p.refuse(call, body.IDs); err != nil {
			return nil, err
		}
	}
	if answer == "" {
		var links, failed []string
		for _, id := range body.IDs {
			switch wantStatus(tiktokshop.ID(id)) {
			case affiliatepartner.LinkFailed:
				failed = append(failed, `"`+id+`"`)
			case affiliatepartner.LinkMade:
				links = append(links, `{"product_id":"`+id+`","link":"https://example.test/`+id+
					`"}`)
			}
		}
		answer = fmt.Sprintf(`{"code":0,"request_id":"R%d","data":{"product_promotion_links":[%s],"failed_product_ids":[%s]}}`,
			call, strings.Join(links, ","), strings.Join(failed, ","))
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(answer)),
		ContentLength: int64(len(answer)), Request: r}, nil
}

func (p *linkPlatform) client(t testing.TB) *tiktokshop.Client {
	c, err := tiktokshop.NewClient("key", "secret",
		tiktokshop.WithHTTPClient(&http.Client{Transport: p}),
		tiktokshop.WithAccessToken("token"), tiktokshop.WithCategoryAssetCipher("cipher"))
	require.NoError(t, err)
	return c
}

// numbers yields n ids.
func numbers(n int) iter.Seq[tiktokshop.ID] {
	return func(yield func(tiktokshop.ID) bool) {
		for i := range n {
			if !yield(tiktokshop.ID(fmt.Sprint(7362840009590000000 + i))) {
				return
			}
		}
	}
}

// collect ranges over the results; the error is the last element's.
func collect(
	seq iter.Seq2[affiliatepartner.LinkResult, error],
) (results []affiliatepartner.LinkResult, err error) {
	for r, e := range seq {
		if e != nil {
			err = e
			continue
		}
		results = append(results, r)
	}
	return results, err
}

func TestGenerateLinksAgainstTheFake(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	campaign := tiktokshoptest.Campaign{ID: "1"}
	var ids []tiktokshop.ID
	for i := range 120 {
		id := tiktokshop.ID(fmt.Sprint(1000 + i))
		ids = append(ids, id)
		p := tiktokshoptest.Product{ID: id, Lost: i%10 == 9}
		if i%10 == 8 {
			p.ReviewStatus = "PENDING"
		}
		campaign.Products = append(campaign.Products, p)
	}
	srv.AddCampaign(campaign)
	ids = append(ids, "1000", "not an id", "1008")

	var progress []affiliatepartner.LinkProgress
	results, err := collect(affiliatepartner.New(srv.Client()).GenerateLinks(t.Context(),
		&affiliatepartner.GenerateLinksRequest{
			CampaignID: "1", ProductIDs: slices.Values(ids),
			OnProgress: func(p affiliatepartner.LinkProgress) { progress = append(progress, p) },
		}))
	require.NoError(t, err)
	require.Len(t, results, len(ids))
	requests := map[string]bool{}
	for _, r := range srv.Requests() {
		requests[r.RequestID] = true
	}
	assert.Len(t, requests, 3)
	for i, r := range results {
		require.Equal(t, ids[i], r.ProductID)
		if i == 121 {
			assert.Equal(t, affiliatepartner.LinkError, r.Status)
			assert.ErrorContains(t, r.Err, "is malformed")
			continue
		}
		assert.Equal(t, wantStatus(r.ProductID), r.Status)
		assert.Equal(t, r.Status == affiliatepartner.LinkMade, r.Link != "")
		assert.NoError(t, r.Err)
		assert.True(t, requests[r.RequestID], "the request id of the call that answered")
	}
	assert.Equal(t, results[0].Link, results[120].Link, "a duplicate is answered too")
	require.Len(t, progress, 3)
	last := progress[2]
	assert.Equal(t, affiliatepartner.LinkProgress{Linked: 97, Failed: 13, Unaccounted: 12,
		Errors: 1, Calls: 3}, last)
	assert.Equal(t, len(ids), last.Done())
}

// TestGenerateLinksProperties runs random inputs over a random platform: every id of the input has
// one result, in order, the right one. A goroutine left over would fail the bubble.
func TestGenerateLinksProperties(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var rngMu sync.Mutex
			chance := func(n int) int { rngMu.Lock(); defer rngMu.Unlock(); return rng.IntN(n) }

			size, spread := chance(700), 1+chance(1200)
			input := make([]tiktokshop.ID, size)
			for i := range input {
				input[i] = tiktokshop.ID(fmt.Sprint(100000 + chance(spread)))
				if chance(100) == 0 {
					input[i] = "x"
				}
			}
			window := 1 + chance(2000)
			refusals := chance(3) // in how many tenths of the calls
			refused := map[string]bool{}
			p := &linkPlatform{
				latency: func() time.Duration {
					return time.Duration(chance(1000)) * time.Millisecond
				},
				asked: map[string]int{},
				refuse: func(_ int, ids []string) (string, error) {
					if chance(10) >= refusals {
						return "", nil
					}
					rngMu.Lock()
					defer rngMu.Unlock()
					for _, id := range ids {
						refused[id] = true
					}
					if rng.IntN(2) == 0 {
						return "", errors.New("connection reset")
					}
					return `{"code":16032001,"message":"Invalid parameter.","request_id":"R0"}`, nil
				},
			}
			concurrency := 1 + chance(8)
			var last affiliatepartner.LinkProgress
			results, err := collect(affiliatepartner.New(p.client(t)).GenerateLinks(t.Context(),
				&affiliatepartner.GenerateLinksRequest{
					CampaignID: "1", ProductIDs: slices.Values(input), Concurrency: concurrency,
					DuplicateWindow: window,
					OnProgress:      func(p affiliatepartner.LinkProgress) { last = p },
				}))
			require.NoError(t, err, seed)
			require.Len(t, results, size, seed)
			for i, r := range results {
				require.Equal(t, input[i], r.ProductID, seed)
				switch {
				case r.ProductID == "x":
					require.Equal(t, affiliatepartner.LinkError, r.Status)
				case r.Status == affiliatepartner.LinkError:
					require.True(t, refused[string(r.ProductID)], seed)
					require.Error(t, r.Err)
				default:
					require.Equal(t, wantStatus(r.ProductID), r.Status, seed)
					if r.Status == affiliatepartner.LinkMade {
						require.Equal(t, "https://example.test/"+string(r.ProductID), r.Link, seed)
					}
				}
			}
			require.LessOrEqual(t, p.most, concurrency, seed)
			require.Equal(t, size, last.Done(), seed)
			require.Equal(t, p.calls, last.Calls, seed)
			if window >= spread { // every id ever seen is remembered
				for id, n := range p.asked {
					require.Equal(t, 1, n, "%s was asked %d times, seed %d", id, n, seed)
				}
			}
		})
	}
}

func TestGenerateLinksRefusesBadInput(t *testing.T) {
	t.Parallel()
	p := &linkPlatform{}
	s := affiliatepartner.New(p.client(t))
	for field, req := range map[string]*affiliatepartner.GenerateLinksRequest{
		"ProductIDs":      {CampaignID: "1"},
		"CampaignID":      {ProductIDs: numbers(1)},
		"Concurrency":     {CampaignID: "1", ProductIDs: numbers(1), Concurrency: 65},
		"DuplicateWindow": {CampaignID: "1", ProductIDs: numbers(1), DuplicateWindow: -1},
	} {
		results, err := collect(s.GenerateLinks(t.Context(), req))
		var inputErr *tiktokshop.InputError
		require.ErrorAs(t, err, &inputErr)
		assert.Equal(t, field, inputErr.Field)
		assert.Empty(t, results)
	}
	results, err := collect(s.GenerateLinks(t.Context(),
		&affiliatepartner.GenerateLinksRequest{CampaignID: "1", ProductIDs: numbers(0)}))
	require.NoError(t, err)
	assert.Empty(t, results)
	assert.Zero(t, p.calls)
}

// heapAfter returns the most live heap seen while n links are made.
func heapAfter(t testing.TB, n int) uint64 {
	p := &linkPlatform{}
	var most uint64
	i := 0
	for range affiliatepartner.New(p.client(t)).GenerateLinks(t.Context(),
		&affiliatepartner.GenerateLinksRequest{CampaignID: "1", ProductIDs: numbers(n)}) {
		if i++; i%(n/4) == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	require.Equal(t, n, i)
	return most
}

// TestGenerateLinksMemory compares a million ids with ten thousand. It is not parallel: other tests
// use the heap too.
func TestGenerateLinksMemory(t *testing.T) {
	if testing.Short() || racetest.Enabled {
		t.Skip("a million ids take seconds, and minutes under the race detector")
	}
	small := heapAfter(t, 10_000)
	large := heapAfter(t, 1_000_000)
	assert.Less(t, large, small+4<<20)
	t.Logf("live heap: %d KiB for 10,000 ids, %d KiB for 1,000,000", small>>10, large>>10)
}

// BenchmarkGenerateLinks makes the links of 10,000 products in memory and over HTTP.
func BenchmarkGenerateLinks(b *testing.B) {
	run := func(b *testing.B, c *tiktokshop.Client) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for r, err := range affiliatepartner.New(c).GenerateLinks(b.Context(),
				&affiliatepartner.GenerateLinksRequest{CampaignID: "1",
					ProductIDs: numbers(10_000)}) {
				if err != nil || r.Err != nil {
					b.Fatal(r, err)
				}
				n++
			}
			if n != 10_000 {
				b.Fatal(n)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/id")
	}
	b.Run("memory", func(b *testing.B) { run(b, (&linkPlatform{}).client(b)) })
	b.Run("fake", func(b *testing.B) {
		srv := tiktokshoptest.NewServer(b)
		campaign := tiktokshoptest.Campaign{ID: "1"}
		for id := range numbers(10_000) {
			campaign.Products = append(campaign.Products, tiktokshoptest.Product{ID: id})
		}
		srv.AddCampaign(campaign)
		run(b, srv.Client())
	})
}

// BenchmarkPaging walks 1,000 campaigns of the fake, ten pages.
func BenchmarkPaging(b *testing.B) {
	srv := tiktokshoptest.NewServer(b)
	for i := range 1000 {
		srv.AddCampaign(tiktokshoptest.Campaign{ID: tiktokshop.ID(fmt.Sprint(1000 + i))})
	}
	s := affiliatepartner.New(srv.Client())
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range s.ListCampaignsAll(b.Context(), nil) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 1000 {
			b.Fatal(n)
		}
	}
}
