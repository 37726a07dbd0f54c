package riverjobs_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	riverjobs "github.com/tiktokshop-go/tiktokshop/river"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func newSink(t *testing.T, d *database) (*riverjobs.Sink, *river.Client[pgx.Tx]) {
	t.Helper()
	client := d.client(t, river.Config{})
	sink, err := riverjobs.NewSink(client, riverjobs.SinkOptions{})
	require.NoError(t, err)
	return sink, client
}

func TestSinkTakesADeliveryOnce(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	var sinks []*riverjobs.Sink
	for range 3 {
		sink, _ := newSink(t, d)
		sinks = append(sinks, sink)
	}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			assert.NoError(t, sinks[i%3].Accept(t.Context(),
				delivery(t, body(i%5, "1", time.Unix(1644412885, 0)))))
		})
	}
	all.Wait()
	assert.Equal(t, 5, d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job`))

	second := delivery(t, body(1, "1", time.Unix(1644412885, 0)))
	for _, state := range rivertype.JobStates() {
		d.exec(t, `UPDATE `+d.schema+`.river_job SET state = $1::text::`+d.schema+`.river_job_state, finalized_at =
			CASE WHEN $1 IN ('completed', 'cancelled', 'discarded') THEN now() END`, string(state))
		require.NoError(t, sinks[0].Accept(t.Context(), second))
		assert.Equal(t, 5, d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job`),
			"a duplicate of one that is %s", state)
	}

	other := delivery(t, second.Body)
	other.Key = "another-app:" + second.Event.Key()
	require.NoError(t, sinks[0].Accept(t.Context(), other))
	assert.Equal(t, 6, d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job`), "another app's")
}

func TestSinkKeepsWhatWasSigned(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	sink, client := newSink(t, d)
	for _, c := range []struct {
		name string
		body string
	}{
		{"spaces and numbers",
			` {"type" : 1, "tts_notification_id":"1","shop_id":7494049642642441621,"data":{"a":1.0e2,"a":2}} `},
		{"no character",
			`{"type":1,"tts_notification_id":"\u0000","seller_open_id":"\u0000a","data":{"a":"\u0000"}}`},
		{"a megabyte", `{"type":1,"tts_notification_id":"2","data":{"text":"` +
			strings.Repeat("é", 500_000) + `"}}`},
		{"no JSON", `{"type":1`},
		{"no text", "\xff\x00"},
	} {
		require.NoError(t, sink.Accept(t.Context(), delivery(t, []byte(c.body))), c.name)
		jobs, err := client.JobList(t.Context(),
			river.NewJobListParams().Kinds(riverjobs.KindEvent).
				OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(1))
		require.NoError(t, err)
		tx := d.tx(t)
		var got []byte
		worker, err := riverjobs.NewEventWorker(riverjobs.EventOptions{Handle: func(
			_ context.Context, e *webhook.Event,
		) error {
			got = e.Raw
			return nil
		}})
		require.NoError(t, err)
		result, err := rivertest.NewWorker(t, riverpgxv5.New(nil), &river.Config{Schema: d.schema},
			worker).
			WorkJob(t.Context(), t, tx, jobs.Jobs[0])
		require.NoError(t, err, c.name)
		assert.Equal(t, river.EventKindJobCompleted, result.EventKind, c.name)
		assert.True(t, bytes.Equal([]byte(c.body), got), c.name)
	}
}

