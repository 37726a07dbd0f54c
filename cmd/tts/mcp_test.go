package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/fakeshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// buffer may be written to while it is read.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// modelServer is tts mcp as a program of its own, with a client at its stdin and stdout.
type modelServer struct {
	*mcp.ClientSession
	t       *testing.T
	cmd     *exec.Cmd
	traffic buffer // every message, and what it wrote to stderr
}

// startMCP starts one. The environment has what is given and no other credentials.
func startMCP(t *testing.T, env []string, args ...string) *modelServer {
	t.Helper()
	m := &modelServer{t: t, cmd: exec.Command("tts", args...)}
	m.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"TTS_SECRETS=file"}, env...)
	m.cmd.Stderr = &m.traffic
	// no signal helps it to end
	transport := &mcp.CommandTransport{Command: m.cmd, TerminateDuration: time.Hour}
	var err error
	m.ClientSession, err = mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).
		Connect(t.Context(), &mcp.LoggingTransport{Transport: transport, Writer: &m.traffic}, nil)
	require.NoError(t, err, m.traffic.String())
	t.Cleanup(func() {
		_ = m.cmd.Process.Kill()
		_ = m.Close()
	})
	return m
}

// use calls a tool and returns its text.
func (m *modelServer) use(tool, arguments string) (text string, failed bool) {
	m.t.Helper()
	res, err := m.CallTool(m.t.Context(), &mcp.CallToolParams{Name: tool,
		Arguments: json.RawMessage(arguments)})
	require.NoError(m.t, err)
	require.Len(m.t, res.Content, 1)
	return res.Content[0].(*mcp.TextContent).Text, res.IsError
}

// end closes the server's stdin, upon which it ends by itself.
func (m *modelServer) end() {
	m.t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = m.Close()
	}()
	select {
	case <-ended:
		assert.Equal(m.t, 0, m.cmd.ProcessState.ExitCode())
	case <-time.After(time.Minute):
		m.t.Error("it goes on without stdin")
		_ = m.cmd.Process.Kill()
		<-ended
	}
}

// assertNoSecrets looks through everything that was written.
func (m *modelServer) assertNoSecrets() {
	m.t.Helper()
	sent := m.traffic.String()
	assert.Contains(m.t, sent, `"method":"tools/call"`, "the traffic is recorded")
	for _, secret := range []string{tiktokshoptest.AppSecret, tiktokshoptest.AccessToken} {
		assert.NotContains(m.t, sent, secret)
	}
}

func TestMCP(t *testing.T) {
	t.Parallel()
	m := startMCP(t, nil, "--fake", "mcp")
	tools, err := m.ListTools(t.Context(), nil)
	require.NoError(t, err)
	var names []string
	for _, tool := range tools.Tools {
		names = append(names, tool.Name)
	}
	assert.ElementsMatch(t, []string{"search_operations", "explain_operation", "explain_error",
		"call_operation"}, names)
	text, failed := m.use("call_operation",
		`{"operation":"order.GetOrderList","arguments":{"page_size":2,"order_status":"CANCELLED"}}`)
	assert.False(t, failed, text)
	assert.Contains(t, text, `"status":"CANCELLED"`)
	text, failed = m.use("call_operation", makeLink)
	assert.True(t, failed, text)
	assert.Contains(t, text, "--allow affiliatepartner.GenerateMultiProductLink")

	m.end()
	m.assertNoSecrets()
}

const makeLink = `{"operation":"affiliatepartner.GenerateMultiProductLink",` +
	`"arguments":{"campaign_id":"7362840009596339923","product_ids":["7362840009596400000"]}}`

func TestMCPAllows(t *testing.T) {
	t.Parallel()
	srv, err := fakeshop.Start()
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	m := startMCP(t, credentials(srv), "mcp", "--allow",
		"affiliatepartner.GenerateMultiProductLink")
	text, failed := m.use("call_operation", makeLink)
	assert.False(t, failed, text)
	assert.Contains(t, text, "https://affiliate")
	require.Len(t, srv.Requests(), 1)

	text, failed = m.use("call_operation",
		`{"operation":"product.DeleteProducts","arguments":{"product_ids":["1"]}}`)
	assert.True(t, failed, text)
	assert.Contains(t, text, "--allow product.DeleteProducts")
	require.Len(t, srv.Requests(), 1, "another is still refused")

	m.end()
	m.assertNoSecrets()
}

