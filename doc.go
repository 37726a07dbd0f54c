// Package tiktokshop is a client of the TikTok Shop Open API.
//
// A [Client] holds an app's key and secret, an access token and the cipher of
// the shop or category asset to work on. It signs every request, and returns a
// typed [Response] or an error that tells what to do:
//
//	client, err := tiktokshop.NewClient(appKey, appSecret,
//		tiktokshop.WithAccessToken(token),
//		tiktokshop.WithCategoryAssetCipher(cipher))
//	...
//	resp, err := client.AffiliatePartner.GenerateMultiProductLink(ctx,
//		&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: campaign, ProductIDs: products})
//
// The other modules of the platform are packages below api/, one for each, which take the client:
//
//	resp, err := order.New(client).GetOrderDetail(ctx, &order.GetOrderDetailRequest{IDs: ids})
//
// What none of them has a method for, such as a new version, is called with [Call] or [Do].
//
// # Errors
//
// An [*InputError] is bad input, refused before anything is sent. A
// [*TransportError] is a call without an answer. An [*APIError] is an answer that is no success; it
// is of a kind that errors.Is recognises, such as [ErrTokenExpired] or [ErrRateLimited].
//
// # Tokens
//
// An access token lives for 7 days and a refresh replaces both tokens. [Auth] exchanges the code of
// an authorization for a token.Token, and makes a token.RefreshingSource that keeps it in a
// token.Store, refreshes it in time and stores the new pair before it is used. Give it to a client
// with [WithTokenSource]. A store can be shared by many machines: token.FileStore on one machine,
// package token/sqlstore for databases, or one of your own.
//
// # Retries
//
// A throttled call is repeated after the wait the platform asks for; one that may have taken effect
// only if it is safe to repeat. See [RetryPolicy], [WithRepeatSafe] and [WithLimiter].
//
// # Secrets
//
// App secret, access token and signatures never appear in an error, a log
// record or a printed value, and are not sent to another host: redirects are not followed.
//
// # Testing
//
// Package tiktokshoptest is a fake TikTok Shop to test against.
package tiktokshop

//go:generate go -C tools run ./importer -words
//go:generate go -C tools run ./generate
