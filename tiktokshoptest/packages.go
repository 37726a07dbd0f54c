package tiktokshoptest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/fulfillment"
	"github.com/tiktokshop-go/tiktokshop/api/order"
)

// Codes of packages. What they mean is known but for codePackageState, one of those that the
// platform lists for the operations; which one it sends there is not known.
const (
	codeNoPackage        = 21011001
	codePackageState     = 21011003
	codeNotBySeller      = 21011004
	codeInvalidPackage   = 21011005
	codeAftersaleOpen    = 21011007
	codeOtherShop        = 21011028
	codeOrderNotIn       = 21011029
	codeDelivered        = 21011030
	codeNotCombinable    = 21011031
	codeNotSplittable    = 21011035
	codeSeveralPackages  = 21011042
	codeNotShipped       = 21011043
	codeInvalidParameter = 21001001
)

// AddPackage gives the shop packages, or replaces those with their PackageIDs, and puts the lines
// of their Orders that are in no package yet into them, or those of OrderLineItemIDs:
//
//	srv.AddPackage(fulfillment.GetPackageDetailData{
//		PackageID: "1152921506041467845",
//		Orders:    []fulfillment.Order{{ID: "576461413038785752"}},
//	})
//
// A package without a status waits to be shipped: PROCESSING, STOCKING. It is then found by
// SearchPackage and GetPackageDetail, and changed by the operations that ship, combine and split
// packages. The status of an order follows its packages, once they change: AWAITING_COLLECTION
// where they are shipped, IN_TRANSIT where they are FULFILLING, DELIVERED where they are COMPLETED,
// PARTIALLY_SHIPPING where only some are shipped. Other states of the shop do as in
// [Server.AddOrder].
//
// The label of a shipped package is a PDF file that the server itself has.
func (s *Server) AddPackage(packages ...fulfillment.GetPackageDetailData) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepOrders()
	for _, p := range packages {
		s.putPackage(p)
	}
}

// ChangePackage lets change alter a package, as the carrier does, say; the orders in it follow. Its
// UpdateTime becomes the server's time unless change sets another one. It fails if there is no such
// package.
//
//	srv.ChangePackage(id, func(p *fulfillment.GetPackageDetailData) { p.PackageStatus = fulfillment.PackageStatusCompleted })
func (s *Server) ChangePackage(
	id tiktokshop.ID, change func(*fulfillment.GetPackageDetailData),
) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, p, err := s.packages.changed(id, change)
	if err != nil {
		return err
	}
	s.putPackage(p)
	s.settleOrders(&p)
	return nil
}

// Package returns a package of the shop's.
func (s *Server) Package(id tiktokshop.ID) (p fulfillment.GetPackageDetailData, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.packages.get(id)
}

// keepPackages has the server answer from its packages. s.mu is held.
func (s *Server) keepPackages() {
	s.packages = newShelf("package", func(p *fulfillment.GetPackageDetailData) recordKey {
		return recordKey{&p.PackageID, &p.CreateTime, &p.UpdateTime}
	})
	s.handleAs((*fulfillment.Service).SearchPackage, (*Server).searchPackages)
	s.handleAs((*fulfillment.Service).GetPackageDetail, (*Server).packageDetail)
	s.handleAs((*fulfillment.Service).GetPackageShippingDocument, (*Server).packageLabel)
	s.handleAs((*fulfillment.Service).ShipPackage, (*Server).shipOne)
	s.handleAs((*fulfillment.Service).BatchShipPackages, (*Server).shipMany)
	s.handleAs((*fulfillment.Service).MarkPackageAsShipped, (*Server).markShipped)
	s.handleAs((*fulfillment.Service).UpdatePackageShippingInfo, (*Server).updatePackageShipping)
	s.handleAs((*fulfillment.Service).UpdateShippingInfo, (*Server).updateOrderShipping)
	s.handleAs((*fulfillment.Service).UpdatePackageDeliveryStatus, (*Server).deliverPackages)
	s.handleAs((*fulfillment.Service).CreatePackages, (*Server).createPackage)
	s.handleAs((*fulfillment.Service).CreatePackages202309, (*Server).createPackage)
	s.handleAs((*fulfillment.Service).SearchCombinablePackages, (*Server).searchCombinable)
	s.handleAs((*fulfillment.Service).CombinePackage, (*Server).combinePackages)
	s.handleAs((*fulfillment.Service).UncombinePackages, (*Server).uncombinePackage)
	s.handleAs((*fulfillment.Service).SplitOrders, (*Server).splitOrder)
}

