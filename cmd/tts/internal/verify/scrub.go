package verify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// Scrubber makes samples of answers that can be shown to anybody: every text, id and sum in them is
// another one of the same form, the same one wherever the original stood. The key is random and
// forgotten with the run, so that nobody can go back. It keeps what says nothing about anybody:
// names of fields, values of fields that the facts have a list for, currencies, flags, and numbers
// below 10,000 whose field is no money, id, code of a place, age or position. Sums are multiplied
// by one secret number, and times go back by one secret span, so that they still add up; what is
// neither by the name of its field is replaced digit by digit, since one known price would give
// away all that is scaled, and one known time all that is shifted.
type Scrubber struct {
	key   []byte
	scale *big.Rat
	shift int64 // seconds
	made  map[string]string
	taken map[string]bool // the made-up ones
}

// NewScrubber makes a Scrubber with a random key.
func NewScrubber() (*Scrubber, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return newScrubber(key), nil
}

func newScrubber(key []byte) *Scrubber {
	s := &Scrubber{key: key, made: make(map[string]string), taken: make(map[string]bool)}
	b := s.stream("scale", 8)
	s.scale = big.NewRat(110_000+int64(binary.BigEndian.Uint16(b))%50_000, 100_000) // 1.1 to 1.6
	s.shift = 100*86400 + int64(binary.BigEndian.Uint32(b[2:]))%(1000*86400)
	return s
}

// stream are n bytes that depend on a text and the key.
func (s *Scrubber) stream(text string, n int) []byte {
	var out []byte
	for i := 0; len(out) < n; i++ {
		mac := hmac.New(sha256.New, s.key)
		fmt.Fprintf(mac, "%d:%s", i, text)
		out = mac.Sum(out)
	}
	return out[:n]
}

