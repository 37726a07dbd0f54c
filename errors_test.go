package tiktokshop

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPIErrorLogValue(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := &APIError{Operation: "Test.Op", HTTPStatus: 401, Code: 105005, Message: "Access denied.",
		RequestID: "R", LogID: "L", Body: []byte("body"), kind: ErrPermission}
	slog.New(slog.NewJSONHandler(&out, nil)).Error("call", "err", err)
	assert.Contains(t, out.String(),
		`"err":{"operation":"Test.Op","status":401,"code":105005,"message":"Access denied.","request_id":"R","log_id":"L","kind":"permission denied"}`)
}

type timeout struct{}

func (timeout) Error() string { return "i/o timeout" }
func (timeout) Timeout() bool { return true }

func TestTransportError(t *testing.T) {
	t.Parallel()
	err := error(&TransportError{Operation: "Test.Op", Err: timeout{}})
	assert.EqualError(t, err, "tiktokshop: Test.Op: no answer: i/o timeout")
	var te *TransportError
	require.ErrorAs(t, err, &te)
	assert.True(t, te.Timeout())
	assert.False(t, (&TransportError{Err: errors.New("refused")}).Timeout())
	assert.ErrorIs(t, &TransportError{Err: context.Canceled}, context.Canceled)
}
