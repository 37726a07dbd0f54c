// Package scalar reads and writes the platform's single values: texts that are now strings and now
// numbers, and times.
package scalar

import (
	"bytes"
	"cmp"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// Text returns the text of a JSON string or number, "" for null.
func Text(b []byte, target string) (string, error) {
	switch c := b[0]; {
	case c == '"' && bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b):
		return string(b[1 : len(b)-1]), nil
	case c == '"':
		var s string
		err := json.Unmarshal(b, &s)
		return s, err
	case c == '-' || c >= '0' && c <= '9':
		return string(b), nil
	case string(b) == "null":
		return "", nil
	}
	return "", fmt.Errorf("tiktokshop: %s: want a JSON string or number", target)
}

func Int(b []byte, target string) (int64, error) {
	s, err := Text(b, target)
	if err != nil || s == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("tiktokshop: %s: want a whole number", target)
	}
	return n, nil
}

func Seconds(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.Unix(), 10)
}

func Millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

func Query(key string, v *url.Values, text string) error {
	if text != "" {
		v.Set(key, text)
	}
	return nil
}

// Value is a time for a database: in UTC, so that a column without a zone keeps the instant.
func Value(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

// Scan reads a column that a driver gives as a time. The value is not quoted: the wrong column
// may hold a secret.
func Scan(src any, target string, t *time.Time) error {
	switch v := src.(type) {
	case nil:
		*t = time.Time{}
	case time.Time:
		*t = v
	default:
		return fmt.Errorf("tiktokshop: %s: want a time or NULL of the database, not %T", target,
			src)
	}
	return nil
}

func Quoted(text string) []byte { return []byte(`"` + text + `"`) }

// Bare writes a text that is a number as it is, 0 for "".
func Bare(text string) []byte { return []byte(cmp.Or(text, "0")) }

// DecodeText reads a JSON string or number into to, which an error leaves as it is.
func DecodeText[T ~string](b []byte, target string, to *T) error {
	s, err := Text(b, target)
	if err == nil {
		*to = T(s)
	}
	return err
}

// Unix reads a number of units since 1970, with a fraction or without; what is smaller than a
// nanosecond is dropped.
func Unix(b []byte, target string, t *time.Time, unit time.Duration) error {
	text, err := Text(b, target)
	if err != nil {
		return err
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if whole == "" && fraction == "" {
		*t = time.Time{}
		return nil
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || !bind.IsDigits(fraction) {
		return fmt.Errorf("tiktokshop: %s: want a number", target)
	}
	part := time.Duration(0)
	for i, place := 0, unit/10; i < len(fraction) && place > 0; i, place = i+1, place/10 {
		part += time.Duration(fraction[i]-'0') * place
	}
	if strings.HasPrefix(whole, "-") {
		part = -part
	}
	if n == 0 && part == 0 {
		*t = time.Time{}
		return nil
	}
	perSecond := int64(time.Second / unit)
	*t = time.Unix(n/perSecond, n%perSecond*int64(unit)+int64(part))
	return nil
}
