package collector

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/tiktokshop-go/tiktokshop"
	oteltiktokshop "github.com/tiktokshop-go/tiktokshop/otel"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// attributes are those of OTLP in JSON.
type attributes []struct {
	Key   string
	Value map[string]any
}

func (a attributes) text(key string) string {
	for _, kv := range a {
		if kv.Key == key {
			for _, v := range kv.Value {
				return fmt.Sprint(v)
			}
		}
	}
	return ""
}

type span struct {
	Name, SpanID, ParentSpanID string
	Kind                       int
	Attributes                 attributes
	Events                     []struct{ Name string }
	Status                     struct{ Code int }
}

type point struct {
	Attributes attributes
	AsInt      string
	Count      string
}

// received is what a collector exports, in OTLP as JSON.
type received struct {
	ResourceSpans []struct {
		ScopeSpans []struct{ Spans []span }
	}
	ResourceMetrics []struct {
		ScopeMetrics []struct {
			Metrics []struct {
				Name           string
				Sum, Histogram struct{ DataPoints []point }
			}
		}
	}
}

// backend is where the collector sends what it collects.
func backend(t *testing.T) (address string, arrivals <-chan received) {
	t.Helper()
	ch := make(chan received, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if !assert.NoError(t, err) {
				return
			}
			body = z
		}
		var got received
		assert.NoError(t, json.NewDecoder(body).Decode(&got))
		ch <- got
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(srv.Close)
	return srv.URL, ch
}

// start starts a collector in a process of its own and returns the address that takes OTLP over
// HTTP.
func start(t *testing.T, backend string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address = l.Addr().String()
	require.NoError(t, l.Close())
	program, err := os.Executable()
	require.NoError(t, err)
	var logged bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Stdout, cmd.Stderr = &logged, &logged
	cmd.Env = append(os.Environ(), configKey+"="+fmt.Sprintf(`
receivers: {otlp: {protocols: {http: {endpoint: %q}}}}
exporters: {otlp_http: {endpoint: %q, encoding: json}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_http]}
    metrics: {receivers: [otlp], exporters: [otlp_http]}
`, address, backend))
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-ended
		if t.Failed() {
			t.Log(logged.String())
		}
	})
	ready := time.NewTicker(20 * time.Millisecond)
	defer ready.Stop()
	for {
		if conn, err := net.Dial("tcp", address); err == nil {
			require.NoError(t, conn.Close())
			return address
		}
		select {
		case err := <-ended:
			ended <- err
			require.NoError(t, err, "the collector has ended")
		case <-t.Context().Done():
			t.Fatal("the collector does not start")
		case <-ready.C:
		}
	}
}

// TestCollector has a call with a repeat arrive, as spans and as metrics, behind a collector.
func TestCollector(t *testing.T) {
	t.Parallel()
	to, arrivals := backend(t)
	address := start(t, to)
	spans, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(address),
		otlptracehttp.WithInsecure())
	require.NoError(t, err)
	tracer := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
	points, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpoint(address),
		otlpmetrichttp.WithInsecure())
	require.NoError(t, err)
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(
		sdkmetric.NewPeriodicReader(points, sdkmetric.WithInterval(time.Hour))))
	observer, err := oteltiktokshop.NewObserver(oteltiktokshop.WithTracerProvider(tracer),
		oteltiktokshop.WithMeterProvider(meter))
	require.NoError(t, err)

	srv := tiktokshoptest.NewServer(t)
	const campaign, product = "7362840009596339923", "7362840009596339971"
	srv.AddCampaign(tiktokshoptest.Campaign{ID: campaign,
		Products: []tiktokshoptest.Product{{ID: product}}})
	srv.FailNext(1, tiktokshoptest.Fault{Status: 429, Code: 36009002,
		Message: "Too many requests."})
	client := srv.Client(tiktokshop.WithObserver(observer),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{MaxAttempts: 3, BaseDelay: time.Millisecond,
			Jitter: time.Millisecond}))
	_, err = client.AffiliatePartner.GenerateMultiProductLink(t.Context(),
		&tiktokshop.GenerateMultiProductLinkRequest{
			CampaignID: campaign, ProductIDs: []tiktokshop.ID{product},
		})
	require.NoError(t, err)
	require.NoError(t, tracer.Shutdown(t.Context()))
	require.NoError(t, meter.Shutdown(t.Context()))

	named := make(map[string][]span)
	metrics := make(map[string][]point)
	for len(named) < 2 || len(metrics) < 4 {
		var got received
		select {
		case got = <-arrivals:
		case <-t.Context().Done():
			t.Fatalf("arrived: %v, %v", named, metrics)
		}
		for _, r := range got.ResourceSpans {
			for _, s := range r.ScopeSpans {
				for _, one := range s.Spans {
					named[one.Name] = append(named[one.Name], one)
				}
			}
		}
		for _, r := range got.ResourceMetrics {
			for _, s := range r.ScopeMetrics {
				for _, m := range s.Metrics {
					metrics[m.Name] = append(metrics[m.Name],
						append(m.Sum.DataPoints, m.Histogram.DataPoints...)...)
				}
			}
		}
	}

	const operation = "AffiliatePartner.GenerateMultiProductLink"
	const template = "/affiliate_partner/202505/campaigns/{campaign_id}/products/promotion_links/generate_batch"
	require.Len(t, named[operation], 1)
	call := named[operation][0]
	assert.Equal(t, "tiktokshop", call.Attributes.text("rpc.system.name"))
	assert.Equal(t, operation, call.Attributes.text("rpc.method"))
	assert.Equal(t, "2", call.Attributes.text("tiktokshop.attempts"))
	require.Len(t, call.Events, 1)
	assert.Equal(t, "wait", call.Events[0].Name)
	attempts := named["POST "+template]
	require.Len(t, attempts, 2)
	for i, attempt := range attempts {
		assert.Equal(t, call.SpanID, attempt.ParentSpanID)
		assert.Equal(t, 3, attempt.Kind, "a client's")
		assert.Equal(t, "POST", attempt.Attributes.text("http.request.method"))
		assert.Equal(t, template, attempt.Attributes.text("url.template"))
		assert.Equal(t, "127.0.0.1", attempt.Attributes.text("server.address"))
		assert.NotEmpty(t, attempt.Attributes.text("server.port"))
		assert.Equal(t, []string{"429", "200"}[i],
			attempt.Attributes.text("http.response.status_code"))
		assert.Equal(t, []string{"rate_limited", ""}[i], attempt.Attributes.text("error.type"))
		assert.Equal(t, []string{"", "1"}[i], attempt.Attributes.text("http.request.resend_count"))
		assert.Equal(t, []int{2, 0}[i], attempt.Status.Code)
	}
	for name, want := range map[string]int{
		"rpc.client.call.duration": 1, "http.client.request.duration": 2,
		"tiktokshop.client.calls": 1, "tiktokshop.client.attempts": 2,
	} {
		require.Len(t, metrics[name], want, name)
		for _, p := range metrics[name] {
			assert.Equal(t, operation, p.Attributes.text("rpc.method"), name)
			assert.Equal(t, "1", p.AsInt+p.Count, name)
		}
	}
}
