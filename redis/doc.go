// Package ttsredis keeps in Redis or Valkey what the machines that run one app must share: the
// limits of calls, tokens, the marks of handled webhooks, the cursors of feeds, and which accounts
// there are.
//
//	client := redis.NewUniversalClient(&redis.UniversalOptions{
//		Addrs: addrs, ContextTimeoutEnabled: true,
//	})
//	limiter, err := ttsredis.NewLimiter(client, ttsredis.LimiterOptions{Logger: logger})
//	...
//	app, err := tiktokshop.NewClient(appKey, appSecret, tiktokshop.WithLimiter(limiter))
//
// Each operation is one command or one Lua script on one key, so that it is atomic and works on a
// cluster. The clock is the server's. Redis 6.2 or later and Valkey are supported. Give the client
// ContextTimeoutEnabled, or calls of the stores outlast their context by up to the client's
// ReadTimeout. What each part guarantees, and what not, is a table in the module's README.
//
// The package is not called redis so that it can stand beside go-redis in one file.
package ttsredis
