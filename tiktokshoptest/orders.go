package tiktokshoptest

import (
	"encoding/json"
	"fmt"
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
// has them by their ids; before, both answer with an example. A time that is zero is the server's
// clock, and an order without a Status is AWAITING_SHIPMENT.
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
	o, ok := s.order(id)
	if !ok {
		return fmt.Errorf("tiktokshoptest: the shop has no order %s", id)
	}
	before := o.UpdateTime
	change(&o)
	if o.ID != id {
		return fmt.Errorf("tiktokshoptest: order %s cannot get another id", id)
	}
	if o.UpdateTime == before {
		o.UpdateTime = tiktokshop.UnixTime{} // now
	}
	s.putOrder(o)
	return nil
}

// Order returns an order of the shop's.
func (s *Server) Order(id tiktokshop.ID) (o order.Order, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order(id)
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

// keepOrders has the server answer from its orders. s.mu is held.
func (s *Server) keepOrders() {
	if s.orders != nil {
		return
	}
	s.orders = newRecords()
	s.handleAs((*order.Service).GetOrderList, (*Server).searchOrders)
	s.handleAs((*order.Service).GetOrderDetail, (*Server).orderDetails)
	s.handleAs((*order.Service).GetOrderDetail202309, (*Server).orderDetails)
}

func (s *Server) order(id tiktokshop.ID) (o order.Order, ok bool) {
	if s.orders == nil || s.orders.byID[id] == nil {
		return o, false
	}
	if err := json.Unmarshal(s.orders.byID[id].body, &o); err != nil {
		panic("tiktokshoptest: the order does not decode: " + err.Error())
	}
	return o, true
}

func (s *Server) putOrder(o order.Order) {
	o.CreateTime, o.UpdateTime = s.orNow(o.CreateTime), s.orNow(o.UpdateTime)
	if o.Status == "" {
		o.Status = order.OrderStatusAwaitingShipment
	}
	s.orders.put(record{id: o.ID, created: o.CreateTime.Unix(), updated: o.UpdateTime.Unix(), body: encodeRecord(o)})
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
	var f orderSearch
	if rep := decodeBody(c.body, &f); rep != nil {
		return *rep
	}
	var wanted func(json.RawMessage) bool
	if f.Buyer != "" || f.WantsCancel != nil || f.Status != "" || f.ShippingType != "" || len(f.Warehouses) > 0 {
		wanted = f.wants
	}
	return s.orders.search(c, "orders", wanted)
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
		return refuse(http.StatusBadRequest, 36009004, "Invalid parameter. 'ids' has at most 50 elements.")
	}
	found := []json.RawMessage{}
	for _, id := range ids {
		if r := s.orders.byID[tiktokshop.ID(id)]; r != nil {
			found = append(found, r.body)
		}
	}
	return success(map[string]any{"orders": found})
}
