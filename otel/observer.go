package oteltiktokshop

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/semconv/v1.43.0/rpcconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/tiktokshop-go/tiktokshop"
)

// Keys of attributes that the conventions have no name for.
const (
	// the platform's, of an answer that is no success
	codeKey      = attribute.Key("tiktokshop.code")
	requestIDKey = attribute.Key("tiktokshop.request_id") // of spans only
	attemptsKey  = attribute.Key("tiktokshop.attempts")   // of the span of a call
	waitKey      = attribute.Key("tiktokshop.wait")       // seconds, of an event
)

// system is the rpc.system.name of all calls.
const system = "tiktokshop"

// durations are the bounds that the conventions give for histograms of seconds.
var durations = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5,
	0.75, 1, 2.5, 5, 7.5, 10)

// observer makes spans and counts.
type observer struct {
	tracer trace.Tracer

	call            rpcconv.ClientCallDuration
	request         httpconv.ClientRequestDuration
	calls, attempts metric.Int64Counter
	refreshes       metric.Int64Counter
	wait            metric.Float64Histogram
}

// NewObserver returns an Observer for [tiktokshop.WithObserver] that makes spans and metrics of
// calls; see the package comment. One serves any number of clients. An error is the meter's.
func NewObserver(opts ...Option) (tiktokshop.Observer, error) {
	cfg := configure(opts)
	meter := cfg.meter()
	o := &observer{tracer: cfg.tracer()}
	var errs [6]error
	o.call, errs[0] = rpcconv.NewClientCallDuration(meter, durations)
	o.request, errs[1] = httpconv.NewClientRequestDuration(meter, durations)
	o.calls, errs[2] = meter.Int64Counter("tiktokshop.client.calls", metric.WithUnit("{call}"),
		metric.WithDescription("Calls, each with its repeats."))
	o.attempts, errs[3] = meter.Int64Counter("tiktokshop.client.attempts",
		metric.WithUnit("{attempt}"),
		metric.WithDescription("Attempts of calls."))
	o.refreshes, errs[4] = meter.Int64Counter("tiktokshop.token.refreshes",
		metric.WithUnit("{refresh}"),
		metric.WithDescription("Requests for a new pair of tokens."))
	o.wait, errs[5] = meter.Float64Histogram("tiktokshop.client.wait.duration",
		metric.WithUnit("s"), durations,
		metric.WithDescription("Time between attempts, and for the rate limit, before an attempt."))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return o.observe, nil
}

func (o *observer) observe(
	ctx context.Context, start tiktokshop.CallStart,
) (context.Context, func(tiktokshop.CallEnd)) {
	if start.Attempt == 0 {
		return o.observeCall(ctx, start)
	}
	return o.observeAttempt(ctx, start)
}

func (o *observer) observeCall(
	ctx context.Context, start tiktokshop.CallStart,
) (context.Context, func(tiktokshop.CallEnd)) {
	ctx, span := o.tracer.Start(ctx, start.Operation, trace.WithAttributes(
		semconv.RPCSystemNameKey.String(system), semconv.RPCMethod(start.Operation)))
	return ctx, func(end tiktokshop.CallEnd) {
		attrs := o.outcome(start, end)
		o.call.Record(ctx, end.Duration.Seconds(), system, attrs...)
		o.calls.Add(ctx, 1, metric.WithAttributes(attrs...))
		if start.Operation == "Auth.RefreshToken" {
			o.refreshes.Add(ctx, 1, metric.WithAttributes(attrs[1:]...))
		}
		span.SetAttributes(attemptsKey.Int(end.Attempts))
		finish(span, end)
	}
}

func (o *observer) observeAttempt(
	ctx context.Context, start tiktokshop.CallStart,
) (context.Context, func(tiktokshop.CallEnd)) {
	began := time.Now()
	call := trace.SpanFromContext(ctx)
	attrs := []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(start.Method), semconv.URLTemplate(start.PathTemplate),
	}
	if start.Attempt > 1 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(start.Attempt-1))
	}
	ctx, span := o.tracer.Start(ctx, start.Method+" "+start.PathTemplate,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
	var address atomic.Pointer[string] // a transport of the user's may tell of it on any goroutine
	ctx = httptrace.WithClientTrace(ctx,
		&httptrace.ClientTrace{GetConn: func(hostPort string) { address.Store(&hostPort) }})
	return ctx, func(end tiktokshop.CallEnd) {
		attrs := o.outcome(start, end)
		o.attempts.Add(ctx, 1, metric.WithAttributes(attrs...))
		o.wait.Record(ctx, end.Wait.Seconds(), metric.WithAttributes(attrs[0]))
		if end.Wait > 0 {
			call.AddEvent("wait", trace.WithTimestamp(began.Add(-end.Wait)),
				trace.WithAttributes(waitKey.Float64(end.Wait.Seconds())))
		}
		attrs = append(attrs, semconv.URLTemplate(start.PathTemplate))
		if end.HTTPStatus != 0 {
			attrs = append(attrs, semconv.HTTPResponseStatusCode(end.HTTPStatus))
			span.SetAttributes(semconv.HTTPResponseStatusCode(end.HTTPStatus))
		}
		host, port := "", 0
		if a := address.Load(); a != nil {
			name, number, _ := net.SplitHostPort(*a)
			host = name
			port, _ = strconv.Atoi(number)
			span.SetAttributes(semconv.ServerAddress(host), semconv.ServerPort(port))
		}
		o.request.Record(ctx, end.Duration.Seconds(), httpconv.RequestMethodAttr(start.Method),
			host, port, attrs...)
		finish(span, end)
	}
}

// outcome are the attributes by which calls and attempts are counted, the operation first.
func (o *observer) outcome(
	start tiktokshop.CallStart, end tiktokshop.CallEnd,
) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 5)
	attrs = append(attrs, semconv.RPCMethod(start.Operation))
	if end.Err != nil {
		attrs = append(attrs, semconv.ErrorTypeKey.String(ErrorType(end.Err)))
	}
	if end.Code != 0 {
		attrs = append(attrs, codeKey.Int(end.Code))
	}
	return attrs
}

// finish ends a span.
func finish(span trace.Span, end tiktokshop.CallEnd) {
	if end.RequestID != "" {
		span.SetAttributes(requestIDKey.String(end.RequestID))
	}
	if end.Code != 0 {
		span.SetAttributes(codeKey.Int(end.Code))
	}
	if end.Err != nil {
		span.SetAttributes(semconv.ErrorTypeKey.String(ErrorType(end.Err)))
		span.SetStatus(codes.Error, description(end.Err))
	}
	span.End()
}

// description is the text of an error, which has passed the SDK's mask. What a token source or a
// store says has not all of it: it may quote a token that no request had, and that nobody could
// know here. Such an error goes by its kind.
func description(err error) string {
	var tokens *tiktokshop.TokenError
	if errors.As(err, &tokens) {
		return "tiktokshop: " + tokens.Operation + ": no access token: " + ErrorType(err)
	}
	return err.Error()
}
