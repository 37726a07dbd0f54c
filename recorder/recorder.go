package recorder

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"

	"github.com/tiktokshop-go/tiktokshop"
)

// TB is the part of testing.TB that New uses.
type TB interface {
	Helper()
	Cleanup(func())
	Failed() bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Recorder is an http.RoundTripper that records exchanges or replays them. It is safe for
// concurrent use.
type Recorder struct {
	cfg   *config
	mask  *masker
	tb    TB // nil outside of tests
	file  string
	close func() error

	mu     sync.Mutex
	tracks []*track // in the order in which they were sent
}

// track is an exchange of the file, or one that will be.
type track struct {
	*cassette.Interaction // nil until it is answered
	shape                 *shape
	used                  bool
}

// New returns a Recorder for a test, whose file is name.yaml in testdata/recordings. When the test
// ends it writes the file, if it records and the test has not failed, and checks what WithAllUsed
// asks for.
func New(t TB, name string, opts ...Option) *Recorder {
	t.Helper()
	r, err := Start(name, opts...)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	r.tb = t
	t.Cleanup(func() {
		if t.Failed() && r.Recording() {
			t.Logf("recorder: %s is left as it was, as the test failed", r.file)
			return
		}
		if err := r.Close(); err != nil {
			t.Errorf("%v", err)
		}
	})
	return r
}

// Start returns a Recorder for a program that is not a test, which calls Close.
func Start(name string, opts ...Option) (*Recorder, error) {
	cfg, err := newConfig(opts)
	if !filepath.IsLocal(name) {
		err = errors.Join(err, errors.New("name: must be a file below the folder of recordings"))
	}
	if err != nil {
		return nil, fmt.Errorf("recorder: %w", err)
	}
	v := newVault()
	for _, s := range cfg.secrets {
		v.add(s)
	}
	names := make(map[string]string)
	for _, set := range []map[string]string{cfg.masked, secretNames} { // a secret stays one
		for name, kind := range set {
			names[name] = kind
		}
	}
	r := &Recorder{
		cfg: cfg,
		mask: &masker{names: names, headers: append(cfg.headers, keptHeaders...),
			redact: cfg.redact, vault: v},
		file: filepath.Join(cfg.dir, filepath.FromSlash(name)+".yaml"),
	}
	r.close = sync.OnceValue(r.finish)
	if cfg.mode == Record {
		return r, nil
	}
	data, err := os.ReadFile(r.file)
	switch {
	case errors.Is(err, os.ErrNotExist) && cfg.mode == RecordMissing:
		return r, nil
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("recorder: there is no %s; record it with %s=record and credentials",
			r.file, ModeVariable)
	case err == nil:
		r.tracks, err = readFile(data)
	}
	if err != nil {
		return nil, fmt.Errorf("recorder: %s: %w", r.file, err)
	}
	v.reserve(string(data))
	return r, nil
}

// Recording tells whether requests are sent, so that real credentials are needed.
func (r *Recorder) Recording() bool { return r.cfg.mode != Replay }

// HTTPClient returns an http.Client that goes through the recorder.
func (r *Recorder) HTTPClient() *http.Client { return &http.Client{Transport: r} }

// Option returns the option that sends a client's calls through the recorder, those to the token
// host, too.
func (r *Recorder) Option() tiktokshop.Option { return tiktokshop.WithHTTPClient(r.HTTPClient()) }

// Credential returns the value of an environment variable, such as TTS_APP_SECRET, that is needed
// to record, and a stand-in in a replay. It is masked wherever it stands. A test that records
// without it ends; outside of tests it is "".
func (r *Recorder) Credential(variable string) string {
	if !r.Recording() {
		return "masked-" + kindOf(variable)
	}
	value := strings.TrimSpace(os.Getenv(variable))
	if value == "" && r.tb != nil {
		r.tb.Helper()
		r.tb.Fatalf("recorder: the environment variable %s is needed to record", variable)
	}
	r.mask.vault.add(value)
	return value
}

// Close writes the file, if the recorder records, and reports what WithAllUsed asks for. After New
// the test calls it.
func (r *Recorder) Close() error { return r.close() }

func (r *Recorder) finish() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	if r.cfg.allUsed && r.cfg.mode != Record {
		for i, t := range r.tracks {
			if !t.used {
				errs = append(errs, fmt.Errorf("recorder: exchange %d of %s was not used: %s %s", i,
					r.file, t.shape.method, t.shape.path))
			}
		}
	}
	if r.Recording() {
		errs = append(errs, r.write())
	}
	return errors.Join(errs...)
}

