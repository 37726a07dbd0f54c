package tiktokshop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/relax"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
)

// answer is one HTTP answer, read, and the envelope found in it.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	readErr error // why body is incomplete

	code       int
	message    string
	requestID  string
	mismatches []Mismatch // of the data
}

// envelope is the JSON around every result. Data holds a pointer to decode into.
type envelope struct {
	Code      envelopeCode `json:"code"`
	Message   string       `json:"message"`
	RequestID string       `json:"request_id"`
	Data      any          `json:"data"`
}

// looseEnvelope is an envelope that takes what does not fit an envelope.
type looseEnvelope struct {
	Code      envelopeCode    `json:"code"`
	Message   envelopeText    `json:"message"`
	RequestID envelopeText    `json:"request_id"`
	Data      json.RawMessage `json:"data"`
}

// envelopeCode is a code that arrives as a number or a numeric string.
type envelopeCode struct {
	value   int
	present bool
}

func (c *envelopeCode) UnmarshalJSON(b []byte) error {
	s, err := scalarText(b, "code")
	if err != nil || s == "" {
		return err
	}
	if c.value, err = strconv.Atoi(s); err != nil {
		return errors.New("tiktokshop: code: want a whole number")
	}
	c.present = true
	return nil
}

// envelopeText is a string; what is not one is kept as its JSON, for people.
type envelopeText string

func (t *envelopeText) UnmarshalJSON(b []byte) error {
	s, err := scalarText(b, "text")
	if err != nil {
		s = string(b)
	}
	*t = envelopeText(s)
	return nil
}

// decode reads the envelope of an answer and, if it is a success, its data.
// Anything else becomes an *APIError.
func (inv *invocation) decode(ans *answer, creds *credentials, data any) error {
	if errors.Is(ans.readErr, errTooLarge) {
		return inv.apiError(ans, creds, ErrResponseTooLarge, fmt.Errorf("more than %d bytes", inv.cfg.maxResponseBytes))
	}
	if ans.readErr != nil {
		return inv.cutShort(ans, creds, ans.readErr)
	}
	if inv.op.Unsigned && isSuccess(ans.status) && len(bytes.TrimSpace(ans.body)) == 0 {
		return nil
	}
	env := envelope{Data: data}
	if err := json.Unmarshal(ans.body, &env); err != nil {
		// Something in it does not fit; the envelope still counts, and so does all that fits.
		var loose looseEnvelope
		if err := json.Unmarshal(ans.body, &loose); err != nil {
			if isCutJSON(ans.body, err) {
				return inv.cutShort(ans, creds, io.ErrUnexpectedEOF)
			}
			cause := errNotJSON
			if ans.status >= 300 && ans.status <= 399 {
				cause = errRedirect
			}
			return inv.apiError(ans, creds, nil, cause)
		}
		env.Code, env.Message, env.RequestID = loose.Code, string(loose.Message), string(loose.RequestID)
		ans.mismatches = inv.decodeData(loose.Data, data, creds)
	}
	ans.code, ans.message, ans.requestID = env.Code.value, env.Message, env.RequestID
	switch {
	case !env.Code.present && inv.op.Unsigned && isSuccess(ans.status):
		return nil
	case !env.Code.present:
		return inv.apiError(ans, creds, nil, errNoCode)
	case ans.code != 0:
		return inv.apiError(ans, creds, nil, nil)
	case !isSuccess(ans.status):
		return inv.apiError(ans, creds, nil, errContradiction)
	}
	return nil
}

func isSuccess(status int) bool { return status >= 200 && status <= 299 }

// decodeData decodes data that does not fit as it stands: an empty list where an object belongs, or the
// reverse; numbers in strings, strings as numbers, one element instead of a list. What fits in no way is left out and told of.
func (inv *invocation) decodeData(raw json.RawMessage, data any, creds *credentials) []Mismatch {
	v := reflect.ValueOf(data).Elem()
	v.SetZero()
	if len(raw) == 0 {
		return nil
	}
	found, _ := relax.Unmarshal(raw, data) // a part of valid JSON
	if len(found) == 0 {
		return nil
	}
	scrub := inv.scrubber(creds) // keys are the platform's
	mismatches := make([]Mismatch, len(found))
	for i, m := range found {
		mismatches[i] = Mismatch{Path: scrub.Text("data" + m.Path), Reason: m.Reason}
	}
	return mismatches
}

