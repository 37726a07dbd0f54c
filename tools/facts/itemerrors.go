package facts

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// ItemErrors say where in the data of an answer that is a success the items are that failed.
type ItemErrors struct {
	// At leads to them from the data: "errors[]" are the elements of a list,
	// "update_failed.add_products" is one object, which stands for a failure if it names an item.
	At string `json:"at"`
	// When tells those that failed from others.
	When *ItemCondition `json:"when"`
	// Item are the places, from At, of what names the item: the first that is not empty, "a+b"
	// both. The element itself does if it is a text.
	Item []string `json:"item"`
	// Code is the place of the error's code, Message are those of its text: the first that is not
	// empty.
	Code    string   `json:"code"`
	Message []string `json:"message"`
	// More leads to further reasons of the same item, from At.
	More *ItemErrors `json:"more"`
	// Done leads to the items that did not fail, from the data.
	Done string `json:"done"`
}

// ItemCondition holds if a field has one of some values.
type ItemCondition struct {
	Field string   `json:"field"`
	Is    []string `json:"is"`
}

// readItemErrors reads them, and finds every place in the answer.
func (op *Operation) readItemErrors() error {
	raw, ok := op.Extensions["x-item-errors"]
	if !ok {
		return nil
	}
	b, err := json.Marshal(raw)
	if err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&op.ItemErrors); err != nil {
		return err
	}
	for _, e := range op.ItemErrors {
		if err := e.find(op.Data()); err != nil {
			return err
		}
		if _, err := find(op.Data(), e.Done); err != nil {
			return err
		}
	}
	return nil
}

func (e *ItemErrors) find(in *openapi3.Schema) error {
	at, err := find(in, e.At)
	if err != nil {
		return err
	}
	places := slices.Concat(e.Message, []string{e.Code})
	if e.When != nil {
		places = append(places, e.When.Field)
	}
	for _, item := range e.Item {
		places = append(places, strings.Split(item, "+")...)
	}
	for _, place := range places {
		if _, err := find(at, place); err != nil {
			return err
		}
	}
	if e.More != nil {
		return e.More.find(at)
	}
	return nil
}

// NotFailed is a value of the field of When that stands for a success.
func (op *Operation) NotFailed(e *ItemErrors) any {
	at, _ := find(op.Data(), e.At) // which Load has looked for
	field := at.Properties[e.When.Field].Value
	if field.Type.Is("boolean") {
		return e.When.Is[0] == "false"
	}
	for _, value := range known(field) {
		if !slices.Contains(e.When.Is, value) {
			return value
		}
	}
	return ""
}

// find follows a path; [] behind a field is an element of it.
func find(s *openapi3.Schema, path string) (*openapi3.Schema, error) {
	if path == "" {
		return s, nil
	}
	for step := range strings.SplitSeq(path, ".") {
		name, isList := strings.CutSuffix(step, "[]")
		field := s.Properties[name]
		if field == nil {
			return nil, fmt.Errorf("%s: there is no field %s", path, name)
		}
		if s = field.Value; isList {
			if s.Items == nil {
				return nil, fmt.Errorf("%s: %s is no list", path, name)
			}
			s = s.Items.Value
		}
	}
	return s, nil
}
