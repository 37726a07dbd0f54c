package tiktokshoptest_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// In a test, NewServer(t) closes the server when the test ends.
func ExampleNewServer() {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "7362840009596339923",
		Products: []tiktokshoptest.Product{{ID: "7362840009596339971"}}})

	resp, err := srv.Client().AffiliatePartner.GenerateMultiProductLink(context.Background(),
		&tiktokshop.GenerateMultiProductLinkRequest{
			CampaignID: "7362840009596339923",
			ProductIDs: []tiktokshop.ID{"7362840009596339971"},
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(resp.Data.ProductPromotionLinks), "link")
	fmt.Println(srv.Requests()[0].Method, srv.Requests()[0].Status)
	// Output:
	// 1 link
	// POST 200
}

func ExampleServer_FailNext() {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.FailNext(1, tiktokshoptest.Fault{Status: http.StatusBadGateway,
		Body: "<html>Bad Gateway</html>"})

	_, err = srv.Client().AffiliatePartner.GenerateMultiProductLink(context.Background(),
		&tiktokshop.GenerateMultiProductLinkRequest{
			CampaignID: "7362840009596339923",
			ProductIDs: []tiktokshop.ID{"7362840009596339971"},
		})
	fmt.Println(err)
	// Output: tiktokshop: AffiliatePartner.GenerateMultiProductLink: platform unavailable: HTTP 502: the answer is not the platform's JSON
}
