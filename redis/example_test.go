package ttsredis_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/redis/go-redis/v9"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/authorization"
	ttsredis "github.com/tiktokshop-go/tiktokshop/redis"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// All machines of an app give their clients such a limiter. Without Redis calls go on: this one
// runs with and without.
func ExampleNewLimiter() {
	options, err := redis.ParseURL(os.Getenv("TIKTOKSHOP_TEST_REDIS"))
	if err != nil {
		options = &redis.Options{Addr: "127.0.0.1:1"} // where nothing listens
	}
	client := redis.NewClient(options)
	defer client.Close()
	limiter, err := ttsredis.NewLimiter(client,
		ttsredis.LimiterOptions{Logger: slog.New(slog.DiscardHandler)},
		ttsredis.WithPrefix(newPrefix()))
	if err != nil {
		fmt.Println(err)
		return
	}

	srv, err := tiktokshoptest.Start() // instead of the platform
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	app := srv.Client(tiktokshop.WithLimiter(limiter))
	for range 3 {
		_, err := authorization.New(app).GetAuthorizedShops(context.Background(), nil)
		fmt.Println("called:", err == nil)
	}
	// Output:
	// called: true
	// called: true
	// called: true
}

// Tokens that machines share, encrypted: of those that find a token expired at the same time one
// refreshes it.
func ExampleNewTokenStore() {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: []string{"127.0.0.1:6379"}, ContextTimeoutEnabled: true,
	})
	defer client.Close()
	tokens, err := ttsredis.NewTokenStore(client)
	if err != nil {
		fmt.Println(err)
		return
	}
	block, err := aes.NewCipher(make([]byte, 32)) // with a key from a key management service
	if err != nil {
		fmt.Println(err)
		return
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := token.Encrypt(tokens, aead)
	if err != nil {
		fmt.Println(err)
		return
	}
	app, err := tiktokshop.NewClient("app-key", "app-secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := app.Auth.TokenSource(token.SourceOptions{OpenID: "open-id", Store: store})
	if err != nil {
		fmt.Println(err)
		return
	}
	account, err := app.With(tiktokshop.WithTokenSource(source))
	fmt.Println(account != nil, err)
	// Output: true <nil>
}

// Receivers of webhooks on several machines handle each event once.
func ExampleNewDeduper() {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: []string{"127.0.0.1:6379"}, ContextTimeoutEnabled: true,
	})
	defer client.Close()
	marks, err := ttsredis.NewDeduper(client, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := webhook.NewVerifier("app-key", "app-secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := webhook.NewHandler(verifier,
		func(ctx context.Context, event *webhook.Event) error {
			return nil
		}, webhook.WithDeduper(marks))
	if err != nil {
		fmt.Println(err)
		return
	}
	http.Handle("/tiktok/webhook", handler)
	fmt.Println(marks)
	// Output: ttsredis.Deduper{tiktokshop}
}
