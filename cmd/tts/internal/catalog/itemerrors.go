package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
)

// ItemErrors say where the items are that failed, as x-item-errors of the facts does.
type ItemErrors struct {
	At      string         `json:"at"`
	When    *ItemCondition `json:"when"`
	Item    []string       `json:"item"`
	Code    string         `json:"code"`
	Message []string       `json:"message"`
	More    *ItemErrors    `json:"more"`
	Done    string         `json:"done"`
}

// ItemCondition holds if a field has one of some values.
type ItemCondition struct {
	Field string   `json:"field"`
	Is    []string `json:"is"`
}

// Failures are the items that failed in an answer's data.
func (e *Head) Failures(answer json.RawMessage) []tiktokshop.ItemError {
	if len(e.ItemErrors) == 0 || len(answer) == 0 {
		return nil
	}
	value, err := Decode(answer)
	if err != nil {
		return nil // it was decoded before
	}
	var failed []tiktokshop.ItemError
	for _, place := range e.ItemErrors {
		failed = append(failed, place.in(value)...)
	}
	return failed
}

func (p *ItemErrors) in(data any) []tiktokshop.ItemError {
	var failed []tiktokshop.ItemError
	for _, element := range at(data, p.At) {
		if p.When != nil && !slices.Contains(p.When.Is, first(element, []string{p.When.Field})) {
			continue
		}
		item := tiktokshop.ItemError{Item: first(element, p.Item),
			Message: first(element, p.Message)}
		if text, ok := element.(string); ok && len(p.Item) == 0 {
			item.Item = text
		}
		if p.Code != "" {
			item.Code = first(element, []string{p.Code})
		}
		if p.More != nil {
			item.More = p.More.in(element)
		}
		if object, ok := element.(map[string]any); ok && !strings.HasSuffix(p.At, "[]") &&
			p.When == nil && item.Item == "" || ok && len(object) == 0 {
			continue // one object that names nothing stands for no failure
		}
		failed = append(failed, item)
	}
	return failed
}

// at are the values at a place: "a.b[]" are the elements of the list b in a.
func at(value any, place string) []any {
	values := []any{value}
	for step := range strings.SplitSeq(place, ".") {
		name, list := strings.CutSuffix(step, "[]")
		var next []any
		for _, v := range values {
			object, ok := v.(map[string]any)
			if !ok || object[name] == nil {
				continue
			}
			if elements, isList := object[name].([]any); list && isList {
				next = append(next, elements...)
			} else if !list {
				next = append(next, object[name])
			}
		}
		values = next
	}
	return values
}

// first is the first text at some places that is not empty; "a+b" are two that belong together.
func first(value any, places []string) string {
	for _, place := range places {
		var parts []string
		for part := range strings.SplitSeq(place, "+") {
			var texts []string
			for _, v := range at(value, part) {
				if text := Text(v); text != "" {
					texts = append(texts, text)
				}
			}
			if len(texts) > 0 {
				parts = append(parts, strings.Join(texts, ","))
			}
		}
		if len(parts) > 0 {
			return strings.Join(parts, "/")
		}
	}
	return ""
}

// Decode reads JSON and keeps every digit of numbers. The error says in which line it is none.
func Decode(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		return nil, errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("it ends too early")
	case errors.As(err, &syntax):
		at := min(int(syntax.Offset), len(b))
		return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(b[:at], []byte("\n")), err)
	case err != nil:
		return nil, err
	}
	if rest := bytes.TrimSpace(b[d.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("line %d: something stands behind its end",
			1+bytes.Count(b[:len(b)-len(rest)], []byte("\n")))
	}
	return v, nil
}

// Text is a value as text: numbers as they were written, "" for null.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool, int64:
		return fmt.Sprint(v)
	}
	b, _ := json.Marshal(v) // was decoded from JSON
	return string(b)
}

// Place returns the value at a place such as "page.next_page_token", nil if there is none.
func Place(data any, place string) any {
	if values := at(data, place); len(values) == 1 {
		return values[0]
	}
	return nil
}
