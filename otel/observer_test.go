package oteltiktokshop_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/tiktokshop-go/tiktokshop"
	oteltiktokshop "github.com/tiktokshop-go/tiktokshop/otel"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/webhook/inbox"
)

// telemetry collects what is reported.
type telemetry struct {
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
	opts   []oteltiktokshop.Option
}

func newTelemetry() *telemetry {
	t := &telemetry{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	t.opts = []oteltiktokshop.Option{
		oteltiktokshop.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(t.spans))),
		oteltiktokshop.WithMeterProvider(
			sdkmetric.NewMeterProvider(sdkmetric.WithReader(t.reader))),
	}
	return t
}

// points are the metrics as lines: "name{key=value,…} count".
func (te *telemetry) points(t *testing.T) []string {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, te.reader.Collect(t.Context(), &all))
	var lines []string
	line := func(m metricdata.Metrics, attrs attribute.Set, n any) {
		var pairs []string
		for _, kv := range attrs.ToSlice() {
			if kv.Key != "server.port" {
				pairs = append(pairs, string(kv.Key)+"="+kv.Value.String())
			}
		}
		lines = append(lines, fmt.Sprintf("%s{%s} %v", m.Name, strings.Join(pairs, ","), n))
	}
	for _, scope := range all.ScopeMetrics {
		assert.Equal(t, "github.com/tiktokshop-go/tiktokshop/otel", scope.Scope.Name)
		assert.Equal(t, tiktokshop.Version(), scope.Scope.Version)
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					line(m, p.Attributes, p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					line(m, p.Attributes, p.Value)
				}
			case metricdata.Gauge[float64]:
				for _, p := range data.DataPoints {
					line(m, p.Attributes, p.Value)
				}
			case metricdata.Histogram[float64]:
				assert.Equal(t, "s", m.Unit)
				for _, p := range data.DataPoints {
					line(m, p.Attributes, p.Count)
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

const (
	campaign = tiktokshop.ID("7362840009596339923")
	product  = tiktokshop.ID("7362840009596339971")
)

func platform(t testing.TB) *tiktokshoptest.Server {
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: campaign,
		Products: []tiktokshoptest.Product{{ID: product}}})
	return srv
}

func links(ctx context.Context, client *tiktokshop.Client) error {
	_, err := client.AffiliatePartner.GenerateMultiProductLink(ctx,
		&tiktokshop.GenerateMultiProductLinkRequest{
			CampaignID: campaign, ProductIDs: []tiktokshop.ID{product},
		})
	return err
}

