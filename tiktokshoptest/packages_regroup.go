package tiktokshoptest

import (
	"maps"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
)

// combinable are the orders whose packages can go into one: those of a buyer to an address that
// wait to be shipped. The group has the id of its first order, as in the platform's sample.
func (s *Server) combinable() map[tiktokshop.ID][]tiktokshop.ID {
	type to struct{ buyer, address string }
	byTo := make(map[to][]tiktokshop.ID)
	for _, r := range s.orders.created {
		o, _ := s.orders.get(r.id)
		if o.UserID == "" || o.Status != order.OrderStatusAwaitingShipment || len(o.Packages) != 1 {
			continue
		}
		if p, ok := s.packages.get(o.Packages[0].ID); !ok || isShipped(&p) || len(p.Orders) != 1 {
			continue
		}
		key := to{string(o.UserID), o.RecipientAddress.FullAddress}
		byTo[key] = append(byTo[key], o.ID)
	}
	groups := make(map[tiktokshop.ID][]tiktokshop.ID)
	for _, ids := range byTo {
		if len(ids) > 1 {
			groups[ids[0]] = ids
		}
	}
	return groups
}

func (s *Server) searchCombinable(c *call) reply {
	groups := s.combinable()
	listed := []any{}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		listed = append(listed, map[string]any{"id": id, "order_ids": groups[id]})
	}
	page, next, rep := paginate(listed, c.query, 100)
	if rep != nil {
		return *rep
	}
	return success(map[string]any{"combinable_packages": page, "next_page_token": next,
		"total_count": len(listed)})
}

func (s *Server) combinePackages(c *call) reply {
	var body struct {
		Groups []struct {
			ID     tiktokshop.ID   `json:"id"`
			Orders []tiktokshop.ID `json:"order_ids"`
		} `json:"combinable_packages"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	packages, errors := []any{}, []any{}
	for _, g := range body.Groups {
		group := s.combinable()[g.ID]
		ids := g.Orders
		if len(ids) == 0 {
			ids = group
		}
		if len(ids) < 2 || slices.ContainsFunc(ids,
			func(id tiktokshop.ID) bool { return !slices.Contains(group, id) }) {
			why := problem{codeNotCombinable, "These orders cannot be combined."}
			errors = append(errors,
				why.itemError(map[string]any{"package_id": g.ID, "order_ids": g.Orders}))
			continue
		}
		p := fulfillment.GetPackageDetailData{PackageID: s.newID(),
			SplitAndCombineTag: fulfillment.SplitAndCombineTagCombine}
		for _, id := range ids {
			o, _ := s.orders.get(id)
			p.Orders = append(p.Orders, fulfillment.Order{ID: id})
			p.OrderLineItemIDs = append(p.OrderLineItemIDs, linesOf(&o)...)
			s.packages.remove(o.Packages[0].ID)
			o.Packages, o.SplitOrCombineTag = nil, order.SplitOrCombineTagCombined
			s.putOrder(o)
		}
		s.repack(&p)
		packages = append(packages, map[string]any{"id": p.PackageID, "order_ids": ids})
	}
	s.packageEvent("COMBINE", packages)
	return success(map[string]any{"packages": packages, "errors": errors})
}

// linesOf are the ids of an order's lines.
func linesOf(o *order.Order) []tiktokshop.ID {
	ids := make([]tiktokshop.ID, 0, len(o.LineItems))
	for _, line := range o.LineItems {
		ids = append(ids, line.ID)
	}
	return ids
}

func (s *Server) uncombinePackage(c *call) reply {
	var body struct {
		Orders []tiktokshop.ID `json:"order_ids"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	p, rep := s.packageOf(c)
	if rep != nil {
		return *rep
	}
	var inside []tiktokshop.ID
	for _, in := range p.Orders {
		inside = append(inside, in.ID)
	}
	for _, id := range body.Orders {
		if !slices.Contains(inside, id) {
			return *business(codeOrderNotIn, "Order %s is not in the package.", id)
		}
	}
	if isShipped(&p) || len(inside) < 2 {
		return *business(codeInvalidPackage, "The package cannot be taken apart.")
	}
	if len(body.Orders) == 0 {
		body.Orders = inside
	}
	groups := [][]tiktokshop.ID{}
	var rest []tiktokshop.ID
	for _, id := range inside {
		if slices.Contains(body.Orders, id) {
			groups = append(groups, []tiktokshop.ID{id})
		} else {
			rest = append(rest, id)
		}
	}
	if rest != nil {
		groups = append(groups, rest)
	}
	s.packages.remove(p.PackageID)
	packages := []any{}
	for _, group := range groups {
		part := p
		part.PackageID, part.Orders, part.OrderLineItemIDs = s.newID(), nil, nil
		if len(group) == 1 {
			part.SplitAndCombineTag = fulfillment.SplitAndCombineTagDefault
		}
		for _, id := range group {
			part.Orders = append(part.Orders, fulfillment.Order{ID: id})
			if o, ok := s.orders.get(id); ok {
				part.OrderLineItemIDs = append(part.OrderLineItemIDs, linesOf(&o)...)
				o.Packages = nil
				if len(group) == 1 {
					o.SplitOrCombineTag = ""
				}
				s.putOrder(o)
			}
		}
		s.repack(&part)
		packages = append(packages, map[string]any{"id": part.PackageID, "order_ids": group})
	}
	s.packageEvent("CANCEL_COMBINE", packages)
	return success(map[string]any{"packages": packages})
}

// splitOrder puts the groups of an order's lines into packages of their own. What is in no group
// stays where it is.
func (s *Server) splitOrder(c *call) reply {
	var body struct {
		Groups []struct {
			ID    tiktokshop.ID   `json:"id"`
			Lines []tiktokshop.ID `json:"order_line_item_ids"`
		} `json:"splittable_groups"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	o, why := s.shippable(tiktokshop.ID(c.params["order_id"]))
	if why != nil {
		return *business(codeNotSplittable, "%s", why.message)
	}
	seen := make(map[tiktokshop.ID]bool)
	for _, g := range body.Groups {
		for _, id := range g.Lines {
			i := slices.IndexFunc(o.LineItems,
				func(l order.OrderLineItem) bool { return l.ID == id })
			if i < 0 || seen[id] {
				return *business(codeInvalidPackage, "Line %s is not of the order, or named twice.",
					id)
			}
			if p, ok := s.packages.get(o.LineItems[i].PackageID); ok && isShipped(&p) {
				return *business(codeNotSplittable, "Line %s has been shipped.", id)
			}
			seen[id] = true
		}
	}
	o.SplitOrCombineTag = order.SplitOrCombineTagSplit
	s.putOrder(o)
	packages, listed := []any{}, []any{}
	for _, g := range body.Groups {
		o, _ = s.orders.get(o.ID)
		s.emptyPackages(&o, g.Lines)
		p := fulfillment.GetPackageDetailData{
			PackageID: s.newID(), Orders: []fulfillment.Order{{ID: o.ID}},
			OrderLineItemIDs:   g.Lines,
			SplitAndCombineTag: fulfillment.SplitAndCombineTagSplit,
		}
		s.repack(&p)
		packages = append(packages, map[string]any{"id": p.PackageID, "splittable_group_id": g.ID})
		listed = append(listed, map[string]any{"id": p.PackageID,
			"order_ids": []tiktokshop.ID{o.ID}})
	}
	s.packageEvent("SPLIT", listed)
	return success(map[string]any{"packages": packages})
}
