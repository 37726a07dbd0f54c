// Package answers decodes answers into the types that the SDK has for them, and tells what gets
// lost.
package answers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"regexp"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

//go:generate go -C ../../../../tools run ./tables

// Problem is what an answer has that the SDK's type for it does not keep.
type Problem struct {
	// Place is where in the answer, such as "data.orders[].status".
	Place string
	// Reason says what is wrong, without values.
	Reason string
	// Value tells that a value is none of an enumeration's. The operation's own facts may not have
	// a list of them: a type that several operations share knows the values of all.
	Value bool
}

// decoder decodes the answer that a client gets, and returns the data and what had not the form of
// its type.
type decoder func(context.Context, *tiktokshop.Client) (any, []tiktokshop.Mismatch, error)

// of is the decoder of a method's answers.
func of[S, R, D any](
	func(S, context.Context, *R, ...tiktokshop.Option) (*tiktokshop.Response[D], error),
) decoder {
	op := &tiktokshop.Operation{Name: "answers.Decode", Method: http.MethodGet,
		Path: "/answers/202309/decode", Identifier: tiktokshop.NoIdentifier}
	return func(
		ctx context.Context, client *tiktokshop.Client,
	) (any, []tiktokshop.Mismatch, error) {
		resp, err := tiktokshop.Do[D](ctx, client, op, tiktokshop.Params{})
		if err != nil {
			return nil, nil, err
		}
		return resp.Data, resp.Mismatches, nil
	}
}

// Has tells whether answers of an operation can be checked: those that hold secrets cannot, as
// their types hide them.
func Has(operation string) bool { return decoders[operation] != nil }

// Check decodes a success of an operation as the SDK does for a program, encodes it again, and
// tells what was unknown, of another form, or lost on the way. An operation without a decoder has
// no problems.
func Check(ctx context.Context, operation string, envelope []byte) []Problem {
	decode := decoders[operation]
	if decode == nil {
		return nil
	}
	var problems []Problem
	client, err := tiktokshop.NewClient("key", "secret", tiktokshop.WithAccessToken("token"),
		tiktokshop.WithoutRetry(),
		tiktokshop.WithBaseURL("http://127.0.0.1"),
		tiktokshop.WithHTTPClient(&http.Client{Transport: replay(envelope)}),
		tiktokshop.WithUnknownFields(func(f tiktokshop.UnknownField) {
			problems = append(problems,
				Problem{f.Path, "the type does not know this " + string(f.Kind),
					f.Kind == tiktokshop.UnknownValue})
		}))
	if err != nil {
		return []Problem{{Reason: err.Error()}}
	}
	data, mismatches, err := decode(ctx, client)
	if err != nil {
		return []Problem{{Reason: err.Error()}}
	}
	for _, m := range mismatches {
		problems = append(problems, Problem{Place: index.ReplaceAllString(m.Path, "[]"),
			Reason: m.Reason})
	}
	encoded, err := json.Marshal(data)
	if err != nil {
		return append(problems,
			Problem{Place: "data", Reason: "does not encode again: " + err.Error()})
	}
	want, got := struct{ Data any }{}, struct{ Data any }{}
	if err := unmarshal(envelope, &want); err != nil {
		return append(problems, Problem{Reason: err.Error()})
	}
	if err := unmarshal(encoded, &got.Data); err != nil {
		return append(problems, Problem{Place: "data", Reason: err.Error()})
	}
	for _, p := range lost("data", want.Data, got.Data, nil) {
		if !told(problems, p.Place) {
			problems = append(problems, p)
		}
	}
	return problems
}

// index is that of an element.
var index = regexp.MustCompile(`\[[0-9]+\]`)

// told tells whether a place, or what it is in, is among problems.
func told(problems []Problem, place string) bool {
	for _, p := range problems {
		if Within(place, p.Place) {
			return true
		}
	}
	return false
}

// Within tells whether a place is in another one, or is that one.
func Within(place, outer string) bool {
	rest, ok := strings.CutPrefix(place, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// lost tells what was not encoded again, or as something else. Nothing is lost of what goes unsaid
// when it is empty; and a number may be a text of the same digits, as ids are.
func lost(place string, want, got any, found []Problem) []Problem {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok && !empty(want) {
			return append(found, Problem{Place: place, Reason: "is lost"})
		}
		for name, value := range w {
			found = lost(place+"."+name, value, g[name], found)
		}
		return found
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return append(found, Problem{Place: place,
				Reason: fmt.Sprintf("has %d elements of %d", len(g), len(w))})
		}
		for i := range w {
			found = lost(place+"[]", w[i], g[i], found)
		}
		return found
	}
	switch {
	case empty(want) && empty(got), same(want, got):
		return found
	case got == nil:
		return append(found, Problem{Place: place, Reason: "is lost"})
	}
	return append(found, Problem{Place: place, Reason: "has changed"})
}

// empty tells what goes unsaid: a type that several operations share leaves it out.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		r, ok := new(big.Rat).SetString(v.String())
		return ok && r.Sign() == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, inner := range v {
			if !empty(inner) {
				return false
			}
		}
		return true
	}
	return false
}

func same(want, got any) bool {
	w, isNumber := want.(json.Number)
	if !isNumber {
		return want == got
	}
	switch g := got.(type) {
	case string:
		return g == w.String()
	case json.Number:
		a, ok := new(big.Rat).SetString(w.String())
		b, also := new(big.Rat).SetString(g.String())
		return ok && also && a.Cmp(b) == 0
	}
	return false
}

func unmarshal(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(into)
}

// replay answers every request with the same body.
type replay []byte

// RoundTrip implements http.RoundTripper.
func (r replay) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(bytes.NewReader(r)), ContentLength: int64(len(r)),
	}, nil
}
