package tiktokshoptest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
)

// problem is why an item of a call, or the call, is not done.
type problem struct {
	code    int
	message string
}

func (p *problem) reply() reply { return *business(p.code, "%s", p.message) }

// itemError is an item that a call with others did not do, in the form of most operations.
func (p *problem) itemError(detail map[string]any) map[string]any {
	return map[string]any{"code": p.code, "message": p.message, "detail": detail}
}

// shipment is how a package is shipped.
type shipment struct {
	Method fulfillment.HandoverMethod         `json:"handover_method"`
	Slot   *fulfillment.ShipPackagePickupSlot `json:"pickup_slot"`
	Self   *fulfillment.SelfShipment          `json:"self_shipment"`
}

func (s *Server) shipOne(c *call) reply {
	var how shipment
	if rep := decodeBody(c.body, &how); rep != nil {
		return *rep
	}
	if p := s.ship(tiktokshop.ID(c.params["package_id"]), how); p != nil {
		return p.reply()
	}
	return success(nil)
}

func (s *Server) shipMany(c *call) reply {
	var body struct {
		Packages []struct {
			ID tiktokshop.ID `json:"id"`
			shipment
		} `json:"packages"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	errors := []any{}
	for _, p := range body.Packages {
		if why := s.ship(p.ID, p.shipment); why != nil {
			errors = append(errors, why.itemError(map[string]any{"package_id": p.ID}))
		}
	}
	return success(map[string]any{"errors": errors})
}

// ship ships a package that waits for it.
func (s *Server) ship(id tiktokshop.ID, how shipment) *problem {
	p, ok := s.packages.get(id)
	if !ok {
		return &problem{codeNoPackage, "Package not found."}
	}
	if why := s.mayNotShip(&p); why != nil {
		return why
	}
	if how.Self != nil {
		s.shipBySeller(&p, how.Self.ShippingProviderID, how.Self.TrackingNumber)
	} else {
		p.HandoverMethod = how.Method
		if how.Slot != nil {
			p.PickupSlot = fulfillment.PickupSlot{StartTime: how.Slot.StartTime,
				EndTime: how.Slot.EndTime}
		}
		s.shipByPlatform(&p)
	}
	return nil
}

func (s *Server) mayNotShip(p *fulfillment.GetPackageDetailData) *problem {
	if isShipped(p) || p.PackageStatus != fulfillment.PackageStatusProcessing {
		return &problem{codePackageState, "The package cannot be shipped in its status."}
	}
	for _, in := range p.Orders {
		o, ok := s.orders.get(in.ID)
		switch {
		case !ok:
		case o.Status != order.OrderStatusAwaitingShipment &&
			o.Status != order.OrderStatusPartiallyShipping:
			return &problem{codePackageState,
				"An order of the package cannot be shipped in its status."}
		case len(s.open[o.ID]) > 0:
			return &problem{codeAftersaleOpen,
				"An order of the package has an after-sales request that waits for the seller."}
		}
	}
	return nil
}

// shipByPlatform has the platform's carrier come for a package. The label is there at once.
func (s *Server) shipByPlatform(p *fulfillment.GetPackageDetailData) {
	p.PackageStatus, p.PackageSubStatus = fulfillment.PackageStatusProcessing,
		fulfillment.PackageSubStatusRtsing
	or(&p.ShippingType, fulfillment.ShippingTypeTikTok)
	if p.TrackingNumber == "" {
		p.TrackingNumber = "FAKE" + string(s.newID())
	}
	or(&p.ShippingProviderID, "7117858858072016686")
	or(&p.ShippingProviderName, "USPS")
	s.repack(p)
}

// shipBySeller has a package under way with a carrier of the seller's.
func (s *Server) shipBySeller(
	p *fulfillment.GetPackageDetailData, provider tiktokshop.ID, tracking string,
) {
	p.PackageStatus, p.PackageSubStatus = fulfillment.PackageStatusFulfilling, ""
	p.ShippingType, p.ShippingProviderID, p.ShippingProviderName = fulfillment.ShippingTypeSeller,
		provider, ""
	p.TrackingNumber = tracking
	s.repack(p)
}

// repack puts a package that changes now, and has its orders follow.
func (s *Server) repack(p *fulfillment.GetPackageDetailData) {
	p.UpdateTime = s.thisSecond()
	p.PackageID = s.putPackage(*p)
	s.settleOrders(p)
}

// lineRef is a line of an order, as the two fields of a request have it.
type lineRefs struct {
	IDs  []tiktokshop.ID `json:"order_line_item_ids"`
	List []struct {
		ID tiktokshop.ID `json:"order_line_id"`
	} `json:"order_line_list"`
}

func (l *lineRefs) all() []tiktokshop.ID {
	ids := slices.Clone(l.IDs)
	for _, line := range l.List {
		ids = append(ids, line.ID)
	}
	return ids
}

// takeOut takes lines of an order out of the packages that they wait in, and reports whether all of
// them could be. No lines are all that wait.
func (s *Server) takeOut(
	o *order.Order, ids []tiktokshop.ID,
) (taken []tiktokshop.ID, why *problem) {
	for _, id := range ids {
		if !slices.ContainsFunc(o.LineItems,
			func(l order.OrderLineItem) bool { return l.ID == id }) {
			return nil, &problem{codeInvalidParameter, "The order has no line " + string(id) + "."}
		}
	}
	for _, line := range o.LineItems {
		if len(ids) > 0 && !slices.Contains(ids, line.ID) {
			continue
		}
		p, packed := s.packages.get(line.PackageID)
		switch {
		case line.DisplayStatus == order.DisplayStatusCancelled, packed && isShipped(&p):
			if len(ids) > 0 {
				return nil, &problem{codePackageState,
					"Line " + string(line.ID) + " cannot be shipped in its status."}
			}
		default:
			taken = append(taken, line.ID)
		}
	}
	if len(taken) == 0 && len(o.LineItems) > 0 {
		return nil, &problem{codePackageState, "No line of the order waits to be shipped."}
	}
	s.emptyPackages(o, taken)
	return taken, nil
}

// emptyPackages takes lines out of their packages; a package that nothing is left of is gone.
func (s *Server) emptyPackages(o *order.Order, lines []tiktokshop.ID) {
	for _, ref := range slices.Clone(o.Packages) {
		p, ok := s.packages.get(ref.ID)
		if !ok || isShipped(&p) {
			continue
		}
		before := len(p.OrderLineItemIDs)
		p.OrderLineItemIDs = slices.DeleteFunc(p.OrderLineItemIDs,
			func(id tiktokshop.ID) bool { return slices.Contains(lines, id) })
		if len(p.OrderLineItemIDs) == before && before > 0 {
			continue
		}
		for i := range o.LineItems {
			if line := &o.LineItems[i]; line.PackageID == ref.ID &&
				slices.Contains(lines, line.ID) {
				line.PackageID = ""
			}
		}
		stays := slices.ContainsFunc(o.LineItems,
			func(l order.OrderLineItem) bool { return l.PackageID == ref.ID })
		if !stays {
			p.Orders = slices.DeleteFunc(p.Orders,
				func(in fulfillment.Order) bool { return in.ID == o.ID })
			o.Packages = slices.DeleteFunc(o.Packages,
				func(r order.Package) bool { return r == ref })
		}
		s.putOrder(*o)
		if len(p.Orders) == 0 {
			s.packages.remove(p.PackageID)
			continue
		}
		for i := range p.Orders {
			p.Orders[i].SKUs = nil // counted again
		}
		p.UpdateTime = s.thisSecond()
		s.putPackage(p)
		*o, _ = s.orders.get(o.ID)
	}
}

func (s *Server) markShipped(c *call) reply {
	var body struct {
		lineRefs
		Provider tiktokshop.ID `json:"shipping_provider_id"`
		Tracking string        `json:"tracking_number"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	o, why := s.shippable(tiktokshop.ID(c.params["order_id"]))
	if why != nil {
		return why.reply()
	}
	lines, why := s.takeOut(&o, body.all())
	if why != nil {
		return why.reply()
	}
	p := fulfillment.GetPackageDetailData{PackageID: s.newID(),
		Orders: []fulfillment.Order{{ID: o.ID}}, OrderLineItemIDs: lines}
	s.shipBySeller(&p, body.Provider, body.Tracking)
	return success(map[string]any{
		"order_id": o.ID, "order_line_item_ids": lines, "package_id": p.PackageID,
		"warning": map[string]any{},
	})
}

// shippable is an order that waits to be shipped.
func (s *Server) shippable(id tiktokshop.ID) (order.Order, *problem) {
	o, ok := s.orders.get(id)
	switch {
	case !ok:
		return o, &problem{codeInvalidParameter, "Order not found."}
	case o.Status != order.OrderStatusAwaitingShipment &&
		o.Status != order.OrderStatusPartiallyShipping:
		return o, &problem{codePackageState, "The order cannot be shipped in its status."}
	case len(s.open[id]) > 0:
		return o, &problem{codeAftersaleOpen,
			"The order has an after-sales request that waits for the seller."}
	}
	return o, nil
}

func (s *Server) updatePackageShipping(c *call) reply {
	p, rep := s.packageOf(c)
	if rep != nil {
		return *rep
	}
	return s.updateShipping(c, p)
}

func (s *Server) updateOrderShipping(c *call) reply {
	o, ok := s.orders.get(tiktokshop.ID(c.params["order_id"]))
	switch {
	case !ok:
		return *business(codeInvalidParameter, "Order not found.")
	case len(o.Packages) > 1:
		return *business(codeSeveralPackages, "The order has several packages.")
	case len(o.Packages) == 0:
		return *business(codeNotShipped, "The order has not been shipped.")
	}
	p, ok := s.packages.get(o.Packages[0].ID)
	if !ok {
		return *business(codeNoPackage, "Package not found.")
	}
	return s.updateShipping(c, p)
}

// updateShipping corrects what the seller said of a shipped package.
func (s *Server) updateShipping(c *call, p fulfillment.GetPackageDetailData) reply {
	var body fulfillment.SelfShipment
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	switch {
	case p.PackageStatus == fulfillment.PackageStatusCompleted:
		return *business(codeDelivered, "The package has been delivered.")
	case !isShipped(&p):
		return *business(codeNotShipped, "The package has not been shipped.")
	case p.ShippingType != fulfillment.ShippingTypeSeller:
		return *business(codeNotBySeller, "The package was not shipped by the seller.")
	}
	s.shipBySeller(&p, body.ShippingProviderID, body.TrackingNumber)
	return success(nil)
}

func (s *Server) deliverPackages(c *call) reply {
	var body struct {
		Packages []struct {
			ID   tiktokshop.ID            `json:"id"`
			Type fulfillment.DeliveryType `json:"delivery_type"`
		} `json:"packages"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	errors := []any{}
	for _, in := range body.Packages {
		p, ok := s.packages.get(in.ID)
		if !ok || !isShipped(&p) {
			why := problem{codeOtherShop, "The shop has no such package under way."}
			errors = append(errors, why.itemError(map[string]any{"package_id": in.ID}))
			continue
		}
		switch in.Type {
		case fulfillment.DeliveryTypeDeliverySuccess:
			p.PackageStatus, p.PackageSubStatus = fulfillment.PackageStatusCompleted, ""
		case fulfillment.DeliveryTypeDeliveryFailed:
			p.PackageStatus, p.PackageSubStatus = fulfillment.PackageStatusCancelled, ""
		}
		s.repack(&p)
	}
	return success(map[string]any{"errors": errors})
}

// createPackage buys a label for an order or a part of it, and so ships it.
func (s *Server) createPackage(c *call) reply {
	var body struct {
		Order   tiktokshop.ID   `json:"order_id"`
		Orders  []tiktokshop.ID `json:"order_list_ids"`
		IDs     []tiktokshop.ID `json:"order_line_item_ids"`
		Service tiktokshop.ID   `json:"shipping_service_id"`
		Lines   []struct {
			ID tiktokshop.ID `json:"order_line_id"`
		} `json:"order_line_item"`
		Dimension fulfillment.Dimension `json:"dimension"`
		Weight    fulfillment.Weight    `json:"weight"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	for _, line := range body.Lines {
		body.IDs = append(body.IDs, line.ID)
	}
	if body.Order != "" {
		body.Orders = append(body.Orders, body.Order)
	}
	if len(body.Orders) == 0 {
		return *business(codeInvalidParameter, "An order is needed.")
	}
	orders := make([]order.Order, 0, len(body.Orders))
	for _, id := range body.Orders {
		o, why := s.shippable(id)
		if why != nil {
			return why.reply()
		}
		orders = append(orders, o)
	}
	p := fulfillment.GetPackageDetailData{PackageID: s.newID(), Dimension: body.Dimension,
		Weight: body.Weight}
	for i := range orders {
		ids := slices.DeleteFunc(slices.Clone(body.IDs), func(id tiktokshop.ID) bool {
			return !slices.ContainsFunc(orders[i].LineItems,
				func(l order.OrderLineItem) bool { return l.ID == id })
		})
		if len(orders) == 1 {
			ids = body.IDs
		}
		lines, why := s.takeOut(&orders[i], ids)
		if why != nil {
			return why.reply()
		}
		p.Orders = append(p.Orders, fulfillment.Order{ID: orders[i].ID})
		p.OrderLineItemIDs = append(p.OrderLineItemIDs, lines...)
	}
	s.shipByPlatform(&p)
	data := map[string]any{
		"package_id": p.PackageID, "create_time": s.now().Unix(), "dimension": body.Dimension,
		"weight": body.Weight,
		"shipping_service_info": map[string]any{
			"id": cmp.Or(body.Service, "7208502187360519982"), "name": "Fake service",
			"price": "4.90", "currency": "USD",
			"earliest_delivery_days": 2, "latest_delivery_days": 5,
			"shipping_provider_id":   p.ShippingProviderID,
			"shipping_provider_name": p.ShippingProviderName,
		},
	}
	if strings.Contains(c.path, "/202309/") {
		data["order_id"], data["order_line_item_ids"] = body.Orders[0], p.OrderLineItemIDs
	}
	return success(data)
}
