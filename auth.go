package tiktokshop

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// Market chooses the authorization page. Calls go to one host for all markets.
type Market uint8

const (
	// MarketGlobal is every market but the United States.
	MarketGlobal Market = iota
	// MarketUS is the United States.
	MarketUS
)

// stateBytes is the entropy of a state.
const stateBytes = 32

// NewState returns an unguessable value for the state of an authorization link. Keep it where only the browser that
// follows the link has it, such as a cookie, and give it to ParseCallback when the browser comes back.
func NewState() string {
	b := make([]byte, stateBytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// SellerLink returns the page where a seller authorizes the app. serviceID is the app's service
// id from Partner Center, not its app key; state comes from NewState.
//
// Source: https://partner.tiktokshop.com/docv2/page/seller-authorization-guide
func (a *Auth) SellerLink(market Market, serviceID, state string) (string, error) {
	return serviceLink("Auth.SellerLink", market, "services", serviceID, state)
}

// PartnerLink returns the page where an affiliate partner (TAP) or creator agency (CAP) authorizes the app.
// serviceID is the app's service id from Partner Center, not its app key; state comes from NewState.
//
// Source: https://partner.tiktokshop.com/docv2/page/partner-authorization-guide
func (a *Auth) PartnerLink(market Market, serviceID, state string) (string, error) {
	return serviceLink("Auth.PartnerLink", market, "partner", serviceID, state)
}

// CreatorLink returns the page where a creator authorizes the app, one for all markets. state comes from NewState.
//
// Source: https://partner.tiktokshop.com/docv2/page/creator-authorization-guide
func (a *Auth) CreatorLink(state string) (string, error) {
	cfg, err := a.api().config(nil)
	if err != nil {
		return "", err
	}
	if err := checkLinkInput("Auth.CreatorLink", "state", state); err != nil {
		return "", err
	}
	q := url.Values{paramAppKey: {cfg.signer.appKey}, "state": {state}}
	return "https://shop.tiktok.com/alliance/creator/auth?" + q.Encode(), nil
}

func serviceLink(operation string, market Market, site, serviceID, state string) (string, error) {
	if err := checkLinkInput(operation, "service id", serviceID); err != nil {
		return "", err
	}
	if err := checkLinkInput(operation, "state", state); err != nil {
		return "", err
	}
	switch market {
	case MarketGlobal:
	case MarketUS:
		site += ".us"
	default:
		return "", &InputError{Operation: operation, Field: "market", Reason: "is not one of the Market constants"}
	}
	q := url.Values{"service_id": {serviceID}, "state": {state}}
	return "https://" + site + ".tiktokshop.com/open/authorize?" + q.Encode(), nil
}

func checkLinkInput(operation, field, value string) error {
	if reason := credentialProblem(value); reason != "" {
		return &InputError{Operation: operation, Field: field, Reason: reason}
	}
	return nil
}

// What an authorization page may send back instead of a code.
var (
	// ErrAuthorizationDenied: the account did not grant the authorization.
	ErrAuthorizationDenied = errors.New("authorization denied")
	// ErrStateMismatch: the state is not that of the link this browser followed. Do not use the code: somebody
	// may be trying to have another account's authorization taken for this one's.
	ErrStateMismatch = errors.New("authorization state does not match")
)

// Callback is what the authorization page sends to the app's redirect URL.
type Callback struct {
	// Code is good for one exchange within 30 minutes.
	Code token.Secret
	// State is the link's state.
	State string
	// AppKey is the app that was authorized; only creators' callbacks have it.
	AppKey string
}

// ParseCallback reads the query of a request to the app's redirect URL. state is the one given to the link; it is
// compared in constant time. Errors are ErrStateMismatch, ErrAuthorizationDenied, and an *InputError for a
// query without a code or an empty state.
func ParseCallback(query url.Values, state string) (*Callback, error) {
	if state == "" {
		return nil, &InputError{Operation: "ParseCallback", Field: "state", Reason: "to compare with is empty: the session may have ended, or the request is forged"}
	}
	got := query.Get("state")
	if subtle.ConstantTimeCompare([]byte(got), []byte(state)) != 1 {
		// Who denies needs no state: nothing is accepted.
		if err := denial(query); err != nil && got == "" {
			return nil, err
		}
		return nil, fmt.Errorf("tiktokshop: ParseCallback: %w", ErrStateMismatch)
	}
	return parseCallback(query)
}

// ParseInstallCallback is ParseCallback for an installation from TikTok Shop's app store, which follows no link of
// the app's and carries no state. Anybody can make up such a request, so do not tie its token to the account that
// happens to be signed in; ask, or go through a link with a state.
func ParseInstallCallback(query url.Values) (*Callback, error) { return parseCallback(query) }

func parseCallback(query url.Values) (*Callback, error) {
	if err := denial(query); err != nil {
		return nil, err
	}
	code := query.Get("code")
	if code == "null" {
		code = ""
	}
	if reason := credentialProblem(code); reason != "" {
		return nil, &InputError{Operation: "ParseCallback", Field: "code", Reason: reason}
	}
	return &Callback{Code: token.NewSecret(code), State: query.Get("state"), AppKey: query.Get(paramAppKey)}, nil
}

// denial is an error if the query says that no authorization was given.
func denial(query url.Values) error {
	reason := query.Get("error")
	switch reason {
	case "":
		return nil
	case "auth_denied", "access_denied":
		return fmt.Errorf("tiktokshop: ParseCallback: %w", ErrAuthorizationDenied)
	}
	if len(reason) > 64 || strings.ContainsFunc(reason, func(r rune) bool { return !isUnreserved(r) }) {
		reason = "another reason"
	}
	return fmt.Errorf("tiktokshop: ParseCallback: %w: %s", ErrAuthorizationDenied, reason)
}
