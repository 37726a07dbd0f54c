package tiktokshoptest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/logistics"
	"github.com/tiktokshop-go/tiktokshop/api/product"
)

// Codes of products. What stands for an unknown SKU in an update of stock is not known: the fake
// says that the check failed.
const (
	codeNoProduct      = 12052048
	codeNoWarehouse    = 12052097
	codeOtherWarehouse = 12052533
	codeNoSKU          = 12052557
	codeProductState   = 12052901
	codeCheckFailed    = 12052990
	codeNotInAudit     = 12052547
)

// AddProduct gives the shop products, or replaces those with their IDs:
//
//	srv.AddProduct(product.GetProductData{
//		ID: "1729592969712207008", Title: "Socks",
//		SKUs: []product.ProductSKU{{ID: "1729592969712207012", SellerSKU: "RED"}},
//	})
//
// From the first call on, which may be without any, the shop has these products and those that are
// created: SearchProducts finds them by time, status, audit, SKU and quality, GetProduct has them
// by their ids, and they are changed by the operations that create, edit, activate, deactivate,
// delete and recover products and that update their stock and prices. Before, all of these answer
// with examples. A product without a Status is on sale, SKUs without an ID get one, and a time that
// is zero is the server's clock.
//
// What is created, edited or activated waits for the audit, which is over with [Server.PassAudit]
// or [Server.FailAudit]. Meanwhile a product on sale shows as it was but for its prices and stock.
// A deleted product is found by SearchProducts and RecoverProducts only.
//
// Not looked at are drafts of products that are not drafts themselves, and in searches the versions
// of categories, platforms, and Subscribe and Save.
func (s *Server) AddProduct(products ...product.GetProductData) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepProducts()
	for _, p := range products {
		s.putProduct(p)
	}
}

// ChangeProduct lets change alter a product, whose UpdateTime becomes the server's time unless
// change sets another one. It fails if there is no such product.
func (s *Server) ChangeProduct(id tiktokshop.ID, change func(*product.GetProductData)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, p, err := s.products.changed(id, change)
	if err == nil {
		s.putProduct(p)
	}
	return err
}

// Product returns a product of the shop's, as it shows. A deleted one is there with its status.
func (s *Server) Product(id tiktokshop.ID) (p product.GetProductData, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.products.get(id)
}

// PassAudit ends the audit of a product well: what was edited shows, and what was to be listed is
// on sale. It fails if the product is not in audit.
func (s *Server) PassAudit(id tiktokshop.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.products.get(id)
	if !ok || p.Audit.Status != product.AuditStatusAuditing {
		return fmt.Errorf("tiktokshoptest: product %s is not in audit", id)
	}
	if edit, edited := s.edits[id]; edited {
		edit.SKUs = withStockOf(edit.SKUs, p.SKUs)
		p = edit
		p.Status, p.ProductStatus = product.ListingStatusActivate, product.ProductStatusActivate
	}
	if p.Status == product.ListingStatusPending {
		p.Status, p.ProductStatus = product.ListingStatusActivate, product.ProductStatusActivate
	}
	p.Audit, p.AuditFailedReasons = product.ProductAudit{Status: product.AuditStatusApproved}, nil
	s.endAudit(&p, "PRODUCT_FIRST_PASS_REVIEW")
	return nil
}

// FailAudit ends the audit of a product with reasons: what was to be listed is FAILED, and a
// product on sale stays as it shows. It fails if the product is not in audit.
func (s *Server) FailAudit(id tiktokshop.ID, reasons ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.products.get(id)
	if !ok || p.Audit.Status != product.AuditStatusAuditing {
		return fmt.Errorf("tiktokshoptest: product %s is not in audit", id)
	}
	if p.Status == product.ListingStatusPending {
		p.Status, p.ProductStatus = product.ListingStatusFailed, product.ProductStatusFailed
	}
	p.Audit = product.ProductAudit{Status: product.AuditStatusFailed}
	p.AuditFailedReasons = []product.AuditFailedReason{{
		ListingPlatform: product.ListingPlatformTikTokShop, Position: "Product", Reasons: reasons,
	}}
	s.endAudit(&p, "PRODUCT_AUDIT_FAILURE")
	return nil
}

