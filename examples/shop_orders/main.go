// Command shop_orders lists the orders of a shop that wait for shipment.
//
// With no credentials in the environment it runs against an embedded fake platform. With
// TIKTOK_APP_KEY, TIKTOK_APP_SECRET, TIKTOK_APP_ACCESS_KEY (the seller's access
// token) and TIKTOK_SHOP_CIPHER (the shop cipher) it calls TikTok Shop.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/examples/internal/platform"
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
	if err := platform.NoFlags("shop_orders", args); err != nil {
		return err
	}
	client, done, err := platform.Connect(getenv, out, "TIKTOK_SHOP_CIPHER",
		tiktokshop.WithShopCipher, seed)
	if err != nil {
		return err
	}
	defer done()

	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	n := 0
	for o, err := range order.New(client).GetOrderListAll(ctx,
		&order.GetOrderListRequest{OrderStatus: order.OrderStatusAwaitingShipment}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\tdue %s\t%d items\t%s %s\n", o.ID,
			o.ShippingDueTime.UTC().Format(time.DateOnly), len(o.LineItems), o.Payment.TotalAmount,
			o.Payment.Currency)
		n++
	}
	fmt.Fprintf(table, "%d orders wait for shipment\n", n)
	return table.Flush()
}

// seed gives the fake platform two pages of orders.
func seed(srv *tiktokshoptest.Server) {
	due := tiktokshop.NewUnixTime(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	some := func(id tiktokshop.ID, total string, items int) order.Order {
		return order.Order{
			ID: id, ShippingDueTime: due, LineItems: make([]order.OrderLineItem, items),
			Payment: order.Payment{TotalAmount: total, Currency: "GBP"},
		}
	}
	tiktokshoptest.AnswerFunc(srv, (*order.Service).GetOrderList,
		func(call tiktokshoptest.Call) (order.GetOrderListData, *tiktokshoptest.Refusal) {
			if call.Query["page_token"] == "" {
				return order.GetOrderListData{Orders: []order.Order{some("576461413038785752",
					"24.90",
					2), some("576461413038785753", "9.99", 1)}, NextPageToken: "page 2"}, nil
			}
			return order.GetOrderListData{Orders: []order.Order{some("576461413038785754", "120.00",
				5)}}, nil
		})
}
