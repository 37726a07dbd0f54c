// Package tiktokshoptest is a fake TikTok Shop for tests, in the manner of
// net/http/httptest: a real HTTP server on a loopback address that checks
// requests as the platform's gateway does, keeps campaigns and products, and answers with the
// platform's codes and messages.
//
//	srv := tiktokshoptest.NewServer(t)
//	srv.AddCampaign(tiktokshoptest.Campaign{
//		ID:       "7362840009596339923",
//		Products: []tiktokshoptest.Product{{ID: "7362840009596339971"}},
//	})
//	client := srv.Client()
//
// Every operation of the platform is there: those of affiliate partners, authorizations, webhook
// subscriptions and large files remember what was done. So do those of orders, packages,
// cancellations and returns from [Server.AddOrder] on, of products from [Server.AddProduct] on, of
// warehouses from [Server.AddWarehouse] on and of statements from [Server.AddStatement] on;
// [Server.LoadSeed] reads all of it from a file. The others answer with an example. [Answer],
// [AnswerFunc] and [Refuse] set what any of them answers:
//
//	tiktokshoptest.Answer(srv, (*order.Service).GetOrderDetail, order.GetOrderDetailData{Orders: orders})
//
// Examples are made of the figures in the platform's reference; lists have a page of one or two
// elements, and nothing failed.
//
// A request passes the platform's checks in the platform's order: path and
// method, app key, timestamp, signature, access token and scope, identifier, body. Queries and
// bodies are judged by the platform's reference; [Strict] also refuses unknown names, [Lenient]
// takes what it is given. What the platform's documents leave open, the fake decides as the
// comments here say, or by a switch such as [AcceptEmptyList].
//
// It also plays the authorization page ([Server.PageURL]) and the token host, with tokens that
// expire, rotate and are revoked. It fails on demand: [Server.FailNext] spoils single requests,
// [Server.SetQuota] throttles, [Server.SetMood] makes a random storm. [InMemory] leaves the network
// out, for tests with testing/synctest; [New] does so for examples.
//
// A [WebhookSender] delivers signed events to a receiver, with the platform's retries, duplicates
// and disorder.
//
// Give each test a server of its own; they are cheap and share nothing. A Server is safe for
// concurrent use.
package tiktokshoptest
