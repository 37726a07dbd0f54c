package cookbook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// syncOrders saves the orders that have changed since the last run, and returns the time to store
// for the next one. An order may be saved again as it was: save is to keep what it has if that is
// as new.
func syncOrders(
	ctx context.Context, client *tiktokshop.Client, since, now time.Time,
	save func(order.Order) error,
) (time.Time, error) {
	const overlap = 10 * time.Minute // clocks differ, and an order can change while it is listed
	orders := order.New(client)
	changed := &order.GetOrderListRequest{
		PageSize:     100,
		SortField:    order.SortFieldUpdateTime,
		SortOrder:    order.SortOrderAsc,
		UpdateTimeGE: tiktokshop.NewUnixTime(since.Add(-overlap)),
		UpdateTimeLT: tiktokshop.NewUnixTime(now),
	}
	var ids []tiktokshop.ID
	for o, err := range orders.GetOrderListAll(ctx, changed) {
		if err != nil {
			return since, err // the next run asks for all of it again
		}
		ids = append(ids, o.ID)
	}
	slices.Sort(ids)
	// An order that changes meanwhile may be listed twice.
	for some := range slices.Chunk(slices.Compact(ids), 50) {
		resp, err := orders.GetOrderDetail(ctx, &order.GetOrderDetailRequest{IDs: some})
		if err != nil {
			return since, err
		}
		if found := len(resp.Data.Orders); found != len(some) {
			return since, fmt.Errorf("%d of %d orders came (request id %s)", found, len(some),
				resp.RequestID)
		}
		for _, o := range resp.Data.Orders {
			if err := save(o); err != nil {
				return since, err
			}
		}
	}
	return now, nil
}

func Example_syncOrders() {
	srv := tiktokshoptest.New()
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	states := map[tiktokshop.ID]order.Order{}
	change := func(id tiktokshop.ID, status order.OrderStatus, at time.Time) {
		states[id] = order.Order{ID: id, Status: status, UpdateTime: tiktokshop.NewUnixTime(at)}
	}
	tiktokshoptest.AnswerFunc(srv, (*order.Service).GetOrderList,
		func(call tiktokshoptest.Call) (data order.GetOrderListData, _ *tiktokshoptest.Refusal) {
			var window order.GetOrderListRequest
			if err := json.Unmarshal(call.Body, &window); err != nil {
				return data, &tiktokshoptest.Refusal{Status: 400}
			}
			for _, o := range states {
				if !o.UpdateTime.Before(window.UpdateTimeGE.Time) &&
					o.UpdateTime.Before(window.UpdateTimeLT.Time) {
					data.Orders = append(data.Orders, o)
				}
			}
			return data, nil
		})
	tiktokshoptest.AnswerFunc(srv, (*order.Service).GetOrderDetail,
		func(call tiktokshoptest.Call) (data order.GetOrderDetailData, _ *tiktokshoptest.Refusal) {
			for id := range strings.SplitSeq(call.Query["ids"], ",") {
				data.Orders = append(data.Orders, states[tiktokshop.ID(id)])
			}
			return data, nil
		})
	change("576461413038785752", order.OrderStatusUnpaid, noon.Add(-time.Hour))
	change("576461413038785753", order.OrderStatusInTransit, noon.Add(-time.Minute))

	ctx, client := context.Background(), srv.Client()
	database := map[tiktokshop.ID]order.OrderStatus{}
	save := func(o order.Order) error {
		database[o.ID] = o.Status
		return nil
	}
	since, err := syncOrders(ctx, client, noon.AddDate(0, 0, -1), noon, save)
	fmt.Println(len(database), "orders until", since.Format(time.TimeOnly), err)

	// It changed before the last run's end, and was seen after it.
	change("576461413038785752", order.OrderStatusAwaitingShipment, noon.Add(-time.Second))
	srv.FailNext(5, tiktokshoptest.Fault{Status: 503})
	since, err = syncOrders(ctx, client, since, noon.Add(time.Hour), save)
	fmt.Println(len(database), "orders until", since.Format(time.TimeOnly), err != nil)

	since, err = syncOrders(ctx, client, since, noon.Add(time.Hour), save)
	fmt.Println(database["576461413038785752"], "until", since.Format(time.TimeOnly), err)
	// Output:
	// 2 orders until 12:00:00 <nil>
	// 2 orders until 12:00:00 true
	// AWAITING_SHIPMENT until 13:00:00 <nil>
}
