package tiktokshop

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
	"github.com/tiktokshop-go/tiktokshop/internal/scalar"
)

// Response is the platform's answer to one call. Data is the typed part; Raw
// keeps everything, including fields this SDK does not know.
type Response[T any] struct {
	// Code is 0: any other code is returned as an *APIError instead.
	Code int `json:"code"`
	// Message is the platform's text, "Success" in some case or other.
	Message string `json:"message"`
	// RequestID is the platform's id of the call, which its support asks for.
	RequestID string `json:"request_id"`
	// Data is the operation's result; its zero value if the platform sent none.
	Data T `json:"data"`

	// HTTPStatus is the status of the HTTP answer, such as 200.
	HTTPStatus int `json:"-"`
	// Header holds the headers of the HTTP answer.
	Header http.Header `json:"-"`
	// Raw is the body as received.
	Raw json.RawMessage `json:"-"`
	// Mismatches tells which values of the answer did not have the form that Data has for them, the
	// first 100 of them. They are left out of Data, or decoded in part; everything else is there. A
	// call that has mismatches did succeed.
	Mismatches []Mismatch `json:"-"`
}

// Mismatch is a value of an answer that did not have the form that its type has for it: a field of
// Data stays empty, an element of a list is left out, and of a list where one object was expected
// the first is taken. Raw has all of it.
type Mismatch struct {
	// Path leads to the value in Raw, such as "data.orders[2].skus".
	Path string
	// Reason tells what the value is and what was expected, without quoting it.
	Reason string
}

// String joins path and reason.
func (m Mismatch) String() string { return m.Path + ": " + m.Reason }

// EmptyResponse is the answer of an operation without a result.
type EmptyResponse = Response[struct{}]

// ID is one of the platform's ids, nearly all of them 64-bit numbers. It is a string, and is always
// sent as one, because an id that passes through a float64 loses its last digits. It
// decodes from JSON strings and JSON numbers with every digit kept; null is "". Open ids, and what
// other systems call a thing, are plain strings.
type ID string

// UnmarshalJSON reads a JSON string or number.
func (id *ID) UnmarshalJSON(b []byte) error { return scalar.DecodeText(b, "ID", id) }

// IDNumber is an ID that an operation takes as a JSON number, and is sent as one. It decodes like
// an ID.
type IDNumber string

// UnmarshalJSON reads a JSON string or number.
func (id *IDNumber) UnmarshalJSON(b []byte) error { return (*ID)(id).UnmarshalJSON(b) }

// MarshalJSON writes the id as a JSON number, null if it is empty.
func (id IDNumber) MarshalJSON() ([]byte, error) {
	if reason := id.problem(); reason != "" {
		return nil, errors.New("tiktokshop: IDNumber: " + reason)
	}
	if id == "" {
		return []byte("null"), nil
	}
	return []byte(id), nil
}

// problem tells what keeps an id from being sent as a number, "" if nothing does.
func (id IDNumber) problem() string {
	switch {
	case bind.IsFloat(string(id)):
		return bind.FloatID
	case id != "" && !bind.IsDigits(string(id)) || len(id) > 1 && id[0] == '0':
		return "is malformed: an id that is sent as a number has decimal digits only"
	}
	return ""
}

// Number is a whole or decimal number of the platform's. Counters and rates arrive as JSON
// numbers in one operation and as strings in the next; Number keeps the text of either and is ""
// for null. It encodes as a string.
type Number string

// UnmarshalJSON reads a JSON number or string.
func (n *Number) UnmarshalJSON(b []byte) error { return scalar.DecodeText(b, "Number", n) }

// Int64 returns the value of a whole number, 0 for "".
func (n Number) Int64() (int64, error) {
	if n == "" {
		return 0, nil
	}
	return strconv.ParseInt(string(n), 10, 64)
}

// Flag is a yes-or-no value that the platform writes as "Yes" and "No", "true" and "false", or
// a JSON boolean. It keeps the text, so that a value nobody has seen yet is not lost.
type Flag string

// UnmarshalJSON reads a JSON string or boolean.
func (f *Flag) UnmarshalJSON(b []byte) error {
	if s := string(b); s == "true" || s == "false" {
		*f = Flag(s)
		return nil
	}
	return scalar.DecodeText(b, "Flag", f)
}

