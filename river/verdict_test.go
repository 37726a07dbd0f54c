package riverjobs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	riverjobs "github.com/tiktokshop-go/tiktokshop/river"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// once is a client that repeats nothing itself, and a server whose next answer is a fault.
func once(t *testing.T, f tiktokshoptest.Fault) *tiktokshop.Client {
	t.Helper()
	srv := tiktokshoptest.NewServer(t)
	srv.FailNext(1, f)
	return srv.Client(tiktokshop.WithoutRetry(),
		tiktokshop.WithShopCipher(tiktokshoptest.ShopCipher))
}

func read(t *testing.T, f tiktokshoptest.Fault) error {
	t.Helper()
	_, err := order.New(once(t, f)).GetOrderDetail(t.Context(),
		&order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"576461413000000000"}})
	require.Error(t, err)
	return err
}

func write(t *testing.T, f tiktokshoptest.Fault) error {
	t.Helper()
	_, err := fulfillment.New(once(t, f)).ShipPackage(t.Context(),
		&fulfillment.ShipPackageRequest{PackageID: "1152321127278713123"})
	require.Error(t, err)
	return err
}

func makeLinks(t *testing.T, f tiktokshoptest.Fault) error {
	t.Helper()
	_, err := once(t, f).AffiliatePartner.GenerateMultiProductLink(t.Context(),
		&tiktokshop.GenerateMultiProductLinkRequest{
			CampaignID: "7362840009596339923", ProductIDs: []tiktokshop.ID{"7362840009596339971"},
		})
	require.Error(t, err)
	return err
}

func own(t *testing.T, f tiktokshoptest.Fault) error {
	t.Helper()
	_, err := tiktokshop.Do[struct{}](t.Context(), once(t, f), &tiktokshop.Operation{
		Name: "own.Thing", Method: http.MethodPost, Path: "/own/202601/things",
	}, tiktokshop.Params{})
	require.Error(t, err)
	return err
}

func after(seconds string) http.Header { return http.Header{"Retry-After": {seconds}} }

func TestVerdict(t *testing.T) {
	t.Parallel()
	lost := tiktokshoptest.Fault{Drop: true, Processed: true}
	plain := errors.New("something else")
	snoozed, cancelled := river.JobSnooze(time.Minute), river.JobCancel(plain)
	const unchanged, cancels = 0, -1
	for _, c := range []struct {
		name string
		err  error
		want time.Duration // of a snooze, unchanged or cancels
		safe time.Duration // the same for what may be repeated
	}{
		{"nothing", nil, unchanged, unchanged},
		{"another error", plain, unchanged, unchanged},
		{"a snooze", snoozed, unchanged, unchanged},
		{"a cancellation", fmt.Errorf("so: %w", cancelled), unchanged, unchanged},
		{"the context's end", context.Canceled, unchanged, unchanged},

		{"throttled", read(t, tiktokshoptest.Fault{Status: 429, Header: after("7")}),
			7 * time.Second, 7 * time.Second},
		{"throttled for an unknown time", read(t, tiktokshoptest.Fault{Status: 429}),
			10 * time.Second, 10 * time.Second},
		{"a write throttled", write(t, tiktokshoptest.Fault{Status: 429, Header: after("7")}),
			7 * time.Second, 7 * time.Second},
		{"unavailable", read(t, tiktokshoptest.Fault{Status: 503}), unchanged, unchanged},
		{"unavailable for a time", read(t, tiktokshoptest.Fault{Status: 503, Header: after("90")}),
			90 * time.Second, 90 * time.Second},
		{"quota exhausted", read(t, tiktokshoptest.Fault{Status: 429, Code: 36009037}), time.Hour,
			time.Hour},
		{"quota exhausted for a time",
			read(t, tiktokshoptest.Fault{Code: 36009037, Header: after("7200")}), 2 * time.Hour,
			2 * time.Hour},

		{"a read without an answer", read(t, lost), unchanged, unchanged},
		{"a write without an answer", write(t, lost), cancels, unchanged},
		{"a write that the platform may have done",
			write(t, tiktokshoptest.Fault{Status: 503, Header: after("90")}), cancels,
			90 * time.Second},
		{"an operation of one's own without an answer", own(t, lost), cancels, unchanged},
		{"links without an answer", makeLinks(t, lost), cancels, unchanged},
		{"a write among others", errors.Join(plain, fmt.Errorf("so: %w", write(t, lost))), cancels,
			unchanged},

		{"authorization withdrawn", read(t, tiktokshoptest.Fault{Code: 105001}), cancels, cancels},
		{"no token", &tiktokshop.TokenError{Err: token.ErrNone}, cancels, cancels},
		{"refresh refused", &tiktokshop.TokenError{Err: token.ErrRefused}, cancels, cancels},
		{"refreshed elsewhere", &tiktokshop.TokenError{Err: token.ErrInDoubt}, 15 * time.Second,
			15 * time.Second},
		{"a token store that is down", &tiktokshop.TokenError{Err: plain}, unchanged, unchanged},
		{"a refresh without an answer", &tiktokshop.TokenError{Err: own(t, lost)}, unchanged,
			unchanged},
		{"token expired", read(t, tiktokshoptest.Fault{Code: 105002}), unchanged, unchanged},

		{"bad input", &tiktokshop.InputError{Field: "x", Reason: "is wrong"}, cancels, cancels},
		{"no permission", read(t, tiktokshoptest.Fault{Code: 105005}), cancels, cancels},
		{"retired", read(t, tiktokshoptest.Fault{Code: 36009014}), cancels, cancels},
		{"invalid", read(t, tiktokshoptest.Fault{Status: 400, Code: 36009010}), cancels, cancels},
		{"not found", read(t, tiktokshoptest.Fault{Status: 404, Code: 36009009}), unchanged,
			unchanged},
		{"a business error", read(t, tiktokshoptest.Fault{Code: 12345678}), unchanged, unchanged},
		{
			"throttled and refused", errors.Join(read(t, tiktokshoptest.Fault{Status: 429}),
				read(t, tiktokshoptest.Fault{Code: 105005})),
			cancels, cancels,
		},
		{
			"throttled twice",
			errors.Join(read(t, tiktokshoptest.Fault{Status: 429, Header: after("2")}),
				read(t, tiktokshoptest.Fault{Status: 429, Header: after("40")})),
			40 * time.Second, 40 * time.Second,
		},
	} {
		check := func(got error, want time.Duration) {
			t.Helper()
			var snooze *river.JobSnoozeError
			var cancel *river.JobCancelError
			switch {
			case want == unchanged:
				assert.Equal(t, c.err, got, c.name) // the same error
			case want == cancels:
				assert.ErrorAs(t, got, &cancel, c.name)
				assert.ErrorIs(t, got, c.err, c.name)
			case assert.ErrorAs(t, got, &snooze, c.name):
				assert.GreaterOrEqual(t, snooze.Duration, want, c.name)
				assert.LessOrEqual(t, snooze.Duration, want+want/10+time.Millisecond, c.name)
			}
		}
		check(riverjobs.Verdict(c.err), c.want)
		check(riverjobs.VerdictRepeatSafe(c.err), c.safe)
	}
}

