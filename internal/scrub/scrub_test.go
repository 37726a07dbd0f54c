package scrub

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	token = "GCP_a-very/secret+token=Zm9&x"
	sign  = "0f5a1c9d7e3b2846af90e1d2c3b4a5968778695a4b3c2d1e0f9e8d7c6b5a4f3e"
)

// escapeAll writes every character of a text with an escape.
func escapeAll(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	quoted, _ := json.Marshal(token)
	twice, _ := json.Marshal(string(quoted))
	for _, tc := range []struct{ name, form string }{
		{"as it is", token},
		{"query", url.QueryEscape(token)},
		{"path", url.PathEscape(token)},
		{"lower-case query", lowerEscapes(url.QueryEscape(token))},
		{"query, some characters", strings.ReplaceAll(token, "+", "%2b")},
		{"query, all characters", escapeAll(token, "%%%02X")},
		{"query in a query", url.QueryEscape(url.QueryEscape(token))},
		{"query in a query in a query", url.QueryEscape(url.QueryEscape(url.QueryEscape(token)))},
		{"JSON", strings.Trim(string(quoted), `"`)},
		{"JSON, slashes", strings.ReplaceAll(token, "/", `\/`)},
		{"JSON, all characters", escapeAll(token, `\u%04x`)},
		{"JSON, all characters, capitals", escapeAll(token, `\u%04X`)},
		{"JSON in JSON", strings.Trim(string(twice), `"\`)},
		{"JavaScript", escapeAll(token, `\x%02x`)},
		{"HTML", html.EscapeString(token)},
		{"HTML, decimal", escapeAll(token, "&#%d;")},
		{"HTML, hexadecimal", escapeAll(token, "&#x%x;")},
		{"HTML, names", strings.NewReplacer("&", "&amp;", "+", "&plus;", "=", "&equals;", "/",
			"&sol;", "_", "&lowbar;").Replace(token)},
		{"HTML of a query", html.EscapeString(url.QueryEscape(token))},
		{"query of JSON", url.QueryEscape(escapeAll(token, `\u%04x`))},
		{"base64", base64.StdEncoding.EncodeToString([]byte(token))},
		{"hexadecimal", hex.EncodeToString([]byte(token))},
		{"hexadecimal, capitals", strings.ToUpper(hex.EncodeToString([]byte(token)))},
		{"bytes as numbers", strings.Trim(fmt.Sprint([]byte(token)), "[]")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := New(sign, token, "")
			got := s.Text("before " + tc.form + " and again: " + tc.form + "!")
			if tc.name == "base64" { // the end of it depends on what follows
				got = strings.NewReplacer("]g=", "]", "]g", "]").Replace(got)
			}
			assert.Equal(t, "before [redacted] and again: [redacted]!", got)
			assert.Equal(t, "nothing of 100% & \\ here", s.Text("nothing of 100% & \\ here"))
		})
	}
}

func lowerEscapes(s string) string {
	for i := range s {
		if s[i] == '%' {
			s = s[:i] + strings.ToLower(s[i:i+3]) + s[i+3:]
		}
	}
	return s
}

// TestTextInBase64: the secret is a part of what was encoded, wherever in it.
func TestTextInBase64(t *testing.T) {
	t.Parallel()
	s := New(token)
	for before := range 7 {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			text := encoding.EncodeToString([]byte(strings.Repeat("u", before) + token + ":x"))
			got := s.Text("Basic " + text)
			assert.Contains(t, got, Redacted)
			rest, err := encoding.WithPadding(base64.NoPadding).DecodeString(
				strings.Split(strings.TrimPrefix(got, "Basic "), Redacted)[0])
			if err == nil {
				assert.LessOrEqual(t, len(rest), before+1)
			}
		}
	}
}

// TestPieces: what an echo leaves of a secret when it cuts it.
func TestPieces(t *testing.T) {
	t.Parallel()
	s := New(token, sign)
	for _, secret := range []string{token, sign} {
		for n := minHead; n <= len(secret); n++ {
			assert.Equal(t, "token [redacted]… is wrong", s.Text("token "+secret[:n]+"… is wrong"),
				"the first %d", n)
		}
		for from := 1; from+minPiece <= len(secret); from++ {
			for to := from + minPiece; to <= len(secret); to++ {
				assert.Equal(t, "…[redacted]…", s.Text("…"+secret[from:to]+"…"), "from %d to %d",
					from, to)
			}
		}
		for n := minTail; n <= len(secret); n++ {
			assert.Equal(t, `{"token":"[redacted]`, s.Text(`{"token":"`+secret[:n]),
				"the first %d, at the end", n)
			assert.Equal(t, `{"token":"[redacted]`,
				s.Text(`{"token":"`+escapeAll(secret[:n], "%%%02x")), "the first %d, escaped", n)
		}
	}
	for _, text := range []string{"", "GCP", "ends in GC", "GCP_ is a prefix of tokens",
		"a-very/secret one", sign[10:25]} {
		assert.Equal(t, text, s.Text(text))
	}
}

func TestShortSecrets(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, secret, text, want string }{
		{"one character in prose", "e", "Get the request: it was refused",
			"Get the request: it was refused"},
		{"a word of prose", "key", "the app key is invalid", "the app key is invalid"},
		{"a query", "key", "GET /x?app_secret=key&key=1", "GET /x?app_secret=[redacted]&key=1"},
		{"an escaped query", "key", "GET /x?u=app_secret%3Dkey",
			"GET /x?u=app_secret%3D[redacted]"},
		{"JSON", "key", `{"key":"key"}`, `{"[redacted]":"[redacted]"}`},
		{"a header", "key", "X-Tts-Access-Token: key", "X-Tts-Access-Token: [redacted]"},
		{"printed headers", "key", "map[X-Tts-Access-Token:[key]]",
			"map[X-Tts-Access-Token:[[redacted]]]"},
		{"a longer value", "key", "sign=keyring", "sign=keyring"},
		{"alone", "key", "key", "[redacted]"},
		{"six characters", "secret", "my secrets", "my [redacted]s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, New(tc.secret).Text(tc.text))
		})
	}
}

