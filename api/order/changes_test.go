package order_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// The program runs every few minutes. It gets each order that has changed, and none twice.
func ExampleService_Changes() {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	at := func(ago time.Duration) tiktokshop.UnixTime {
		return tiktokshop.NewUnixTime(time.Now().Add(-ago))
	}
	srv.AddOrder(
		order.Order{ID: "576461413038785752", Status: order.OrderStatusUnpaid,
			UpdateTime: at(2 * time.Hour)},
		order.Order{ID: "576461413038785753", UpdateTime: at(time.Hour)},
	)
	ctx := context.Background()

	changes, err := order.New(srv.Client()).Changes(nil, feed.Options{
		Name:  "orders of 7495800011112222333",
		Store: feed.NewMemoryStore(), // feed.NewFileStore outlives the program
		Since: time.Now().AddDate(0, -1, 0),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	run := func() {
		err := changes.Run(ctx, func(_ context.Context, orders []order.Order) error {
			for _, o := range orders {
				fmt.Println(o.ID, o.Status)
			}
			return nil // now, and not before, the place is saved
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	run()
	if err := srv.ChangeOrder("576461413038785752", func(o *order.Order) {
		o.Status, o.UpdateTime = order.OrderStatusAwaitingShipment, at(time.Second)
	}); err != nil {
		fmt.Println(err)
	}
	fmt.Println("and later:")
	run()
	// Output:
	// 576461413038785752 UNPAID
	// 576461413038785753 AWAITING_SHIPMENT
	// and later:
	// 576461413038785752 AWAITING_SHIPMENT
}

// Orders in many pages, with more in one second than a page has, from a list that shows the first
// 300 only.
func TestChangesOfManyOrders(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 0)
	for _, refuse := range []bool{false, true} {
		srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory(), tiktokshoptest.Strict(),
			tiktokshoptest.WithClock(func() time.Time { return now }))
		srv.LimitOrderList(300, refuse)
		for i := range 1000 {
			updated := now.Add(-time.Hour + time.Duration(i/100)*time.Second)
			if i >= 400 && i < 650 { // all in one second
				updated = now.Add(-time.Hour + 4*time.Second)
			}
			srv.AddOrder(order.Order{ID: tiktokshop.ID(fmt.Sprint(1000 + i)),
				UpdateTime: tiktokshop.NewUnixTime(updated)})
		}
		changes, err := order.New(srv.Client()).Changes(nil, feed.Options{
			Name: "orders", Store: feed.NewMemoryStore(), Since: now.AddDate(-1, 0, 0),
			Clock: func() time.Time { return now },
		})
		require.NoError(t, err)
		handed := make(map[tiktokshop.ID]int)
		last := time.Time{}
		require.NoError(t,
			changes.Run(t.Context(), func(_ context.Context, orders []order.Order) error {
				assert.LessOrEqual(t, len(orders), 50)
				for _, o := range orders {
					handed[o.ID]++
					assert.False(t, o.UpdateTime.Before(last), "in order")
					last = o.UpdateTime.Time
				}
				return nil
			}))
		assert.Len(t, handed, 1000)
		for id, n := range handed {
			assert.Equal(t, 1, n, id)
		}
	}
}

func TestChangesOfAFilter(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	srv.AddOrder(order.Order{ID: "1", WarehouseID: "7"}, order.Order{ID: "2", WarehouseID: "8"})
	store := feed.NewMemoryStore()
	opts := feed.Options{
		Name: "orders", Store: store, Since: time.Now().Add(-time.Hour),
		// so that this second is read
		Clock: func() time.Time { return time.Now().Add(2 * time.Second) },
	}
	var ids []tiktokshop.ID
	note := func(_ context.Context, orders []order.Order) error {
		for _, o := range orders {
			ids = append(ids, o.ID)
		}
		return nil
	}
	changes, err := order.New(srv.Client()).Changes(
		&order.GetOrderListRequest{WarehouseIDs: []tiktokshop.ID{"8"}}, opts)
	require.NoError(t, err)
	require.NoError(t, changes.Run(t.Context(), note))
	assert.Equal(t, []tiktokshop.ID{"2"}, ids)
	all, err := order.New(srv.Client()).Changes(nil, opts)
	require.NoError(t, err)
	require.ErrorIs(t, all.Run(t.Context(), note), feed.ErrForeignCursor)
}
