package tiktokshoptest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
)

// AddOrder gives the shop orders, or replaces those with their IDs:
//
//	srv.AddOrder(order.Order{ID: "576461413038785752", Status: order.OrderStatusUnpaid})
//
// From the first call on, which may be without any, GetOrderList finds the shop's orders by the
// times of creation and change and by the other filters, in the order asked for, and GetOrderDetail
// has them by their ids; before, both answer with an example. The shop then has packages,
// cancellations and returns, too: those of [Server.AddPackage], [Server.AddCancellation] and
// [Server.AddReturn] and what calls make of them. A time that is zero is the server's clock, an
// order without a Status is AWAITING_SHIPMENT, and an ID that is empty is made up.
//
// The page tokens of the list are positions in it, as those are that the platform's reference
// shows: where an order changes between two pages and goes to another place, the orders after it
// move up. total_count is what the list has now. An id that the shop does not have is left out of
// GetOrderDetail's answer.
func (s *Server) AddOrder(orders ...order.Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepOrders()
	for _, o := range orders {
		s.putOrder(o)
	}
}

// ChangeOrder lets change alter an order of the shop's, whose UpdateTime becomes the server's time
// unless change sets another one. It fails if there is no such order.
func (s *Server) ChangeOrder(id tiktokshop.ID, change func(*order.Order)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, o, err := s.orders.changed(id, change)
	if err == nil {
		s.putOrder(o)
	}
	return err
}

// Order returns an order of the shop's.
func (s *Server) Order(id tiktokshop.ID) (o order.Order, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders.get(id)
}

// LimitOrderList has GetOrderList show no more than the first orders of a list, however many it
// counts. With refuse a page behind them is refused; without, the last of them ends the list as if
// there were no more. The platform documents no such limit, and a new server has none; it is here
// to see what a program makes of one. 0 takes it away.
func (s *Server) LimitOrderList(most int, refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepOrders()
	s.orders.most, s.orders.refuses = most, refuse
}

// keepOrders has the server answer from its orders and from what goes with them. s.mu is held.
func (s *Server) keepOrders() {
	if s.orders != nil {
		return
	}
	s.orders = newShelf("order", func(o *order.Order) recordKey {
		return recordKey{&o.ID, &o.CreateTime, &o.UpdateTime}
	})
	s.handleAs((*order.Service).GetOrderList, (*Server).searchOrders)
	s.handleAs((*order.Service).GetOrderDetail, (*Server).orderDetails)
	s.handleAs((*order.Service).GetOrderDetail202309, (*Server).orderDetails)
	s.open = make(openRequests)
	s.keepPackages()
	s.keepCancellations()
	s.keepReturns()
}

// putOrder puts an order into the shop. s.mu is held.
func (s *Server) putOrder(o order.Order) {
	or(&o.Status, order.OrderStatusAwaitingShipment)
	var before order.OrderStatus
	if s.events != nil {
		old, _ := s.orders.get(o.ID)
		before = old.Status
	}
	s.orders.put(s, &o)
	if s.events != nil && before != o.Status {
		s.orderEvent(&o)
	}
}

// orderSearch is the body of an order search, besides the times.
type orderSearch struct {
	Buyer        tiktokshop.ID      `json:"buyer_user_id"`
	WantsCancel  *bool              `json:"is_buyer_request_cancel"`
	Status       order.OrderStatus  `json:"order_status"`
	ShippingType order.ShippingType `json:"shipping_type"`
	Warehouses   []tiktokshop.ID    `json:"warehouse_ids"`
}

func (s *Server) searchOrders(c *call) reply {
	var f struct {
		timeBounds
		orderSearch
	}
	if rep := decodeBody(c.body, &f); rep != nil {
		return *rep
	}
	l := listing{field: "orders", times: f.timeBounds}
	if f.Buyer != "" || f.WantsCancel != nil || f.Status != "" || f.ShippingType != "" ||
		len(f.Warehouses) > 0 {
		l.wanted = f.wants
	}
	return s.orders.search(c, l)
}

// wants tells whether an order passes the filters that are set.
func (f *orderSearch) wants(body json.RawMessage) bool {
	var o struct {
		Buyer        tiktokshop.ID      `json:"user_id"`
		WantsCancel  bool               `json:"is_buyer_request_cancel"`
		Status       order.OrderStatus  `json:"status"`
		ShippingType order.ShippingType `json:"shipping_type"`
		Warehouse    tiktokshop.ID      `json:"warehouse_id"`
	}
	return json.Unmarshal(body, &o) == nil &&
		(f.Buyer == "" || f.Buyer == o.Buyer) &&
		(f.WantsCancel == nil || *f.WantsCancel == o.WantsCancel) &&
		(f.Status == "" || f.Status == o.Status) &&
		(f.ShippingType == "" || f.ShippingType == o.ShippingType) &&
		(len(f.Warehouses) == 0 || slices.Contains(f.Warehouses, o.Warehouse))
}

// orderDetails answers with the orders of up to 50 ids.
func (s *Server) orderDetails(c *call) reply {
	ids := strings.Split(c.query["ids"], ",")
	if len(ids) > 50 {
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. 'ids' has at most 50 elements.")
	}
	found := []json.RawMessage{}
	for _, id := range ids {
		if r := s.orders.byID[tiktokshop.ID(id)]; r != nil {
			found = append(found, r.body)
		}
	}
	return success(map[string]any{"orders": found})
}
