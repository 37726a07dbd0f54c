package tiktokshoptest

import (
	"encoding/json"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
	"github.com/tiktokshop-go/tiktokshop/api/returnrefund"
)

// Codes of cancellations and returns.
const (
	codeInvalidRequest  = 25001001
	codeRequestState    = 25001003
	codeRequestExists   = 25001010
	codeOrderCancelled  = 25001011
	codeRefundTooHigh   = 25005005
	codeInvalidQuantity = 25005011
	codeNoRequest       = 25007006
	codeCannotReject    = 25011011
	codeCannotApprove   = 25011012
	codeWrongDecision   = 25020004
	codeAlreadyApproved = 25020010
)

// AddCancellation gives the shop cancellations, or replaces those with their CancelIDs:
//
//	srv.AddCancellation(returnrefund.Cancellation{OrderID: "576461413038785752"})
//
// One without a status is a buyer's that waits for the seller, who can approve or reject it; the
// order then says so, and cannot be shipped. One without lines is of the whole order. Other states
// of the shop do as in [Server.AddOrder].
func (s *Server) AddCancellation(cancellations ...returnrefund.Cancellation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepOrders()
	for _, c := range cancellations {
		s.putCancellation(c)
	}
}

// ChangeCancellation lets change alter a cancellation. Its UpdateTime becomes the server's time
// unless change sets another one. It fails if there is no such cancellation. The order stays as it
// is; see [Server.ChangeOrder].
func (s *Server) ChangeCancellation(
	id tiktokshop.ID, change func(*returnrefund.Cancellation),
) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, c, err := s.cancellations.changed(id, change)
	if err == nil {
		s.putCancellation(c)
	}
	return err
}

// Cancellation returns a cancellation of the shop's.
func (s *Server) Cancellation(id tiktokshop.ID) (c returnrefund.Cancellation, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cancellations.get(id)
}

// keepCancellations has the server answer from its cancellations. s.mu is held.
func (s *Server) keepCancellations() {
	s.cancellations = newShelf("cancellation", func(c *returnrefund.Cancellation) recordKey {
		return recordKey{&c.CancelID, &c.CreateTime, &c.UpdateTime}
	})
	s.handleAs((*returnrefund.Service).CancelOrder, (*Server).cancelOrder)
	s.handleAs((*returnrefund.Service).CancelOrder202309, (*Server).cancelOrder)
	s.handleAs((*returnrefund.Service).SearchCancellations, (*Server).searchCancellations)
	s.handleAs((*returnrefund.Service).SearchCancellations202309, (*Server).searchCancellations)
	s.handleAs((*returnrefund.Service).ApproveCancellation, (*Server).approveCancellation)
	s.handleAs((*returnrefund.Service).RejectCancellation, (*Server).rejectCancellation)
}

// putCancellation puts a cancellation into the shop; the order knows of it. s.mu is held.
func (s *Server) putCancellation(c returnrefund.Cancellation) tiktokshop.ID {
	or(&c.CancelStatus, returnrefund.CancelStatusCancellationRequestPending)
	or(&c.CancelType, returnrefund.CancelTypeBuyerCancel)
	or(&c.Role, returnrefund.CancellationRoleBuyer)
	old, known := s.cancellations.get(c.CancelID)
	id := s.cancellations.put(s, &c)
	waits := c.CancelStatus == returnrefund.CancelStatusCancellationRequestPending
	s.open.note(c.OrderID, id, waits)
	if o, ok := s.orders.get(c.OrderID); ok && waits != o.IsBuyerRequestCancel &&
		c.CancelType == returnrefund.CancelTypeBuyerCancel {
		o.IsBuyerRequestCancel = waits
		if waits {
			or(&o.RequestCancelTime, c.CreateTime)
		}
		o.UpdateTime = c.UpdateTime
		s.putOrder(o)
	}
	if !known || old.CancelStatus != c.CancelStatus {
		s.cancellationEvent(&c)
	}
	return id
}

