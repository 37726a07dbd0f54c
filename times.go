package tiktokshop

import (
	"database/sql/driver"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
)

// UnixTime is a time that the platform writes as Unix seconds in a number. It decodes from a JSON
// number or a numeric string and encodes as a number; 0, "" and null are the zero time. In a
// database it is a time, NULL for the zero time.
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
func (t UnixTime) EncodeValues(key string, v *url.Values) error {
	return encodeTime(key, v, t.text())
}

// Scan implements sql.Scanner: it takes a time, and NULL as the zero time.
func (t *UnixTime) Scan(src any) error { return scanTime(src, "UnixTime", &t.Time) }

// Value implements driver.Valuer: the time in UTC, NULL for the zero time.
func (t UnixTime) Value() (driver.Value, error) { return timeValue(t.Time), nil }

func (t UnixTime) text() string { return secondsText(t.Time) }

// UnixTimeText is a time that the platform writes as Unix seconds in a string. It decodes from a
// JSON string or number and encodes as a string; 0, "" and null are the zero time. In a database
// it is a time, NULL for the zero time.
type UnixTimeText struct{ time.Time }

// NewUnixTimeText wraps a time for a request; fractions of a second are dropped on the wire.
func NewUnixTimeText(t time.Time) UnixTimeText { return UnixTimeText{t} }

// UnmarshalJSON reads Unix seconds from a JSON string or number.
func (t *UnixTimeText) UnmarshalJSON(b []byte) error {
	return decodeUnix(b, "UnixTimeText", &t.Time, time.Second)
}

// MarshalJSON writes Unix seconds as a JSON string, "" for the zero time.
func (t UnixTimeText) MarshalJSON() ([]byte, error) { return quoted(t.text()), nil }

// EncodeValues writes Unix seconds into a query, nothing for the zero time.
func (t UnixTimeText) EncodeValues(key string, v *url.Values) error {
	return encodeTime(key, v, t.text())
}

// Scan implements sql.Scanner: it takes a time, and NULL as the zero time.
func (t *UnixTimeText) Scan(src any) error { return scanTime(src, "UnixTimeText", &t.Time) }

// Value implements driver.Valuer: the time in UTC, NULL for the zero time.
func (t UnixTimeText) Value() (driver.Value, error) { return timeValue(t.Time), nil }

func (t UnixTimeText) text() string { return secondsText(t.Time) }

// UnixMilli is a time that the platform writes as Unix milliseconds in a number. It decodes from a JSON
// number or a numeric string and encodes as a number; 0, "" and null are the zero time. In a
// database it is a time, NULL for the zero time.
type UnixMilli struct{ time.Time }

// NewUnixMilli wraps a time for a request; fractions of a millisecond are dropped on the wire.
func NewUnixMilli(t time.Time) UnixMilli { return UnixMilli{t} }

// UnmarshalJSON reads Unix milliseconds from a JSON number or string.
func (t *UnixMilli) UnmarshalJSON(b []byte) error {
	return decodeUnix(b, "UnixMilli", &t.Time, time.Millisecond)
}

// MarshalJSON writes Unix milliseconds as a JSON number, 0 for the zero time.
func (t UnixMilli) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("0"), nil
	}
	return []byte(t.text()), nil
}

// EncodeValues writes Unix milliseconds into a query, nothing for the zero time.
func (t UnixMilli) EncodeValues(key string, v *url.Values) error {
	return encodeTime(key, v, t.text())
}

// Scan implements sql.Scanner: it takes a time, and NULL as the zero time.
func (t *UnixMilli) Scan(src any) error { return scanTime(src, "UnixMilli", &t.Time) }

// Value implements driver.Valuer: the time in UTC, NULL for the zero time.
func (t UnixMilli) Value() (driver.Value, error) { return timeValue(t.Time), nil }

func (t UnixMilli) text() string { return millisText(t.Time) }

// UnixMilliText is a time that the platform writes as Unix milliseconds in a string. It decodes from a
// JSON string or number and encodes as a string; 0, "" and null are the zero time. In a database
// it is a time, NULL for the zero time.
type UnixMilliText struct{ time.Time }

// NewUnixMilliText wraps a time for a request; fractions of a millisecond are dropped on the wire.
func NewUnixMilliText(t time.Time) UnixMilliText { return UnixMilliText{t} }

// UnmarshalJSON reads Unix milliseconds from a JSON string or number.
func (t *UnixMilliText) UnmarshalJSON(b []byte) error {
	return decodeUnix(b, "UnixMilliText", &t.Time, time.Millisecond)
}

// MarshalJSON writes Unix milliseconds as a JSON string, "" for the zero time.
func (t UnixMilliText) MarshalJSON() ([]byte, error) { return quoted(t.text()), nil }

// EncodeValues writes Unix milliseconds into a query, nothing for the zero time.
func (t UnixMilliText) EncodeValues(key string, v *url.Values) error {
	return encodeTime(key, v, t.text())
}

// Scan implements sql.Scanner: it takes a time, and NULL as the zero time.
func (t *UnixMilliText) Scan(src any) error { return scanTime(src, "UnixMilliText", &t.Time) }

// Value implements driver.Valuer: the time in UTC, NULL for the zero time.
func (t UnixMilliText) Value() (driver.Value, error) { return timeValue(t.Time), nil }

func (t UnixMilliText) text() string { return millisText(t.Time) }

// Date is a calendar day, midnight UTC. It decodes from "2024-11-13" and from
// "2024_11_13", the form the platform's text names, and encodes as the former; "" and null are the zero time.
// In a database it is the day's midnight in UTC, NULL for the zero time.
type Date struct{ time.Time }

// NewDate is the day of a time where the time is: 23:30 in Jakarta is that day in Jakarta.
func NewDate(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	year, month, day := t.Date()
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

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

// Scan implements sql.Scanner: it takes the day of a time, and NULL as the zero time.
func (d *Date) Scan(src any) error {
	err := scanTime(src, "Date", &d.Time)
	*d = NewDate(d.Time)
	return err
}

// Value implements driver.Valuer: midnight UTC of the day, NULL for the zero time.
func (d Date) Value() (driver.Value, error) { return timeValue(NewDate(d.Time).Time), nil }

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

// timeValue is a time for a database: in UTC, so that a column without a zone keeps the instant.
func timeValue(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

// scanTime reads a column that a driver gives as a time. The value is not quoted: the wrong column
// may hold a secret.
func scanTime(src any, target string, t *time.Time) error {
	switch v := src.(type) {
	case nil:
		*t = time.Time{}
	case time.Time:
		*t = v
	default:
		return fmt.Errorf("tiktokshop: %s: want a time or NULL of the database, not %T", target, src)
	}
	return nil
}

func quoted(text string) []byte { return []byte(`"` + text + `"`) }

// decodeUnix reads a number of units since 1970, with a fraction or without; what is smaller than a
// nanosecond is dropped.
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
