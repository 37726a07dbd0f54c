package tiktokshoptest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/api/authorization"
)

// maxBody bounds the request bodies that the server reads.
const maxBody = 16 << 20

// call is a request that has passed the gateway.
type call struct {
	path   string            // as the platform has it, with {parameters}
	params map[string]string // of the path
	query  map[string]string
	body   []byte
	parts  []Part                         // of a multipart body
	shops  []authorization.AuthorizedShop // that the token gives access to

	contentType string
	base        string // the server's URL as the client has it
}

// refuse is an answer with an error code.
func refuse(status, code int, message string) reply {
	return reply{status: status, code: code, message: message}
}

// envelope is the JSON of the answer. An error has null data, a success without a result {}.
func (r *reply) envelope() []byte {
	data := r.data
	if data == nil && r.code == 0 {
		data = struct{}{}
	}
	if r.noData {
		return encode(map[string]any{"code": r.code, "message": r.message,
			"request_id": r.requestID})
	}
	message := r.message
	if message == "" && r.code == 0 {
		message = "Success"
	}
	return encode(map[string]any{"code": r.code, "message": message, "request_id": r.requestID,
		"data": data})
}

func encode(envelope map[string]any) []byte {
	b, err := json.Marshal(envelope)
	if err != nil {
		panic("tiktokshoptest: answer does not encode: " + err.Error())
	}
	return b
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit(r)))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		rep := refuse(http.StatusRequestEntityTooLarge, codeTooLarge, textTooLarge)
		s.record(r, body, &rep)
		rep.write(s, w, r)
		return
	}
	if err != nil {
		return // the client is gone or misbehaves; there is nothing to answer
	}
	fault, failing := s.nextFault(r)
	if !failing {
		fault, failing = s.moodFault(identity(r, body))
	}
	var rep reply
	if fault.twice {
		_ = s.gateway(r, body)
	}
	if !failing || fault.processes() {
		rep = s.gateway(r, body)
	}
	if failing {
		fault.apply(&rep)
		s.wait(r, fault.Delay)
	}
	s.record(r, body, &rep)
	rep.write(s, w, r)
}

// record notes the request and gives the reply its request id.
func (s *Server) record(r *http.Request, body []byte, rep *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered++
	rep.requestID = s.now().UTC().Format("20060102150405") + fmt.Sprintf("%020X", s.answered)
	rec := Request{
		Method: r.Method, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery,
		Header: r.Header.Clone(), Body: body,
		Status: rep.status, Code: rep.code, RequestID: rep.requestID,
	}
	if rep.raw != "" {
		rec.Code, rec.RequestID = 0, ""
	}
	if rep.drop {
		rec.Status, rec.Code, rec.RequestID = 0, 0, ""
	}
	s.requests = append(s.requests, rec)
	if s.keep >= 0 && len(s.requests) > s.keep {
		s.requests = slices.Delete(s.requests, 0, len(s.requests)-s.keep)
	}
}

// gateway checks a request in the platform's order and runs its operation.
func (s *Server) gateway(r *http.Request, body []byte) reply {
	if rep, ok := s.serveAuth(r); ok {
		return rep
	}
	if rep, ok := label(r); ok {
		return rep
	}
	rt, params, rep := s.route(r.Method, r.URL.EscapedPath())
	if rep != nil {
		return *rep
	}
	query, err := firstValues(r.URL.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, 36009004,
			"Invalid query. The query string cannot be parsed.")
	}
	c := &call{path: rt.path, params: params, query: query, body: body,
		contentType: r.Header.Get("Content-Type"), base: baseOf(r)}
	for _, check := range []func() *reply{
		func() *reply { return checkAppKey(query) },
		func() *reply { return s.checkSigned(rt, r, query, body) },
		func() *reply { return s.checkToken(r.Header.Get("X-Tts-Access-Token"), rt) },
		func() *reply {
			c.shops = s.shopsOf(r.Header.Get("X-Tts-Access-Token"))
			return s.checkIdentifier(c, rt)
		},
		func() *reply { return checkContentType(rt, c.contentType, body) },
		func() *reply { return s.checkBody(rt, c) },
		func() *reply { return s.judge(rt, c) },
	} {
		if rep := check(); rep != nil {
			return *rep
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.perform(rt, c, identity(r, body))
}

// baseOf is the URL by which a request has reached the server, which may stand behind a listener of
// the caller's.
func baseOf(r *http.Request) string {
	scheme := r.URL.Scheme // of a request without a network
	switch {
	case scheme != "":
	case r.TLS != nil:
		scheme = "https"
	default:
		scheme = "http"
	}
	return scheme + "://" + r.Host
}

// firstValues decodes a raw query; of a repeated key the first value counts.
func firstValues(raw string) (map[string]string, error) {
	values := make(map[string]string)
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			return nil, err
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return nil, err
		}
		if _, seen := values[key]; !seen {
			values[key] = value
		}
	}
	return values, nil
}

