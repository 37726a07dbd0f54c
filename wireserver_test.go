package tiktokshop_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
)

// wireServer is a TLS server written by hand, frame by frame over HTTP/2, that can break off where
// net/http's would not. It counts what arrives.
type wireServer struct {
	http2    bool
	listener net.Listener
	config   *tls.Config
	roots    *x509.CertPool
	// accept, if set, is called for each connection before the handshake; false closes it.
	accept func(conn net.Conn, n int) bool
	// hello, if set, is called for each connection after the handshake; false closes it.
	hello func(x *wireExchange) bool
	// pong, if set, is called when a ping over HTTP/2 is answered.
	pong func(x *wireExchange)
	// answer is called for each request that was read to its end.
	answer func(x *wireExchange)

	conns, requests atomic.Int64
	wg              sync.WaitGroup
	mu              sync.Mutex
	open            map[net.Conn]bool
}

// newWireServer starts a server that answers with the function given.
func newWireServer(t testing.TB, http2 bool, answer func(*wireExchange)) *wireServer {
	t.Helper()
	own := httptest.NewTLSServer(http.NotFoundHandler())
	s := &wireServer{http2: http2, answer: answer, open: map[net.Conn]bool{},
		roots: x509.NewCertPool()}
	s.roots.AddCert(own.Certificate())
	s.config = &tls.Config{Certificates: own.TLS.Certificates, NextProtos: []string{"http/1.1"}}
	own.Close()
	if http2 {
		s.config.NextProtos = []string{"h2"}
	}
	var err error
	s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.wg.Go(s.serve)
	t.Cleanup(s.close)
	return s
}

func (s *wireServer) close() {
	_ = s.listener.Close()
	s.closeConns()
	s.wg.Wait()
}

func (s *wireServer) closeConns() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		_ = conn.Close()
	}
}

// pem is the certificate, for another process.
func (s *wireServer) pem() string {
	return string(pem.EncodeToMemory(
		&pem.Block{Type: "CERTIFICATE", Bytes: s.config.Certificates[0].Certificate[0]}))
}

func rootsOf(pem string) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(pem))
	return roots
}

func (s *wireServer) url() string { return "https://" + s.listener.Addr().String() }

// transport returns one that knows the server's certificate.
func (s *wireServer) transport(t testing.TB) *http.Transport {
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: s.roots, ServerName: "example.com"},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// client returns one that retries without much waiting.
func (s *wireServer) client(
	t testing.TB, transport http.RoundTripper, opts ...tiktokshop.Option,
) *tiktokshop.Client {
	t.Helper()
	if s.listener != nil {
		opts = append([]tiktokshop.Option{tiktokshop.WithBaseURL(s.url()),
			tiktokshop.WithAuthBaseURL(s.url())}, opts...)
	}
	client, err := tiktokshop.NewClient("key", "app-secret", append([]tiktokshop.Option{
		tiktokshop.WithHTTPClient(&http.Client{Transport: transport}),
		tiktokshop.WithAccessToken("access-token"), tiktokshop.WithShopCipher("shop"),
		tiktokshop.WithCategoryAssetCipher("asset"),
		tiktokshop.WithRetry(tiktokshop.RetryPolicy{BaseDelay: time.Millisecond,
			MaxDelay: 2 * time.Millisecond, Jitter: 1}),
	}, opts...)...)
	require.NoError(t, err)
	return client
}

func (s *wireServer) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		n := int(s.conns.Add(1))
		s.mu.Lock()
		s.open[conn] = true
		s.mu.Unlock()
		s.wg.Go(func() {
			defer func() {
				_ = conn.Close()
				s.mu.Lock()
				defer s.mu.Unlock()
				delete(s.open, conn)
			}()
			s.mu.Lock()
			accept := s.accept
			s.mu.Unlock()
			if accept == nil || accept(conn, n) {
				s.serveConn(conn, n)
			}
		})
	}
}

func (s *wireServer) serveConn(raw net.Conn, n int) {
	conn := tls.Server(raw, s.config)
	if conn.Handshake() != nil {
		return
	}
	x := &wireExchange{server: s, raw: raw, conn: conn, connNumber: n}
	r := bufio.NewReader(conn)
	if s.http2 {
		x.serveHTTP2(r)
		return
	}
	if s.hello != nil && !s.hello(x) {
		return
	}
	for !x.over {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if _, err = io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		x.ask(req.Method, req.URL)
	}
}

// wireExchange is a request and what can be done about it.
type wireExchange struct {
	server     *wireServer
	raw        net.Conn
	conn       *tls.Conn
	connNumber int
	number     int // of the request among all
	stream     uint32
	over       bool // the connection is
	mute       bool // it writes nothing more over HTTP/2, not even to a ping
	mu         sync.Mutex
}

func (x *wireExchange) ask(string, *url.URL) {
	x.number = int(x.server.requests.Add(1))
	x.server.answer(x)
}

// The frames of HTTP/2 that are used.
const (
	frameData, frameHeaders, frameReset, frameSettings, framePing, frameGoAway = 0, 1, 3, 4, 6, 7
	flagEndStream, flagAck, flagEndHeaders                                     = 1, 1, 4

	codeProtocolError, codeInternalError, codeRefusedStream, codeEnhanceYourCalm = 1, 2, 7, 11
)

