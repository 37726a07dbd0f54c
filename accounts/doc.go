// Package accounts keeps many sellers, creators and partners in one service: who has authorized
// the app, a ready client for each, and how each of them is.
//
//	manager, err := accounts.New(app, accounts.Options{Store: tokens, Index: index, OnChange: alert})
//	...
//	account, err := manager.AddFromCallback(ctx, callback) // of the redirect: see tiktokshop.ParseCallback
//	...
//	client, err := manager.ShopClient(ctx, shopID)
//	...
//	err = manager.Close(ctx) // before the program ends
//
// The tokens are in a [token.Store], encrypted or not; an [Index] remembers, without secrets, which
// accounts there are, with their shops and scopes. Several machines may share both.
//
// Nothing is opened before it is asked for: a manager of 100,000 accounts that has just started has
// one list in memory, some 0.8 kB for a seller with one shop, and no token. An account that was
// asked for has a token source and a client, some 2 kB, which stay until Close.
//
// [Manager.Health] tells how every account is, without asking the platform, and [Options.OnChange]
// is called when one turns bad or is well again: its refresh token was refused, its authorization
// was withdrawn or ends soon, a shop was closed, a scope is missing. [Manager.Watch] looks every so
// often, for what only the time brings about; [Manager.Events] takes what the platform's webhooks
// say into account.
//
// docs/accounts.md has a table of what holds and what does not.
package accounts
