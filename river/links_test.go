package riverjobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
	riverjobs "github.com/tiktokshop-go/tiktokshop/river"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

const campaign = tiktokshop.ID("7362840009596339923")

func ids(all ...tiktokshop.ID) iter.Seq[tiktokshop.ID] { return slices.Values(all) }

func product(i int) tiktokshop.ID { return tiktokshop.ID(strconv.Itoa(7362840009596400000 + i)) }

func products(n int) []tiktokshop.ID {
	all := make([]tiktokshop.ID, n)
	for i := range all {
		all[i] = product(i)
	}
	return all
}

// newPlatform is a fake with a campaign of n products, of which each hundredth gets no link.
func newPlatform(t *testing.T, n int) *tiktokshoptest.Server {
	t.Helper()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.KeepRequests(0))
	c := tiktokshoptest.Campaign{ID: campaign}
	for i, id := range products(n) {
		p := tiktokshoptest.Product{ID: id}
		if i%100 == 99 {
			p.ReviewStatus = "PENDING"
		}
		c.Products = append(c.Products, p)
	}
	srv.AddCampaign(c)
	return srv
}

func TestInsertLinks(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	client := d.client(t, river.Config{})
	run := riverjobs.LinksRun{Run: "spring", Owner: "partner-1", CampaignID: campaign,
		SliceSize: 100, Queue: "bulk", MaxAttempts: 3}
	tx := d.tx(t)
	n, err := riverjobs.InsertLinksTx(t.Context(), client, tx, run, slices.Values(products(250)))
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	require.NoError(t, tx.Rollback(t.Context()))

	for _, want := range []int{3, 0} {
		n, err = riverjobs.InsertLinks(t.Context(), client, run, slices.Values(products(250)))
		require.NoError(t, err)
		assert.Equal(t, want, n)
	}
	var all []tiktokshop.ID
	for i, args := range d.texts(t, `SELECT args::text FROM `+d.schema+
		`.river_job WHERE queue = 'bulk' AND max_attempts = 3 ORDER BY id`) {
		var slice riverjobs.LinksArgs
		require.NoError(t, json.Unmarshal([]byte(args), &slice))
		assert.Equal(t, i, slice.Slice)
		all = append(all, slice.ProductIDs...)
	}
	assert.Equal(t, products(250), all)

	run.Run = "summer"
	n, err = riverjobs.InsertLinks(t.Context(), client, run, ids("1", "2"))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
}

// A job's turns, one after the other, with what the platform does in each.
func TestLinksAccountForEachProduct(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	const n = 430
	for _, c := range []struct {
		name     string
		fault    tiktokshoptest.Fault
		failed   error // of the user's handler, the second time
		attempts int
		want     river.EventKind
		first    int // results of the first turn
		notTried int // of them
	}{
		{"all at once", tiktokshoptest.Fault{}, nil, 5, river.EventKindJobCompleted, n, 0},
		{"throttled", tiktokshoptest.Fault{Status: 429, Header: after("60")}, nil, 5,
			river.EventKindJobSnoozed, 0, 0},
		{"unavailable", tiktokshoptest.Fault{Status: 503}, nil, 5, river.EventKindJobFailed, 0, 0},
		{"without an answer", tiktokshoptest.Fault{Drop: true, Processed: true}, nil, 5,
			river.EventKindJobFailed, 0, 0},
		{"unavailable to the last", tiktokshoptest.Fault{Status: 503}, nil, 1,
			river.EventKindJobFailed, n, n},
		{"without permission", tiktokshoptest.Fault{Code: 105005}, nil, 5,
			river.EventKindJobCancelled, n, n},
		{"a batch refused", tiktokshoptest.Fault{Status: 400, Code: 36009010}, nil, 5,
			river.EventKindJobCompleted, n, 0},
		{"the handler fails", tiktokshoptest.Fault{}, errors.New("full"), 5,
			river.EventKindJobFailed, 200, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := newPlatform(t, n)
			if c.fault.Status+c.fault.Code > 0 || c.fault.Drop {
				srv.FailNext(1, c.fault)
			}
			tx := d.tx(t)
			var results []affiliatepartner.LinkResult
			calls := 0
			worker, err := riverjobs.NewLinksWorker(riverjobs.LinksOptions{
				Pool: tx, Concurrency: 1,
				Client: func(_ context.Context, owner string) (*tiktokshop.Client, error) {
					assert.Equal(t, "partner-1", owner)
					return srv.Client(tiktokshop.WithoutRetry()), nil
				},
				Handle: func(
					_ context.Context, _ pgx.Tx, args riverjobs.LinksArgs,
					r []affiliatepartner.LinkResult,
				) error {
					if calls++; calls == 2 && c.failed != nil {
						return c.failed
					}
					assert.Equal(t, "spring", args.Run)
					results = append(results, r...)
					return nil
				},
			})
			require.NoError(t, err)
			tested := rivertest.NewWorker(t, riverpgxv5.New(nil),
				&river.Config{Schema: d.schema, Logger: quiet}, worker)
			first, _ := tested.Work(t.Context(), t, tx, riverjobs.LinksArgs{
				Run: "spring", Owner: "partner-1", CampaignID: campaign, ProductIDs: products(n),
			}, &river.InsertOpts{MaxAttempts: c.attempts})
			assert.Equal(t, c.want, first.EventKind)
			assert.Len(t, results, c.first)
			notTried := 0
			for _, r := range results {
				if r.Status == affiliatepartner.LinkNotTried {
					notTried++
					assert.Error(t, r.Err)
				}
			}
			assert.Equal(t, c.notTried, notTried)
			if c.want == river.EventKindJobCompleted {
				checkLinks(t, results, n)
				return
			}
			// what is told later counts
			results = results[:c.first-c.notTried]
			// by hand, if it was given up
			again, err := d.client(t, river.Config{}).JobRetryTx(t.Context(), tx, first.Job.ID)
			require.NoError(t, err)
			second, err := tested.WorkJob(t.Context(), t, tx, again)
			require.NoError(t, err)
			assert.Equal(t, river.EventKindJobCompleted, second.EventKind)
			checkLinks(t, results, n)
		})
	}
}

