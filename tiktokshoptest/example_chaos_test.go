package tiktokshoptest_test

import (
	"context"
	"fmt"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// A service can be tested against a platform that throttles, stalls and breaks connections.
func ExampleServer_SetMood() {
	srv, err := tiktokshoptest.Start(tiktokshoptest.InMemory())
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "1", Products: []tiktokshoptest.Product{{ID: "2"}}})
	srv.SetMood(tiktokshoptest.Mood{Seed: 1, Throttle: 1})

	_, err = srv.Client().AffiliatePartner.GenerateMultiProductLink(context.Background(),
		&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "1",
			ProductIDs: []tiktokshop.ID{"2"}})
	fmt.Println(err != nil)
	for _, history := range srv.Histories() {
		fmt.Println(history.Met, history.Effects)
	}
	// Output:
	// true
	// [throttle throttle throttle throttle throttle] 0
}
