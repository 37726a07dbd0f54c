package tiktokshop_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/product"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// An operation that no package serves yet, with a request that is checked before it is sent.
func ExampleCall() {
	srv, err := tiktokshoptest.Start() // in a program, a client of NewClient
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	type request struct {
		ShopID tiktokshop.ID   `path:"shop_id" json:"-"`
		Size   int             `url:"page_size" json:"-" check:"min=1,max=50"`
		IDs    []tiktokshop.ID `json:"ids" check:"required,maxitems=100"`
	}
	type data struct {
		Found int `json:"found"`
	}
	op := &tiktokshop.Operation{Name: "gadget.Search", Method: http.MethodPost,
		Path: "/gadget/202701/shops/{shop_id}/search", RepeatSafe: true}
	srv.Handle(op,
		func(tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) { return data{Found: 2}, nil })

	_, err = tiktokshop.Call[data](context.Background(), srv.Client(), op,
		&request{ShopID: "7", Size: 51, IDs: []tiktokshop.ID{"1", "2"}})
	fmt.Println(err)
	resp, err := tiktokshop.Call[data](context.Background(), srv.Client(), op,
		&request{ShopID: "7", Size: 50, IDs: []tiktokshop.ID{"1", "2"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Data.Found)
	// Output:
	// tiktokshop: gadget.Search: Size: is too large: at most 50
	// 2
}

// A picture is sent while it is read.
func ExampleFile() {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	tiktokshoptest.Answer(srv, (*product.Service).UploadProductImage,
		product.UploadProductImageData{URI: "tos-maliva-i/c668", Width: 800, Height: 800})

	resp, err := product.New(srv.Client()).UploadProductImage(context.Background(),
		&product.UploadProductImageRequest{
			// an *os.File, as a rule
			Data: &tiktokshop.File{Name: "front.jpg", ContentType: "image/jpeg",
				Content: strings.NewReader("\xff\xd8\xff...")},
		})
	var unread *tiktokshop.ContentError
	switch {
	case errors.As(err, &unread):
		fmt.Println("the picture cannot be read:", unread.Err)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(resp.Data.URI)
	}
	// Output: tos-maliva-i/c668
}
