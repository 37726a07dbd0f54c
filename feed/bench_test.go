package feed_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// BenchmarkOrders follows 5,000 orders of a fake without a network, lists and details: it tells
// what the SDK and the fake take of the time.
func BenchmarkOrders(b *testing.B) {
	const orders = 5000
	now := time.Unix(1700000000, 0)
	srv := tiktokshoptest.NewServer(b, tiktokshoptest.InMemory(), tiktokshoptest.KeepRequests(0),
		tiktokshoptest.WithClock(func() time.Time { return now }))
	for i := range orders {
		at := tiktokshop.NewUnixTime(now.Add(-time.Duration(orders-i) * time.Minute))
		srv.AddOrder(order.Order{ID: tiktokshop.ID(strconv.Itoa(576461413000000000 + i)),
			CreateTime: at, UpdateTime: at})
	}
	client := srv.Client()
	b.ReportAllocs()
	for b.Loop() {
		changes, err := order.New(client).Changes(nil, feed.Options{
			Name: "orders", Store: feed.NewMemoryStore(), Since: now.AddDate(-1, 0, 0),
			Clock: func() time.Time { return now },
		})
		if err != nil {
			b.Fatal(err)
		}
		got := 0
		if err := changes.Run(b.Context(), func(_ context.Context, orders []order.Order) error {
			got += len(orders)
			return nil
		}); err != nil || got != orders {
			b.Fatal(got, err)
		}
	}
	b.ReportMetric(float64(b.N)*orders/b.Elapsed().Seconds(), "orders/s")
}
