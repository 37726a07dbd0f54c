package tiktokshop

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/pause"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
	"github.com/tiktokshop-go/tiktokshop/internal/stream"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
	"github.com/tiktokshop-go/tiktokshop/ratelimit"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Do calls an operation: it builds the request, signs it, sends it, reads the
// answer and decodes its data into a T. Every method of this SDK goes through it or Call, and an
// operation that has no method yet can be called with it.
//
// The error is an *InputError if nothing was sent, a *TransportError if no
// answer came, an *APIError for any answer but a success, a *TokenError if
// the token source had no token, and a *ContentError if a File could not be read.
func Do[T any](
	ctx context.Context, c *Client, op *Operation, params Params, opts ...Option,
) (*Response[T], error) {
	resp := new(Response[T])
	ans, err := c.do(ctx, op, opts, func(inv *invocation) error { return inv.encode(&params) },
		&resp.Data)
	return resp.with(ans, err)
}

// Call is Do with a request struct, which the generated packages have one of for each operation.
// Every field of the struct that req points to has one of the tags
//
//	path:"name"  a parameter of the operation's path
//	url:"name"   a parameter of the query; a list is joined with commas, an empty value is not sent, a nil pointer neither
//	json:"name"  a field of the JSON body, as encoding/json writes it
//	form:"name"  a part of a multipart/form-data body, which is sent instead: text, or a File
//
// and those of path and query the tag json:"-", or a name there if the body repeats them. What a
// tag such as check:"required,min=1,max=100,maxlen=50,maxitems=50" asks for is checked before
// anything is sent, also inside structs, lists and maps; an *InputError names the field, such as
// "SKUs[2].Price.Amount". A nil pointer stands for an empty request.
//
//   - required: not empty; not nil; not the zero time; not a File without content. A number or bool
//     that is no pointer is then always sent.
//   - default: what is sent instead of an empty value, a zero or a nil pointer, which then counts
//     as given, as in check:"required,default=20". The request of the caller stays as it is.
//   - oneof: the texts or whole numbers that the platform takes, as in check:"oneof=12|20".
//   - min, max: the least and the largest number. A zero that is not sent is not checked.
//   - maxlen: the most characters of a string.
//   - maxitems: the most elements of a list.
//
// Parameters of the path must not be empty, and an ID must not have passed through a float64, with
// or without a tag. What tags cannot say a request may have a method Validate() error for, which is
// asked, too: it returns *InputErrors without an operation, one or several joined.
func Call[T any](
	ctx context.Context, c *Client, op *Operation, req any, opts ...Option,
) (*Response[T], error) {
	if req == nil {
		return Do[T](ctx, c, op, Params{}, opts...)
	}
	resp := new(Response[T])
	ans, err := c.do(ctx, op, opts, func(inv *invocation) error { return inv.bind(req) },
		&resp.Data)
	return resp.with(ans, err)
}

// with adds the envelope of an answer to its data.
func (r *Response[T]) with(ans *answer, err error) (*Response[T], error) {
	if err != nil {
		return nil, err
	}
	r.Code, r.Message, r.RequestID = ans.code, ans.message, ans.requestID
	r.HTTPStatus, r.Header, r.Raw, r.Mismatches = ans.status, ans.header, ans.body, ans.mismatches
	return r, nil
}

// do is Do and Call without their type parameter. encode takes path, query and body from the
// input; data points to the Data of the Response.
func (c *Client) do(
	ctx context.Context, op *Operation, opts []Option, encode func(*invocation) error, data any,
) (*answer, error) {
	inv, err := c.prepare(ctx, op, opts, encode)
	if err != nil {
		return nil, err
	}
	ans, err := inv.call(ctx, data)
	if err == nil && op.SecretAnswer {
		ans.body = nil
	}
	return ans, err
}

// call makes attempts until one succeeds or none may follow. All requests of the SDK are made here.
func (inv *invocation) call(ctx context.Context, data any) (*answer, error) {
	start := time.Now()
	inv.records().Retired(ctx, inv.op.Retired, inv.op.Successor, inv.cfg.now)
	ctx, observers := inv.startObserved(ctx, 0)
	ans, err := inv.loop(ctx, data)
	if err != nil {
		inv.describe(err, time.Since(start))
	}
	observers.end(inv, start, inv.waitedInAll+inv.waited, ans, err)
	return ans, err
}