// checkSigned looks for timestamp and signature, or for a lack of them.
func (s *Server) checkSigned(
	rt *route, r *http.Request, query map[string]string, body []byte,
) *reply {
	if rt.unsigned {
		return checkUnsigned(query)
	}
	if rep := checkTimestamp(query, s.now()); rep != nil {
		return rep
	}
	rep := checkSignature(r, query, body)
	if rep != nil && s.unsignedEmptyObject && string(body) == "{}" {
		rep = checkSignature(r, query, nil)
	}
	return rep
}

func checkAppKey(query map[string]string) *reply {
	if query["app_key"] == AppKey {
		return nil
	}
	rep := refuse(http.StatusBadRequest, 36009004,
		"Invalid credentials. Invalid 'app_key' query parameter.")
	return &rep
}

// checkTimestamp accepts 5 minutes of age and 30 seconds of future.
func checkTimestamp(query map[string]string, now time.Time) *reply {
	var rep reply
	seconds, err := strconv.ParseInt(query["timestamp"], 10, 64)
	switch at := time.Unix(seconds, 0); {
	case err != nil:
		rep = refuse(http.StatusBadRequest, 36009004,
			"Invalid timestamp. The 'timestamp' query parameter must be a Unix timestamp.")
	case seconds < 0:
		rep = refuse(http.StatusBadRequest, 36009004,
			"Invalid timestamp. The value of the 'timestamp' query parameter must not be lesser than 0.")
	case at.Before(now.Add(-5 * time.Minute)):
		rep = refuse(http.StatusUnauthorized, 36009004,
			"Invalid timestamp. The value of the 'timestamp' query parameter must not be earlier than 5 minutes before the current time.")
	case at.After(now.Add(30 * time.Second)):
		rep = refuse(http.StatusUnauthorized, 36009004,
			"Invalid timestamp. The value of the 'timestamp' query parameter must not exceed the current time by more than 30 seconds.")
	default:
		return nil
	}
	return &rep
}

// checkSignature computes the signature from the request as received. It
// shares no code with the client, whose mistakes it is there to find.
func checkSignature(r *http.Request, query map[string]string, body []byte) *reply {
	var rep reply
	switch got := query["sign"]; got {
	case "":
		rep = refuse(http.StatusUnauthorized, 36009004,
			"Missing credentials. The request does not include a required signature in the query.")
	case signatureOf(r, query, body):
		return nil
	default:
		rep = refuse(http.StatusUnauthorized, 106001,
			"Invalid credentials. The 'sign' query parameter is invalid.")
	}
	return &rep
}

