package main

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/tiktokshop-go/tiktokshop"
)

// Observe measures each attempt, by operation, status and code.
func Observe(registry prometheus.Registerer) tiktokshop.Observer {
	labels := []string{"operation", "status", "code"}
	duration := promauto.With(registry).NewHistogramVec(prometheus.HistogramOpts{Name: "tiktokshop_attempt_duration_seconds"}, labels)
	wait := promauto.With(registry).NewHistogramVec(prometheus.HistogramOpts{Name: "tiktokshop_attempt_wait_seconds"}, labels)
	return func(_ context.Context, start tiktokshop.CallStart) (context.Context, func(tiktokshop.CallEnd)) {
		if start.Attempt == 0 {
			return nil, nil // the call as a whole
		}
		return nil, func(end tiktokshop.CallEnd) {
			values := []string{start.Operation, strconv.Itoa(end.HTTPStatus), strconv.Itoa(end.Code)}
			duration.WithLabelValues(values...).Observe(end.Duration.Seconds())
			wait.WithLabelValues(values...).Observe(end.Wait.Seconds())
		}
	}
}
