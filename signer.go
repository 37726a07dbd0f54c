package tiktokshop

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Query keys that the gateway itself reads.
const (
	paramAppKey              = "app_key"
	paramTimestamp           = "timestamp"
	paramSign                = "sign"
	paramAccessToken         = "access_token"
	paramShopCipher          = "shop_cipher"
	paramCategoryAssetCipher = "category_asset_cipher"
)

// secretPlaceholder stands where the app secret would be in a string shown to people.
const secretPlaceholder = "{app_secret}"

// SignInput is what a request's signature covers: the path and the query in
// their decoded form, and the body unless it is multipart/form-data.
//
// Source: https://partner.tiktokshop.com/docv2/page/sign-your-api-request
type SignInput struct {
	// Path is the URL's path, such as "/authorization/202309/shops".
	Path string
	// Query holds the decoded query. Of a repeated key the first value counts;
	// "sign" and "access_token" are left out of the signature.
	Query url.Values
	// ContentType is the request's Content-Type header.
	ContentType string
	// Body holds exactly the bytes that are sent.
	Body []byte
}

// NewSignInput reads what a signature covers from a request, which stays usable: the body is read
// into memory (not for multipart/form-data, where it is not signed) and put back.
func NewSignInput(req *http.Request) (SignInput, error) {
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		// The parse error quotes a piece of the query, which may be a secret.
		return SignInput{}, errors.New("tiktokshop: malformed query in the request to sign")
	}
	in := SignInput{Path: req.URL.Path, Query: query, ContentType: req.Header.Get("Content-Type")}
	if req.Body == nil || req.Body == http.NoBody || !signsBody(in.ContentType) {
		return in, nil
	}
	in.Body, err = io.ReadAll(req.Body)
	if err = errors.Join(err, req.Body.Close()); err != nil {
		return SignInput{}, fmt.Errorf("tiktokshop: read the body of the request to sign: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(in.Body))
	return in, nil
}

// StringToSign returns the string whose HMAC is the signature, with
// "{app_secret}" in the two places of the app secret. When the platform answers 106001
// (ErrInvalidSignature), compare it with what the request should have carried.
func (in SignInput) StringToSign() string {
	return secretPlaceholder + string(appendSigned(nil, in.Path, in.params())) +
		string(in.signedBody()) + secretPlaceholder
}

// params returns the signed query parameters in signing order.
func (in SignInput) params() []bind.Param {
	ps := make([]bind.Param, 0, len(in.Query))
	for key, values := range in.Query {
		if key == paramSign || key == paramAccessToken || len(values) == 0 {
			continue
		}
		ps = append(ps, bind.Param{Key: key, Value: values[0]})
	}
	sortParams(ps)
	return ps
}

func (in SignInput) signedBody() []byte {
	if !signsBody(in.ContentType) {
		return nil
	}
	return in.Body
}

// sortParams orders by key alone, bytewise; keys are unique.
func sortParams(ps []bind.Param) {
	for i := range ps { // there are few, and slices.SortFunc makes programs larger
		for j := i; j > 0 && ps[j].Key < ps[j-1].Key; j-- {
			ps[j], ps[j-1] = ps[j-1], ps[j]
		}
	}
}

// signsBody tells whether a body of this content type is part of the signature.
// The media type decides, not the whole header, which carries a boundary.
func signsBody(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		head, _, _ := strings.Cut(contentType, ";")
		mediaType = strings.ToLower(strings.TrimSpace(head))
	}
	return mediaType != "multipart/form-data"
}

// appendSigned appends the part of the string to sign between the first secret and the body.
func appendSigned(dst []byte, path string, ps []bind.Param) []byte {
	dst = append(dst, path...)
	for _, p := range ps {
		dst = append(dst, p.Key...)
		dst = append(dst, p.Value...)
	}
	return dst
}

// Signer signs requests with one app's key and secret. It is safe for
// concurrent use, and no way of printing it shows the secret.
type Signer struct {
	appKey string
	secret token.Secret
	states *sync.Pool // of *signState
}

// signState is the reusable part of one signing: the keyed hash and its input.
type signState struct {
	mac hash.Hash
	buf []byte
	sum [sha256.Size]byte
}

// NewSigner returns a Signer for an app. Empty values, and values
// with white space or control characters (a line end from a file), are an *InputError.
func NewSigner(appKey, appSecret string) (*Signer, error) {
	if reason := bind.Credential(appKey); reason != "" {
		return nil, &InputError{Field: "app key", Reason: reason}
	}
	if reason := bind.Credential(appSecret); reason != "" {
		return nil, &InputError{Field: "app secret", Reason: reason}
	}
	s := token.NewSecret(appSecret)
	return &Signer{
		appKey: appKey,
		secret: s,
		states: &sync.Pool{New: func() any {
			return &signState{mac: hmac.New(sha256.New, []byte(s.Reveal()))}
		}},
	}, nil
}

// Sign returns the signature, 64 lowercase hexadecimal digits.
func (s *Signer) Sign(in SignInput) string {
	return string(s.appendSign(nil, in.Path, in.params(), in.signedBody()))
}

// appendSign appends the signature over a path, sorted parameters and a body.
func (s *Signer) appendSign(dst []byte, path string, ps []bind.Param, body []byte) []byte {
	st := s.states.Get().(*signState)
	defer s.states.Put(st)
	st.mac.Reset()
	st.buf = append(st.buf[:0], s.secret.Reveal()...)
	st.buf = appendSigned(st.buf, path, ps)
	st.mac.Write(st.buf)
	st.mac.Write(body)
	st.buf = append(st.buf[:0], s.secret.Reveal()...)
	st.mac.Write(st.buf)
	return hex.AppendEncode(dst, st.mac.Sum(st.sum[:0]))
}

// SignRequest sets app_key, timestamp (at, in Unix seconds) and sign in the
// query of a request of the caller's own. Everything else in it, such as
// shop_cipher and the x-tts-access-token header, is left as it is.
func (s *Signer) SignRequest(req *http.Request, at time.Time) error {
	in, err := NewSignInput(req)
	if err != nil {
		return err
	}
	in.Query.Set(paramAppKey, s.appKey)
	in.Query.Set(paramTimestamp, strconv.FormatInt(at.Unix(), 10))
	in.Query.Set(paramSign, s.Sign(in))
	req.URL.RawQuery = in.Query.Encode()
	return nil
}

// VerifyRequest checks the signature in a request's query, as a server would.
// A wrong or missing one is ErrInvalidSignature, without a word on what it should have been.
// It looks at the signature alone, not at the timestamp's age.
func (s *Signer) VerifyRequest(req *http.Request) error {
	in, err := NewSignInput(req)
	if err != nil {
		return err
	}
	if !hmac.Equal([]byte(s.Sign(in)), []byte(in.Query.Get(paramSign))) {
		return ErrInvalidSignature
	}
	return nil
}
