package tiktokshop

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// Retryable reports whether the same call may succeed if it is made again after a while, of whatever error of the SDK,
// also inside others: it was throttled, the platform or the network failed, or the token source had a problem that may
// pass. It is false after the caller's context ended, for what another call would meet as well, and for other errors. Of
// several errors, as of a run of many calls, each must be so. After true, see MayHaveTakenEffect: a call that may have
// taken effect is to be repeated only if that does no harm.
func Retryable(err error) bool { return outlookOf(err) == hopeful }

// NeedsReauthorization reports whether nothing but the account's owner helps, who has to authorize the app again: the
// platform does not take the access token or the refresh token any more, the authorization code is no good, or no token is
// stored. It is false for a token that has only expired, which a refresh renews, and for a scope that is missing.
func NeedsReauthorization(err error) bool {
	for _, kind := range []error{ErrTokenInvalid, ErrRefreshTokenInvalid, ErrAuthCodeInvalid, token.ErrNone} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// RequestID returns the platform's id of the call that an error is of, which its support asks for: the request id of its
// answer, or the log id if that had none; "" if there was no answer.
func RequestID(err error) string {
	if refused := (*APIError)(nil); errors.As(err, &refused) {
		return cmp.Or(refused.RequestID, refused.LogID)
	}
	return ""
}

// HTTPStatus returns the HTTP status of the answer that an error is of, 0 if there was no answer.
func HTTPStatus(err error) int {
	if refused := (*APIError)(nil); errors.As(err, &refused) {
		return refused.HTTPStatus
	}
	return 0
}

// outlook is what an error says of another attempt.
type outlook uint8

const (
	silent   outlook = iota // nothing
	hopeful                 // it may succeed
	hopeless                // it would end the same way
)

func outlookOf(err error) outlook {
	switch err {
	case nil:
		return silent
	case ErrRateLimited, ErrUnavailable, ErrAttemptTimeout, token.ErrInDoubt:
		return hopeful
	case context.Canceled, context.DeadlineExceeded, token.ErrRefused, token.ErrNone:
		return hopeless
	}
	switch e := err.(type) {
	case interface{ Retryable() bool }:
		if e.Retryable() {
			return hopeful
		}
		return hopeless
	case *InputError, *ContentError, *token.InputError, *token.UnsavedError:
		return hopeless
	case *token.RefusedError:
		if e.InDoubt {
			return hopeful
		}
		return hopeless
	case *TokenError:
		if inner := outlookOf(e.Err); inner != silent {
			return inner
		}
		return hopeful // a store that is down, say: nothing was sent
	case interface{ Unwrap() error }:
		return outlookOf(e.Unwrap())
	case interface{ Unwrap() []error }:
		worst := silent
		for _, inner := range e.Unwrap() {
			worst = max(worst, outlookOf(inner))
		}
		return worst
	}
	return silent
}

// codeOverloaded is the gateway code of many different refusals, told apart by message.
const codeOverloaded = 36009004

// kindByCode returns the kind of the platform's codes whose meaning does not depend on the message, nil for others.
// Sources: the platform's common-errors page and the error tables of the operations. A switch, because a map takes more room in
// every program.
func kindByCode(code int) error {
	switch code {
	case 105001:
		return ErrTokenInvalid
	case 105002:
		return ErrTokenExpired
	case 105004, // authorization inactive, or restricted to another region
		105005,   // scope missing
		36009043, // shop inactive
		36009044, // seller inactive
		16032007:
		return ErrPermission
	case 106001:
		return ErrInvalidSignature
	case 101000, 106011:
		return ErrInvalidIdentifier
	case 106013:
		return ErrMissingIdentifier
	case 36004004: // of the token host, as the next ones
		return ErrAuthCodeInvalid
	case 36004001, // expired
		36004005:
		return ErrRefreshTokenInvalid
	case 98001004, // of the token host
		36009010, 36009021, 36009022, 36009023,
		16032001, 16032002, 16032003, 16032004, 16032008,
		16032009, // the campaign must be online
		16032011, 16032013:
		return ErrInvalidRequest
	case 36009009,
		16032005, // campaign
		16032010: // campaign product
		return ErrNotFound
	case 36009014:
		return ErrVersionRetired
	case 36009033:
		return ErrIPNotAllowed
	case 36009002,
		17029054, 177001008: // of operations
		return ErrRateLimited
	case 36009037,
		45101004: // marketplace creator search, per day
		return ErrQuotaExhausted
	case 36009003, 36009007,
		// Operations that ask to be tried again later.
		11001031, 11006005, 12056001, 17027107, 21001008, 21001043, 21042001, 45101001, 45101008:
		return ErrUnavailable
	}
	return nil
}

// kindOf classifies an answer: by code, by message where the code is
// overloaded, and by HTTP status where the code says nothing. nil means a business error of its own.
func kindOf(status, code int, message string) error {
	kind := kindByCode(code)
	switch {
	case status == http.StatusTooManyRequests && kind != ErrQuotaExhausted:
		return ErrRateLimited // whatever the code: nothing was done
	case code == codeOverloaded:
		return kindOfOverloaded(message)
	case kind != nil:
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