// putPackage puts a package into the shop and its lines into it. s.mu is held.
func (s *Server) putPackage(p fulfillment.GetPackageDetailData) tiktokshop.ID {
	or(&p.PackageStatus, fulfillment.PackageStatusProcessing)
	if p.PackageStatus == fulfillment.PackageStatusProcessing {
		or(&p.PackageSubStatus, fulfillment.PackageSubStatusStocking)
	}
	if p.PackageID == "" {
		p.PackageID = s.newID()
	}
	takesAll := len(p.OrderLineItemIDs) == 0
	for i := range p.Orders {
		in := &p.Orders[i]
		o, ok := s.orders.get(in.ID)
		if !ok {
			continue
		}
		or(&p.WarehouseID, o.WarehouseID)
		or(&p.ShippingType, fulfillment.ShippingType(o.ShippingType))
		var inside []order.OrderLineItem
		for j := range o.LineItems {
			line := &o.LineItems[j]
			switch {
			case takesAll && (line.PackageID == "" || line.PackageID == p.PackageID):
				p.OrderLineItemIDs = append(p.OrderLineItemIDs, line.ID)
			case !slices.Contains(p.OrderLineItemIDs, line.ID):
				continue
			}
			line.PackageID, line.PackageStatus = p.PackageID, packageStatusOf(&p)
			inside = append(inside, *line)
		}
		if len(in.SKUs) == 0 {
			in.SKUs = skusOf(inside)
		}
		if ref := (order.Package{ID: p.PackageID}); !slices.Contains(o.Packages, ref) {
			o.Packages = append(o.Packages, ref)
		}
		s.putOrder(o)
	}
	return s.packages.put(s, &p)
}

// skusOf are the SKUs of an order's lines, of which each is one unit.
func skusOf(lines []order.OrderLineItem) []fulfillment.SKU {
	var skus []fulfillment.SKU
	for _, line := range lines {
		i := slices.IndexFunc(skus, func(sku fulfillment.SKU) bool { return sku.ID == line.SKUID })
		if i < 0 {
			i = len(skus)
			skus = append(skus, fulfillment.SKU{ID: line.SKUID, Name: line.SKUName,
				ImageURL: line.SKUImage})
		}
		skus[i].Quantity++
	}
	return skus
}

// isShipped tells whether the seller has done what a package waits for.
func isShipped(p *fulfillment.GetPackageDetailData) bool {
	switch p.PackageStatus {
	case fulfillment.PackageStatusFulfilling, fulfillment.PackageStatusCompleted:
		return true
	case fulfillment.PackageStatusProcessing:
		switch p.PackageSubStatus {
		case fulfillment.PackageSubStatusCreated, fulfillment.PackageSubStatusStocking,
			fulfillment.PackageSubStatusIssue:
			return false
		}
		return true
	}
	return false
}

// packageStatusOf is what an order's line says of its package.
func packageStatusOf(p *fulfillment.GetPackageDetailData) order.PackageStatus {
	if p.PackageStatus == fulfillment.PackageStatusProcessing && !isShipped(p) {
		return order.PackageStatusToFulfill
	}
	return order.PackageStatus(p.PackageStatus)
}

// shippingSteps are the statuses of orders that follow those of their packages.
var shippingSteps = []order.OrderStatus{
	order.OrderStatusAwaitingShipment, order.OrderStatusAwaitingCollection,
	order.OrderStatusInTransit, order.OrderStatusDelivered,
}

func shippingStep(status order.PackageStatus) int {
	return max(0, slices.Index([]order.PackageStatus{
		order.PackageStatusToFulfill, order.PackageStatusProcessing, order.PackageStatusFulfilling,
		order.PackageStatusCompleted,
	}, status))
}

// settleOrders has the orders of a package follow it. s.mu is held.
func (s *Server) settleOrders(p *fulfillment.GetPackageDetailData) {
	for _, in := range p.Orders {
		if o, ok := s.orders.get(in.ID); ok {
			s.settleOrder(o)
		}
	}
}

