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

var allKinds = []error{
	ErrTokenExpired, ErrTokenInvalid, ErrAuthCodeInvalid, ErrRefreshTokenInvalid, ErrInvalidAppKey, ErrInvalidSignature, ErrClockSkew, ErrPermission, ErrIPNotAllowed,
	ErrUnexpectedIdentifier, ErrMissingIdentifier, ErrInvalidIdentifier, ErrInvalidRequest, ErrNotFound, ErrRateLimited,
	ErrQuotaExhausted, ErrUnavailable, ErrVersionRetired, ErrInvalidResponse, ErrResponseTooLarge,
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status, code int
		message      string
		want         error
	}{
		{401, 105002, "Expired credentials.", ErrTokenExpired},
		{200, 105001, "your token has been deauthorized", ErrTokenInvalid},
		{200, 105004, "auth state is inactive", ErrPermission},
		{401, 105005, "Access denied.", ErrPermission},
		{200, 101000, "Invalid query or header.", ErrInvalidIdentifier},
		{401, 106001, "Invalid credentials.", ErrInvalidSignature},
		{200, 106011, "", ErrInvalidIdentifier},
		{200, 106013, "Missing identifier.", ErrMissingIdentifier},
		{429, 36009002, "", ErrRateLimited},
		{200, 36009002, "", ErrRateLimited},
		{429, 36009037, "", ErrQuotaExhausted},
		{200, 45101004, "", ErrQuotaExhausted},
		{200, 36009003, "", ErrUnavailable},
		{504, 36009007, "", ErrUnavailable},
		{404, 36009009, "", ErrNotFound},
		{405, 36009010, "", ErrInvalidRequest},
		{200, 36009014, "", ErrVersionRetired},
		{200, 36004001, "rt has expired", ErrRefreshTokenInvalid},
		{200, 36004005, "", ErrRefreshTokenInvalid},
		{200, 36004004, "invalid auth code", ErrAuthCodeInvalid},
		{200, 98001004, "", ErrInvalidRequest},
		{200, 36009021, "", ErrInvalidRequest},
		{200, 36009022, "", ErrInvalidRequest},
		{200, 36009023, "", ErrInvalidRequest},
		{403, 36009033, "", ErrIPNotAllowed},
		{401, 36009043, "", ErrPermission},
		{401, 36009044, "", ErrPermission},
		{200, 16032001, "", ErrInvalidRequest},
		{200, 16032005, "", ErrNotFound},
		{200, 16032007, "", ErrPermission},
		{200, 16032009, "", ErrInvalidRequest},
		{200, 16032010, "", ErrNotFound},
		{200, 12056001, "", ErrUnavailable},
		{200, 177001008, "", ErrRateLimited},
		{408, 0, "", ErrUnavailable},
		{405, 0, "", ErrInvalidRequest},
		{200, 12052024, "Category is not final category", nil},

		// The overloaded code, with the quotes of the documents and those of the live gateway.
		{401, 36009004, "Missing credentials. The request does not include a required signature in the query.", ErrInvalidSignature},
		{401, 36009004, "Invalid credentials. The `access_token` header is invalid.", ErrTokenInvalid},
		{401, 36009004, "Invalid credentials. The 'x-tts-access-token' header is invalid.", ErrTokenInvalid},
		{400, 36009004, "Invalid credentials. Invalid 'app_key' query parameter. For more details: …", ErrInvalidAppKey},
		{400, 36009004, "Invalid timestamp. The value of the `timestamp` query parameter must not be lesser than 0.", ErrClockSkew},
		{400, 36009004, "Invalid timestamp. … must not be earlier than 5 minutes before the current time.", ErrClockSkew},
		{400, 36009004, "The 'timestamp' query parameter must not exceed the current time by more than 30 seconds.", ErrClockSkew},
		{400, 36009004, "Unexpected identifier. The `shop_cipher` query parameter is not required for this request.", ErrUnexpectedIdentifier},
		{400, 36009004, "The 'category_asset_cipher' query parameter is not required for this request.", ErrUnexpectedIdentifier},
		{400, 36009004, "Missing identifier. The `shop_cipher` query parameter is required to identify the target shop.", ErrMissingIdentifier},
		{400, 36009004, "Invalid identifier. The `shop_id` query parameter is invalid.", ErrInvalidIdentifier},
		{400, 36009004, "Invalid API version. The `version` value is invalid or unsupported.", ErrVersionRetired},
		{200, 36009004, "The version name is invalid, please check and retry.", ErrVersionRetired},
		{200, 36009004, "PageSize is required", ErrInvalidRequest},
		{200, 36009004, "param create_time_ge type invalid. actual type:string, expected type:int64", ErrInvalidRequest},
		{200, 36009004, "param timestamp_ge type invalid. actual type:string, expected type:int64", ErrInvalidRequest},
	} {
		assert.Equal(t, tc.want, kindOf(tc.status, tc.code, tc.message), "%d %d %s", tc.status, tc.code, tc.message)
	}
}

func TestAPIErrorLogValue(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := &APIError{Operation: "Test.Op", HTTPStatus: 401, Code: 105005, Message: "Access denied.", RequestID: "R", LogID: "L", Body: []byte("body"), kind: ErrPermission}
	slog.New(slog.NewJSONHandler(&out, nil)).Error("call", "err", err)
	assert.Contains(t, out.String(), `"err":{"operation":"Test.Op","status":401,"code":105005,"message":"Access denied.","request_id":"R","log_id":"L","kind":"permission denied"}`)
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