type ownArgs struct{}

func (ownArgs) Kind() string { return "own" }

// ownWorker is a user's: its error comes from a step or from Work.
type ownWorker struct {
	river.WorkerDefaults[ownArgs]
	err        error
	step       bool
	middleware []rivertype.WorkerMiddleware
}

func (w *ownWorker) Middleware(*rivertype.JobRow) []rivertype.WorkerMiddleware {
	return w.middleware
}

func (w *ownWorker) Work(ctx context.Context, _ *river.Job[ownArgs]) error {
	if w.step {
		river.ResumableStep(ctx, "step", nil, func(context.Context) error { return w.err })
		return nil
	}
	return w.err
}

func TestMiddleware(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	throttled := read(t, tiktokshoptest.Fault{Status: 429, Header: after("90")})
	unanswered := write(t, tiktokshoptest.Fault{Drop: true})
	for _, c := range []struct {
		name                   string
		err                    error
		global, step, harmless bool
		want                   river.EventKind
		told                   int
	}{
		{"handled", nil, true, false, false, river.EventKindJobCompleted, 0},
		{"throttled", throttled, true, false, false, river.EventKindJobSnoozed, 0},
		{"throttled in a step", throttled, false, true, false, river.EventKindJobSnoozed, 0},
		{"a write without an answer", unanswered, true, false, false, river.EventKindJobCancelled,
			1},
		{"a write without an answer, in a step", unanswered, false, true, false,
			river.EventKindJobCancelled, 1},
		{"a write without an answer that may be repeated", unanswered, false, false, true,
			river.EventKindJobFailed, 0},
	} {
		told := 0
		middleware := riverjobs.NewMiddleware(riverjobs.MiddlewareOptions{
			RepeatSafe: c.harmless,
			OnCancel: func(_ context.Context, job *rivertype.JobRow, err error) {
				told++
				assert.Equal(t, "own", job.Kind, c.name)
				assert.ErrorIs(t, err, c.err, c.name)
			},
		})
		config, worker := &river.Config{Schema: d.schema, Logger: quiet},
			&ownWorker{err: c.err, step: c.step}
		if c.global {
			config.Middleware = []rivertype.Middleware{middleware}
		} else {
			worker.middleware = []rivertype.WorkerMiddleware{middleware}
		}
		tx := d.tx(t)
		result, _ := rivertest.NewWorker(t, riverpgxv5.New(nil), config, worker).Work(t.Context(),
			t, tx, ownArgs{}, nil)
		assert.Equal(t, c.want, result.EventKind, c.name)
		assert.Equal(t, c.told, told, c.name)
		if c.want == river.EventKindJobSnoozed {
			assert.Zero(t, result.Job.Attempt, c.name)
		}
		for _, e := range result.Job.Errors {
			for _, secret := range []string{tiktokshoptest.AppSecret, tiktokshoptest.AccessToken,
				tiktokshoptest.ShopCipher, "sign="} {
				assert.NotContains(t, e.Error, secret, c.name)
			}
		}
		require.NoError(t, tx.Rollback(t.Context()))
	}
}
