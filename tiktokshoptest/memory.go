package tiktokshoptest

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// InMemory has the server listen on no address: its Client, and any client with its Transport,
// reaches it within the process. In a testing/synctest bubble, where network connections do not
// work, start the server inside the bubble with it.
func InMemory() Option {
	return func(s *Server) { s.inMemory = true }
}

// New starts a Server [InMemory] for an example or a short program:
//
//	orders := order.New(tiktokshoptest.New().Client())
//
// It holds nothing but memory, so it need not be closed.
func New(opts ...Option) *Server {
	s, err := Start(append([]Option{InMemory()}, opts...)...)
	if err != nil { // nothing listens, so nothing can fail
		panic("tiktokshoptest: " + err.Error())
	}
	return s
}

// memoryURL is the base URL of a server that does not listen.
const memoryURL = "https://tiktokshop.test"

// ServeHTTP answers a request, so that the server can be put behind another listener or middleware.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

// Transport returns a RoundTripper that hands requests to the server without a network.
// Contexts, delays, broken connections and answers cut short work as over one.
func (s *Server) Transport() http.RoundTripper { return memoryTransport{s} }

type memoryTransport struct{ s *Server }

func (t memoryTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	select {
	case <-t.s.done:
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: syscall.ECONNREFUSED}
	default:
	}
	ctx, hangUp := context.WithCancel(req.Context())
	served := req.Clone(ctx)
	served.RequestURI = req.URL.RequestURI()
	served.RemoteAddr = "127.0.0.1:1"
	served.Body = io.NopCloser(bytes.NewReader(body))
	if served.Host == "" {
		served.Host = req.URL.Host
	}

	r, w := io.Pipe()
	mw := &memoryWriter{header: make(http.Header), body: w, started: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { _ = w.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer func() {
			problem := recover()
			if problem != nil && problem != http.ErrAbortHandler {
				panic(problem)
			}
			mw.finish(ctx, problem != nil)
		}()
		t.s.serve(mw, served)
	}()
	select {
	case <-mw.started:
	case <-ctx.Done():
		err := context.Cause(ctx)
		hangUp()
		return nil, err
	}
	if mw.status == 0 {
		stop()
		hangUp()
		return nil, &net.OpError{Op: "read", Net: "memory", Err: syscall.ECONNRESET}
	}
	return &http.Response{
		Status:     strconv.Itoa(mw.status) + " " + http.StatusText(mw.status),
		StatusCode: mw.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        mw.sent,
		ContentLength: mw.length(),
		Body:          &memoryBody{PipeReader: r, hangUp: hangUp},
		Request:       req,
	}, nil
}

// memoryBody is the answer's body; closing it is hanging up.
type memoryBody struct {
	*io.PipeReader
	hangUp context.CancelFunc
}

func (b *memoryBody) Close() error {
	err := b.PipeReader.Close()
	b.hangUp()
	return err
}

// memoryWriter is the ResponseWriter at the other end.
type memoryWriter struct {
	header  http.Header
	body    *io.PipeWriter
	once    sync.Once
	started chan struct{} // closed once status and sent are set, or there will be none
	status  int
	sent    http.Header
}

func (w *memoryWriter) Header() http.Header { return w.header }

func (w *memoryWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.started)
	})
}

func (w *memoryWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *memoryWriter) Flush() { w.WriteHeader(http.StatusOK) }

// finish ends the answer, or breaks the connection.
func (w *memoryWriter) finish(ctx context.Context, aborted bool) {
	if aborted {
		w.once.Do(func() { close(w.started) })
		err := context.Cause(ctx)
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		_ = w.body.CloseWithError(err)
		return
	}
	w.WriteHeader(http.StatusOK)
	_ = w.body.Close()
}

func (w *memoryWriter) length() int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(w.sent.Get("Content-Length")), 10, 64)
	if err != nil {
		return -1
	}
	return n
}
