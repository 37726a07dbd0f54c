// Package oteltiktokshop shows calls, rate limits, tokens and webhooks of the SDK as OpenTelemetry
// traces and metrics.
//
//	observer, err := oteltiktokshop.NewObserver()
//	...
//	client, err := tiktokshop.NewClient(key, secret, tiktokshop.WithObserver(observer))
//
// # Traces
//
// A call is a span named by its operation, of kind internal, with the attributes of RPC. Each of
// its attempts is a span of kind client below it, with those of HTTP. A wait, for the rate limit or
// before a repeat, is an event of the call's span. No span has a query, a header or a body, where
// secrets and buyers' data are.
//
// # Metrics
//
//	rpc.client.call.duration            histogram, s  of a call with its repeats and waits
//	http.client.request.duration        histogram, s  of an attempt
//	tiktokshop.client.attempts          counter       of attempts
//	tiktokshop.client.calls             counter       of calls
//	tiktokshop.client.wait.duration     histogram, s  of the wait before an attempt
//	tiktokshop.limiter.wait.duration    histogram, s  see [NewLimiter]
//	tiktokshop.token.refreshes          counter       of requests for a new token
//	tiktokshop.token.sources            gauge         see [TokenSources]
//	tiktokshop.webhook.delivery.duration  histogram, s  see [NewWebhookHandler]
//	tiktokshop.inbox.events, .oldest.age  gauges      see [ObserveInbox]
//
// Calls and attempts are told apart by rpc.method (the operation), error.type and tiktokshop.code.
// error.type is one of a closed set, see [ErrorType]. No metric has a shop, a partner or an id.
//
// The folder dashboards has a Grafana dashboard over them as Prometheus shows them, alerts has
// rules.
//
// Source: https://opentelemetry.io/docs/specs/semconv/
package oteltiktokshop