// Bool tells whether the value is a yes: "Yes" or "true", in any case.
func (f Flag) Bool() bool {
	return strings.EqualFold(string(f), "yes") || strings.EqualFold(string(f), "true")
}

// Money is an amount in a currency. The amount stays the decimal string that
// the platform sent, because a float64 cannot hold it.
type Money struct {
	// Amount is a decimal number such as "12.50". A request has it sent or is refused before that:
	// an amount is never "".
	Amount string `json:"amount" check:"required"`
	// Currency is an ISO 4217 code such as "USD".
	Currency string `json:"currency"`
}

// BasisPoints is a rate in hundredths of a percent: 1000 is 10 %. It decodes
// from a JSON number or numeric string and encodes as a number.
type BasisPoints int64

// UnmarshalJSON reads hundredths of a percent from a JSON number or string.
func (r *BasisPoints) UnmarshalJSON(b []byte) error {
	n, err := scalar.Int(b, "BasisPoints")
	if err == nil {
		*r = BasisPoints(n)
	}
	return err
}

// String writes the rate as a percentage, such as "12.5%".
func (r BasisPoints) String() string {
	return strconv.FormatFloat(float64(r)/100, 'f', -1, 64) + "%"
}

// Ptr returns a pointer to a value, for the optional fields of requests.
func Ptr[T any](v T) *T { return &v }

// UnixTime is a time that the platform writes as Unix seconds in a number. It decodes from a JSON
// number or a numeric string and encodes as a number; 0, "" and null are the zero time. In a
// database it is a time, NULL for the zero time.
type UnixTime struct{ time.Time }

// NewUnixTime wraps a time for a request; fractions of a second are dropped on the wire.
func NewUnixTime(t time.Time) UnixTime { return UnixTime{t} }

// UnmarshalJSON reads Unix seconds from a JSON number or string.
func (t *UnixTime) UnmarshalJSON(b []byte) error {
	return scalar.Unix(b, "UnixTime", &t.Time, time.Second)
}

// MarshalJSON writes Unix seconds as a JSON number, 0 for the zero time.
func (t UnixTime) MarshalJSON() ([]byte, error) { return scalar.Bare(t.text()), nil }

// EncodeValues writes Unix seconds into a query, nothing for the zero time.
func (t UnixTime) EncodeValues(key string, v *url.Values) error {
	return scalar.Query(key, v, t.text())
}

// Scan implements sql.Scanner: it takes a time, and NULL as the zero time.
func (t *UnixTime) Scan(src any) error { return scalar.Scan(src, "UnixTime", &t.Time) }

// Value implements driver.Valuer: the time in UTC, NULL for the zero time.
func (t UnixTime) Value() (driver.Value, error) { return scalar.Value(t.Time), nil }

func (t UnixTime) text() string { return scalar.Seconds(t.Time) }

// UnixTimeText is a time that the platform writes as Unix seconds in a string. It decodes from a
// JSON string or number and encodes as a string; 0, "" and null are the zero time. In a database
// it is a time, NULL for the zero time.
type UnixTimeText struct{ time.Time }

// NewUnixTimeText wraps a time for a request; fractions of a second are dropped on the wire.
func NewUnixTimeText(t time.Time) UnixTimeText { return UnixTimeText{t} }

// UnmarshalJSON reads Unix seconds from a JSON string or number.
func (t *UnixTimeText) UnmarshalJSON(b []byte) error {
	return scalar.Unix(b, "UnixTimeText", &t.Time, time.Second)
}

// MarshalJSON writes Unix seconds as a JSON string, "" for the zero time.
func (t UnixTimeText) MarshalJSON() ([]byte, error) { return scalar.Quoted(t.text()), nil }

// EncodeValues writes Unix seconds into a query, nothing for the zero time.
func (t UnixTimeText) EncodeValues(key string, v *url.Values) error {
	return scalar.Query(key, v, t.text())
}

// Scan implements sql.Scanner: it takes a time, and NULL as the zero time.
func (t *UnixTimeText) Scan(src any) error { return scalar.Scan(src, "UnixTimeText", &t.Time) }

// Value implements driver.Valuer: the time in UTC, NULL for the zero time.
func (t UnixTimeText) Value() (driver.Value, error) { return scalar.Value(t.Time), nil }

func (t UnixTimeText) text() string { return scalar.Seconds(t.Time) }

// UnixMilli is a time that the platform writes as Unix milliseconds in a number. It decodes from a
// JSON number or a numeric string and encodes as a number; 0, "" and null are the zero time. In a
// database it is a time, NULL for the zero time.
type UnixMilli struct{ time.Time }