func TestObserver(t *testing.T) {
	t.Parallel()
	te, srv := newTelemetry(), platform(t)
	observer, err := oteltiktokshop.NewObserver(te.opts...)
	require.NoError(t, err)
	client := srv.Client(tiktokshop.WithObserver(observer),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{MaxAttempts: 3, BaseDelay: time.Millisecond,
			Jitter: time.Millisecond}))
	srv.FailNext(1, tiktokshoptest.Fault{Status: 429, Code: 36009002,
		Message: "Too many requests."})
	require.NoError(t, links(t.Context(), client))
	srv.FailNext(1, tiktokshoptest.Fault{Status: 200, Code: 16032099, Message: "No."})
	require.Error(t, links(t.Context(), client))
	assert.Error(t,
		links(t.Context(),
			must(client.With(tiktokshop.WithBaseURL("http://127.0.0.1:1"),
				tiktokshop.WithoutRetry()))))

	const (
		method = "rpc.method=AffiliatePartner.GenerateMultiProductLink"
		http   = "http.request.method=POST"
		server = "server.address=127.0.0.1"
	)
	template := "url.template=" + pathOf(srv)
	want := []string{
		"http.client.request.duration{error.type=business,http.request.method=POST,http.response.status_code=200," + method + "," + server + ",tiktokshop.code=16032099," + template + "} 1",
		"http.client.request.duration{error.type=rate_limited,http.request.method=POST,http.response.status_code=429," + method + "," + server + ",tiktokshop.code=36009002," + template + "} 1",
		"http.client.request.duration{error.type=transport," + http + "," + method + "," + server +
			"," + template + "} 1",
		"http.client.request.duration{http.request.method=POST,http.response.status_code=200," +
			method + "," + server + "," + template + "} 1",
		"rpc.client.call.duration{error.type=business," + method +
			",rpc.system.name=tiktokshop,tiktokshop.code=16032099} 1",
		"rpc.client.call.duration{error.type=transport," + method +
			",rpc.system.name=tiktokshop} 1",
		"rpc.client.call.duration{" + method + ",rpc.system.name=tiktokshop} 1",
		"tiktokshop.client.attempts{error.type=business," + method + ",tiktokshop.code=16032099} 1",
		"tiktokshop.client.attempts{error.type=rate_limited," + method +
			",tiktokshop.code=36009002} 1",
		"tiktokshop.client.attempts{error.type=transport," + method + "} 1",
		"tiktokshop.client.attempts{" + method + "} 1",
		"tiktokshop.client.calls{error.type=business," + method + ",tiktokshop.code=16032099} 1",
		"tiktokshop.client.calls{error.type=transport," + method + "} 1",
		"tiktokshop.client.calls{" + method + "} 1",
		"tiktokshop.client.wait.duration{" + method + "} 4",
	}
	assert.Equal(t, want, te.points(t))

	spans := te.spans.GetSpans()
	require.Len(t, spans, 7)
	first, second, call := spans[0], spans[1], spans[2]
	assert.Equal(t, "AffiliatePartner.GenerateMultiProductLink", call.Name)
	assert.Equal(t, trace.SpanKindInternal, call.SpanKind)
	assert.Equal(t, codes.Unset, call.Status.Code)
	assert.Contains(t, call.Attributes, attribute.Int("tiktokshop.attempts", 2))
	for _, attempt := range spans[:2] {
		assert.Equal(t, "POST "+pathOf(srv), attempt.Name)
		assert.Equal(t, trace.SpanKindClient, attempt.SpanKind)
		assert.Equal(t, call.SpanContext.SpanID(), attempt.Parent.SpanID())
		assert.Contains(t, attempt.Attributes, attribute.String("server.address", "127.0.0.1"))
	}
	assert.Equal(t, codes.Error, first.Status.Code)
	assert.Contains(t, first.Attributes, attribute.String("error.type", "rate_limited"))
	assert.Contains(t, first.Attributes, attribute.Int("http.response.status_code", 429))
	assert.Contains(t, first.Attributes, attribute.String("tiktokshop.request_id",
		srv.Requests()[0].RequestID))
	assert.NotContains(t, attributeKeys(first), "http.request.resend_count")
	assert.Contains(t, second.Attributes, attribute.Int("http.request.resend_count", 1))
	require.Len(t, call.Events, 1, "the wait before the second attempt")
	assert.Equal(t, "wait", call.Events[0].Name)
	assert.False(t, call.Events[0].Time.After(second.StartTime))

	everything := fmt.Sprintf("%+v %v", spans, te.points(t))
	for _, r := range srv.Requests() {
		_, sign, _ := strings.Cut(r.RawQuery, "&sign=")
		sign, _, _ = strings.Cut(sign, "&")
		require.Len(t, sign, 64)
		assert.NotContains(t, everything, sign)
	}
	for _, secret := range []string{tiktokshoptest.AppSecret, tiktokshoptest.AccessToken,
		tiktokshoptest.CategoryAssetCipher, string(campaign)} {
		assert.NotContains(t, everything, secret)
	}
}

func attributeKeys(s tracetest.SpanStub) (keys []string) {
	for _, kv := range s.Attributes {
		keys = append(keys, string(kv.Key))
	}
	return keys
}

