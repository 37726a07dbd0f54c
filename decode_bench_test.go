package tiktokshop_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/order"
)

// ordersAnswer is an answer with orders, each with every field that the facts have.
func ordersAnswer(tb testing.TB, n int) []byte {
	tb.Helper()
	table, err := os.ReadFile("tiktokshoptest/operations.jsonl")
	require.NoError(tb, err)
	var example struct {
		Name string
		Data struct{ Orders []map[string]any }
	}
	lines := bufio.NewScanner(bytes.NewReader(table))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && example.Name != "order.GetOrderDetail" {
		if strings.Contains(lines.Text(), `"order.GetOrderDetail"`) {
			require.NoError(tb, json.Unmarshal(lines.Bytes(), &example))
		}
	}
	require.NoError(tb, lines.Err())
	require.NotEmpty(tb, example.Data.Orders)
	orders := make([]json.RawMessage, n)
	for i := range orders {
		example.Data.Orders[0]["id"] = strconv.Itoa(576461413038785752 + i)
		orders[i], err = json.Marshal(example.Data.Orders[0])
		require.NoError(tb, err)
	}
	answer, err := json.Marshal(map[string]any{
		"code": 0, "message": "Success", "request_id": "202203070749000101890810281E8C70B7",
		"data": map[string]any{"orders": orders},
	})
	require.NoError(tb, err)
	return answer
}

// at answers at once.
type at []byte

func (a at) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(bytes.NewReader(a)), ContentLength: int64(len(a)),
	}, nil
}

// BenchmarkOrders measures a call that answers with 50 whole orders: all of it, and what
// encoding/json alone takes.
//
//	go test -run '^$' -bench Orders -benchmem .
func BenchmarkOrders(b *testing.B) {
	answer := ordersAnswer(b, 50)
	b.Run("call", func(b *testing.B) {
		client, err := tiktokshop.NewClient("29a39d", "secret",
			tiktokshop.WithHTTPClient(&http.Client{Transport: at(answer)}),
			tiktokshop.WithAccessToken("token"), tiktokshop.WithShopCipher("ROW_cipher"))
		require.NoError(b, err)
		service := order.New(client)
		req := &order.GetOrderDetailRequest{IDs: []tiktokshop.ID{"576461413038785752"}}
		b.SetBytes(int64(len(answer)))
		b.ReportAllocs()
		for b.Loop() {
			resp, err := service.GetOrderDetail(b.Context(), req)
			if err != nil || len(resp.Data.Orders) != 50 || len(resp.Mismatches) != 0 {
				b.Fatal(resp, err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(answer)))
		b.ReportAllocs()
		for b.Loop() {
			var resp tiktokshop.Response[order.GetOrderDetailData]
			if err := json.Unmarshal(answer, &resp); err != nil || len(resp.Data.Orders) != 50 {
				b.Fatal(err)
			}
		}
	})
}
