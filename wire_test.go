package tiktokshop_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/token"
)

var (
	opBare = &tiktokshop.Operation{Name: "Things.Touch", Method: http.MethodPost,
		Path: "/things/202501/touch"}
	opDrop = &tiktokshop.Operation{Name: "Things.Drop", Method: http.MethodDelete,
		Path: "/things/202501/drop"}
)

// wireCalls are calls that must not be sent twice, of each sort that net/http treats in its own
// way.
var wireCalls = []struct {
	name string
	call func(ctx context.Context, c *tiktokshop.Client) error
}{
	{"POST with a body", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := c.AffiliatePartner.GenerateMultiProductLink(ctx,
			&tiktokshop.GenerateMultiProductLinkRequest{CampaignID: "1",
				ProductIDs: []tiktokshop.ID{"2"}})
		return err
	}},
	{"POST without a body", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := tiktokshop.Do[struct{}](ctx, c, opBare, tiktokshop.Params{})
		return err
	}},
	{"DELETE", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := tiktokshop.Do[struct{}](ctx, c, opDrop, tiktokshop.Params{})
		return err
	}},
	{"GET that is not safe", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := callThing(ctx, c, opRead, "1", tiktokshop.WithRepeatSafe(false))
		return err
	}},
	{"GET without retry", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := callThing(ctx, c, opRead, "1", tiktokshop.WithoutRetry())
		return err
	}},
	{"search without retry", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := callThing(ctx, c, opSearch, "1", tiktokshop.WithoutRetry())
		return err
	}},
	{"upload", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := tiktokshop.Call[struct{}](ctx, c, opUpload,
			&uploadRequest{Data: &tiktokshop.File{Content: bytes.NewReader(make([]byte, 1000))}})
		return err
	}},
	{"upload of a stream", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := tiktokshop.Call[struct{}](ctx, c, opUpload,
			&uploadRequest{Data: &tiktokshop.File{Content: unsized("content")}})
		return err
	}},
	{"token refresh", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := c.Auth.RefreshToken(ctx, token.NewSecret("refresh-token"))
		return err
	}},
	{"code exchange", func(ctx context.Context, c *tiktokshop.Client) error {
		_, err := c.Auth.ExchangeCode(ctx, token.NewSecret("code"))
		return err
	}},
}

// wireBreaks are ways to break off when the request has been read.
var wireBreaks = []struct {
	name  string
	http2 bool
	do    func(x *wireExchange)
}{
	{"HTTP/2, PROTOCOL_ERROR", true, func(x *wireExchange) { x.reset(codeProtocolError) }},
	{"HTTP/2, REFUSED_STREAM", true, func(x *wireExchange) { x.reset(codeRefusedStream) }},
	{"HTTP/2, INTERNAL_ERROR", true, func(x *wireExchange) { x.reset(codeInternalError) }},
	{"HTTP/2, GOAWAY that denies the stream", true,
		func(x *wireExchange) { x.goAway(0, 0); x.close() }},
	{"HTTP/2, GOAWAY that admits the stream", true,
		func(x *wireExchange) { x.goAway(x.stream, 0); x.close() }},
	{"HTTP/2, GOAWAY for calm", true,
		func(x *wireExchange) { x.goAway(0, codeEnhanceYourCalm); x.close() }},
	{"HTTP/2, connection closed", true, func(x *wireExchange) { x.close() }},
	{"HTTP/2, connection reset", true, func(x *wireExchange) { x.abort() }},
	{"HTTP/1, connection closed", false, func(x *wireExchange) { x.close() }},
	{"HTTP/1, connection reset", false, func(x *wireExchange) { x.abort() }},
}

// TestWrittenOnce breaks off after the request was read, on a new connection and on a kept one:
// what must not be repeated is not, neither by the SDK nor by net/http.
func TestWrittenOnce(t *testing.T) {
	t.Parallel()
	for _, br := range wireBreaks {
		for _, kept := range []bool{false, true} {
			for _, call := range wireCalls {
				name := br.name + "/" + call.name
				if kept {
					name += ", kept connection"
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					s := newWireServer(t, br.http2, func(x *wireExchange) {
						if x.number == 1 && kept {
							x.ok()
							return
						}
						br.do(x)
					})
					client := s.client(t, s.transport(t))
					before := 0
					if kept {
						_, err := callThing(t.Context(), client, opRead, "1")
						require.NoError(t, err)
						before = 1
					}
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					err := call.call(ctx, client)
					broken := transportError(t, err)
					assert.EqualValues(t, before+1, s.requests.Load(), "requests")
					assert.LessOrEqual(t, s.conns.Load(), int64(3), "connections")
					assert.Equal(t, 1, broken.Attempts)
					assert.True(t, broken.MayHaveTakenEffect())
					assert.NotErrorIs(t, err, context.Canceled)
					assert.NoError(t, ctx.Err())
				})
			}
		}
	}
}

