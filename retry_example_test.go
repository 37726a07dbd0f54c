package tiktokshop_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// exampleServer is a fake TikTok Shop with one campaign; a program talks to the platform.
func exampleServer() *tiktokshoptest.Server {
	srv, err := tiktokshoptest.Start()
	if err != nil {
		panic(err)
	}
	srv.AddCampaign(tiktokshoptest.Campaign{ID: "7362840009596339923",
		Products: []tiktokshoptest.Product{{ID: "7362840009596339971"}}})
	return srv
}

var exampleRequest = &tiktokshop.GenerateMultiProductLinkRequest{
	CampaignID: "7362840009596339923", ProductIDs: []tiktokshop.ID{"7362840009596339971"},
}

// A service with little patience makes fewer attempts, and waits less for each.
func ExampleWithRetry() {
	srv := exampleServer()
	defer srv.Close()
	srv.FailNext(2, tiktokshoptest.Fault{Status: 429, Code: 36009002})

	client := srv.Client(
		tiktokshop.WithAttemptTimeout(5*time.Second),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{MaxAttempts: 3,
			BaseDelay: 10 * time.Millisecond, Jitter: 10 * time.Millisecond,
			MaxRetryAfter: 10 * time.Second}))
	resp, err := client.AffiliatePartner.GenerateMultiProductLink(context.Background(),
		exampleRequest)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(resp.Data.ProductPromotionLinks), "link after", len(srv.Requests()), "requests")
	// Output: 1 link after 3 requests
}

// A call that may have taken effect is not repeated unless its caller says that this does no harm.
func ExampleWithRepeatSafe() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	srv.FailNext(1, tiktokshoptest.Fault{Status: 504, Code: 36009007, Message: "Gateway timeout."})
	_, err := client.AffiliatePartner.GenerateMultiProductLink(context.Background(), exampleRequest)
	var apiErr *tiktokshop.APIError
	if errors.As(err, &apiErr) {
		fmt.Println("attempts:", apiErr.Attempts, "may have taken effect:",
			apiErr.MayHaveTakenEffect())
	}

	srv.FailNext(1, tiktokshoptest.Fault{Status: 504, Code: 36009007, Message: "Gateway timeout."})
	_, err = client.AffiliatePartner.GenerateMultiProductLink(context.Background(), exampleRequest,
		tiktokshop.WithRepeatSafe(true))
	fmt.Println("repeated:", err == nil)
	// Output:
	// attempts: 1 may have taken effect: true
	// repeated: true
}

// One limiter for all partners of an app: it keeps their quotas apart by itself.
func ExampleWithLimiter() {
	srv := exampleServer()
	defer srv.Close()

	limiter, err := ratelimit.NewAdaptive(ratelimit.AdaptiveOptions{Initial: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	client := srv.Client(tiktokshop.WithLimiter(limiter))
	_, err = client.AffiliatePartner.GenerateMultiProductLink(context.Background(), exampleRequest)
	fmt.Println(err)
	// Output: <nil>
}

// Every attempt is counted by operation, status and code.
func ExampleWithObserver() {
	srv := exampleServer()
	defer srv.Close()
	srv.FailNext(1, tiktokshoptest.Fault{Status: 429, Code: 36009002})

	client := srv.Client(tiktokshop.WithObserver(
		func(ctx context.Context, start tiktokshop.CallStart) (context.Context, func(
			tiktokshop.CallEnd,
		)) {
			if start.Attempt == 0 {
				return ctx, nil // the call as a whole
			}
			return ctx, func(end tiktokshop.CallEnd) {
				fmt.Println(start.Operation, start.Attempt, end.HTTPStatus, end.Code)
			}
		}))
	_, err := client.AffiliatePartner.GenerateMultiProductLink(context.Background(), exampleRequest)
	fmt.Println(err)
	// Output:
	// AffiliatePartner.GenerateMultiProductLink 1 429 36009002
	// AffiliatePartner.GenerateMultiProductLink 2 200 0
	// <nil>
}
