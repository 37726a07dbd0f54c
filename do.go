package tiktokshop

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Do calls an operation: it builds the request, signs it, sends it, reads the
// answer and decodes its data into a T. Every method of this SDK goes through it, and an
// operation that has no method yet can be called with it.
//
// The error is an *InputError if nothing was sent, a *TransportError if no
// answer came, an *APIError for any answer but a success, a *TokenError if
// the token source had no token, and a *ContentError if a File could not be read.
func Do[T any](ctx context.Context, c *Client, op *Operation, params Params, opts ...Option) (*Response[T], error) {
	resp := new(Response[T])
	ans, err := c.do(ctx, op, params, opts, &resp.Data)
	if err != nil {
		return nil, err
	}
	resp.Code, resp.Message, resp.RequestID = ans.code, ans.message, ans.requestID
	resp.HTTPStatus, resp.Header, resp.Raw = ans.status, ans.header, ans.body
	return resp, nil
}

// do is Do without its type parameter; data points to the Data of the Response.
func (c *Client) do(ctx context.Context, op *Operation, params Params, opts []Option, data any) (*answer, error) {
	inv, err := c.prepare(ctx, op, params, opts)
	if err != nil {
		return nil, err
	}
	return inv.call(ctx, data)
}

// invocation is a call made ready: what all its attempts have in common.
type invocation struct {
	cfg    *config
	op     *Operation
	path   string
	params []param // in signing order
	stamp  *param  // the timestamp among params, set anew by each attempt; nil if the request is not signed
	body   []byte
	upload streamed // a body that is not signed, instead
	hidden []hiddenParam

	token   Secret // of the last attempt
	renewed Secret // for the next attempt, instead of what the source gives out

	made                int           // attempts
	ambiguous           bool          // one of them may have taken effect
	offset              time.Duration // added to the clock by the last of them
	waited, waitedInAll time.Duration // before the next attempt; before those made
	pacer               pacer         // of the adaptive limiter
	admitted            time.Time     // by it
}

// hiddenParam is a parameter of the query whose value is a secret. It is not signed.
type hiddenParam struct {
	key   string
	value Secret
}

// prepare checks and encodes a call. Nothing has been sent when it fails.
func (c *Client) prepare(ctx context.Context, op *Operation, params Params, opts []Option) (*invocation, error) {
	if err := op.validate(); err != nil {
		return nil, err
	}
	if ctx == nil {
		return nil, op.inputError("context", "is nil")
	}
	cfg, err := c.config(opts)
	if err != nil {
		return nil, err
	}
	if cfg.tokens == nil {
		return nil, op.inputError("access token", "is missing: set it with WithAccessToken or WithTokenSource")
	}
	inv := &invocation{cfg: cfg, op: op, upload: notStreamed{}}
	if params.bind == nil {
		err = inv.encode(&params)
	} else {
		err = params.bind(inv)
	}
	if err != nil {
		return nil, err
	}
	if inv.params, err = op.appendIdentifier(inv.params, cfg); err != nil {
		return nil, err
	}
	if op.takesIdempotencyKey() {
		if err = inv.addIdempotencyKey(); err != nil {
			return nil, err
		}
	}
	inv.params = append(inv.params, param{paramAppKey, cfg.signer.appKey})
	if op.Unsigned {
		return inv, nil
	}
	inv.params = append(inv.params, param{paramTimestamp, ""})
	sortParams(inv.params)
	for i := range inv.params {
		if inv.params[i].key == paramTimestamp {
			inv.stamp = &inv.params[i]
		}
	}
	return inv, nil
}

// encode takes path, query and body from the params of a call.
func (inv *invocation) encode(params *Params) (err error) {
	op := inv.op
	lookup := func(name string) (string, bool) {
		value, ok := params.Path[name]
		return value, ok
	}
	if params.URL != "" {
		inv.path, err = inv.pathOfURL(params)
	} else {
		inv.path, err = op.expandPath(len(params.Path), lookup)
	}
	if err != nil {
		return err
	}
	if inv.params, err = op.encodeQuery(params.Query); err != nil {
		return err
	}
	if err = inv.hide(params.Secrets); err != nil {
		return err
	}
	file, ok := params.Body.(interface {
		raw(limit int64) (streamed, *problem)
	})
	switch {
	case isNil(params.Body):
	case !ok:
		inv.body, err = op.encodeBody(params.Body)
	case !op.Unsigned:
		err = op.inputError("body", "is a File, which only an Unsigned operation takes: a signature covers the body")
	default:
		content, p := file.raw(op.maxUpload())
		if p != nil {
			return op.inputError(p.field, "%s", p.reason)
		}
		inv.upload = content
	}
	return err
}

