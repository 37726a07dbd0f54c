// Package envelope reads the JSON that the platform puts around every result.
package envelope

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"

	"github.com/tiktokshop-go/tiktokshop/internal/relax"
	"github.com/tiktokshop-go/tiktokshop/internal/scalar"
)

// What an answer is that is no envelope.
var (
	// ErrCut: its end is missing.
	ErrCut = errors.New("the answer's end is missing")
	// ErrNotJSON: it is something else.
	ErrNotJSON = errors.New("the answer is not the platform's JSON")
)

// Envelope is what an envelope says beside its data.
type Envelope struct {
	// Code is the platform's code, if HasCode.
	Code    int
	HasCode bool
	// Message is the platform's text, RequestID its id of the call.
	Message, RequestID string
}

// Decode reads an answer. Its data goes into what the pointer data points to, and what does not fit
// as it stands goes in as far as it fits: an empty list where an object belongs, or the reverse;
// numbers in strings, strings as numbers, one element instead of a list. What fits in no way is
// left out and told of.
func Decode(answer []byte, data any) (Envelope, []relax.Mismatch, error) {
	env := whole{Data: data}
	if err := json.Unmarshal(answer, &env); err == nil {
		return Envelope{env.Code.value, env.Code.present, env.Message, env.RequestID}, nil, nil
	}
	var odd loose // the envelope still counts, and so does all that fits
	if err := json.Unmarshal(answer, &odd); err != nil {
		if isCut(answer, err) {
			return Envelope{}, nil, ErrCut
		}
		return Envelope{}, nil, ErrNotJSON
	}
	reflect.ValueOf(data).Elem().SetZero()
	mismatches, _ := relax.Unmarshal(odd.Data, data) // a part of valid JSON, or nothing
	return Envelope{odd.Code.value, odd.Code.present, string(odd.Message), string(odd.RequestID)},
		mismatches, nil
}

// isCut recognises the beginning of an answer whose end the connection's close was taken for.
func isCut(answer []byte, err error) bool {
	var syntax *json.SyntaxError
	return bytes.HasPrefix(bytes.TrimSpace(answer), []byte("{")) && errors.As(err, &syntax) &&
		syntax.Offset == int64(len(answer))
}

// whole is an envelope as it should be. Data holds a pointer to decode into.
type whole struct {
	Code      code   `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
	Data      any    `json:"data"`
}

// loose takes what does not fit a whole envelope.
type loose struct {
	Code      code            `json:"code"`
	Message   text            `json:"message"`
	RequestID text            `json:"request_id"`
	Data      json.RawMessage `json:"data"`
}

// code is a code that arrives as a number or a numeric string.
type code struct {
	value   int
	present bool
}

func (c *code) UnmarshalJSON(b []byte) error {
	s, err := scalar.Text(b, "code")
	if err != nil || s == "" {
		return err
	}
	if c.value, err = strconv.Atoi(s); err != nil {
		return errors.New("tiktokshop: code: want a whole number")
	}
	c.present = true
	return nil
}

// text is a string; what is not one is kept as its JSON, for people.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	s, err := scalar.Text(b, "text")
	if err != nil {
		s = string(b)
	}
	*t = text(s)
	return nil
}