func (r *Recorder) write() error {
	if err := writeFile(r.file, r.tracks, r.mask.vault); err != nil {
		return fmt.Errorf("recorder: write %s: %w", r.file, err)
	}
	return nil
}

// NotRecordedError is a request that no exchange of the file answers. It is not repeated by a
// client.
type NotRecordedError struct {
	// File is that of the recording.
	File string
	// Method and Path are those of the request.
	Method, Path string
	// Used is how many exchanges there are for the request, which have all been used.
	Used int
	// Closest is the number of the exchange that is most like the request, from 0, or -1 if the
	// file has none.
	Closest int
	// ClosestRequest is its method and path, and Differences what differs, without secrets.
	ClosestRequest string
	Differences    []string
}

// maxDifferences bounds the message of a NotRecordedError.
const maxDifferences = 10

// Error names the closest exchange and what differs.
func (e *NotRecordedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "recorder: %s has no answer left to %s %s", e.File, e.Method, e.Path)
	switch {
	case e.Used > 0:
		fmt.Fprintf(&b, "\n  it was recorded %d times, and sent once more", e.Used)
	case e.Closest < 0:
		b.WriteString("\n  nothing is recorded")
	default:
		fmt.Fprintf(&b, "\n  closest is exchange %d, %s:", e.Closest, e.ClosestRequest)
		for i, d := range e.Differences {
			if i == maxDifferences {
				fmt.Fprintf(&b, "\n    and %d more", len(e.Differences)-i)
				break
			}
			b.WriteString("\n    " + d)
		}
	}
	fmt.Fprintf(&b, "\n  if the request is right, record again with %s=record", ModeVariable)
	return b.String()
}

// Retryable is false: another attempt is not recorded either.
func (*NotRecordedError) Retryable() bool { return false }

// RoundTrip answers a request from the file, or sends and records it.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	if err := req.Context().Err(); err != nil {
		return nil, context.Cause(req.Context())
	}
	masked, err := r.request(req, body)
	if err != nil {
		return nil, fmt.Errorf("recorder: %s %s: %w", req.Method,
			r.mask.vault.sweepWhole(req.URL.Path), err)
	}
	if r.cfg.mode != Record {
		found, err := r.find(req, masked)
		var missing *NotRecordedError
		switch {
		case err == nil:
			return r.replay(req, found), nil
		case r.cfg.mode == Replay || !errors.As(err, &missing):
			return nil, err
		}
	}
	return r.record(req, body, masked)
}

func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	return body, errors.Join(err, req.Body.Close())
}

// request masks a request.
func (r *Recorder) request(req *http.Request, body []byte) (*cassette.Request, error) {
	if encoding := req.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, errors.New("a request that is compressed cannot be masked")
	}
	header := r.mask.header(req.Header)
	text, err := r.mask.requestBody(body, req.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	if v := header.Get("Content-Type"); strings.HasPrefix(v, "multipart/form-data") {
		header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	}
	return &cassette.Request{
		Method: req.Method, URL: r.mask.vault.sweepWhole(r.mask.url(req.URL)), Headers: header,
		Body: r.mask.vault.sweepWhole(text),
	}, nil
}

func (r *Recorder) ignored(name string) bool {
	name = strings.ToLower(name)
	return r.mask.names[name] != "" || r.cfg.ignored[name]
}

