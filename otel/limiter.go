package oteltiktokshop

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
)

// limiter measures the waits of another one.
type limiter struct {
	ratelimit.Limiter
	wait metric.Float64Histogram
}

// NewLimiter returns a Limiter that is the one given and records how long it lets attempts wait, by
// path template: tiktokshop.limiter.wait.duration, with error.type if it let none pass. A nil
// limiter is an *InputError.
func NewLimiter(inner ratelimit.Limiter, opts ...Option) (ratelimit.Limiter, error) {
	if inner == nil {
		return nil, &tiktokshop.InputError{Field: "limiter", Reason: "is nil"}
	}
	wait, err := configure(opts).meter().Float64Histogram("tiktokshop.limiter.wait.duration",
		metric.WithUnit("s"), durations,
		metric.WithDescription("Time that the rate limit held an attempt back."))
	if err != nil {
		return nil, err
	}
	return &limiter{inner, wait}, nil
}

// Wait implements ratelimit.Limiter.
func (l *limiter) Wait(ctx context.Context, quota ratelimit.Quota) error {
	start := time.Now()
	err := l.Limiter.Wait(ctx, quota)
	attrs := []attribute.KeyValue{semconv.URLTemplate(quota.Path)}
	if err != nil {
		attrs = append(attrs, semconv.ErrorTypeKey.String(ErrorType(err)))
	}
	l.wait.Record(ctx, time.Since(start).Seconds(), metric.WithAttributes(attrs...))
	return err
}