// TestMCPMasks: what the platform says is passed on, but for what only it and this program know.
func TestMCPMasks(t *testing.T) {
	t.Parallel()
	secrets := tiktokshoptest.AccessToken + " " + tiktokshoptest.AppSecret
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("page_size") == "1" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"code":36009004,"message":"bad %s","request_id":"1","data":{}}`,
				secrets)
			return
		}
		_, _ = fmt.Fprintf(w,
			`{"code":0,"message":"Success","request_id":"2","data":{"orders":[{"id":"9 %s"}]}}`,
			secrets)
	}))
	t.Cleanup(platform.Close)
	m := startMCP(t, platformAt(platform.URL), "mcp")
	text, failed := m.use("call_operation",
		`{"operation":"order.GetOrderList","arguments":{"page_size":1}}`)
	assert.True(t, failed)
	assert.Contains(t, text, "36009004")
	text, failed = m.use("call_operation",
		`{"operation":"order.GetOrderList","arguments":{"page_size":2}}`)
	assert.False(t, failed)
	assert.Contains(t, text, `"id":"9 [redacted] [redacted]"`)
	m.end()
	m.assertNoSecrets()
}

// platformAt are the fake's credentials for a server that the test has written.
func platformAt(url string) []string {
	return []string{
		"TIKTOK_BASE_URL=" + url, "TIKTOK_APP_KEY=" + tiktokshoptest.AppKey,
		"TIKTOK_APP_SECRET=" + tiktokshoptest.AppSecret,
		"TIKTOK_APP_ACCESS_KEY=" + tiktokshoptest.AccessToken,
		"TIKTOK_SHOP_CIPHER=" + tiktokshoptest.ShopCipher,
	}
}

// TestMCPArguments: a model learns which of its arguments is wrong, and nothing is sent.
func TestMCPArguments(t *testing.T) {
	t.Parallel()
	srv, err := fakeshop.Start()
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	m := startMCP(t, credentials(srv), "mcp")
	for _, c := range []struct{ name, tool, arguments, field string }{
		{"no operation", "call_operation", `{}`, "operation"},
		{"operation is a number", "call_operation", `{"operation":5}`, "operation"},
		{"arguments are a text", "call_operation",
			`{"operation":"order.GetOrderList","arguments":"page_size=1"}`, "arguments"},
		{"arguments are a list", "call_operation",
			`{"operation":"order.GetOrderList","arguments":[1]}`, "arguments"},
		{"misspelt argument", "call_operation", `{"operation":"order.GetOrderList","argument":{}}`,
			`"argument"`},
		{"unknown field", "call_operation",
			`{"operation":"order.GetOrderList","arguments":{"page_sise":2}}`, "page_sise"},
		{"text for a number", "call_operation",
			`{"operation":"order.GetOrderList","arguments":{"page_size":"two"}}`, "page_size"},
		{"list for a text", "call_operation",
			`{"operation":"order.GetOrderList","arguments":{"order_status":["CANCELLED"]}}`,
			"order_status"},
		{"text for a list", "call_operation",
			`{"operation":"order.GetOrderDetail","arguments":{"ids":{"a":1}}}`, "ids"},
		{"missing field", "call_operation", `{"operation":"order.GetOrderDetail"}`, "ids"},
		{"code is a text", "explain_error", `{"code":"106001x"}`, "code"},
		{"words are a list", "search_operations", `{"words":["order"]}`, "words"},
		{"limit is a text", "search_operations", `{"words":"order","limit":"all"}`, "limit"},
	} {
		text, failed := m.use(c.tool, c.arguments)
		assert.True(t, failed, "%s: %s", c.name, text)
		assert.Contains(t, text, c.field, c.name)
	}
	assert.Empty(t, srv.Requests())
	// It still serves.
	text, failed := m.use("call_operation",
		`{"operation":"order.GetOrderList","arguments":{"page_size":1}}`)
	assert.False(t, failed, text)
}

// TestMCPEndsDuringACall: a client that dies while the platform is slow leaves no process behind.
// The client of the SDK would wait for the answer first, so that the messages are written here.
func TestMCPEndsDuringACall(t *testing.T) {
	t.Parallel()
	called, gone := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(called)
		<-r.Context().Done()
		close(gone)
	}))
	t.Cleanup(slow.Close)
	cmd := exec.Command("tts", "mcp")
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"TTS_SECRETS=file"}, platformAt(slow.URL)...)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for _, message := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},` +
			`"clientInfo":{"name":"test","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"call_operation",` +
			`"arguments":{"operation":"order.GetOrderList"}}}`,
	} {
		_, err = stdin.Write([]byte(message + "\n"))
		require.NoError(t, err)
	}
	within(t, called, "nothing was called")
	require.NoError(t, stdin.Close())
	within(t, gone, "it waits for the platform") // the SDK would for 30 seconds
	assert.NoError(t, cmd.Wait())
}

// within waits for what must come soon.
func within(t *testing.T, c <-chan struct{}, otherwise string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(20 * time.Second):
		t.Fatal(otherwise)
	}
}