var (
	errNotJSON       = errors.New("the answer is not the platform's JSON")
	errRedirect      = errors.New("a redirect, which is not followed because it would take the access token along")
	errNoCode        = errors.New("the answer has no code")
	errContradiction = errors.New("the answer's code says success, its HTTP status does not")
)

// cutShort describes an answer that did not arrive whole. A status that says enough by itself decides its kind.
func (inv *invocation) cutShort(ans *answer, creds *credentials, cause error) error {
	kind := ErrInvalidResponse
	if ans.status == http.StatusTooManyRequests || ans.status >= 500 {
		kind = nil
	}
	return inv.apiError(ans, creds, kind, inv.scrubber(creds).Error(&readError{cause}))
}

// isCutJSON recognises the beginning of an answer whose end the connection's close was taken for.
func isCutJSON(body []byte, err error) bool {
	var syntax *json.SyntaxError
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && errors.As(err, &syntax) && syntax.Offset == int64(len(body))
}

// readError is a failure while the body was read.
type readError struct{ err error }

func (e *readError) Error() string { return "answer cut short: " + e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

func isReadError(err error) bool {
	var r *readError
	return errors.As(err, &r)
}

// isWhole tells whether a body is a whole document, which is an answer even if the connection broke right after it.
func isWhole(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && json.Valid(body)
}

// scrubber knows the app secret, the access token, the attempt's signature and the secret parameters.
func (inv *invocation) scrubber(creds *credentials) *scrub.Scrubber {
	secrets := []string{inv.cfg.signer.secret.reveal(), creds.token, creds.sign}
	for _, p := range inv.hidden {
		secrets = append(secrets, p.value.Reveal())
	}
	return scrub.New(secrets...)
}

// hidesAnswer reports whether an answer may hold a secret that the scrubber does not know, such as a new token.
func (inv *invocation) hidesAnswer() bool { return inv.op.SecretAnswer || inv.readData != nil }

// apiError describes an answer that is no success; a nil kind is worked out from status, code and message.
func (inv *invocation) apiError(ans *answer, creds *credentials, kind, cause error) error {
	if kind == nil {
		kind = kindOf(ans.status, ans.code, ans.message)
	}
	scrub := inv.scrubber(creds)
	body := scrub.Head(ans.body, maxErrorBody)
	if inv.hidesAnswer() {
		body = nil
	}
	ans.requestID = scrub.Text(ans.requestID) // which is logged, too
	date, dateErr := http.ParseTime(ans.header.Get("Date"))
	now := date // a Retry-After date is of the same clock
	if dateErr != nil {
		now = inv.cfg.now().Add(creds.offset)
	}
	return &APIError{
		Operation:    inv.op.Name,
		PathTemplate: inv.op.Path,
		HTTPStatus:   ans.status,
		Code:         ans.code,
		Message:      scrub.Text(ans.message),
		RequestID:    ans.requestID,
		LogID:        scrub.Text(ans.header.Get("X-Tt-Logid")),
		Scopes:       inv.op.Scopes,
		Successor:    inv.op.Successor,
		RetryAfter:   parseRetryAfter(ans.header.Get("Retry-After"), now),
		Body:         body,
		kind:         kind,
		cause:        cause,
		date:         date,
	}
}

// maxRetryAfter bounds what a Retry-After header can ask for.
const maxRetryAfter = 24 * time.Hour

// parseRetryAfter reads seconds, of any number of digits, or an HTTP date; anything else, and the past, is 0.
func parseRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	seconds, err := strconv.ParseInt(header, 10, 64)
	// Digits that are too many for an int64 are read as the largest one.
	if err == nil || bind.IsDigits(header) {
		return time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
