package ttsredis_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/accounts/accountstest"
	"github.com/tiktokshop-go/tiktokshop/feed"
	"github.com/tiktokshop-go/tiktokshop/feed/feedtest"
	"github.com/tiktokshop-go/tiktokshop/internal/processtest"
	ttsredis "github.com/tiktokshop-go/tiktokshop/redis"
	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/token/tokentest"
	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/webhooktest"
)

func newTokenStore(t *testing.T, client redis.UniversalClient, prefix string) *ttsredis.TokenStore {
	t.Helper()
	s, err := ttsredis.NewTokenStore(client, with(prefix))
	require.NoError(t, err)
	return s
}

func TestTokenStore(t *testing.T) {
	eachServer(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := newPrefix()
		tokentest.CheckStore(t, func() token.Store { return newTokenStore(t, client, prefix) })
	})
}

func TestTokenStoreEncrypted(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t, needRedis(t)), newPrefix()
	block, err := aes.NewCipher(make([]byte, 32))
	require.NoError(t, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(t, err)
	open := func() token.Store {
		s, err := token.Encrypt(newTokenStore(t, client, prefix), aead)
		require.NoError(t, err)
		return s
	}
	tokentest.CheckStore(t, open)

	key := token.Key{AppKey: "app", OpenID: "encrypted"}
	require.NoError(t, open().Save(t.Context(), key, []byte("a refresh token"), 0))
	keys, err := client.Keys(t.Context(), prefix+":*encrypted*").Result()
	require.NoError(t, err)
	require.Len(t, keys, 1)
	stored, err := client.HGetAll(t.Context(), keys[0]).Result()
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprint(stored), "refresh token")
}

// TestTokenStoreKnowsItsOwnSave: a client that lost the answer to a save makes it again, and is
// told that it worked.
func TestTokenStoreKnowsItsOwnSave(t *testing.T) {
	t.Parallel()
	lossy := connect(t, needRedis(t))
	store := newTokenStore(t, lossy, newPrefix())
	key := token.Key{AppKey: "app", OpenID: "account"}
	require.NoError(t, store.Save(t.Context(), key, []byte("first"), 0))
	var twice atomic.Int64
	lossy.AddHook(repeat{&twice})
	require.NoError(t, store.Save(t.Context(), key, []byte("second"), 1))
	assert.EqualValues(t, 1, twice.Load())
	data, version, err := store.Load(t.Context(), key)
	require.NoError(t, err)
	assert.Equal(t, "second", string(data))
	assert.EqualValues(t, 2, version)
	require.ErrorIs(t, store.Save(t.Context(), key, []byte("second"), 1), token.ErrConflict,
		"the same data of another save")
}

// repeat is a hook that makes each script run twice and answers with the second.
type repeat struct{ n *atomic.Int64 }

func (repeat) DialHook(next redis.DialHook) redis.DialHook { return next }
func (repeat) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
func (r repeat) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if name := cmd.Name(); name == "evalsha" {
			r.n.Add(1)
			if err := next(ctx, cmd); err != nil {
				return err
			}
		}
		return next(ctx, cmd)
	}
}

func TestTwoProcessesShareTokens(t *testing.T) {
	t.Parallel()
	url := needRedis(t)
	prefix := newPrefix()
	address, err := json.Marshal(tokenAddress{url, prefix})
	require.NoError(t, err)
	processtest.Share(t, newTokenStore(t, connect(t, url), prefix), string(address), 5)
}

func TestCursorStore(t *testing.T) {
	eachServer(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := newPrefix()
		feedtest.CheckCursorStore(t, func() feed.CursorStore {
			s, err := ttsredis.NewCursorStore(client, with(prefix))
			require.NoError(t, err)
			return s
		})
	})
}

func TestAccountIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := newPrefix()
		accountstest.CheckIndex(t, func() accounts.Index {
			x, err := ttsredis.NewAccountIndex(client, with(prefix))
			require.NoError(t, err)
			return x
		})
	})
}

func TestDeduper(t *testing.T) {
	eachServer(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := newPrefix()
		d, err := ttsredis.NewDeduper(client, 0, with(prefix))
		require.NoError(t, err)
		webhooktest.CheckDeduper(t, d, passTime(t, client, prefix))
	})
}