func (s *Server) endAudit(p *product.GetProductData, event string) {
	delete(s.edits, p.ID)
	p.UpdateTime = s.thisSecond()
	events := s.events
	s.events = nil // one event, not another of the status
	s.putProduct(*p)
	s.events = events
	s.productEvent(p, event)
}

// AddWarehouse gives the shop warehouses, or replaces those with their IDs. GetWarehouseList then
// has them, and an update of stock knows no others; without any it knows those that a SKU has.
// Warehouses without an ID get one.
func (s *Server) AddWarehouse(warehouses ...logistics.Warehouse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handleAs((*logistics.Service).GetWarehouseList, (*Server).listWarehouses)
	for _, w := range warehouses {
		if w.ID == "" {
			w.ID = s.newID()
		}
		or(&w.EffectStatus, logistics.EffectStatusEnabled)
		or(&w.Type, logistics.WarehouseTypeSalesWarehouse)
		if i := slices.IndexFunc(s.warehouses,
			func(other logistics.Warehouse) bool { return other.ID == w.ID }); i >= 0 {
			s.warehouses[i] = w
		} else {
			s.warehouses = append(s.warehouses, w)
		}
	}
}

func (s *Server) listWarehouses(*call) reply {
	listed := []json.RawMessage{}
	for _, w := range s.warehouses {
		listed = append(listed, encodeRecord(w))
	}
	return success(map[string]any{"warehouses": listed})
}

// keepProducts has the server answer from its products. s.mu is held.
func (s *Server) keepProducts() {
	if s.products != nil {
		return
	}
	s.products = newShelf("product", func(p *product.GetProductData) recordKey {
		return recordKey{&p.ID, &p.CreateTime, &p.UpdateTime}
	})
	s.edits = make(map[tiktokshop.ID]product.GetProductData)
	s.skus = make(map[tiktokshop.ID]tiktokshop.ID)
	s.handleAs((*product.Service).SearchProducts, (*Server).searchProducts)
	s.handleAs((*product.Service).SearchProducts202312, (*Server).searchProducts)
	s.handleAs((*product.Service).SearchProducts202309, (*Server).searchProducts)
	s.handleAs((*product.Service).GetProduct, (*Server).getProduct)
	s.handleAs((*product.Service).CreateProduct, (*Server).createProduct)
	s.handleAs((*product.Service).EditProduct, (*Server).editProduct)
	s.handleAs((*product.Service).EditProduct202309, (*Server).editProduct)
	s.handleAs((*product.Service).PartialEditProduct, (*Server).partialEditProduct)
	s.handleAs((*product.Service).PartialEditProduct202309, (*Server).partialEditProduct)
	s.handleAs((*product.Service).ActivateProduct, (*Server).activateProducts)
	s.handleAs((*product.Service).DeactivateProducts, (*Server).deactivateProducts)
	s.handleAs((*product.Service).DeleteProducts, (*Server).deleteProducts)
	s.handleAs((*product.Service).RecoverProducts, (*Server).recoverProducts)
	s.handleAs((*product.Service).InventorySearch, (*Server).searchInventory)
	s.handleAs((*product.Service).UpdateInventory, (*Server).updateInventory)
	s.handleAs((*product.Service).UpdatePrice, (*Server).updatePrice)
}