func (s *Server) searchCancellations(c *call) reply {
	var f struct {
		timeBounds
		Buyers   []tiktokshop.ID             `json:"buyer_user_ids"`
		IDs      []tiktokshop.ID             `json:"cancel_ids"`
		Orders   []tiktokshop.ID             `json:"order_ids"`
		Statuses []returnrefund.CancelStatus `json:"cancel_status"`
		Types    []returnrefund.CancelType   `json:"cancel_types"`
	}
	if rep := decodeBody(c.body, &f); rep != nil {
		return *rep
	}
	return s.cancellations.search(c, listing{field: "cancellations", times: f.timeBounds,
		wanted: func(body json.RawMessage) bool {
			var v returnrefund.Cancellation
			return json.Unmarshal(body, &v) == nil &&
				among(f.IDs, v.CancelID) && among(f.Orders, v.OrderID) &&
				among(f.Statuses, v.CancelStatus) && among(f.Types, v.CancelType) &&
				s.ofBuyers(f.Buyers, v.OrderID)
		}})
}

// among tells whether a filter lets a value through; without values it lets all.
func among[T comparable](filter []T, value T) bool {
	return len(filter) == 0 || slices.Contains(filter, value)
}

// ofBuyers tells whether an order is of one of the buyers; of no buyers all are.
func (s *Server) ofBuyers(buyers []tiktokshop.ID, id tiktokshop.ID) bool {
	if len(buyers) == 0 {
		return true
	}
	o, ok := s.orders.get(id)
	return ok && slices.Contains(buyers, o.UserID)
}

// namedLines are the lines that a request for a cancellation or a return names.
type namedLines struct {
	IDs   []tiktokshop.ID `json:"order_line_item_ids"`
	Lines []struct {
		ID tiktokshop.ID `json:"order_line_item_id"`
	} `json:"order_line_list"`
	SKUs []struct {
		ID       tiktokshop.ID `json:"sku_id"`
		Quantity int           `json:"quantity"`
	} `json:"skus"`
}

// of are the lines of an order that are meant, all of them if none is named. Canceled ones do not
// count.
func (r *namedLines) of(o *order.Order) ([]order.OrderLineItem, *problem) {
	wanted := slices.Clone(r.IDs)
	for _, line := range r.Lines {
		wanted = append(wanted, line.ID)
	}
	var lines []order.OrderLineItem
	bySKU := make(map[tiktokshop.ID]int)
	for _, sku := range r.SKUs {
		bySKU[sku.ID] += sku.Quantity
	}
	for _, line := range o.LineItems {
		all := len(wanted) == 0 && len(r.SKUs) == 0
		switch {
		case line.DisplayStatus == order.DisplayStatusCancelled:
		case all || slices.Contains(wanted, line.ID):
			lines = append(lines, line)
		case bySKU[line.SKUID] > 0:
			bySKU[line.SKUID]--
			lines = append(lines, line)
		}
	}
	named := func(id tiktokshop.ID) bool {
		return slices.ContainsFunc(lines, func(l order.OrderLineItem) bool { return l.ID == id })
	}
	if slices.ContainsFunc(wanted, func(id tiktokshop.ID) bool { return !named(id) }) {
		return nil, &problem{codeInvalidQuantity, "The order has not all of these lines."}
	}
	for _, missing := range bySKU {
		if missing > 0 {
			return nil, &problem{codeInvalidQuantity, "The order has not that many of a SKU."}
		}
	}
	return lines, nil
}

