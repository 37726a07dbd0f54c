// Command watermillsink publishes webhooks with Watermill, to its SQL Pub/Sub on PostgreSQL, and
// handles them from there: the platform is answered 200 when the event's message is committed.
//
// It runs against the server of TIKTOKSHOP_TEST_POSTGRES, in a schema of its own that it removes,
// with an embedded fake TikTok Shop. Without the variable it says so and ends.
//
// For Kafka, NATS JetStream or another Pub/Sub, the publisher and the subscriber are others and the
// rest stays. The key of the event and its message are then not one transaction any more: publish
// first, answer 200 after that, and let the handler stand an event that it has had.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-sql/v4/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tiktokshop-go/tiktokshop/tools/examples/engines/internal/scenario"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

const (
	variable = "TIKTOKSHOP_TEST_POSTGRES"
	events   = "tiktokshop_events"
	poison   = "tiktokshop_events_poison"
)

func main() {
	if err := run(context.Background(), os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string, out io.Writer) (err error) {
	dsn, err := scenario.Server(getenv, variable)
	if err != nil {
		return err
	}
	if dsn == "" {
		scenario.Missing(out, variable,
			"bash .ci/postgres go -C tools/examples/engines run ./watermillsink")
		return nil
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("%s is not a PostgreSQL URL", variable)
	}
	own := "watermill_" + strings.ToLower(rand.Text())
	config.ConnConfig.RuntimeParams["search_path"] = own
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, `CREATE SCHEMA `+own); err != nil {
		return err
	}
	defer func() {
		_, dropped := pool.Exec(context.WithoutCancel(ctx), `DROP SCHEMA `+own+` CASCADE`)
		err = errors.Join(err, dropped)
	}()
	if _, err := pool.Exec(ctx,
		`CREATE TABLE seen (key text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`); err != nil {
		return err
	}
	var router *message.Router
	err = scenario.Run(ctx, out, func(h *scenario.Handler) (webhook.Sink, error) {
		if router, err = newRouter(ctx, pool, h.Handle); err != nil {
			return nil, err
		}
		go func() { _ = router.Run(ctx) }() // which Close ends
		<-router.Running()
		return &Sink{Pool: pool, Topic: events, Seen: "seen"}, nil
	})
	if router != nil {
		err = errors.Join(err, router.Close())
	}
	if err != nil {
		return err
	}
	var parked int
	err = pool.QueryRow(ctx, `SELECT count(*) FROM `+schema.MessagesTable(poison)).Scan(&parked)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Watermill has %d messages in the poison topic\n", parked)
	return nil
}

// newRouter is a subscriber, of which any number may run: those of one ConsumerGroup share the
// messages.
func newRouter(ctx context.Context, pool *pgxpool.Pool, fn webhook.Func) (*message.Router, error) {
	logger := watermill.NewSlogLogger(slog.New(slog.DiscardHandler))
	db := sql.BeginnerFromPgx(pool)
	publisher, err := sql.NewPublisher(db,
		sql.PublisherConfig{SchemaAdapter: schema, AutoInitializeSchema: true}, logger)
	if err != nil {
		return nil, err
	}
	subscriber, err := sql.NewSubscriber(db, sql.SubscriberConfig{
		ConsumerGroup: "tiktokshop", SchemaAdapter: schema,
		OffsetsAdapter:   sql.DefaultPostgreSQLOffsetsAdapter{},
		InitializeSchema: true, PollInterval: 20 * time.Millisecond, // which is a second by default
	}, logger)
	if err != nil {
		return nil, err
	}
	// before the first one is published
	if err := subscriber.SubscribeInitialize(events); err != nil {
		return nil, err
	}
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: 10 * time.Second}, logger)
	if err != nil {
		return nil, err
	}
	// What no repeat helps, and what has failed too often, waits in a topic of its own for somebody
	// to look at it. Else it would hold up everything: a message that is not acknowledged comes
	// again at once.
	parking, err := middleware.PoisonQueue(publisher, poison)
	if err != nil {
		return nil, err
	}
	retry := middleware.Retry{
		MaxRetries: 10, InitialInterval: 100 * time.Millisecond, MaxInterval: 5 * time.Second,
		Multiplier: 2, RandomizationFactor: 0.2,
		ShouldRetry: func(p middleware.RetryParams) bool { return !scenario.Hopeless(p.Err) },
	}
	router.AddMiddleware(parking, retry.Middleware)
	router.AddConsumerHandler("events", events, subscriber, Handle(fn))
	return router, ctx.Err()
}
