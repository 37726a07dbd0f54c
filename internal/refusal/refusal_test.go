package refusal

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tiktokshop-go/tiktokshop/token"
)

func TestKind(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status, code int
		message      string
		want         error
	}{
		{401, 105002, "Expired credentials.", token.ErrExpired},
		{200, 105001, "your token has been deauthorized", TokenInvalid},
		{200, 105004, "auth state is inactive", Permission},
		{401, 105005, "Access denied.", Permission},
		{200, 101000, "Invalid query or header.", InvalidIdentifier},
		{401, 106001, "Invalid credentials.", InvalidSignature},
		{200, 106011, "", InvalidIdentifier},
		{200, 106013, "Missing identifier.", MissingIdentifier},
		{429, 36009002, "", RateLimited},
		{200, 36009002, "", RateLimited},
		{429, 36009037, "", QuotaExhausted},
		{200, 45101004, "", QuotaExhausted},
		{200, 36009003, "", Unavailable},
		{504, 36009007, "", Unavailable},
		{404, 36009009, "", NotFound},
		{405, 36009010, "", InvalidRequest},
		{200, 36009014, "", VersionRetired},
		{200, 36004001, "rt has expired", token.ErrRefused},
		{200, 36004005, "", token.ErrRefused},
		{200, 36004004, "invalid auth code", AuthCodeInvalid},
		{200, 98001004, "", InvalidRequest},
		{200, 36009021, "", InvalidRequest},
		{200, 36009022, "", InvalidRequest},
		{200, 36009023, "", InvalidRequest},
		{403, 36009033, "", IPNotAllowed},
		{401, 36009043, "", Permission},
		{401, 36009044, "", Permission},
		{200, 16032001, "", InvalidRequest},
		{200, 16032005, "", NotFound},
		{200, 16032007, "", Permission},
		{200, 16032009, "", InvalidRequest},
		{200, 16032010, "", NotFound},
		{200, 12056001, "", Unavailable},
		{200, 177001008, "", RateLimited},
		{408, 0, "", Unavailable},
		{405, 0, "", InvalidRequest},
		{200, 12052024, "Category is not final category", nil},

		// The overloaded code, with the quotes of the documents and those of the live gateway.
		{401, 36009004,
			"Missing credentials. The request does not include a required signature in the query.",
			InvalidSignature},
		{401, 36009004, "Invalid credentials. The `access_token` header is invalid.", TokenInvalid},
		{401, 36009004, "Invalid credentials. The 'x-tts-access-token' header is invalid.",
			TokenInvalid},
		{400, 36009004,
			"Invalid credentials. Invalid 'app_key' query parameter. For more details: …",
			InvalidAppKey},
		{400, 36009004,
			"Invalid timestamp. The value of the `timestamp` query parameter must not be lesser than 0.", ClockSkew},
		{400, 36009004,
			"Invalid timestamp. … must not be earlier than 5 minutes before the current time.",
			ClockSkew},
		{400, 36009004,
			"The 'timestamp' query parameter must not exceed the current time by more than 30 seconds.", ClockSkew},
		{400, 36009004,
			"Unexpected identifier. The `shop_cipher` query parameter is not required for this request.", UnexpectedIdentifier},
		{400, 36009004,
			"The 'category_asset_cipher' query parameter is not required for this request.",
			UnexpectedIdentifier},
		{400, 36009004,
			"Missing identifier. The `shop_cipher` query parameter is required to identify the target shop.", MissingIdentifier},
		{400, 36009004, "Invalid identifier. The `shop_id` query parameter is invalid.",
			InvalidIdentifier},
		{400, 36009004, "Invalid API version. The `version` value is invalid or unsupported.",
			VersionRetired},
		{200, 36009004, "The version name is invalid, please check and retry.", VersionRetired},
		{200, 36009004, "PageSize is required", InvalidRequest},
		{200, 36009004,
			"param create_time_ge type invalid. actual type:string, expected type:int64",
			InvalidRequest},
		{200, 36009004, "param timestamp_ge type invalid. actual type:string, expected type:int64",
			InvalidRequest},

		// The HTTP status decides where the code says nothing.
		{400, 0, "", InvalidRequest},
		{400, 12052024, "", InvalidRequest},
		{401, 0, "", TokenInvalid},
		{402, 12052024, "", nil},
		{403, 0, "", Permission},
		{404, 0, "", NotFound},
		{409, 12052024, "", nil},
		{429, 0, "", RateLimited},
		{429, 36009004, "invalid api version", RateLimited},
		{499, 12052024, "", nil},
		{500, 0, "", Unavailable},
		{502, 12052024, "", Unavailable},
		{200, 0, "", InvalidResponse},
		{302, 0, "", InvalidResponse},
		{200, 1, "", nil},

		// A cipher that is not named is none.
		{400, 36009004, "The name query parameter is required.", InvalidRequest},
		{400, 36009004, "The name query parameter is not required.", InvalidRequest},
		{400, 36009004, "The shop_cipher query parameter is malformed.", InvalidRequest},
		{400, 36009004, "unexpected identifier", UnexpectedIdentifier},
		{400, 36009004, "missing identifier", MissingIdentifier},
		{400, 36009004, "the category_asset_cipher query parameter is required", MissingIdentifier},
		{400, 36009004, "invalid identifier", InvalidIdentifier},
		{400, 36009004, "shop_id", InvalidRequest},
		{400, 36009004, "timestamp lesser than 0", ClockSkew},
		{400, 36009004, "lesser than 0", InvalidRequest},
		{400, 36009004, "signature", InvalidSignature},
		{400, 36009004, "missing credentials", InvalidSignature},
	} {
		assert.Equal(t, tc.want, Kind(tc.status, tc.code, tc.message), "%d %d %s", tc.status,
			tc.code, tc.message)
	}
}

// TestEveryCode: a code that has a kind has it whatever the message, and the numbers beside it have
// none.
func TestEveryCode(t *testing.T) {
	t.Parallel()
	for kind, codes := range map[error][]int{
		TokenInvalid:      {105001},
		token.ErrExpired:  {105002},
		Permission:        {105004, 105005, 36009043, 36009044, 16032007},
		InvalidSignature:  {106001},
		InvalidIdentifier: {101000, 106011},
		MissingIdentifier: {106013},
		AuthCodeInvalid:   {36004004},
		token.ErrRefused:  {36004001, 36004005},
		InvalidRequest: {98001004, 36009010, 36009021, 36009022, 36009023, 16032001, 16032002,
			16032003, 16032004, 16032008, 16032009, 16032011, 16032013},
		NotFound:       {36009009, 16032005, 16032010},
		VersionRetired: {36009014},
		IPNotAllowed:   {36009033},
		RateLimited:    {36009002, 17029054, 177001008},
		QuotaExhausted: {36009037, 45101004},
		Unavailable: {36009003, 36009007, 11001031, 11006005, 12056001, 17027107, 21001008,
			21001043, 21042001, 45101001, 45101008},
	} {
		for _, code := range codes {
			assert.Equal(t, kind, Kind(200, code, "whatever"), code)
		}
	}
	assert.NoError(t, Kind(200, 36009005, "whatever"))
	assert.Equal(t, QuotaExhausted, Kind(429, 36009037, ""), "a quota is no throttle")
}
