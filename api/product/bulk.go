package product

import (
	"context"
	"iter"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/bulk"
)

// skusPerCall is how many SKUs of a product one call sets. The platform names no limit.
const skusPerCall = 50

// InventoryUpdate is the stock of a SKU: all its warehouses, each with its quantity.
type InventoryUpdate struct {
	ProductID tiktokshop.ID
	SKU       UpdateInventorySKU
}

// PriceUpdate is the price of a SKU.
type PriceUpdate struct {
	ProductID tiktokshop.ID
	SKU       UpdatePriceSKU
}

// UpdateInventoryBulk sets the stock of any number of SKUs with UpdateInventory. Neighbors in the
// input that are of one product share a call, so sort the input by product. Of two updates of one
// SKU the later one counts. See package bulk for what holds.
func (s *Service) UpdateInventoryBulk(
	ctx context.Context, updates iter.Seq[InventoryUpdate], run bulk.Options,
	opts ...tiktokshop.Option,
) iter.Seq2[bulk.Result[InventoryUpdate, struct{}], error] {
	return bulk.Run(ctx, bulk.Operation[InventoryUpdate, struct{}]{
		Name: "product.UpdateInventoryBulk", Noun: "SKUs", Limit: skusPerCall,
		ItemFields: []string{"ProductID", "SKUs"},
		Group:      func(u InventoryUpdate) string { return string(u.ProductID) },
		Key:        func(u InventoryUpdate) string { return string(u.SKU.ID) },
		Call: func(ctx context.Context, updates []InventoryUpdate) (*bulk.Answer[struct{}], error) {
			req := &UpdateInventoryRequest{ProductID: updates[0].ProductID}
			ids := make([]tiktokshop.ID, len(updates))
			for i, u := range updates {
				req.SKUs, ids[i] = append(req.SKUs, u.SKU), u.SKU.ID
			}
			resp, err := s.UpdateInventory(ctx, req, opts...)
			if err != nil {
				return nil, err
			}
			return bulk.AnswerOf(resp, bulk.Outcomes(ids, resp.Data.Failures())), nil
		},
	}, updates, run)
}

// UpdatePriceBulk sets the prices of any number of SKUs with UpdatePrice. Neighbors in the input
// that are of one product share a call, so sort the input by product; the platform takes or refuses
// them together. Of two prices of one SKU the later one counts. See package bulk for what holds.
func (s *Service) UpdatePriceBulk(
	ctx context.Context, updates iter.Seq[PriceUpdate], run bulk.Options, opts ...tiktokshop.Option,
) iter.Seq2[bulk.Result[PriceUpdate, struct{}], error] {
	return bulk.Run(ctx, bulk.Operation[PriceUpdate, struct{}]{
		Name: "product.UpdatePriceBulk", Noun: "SKUs", Limit: skusPerCall,
		ItemFields: []string{"ProductID", "SKUs"},
		Group:      func(u PriceUpdate) string { return string(u.ProductID) },
		Key:        func(u PriceUpdate) string { return string(u.SKU.ID) },
		Call: func(ctx context.Context, updates []PriceUpdate) (*bulk.Answer[struct{}], error) {
			req := &UpdatePriceRequest{ProductID: updates[0].ProductID}
			ids := make([]tiktokshop.ID, len(updates))
			for i, u := range updates {
				req.SKUs, ids[i] = append(req.SKUs, u.SKU), u.SKU.ID
			}
			resp, err := s.UpdatePrice(ctx, req, opts...)
			if err != nil {
				return nil, err
			}
			return bulk.AnswerOf(resp, bulk.Outcomes(ids, bulk.NoFailures)), nil
		},
	}, updates, run)
}

// ActivateProductBulk puts any number of deactivated products back on sale with ActivateProduct,
// after an audit: see WaitUntilAudited. Of req, which may be nil, all but the ids counts. See
// package bulk for what holds.
func (s *Service) ActivateProductBulk(
	ctx context.Context, req *ActivateProductRequest, ids iter.Seq[tiktokshop.ID], run bulk.Options,
	opts ...tiktokshop.Option,
) iter.Seq2[bulk.Result[tiktokshop.ID, struct{}], error] {
	op := bulkOfProducts[ActivateProductRequest]("product.ActivateProductBulk")
	op.Call = func(ctx context.Context, ids []tiktokshop.ID) (*bulk.Answer[struct{}], error) {
		r := orZero(req)
		r.ProductIDs = ids
		resp, err := s.ActivateProduct(ctx, &r, opts...)
		if err != nil {
			return nil, err
		}
		return bulk.AnswerOf(resp, bulk.Outcomes(ids, resp.Data.Failures())), nil
	}
	return bulk.Run(ctx, op, ids, run)
}

// DeactivateProductsBulk takes any number of products off sale with DeactivateProducts. Of req,
// which may be nil, all but the ids counts. See package bulk for what holds.
func (s *Service) DeactivateProductsBulk(
	ctx context.Context, req *DeactivateProductsRequest, ids iter.Seq[tiktokshop.ID],
	run bulk.Options,
	opts ...tiktokshop.Option,
) iter.Seq2[bulk.Result[tiktokshop.ID, struct{}], error] {
	op := bulkOfProducts[DeactivateProductsRequest]("product.DeactivateProductsBulk")
	op.Call = func(ctx context.Context, ids []tiktokshop.ID) (*bulk.Answer[struct{}], error) {
		r := orZero(req)
		r.ProductIDs = ids
		resp, err := s.DeactivateProducts(ctx, &r, opts...)
		if err != nil {
			return nil, err
		}
		return bulk.AnswerOf(resp, bulk.Outcomes(ids, resp.Data.Failures())), nil
	}
	return bulk.Run(ctx, op, ids, run)
}

// DeleteProductsBulk deletes any number of products with DeleteProducts. Of req, which may be nil,
// all but the ids counts. See package bulk for what holds.
func (s *Service) DeleteProductsBulk(
	ctx context.Context, req *DeleteProductsRequest, ids iter.Seq[tiktokshop.ID], run bulk.Options,
	opts ...tiktokshop.Option,
) iter.Seq2[bulk.Result[tiktokshop.ID, struct{}], error] {
	op := bulkOfProducts[DeleteProductsRequest]("product.DeleteProductsBulk")
	op.Call = func(ctx context.Context, ids []tiktokshop.ID) (*bulk.Answer[struct{}], error) {
		r := orZero(req)
		r.ProductIDs = ids
		resp, err := s.DeleteProducts(ctx, &r, opts...)
		if err != nil {
			return nil, err
		}
		return bulk.AnswerOf(resp, bulk.Outcomes(ids, resp.Data.Failures())), nil
	}
	return bulk.Run(ctx, op, ids, run)
}

// bulkOfProducts is what operations on products by their ids have in common.
func bulkOfProducts[Req any](name string) bulk.Operation[tiktokshop.ID, struct{}] {
	return bulk.Operation[tiktokshop.ID, struct{}]{
		Name: name, Noun: "products", Limit: bulk.MaxItems[Req]("ProductIDs"),
		ItemFields: []string{"ProductIDs"},
		Check:      bulk.CheckID(name, "ProductIDs"),
		Key:        func(id tiktokshop.ID) string { return string(id) },
		Share:      true,
	}
}

// orZero is a copy of a request, an empty one if there is none.
func orZero[Req any](req *Req) (r Req) {
	if req != nil {
		r = *req
	}
	return r
}
