// Package authpage knows the pages where accounts authorize an app, and what they send back.
package authpage

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// NewState returns 256 random bits for a URL.
func NewState() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Service returns the page of a service, "services" for sellers and "partner" for partners. The
// markets are those of the client's package: 0 for all but the United States, and 1.
func Service(site string, market uint8, serviceID, state string) (string, []bind.Mistake) {
	var wrong []bind.Mistake
	switch market {
	case 0:
	case 1:
		site += ".us"
	default:
		wrong = []bind.Mistake{{Field: "market", Reason: "is not one of the Market constants"}}
	}
	return page("https://"+site+".tiktokshop.com/open/authorize", wrong,
		parameter{"service_id", "service id", serviceID}, parameter{"state", "state", state})
}

// Creator returns the page of creators, one for all markets.
func Creator(appKey, state string) (string, []bind.Mistake) {
	return page("https://shop.tiktok.com/alliance/creator/auth", nil,
		parameter{"app_key", "app key", appKey}, parameter{"state", "state", state})
}

// parameter is one of a page, with what a caller knows it as.
type parameter struct{ key, name, value string }

// page adds parameters to the URL of a page, "" if any of them, or what is known already, is wrong.
func page(address string, wrong []bind.Mistake, params ...parameter) (string, []bind.Mistake) {
	q := make(url.Values)
	for _, p := range params {
		if reason := bind.Credential(p.value); reason != "" {
			wrong = append(wrong, bind.Mistake{Field: p.name, Reason: reason})
		}
		q.Set(p.key, p.value)
	}
	if len(wrong) > 0 {
		return "", wrong
	}
	return address + "?" + q.Encode(), nil
}

// Denial tells whether a callback says that no authorization was given, and why if that is not the
// account's own decision.
func Denial(query url.Values) (reason string, denied bool) {
	switch reason = query.Get("error"); reason {
	case "":
		return "", false
	case "auth_denied", "access_denied":
		return "", true
	}
	if len(reason) > 64 || !bind.IsPathValue(reason) {
		reason = "another reason"
	}
	return reason, true
}

// Code returns the code of a callback, and what is wrong with it.
func Code(query url.Values) (code, wrong string) {
	if code = query.Get("code"); code == "null" { // as the page has it for none
		code = ""
	}
	return code, bind.Credential(code)
}