// streamed is what a call needs of a body that is read while it is sent: an
// interface, so that programs that send no files do not link what it takes.
type streamed interface {
	// time is how much longer than another attempt one that sends the body may take.
	time() time.Duration
	// again tells whether the body can be sent once more; rewind makes it ready for that and reports whether it is.
	again() bool
	rewind() bool
	// addTo makes it the body of a request.
	addTo(ctx context.Context, req *http.Request)
	// stop ends the reading of the content.
	stop(ctx context.Context)
	// failed returns what went wrong with the content, nil if nothing did.
	failed() *ContentError
}

// notStreamed is a body in memory, or none.
type notStreamed struct{}

func (notStreamed) time() time.Duration                  { return 0 }
func (notStreamed) again() bool                          { return true }
func (notStreamed) rewind() bool                         { return true }
func (notStreamed) addTo(context.Context, *http.Request) {}
func (notStreamed) stop(context.Context)                 {}
func (notStreamed) failed() *ContentError                { return nil }

// pathOfURL returns the path of the URL to call, and refuses one that is not the platform's.
func (inv *invocation) pathOfURL(params *Params) (string, error) {
	u, err := url.Parse(params.URL)
	switch {
	case len(params.Path) > 0:
		return "", inv.op.inputError("path", "must not be given beside a URL")
	case err != nil: // which quotes the URL
		return "", inv.op.inputError("URL", "cannot be parsed")
	case !strings.EqualFold(u.Scheme, inv.cfg.scheme) || !strings.EqualFold(u.Host, inv.cfg.host):
		return "", inv.op.inputError("URL", "has another scheme or host than the client's base URL, where the access token must not go")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", inv.op.inputError("URL", "must have no user information, query or fragment")
	}
	literal := Operation{Name: inv.op.Name, Path: u.EscapedPath()}
	path, err := literal.expandPath(0, func(string) (string, bool) { return "", false })
	if err != nil {
		return "", inv.op.inputError("URL", "has a path with a character outside A-Z a-z 0-9 - . _ ~ / or with a . or .. or empty segment")
	}
	return path, nil
}

// hide takes the parameters whose values are secrets.
func (inv *invocation) hide(secrets map[string]Secret) error {
	for key, value := range secrets {
		reason := reservedKey(key)
		switch {
		case !inv.op.Unsigned:
			reason = "is a secret parameter, which only an Unsigned operation takes"
		case key == "":
			reason = "has an empty key"
		case reason == "" && value.IsZero():
			reason = "is empty"
		case slices.ContainsFunc(inv.params, func(p param) bool { return p.key == key }):
			reason = "is given twice"
		}
		if reason != "" {
			return inv.op.inputError(cmp.Or(key, "query"), "%s", reason)
		}
		inv.hidden = append(inv.hidden, hiddenParam{key, value})
	}
	return nil
}

// attempt stamps, signs, sends, reads and decodes, once. Attempts of one invocation follow each other; they
// share nothing but what prepare made, so a retry is signed afresh.
func (inv *invocation) attempt(ctx context.Context, data any) (*answer, error) {
	token, err := inv.accessToken(ctx)
	if err != nil {
		return nil, err
	}
	inv.token = token
	if inv.made++; inv.made > 1 {
		reflect.ValueOf(data).Elem().SetZero() // an answer that was refused may have left data behind
	}
	start := time.Now()
	ctx, end := inv.startObserved(ctx, inv.made)
	inv.offset = inv.cfg.skew.get()
	creds := &credentials{token: token.Reveal()}
	if inv.stamp != nil {
		inv.stamp.value = strconv.FormatInt(inv.cfg.now().Add(inv.offset).Unix(), 10)
		creds.sign = string(inv.cfg.signer.appendSign(nil, inv.path, inv.params, inv.body))
	}
	ans, err := inv.roundTrip(ctx, creds)
	if err == nil {
		err = inv.decode(ans, creds, data)
	}
	end.attempt(ctx, inv, start, ans, err)
	if err != nil {
		return nil, err
	}
	return ans, nil
}

// credentials are what one attempt proves itself with. They live on the stack
// of the attempt and go into the request and the scrubber only.
type credentials struct{ token, sign string }