// putProduct puts a product into the shop. s.mu is held.
func (s *Server) putProduct(p product.GetProductData) {
	or(&p.Status, product.ListingStatusActivate)
	or(&p.ProductStatus, product.ProductStatus(p.Status))
	or(&p.Audit.Status, auditOf(p.Status))
	for i := range p.SKUs {
		if p.SKUs[i].ID == "" {
			p.SKUs[i].ID = s.newID()
		}
		or(&p.SKUs[i].StatusInfo.Status, product.StatusInfoStatusNormal)
	}
	old, known := s.products.get(p.ID)
	if known {
		for _, sku := range old.SKUs {
			delete(s.skus, sku.ID)
		}
		if old.Status != p.Status && old.ProductStatus == p.ProductStatus {
			p.ProductStatus = product.ProductStatus(p.Status)
		}
	}
	id := s.products.put(s, &p)
	for _, sku := range p.SKUs {
		s.skus[sku.ID] = id
	}
	switch {
	case !known:
		s.productCreated(&p)
	case old.Status != p.Status:
		s.productEvent(&p, "PRODUCT_STATUS_CHANGED")
	}
}

// auditOf is the audit of a product of which nothing else is known.
func auditOf(status product.ListingStatus) product.AuditStatus {
	switch status {
	case product.ListingStatusActivate:
		return product.AuditStatusApproved
	case product.ListingStatusPending:
		return product.AuditStatusAuditing
	case product.ListingStatusFailed:
		return product.AuditStatusFailed
	}
	return product.AuditStatusNone
}

func (s *Server) searchProducts(c *call) reply {
	var f struct {
		CreatedFrom *int64                `json:"create_time_ge"`
		CreatedTo   *int64                `json:"create_time_le"`
		UpdatedFrom *int64                `json:"update_time_ge"`
		UpdatedTo   *int64                `json:"update_time_le"`
		Status      product.ListingStatus `json:"status"`
		Audit       []product.AuditStatus `json:"audit_status"`
		Tiers       []product.CurrentTier `json:"listing_quality_tiers"`
		SellerSKUs  []string              `json:"seller_skus"`
		SKUs        []tiktokshop.ID       `json:"sku_ids"`
		Draft       *bool                 `json:"return_draft_version"`
	}
	if rep := decodeBody(c.body, &f); rep != nil {
		return *rep
	}
	l := listing{field: "products", view: productInList, times: timeBounds{
		CreatedFrom: f.CreatedFrom, CreatedBefore: after1(f.CreatedTo), UpdatedFrom: f.UpdatedFrom,
		UpdatedBefore: after1(f.UpdatedTo),
	}}
	drafts := f.Draft != nil && *f.Draft
	all := f.Status == "" || f.Status == product.ListingStatusAll
	if !all || drafts || len(f.Audit)+len(f.Tiers)+len(f.SellerSKUs)+len(f.SKUs) > 0 {
		l.wanted = func(body json.RawMessage) bool {
			var p product.GetProductData
			return json.Unmarshal(body, &p) == nil && (all || p.Status == f.Status) &&
				(!drafts || p.HasDraft) &&
				among(f.Audit, p.Audit.Status) && among(f.Tiers, p.ListingQualityTier) &&
				(len(f.SKUs) == 0 ||
					slices.ContainsFunc(p.SKUs,
						func(sku product.ProductSKU) bool {
							return slices.Contains(f.SKUs, sku.ID)
						})) &&
				(len(f.SellerSKUs) == 0 ||
					slices.ContainsFunc(p.SKUs,
						func(sku product.ProductSKU) bool {
							return slices.Contains(f.SellerSKUs, sku.SellerSKU)
						}))
		}
	}
	return s.products.search(c, l)
}

// after1 is the bound before which everything is that is not after a second.
func after1(second *int64) *int64 {
	if second == nil {
		return nil
	}
	next := *second + 1
	return &next
}

// productInList is a product as SearchProducts has it. Its fields have the names that they have in
// the product.
func productInList(body json.RawMessage) any {
	var p product.SearchProductsProduct
	_ = json.Unmarshal(body, &p) // what was put in decodes
	return encodeRecord(p)
}

