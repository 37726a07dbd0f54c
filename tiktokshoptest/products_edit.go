package tiktokshoptest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
)

// productFields are the fields of a request that go into a product, with the names that they have
// there. Those of the others are taken and not kept: the shop has nothing to do with them.
var productFields = map[string]string{
	"title": "title", "description": "description", "category_id": "category_chains",
	"brand_id":            "brand",
	"delivery_option_ids": "delivery_options", "main_images": "main_images",
	"package_weight":     "package_weight",
	"package_dimensions": "package_dimensions", "size_chart": "size_chart",
	"product_attributes": "product_attributes",
	"certifications":     "certifications", "video": "video",
	"external_product_id": "external_product_id",
	"is_cod_allowed":      "is_cod_allowed", "is_pre_owned": "is_pre_owned",
	"is_not_for_sale":      "is_not_for_sale",
	"key_product_features": "key_product_features", "manufacturer_ids": "manufacturer_ids",
	"responsible_person_ids": "responsible_person_ids",
	"minimum_order_quantity": "minimum_order_quantity",
	"scheduled_sale":         "scheduled_sale", "search_terms": "search_terms",
	"pod_info":                       "pod_info",
	"shipping_insurance_requirement": "shipping_insurance_requirement",
	"shipping_template_id":           "shipping_template_id",
	"primary_combined_product_id":    "primary_combined_product_id",
}

// skuInput is a SKU as requests have it: but for the price like that of a product.
type skuInput struct {
	product.ProductSKU
	Price priceInput `json:"price"`
}

// productRequest is what a call says of a product.
type productRequest struct {
	given map[string]json.RawMessage // by the names in a product
	named []string                   // by the names in the request
	skus  []skuInput
	draft bool
}

