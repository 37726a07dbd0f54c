package operations_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/operations"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// Which of a program's calls stop before a day?
func ExampleFind() {
	day := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for _, method := range []string{"finance.GetPayments202309", "order.GetOrderDetail"} {
		if op, ok := operations.Find(method); ok && op.RetiredBy(day) {
			fmt.Println(method, "stops on", op.Retired+":", "call", op.Successor)
		}
	}
	// Output: finance.GetPayments202309 stops on 2026-08-15: call finance.GetPayments
}

// Which scopes does a program need?
func ExampleAll() {
	var scopes []string
	for op := range operations.All() {
		if op.Module == "return_refund" {
			scopes = append(scopes, op.Scopes...)
		}
	}
	slices.Sort(scopes)
	fmt.Println(slices.Compact(scopes))
	// Output: [seller.fulfillment.basic seller.return_refund.basic]
}

// An operation is found by each of its names.
func TestFind(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"finance.GetPayments202309", "GetPayments_202309", "GET /finance/202309/payments",
	} {
		op, ok := operations.Find(name)
		require.True(t, ok, name)
		assert.Equal(t, "finance.GetPayments202309", op.Name)
		assert.Equal(t, "finance", op.Module)
		assert.Equal(t, "202309", op.Version)
		assert.Equal(t, http.MethodGet, op.Method)
		assert.Equal(t, tiktokshop.ShopCipher, op.Identifier)
		assert.Equal(t, operations.Full, op.Confidence)
		assert.Contains(t, op.Page, "https://partner.tiktokshop.com/docv2/page/")
	}
	plain, ok := operations.Find("finance.GetPayments")
	require.True(t, ok)
	versioned, ok := operations.Find("finance.GetPayments" + plain.Version)
	require.True(t, ok)
	assert.Equal(t, plain, versioned)
	_, ok = operations.Find("finance.GetNothing")
	assert.False(t, ok)
}

// The list has every operation once, each can be called, and a caller's changes stay its own.
func TestAll(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for op := range operations.All() {
		assert.False(t, seen[op.ID], "%s is there twice", op.ID)
		seen[op.ID] = true
		assert.Contains(t, op.Path, "/"+op.Version+"/", op.ID)
		assert.Contains(t, []operations.Confidence{operations.Full, operations.Partial},
			op.Confidence, op.ID)
		if len(op.Scopes) > 0 {
			op.Scopes[0] = "changed"
		}
	}
	for op := range operations.All() {
		assert.NotContains(t, op.Scopes, "changed", op.ID)
	}
	for range operations.All() {
		break // which must not panic
	}
}

// An operation of the list is one that Do calls.
func TestCalled(t *testing.T) {
	t.Parallel()
	client := tiktokshoptest.NewServer(t).Client()
	op, ok := operations.Find("seller.GetActiveShops")
	require.True(t, ok)
	resp, err := tiktokshop.Do[map[string]any](t.Context(), client, &op.Operation,
		tiktokshop.Params{})
	require.NoError(t, err)
	assert.Contains(t, resp.Data, "shops")
}

func TestRetiredBy(t *testing.T) {
	t.Parallel()
	op := operations.Operation{Operation: tiktokshop.Operation{Retired: "2026-08-15"}}
	for _, tc := range []struct {
		day  string
		want bool
	}{{"2026-08-14", false}, {"2026-08-15", true}, {"2026-08-16", true}} {
		day, err := time.Parse(time.DateOnly, tc.day)
		require.NoError(t, err)
		assert.Equal(t, tc.want, op.RetiredBy(day), tc.day)
	}
	op.Retired = ""
	assert.False(t, op.RetiredBy(time.Now()))
}
