package tiktokshop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tiktokshop-go/tiktokshop/internal/bind"
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
	// Mismatches tells which values of the answer did not have the form that Data has for them, the first 100 of them. They
	// are left out of Data, or decoded in part; everything else is there. A call that has mismatches did succeed.
	Mismatches []Mismatch `json:"-"`
}

// Mismatch is a value of an answer that did not have the form that its type has for it: a field of Data stays empty, an
// element of a list is left out, and of a list where one object was expected the first is taken. Raw has all of it.
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
func (id *ID) UnmarshalJSON(b []byte) error {
	s, err := scalarText(b, "ID")
	if err == nil {
		*id = ID(s)
	}
	return err
}

// IDNumber is an ID that an operation takes as a JSON number, and is sent as one. It decodes like an ID.
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
// numbers in one operation and as strings in the next; Number keeps the text of either and is "" for null.
// It encodes as a string.
type Number string

// UnmarshalJSON reads a JSON number or string.
func (n *Number) UnmarshalJSON(b []byte) error {
	s, err := scalarText(b, "Number")
	if err == nil {
		*n = Number(s)
	}
	return err
}

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
	s, err := scalarText(b, "Flag")
	if err == nil {
		*f = Flag(s)
	}
	return err
}

// Bool tells whether the value is a yes: "Yes" or "true", in any case.
func (f Flag) Bool() bool {
	return strings.EqualFold(string(f), "yes") || strings.EqualFold(string(f), "true")
}

// Money is an amount in a currency. The amount stays the decimal string that
// the platform sent, because a float64 cannot hold it.
type Money struct {
	// Amount is a decimal number such as "12.50". A request has it sent or is refused before that: an amount is never "".
	Amount string `json:"amount" check:"required"`
	// Currency is an ISO 4217 code such as "USD".
	Currency string `json:"currency"`
}

// BasisPoints is a rate in hundredths of a percent: 1000 is 10 %. It decodes
// from a JSON number or numeric string and encodes as a number.
type BasisPoints int64

// UnmarshalJSON reads hundredths of a percent from a JSON number or string.
func (r *BasisPoints) UnmarshalJSON(b []byte) error {
	n, err := scalarInt(b, "BasisPoints")
	if err == nil {
		*r = BasisPoints(n)
	}
	return err
}

// String writes the rate as a percentage, such as "12.5%".
func (r BasisPoints) String() string {
	return strconv.FormatFloat(float64(r)/100, 'f', -1, 64) + "%"
}

// scalarText returns the text of a JSON string or number, "" for null.
func scalarText(b []byte, target string) (string, error) {
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

func scalarInt(b []byte, target string) (int64, error) {
	s, err := scalarText(b, target)
	if err != nil || s == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("tiktokshop: %s: want a whole number", target)
	}
	return n, nil
}

// Ptr returns a pointer to a value, for the optional fields of requests.
func Ptr[T any](v T) *T { return &v }
