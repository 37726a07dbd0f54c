package oteltiktokshop

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/tiktokshop-go/tiktokshop"
)

// scopeName names the instrumentation.
const scopeName = "github.com/tiktokshop-go/tiktokshop/otel"

// Option sets one thing of what this package makes.
type Option func(*config)

type config struct {
	tracers trace.TracerProvider
	meters  metric.MeterProvider
}

// WithTracerProvider sets where spans go instead of the global provider; nil is left out.
func WithTracerProvider(p trace.TracerProvider) Option {
	return func(c *config) {
		if p != nil {
			c.tracers = p
		}
	}
}

// WithMeterProvider sets where metrics go instead of the global provider; nil is left out.
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(c *config) {
		if p != nil {
			c.meters = p
		}
	}
}

func configure(opts []Option) config {
	c := config{otel.GetTracerProvider(), otel.GetMeterProvider()}
	for _, opt := range opts {
		if opt != nil {
			opt(&c)
		}
	}
	return c
}

func (c config) tracer() trace.Tracer {
	return c.tracers.Tracer(scopeName, trace.WithInstrumentationVersion(tiktokshop.Version()))
}

func (c config) meter() metric.Meter {
	return c.meters.Meter(scopeName, metric.WithInstrumentationVersion(tiktokshop.Version()))
}