// Format prints no secret, whatever the verb.
func (credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// roundTrip sends the request and reads the answer, whatever it is.
func (inv *invocation) roundTrip(ctx context.Context, creds *credentials) (*answer, error) {
	ans, err := inv.exchange(ctx, creds, func(ctx context.Context) *http.Request { return inv.request(ctx, creds) })
	if content := inv.upload.failed(); content != nil { // whatever the transport or the platform made of half a request
		return nil, &ContentError{Operation: inv.op.Name, Field: content.Field, Err: inv.scrubber(creds).error(content.Err)}
	}
	return ans, err
}

// exchange sends a request within the bounds of time and reads its answer within that of size.
func (inv *invocation) exchange(ctx context.Context, creds *credentials, request func(context.Context) *http.Request) (*answer, error) {
	cfg := inv.cfg
	if cfg.attemptTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.attemptTimeout+inv.upload.time())
		defer cancel()
	}
	defer inv.upload.stop(ctx)
	res, err := cfg.httpClient.Do(request(ctx))
	if err != nil {
		return nil, inv.transportError(ctx, err, creds)
	}
	defer res.Body.Close()
	ans := &answer{status: res.StatusCode, header: res.Header}
	ans.body, ans.readErr = readBounded(res.Body, res.ContentLength, cfg.maxResponseBytes)
	if errors.Is(ans.readErr, errTooLarge) {
		_, _ = io.CopyN(io.Discard, res.Body, maxDrain) // a connection is used again only after its answer was read
	}
	if ans.readErr != nil && ctx.Err() != nil {
		return nil, inv.transportError(ctx, ans.readErr, creds)
	}
	return ans, nil
}

// request builds the HTTP request. The URL is assembled, not parsed: the path is made of
// unreserved characters and the query of escaped values.
func (inv *invocation) request(ctx context.Context, creds *credentials) *http.Request {
	cfg := inv.cfg
	n := len(paramSign) + 1 + len(creds.sign)
	for _, p := range inv.hidden {
		n += len(p.key) + 3*len(p.value.Reveal()) + 2
	}
	for _, p := range inv.params {
		n += len(p.key) + len(p.value) + 8
	}
	q := make([]byte, 0, n)
	for _, p := range inv.params {
		q = appendQueryEscaped(q, p.key)
		q = append(q, '=')
		q = appendQueryEscaped(q, p.value)
		q = append(q, '&')
	}
	for _, p := range inv.hidden {
		q = appendQueryEscaped(q, p.key)
		q = append(q, '=')
		q = appendQueryEscaped(q, p.value.Reveal())
		q = append(q, '&')
	}
	if inv.stamp == nil {
		q = q[:len(q)-1]
	} else {
		q = append(append(q, paramSign+"="...), creds.sign...)
	}

	const jsonType = "application/json"
	values := [...]string{creds.token, jsonType, cfg.userAgent, jsonType}
	req := &http.Request{
		Method:     inv.op.Method,
		URL:        &url.URL{Scheme: cfg.scheme, Host: cfg.host, Path: inv.path, RawQuery: string(q)},
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Host:       cfg.host,
		Header: http.Header{
			"X-Tts-Access-Token": values[0:1:1],
			"Content-Type":       values[1:2:2], // the platform wants it on every call, GET included
			"User-Agent":         values[2:3:3],
			"Accept":             values[3:4:4],
		},
	}
	inv.upload.addTo(ctx, req)
	if len(inv.body) > 0 {
		req.ContentLength = int64(len(inv.body))
		body := inv.body
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body, _ = req.GetBody()
	}
	return req.WithContext(ctx)
}

// appendQueryEscaped percent-escapes all but unreserved characters, a space
// as %20, which every decoder reads alike.
func appendQueryEscaped(dst []byte, s string) []byte {
	const hexDigits = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; isUnreserved(rune(c)) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}

// maxDrain bounds what is read of an answer that is too large, to keep its connection.
const maxDrain = 64 << 10

// errTooLarge ends the reading of an answer above the bound.
var errTooLarge = errors.New("answer exceeds the bound")

// readBounded reads at most limit bytes; the size announced, if any, saves growing the buffer.
func readBounded(r io.Reader, size, limit int64) ([]byte, error) {
	const trusted = 1 << 20 // more is allocated only as it arrives
	buf := make([]byte, 0, max(512, min(size, limit, trusted)+1))
	for {
		n, err := r.Read(buf[len(buf):min(int64(cap(buf)), limit+1)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > limit:
			return buf[:limit], errTooLarge
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		case len(buf) == cap(buf):
			buf = append(buf, 0)[:len(buf)]
		}
	}
}

// transportError wraps what the http.Client reported, without the URL that net/http puts in front.
func (inv *invocation) transportError(ctx context.Context, err error, creds *credentials) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err) // a connection may break because the context ended, and not say so
	}
	return &TransportError{Operation: inv.op.Name, PathTemplate: inv.op.Path, Err: inv.scrubber(creds).error(err), unsent: isUnsent(err)}
}