// Scrub is an answer without anything of anybody's.
func (s *Scrubber) Scrub(e *catalog.Entry, envelope []byte) ([]byte, error) {
	value, err := catalog.Decode(envelope)
	if err != nil {
		return nil, fmt.Errorf("verify: a sample of %s: %w", e.Name, err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("verify: a sample of %s is no object", e.Name)
	}
	clean := make(map[string]any, len(object))
	for name, v := range object {
		switch name {
		case "code":
			clean[name] = v
		case "data":
			clean[name] = s.value("data", &catalog.Field{Type: "object", Fields: e.Answer}, v)
		case "message":
			if text, _ := v.(string); strings.EqualFold(text, "success") {
				clean[name] = text
				continue
			}
			fallthrough
		default:
			clean[shownName(name, true)] = s.value(name, nil, v)
		}
	}
	return json.MarshalIndent(clean, "", "  ")
}

func (s *Scrubber) value(name string, f *catalog.Field, value any) any {
	switch v := value.(type) {
	case map[string]any:
		clean := make(map[string]any, len(v))
		for key, inner := range v {
			var field *catalog.Field
			if f != nil {
				if i := slices.IndexFunc(f.Fields,
					func(g *catalog.Field) bool { return g.Name == key }); i >= 0 {
					field = f.Fields[i]
				}
			}
			shown := key
			if field == nil && !mayBeShown(key, f != nil && len(f.Fields) > 0) {
				shown = s.text("", key)
			}
			clean[shown] = s.value(key, field, inner)
		}
		return clean
	case []any:
		clean := make([]any, len(v))
		var items *catalog.Field
		if f != nil {
			items = f.Items
		}
		for i, element := range v {
			clean[i] = s.value(name, items, element)
		}
		return clean
	case string:
		if f != nil && f.Secret {
			return "[redacted]"
		}
		if f != nil && slices.ContainsFunc(f.Values,
			func(known catalog.Value) bool { return known.Value == v }) {
			return v
		}
		return s.text(name, v)
	case json.Number:
		if f != nil && slices.ContainsFunc(f.Values,
			func(known catalog.Value) bool { return known.Value == v.String() }) {
			return v
		}
		return s.number(name, f, v)
	}
	return value
}

var (
	money = regexp.MustCompile(
		`(?i)amount|price|fee|(^|_)tax|gmv|revenue|discount|commission|cost|refund|balance|subtotal|sales`)
	times = regexp.MustCompile(`(?i)time|date|(^|_)at$|expire|deadline|due|since|until`)
	birth = regexp.MustCompile(`(?i)birth|dob`)
	// whose are names of fields that tell of somebody, however short the number.
	whose = regexp.MustCompile(`(?i)(^|_)(ids?|no|num|number|zip|zipcode|postal|postcode|phone|mobile|tel|fax|year|age|lat|lng|lon|latitude|` +
		`longitude|coordinates?|cpf|cnpj|ssn|tin|vat|passport|card|account|serial|imei|address|house|street)($|_)`)
	// counts are names of fields that tell how much or of which kind.
	counts   = regexp.MustCompile(`(?i)quantity|count|percent|days|hours|status|type|version|level`)
	decimal  = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)
	onlyNums = regexp.MustCompile(`^[0-9]+$`)
	onlyZero = regexp.MustCompile(`^-?0+(\.0+)?$`)
	isoDate  = regexp.MustCompile(
		`^([0-9]{4}-[0-9]{2}-[0-9]{2})([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
	webURL   = regexp.MustCompile(`(?s)^(https?://)(.*)$`)
	// opaque are tokens, blobs and long codes: which of their characters are digits and capitals
	// would confirm a guess.
	opaque = regexp.MustCompile(`^[A-Za-z0-9+/_=-]{16,}$`)
)

func isMoney(name string) bool { return money.MatchString(name) && !whose.MatchString(name) }

// isTime tells a Unix time, of a field that says so: a telephone number may look the same.
func isTime(name string, i int64) (unit int64, ok bool) {
	switch {
	case !times.MatchString(name) || birth.MatchString(name):
		return 0, false
	case i >= 1e9 && i < 3e9:
		return 1, true
	case i >= 1e12 && i < 3e12:
		return 1000, true
	}
	return 0, false
}

// number scales money, shifts times, and replaces other numbers, which may be ids. What is left are
// counts and flags.
func (s *Scrubber) number(name string, f *catalog.Field, n json.Number) json.Number {
	text := n.String()
	i, err := strconv.ParseInt(text, 10, 64)
	unit, isTime := isTime(name, i)
	switch {
	case onlyZero.MatchString(text):
		return n
	case err != nil && isMoney(name) && decimal.MatchString(text):
		return json.Number(s.scaled(text))
	case err != nil:
		return json.Number(s.digits(text))
	case isTime:
		return json.Number(strconv.FormatInt(i-s.shift*unit, 10))
	case isMoney(name) && i > -100_000_000 && i < 100_000_000:
		return json.Number(s.scaled(text))
	case whose.MatchString(name), i >= 10_000, i <= -10_000:
		made := s.digits(text)
		// keep it one
		if f != nil && f.Type == "int32" && len(strings.TrimPrefix(made, "-")) == 10 {
			made = strings.Replace(made, strings.TrimPrefix(made, "-")[:1], "1", 1)
		}
		return json.Number(made)
	}
	return n
}

// scaled multiplies a number and keeps how many digits it has behind the point.
func (s *Scrubber) scaled(text string) string {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return s.digits(text)
	}
	places := 0
	if i := strings.IndexByte(text, '.'); i >= 0 {
		places = len(text) - i - 1
	}
	got := new(big.Rat).Mul(r, s.scale).FloatString(places)
	if got == text && r.Sign() != 0 { // too small to be scaled
		step := new(big.Rat).SetFrac(big.NewInt(int64(r.Sign())),
			new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
		got = new(big.Rat).Add(r, step).FloatString(places)
	}
	return got
}

// digits replaces a number by one of as many digits; the first is not 0, so that it stays a number.
func (s *Scrubber) digits(text string) string {
	return s.form(text, func(text string, b []byte) string {
		out := []byte(text)
		for i, c := range out {
			switch {
			case c < '0' || c > '9':
			case i == 0 || out[i-1] == '-':
				out[i] = '1' + b[i]%8
			default:
				out[i] = '0' + b[i]%10
			}
		}
		return string(out)
	})
}

// form replaces a text by what f makes of it and some bytes: not the text itself, and nobody else's
// replacement unless there are too few of the form, as there are of single digits.
func (s *Scrubber) form(text string, f func(text string, b []byte) string) string {
	if made, ok := s.made[text]; ok {
		return made
	}
	made := text
	for i := 0; i < 1000 && (made == text || s.taken[made] && i < 100); i++ {
		made = f(text, s.stream(fmt.Sprintf("%d:%s", i, text), len(text)+8))
	}
	s.made[text], s.taken[made] = made, true
	return made
}

// text replaces a text by one of the same form.
func (s *Scrubber) text(name, text string) string {
	switch {
	case text == "", onlyZero.MatchString(text) && !whose.MatchString(name),
		strings.EqualFold(text, "true"), strings.EqualFold(text, "false"):
		return text
	case strings.Contains(name, "currency") && currency.MatchString(text):
		return text
	case isMoney(name) && (decimal.MatchString(text) ||
		onlyNums.MatchString(text) && len(text) < 10):
		return s.scaled(text)
	case decimal.MatchString(text):
		return s.digits(text)
	case onlyNums.MatchString(text) && len(text) < 4 && counts.MatchString(name) &&
		!whose.MatchString(name):
		return text
	case onlyNums.MatchString(text):
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			if unit, ok := isTime(name, i); ok {
				return strconv.FormatInt(i-s.shift*unit, 10)
			}
		}
		return s.digits(text)
	}
	if m := isoDate.FindStringSubmatch(text); m != nil {
		if shifted, ok := s.shiftedDate(name, m); ok {
			return shifted
		}
	}
	if m := webURL.FindStringSubmatch(text); m != nil {
		return m[1] + "masked.invalid/" + s.letters(m[2])
	}
	if local, host, ok := strings.Cut(text, "@"); ok && !strings.ContainsAny(text, " \n") &&
		strings.Contains(host, ".") {
		return s.letters(local) + "@masked.invalid"
	}
	return s.letters(text)
}

// shiftedDate is a date, and a time of the day if there is one, as much earlier as all times. A
// birthday becomes any day.
func (s *Scrubber) shiftedDate(name string, m []string) (string, bool) {
	day, err := time.Parse(time.DateOnly, m[1])
	if err != nil {
		return "", false
	}
	shift := s.shift
	if birth.MatchString(name) {
		shift = int64(binary.BigEndian.Uint32(s.stream("birth:"+m[1], 4))) % (30 * 365 * 86400)
	}
	clock := m[2]
	layout := ""
	if clock != "" {
		layout = "15:04:05"[:len(clock)-1]
		at, err := time.Parse(layout, clock[1:])
		if err != nil {
			return "", false
		}
		day = day.Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute +
			time.Duration(at.Second())*time.Second)
	}
	day = day.Add(-time.Duration(shift) * time.Second)
	shifted := day.Format(time.DateOnly)
	if clock != "" {
		shifted += clock[:1] + day.Format(layout)
	}
	fraction := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return r
	}, m[4])
	return shifted + fraction + m[5], true
}

