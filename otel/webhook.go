package oteltiktokshop

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/webhook/inbox"
)

// NewWebhookHandler returns a handler that records how long next, a webhook.Handler, takes for a
// delivery: tiktokshop.webhook.delivery.duration by http.response.status_code. The platform waits
// for 3 seconds. A nil handler is an *InputError.
func NewWebhookHandler(next http.Handler, opts ...Option) (http.Handler, error) {
	if next == nil {
		return nil, &tiktokshop.InputError{Field: "handler", Reason: "is nil"}
	}
	duration, err := configure(
		opts).meter().Float64Histogram("tiktokshop.webhook.delivery.duration", metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(0.005, 0.025, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3),
		metric.WithDescription("Time in which a delivery was answered."))
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, noted := time.Now(), &noting{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			duration.Record(r.Context(), time.Since(start).Seconds(),
				metric.WithAttributes(semconv.HTTPResponseStatusCode(noted.status)))
		}()
		next.ServeHTTP(noted, r)
	}), nil
}

// noting is a ResponseWriter that remembers the status.
type noting struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find what the writer can do.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// eventStateKey tells waiting events from parked ones.
const eventStateKey = attribute.Key("tiktokshop.inbox.state")

// ObserveInbox has stats, the method Stats of an inbox, asked whenever metrics are read: the gauges
// tiktokshop.inbox.events, by state, and tiktokshop.inbox.oldest.age. stop ends it. A nil stats is
// an *InputError.
func ObserveInbox(
	stats func(context.Context) (inbox.Stats, error), opts ...Option,
) (stop func() error, err error) {
	if stats == nil {
		return nil, &tiktokshop.InputError{Field: "stats", Reason: "is nil"}
	}
	meter := configure(opts).meter()
	events, err := meter.Int64ObservableGauge("tiktokshop.inbox.events", metric.WithUnit("{event}"),
		metric.WithDescription("Events in the inbox that are not handled."))
	if err != nil {
		return nil, err
	}
	oldest, err := meter.Float64ObservableGauge("tiktokshop.inbox.oldest.age", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest event that waits."))
	if err != nil {
		return nil, err
	}
	registration, err := meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		in, err := stats(ctx)
		if err != nil {
			return err
		}
		o.ObserveInt64(events, in.Waiting, metric.WithAttributes(eventStateKey.String("waiting")))
		o.ObserveInt64(events, in.Parked, metric.WithAttributes(eventStateKey.String("parked")))
		o.ObserveFloat64(oldest, in.OldestAge.Seconds())
		return nil
	}, events, oldest)
	if err != nil {
		return nil, err
	}
	return registration.Unregister, nil
}
