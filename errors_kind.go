package tiktokshop

import (
	"net/http"
	"strings"
)

// codeOverloaded is the gateway code of many different refusals, told apart by message.
const codeOverloaded = 36009004

// kindByCode maps the platform's codes whose meaning does not depend on the
// message. Sources: the platform's common-errors page and the error tables of the operations.
var kindByCode = map[int]error{
	101000: ErrInvalidIdentifier,
	105001: ErrTokenInvalid,
	105002: ErrTokenExpired,
	105004: ErrPermission, // authorization inactive, or restricted to another region
	105005: ErrPermission,
	106001: ErrInvalidSignature,
	106011: ErrInvalidIdentifier,
	106013: ErrMissingIdentifier,

	// The token host.
	36004001: ErrRefreshTokenInvalid, // expired
	36004004: ErrAuthCodeInvalid,
	36004005: ErrRefreshTokenInvalid,
	98001004: ErrInvalidRequest,

	36009002: ErrRateLimited,
	36009003: ErrUnavailable,
	36009007: ErrUnavailable,
	36009009: ErrNotFound,
	36009010: ErrInvalidRequest,
	36009014: ErrVersionRetired,
	36009021: ErrInvalidRequest,
	36009022: ErrInvalidRequest,
	36009023: ErrInvalidRequest,
	36009033: ErrIPNotAllowed,
	36009037: ErrQuotaExhausted,
	36009043: ErrPermission, // shop inactive
	36009044: ErrPermission, // seller inactive

	// Affiliate partner.
	16032001: ErrInvalidRequest,
	16032002: ErrInvalidRequest,
	16032003: ErrInvalidRequest,
	16032004: ErrInvalidRequest,
	16032005: ErrNotFound, // campaign
	16032007: ErrPermission,
	16032008: ErrInvalidRequest,
	16032009: ErrInvalidRequest, // the campaign must be online
	16032010: ErrNotFound,       // campaign product
	16032011: ErrInvalidRequest,
	16032013: ErrInvalidRequest,

	// Operations that ask to be tried again later.
	11001031: ErrUnavailable,
	11006005: ErrUnavailable,
	12056001: ErrUnavailable,
	17027107: ErrUnavailable,
	21001008: ErrUnavailable,
	21001043: ErrUnavailable,
	21042001: ErrUnavailable,
	45101001: ErrUnavailable,
	45101008: ErrUnavailable,

	17029054:  ErrRateLimited,
	177001008: ErrRateLimited,
	45101004:  ErrQuotaExhausted, // marketplace creator search, per day
}

// kindOf classifies an answer: by code, by message where the code is
// overloaded, and by HTTP status where the code says nothing. nil means a business error of its own.
func kindOf(status, code int, message string) error {
	if code == codeOverloaded {
		return kindOfOverloaded(message)
	}
	if kind, ok := kindByCode[code]; ok {
		return kind
	}
	switch {
	case status == http.StatusBadRequest || status == http.StatusMethodNotAllowed:
		return ErrInvalidRequest
	case status == http.StatusUnauthorized:
		return ErrTokenInvalid
	case status == http.StatusForbidden:
		return ErrPermission
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case status == http.StatusRequestTimeout || status >= 500:
		return ErrUnavailable
	case code == 0:
		return ErrInvalidResponse
	}
	return nil
}

// kindOfOverloaded tells the meanings of 36009004 apart by the keywords that
// the platform documents. The quotes around names differ between the documents and the live gateway.
func kindOfOverloaded(message string) error {
	m := strings.ToLower(strings.NewReplacer("`", "", "'", "", `"`, "").Replace(message))
	has := func(words ...string) bool {
		for _, w := range words {
			if !strings.Contains(m, w) {
				return false
			}
		}
		return true
	}
	cipher := has(paramShopCipher) || has(paramCategoryAssetCipher)
	switch {
	case has("invalid api version"), has("version name is invalid"):
		return ErrVersionRetired
	case has("invalid timestamp"), has("timestamp", "lesser than 0"), has("timestamp", "earlier than 5 minutes"), has("timestamp", "more than 30 seconds"):
		return ErrClockSkew
	case has("unexpected identifier"), cipher && has("not required"):
		return ErrUnexpectedIdentifier
	case has("missing identifier"), cipher && has("required"):
		return ErrMissingIdentifier
	case has("invalid identifier"), has("shop_id", "invalid"):
		return ErrInvalidIdentifier
	case has("invalid app_key"):
		return ErrInvalidAppKey
	case has("access_token header"), has("x-tts-access-token"):
		return ErrTokenInvalid
	case has("missing credentials"), has("signature"):
		return ErrInvalidSignature
	}
	return ErrInvalidRequest
}
