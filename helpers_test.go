package tiktokshop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func linkRequest() *tiktokshop.GenerateMultiProductLinkRequest {
	return &tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "1",
		ProductIDs: []tiktokshop.ID{"2"}}
}

func newApp(t *testing.T, opts ...tiktokshop.Option) *tiktokshop.Client {
	t.Helper()
	c, err := tiktokshop.NewClient("29a39d", "app-secret-e59af819cc", opts...)
	require.NoError(t, err)
	return c
}

// clientOf returns a client of the fake's, for a server of the test's own.
func clientOf(t *testing.T, ts *httptest.Server, opts ...tiktokshop.Option) *tiktokshop.Client {
	t.Helper()
	client, err := tiktokshop.NewClient(tiktokshoptest.AppKey, tiktokshoptest.AppSecret,
		append([]tiktokshop.Option{
			tiktokshop.WithBaseURL(ts.URL),
			tiktokshop.WithHTTPClient(ts.Client()),
			tiktokshop.WithAccessToken(tiktokshoptest.AccessToken),
			tiktokshop.WithShopCipher(tiktokshoptest.ShopCipher),
			tiktokshop.WithCategoryAssetCipher(tiktokshoptest.CategoryAssetCipher),
			tiktokshop.WithRetry(tiktokshop.RetryPolicy{BaseDelay: time.Millisecond,
				Jitter: time.Millisecond}),
		}, opts...)...)
	require.NoError(t, err)
	return client
}

// logTo collects records as JSON.
func logTo(buf *syncBuffer, level slog.Level) tiktokshop.Option {
	return tiktokshop.WithLogger(
		slog.New(slog.NewJSONHandler(buf, &slog.HandlerOptions{Level: level})))
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// records returns the JSON records written so far.
func (b *syncBuffer) records(t *testing.T) []map[string]any {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []map[string]any
	for line := range strings.Lines(b.buf.String()) {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		out = append(out, record)
	}
	return out
}

// waiterFunc is a Waiter.
type waiterFunc func(context.Context) error

func (f waiterFunc) Wait(ctx context.Context) error { return f(ctx) }

// Operations of each sort that retrying tells apart.
var (
	opRead = &tiktokshop.Operation{
		Name: "Things.Get", Method: http.MethodGet, Path: "/things/202501/things/{id}",
		Identifier: tiktokshop.CategoryAssetCipher,
	}
	opSearch = &tiktokshop.Operation{
		Name: "Things.Search", Method: http.MethodPost, Path: "/things/202501/things/{id}/search",
		RepeatSafe: true,
	}
	opWrite = &tiktokshop.Operation{
		Name: "Things.Update", Method: http.MethodPost, Path: "/things/202501/things/{id}/update",
		Identifier: tiktokshop.ShopCipher,
	}
	opKeyed = &tiktokshop.Operation{
		Name: "Things.Create", Method: http.MethodPost, Path: "/things/202501/things/{id}/create",
		IdempotencyQuery: "idempotency_key",
	}
	opKeyedBody = &tiktokshop.Operation{
		Name: "Things.Put", Method: http.MethodPut, Path: "/things/202501/things/{id}/put",
		IdempotencyBody: "idempotent_key",
	}
	allOps = []*tiktokshop.Operation{opRead, opSearch, opWrite, opKeyed, opKeyedBody}
)

type thing struct {
	ID    tiktokshop.ID `json:"id"`
	Extra string        `json:"extra,omitempty"`
}

// handleThings has the server answer a call with the id asked for.
func handleThings(srv *tiktokshoptest.Server) {
	for _, op := range allOps {
		srv.Handle(op, func(c tiktokshoptest.Call) (any, *tiktokshoptest.Refusal) {
			return thing{ID: tiktokshop.ID(c.Params["id"])}, nil
		})
	}
}

func callThing(
	ctx context.Context, c *tiktokshop.Client, op *tiktokshop.Operation, id string,
	opts ...tiktokshop.Option,
) (*tiktokshop.Response[thing], error) {
	params := tiktokshop.Params{Path: map[string]string{"id": id}}
	if op.Method != http.MethodGet {
		params.Body = map[string]string{"name": "thing " + id}
	}
	return tiktokshop.Do[thing](ctx, c, op, params, opts...)
}

// inBubble runs a test in virtual time, with a server that knows things and a client that retries
// as by default.
func inBubble(
	t *testing.T, test func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client),
) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := tiktokshoptest.NewServer(t, tiktokshoptest.InMemory())
		handleThings(srv)
		test(t, srv, srv.Client(tiktokshop.WithRetry(tiktokshop.RetryPolicy{})))
	})
}

func apiError(t *testing.T, err error) *tiktokshop.APIError {
	t.Helper()
	var refused *tiktokshop.APIError
	require.ErrorAs(t, err, &refused)
	return refused
}

func transportError(t *testing.T, err error) *tiktokshop.TransportError {
	t.Helper()
	var broken *tiktokshop.TransportError
	require.ErrorAs(t, err, &broken)
	return broken
}

// roundTripper is a stub transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func withTransport(f roundTripper) tiktokshop.Option {
	return tiktokshop.WithHTTPClient(&http.Client{Transport: f})
}

// within asserts that a duration is in [low, high].
func within(t *testing.T, low, high, got time.Duration) {
	t.Helper()
	require.GreaterOrEqual(t, got, low)
	require.LessOrEqual(t, got, high)
}

var throttle = tiktokshoptest.Fault{Status: 429, Code: 36009002, Message: "Too many requests."}

var opUpload = &tiktokshop.Operation{Name: "things.Upload", Method: http.MethodPost,
	Path: "/things/202501/images/upload", Scopes: []string{"things.write"}}

type uploadRequest struct {
	UseCase string           `form:"use_case" json:"-" check:"maxlen=10"`
	Data    *tiktokshop.File `form:"data" json:"-" check:"required"`
	Label   tiktokshop.File  `form:"label" json:"-"`
}

// unsized has nothing but Read.
func unsized(s string) io.Reader { return struct{ io.Reader }{strings.NewReader(s)} }
