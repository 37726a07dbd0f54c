package tiktokshop_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// Operations of each sort that retrying tells apart.
var (
	opRead = &tiktokshop.Operation{
		Name: "Things.Get", Method: http.MethodGet, Path: "/things/202501/things/{id}", Identifier: tiktokshop.CategoryAssetCipher,
	}
	opSearch = &tiktokshop.Operation{
		Name: "Things.Search", Method: http.MethodPost, Path: "/things/202501/things/{id}/search", RepeatSafe: true,
	}
	opWrite = &tiktokshop.Operation{
		Name: "Things.Update", Method: http.MethodPost, Path: "/things/202501/things/{id}/update", Identifier: tiktokshop.ShopCipher,
	}
	opKeyed = &tiktokshop.Operation{
		Name: "Things.Create", Method: http.MethodPost, Path: "/things/202501/things/{id}/create", IdempotencyQuery: "idempotency_key",
	}
	opKeyedBody = &tiktokshop.Operation{
		Name: "Things.Put", Method: http.MethodPut, Path: "/things/202501/things/{id}/put", IdempotencyBody: "idempotent_key",
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

func callThing(ctx context.Context, c *tiktokshop.Client, op *tiktokshop.Operation, id string, opts ...tiktokshop.Option) (*tiktokshop.Response[thing], error) {
	params := tiktokshop.Params{Path: map[string]string{"id": id}}
	if op.Method != http.MethodGet {
		params.Body = map[string]string{"name": "thing " + id}
	}
	return tiktokshop.Do[thing](ctx, c, op, params, opts...)
}

// inBubble runs a test in virtual time, with a server that knows things and a client that retries as by default.
func inBubble(t *testing.T, test func(t *testing.T, srv *tiktokshoptest.Server, client *tiktokshop.Client)) {
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
