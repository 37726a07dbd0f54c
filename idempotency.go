package tiktokshop

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
)

// takesIdempotencyKey tells whether the platform recognises a repeat of the operation by a key.
func (op *Operation) takesIdempotencyKey() bool {
	return op.IdempotencyQuery != "" || op.IdempotencyBody != ""
}

// addIdempotencyKey makes a key for a call of an operation that takes one, unless the caller gave one. All
// attempts of the call send the same key.
func (inv *invocation) addIdempotencyKey() (err error) {
	op := inv.op
	if key := op.IdempotencyQuery; key != "" && !slices.ContainsFunc(inv.params, func(p param) bool { return p.key == key }) {
		inv.params = append(inv.params, param{key, newUUID()})
	}
	if op.IdempotencyBody != "" && inv.upload != nil {
		return op.inputError("body", "must be JSON: the operation takes %s in it", op.IdempotencyBody)
	}
	if op.IdempotencyBody != "" {
		inv.body, err = op.addBodyField(inv.body, op.IdempotencyBody, newUUID)
	}
	return err
}

// addBodyField adds a field to a JSON object unless it has a value there. What the caller wrote stays as it is.
func (op *Operation) addBodyField(body []byte, name string, value func() string) ([]byte, error) {
	if len(body) == 0 {
		body = []byte("{}")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, op.inputError("body", "must be a JSON object: the operation takes %s in it", name)
	}
	old, present := fields[name]
	switch string(old) {
	case "", "null", `""`:
	default:
		return body, nil
	}
	added, err := json.Marshal(map[string]string{name: value()})
	if err != nil {
		return nil, op.inputError("body", "cannot take %s: %v", name, err)
	}
	if present { // and empty
		delete(fields, name)
		if body, err = json.Marshal(fields); err != nil {
			return nil, op.inputError("body", "cannot take %s: %v", name, err)
		}
	}
	head := bytes.TrimRight(body, " \t\r\n")
	head = head[:len(head)-1] // without the brace
	out := make([]byte, 0, len(head)+len(added))
	out = append(out, head...)
	if len(fields) > 0 {
		out = append(out, ',')
	}
	return append(out, added[1:]...), nil
}

// newUUID returns a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