// letters replaces letters by letters and digits by digits; spaces and marks of ASCII stay. The
// length in characters stays too.
func (s *Scrubber) letters(text string) string {
	if opaque.MatchString(text) && strings.ContainsAny(text, "0123456789+/=") {
		return s.blob(text)
	}
	return s.form(text, func(text string, b []byte) string {
		var out strings.Builder
		i := 0
		for _, r := range text {
			c := b[i%len(b)]
			i++
			switch {
			case unicode.IsNumber(r):
				out.WriteByte('0' + c%10)
			case unicode.IsUpper(r):
				out.WriteByte('A' + c%26)
			case unicode.IsLetter(r):
				out.WriteByte('a' + c%26)
			case r < utf8.RuneSelf, unicode.IsSpace(r):
				out.WriteRune(r)
			default: // a picture says as much as a word, and a mark may be a vowel
				out.WriteRune('·')
			}
		}
		return out.String()
	})
}

const (
	hexDigits    = "0123456789abcdef"
	alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// blob replaces every letter and digit by any other one; what is hexadecimal stays that.
func (s *Scrubber) blob(text string) string {
	alphabet := alphanumeric
	switch bare := strings.ReplaceAll(text, "-", ""); {
	case strings.Trim(bare, hexDigits) == "":
		alphabet = hexDigits
	case strings.Trim(bare, strings.ToUpper(hexDigits)) == "":
		alphabet = strings.ToUpper(hexDigits)
	}
	return s.form(text, func(text string, b []byte) string {
		out := []byte(text)
		for i, c := range out {
			if strings.IndexByte(alphanumeric, c) >= 0 {
				out[i] = alphabet[int(b[i])%len(alphabet)]
			}
		}
		return string(out)
	})
}
