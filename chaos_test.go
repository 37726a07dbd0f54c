package tiktokshop_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// A long run: go test -race -run Chaos . -args -chaos.calls=50000 -chaos.seed=7
var (
	chaosCalls = flag.Int("chaos.calls", 2000, "number of calls of the chaos tests")
	chaosSeed  = flag.Uint64("chaos.seed", 1, "seed of the chaos tests")
)

const chaosCampaign = tiktokshop.ID("7362840009596339923")

// chaosCall is a sort of call. Each call asks for something of its own, by its number.
type chaosCall struct {
	safe  bool // to repeat
	keyed bool // so that the platform carries it out once
	// identity is what the server files the call under, "" where the body has a key of the SDK's.
	identity func(n int) string
	// run makes the call and returns whether the answer is the right one.
	run func(ctx context.Context, c *tiktokshop.Client, n int) (right bool, err error)
}

func chaosThing(op *tiktokshop.Operation, safe, keyed bool) chaosCall {
	return chaosCall{
		safe: safe, keyed: keyed,
		identity: func(n int) string {
			id := strconv.Itoa(n)
			path := op.Path[:len("/things/202501/things/")] + id +
				op.Path[len("/things/202501/things/{id}"):]
			if op.Method == http.MethodGet {
				return op.Method + " " + path + " "
			}
			return op.Method + " " + path + ` {"name":"thing ` + id + `"}`
		},
		run: func(ctx context.Context, c *tiktokshop.Client, n int) (bool, error) {
			resp, err := callThing(ctx, c, op, strconv.Itoa(n))
			return err == nil && resp.Data == thing{ID: tiktokshop.ID(strconv.Itoa(n))}, err
		},
	}
}

var chaosSorts = []chaosCall{
	chaosThing(opRead, true, false),
	chaosThing(opSearch, true, false),
	chaosThing(opWrite, false, false),
	chaosThing(opKeyed, true, true),
	{
		identity: func(n int) string {
			return fmt.Sprintf(
				`POST /affiliate_partner/202505/campaigns/%s/products/promotion_links/generate_batch {"product_ids":["%d"]}`, chaosCampaign, n)
		},
		run: func(ctx context.Context, c *tiktokshop.Client, n int) (bool, error) {
			id := tiktokshop.ID(strconv.Itoa(n))
			resp, err := c.AffiliatePartner.GenerateMultiProductLink(ctx,
				&tiktokshop.GenerateMultiProductLinkRequest{
					CampaignID: chaosCampaign, ProductIDs: []tiktokshop.ID{id},
				})
			if err != nil {
				return false, err
			}
			links := resp.Data.ProductPromotionLinks
			return len(links) == 1 && links[0].ProductID == id && links[0].Link != "" &&
				len(resp.Data.FailedProductIDs) == 0, nil
		},
	},
}

// chaosOutcome is how a call ended.
type chaosOutcome struct {
	Right bool
	Err   error
}

// runChaos makes calls from 64 goroutines.
func runChaos(ctx context.Context, client *tiktokshop.Client, calls int) []chaosOutcome {
	out := make([]chaosOutcome, calls)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for n := int(next.Add(1)) - 1; n < calls; n = int(next.Add(1)) - 1 {
				out[n].Right, out[n].Err = chaosSorts[n%len(chaosSorts)].run(ctx, client, n)
			}
		})
	}
	wg.Wait()
	return out
}

// chaosServer prepares a server for the calls.
func chaosServer(t *testing.T, calls int, opts ...tiktokshoptest.Option) *tiktokshoptest.Server {
	srv := tiktokshoptest.NewServer(t, append(opts, tiktokshoptest.KeepRequests(0))...)
	handleThings(srv)
	campaign := tiktokshoptest.Campaign{ID: chaosCampaign}
	for n := range calls {
		campaign.Products = append(campaign.Products,
			tiktokshoptest.Product{ID: tiktokshop.ID(strconv.Itoa(n))})
	}
	srv.AddCampaign(campaign)
	return srv
}

// chaosRules hold an outcome against what the server did.
type chaosRules struct {
	late bool // a slow answer comes after the attempt's timeout
}

