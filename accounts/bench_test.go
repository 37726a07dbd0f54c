package accounts_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
)

func contains(data []byte, text string) bool { return bytes.Contains(data, []byte(text)) }

// fill puts n sellers with a shop each into an index, as they look some time after they were added.
func fill(t testing.TB, index accounts.Index, n int) {
	t.Helper()
	at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339Nano)
	for i := range n {
		data := fmt.Sprintf(`{"format":1,"authorized_at":%[1]q,`+
			`"token":{"at":%[1]q,"name":"Seller %[2]d","region":"GB","user_type":0,`+
			`"scopes":["seller.authorization.info","seller.shop.info","seller.order.info","seller.product.basic"],`+
			`"access_until":"2000-01-08T00:00:00Z","until":"2001-01-01T00:00:00Z"},`+
			`"lookup":{"at":%[1]q,"shops":[{"id":"75%017[2]d","cipher":"ROW_cipher-of-%020[2]d","code":"GBFAKE4LLU8",`+
			`"name":"Shop %[2]d","region":"GB","seller_type":"LOCAL"}]}}`, at, i)
		err := index.Save(context.Background(), accounts.Entry{
			Key: token.Key{AppKey: tiktokshoptest.AppKey,
				OpenID: fmt.Sprintf("7010736057180325637-%06d", i)}, Data: []byte(data),
		})
		require.NoError(t, err)
	}
}

func benchManager(b *testing.B, n int) *accounts.Manager {
	b.Helper()
	index := accounts.NewMemoryIndex()
	fill(b, index, n)
	clock := func() time.Time { return time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC) }
	m, err := accounts.New(tiktokshoptest.New().Client(), accounts.Options{
		Store: token.NewMemoryStore(), Index: index, Now: clock,
		Logger: slog.New(slog.DiscardHandler),
		Operations: []string{"order.GetOrderDetail", "order.GetOrderList",
			"product.SearchProducts"},
	})
	require.NoError(b, err)
	b.Cleanup(func() { _ = m.Close(context.Background()) })
	return m
}

// heap is what is in use.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

// BenchmarkIdleAccounts is the memory of an account that nobody has asked for, in a manager of
// 100,000, without what the index in memory has; and the time to read the list.
func BenchmarkIdleAccounts(b *testing.B) {
	const n = 100_000
	for range b.N {
		b.StopTimer()
		m := benchManager(b, n)
		before := heap()
		b.StartTimer()
		for _, err := range m.All(b.Context()) {
			require.NoError(b, err)
			break
		}
		b.StopTimer()
		b.ReportMetric((heap()-before)/n, "B/account")
		runtime.KeepAlive(m)
	}
}

// BenchmarkOpenedAccounts is the memory that an account takes more once it was asked for.
func BenchmarkOpenedAccounts(b *testing.B) {
	const n = 10_000
	for range b.N {
		b.StopTimer()
		m := benchManager(b, n)
		for _, err := range m.All(b.Context()) {
			require.NoError(b, err)
			break
		}
		before := heap()
		b.StartTimer()
		for i := range n {
			_, err := m.ShopClient(b.Context(), tiktokshop.ID(fmt.Sprintf("75%017d", i)))
			require.NoError(b, err)
		}
		b.StopTimer()
		b.ReportMetric((heap()-before)/n, "B/account")
		runtime.KeepAlive(m)
	}
}

// BenchmarkShopClient is the way from a shop to its client.
func BenchmarkShopClient(b *testing.B) {
	m := benchManager(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.ShopClient(b.Context(), "7500000000000000042"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHealth is for each account.
func BenchmarkHealth(b *testing.B) {
	m := benchManager(b, 10_000)
	n := 0
	b.ReportAllocs()
	for n < b.N {
		for _, err := range m.Health(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			if n++; n == b.N {
				break
			}
		}
	}
}