// TestDeduperForgets: a mark is kept for as long as was asked, so that Redis does not fill up.
func TestDeduperForgets(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t, needRedis(t)), newPrefix()
	d, err := ttsredis.NewDeduper(client, 20*time.Hour, with(prefix))
	require.NoError(t, err)
	require.NoError(t, d.Commit(t.Context(), "event", "a"))
	pass := passTime(t, client, prefix)
	claim := func() webhook.ClaimState {
		state, err := d.Claim(t.Context(), "event", "b", time.Minute)
		require.NoError(t, err)
		return state
	}
	pass(19 * time.Hour)
	assert.Equal(t, webhook.Seen, claim())
	pass(2 * time.Hour)
	assert.Equal(t, webhook.Claimed, claim())
	keys, err := client.Keys(t.Context(), prefix+":*").Result()
	require.NoError(t, err)
	for _, key := range keys {
		assert.Positive(t, client.PTTL(t.Context(), key).Val(), "%s expires", key)
	}
}

// TestDeduperShared: deliveries to 3 receivers, most of them several times and at once, some of
// them failing at first: each event is handled to success once. REDISTEST_DELIVERIES sets how many
// there are.
func TestDeduperShared(t *testing.T) {
	t.Parallel()
	url := needRedis(t)
	const receivers, workers, copies = 3, 8, 5
	events := fromEnvironment(t, "REDISTEST_DELIVERIES", 2000) / copies
	prefix := newPrefix()
	handled := make([]atomic.Int64, events)
	var deliveries, retries atomic.Int64
	var wg sync.WaitGroup
	for receiver := range receivers {
		d, err := ttsredis.NewDeduper(connect(t, url), 0, with(prefix))
		require.NoError(t, err)
		for worker := range workers {
			wg.Go(func() {
				for n := range events * copies / receivers / workers {
					// All receivers come by the same events at about the same time.
					event := (n*workers + worker) % events
					for attempt := 0; ; attempt++ {
						deliveries.Add(1)
						key, owner := fmt.Sprint("app:", event),
							fmt.Sprint(receiver, worker, n, attempt)
						state, err := d.Claim(t.Context(), key, owner, time.Minute)
						if err != nil {
							t.Error(err)
							return
						}
						if state == webhook.InFlight {
							retries.Add(1)
							continue
						}
						if state == webhook.Seen {
							break
						}
						// the work fails, and the event comes again
						if (event+attempt+receiver)%7 == 0 {
							if err := d.Release(t.Context(), key, owner); err != nil {
								t.Error(err)
							}
							continue
						}
						handled[event].Add(1)
						if err := d.Commit(t.Context(), key, owner); err != nil {
							t.Error(err)
						}
						break
					}
				}
			})
		}
	}
	wg.Wait()
	twice, never := 0, 0
	for i := range handled {
		switch n := handled[i].Load(); {
		case n > 1:
			twice++
		case n == 0:
			never++
		}
	}
	assert.Zero(t, twice, "events handled twice to success")
	assert.Zero(t, never, "events not handled")
	t.Logf("%d deliveries of %d events to %d receivers, %d while another handled the event: %d handled twice",
		deliveries.Load(), events, receivers, retries.Load(), twice)
}

// everything makes one part of each kind.
func everything(
	client redis.UniversalClient, opts ...ttsredis.Option,
) map[string]func() (any, error) {
	return map[string]func() (any, error){
		"TokenStore":   func() (any, error) { return ttsredis.NewTokenStore(client, opts...) },
		"CursorStore":  func() (any, error) { return ttsredis.NewCursorStore(client, opts...) },
		"Deduper":      func() (any, error) { return ttsredis.NewDeduper(client, 0, opts...) },
		"AccountIndex": func() (any, error) { return ttsredis.NewAccountIndex(client, opts...) },
		"Limiter": func() (any, error) {
			return ttsredis.NewLimiter(client, ttsredis.LimiterOptions{}, opts...)
		},
	}
}