func TestSinkInATransaction(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	sink, _ := newSink(t, d)
	tx := d.tx(t)
	for i, dropped := range []bool{false, true} {
		result, err := sink.InsertTx(t.Context(), tx, delivery(t, body(1, "1", time.Now())))
		require.NoError(t, err)
		assert.Equal(t, dropped, result.UniqueSkippedAsDuplicate, i)
	}
	assert.Zero(t, d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job`))
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, sink.Accept(t.Context(), delivery(t, body(1, "1", time.Now()))))
	assert.Equal(t, 1, d.count(t, `SELECT count(*) FROM `+d.schema+`.river_job`))
}

func TestHandlerAnswersWhenTheJobIsCommitted(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	sink, _ := newSink(t, d)
	verifier, err := webhook.NewVerifier(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	require.NoError(t, err)
	handler, err := webhook.NewDurableHandler(verifier, sink, webhook.WithLogger(quiet))
	require.NoError(t, err)
	signer, err := webhook.NewSigner(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	require.NoError(t, err)
	send := func(id int) int {
		b := body(id, "7494049642642441621", time.Unix(1644412885, 0))
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(b)).WithContext(t.Context())
		r.Header.Set(webhook.SignatureHeader, signer.Sign(b))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code
	}
	assert.Equal(t, http.StatusOK, send(1))
	assert.Equal(t, http.StatusOK, send(1))
	assert.Equal(t, []string{"shop 7494049642642441621 000001644412885000 default"},
		d.texts(t, `SELECT concat_ws(' ', args->>'owner', '000' || (args->>'at'), queue) FROM `+
			d.schema+`.river_job`))
	row := d.texts(t, `SELECT j::text FROM `+d.schema+`.river_job j`)[0]
	assert.NotContains(t, row, tiktokshoptest.AppSecret)

	d.exec(t, `ALTER TABLE `+d.schema+`.river_job RENAME TO gone`)
	assert.Equal(t, http.StatusInternalServerError, send(2), "nothing was kept")
}

func TestHandleTxIsAllOrNothing(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, `CREATE TABLE `+d.schema+`.effects (key text)`)
	failure := errors.New("no")
	for _, c := range []struct {
		name    string
		err     error
		kind    river.EventKind
		effects int
	}{
		{"failed", failure, river.EventKindJobFailed, 0},
		{"handled", nil, river.EventKindJobCompleted, 1},
		{"refused", &tiktokshop.InputError{Field: "x", Reason: "is wrong"},
			river.EventKindJobCancelled, 0},
	} {
		tx := d.tx(t)
		worker, err := riverjobs.NewEventWorker(riverjobs.EventOptions{
			Pool: tx, HandleTx: func(ctx context.Context, tx pgx.Tx, e *webhook.Event) error {
				change, ok := webhook.As[webhook.OrderStatusChange](e)
				assert.True(t, ok)
				_, err := tx.Exec(ctx, `INSERT INTO `+d.schema+`.effects VALUES ($1)`,
					string(change.OrderID))
				return errors.Join(err, c.err)
			},
		})
		require.NoError(t, err)
		result, _ := rivertest.NewWorker(t, riverpgxv5.New(nil), &river.Config{Schema: d.schema},
			worker).
			Work(t.Context(), t, tx, riverjobs.EventArgs{Key: "1", Body: body(1, "1", time.Now())},
				nil)
		assert.Equal(t, c.kind, result.EventKind, c.name)
		var effects int
		require.NoError(t,
			tx.QueryRow(t.Context(), `SELECT count(*) FROM `+d.schema+`.effects`).Scan(&effects))
		assert.Equal(t, c.effects, effects, c.name)
		require.NoError(t, tx.Rollback(t.Context()))
	}
}

// watched is a Pool that tells the state of the job at the time of a commit.
type watched struct {
	pgx.Tx
	schema string
	states *[]string
}

func (w watched) Begin(ctx context.Context) (pgx.Tx, error) {
	tx, err := w.Tx.Begin(ctx)
	return watched{tx, w.schema, w.states}, err
}

func (w watched) Commit(ctx context.Context) error {
	var state string
	if err := w.QueryRow(ctx, `SELECT state::text FROM `+w.schema+
		`.river_job`).Scan(&state); err != nil {
		return err
	}
	*w.states = append(*w.states, state)
	return w.Tx.Commit(ctx)
}

func TestHandleTxEndsTheJobInTheTransaction(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	for _, ordered := range []bool{false, true} {
		var states []string
		tx := d.tx(t)
		worker, err := riverjobs.NewEventWorker(riverjobs.EventOptions{
			Ordered: ordered, Pool: watched{tx, d.schema, &states},
			HandleTx: func(context.Context, pgx.Tx, *webhook.Event) error { return nil },
		})
		require.NoError(t, err)
		_, err = rivertest.NewWorker(t, riverpgxv5.New(nil), &river.Config{Schema: d.schema},
			worker).
			Work(t.Context(), t, tx, riverjobs.EventArgs{Key: "1", Owner: "shop 1",
				Body: body(1, "1", time.Now())}, nil)
		require.NoError(t, err)
		assert.Equal(t, []string{"completed"}, states)
		require.NoError(t, tx.Rollback(t.Context()))
	}
}

func TestMistakesInOptions(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, *webhook.Event) error { return nil }
	for _, c := range []struct {
		name   string
		make   func() error
		fields []string
	}{
		{"sink", func() error {
			_, err := riverjobs.NewSink(nil, riverjobs.SinkOptions{MaxAttempts: -1})
			return err
		}, []string{"client", "MaxAttempts"}},
		{"events", func() error {
			_, err := riverjobs.NewEventWorker(riverjobs.EventOptions{Ordered: true, Timeout: -1})
			return err
		}, []string{"Handle", "Pool", "Timeout"}},
		{"events with two handlers", func() error {
			_, err := riverjobs.NewEventWorker(riverjobs.EventOptions{Handle: nothing,
				HandleTx: func(context.Context, pgx.Tx, *webhook.Event) error { return nil }})
			return err
		}, []string{"Handle", "Pool"}},
		{"links", func() error {
			_, err := riverjobs.NewLinksWorker(riverjobs.LinksOptions{Concurrency: 65, Timeout: -1})
			return err
		}, []string{"Client", "Handle", "Pool", "Concurrency", "Timeout"}},
		{"a run of links", func() error {
			_, err := riverjobs.InsertLinks(t.Context(), nil,
				riverjobs.LinksRun{SliceSize: 10_001, MaxAttempts: -1}, nil)
			return err
		}, []string{"Run", "Owner", "CampaignID", "SliceSize", "MaxAttempts", "ids"}},
		{"no links", func() error {
			_, err := riverjobs.InsertLinks(t.Context(), nil,
				riverjobs.LinksRun{Run: "1", Owner: "2", CampaignID: "3"}, ids())
			return err
		}, []string{"ids"}},
		{"two ids in one", func() error {
			_, err := riverjobs.InsertLinks(t.Context(), nil,
				riverjobs.LinksRun{Run: "1", Owner: "2", CampaignID: "3"}, ids("1 2"))
			return err
		}, []string{"ids"}},
		{"backfills", func() error {
			_, err := riverjobs.NewBackfillWorker(riverjobs.BackfillOptions{Timeout: -1,
				Feeds: map[string]riverjobs.Feed{"": {}}})
			return err
		}, []string{"Feeds", `Feeds[""]`, "Pool", "Timeout"}},
		{"a backfill", func() error {
			_, err := riverjobs.InsertBackfill(t.Context(), nil,
				riverjobs.Backfill{Piece: 1, MaxAttempts: -1})
			return err
		}, []string{"Feed", "Owner", "Since", "Until", "Piece", "MaxAttempts"}},
		{"a backfill of too many jobs", func() error {
			_, err := riverjobs.InsertBackfill(t.Context(), nil, riverjobs.Backfill{
				Feed: "1", Owner: "2", Since: time.Unix(1, 0), Until: time.Unix(20_000, 0),
				Piece: time.Second,
			})
			return err
		}, []string{"Piece"}},
	} {
		var fields []string
		for _, mistake := range tiktokshop.InputErrors(c.make()) {
			fields = append(fields, mistake.Field)
		}
		assert.Equal(t, c.fields, fields, c.name)
	}
}
