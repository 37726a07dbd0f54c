package cookbook_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// syncOrders saves the orders of a shop that have changed since the last run, and since the month
// before in the first. An order may be saved again as it was: save is to insert or update by the
// id.
func syncOrders(
	ctx context.Context, client *tiktokshop.Client, shop tiktokshop.ID, store feed.CursorStore,
	save func(order.Order) error,
) error {
	changes, err := order.New(client).Changes(nil, feed.Options{
		Name:    "orders of " + string(shop), // what the place is stored under
		Store:   store,                       // files, or a table of the database
		Since:   time.Now().AddDate(0, -1, 0),
		Overlap: 10 * time.Minute, // the platform may show a change that late
	})
	if err != nil {
		return err
	}
	return changes.Run(ctx, func(_ context.Context, orders []order.Order) error {
		for _, o := range orders {
			if err := save(o); err != nil {
				return err // the next run begins with these orders
			}
		}
		return nil
	})
}

func Example_syncOrders() {
	srv := tiktokshoptest.New()
	ago := func(d time.Duration) tiktokshop.UnixTime {
		return tiktokshop.NewUnixTime(time.Now().Add(-d))
	}
	const first, second tiktokshop.ID = "576461413038785752", "576461413038785753"
	srv.AddOrder(
		order.Order{ID: first, Status: order.OrderStatusUnpaid, UpdateTime: ago(time.Hour)},
		order.Order{ID: second, Status: order.OrderStatusInTransit, UpdateTime: ago(time.Minute)},
	)
	ctx, client, store := context.Background(), srv.Client(), feed.NewMemoryStore()
	database := map[tiktokshop.ID]order.OrderStatus{}
	full := false
	save := func(o order.Order) error {
		if full {
			return errors.New("the disk is full")
		}
		database[o.ID] = o.Status
		return nil
	}
	run := func() error { return syncOrders(ctx, client, tiktokshoptest.ShopID, store, save) }
	fmt.Println(run(), len(database), "orders")

	// It changes before the last run's end, and is seen after it.
	err := srv.ChangeOrder(first, func(o *order.Order) {
		o.Status, o.UpdateTime = order.OrderStatusAwaitingShipment, ago(time.Second)
	})
	full = true
	fmt.Println(run() != nil, err)
	full = false
	fmt.Println(run(), database[first])
	// Output:
	// <nil> 2 orders
	// true <nil>
	// <nil> AWAITING_SHIPMENT
}
