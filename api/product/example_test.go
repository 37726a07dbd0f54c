package product_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// All products on sale; SearchProducts reads one page.
func ExampleService_SearchProductsAll() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	req := &product.SearchProductsRequest{Status: product.ListingStatusActivate}
	for p, err := range products.SearchProductsAll(context.Background(), req) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, sku := range p.SKUs {
			fmt.Println(p.ID, p.Status, sku.ID, sku.SellerSKU, sku.Price.SalePrice,
				sku.Price.Currency)
		}
	}
	// Output: 1729592969712207008 ACTIVATE 1729592969712207012 Color-Red-XM01 121.11 USD
}

// A product is found by the seller's own code, so that nobody need keep a table of ids.
func ExampleService_SearchProducts() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := products.SearchProducts(context.Background(), &product.SearchProductsRequest{
		PageSize:   10,
		SellerSKUs: []string{"Color-Red-XM01"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range resp.Data.Products {
		fmt.Println(p.ID, p.Title, p.Status)
	}
	// Output: 1729592969712207008 Short Boat Invisible Socks ACTIVATE
}

func ExampleService_GetProduct() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := products.GetProduct(context.Background(), &product.GetProductRequest{
		ProductID: "1729592969712207008",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	p := resp.Data
	fmt.Println(p.Title, p.Status, p.Audit.Status)
	for _, image := range p.MainImages {
		fmt.Println(image.URI, image.Width, image.Height)
	}
	for _, reason := range p.AuditFailedReasons {
		fmt.Println("refused:", reason.Reasons, reason.Suggestions)
	}
	// Output:
	// Short Boat Invisible Socks SELLER_DEACTIVATED AUDITING
	// tos-maliva-i-o3syd03w52-us/6c8519a3663a4d728c4e3c131dc914b4 600 600
}

// Images come first: a product names them by URI.
func ExampleService_UploadProductImage() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	front := strings.NewReader("\xff\xd8\xff...") // an *os.File, as a rule
	ctx := context.Background()
	resp, err := products.UploadProductImage(ctx, &product.UploadProductImageRequest{
		Data:    &tiktokshop.File{Name: "front.jpg", ContentType: "image/jpeg", Content: front},
		UseCase: product.UseCaseMainImage,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.URI, resp.Data.Width, resp.Data.Height)
	// Output: tos-maliva-i-o3syd03w52-us/c668cdf70b7f483c94dbe 720 720
}

// With an idempotency key of one's own, also the next run of a program cannot create the product
// twice.
func ExampleService_CreateProduct() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := products.CreateProduct(context.Background(), &product.CreateProductRequest{
		IdempotencyKey: "catalog-4711",
		Title:          "Short Boat Invisible Socks, Pack of Five",
		Description:    "<p>Cotton, one size.</p>",
		CategoryID:     "853000",
		MainImages: []product.CreateProductImage{
			{URI: "tos-maliva-i-o3syd03w52-us/c668cdf70b7f483c94dbe"},
		},
		PackageWeight: &product.CreateProductWeight{
			Value: "0.2",
			Unit:  product.WeightUnitKilogram,
		},
		SKUs: []product.CreateProductSKU{{
			SellerSKU: "Color-Red-XM001",
			Price:     product.CreateProductPrice{Amount: "12.50", Currency: product.CurrencyUSD},
			Inventory: []product.CreateProductInventory{{
				WarehouseID: "7068517275539719942", // of logistics.GetWarehouseList
				Quantity:    tiktokshop.Ptr[int64](20),
			}},
		}},
	})
	for _, mistake := range tiktokshop.InputErrors(err) { // nothing was sent
		fmt.Println(mistake.Field, mistake.Reason)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, warning := range resp.Data.Warnings {
		fmt.Println("warning:", warning.Message)
	}
	for _, sku := range resp.Data.SKUs {
		fmt.Println(resp.Data.ProductID, sku.SellerSKU, sku.ID) // keep both ids
	}
	// Output: 1729592969712207008 Color-Red-XM001 1729592969712207012
}

// What is given is replaced whole, and what is left out stays: of a list, name all that is to
// remain.
func ExampleService_PartialEditProduct() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	resp, err := products.PartialEditProduct(ctx, &product.PartialEditProductRequest{
		ProductID:   "1729592969712207008",
		Title:       tiktokshop.Ptr("Short Boat Invisible Socks, Pack of Six"),
		Description: tiktokshop.Ptr("<p>Cotton, one size.</p>"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// the old version sells until the audit is passed
	fmt.Println(resp.Data.ProductID, resp.Data.Audit.Status)
	// Output: 1729592969712207008 AUDITING
}

// A stock may be taken for one SKU and refused for another; the call is a success.
func ExampleService_UpdateInventory() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*product.Service).UpdateInventory, product.UpdateInventoryData{
		Errors: []product.UpdateInventoryError{{
			Message: "warehouse does not exist", Detail: product.UpdateInventoryDetail{
				SKUID: "1729592969712207013",
			},
		}},
	})
	products := product.New(srv.Client()) // a program uses NewClient

	stock := func(sku tiktokshop.ID, quantity int64) product.UpdateInventorySKU {
		// All warehouses of the SKU, and no others.
		return product.UpdateInventorySKU{ID: sku, Inventory: []product.UpdateInventoryInput{
			{WarehouseID: "7068517275539719942", Quantity: &quantity},
		}}
	}
	resp, err := products.UpdateInventory(context.Background(), &product.UpdateInventoryRequest{
		ProductID: "1729592969712207008",
		SKUs: []product.UpdateInventorySKU{
			stock("1729592969712207012", 20), stock("1729592969712207013", 0),
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for failed := range resp.Data.Failures() {
		fmt.Println("not set:", failed.Item, failed.Message)
	}
	// Output: not set: 1729592969712207013 warehouse does not exist
}

func ExampleService_UpdatePrice() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := products.UpdatePrice(context.Background(), &product.UpdatePriceRequest{
		ProductID: "1729592969712207008",
		SKUs: []product.UpdatePriceSKU{{
			ID:    "1729592969712207012",
			Price: product.UpdatePriceInput{Amount: "11.90", Currency: product.CurrencyUSD},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Message)
	// Output: Success
}

func ExampleService_ActivateProduct() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ids := []tiktokshop.ID{"1729592969712207008", "1729592969712207009"} // at most 20
	resp, err := products.ActivateProduct(context.Background(), &product.ActivateProductRequest{
		ProductIDs: ids,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := resp.Data.Err(); err != nil { // a *PartialError: the others are on their way
		fmt.Println(err)
		return
	}
	fmt.Println(len(ids), "on their way to the audit")
	// Output: 2 on their way to the audit
}

func ExampleService_DeactivateProducts() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*product.Service).DeactivateProducts,
		product.DeactivateProductsData{
			Errors: []product.Error{{
				Message: "the product is deleted", Detail: product.ErrorDetail{
					ProductID: "1729592969712207009",
				},
			}},
		})
	products := product.New(srv.Client()) // a program uses NewClient

	ids := []tiktokshop.ID{"1729592969712207008", "1729592969712207009"} // at most 20
	resp, err := products.DeactivateProducts(context.Background(),
		&product.DeactivateProductsRequest{ProductIDs: ids})
	if err != nil {
		fmt.Println(err)
		return
	}
	for failed := range resp.Data.Failures() {
		fmt.Println("still on sale:", failed.Item, failed.Message)
	}
	// Output: still on sale: 1729592969712207009 the product is deleted
}

// Products go into leaves of the tree, and not into every one.
func ExampleService_GetCategories() {
	srv := tiktokshoptest.New()
	tiktokshoptest.Answer(srv, (*product.Service).GetCategories, product.GetCategoriesData{
		Categories: []product.CategoriesCategory{
			{ID: "600001", LocalName: "Home Supplies"},
			{ID: "853000", ParentID: "600001", LocalName: "Bottles & Jars", IsLeaf: true,
				PermissionStatuses: []product.PermissionStatus{product.PermissionStatusAvailable}},
			{ID: "853001", ParentID: "600001", LocalName: "Candles", IsLeaf: true,
				PermissionStatuses: []product.PermissionStatus{product.PermissionStatusInviteOnly}},
		},
	})
	products := product.New(srv.Client()) // a program uses NewClient

	resp, err := products.GetCategories(context.Background(), &product.GetCategoriesRequest{
		Locale:          product.LocaleEnUS,
		CategoryVersion: product.CategoryVersionV2,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range resp.Data.Categories {
		if c.IsLeaf {
			fmt.Println(c.ID, c.ParentID, c.LocalName, c.PermissionStatuses)
		}
	}
	// Output:
	// 853000 600001 Bottles & Jars [AVAILABLE]
	// 853001 600001 Candles [INVITE_ONLY]
}

func ExampleService_RecommendCategory() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := products.RecommendCategory(context.Background(), &product.RecommendCategoryRequest{
		ProductTitle: "Earl Grey, 50 bags", // in the market's language
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range resp.Data.Categories {
		fmt.Println(c.Level, c.ID, c.Name, c.PermissionStatuses)
	}
	fmt.Println("use", resp.Data.LeafCategoryID)
	// Output:
	// 1 605254 Teas [INVITE_ONLY AVAILABLE]
	// use 605254
}

func ExampleService_GetAttributes() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := products.GetAttributes(context.Background(), &product.GetAttributesRequest{
		CategoryID: "853000", // a leaf
		Locale:     product.LocaleEnUS,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range resp.Data.Attributes {
		fmt.Println(a.ID, a.Name, a.Type, "required:", a.IsRequired)
		for _, value := range a.Values {
			fmt.Println(" ", value.ID, value.Name)
		}
		// required after this answer to another attribute
		for _, c := range a.RequirementConditions {
			fmt.Println("  required if", c.AttributeID, "is", c.AttributeValueID)
		}
	}
	// Output:
	// 100392 Occasion PRODUCT_PROPERTY required: false
	//   1001533 Birthday
	//   required if 101610 is 1024358
}

func ExampleService_InventorySearch() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := products.InventorySearch(context.Background(), &product.InventorySearchRequest{
		ProductIDs: []tiktokshop.ID{"1729592969712207008"}, // at most 100, or 600 SKUs
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, stock := range resp.Data.Inventory {
		for _, sku := range stock.SKUs {
			fmt.Println(stock.ProductID, sku.SellerSKU, sku.TotalAvailableQuantity, "to sell")
			for _, w := range sku.WarehouseInventory {
				fmt.Println(" ", w.WarehouseID, w.AvailableQuantity, "to sell,",
					w.CommittedQuantity, "to ship")
			}
		}
	}
	// Output:
	// 1729592969712207008 Color-Red-XM01 100 to sell
	//   7054915283043174149 100 to sell, 10 to ship
}

// What is left out is erased, so begin with what GetProduct returns, and name every SKU that is to
// stay. Prices and stock stay as they are.
func ExampleService_EditProduct() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	ctx := context.Background()
	is, err := products.GetProduct(ctx, &product.GetProductRequest{
		ProductID: "1729592969712207008",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	leaf := is.Data.CategoryChains[len(is.Data.CategoryChains)-1]
	edit := &product.EditProductRequest{
		ProductID:   is.Data.ID,
		Title:       is.Data.Title + ", Pack of Six",
		Description: is.Data.Description,
		CategoryID:  leaf.ID,
	}
	for _, image := range is.Data.MainImages {
		edit.MainImages = append(edit.MainImages, product.CreateProductImage{URI: image.URI})
	}
	for _, sku := range is.Data.SKUs { // and its sales attributes, if the product has variants
		edit.SKUs = append(edit.SKUs, product.EditProductSKU{ID: sku.ID, SellerSKU: sku.SellerSKU})
	}
	resp, err := products.EditProduct(ctx, edit)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.ProductID, resp.Data.Audit.Status)
	// Output: 1729592969712207008 AUDITING
}

// What a category demands of a product beside its attributes.
func ExampleService_GetCategoryRules() {
	products := product.New(tiktokshoptest.New().Client()) // a program uses NewClient

	resp, err := products.GetCategoryRules(context.Background(), &product.GetCategoryRulesRequest{
		CategoryID: "853000", // a leaf
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range resp.Data.ProductCertifications {
		fmt.Println(c.ID, c.Name, "required:", c.IsRequired)
	}
	if resp.Data.SizeChart.IsRequired {
		fmt.Println("with a size chart")
	}
	// Output:
	// 602362 SNI Certificate required: true
	// with a size chart
}
