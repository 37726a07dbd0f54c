package tiktokshop

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
)

const redacted = "[redacted]"

// scrubber removes the secrets of one attempt from what others wrote: answers
// that echo the request, and errors of a transport that quotes URLs. It is made on failure only.
type scrubber struct {
	text    func(string) string // a func, which prints as an address
	longest int
}

// scrubber knows the app secret, the access token, the attempt's signature and the secret parameters.
func (inv *invocation) scrubber(creds *credentials) *scrubber {
	secrets := []string{inv.cfg.signer.secret.reveal(), creds.token, creds.sign}
	for _, p := range inv.hidden {
		secrets = append(secrets, p.value.Reveal())
	}
	return newScrubber(secrets...)
}

// htmlEscaper does what html.EscapeString does, whose package is large for that.
var htmlEscaper = strings.NewReplacer(`&`, "&amp;", `'`, "&#39;", `<`, "&lt;", `>`, "&gt;", `"`, "&#34;")

// newScrubber knows the secrets given.
func newScrubber(secrets ...string) *scrubber {
	var pairs []string
	longest := 0
	for _, plain := range secrets {
		if plain == "" {
			continue
		}
		// As it is, and as a URL, an HTML page and a JSON string would write it.
		for _, form := range []string{
			plain, url.QueryEscape(plain), url.PathEscape(plain), htmlEscaper.Replace(plain),
			strings.ReplaceAll(plain, "/", `\/`), strings.NewReplacer("=", `\u003d`, "+", `\u002b`, "&", `\u0026`).Replace(plain),
		} {
			pairs = append(pairs, form, redacted)
			longest = max(longest, len(form))
		}
	}
	return &scrubber{text: strings.NewReplacer(pairs...).Replace, longest: longest}
}

// head returns the first n bytes of an answer. It looks further than n, so that no part of a secret is left at the cut.
func (s *scrubber) head(b []byte, n int) []byte {
	clean := []byte(s.text(string(b[:min(len(b), n+s.longest)])))
	return bytes.Clone(clean[:min(len(clean), n)])
}

// error returns err unless its text, or that of an error it wraps, holds a
// secret: then an error with a clean text, in which errors.Is still finds what it found in err.
func (s *scrubber) error(err error) error {
	if s.clean(err) {
		return err
	}
	return &scrubbedError{text: s.text(err.Error()), is: func(target error) bool { return errors.Is(err, target) }}
}

func (s *scrubber) clean(err error) bool {
	if err == nil {
		return true
	}
	if t := err.Error(); s.text(t) != t {
		return false
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return s.clean(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if !s.clean(inner) {
				return false
			}
		}
	}
	return true
}

// scrubbedError keeps the error it stands for out of reach, in a closure.
type scrubbedError struct {
	text string
	is   func(error) bool
}

func (e *scrubbedError) Error() string        { return e.text }
func (e *scrubbedError) Is(target error) bool { return e.is(target) }
