package tiktokshop

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// takesIdempotencyKey tells whether the platform recognises a repeat of the operation by a key.
func (op *Operation) takesIdempotencyKey() bool {
	return op.IdempotencyQuery != "" || op.IdempotencyBody != ""
}

// addIdempotencyKey makes a key for the query of a call that takes one there, unless the caller gave one. All attempts of
// the call send the same key, as they do with one in the body.
func (inv *invocation) addIdempotencyKey() error {
	op := inv.op
	if key := op.IdempotencyQuery; key != "" && !slices.ContainsFunc(inv.params, func(p param) bool { return p.key == key }) {
		inv.params = append(inv.params, param{key, newUUID()})
	}
	if op.IdempotencyBody != "" && inv.upload != nil {
		return op.inputError("body", "must be JSON: the operation takes %s in it", op.IdempotencyBody)
	}
	return nil
}

// withIdempotencyKey returns a body that is not encoded yet with a key in it: the caller's, or one of its own.
// JSON of the caller's is sent as it is, so that it must have one.
func (op *Operation) withIdempotencyKey(body any) (any, error) {
	name := op.IdempotencyBody
	keyed, known := bind.WithText(body, name, newUUID)
	if known {
		return keyed, nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return body, nil // as its encoding will tell
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &fields); err != nil {
		return nil, op.inputError("body", "must be a JSON object: the operation takes %s in it", name)
	}
	switch string(fields[name]) {
	case "", "null", `""`:
		return nil, op.inputError(name, "%s: JSON of your own is sent as it is, and needs an idempotency key", bind.Missing)
	}
	return body, nil
}

// newUUID returns a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
