package tiktokshoptest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// orderShop is a server with five orders, created a minute apart from second 1000 of the clock's
// day on. The last two are changed in one second, much later.
func orderShop(t *testing.T) (*tiktokshoptest.Server, *order.Service, *clock) {
	t.Helper()
	c := newClock()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.WithClock(c.now), tiktokshoptest.InMemory(),
		tiktokshoptest.Strict())
	for i := range 5 {
		srv.AddOrder(order.Order{ID: tiktokshop.ID(fmt.Sprint(101 + i))})
		c.advance(time.Minute)
	}
	require.NoError(t,
		srv.ChangeOrder("105", func(o *order.Order) { o.Status = order.OrderStatusCancelled }))
	require.NoError(t, srv.ChangeOrder("104", func(o *order.Order) { o.WarehouseID = "77" }))
	return srv, order.New(srv.Client()), c
}

func TestOrderList(t *testing.T) {
	t.Parallel()
	_, svc, c := orderShop(t)
	for _, test := range []struct {
		name string
		req  order.GetOrderListRequest
		want string
	}{
		{"newest first", order.GetOrderListRequest{}, "54321"},
		{"oldest first", order.GetOrderListRequest{SortOrder: order.SortOrderAsc}, "12345"},
		{"in pages", order.GetOrderListRequest{SortOrder: order.SortOrderAsc, PageSize: 2},
			"12345"},
		{"by change", order.GetOrderListRequest{SortField: order.SortFieldUpdateTime, PageSize: 3},
			"54321"},
		{"created", order.GetOrderListRequest{CreateTimeGE: c.in(
			-4 * time.Minute), CreateTimeLT: c.in(-2 * time.Minute)}, "32"},
		{"changed", order.GetOrderListRequest{UpdateTimeGE: c.in(0)}, "54"},
		{"changed before", order.GetOrderListRequest{UpdateTimeLT: c.in(0)}, "321"},
		{"created and changed, by change", order.GetOrderListRequest{
			SortField: order.SortFieldUpdateTime, SortOrder: order.SortOrderAsc,
			UpdateTimeGE: c.in(0), CreateTimeLT: c.in(-time.Minute),
		}, "4"},
		{"no time in between",
			order.GetOrderListRequest{UpdateTimeGE: c.in(0), UpdateTimeLT: c.in(-time.Hour)}, ""},
		{"status", order.GetOrderListRequest{OrderStatus: order.OrderStatusCancelled}, "5"},
		{"warehouse", order.GetOrderListRequest{WarehouseIDs: []tiktokshop.ID{"1", "77"}}, "4"},
		{"buyer", order.GetOrderListRequest{BuyerUserID: "1"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, listed(t, svc, test.req))
		})
	}
}

func TestOrderListRefusesAnUnknownOrder(t *testing.T) {
	t.Parallel()
	_, svc, _ := orderShop(t)
	for _, req := range []order.GetOrderListRequest{{PageSize: 1, SortField: "id"},
		{PageSize: 1, SortOrder: "UP"}} {
		_, err := svc.GetOrderList(t.Context(), &req)
		require.ErrorIs(t, err, tiktokshop.ErrInvalidRequest)
	}
}

// What every reader of a list has to cope with: an order that changes while the list is read moves
// the ones after it up.
func TestOrderListMovesUpWhileItIsRead(t *testing.T) {
	t.Parallel()
	srv, svc, c := orderShop(t)
	req := order.GetOrderListRequest{PageSize: 2, SortField: order.SortFieldUpdateTime,
		SortOrder: order.SortOrderAsc}
	req.UpdateTimeLT = c.in(-time.Second)
	first, err := svc.GetOrderList(t.Context(), &req)
	require.NoError(t, err)
	assert.EqualValues(t, 3, first.Data.TotalCount)
	require.NoError(t, srv.ChangeOrder("101", func(*order.Order) {}))
	req.PageToken = first.Data.NextPageToken
	second, err := svc.GetOrderList(t.Context(), &req)
	require.NoError(t, err)
	assert.Empty(t, second.Data.Orders, "103 is on the first page now")
	assert.EqualValues(t, 2, second.Data.TotalCount)
}

func TestOrderDetail(t *testing.T) {
	t.Parallel()
	srv, svc, c := orderShop(t)
	resp, err := svc.GetOrderDetail(t.Context(),
		&order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"104", "9", "101"}})
	require.NoError(t, err)
	require.Len(t, resp.Data.Orders, 2)
	want, ok := srv.Order("104")
	require.True(t, ok)
	assert.Equal(t, want, resp.Data.Orders[0])
	assert.Equal(t, c.now().Unix(), want.UpdateTime.Unix())
	assert.Equal(t, c.in(-2*time.Minute).Unix(), want.CreateTime.Unix())
	old, err := svc.GetOrderDetail202309(t.Context(),
		&order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"104"}})
	require.NoError(t, err)
	assert.Equal(t, want.WarehouseID, old.Data.Orders[0].WarehouseID)
}

func TestChangeOrder(t *testing.T) {
	t.Parallel()
	srv, svc, c := orderShop(t)
	require.NoError(t,
		srv.ChangeOrder("101", func(o *order.Order) { o.UpdateTime = c.in(-time.Second) }))
	assert.Equal(t, "1",
		listed(t, svc, order.GetOrderListRequest{UpdateTimeGE: c.in(-time.Second),
			UpdateTimeLT: c.in(0)}), "a late one")
	require.Error(t, srv.ChangeOrder("9", func(*order.Order) {}))
	require.Error(t, srv.ChangeOrder("101", func(o *order.Order) { o.ID = "102" }))
	srv.AddOrder(order.Order{ID: "101", CreateTime: c.in(time.Hour)})
	assert.Equal(t, "15432", listed(t, svc, order.GetOrderListRequest{}), "replaced")
}

func TestLimitOrderList(t *testing.T) {
	t.Parallel()
	srv, svc, _ := orderShop(t)
	req := order.GetOrderListRequest{PageSize: 2, SortOrder: order.SortOrderAsc}
	srv.LimitOrderList(3, false)
	assert.Equal(t, "123", listed(t, svc, req))
	srv.LimitOrderList(3, true)
	var ids int
	var last error
	for _, last = range svc.GetOrderListAll(t.Context(), &req) {
		ids++
	}
	require.ErrorIs(t, last, tiktokshop.ErrInvalidRequest)
	assert.Equal(t, 4, ids)
	srv.LimitOrderList(0, false)
	assert.Equal(t, "12345", listed(t, svc, req))
}

// A shop that the test says nothing of answers with examples; one without orders has none.
func TestShopWithoutOrders(t *testing.T) {
	t.Parallel()
	srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
	svc := order.New(srv.Client())
	assert.NotEmpty(t, listed(t, svc, order.GetOrderListRequest{}))
	srv.AddOrder()
	assert.Empty(t, listed(t, svc, order.GetOrderListRequest{}))
	_, ok := srv.Order("1")
	assert.False(t, ok)
}
