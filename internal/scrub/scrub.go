// Package scrub masks secrets in what others wrote: answers that echo a request, and errors of
// transports and stores that quote what they were given.
//
// A secret is masked wherever it stands as a whole, and so is a beginning of 8 characters or more,
// any other piece of 16 or more, and a beginning of 4 or more at the very end of a text, where an
// echo may have been cut off. It is recognised through escapes of URLs, JSON and HTML, each
// character escaped or not, and escapes of escapes; in base64, in hexadecimal and as numbers of
// bytes from a beginning of 8 characters on.
//
// A secret of fewer than 6 characters is none that the platform gives out, but a placeholder such
// as "key"; masked everywhere, it would make texts unreadable. It is masked only where it stands as
// a value: after = or : or an opening quote or bracket, up to the end of the word.
package scrub

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

const (
	shortest = 6 // of the secrets that are masked wherever they stand
	minHead  = 8 // of the beginnings of a secret that are masked anywhere
	minPiece = 16
	minTail  = 4 // of the beginnings that are masked at the end of a text
	block    = 8 // of a secret, that is looked for; any piece of minPiece has a whole one
	layers   = 3 // of escapes that are seen through
	escaped  = 6 // characters that one may be written with, as \u002b
)

// Scrubber masks the secrets it was made for. Making one costs microseconds: it is made when
// something has failed.
type Scrubber struct {
	text    func(string) string // a func, which prints as an address
	longest int
}

// New returns a Scrubber for secrets, of which those that are "" are left out.
func New(secrets ...string) *Scrubber {
	var short []string
	var patterns []pattern
	longest := 0
	for _, secret := range secrets {
		longest = max(longest, len(secret))
		switch {
		case secret == "":
		case len(secret) < shortest:
			short = append(short, secret)
		default:
			patterns = append(patterns, pattern{text: secret, pieces: true})
			for _, text := range encodings(secret) {
				patterns = append(patterns, pattern{text: text})
			}
		}
	}
	return &Scrubber{
		text:    func(text string) string { return mask(text, patterns, short) },
		longest: longest,
	}
}

// Text returns a text with Redacted in the place of each secret.
func (s *Scrubber) Text(text string) string { return s.text(text) }

// Head returns the first n bytes of a text, scrubbed. It looks further than n, so that no part of a
// secret is left at the cut.
func (s *Scrubber) Head(text []byte, n int) []byte {
	clean := s.text(string(text[:min(len(text), n+escaped*s.longest)]))
	return bytes.Clone([]byte(clean[:min(len(clean), n)]))
}

// encodings returns what a secret looks like inside of base64 and hexadecimal text, and where bytes
// are printed as numbers.
func encodings(secret string) []string {
	digits := hex.EncodeToString([]byte(secret))
	numbers := fmt.Sprint([]byte(secret))
	found := []string{digits, strings.ToUpper(digits), numbers[1 : len(numbers)-1]}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 { // bytes of something else, modulo 3
			text := encoding.EncodeToString(append(make([]byte, before), secret...))
			if (before+len(secret))%3 != 0 {
				text = text[:len(text)-1] // that also depends on what comes after
			}
			if before > 0 {
				text = text[before+1:]
			}
			if len(text) >= minHead && !slices.Contains(found, text) {
				found = append(found, text)
			}
		}
	}
	return found
}

// pattern is what is looked for.
type pattern struct {
	text   string
	pieces bool // from the middle of it count, too
}

// span is a part of a text.
type span struct{ from, to int }

// byPlace sorts spans with the sort that net/http has in every program already.
type byPlace []span

func (s byPlace) Len() int           { return len(s) }
func (s byPlace) Less(i, j int) bool { return s[i].from < s[j].from }
func (s byPlace) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

// mask replaces the secrets in a text.
func mask(text string, patterns []pattern, short []string) string {
	var found []span
	for at, layer := 0, (decoded{text: text}); ; at++ {
		for _, s := range find(layer.text, patterns, short) {
			found = append(found, layer.source(s))
		}
		next, changed := layer.decode()
		if !changed || at == layers {
			break
		}
		layer = next
	}
	if len(found) == 0 {
		return text
	}
	sort.Sort(byPlace(found))
	var out strings.Builder
	end := 0
	for i, s := range found {
		if i == 0 || s.from > end { // what overlaps or touches is masked once
			out.WriteString(text[end:s.from])
			out.WriteString(Redacted)
		}
		end = max(end, s.to)
	}
	out.WriteString(text[end:])
	return out.String()
}

// find returns where secrets and pieces of them are in a text.
func find(text string, patterns []pattern, short []string) (found []span) {
	for _, p := range patterns {
		if len(p.text) < block {
			each(text, p.text, func(at int) { found = append(found, span{at, at + len(p.text)}) })
		}
		for offset := 0; offset+block <= len(p.text) && (offset == 0 || p.pieces); offset += block {
			each(text, p.text[offset:offset+block], func(at int) {
				s, head := grow(text, p.text, at, offset)
				if s.to-s.from >= min(minPiece, len(p.text)) || head && s.to-s.from >= minHead {
					found = append(found, s)
				}
			})
		}
		for n := min(len(p.text), len(text)); n >= minTail; n-- {
			if strings.HasSuffix(text, p.text[:n]) {
				found = append(found, span{len(text) - n, len(text)})
				break
			}
		}
	}
	for _, p := range short {
		each(text, p, func(at int) {
			if s := (span{at, at + len(p)}); isValue(text, s) {
				found = append(found, s)
			}
		})
	}
	return found
}

// each calls f with every place in a text where a part is.
func each(text, part string, f func(at int)) {
	for at := 0; ; at++ {
		i := strings.Index(text[at:], part)
		if i < 0 {
			return
		}
		at += i
		f(at)
	}
}

// grow returns the longest piece of p around the block of it that text has at a place, and whether
// it begins as p does.
func grow(text, p string, at, offset int) (s span, head bool) {
	s = span{at, at + block}
	from, to := offset, offset+block
	for s.from > 0 && from > 0 && text[s.from-1] == p[from-1] {
		s.from, from = s.from-1, from-1
	}
	for s.to < len(text) && to < len(p) && text[s.to] == p[to] {
		s.to, to = s.to+1, to+1
	}
	return s, from == 0
}

// isValue tells whether a part of a text stands where a value stands.
func isValue(text string, s span) bool {
	before := strings.TrimSuffix(text[:s.from], " ")
	if before == "" {
		return text == text[s.from:s.to]
	}
	switch last := before[len(before)-1]; {
	case last == ':' || last == '=':
	case len(before) == s.from && strings.IndexByte("\"'`[{(<", last) >= 0:
	default:
		return false
	}
	return s.to == len(text) || !isWord(text[s.to])
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' ||
		c == '-'
}