func readProduct(c *call) (r productRequest, rep *reply) {
	fields := make(map[string]json.RawMessage)
	if rep := decodeBody(c.body, &fields); rep != nil {
		return r, rep
	}
	var body struct {
		SKUs     []skuInput       `json:"skus"`
		SaveMode product.SaveMode `json:"save_mode"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return r, rep
	}
	r = productRequest{given: make(map[string]json.RawMessage), skus: body.SKUs,
		draft: body.SaveMode == product.SaveModeAsDraft}
	for name, value := range fields {
		to, known := productFields[name]
		if !known {
			continue
		}
		r.named = append(r.named, name)
		switch name {
		case "category_id":
			value = slices.Concat([]byte(`[{"is_leaf":true,"id":`), value, []byte(`}]`))
		case "brand_id":
			value = slices.Concat([]byte(`{"id":`), value, []byte(`}`))
		case "delivery_option_ids":
			var ids []tiktokshop.ID
			_ = json.Unmarshal(value, &ids) // else there are none
			var options []product.DeliveryOption
			for _, id := range ids {
				options = append(options, product.DeliveryOption{ID: id, IsAvailable: true})
			}
			value = encodeStock(options)
		}
		r.given[to] = value
	}
	return r, nil
}

// apply has a product take over what is given; without partial, what is not given is erased.
func (r *productRequest) apply(
	p product.GetProductData, partial bool,
) (product.GetProductData, *reply) {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(encodeRecord(p), &fields) // what encodes so decodes
	if fields == nil {                           // a product without anything
		fields = make(map[string]json.RawMessage)
	}
	for _, name := range productFields {
		if _, given := r.given[name]; given || !partial {
			delete(fields, name)
		}
	}
	maps.Copy(fields, r.given)
	var edited product.GetProductData
	if rep := decodeBody(encodeStock(fields), &edited); rep != nil {
		return p, rep
	}
	if r.skus == nil && partial {
		return edited, nil
	}
	edited.SKUs = nil
	for _, in := range r.skus {
		sku := in.ProductSKU
		sku.Price = in.Price.price()
		if sku.ID != "" {
			i := skuAt(p.SKUs, sku.ID)
			if i < 0 {
				return p, business(codeNoSKU, "SKU %s is not of the product.", sku.ID)
			}
			// What is left out stays in a whole edit, which is how the reference has it.
			if !partial && sku.Price == (product.Price{}) {
				sku.Price = p.SKUs[i].Price
			}
			if !partial && sku.Inventory == nil {
				sku.Inventory = p.SKUs[i].Inventory
			}
		}
		edited.SKUs = append(edited.SKUs, sku)
	}
	return edited, nil
}

func (s *Server) createProduct(c *call) reply {
	r, rep := readProduct(c)
	if rep != nil {
		return *rep
	}
	p, rep := r.apply(product.GetProductData{}, false)
	if rep != nil {
		return *rep
	}
	p.ID, p.Status = s.newID(), product.ListingStatusPending
	if r.draft {
		p.Status = product.ListingStatusDraft
	}
	s.nameSKUs(&p)
	s.putProduct(p)
	return success(map[string]any{"product_id": p.ID, "skus": createdSKUs(&p), "warnings": []any{}})
}

// nameSKUs gives the SKUs that are new their ids.
func (s *Server) nameSKUs(p *product.GetProductData) {
	for i := range p.SKUs {
		if p.SKUs[i].ID == "" {
			p.SKUs[i].ID = s.newID()
		}
		or(&p.SKUs[i].StatusInfo.Status, product.StatusInfoStatusNormal)
	}
}

// createdSKUs are the SKUs as the answers to changes have them.
func createdSKUs(p *product.GetProductData) []any {
	skus := []any{}
	for _, sku := range p.SKUs {
		attributes := []any{}
		for _, a := range sku.SalesAttributes {
			attributes = append(attributes, map[string]any{"id": a.ID, "value_id": a.ValueID})
		}
		skus = append(skus, map[string]any{
			"id": sku.ID, "seller_sku": sku.SellerSKU, "external_sku_id": sku.ExternalSKUID,
			"sales_attributes": attributes,
		})
	}
	return skus
}

func (s *Server) editProduct(c *call) reply        { return s.edit(c, false) }
func (s *Server) partialEditProduct(c *call) reply { return s.edit(c, true) }

// edit changes a product and sends it to audit. One on sale shows as it was until that is over, but
// for prices and stock.
func (s *Server) edit(c *call, partial bool) reply {
	live, rep := s.productOf(c)
	if rep != nil {
		return *rep
	}
	r, rep := readProduct(c)
	if rep != nil {
		return *rep
	}
	if live.Status == product.ListingStatusFreeze {
		return *business(codeProductState, "The product's status does not allow it.")
	}
	if len(r.given) == 0 && r.skus == nil {
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid parameter. There is nothing to change.")
	}
	base := live
	if edit, ok := s.edits[live.ID]; ok {
		edit.SKUs = withStockOf(edit.SKUs, live.SKUs)
		base = edit
	}
	edited, rep := r.apply(base, partial)
	if rep != nil {
		return *rep
	}
	s.nameSKUs(&edited)
	now := s.thisSecond()
	result := edited
	switch {
	case r.draft && live.Status != product.ListingStatusDraft:
		live.HasDraft, live.UpdateTime, result = true, now, live
		s.putProduct(live)
	case live.Status == product.ListingStatusActivate:
		live.SKUs, live.UpdateTime = withStockOf(live.SKUs, edited.SKUs), now
		live.Audit = product.ProductAudit{Status: product.AuditStatusAuditing}
		if sameListing(live, edited) {
			live.Audit.Status = product.AuditStatusApproved
			delete(s.edits, live.ID)
		} else {
			edited.UpdateTime, edited.Audit = now, live.Audit
			s.edits[live.ID] = edited
		}
		result.Audit = live.Audit
		s.putProduct(live)
	default:
		edited.UpdateTime, edited.AuditFailedReasons = now, nil
		if !r.draft {
			edited.Audit = product.ProductAudit{Status: product.AuditStatusAuditing}
			switch edited.Status {
			case product.ListingStatusDraft, product.ListingStatusFailed:
				edited.Status, edited.ProductStatus = product.ListingStatusPending,
					product.ProductStatusPending
			}
		}
		result = edited
		s.putProduct(edited)
	}
	s.productEdited(&result, changedFields(r.named))
	return success(map[string]any{
		"product_id": live.ID, "skus": createdSKUs(&result),
		"audit": map[string]any{"status": result.Audit.Status}, "warnings": []any{},
	})
}

// sameListing tells whether nothing but prices, stock and times differs.
func sameListing(a, b product.GetProductData) bool {
	b.SKUs = withStockOf(b.SKUs, a.SKUs)
	b.UpdateTime, b.Audit, b.AuditFailedReasons = a.UpdateTime, a.Audit, a.AuditFailedReasons
	return bytes.Equal(encodeRecord(a), encodeRecord(b))
}

// changedFields are request fields as events name them.
func changedFields(named []string) []string {
	fields := []string{}
	for _, name := range slices.Sorted(slices.Values(named)) {
		switch name {
		case "title", "description", "main_images", "product_attributes":
			fields = append(fields, name)
		default:
			if !slices.Contains(fields, "others") {
				fields = append(fields, "others")
			}
		}
	}
	return fields
}
