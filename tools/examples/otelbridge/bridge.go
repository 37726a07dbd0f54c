package main

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/tiktokshop-go/tiktokshop"
)

// Observe makes a span of each call and, below it, of each attempt.
func Observe(tracer trace.Tracer) tiktokshop.Observer {
	return func(ctx context.Context, start tiktokshop.CallStart) (context.Context, func(tiktokshop.CallEnd)) {
		ctx, span := tracer.Start(ctx, start.Operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("http.request.method", start.Method),
			attribute.String("url.template", start.PathTemplate),
			attribute.Int("tiktokshop.attempt", start.Attempt)))
		return ctx, func(end tiktokshop.CallEnd) {
			span.SetAttributes(
				attribute.Int("http.response.status_code", end.HTTPStatus),
				attribute.Int("tiktokshop.code", end.Code),
				attribute.String("tiktokshop.request_id", end.RequestID))
			if end.Err != nil {
				span.RecordError(end.Err)
				span.SetStatus(codes.Error, end.Err.Error())
			}
			span.End()
		}
	}
}