// pathOf is the path template of the first request's operation.
func pathOf(srv *tiktokshoptest.Server) string {
	return strings.Replace(srv.Requests()[0].Path, string(campaign), "{campaign_id}", 1)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestTokens(t *testing.T) {
	t.Parallel()
	te, srv := newTelemetry(), platform(t)
	observer, err := oteltiktokshop.NewObserver(te.opts...)
	require.NoError(t, err)
	sources, err := oteltiktokshop.NewTokenSources(te.opts...)
	require.NoError(t, err)
	client := srv.Client(tiktokshop.WithObserver(observer))
	srv.AddAccount(tiktokshoptest.Account{OpenID: "one", UserType: token.UserTypePartner})
	pair, err := client.Auth.ExchangeCode(t.Context(), srv.IssueCode("one"))
	require.NoError(t, err)
	_, err = client.Auth.RefreshToken(t.Context(), pair.RefreshToken)
	require.NoError(t, err)
	_, err = client.Auth.RefreshToken(t.Context(), token.NewSecret("never-given-out"))
	require.ErrorIs(t, err, tiktokshop.ErrRefreshTokenInvalid)
	one, two := token.Key{AppKey: "a", OpenID: "one"}, token.Key{AppKey: "a", OpenID: "two"}
	sources.OnChange(token.State{Key: one, Status: token.StatusActive})
	sources.OnChange(token.State{Key: two, Status: token.StatusActive})
	sources.OnChange(token.State{Key: two, Status: token.StatusRefused})

	points := strings.Join(te.points(t), "\n")
	assert.Regexp(t, `(?m)^tiktokshop\.token\.refreshes\{\} 1$`, points)
	assert.Regexp(t,
		`(?m)^tiktokshop\.token\.refreshes\{error\.type=refresh_token_invalid(,tiktokshop\.code=\d+)?\} 1$`, points)
	assert.Contains(t, points, "tiktokshop.token.sources{tiktokshop.token.status=active} 1")
	assert.Contains(t, points, "tiktokshop.token.sources{tiktokshop.token.status=refused} 1")
	assert.Contains(t, points, "tiktokshop.token.sources{tiktokshop.token.status=in doubt} 0")
	sources.Forget(two)
	assert.Contains(t, strings.Join(te.points(t), "\n"),
		"tiktokshop.token.sources{tiktokshop.token.status=refused} 0")
}

// refusing is a limiter that lets nothing pass.
type refusing struct{}

func (refusing) Wait(context.Context,
	ratelimit.Quota) error {
	return context.DeadlineExceeded
}
func (refusing) Report(context.Context, ratelimit.Quota, ratelimit.Outcome) {}

func TestLimiter(t *testing.T) {
	t.Parallel()
	te, srv := newTelemetry(), platform(t)
	adaptive, err := ratelimit.NewAdaptive(ratelimit.AdaptiveOptions{})
	require.NoError(t, err)
	for _, tc := range []struct {
		inner ratelimit.Limiter
		want  string
	}{
		{adaptive, ""},
		{refusing{}, "error.type=deadline,"},
	} {
		limiter, err := oteltiktokshop.NewLimiter(tc.inner, te.opts...)
		require.NoError(t, err)
		err = links(t.Context(), srv.Client(tiktokshop.WithLimiter(limiter)))
		assert.Equal(t, tc.want != "", err != nil)
		assert.Contains(t, strings.Join(te.points(t), "\n"),
			"tiktokshop.limiter.wait.duration{"+tc.want+"url.template="+pathOf(srv)+"} 1")
	}
	_, err = oteltiktokshop.NewLimiter(nil)
	var mistake *tiktokshop.InputError
	require.ErrorAs(t, err, &mistake)
}

func TestWebhookHandler(t *testing.T) {
	t.Parallel()
	te := newTelemetry()
	handler, err := oteltiktokshop.NewWebhookHandler(http.HandlerFunc(func(
		w http.ResponseWriter, r *http.Request,
	) {
		assert.NoError(t, http.NewResponseController(w).SetReadDeadline(
			time.Now().Add(time.Minute)), "the writer can do what it could")
		if r.URL.Path == "/no" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}), te.opts...)
	require.NoError(t, err)
	srv := httptest.NewServer(handler)
	defer srv.Close()
	for _, path := range []string{"/", "/", "/no"} {
		res, err := http.Post(srv.URL+path, "application/json", nil)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	assert.Equal(t, []string{
		"tiktokshop.webhook.delivery.duration{http.response.status_code=200} 2",
		"tiktokshop.webhook.delivery.duration{http.response.status_code=503} 1",
	}, te.points(t))
	_, err = oteltiktokshop.NewWebhookHandler(nil)
	assert.Error(t, err)
}

func TestInbox(t *testing.T) {
	t.Parallel()
	te := newTelemetry()
	stop, err := oteltiktokshop.ObserveInbox(func(context.Context) (inbox.Stats, error) {
		return inbox.Stats{Waiting: 3, Parked: 1, OldestAge: 90 * time.Second}, nil
	}, te.opts...)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"tiktokshop.inbox.events{tiktokshop.inbox.state=parked} 1",
		"tiktokshop.inbox.events{tiktokshop.inbox.state=waiting} 3",
		"tiktokshop.inbox.oldest.age{} 90",
	}, te.points(t))
	require.NoError(t, stop())
	assert.Empty(t, te.points(t))
	_, err = oteltiktokshop.ObserveInbox(nil)
	assert.Error(t, err)
}

func TestErrorType(t *testing.T) {
	t.Parallel()
	assert.Empty(t, oteltiktokshop.ErrorType(nil))
	for want, err := range map[string]error{
		"rate_limited":          fmt.Errorf("wrapped: %w", tiktokshop.ErrRateLimited),
		"refresh_token_invalid": &tiktokshop.TokenError{Err: token.ErrRefused},
		"token_in_doubt":        &tiktokshop.TokenError{Err: token.ErrInDoubt},
		"token":                 &tiktokshop.TokenError{Err: errors.New("store down")},
		"timeout":               &tiktokshop.TransportError{Err: tiktokshop.ErrAttemptTimeout},
		"deadline":              &tiktokshop.TransportError{Err: context.DeadlineExceeded},
		"transport":             &tiktokshop.TransportError{Err: errors.New("reset")},
		"content":               &tiktokshop.ContentError{Err: errors.New("disk")},
		"input":                 &tiktokshop.InputError{Field: "f", Reason: "is missing"},
		"business":              &tiktokshop.APIError{Code: 1},
		"other":                 errors.New("else"),
	} {
		assert.Equal(t, want, oteltiktokshop.ErrorType(err), "%v", err)
	}
}