func (x *wireExchange) frame(kind, flags byte, stream uint32, payload []byte) {
	head := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind,
		flags, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(head[5:], stream)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.mute {
		return
	}
	_, _ = x.conn.Write(append(head, payload...))
}

func (x *wireExchange) serveHTTP2(r *bufio.Reader) {
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(r, preface); err != nil {
		return
	}
	x.frame(frameSettings, 0, 0, nil)
	if x.server.hello != nil && !x.server.hello(x) {
		return
	}
	for !x.over {
		var head [9]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(r, payload); err != nil {
			return
		}
		kind, flags := head[3], head[4]
		switch {
		case kind == frameSettings && flags&flagAck == 0:
			x.frame(frameSettings, flagAck, 0, nil)
		case kind == framePing && flags&flagAck == 0:
			x.frame(framePing, flagAck, 0, payload)
		case kind == framePing && x.server.pong != nil:
			x.server.pong(x)
		case (kind == frameHeaders || kind == frameData) && flags&flagEndStream != 0:
			x.stream = binary.BigEndian.Uint32(head[5:])
			x.ask("", nil)
		}
	}
}

// respond sends an answer. Its headers are pairs of name, in lower case, and value.
func (x *wireExchange) respond(status int, body string, headers ...string) {
	if !x.server.http2 {
		head := fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: %d\r\n", status, len(body))
		for i := 0; i < len(headers); i += 2 {
			head += headers[i] + ": " + headers[i+1] + "\r\n"
		}
		_, _ = io.WriteString(x.conn, head+"\r\n"+body)
		return
	}
	x.head(status, headers...)
	x.frame(frameData, flagEndStream, x.stream, []byte(body))
}

// head sends the head of an HTTP/2 answer.
func (x *wireExchange) head(status int, headers ...string) {
	text := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	block := append([]byte{8}, text(fmt.Sprint(status))...) // 8 is the index of :status
	for i := 0; i < len(headers); i += 2 {
		block = append(append(append(block, 0), text(headers[i])...), text(headers[i+1])...)
	}
	x.frame(frameHeaders, flagEndHeaders, x.stream, block)
}

// ok sends a success.
func (x *wireExchange) ok() { x.respond(200, `{"code":0,"data":{}}`) }

// cut sends the beginning of an answer.
func (x *wireExchange) cut(status int, body string) {
	if x.server.http2 {
		x.head(status, "content-length", fmt.Sprint(len(body)+100))
		x.frame(frameData, 0, x.stream, []byte(body))
		x.reset(codeInternalError)
		return
	}
	_, _ = fmt.Fprintf(x.conn, "HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s", status,
		len(body)+100, body)
	x.close()
}

// close ends the connection.
func (x *wireExchange) close() {
	x.over = true
	_ = x.conn.Close()
}

// abort ends the connection with a TCP reset.
func (x *wireExchange) abort() {
	x.over = true
	_ = x.raw.(*net.TCPConn).SetLinger(0)
	_ = x.raw.Close()
}

// reset ends the HTTP/2 stream.
func (x *wireExchange) reset(code byte) {
	x.frame(frameReset, 0, x.stream, []byte{0, 0, 0, code})
}

// ping asks over HTTP/2 for an answer, which says that the frames before were read.
func (x *wireExchange) ping() { x.frame(framePing, 0, 0, make([]byte, 8)) }

// goAway ends the HTTP/2 connection and says that the streams after the last one were not
// processed.
func (x *wireExchange) goAway(last uint32, code byte) {
	payload := binary.BigEndian.AppendUint32(nil, last)
	x.frame(frameGoAway, 0, 0, append(payload, 0, 0, 0, code))
}

// wireProxy is an HTTP proxy that tunnels to the server.
type wireProxy struct {
	*httptest.Server
	refuse atomic.Int64 // the status to refuse CONNECT with, 0 for none
	asked  atomic.Int64
}

func newWireProxy(t testing.TB) *wireProxy {
	p := new(wireProxy)
	var wg sync.WaitGroup
	var mu sync.Mutex // a handler whose connection was hijacked is not waited for by Close
	over, closed := false, make(chan struct{})
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		if status := p.refuse.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		there, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = there.Close()
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		pipe := func(to, from net.Conn) {
			_, _ = io.Copy(to, from)
			_ = to.Close()
			_ = from.Close()
		}
		mu.Lock()
		defer mu.Unlock()
		if over {
			_ = here.Close()
			_ = there.Close()
			return
		}
		wg.Go(func() { pipe(there, here) })
		wg.Go(func() { pipe(here, there) })
		wg.Go(func() {
			<-closed
			_ = here.Close()
			_ = there.Close()
		})
	}))
	t.Cleanup(func() {
		p.Close()
		mu.Lock()
		over = true
		close(closed)
		mu.Unlock()
		wg.Wait()
	})
	return p
}

func (p *wireProxy) use(transport *http.Transport) {
	u, _ := url.Parse(p.URL)
	transport.Proxy = http.ProxyURL(u)
}
