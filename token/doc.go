// Package token keeps the tokens of the accounts that authorized an app: sellers, creators and
// affiliate partners.
//
// A [Token] is a pair: an access token, which lives for days and goes with every call, and a
// refresh token, which gets the next pair and is taken as used up once it was used. A
// [RefreshingSource] gives out the access token of one account and renews it ahead of its end, once
// for all goroutines, processes and machines that share its [Store].
//
//	store, err := token.NewFileStore("/var/lib/app/tokens")
//	...
//	source, err := client.Auth.TokenSource(token.SourceOptions{OpenID: openID, Store: store})
//	...
//	client, err = client.With(tiktokshop.WithTokenSource(source))
//
// The package knows neither HTTP nor the client: a [Refresher] is all it asks of the platform.
// Stores are here for memory and for files, in package sqlstore for databases, and [Encrypt]
// encrypts what any of them keeps.
package token
