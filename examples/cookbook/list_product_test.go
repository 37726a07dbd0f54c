package cookbook_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// listProduct uploads a product's pictures and creates it. catalogID is the seller's own id of the
// product: with it the platform knows a repeat, so that a crash or a lost answer leads to no second
// product.
func listProduct(
	ctx context.Context, products *product.Service, catalogID string,
	p *product.CreateProductRequest, pictures fs.FS, names ...string,
) (tiktokshop.ID, error) {
	ready, err := products.CheckListingPrerequisites(ctx, nil)
	if err != nil {
		return "", err
	}
	for _, check := range ready.Data.CheckResults {
		if check.IsFailed {
			return "", fmt.Errorf("the shop cannot list: %s: %s", check.CheckItem,
				strings.Join(check.FailReasons, ", "))
		}
	}
	wanted, err := products.GetAttributes(ctx, &product.GetAttributesRequest{
		CategoryID: p.CategoryID,
		Locale:     p.Locale,
	})
	if err != nil {
		return "", err
	}
	has := map[tiktokshop.ID]bool{}
	for _, attribute := range p.ProductAttributes {
		has[attribute.ID] = true
	}
	for _, a := range wanted.Data.Attributes {
		if a.IsRequired && a.Type == product.AttributeTypeProductProperty && !has[a.ID] {
			return "", fmt.Errorf("category %s requires attribute %s (%s)", p.CategoryID, a.ID,
				a.Name)
		}
	}

	p.IdempotencyKey, p.MainImages = catalogID, nil
	for _, name := range names {
		uri, err := uploadImage(ctx, products, pictures, name)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		p.MainImages = append(p.MainImages, product.CreateProductImage{URI: uri})
	}
	created, err := products.CreateProduct(ctx, p)
	if err != nil {
		return "", err
	}
	return created.Data.ProductID, nil // it is in audit: see auditResult
}

// uploadImage sends a picture; the first of a product is the one that buyers see in lists.
func uploadImage(
	ctx context.Context, products *product.Service, pictures fs.FS, name string,
) (string, error) {
	picture, err := pictures.Open(name)
	if err != nil {
		return "", err
	}
	defer picture.Close()
	resp, err := products.UploadProductImage(ctx, &product.UploadProductImageRequest{
		Data:    &tiktokshop.File{Name: name, ContentType: "image/jpeg", Content: picture},
		UseCase: product.UseCaseMainImage,
	})
	if err != nil {
		return "", err
	}
	return resp.Data.URI, nil
}

// auditResult tells whether a product has passed the audit, and why not. Ask again later while done
// is false, or wait for the webhook of the product's status.
func auditResult(
	ctx context.Context, products *product.Service, id tiktokshop.ID,
) (done bool, reasons []string, err error) {
	resp, err := products.GetProduct(ctx, &product.GetProductRequest{ProductID: id})
	if err != nil {
		return false, nil, err
	}
	for _, failed := range resp.Data.AuditFailedReasons {
		reasons = append(reasons, failed.Reasons...)
	}
	switch resp.Data.Status {
	case product.ListingStatusActivate, product.ListingStatusFailed:
		return true, reasons, nil
	}
	return false, nil, nil
}

func Example_listProduct() {
	srv := tiktokshoptest.New()
	srv.AddProduct() // a shop that has none yet
	tiktokshoptest.Answer(srv, (*product.Service).GetAttributes, product.GetAttributesData{
		Attributes: []product.Attribute{
			{ID: "100392", Name: "Occasion", Type: product.AttributeTypeProductProperty},
			{
				ID: "100397", Name: "Material", Type: product.AttributeTypeProductProperty,
				IsRequired: true,
			},
		},
	})
	ctx, products := context.Background(), product.New(srv.Client())
	pictures := fstest.MapFS{
		"front.jpg": {Data: []byte("\xff\xd8\xff...")},
		"back.jpg":  {Data: []byte("\xff\xd8\xff...")},
	}

	socks := &product.CreateProductRequest{
		Title:       "Short Boat Invisible Socks, Pack of Five",
		Description: "<p>Cotton, one size.</p>",
		CategoryID:  "853000",
		SKUs: []product.CreateProductSKU{{
			SellerSKU: "Color-Red-XM001",
			Price:     product.CreateProductPrice{Amount: "12.50", Currency: product.CurrencyUSD},
			Inventory: []product.CreateProductInventory{
				{WarehouseID: "7068517275539719942", Quantity: tiktokshop.Ptr[int64](20)},
			},
		}},
	}
	_, err := listProduct(ctx, products, "catalog-4711", socks, pictures, "front.jpg", "back.jpg")
	fmt.Println(err)

	socks.ProductAttributes = []product.CreateProductAttribute{
		{ID: "100397", Values: []product.CreateProductValue{{Name: "Cotton"}}},
	}
	id, err := listProduct(ctx, products, "catalog-4711", socks, pictures, "front.jpg", "back.jpg")
	p, _ := srv.Product(id)
	fmt.Println(p.Title, len(p.MainImages), "images", err)
	again, err := listProduct(ctx, products, "catalog-4711", socks, pictures, "front.jpg",
		"back.jpg")
	fmt.Println("the same:", again == id, err)

	fmt.Println(auditResult(ctx, products, id))
	if err := srv.FailAudit(id, "The main image shows a watermark."); err != nil {
		fmt.Println(err)
	}
	fmt.Println(auditResult(ctx, products, id))
	// Output:
	// category 853000 requires attribute 100397 (Material)
	// Short Boat Invisible Socks, Pack of Five 2 images <nil>
	// the same: true <nil>
	// false [] <nil>
	// true [The main image shows a watermark.] <nil>
}
