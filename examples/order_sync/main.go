// Command order_sync keeps a shop's orders in a file of JSON lines, one for each order that is new
// or has changed. Stop it at any point and start it again: it goes on where it was, and the last
// line of an order is how it is.
//
// With no credentials in the environment it runs against an embedded fake platform. With
// TIKTOK_APP_KEY, TIKTOK_APP_SECRET, TIKTOK_APP_ACCESS_KEY (the seller's access
// token) and TIKTOK_SHOP_CIPHER (the shop cipher) it calls TikTok Shop.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/examples/internal/platform"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		if platform.ExitCode(err) == 0 {
			return
		}
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("order_sync", flag.ContinueOnError)
	dir := flags.String("dir", filepath.Join(os.TempDir(), "order_sync"),
		"where orders.jsonl and the cursor are kept")
	days := flags.Int("days", 30, "how many days to go back the first time")
	follow := flags.Duration("follow", 0, "go on, with this pause; 0 stops at the present")
	if err := platform.Parse(flags, args); err != nil {
		return err
	}
	client, done, err := platform.Connect(getenv, out, "TIKTOK_SHOP_CIPHER",
		tiktokshop.WithShopCipher, seed)
	if err != nil {
		return err
	}
	defer done()

	store, err := feed.NewFileStore(*dir)
	if err != nil {
		return err
	}
	changes, err := order.New(client).Changes(nil, feed.Options{
		Name: "orders", Store: store, Since: time.Now().AddDate(0, 0, -*days),
	})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(*dir, "orders.jsonl"),
		os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	written := 0
	write := func(_ context.Context, orders []order.Order) error {
		var lines bytes.Buffer
		encoder := json.NewEncoder(&lines)
		for _, o := range orders {
			if err := encoder.Encode(o); err != nil {
				return err
			}
			fmt.Fprintln(out, o.ID, o.Status)
		}
		if _, err := file.Write(lines.Bytes()); err != nil {
			return err
		}
		written += len(orders)
		return file.Sync() // on the disk before the place behind it is saved
	}
	if *follow > 0 {
		return changes.Follow(ctx, *follow, write)
	}
	if err := changes.Run(ctx, write); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d orders are new or have changed\n", written)
	return nil
}

// seed gives the fake platform a shop whose orders are the same at each start of the program on one
// day.
func seed(srv *tiktokshoptest.Server) {
	at := tiktokshop.NewUnixTime(time.Now().Truncate(24 * time.Hour).Add(-24 * time.Hour))
	srv.AddOrder(
		order.Order{ID: "576461413038785752", Status: order.OrderStatusUnpaid, CreateTime: at,
			UpdateTime: at},
		order.Order{ID: "576461413038785753", Status: order.OrderStatusAwaitingShipment,
			CreateTime: at, UpdateTime: at},
		order.Order{ID: "576461413038785754", Status: order.OrderStatusCancelled, CreateTime: at,
			UpdateTime: at},
	)
}
