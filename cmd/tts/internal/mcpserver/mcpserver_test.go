package mcpserver

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/fakeshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// connect returns a client of a server that calls a fake.
func connect(t *testing.T, o Options) (*mcp.ClientSession, *tiktokshoptest.Server) {
	fake, err := fakeshop.Start(tiktokshoptest.InMemory())
	require.NoError(t, err)
	t.Cleanup(fake.Close)
	o.Client = func(context.Context) (*tiktokshop.Client, error) { return fake.Client(), nil }
	toClient, toServer := mcp.NewInMemoryTransports()
	srv, err := New(o).Connect(t.Context(), toServer, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = srv.Close() })
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(
		t.Context(), toClient, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return session, fake
}

// use calls a tool and returns its text.
func use(
	t *testing.T, s *mcp.ClientSession, tool string, arguments string,
) (text string, failed bool) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool,
		Arguments: json.RawMessage(arguments)})
	require.NoError(t, err)
	require.Len(t, res.Content, 1)
	return res.Content[0].(*mcp.TextContent).Text, res.IsError
}

func TestTools(t *testing.T) {
	t.Parallel()
	s, fake := connect(t, Options{})
	tools, err := s.ListTools(t.Context(), nil)
	require.NoError(t, err)
	var names []string
	for _, tool := range tools.Tools {
		names = append(names, tool.Name)
		assert.True(t, tool.Annotations.ReadOnlyHint, tool.Name)
	}
	assert.ElementsMatch(t, []string{"search_operations", "explain_operation", "explain_error",
		"call_operation"}, names)

	text, failed := use(t, s, "search_operations", `{"words":"order list","limit":1}`)
	assert.False(t, failed)
	assert.Contains(t, text, `"name":"order.GetOrderList"`)
	assert.Contains(t, text, `"callable":true`)
	text, _ = use(t, s, "explain_operation", `{"operation":"order.GetOrderList"}`)
	assert.Contains(t, text, "AWAITING_SHIPMENT")
	text, _ = use(t, s, "explain_error", `{"code":105002}`)
	assert.Contains(t, text, "ErrTokenExpired")
	text, failed = use(t, s, "explain_operation", `{"operation":"order.Nope"}`)
	assert.True(t, failed)
	assert.Contains(t, text, "no operation")
	assert.Empty(t, fake.Requests())
}

func TestCall(t *testing.T) {
	t.Parallel()
	s, fake := connect(t, Options{})
	text, failed := use(t, s, "call_operation",
		`{"operation":"order.GetOrderList","arguments":{"page_size":2,"order_status":"CANCELLED"}}`)
	assert.False(t, failed, text)
	assert.Equal(t, 2, strings.Count(text, `"status":"CANCELLED"`))
	require.Len(t, fake.Requests(), 1)

	// Mistakes are told, all of them, and nothing is sent; ids keep their digits.
	text, failed = use(t, s, "call_operation",
		`{"operation":"order.GetOrderList","arguments":{"page_size":2000,"buyer_user_id":7213489962827123654}}`)
	assert.True(t, failed)
	assert.Contains(t, text, "at most 100")
	assert.Contains(t, text, "put it in quotes")
	require.Len(t, fake.Requests(), 1)

	fake.GrantScopes()
	text, failed = use(t, s, "call_operation", `{"operation":"order.GetOrderList"}`)
	assert.True(t, failed)
	assert.Contains(t, text, "Try: grant the scope")
}

const makeLinks = `{"operation":"affiliatepartner.GenerateMultiProductLink","arguments":{"campaign_id":"7362840009596339923","product_ids":["7362840009596400000"]}}`

// TestAllowList: what changes something is called only if somebody allowed it.
func TestAllowList(t *testing.T) {
	t.Parallel()
	s, fake := connect(t, Options{})
	text, failed := use(t, s, "call_operation", makeLinks)
	assert.True(t, failed)
	assert.Contains(t, text, "--allow affiliatepartner.GenerateMultiProductLink")
	text, failed = use(t, s, "call_operation", `{"operation":"product.UploadProductImage"}`)
	assert.True(t, failed, text)
	assert.Empty(t, fake.Requests())

	s, fake = connect(t, Options{Allow: []string{"affiliatepartner.Generate*"}})
	text, failed = use(t, s, "call_operation", makeLinks)
	assert.False(t, failed, text)
	assert.Contains(t, text, "https://affiliate")
	assert.Len(t, fake.Requests(), 1)
	tools, err := s.ListTools(t.Context(), nil)
	require.NoError(t, err)
	for _, tool := range tools.Tools {
		assert.Equal(t, tool.Name != "call_operation", tool.Annotations.ReadOnlyHint, tool.Name)
	}

	require.NoError(t, CheckAllow([]string{"order.GetOrderList", "product.*"}))
	require.ErrorContains(t, CheckAllow([]string{"order.Nope"}), "there is no operation")
	require.ErrorContains(t, CheckAllow([]string{"["}), "malformed")
}

func TestLargeAnswer(t *testing.T) {
	t.Parallel()
	s, _ := connect(t, Options{MaxBytes: 300})
	text, failed := use(t, s, "call_operation", `{"operation":"order.GetOrderList"}`)
	assert.True(t, failed)
	assert.Contains(t, text, "ask for fewer items")
}
