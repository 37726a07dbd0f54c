package tiktokshoptest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryOperationHasRules: the two tables are of the same operations, and every line can be
// read.
func TestEveryOperationHasRules(t *testing.T) {
	t.Parallel()
	index := rulesByOperation()
	assert.Len(t, index, len(table().byName))
	for name, op := range table().byName {
		rules := index[op.Method+" "+op.Path]
		if !assert.NotNil(t, rules, name) {
			continue
		}
		for _, r := range rules().Query {
			assertRule(t, name, r)
		}
		if body := rules().Body; body != nil {
			assert.Equal(t, typeObject, body.Type, name)
			assertRule(t, name, body)
		}
	}
}

// assertRule: the judge knows the type, and has what it needs to look inside.
func assertRule(t *testing.T, name string, r *rule) {
	assert.Contains(t, []string{typeText, "int8", "int16", "int32", "int64", typeBool, typeList,
		typeObject, typeFile}, r.Type, name)
	assert.Equal(t, r.Type == typeList, r.Items != nil, name)
	if r.Items != nil {
		assertRule(t, name, r.Items)
	}
	for _, field := range r.Fields {
		assertRule(t, name, field)
	}
}

// TestRoutesAreJudged: what the server answers by hand or by the table is judged, and nothing else
// is.
func TestRoutesAreJudged(t *testing.T) {
	t.Parallel()
	srv := NewServer(t)
	for name, op := range table().byName {
		rt, _, miss := srv.route(op.Method, sample(op.Path))
		require.Nil(t, miss, name)
		assert.NotNil(t, rt.rules(), name)
	}
	chunk, _, miss := srv.route("PUT", largeFilePath)
	require.Nil(t, miss)
	assert.Nil(t, chunk.rules(), "the facts do not have it")
	assert.Nil(t, (&route{method: "GET", path: "/order/202309/orders"}).rules(), "the test's own")
}

func TestIndexRulesRefusesOtherLines(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{"{}\n", `{"query":{},"operation":"GET /x"}`,
		`{"operation":"GET /x`} {
		assert.Panics(t, func() { indexRules(lines) }, lines)
	}
	index := indexRules("{\"operation\":\"GET /x\",\"query\":7}\n{\"operation\":\"GET /y\"}\n")
	assert.Panics(t, func() { index["GET /x"]() })
	assert.Equal(t, &requestRules{}, index["GET /y"]())
}

// BenchmarkRules are what the first request in a process waits for (index), and the first of an
// operation with the largest request there is (operation).
func BenchmarkRules(b *testing.B) {
	b.Run("index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			indexRules(requestLines)
		}
	})
	b.Run("operation", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			index := indexRules(requestLines)
			b.StartTimer()
			index["POST /product/202309/products"]()
		}
	})
}

// BenchmarkNewServer starts a server with a client and closes it again.
func BenchmarkNewServer(b *testing.B) {
	for name, opts := range map[string][]Option{"network": nil, "memory": {InMemory()}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				srv, err := Start(opts...)
				require.NoError(b, err)
				_ = srv.Client()
				srv.Close()
			}
		})
	}
}

// BenchmarkJudge judges a request with one field, and one of a product.
func BenchmarkJudge(b *testing.B) {
	index := rulesByOperation()
	for _, bm := range []struct{ name, operation, body string }{
		{"links", "POST /affiliate_partner/202505/campaigns/{campaign_id}/products/promotion_links/generate_batch", `{"product_ids":["7362840009596339971"]}`},
		{"product", "POST /product/202309/products",
			`{"title":"T-shirt","description":"x","category_id":"600001","main_images":[{"uri":"u"}],` +
				`"package_weight":{"unit":"KILOGRAM","value":"1"},"skus":[{"inventory":[{"warehouse_id":"1","quantity":1}],"price":{"amount":"1","currency":"USD"}}]}`},
	} {
		b.Run(bm.name, func(b *testing.B) {
			rules := index[bm.operation]()
			c := &call{query: map[string]string{"app_key": AppKey, "timestamp": "1", "sign": "x",
				"shop_cipher": ShopCipher}, body: []byte(bm.body)}
			b.ReportAllocs()
			for b.Loop() {
				if problem := rules.problem(c, false); problem != "" {
					b.Fatal(problem)
				}
			}
		})
	}
}