func (r chaosRules) check(call chaosCall, got chaosOutcome, h tiktokshoptest.History) error {
	last := len(h.Met) - 1
	if last < 0 {
		return fmt.Errorf("the server has not seen it: %w", got.Err)
	}
	for _, met := range h.Met[:last] {
		switch {
		case met == tiktokshoptest.MetThrottle:
		case r.ambiguous(met) && call.safe:
		default:
			return errors.New("went on after " + met)
		}
	}
	attempts, effect := effortOf(got.Err)
	// A request that is written while the server resets the kept connection is one that the server
	// never meets. There may be one of those, and none that only the server knows of.
	unseen := attempts - len(h.Met)
	if got.Err != nil && (unseen < 0 || unseen > 1) {
		return fmt.Errorf("says %d attempts", attempts)
	}
	var broken *tiktokshop.TransportError
	if brokeUnseen := unseen == 1 && errors.As(got.Err, &broken); !brokeUnseen {
		if err := r.checkEnd(call, got, h.Met[last], attempts); err != nil {
			return err
		}
	}
	// What the network delivered twice is not the client's doing, but with a key it has one effect
	// all the same.
	duplicates := 0
	for _, met := range h.Met {
		if met == tiktokshoptest.MetDuplicate {
			duplicates++
		}
	}
	switch {
	case call.keyed && h.Effects > 1, !call.safe && h.Effects > 1+duplicates:
		return fmt.Errorf("took effect %d times", h.Effects)
	case got.Err == nil && h.Effects == 0:
		return errors.New("succeeded without an effect")
	case got.Err != nil && !effect && h.Effects > 0 && attempts == len(h.Met):
		return errors.New("took effect, and the error denies it")
	}
	return nil
}

func (r chaosRules) ambiguous(met string) bool {
	switch met {
	case tiktokshoptest.MetUnavailable, tiktokshoptest.MetHTML, tiktokshoptest.MetTruncate,
		tiktokshoptest.MetResetBefore, tiktokshoptest.MetResetAfter:
		return true
	}
	return met == tiktokshoptest.MetSlow && r.late
}

// checkEnd holds how a call ended against what its last request met with.
func (r chaosRules) checkEnd(call chaosCall, got chaosOutcome, met string, attempts int) error {
	var want error
	switch met {
	case tiktokshoptest.MetThrottle:
		want = tiktokshop.ErrRateLimited
	case tiktokshoptest.MetUnavailable, tiktokshoptest.MetHTML:
		want = tiktokshop.ErrUnavailable
	case tiktokshoptest.MetTruncate:
		want = tiktokshop.ErrInvalidResponse
	case tiktokshoptest.MetClockSkew:
		want = tiktokshop.ErrClockSkew
	case tiktokshoptest.MetTokenExpiry:
		want = tiktokshop.ErrTokenExpired
	case tiktokshoptest.MetResetBefore, tiktokshoptest.MetResetAfter:
		want = errBroken
	case tiktokshoptest.MetSlow:
		if r.late {
			want = tiktokshop.ErrAttemptTimeout
		}
	}
	var broken *tiktokshop.TransportError
	switch {
	case want == nil && !got.Right:
		return fmt.Errorf("no right answer: %w", got.Err)
	case want == nil:
		return nil
	case want == errBroken && !errors.As(got.Err, &broken),
		want != errBroken && !errors.Is(got.Err, want):
		return fmt.Errorf("ended in %v, want %w", got.Err, want)
	case met == tiktokshoptest.MetThrottle && attempts != 5,
		r.ambiguous(met) && call.safe && attempts != 5:
		return fmt.Errorf("gave up after %d attempts: %w", attempts, got.Err)
	}
	return nil
}

var errBroken = errors.New("a broken connection")

func effortOf(err error) (attempts int, mayHaveTakenEffect bool) {
	var refused *tiktokshop.APIError
	var broken *tiktokshop.TransportError
	switch {
	case errors.As(err, &refused):
		return refused.Attempts, refused.MayHaveTakenEffect()
	case errors.As(err, &broken):
		return broken.Attempts, broken.MayHaveTakenEffect()
	}
	return 0, false
}

