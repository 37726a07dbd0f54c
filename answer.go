package tiktokshop

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/tiktokshop-go/tiktokshop/internal/envelope"
	"github.com/tiktokshop-go/tiktokshop/internal/refusal"
	"github.com/tiktokshop-go/tiktokshop/internal/relax"
	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
	"github.com/tiktokshop-go/tiktokshop/internal/wire"
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

// decode reads the envelope of an answer and, if it is a success, its data.
// Anything else becomes an *APIError.
func (inv *invocation) decode(ans *answer, creds *credentials, data any) error {
	if errors.Is(ans.readErr, wire.ErrTooLarge) {
		return inv.apiError(ans, creds, ErrResponseTooLarge,
			fmt.Errorf("more than %d bytes", inv.cfg.maxResponseBytes))
	}
	if ans.readErr != nil {
		return inv.cutShort(ans, creds, ans.readErr)
	}
	if inv.op.Unsigned && isSuccess(ans.status) && len(bytes.TrimSpace(ans.body)) == 0 {
		return nil
	}
	env, mismatches, err := envelope.Decode(ans.body, data)
	if err == envelope.ErrCut {
		return inv.cutShort(ans, creds, io.ErrUnexpectedEOF)
	}
	if err != nil && ans.status >= 300 && ans.status <= 399 {
		err = errRedirect
	}
	if err != nil {
		return inv.apiError(ans, creds, nil, err)
	}
	ans.code, ans.message, ans.requestID = env.Code, env.Message, env.RequestID
	ans.mismatches = inv.mismatches(mismatches, creds)
	switch {
	case !env.HasCode && inv.op.Unsigned && isSuccess(ans.status):
		return nil
	case !env.HasCode:
		return inv.apiError(ans, creds, nil, errNoCode)
	case ans.code != 0:
		return inv.apiError(ans, creds, nil, nil)
	case !isSuccess(ans.status):
		return inv.apiError(ans, creds, nil, errContradiction)
	}
	return nil
}

func isSuccess(status int) bool { return status >= 200 && status <= 299 }

// mismatches are what did not fit, for the Response. Keys of maps are the platform's.
func (inv *invocation) mismatches(found []relax.Mismatch, creds *credentials) []Mismatch {
	if len(found) == 0 {
		return nil
	}
	mask := inv.scrubber(creds)
	all := make([]Mismatch, len(found))
	for i, m := range found {
		all[i] = Mismatch{Path: mask.Text("data" + m.Path), Reason: m.Reason}
	}
	return all
}

var (
	errRedirect = errors.New(
		"a redirect, which is not followed because it would take the access token along")
	errNoCode        = errors.New("the answer has no code")
	errContradiction = errors.New("the answer's code says success, its HTTP status does not")
)

// cutShort describes an answer that came in part. A status that says enough decides its kind.
func (inv *invocation) cutShort(ans *answer, creds *credentials, cause error) error {
	kind := ErrInvalidResponse
	if ans.status == http.StatusTooManyRequests || ans.status >= 500 {
		kind = nil
	}
	return inv.apiError(ans, creds, kind, &wire.CutShort{Err: inv.scrubber(creds).Error(cause)})
}

// scrubber knows app secret, access token, the attempt's signature and the secret parameters.
func (inv *invocation) scrubber(creds *credentials) *scrub.Scrubber {
	secrets := []string{inv.cfg.signer.secret.Reveal(), creds.token, creds.sign}
	for _, p := range inv.hidden {
		secrets = append(secrets, p.value.Reveal())
	}
	return scrub.New(secrets...)
}

// hidesAnswer reports whether an answer may hold a secret that is new, such as a token.
func (inv *invocation) hidesAnswer() bool { return inv.op.SecretAnswer || inv.readData != nil }

// apiError describes an answer that is no success; a nil kind is found by status, code, message.
func (inv *invocation) apiError(ans *answer, creds *credentials, kind, cause error) error {
	if kind == nil {
		kind = refusal.Kind(ans.status, ans.code, ans.message)
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
		RetryAfter:   wire.RetryAfter(ans.header.Get("Retry-After"), now),
		Body:         body,
		kind:         kind,
		cause:        cause,
		date:         date,
	}
}
