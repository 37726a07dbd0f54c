package riverjobs_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	riverjobs "github.com/tiktokshop-go/tiktokshop/river"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// README.md has the code of this file from here on, word for word.

// serve is a process of which any number may run. Each receives webhooks and works events.
func serve(ctx context.Context, databaseURL, appKey, appSecret string) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	pool, err := pgxpool.New(ctx, databaseURL) // pool_max_conns: the workers of this process, and 6
	if err != nil {
		return err
	}
	defer pool.Close()
	driver := riverpgxv5.New(pool)
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, riverjobs.OrderIndex("")); err != nil {
		return err
	}

	events, err := riverjobs.NewEventWorker(riverjobs.EventOptions{
		Pool:     pool,
		Ordered:  true,
		HandleTx: recordOrder,
		OnCancel: func(_ context.Context, job *rivertype.JobRow, err error) {
			slog.Error("somebody has to look at a job", "id", job.ID, "kind", job.Kind, "error",
				err)
		},
	})
	if err != nil {
		return err
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, events)
	client, err := river.NewClient(driver, &river.Config{
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: 20, FetchPollInterval: 100 * time.Millisecond},
		},
		JobTimeout: time.Minute,
		// instead of an hour, for jobs of killed workers
		RescueStuckJobsAfter:        2 * time.Minute,
		CompletedJobRetentionPeriod: 2 * 24 * time.Hour,  // in which duplicates are known
		CancelledJobRetentionPeriod: 30 * 24 * time.Hour, // in which somebody looks at them
		DiscardedJobRetentionPeriod: 30 * 24 * time.Hour,
		// for jobs that run when the process is to end
		SoftStopTimeout: 20 * time.Second,
		Middleware: []rivertype.Middleware{riverjobs.NewMiddleware(
			riverjobs.MiddlewareOptions{})},
	})
	if err != nil {
		return err
	}
	if err := client.Start(ctx); err != nil {
		return err
	}

	verifier, err := webhook.NewVerifier(appKey, appSecret)
	if err != nil {
		return err
	}
	sink, err := riverjobs.NewSink(client, riverjobs.SinkOptions{MaxAttempts: 10})
	if err != nil {
		return err
	}
	handler, err := webhook.NewDurableHandler(verifier, sink)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: ":8080", Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Shutdown(context.WithoutCancel(ctx)) })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-client.Stopped()
	return nil
}

// recordOrder writes in the transaction in which the job is done: both or neither.
func recordOrder(ctx context.Context, tx pgx.Tx, event *webhook.Event) error {
	change, ok := webhook.As[webhook.OrderStatusChange](event)
	if !ok {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO orders (id, status, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET status = $2, updated_at = $3 WHERE orders.updated_at <= $3`,
		string(change.OrderID), string(change.OrderStatus), event.Time)
	return err
}