func (r chaosRules) checkAll(
	t *testing.T, outcomes []chaosOutcome, histories map[string]tiktokshoptest.History,
) {
	t.Helper()
	wrong, succeeded, requests := 0, 0, 0
	for n, got := range outcomes {
		call := chaosSorts[n%len(chaosSorts)]
		h := histories[call.identity(n)]
		requests += len(h.Met)
		if err := r.check(call, got, h); err != nil {
			if wrong++; wrong <= 10 {
				t.Errorf("%s: met with %q, %d effects: %v", call.identity(n), h.Met, h.Effects, err)
			}
		}
		if got.Err == nil {
			succeeded++
		}
	}
	assert.Zero(t, wrong, "calls that ended wrong")
	assert.Len(t, histories, len(outcomes))
	t.Logf("seed %d: %d calls, %d succeeded, %d requests", *chaosSeed, len(outcomes), succeeded,
		requests)
}

// TestChaos storms over real connections. It does not run in parallel, for the sake of the counts
// of what is left over.
func TestChaos(t *testing.T) {
	calls := *chaosCalls
	srv := chaosServer(t, calls)
	var open atomic.Int64
	ts := httptest.NewUnstartedServer(srv)
	ts.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
	ts.Start()
	defer ts.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	client := clientOf(t, ts, tiktokshop.WithHTTPClient(&http.Client{Transport: transport}),
		tiktokshop.WithClock(off(-10*time.Minute)))
	_, err := callThing(t.Context(), client, opRead, "warmup") // learns how wrong the clock is
	require.NoError(t, err)
	transport.CloseIdleConnections()
	goroutines, heap := settled(), heapInUse()

	mood := tiktokshoptest.Stormy(*chaosSeed)
	mood.RetryAfter = time.Second // in real time
	srv.SetMood(mood)
	outcomes := runChaos(t.Context(), client, calls)
	chaosRules{}.checkAll(t, outcomes, srv.Histories())
	assert.LessOrEqual(t, open.Load(), int64(64), "connections open")

	transport.CloseIdleConnections()
	srv.SetMood(tiktokshoptest.Mood{})
	assert.True(t, eventually(func() bool { return open.Load() == 0 }), "connections left over")
	assert.True(t, eventually(func() bool { return runtime.NumGoroutine() <= goroutines }),
		"goroutines left over")
	grown := heapInUse() - heap
	// The server keeps the answers it gave by idempotency key.
	assert.Less(t, grown, int64(4<<20+1<<10*calls/len(chaosSorts)), "bytes left over")
	runtime.KeepAlive(client)
}

// eventually looks again until a condition holds, for ten seconds. Unlike testify's it starts no
// goroutine.
func eventually(holds func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-tick.C {
		if holds() {
			return true
		}
	}
	return false
}

// settled is the number of goroutines once those that are ending have ended.
func settled() int {
	least := math.MaxInt
	for range 100 {
		runtime.Gosched()
		least = min(least, runtime.NumGoroutine())
	}
	return least
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestChaosInVirtualTime storms with the waits and time limits of the defaults, and with slow
// answers that come too late. The same seed gives the same outcome for each call.
func TestChaosInVirtualTime(t *testing.T) {
	t.Parallel()
	calls := *chaosCalls
	storm := func(seed uint64) (outcomes []string) {
		synctest.Test(t, func(t *testing.T) {
			srv := chaosServer(t, calls, tiktokshoptest.InMemory())
			client := srv.Client(tiktokshop.WithRetry(tiktokshop.RetryPolicy{}),
				tiktokshop.WithClock(off(10*time.Minute)))
			_, err := callThing(t.Context(), client, opRead, "warmup")
			require.NoError(t, err)
			mood := tiktokshoptest.Stormy(seed)
			mood.Delay = 40 * time.Second
			srv.SetMood(mood)
			got := runChaos(t.Context(), client, calls)
			synctest.Wait()
			histories := srv.Histories()
			chaosRules{late: true}.checkAll(t, got, histories)
			for n, outcome := range got {
				attempts, effect := effortOf(outcome.Err)
				h := histories[chaosSorts[n%len(chaosSorts)].identity(n)]
				outcomes = append(outcomes, fmt.Sprint(outcome.Right, attempts, effect, h))
			}
		})
		return outcomes
	}
	first := storm(*chaosSeed)
	assert.True(t, slices.Equal(first, storm(*chaosSeed)), "the same seed reproduces")
	assert.False(t, slices.Equal(first, storm(*chaosSeed+1)), "another seed does not")
}