// settleOrder has an order follow its packages. s.mu is held.
func (s *Server) settleOrder(o order.Order) {
	if !slices.Contains(shippingSteps, o.Status) && o.Status != order.OrderStatusPartiallyShipping {
		return
	}
	now := s.thisSecond()
	var steps []int
	follow := func(p *fulfillment.GetPackageDetailData) int {
		if isShipped(p) {
			o.TrackingNumber, o.ShippingProviderID, o.ShippingProvider = p.TrackingNumber,
				p.ShippingProviderID, p.ShippingProviderName
			or(&o.ShippingType, order.ShippingType(p.ShippingType))
		}
		return shippingStep(packageStatusOf(p))
	}
	packages := make(map[tiktokshop.ID]*fulfillment.GetPackageDetailData)
	for _, ref := range o.Packages {
		if p, ok := s.packages.get(ref.ID); ok {
			packages[ref.ID] = &p
			if len(o.LineItems) == 0 {
				steps = append(steps, follow(&p))
			}
		}
	}
	for i := range o.LineItems {
		line := &o.LineItems[i]
		if line.DisplayStatus == order.DisplayStatusCancelled {
			continue
		}
		step := 0
		if p := packages[line.PackageID]; p != nil {
			step = follow(p)
			line.PackageStatus, line.TrackingNumber = packageStatusOf(p), p.TrackingNumber
			line.ShippingProviderID, line.ShippingProviderName = p.ShippingProviderID,
				p.ShippingProviderName
			if step > 0 {
				or(&line.RTSTime, now)
			}
		}
		line.DisplayStatus = order.DisplayStatus(shippingSteps[step])
		steps = append(steps, step)
	}
	if len(steps) == 0 {
		return
	}
	first, last := slices.Min(steps), slices.Max(steps)
	o.Status = shippingSteps[first]
	if first == 0 && last > 0 {
		o.Status = order.OrderStatusPartiallyShipping
	}
	for step, at := range []*tiktokshop.UnixTime{1: &o.RTSTime, 2: &o.CollectionTime,
		3: &o.DeliveryTime} {
		if at != nil && first >= step {
			or(at, now)
		}
	}
	o.UpdateTime = now
	s.putOrder(o)
}

func (s *Server) searchPackages(c *call) reply {
	var f struct {
		timeBounds
		Status fulfillment.PackageStatus `json:"package_status"`
	}
	if rep := decodeBody(c.body, &f); rep != nil {
		return *rep
	}
	l := listing{field: "packages", times: f.timeBounds, view: packageInList,
		byCreation: []string{"order_pay_time"}}
	if f.Status != "" {
		l.wanted = func(body json.RawMessage) bool {
			var p fulfillment.GetPackageDetailData
			return json.Unmarshal(body, &p) == nil && p.PackageStatus == f.Status
		}
	}
	return s.packages.search(c, l)
}

// packageInList is a package as SearchPackage has it.
func packageInList(body json.RawMessage) any {
	var p fulfillment.GetPackageDetailData
	_ = json.Unmarshal(body, &p) // what was put in decodes
	return encodeRecord(fulfillment.Package{
		ID: p.PackageID, CreateTime: p.CreateTime, UpdateTime: p.UpdateTime,
		Status:           p.PackageStatus,
		OrderLineItemIDs: p.OrderLineItemIDs, Orders: p.Orders, TrackingNumber: p.TrackingNumber,
		ShippingProviderID: p.ShippingProviderID, ShippingProviderName: p.ShippingProviderName,
	})
}

// packageOf is the package that a call's path names.
func (s *Server) packageOf(c *call) (fulfillment.GetPackageDetailData, *reply) {
	p, ok := s.packages.get(tiktokshop.ID(c.params["package_id"]))
	if !ok {
		return p, business(codeNoPackage, "Package not found.")
	}
	return p, nil
}

func (s *Server) packageDetail(c *call) reply {
	p, rep := s.packageOf(c)
	if rep != nil { // this operation has no code of its own for it
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. There is no such package.")
	}
	return success(encodeRecord(p))
}

// packageLabel has the address of a file of the server's. Before a package is shipped there is
// none.
func (s *Server) packageLabel(c *call) reply {
	p, rep := s.packageOf(c)
	if rep != nil {
		return *rep
	}
	data := fulfillment.GetPackageShippingDocumentData{TrackingNumber: p.TrackingNumber}
	if isShipped(&p) {
		data.DocURL = c.base + labelsPath + string(p.PackageID) + ".pdf"
	}
	return success(data)
}

// labelsPath is where the labels are, which anybody can have who knows the address.
const labelsPath = "/fake/labels/"

// label is the label of a package.
func label(r *http.Request) (rep reply, ok bool) {
	name, ok := strings.CutPrefix(r.URL.Path, labelsPath)
	if !ok || r.Method != http.MethodGet {
		return rep, false
	}
	const pdf = "%%PDF-1.4\n%% Label of package %s\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" +
		"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 298 420]>>endobj\n" +
		"trailer<</Root 1 0 R>>\n%%%%EOF\n"
	return reply{
		status: http.StatusOK, raw: fmt.Sprintf(pdf, strings.TrimSuffix(name, ".pdf")),
		header: http.Header{"Content-Type": {"application/pdf"}},
	}, true
}