// find returns the exchange that answers a request and marks it as used.
func (r *Recorder) find(req *http.Request, masked *cassette.Request) (*track, error) {
	sent, err := shapeOf(masked)
	if err != nil {
		return nil, fmt.Errorf("recorder: the request cannot be compared: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	missing := &NotRecordedError{File: r.file, Method: sent.method, Path: sent.path, Closest: -1}
	var best, last *track
	bestKin, closest := -1, 0
	for i, t := range r.tracks {
		if t.Interaction == nil || t.shape == nil {
			continue // it is on its way, or has just been recorded
		}
		found := differences(t.shape, sent, r.ignored)
		switch {
		case len(found) == 0 && t.used:
			missing.Used++
			last = t
		case len(found) == 0:
			if k := kinship(&t.Request, req, masked); k > bestKin {
				best, bestKin = t, k
			}
		default:
			if d := distance(t.shape, sent, len(found)); missing.Closest < 0 || d < closest {
				missing.Closest, closest = i, d
				missing.ClosestRequest, missing.Differences = t.shape.method+" "+t.shape.path, found
			}
		}
	}
	switch {
	case best != nil:
		best.used = true
		return best, nil
	case last != nil && r.cfg.repeat:
		return last, nil
	}
	return nil, missing
}

// kinship counts the stand-ins, which come from an answer before, that a request has in common with
// a recorded one.
func kinship(recorded *cassette.Request, req *http.Request, masked *cassette.Request) int {
	var sent strings.Builder
	sent.WriteString(req.URL.RawQuery)
	sent.WriteByte(' ')
	sent.WriteString(masked.Body)
	for _, values := range req.Header {
		sent.WriteString(" " + strings.Join(values, " "))
	}
	was := recorded.URL + " " + recorded.Body
	for _, values := range recorded.Headers {
		was += " " + strings.Join(values, " ")
	}
	have := standIn.FindAllString(sent.String(), -1)
	n := 0
	for _, name := range standIn.FindAllString(was, -1) {
		if slices.Contains(have, name) {
			n++
		}
	}
	return n
}

// replay makes the answer of an exchange.
func (r *Recorder) replay(req *http.Request, t *track) *http.Response {
	body := r.livingTokens(t)
	return &http.Response{
		Status:     strconv.Itoa(t.Response.Code) + " " + http.StatusText(t.Response.Code),
		StatusCode: t.Response.Code,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: t.Response.Headers.Clone(), Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}
}

var tokenEnd = regexp.MustCompile(`("(?:access|refresh)_token_expire_in": "?)([0-9]{9,12})\b`)

// livingTokens returns the body of an answer with the ends of tokens moved by the age of the
// recording.
func (r *Recorder) livingTokens(t *track) string {
	at, err := http.ParseTime(t.Response.Headers.Get("Date"))
	if err != nil {
		return t.Response.Body
	}
	age := r.cfg.now().Unix() - at.Unix()
	return tokenEnd.ReplaceAllStringFunc(t.Response.Body, func(s string) string {
		parts := tokenEnd.FindStringSubmatch(s)
		end, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			return s
		}
		return parts[1] + strconv.FormatInt(end+age, 10)
	})
}

// record sends a request and keeps the exchange.
func (r *Recorder) record(
	req *http.Request, body []byte, masked *cassette.Request,
) (*http.Response, error) {
	t := &track{used: true}
	r.mu.Lock()
	r.tracks = append(r.tracks, t) // its place is that of the request
	r.mu.Unlock()

	out := req.Clone(req.Context())
	if body != nil {
		out.Body = io.NopCloser(bytes.NewReader(body))
		out.GetBody = func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(body)), nil
		}
	}
	resp, err := r.cfg.transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Request = req
	if err != nil { // the client sees what the recorder saw
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(answer), failing{err}))
		return resp, nil
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	plain, err := decompressed(answer, resp.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, fmt.Errorf("recorder: %s %s: %w", req.Method,
			r.mask.vault.sweepWhole(req.URL.Path), err)
	}
	header := r.mask.header(resp.Header)
	if header.Get("Date") == "" {
		header.Set("Date", r.cfg.now().UTC().Format(http.TimeFormat))
	}
	recorded := &cassette.Interaction{
		Request: *masked,
		Response: cassette.Response{Code: resp.StatusCode, Headers: header,
			Body: r.mask.answerBody(plain)},
	}
	r.mu.Lock()
	t.Interaction = recorded
	r.mu.Unlock()
	return resp, nil
}

// failing is the end of a body that broke off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// maxAnswer bounds an answer that is decompressed.
const maxAnswer = 256 << 20

func decompressed(body []byte, encoding string) ([]byte, error) {
	switch strings.ToLower(encoding) {
	case "", "identity":
		return body, nil
	case "gzip":
		if len(body) == 0 {
			return body, nil
		}
		zr, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("the answer is not the gzip it says it is: %w", err)
		}
		plain, err := io.ReadAll(io.LimitReader(zr, maxAnswer+1))
		if err == nil && len(plain) > maxAnswer {
			err = fmt.Errorf("more than %d bytes", maxAnswer)
		}
		return plain, err
	}
	return nil, errors.New("the answer is compressed in a way that cannot be masked")
}
