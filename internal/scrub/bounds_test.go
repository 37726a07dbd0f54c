package scrub

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOneEscape writes a single character of a secret with an escape, so that both sides of it are
// masked only if that one is seen through.
func TestOneEscape(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ char, form string }{
		{"<", "&lt;"}, {">", "&gt;"}, {`"`, "&quot;"}, {"'", "&apos;"}, {"&", "&amp;"},
		{"+", "&plus;"}, {"=", "&equals;"},
		{"/", "&sol;"}, {`\`, "&bsol;"}, {"%", "&percnt;"}, {"_", "&lowbar;"}, {":", "&colon;"},
		{".", "&period;"},
		{`"`, `\"`}, {"'", `\'`}, {`\`, `\\`}, {"/", `\/`},
		{"€", `\u20ac`}, {"€", "%E2%82%AC"}, {"€", "&#8364;"}, {"\U000f4240", "&#1000000;"},
		{"a", "&#x000061;"}, {"a", "&#X61;"},
		{"+", "%2b"}, {"+", `\x2b`},
	} {
		t.Run(tc.char+" "+tc.form, func(t *testing.T) {
			t.Parallel()
			s := New("abc"+tc.char+"def", "ghijklmno"+tc.char+"pqrstuvwx", "yzABCDEFG"+tc.char)
			for _, text := range []string{"abc" + tc.form + "def",
				"ghijklmno" + tc.form + "pqrstuvwx"} {
				assert.Equal(t, "is [redacted]!", s.Text("is "+text+"!"))
				assert.Equal(t, "[redacted]", s.Text(text))
			}
			assert.Equal(t, "is [redacted]", s.Text("is yzABCDEFG"+tc.form), "at the very end")
			assert.Equal(t, "[redacted]", New(tc.char+"yzABCDEFG").Text(tc.form+"yzABCDEFG"),
				"at the very beginning")
		})
	}
}

// TestWhatIsNoEscape stays a part of a secret, of which another character is escaped.
func TestWhatIsNoEscape(t *testing.T) {
	t.Parallel()
	for _, char := range []string{"&#", "&#;", "&#x;", "&#zz;", "&#12345678;", "&", "&nothing;",
		"%", "%g0", "%4", `\`, `\q`, `\u20a`, `\u20ag`, `\x2`, `\xg0`} {
		s := New("abc" + char + "~efghijk")
		assert.Equal(t, "is [redacted]!", s.Text("is abc"+char+"%7Eefghijk!"), char)
		for _, text := range []string{char, "x" + char, char + "x"} {
			assert.Equal(t, text, s.Text(text))
		}
	}
}

// TestLayers are seen through up to three, so that a hostile text costs no more.
func TestLayers(t *testing.T) {
	t.Parallel()
	s := New(sign)
	text := escapeAll(sign, "%%%02x")
	for range 2 {
		text = url.QueryEscape(text)
	}
	assert.Equal(t, "[redacted]", s.Text(text))
	four := url.QueryEscape(text)
	assert.Equal(t, four, s.Text(four))
}

// TestBase64Exactly masks what of base64 text depends on the secret alone, no more and no less.
func TestBase64Exactly(t *testing.T) {
	t.Parallel()
	for length := 26; length <= 28; length++ {
		secret := sign[:length]
		s := New(secret)
		for before := range 3 {
			for after := range 3 {
				text := base64.RawStdEncoding.EncodeToString(
					[]byte("??"[:before] + secret + "??"[:after]))
				from := 0
				if before > 0 {
					from = before + 1
				}
				// the next character holds bits of what follows
				to := (before+length)/3*4 + (before+length)%3
				assert.Equal(t, text[:from]+Redacted+text[to:],
					s.Text(text + " ")[:from+len(Redacted)+len(text)-to],
					"%d bytes after %d and before %d", length, before, after)
			}
		}
	}
	s := New("abcdef")
	assert.Equal(t, "Basic [redacted]!",
		s.Text("Basic "+base64.StdEncoding.EncodeToString([]byte("abcdef"))+"!"))
	seven := base64.StdEncoding.EncodeToString([]byte("?abcdef"))[2:9]
	assert.Equal(t, "Basic "+seven+"!", s.Text("Basic "+seven+"!"), "it may stand for much else")
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	s := New(token, sign, "8letters")
	for _, tc := range []struct{ name, text, want string }{
		{"two that touch", "a " + token + sign + " b", "a [redacted] b"},
		{"as long as what is looked for", "my 8letters here", "my [redacted] here"},
		{"a piece at the beginning", sign[1:30] + " b", "[redacted] b"},
		{"a short piece far behind", strings.Repeat("x", 50) + sign[10:25] + " b",
			strings.Repeat("x", 50) + sign[10:25] + " b"},
	} {
		assert.Equal(t, tc.want, s.Text(tc.text), tc.name)
	}
	assert.Equal(t, "no", string(s.Head([]byte("no secret"), 2)))
	assert.Equal(t, "no secret", string(s.Head([]byte("no secret"), 20)))
	assert.Equal(t, "a [redacted] b", string(s.Head([]byte("a "+token+" b and more"), 14)))
}

func TestEndOfAValue(t *testing.T) {
	t.Parallel()
	s := New("key")
	for _, c := range "azAZ09_-" {
		text := "a=key" + string(c)
		assert.Equal(t, text, s.Text(text), "the value goes on")
	}
	for _, c := range "`{@[/:.,^" {
		assert.Equal(t, "a=[redacted]"+string(c), s.Text("a=key"+string(c)))
	}
}

// hidingMany says nothing of what it wraps.
type hidingMany []error

func (hidingMany) Error() string     { return "several things went wrong" }
func (h hidingMany) Unwrap() []error { return h }

func TestErrorOfSeveral(t *testing.T) {
	t.Parallel()
	s := New(token)
	clean := fmt.Errorf("first: %w", hidingMany{io.EOF, errors.New("nothing to hide")})
	assert.Same(t, clean, s.Error(clean))
	got := s.Error(hidingMany{io.EOF, errors.New(token)})
	assert.ErrorIs(t, got, io.EOF)
	assert.IsType(t, new(scrubbedError), got)
	assert.NotContains(t, fmt.Sprintf("%+v %#v", got, got), token)
}
