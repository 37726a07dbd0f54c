// Package errorcodes says what the platform's error codes mean. What the SDK makes of a code it
// asks the SDK; which operations have it in their tables the catalog tells; the words about the
// gateway's codes are here.
package errorcodes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// Code is what is known of an error code.
type Code struct {
	Code int `json:"code"`
	// Meaning is in our words, "" where only the platform's own message tells.
	Meaning string `json:"meaning,omitzero"`
	// Kind is the SDK's name for errors like it, "" for a business error of an operation that no
	// kind fits.
	Kind string `json:"kind,omitzero"`
	// Retryable tells that the same call may succeed later.
	Retryable bool `json:"retryable"`
	// MayHaveTakenEffect tells that the call may have been carried out all the same.
	MayHaveTakenEffect bool `json:"may_have_taken_effect"`
	// Operations have the code in their tables.
	Operations []string `json:"operations"`
	// Err is an error with the code, as a call would return it.
	Err error `json:"-"`
}

// meanings are of codes whose operation does not matter.
var meanings = map[int]string{
	101000:   "The category asset cipher is wrong or of another partner, or the token is not a partner's.",
	105001:   "The access token is unknown, or the account has withdrawn the authorization.",
	105002:   "The access token has expired.",
	105004:   "The authorization is not active, or is limited to another region.",
	105005:   "The app or the token lacks a scope that the operation needs.",
	106001:   "The signature is not what the platform computes for the request: the secret is wrong, or what was signed is not what was sent.",
	106011:   "The shop cipher is wrong, or of a shop that has not authorized the app.",
	106013:   "The operation is about a shop, and the request has no shop_cipher.",
	36004001: "The refresh token has expired.",
	36004004: "The authorization code was used before, is older than 30 minutes, or is unknown.",
	36004005: "The refresh token is unknown: it was used before, or the authorization was withdrawn.",
	36009002: "Too many requests: nothing was done.",
	36009003: "The platform failed inside. Whether the request took effect is not known. If it stays, look at the input as well.",
	36009004: "The gateway refused the request; only the message tells why: signature, timestamp, app key, token, cipher, version or a parameter.",
	36009007: "The platform did not answer its own gateway in time. Whether the request took effect is not known.",
	36009009: "There is no such path.",
	36009010: "The path is there, but not with this HTTP method.",
	36009014: "The version in the path is not served any more, or never was.",
	36009021: "The file is larger than the operation takes.",
	36009022: "The body has a form that the operation does not take: JSON or multipart/form-data.",
	36009023: "The Content-Type must be multipart/form-data.",
	36009033: "The address that the request came from is not in the app's allow list.",
	36009037: "A sandbox shop has used up its calls of the hour.",
	36009043: "The shop is not active.",
	36009044: "The seller is not active.",
	98001004: "The token host was given a parameter that it does not take.",
}

// kinds are the SDK's, by their names.
var kinds = []struct {
	name string
	kind error
}{
	{"ErrTokenExpired", tiktokshop.ErrTokenExpired},
	{"ErrTokenInvalid", tiktokshop.ErrTokenInvalid},
	{"ErrAuthCodeInvalid", tiktokshop.ErrAuthCodeInvalid},
	{"ErrRefreshTokenInvalid", tiktokshop.ErrRefreshTokenInvalid},
	{"ErrInvalidAppKey", tiktokshop.ErrInvalidAppKey},
	{"ErrInvalidSignature", tiktokshop.ErrInvalidSignature},
	{"ErrClockSkew", tiktokshop.ErrClockSkew},
	{"ErrPermission", tiktokshop.ErrPermission},
	{"ErrIPNotAllowed", tiktokshop.ErrIPNotAllowed},
	{"ErrUnexpectedIdentifier", tiktokshop.ErrUnexpectedIdentifier},
	{"ErrMissingIdentifier", tiktokshop.ErrMissingIdentifier},
	{"ErrInvalidIdentifier", tiktokshop.ErrInvalidIdentifier},
	{"ErrInvalidRequest", tiktokshop.ErrInvalidRequest},
	{"ErrNotFound", tiktokshop.ErrNotFound},
	{"ErrRateLimited", tiktokshop.ErrRateLimited},
	{"ErrQuotaExhausted", tiktokshop.ErrQuotaExhausted},
	{"ErrUnavailable", tiktokshop.ErrUnavailable},
	{"ErrVersionRetired", tiktokshop.ErrVersionRetired},
	{"ErrInvalidResponse", tiktokshop.ErrInvalidResponse},
}

// Explain says what is known of a code. The message is the platform's, "" if it is not at hand;
// 36009004 means nothing without it. known is false if nobody has heard of the code.
func Explain(ctx context.Context, code int, message string) (c *Code, known bool, err error) {
	c = &Code{Code: code, Meaning: meanings[code], Operations: []string{}}
	for e, err := range catalog.Heads() {
		if err != nil {
			return nil, false, err
		}
		if slices.Contains(e.ErrorCodes, code) {
			c.Operations = append(c.Operations, e.Name)
		}
	}
	c.Err = answered(ctx, code, message)
	var refused *tiktokshop.APIError
	if !errors.As(c.Err, &refused) {
		return nil, false, c.Err
	}
	c.Retryable, c.MayHaveTakenEffect = refused.Retryable(), refused.MayHaveTakenEffect()
	for _, k := range kinds {
		if errors.Is(c.Err, k.kind) {
			c.Kind = k.name
		}
	}
	return c, c.Meaning != "" || c.Kind != "" || len(c.Operations) > 0, nil
}

// answered is the error that the SDK makes of an answer with a code.
func answered(ctx context.Context, code int, message string) error {
	body, err := json.Marshal(map[string]any{"code": code, "message": message})
	if err != nil {
		return err
	}
	answer := roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(string(body))), Request: req,
		}, nil
	})
	c, err := tiktokshop.NewClient("none", "none", tiktokshop.WithAccessToken("none"),
		tiktokshop.WithHTTPClient(&http.Client{Transport: answer}), tiktokshop.WithoutRetry())
	if err != nil {
		return err
	}
	op := &tiktokshop.Operation{Name: "the call", Method: http.MethodGet, Path: "/"}
	if _, err = tiktokshop.Do[struct{}](ctx, c, op, tiktokshop.Params{}); err == nil {
		return fmt.Errorf("code %d is a success", code)
	}
	return err
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// OfGateway tells codes of the gateway, which any operation may answer with.
func OfGateway(code int) bool { return meanings[code] != "" }