// NewUnixMilli wraps a time for a request; fractions of a millisecond are dropped on the wire.
func NewUnixMilli(t time.Time) UnixMilli { return UnixMilli{t} }

// UnmarshalJSON reads Unix milliseconds from a JSON number or string.
func (t *UnixMilli) UnmarshalJSON(b []byte) error {
	return scalar.Unix(b, "UnixMilli", &t.Time, time.Millisecond)
}

// MarshalJSON writes Unix milliseconds as a JSON number, 0 for the zero time.
func (t UnixMilli) MarshalJSON() ([]byte, error) { return scalar.Bare(t.text()), nil }

// EncodeValues writes Unix milliseconds into a query, nothing for the zero time.
func (t UnixMilli) EncodeValues(key string, v *url.Values) error {
	return scalar.Query(key, v, t.text())
}

// Scan implements sql.Scanner: it takes a time, and NULL as the zero time.
func (t *UnixMilli) Scan(src any) error { return scalar.Scan(src, "UnixMilli", &t.Time) }

// Value implements driver.Valuer: the time in UTC, NULL for the zero time.
func (t UnixMilli) Value() (driver.Value, error) { return scalar.Value(t.Time), nil }

func (t UnixMilli) text() string { return scalar.Millis(t.Time) }

// UnixMilliText is a time that the platform writes as Unix milliseconds in a string. It decodes
// from a JSON string or number and encodes as a string; 0, "" and null are the zero time. In a
// database it is a time, NULL for the zero time.
type UnixMilliText struct{ time.Time }

// NewUnixMilliText wraps a time for a request; fractions of a millisecond are dropped on the wire.
func NewUnixMilliText(t time.Time) UnixMilliText { return UnixMilliText{t} }

// UnmarshalJSON reads Unix milliseconds from a JSON string or number.
func (t *UnixMilliText) UnmarshalJSON(b []byte) error {
	return scalar.Unix(b, "UnixMilliText", &t.Time, time.Millisecond)
}

// MarshalJSON writes Unix milliseconds as a JSON string, "" for the zero time.
func (t UnixMilliText) MarshalJSON() ([]byte, error) { return scalar.Quoted(t.text()), nil }

// EncodeValues writes Unix milliseconds into a query, nothing for the zero time.
func (t UnixMilliText) EncodeValues(key string, v *url.Values) error {
	return scalar.Query(key, v, t.text())
}

// Scan implements sql.Scanner: it takes a time, and NULL as the zero time.
func (t *UnixMilliText) Scan(src any) error { return scalar.Scan(src, "UnixMilliText", &t.Time) }

// Value implements driver.Valuer: the time in UTC, NULL for the zero time.
func (t UnixMilliText) Value() (driver.Value, error) { return scalar.Value(t.Time), nil }

func (t UnixMilliText) text() string { return scalar.Millis(t.Time) }

// Date is a calendar day, midnight UTC. It decodes from "2024-11-13" and from
// "2024_11_13", the form the platform's text names, and encodes as the former; "" and null are the
// zero time. In a database it is the day's midnight in UTC, NULL for the zero time.
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
	s, err := scalar.Text(b, "Date")
	if err != nil || s == "" {
		*d = Date{}
		return err
	}
	d.Time, err = time.Parse(time.DateOnly, strings.ReplaceAll(s, "_", "-"))
	return err
}

// MarshalJSON writes the day as a JSON string, "" for the zero time.
func (d Date) MarshalJSON() ([]byte, error) { return scalar.Quoted(d.text()), nil }

// EncodeValues writes the day into a query, nothing for the zero time.
func (d Date) EncodeValues(key string, v *url.Values) error {
	return scalar.Query(key, v, d.text())
}

// Scan implements sql.Scanner: it takes the day of a time, and NULL as the zero time.
func (d *Date) Scan(src any) error {
	err := scalar.Scan(src, "Date", &d.Time)
	*d = NewDate(d.Time)
	return err
}

// Value implements driver.Valuer: midnight UTC of the day, NULL for the zero time.
func (d Date) Value() (driver.Value, error) { return scalar.Value(NewDate(d.Time).Time), nil }

func (d Date) text() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// wireTime is a time that knows its text on the wire, "" for the zero time.
type wireTime interface{ text() string }
