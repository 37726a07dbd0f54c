// Package refusal tells which kind an answer that is no success is of.
package refusal

import (
	"errors"
	"net/http"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// The kinds; of the tokens' there are two more in package token. The client's package says what
// each means.
var (
	InvalidAppKey        = errors.New("app key invalid")
	InvalidSignature     = errors.New("signature invalid")
	ClockSkew            = errors.New("timestamp refused, clock skew")
	Permission           = errors.New("permission denied")
	IPNotAllowed         = errors.New("IP address not allowed")
	UnexpectedIdentifier = errors.New("unexpected identifier")
	MissingIdentifier    = errors.New("missing identifier")
	InvalidIdentifier    = errors.New("invalid identifier")
	InvalidRequest       = errors.New("invalid request")
	NotFound             = errors.New("not found")
	RateLimited          = errors.New("rate limited")
	QuotaExhausted       = errors.New("quota exhausted")
	Unavailable          = errors.New("platform unavailable")
	VersionRetired       = errors.New("API version retired")
	InvalidResponse      = errors.New("invalid response")
	ResponseTooLarge     = errors.New("response too large")
	TokenInvalid         = errors.New("access token invalid")
	AuthCodeInvalid      = errors.New("authorization code invalid, used or expired")
)

// codeOverloaded is the gateway code of many different refusals, told apart by message.
const codeOverloaded = 36009004

// byCode returns the kind of the platform's codes whose meaning does not depend on the message, nil
// for others. Sources: the platform's common-errors page and the error tables of the operations. A
// switch, because a map takes more room in every program.
func byCode(code int) error {
	switch code {
	case 105001:
		return TokenInvalid
	case 105002:
		return token.ErrExpired
	case 105004, // authorization inactive, or restricted to another region
		105005,   // scope missing
		36009043, // shop inactive
		36009044, // seller inactive
		16032007:
		return Permission
	case 106001:
		return InvalidSignature
	case 101000, 106011:
		return InvalidIdentifier
	case 106013:
		return MissingIdentifier
	case 36004004: // of the token host, as the next ones
		return AuthCodeInvalid
	case 36004001, // expired
		36004005:
		return token.ErrRefused
	case 98001004, // of the token host
		36009010, 36009021, 36009022, 36009023,
		16032001, 16032002, 16032003, 16032004, 16032008,
		16032009, // the campaign must be online
		16032011, 16032013:
		return InvalidRequest
	case 36009009,
		16032005, // campaign
		16032010: // campaign product
		return NotFound
	case 36009014:
		return VersionRetired
	case 36009033:
		return IPNotAllowed
	case 36009002,
		17029054, 177001008: // of operations
		return RateLimited
	case 36009037,
		45101004: // marketplace creator search, per day
		return QuotaExhausted
	case 36009003, 36009007,
		// Operations that ask to be tried again later.
		11001031, 11006005, 12056001, 17027107, 21001008, 21001043, 21042001, 45101001, 45101008:
		return Unavailable
	}
	return nil
}

// Kind classifies an answer: by code, by message where the code is
// overloaded, and by HTTP status where the code says nothing. nil means a business error of its
// own.
func Kind(status, code int, message string) error {
	kind := byCode(code)
	switch {
	case status == http.StatusTooManyRequests && kind != QuotaExhausted:
		return RateLimited // whatever the code: nothing was done
	case code == codeOverloaded:
		return overloaded(message)
	case kind != nil:
		return kind
	}
	switch {
	case status == http.StatusBadRequest || status == http.StatusMethodNotAllowed:
		return InvalidRequest
	case status == http.StatusUnauthorized:
		return TokenInvalid
	case status == http.StatusForbidden:
		return Permission
	case status == http.StatusNotFound:
		return NotFound
	case status == http.StatusRequestTimeout || status >= 500:
		return Unavailable
	case code == 0:
		return InvalidResponse
	}
	return nil
}

// overloaded tells the meanings of 36009004 apart by the keywords that
// the platform documents. The quotes around names differ between the documents and the live
// gateway.
func overloaded(message string) error {
	m := strings.ToLower(strings.NewReplacer("`", "", "'", "", `"`, "").Replace(message))
	has := func(words ...string) bool {
		for _, w := range words {
			if !strings.Contains(m, w) {
				return false
			}
		}
		return true
	}
	cipher := has("shop_cipher") || has("category_asset_cipher")
	switch {
	case has("invalid api version"), has("version name is invalid"):
		return VersionRetired
	case has("invalid timestamp"), has("timestamp", "lesser than 0"),
		has("timestamp", "earlier than 5 minutes"), has("timestamp", "more than 30 seconds"):
		return ClockSkew
	case has("unexpected identifier"), cipher && has("not required"):
		return UnexpectedIdentifier
	case has("missing identifier"), cipher && has("required"):
		return MissingIdentifier
	case has("invalid identifier"), has("shop_id", "invalid"):
		return InvalidIdentifier
	case has("invalid app_key"):
		return InvalidAppKey
	case has("access_token header"), has("x-tts-access-token"):
		return TokenInvalid
	case has("missing credentials"), has("signature"):
		return InvalidSignature
	}
	return InvalidRequest
}
