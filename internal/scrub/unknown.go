package scrub

import (
	"strings"
	"sync/atomic"
)

// The names that a secret stands under, in small letters and without what separates words.
var names = []string{"accesstoken", "refreshtoken", "appsecret", "clientsecret", "authorization",
	bearer}

const (
	bearer   = "bearer"
	inTokens = "+/=.~" // besides what words have

	// shortestUnknown is the shortest text without quotes that is taken for a secret.
	shortestUnknown = 16
)

// What the platform's tokens and codes begin with, as they are, in base64 and in hexadecimal.
// Ciphers begin so, too: it does no harm to mask one in an error that is not the platform's.
var beginnings = []string{
	"ROW_", "TTP_", "GCP_", "Uk9XX", "VFRQX", "R0NQX", "524f575f", "5454505f", "4743505f",
	"524F575F", "5454505F", "4743505F",
}

// Foreign is Scrubber.Error for the errors of code that has secrets of its own, as a token source
// or a store does: besides the secrets given it masks what stands under the name of a secret, in
// JSON, a query, a header or a printed value, and what begins as the platform's tokens do.
func Foreign(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	walk(err, func(e error) {
		for _, text := range shown(e) {
			secrets = append(secrets, Find(text)...)
		}
	})
	return New(secrets...).Error(err)
}

// Find returns what looks like a secret in a text, and in what the text escapes.
func Find(text string) (found []string) {
	for at, layer := 0, (decoded{text: text}); ; at++ {
		found = append(found, named(layer.text)...)
		for _, beginning := range beginnings {
			each(layer.text, beginning, func(at int) {
				if value := leading(layer.text[at:], inTokens); len(value) >= shortestUnknown {
					found = append(found, value)
				}
			})
		}
		next, changed := layer.decode()
		if !changed || at == layers {
			return found
		}
		layer = next
	}
}

// named returns the values that stand under the names of secrets.
func named(text string) (found []string) {
	for at := 0; at < len(text); at++ {
		word := leading(text[at:], "")
		if word == "" {
			continue
		}
		at += len(word)
		if name := nameOf(word); name != "" {
			if value := valueAfter(name, text[at:]); value != "" {
				found = append(found, value)
			}
		}
	}
	return found
}

// leading returns the word at the beginning of a text, which may also have the characters of more.
func leading(text, more string) string {
	n := 0
	for n < len(text) && (isWord(text[n]) || strings.IndexByte(more, text[n]) >= 0) {
		n++
	}
	return text[:n]
}

// nameOf returns the name of a secret that a word is or ends in, as tts_access_token does.
func nameOf(word string) string {
	word = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(word))
	for _, name := range names {
		if strings.HasSuffix(word, name) {
			return name
		}
	}
	return ""
}

// valueAfter returns what follows a name: a text in quotes, or a long one without.
func valueAfter(name, text string) string {
	text = strings.TrimLeft(text, "\"'` ") // the name's own
	rest := strings.TrimLeft(text, ":=>")
	if rest == text && name != bearer {
		return ""
	}
	rest = strings.TrimLeft(rest, " [({")
	if rest != "" && strings.IndexByte("\"'`", rest[0]) >= 0 {
		return beforeQuote(rest[1:], rest[0])
	}
	if value := leading(rest, inTokens); len(value) >= shortestUnknown {
		return value
	}
	return ""
}

// beforeQuote returns what stands before a quote that is not escaped, all of it if the text was
// cut.
func beforeQuote(text string, quote byte) string {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case quote:
			return text[:i]
		case '\\':
			i++
		}
	}
	return text
}

// Memory knows the secret that it was given last. The zero Memory and nil know none.
type Memory struct{ last atomic.Pointer[func() string] } // a func, which prints as an address

// Keep notes a secret.
func (m *Memory) Keep(secret string) {
	if m == nil {
		return
	}
	if last := m.last.Load(); last == nil || (*last)() != secret {
		last := func() string { return secret }
		m.last.Store(&last)
	}
}

// Foreign is the function of that name, which also masks the secret that was given last.
func (m *Memory) Foreign(err error, secrets ...string) error {
	if m != nil {
		if last := m.last.Load(); last != nil {
			secrets = append(secrets, (*last)())
		}
	}
	return Foreign(err, secrets...)
}