// TestResentInBounds has each request of a call that is safe to repeat broken off: what net/http
// sends by itself counts as attempts.
func TestResentInBounds(t *testing.T) {
	t.Parallel()
	for _, br := range wireBreaks {
		for _, op := range []*tiktokshop.Operation{opRead, opSearch} {
			t.Run(br.name+"/"+op.Name, func(t *testing.T) {
				t.Parallel()
				s := newWireServer(t, br.http2, br.do)
				_, err := callThing(t.Context(), s.client(t, s.transport(t)), op, "1")
				broken := transportError(t, err)
				assert.EqualValues(t, 5, s.requests.Load(), "requests")
				assert.LessOrEqual(t, s.conns.Load(), int64(10), "connections")
				assert.Equal(t, 5, broken.Attempts)
				assert.True(t, broken.MayHaveTakenEffect())
			})
		}
	}
}

// TestFrontEndThatGoesAway meets a front end that sends every connection away: before a request is
// sent on it, which net/http then tries on another connection for ever, or at about the same time.
func TestFrontEndThatGoesAway(t *testing.T) {
	t.Parallel()
	const most = 25 // connections: a few for each attempt
	for _, early := range []bool{true, false} {
		for _, call := range wireCalls {
			name := call.name
			if early {
				name += ", before the request"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				s := newWireServer(t, true, func(x *wireExchange) { x.goAway(0, 0) })
				s.hello = func(x *wireExchange) bool {
					if x.connNumber > 2*most {
						cancel() // it would go on
					}
					x.goAway(0, 0)
					x.ping()
					return true
				}
				if early {
					var read sync.Map // a channel for each connection, by address
					of := func(addr net.Addr) chan struct{} {
						ch, _ := read.LoadOrStore(addr.String(), make(chan struct{}))
						return ch.(chan struct{})
					}
					// frames are read in order
					s.pong = func(x *wireExchange) { close(of(x.conn.RemoteAddr())) }
					ctx = httptrace.WithClientTrace(ctx,
						&httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
							select {
							case <-of(got.Conn.LocalAddr()):
							case <-ctx.Done():
							}
						}})
				}
				err := call.call(ctx, s.client(t, s.transport(t)))
				require.Error(t, err)
				require.NoError(t, ctx.Err())
				assert.LessOrEqual(t, s.conns.Load(), int64(most), "connections")
				if early {
					assert.Zero(t, s.requests.Load(), "requests")
					assert.False(t, transportError(t, err).MayHaveTakenEffect())
				}
				assert.LessOrEqual(t, s.requests.Load(), int64(1), "requests")
			})
		}
	}
}

// TestRedirectOfABody is not followed, and is no reason to say that the server broke off.
func TestRedirectOfABody(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		for _, call := range wireCalls {
			t.Run(call.name, func(t *testing.T) {
				t.Parallel()
				s := newWireServer(t, http2,
					func(x *wireExchange) { x.respond(307, "", "location", "/elsewhere") })
				err := call.call(t.Context(), s.client(t, s.transport(t)))
				assert.Equal(t, 307, apiError(t, err).HTTPStatus)
				assert.EqualValues(t, 1, s.requests.Load())
				assert.Contains(t, strings.ToLower(err.Error()), "redirect")
			})
		}
	}
}

// TestDeadHTTP2Connection has a connection die without a sign, as behind a firewall that forgets
// it, and makes calls, with all times a hundredth of the defaults. The pings of the default
// transport find it out, so that few calls fail; without them all do.
func TestDeadHTTP2Connection(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		pings       bool
		least, most int // calls that fail of 6
	}{
		{"default", true, 0, 3},
		{"without pings", false, 6, 6},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newWireServer(t, true, func(x *wireExchange) {
				if x.connNumber == 1 && x.number > 1 {
					x.mute = true
				}
				x.ok()
			})
			transport := tiktokshop.DefaultTransport()
			t.Cleanup(transport.CloseIdleConnections)
			transport.TLSClientConfig = s.transport(t).TLSClientConfig
			transport.HTTP2.SendPingTimeout /= 100
			transport.HTTP2.PingTimeout /= 100
			if !tc.pings {
				transport.HTTP2 = nil
			}
			client := s.client(t, transport, tiktokshop.WithAttemptTimeout(300*time.Millisecond),
				tiktokshop.WithoutRetry())
			_, err := callThing(t.Context(), client, opRead, "1")
			require.NoError(t, err)
			failed := 0
			for range 6 {
				if _, err := callThing(t.Context(), client, opRead, "1"); err != nil {
					failed++
				}
			}
			t.Logf("%d of 6 calls failed", failed)
			assert.GreaterOrEqual(t, failed, tc.least)
			assert.LessOrEqual(t, failed, tc.most)
		})
	}
}