// cancelOrder cancels an order or some of its lines for the seller, at once.
func (s *Server) cancelOrder(c *call) reply {
	var body struct {
		Order  tiktokshop.ID `json:"order_id"`
		Reason string        `json:"cancel_reason"`
		namedLines
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	o, ok := s.orders.get(body.Order)
	switch {
	case !ok:
		return *business(codeInvalidRequest, "Order not found.")
	case !isCancellable(o.Status):
		return *business(codeOrderCancelled, "The order cannot be canceled in its status.")
	}
	lines, why := body.of(&o)
	if why != nil {
		return why.reply()
	}
	cancellation := returnrefund.Cancellation{
		OrderID: o.ID, CancelReason: body.Reason, Role: returnrefund.CancellationRoleSeller,
		CancelType:   returnrefund.CancelTypeCancel,
		CancelStatus: returnrefund.CancelStatusCancellationRequestSuccess,
	}
	for _, line := range lines {
		cancellation.CancelLineItems = append(cancellation.CancelLineItems,
			returnrefund.CancelLineItem{
				CancelLineItemID: s.newID(), OrderLineItemID: line.ID,
				ProductName: line.ProductName,
				SellerSKU:   line.SellerSKU, SKUID: line.SKUID, SKUName: line.SKUName,
			})
	}
	id := s.putCancellation(cancellation)
	s.cancelLines(&cancellation)
	return success(map[string]any{"cancel_id": id, "cancel_status": cancellation.CancelStatus})
}

func isCancellable(status order.OrderStatus) bool {
	switch status {
	case order.OrderStatusUnpaid, order.OrderStatusOnHold, order.OrderStatusAwaitingShipment,
		order.OrderStatusPartiallyShipping,
		order.OrderStatusAwaitingCollection:
		return true
	}
	return false
}

// cancelLines carries a cancellation out: the lines are canceled, and the order with the last of
// them, as are packages that nothing is left of.
func (s *Server) cancelLines(c *returnrefund.Cancellation) {
	o, ok := s.orders.get(c.OrderID)
	if !ok {
		return
	}
	now := s.thisSecond()
	left := false
	for i := range o.LineItems {
		line := &o.LineItems[i]
		if len(c.CancelLineItems) == 0 || slices.ContainsFunc(c.CancelLineItems,
			func(l returnrefund.CancelLineItem) bool { return l.OrderLineItemID == line.ID }) {
			line.DisplayStatus, line.CancelReason, line.CancelUser = order.DisplayStatusCancelled,
				c.CancelReason, order.CancelUser(c.Role)
			line.PackageStatus = order.PackageStatusCancelled
		}
		left = left || line.DisplayStatus != order.DisplayStatusCancelled
	}
	o.UpdateTime, o.IsBuyerRequestCancel = now, false
	if !left {
		o.Status, o.CancelReason, o.CancelTime = order.OrderStatusCancelled, c.CancelReason, now
		o.CancellationInitiator = order.CancellationInitiator(c.Role)
	}
	s.putOrder(o)
	for _, ref := range o.Packages {
		if p, ok := s.packages.get(ref.ID); ok && s.nothingLeft(&p) {
			p.PackageStatus, p.PackageSubStatus, p.UpdateTime = fulfillment.PackageStatusCancelled,
				"", now
			s.packages.put(s, &p)
		}
	}
	if left {
		s.settleOrder(o)
	}
}

// nothingLeft tells whether all that is in a package is canceled.
func (s *Server) nothingLeft(p *fulfillment.GetPackageDetailData) bool {
	for _, in := range p.Orders {
		o, ok := s.orders.get(in.ID)
		if !ok {
			return false
		}
		if o.Status == order.OrderStatusCancelled {
			continue
		}
		if len(o.LineItems) == 0 || slices.ContainsFunc(o.LineItems,
			func(l order.OrderLineItem) bool {
				return l.PackageID == p.PackageID && l.DisplayStatus != order.DisplayStatusCancelled
			}) {
			return false
		}
	}
	return true
}

// pendingCancellation is the cancellation that a call's path names.
func (s *Server) pendingCancellation(c *call, code int) (returnrefund.Cancellation, *reply) {
	v, ok := s.cancellations.get(tiktokshop.ID(c.params["cancel_id"]))
	switch {
	case !ok:
		return v, business(codeNoRequest, "Cancellation not found.")
	case v.CancelStatus != returnrefund.CancelStatusCancellationRequestPending:
		return v, business(code, "The cancellation does not wait for the seller.")
	}
	return v, nil
}

func (s *Server) approveCancellation(c *call) reply {
	v, rep := s.pendingCancellation(c, codeCannotApprove)
	if rep != nil {
		return *rep
	}
	v.CancelStatus, v.UpdateTime = returnrefund.CancelStatusCancellationRequestSuccess,
		s.thisSecond()
	s.putCancellation(v)
	s.cancelLines(&v)
	return success(nil)
}

func (s *Server) rejectCancellation(c *call) reply {
	v, rep := s.pendingCancellation(c, codeCannotReject)
	if rep != nil {
		return *rep
	}
	v.CancelStatus, v.UpdateTime = returnrefund.CancelStatusCancellationRequestCancel,
		s.thisSecond()
	s.putCancellation(v)
	return success(nil)
}