// checkLinks looks for one result of each product, in order, and the right one.
func checkLinks(t *testing.T, results []affiliatepartner.LinkResult, n int) {
	t.Helper()
	var got []tiktokshop.ID
	refused := 0
	for i, r := range results {
		got = append(got, r.ProductID)
		switch {
		case r.Status == affiliatepartner.LinkError:
			refused++
			assert.ErrorIs(t, r.Err, tiktokshop.ErrInvalidRequest)
		case i%100 == 99:
			assert.Equal(t, affiliatepartner.LinkFailed, r.Status)
		default:
			assert.Equal(t, affiliatepartner.LinkMade, r.Status)
		}
	}
	assert.Equal(t, products(n), got)
	assert.Contains(t, []int{0, 50}, refused)
}

// A job that takes long lets others have a turn.
func TestLinksTakeTurns(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	const n = 650
	srv := newPlatform(t, n)
	tx := d.tx(t)
	var results []affiliatepartner.LinkResult
	worker, err := riverjobs.NewLinksWorker(riverjobs.LinksOptions{
		Pool: tx, Timeout: 20 * time.Second,
		Client: func(context.Context, string) (*tiktokshop.Client, error) {
			return srv.Client(), nil
		},
		Handle: func(
			_ context.Context, _ pgx.Tx, _ riverjobs.LinksArgs, r []affiliatepartner.LinkResult,
		) error {
			results = append(results, r...)
			return nil
		},
	})
	require.NoError(t, err)
	worker.EndTurnsNow()
	tested := rivertest.NewWorker(t, riverpgxv5.New(nil),
		&river.Config{Schema: d.schema, Logger: quiet}, worker)
	result, err := tested.Work(t.Context(), t, tx,
		riverjobs.LinksArgs{CampaignID: campaign, ProductIDs: products(n)}, nil)
	for turn := range 3 {
		require.NoError(t, err)
		assert.Equal(t, river.EventKindJobSnoozed, result.EventKind)
		assert.Zero(t, result.Job.Attempt)
		assert.Len(t, results, 200*(turn+1))
		result, err = tested.WorkJob(t.Context(), t, tx, result.Job)
	}
	require.NoError(t, err)
	assert.Equal(t, river.EventKindJobCompleted, result.EventKind)
	checkLinks(t, results, n)
}

func TestLinksOfAnOwnerWithoutAToken(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	tx := d.tx(t)
	var status []affiliatepartner.LinkStatus
	worker, err := riverjobs.NewLinksWorker(riverjobs.LinksOptions{
		Pool: tx,
		Client: func(context.Context, string) (*tiktokshop.Client, error) {
			return nil, token.ErrNone
		},
		Handle: func(
			_ context.Context, _ pgx.Tx, _ riverjobs.LinksArgs, r []affiliatepartner.LinkResult,
		) error {
			for i := range r {
				status = append(status, r[i].Status)
			}
			return nil
		},
	})
	require.NoError(t, err)
	result, err := rivertest.NewWorker(t, riverpgxv5.New(nil),
		&river.Config{Schema: d.schema, Logger: quiet}, worker).
		Work(t.Context(), t, tx, riverjobs.LinksArgs{CampaignID: campaign, ProductIDs: products(2)},
			nil)
	require.NoError(t, err)
	assert.Equal(t, river.EventKindJobCancelled, result.EventKind)
	assert.Equal(t, []affiliatepartner.LinkStatus{affiliatepartner.LinkNotTried,
		affiliatepartner.LinkNotTried}, status)
}
