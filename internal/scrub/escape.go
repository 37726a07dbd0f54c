package scrub

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// decoded is a text with escapes resolved.
type decoded struct {
	text  string
	spans []span // where each byte came from in the first text; nil if nothing was resolved
}

// source returns where a part came from.
func (d decoded) source(s span) span {
	if d.spans == nil {
		return s
	}
	return span{d.spans[s.from].from, d.spans[s.to-1].to}
}

// decode resolves one layer of escapes. It reports whether there were any.
func (d decoded) decode() (decoded, bool) {
	if !strings.ContainsAny(d.text, `%\&`) {
		return d, false
	}
	next := make([]byte, 0, len(d.text))
	spans := make([]span, 0, len(d.text))
	changed := false
	for i := 0; i < len(d.text); {
		r, n := escape(d.text[i:])
		var b [utf8.UTFMax]byte
		bytes := b[:1]
		switch {
		case n == 0:
			b[0], n = d.text[i], 1
		case r >= 0:
			bytes = utf8.AppendRune(b[:0], r)
			changed = true
		default: // a byte
			b[0] = byte(-r - 1)
			changed = true
		}
		for range bytes {
			spans = append(spans, d.source(span{i, i + n}))
		}
		next = append(next, bytes...)
		i += n
	}
	return decoded{string(next), spans}, changed
}

// entities are the names in HTML of what a secret or another escape may have in it.
var entities = []struct {
	name string
	r    rune
}{
	{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}, {"plus;", '+'},
	{"equals;", '='}, {"sol;", '/'},
	{"bsol;", '\\'}, {"percnt;", '%'}, {"lowbar;", '_'}, {"colon;", ':'}, {"period;", '.'},
}

// escape returns what the escape at the beginning of a text stands for, and its length, which is 0
// if there is none. A byte b that may be a part of a character is -b-1.
func escape(s string) (r rune, n int) {
	switch {
	case s[0] == '%' && len(s) >= 3:
		if b, ok := hexadecimal(s[1:3]); ok {
			return -b - 1, 3
		}
	case s[0] == '\\' && len(s) >= 2:
		switch s[1] {
		case '/', '"', '\'', '\\':
			return rune(s[1]), 2
		case 'u':
			if len(s) >= 6 {
				if r, ok := hexadecimal(s[2:6]); ok {
					return r, 6
				}
			}
		case 'x':
			if len(s) >= 4 {
				if b, ok := hexadecimal(s[2:4]); ok {
					return -b - 1, 4
				}
			}
		}
	case strings.HasPrefix(s, "&#"):
		return numeric(s)
	case s[0] == '&':
		for _, e := range entities {
			if strings.HasPrefix(s[1:], e.name) {
				return e.r, 1 + len(e.name)
			}
		}
	}
	return 0, 0
}

// numeric reads an escape such as &#43; or &#x2b; of at most 10 characters.
func numeric(s string) (rune, int) {
	end := strings.IndexByte(s[:min(len(s), 10)], ';')
	if end < 0 {
		return 0, 0
	}
	digits, base := s[2:end], 10
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if err != nil {
		return 0, 0
	}
	return rune(n), end + 1
}

func hexadecimal(digits string) (rune, bool) {
	n, err := strconv.ParseUint(digits, 16, 31)
	return rune(n), err == nil
}