// loop is the order of things: admit, token, stamp and sign, send, read, decode, decide.
func (inv *invocation) loop(ctx context.Context, data any) (*answer, error) {
	var last error // of the attempt before
	for {
		if !inv.upload.Rewind() { // the first time there is nothing to rewind
			return nil, last
		}
		if err := inv.admit(ctx); err != nil {
			return nil, inv.interrupted(err, last)
		}
		token, err := inv.accessToken(ctx)
		if err != nil {
			inv.report(ctx, err)
			return nil, err
		}
		at := inv.begin(ctx, token)
		inv.stampAndSign(&at)
		ans, err := inv.send(&at)
		if err == nil {
			err = inv.read(ans, &at, data)
		}
		inv.end(&at, ans, err)
		inv.report(ctx, err)
		if err == nil {
			return ans, nil
		}

		next := inv.decide(ctx, &at, err)
		switch next.step {
		case stop:
			if next.reason != "" && inv.cfg.retry.MaxAttempts > 1 {
				inv.records().GivenUp(ctx, next.reason, inv.waitedInAll, err)
			}
			return nil, err
		case signAgain:
			inv.resigned = true
			if inv.cfg.skew.Learn(next.offset) {
				inv.records().WrongClock(ctx, next.offset)
			}
		case renewToken:
			inv.renewed = true
			if renewErr := inv.renewToken(ctx, &at, err); renewErr != nil {
				return nil, renewErr
			}
		case repeat:
			if waitErr := pause.For(ctx, next.wait); waitErr != nil {
				return nil, inv.interrupted(waitErr, err)
			}
			inv.waited += next.wait
		}
		last = err
	}
}

// prepared is a call made ready: what all its attempts have in common. It does not change any more
// once the first of them has begun.
type prepared struct {
	cfg  *config
	op   *Operation
	path string
	// in signing order, app key and timestamp included; the timestamp has no value here
	params []bind.Param
	stamp  int          // the index of the timestamp in params, -1 if the request is not signed
	body   []byte       // JSON
	upload *stream.Body // a body that is not signed, instead
	hidden []hiddenParam

	// Of a request to the token host.
	closing  bool                                           // its connection is not kept
	readData func(*invocation, *answer, *credentials) error // instead of decode
}

// hiddenParam is a parameter of the query whose value is a secret. It is not signed.
type hiddenParam struct {
	key   string
	value token.Secret
}

// invocation is a call under way: what has come of its attempts so far. They follow each other.
type invocation struct {
	prepared

	made      int          // attempts
	ambiguous bool         // one of them may have taken effect
	resigned  bool         // with the platform's clock
	renewed   bool         // the access token
	token     token.Secret // for the next attempt, instead of what the source gives out

	waited, waitedInAll time.Duration   // before the next attempt; before those made
	quota               ratelimit.Quota // for the limiter, if there is one
	admitted            time.Time       // by it
}

// attempt is what one attempt has of its own.
type attempt struct {
	credentials
	ctx       context.Context
	number    int
	start     time.Time
	timestamp string // as it is signed
	observers observed
}

// credentials are what one attempt proves itself with. They live as long as the attempt and go into
// the request and the scrubber only.
type credentials struct {
	token, sign string
	offset      time.Duration // that was added to the clock
}

// Format prints no secret, whatever the verb.
func (credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, scrub.Redacted) }

// prepare checks and encodes a call. Nothing has been sent when it fails.
func (c *Client) prepare(
	ctx context.Context, op *Operation, opts []Option, encode func(*invocation) error,
) (*invocation, error) {
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
	inv := &invocation{prepared: prepared{cfg: cfg, op: op, stamp: -1}}
	err = encode(inv)
	var identifierErr, tokenErr error
	inv.params, identifierErr = op.appendIdentifier(inv.params, cfg)
	if cfg.tokens == nil {
		tokenErr = op.inputError("access token",
			"is missing: set it with WithAccessToken or WithTokenSource")
	}
	if err = joinErrors(err, identifierErr, tokenErr); err != nil {
		return nil, err
	}
	if op.takesIdempotencyKey() {
		if err = inv.addIdempotencyKey(); err != nil {
			return nil, err
		}
	}
	inv.params = append(inv.params, bind.Param{Key: paramAppKey, Value: cfg.signer.appKey})
	if op.Unsigned {
		return inv, nil
	}
	inv.params = append(inv.params, bind.Param{Key: paramTimestamp, Value: ""})
	sortParams(inv.params)
	for i := range inv.params {
		if inv.params[i].Key == paramTimestamp {
			inv.stamp = i
		}
	}
	return inv, nil
}

// begin begins an attempt.
func (inv *invocation) begin(ctx context.Context, token token.Secret) attempt {
	inv.made++
	at := attempt{credentials: credentials{token: token.Reveal()}, number: inv.made,
		start: time.Now()}
	at.ctx, at.observers = inv.startObserved(ctx, at.number)
	return at
}

// stampAndSign gives an attempt a timestamp and the signature over it.
func (inv *invocation) stampAndSign(at *attempt) {
	at.offset = inv.cfg.skew.Get()
	if inv.stamp < 0 {
		return
	}
	at.timestamp = strconv.FormatInt(inv.cfg.now().Add(at.offset).Unix(), 10)
	var room [16]bind.Param
	params := append(room[:0], inv.params...)
	params[inv.stamp].Value = at.timestamp
	var sign [2 * sha256.Size]byte
	at.sign = string(inv.cfg.signer.appendSign(sign[:0], inv.path, params, inv.body))
}

