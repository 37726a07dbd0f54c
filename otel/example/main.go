// Command example shows what package otel reports: it keeps calling a fake TikTok Shop in a bad
// mood and serves the metrics for Prometheus.
//
//	go run ./example                     # for two seconds, then prints what there is
//	go run ./example -for 1h -addr :9464 # for Prometheus to scrape http://localhost:9464/metrics
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	oteltiktokshop "github.com/tiktokshop-go/tiktokshop/otel"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/inbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("example", flag.ContinueOnError)
	flags.SetOutput(out)
	lifetime := flags.Duration("for", 2*time.Second, "how long to call")
	addr := flags.String("addr", "127.0.0.1:0", "where to serve /metrics")
	if err := flags.Parse(args); err != nil {
		return err
	}
	// What a service has of its own: a registry, and a provider that reports to it.
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		return err
	}
	meters := oteltiktokshop.WithMeterProvider(
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter)))
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	fmt.Fprintf(out, "metrics: http://%s/metrics\n", listener.Addr())

	ctx, cancel := context.WithTimeout(ctx, *lifetime)
	defer cancel()
	if err := load(ctx, meters); err != nil {
		return err
	}
	families, err := registry.Gather()
	if err != nil {
		return err
	}
	for _, family := range families {
		fmt.Fprintln(out, family.GetName())
	}
	return nil
}

// load calls and delivers until ctx is done.
func load(ctx context.Context, meters oteltiktokshop.Option) error {
	srv, err := tiktokshoptest.Start(tiktokshoptest.KeepRequests(0))
	if err != nil {
		return err
	}
	defer srv.Close()
	const campaign, product = tiktokshop.ID("7362840009596339923"),
		tiktokshop.ID("7362840009596339971")
	srv.AddCampaign(tiktokshoptest.Campaign{ID: campaign,
		Products: []tiktokshoptest.Product{{ID: product}}})
	srv.SetMood(tiktokshoptest.Mood{Seed: 1, Unavailable: 0.03, HTML: 0.01, Throttle: 0.04,
		ResetBefore: 0.01, Truncate: 0.01})

	observer, err := oteltiktokshop.NewObserver(meters)
	if err != nil {
		return err
	}
	adaptive, err := ratelimit.NewAdaptive(ratelimit.AdaptiveOptions{})
	if err != nil {
		return err
	}
	limiter, err := oteltiktokshop.NewLimiter(adaptive, meters)
	if err != nil {
		return err
	}
	client := srv.Client(tiktokshop.WithObserver(observer), tiktokshop.WithLimiter(limiter),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{BaseDelay: 20 * time.Millisecond,
			Jitter: 20 * time.Millisecond}))
	sources, err := oteltiktokshop.NewTokenSources(meters)
	if err != nil {
		return err
	}
	box := new(queue)
	if _, err := oteltiktokshop.ObserveInbox(box.stats, meters); err != nil {
		return err
	}

	var running sync.WaitGroup
	every := func(pause time.Duration, do func()) {
		running.Go(func() {
			for ctx.Err() == nil {
				do()
				time.Sleep(rand.N(2 * pause))
			}
		})
	}
	every(10*time.Millisecond, func() { // the answers do not matter here
		_, _ = client.AffiliatePartner.GenerateMultiProductLink(ctx,
			&tiktokshop.GenerateMultiProductLinkRequest{
				CampaignID: campaign, ProductIDs: []tiktokshop.ID{product},
			})
	})
	every(20*time.Millisecond, func() {
		_, _ = order.New(client).GetOrderList(ctx, &order.GetOrderListRequest{PageSize: 10})
	})
	every(200*time.Millisecond, refresh(ctx, srv, client, sources))
	deliver, err := deliveries(box, meters)
	if err != nil {
		return err
	}
	every(30*time.Millisecond, deliver)
	every(40*time.Millisecond, box.handle)
	running.Wait()
	return nil
}

// refresh returns a function that refreshes the token of an account, now and then with one that was
// used before.
func refresh(
	ctx context.Context, srv *tiktokshoptest.Server, client *tiktokshop.Client,
	sources *oteltiktokshop.TokenSources,
) func() {
	srv.AddAccount(tiktokshoptest.Account{OpenID: "partner", UserType: token.UserTypePartner})
	pair, _ := client.Auth.ExchangeCode(ctx, srv.IssueCode("partner"))
	n := 0
	return func() {
		if pair == nil {
			pair, _ = client.Auth.ExchangeCode(ctx, srv.IssueCode("partner"))
			return
		}
		next, err := client.Auth.RefreshToken(ctx, pair.RefreshToken)
		state := token.State{Key: token.Key{AppKey: tiktokshoptest.AppKey, OpenID: "partner"},
			Status: token.StatusActive}
		if err != nil {
			state.Status = token.StatusFailing
		}
		sources.OnChange(state)
		n++
		if n%5 > 0 || err != nil {
			pair = next
		}
	}
}

// deliveries returns a function that delivers an event to a receiver.
func deliveries(box *queue, meters oteltiktokshop.Option) (func(), error) {
	verifier, err := webhook.NewVerifier(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	if err != nil {
		return nil, err
	}
	signer, err := webhook.NewSigner(tiktokshoptest.AppKey, tiktokshoptest.AppSecret)
	if err != nil {
		return nil, err
	}
	receiver, err := webhook.NewDurableHandler(verifier, box)
	if err != nil {
		return nil, err
	}
	handler, err := oteltiktokshop.NewWebhookHandler(receiver, meters)
	if err != nil {
		return nil, err
	}
	return func() {
		body := fmt.Appendf(nil,
			`{"type":1,"tts_notification_id":"%d","shop_id":"7494049642642441621","timestamp":%d,"data":{"order_id":"576486316948490001","order_status":"AWAITING_SHIPMENT","update_time":1627587506}}`,
			rand.Int64(), time.Now().Unix())
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set(webhook.SignatureHeader, signer.Sign(body))
		if rand.IntN(20) == 0 {
			r.Header.Set(webhook.SignatureHeader, strings.Repeat("0", 64))
		}
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}, nil
}

// queue stands for an inbox.
type queue struct {
	mu      sync.Mutex
	waiting []time.Time
	parked  int64
}

// Accept implements webhook.Sink.
func (q *queue) Accept(_ context.Context, d *webhook.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, d.ReceivedAt)
	return nil
}

// handle takes an event out, of which one in fifty cannot be handled.
func (q *queue) handle() {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), rand.IntN(4))
	q.waiting = q.waiting[n:]
	if rand.IntN(50) == 0 {
		q.parked++
	}
}

func (q *queue) stats(context.Context) (inbox.Stats, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	in := inbox.Stats{Waiting: int64(len(q.waiting)), Parked: q.parked}
	if len(q.waiting) > 0 {
		in.OldestAge = time.Since(q.waiting[0])
	}
	return in, nil
}