func TestInputIsChecked(t *testing.T) {
	t.Parallel()
	replicas := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"},
		RouteRandomly: true})
	defer replicas.Close()
	var none *redis.Client
	for _, tt := range []struct {
		name   string
		client redis.UniversalClient
		prefix string
		fields []string
	}{
		{"nothing", nil, "", []string{"client", "prefix"}},
		{"a nil client", none, "p", []string{"client"}},
		{"a client that reads from replicas", replicas, "{p}", []string{"client", "prefix"}},
	} {
		for part, make := range everything(tt.client, ttsredis.WithPrefix(tt.prefix), nil) {
			t.Run(tt.name+"/"+part, func(t *testing.T) {
				t.Parallel()
				_, err := make()
				var fields []string
				for _, e := range tiktokshop.InputErrors(err) {
					fields = append(fields, e.Field)
				}
				assert.Equal(t, tt.fields, fields)
			})
		}
	}
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer client.Close()
	_, err := ttsredis.NewDeduper(client, -1)
	assert.ErrorContains(t, err, "time to keep")
	_, err = ttsredis.NewLimiter(client, ttsredis.LimiterOptions{Timeout: -1})
	assert.ErrorContains(t, err, "Timeout")
	_, err = ttsredis.NewLimiter(client, ttsredis.LimiterOptions{})
	require.NoError(t, err)
}

// TestPrintingTellsNoSecret: a client knows the server's password.
func TestPrintingTellsNoSecret(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", Password: "hunter2",
		MaxRetries: -1})
	defer client.Close()
	for part, make := range everything(client) {
		v, err := make()
		require.NoError(t, err)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			assert.Equal(t, "ttsredis."+part+"{tiktokshop}", fmt.Sprintf(verb, v))
		}
	}
	store, err := ttsredis.NewTokenStore(client)
	require.NoError(t, err)
	err = store.Save(t.Context(), token.Key{AppKey: "app", OpenID: "account"},
		[]byte("a refresh token"), 0)
	require.ErrorContains(t, err, "ttsredis: save a token: ")
	for _, secret := range []string{"hunter2", "refresh token"} {
		assert.NotContains(t, err.Error(), secret)
	}
}

// TestRecordThatIsNone: what somebody else stored under a token's key is no token, and is in no
// error.
func TestRecordThatIsNone(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t, needRedis(t)), newPrefix()
	store := newTokenStore(t, client, prefix)
	require.NoError(t, client.HSet(t.Context(), prefix+":token:{app:account}", "version", "secret",
		"data", "x").Err())
	_, _, err := store.Load(t.Context(), token.Key{AppKey: "app", OpenID: "account"})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret")
}

// TestKeys: they are where the README says, so that an operator finds them and another version
// does, too.
func TestKeys(t *testing.T) {
	t.Parallel()
	client, prefix := connect(t, needRedis(t)), newPrefix()
	ctx := t.Context()
	require.NoError(t, newTokenStore(t, client, prefix).Save(ctx,
		token.Key{AppKey: "app", OpenID: "a:{b}"}, nil, 0))
	cursors, err := ttsredis.NewCursorStore(client, with(prefix))
	require.NoError(t, err)
	require.NoError(t, cursors.Save(ctx, "orders of {1}", nil))
	d, err := ttsredis.NewDeduper(client, 0, with(prefix))
	require.NoError(t, err)
	require.NoError(t, d.Commit(ctx, "app:notification", "o"))
	keys, err := client.Keys(ctx, prefix+":*").Result()
	require.NoError(t, err)
	for i, key := range keys {
		keys[i] = strings.TrimPrefix(key, prefix+":")
	}
	assert.ElementsMatch(t, []string{
		"token:{app:a%3A%7Bb%7D}", "cursor:{orders+of+%7B1%7D}", "webhook:{app%3Anotification}",
	}, keys)
}

func TestStoresEndWithTheirContext(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer client.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d, err := ttsredis.NewDeduper(client, 0)
	require.NoError(t, err)
	_, err = d.Claim(ctx, "k", "o", time.Minute)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, d.Commit(ctx, "k", "o"), context.Canceled)
	require.ErrorIs(t, d.Release(ctx, "k", "o"), context.Canceled)
	assert.False(t, errors.Is(d.Release(t.Context(), "k", "o"), context.Canceled))
}