// TestHead lays a secret across the end of the piece that is kept.
func TestHead(t *testing.T) {
	t.Parallel()
	s := New(token, sign)
	const n = 100
	for _, form := range []string{token, url.QueryEscape(token), escapeAll(token, `\u%04x`), sign} {
		for inside := range min(n, len(form)) {
			body := strings.Repeat(".", n-inside) + form + "..."
			got := string(s.Head([]byte(body), n))
			assert.LessOrEqual(t, len(got), n)
			assert.True(t, strings.HasPrefix(Redacted, strings.Trim(got, ".")),
				"%d bytes inside: %s", inside, got)
		}
	}
	assert.Empty(t, s.Head(nil, n))
}

func TestError(t *testing.T) {
	t.Parallel()
	s := New(token)
	quiet := io.ErrUnexpectedEOF
	assert.Same(t, quiet, s.Error(quiet))
	require.NoError(t, s.Error(nil))
	for _, err := range []error{
		fmt.Errorf("GET /?t=%s: %w", url.QueryEscape(token), io.EOF),
		errors.Join(io.EOF, errors.New(token)),
		hiding{fmt.Errorf("%w: %s", io.EOF, token)},
	} {
		got := s.Error(err)
		require.ErrorIs(t, got, io.EOF)
		assert.Equal(t, s.Text(err.Error()), got.Error())
		assert.NotContains(t, fmt.Sprintf("%+v %#v", got, got), token)
		assert.Nil(t, errors.Unwrap(got))
	}
	assert.NotContains(t, fmt.Sprintf("%+v %#v", s, *s), token)
}

// hiding says nothing of what it wraps.
type hiding struct{ err error }

func (hiding) Error() string   { return "something went wrong" }
func (h hiding) Unwrap() error { return h.err }

// FuzzText: of a secret between any two texts nothing is left, however it was escaped, and a text
// without one stays as it is.
func FuzzText(f *testing.F) {
	f.Add("a", "b", uint8(0))
	f.Add("%", "5C\\u00", uint8(3))
	f.Add("&amp;#", "&#x", uint8(5))
	s := New(token, sign)
	f.Fuzz(func(t *testing.T, before, after string, how uint8) {
		form := token
		switch how % 6 {
		case 1:
			form = url.QueryEscape(form)
		case 2:
			form = escapeAll(form, "%%%02x")
		case 3:
			form = escapeAll(form, `\u%04X`)
		case 4:
			form = html.EscapeString(form)
		case 5:
			form = sign
		}
		got := s.Text(before + " " + form + " " + after)
		require.NotContains(t, got, form)
		require.Contains(t, got, Redacted)
		require.True(t, strings.HasPrefix(got, before) || s.Text(before) != before ||
			strings.ContainsAny(before, `%\&`))
	})
}

func BenchmarkText(b *testing.B) {
	s := New(token, sign, "0123456789abcdef0123456789abcdef01234567")
	text := strings.Repeat(`{"a%2Fb":"some text of an answer, not long"}`, 180)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Text(text)
	}
}
