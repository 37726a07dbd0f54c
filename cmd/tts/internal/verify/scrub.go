package verify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/catalog"
)

// Scrubber makes samples of answers that can be shown to anybody: every text, id and sum in them is another one of the same
// form, the same one wherever the original stood. The key is random and forgotten with the run, so that nobody can go back.
// It keeps what says nothing about anybody: names of fields, values of fields that the facts have a list for, currencies,
// flags, and numbers below 10,000 that are no money.
type Scrubber struct {
	key   []byte
	scale *big.Rat
	shift int64 // days
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
	b := s.stream("scale", 4)
	s.scale = big.NewRat(1100+int64(b[0])<<1, 1000) // 1.1 to 1.6
	s.shift = 100 + int64(b[1])
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
			clean[shownName(name)] = s.value(name, nil, v)
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
				if i := slices.IndexFunc(f.Fields, func(g *catalog.Field) bool { return g.Name == key }); i >= 0 {
					field = f.Fields[i]
				}
			}
			shown := key
			if field == nil && !fieldName.MatchString(key) {
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
		if f != nil && slices.ContainsFunc(f.Values, func(known catalog.Value) bool { return known.Value == v }) {
			return v
		}
		return s.text(name, v)
	case json.Number:
		if f != nil && slices.ContainsFunc(f.Values, func(known catalog.Value) bool { return known.Value == v.String() }) {
			return v
		}
		return s.number(name, v)
	}
	return value
}

var (
	money    = regexp.MustCompile(`(?i)amount|price|fee|tax|gmv|revenue|discount|commission|cost|payment|refund|total|balance|shipping|value|sales`)
	decimal  = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)
	onlyNums = regexp.MustCompile(`^[0-9]+$`)
	isoDate  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
	webURL   = regexp.MustCompile(`^(https?://)(.*)$`)
)

// number scales money, shifts times, and replaces long numbers, which are ids. What is left are counts and flags.
func (s *Scrubber) number(name string, n json.Number) json.Number {
	text := n.String()
	i, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil && strings.ContainsAny(text, "."):
		return json.Number(s.scaled(text))
	case err != nil:
		return json.Number(s.digits(text))
	case i >= 1e9 && i < 3e9:
		return json.Number(strconv.FormatInt(i-s.shift*86400, 10))
	case i >= 1e12 && i < 3e12:
		return json.Number(strconv.FormatInt(i-s.shift*86400_000, 10))
	case i >= 100_000_000 || i <= -100_000_000:
		return json.Number(s.digits(text))
	case i != 0 && (money.MatchString(name) || i >= 10_000 || i <= -10_000):
		return json.Number(s.scaled(text))
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
		step := new(big.Rat).SetFrac(big.NewInt(int64(r.Sign())), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
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

// form replaces a text by what f makes of it and some bytes, until it is no original's and nobody else's replacement.
func (s *Scrubber) form(text string, f func(text string, b []byte) string) string {
	if made, ok := s.made[text]; ok {
		return made
	}
	made := text
	for i := 0; i < 100; i++ {
		made = f(text, s.stream(fmt.Sprintf("%d:%s", i, text), len(text)+8))
		if made != text && !s.taken[made] {
			break
		}
	}
	s.made[text], s.taken[made] = made, true
	return made
}

// text replaces a text by one of the same form.
func (s *Scrubber) text(name, text string) string {
	lower := strings.ToLower(text)
	switch {
	case text == "" || text == "0", slices.Contains([]string{"true", "false", "yes", "no"}, lower):
		return text
	case strings.Contains(name, "currency") && currency.MatchString(text):
		return text
	case decimal.MatchString(text):
		return s.scaled(text)
	case onlyNums.MatchString(text) && len(text) < 4 && !money.MatchString(name) && !strings.Contains(name, "id"):
		return text
	case onlyNums.MatchString(text) && money.MatchString(name) && len(text) < 10:
		return s.scaled(text)
	case onlyNums.MatchString(text):
		return s.digits(text)
	case isoDate.MatchString(text):
		return s.form(text, func(text string, _ []byte) string { return s.shiftedDate(text) })
	}
	if m := webURL.FindStringSubmatch(text); m != nil {
		return m[1] + "masked.invalid/" + s.letters(m[2])
	}
	if local, host, ok := strings.Cut(text, "@"); ok && !strings.ContainsAny(text, " \n") && strings.Contains(host, ".") {
		return s.letters(local) + "@masked.invalid"
	}
	return s.letters(text)
}

func (s *Scrubber) shiftedDate(text string) string {
	at, err := parseDate(text[:10])
	if err != nil {
		return s.letters(text)
	}
	return at.AddDate(0, 0, -int(s.shift)).Format("2006-01-02") + text[10:]
}

// letters replaces letters by letters and digits by digits; spaces and marks stay. The length in characters stays too.
func (s *Scrubber) letters(text string) string {
	return s.form(text, func(text string, b []byte) string {
		var out strings.Builder
		i := 0
		for _, r := range text {
			c := b[i%len(b)]
			i++
			switch {
			case unicode.IsDigit(r):
				out.WriteByte('0' + c%10)
			case unicode.IsUpper(r):
				out.WriteByte('A' + c%26)
			case unicode.IsLetter(r):
				out.WriteByte('a' + c%26)
			default:
				out.WriteRune(r)
			}
		}
		return out.String()
	})
}

// Samples writes samples into a folder: the first of each operation.
type Samples struct {
	dir      string
	scrubber *Scrubber
	written  map[string]bool
}

// NewSamples makes the folder.
func NewSamples(dir string) (*Samples, error) {
	s, err := NewScrubber()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Samples{dir: dir, scrubber: s, written: make(map[string]bool)}, nil
}

// Count is how many were written.
func (s *Samples) Count() int { return len(s.written) }

// Add writes an answer, unless the operation has a sample. Answers that hold secrets are left out.
func (s *Samples) Add(e *catalog.Entry, envelope []byte) error {
	if s.written[e.Name] || e.Secret {
		return nil
	}
	clean, err := s.scrubber.Scrub(e, envelope)
	if err != nil {
		return err
	}
	s.written[e.Name] = true
	return os.WriteFile(filepath.Join(s.dir, e.Name+".json"), append(clean, '\n'), 0o644)
}

func parseDate(text string) (time.Time, error) { return time.Parse(time.DateOnly, text) }
