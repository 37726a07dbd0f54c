package tiktokshoptest

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/logistics"
	"github.com/tiktokshop-go/tiktokshop/api/product"
)

// skuAt is where a product has a SKU, -1 if it has none with the id.
func skuAt(skus []product.ProductSKU, id tiktokshop.ID) int {
	return slices.IndexFunc(skus, func(sku product.ProductSKU) bool { return sku.ID == id })
}

// withStockOf are SKUs with the prices and the stock that others with their ids have.
func withStockOf(skus, others []product.ProductSKU) []product.ProductSKU {
	skus = slices.Clone(skus)
	for i := range skus {
		if j := skuAt(others, skus[i].ID); j >= 0 {
			skus[i].Price, skus[i].Inventory = others[j].Price, others[j].Inventory
			skus[i].ListPrice, skus[i].ExternalListPrices = others[j].ListPrice,
				others[j].ExternalListPrices
		}
	}
	return skus
}

// searchInventory has the stock of SKUs, or of products. What the shop does not have is left out.
func (s *Server) searchInventory(c *call) reply {
	var body struct {
		Products []tiktokshop.ID `json:"product_ids"`
		SKUs     []tiktokshop.ID `json:"sku_ids"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	ids := body.Products
	if len(body.SKUs) > 0 {
		ids = nil
		for _, sku := range body.SKUs {
			if id, ok := s.skus[sku]; ok && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	listed := []json.RawMessage{}
	for _, id := range ids {
		p, why := s.findProduct(id)
		if why != nil {
			continue
		}
		entry := product.Inventory{ProductID: id}
		for i := range p.SKUs {
			if among(body.SKUs, p.SKUs[i].ID) {
				entry.SKUs = append(entry.SKUs, inventoryOf(&p.SKUs[i]))
			}
		}
		listed = append(listed, encodeStock(entry))
	}
	return success(map[string]any{"inventory": listed})
}

func inventoryOf(sku *product.ProductSKU) product.InventorySKU {
	stock := product.InventorySKU{ID: sku.ID, SellerSKU: sku.SellerSKU}
	for _, in := range sku.Inventory {
		stock.TotalAvailableQuantity += in.Quantity
		stock.WarehouseInventory = append(stock.WarehouseInventory, product.WarehouseInventory{
			WarehouseID: in.WarehouseID, AvailableQuantity: in.Quantity,
		})
	}
	stock.TotalAvailableInventoryDistribution.InShopInventory.Quantity = stock.TotalAvailableQuantity
	return stock
}

// encodeStock keeps the zeros, which mean something here.
func encodeStock(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("tiktokshoptest: the inventory does not encode: " + err.Error())
	}
	return b
}

// stock is what an update of stock says of a SKU in a warehouse.
type stock struct {
	Warehouse tiktokshop.ID `json:"warehouse_id"`
	Quantity  *int64        `json:"quantity"`
	Backorder *int64        `json:"backorder_quantity"`
	Handling  *int64        `json:"handling_time"`
}

func (s *Server) updateInventory(c *call) reply {
	var body struct {
		SKUs []struct {
			ID        tiktokshop.ID `json:"id"`
			Inventory []stock       `json:"inventory"`
		} `json:"skus"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	p, rep := s.productOf(c)
	if rep != nil {
		return *rep
	}
	if p.Status == product.ListingStatusFreeze {
		return *business(codeProductState, "The product's status does not allow it.")
	}
	failed, done := []any{}, false
	for _, in := range body.SKUs {
		i, more := skuAt(p.SKUs, in.ID), []any{}
		if i >= 0 {
			more = s.setStock(&p.SKUs[i], in.Inventory)
		}
		if i < 0 || len(more) > 0 {
			why := problem{codeCheckFailed, "Check failed"}
			failed = append(failed,
				why.itemError(map[string]any{"sku_id": in.ID, "extra_errors": more}))
			continue
		}
		done = true
	}
	if done {
		p.UpdateTime = s.thisSecond()
		s.putProduct(p)
	}
	return success(map[string]any{"errors": failed})
}

// setStock sets the stock of a SKU, or else says what is wrong with the warehouses: all that the
// SKU has are to be named, and no others.
func (s *Server) setStock(sku *product.ProductSKU, inputs []stock) (failures []any) {
	fail := func(warehouse tiktokshop.ID, code int, message string) {
		failures = append(failures, map[string]any{"warehouse_id": warehouse, "code": code,
			"message": message})
	}
	at := func(list []product.SKUInventory, id tiktokshop.ID) int {
		return slices.IndexFunc(list,
			func(in product.SKUInventory) bool { return in.WarehouseID == id })
	}
	var inventory []product.SKUInventory
	for _, in := range inputs {
		id := in.Warehouse
		switch {
		case id == "" && len(sku.Inventory) == 1:
			id = sku.Inventory[0].WarehouseID
		case id == "" && len(s.warehouses) == 1:
			id = s.warehouses[0].ID
		}
		next := product.SKUInventory{WarehouseID: id}
		known := slices.ContainsFunc(s.warehouses,
			func(w logistics.Warehouse) bool { return w.ID == id })
		switch i := at(sku.Inventory, id); {
		case i >= 0:
			next = sku.Inventory[i]
		case len(s.warehouses) > 0 && !known, len(s.warehouses) == 0 && len(sku.Inventory) > 0:
			fail(id, codeNoWarehouse, "The warehouse does not exist")
		case len(sku.Inventory) > 0:
			fail(id, codeOtherWarehouse, "The SKU is in other warehouses.")
		}
		set(&next.Quantity, in.Quantity)
		set(&next.BackorderQuantity, in.Backorder)
		set(&next.HandlingTime, in.Handling)
		inventory = append(inventory, next)
	}
	for _, old := range sku.Inventory {
		if at(inventory, old.WarehouseID) < 0 {
			fail(old.WarehouseID, codeOtherWarehouse, "A warehouse of the SKU is missing.")
		}
	}
	if len(failures) == 0 {
		sku.Inventory = inventory
	}
	return failures
}

// priceInput is a price as requests have it.
type priceInput struct {
	Amount   string           `json:"amount"`
	Sale     string           `json:"sale_price"`
	Bid      string           `json:"starting_bid_price"`
	Currency product.Currency `json:"currency"`
}

func (in *priceInput) price() product.Price {
	if *in == (priceInput{}) {
		return product.Price{}
	}
	return product.Price{
		Currency: in.Currency, SalePrice: cmp.Or(in.Sale, in.Amount),
		TaxExclusivePrice: cmp.Or(in.Amount, in.Sale), StartingBidPrice: in.Bid,
	}
}

// updatePrice sets all of the prices or none.
func (s *Server) updatePrice(c *call) reply {
	var body struct {
		SKUs []struct {
			ID        tiktokshop.ID               `json:"id"`
			Price     priceInput                  `json:"price"`
			ListPrice *tiktokshop.Money           `json:"list_price"`
			External  []product.ExternalListPrice `json:"external_list_prices"`
		} `json:"skus"`
	}
	if rep := decodeBody(c.body, &body); rep != nil {
		return *rep
	}
	p, rep := s.productOf(c)
	if rep != nil {
		return *rep
	}
	if p.Status != product.ListingStatusActivate {
		return *business(codeProductState, "The product's status does not allow it.")
	}
	for _, in := range body.SKUs {
		i := skuAt(p.SKUs, in.ID)
		if i < 0 {
			return *business(codeNoSKU, "SKU %s is not of the product.", in.ID)
		}
		p.SKUs[i].Price = in.Price.price()
		set(&p.SKUs[i].ListPrice, in.ListPrice)
		if in.External != nil {
			p.SKUs[i].ExternalListPrices = in.External
		}
	}
	p.UpdateTime = s.thisSecond()
	s.putProduct(p)
	return success(nil)
}
