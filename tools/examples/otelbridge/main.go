// Command otelbridge traces calls with OpenTelemetry. bridge.go is what to copy.
//
// It needs no configuration: it runs against an embedded fake TikTok Shop that is throttling, and prints the spans.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		return err
	}
	defer srv.Close()
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "7362840009596339923", Products: []tiktokshoptest.Product{{ID: "7362840009596339971"}}})
	srv.FailNext(1, tiktokshoptest.Fault{Status: 429, Code: 36009002, Message: "Too many requests."})

	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(printer{out})) // a service exports to its collector
	client := srv.Client(tiktokshop.WithObserver(Observe(provider.Tracer("tiktokshop"))))
	_, err = client.AffiliatePartner.GenerateMultiProductLink(ctx, &tiktokshop.GenerateMultiProductLinkRequest{
		CampaignID: "7362840009596339923", ProductIDs: []tiktokshop.ID{"7362840009596339971"},
	})
	if err != nil {
		return err
	}
	return provider.Shutdown(ctx)
}

// printer is an exporter for people.
type printer struct{ out io.Writer }

func (p printer) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, s := range spans {
		fmt.Fprintf(p.out, "%s parent=%v status=%s %v\n", s.Name(), s.Parent().SpanID(), s.Status().Code, s.Attributes())
	}
	return nil
}

func (printer) Shutdown(context.Context) error { return nil }
