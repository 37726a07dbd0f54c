// Command prometheusbridge measures calls with Prometheus. bridge.go is what to copy.
//
// It needs no configuration: it runs against an embedded fake TikTok Shop that is throttling, and prints the metrics.
package main

import (
	"context"
	"io"
	"log"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

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
	srv.FailNext(2, tiktokshoptest.Fault{Status: 429, Code: 36009002, Message: "Too many requests."})

	registry := prometheus.NewRegistry() // a service serves it with promhttp
	client := srv.Client(tiktokshop.WithObserver(Observe(registry)))
	_, err = client.AffiliatePartner.GenerateMultiProductLink(ctx, &tiktokshop.GenerateMultiProductLinkRequest{
		CampaignID: "7362840009596339923", ProductIDs: []tiktokshop.ID{"7362840009596339971"},
	})
	if err != nil {
		return err
	}
	families, err := registry.Gather()
	if err != nil {
		return err
	}
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(out, family); err != nil {
			return err
		}
	}
	return nil
}