// send sends the request in its time and reads the answer, whatever it is, within its bounds.
func (inv *invocation) send(at *attempt) (*answer, error) {
	ans, err := inv.exchange(at)
	// whatever the transport or the platform made of half a request
	if f := inv.upload.Failed(); f != nil {
		return nil, &ContentError{Operation: inv.op.Name, Field: f.Field,
			Err: inv.scrubber(&at.credentials).Error(f.Err)}
	}
	return ans, err
}

// timeLimit is that of an attempt, 0 for none. An upload has more, by its size.
func (inv *invocation) timeLimit() time.Duration {
	if inv.cfg.attemptTimeout == 0 {
		return 0
	}
	return inv.cfg.attemptTimeout + inv.upload.Time()
}

func (inv *invocation) exchange(at *attempt) (*answer, error) {
	cfg := inv.cfg
	once := !inv.repeatSafe() || inv.made >= cfg.retry.MaxAttempts
	w := wire.Start(at.ctx, inv.timeLimit(), ErrAttemptTimeout, once)
	defer w.End()
	defer inv.upload.Stop(w.Context())
	defer func() {
		if again := w.Requests() - 1; again > 0 { // by net/http itself
			inv.made += again
			inv.ambiguous = true
		}
	}()
	res, err := cfg.httpClient.Do(inv.request(at, w))
	if err != nil {
		return nil, inv.transportError(at, w, err)
	}
	defer res.Body.Close()
	ans := &answer{status: res.StatusCode, header: res.Header}
	ans.body, ans.readErr = wire.Read(res, cfg.maxResponseBytes)
	if ans.readErr != nil && w.Context().Err() != nil {
		return nil, inv.transportError(at, w, ans.readErr)
	}
	return ans, nil
}

// read decodes an answer; data points to what its data is decoded into.
func (inv *invocation) read(ans *answer, at *attempt, data any) error {
	if inv.readData != nil {
		return inv.readData(inv, ans, &at.credentials)
	}
	if at.number > 1 {
		reflect.ValueOf(data).Elem().SetZero() // a refused answer may have left something
	}
	err := inv.decode(ans, &at.credentials, data)
	if err == nil && inv.cfg.unknown != nil {
		inv.cfg.unknown(inv, at, ans, reflect.TypeOf(data).Elem())
	}
	return err
}

// end notes how an attempt ended, and tells observers and log.
func (inv *invocation) end(at *attempt, ans *answer, err error) {
	inv.ambiguous = inv.ambiguous || err != nil && classify(err) == failureAmbiguous
	at.observers.end(inv, at.start, inv.waited, ans, err)
	inv.logAttempt(at, ans, err)
	if inv.cfg.dump != nil {
		inv.cfg.dump(inv, at, ans, err)
	}
	inv.waitedInAll, inv.waited = inv.waitedInAll+inv.waited, 0
}

// header is that of an attempt's request, but for the content type of an upload.
func (inv *invocation) header(at *attempt) http.Header {
	const jsonType = "application/json"
	values := [...]string{inv.cfg.userAgent, jsonType, at.token, jsonType}
	header := make(http.Header, 4)
	header["User-Agent"] = values[0:1:1]
	header["Accept"] = values[1:2:2]
	if at.token != "" {
		header["X-Tts-Access-Token"] = values[2:3:3]
		header["Content-Type"] = values[3:4:4] // the platform wants it on every call, GET included
	}
	return header
}

// request builds the HTTP request. The URL is assembled, not parsed: the path is made of
// unreserved characters and the query of escaped values.
func (inv *invocation) request(at *attempt, w *wire.Attempt) *http.Request {
	cfg := inv.cfg
	req := (&http.Request{ // on the stack, as WithContext copies it
		Method: inv.op.Method,
		URL: &url.URL{Scheme: cfg.scheme, Host: cfg.host, Path: inv.path,
			RawQuery: inv.query(at)},
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Host:       cfg.host,
		Header:     inv.header(at),
		Close:      inv.closing,
	}).WithContext(w.Context())
	if len(inv.body) > 0 {
		w.SetBody(req, inv.body)
		return req
	}
	inv.upload.AddTo(w.Context(), req)
	w.Guard(req)
	return req
}

// usualQuery is what most queries fit into.
const usualQuery = 512

// query writes the query of an attempt.
func (inv *invocation) query(at *attempt) string {
	var q strings.Builder
	q.Grow(usualQuery)
	for i, p := range inv.params {
		if i == inv.stamp {
			p.Value = at.timestamp
		}
		wire.AddQuery(&q, p.Key, p.Value)
	}
	for _, p := range inv.hidden {
		wire.AddQuery(&q, p.key, p.value.Reveal())
	}
	if at.sign != "" {
		wire.AddQuery(&q, paramSign, at.sign)
	}
	return q.String()
}

// transportError describes an attempt without an answer.
func (inv *invocation) transportError(at *attempt, w *wire.Attempt, err error) error {
	cause, unsent := w.Explain(at.ctx, err)
	return &TransportError{
		Operation: inv.op.Name, PathTemplate: inv.op.Path,
		Err: inv.scrubber(&at.credentials).Error(cause), unsent: unsent,
	}
}
