package tiktokshoptest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Fault is a way for a request to fail. Its fields combine: a delay before an
// HTML page with status 503, say. One with a Delay, Stall, Header, Truncate or Drop alone spoils
// the right answer; the zero Fault answers HTTP 500 with 36009003.
type Fault struct {
	// Status is the HTTP status; 0 means 200 if there is a Code or a Body, else 500.
	Status int
	// Code and Message go into the answer's envelope. Without a Code and a Body it has those that
	// the platform sends with the Status, such as 36009002 with 429; where it has none of its own,
	// 36009003.
	Code    int
	Message string
	// Header is added to the answer's headers: Retry-After, say.
	Header http.Header
	// Body is sent instead of an envelope: HTML or garbage. Its content type is detected unless
	// Header has one.
	Body string
	// Delay passes before the answer. It ends early when the client goes away or the server is
	// closed.
	Delay time.Duration
	// Drop closes the connection instead of answering.
	Drop bool
	// Truncate closes the connection in the middle of the answer.
	Truncate bool
	// Stall passes in the middle of the answer.
	Stall time.Duration
	// Processed lets the request take effect before its answer is replaced or dropped.
	Processed bool
	// Operation is the only operation whose requests fail, such as "fulfillment.ShipPackage"; "" is
	// any.
	Operation string

	twice bool // carried out
}

// FailNext makes the next n requests fail with f. Faults queue up: those of an
// earlier call come first. It panics if there is no such Operation.
func (s *Server) FailNext(n int, f Fault) {
	if f.Operation != "" && table().operation(f.Operation) == nil {
		panic("tiktokshoptest: there is no operation " + f.Operation)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.faults = append(s.faults, f)
	}
}

// nextFault takes the first fault for a request off the queue.
func (s *Server) nextFault(r *http.Request) (Fault, bool) {
	s.mu.Lock()
	none := len(s.faults) == 0
	s.mu.Unlock()
	if none {
		return Fault{}, false
	}
	rt, _, _ := s.route(r.Method, r.URL.EscapedPath())
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(f Fault) bool {
		if f.Operation == "" {
			return true
		}
		op := table().operation(f.Operation)
		return rt != nil && rt.method == op.Method && rt.path == op.Path
	})
	if i < 0 {
		return Fault{}, false
	}
	f := s.faults[i]
	s.faults = slices.Delete(s.faults, i, i+1)
	return f, true
}

// replaces reports whether the fault puts another answer in place of the right one.
func (f *Fault) replaces() bool {
	return f.Status != 0 || f.Code != 0 || f.Message != "" || f.Body != "" ||
		f.Delay == 0 && f.Stall == 0 && f.Header == nil && !f.Truncate && !f.Drop && !f.twice
}

// processes reports whether the request takes effect.
func (f *Fault) processes() bool { return f.Processed || !f.replaces() && !f.Drop }

// apply spoils a reply.
func (f *Fault) apply(r *reply) {
	if !f.replaces() {
		header := make(http.Header)
		maps.Copy(header, r.header) // of a page
		maps.Copy(header, f.Header)
		r.header, r.drop, r.truncate, r.stall = header, f.Drop, f.Truncate, f.Stall
		return
	}
	if f.Body != "" {
		*r = refuse(cmp.Or(f.Status, http.StatusOK), f.Code, f.Message)
	} else {
		*r = errorReply(f.Status, f.Code, f.Message)
	}
	r.header, r.raw, r.drop, r.truncate, r.stall = f.Header, f.Body, f.Drop, f.Truncate, f.Stall
}

// errorReply is an answer with an error code: the platform's for the status where the test names
// none.
func errorReply(status, code int, message string) reply {
	if code != 0 {
		return refuse(cmp.Or(status, http.StatusOK), code, message)
	}
	rep := refusalWith(cmp.Or(status, http.StatusInternalServerError))
	rep.message = cmp.Or(message, rep.message)
	return rep
}

// refusalWith is what the platform sends with an HTTP status: never a success.
func refusalWith(status int) reply {
	code, message := 36009003, "Internal error. Please try again."
	switch status {
	case http.StatusBadRequest:
		code, message = 36009004, "Invalid parameter."
	case http.StatusUnauthorized:
		code, message = 36009004, "Invalid credentials. The 'x-tts-access-token' header is invalid."
	case http.StatusForbidden:
		code, message = 105005,
			"Access denied. The access token does not have the scope of this endpoint."
	case http.StatusNotFound:
		code, message = 36009009,
			"Invalid path. The specified path does not match any available endpoint."
	case http.StatusMethodNotAllowed:
		code, message = 36009010,
			"Invalid method. The HTTP method used is not supported by this endpoint."
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		code, message = 36009007, "Gateway timeout. Please try again."
	case http.StatusRequestEntityTooLarge:
		code, message = codeTooLarge, textTooLarge
	case http.StatusTooManyRequests:
		code, message = 36009002, "Too many requests. Please try again later."
	}
	return refuse(status, code, message)
}

// wait lets time pass.
func (s *Server) wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.done:
	}
}

// reply is an answer on its way out.
type reply struct {
	status    int
	code      int
	message   string
	data      any
	header    http.Header
	raw       string
	drop      bool
	truncate  bool
	noData    bool // the envelope has no data key
	stall     time.Duration
	requestID string
}

// write sends the reply. A dropped or truncated one aborts the connection, which net/http does
// without a log line for http.ErrAbortHandler.
func (r *reply) write(s *Server, w http.ResponseWriter, req *http.Request) {
	if r.drop {
		panic(http.ErrAbortHandler)
	}
	body := []byte(r.raw)
	h := w.Header()
	h.Set("Date", s.now().UTC().Format(http.TimeFormat))
	if r.raw == "" {
		h.Set("X-Tt-Logid", r.requestID)
		h.Set("Content-Type", "application/json; charset=utf-8")
		body = r.envelope()
	}
	for key, values := range r.header {
		h[http.CanonicalHeaderKey(key)] = values
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(r.status)
	if r.truncate {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	if r.stall > 0 {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		s.wait(req, r.stall)
		if req.Context().Err() != nil {
			panic(http.ErrAbortHandler) // nobody is there to read the rest
		}
		body = body[len(body)/2:]
	}
	_, _ = w.Write(body)
}
