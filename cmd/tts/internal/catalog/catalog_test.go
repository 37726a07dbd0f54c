package catalog

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/operations"
)

// TestEveryOperation: the table has every operation of package operations, and says something of
// each.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	n := 0
	for e, err := range All() {
		require.NoError(t, err)
		assert.NotEmpty(t, e.Summary, e.Name)
		n++
	}
	want := 0
	for range operations.All() {
		want++
	}
	assert.Equal(t, want, n)
	assert.Greater(t, n, 500)

	heads := 0
	for h, err := range Heads() {
		require.NoError(t, err)
		e, err := Find(h.Name)
		require.NoError(t, err)
		assert.Equal(t, *h, e.Head, h.Name)
		heads++
	}
	assert.Equal(t, n, heads)
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"order.GetOrderList", "order.getorderlist", "GetOrderList_202309",
		"order.GetOrderList202309", "POST /order/202309/orders/search",
	} {
		e, err := Find(name)
		require.NoError(t, err, name)
		assert.Equal(t, "order.GetOrderList", e.Name)
		assert.Equal(t, &Pages{Next: "next_page_token", Items: "orders"}, e.Pages)
		require.NotEmpty(t, e.Query)
		assert.Equal(t, "page_size", e.Query[0].Name)
		assert.True(t, e.Query[0].Required)
	}
	_, err := Find("order.GetOrdersList")
	require.ErrorContains(t, err, "near: order.GetOrderList")
	_, err = Find("xyzzyxyzzyxyzzy")
	require.ErrorContains(t, err, "`tts ops` lists all")
	_, err = Find("../../secret.x")
	require.Error(t, err)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	found, err := Search("order", "list")
	require.NoError(t, err)
	require.NotEmpty(t, found)
	assert.Equal(t, "order.GetOrderList", found[0].Name,
		"what has the words in its name comes first")
	found, err = Search("no-such-word-anywhere")
	require.NoError(t, err)
	assert.Empty(t, found)
}

func TestFailures(t *testing.T) {
	t.Parallel()
	e := &Head{Operation: &operations.Operation{}, ItemErrors: []*ItemErrors{
		{At: "errors[]", Item: []string{"detail.id", "id"}, Code: "code",
			Message: []string{"message"}},
		{At: "results[]", When: &ItemCondition{"status", []string{"FAILED"}},
			Item: []string{"a+b"}},
		{At: "failed_ids[]"},
		{At: "update_failed.one", Item: []string{"id"}},
	}}
	data := json.RawMessage(`{"errors":[{"code":12345678901234567,"message":"m","detail":{"id":"7"}},{"code":2,"id":8}],
		"results":[{"status":"OK","a":1,"b":2},{"status":"FAILED","a":1,"b":2}],"failed_ids":["9"],"update_failed":{"one":{"id":""}}}`)
	var got []string
	for _, f := range e.Failures(data) {
		got = append(got, f.Error())
	}
	assert.Equal(t, []string{"7: code 12345678901234567: m", "8: code 2", "1/2", "9"}, got)
	assert.Empty(t, e.Failures(json.RawMessage(`{"errors":[],"results":null}`)))
	assert.Empty(t, e.Failures(nil))
}

// TestReadOnly: what changes something is not among them.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"order.GetOrderList": true, "order.GetOrderDetail": true, "product.SearchProducts": true,
		"product.CreateProduct": false, "product.DeleteProducts": false,
		"affiliatepartner.GenerateMultiProductLink": false,
		"product.UpdateInventory":                   false,
	} {
		e, err := Find(name)
		if assert.NoError(t, err, name) {
			assert.Equal(t, want, e.ReadOnly(), name)
		}
	}
}
