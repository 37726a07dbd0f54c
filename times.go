package tiktokshop

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// UnixTime is a time that the platform writes as Unix seconds. It decodes from
// a number or a numeric string and encodes as a number; 0, "" and null are the zero time.
type UnixTime struct{ time.Time }

// NewUnixTime wraps a time for a request; fractions of a second are dropped on the wire.
func NewUnixTime(t time.Time) UnixTime { return UnixTime{t} }

// UnmarshalJSON reads Unix seconds from a JSON number or string.
func (t *UnixTime) UnmarshalJSON(b []byte) error {
	return decodeUnix(b, "UnixTime", &t.Time, time.Second)
}

// MarshalJSON writes Unix seconds as a JSON number, 0 for the zero time.
func (t UnixTime) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("0"), nil
	}
	return []byte(t.text()), nil
}

// EncodeValues writes Unix seconds into a query, nothing for the zero time.
func (t UnixTime) EncodeValues(key string, v *url.Values) error { return encodeTime(key, v, t.text()) }

func (t UnixTime) text() string { return secondsText(t.Time) }

// UnixTextTime is a time that the platform writes as Unix seconds in a string. It decodes
// from a string or a number and encodes as a string; 0, "" and null are the zero time.
type UnixTextTime struct{ time.Time }

// UnmarshalJSON reads Unix seconds from a JSON string or number.
func (t *UnixTextTime) UnmarshalJSON(b []byte) error {
	return (*UnixTime)(t).UnmarshalJSON(b)
}

// MarshalJSON writes Unix seconds as a JSON string, "" for the zero time.
func (t UnixTextTime) MarshalJSON() ([]byte, error) { return quoted(t.text()), nil }

// EncodeValues writes Unix seconds into a query, nothing for the zero time.
func (t UnixTextTime) EncodeValues(key string, v *url.Values) error {
	return encodeTime(key, v, t.text())
}

func (t UnixTextTime) text() string { return secondsText(t.Time) }

// UnixMilliTime is a time that the platform writes as Unix milliseconds in a
// string. It decodes from a string or a number and encodes as a string; 0, "" and null are the zero time.
type UnixMilliTime struct{ time.Time }

// UnmarshalJSON reads Unix milliseconds from a JSON string or number.
func (t *UnixMilliTime) UnmarshalJSON(b []byte) error {
	return decodeUnix(b, "UnixMilliTime", &t.Time, time.Millisecond)
}

// MarshalJSON writes Unix milliseconds as a JSON string, "" for the zero time.
func (t UnixMilliTime) MarshalJSON() ([]byte, error) { return quoted(t.text()), nil }

// EncodeValues writes Unix milliseconds into a query, nothing for the zero time.
func (t UnixMilliTime) EncodeValues(key string, v *url.Values) error {
	return encodeTime(key, v, t.text())
}

func (t UnixMilliTime) text() string { return millisText(t.Time) }

// UnixMilliNumber is a UnixMilliTime that the platform writes as a number. It decodes from a number or a
// numeric string and encodes as a number; 0, "" and null are the zero time.
type UnixMilliNumber struct{ time.Time }

// UnmarshalJSON reads Unix milliseconds from a JSON number or string.
func (t *UnixMilliNumber) UnmarshalJSON(b []byte) error {
	return (*UnixMilliTime)(t).UnmarshalJSON(b)
}

// MarshalJSON writes Unix milliseconds as a JSON number, 0 for the zero time.
func (t UnixMilliNumber) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("0"), nil
	}
	return []byte(t.text()), nil
}

// EncodeValues writes Unix milliseconds into a query, nothing for the zero time.
func (t UnixMilliNumber) EncodeValues(key string, v *url.Values) error {
	return encodeTime(key, v, t.text())
}

func (t UnixMilliNumber) text() string { return millisText(t.Time) }

// Date is a calendar day, midnight UTC. It decodes from "2024-11-13" and from
// "2024_11_13", the form the platform's text names, and encodes as the former; "" and null are the zero time.
type Date struct{ time.Time }

// UnmarshalJSON reads a day from a JSON string.
func (d *Date) UnmarshalJSON(b []byte) error {
	s, err := scalarText(b, "Date")
	if err != nil || s == "" {
		*d = Date{}
		return err
	}
	d.Time, err = time.Parse(time.DateOnly, strings.ReplaceAll(s, "_", "-"))
	return err
}

// MarshalJSON writes the day as a JSON string, "" for the zero time.
func (d Date) MarshalJSON() ([]byte, error) { return quoted(d.text()), nil }

// EncodeValues writes the day into a query, nothing for the zero time.
func (d Date) EncodeValues(key string, v *url.Values) error { return encodeTime(key, v, d.text()) }

func (d Date) text() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// wireTime is a time that knows its text on the wire, "" for the zero time.
type wireTime interface{ text() string }

func secondsText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.Unix(), 10)
}

func millisText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

func encodeTime(key string, v *url.Values, text string) error {
	if text != "" {
		v.Set(key, text)
	}
	return nil
}

func quoted(text string) []byte { return []byte(`"` + text + `"`) }

// decodeUnix reads a number of units since 1970, with a fraction or without; what is smaller than a nanosecond is dropped.
func decodeUnix(b []byte, target string, t *time.Time, unit time.Duration) error {
	text, err := scalarText(b, target)
	if err != nil {
		return err
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if whole == "" && fraction == "" {
		*t = time.Time{}
		return nil
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || !isDigits(fraction) {
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
