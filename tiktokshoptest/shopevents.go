package tiktokshoptest

import (
	"strconv"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
)

// SendEvents has the changes of the shop's state from now on enqueued as events of w, which its
// Advance delivers: of the statuses of orders, cancellations, returns and products, of products
// that are created or edited, and of packages that are combined or split. What a test adds or
// changes itself is told of as well. nil ends it. w keeps the events that it has sent.
//
//	sender := srv.NewWebhookSender(receiver.URL)
//	srv.SendEvents(sender)
//	srv.AddOrder(order.Order{ID: "576461413038785752"})
//	sender.Advance(ctx, 0) // delivers ORDER_STATUS_CHANGE
func (s *Server) SendEvents(w *WebhookSender) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = w
}

// tell enqueues an event. s.mu is held.
func (s *Server) tell(topic int, data map[string]any) {
	if s.events != nil {
		s.events.Enqueue(WebhookEvent{Type: topic, Time: s.now(), Data: data})
	}
}

func (s *Server) orderEvent(o *order.Order) {
	status := o.Status
	if status == order.OrderStatusCancelled {
		status = "CANCEL" // as events have it
	}
	s.tell(1, map[string]any{
		"order_id": o.ID, "order_status": status, "is_on_hold_order": o.IsOnHoldOrder,
		"update_time": o.UpdateTime.Unix(),
	})
}

func (s *Server) packageEvent(kind string, packages []any) {
	if len(packages) == 0 {
		return
	}
	list := []any{}
	for _, p := range packages {
		fields, _ := p.(map[string]any)
		list = append(list, map[string]any{"package_id": fields["id"],
			"order_id_list": fields["order_ids"]})
	}
	s.tell(4, map[string]any{"sc_type": kind, "role_type": "ROLE_SELLER", "package_list": list,
		"update_time": s.now().Unix()})
}

func (s *Server) cancellationEvent(c *returnrefund.Cancellation) {
	s.tell(11, map[string]any{
		"order_id": c.OrderID, "cancellations_role": c.Role, "cancel_status": c.CancelStatus,
		"cancel_id":   c.CancelID,
		"create_time": c.CreateTime.Unix(),
	})
}

func (s *Server) returnEvent(r *returnrefund.ReturnOrder) {
	s.tell(12, map[string]any{
		"order_id": r.OrderID, "return_role": r.Role, "return_type": r.ReturnType,
		"return_status": r.ReturnStatus,
		"return_id":     r.ReturnID, "create_time": r.CreateTime.Unix(),
		"update_time": r.UpdateTime.Unix(),
	})
}

// productEvent tells of a product's status. Its id is a number in these events.
func (s *Server) productEvent(p *product.GetProductData, status string) {
	s.tell(5, map[string]any{
		"product_id": numberOf(p.ID), "status": status, "suspended_reason": "",
		"update_time": p.UpdateTime.Unix(),
	})
}

func (s *Server) productCreated(p *product.GetProductData) {
	s.tell(16, map[string]any{"product_id": numberOf(p.ID), "product_types": []any{},
		"update_time": p.UpdateTime.Unix()})
}

func (s *Server) productEdited(p *product.GetProductData, fields []string) {
	s.tell(15, map[string]any{
		"product_id": p.ID, "change_source": "OPEN_API", "changed_fields": fields,
		"update_time": p.UpdateTime.Unix(),
	})
}

// numberOf is an id as a number, where it is one.
func numberOf(id tiktokshop.ID) any {
	if _, err := strconv.ParseUint(string(id), 10, 64); err != nil {
		return id
	}
	return jsonNumber(id)
}
