package accounts_test

import (
	"context"
	"fmt"
	"net/url"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// A seller has come back from the authorization page. From then on the shop's id is all that it
// takes.
func Example() {
	srv := tiktokshoptest.New() // a program uses tiktokshop.NewClient
	open := srv.AddAccount(tiktokshoptest.Account{Name: "Tea House"})
	query := url.Values{"code": {srv.IssueCode(open).Reveal()}, "state": {"the-state-of-the-link"}}
	ctx := context.Background()

	manager, err := accounts.New(srv.Client(), accounts.Options{
		// a program uses files or a database
		Store: token.NewMemoryStore(), Index: accounts.NewMemoryIndex(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer manager.Close(ctx)

	callback, err := tiktokshop.ParseCallback(query, "the-state-of-the-link")
	if err != nil {
		fmt.Println(err)
		return
	}
	account, err := manager.AddFromCallback(ctx, callback)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(account.Name, account.Shops[0].ID)

	client, err := manager.ShopClient(ctx, account.Shops[0].ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = authorization.New(client).GetAuthorizedShops(ctx, nil)
	fmt.Println(err)
	// Output:
	// Tea House 7494049642642441621
	// <nil>
}

// What is wrong is told when it is found out, and listed whenever somebody asks.
func ExampleManager_Health() {
	srv := tiktokshoptest.New()
	srv.AddAccount(tiktokshoptest.Account{OpenID: "tea-house",
		Scopes: []string{"seller.authorization.info"}})
	ctx := context.Background()

	manager, err := accounts.New(srv.Client(), accounts.Options{
		Store: token.NewMemoryStore(), Index: accounts.NewMemoryIndex(),
		Operations: []string{"order.GetOrderDetail"},
		OnChange: func(h accounts.Health) { // once for each change
			fmt.Println("changed:", h.Account.OpenID, len(h.Problems))
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer manager.Close(ctx)
	if _, err := manager.Add(ctx, srv.IssueToken("tea-house")); err != nil {
		fmt.Println(err)
		return
	}
	for health, err := range manager.Health(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, problem := range health.Problems {
			fmt.Println(health.Account.OpenID, problem)
		}
	}
	// Output:
	// changed: tea-house 1
	// tea-house missing scopes: order.GetOrderDetail needs seller.order.info
}
