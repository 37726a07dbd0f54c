package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestSpansOfACall(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t)
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Products: []tiktokshoptest.Product{{ID: "2"}}})
	srv.FailNext(1, tiktokshoptest.Fault{Status: 429, Code: 36009002})
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	client := srv.Client(tiktokshop.WithObserver(Observe(provider.Tracer("test"))))
	_, err := client.AffiliatePartner.GenerateMultiProductLink(t.Context(), &tiktokshop.GenerateMultiProductLinkRequest{
		CampaignID: "1", ProductIDs: []tiktokshop.ID{"2"},
	})
	require.NoError(t, err)

	spans := recorder.Ended()
	require.Len(t, spans, 3, "two attempts and the call")
	first, second, call := spans[0], spans[1], spans[2]
	for _, attempt := range spans[:2] {
		assert.Equal(t, call.SpanContext().SpanID(), attempt.Parent().SpanID())
	}
	assert.False(t, call.Parent().IsValid())
	assert.Equal(t, codes.Error, first.Status().Code)
	assert.Equal(t, codes.Unset, second.Status().Code)
	assert.Equal(t, codes.Unset, call.Status().Code)
	assert.Contains(t, first.Attributes(), attribute.Int("http.response.status_code", 429))
	assert.Contains(t, second.Attributes(), attribute.Int("tiktokshop.attempt", 2))
	assert.Contains(t, call.Attributes(), attribute.String("tiktokshop.request_id", srv.Requests()[1].RequestID))
	for _, span := range spans {
		assert.Equal(t, "AffiliatePartner.GenerateMultiProductLink", span.Name())
		shown := fmt.Sprintf("%+v %+v %v", span.Attributes(), span.Events(), span.Status())
		for _, secret := range []string{tiktokshoptest.AppSecret, tiktokshoptest.AccessToken, "sign="} {
			assert.NotContains(t, shown, secret)
		}
	}
}

func TestExampleRuns(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, run(t.Context(), &out))
	assert.Equal(t, 3, strings.Count(out.String(), "AffiliatePartner.GenerateMultiProductLink"))
}
