package main

import (
	"context"
	"fmt"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-sql/v4/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// Sink is a webhook.Sink that publishes events to a topic of Watermill's SQL Pub/Sub.
type Sink struct {
	Pool  *pgxpool.Pool
	Topic string
	// Seen is a table of the keys of events: CREATE TABLE … (key text PRIMARY KEY, at timestamptz
	// NOT NULL DEFAULT now()). Rows that are older than a day may be deleted: the platform delivers
	// for 16 hours.
	Seen string
}

// Accept implements webhook.Sink. The key and the message are one transaction: an event is
// published once, and a duplicate is known as one only after the event was published. Watermill's
// Deduplicator is no help here: it marks a message before it is handled, and remembers it in one
// process for a minute.
func (s *Sink) Accept(ctx context.Context, d *webhook.Delivery) error {
	return pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		added, err := tx.Exec(ctx, `INSERT INTO `+s.Seen+
			` (key) VALUES ($1) ON CONFLICT DO NOTHING`, d.Key)
		if err != nil || added.RowsAffected() == 0 {
			return err
		}
		publisher, err := sql.NewPublisher(sql.TxFromPgx(tx),
			sql.PublisherConfig{SchemaAdapter: schema}, nil)
		if err != nil {
			return err
		}
		m := message.NewMessage(watermill.NewUUID(), d.Body)
		m.SetContext(ctx)
		return publisher.Publish(s.Topic, m)
	})
}

// schema keeps the bytes of a body: a column of type JSON, the default, would refuse one that is no
// JSON. One message at a time is read, so that a crash repeats no more than that.
var schema = sql.DefaultPostgreSQLSchema{
	SubscribeBatchSize:  1,
	GeneratePayloadType: func(string) string { return "BYTEA" },
}

// Handle makes a handler of messages of one of events.
func Handle(fn webhook.Func) message.NoPublishHandlerFunc {
	return func(m *message.Message) error {
		event, err := webhook.Parse(m.Payload)
		if err != nil {
			event = &webhook.Event{Raw: []byte(m.Payload), PayloadError: err}
		}
		if err := fn(m.Context(), event); err != nil {
			return fmt.Errorf("event %s: %w", event.Key(), err)
		}
		return nil
	}
}
