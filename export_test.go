package tiktokshop

import (
	"context"
	"net/http"

	"github.com/tiktokshop-go/tiktokshop/internal/wire"
)

// prepareParams makes a call of Do's ready.
func (c *Client) prepareParams(op *Operation, params Params) (*invocation, error) {
	return c.prepare(context.Background(), op, nil,
		func(inv *invocation) error { return inv.encode(&params) })
}

// DefaultTransport is the transport of a client that was given none.
func DefaultTransport() *http.Transport { return wire.DefaultTransport().(*http.Transport) }
