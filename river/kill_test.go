package riverjobs_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	riverjobs "github.com/tiktokshop-go/tiktokshop/river"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// patience is how long a test waits for what must happen in the end.
const patience = 5 * time.Minute

// TestEventsThroughKills sends events, some of them several times and all in disorder, to three
// processes that receive and work them and are killed at random. RIVERJOBSTEST_EVENTS and
// RIVERJOBSTEST_KILLS set how many events and kills there are; the defaults are a sample. From
// 10,000 events on, the processes do River's maintenance themselves, with its real intervals.
func TestEventsThroughKills(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	events, kills := fromEnvironment(t, "RIVERJOBSTEST_EVENTS", 1000),
		fromEnvironment(t, "RIVERJOBSTEST_KILLS", 3)
	big := events >= 10_000
	f := newFleet(t, d, process{Alone: big})
	signer, err := webhook.NewSigner(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	require.NoError(t, err)

	deliveries := rand.Perm(events)
	for i := range deliveries {
		for rand.IntN(4) == 0 {
			// which arrives again, later
			deliveries = append(deliveries, deliveries[rand.IntN(i+1)])
		}
	}
	rand.Shuffle(len(deliveries)/2,
		func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
	queue := make(chan int)
	var senders sync.WaitGroup
	start, began := time.Unix(1_700_000_000, 0), time.Now()
	refused := make([]int, 8)
	client := &http.Client{Timeout: webhook.PlatformTimeout}
	t.Cleanup(client.CloseIdleConnections)
	for s := range refused {
		senders.Go(func() {
			for i := range queue {
				b := body(i, fmt.Sprint(i%100), start.Add(time.Duration(i)*time.Second))
				for !send(t.Context(), client, f.anyURL(), b, signer.Sign(b)) {
					refused[s]++
					time.Sleep(10 * time.Millisecond) // the platform waits for two minutes
				}
			}
		})
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for _, i := range deliveries {
			select {
			case queue <- i:
			case <-t.Context().Done():
			}
		}
		close(queue)
		senders.Wait()
	}()
	pause := 150 * time.Millisecond
	if big {
		pause = 3 * time.Second
	}
	killed := f.killSome(t, kills, pause, nil)
	<-sent
	received := time.Since(began)
	f.finish(t, d, patience+time.Duration(events)*10*time.Millisecond)
	took := time.Since(began)

	attempts := d.count(t, `SELECT count(*) FROM `+d.schema+`.attempts`)
	assert.Equal(t, events, d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job`), "jobs")
	assert.Equal(t, events,
		d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job WHERE state = 'completed'`),
		"completed jobs")
	assert.Equal(t, events, d.count(t, `SELECT count(DISTINCT key) FROM `+d.schema+`.effects`),
		"events handled")
	assert.Equal(t, events, d.count(t, `SELECT count(*) FROM `+d.schema+`.effects`), "effects")
	assert.Equal(t, events, d.count(t, `SELECT count(DISTINCT key) FROM `+d.schema+`.attempts`),
		"events tried")
	rescued := d.count(t, `SELECT count(*) FROM `+d.schema+
		`.river_job WHERE array_to_string(errors, ' ') LIKE '%rescued%'`)
	total := 0
	for _, n := range refused {
		total += n
	}
	t.Logf("%d events in %d deliveries and %d that were not answered 200, %d kills, %d attempts of handling, %d jobs rescued, received in %v, done in %v",
		events, len(deliveries), total, killed, attempts, rescued, received.Round(time.Millisecond),
		took.Round(time.Millisecond))
}

// send delivers as the platform does: only 200 is an answer.
func send(
	ctx context.Context, client *http.Client, url string, body []byte, signature string,
) (acknowledged bool) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set(webhook.SignatureHeader, signature)
	resp, err := client.Do(r)
	if err != nil {
		return ctx.Err() != nil
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// TestOrderThroughKills has the events of each shop in disorder in the queue.
func TestOrderThroughKills(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	shops, each, kills := 10, fromEnvironment(t, "RIVERJOBSTEST_ORDERED", 10),
		fromEnvironment(t, "RIVERJOBSTEST_KILLS", 3)
	d.exec(t, riverjobs.OrderIndex(d.schema))
	client := d.client(t, river.Config{})
	sink, err := riverjobs.NewSink(client, riverjobs.SinkOptions{MaxAttempts: 1000})
	require.NoError(t, err)
	start := time.Unix(1_700_000_000, 0)
	for _, i := range rand.Perm(shops * each) {
		require.NoError(t, sink.Accept(t.Context(),
			delivery(t, body(i, fmt.Sprint(i%shops), start.Add(time.Duration(i)*time.Second)))))
	}
	f := newFleet(t, d, process{Ordered: true})
	killed := f.killSome(t, kills, 150*time.Millisecond, nil)
	f.finish(t, d, patience)
	assert.Equal(t, shops*each, d.count(t, `SELECT count(*) FROM `+d.schema+`.effects`))
	assert.Zero(t,
		d.count(t, `SELECT count(*) FROM (SELECT at < lag(at) OVER (PARTITION BY shop ORDER BY id) AS back FROM `+
			d.schema+`.effects) AS e WHERE back`), "events handled before an earlier one of their shop")
	t.Logf("%d events of %d shops, %d kills, %d attempts", shops*each, shops, killed,
		d.count(t, `SELECT count(*) FROM `+d.schema+`.attempts`))
}

// TestLinksThroughKills makes links with three processes that are killed at random, behind a
// platform that fails now and then. RIVERJOBSTEST_PRODUCTS sets how many there are.
func TestLinksThroughKills(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	n, kills := fromEnvironment(t, "RIVERJOBSTEST_PRODUCTS", 4000),
		fromEnvironment(t, "RIVERJOBSTEST_KILLS", 3)
	srv := newPlatform(t, n)
	srv.SetMood(tiktokshoptest.Mood{
		Seed: 1, Throttle: 0.01, RetryAfter: time.Second, Unavailable: 0.02, HTML: 0.01,
		Truncate: 0.01, ResetBefore: 0.01, ResetAfter: 0.01,
		Slow: 0.9, Delay: 100 * time.Millisecond,
	})
	inserted, err := riverjobs.InsertLinks(t.Context(), d.client(t, river.Config{}),
		riverjobs.LinksRun{Run: "all", Owner: "partner-1", CampaignID: campaign, SliceSize: 500,
			MaxAttempts: 1000}, slices.Values(products(n)))
	require.NoError(t, err)
	began := time.Now()
	f := newFleet(t, d, process{Platform: srv.URL})
	killed := f.killSome(t, kills, 150*time.Millisecond, nil)
	f.finish(t, d, patience+time.Duration(n)*10*time.Millisecond)

	assert.Equal(t, inserted,
		d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job WHERE state = 'completed'`))
	assert.Equal(t, n, d.count(t, `SELECT count(DISTINCT product) FROM `+d.schema+`.links`),
		"products with a result")
	assert.Equal(t, n, d.count(t, `SELECT count(*) FROM `+d.schema+`.links`), "results")
	assert.Equal(t, n/100,
		d.count(t, `SELECT count(*) FROM `+d.schema+`.links WHERE status = 'failed' AND link = ''`))
	assert.Equal(t, n-n/100,
		d.count(t, `SELECT count(*) FROM `+d.schema+
			`.links WHERE status = 'linked' AND link <> ''`))
	t.Logf("%d products in %d jobs, %d kills, %d jobs rescued, done in %v", n, inserted, killed,
		d.count(t, `SELECT count(*) FROM `+d.schema+
			`.river_job WHERE array_to_string(errors, ' ') LIKE '%rescued%'`), time.Since(
			began).Round(time.Millisecond))
}

// TestBackfillThroughKills reads the orders of ten days with three processes that are killed at
// random.
func TestBackfillThroughKills(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	n, kills := fromEnvironment(t, "RIVERJOBSTEST_ORDERS", 1500),
		fromEnvironment(t, "RIVERJOBSTEST_KILLS", 3)
	until := time.Now().Add(-time.Hour).Truncate(time.Second)
	since := until.Add(-10 * 24 * time.Hour)
	srv := newShop(t, n, since, until)
	srv.SetMood(tiktokshoptest.Mood{Seed: 1, Unavailable: 0.02, HTML: 0.01, Truncate: 0.01,
		ResetBefore: 0.01, ResetAfter: 0.01})
	inserted, err := riverjobs.InsertBackfill(t.Context(), d.client(t, river.Config{}),
		riverjobs.Backfill{
			Feed: "orders", Owner: "shop-1", Since: since, Until: until, Piece: 24 * time.Hour,
			MaxAttempts: 1000,
		})
	require.NoError(t, err)
	f := newFleet(t, d, process{Platform: srv.URL})
	killed := f.killSome(t, kills, 150*time.Millisecond, nil)
	f.finish(t, d, patience+time.Duration(n)*10*time.Millisecond)
	assert.Equal(t, inserted,
		d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job WHERE state = 'completed'`))
	assert.Equal(t, n, d.count(t, `SELECT count(DISTINCT id) FROM `+d.schema+`.orders`), "orders")
	t.Logf("%d orders in %d jobs, %d kills, %d handed over", n, inserted, killed,
		d.count(t, `SELECT count(*) FROM `+d.schema+`.orders`))
}