func signatureOf(r *http.Request, query map[string]string, body []byte) string {
	keys := make([]string, 0, len(query))
	for key := range query {
		if key != "sign" && key != "access_token" {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	path, _, _ := strings.Cut(r.RequestURI, "?")
	base := AppSecret + path
	for _, key := range keys {
		base += key + query[key]
	}
	if !strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "multipart/form-data") {
		base += string(body)
	}
	mac := hmac.New(sha256.New, []byte(AppSecret))
	mac.Write([]byte(base + AppSecret))
	return hex.EncodeToString(mac.Sum(nil))
}

func (s *Server) checkToken(token string, rt *route) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.auth.access[token]; g != nil {
		return g.check(s.now(), rt.scopes)
	}
	if token != AccessToken {
		rep := refuse(http.StatusUnauthorized, 36009004,
			"Invalid credentials. The 'x-tts-access-token' header is invalid.")
		return &rep
	}
	return s.token.check(s.scopes, rt.scopes)
}

// check refuses a known token for its state, or if it lacks the operation's scopes; nil granted
// ones are all of them. The platform does not say whether an operation with several scopes needs
// them all; most are of different kinds of accounts, and the fake is content with one.
func (state tokenState) check(granted, scopes []string) *reply {
	var rep reply
	switch {
	case state == tokenExpired:
		rep = refuse(http.StatusUnauthorized, 105002,
			"Expired credentials. The 'access_token' or 'x-tts-access-token' header has expired.")
	case state == tokenDeauthorized:
		rep = refuse(http.StatusUnauthorized, 105001,
			"Invalid credentials. Your token has been deauthorized.")
	case len(scopes) > 0 && granted != nil &&
		!slices.ContainsFunc(scopes,
			func(scope string) bool { return slices.Contains(granted, scope) }):
		rep = refuse(http.StatusUnauthorized, 105005,
			"Access denied. The app is not authorized to access the endpoint because the access scopes granted for the app or the access token do not contain the required access scope for the endpoint.")
	default:
		return nil
	}
	return &rep
}

// checkIdentifier refuses a cipher that the operation does not take, a wrong
// one, and the lack of a required one. Where the operation takes either, the fake refuses both.
func (s *Server) checkIdentifier(c *call, rt *route) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rep reply
	cipher, sent := c.query["category_asset_cipher"]
	ownAsset := slices.ContainsFunc(s.assets,
		func(a authorization.CategoryAsset) bool { return a.Cipher == cipher })
	shop, shopSent := c.query["shop_cipher"]
	ownShop := slices.ContainsFunc(c.shops,
		func(a authorization.AuthorizedShop) bool { return a.Cipher == shop })
	either := rt.takesShopCipher && rt.takesCategoryAssetCipher
	switch {
	case shopSent && (!rt.takesShopCipher || either && sent):
		rep = refuse(http.StatusBadRequest, 36009004,
			"Unexpected identifier. The 'shop_cipher' query parameter is not required for this request.")
	case sent && !rt.takesCategoryAssetCipher:
		rep = refuse(http.StatusBadRequest, 36009004,
			"Unexpected identifier. The 'category_asset_cipher' query parameter is not required for this request.")
	case sent && !ownAsset, !sent && rt.takesCategoryAssetCipher && !rt.cipherOptional && !either:
		rep = refuse(http.StatusBadRequest, 101000,
			"Invalid query or header. The 'category_asset_cipher' query parameter or 'x-tts-access-token' header is invalid.")
	case shopSent && !ownShop:
		rep = refuse(http.StatusBadRequest, 106011,
			"Invalid identifier. The 'shop_cipher' query parameter is invalid.")
	case !shopSent && rt.takesShopCipher && !rt.cipherOptional && !(either && sent):
		rep = refuse(http.StatusBadRequest, 106013,
			"Missing identifier. The 'shop_cipher' query parameter is required for this request.")
	default:
		return nil
	}
	return &rep
}

func checkContentType(rt *route, contentType string, body []byte) *reply {
	switch mediaType, params, _ := mime.ParseMediaType(contentType); {
	case len(body) == 0, rt.unsigned && mediaType != "", mediaType == "application/json",
		mediaType == "multipart/form-data" && params["boundary"] != "":
		return nil
	}
	rep := refuse(http.StatusBadRequest, 36009022,
		"Invalid request format. The request body format must be 'application/json' for structured data or 'multipart/form-data' for binary files.")
	return &rep
}