// productOf is the product that a call's path names.
func (s *Server) productOf(c *call) (product.GetProductData, *reply) {
	p, why := s.findProduct(tiktokshop.ID(c.params["product_id"]))
	if why != nil {
		rep := why.reply()
		return p, &rep
	}
	return p, nil
}

// findProduct is a product that is not deleted.
func (s *Server) findProduct(id tiktokshop.ID) (product.GetProductData, *problem) {
	p, ok := s.products.get(id)
	if !ok || p.Status == product.ListingStatusDeleted {
		return p, &problem{codeNoProduct, "Product not found"}
	}
	return p, nil
}

func (s *Server) getProduct(c *call) reply {
	p, rep := s.productOf(c)
	if rep != nil {
		return *rep
	}
	if c.query["return_under_review_version"] == "true" {
		edit, ok := s.edits[p.ID]
		switch {
		case ok:
			edit.SKUs = withStockOf(edit.SKUs, p.SKUs)
			p = edit
		case p.Audit.Status != product.AuditStatusAuditing:
			return *business(codeNotInAudit, "The product is not in audit.")
		}
	}
	return success(encodeRecord(p))
}

// changeProducts has a change made to each of the products that a call names, and tells of those
// that it could not be made to. A change that is nil does nothing, and succeeds.
func (s *Server) changeProducts(c *call, change func(*product.GetProductData) *problem) reply {
	var body struct {
		IDs []tiktokshop.ID `json:"product_ids"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	errors := []any{}
	for _, id := range body.IDs {
		p, ok := s.products.get(id)
		why := &problem{codeNoProduct, "Product not found"}
		before := p.Status
		if ok {
			why = change(&p)
		}
		if why != nil {
			errors = append(errors, why.itemError(map[string]any{"product_id": id}))
		} else if p.Status != before {
			delete(s.edits, id)
			p.ProductStatus, p.Audit = product.ProductStatus(p.Status),
				product.ProductAudit{Status: auditOf(p.Status)}
			p.AuditFailedReasons, p.UpdateTime = nil, s.thisSecond()
			s.putProduct(p)
		}
	}
	return success(map[string]any{"errors": errors})
}

// become is a change from one of some statuses to another one. Where it is there already nothing is
// left to do; the platform does not say what it does.
func become(
	to product.ListingStatus, from ...product.ListingStatus,
) func(*product.GetProductData) *problem {
	return func(p *product.GetProductData) *problem {
		switch {
		case p.Status == to:
		case slices.Contains(from, p.Status):
			p.Status = to
		case p.Status == product.ListingStatusDeleted:
			return &problem{codeNoProduct, "Product not found"}
		default:
			return &problem{codeProductState, "The product's status does not allow it."}
		}
		return nil
	}
}

func (s *Server) activateProducts(c *call) reply {
	return s.changeProducts(c, func(p *product.GetProductData) *problem {
		if p.Status == product.ListingStatusActivate {
			return nil
		}
		return become(product.ListingStatusPending, product.ListingStatusSellerDeactivated,
			product.ListingStatusPlatformDeactivated)(p)
	})
}

func (s *Server) deactivateProducts(c *call) reply {
	return s.changeProducts(c, become(product.ListingStatusSellerDeactivated,
		product.ListingStatusActivate))
}

func (s *Server) deleteProducts(c *call) reply {
	return s.changeProducts(c, func(p *product.GetProductData) *problem {
		switch p.Status {
		case product.ListingStatusDeleted:
			return &problem{codeNoProduct, "Product not found"}
		case product.ListingStatusFreeze:
			return &problem{codeProductState, "The product's status does not allow it."}
		}
		p.Status = product.ListingStatusDeleted
		return nil
	})
}

func (s *Server) recoverProducts(c *call) reply {
	return s.changeProducts(c, become(product.ListingStatusSellerDeactivated,
		product.ListingStatusDeleted))
}
