package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash"
	"sync"

	"github.com/tiktokshop-go/tiktokshop"
)

// SignatureHeader is the header of a delivery that carries its signature, without any prefix.
const SignatureHeader = "Authorization"

// signatureSize is the length of a signature: a SHA-256 in hexadecimal digits.
const signatureSize = 2 * sha256.Size

// errSignature says that a signature is missing or wrong, and nothing of the right one.
var errSignature = fmt.Errorf("webhook: %w", tiktokshop.ErrInvalidSignature)

var errNoVerifier = &tiktokshop.InputError{Field: "verifier", Reason: "was not made by NewVerifier"}

// Signer signs events as the platform does, for tests of a receiver. It is safe
// for concurrent use, and no way of printing it shows the secret.
type Signer struct {
	appKey string
	secret func() string // a func, because fmt prints no more of one than its address
	macs   *sync.Pool    // of hash.Hash, keyed
}

// NewSigner returns a Signer for an app. An empty key or secret, and one with
// white space or control characters, is a *tiktokshop.InputError.
func NewSigner(appKey, appSecret string) (*Signer, error) {
	// The client's signer has the same rules for what a key and a secret can be.
	if _, err := tiktokshop.NewSigner(appKey, appSecret); err != nil {
		return nil, err
	}
	return &Signer{
		appKey: appKey,
		secret: func() string { return appSecret },
		macs:   &sync.Pool{New: func() any { return hmac.New(sha256.New, []byte(appSecret)) }},
	}, nil
}

// Sign returns the value of the Authorization header for a body: 64 lowercase hexadecimal digits.
func (s *Signer) Sign(body []byte) string {
	return string(s.appendSign(nil, body))
}

func (s *Signer) appendSign(dst, body []byte) []byte {
	mac := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(s.appKey))
	mac.Write(body)
	return hex.AppendEncode(dst, mac.Sum(make([]byte, 0, sha256.Size)))
}

// Verifier checks the signatures of the events sent to one app. It is safe for
// concurrent use, and no way of printing it shows a secret.
type Verifier struct{ signers []*Signer }

// NewVerifier returns a Verifier for an app. Give it the old and the new secret while the app's
// secret is being changed: an event signed with any of them is accepted. No secret at all, an empty
// one, and one with white space or control characters is a *tiktokshop.InputError.
func NewVerifier(appKey string, appSecrets ...string) (*Verifier, error) {
	if len(appSecrets) == 0 {
		return nil, &tiktokshop.InputError{Field: "app secret",
			Reason: "is missing: give at least one"}
	}
	v := &Verifier{signers: make([]*Signer, len(appSecrets))}
	for i, secret := range appSecrets {
		var err error
		if v.signers[i], err = NewSigner(appKey, secret); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// Verify checks the Authorization header of a delivery against its body, byte for byte
// as received. The error is tiktokshop.ErrInvalidSignature, whatever is wrong; neither it nor the
// time it takes tells how close the signature was.
//
// Source: https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview
func (v *Verifier) Verify(body []byte, signature string) error {
	if v == nil || len(v.signers) == 0 {
		return errNoVerifier
	}
	var buf [signatureSize]byte
	valid := 0
	for _, s := range v.signers {
		valid |= subtle.ConstantTimeCompare(s.appendSign(buf[:0], body), []byte(signature))
	}
	if valid != 1 {
		return errSignature
	}
	return nil
}

// Parse is Verify and then the function Parse: what a receiver that is no net/http server needs.
func (v *Verifier) Parse(body []byte, signature string) (*Event, error) {
	if err := v.Verify(body, signature); err != nil {
		return nil, err
	}
	return Parse(body)
}

// appKey tells the app.
func (v *Verifier) appKey() string { return v.signers[0].appKey }
