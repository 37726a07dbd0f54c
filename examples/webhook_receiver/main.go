// Command webhook_receiver receives TikTok Shop's webhooks and prints their events.
//
// With no configuration in the environment an embedded fake platform sends it some events, and it
// exits. With TIKTOK_APP_KEY and TIKTOK_APP_SECRET it listens on TIKTOK_WEBHOOK_ADDR (":8080" if
// that is not set) until it is interrupted. Put it behind something that speaks https: the platform
// sends to nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	program "github.com/tiktokshop-go/tiktokshop/examples/internal/platform"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		if program.ExitCode(err) == 0 {
			return
		}
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func run(
	ctx context.Context, args []string, getenv func(string) string, out, logs io.Writer,
) error {
	if err := program.NoFlags("webhook_receiver", args); err != nil {
		return err
	}
	appKey, appSecret, addr := getenv("TIKTOK_APP_KEY"), getenv("TIKTOK_APP_SECRET"),
		getenv("TIKTOK_WEBHOOK_ADDR")
	demo := appKey == "" && appSecret == ""
	switch {
	case demo:
		fmt.Fprintln(out,
			"No configuration in the environment: an embedded fake TikTok Shop sends some events.")
		appKey, appSecret, addr = tiktokshoptest.AppKey, tiktokshoptest.AppSecret, "127.0.0.1:0"
	case appKey == "" || appSecret == "":
		return errors.New("set both TIKTOK_APP_KEY and TIKTOK_APP_SECRET, or neither")
	case addr == "":
		addr = ":8080"
	}

	verifier, err := webhook.NewVerifier(appKey, appSecret)
	if err != nil {
		return err
	}
	printer := &printer{out: out}
	handler, err := webhook.NewHandler(verifier, printer.print,
		webhook.WithLogger(slog.New(slog.NewTextHandler(logs, nil))))
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	if !demo {
		fmt.Fprintln(out, "listening on", listener.Addr())
		return serve(ctx, listener, handler)
	}

	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- serve(ctx, listener, handler) }()
	err = sendSome(ctx, "http://"+listener.Addr().String(), out)
	cancel()
	return errors.Join(err, <-served)
}

// serve receives deliveries until the context ends, and lets those in hand finish.
func serve(ctx context.Context, listener net.Listener, handler *webhook.Handler) error {
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 3 * time.Second,
		IdleTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(srv.Shutdown(grace), handler.Wait(grace))
}

// printer prints events. Deliveries come at the same time, so it takes a lock.
type printer struct {
	mu  sync.Mutex
	out io.Writer
}

func (p *printer) print(_ context.Context, e *webhook.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%s, %s: ", e.Topic, e.Owner)
	switch payload := e.Payload.(type) {
	case *webhook.OrderStatusChange:
		fmt.Fprintf(p.out, "order %s is %s\n", payload.OrderID, payload.OrderStatus)
	case *webhook.PackageUpdate:
		fmt.Fprintf(p.out, "%s made %d packages\n", payload.SCType, len(payload.PackageList))
	case *webhook.InventoryChange:
		fmt.Fprintf(p.out, "SKU %s has %d left\n", payload.SKUID, payload.Snapshot.TotalQuantity)
	case *webhook.SellerDeauthorization:
		fmt.Fprintln(p.out, "the seller withdrew the authorization")
	default:
		fmt.Fprintf(p.out, "%s\n", e.Data)
	}
	return nil
}

// sendSome has the fake platform deliver some events, one of them twice.
func sendSome(ctx context.Context, url string, out io.Writer) error {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		return err
	}
	defer srv.Close()
	platform := srv.NewWebhookSender(url)

	order := platform.Send(ctx, tiktokshoptest.WebhookEvent{Type: 1,
		Data: &webhook.OrderStatusChange{
			OrderID: "576486316948490001", OrderStatus: webhook.OrderStatusAwaitingShipment,
		}})
	fmt.Fprintln(out, "(the same event again: acknowledged, and not printed)")
	platform.Repeat(ctx, order)
	deliveries := []*tiktokshoptest.WebhookDelivery{
		order,
		platform.Send(ctx, tiktokshoptest.WebhookEvent{Type: 4, Data: &webhook.PackageUpdate{
			SCType:      webhook.PackageUpdateSplit,
			PackageList: []webhook.UpdatedPackage{{PackageID: "123456"}, {PackageID: "123457"}},
		}}),
		platform.Send(ctx,
			tiktokshoptest.WebhookEvent{Body: []byte(`{"event_id":"d7813cae-9997-4d24-a583-7d85801250f1","occurred_at":"2026-04-02T09:28:34.979101552Z",` +
				`"seller_id":"7498123456789012345","product_id":"1891234567890123456","sku_id":"1729507467923261408",` +
				`"quantity_snapshot_after_change":{"total_quantity":7},"change_detail":[]}`)}),
		platform.Send(ctx, tiktokshoptest.WebhookEvent{Type: 99,
			Data: map[string]string{"something": "new"}}),
	}
	for _, d := range deliveries {
		if !d.Acknowledged() {
			return fmt.Errorf("not acknowledged: %s", d.Body)
		}
	}
	return nil
}
